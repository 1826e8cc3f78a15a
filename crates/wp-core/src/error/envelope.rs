//! The shapes of errors in JSON: one table, which says where each shape has its code, its message and its status.
//!
//! A part of the wrong type (`null`, a list or an object in place of a text) does not affect the other parts: the
//! code is read whatever the message is.

use std::borrow::Cow;

use http::StatusCode;
use serde_json::{Map, Value};

use crate::error::error_code::bare;
use crate::redact::show::head;

/// Who wrote an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorOrigin {
    /// WordPress, or a token plugin that these crates know: recognized by the shape of the error, or by WordPress's
    /// headers on the response. The codes in these docs are those of this origin.
    WordPress,
    /// Another source: a plugin with a shape of its own, a gateway, a proxy. Its 404 does not mean that the item does
    /// not exist.
    Other,
}

/// An error as it is read from a JSON value.
#[derive(Debug)]
pub(crate) struct Envelope<'v> {
    pub(crate) origin: ErrorOrigin,
    /// Empty if the error has no code.
    pub(crate) code: Cow<'v, str>,
    pub(crate) message: Cow<'v, str>,
    /// The status that the error itself states.
    pub(crate) status: Option<StatusCode>,
    /// The data for programs.
    pub(crate) data: &'v Value,
    /// The additional errors.
    pub(crate) additional: Vec<&'v Value>,
    /// Whether the value is an error regardless of the HTTP status.
    pub(crate) is_certain: bool,
}

/// One row of the table. Places are JSON pointers, and the first one that holds a value is used. A last `@` stands
/// for the name of the first member.
struct Shape {
    /// The members that identify the shape; all must match.
    has: &'static [(&'static str, Is)],
    origin: ErrorOrigin,
    code: &'static [&'static str],
    message: &'static [&'static str],
    status: &'static [&'static str],
    data: &'static str,
    additional: &'static str,
    is_certain: bool,
}

/// The condition on the value at a place.
#[derive(Clone, Copy)]
enum Is {
    Anything,
    Text,
    /// A text or a number.
    Code,
    Number,
    Object,
    False,
    Word(&'static str),
}

impl Is {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Anything => true,
            Self::Text => value.is_string(),
            Self::Code => code_of(value).is_some(),
            Self::Number => value.is_number(),
            Self::Object => value.is_object(),
            Self::False => is_false(value),
            Self::Word(word) => value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(word)),
        }
    }
}

use ErrorOrigin::{Other, WordPress};

/// The defaults of a row.
const ROW: Shape = Shape {
    has: &[],
    origin: Other,
    code: &[],
    message: &[],
    status: &[],
    data: "",
    additional: "",
    is_certain: false,
};

/// The first row that matches is used.
#[rustfmt::skip]
const SHAPES: &[Shape] = &[
    // miniOrange REST API Authentication: `{status: "error", error, error_description, code: "401"}` (observed).
    Shape { has: &[("/status", Is::Word("error")), ("/error", Is::Text), ("/error_description", Is::Anything)], origin: WordPress,
        code: &["/error"], message: &["/error_description"], status: &["/code"], is_certain: true, ..ROW },
    // Simple JWT Login 4, and 3: `{success: false, data: {message, error_code}}` (observed).
    Shape { has: &[("/success", Is::False), ("/data/message", Is::Anything), ("/data/error_code", Is::Code)], origin: WordPress,
        code: &["/data/error_code"], message: &["/data/message"], data: "/data", is_certain: true, ..ROW },
    Shape { has: &[("/success", Is::False), ("/data/message", Is::Anything), ("/data/errorCode", Is::Code)], origin: WordPress,
        code: &["/data/errorCode"], message: &["/data/message"], data: "/data", is_certain: true, ..ROW },
    // JWT Auth by useful-team: `{success: false, statusCode, code, message, data}` (observed).
    Shape { has: &[("/success", Is::False), ("/statusCode", Is::Code), ("/code", Is::Code)], origin: WordPress,
        code: &["/code"], message: &["/message"], status: &["/data/status", "/statusCode"], data: "/data", is_certain: true, ..ROW },
    // WordPress: `{code, message, data: {status}, additional_errors}` (observed).
    Shape { has: &[("/code", Is::Code), ("/message", Is::Anything), ("/data", Is::Anything)], origin: WordPress,
        code: &["/code"], message: &["/message"], status: &["/data/status", "/statusCode"], data: "/data",
        additional: "/additional_errors", ..ROW },
    Shape { has: &[("/code", Is::Code), ("/data/status", Is::Code)], origin: WordPress,
        code: &["/code"], status: &["/data/status"], data: "/data", additional: "/additional_errors", ..ROW },
    // A `WP_Error` that was encoded directly: `{errors: {code: [message]}, error_data: {code: {status}}}`.
    Shape { has: &[("/errors", Is::Object), ("/error_data", Is::Anything)],
        code: &["/errors/@"], message: &["/errors"], status: &["/error_data/@"], is_certain: true, ..ROW },
    // Kubernetes: `{kind: "Status", status: "Failure", message, reason, code}`.
    Shape { has: &[("/kind", Is::Word("Status")), ("/status", Is::Word("Failure"))],
        code: &["/reason", "/code"], message: &["/message"], status: &["/code"], is_certain: true, ..ROW },
    // `wp_send_json_error` of WordPress, of a `WP_Error`, an array and a text; Cloudflare's API.
    Shape { has: &[("/success", Is::False), ("/data/0/message", Is::Anything)],
        code: &["/data/0/code"], message: &["/data/0/message"], additional: "/data", is_certain: true, ..ROW },
    Shape { has: &[("/success", Is::False), ("/errors/0/message", Is::Anything)],
        code: &["/errors/0/code", "/code"], message: &["/errors/0/message"], additional: "/errors", is_certain: true, ..ROW },
    Shape { has: &[("/success", Is::False)],
        code: &["/code", "/error_code", "/errorCode", "/data/code", "/data/error", "/error/code", "/error"],
        message: &["/message", "/msg", "/data/message", "/data/error_description", "/data/msg", "/error/message", "/data/error", "/error", "/data", "/errors"],
        status: &["/statusCode", "/status", "/data/status"], is_certain: true, ..ROW },
    // RFC 6749: `{error, error_description}`.
    Shape { has: &[("/error", Is::Text), ("/error_description", Is::Anything)],
        code: &["/error"], message: &["/error_description", "/error"], is_certain: true, ..ROW },
    // CleanTalk, a firewall against spam.
    Shape { has: &[("/apbct/blocked", Is::Anything)], message: &["/apbct/comment"], is_certain: true, ..ROW },
    // JSON-RPC, Google, Azure, Stripe: `{error: {code, message}}`.
    Shape { has: &[("/jsonrpc", Is::Text), ("/error", Is::Object)],
        code: &["/error/code"], message: &["/error/message", "/error/data"], is_certain: true, ..ROW },
    Shape { has: &[("/error", Is::Object)],
        code: &["/error/code", "/error/status", "/error/type", "/error/reason", "/error/name", "/code"],
        message: &["/error/message", "/error/detail", "/error/description", "/error/title", "/error/msg", "/message", "/error"],
        status: &["/error/status", "/error/statusCode", "/error/code", "/status", "/statusCode"], ..ROW },
    // WooCommerce (older versions), JSON:API, GraphQL: `{errors: [{code, message}]}`, `{errors: ["…"]}`.
    Shape { has: &[("/errors/0", Is::Anything)],
        code: &["/errors/0/code", "/errors/0/extensions/code", "/errors/0/error", "/errors/0/type", "/code", "/errors/0/status"],
        message: &["/errors/0/message", "/errors/0/detail", "/errors/0/title", "/errors/0/description", "/message", "/errors"],
        status: &["/errors/0/status", "/status", "/statusCode"], additional: "/errors", ..ROW },
    // RFC 9457: `{type, title, status, detail}`, also sent by Cloudflare.
    Shape { has: &[("/title", Is::Text), ("/status", Is::Number)],
        code: &["/code", "/error_name", "/error_code", "/type"], message: &["/detail", "/title"], status: &["/status"], ..ROW },
    Shape { has: &[("/title", Is::Text), ("/detail", Is::Anything)],
        code: &["/code", "/error_name", "/error_code", "/type"], message: &["/detail", "/title"], status: &["/status"], ..ROW },
    // Laravel: `{message, errors: {field: ["…"]}}`.
    Shape { has: &[("/errors", Is::Object)],
        code: &["/code", "/error"], message: &["/message", "/title", "/errors"], status: &["/status", "/statusCode"], ..ROW },
    // `{status: "error", message}`, sent by many plugins.
    Shape { has: &[("/status", Is::Word("error"))],
        code: &["/code", "/error_code", "/errorCode", "/error"], message: &["/message", "/msg", "/error", "/data/message", "/data"],
        status: &["/code", "/statusCode"], is_certain: true, ..ROW },
    // JSend: `{status: "fail", data: {field: "…"}}`.
    Shape { has: &[("/status", Is::Word("fail"))],
        code: &["/code", "/error"], message: &["/message", "/data"], status: &["/code"], ..ROW },
    // Apigee: `{fault: {faultstring, detail: {errorcode}}}`.
    Shape { has: &[("/fault", Is::Object)],
        code: &["/fault/detail/errorcode", "/fault/code"], message: &["/fault/faultstring", "/fault/message"], ..ROW },
    // Gateways and other programs.
    Shape { has: &[],
        code: &["/code", "/error_code", "/errorCode", "/errcode", "/error", "/__type", "/reason", "/Code"],
        message: &["/message", "/error_message", "/errorMessage", "/error_msg", "/errmsg", "/msg", "/detail", "/description", "/reason",
            "/title", "/error", "/Message", "/Error", "/err", "/errors", "/messages", "/errorMessages"],
        status: &["/statusCode", "/status_code", "/status", "/code"], ..ROW },
];

/// The maximum length of a message. PHP can print a whole page.
const MAX_MESSAGE_BYTES: usize = 4096;

/// Reads the error in a value by its shape. `None` if no shape matches.
pub(crate) fn read(value: &Value) -> Option<Envelope<'_>> {
    let first = list_of(value).and_then(|items| items.first().copied());
    if let Some(error) = first.filter(|first| first.is_object()) {
        return read_object(error);
    }
    if value.is_object() {
        return read_object(value);
    }
    // A text, or a list of texts.
    let message = if is_text(value) { text_of(value) } else { Cow::Borrowed("") };
    (!message.trim().is_empty()).then_some(Envelope {
        origin: Other,
        code: Cow::Borrowed(""),
        message,
        status: None,
        data: value,
        additional: Vec::new(),
        is_certain: false,
    })
}

/// Whether it is a text, or a list that begins with one.
fn is_text(value: &Value) -> bool {
    value.is_string() || value.get(0).is_some_and(is_text)
}

/// The members in which some programs wrap an error: `{data: {code, message}}`.
const WRAPPERS: &[&str] = &["error", "data", "body", "response", "result", "status", "meta"];

/// Reads the error in a value under an error status. It may be wrapped in a member of an object.
pub(crate) fn read_refusal(value: &Value) -> Option<Envelope<'_>> {
    let wrapped = || WRAPPERS.iter().filter_map(|name| value.get(name)).filter(|inner| inner.is_object());
    // An encoded `WP_Error`, whose code is the name of a member.
    let error = wrapped().find(|inner| inner.get("errors").is_some_and(Value::is_object));
    error.and_then(read).or_else(|| read(value)).or_else(|| wrapped().find_map(read))
}

fn read_object(value: &Value) -> Option<Envelope<'_>> {
    let mut envelope = SHAPES.iter().find_map(|shape| shape.read(value))?;
    // A plugin may copy WordPress's shape without its other members.
    if envelope.code.starts_with("rest_") || bare(&envelope.code) != envelope.code {
        envelope.origin = WordPress;
    }
    Some(envelope)
}

/// Whether the value states a success: `{"success":true}`, `{"code":"jwt_auth_valid_token","data":{"status":200}}`.
pub(crate) fn claims_success(value: &Value) -> bool {
    let status = value.pointer("/data/status").or_else(|| value.get("statusCode"));
    value.get("success").is_some_and(|success| *success == true)
        || status.and_then(status_of).is_some_and(|status| status.is_success())
        || value
            .get("status")
            .and_then(Value::as_str)
            .is_some_and(|word| matches!(word, "success" | "ok" | "OK"))
}

impl Shape {
    fn read<'v>(&self, value: &'v Value) -> Option<Envelope<'v>> {
        let fits = |(place, is): &(&str, Is)| value.pointer(place).is_some_and(|value| is.fits(value));
        if !value.is_object() || !self.has.iter().all(fits) {
            return None;
        }
        let code = self.code(value);
        let message = self.message.iter().find_map(|place| {
            // The text that is used as the code is not used as the message.
            let text = text_of(value.pointer(place)?);
            (!text.is_empty() && (text != code || !self.code.contains(place))).then_some(text)
        });
        // Members that resources have too are an error only with a message.
        if message.is_none() && (code.is_empty() || self.has.is_empty() && !names_error(value)) {
            return None;
        }
        let status = self.status.iter().find_map(|place| match place.strip_suffix("/@") {
            Some(parent) => status_of(value.pointer(parent)?.get(&*code)?.get("status")?),
            None => status_of(value.pointer(place)?),
        });
        let list = value.pointer(self.additional).filter(|_| !self.additional.is_empty());
        // In a list of errors, the first item is the error itself.
        let own = usize::from(self.additional != "/additional_errors");
        let additional = list.and_then(list_of).unwrap_or_default().into_iter().skip(own).collect();
        Some(Envelope {
            origin: self.origin,
            code,
            message: message.unwrap_or_default(),
            status: status.filter(|status| status.as_u16() >= 300),
            data: value.pointer(self.data).unwrap_or(&Value::Null),
            additional,
            is_certain: self.is_certain,
        })
    }

    /// Prefers a text to a number, which often repeats the status.
    fn code<'v>(&self, value: &'v Value) -> Cow<'v, str> {
        let found = || self.code.iter().filter_map(|place| at(value, place));
        let text = found().find_map(|found| match found {
            // Sources other than WordPress may put a sentence there.
            Cow::Borrowed(text) if self.origin == WordPress || is_code(text) => Some(last_segment(text)),
            _ => None,
        });
        let number = || found().find_map(|found| matches!(found, Cow::Owned(_)).then_some(found));
        text.map(Cow::Borrowed).or_else(number).unwrap_or_default()
    }
}

/// Whether the value has the name of an error: `{"error":"invalid_token"}`, `{"code":"invalid","message":null}`. A
/// coupon has only a `code`.
fn names_error(value: &Value) -> bool {
    let has_message = value.get("message").is_some();
    has_message
        || ["error", "error_code", "errorCode"]
            .iter()
            .any(|name| value.get(name).is_some_and(|code| Is::Code.fits(code)))
}

/// The text (borrowed) or the number (owned) in a place.
fn at<'v>(value: &'v Value, place: &str) -> Option<Cow<'v, str>> {
    if let Some(parent) = place.strip_suffix("/@") {
        let errors = value.pointer(parent)?.as_object()?;
        // The order of the members is not kept. The first error is that with data.
        let has_data = |name: &&String| value.get("error_data").is_some_and(|data| data.get(name).is_some());
        let name = errors.keys().find(has_data).or_else(|| errors.keys().next())?;
        return Some(Cow::Borrowed(name.as_str()));
    }
    code_of(value.pointer(place)?)
}

/// The text (borrowed) or the number (owned) of a code, or the first code of a list.
fn code_of(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Array(codes) => codes.first().filter(|code| !code.is_array()).and_then(code_of),
        _ => None,
    }
}

/// The items of a list, which PHP writes as an object if its keys have gaps.
pub(crate) fn list_of(value: &Value) -> Option<Vec<&Value>> {
    let is_index = |key: &String| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
    match value {
        Value::Array(items) => Some(items.iter().collect()),
        Value::Object(items) if !items.is_empty() && items.keys().all(is_index) => {
            let mut items: Vec<_> = items.iter().collect();
            items.sort_by_key(|(key, _)| key.parse().unwrap_or(u64::MAX));
            Some(items.into_iter().map(|(_, item)| item).collect())
        }
        _ => None,
    }
}

/// Whether it is `false`, in any form in which PHP writes it where a flag is expected.
fn is_false(value: &Value) -> bool {
    *value == false || *value == 0 || value.as_str().is_some_and(|text| matches!(text, "0" | "false"))
}

fn is_code(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 128
        && text != "about:blank"
        && !bare(text).contains(char::is_whitespace)
}

/// The last segment of a code that is a URL.
fn last_segment(text: &str) -> &str {
    if !text.contains("://") && !text.starts_with("urn:") {
        return text;
    }
    text.trim_end_matches('/').rsplit(['/', '#', ':']).next().unwrap_or(text)
}

/// The text of a message of any type: a list or an object may hold one text for each language or field.
fn text_of(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(head(text, MAX_MESSAGE_BYTES)),
        Value::Number(number) => Cow::Owned(number.to_string()),
        Value::Array(_) | Value::Object(_) => {
            let mut out = String::new();
            push_words(value, 0, &mut out);
            out.truncate(head(&out, MAX_MESSAGE_BYTES).len());
            Cow::Owned(out)
        }
        Value::Null | Value::Bool(_) => Cow::Borrowed(""),
    }
}

/// The maximum nesting in which texts are searched.
const MAX_WORDS_DEPTH: usize = 4;

fn push_words(value: &Value, depth: usize, out: &mut String) {
    if depth > MAX_WORDS_DEPTH || out.len() > MAX_MESSAGE_BYTES {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| push_words(item, depth + 1, out)),
        Value::Object(members) => {
            let own = ["message", "detail", "title", "msg"].iter().find_map(|name| members.get(*name));
            match own {
                Some(own) => push_words(own, depth + 1, out),
                None => members.values().for_each(|member| push_words(member, depth + 1, out)),
            }
        }
        other => {
            let text = text_of(other);
            if !text.is_empty() {
                out.push_str(if out.is_empty() { "" } else { "; " });
                out.push_str(&text);
            }
        }
    }
}

/// The status of an error: in PHP a number, or a number as text.
fn status_of(value: &Value) -> Option<StatusCode> {
    let number = match value {
        Value::Number(number) => {
            let whole =
                number.as_f64().filter(|number| number.fract() == 0.0 && (0.0..1000.0).contains(number))?;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            // The number is an integer, and small enough.
            {
                whole as u16
            }
        }
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    StatusCode::from_u16(number).ok().filter(|status| status.as_u16() < 600)
}

/// The members of errors. An object with other members is not a bare error.
const NAMES: &[&str] = &[
    "code",
    "message",
    "data",
    "status",
    "statusCode",
    "status_code",
    "success",
    "error",
    "errors",
    "error_code",
    "errorCode",
    "error_name",
    "error_description",
    "error_uri",
    "error_data",
    "additional_errors",
    "additional_data",
    "title",
    "detail",
    "details",
    "type",
    "instance",
    "kind",
    "apiVersion",
    "metadata",
    "reason",
    "path",
    "timestamp",
    "trace_id",
    "traceId",
    "request_id",
    "requestId",
    "ray_id",
    "reference",
    "help",
    "hint",
    "retry_after",
    "msg",
    "jsonrpc",
    "id",
    "method",
    "ip",
    "ok",
    "url",
    "server",
    "support_id",
    "incident_id",
    "event_id",
    "apbct",
];

/// Whether an object has only members of errors.
pub(crate) fn is_bare(value: &Value) -> bool {
    value.as_object().is_some_and(|map| map.keys().all(|name| NAMES.contains(&name.as_str())))
}

/// Whether an object with these members can be an error under a success status. A resource begins with its id, and the
/// response to a batch with `responses`.
pub(crate) fn may_be_error<'n>(names: impl Iterator<Item = &'n [u8]>) -> bool {
    let (mut is_bare, mut is_named, mut begins_with_id) = (true, false, false);
    for (index, name) in names.enumerate() {
        let name = name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")).unwrap_or(name);
        match index {
            0 if name == b"id" => {
                begins_with_id = true;
                continue; // of an error too, so the next one decides
            }
            0 if name == b"responses" => return false,
            1 if begins_with_id && !matches!(name, b"jsonrpc" | b"error" | b"code") => return false,
            _ => {}
        }
        is_bare = is_bare && NAMES.iter().any(|other| other.as_bytes() == name);
        is_named |=
            matches!(name, b"code" | b"success" | b"error" | b"errors" | b"status" | b"statusCode" | b"kind");
    }
    is_bare || is_named
}

/// The maximum number of other members in an error. An object with more is a resource that contains an error.
const MAX_FOREIGN_NAMES: usize = 1;

/// Whether a body with the shape of an error is one although the status is a success: a plugin may respond
/// `{"code":"done","message":"…"}` on success.
pub(crate) fn is_error_under_success(value: &Value, envelope: &Envelope<'_>) -> bool {
    let Some(map) = value.as_object() else { return envelope.is_certain };
    if claims_success(value) {
        return false;
    }
    // A zero may be a count.
    let is_flag = map.get("success").is_none_or(|success| !success.is_number());
    if envelope.is_certain && is_flag {
        // A log entry or a job may describe a failure without being an error.
        let foreign = map.keys().filter(|name| !NAMES.contains(&name.as_str())).count();
        let is_item = map.contains_key("id") && !map.contains_key("jsonrpc");
        return foreign <= MAX_FOREIGN_NAMES && !is_item;
    }
    let says_error = envelope.status.is_some_and(|status| status.as_u16() >= 400);
    let is_bare = is_bare(value);
    let is_null = |name: &str| map.get(name).is_some_and(Value::is_null);
    match envelope.origin {
        WordPress => {
            let is_failure = envelope.message.is_empty()
                || !envelope.additional.is_empty()
                || is_word_of_failure(&envelope.code);
            let is_number = envelope.code.parse::<f64>().is_ok();
            // The codes of WordPress's own errors.
            let is_named = envelope.code.starts_with("rest_") || bare(&envelope.code) != envelope.code;
            says_error || (is_bare && is_named) || (is_null("data") && is_bare && is_failure && !is_number)
        }
        // GraphQL sends `null` if there is no data beside the errors.
        Other if map.contains_key("errors") => {
            is_bare && map.get("data").is_none_or(Value::is_null) && {
                map.get("errors").and_then(|errors| errors.get(0)).is_some_and(Value::is_object)
            }
        }
        Other => {
            is_bare
                && (says_error
                    || states_failure(map)
                    || (map.get("error").is_some_and(Value::is_object)
                        && map.get("data").is_none_or(Value::is_null)
                        && !envelope.message.is_empty())
                    || (has_words(value) && reason(envelope).is_some()))
        }
    }
}

/// Whether a member says that something failed: `{"error":true}`, `{"status":"failed"}`, `{"error":"invalid_key"}`.
fn states_failure(map: &Map<String, Value>) -> bool {
    let is = |name: &str, test: fn(&Value) -> bool| map.get(name).is_some_and(test);
    let is_word = |value: &Value, words: &[&str]| {
        value.as_str().is_some_and(|text| words.iter().any(|word| text.eq_ignore_ascii_case(word)))
    };
    is("success", is_false)
        || is("ok", is_false)
        || is("status", |status| *status == false)
        || map.get("status").is_some_and(|status| is_word(status, &["fail", "failed", "failure"]))
        || is("error", |error| *error == true || *error == 1)
        || map.get("error").and_then(Value::as_str).is_some_and(|text| {
            let is_none = matches!(text.trim(), "" | "0" | "false" | "none" | "no" | "null" | "ok");
            !is_none && map.get("data").is_none_or(Value::is_null)
        })
}

/// The status whose reason phrase is the whole message: a gateway's `Not Found`.
pub(crate) fn reason(envelope: &Envelope<'_>) -> Option<StatusCode> {
    let said = envelope.message.trim().trim_end_matches(['.', '!']);
    let is_reason = |status: &StatusCode| {
        status.canonical_reason().is_some_and(|reason| reason.eq_ignore_ascii_case(said))
    };
    let named = (400..600).filter_map(|number| StatusCode::from_u16(number).ok()).find(is_reason);
    let other =
        [("authorization required", StatusCode::UNAUTHORIZED), ("access denied", StatusCode::FORBIDDEN)];
    named.or_else(|| {
        other.iter().find(|(words, _)| words.eq_ignore_ascii_case(said)).map(|(_, status)| *status)
    })
}

/// Whether it has a text in a member that only errors have. A `title` does not count, since posts have one.
pub(crate) fn has_words(value: &Value) -> bool {
    ["/message", "/error", "/detail", "/msg", "/apbct/comment"]
        .iter()
        .any(|place| value.pointer(place).is_some_and(Value::is_string))
}

/// Whether the code has the form of error codes of WordPress and its plugins (`rest_no_route`, `db_insert_error`,
/// `existing_user_login`), and not that of a success (`activated`, `settings_saved`).
fn is_word_of_failure(code: &str) -> bool {
    const PARTS: &[&str] = &[
        "bad",
        "blocked",
        "broken",
        "cannot",
        "cant",
        "closed",
        "conflict",
        "corrupt",
        "could",
        "denied",
        "disabled",
        "disallowed",
        "duplicate",
        "empty",
        "err",
        "error",
        "exceeded",
        "exist",
        "existing",
        "exists",
        "expired",
        "fail",
        "failed",
        "failure",
        "fatal",
        "forbidden",
        "illegal",
        "incorrect",
        "insufficient",
        "invalid",
        "limit",
        "locked",
        "malformed",
        "mismatch",
        "missing",
        "no",
        "not",
        "notfound",
        "refused",
        "rejected",
        "required",
        "rest",
        "restricted",
        "timeout",
        "too",
        "unable",
        "unauthorized",
        "undefined",
        "unknown",
        "unsupported",
        "wrong",
    ];
    let bare = bare(code).to_ascii_lowercase();
    bare.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| PARTS.contains(&part))
}
