//! The code of an error.

use std::borrow::Cow;
use std::fmt;

use crate::{Secrets, show};

/// The code of an [`ApiError`](crate::ApiError), such as `rest_post_invalid_id`.
///
/// The set is open: plugins have codes of their own, and a code that a later release adds does not affect a program
/// that matches on known ones. An integer code is read as its text. The JWT plugin puts `[jwt_auth] ` before the codes
/// of a failed sign-in; [`as_str`](Self::as_str) keeps this prefix, and comparisons ignore it. The code of an error
/// without one is empty.
///
/// `Display` and `Debug` show `***` where the code echoes a secret of the request. A secret counts only if it cannot be
/// in a code by chance: it has at least 8 characters, and it is not a word of up to 15 lower-case letters. A code that
/// has a constant here is never masked. [`as_str`](Self::as_str) and comparisons use what the server sent.
///
/// ```
/// # let error = wp_core::ApiError::new(http::StatusCode::NOT_FOUND, "rest_post_invalid_id", "Invalid post ID.");
/// use wp_core::ErrorCode;
///
/// assert!(*error.code() == ErrorCode::POST_INVALID_ID);
/// match error.code().as_str() {
///     "rest_post_invalid_id" => {}
///     other => panic!("{other}"),
/// }
/// ```
#[derive(Clone)]
pub struct ErrorCode {
    code: Cow<'static, str>,
    /// The shown text, if it differs from the code.
    masked: Option<Box<str>>,
}

macro_rules! codes {
    ($($name:ident = $code:literal;)*) => {
        impl ErrorCode {
            $(#[doc = concat!("`", $code, "`")] pub const $name: Self = Self::constant($code);)*

            /// The codes that have a constant.
            const KNOWN: &[&str] = &[$($code),*];
        }
    };
}

codes! {
    NO_ROUTE = "rest_no_route";
    NOT_LOGGED_IN = "rest_not_logged_in";
    FORBIDDEN = "rest_forbidden";
    FORBIDDEN_CONTEXT = "rest_forbidden_context";
    INVALID_PARAM = "rest_invalid_param";
    MISSING_PARAM = "rest_missing_callback_param";
    INVALID_JSON = "rest_invalid_json";
    CANNOT_CREATE = "rest_cannot_create";
    CANNOT_EDIT = "rest_cannot_edit";
    CANNOT_DELETE = "rest_cannot_delete";
    CANNOT_PUBLISH = "rest_cannot_publish";
    POST_INVALID_ID = "rest_post_invalid_id";
    POST_INVALID_PAGE_NUMBER = "rest_post_invalid_page_number";
    TERM_INVALID = "rest_term_invalid";
    USER_INVALID_ID = "rest_user_invalid_id";
    TERM_EXISTS = "term_exists";
    EXISTING_USER_EMAIL = "existing_user_email";
    ALREADY_TRASHED = "rest_already_trashed";
    TRASH_NOT_SUPPORTED = "rest_trash_not_supported";
    APPLICATION_PASSWORD_NOT_FOUND = "rest_application_password_not_found";
    APPLICATION_PASSWORD_DUPLICATE_NAME = "application_password_duplicate_name";
    APPLICATION_PASSWORDS_DISABLED = "application_passwords_disabled";
    INTERNAL_SERVER_ERROR = "internal_server_error";
    WP_DIE = "wp_die";
    INCORRECT_PASSWORD = "incorrect_password";
    INVALID_USERNAME = "invalid_username";
    INVALID_EMAIL = "invalid_email";
    EMPTY_USERNAME = "empty_username";
    EMPTY_PASSWORD = "empty_password";
    JWT_AUTH_INVALID_TOKEN = "jwt_auth_invalid_token";
    JWT_AUTH_BAD_CONFIG = "jwt_auth_bad_config";
    JWT_AUTH_UNSUPPORTED_ALGORITHM = "jwt_auth_unsupported_algorithm";
    JWT_AUTH_BAD_ISS = "jwt_auth_bad_iss";
    JWT_AUTH_BAD_REQUEST = "jwt_auth_bad_request";
    JWT_AUTH_NO_AUTH_HEADER = "jwt_auth_no_auth_header";
    JWT_AUTH_BAD_AUTH_HEADER = "jwt_auth_bad_auth_header";
}

impl ErrorCode {
    const fn constant(code: &'static str) -> Self {
        Self { code: Cow::Borrowed(code), masked: None }
    }

    /// The code as the server sent it, at most 128 bytes, without control characters. It may echo a secret: use
    /// `Display` to show it.
    pub fn as_str(&self) -> &str {
        &self.code
    }

    /// Whether the error has no code.
    pub fn is_empty(&self) -> bool {
        self.code.is_empty()
    }

    /// Whether the code is one of the plugin JWT Authentication for WP REST API, about a token or a failed sign-in.
    pub fn is_of_jwt_auth(&self) -> bool {
        self.code.starts_with(JWT_AUTH_PREFIX) || self.code.starts_with("jwt_auth_")
    }

    /// The same code, which masks `secrets` where it is shown.
    pub(crate) fn hiding(mut self, secrets: &Secrets) -> Self {
        if Self::KNOWN.contains(&self.bare()) {
            return self;
        }
        if let Cow::Owned(masked) = secrets.mask_code(&self.code) {
            self.masked = Some(masked.into());
        }
        self
    }

    fn shown(&self) -> &str {
        self.masked.as_deref().unwrap_or(&self.code)
    }

    fn bare(&self) -> &str {
        bare(&self.code)
    }
}

const JWT_AUTH_PREFIX: &str = "[jwt_auth] ";

/// The code without the prefix of the JWT plugin.
pub(crate) fn bare(code: &str) -> &str {
    code.strip_prefix(JWT_AUTH_PREFIX).unwrap_or(code)
}

impl From<String> for ErrorCode {
    fn from(code: String) -> Self {
        Self { code: code.into(), masked: None }
    }
}

impl From<&'static str> for ErrorCode {
    fn from(code: &'static str) -> Self {
        Self::constant(code)
    }
}

impl PartialEq for ErrorCode {
    fn eq(&self, other: &Self) -> bool {
        self.bare() == other.bare()
    }
}

impl Eq for ErrorCode {}

impl PartialEq<str> for ErrorCode {
    fn eq(&self, other: &str) -> bool {
        self.bare() == bare(other)
    }
}

impl PartialEq<&str> for ErrorCode {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl std::hash::Hash for ErrorCode {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.bare().hash(state);
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show::line(f, format_args!("{}", self.shown()))
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show::line(f, format_args!("{:?}", self.shown()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jwt_auth_prefix_is_kept_in_text_and_ignored_in_comparison() {
        let code = ErrorCode::from("[jwt_auth] incorrect_password");
        assert_eq!(code.as_str(), "[jwt_auth] incorrect_password");
        assert!(code == ErrorCode::INCORRECT_PASSWORD && code == "incorrect_password");
        assert!(code != ErrorCode::INVALID_USERNAME);
    }

    #[test]
    fn hiding_changes_display_only() {
        let secrets = Secrets::of_text("incorrect_password").and(&Secrets::of_text("Hunter2-long"));
        let known = ErrorCode::from("[jwt_auth] incorrect_password").hiding(&secrets);
        assert_eq!(known.to_string(), "[jwt_auth] incorrect_password");
        let code = ErrorCode::from("no_Hunter2-long".to_owned()).hiding(&secrets);
        assert_eq!(format!("{code} {code:?}"), "no_*** \"no_***\"");
        assert!(code == "no_Hunter2-long" && code.as_str() == "no_Hunter2-long");
    }
}
