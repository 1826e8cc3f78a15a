//! A login and a password, sent as HTTP Basic.

use std::fmt;

use secrecy::SecretString;
use wp_core::{ApiError, Site, async_trait};

use crate::classify::classify;
use crate::known_plugins::{APPLICATION_PASSWORD, MINI_ORANGE};
use crate::{
    Account, AuthError, AuthErrorKind, Credential, Login, Scheme, SchemeKind, Token, TokenProvider,
    TokenRequest,
};

/// Sends a login and a password as HTTP Basic with every request. It makes no token request.
///
/// ```
/// # async fn example(site: &wp_core::Site, password: wp_auth::SecretString) -> Result<(), wp_auth::AuthError> {
/// use wp_auth::{AuthErrorKind, Basic, Identity};
///
/// let identity = Identity::new(Basic::application_password("ana", password));
/// // Nothing is sent, so the only errors are those of the input: plain http, or a colon in the user's name.
/// match identity.token(site).await {
///     Err(error) if error.kind() == AuthErrorKind::Invalid => println!("{error}"),
///     other => drop(other?),
/// }
/// # Ok(()) }
/// ```
pub struct Basic {
    login: Login,
    kind: SchemeKind,
}

impl Basic {
    /// A user and one of their application passwords, which are built into WordPress (not the account's
    /// password). `user` is a login or an e-mail address. The spaces that WordPress shows in the password are
    /// optional.
    ///
    /// WordPress accepts application passwords over https, or on a site whose environment type is `local`, and
    /// silently ignores them otherwise. It ignores a wrong one as well: public routes respond as to an anonymous
    /// request, so only a route that requires a user proves the login.
    pub fn application_password(user: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self { login: Login::new(user, password), kind: SchemeKind::ApplicationPassword }
    }

    /// A login (not an e-mail address) and the account's password, or a client's id and secret: for the Basic
    /// methods of miniOrange's *WP REST API Authentication*, or for another plugin that accepts them. WordPress
    /// itself does not.
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
    async fn obtain(&self, _: &Site, _: TokenRequest<'_>) -> Result<Token, AuthError> {
        Ok(Token::permanent(Credential::basic(self.login.user(), self.login.password())?))
    }

    fn classify(&self, error: &ApiError) -> Option<AuthErrorKind> {
        let own = match self.kind {
            SchemeKind::ApplicationPassword => classify(&APPLICATION_PASSWORD, error),
            _ => None,
        };
        // The plugin may have disabled this method.
        own.or_else(|| classify(&MINI_ORANGE.at_use, error))
    }

    fn scheme(&self) -> Scheme {
        match self.kind {
            SchemeKind::ApplicationPassword => Scheme::new("application password", self.kind),
            _ => Scheme::new("account password", self.kind).reading_one_header(true),
        }
    }

    fn account(&self) -> Option<Account> {
        Some(Account::new(self.login.user()).with_secret(self.login.password().clone()))
    }
}
