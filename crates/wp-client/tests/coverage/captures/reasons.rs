//! Recorded successes without a model, and properties that no model reads, and why.

use http::Method;

use super::exchange::Exchange;
use super::tokens;

/// Whether a reason is that of an exchange.
type Is = fn(&Exchange) -> bool;

const REASONS: &[(Is, &str)] = &[
    (|exchange| exchange.route.is_empty(), "it is not a request to the API"),
    (|exchange| exchange.method == Method::OPTIONS, "the description of a route is read as a `Value`"),
    (
        |exchange| exchange.has("_envelope") || exchange.has("_jsonp"),
        "it is wrapped for browsers: the client asks for nothing of the kind",
    ),
    (is_no_json, "the API did not respond: an error of the client names what did"),
    (|exchange| exchange.body.ends_with(b" bytes in all]"), "only the beginning of the body was recorded"),
    (is_of_namespace, "the index of a namespace, which is a part of the whole index"),
    (
        |exchange| exchange.route == "/wp/v2/icons" && exchange.has("per_page"),
        "WordPress returned all icons, and the client says that it ignored `per_page`",
    ),
    (tokens::is_over, "a token that is valid for a second, which the client does not use"),
    (
        |exchange| exchange.route == "/jwt-auth/v1/token/refresh",
        "one of two steps of a renewal: it holds a cookie, and no token",
    ),
    (
        |exchange| exchange.route == "/api/v1/token-validate" && exchange.contains("\"status\":\"error\""),
        "an error with the status 200, which is one for the client too",
    ),
];

/// Properties of the responses to some routes.
pub(super) const NOT_READ: &[(&str, &str, &str)] = &[
    ("/wp/v2/blocks/", "title.raw", "`edit` reads it: only blocks have it in other contexts"),
    ("/wp/v2/blocks/", "content.raw", "`edit` reads it: only blocks have it in other contexts"),
    ("/wp/v2/menu-items/", "guid.raw", "an autosave has a rendered guid as other revisions"),
    // Links, of which models have those that they need, and what `embed` reads.
    ("/", "_links", "it is read where a model needs it"),
    ("/", "_embedded", "`embed` reads it"),
];

/// The reason of a [part](is_part) that lacks what identifies the item.
pub(super) const PART: &str =
    "a part of an item by `_fields`, without its key: a type of the caller reads it";

/// Whether only some fields were asked for.
pub(super) fn is_part(exchange: &Exchange) -> bool {
    exchange.parameter("_fields").is_some()
}

fn is_no_json(exchange: &Exchange) -> bool {
    let begins = exchange.body.first().copied();
    exchange.method != Method::HEAD
        && (matches!(begins, None | Some(b'"')) || exchange.body.starts_with(b"<!DOCTYPE html>"))
}

fn is_of_namespace(exchange: &Exchange) -> bool {
    exchange.method == Method::GET && exchange.contains("\"namespace\":") && exchange.contains("\"routes\":{")
}

pub(super) fn of(exchange: &Exchange) -> Option<&'static str> {
    REASONS.iter().find(|(is, _)| is(exchange)).map(|(_, reason)| *reason)
}
