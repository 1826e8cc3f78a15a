//! Application passwords, which WordPress itself has.

use std::fmt;

use secrecy::SecretString;
use wp_core::{ApiError, Site, async_trait};

use crate::dialect::{APPLICATION_PASSWORD, MINI_ORANGE};
use crate::meaning::meaning;
use crate::{AuthError, AuthErrorKind, Credential, Login, Occasion, Token, TokenProvider};

/// A user and one of their application passwords (not the password of the account), sent as Basic.
///
/// WordPress takes them over https, or on a site that calls itself local, and ignores them silently
/// otherwise. A wrong one is ignored too: public routes answer as to anybody, so only a route that
/// needs a user proves a login.
pub struct ApplicationPassword(Login);

impl ApplicationPassword {
    /// The application password of `user`, which is a login or an e-mail address. The blanks that
    /// WordPress shows in the password may stay or go.
    pub fn new(user: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self(Login::new(user, password))
    }
}

impl fmt::Debug for ApplicationPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApplicationPassword").field("user", &self.0.user()).finish_non_exhaustive()
    }
}

#[async_trait]
impl TokenProvider for ApplicationPassword {
    async fn obtain(&self, _: &Site, _: Occasion<'_>) -> Result<Token, AuthError> {
        Ok(Token::permanent(Credential::basic(self.0.user(), self.0.password())?))
    }

    fn meaning(&self, error: &ApiError) -> Option<AuthErrorKind> {
        // A plugin may have closed that way.
        meaning(APPLICATION_PASSWORD, error).or_else(|| meaning(MINI_ORANGE.at_use, error))
    }

    fn name(&self) -> &'static str {
        "ApplicationPassword"
    }
}
