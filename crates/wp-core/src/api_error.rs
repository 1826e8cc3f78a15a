//! What WordPress or a plugin answers when it refuses.

use std::error::Error;
use std::fmt;

use http::StatusCode;
use serde_json::{Map, Value};

use crate::ErrorCode;
use crate::html::to_text;

/// An error that the API answered: its code, its message for people, its status.
///
/// Reads the envelopes of WordPress core, of its fatal-error handler and of the token plugins by
/// their shape, since one site mixes them:
///
/// | envelope | shape | from |
/// |---|---|---|
/// | core | `{code, message, data: {status, params, details}, additional_errors}` | core, JWT Authentication, API Bearer Auth |
/// | useful-team | `{success: false, statusCode, code, message, data}` | useful-team JWT Auth |
/// | miniOrange | `{status: "error", error, error_description, code: "401"}` | miniOrange REST API Authentication |
///
/// The server's text is not a secret of this client, but it may hold anything: `Debug` leaves
/// [`data`](Self::data) out, where fatal errors put stack traces.
#[derive(Clone, PartialEq)]
pub struct ApiError(Box<Inner>);

#[derive(Clone, PartialEq)]
struct Inner {
    code: ErrorCode,
    message: String,
    status: StatusCode,
    data: Value,
    additional: Vec<ApiError>,
}

/// What is wrong with one parameter of a request (`rest_invalid_param`, `rest_missing_callback_param`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Param<'e> {
    /// The parameter.
    pub name: &'e str,
    /// What is wrong, for people. Missing parameters come without.
    pub message: Option<&'e str>,
    /// What is wrong, for programs: `rest_out_of_bounds`.
    pub code: Option<&'e str>,
}

impl ApiError {
    /// An error that was not parsed, for tests and stand-ins.
    pub fn new(status: StatusCode, code: impl Into<ErrorCode>, message: impl Into<String>) -> Self {
        let (code, message) = (code.into(), message.into());
        Self(Box::new(Inner { code, message, status, data: Value::Null, additional: Vec::new() }))
    }

    /// Reads the error in a body, or in a member of a batch, that came with the HTTP status `http`.
    ///
    /// Any of the envelopes counts, whatever `http` is: that `http` is a success does not make it
    /// one (miniOrange's token check answers 200 with an error; a server that printed warnings
    /// first lost the status). [`answer::read`](crate::answer::read) decides which bodies to ask
    /// about.
    ///
    /// `None` when the value has the shape of no error.
    pub fn from_value(http: StatusCode, value: &Value) -> Option<Self> {
        let map = value.as_object()?;
        let text = |key: &str| map.get(key).and_then(Value::as_str);
        if let (Some("error"), Some(error)) = (text("status"), text("error")) {
            return Some(Self(Box::new(Inner {
                code: code(error),
                message: to_text(head(text("error_description").unwrap_or_default(), LONGEST)),
                status: map.get("code").and_then(error_status).unwrap_or(http),
                data: value.clone(),
                additional: Vec::new(),
            })));
        }
        if map.get("success").is_some_and(|success| success == true) {
            return None;
        }
        let code = match map.get("code")? {
            Value::String(text) => code(text),
            Value::Number(number) => code(&number.to_string()),
            _ => return None,
        };
        // A message is what tells an error from a resource that happens to have a code.
        let message = text("message")?;
        let data = map.get("data").cloned().unwrap_or_default();
        let status = data.get("status").or_else(|| map.get("statusCode"));
        // An error whose data says 2xx is a success message: `{"code":"…_valid","data":{"status":200}}`.
        if status.and_then(any_status).is_some_and(|status| status.is_success()) {
            return None;
        }
        let additional = map.get("additional_errors").and_then(Value::as_array);
        Some(Self(Box::new(Inner {
            code,
            message: to_text(head(message, LONGEST)),
            status: status.and_then(error_status).unwrap_or(http),
            data,
            additional: additional.into_iter().flatten().filter_map(|e| Self::from_value(http, e)).collect(),
        })))
    }

    /// The same error without what the server says of `secret`: one that shows its stack trace shows the
    /// arguments too, in quotes and cut after 15 characters.
    pub fn without(mut self, secret: &str) -> Self {
        if secret.is_empty() {
            return self;
        }
        let argument = format!("'{}", head(secret, 15));
        // A word such as `password` stands in many a message, and leaving it out would give it away.
        let word = secret.bytes().all(|byte| byte.is_ascii_lowercase());
        let shows = |text: &str| text.contains(&argument) || (!word && text.contains(secret));
        let inner = &mut *self.0;
        // A short one may stand in any code.
        if secret.len() >= 8 && shows(inner.code.as_str()) {
            inner.code = "(not shown)".into();
        }
        if shows(&inner.message) {
            "(not shown: the server repeats a secret)".clone_into(&mut inner.message);
        }
        if shows(&inner.data.to_string()) {
            inner.data = Value::Null;
        }
        inner.additional =
            std::mem::take(&mut inner.additional).into_iter().map(|e| e.without(secret)).collect();
        self
    }

    /// What a program matches on.
    pub fn code(&self) -> &ErrorCode {
        &self.0.code
    }

    /// What it says to people, on one line, without HTML. In the site's language.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The status that the error itself claims, else that of the HTTP answer.
    ///
    /// 401 and 403 both mean "not allowed": mostly 401 for nobody and 403 for somebody, but the JWT
    /// plugin answers 403 to every failure, and API Bearer Auth 500 to a wrong password.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The parameters that were wrong or missing.
    pub fn params(&self) -> impl Iterator<Item = Param<'_>> {
        let (named, missing) = match self.0.data.get("params") {
            Some(Value::Object(named)) => (Some(named), None),
            Some(Value::Array(missing)) => (None, Some(missing)),
            _ => (None, None),
        };
        let details = self.0.data.get("details");
        let named = named.into_iter().flatten().map(move |(name, message)| Param {
            name,
            message: message.as_str(),
            code: details.and_then(|details| details.get(name)?.get("code")?.as_str()),
        });
        let missing = missing.into_iter().flatten().filter_map(Value::as_str);
        named.chain(missing.map(|name| Param { name, message: None, code: None }))
    }

    /// Everything else that came along: core's `data`, or the whole object of a plugin with another
    /// envelope. An object, `null`, or anything. A fatal error puts file names and a stack trace
    /// here, in which PHP may print arguments.
    pub fn data(&self) -> &Value {
        &self.0.data
    }

    /// The further errors of the same answer.
    pub fn additional(&self) -> &[ApiError] {
        &self.0.additional
    }
}

/// The most bytes of a message that are read. PHP can print a whole page.
const LONGEST: usize = 4096;

/// A code on one line, whatever the server put there.
fn code(text: &str) -> ErrorCode {
    head(text, 128).chars().filter(|c| !c.is_control()).collect::<String>().into()
}

/// The beginning of a text, at most `most` bytes.
fn head(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// A status that an error can have: in PHP a number or its text.
fn error_status(value: &Value) -> Option<StatusCode> {
    any_status(value).filter(|status| status.as_u16() >= 300)
}

fn any_status(value: &Value) -> Option<StatusCode> {
    let number = match value {
        Value::Number(number) => u16::try_from(number.as_u64()?).ok()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    StatusCode::from_u16(number).ok().filter(|status| status.as_u16() < 600)
}

/// `403 rest_forbidden: Sorry, you are not allowed to do that.`
impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0.status.as_u16(), self.0.code)?;
        if !self.0.message.is_empty() {
            write!(f, ": {}", self.0.message)?;
        }
        // Core says only "Invalid parameter(s): per_page" in the message itself.
        let messages: Vec<_> = self.params().filter_map(|param| param.message).collect();
        if messages.is_empty() { Ok(()) } else { write!(f, " ({})", messages.join("; ")) }
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data: Vec<&str> =
            self.0.data.as_object().into_iter().flat_map(Map::keys).map(String::as_str).collect();
        f.debug_struct("ApiError")
            .field("status", &self.0.status.as_u16())
            .field("code", &self.0.code)
            .field("message", &self.0.message)
            .field("params", &self.params().collect::<Vec<_>>())
            .field("data", &data)
            .field("additional", &self.0.additional)
            .finish()
    }
}

impl Error for ApiError {}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(value: &Value) -> Option<ApiError> {
        ApiError::from_value(StatusCode::IM_A_TEAPOT, value)
    }

    #[test]
    fn the_status_is_what_the_body_says_else_that_of_the_answer() {
        for (value, status) in [
            (json!({"code": "a", "message": "m", "data": {"status": 403}}), 403),
            (json!({"code": "a", "message": "m", "data": {"status": "403"}}), 403),
            (json!({"code": "a", "message": "m", "data": null}), 418),
            (json!({"code": "a", "message": "m", "data": "oops"}), 418),
            (json!({"code": 42, "message": "m", "data": {"status": 0}}), 418),
            (json!({"success": false, "statusCode": 401, "code": "a", "message": "m", "data": []}), 401),
            (json!({"status": "error", "error": "NO", "code": "401", "error_description": "d"}), 401),
            (json!({"status": "error", "error": "Restricted", "error_description": "d"}), 418),
        ] {
            assert_eq!(parse(&value).unwrap().status().as_u16(), status, "{value}");
        }
    }

    #[test]
    fn what_only_looks_like_an_error_is_none() {
        for value in [
            json!({"code": "jwt_auth_valid_token", "data": {"status": 200}}),
            json!({"success": true, "statusCode": 200, "code": "ok", "message": "m", "data": []}),
            json!({"code": "200", "status": "success", "message": "m", "data": {"status": 200}}),
            json!({"id": 1, "code": "BERLIN10", "amount": "10.00"}),
            json!([]),
        ] {
            assert_eq!(parse(&value), None);
        }
    }

    #[test]
    fn params_come_as_names_or_as_messages() {
        let error = parse(&json!({"code": "rest_invalid_param", "message": "Invalid parameter(s): per_page",
            "data": {"status": 400, "params": {"per_page": "per_page must be between 1 and 100"},
                "details": {"per_page": {"code": "rest_out_of_bounds", "message": "x", "data": null}}}}));
        let error = error.unwrap();
        let param = error.params().next().unwrap();
        assert_eq!((param.name, param.code), ("per_page", Some("rest_out_of_bounds")));
        assert!(error.to_string().ends_with("between 1 and 100)"));

        let error =
            parse(&json!({"code": "c", "message": "m", "data": {"params": ["username", "password"]}}));
        assert_eq!(error.unwrap().params().map(|p| p.name).collect::<Vec<_>>(), ["username", "password"]);
    }

    #[test]
    fn a_secret_is_left_out_wherever_the_server_repeats_it() {
        let repeats = json!({"code": "no_Hunter2-long", "message": "Hunter2-long", "data": {"a": "Hunter2-long"},
            "additional_errors": [{"code": "Hunter2-long", "message": "m", "data": null}]});
        let bare = parse(&repeats).unwrap().without("Hunter2-long");
        assert!(!format!("{bare} {bare:?} {}", bare.data()).contains("Hunter2"), "{bare:?}");
        // What a program matches on stays where somebody's password is a word of it.
        let error = parse(&json!({"code": "rest_1", "message": "m", "data": null})).unwrap();
        assert_eq!(error.without("_1").code().as_str(), "rest_1");
    }

    #[test]
    fn debug_leaves_the_data_out() {
        let error = parse(
            &json!({"code": "c", "message": "m", "data": {"error": {"message": "login('ana', 'hunter2')"}}}),
        );
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}
