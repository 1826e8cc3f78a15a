//! What WordPress or a plugin answers when it refuses.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use http::StatusCode;
use serde_json::Value;

use crate::html::to_text;
use crate::show::{self, head, printable};
use crate::{ErrorCode, Secrets};

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
/// The server's text may hold anything, secrets of the request too. `Display`, `Debug`, [`message`](Self::message) and
/// [`params`](Self::params) show none that the error was told of ([`hiding`](Self::hiding)), and no more than a screen
/// of text. What the server really said is for programs, not for logs: [`unmasked_message`](Self::unmasked_message),
/// [`data`](Self::data), and the text of the [code](ErrorCode::as_str).
#[derive(Clone)]
pub struct ApiError(Box<Inner>);

#[derive(Clone)]
struct Inner {
    code: ErrorCode,
    /// As the server wrote it.
    raw_message: String,
    /// On one line, without HTML.
    message: String,
    /// As it is shown, where that is something else.
    masked: Option<String>,
    status: StatusCode,
    /// As they are shown.
    params: Vec<Wrong>,
    data: Value,
    additional: Vec<ApiError>,
    secrets: Secrets,
}

#[derive(Clone)]
struct Wrong {
    name: String,
    message: Option<String>,
    code: Option<String>,
}

/// As the server said it.
impl PartialEq for ApiError {
    fn eq(&self, other: &Self) -> bool {
        let (one, other) = (&*self.0, &*other.0);
        one.code == other.code
            && one.raw_message == other.raw_message
            && one.status == other.status
            && one.data == other.data
            && one.additional == other.additional
    }
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
        Self::of(status, code.into(), message.into(), Value::Null, Vec::new())
    }

    fn of(
        status: StatusCode,
        code: ErrorCode,
        raw_message: String,
        data: Value,
        additional: Vec<Self>,
    ) -> Self {
        let secrets = Secrets::default();
        let (message, params) = (to_text(&raw_message), wrong_params(&data, &secrets));
        Self(Box::new(Inner {
            code,
            raw_message,
            message,
            masked: None,
            status,
            params,
            data,
            additional,
            secrets,
        }))
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
            let message = head(text("error_description").unwrap_or_default(), MAX_MESSAGE_BYTES);
            let status = map.get("code").and_then(error_status).unwrap_or(http);
            return Some(Self::of(status, code(error), message.to_owned(), value.clone(), Vec::new()));
        }
        if map.get("success").is_some_and(|success| success == true) {
            return None;
        }
        if map.get("success").is_some_and(|success| success == false)
            && let Some(error) = map.get("data").and_then(|data| Self::in_data(http, data))
        {
            return Some(error);
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
        let additional = additional.into_iter().flatten().filter_map(|e| Self::from_value(http, e)).collect();
        let status = status.and_then(error_status).unwrap_or(http);
        Some(Self::of(status, code, head(message, MAX_MESSAGE_BYTES).to_owned(), data, additional))
    }

    /// The error of Simple JWT Login, whose release 3 has `errorCode` and release 4 `error_code` (observed), both numbers.
    fn in_data(http: StatusCode, data: &Value) -> Option<Self> {
        let message = data.get("message")?.as_str()?;
        let number = data.get("error_code").or_else(|| data.get("errorCode"))?;
        let text = number.as_str().map_or_else(|| number.to_string(), str::to_owned);
        Some(Self::of(
            http,
            code(&text),
            head(message, MAX_MESSAGE_BYTES).to_owned(),
            data.clone(),
            Vec::new(),
        ))
    }

    /// The same error, which shows none of these secrets: `***` stands where the server repeats one, in whatever
    /// spelling. What it was told before stays hidden too.
    ///
    /// Nothing that a program matches on changes: classify an error before or after.
    pub fn hiding(mut self, secrets: &Secrets) -> Self {
        if secrets.is_empty() {
            return self;
        }
        let inner = &mut *self.0;
        let secrets = inner.secrets.and(secrets);
        inner.code = inner.code.clone().hiding(&secrets);
        inner.masked = Some(shown(&inner.raw_message, &secrets));
        inner.params = wrong_params(&inner.data, &secrets);
        inner.additional =
            std::mem::take(&mut inner.additional).into_iter().map(|e| e.hiding(&secrets)).collect();
        inner.secrets = secrets;
        self
    }

    /// What a program matches on.
    pub fn code(&self) -> &ErrorCode {
        &self.0.code
    }

    /// What it says to people, on one line, without HTML and without secrets. In the site's language.
    pub fn message(&self) -> &str {
        self.0.masked.as_deref().unwrap_or(&self.0.message)
    }

    /// The same before anything was masked, to classify the error by. Sensitive: it may repeat a secret of the request.
    pub fn unmasked_message(&self) -> &str {
        &self.0.message
    }

    /// The status that the error itself claims, else that of the HTTP answer.
    ///
    /// 401 and 403 both mean "not allowed": mostly 401 for nobody and 403 for somebody, but the JWT
    /// plugin answers 403 to every failure, and API Bearer Auth 500 to a wrong password.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The parameters that were wrong or missing, at most 64, as they can be shown.
    pub fn params(&self) -> impl Iterator<Item = Param<'_>> {
        self.0.params.iter().map(|Wrong { name, message, code }| Param {
            name,
            message: message.as_deref(),
            code: code.as_deref(),
        })
    }

    /// Everything else that came along, as it came: core's `data`, or the whole object of a plugin with another
    /// envelope. An object, `null`, or anything.
    ///
    /// Sensitive: it may repeat secrets of the request, and a fatal error puts file names and a stack trace here, in
    /// which PHP prints arguments.
    pub fn data(&self) -> &Value {
        &self.0.data
    }

    /// The further errors of the same answer.
    pub fn additional(&self) -> &[ApiError] {
        &self.0.additional
    }
}

/// The most bytes of a message that are read. PHP can print a whole page.
const MAX_MESSAGE_BYTES: usize = 4096;
const MAX_CODE_BYTES: usize = 128;
const MAX_PARAMS: usize = 64;
const MAX_PARAM_BYTES: usize = 1024;

/// A code on one line, whatever the server put there.
fn code(text: &str) -> ErrorCode {
    printable_code(text).into()
}

fn printable_code(text: &str) -> String {
    head(text, MAX_CODE_BYTES).chars().filter(|&c| printable(c) == Some(c)).collect()
}

/// A message as it is shown. A secret is looked for in what the server wrote, of which HTML takes something away, and
/// in what that leaves.
fn shown(raw: &str, secrets: &Secrets) -> String {
    let text = to_text(&secrets.mask(raw));
    match secrets.mask(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(masked) => masked,
    }
}

fn wrong_params(data: &Value, secrets: &Secrets) -> Vec<Wrong> {
    let name = |text: &str| secrets.mask_code(&printable_code(text)).into_owned();
    let details = data.get("details");
    match data.get("params") {
        Some(Value::Object(named)) => {
            let wrong = named.iter().map(|(key, message)| Wrong {
                name: name(key),
                message: message.as_str().map(|text| shown(head(text, MAX_PARAM_BYTES), secrets)),
                code: details.and_then(|details| details.get(key)?.get("code")?.as_str()).map(name),
            });
            wrong.take(MAX_PARAMS).collect()
        }
        Some(Value::Array(missing)) => {
            let missing = missing.iter().filter_map(Value::as_str);
            missing.map(|key| Wrong { name: name(key), message: None, code: None }).take(MAX_PARAMS).collect()
        }
        _ => Vec::new(),
    }
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
        let Inner { code, status, .. } = &*self.0;
        let message = self.message();
        let colon = if message.is_empty() { "" } else { ": " };
        // Core says only "Invalid parameter(s): per_page" in the message itself.
        let params: Vec<_> = self.params().filter_map(|param| param.message).collect();
        let (open, close) = if params.is_empty() { ("", "") } else { (" (", ")") };
        let params = params.join("; ");
        show::line(f, format_args!("{} {code}{colon}{message}{open}{params}{close}", status.as_u16()))
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = Fields(self);
        if f.alternate() {
            show::lines(f, format_args!("{all:#?}"))
        } else {
            show::lines(f, format_args!("{all:?}"))
        }
    }
}

struct Fields<'e>(&'e ApiError);

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { code, status, params, additional, .. } = &*self.0.0;
        let params: Vec<_> = params.iter().map(|param| (&param.name, &param.message, &param.code)).collect();
        f.debug_struct("ApiError")
            .field("status", &status.as_u16())
            .field("code", code)
            .field("message", &self.0.message())
            .field("params", &params)
            .field("additional", additional)
            .finish_non_exhaustive()
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

    /// Everything that somebody would print.
    fn printed(error: &ApiError) -> String {
        let params: Vec<_> = error.params().collect();
        format!("{error} {error:?} {error:#?} {} {} {params:?}", error.message(), error.code())
    }

    #[test]
    fn a_secret_is_masked_wherever_the_server_repeats_it() {
        let repeats = json!({"code": "no_Hunter2-long", "message": "Hunter2-long",
            "data": {"a": "Hunter2-long", "params": {"Hunter2-long": "Hunter2-long is wrong"},
                "details": {"Hunter2-long": {"code": "Hunter2-long"}}},
            "additional_errors": [{"code": "Hunter2-long", "message": "m", "data": null}]});
        let error = parse(&repeats).unwrap();
        assert!(printed(&error).contains("Hunter2"));
        let hiding = error.clone().hiding(&Secrets::of_text("Hunter2-long"));
        assert!(!printed(&hiding).contains("Hunter2"), "{hiding:?}");
        // What a program reads is what the server said.
        assert_eq!(hiding, error);
        assert_eq!((hiding.code().as_str(), hiding.unmasked_message()), ("no_Hunter2-long", "Hunter2-long"));
        assert_eq!(hiding.data()["a"], "Hunter2-long");
    }

    #[test]
    fn hiding_does_not_change_a_code_that_a_short_secret_or_a_word_is_part_of() {
        for (code, secret) in
            [("rest_1", "_1"), ("incorrect_password", "password"), ("rest_forbidden", "forbidden")]
        {
            let error = parse(&json!({"code": code, "message": "m", "data": null})).unwrap();
            let error = error.hiding(&Secrets::of_text(secret));
            assert_eq!((error.code().as_str(), &*error.code().to_string()), (code, code));
        }
    }

    #[test]
    fn hiding_again_keeps_what_was_hidden() {
        let error = parse(&json!({"code": "c", "message": "Hunter2-long, k3y-0123", "data": null})).unwrap();
        let error = error.hiding(&Secrets::of_text("Hunter2-long")).hiding(&Secrets::of_text("k3y-0123"));
        assert_eq!(error.message(), "***, ***");
    }

    /// Tags are taken off and blanks collapsed only after a secret was looked for.
    #[test]
    fn what_a_display_makes_of_a_secret_is_hidden_too() {
        for secret in
            ["Pl4nted  two blanks", "Pl4<b>nted</b>", "Pl4nted<x", "Pl4nted&amp;x", "Pl4nted\u{1b}[0m&lt;"]
        {
            let message = format!("The value {secret} is <b>wrong</b>.");
            let error =
                parse(&json!({"code": "c", "message": message, "data": {"params": {"p": message}}})).unwrap();
            let error = error.hiding(&Secrets::of_text(secret));
            assert_eq!(
                error.to_string(),
                "418 c: The value *** is wrong. (The value *** is wrong.)",
                "{secret}"
            );
        }
    }

    #[test]
    fn neither_control_characters_nor_html_are_shown() {
        let text = "a\u{1b}]0;owned\u{7}\n<b>b</b>\u{202e}\u{9b}\u{2028}c\u{7f}\u{85}";
        let error = parse(&json!({"code": text, "message": text, "data": {"params": {text: text},
            "details": {text: {"code": text}}}, "additional_errors": [{"code": text, "message": text}]}));
        let error = error.unwrap();
        let shown = printed(&error).replace('\n', "");
        assert!(shown.chars().all(|c| printable(c) == Some(c)), "{shown:?}");
        assert_eq!(error.code().as_str(), "a]0;owned<b>b</b>c");
        assert_eq!(error.message(), "a]0;owned b c");
        assert_eq!(error.params().next().unwrap().message, Some("a]0;owned b c"));
    }

    #[test]
    fn what_is_shown_is_bounded() {
        let long = "x".repeat(300_000);
        let params: serde_json::Map<_, _> = (0..99).map(|n| (format!("{n}{long:.9}"), json!(long))).collect();
        let error = parse(&json!({"code": long, "message": long, "data": {"params": params},
            "additional_errors": vec![json!({"code": long, "message": long}); 99]}));
        let error = error.unwrap();
        assert!(error.to_string().len() <= show::MAX_DISPLAY_BYTES, "{}", error.to_string().len());
        assert!(format!("{error:?}").len() <= show::MAX_DEBUG_BYTES);
        assert!(format!("{error:#?}").len() <= show::MAX_DEBUG_BYTES);
        assert_eq!(error.params().count(), MAX_PARAMS);
    }

    #[test]
    fn debug_leaves_the_data_out() {
        let error = parse(
            &json!({"code": "c", "message": "m", "data": {"error": {"message": "login('ana', 'hunter2')"}}}),
        );
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}
