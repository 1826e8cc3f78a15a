//! The contract of a token provider.

use std::fmt::Debug;

use wp_core::{ApiError, Site, async_trait};

use crate::{AuthError, AuthErrorKind, Resume, SavedToken, Stored, Token, TokenStore, Via};

/// Obtains a token for a site, and reads that site's refusals.
///
/// An [`Identity`](crate::Identity) calls it only when it has to, and never twice at a time, so a
/// provider keeps no state and takes no lock. A provider may wrap another one: [`Stored`], [`Via`] and
/// [`Resume`] do.
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
    /// # Errors
    /// Why there is none; every task that waits gets it.
    async fn obtain(&self, site: &Site, occasion: Occasion<'_>) -> Result<Token, AuthError>;

    /// The provider that this one wraps, if it does. Whatever it does not say itself, that one says.
    fn wrapped(&self) -> Option<&dyn TokenProvider> {
        None
    }

    /// What an error that the API answered says of the credential that the request carried; `None` where
    /// it says nothing: the user may not do this, or the request is wrong.
    ///
    /// After one that a new token may end ([`AuthErrorKind::is_renewable`]), the request is sent once
    /// more with a new token.
    fn meaning(&self, error: &ApiError) -> Option<AuthErrorKind> {
        self.wrapped()?.meaning(error)
    }

    /// Asks the site whether `token` is good.
    ///
    /// # Errors
    /// Why it is not; [`AuthErrorKind::Unsupported`] where the site cannot be asked.
    async fn validate(&self, site: &Site, token: &Token) -> Result<(), AuthError> {
        match self.wrapped() {
            Some(provider) => provider.validate(site, token).await,
            None => Err(AuthError::new(
                AuthErrorKind::Unsupported,
                "this scheme has no way to ask whether a token is good",
            )),
        }
    }

    /// What it is called, for a person to read.
    fn name(&self) -> &'static str {
        self.wrapped().map_or("a provider of one's own", TokenProvider::name)
    }

    /// What tells its tokens from those of other providers at the same site: the scheme and the user.
    /// `None`: there is nothing to be kept in a store.
    fn account(&self) -> Option<String> {
        self.wrapped()?.account()
    }

    /// A token that was saved, as this provider hands it out.
    ///
    /// # Errors
    /// [`AuthErrorKind::Invalid`] for a text that no header can hold.
    fn restore(&self, saved: &SavedToken) -> Result<Token, AuthError> {
        self.wrapped().map_or_else(|| saved.token(), |provider| provider.restore(saved))
    }

    /// The same, but the token travels in another header than `Authorization`: where the host's own
    /// password stands in that one, and its server was told to hand the other on.
    fn via(self, header: impl Into<String>) -> Via<Self>
    where
        Self: Sized,
    {
        Via::new(self, header)
    }

    /// The same, but tokens are shared with other processes through a store.
    fn stored(self, store: impl TokenStore) -> Stored<Self>
    where
        Self: Sized,
    {
        Stored::new(self, store)
    }

    /// The same, but it begins with a token that was saved.
    fn resume(self, saved: SavedToken) -> Resume<Self>
    where
        Self: Sized,
    {
        Resume::new(self, saved)
    }
}

/// On which occasion a token is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Occasion<'a> {
    previous: Option<&'a Token>,
    shared: bool,
}

impl<'a> Occasion<'a> {
    /// There is none yet.
    pub fn first() -> Self {
        Self::default()
    }

    /// The last one expired, is about to, or was refused.
    pub fn after(previous: Option<&'a Token>) -> Self {
        Self { previous, shared: false }
    }

    /// Others will use it as well, through a store.
    pub fn shared(mut self) -> Self {
        self.shared = true;
        self
    }

    /// The last token, if there was one: it expired, is about to, or was refused.
    pub fn previous(&self) -> Option<&'a Token> {
        self.previous
    }

    /// Whether others will use the token as well.
    pub fn is_shared(&self) -> bool {
        self.shared
    }
}
