//! A consumer key and secret, as shops issue them.

use std::fmt;

use secrecy::SecretString;
use wp_core::{ApiError, Site, async_trait};

use crate::{
    AuthError, AuthErrorKind, Credential, Login, Scheme, SchemeKind, Token, TokenProvider, TokenRequest,
};

/// A consumer key and secret (`ck_…`, `cs_…`), which `WooCommerce` issues for its own API. They are sent as HTTP Basic
/// with every request; there is no token request.
///
/// The shop takes them over https only. A request that is signed over plain http (OAuth 1.0a) is not supported.
///
/// ```
/// # async fn example(site: &wp_core::Site) -> Result<(), wp_auth::AuthError> {
/// use wp_auth::{ConsumerKey, Identity};
///
/// let identity = Identity::new(ConsumerKey::new("ck_0123", "cs_4567"));
/// let token = identity.token(site).await?;
/// assert_eq!(token.credential().headers().count(), 1);
/// # Ok(()) }
/// ```
pub struct ConsumerKey {
    pair: Login,
    in_query: bool,
}

impl ConsumerKey {
    /// A consumer key, and its secret.
    pub fn new(key: impl Into<String>, secret: impl Into<SecretString>) -> Self {
        Self { pair: Login::new(key, secret), in_query: false }
    }

    /// Sends the key and the secret as parameters of the URL: `?consumer_key=…&consumer_secret=…`. Use it only for a
    /// server that takes the header `Authorization` away, since logs of servers and proxies hold URLs.
    ///
    /// They are sent over https or to this machine, whatever the client [allows](wp_core::extensions::PlainHttp) for
    /// other credentials, and never to another origin. These crates show them nowhere. A [`Transport`](wp_core::Transport)
    /// of yours sees them in the URL, and the server may repeat them in a `link` header.
    ///
    /// ```
    /// use wp_auth::{ConsumerKey, Identity};
    ///
    /// let identity = Identity::new(ConsumerKey::new("ck_0123", "cs_4567").in_query());
    /// assert!(!format!("{identity:?}").contains("cs_4567"));
    /// ```
    pub fn in_query(mut self) -> Self {
        self.in_query = true;
        self
    }
}

impl fmt::Debug for ConsumerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsumerKey").field("in_query", &self.in_query).finish_non_exhaustive()
    }
}

#[async_trait]
impl TokenProvider for ConsumerKey {
    async fn obtain(&self, site: &Site, _: TokenRequest<'_>) -> Result<Token, AuthError> {
        let (key, secret) = (self.pair.user(), self.pair.password());
        if !self.in_query {
            return Ok(Token::permanent(Credential::basic(key, secret)?));
        }
        if site.root().is_exposed() {
            let detail = "a consumer key is sent in the query only over https, or to this machine";
            return Err(AuthError::invalid(detail));
        }
        let key = SecretString::from(key);
        let pairs = [("consumer_key", &key), ("consumer_secret", secret)];
        Ok(Token::permanent(Credential::query(&pairs)))
    }

    fn classify(&self, error: &ApiError) -> Option<AuthErrorKind> {
        // Read in the source of WooCommerce.
        (error.code().as_str() == "woocommerce_rest_authentication_error")
            .then_some(AuthErrorKind::WrongCredentials)
    }

    fn scheme(&self) -> Scheme {
        Scheme::new("consumer key", SchemeKind::Key).reading_one_header(true)
    }
}
