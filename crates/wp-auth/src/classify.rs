//! What an error of a site says of a credential, as tables.

use std::borrow::Cow;

use wp_core::ApiError;

use crate::AuthErrorKind;

/// One row of a table of errors: an error that looks like this has that kind. The first row that fits counts.
///
/// ```
/// use wp_auth::{AuthErrorKind, Rule};
///
/// let rules = [
///     Rule::new("token_invalid", AuthErrorKind::Expired).with_message("Expired"),
///     Rule::new("token_*", AuthErrorKind::TokenRefused).under(401),
/// ];
/// # let _ = rules;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    code: Cow<'static, str>,
    status: Option<u16>,
    message: Option<Cow<'static, str>>,
    kind: AuthErrorKind,
}

impl Rule {
    /// An error with this code is of this kind. With a `*` at its end, it is what the code begins with.
    pub fn new(code: impl Into<Cow<'static, str>>, kind: AuthErrorKind) -> Self {
        Self { code: code.into(), status: None, message: None, kind }
    }

    /// Only under this HTTP status.
    pub fn under(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Only with this in its message: some plugins have one code for several things.
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

/// What the first row that fits says. Where it is a wrong password, and an additional error names another reason, that
/// one: a captcha that failed makes some plugins say that the password is wrong (read in the source).
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
    fn the_first_row_that_fits_counts() {
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
