//! The builder of an identity.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use secrecy::SecretString;
use wp_core::Site;

use crate::shared_token::{Notice, SharedToken};
use crate::{
    Account, AuthError, AuthErrorKind, Credential, Identity, SavedToken, SecondFactor, StoreError, Token,
    TokenProvider, TokenRequest, TokenStore,
};

type Spawn = Box<dyn Fn(BoxFuture<'static, ()>) + Send + Sync>;

/// Builds an [`Identity`] from a provider. The order of the calls does not matter.
///
/// ```
/// use wp_auth::{Identity, JwtAuth, MemoryStore};
///
/// // Several identities of one process share the token, which leaves `Authorization` to the host's own password.
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

    /// Shares the token with other processes through `store`. One process renews it for all.
    ///
    /// An identity uses a stored token only if it has the same password that the token was granted for. A
    /// provider without a known user (one that asks for the login, or one without a password) needs an
    /// [`account`](Self::account).
    pub fn store(mut self, store: impl TokenStore) -> Self {
        self.store = Some(SharedToken::new(store, self.notice.take()));
        self
    }

    /// Sets a callback that is called when the store fails: once, and again only after the store has worked in
    /// between. Requests do not fail when the store fails.
    ///
    /// ```
    /// use wp_auth::{Identity, JwtAuth, MemoryStore};
    ///
    /// // Requests succeed without the store, but each process signs in on its own: log it.
    /// let identity = Identity::builder(JwtAuth::new("ana", "password"))
    ///     .store(MemoryStore::new())
    ///     .on_store_failure(|error| eprintln!("tokens are not shared: {error:#}"))
    ///     .build();
    /// # drop(identity);
    /// ```
    pub fn on_store_failure(mut self, notice: impl Fn(&StoreError) + Send + Sync + 'static) -> Self {
        match &mut self.store {
            Some(store) => store.on_failure(Box::new(notice)),
            None => self.notice = Some(Box::new(notice)),
        }
        self
    }

    /// Sets the name under which the store keeps the tokens, for a provider that does not know its user. Every
    /// process that uses this name and this store acts as this user, whatever the password. If the provider does
    /// know its user, the name is added to the user's own name, so that one user can have several tokens.
    ///
    /// ```
    /// use wp_auth::{Identity, JwtAuth, MemoryStore};
    ///
    /// // The password comes from a vault, so the store cannot know the user before a sign-in.
    /// let identity = Identity::builder(JwtAuth::login_from(|| async { None }))
    ///     .store(MemoryStore::new())
    ///     .account("nightly import")
    ///     .build();
    /// # drop(identity);
    /// ```
    pub fn account(mut self, name: impl Into<String>) -> Self {
        self.account = Some(name.into());
        self
    }

    /// Sends the token in this header instead of `Authorization`. Use it where `Authorization` already carries
    /// the host's own password; the server must be configured to pass the other header on to WordPress.
    ///
    /// ```
    /// # #[derive(Debug)]
    /// # struct Local;
    /// # #[wp_core::async_trait]
    /// # impl wp_core::Clock for Local {
    /// #     fn now(&self) -> std::time::SystemTime { std::time::SystemTime::now() }
    /// #     async fn sleep(&self, _: std::time::Duration) { std::future::pending().await }
    /// # }
    /// # #[wp_core::async_trait]
    /// # impl wp_core::Transport for Local {
    /// #     async fn send(&self, request: http::Request<wp_core::Body>) -> wp_core::layer::Outcome {
    /// #         let mut response = http::Response::new(wp_core::Body::empty());
    /// #         *response.headers_mut() = request.headers().clone();
    /// #         Ok(response)
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let root = wp_core::ApiRoot::of_site("https://example.org")?;
    /// # let site = wp_core::Site::new(root, std::sync::Arc::new(Local), std::sync::Arc::new(Local));
    /// # let host_password = http::HeaderValue::from_static("Basic c3RhZ2luZzpkdW5lcw==");
    /// use http::{HeaderMap, header::AUTHORIZATION};
    /// use wp_auth::{Identity, JwtAuth};
    ///
    /// // A staging site: the host reads `Authorization`, and its rewrite rule passes on `x-wp-token`.
    /// let site = site.headers(HeaderMap::from_iter([(AUTHORIZATION, host_password)]));
    /// let identity = Identity::builder(JwtAuth::new("ana", "password"))
    /// #   .resume(wp_auth::SavedToken::access("t0ken"))
    ///     .in_header("x-wp-token")
    ///     .build();
    /// let token = identity.token(&site).await?;
    /// assert!(token.credential().headers().all(|(name, _)| name == "x-wp-token"));
    /// # Ok(()) }
    /// ```
    pub fn in_header(mut self, name: impl Into<String>) -> Self {
        self.header = Some(name.into());
        self
    }

    /// Starts with a saved token.
    ///
    /// ```
    /// # #[derive(Debug)]
    /// # struct Local;
    /// # #[wp_core::async_trait]
    /// # impl wp_core::Clock for Local {
    /// #     fn now(&self) -> std::time::SystemTime { std::time::SystemTime::now() }
    /// #     async fn sleep(&self, _: std::time::Duration) { std::future::pending().await }
    /// # }
    /// # #[wp_core::async_trait]
    /// # impl wp_core::Transport for Local {
    /// #     async fn send(&self, request: http::Request<wp_core::Body>) -> wp_core::layer::Outcome {
    /// #         let mut response = http::Response::new(wp_core::Body::empty());
    /// #         *response.headers_mut() = request.headers().clone();
    /// #         Ok(response)
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let root = wp_core::ApiRoot::of_site("https://example.org")?;
    /// # let site = wp_core::Site::new(root, std::sync::Arc::new(Local), std::sync::Arc::new(Local));
    /// # let saved = r#"{"access":"t0ken","refresh":"r3fresh"}"#;
    /// use wp_auth::{ApiBearerAuth, AuthErrorKind, Identity, SavedToken};
    ///
    /// // The second run of a program: it continues with the token of the first, and has no password.
    /// let saved = SavedToken::from_json(saved)?;
    /// let identity = Identity::builder(ApiBearerAuth::without_password()).resume(saved).build();
    /// match identity.token(&site).await {
    ///     Err(error) if error.kind() == AuthErrorKind::SignInRequired => println!("Please sign in again."),
    ///     token => assert!(token?.refresh().is_some()),
    /// }
    /// # Ok(()) }
    /// ```
    pub fn resume(mut self, saved: SavedToken) -> Self {
        self.saved = Some(saved);
        self
    }

    /// Also runs each token request on an executor, for example `|request| { tokio::spawn(request); }`, so that
    /// it finishes even if all waiting tasks are cancelled. Without an executor, the next task that needs a token
    /// continues the request.
    ///
    /// ```
    /// use wp_auth::{ApiBearerAuth, Identity};
    ///
    /// // A web server: the visitor who caused a renewal may leave, and the others still get the token.
    /// let identity = Identity::builder(ApiBearerAuth::new("ana", "password"))
    ///     .spawn_with(|request| drop(tokio::spawn(request)))
    ///     .build();
    /// # drop(identity);
    /// ```
    pub fn spawn_with(mut self, spawn: impl Fn(BoxFuture<'static, ()>) + Send + Sync + 'static) -> Self {
        self.spawn = Some(Box::new(spawn));
        self
    }

    /// Builds the identity. Sends nothing.
    pub fn build(self) -> Identity {
        Identity::from(self)
    }

    /// Turns a saved token, or one from another source, into a [`Token`] with the configured header.
    pub(crate) fn restore(&self, saved: &SavedToken) -> Result<Token, AuthError> {
        self.moved(self.provider.adopt(saved.token()?))
    }

    /// `may_resume`: whether the saved token may be used.
    pub(crate) async fn obtain(
        &self,
        site: &Site,
        request: TokenRequest<'_>,
        may_resume: bool,
    ) -> Result<Token, AuthError> {
        let resumed = match self.saved.as_ref().filter(|_| may_resume) {
            Some(saved) if request.previous().is_none() && !request.signs_in() => {
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
        let request = resumed.as_ref().map_or(request, TokenRequest::after);
        let token = match &self.store {
            Some(store) => store.obtain(&*self.provider, &self.whose()?, site, request).await?,
            None => self.provider.obtain(site, request).await?,
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

    /// Deletes the token in the store.
    pub(crate) async fn forget(&self, site: &Site) -> Result<(), AuthError> {
        let Some(store) = &self.store else { return Ok(()) };
        let forgotten = store.forget(&*self.provider, &self.whose()?, site).await;
        forgotten.map_err(|error| AuthError::new(AuthErrorKind::Unreachable, format!("{error:#}")))
    }

    /// The account whose token it is.
    pub(crate) fn whose(&self) -> Result<Account, AuthError> {
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
