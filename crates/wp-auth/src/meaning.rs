//! What an error of a site says of a credential, as tables.

use wp_core::ApiError;

use crate::AuthErrorKind;

/// One line of a table: an error that looks like this means that.
#[derive(Debug)]
pub(crate) struct Rule {
    /// The code; with a `*` at its end, what it begins with.
    code: &'static str,
    status: Option<u16>,
    says: Option<&'static str>,
    kind: AuthErrorKind,
}

pub(crate) const fn rule(code: &'static str, kind: AuthErrorKind) -> Rule {
    Rule { code, status: None, says: None, kind }
}

impl Rule {
    /// Only under this status.
    pub(crate) const fn under(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Only with this in its message: some plugins have one code for several things.
    pub(crate) const fn saying(mut self, text: &'static str) -> Self {
        self.says = Some(text);
        self
    }

    fn fits(&self, error: &ApiError) -> bool {
        let code = error.code().as_str();
        self.code.strip_suffix('*').map_or(code == self.code, |beginning| code.starts_with(beginning))
            && self.status.is_none_or(|status| error.status().as_u16() == status)
            && self.says.is_none_or(|text| error.unmasked_message().contains(text))
    }
}

/// What the first line that fits says.
pub(crate) fn meaning(table: &[Rule], error: &ApiError) -> Option<AuthErrorKind> {
    table.iter().find(|rule| rule.fits(error)).map(|rule| rule.kind)
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn the_first_line_that_fits_counts() {
        let table = [
            rule("a", AuthErrorKind::Expired).saying("over"),
            rule("a", AuthErrorKind::TokenRefused).under(403),
            rule("b_*", AuthErrorKind::Misconfigured),
        ];
        let read = |status: u16, code: &'static str, message: &str| {
            let status = StatusCode::from_u16(status).unwrap();
            meaning(&table, &ApiError::new(status, code, message))
        };
        assert_eq!(read(401, "a", "It is over."), Some(AuthErrorKind::Expired));
        assert_eq!(read(403, "a", ""), Some(AuthErrorKind::TokenRefused));
        assert_eq!(read(401, "a", ""), None);
        assert_eq!(read(500, "b_c", ""), Some(AuthErrorKind::Misconfigured));
        assert_eq!(read(500, "b", ""), None);
    }
}
