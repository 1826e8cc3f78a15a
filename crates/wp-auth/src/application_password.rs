//! Application passwords, which WordPress itself has.

use std::fmt;

use secrecy::SecretString;
use wp_core::{Site, async_trait};

use crate::{AuthError, Credential, Token, TokenProvider};

/// A user and one of their application passwords (not the password of the account), sent as Basic.
///
/// WordPress takes them over https, or on a site that calls itself local, and ignores them silently
/// otherwise. A wrong one is ignored too: public routes answer as to anybody, so only a route that
/// needs a user proves a login.
pub struct ApplicationPassword {
    user: String,
    password: SecretString,
}

impl ApplicationPassword {
    /// The application password of `user`, which is a login or an e-mail address. The blanks that
    /// WordPress shows in the password may stay or go.
    pub fn new(user: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self { user: user.into(), password: password.into() }
    }
}

impl fmt::Debug for ApplicationPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApplicationPassword").field("user", &self.user).finish_non_exhaustive()
    }
}

#[async_trait]
impl TokenProvider for ApplicationPassword {
    async fn obtain(&self, _: &Site, _: Option<&Token>) -> Result<Token, AuthError> {
        Ok(Token::permanent(Credential::basic(&self.user, &self.password)?))
    }
}
