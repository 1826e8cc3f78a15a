//! The password of an account, sent as Basic.

use std::fmt;

use secrecy::SecretString;
use wp_core::{ApiError, Site, async_trait};

use crate::dialect::MINI_ORANGE;
use crate::meaning::meaning;
use crate::{AuthError, AuthErrorKind, Credential, Login, Occasion, Token, TokenProvider};

/// A login and the password of the account, or a client's id and secret, sent as Basic with every request:
/// the Basic methods of miniOrange's *WP REST API Authentication*, or another plugin that takes them.
///
/// WordPress itself does not: it takes an [`ApplicationPassword`](crate::ApplicationPassword).
pub struct AccountPassword(Login);

impl AccountPassword {
    /// The login (the plugin takes no e-mail address) and its password.
    pub fn new(user: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self(Login::new(user, password))
    }
}

impl fmt::Debug for AccountPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountPassword").field("user", &self.0.user()).finish_non_exhaustive()
    }
}

#[async_trait]
impl TokenProvider for AccountPassword {
    async fn obtain(&self, _: &Site, _: Occasion<'_>) -> Result<Token, AuthError> {
        Ok(Token::permanent(Credential::basic(self.0.user(), self.0.password())?))
    }

    fn meaning(&self, error: &ApiError) -> Option<AuthErrorKind> {
        meaning(MINI_ORANGE.at_use, error)
    }

    fn name(&self) -> &'static str {
        "AccountPassword"
    }
}
