//! A login and a password, sent as Basic.

use std::fmt;

use secrecy::SecretString;
use wp_core::{ApiError, Site, async_trait};

use crate::classify::classify;
use crate::known_plugins::{APPLICATION_PASSWORD, MINI_ORANGE};
use crate::{
    AuthError, AuthErrorKind, Credential, Login, Occasion, Scheme, SchemeKind, Token, TokenProvider,
};

/// A login and a password, sent as Basic with every request. Nothing is asked before the first one.
pub struct Basic {
    login: Login,
    kind: SchemeKind,
}

impl Basic {
    /// A user and one of their application passwords (not the password of the account), which WordPress itself has.
    /// `user` is a login or an e-mail address; the blanks that WordPress shows in the password may stay or go.
    ///
    /// WordPress takes them over https, or on a site that calls itself local, and ignores them silently
    /// otherwise. A wrong one is ignored too: public routes respond as to anybody, so only a route that
    /// needs a user proves a login.
    pub fn application_password(user: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self { login: Login::new(user, password), kind: SchemeKind::ApplicationPassword }
    }

    /// A login (no e-mail address) and the password of the account, or a client's id and secret: the Basic methods of
    /// miniOrange's *WP REST API Authentication*, or another plugin that takes them. WordPress itself does not.
    pub fn account_password(user: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self { login: Login::new(user, password), kind: SchemeKind::AccountPassword }
    }
}

impl fmt::Debug for Basic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Basic")
            .field("user", &self.login.user())
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl TokenProvider for Basic {
    async fn obtain(&self, _: &Site, _: Occasion<'_>) -> Result<Token, AuthError> {
        Ok(Token::permanent(Credential::basic(self.login.user(), self.login.password())?))
    }

    fn classify(&self, error: &ApiError) -> Option<AuthErrorKind> {
        let own = match self.kind {
            SchemeKind::ApplicationPassword => classify(&APPLICATION_PASSWORD, error),
            _ => None,
        };
        // The plugin may have closed that way.
        own.or_else(|| classify(&MINI_ORANGE.at_use, error))
    }

    fn scheme(&self) -> Scheme {
        match self.kind {
            SchemeKind::ApplicationPassword => Scheme::new("application password", self.kind),
            _ => Scheme::new("account password", self.kind).reading_one_header(true),
        }
    }
}
