//! Building an identity.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use secrecy::SecretString;
use wp_core::Site;

use crate::shared_token::{Notice, SharedToken};
use crate::{
    Account, AuthError, AuthErrorKind, Credential, Identity, Occasion, SavedToken, SecondFactor, StoreError,
    Token, TokenProvider, TokenStore,
};

type Spawn = Box<dyn Fn(BoxFuture<'static, ()>) + Send + Sync>;

/// How an [`Identity`] is built of a provider. The order of the calls does not matter.
///
/// ```
/// use wp_auth::{Identity, JwtAuth, MemoryStore};
///
/// let identity = Identity::builder(JwtAuth::new("ana", "password"))
///     .store(MemoryStore::new())
///     .in_header("x-wp-token")
///     .build();
/// # let _ = identity;
/// ```
#[must_use = "an identity is built by `build`"]
pub struct IdentityBuilder {
    pub(crate) provider: Arc<dyn TokenProvider>,
    store: Option<SharedToken>,
    notice: Option<Notice>,
    account: Option<String>,
    header: Option<String>,
    saved: Option<SavedToken>,
    pub(crate) spawn: Option<Spawn>,
}

impl IdentityBuilder {
    pub(crate) fn new(provider: impl TokenProvider) -> Self {
        let provider = Arc::new(provider);
        Self { provider, store: None, notice: None, account: None, header: None, saved: None, spawn: None }
    }

    /// Shares its token with other processes through `store`, which one of them renews for all.
    ///
    /// A token of the store is used only by who has the password that it was granted for. A provider that knows no user
    /// (one that asks, one without a password) needs an [`account`](Self::account).
    pub fn store(mut self, store: impl TokenStore) -> Self {
        self.store = Some(SharedToken::new(store, self.notice.take()));
        self
    }

    /// Is told when the store fails, once until it works again. Requests do not fail with it.
    pub fn on_store_failure(mut self, notice: impl Fn(&StoreError) + Send + Sync + 'static) -> Self {
        match &mut self.store {
            Some(store) => store.on_failure(Box::new(notice)),
            None => self.notice = Some(Box::new(notice)),
        }
        self
    }

    /// Whom the tokens are for, where the provider does not know: the name under which the store keeps them. Everybody
    /// who gives this name and has the store is this user, whatever the password. Where the provider does know, the name
    /// stands beside its own, so that one user can have several tokens.
    pub fn account(mut self, name: impl Into<String>) -> Self {
        self.account = Some(name.into());
        self
    }

    /// Sends the token in another header than `Authorization`: where the host's own password stands in that one, and its
    /// server was told to hand the other on.
    pub fn in_header(mut self, name: impl Into<String>) -> Self {
        self.header = Some(name.into());
        self
    }

    /// Begins with a token that was saved.
    pub fn resume(mut self, saved: SavedToken) -> Self {
        self.saved = Some(saved);
        self
    }

    /// Hands each token request to an executor as well, such as `|request| { tokio::spawn(request); }`, which finishes it
    /// when all who waited were cancelled. Without one, the next who needs a token carries it on.
    pub fn spawn_with(mut self, spawn: impl Fn(BoxFuture<'static, ()>) + Send + Sync + 'static) -> Self {
        self.spawn = Some(Box::new(spawn));
        self
    }

    /// The identity. Nothing is sent.
    pub fn build(self) -> Identity {
        Identity::from(self)
    }

    /// A token that was saved or came from elsewhere, as this identity sends it.
    pub(crate) fn restore(&self, saved: &SavedToken) -> Result<Token, AuthError> {
        self.moved(self.provider.adopt(saved.token()?))
    }

    /// `may_resume`: it may begin with the token that was saved.
    pub(crate) async fn obtain(
        &self,
        site: &Site,
        occasion: Occasion<'_>,
        may_resume: bool,
    ) -> Result<Token, AuthError> {
        let resumed = match self.saved.as_ref().filter(|_| may_resume) {
            Some(saved) if occasion.previous().is_none() && !occasion.signs_in() => {
                let root = site.root().to_string();
                if !saved.is_for(&root) {
                    let other = saved.root().unwrap_or_default();
                    let detail = format!("the token that was saved is for {other}, and not for {root}");
                    return Err(AuthError::invalid(detail));
                }
                Some(self.restore(saved)?)
            }
            _ => None,
        };
        if let Some(token) = resumed.as_ref().filter(|token| token.is_valid(site.clock().now())) {
            return Ok(token.clone());
        }
        let occasion = resumed.as_ref().map_or(occasion, Occasion::after);
        let token = match &self.store {
            Some(store) => store.obtain(&*self.provider, &self.whose()?, site, occasion).await?,
            None => self.provider.obtain(site, occasion).await?,
        };
        self.moved(token.of_root(Some(site.root().to_string())))
    }

    pub(crate) async fn complete(
        &self,
        site: &Site,
        second_factor: &SecondFactor,
        code: &SecretString,
    ) -> Result<Token, AuthError> {
        let token = second_factor.complete(site, code).await?;
        self.moved(token.of_root(Some(site.root().to_string())))
    }

    /// Forgets the token of the store.
    pub(crate) async fn forget(&self, site: &Site) -> Result<(), AuthError> {
        let Some(store) = &self.store else { return Ok(()) };
        let forgotten = store.forget(&*self.provider, &self.whose()?, site).await;
        forgotten.map_err(|error| AuthError::new(AuthErrorKind::Unreachable, format!("{error:#}")))
    }

    fn whose(&self) -> Result<Account, AuthError> {
        let known = self.provider.account();
        match (known, &self.account) {
            (Some(account), Some(name)) => Ok(account.called(name.clone())),
            (Some(account), None) => Ok(account),
            (None, Some(name)) => Ok(Account::new(name)),
            (None, None) => Err(AuthError::invalid(
                "a store needs to know whom its token is for, and this provider does not: name the user by \
                 `IdentityBuilder::account`",
            )),
        }
    }

    fn moved(&self, token: Token) -> Result<Token, AuthError> {
        let Some(header) = &self.header else { return Ok(token) };
        let credential: Credential = token.credential().in_header(header)?;
        Ok(token.with_credential(credential))
    }
}

impl fmt::Debug for IdentityBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityBuilder")
            .field("provider", &self.provider)
            .field("store", &self.store)
            .field("account", &self.account)
            .field("header", &self.header)
            .field("saved", &self.saved)
            .finish_non_exhaustive()
    }
}
