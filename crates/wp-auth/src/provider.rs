//! The contract of a token provider.

use std::borrow::Cow;
use std::fmt;
use std::fmt::Debug;

use secrecy::SecretString;
use wp_core::{ApiError, Site, async_trait};

use crate::{AuthError, AuthErrorKind, Token};

/// Obtains a token for a site, and reads that site's refusals.
///
/// An [`Identity`](crate::Identity) calls it only when it has to, and never twice at a time, so a
/// provider keeps no state and takes no lock.
///
/// ```
/// use wp_auth::{AuthError, Credential, Occasion, Token, TokenProvider};
/// use wp_core::{Site, async_trait};
///
/// /// A token that another program keeps in a file.
/// #[derive(Debug)]
/// struct FromFile(std::path::PathBuf);
///
/// #[async_trait]
/// impl TokenProvider for FromFile {
///     async fn obtain(&self, site: &Site, _: Occasion<'_>) -> Result<Token, AuthError> {
///         let text = std::fs::read_to_string(&self.0)
///             .map_err(|error| AuthError::new(wp_auth::AuthErrorKind::SignInRequired, error.to_string()))?;
///         let token = Token::permanent(Credential::bearer(&text.trim().into())?);
///         Ok(token.expires_after(site.clock().now(), std::time::Duration::from_secs(60)))
///     }
/// }
/// ```
#[async_trait]
pub trait TokenProvider: Debug + Send + Sync + 'static {
    /// Obtains a token: signs in, or renews the [previous](Occasion::previous) one.
    ///
    /// It must not send requests with the identity that it is the provider of: those are errors. Nor may it wait for
    /// another task that does; that is not noticed, and ends after 120 seconds.
    ///
    /// # Errors
    /// Why there is none; every task that waits gets it.
    async fn obtain(&self, site: &Site, occasion: Occasion<'_>) -> Result<Token, AuthError>;

    /// What an error of the API says of the credential that the request carried; `None` where it says nothing: the user
    /// may not do this, or the request is wrong.
    ///
    /// After one that a new token may end ([`AuthErrorKind::is_renewable`]), the request is sent once
    /// more with a new token.
    fn classify(&self, error: &ApiError) -> Option<AuthErrorKind> {
        let _ = error;
        None
    }

    /// Asks the site whether `token` is good.
    ///
    /// # Errors
    /// Why it is not; [`AuthErrorKind::Unsupported`] where the site cannot be asked, and
    /// [`AuthErrorKind::Unproven`] where its response proves nothing.
    async fn validate(&self, site: &Site, token: &Token) -> Result<(), AuthError> {
        let _ = (site, token);
        Err(AuthError::new(
            AuthErrorKind::Unsupported,
            "this scheme has no way to ask whether a token is good",
        ))
    }

    /// A token that was saved or came from elsewhere, with what this provider knows of its tokens.
    fn adopt(&self, token: Token) -> Token {
        token
    }

    /// What kind of credential it gives.
    fn scheme(&self) -> Scheme {
        Scheme::new("provider", SchemeKind::Other)
    }

    /// Whom its tokens are for. `None` where it does not know: then nothing is kept in a store, unless
    /// [`IdentityBuilder::account`](crate::IdentityBuilder::account) says it.
    fn account(&self) -> Option<Account> {
        None
    }
}

/// What kind of credential a provider gives, and how servers treat it.
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
    /// An application password, sent as Basic.
    ApplicationPassword,
    /// The password of an account, or a client's id and secret, sent as Basic.
    AccountPassword,
    /// A fixed token or key. It may open the API without logging anybody in.
    Key,
    /// A token of a plugin that is signed in at.
    TokenPlugin,
    /// Anything else.
    Other,
}

impl Scheme {
    /// A scheme. Providers of one name share tokens through a store, if the account is the same.
    pub fn new(name: impl Into<Cow<'static, str>>, kind: SchemeKind) -> Self {
        let name = name.into();
        let id = name.clone();
        Self { name, id, kind, reads_one_header: false, locks_after_refusals: false }
    }

    /// What tells its tokens from those of other schemes in a store, where the name does not.
    pub(crate) fn identified_by(mut self, id: impl Into<Cow<'static, str>>) -> Self {
        self.id = id.into();
        self
    }

    /// Says that its server looks for the credential under the one name `Authorization`, and not under the one that a
    /// rewriting web server gives it (`REDIRECT_HTTP_AUTHORIZATION`).
    pub fn reading_one_header(mut self, reads_one: bool) -> Self {
        self.reads_one_header = reads_one;
        self
    }

    /// Says that its server counts refused tokens as failed sign-ins, and takes no sign-in after some. Then few requests
    /// carry a token that was not accepted yet, and none one that was refused.
    pub fn locking_after_refusals(mut self, locks: bool) -> Self {
        self.locks_after_refusals = locks;
        self
    }

    /// What it is called, for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Of which kind it is.
    pub fn kind(&self) -> SchemeKind {
        self.kind
    }

    /// Whether its server looks for the credential under one name alone.
    pub fn reads_one_header(&self) -> bool {
        self.reads_one_header
    }

    /// Whether its server counts refused tokens as failed sign-ins.
    pub fn locks_after_refusals(&self) -> bool {
        self.locks_after_refusals
    }
}

/// Whom tokens are for: all that tells them from other tokens of the same scheme at the same site.
#[derive(Clone)]
pub struct Account {
    name: String,
    /// What the program calls it, beside the name.
    alias: Option<String>,
    secret: Option<SecretString>,
    label: Option<String>,
}

impl Account {
    /// The user of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), alias: None, secret: None, label: None }
    }

    /// What tokens are granted for: a password. A store then gives only a token that was granted for the same one.
    pub fn with_secret(mut self, secret: SecretString) -> Self {
        self.secret = Some(secret);
        self
    }

    /// The `client_name` or `device` that the tokens are for.
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The user.
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

/// On which occasion a token is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Occasion<'a> {
    previous: Option<&'a Token>,
    refused: bool,
    shared: bool,
    signs_in: bool,
}

impl<'a> Occasion<'a> {
    /// There is none yet.
    pub fn first() -> Self {
        Self::default()
    }

    /// The last one expired, or is about to.
    pub fn after(previous: &'a Token) -> Self {
        Self { previous: Some(previous), ..Self::default() }
    }

    /// A user signs in: the password is to be checked by the site, whatever token there is.
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

    /// The last token, if there was one: it expired, is about to, or was refused.
    pub fn previous(&self) -> Option<&'a Token> {
        self.previous
    }

    /// Whether the server refused the last token just now.
    pub fn is_refused(&self) -> bool {
        self.refused
    }

    /// Whether other processes will use the token as well.
    pub fn is_shared(&self) -> bool {
        self.shared
    }

    /// Whether a user signs in, so that the password has to be checked by the site.
    pub fn signs_in(&self) -> bool {
        self.signs_in
    }
}
