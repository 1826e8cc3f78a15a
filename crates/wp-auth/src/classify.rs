//! Rules that classify a site's errors.

use std::borrow::Cow;

use wp_core::ApiError;

use crate::AuthErrorKind;

/// A rule that gives errors of a certain code an [`AuthErrorKind`]. The first rule that matches counts.
///
/// ```
/// use wp_auth::{AuthErrorKind, Plugin, Rule};
///
/// // The expired token is renewed quietly; the order matters, since both rules match its code.
/// let rules = [
///     Rule::new("token_invalid", AuthErrorKind::Expired).with_message("Expired"),
///     Rule::new("token_*", AuthErrorKind::TokenRefused).under(401),
/// ];
/// let plugin = Plugin::builder("Acme Tokens", "/acme/v1/login").at_use(rules).build();
/// # assert!(plugin.is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    code: Cow<'static, str>,
    status: Option<u16>,
    message: Option<Cow<'static, str>>,
    kind: AuthErrorKind,
}

impl Rule {
    /// Matches errors with this code. A `*` at the end matches any suffix.
    pub fn new(code: impl Into<Cow<'static, str>>, kind: AuthErrorKind) -> Self {
        Self { code: code.into(), status: None, message: None, kind }
    }

    /// Restricts the rule to this HTTP status.
    pub fn under(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Restricts the rule to messages that contain `part`, for plugins that use one code for several errors.
    pub fn with_message(mut self, part: impl Into<Cow<'static, str>>) -> Self {
        self.message = Some(part.into());
        self
    }

    fn fits(&self, error: &ApiError) -> bool {
        let code = error.code().as_str();
        self.code.strip_suffix('*').map_or(code == self.code, |beginning| code.starts_with(beginning))
            && self.status.is_none_or(|status| error.status().as_u16() == status)
            && self.message.as_deref().is_none_or(|text| error.unmasked_message().contains(text))
    }
}

/// Classifies an error by the first rule that matches. If the result is a wrong password and an additional error
/// has another kind, that kind wins: after a failed captcha, some plugins report a wrong password (read in the
/// source).
pub(crate) fn classify(table: &[Rule], error: &ApiError) -> Option<AuthErrorKind> {
    let kind = |error: &ApiError| table.iter().find(|rule| rule.fits(error)).map(|rule| rule.kind);
    match kind(error) {
        Some(AuthErrorKind::WrongCredentials) => {
            let mut others = error.additional().iter().filter_map(kind);
            others
                .find(|kind| *kind != AuthErrorKind::WrongCredentials)
                .or(Some(AuthErrorKind::WrongCredentials))
        }
        first => first,
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn classify_uses_the_first_matching_rule() {
        let table = [
            Rule::new("a", AuthErrorKind::Expired).with_message("over"),
            Rule::new("a", AuthErrorKind::TokenRefused).under(403),
            Rule::new("b_*", AuthErrorKind::Misconfigured),
        ];
        let read = |status: u16, code: &'static str, message: &str| {
            let status = StatusCode::from_u16(status).unwrap();
            classify(&table, &ApiError::new(status, code, message))
        };
        assert_eq!(read(401, "a", "It is over."), Some(AuthErrorKind::Expired));
        assert_eq!(read(403, "a", ""), Some(AuthErrorKind::TokenRefused));
        assert_eq!(read(401, "a", ""), None);
        assert_eq!(read(500, "b_c", ""), Some(AuthErrorKind::Misconfigured));
        assert_eq!(read(500, "b", ""), None);
    }
}
