//! The client.

use std::fmt;
use std::sync::Arc;

use http::Method;
use serde_json::Value;
use wp_auth::{AuthError, AuthErrorKind, Authorize, Identity, SavedToken, SecondFactor, SecretString, Token};
use wp_core::{Resource, Rooted, Site, Transport};
use wp_http::Stack;

use crate::access::Access;
use crate::session::Session;
use crate::{Call, Collection, Request, Result};

/// A client of one site. It is cheap to clone; clones share connections, limits and the token.
///
/// ```no_run
/// # async fn run() -> wp_client::Result<()> {
/// use wp_client::{Client, JwtAuth};
///
/// let wp = Client::builder("https://example.org").auth(JwtAuth::new("ana", "password")).build()?;
/// println!("Hello {}", wp.users().me().await?.name);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client(pub(crate) Session);

impl Client {
    /// Returns a client for another credential, which shares this client's connections and limits.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::JwtAuth;
    ///
    /// let as_eva = wp.with_auth(JwtAuth::new("eva", "password"));
    /// println!("{}", as_eva.users().me().await?.name);
    /// # Ok(()) }
    /// ```
    pub fn with_auth(&self, identity: impl Into<Identity>) -> Self {
        Self(self.0.with_identity(identity.into()))
    }

    /// Signs in: the site checks the password, and the method returns the token with its text, its expiry and its user.
    /// A back end uses this to sign in a visitor.
    ///
    /// The site is always asked; a cached or stored token is not used. The one exception: if the site refused the same
    /// password a moment ago, that error is returned again.
    ///
    /// For a fixed credential (an application password, a key) this succeeds without a request: see
    /// [`verify`](Self::verify).
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::JwtAuth;
    ///
    /// let visitor = wp.with_auth(JwtAuth::new("eva", "password"));
    /// let token = visitor.sign_in().await?;
    /// println!("valid until {:?}", token.expires_at());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The reason why there is no token. [`AuthErrorKind::SecondFactorRequired`] if the user has a second factor:
    /// continue with [`complete_sign_in`](Self::complete_sign_in). [`AuthErrorKind::SignInRequired`] for a client
    /// without an identity.
    pub fn sign_in(&self) -> Call<Arc<Token>> {
        self.call(|identity, site| async move { Ok(identity.sign_in(&site).await?) })
    }

    /// Completes a sign-in that needed a second factor ([`AuthErrorKind::SecondFactorRequired`]) with the user's
    /// code. The client uses the token from then on.
    ///
    /// # Errors
    /// [`AuthErrorKind::WrongCredentials`] for a wrong code; [`AuthErrorKind::SecondFactorRequired`] if the code
    /// expired: sign in again.
    pub fn complete_sign_in(
        &self,
        second_factor: &SecondFactor,
        code: impl Into<SecretString>,
    ) -> Call<Arc<Token>> {
        let (second_factor, code) = (second_factor.clone(), code.into());
        self.call(|identity, site| async move {
            Ok(identity.complete_sign_in(&site, &second_factor, &code).await?)
        })
    }

    /// Returns the token that requests are sent with: the cached one while it is valid, the stored one, or a new one.
    ///
    /// # Errors
    /// The reason why there is no token; [`AuthErrorKind::SignInRequired`] for a client without an identity.
    pub fn token(&self) -> Call<Arc<Token>> {
        self.call(|identity, site| async move { Ok(identity.token(&site).await?) })
    }

    /// Removes the token from the client and from the store. The site is not informed: a copy of the token stays valid
    /// until it expires.
    ///
    /// # Errors
    /// [`AuthErrorKind::Unreachable`] if the store cannot be used.
    pub fn sign_out(&self) -> Call<()> {
        self.call(|identity, site| async move { Ok(identity.sign_out(&site).await?) })
    }

    /// Asks the site whether a token from another source, such as a browser or another service, is valid. The client's
    /// identity only determines the scheme; there is no sign-in. A client that only validates has no account:
    /// [`JwtAuth::without_password`](crate::JwtAuth::without_password).
    ///
    /// ```no_run
    /// # async fn run(token: &str) -> wp_client::Result<()> {
    /// use wp_client::{Client, JwtAuth};
    ///
    /// let wp = Client::builder("https://example.org").auth(JwtAuth::without_password()).build()?;
    /// wp.validate(token).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// A valid token may belong to a user who was deleted in the meantime (observed on JWT Authentication). To check
    /// the user, call [`verify`](Self::verify) on a client with the token as an [`ApiKey`](crate::ApiKey).
    ///
    /// # Errors
    /// The reason why the token is not valid; [`AuthErrorKind::Unproven`] if the response does not say that it is;
    /// [`AuthErrorKind::Unsupported`] if the scheme has no such request; [`AuthErrorKind::SignInRequired`] for a client
    /// without an identity.
    pub fn validate(&self, token: impl Into<SecretString>) -> Call<()> {
        let token = token.into();
        self.call(|identity, site| async move {
            let token = identity.restore(&SavedToken::access(token))?;
            Ok(identity.validate(&site, &token).await?)
        })
    }

    fn call<T, F>(&self, call: impl FnOnce(Identity, Site) -> F) -> Call<T>
    where
        F: Future<Output = Result<T>> + Send + 'static,
        T: Send + 'static,
    {
        let clock = Arc::clone(self.site().clock());
        match self.identity() {
            Ok(identity) => Call::new(clock, call(identity.clone(), self.site().clone())),
            Err(error) => Call::new(clock, async { Err(error) }),
        }
    }

    pub(crate) fn access(&self) -> &Access {
        self.0.access()
    }

    pub(crate) fn maybe_identity(&self) -> Option<&Identity> {
        self.0.identity()
    }

    fn identity(&self) -> Result<&Identity> {
        let none = || {
            AuthError::new(
                AuthErrorKind::SignInRequired,
                "this client has no identity; build it with `auth`, or use `with_auth`",
            )
        };
        Ok(self.0.identity().ok_or_else(none)?)
    }

    /// Any other collection: a custom post type, a taxonomy, or a plugin's resource. Its item type implements
    /// [`Rooted`].
    pub fn collection<R: Rooted>(&self) -> Collection<R> {
        Collection::new(&self.0)
    }

    /// The collection of `R` at a route that is known only at run time.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::Post;
    ///
    /// // The posts of a custom post type with the fields of a post.
    /// let recipes = wp.collection_at::<Post>("/wp/v2/recipes");
    /// for recipe in recipes.list().search("soup").await? {
    ///     println!("{}", recipe.title.rendered);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn collection_at<R: Resource>(&self, route: &str) -> Collection<R> {
        Collection::at(&self.0, route)
    }

    /// The site: the root of its API, its clock, and the transport of token requests.
    pub fn site(&self) -> &Site {
        self.0.site()
    }

    pub(crate) fn stack(&self) -> &Stack<Arc<dyn Transport>, Authorize> {
        self.0.stack()
    }
}

macro_rules! verbs {
    ($($verb:ident $method:ident,)*) => {
        impl Client {$(
            #[doc = concat!("A `", stringify!($method), "` request to any route of WordPress or a plugin, such as `/wp/v2/posts`.")]
            ///
            /// Awaiting it returns a [`Value`]; use [`typed`](Request::typed) for a type of your own and
            /// [`reply`](Request::reply) for the headers. A query string in the route is parsed and encoded again. A
            /// full URL of this API, such as one from `_links`, is accepted too.
            ///
            /// ```no_run
            /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
            #[doc = concat!("let value = wp.", stringify!($verb), "(\"/my-plugin/v1/items/7\").await?;")]
            /// println!("{}", value["name"]);
            /// # Ok(()) }
            /// ```
            pub fn $verb(&self, route: &str) -> Request<Value> {
                Request::new(&self.0, Method::$method, route)
            }
        )*}
    };
}
verbs! { get GET, post POST, put PUT, patch PATCH, delete DELETE, }

impl Client {
    /// A `HEAD` request to any route: the response head without a body. Its [`reply`](Request::reply) has the status,
    /// the headers and, for a list, the totals. Awaiting the request itself returns `()` on success.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let drafts = wp.head("/wp/v2/posts").query("status", "draft").reply().await?;
    /// println!("{} drafts", drafts.totals.map_or(0, |totals| totals.items));
    /// # Ok(()) }
    /// ```
    ///
    /// An error response has no body and so no error code; use `Error::status`.
    pub fn head(&self, route: &str) -> Request<()> {
        Request::new(&self.0, Method::HEAD, route)
    }

    /// An `OPTIONS` request to any route. The response describes its methods with their arguments, and the schema of
    /// its items. The response header `allow` lists the methods that the user may use.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let description = wp.options("/wp/v2/posts").await?;
    /// println!("{}", description["schema"]["title"]);
    /// # Ok(()) }
    /// ```
    pub fn options(&self, route: &str) -> Request<Value> {
        Request::new(&self.0, Method::OPTIONS, route)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("site", self.0.site()).field("identity", &self.0.identity()).finish()
    }
}
