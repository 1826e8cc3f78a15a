//! The client.

use std::fmt;
use std::sync::Arc;

use http::Method;
use serde_json::Value;
use wp_auth::{AuthError, AuthErrorKind, Authorize, Identity, SavedToken, SecondFactor, SecretString, Token};
use wp_core::models::{Category, Post, Tag, User};
use wp_core::{Resource, Site, Transport};
use wp_http::Resilient;

use crate::access::Access;
use crate::{ApplicationPasswords, Call, ClientBuilder, Collection, Discovery, Request, Result, UserRef};

/// A client of one site. Cheap to clone; clones share the connections and the token.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    /// How the site is reached, for what goes another way than the stack of the site.
    access: Access,
    /// The site over the bare stack: the way of token requests.
    site: Site,
    identity: Option<Identity>,
    /// The same stack below the authorization, and repeats and limits above it: the way of all others.
    transport: Resilient<Authorize>,
}

impl Client {
    /// A client of the site at `url`: `https://example.org`, `example.org/blog`. Without a scheme it
    /// is https.
    pub fn builder(url: impl AsRef<str>) -> ClientBuilder {
        ClientBuilder::new(url.as_ref())
    }

    /// Finds a site and its API from whatever the user types, over the default transport.
    /// [`Discovery::builder`] does so over any other, past the host's own password, and within another time.
    ///
    /// # Errors
    /// As [`DiscoveryBuilder::find`](crate::DiscoveryBuilder::find).
    pub async fn discover(url: impl AsRef<str>) -> Result<Discovery> {
        Discovery::builder(url).find().await
    }

    pub(crate) fn new<T>(
        access: Access,
        site: Site,
        identity: Option<Identity>,
        resilience: &Resilient<T>,
    ) -> Self {
        let transport = resilience.with_inner(Authorize::new(site.clone(), identity.clone()));
        Self(Arc::new(Inner { access, site, identity, transport }))
    }

    /// The same client, on the same connections and within the same limits, as somebody else.
    pub fn with_auth(&self, identity: impl Into<Identity>) -> Self {
        let Inner { access, site, transport, .. } = &*self.0;
        Self::new(access.clone(), site.clone(), Some(identity.into()), transport)
    }

    /// Has the site check the password, and gives the token that it grants: its text, its end, and whose it is. This is
    /// how a back end signs a visitor in. No store and no saved token can respond in the site's place; only that the site
    /// refused the very same password a moment ago is believed.
    ///
    /// # Errors
    /// Why there is no token; [`AuthErrorKind::SecondFactorRequired`] where the user has one
    /// ([`complete_sign_in`](Self::complete_sign_in) goes on); [`AuthErrorKind::SignInRequired`] for a client without an
    /// identity. For a fixed credential (an application password, a key) this succeeds without asking the site: see
    /// [`verify`](Self::verify).
    pub fn sign_in(&self) -> Call<Arc<Token>> {
        self.call(|identity, site| async move { Ok(identity.sign_in(&site).await?) })
    }

    /// Completes a sign-in that needed a second factor ([`AuthErrorKind::SecondFactorRequired`]) with the user's code. The
    /// client uses the token from then on.
    ///
    /// # Errors
    /// [`AuthErrorKind::WrongCredentials`] for a wrong code; [`AuthErrorKind::SecondFactorRequired`] where it came too
    /// late: sign in again.
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

    /// The token that requests are sent with: the one at hand while it is good, of the store, or a new one.
    ///
    /// # Errors
    /// Why there is none; [`AuthErrorKind::SignInRequired`] for a client without an identity.
    pub fn token(&self) -> Call<Arc<Token>> {
        self.call(|identity, site| async move { Ok(identity.token(&site).await?) })
    }

    /// Forgets the token, here and in the store. The site is not told: a token that was copied is good until it ends.
    ///
    /// # Errors
    /// [`AuthErrorKind::Unreachable`] where the store cannot be used.
    pub fn sign_out(&self) -> Call<()> {
        self.call(|identity, site| async move { Ok(identity.sign_out(&site).await?) })
    }

    /// Asks the site whether a token that came from elsewhere is good: from a browser, from another
    /// service. Of the client's own identity, only the scheme plays a part: nobody signs in.
    ///
    /// A good token may be that of a user who was deleted since (observed on JWT Authentication):
    /// [`verify`](Self::verify) with it as an [`ApiKey`](crate::ApiKey) tells.
    ///
    /// # Errors
    /// Why it is not good; [`AuthErrorKind::Unproven`] where the response does not say that it is;
    /// [`AuthErrorKind::Unsupported`] where the scheme has no way to ask;
    /// [`AuthErrorKind::SignInRequired`] for a client without an identity.
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
        let clock = Arc::clone(self.0.site.clock());
        match self.identity() {
            Ok(identity) => Call::new(clock, call(identity.clone(), self.0.site.clone())),
            Err(error) => Call::new(clock, async { Err(error) }),
        }
    }

    pub(crate) fn access(&self) -> &Access {
        &self.0.access
    }

    pub(crate) fn maybe_identity(&self) -> Option<&Identity> {
        self.0.identity.as_ref()
    }

    fn identity(&self) -> Result<&Identity> {
        let none = || {
            AuthError::new(
                AuthErrorKind::SignInRequired,
                "this client has no identity; build it with `auth`, or use `with_auth`",
            )
        };
        Ok(self.0.identity.as_ref().ok_or_else(none)?)
    }

    /// The posts.
    pub fn posts(&self) -> Collection<Post> {
        self.collection()
    }

    /// The users.
    pub fn users(&self) -> Collection<User> {
        self.collection()
    }

    /// The categories.
    pub fn categories(&self) -> Collection<Category> {
        self.collection()
    }

    /// The tags.
    pub fn tags(&self) -> Collection<Tag> {
        self.collection()
    }

    /// The application passwords of a user, mostly of [`UserRef::Me`].
    pub fn application_passwords(&self, user: impl Into<UserRef>) -> ApplicationPasswords {
        ApplicationPasswords::new(self, user.into())
    }

    /// Any other collection: a custom post type, a taxonomy, a plugin's.
    pub fn collection<R: Resource>(&self) -> Collection<R> {
        Collection::new(self)
    }

    /// The site and the way to it.
    pub fn site(&self) -> &Site {
        &self.0.site
    }

    pub(crate) fn transport(&self) -> &impl Transport {
        &self.0.transport
    }
}

macro_rules! verbs {
    ($($verb:ident $method:ident,)*) => {
        impl Client {$(
            #[doc = concat!("A `", stringify!($method), "` request to any route, such as `/wp/v2/posts` or one of a plugin.")]
            ///
            /// Awaited as it is, it gives a [`Value`]; see [`typed`](Request::typed) and
            /// [`reply`](Request::reply). A query string in the route is read and encoded anew. An address of this API, such
            /// as one of `_links`, is taken for the route that it holds.
            pub fn $verb(&self, route: &str) -> Request<Value> {
                Request::new(self, Method::$method, route)
            }
        )*}
    };
}
verbs! { get GET, post POST, put PUT, patch PATCH, delete DELETE, }

impl Client {
    /// A `HEAD` request to any route: what comes with a response, without the response. Its [`reply`](Request::reply) has
    /// the status, the headers and, of a list, the totals; awaited as it is, it tells only that it succeeded.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let drafts = wp.head("/wp/v2/posts").query("status", "draft").reply().await?;
    /// println!("{} drafts", drafts.totals.map_or(0, |totals| totals.items));
    /// # Ok(()) }
    /// ```
    ///
    /// An error has no body that could name a code: `Error::status` tells.
    pub fn head(&self, route: &str) -> Request<()> {
        Request::new(self, Method::HEAD, route)
    }

    /// An `OPTIONS` request to any route: its methods with their arguments, and the schema of what it gives. Which methods
    /// the user may use, the header `allow` tells.
    pub fn options(&self, route: &str) -> Request<Value> {
        Request::new(self, Method::OPTIONS, route)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("site", &self.0.site).field("identity", &self.0.identity).finish()
    }
}
