//! A fixed token or API key.

use std::fmt;
use std::time::SystemTime;

use secrecy::{ExposeSecret, SecretString};
use wp_core::{ApiError, Site, async_trait};

use crate::claims::Claims;
use crate::classify::classify;
use crate::known_plugins::{API_BEARER_AUTH, JWT_AUTH, MINI_ORANGE, SIMPLE_JWT_LOGIN};
use crate::{
    AuthError, AuthErrorKind, Credential, Profile, Scheme, SchemeKind, Token, TokenProvider, TokenRequest,
    credential,
};

/// A fixed bearer token, or a fixed value of a header. It cannot be renewed. If the server refuses it, it is not
/// sent during a back-off period and then tried again.
///
/// The expiry of a JWT is read from its claims. After it, the error is
/// [`SignInRequired`](AuthErrorKind::SignInRequired), without a request.
pub struct ApiKey {
    /// `None` for a bearer token.
    header: Option<String>,
    secret: SecretString,
}

impl ApiKey {
    /// `Authorization: Bearer …`. A leading `Bearer ` and whitespace around the token are removed.
    pub fn bearer(token: impl Into<SecretString>) -> Self {
        Self { header: None, secret: credential::bare_token(&token.into()) }
    }

    /// A header that the site requires, such as `X-API-Key`. The value may itself be `Bearer KEY`.
    pub fn header(name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        Self { header: Some(name.into()), secret: value.into() }
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = self.header.as_deref().unwrap_or("authorization");
        f.debug_struct("ApiKey").field("header", &header).finish_non_exhaustive()
    }
}

#[async_trait]
impl TokenProvider for ApiKey {
    async fn obtain(&self, site: &Site, request: TokenRequest<'_>) -> Result<Token, AuthError> {
        let over = |detail| AuthError::new(AuthErrorKind::SignInRequired, detail);
        let credential = match &self.header {
            Some(name) => Credential::header(name, &self.secret)?,
            None => Credential::bearer(&self.secret)?,
        };
        // There is no other credential. After the back-off, the server may accept this one again.
        if request.is_refused() {
            return Err(over("the site no longer accepts the token that was given"));
        }
        let token = Token::permanent(credential).with_secret(self.secret.clone());
        let text = self.secret.expose_secret();
        let Some(claims) = Claims::read(text.strip_prefix("Bearer ").unwrap_or(text)) else {
            return Ok(token);
        };
        let token = token.with_profile(Profile { id: claims.user(), ..Profile::default() });
        let Some(end) = claims.expires_at() else { return Ok(token) };
        let now: SystemTime = site.clock().now();
        match end.duration_since(now) {
            Ok(left) => Ok(token.expires_after(now, left)),
            Err(_) => Err(over("the token that was given has expired")),
        }
    }

    /// The plugin is unknown, so the rules of each plugin are tried.
    fn classify(&self, error: &ApiError) -> Option<AuthErrorKind> {
        [&JWT_AUTH, &API_BEARER_AUTH, &MINI_ORANGE, &SIMPLE_JWT_LOGIN]
            .iter()
            .filter(|plugin| !plugin.ignores_bad_tokens || !error.code().as_str().starts_with("rest_"))
            .find_map(|plugin| classify(&plugin.at_use, error))
    }

    fn scheme(&self) -> Scheme {
        // A JWT may be of miniOrange, which counts refused JWTs but not refused API keys (observed).
        let is_jwt = Claims::read(self.secret.expose_secret()).is_some();
        Scheme::new("ApiKey", SchemeKind::Key).reading_one_header(true).locking_after_refusals(is_jwt)
    }
}
