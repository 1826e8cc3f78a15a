//! The contract of a token provider.

use std::borrow::Cow;
use std::fmt;
use std::fmt::Debug;

use secrecy::SecretString;
use wp_core::{ApiError, Site, async_trait};

use crate::{AuthError, AuthErrorKind, Token};

/// Obtains tokens for a site and classifies its errors.
///
/// An [`Identity`](crate::Identity) calls the provider only when necessary and never twice at a time, so a
/// provider needs no state and no lock.
///
/// ```
/// use wp_auth::{AuthError, Credential, TokenRequest, Token, TokenProvider};
/// use wp_core::{Site, async_trait};
///
/// /// A token that another program keeps in a file.
/// #[derive(Debug)]
/// struct FromFile(std::path::PathBuf);
///
/// #[async_trait]
/// impl TokenProvider for FromFile {
///     async fn obtain(&self, site: &Site, _: TokenRequest<'_>) -> Result<Token, AuthError> {
///         let text = std::fs::read_to_string(&self.0)
///             .map_err(|error| AuthError::new(wp_auth::AuthErrorKind::SignInRequired, error.to_string()))?;
///         let token = Token::permanent(Credential::bearer(&text.trim().into())?);
///         Ok(token.expires_after(site.clock().now(), std::time::Duration::from_secs(60)))
///     }
/// }
/// ```
#[async_trait]
pub trait TokenProvider: Debug + Send + Sync + 'static {
    /// Obtains a token: signs in, or renews the [previous](TokenRequest::previous) one.
    ///
    /// The provider must not send requests with the identity that it belongs to; such requests fail. It must not
    /// wait for another task that sends such requests either: that is not detected and fails after 120 seconds.
    ///
    /// # Errors
    /// The reason why no token was obtained. Every waiting task gets this error.
    async fn obtain(&self, site: &Site, request: TokenRequest<'_>) -> Result<Token, AuthError>;

    /// Classifies an API error: what it says about the credential of the request. `None` if it says nothing about
    /// it, for example because the user lacks a permission or the request is invalid. Default: `None`.
    ///
    /// If a new token may resolve the error ([`AuthErrorKind::is_renewable`]), the request is sent again with a
    /// new token.
    fn classify(&self, error: &ApiError) -> Option<AuthErrorKind> {
        let _ = error;
        None
    }

    /// Asks the site whether `token` is valid.
    ///
    /// # Errors
    /// The reason why the token is not valid. [`AuthErrorKind::Unsupported`] (the default) where the site has no
    /// way to check a token, and [`AuthErrorKind::Unproven`] where its response proves nothing.
    async fn validate(&self, site: &Site, token: &Token) -> Result<(), AuthError> {
        let _ = (site, token);
        Err(AuthError::new(
            AuthErrorKind::Unsupported,
            "this scheme has no way to ask whether a token is good",
        ))
    }

    /// Adds this provider's properties to a token that was saved or that comes from another source.
    fn adopt(&self, token: Token) -> Token {
        token
    }

    /// The kind of credential that the provider returns.
    fn scheme(&self) -> Scheme {
        Scheme::new("provider", SchemeKind::Other)
    }

    /// The user of the tokens. `None` if the provider does not know it: then a store is used only with an
    /// [`IdentityBuilder::account`](crate::IdentityBuilder::account).
    fn account(&self) -> Option<Account> {
        None
    }
}

/// The kind of credential that a provider returns, and how servers treat it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheme {
    name: Cow<'static, str>,
    id: Cow<'static, str>,
    kind: SchemeKind,
    reads_one_header: bool,
    locks_after_refusals: bool,
}

/// The kinds of [`Scheme`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SchemeKind {
    /// An application password, sent as HTTP Basic.
    ApplicationPassword,
    /// The password of an account, or a client's id and secret, sent as HTTP Basic.
    AccountPassword,
    /// A fixed token or key. It may give access to the API without logging in a user.
    Key,
    /// A token that a plugin issues at sign-in.
    TokenPlugin,
    /// Anything else.
    Other,
}

impl Scheme {
    /// A scheme. Providers whose schemes have the same name share tokens through a store, if their accounts are
    /// the same.
    pub fn new(name: impl Into<Cow<'static, str>>, kind: SchemeKind) -> Self {
        let name = name.into();
        let id = name.clone();
        Self { name, id, kind, reads_one_header: false, locks_after_refusals: false }
    }

    /// Sets the id that separates its tokens from those of other schemes in a store. Default: the name.
    pub(crate) fn identified_by(mut self, id: impl Into<Cow<'static, str>>) -> Self {
        self.id = id.into();
        self
    }

    /// Sets whether the server reads the credential only from `Authorization`, not from
    /// `REDIRECT_HTTP_AUTHORIZATION`, the name that a rewriting web server gives the header.
    pub fn reading_one_header(mut self, reads_one: bool) -> Self {
        self.reads_one_header = reads_one;
        self
    }

    /// Sets whether the server counts refused tokens as failed sign-ins and blocks sign-in after some of them.
    /// Then only a few requests at a time carry a token that was not accepted yet, and no request carries a
    /// refused one.
    pub fn locking_after_refusals(mut self, locks: bool) -> Self {
        self.locks_after_refusals = locks;
        self
    }

    /// The display name.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The kind.
    pub fn kind(&self) -> SchemeKind {
        self.kind
    }

    /// Whether the server reads the credential only from `Authorization`.
    pub fn reads_one_header(&self) -> bool {
        self.reads_one_header
    }

    /// Whether the server counts refused tokens as failed sign-ins.
    pub fn locks_after_refusals(&self) -> bool {
        self.locks_after_refusals
    }
}

/// The user of a token, with everything that separates it from other tokens of the same scheme at the same site.
#[derive(Clone)]
pub struct Account {
    name: String,
    /// The name that the program gave it, in addition to the user's name.
    alias: Option<String>,
    secret: Option<SecretString>,
    label: Option<String>,
}

impl Account {
    /// The account of the user `name`.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), alias: None, secret: None, label: None }
    }

    /// Sets the password that tokens are granted for. A store then returns only a token that was granted for the
    /// same password.
    pub fn with_secret(mut self, secret: SecretString) -> Self {
        self.secret = Some(secret);
        self
    }

    /// Sets the `client_name` or `device` of the tokens.
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The name of the user.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn called(self, alias: String) -> Self {
        Self { alias: Some(alias), ..self }
    }

    pub(crate) fn alias(&self) -> Option<&str> {
        self.alias.as_deref()
    }

    pub(crate) fn secret(&self) -> Option<&SecretString> {
        self.secret.as_ref()
    }

    pub(crate) fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("name", &self.name)
            .field("alias", &self.alias)
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

/// The reason why a token is requested.
///
/// ```
/// # use wp_auth::{AuthError, RefreshToken, Token, TokenRequest};
/// # use wp_core::Site;
/// # async fn renew(_: &Site, _: &RefreshToken) -> Result<Token, AuthError> { Err(AuthError::new(wp_auth::AuthErrorKind::Unsupported, "")) }
/// # async fn sign_in(_: &Site) -> Result<Token, AuthError> { Err(AuthError::new(wp_auth::AuthErrorKind::Unsupported, "")) }
/// /// The `obtain` of a provider of your own.
/// async fn obtain(site: &Site, request: TokenRequest<'_>) -> Result<Token, AuthError> {
///     match request.previous().and_then(Token::refresh) {
///         // A user who signs in must prove the password; a refresh token would not.
///         Some(refresh) if !request.signs_in() => renew(site, refresh).await,
///         _ => sign_in(site).await,
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct TokenRequest<'a> {
    previous: Option<&'a Token>,
    refused: bool,
    shared: bool,
    signs_in: bool,
}

impl<'a> TokenRequest<'a> {
    /// There is no token yet.
    pub fn first() -> Self {
        Self::default()
    }

    /// The previous token expired or is due for renewal.
    pub fn after(previous: &'a Token) -> Self {
        Self { previous: Some(previous), ..Self::default() }
    }

    /// A user signs in: the site must check the password, even if there is a token.
    pub fn sign_in() -> Self {
        Self { signs_in: true, ..Self::default() }
    }

    pub(crate) fn refused(mut self, refused: bool) -> Self {
        self.refused = refused;
        self
    }

    pub(crate) fn shared_after(mut self, newest: Option<&'a Token>) -> Self {
        self.previous = newest;
        self.shared = true;
        self
    }

    /// The previous token, if there was one: it expired, is due for renewal, or was refused.
    pub fn previous(&self) -> Option<&'a Token> {
        self.previous
    }

    /// Whether the server has just refused the previous token.
    pub fn is_refused(&self) -> bool {
        self.refused
    }

    /// Whether other processes will use the token as well.
    pub fn is_shared(&self) -> bool {
        self.shared
    }

    /// Whether a user signs in, so that the site must check the password.
    pub fn signs_in(&self) -> bool {
        self.signs_in
    }
}
