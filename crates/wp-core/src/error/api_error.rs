//! An error that a server sent as JSON: WordPress, a plugin, a gateway or a proxy.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;

use crate::error::envelope::{self, Envelope, ErrorOrigin};
use crate::redact::html::to_text;
use crate::redact::show::{self, head, printable};
use crate::{ErrorCode, Secrets};

/// An error that a server sent as JSON: its code, its message for the user, its status.
///
/// All of these shapes are recognized, since one site mixes them:
///
/// | shape | from |
/// |---|---|
/// | `{code, message, data: {status, params, details}, additional_errors}` | core, JWT Authentication, API Bearer Auth |
/// | `{success: false, statusCode, code, message, data}` | useful-team JWT Auth |
/// | `{status: "error", error, error_description, code: "401"}` | miniOrange REST API Authentication |
/// | `{success: false, data: {message, error_code}}` | Simple JWT Login |
/// | `{success: false, data: "…"}`, `[{code, message}]`, `{message}` | plugins, by `wp_send_json_error` |
/// | `{error, error_description}`, `{error: "…"}`, `{error: {code, message}}` | OAuth, JSON-RPC, Google, Azure |
/// | `{errors: [{code, message}]}`, `["…"]`, `{field: ["…"]}` | `WooCommerce`, JSON:API, GraphQL, Laravel |
/// | `{type, title, status, detail}` | RFC 9457, Cloudflare |
/// | `{kind: "Status", reason, message, code}` | Kubernetes |
/// | `{code: 404, message}`, `{message}`, `{detail}`, `"…"` | gateways, and others |
///
/// A message that is `null`, a list or an object does not prevent the code from being read.
/// [`origin`](Self::origin) says who wrote the error.
///
/// The text of a server may contain anything, including secrets of the request. `Display`, `Debug`,
/// [`message`](Self::message) and [`params`](Self::params) mask the secrets that were given to
/// [`hiding`](Self::hiding), and limit the length of the text. The unmasked text is for programs, not for logs:
/// [`unmasked_message`](Self::unmasked_message), [`data`](Self::data), [`raw_body`](Self::raw_body), and the text of
/// the [code](ErrorCode::as_str).
///
/// ```
/// use http::StatusCode;
/// use wp_core::{ApiError, ErrorCode, ErrorOrigin};
///
/// /// Whether a synchronization may forget a post that it could not read.
/// fn is_gone(error: &ApiError) -> bool {
///     // The 404 of a gateway says nothing about the post.
///     error.origin() == ErrorOrigin::WordPress && *error.code() == ErrorCode::POST_INVALID_ID
/// }
/// assert!(is_gone(&ApiError::new(StatusCode::NOT_FOUND, "rest_post_invalid_id", "Invalid post ID.")));
/// ```
#[derive(Clone)]
pub struct ApiError(Box<Inner>);

#[derive(Clone)]
struct Inner {
    origin: ErrorOrigin,
    code: ErrorCode,
    /// As the server wrote it.
    raw_message: String,
    /// On one line, without HTML.
    message: String,
    /// The shown text, if it differs from `message`.
    masked: Option<String>,
    status: StatusCode,
    /// The parameters in the form in which they are shown.
    params: Vec<Wrong>,
    data: Value,
    additional: Vec<ApiError>,
    body: Bytes,
    secrets: Secrets,
}

#[derive(Clone)]
struct Wrong {
    name: String,
    message: Option<String>,
    code: Option<String>,
}

/// Compares the unmasked text.
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

/// An invalid or missing parameter of a request (`rest_invalid_param`, `rest_missing_callback_param`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Param<'e> {
    /// The name of the parameter.
    pub name: &'e str,
    /// Why the value is invalid, for the user. `None` for a missing parameter.
    pub message: Option<&'e str>,
    /// Why the value is invalid, for programs: `rest_out_of_bounds`.
    pub code: Option<&'e str>,
}

impl ApiError {
    /// Creates an error of WordPress that was not parsed from a response, for tests and test doubles.
    pub fn new(status: StatusCode, code: impl Into<ErrorCode>, message: impl Into<String>) -> Self {
        Self::of(ErrorOrigin::WordPress, status, code.into(), message.into(), Value::Null, Vec::new())
    }

    fn of(
        origin: ErrorOrigin,
        status: StatusCode,
        code: ErrorCode,
        raw_message: String,
        data: Value,
        additional: Vec<Self>,
    ) -> Self {
        let secrets = Secrets::default();
        let (message, params) = (to_text(&raw_message), wrong_params(&data, &secrets));
        Self(Box::new(Inner {
            origin,
            code,
            raw_message,
            message,
            masked: None,
            status,
            params,
            data,
            additional,
            body: Bytes::new(),
            secrets,
        }))
    }

    /// Reads the error in a body, in a member of a batch, or in an embedded resource. `http` is the HTTP status that
    /// the value came with.
    ///
    /// Under a success status, the value must itself state that it is an error: by a status of its own,
    /// `success: false`, or core's `data: null`. The success status alone does not rule out an error (miniOrange's
    /// token check responds 200 with an error; a server that printed warnings first lost the status).
    ///
    /// Returns `None` if the value does not have the shape of an error.
    ///
    /// ```
    /// use http::StatusCode;
    /// use wp_core::ApiError;
    ///
    /// // A member of a batch has its own status.
    /// let member = serde_json::json!({
    ///     "status": 403,
    ///     "body": {"code": "rest_cannot_edit", "message": "Sorry.", "data": {"status": 403}},
    /// });
    /// let error = ApiError::from_value(StatusCode::FORBIDDEN, &member["body"]);
    /// assert!(error.is_some_and(|error| *error.code() == "rest_cannot_edit"));
    /// ```
    pub fn from_value(http: StatusCode, value: &Value) -> Option<Self> {
        if !http.is_success() {
            return envelope::read_refusal(value).map(|envelope| Self::of_envelope(http, &envelope));
        }
        let envelope = envelope::read(value)?;
        envelope::is_error_under_success(value, &envelope).then(|| Self::of_envelope(http, &envelope))
    }

    pub(crate) fn of_envelope(http: StatusCode, envelope: &Envelope<'_>) -> Self {
        let additional =
            envelope.additional.iter().take(MAX_ADDITIONAL).filter_map(|error| envelope::read(error));
        Self::of(
            envelope.origin,
            envelope.status.unwrap_or(http),
            printable_code(&envelope.code).into(),
            envelope.message.clone().into_owned(),
            envelope.data.clone(),
            additional.map(|envelope| Self::of_envelope(http, &envelope)).collect(),
        )
    }

    /// Adds the body that the error was read from. `is_wordpress` says that WordPress's own headers came with it, so
    /// that the error counts as WordPress's.
    pub(crate) fn with_body(mut self, body: Bytes, is_wordpress: bool) -> Self {
        self.0.body = body;
        if is_wordpress {
            self.0.origin = ErrorOrigin::WordPress;
        }
        self
    }

    /// Masks these secrets in everything that the error shows: `***` replaces a secret that the server echoes, in any
    /// spelling. Secrets of earlier calls stay masked.
    ///
    /// A match on the code has the same result before and after.
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

    /// Who wrote the error. An error of a gateway says nothing about the content of WordPress.
    pub fn origin(&self) -> ErrorOrigin {
        self.0.origin
    }

    /// The code, which programs match on. Empty if the error has none: `{"message":"…"}`.
    pub fn code(&self) -> &ErrorCode {
        &self.0.code
    }

    /// The message for the user, on one line, without HTML and with secrets masked. In the language of the site.
    pub fn message(&self) -> &str {
        self.0.masked.as_deref().unwrap_or(&self.0.message)
    }

    /// The message before masking, to classify the error. Sensitive: it may echo a secret of the request.
    pub fn unmasked_message(&self) -> &str {
        &self.0.message
    }

    /// The status that the error itself states, or else the status of the HTTP response.
    ///
    /// 401 and 403 both mean "not allowed": usually 401 for an anonymous request and 403 for a user. But the JWT plugin
    /// sends 403 for every failure, and API Bearer Auth sends 500 for a wrong password.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The invalid or missing parameters, at most 64, in the form in which they can be shown.
    ///
    /// ```
    /// # use http::StatusCode;
    /// # use wp_core::ApiError;
    /// # let body = serde_json::json!({
    /// #     "code": "rest_invalid_param", "message": "Invalid parameter(s): per_page",
    /// #     "data": {"status": 400, "params": {"per_page": "per_page must be between 1 and 100"}}});
    /// # let error = ApiError::from_value(StatusCode::BAD_REQUEST, &body).into_iter().next();
    /// # let mut shown = Vec::new();
    /// # for error in error {
    /// // Each message beside its field of a form.
    /// for param in error.params() {
    ///     println!("{}: {}", param.name, param.message.unwrap_or("is required"));
    /// #     shown.push(param.name.to_owned());
    /// }
    /// # }
    /// # assert_eq!(shown, ["per_page"]);
    /// ```
    pub fn params(&self) -> impl Iterator<Item = Param<'_>> {
        self.0.params.iter().map(|Wrong { name, message, code }| Param {
            name,
            message: message.as_deref(),
            code: code.as_deref(),
        })
    }

    /// The remaining data of the error, unchanged: core's `data`, or the whole value for an error of another shape. An
    /// object, `null`, or any other value.
    ///
    /// Sensitive: it may echo secrets of the request. A fatal error puts file names and a stack trace here, and PHP
    /// prints arguments in a stack trace.
    pub fn data(&self) -> &Value {
        &self.0.data
    }

    /// The first 16 KiB of the response body, unchanged. Empty for an error that is a part of a response, such as a
    /// member of a batch. Sensitive, as [`data`](Self::data).
    pub fn raw_body(&self) -> &Bytes {
        &self.0.body
    }

    /// The id of the term that has the name already, of an error `term_exists`. It is of the same taxonomy and level.
    ///
    /// ```
    /// # use http::StatusCode;
    /// # use wp_core::ApiError;
    /// let body = serde_json::json!({
    ///     "code": "term_exists", "message": "A term with the name provided already exists.",
    ///     "data": {"status": 400, "term_id": 5}, "additional_data": [5]});
    /// let error = ApiError::from_value(StatusCode::BAD_REQUEST, &body);
    /// assert_eq!(error.and_then(|error| error.existing_term()), Some(5));
    /// ```
    pub fn existing_term(&self) -> Option<u64> {
        let id = self.0.data.get("term_id").filter(|_| *self.code() == ErrorCode::TERM_EXISTS)?;
        // PHP may have a number from the database as a text.
        id.as_u64().or_else(|| id.as_str()?.parse().ok()).filter(|id| *id > 0)
    }

    /// Whether PHP exceeded its memory limit (`memory_limit`). The same request for fewer items needs less.
    ///
    /// ```
    /// # fn smaller(error: &wp_core::ApiError, per_page: u32) -> Option<u32> {
    /// // Long posts: the same list in smaller pages needs less memory.
    /// let is_too_much = error.is_out_of_memory() || error.is_out_of_time();
    /// (is_too_much && per_page > 1).then_some(per_page / 2)
    /// # }
    /// ```
    pub fn is_out_of_memory(&self) -> bool {
        self.has_fatal_error(&["Allowed memory size of ", "Out of memory (allocated "])
    }

    /// Whether PHP exceeded its time limit (`max_execution_time`). The same request for fewer items needs less.
    pub fn is_out_of_time(&self) -> bool {
        self.has_fatal_error(&["Maximum execution time of "])
    }

    /// Whether WordPress cannot reach its database. It uses one code for all errors that end a request, so this goes by
    /// the message, in the languages in which most sites are written.
    pub fn is_database_unreachable(&self) -> bool {
        let message = self.0.message.to_ascii_lowercase();
        *self.code() == ErrorCode::WP_DIE
            && self.0.status == StatusCode::INTERNAL_SERVER_ERROR
            && OF_DATABASE.iter().any(|words| message.contains(words))
    }

    /// WordPress's handler of fatal errors puts PHP's message into `data.error`, or prints it before the JSON.
    fn has_fatal_error(&self, beginnings: &[&str]) -> bool {
        let inner = &*self.0;
        let said = inner.data.pointer("/error/message").and_then(Value::as_str).unwrap_or_default();
        let body = String::from_utf8_lossy(&inner.body);
        inner.status.is_server_error()
            && beginnings
                .iter()
                .any(|words| [said, &*inner.raw_message, &*body].iter().any(|text| text.contains(words)))
    }

    /// The additional errors of the same response.
    pub fn additional(&self) -> &[ApiError] {
        &self.0.additional
    }
}

/// WordPress's message for a database that it cannot reach, in the languages in which most sites are written.
pub(crate) const OF_DATABASE: &[&str] = &[
    "error establishing a database connection",
    "cannot select database",
    "database tables are unavailable",
    "datenbankverbindung",
    "base de datos",
    "base de données",
    "connessione al database",
    "banco de dados",
    "base de dados",
    "verbinding met de database",
    "databaseverbinding",
    "базой данных",
    "bazą danych",
    "データベース",
    "数据库",
    "資料庫",
    "데이터베이스",
];

const MAX_ADDITIONAL: usize = 64;
const MAX_CODE_BYTES: usize = 128;
const MAX_PARAMS: usize = 64;
const MAX_PARAM_BYTES: usize = 1024;

/// A code on one line, without control characters.
fn printable_code(text: &str) -> String {
    head(text, MAX_CODE_BYTES).chars().filter(|&c| printable(c) == Some(c)).collect()
}

/// The message as it is shown. Secrets are masked both in the text of the server and in the text without HTML, since
/// removing HTML can reveal one.
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
    let params = data.get("params").unwrap_or(&Value::Null);
    if let Some(missing) = envelope::list_of(params) {
        let missing = missing.into_iter().filter_map(Value::as_str);
        return missing
            .map(|key| Wrong { name: name(key), message: None, code: None })
            .take(MAX_PARAMS)
            .collect();
    }
    match params {
        Value::Object(named) => {
            let wrong = named.iter().map(|(key, message)| Wrong {
                name: name(key),
                message: message.as_str().map(|text| shown(head(text, MAX_PARAM_BYTES), secrets)),
                code: details.and_then(|details| details.get(key)?.get("code")?.as_str()).map(name),
            });
            wrong.take(MAX_PARAMS).collect()
        }
        _ => Vec::new(),
    }
}

/// `403 rest_forbidden: Sorry, you are not allowed to do that.`
impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { code, status, .. } = &*self.0;
        let message = self.message();
        let blank = if code.is_empty() { "" } else { " " };
        let colon = if message.is_empty() { "" } else { ": " };
        // Core's own message says only "Invalid parameter(s): per_page".
        let params: Vec<_> = self.params().filter_map(|param| param.message).collect();
        let (open, close) = if params.is_empty() { ("", "") } else { (" (", ")") };
        let params = params.join("; ");
        show::line(f, format_args!("{}{blank}{code}{colon}{message}{open}{params}{close}", status.as_u16()))
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
        let Inner { origin, code, status, params, additional, .. } = &*self.0.0;
        let params: Vec<_> = params.iter().map(|param| (&param.name, &param.message, &param.code)).collect();
        f.debug_struct("ApiError")
            .field("status", &status.as_u16())
            .field("origin", origin)
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
    fn error_status_is_that_of_the_body_or_else_the_response() {
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
    fn json_that_resembles_an_error_is_not_one() {
        for value in [
            json!({"code": "jwt_auth_valid_token", "data": {"status": 200}}),
            json!({"success": true, "statusCode": 200, "code": "ok", "message": "m", "data": []}),
            json!({"code": "200", "status": "success", "message": "m", "data": {"status": 200}}),
            json!({"id": 1, "code": "BERLIN10", "amount": "10.00"}),
            json!([]),
            // A success of a plugin in the shape of an error.
            json!({"code": 0, "message": "ok", "data": null}),
            json!({"code": 0, "message": "", "data": null}),
            json!({"code": 1, "message": "success", "data": null}),
            json!({"code": "activated", "message": "License activated", "data": null}),
            json!({"code": "settings_saved", "message": "Saved.", "data": null}),
            json!({"data": {"x": 1}, "error": {"code": 0, "message": ""}}),
            // A resource that describes an error.
            json!({"time": "12:00", "success": false, "message": "login failed", "user": "bob", "log_id": 5}),
            json!({"name": "job", "status": "error", "message": "Disk full", "items": [1]}),
            json!({"id": 7, "error": "x", "error_description": "y"}),
        ] {
            assert_eq!(ApiError::from_value(StatusCode::OK, &value), None, "{value}");
        }
        // Under an error status, any of these is an error.
        for value in [
            json!({"code": "rest_forbidden", "message": "x", "data": {"status": 200}}),
            json!({"code": "rest_forbidden", "message": "x", "success": true}),
            json!({"code": "rest_forbidden", "message": "x", "status": "ok"}),
        ] {
            let error = parse(&value).unwrap();
            assert_eq!((error.code().as_str(), error.status().as_u16()), ("rest_forbidden", 418), "{value}");
        }
        for value in [
            json!({"code": "db_insert_error", "message": "Could not insert post into the database.", "data": null}),
            json!({"code": "existing_user_login", "message": "Sorry.", "data": null}),
            json!({"code": "anything", "message": null, "data": null}),
            json!({"success": false, "message": "No.", "extra": 1}),
        ] {
            assert!(ApiError::from_value(StatusCode::OK, &value).is_some(), "{value}");
        }
    }

    #[test]
    fn params_are_read_as_names_or_messages() {
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

    /// Everything that a program would print.
    fn printed(error: &ApiError) -> String {
        let params: Vec<_> = error.params().collect();
        format!("{error} {error:?} {error:#?} {} {} {params:?}", error.message(), error.code())
    }

    #[test]
    fn hiding_masks_the_secret_in_every_field() {
        let repeats = json!({"code": "no_Hunter2-long", "message": "Hunter2-long",
            "data": {"a": "Hunter2-long", "params": {"Hunter2-long": "Hunter2-long is wrong"},
                "details": {"Hunter2-long": {"code": "Hunter2-long"}}},
            "additional_errors": [{"code": "Hunter2-long", "message": "m", "data": null}]});
        let error = parse(&repeats).unwrap();
        assert!(printed(&error).contains("Hunter2"));
        let hiding = error.clone().hiding(&Secrets::of_text("Hunter2-long"));
        assert!(!printed(&hiding).contains("Hunter2"), "{hiding:?}");
        // Programs read what the server sent.
        assert_eq!(hiding, error);
        assert_eq!((hiding.code().as_str(), hiding.unmasked_message()), ("no_Hunter2-long", "Hunter2-long"));
        assert_eq!(hiding.data()["a"], "Hunter2-long");
    }

    #[test]
    fn hiding_keeps_a_code_that_contains_a_short_secret_or_a_word() {
        for (code, secret) in
            [("rest_1", "_1"), ("incorrect_password", "password"), ("rest_forbidden", "forbidden")]
        {
            let error = parse(&json!({"code": code, "message": "m", "data": null})).unwrap();
            let error = error.hiding(&Secrets::of_text(secret));
            assert_eq!((error.code().as_str(), &*error.code().to_string()), (code, code));
        }
    }

    #[test]
    fn hiding_twice_keeps_both_masked() {
        let error = parse(&json!({"code": "c", "message": "Hunter2-long, k3y-0123", "data": null})).unwrap();
        let error = error.hiding(&Secrets::of_text("Hunter2-long")).hiding(&Secrets::of_text("k3y-0123"));
        assert_eq!(error.message(), "***, ***");
    }

    /// Secrets are masked before tags are removed and white space is collapsed.
    #[test]
    fn hiding_masks_before_display_formats_the_text() {
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
    fn display_removes_control_characters_and_html() {
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
    fn display_is_bounded() {
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
    fn debug_omits_the_data() {
        let error = parse(
            &json!({"code": "c", "message": "m", "data": {"error": {"message": "login('ana', 'hunter2')"}}}),
        );
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}
