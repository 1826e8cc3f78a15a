//! The rules for headers: which are secret, and which are reserved for the transport. They are defined only here.

use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue};

/// A header is secret if its name contains one of these.
const SECRET_STEMS: &[&str] = &[
    "auth",
    "cookie",
    "credential",
    "jwt",
    "key",
    "nonce",
    "passphrase",
    "passwd",
    "password",
    "secret",
    "session",
    "signature",
    "token",
];

/// A header is secret if its name has one of these between its hyphens.
const SECRET_WORDS: &[&str] =
    &["bearer", "csrf", "gate", "hmac", "login", "otp", "pass", "pin", "pwd", "sid", "sig", "xsrf"];

/// Headers of a single connection for which the `http` crate has no constants.
const OF_CONNECTION: &[&str] = &["http2-settings", "keep-alive", "proxy-connection"];

/// Whether a header is secret by its name: `authorization`, `cookie`, `proxy-authorization`, and every name with a word
/// for a key, a token, a secret, a session, a password, a signature or the like.
///
/// False positives such as `x-author` are accepted: the only effect is that the header is not sent over plain http to
/// another machine, nor to another origin. A secret under any other name is recognized if its value is marked as
/// [sensitive](HeaderValue::is_sensitive); see [`carries_secret`].
pub fn is_secret(name: &HeaderName) -> bool {
    let name = name.as_str();
    SECRET_STEMS.iter().any(|stem| name.contains(stem))
        || name.split('-').any(|word| SECRET_WORDS.contains(&word))
}

/// Whether a header is secret: by its [name](is_secret), or because its value is marked as sensitive.
pub fn carries_secret(name: &HeaderName, value: &HeaderValue) -> bool {
    value.is_sensitive() || is_secret(name)
}

/// Whether one of the headers [is secret](carries_secret).
pub(crate) fn carry_secret(headers: &HeaderMap) -> bool {
    headers.iter().any(|(name, value)| carries_secret(name, value))
}

/// Whether this header is reserved for the transport, so that no other code may set it: the host, the framing of the
/// body, and the headers of a single connection (`connection`, `te`, `upgrade`, `expect`, ...).
pub fn is_set_by_transport(name: &HeaderName) -> bool {
    [CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE].contains(name)
        || OF_CONNECTION.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_secret_depends_on_the_header_name() {
        for name in [
            "authorization",
            "cookie",
            "proxy-authorization",
            "x-api-key",
            "x-apikey",
            "x-wp-nonce",
            "x-auth",
            "x-access-token",
            "x-session-id",
            "x-hub-signature-256",
            "x-amz-security-token",
            "x-password",
            "x-gate",
            "cf-access-client-secret",
            "x-jwt-assertion",
            "x-sid",
            "x-csrf",
            "php-auth-pw",
        ] {
            assert!(is_secret(&HeaderName::from_static(name)), "{name}");
        }
        for name in [
            "accept",
            "accept-language",
            "content-type",
            "content-disposition",
            "user-agent",
            "x-trace-id",
            "x-http-method-override",
            "if-none-match",
            "range",
            "x-spin",
            "x-design",
            "x-compass",
        ] {
            assert!(!is_secret(&HeaderName::from_static(name)), "{name}");
        }
    }

    #[test]
    fn sensitive_value_is_secret_under_any_name() {
        let name = HeaderName::from_static("x-trace-id");
        let mut value = HeaderValue::from_static("v");
        assert!(!carries_secret(&name, &value));
        value.set_sensitive(true);
        assert!(carries_secret(&name, &value));
    }
}
