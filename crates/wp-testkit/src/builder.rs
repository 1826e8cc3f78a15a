//! The configuration of a stand-in.

use std::time::Duration;

use jiff::SignedDuration;

use crate::{
    front::{Cache, CacheKey, Firewall, Front, HeaderPath, HostPassword, Noise},
    post_type::PostType,
    state::{plugin::Plugin, site::Permalinks, tokens::Secret},
};

/// Configures a [`StandIn`](crate::StandIn). Created by [`StandIn::builder`](crate::StandIn::builder).
///
/// ```
/// # use wp_testkit::*;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use std::time::Duration;
///
/// let site = StandIn::builder()
///     .plugin(Plugin::ApiBearerAuth { jwt: true })
///     .token_lifetime(Duration::from_secs(60))
///     .permalinks(Permalinks::Index)
///     .start()
///     .await;
/// assert!(site.rest("/").contains("/index.php/wp-json/"));
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Builder {
    pub(crate) token_lifetime: Option<Duration>,
    pub(crate) permalinks: Permalinks,
    pub(crate) subdirectory: String,
    pub(crate) rest_prefix: String,
    pub(crate) plugin: Option<Plugin>,
    pub(crate) leaky_profile: bool,
    pub(crate) jwt_secret: Secret,
    pub(crate) front: Front,
    pub(crate) application_passwords: bool,
    pub(crate) clock_offset: SignedDuration,
    pub(crate) issuer: Option<String>,
    pub(crate) token_delay: Duration,
    pub(crate) api_keys: Vec<(String, String, String)>,
    pub(crate) posts: u64,
    pub(crate) gmt_offset_minutes: i32,
    pub(crate) post_types: Vec<PostType>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            token_lifetime: None,
            permalinks: Permalinks::default(),
            subdirectory: String::new(),
            rest_prefix: "wp-json".into(),
            plugin: Some(Plugin::JwtAuth),
            leaky_profile: false,
            jwt_secret: Secret::Own,
            front: Front::default(),
            application_passwords: true,
            clock_offset: SignedDuration::ZERO,
            issuer: None,
            token_delay: Duration::ZERO,
            api_keys: Vec::new(),
            posts: 25,
            gmt_offset_minutes: 0,
            post_types: Vec::new(),
        }
    }
}

impl Builder {
    /// Sets the lifetime of access tokens. Defaults, as in the plugins: 7 days (`JwtAuth`), one day
    /// (`ApiBearerAuth`), five years (`MiniOrange`), ten minutes (`UsefulTeam`), an hour (`SimpleJwtLogin`, which
    /// accepts them for another minute). `exp` is in whole seconds, so fractions of a second are lost. A zero
    /// lifetime creates tokens that are expired on arrival.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = Some(lifetime);
        self
    }

    /// Sets the permalink structure. Default: pretty permalinks.
    pub fn permalinks(mut self, permalinks: Permalinks) -> Self {
        self.permalinks = permalinks;
        self
    }

    /// Installs the site in a directory: `blog` for `http://host/blog`.
    pub fn subdirectory(mut self, directory: &str) -> Self {
        directory.trim_matches('/').clone_into(&mut self.subdirectory);
        self
    }

    /// Replaces the prefix `wp-json` (the filter `rest_url_prefix`).
    pub fn rest_prefix(mut self, prefix: &str) -> Self {
        prefix.trim_matches('/').clone_into(&mut self.rest_prefix);
        self
    }

    /// Sets the active token plugin. Default: [`Plugin::JwtAuth`]; `None` for no plugin.
    ///
    /// ```
    /// use wp_testkit::{MiniOrange, Plugin, StandIn};
    ///
    /// let site = StandIn::builder().plugin(Plugin::MiniOrange(MiniOrange::Jwt)); // one plugin
    /// let without = StandIn::builder().plugin(None); // application passwords only
    /// # let _ = (site, without);
    /// ```
    pub fn plugin(mut self, plugin: impl Into<Option<Plugin>>) -> Self {
        self.plugin = plugin.into();
        self
    }

    /// Sets whether the sign-in response of API Bearer Auth contains `user_pass` and `user_activation_key`, as in
    /// old releases.
    pub fn leaky_profile(mut self, leaky: bool) -> Self {
        self.leaky_profile = leaky;
        self
    }

    /// Sets the secret that the plugin signs with (`JWT_AUTH_SECRET_KEY`). `None`: the constant is not defined
    /// (`jwt_auth_bad_config`; tokens of API Bearer Auth are opaque then). Default: a random secret for each
    /// site, so that a token of one site is invalid at another.
    pub fn jwt_secret(mut self, secret: Option<&str>) -> Self {
        self.jwt_secret = secret.map_or(Secret::Undefined, |secret| Secret::Chosen(secret.to_owned()));
        self
    }

    /// Sets whether the web server drops the `Authorization` header before WordPress: [`HeaderPath::Nowhere`], or
    /// [`HeaderPath::Everywhere`].
    pub fn strip_authorization(self, strip: bool) -> Self {
        self.header_arrives(if strip { HeaderPath::Nowhere } else { HeaderPath::Everywhere })
    }

    /// Sets where PHP finds the `Authorization` header.
    pub fn header_arrives(mut self, path: HeaderPath) -> Self {
        self.front.header_path = path;
        self
    }

    /// Sets a host password: HTTP Basic in front of the whole host. A request that passes reaches WordPress with
    /// this credential in `Authorization`, and WordPress tries it as an application password.
    ///
    /// ```
    /// let site = wp_testkit::StandIn::builder().host_password("staging", "open sesame");
    /// # let _ = site;
    /// ```
    pub fn host_password(mut self, user: &str, password: &str) -> Self {
        self.front.host_password = Some(HostPassword::new(user, password));
        self
    }

    /// Sets whether the server copies `X-Authorization` to `Authorization`, where it is present: the way to send
    /// a token when the host password occupies `Authorization`.
    pub fn host_password_in_x_authorization(mut self, reads: bool) -> Self {
        self.front.reads_x_authorization = reads;
        self
    }

    /// Sets whether application passwords are available, which they are not on plain http. If not, the credential
    /// is silently ignored, and their routes respond with 501.
    pub fn application_passwords(mut self, available: bool) -> Self {
        self.application_passwords = available;
        self
    }

    /// Sets a cache in front of the site with this cache key: all users get the first response.
    pub fn cache(mut self, key: CacheKey) -> Self {
        self.front.cache = Some(Cache::by(key));
        self
    }

    /// Sets whether the web server drops `X-HTTP-Method-Override`. Then only the HTTP method and `_method` in the
    /// query count.
    pub fn drop_method_override(mut self, drop: bool) -> Self {
        self.front.drops_method_override = drop;
        self
    }

    /// Sets the offset of the site's clock, and whether it is ahead. It affects the `Date` header and `iat` and
    /// `exp` of tokens.
    pub fn clock_offset(mut self, offset: Duration, ahead: bool) -> Self {
        let offset = SignedDuration::try_from(offset).unwrap_or(SignedDuration::MAX);
        self.clock_offset = if ahead { offset } else { -offset };
        self
    }

    /// Sets the URL that the site takes for its own, if it differs from the one that it is requested at: another
    /// scheme, or another site of a network. The index reports it, and `JwtAuth` and `UsefulTeam` sign tokens
    /// with it that they refuse afterwards (`jwt_auth_bad_iss`). `ApiBearerAuth` issues no tokens if the host or
    /// the port differs.
    pub fn issuer(mut self, url: impl Into<String>) -> Self {
        self.issuer = Some(url.into());
        self
    }

    /// Sets a web application firewall in front of the site.
    ///
    /// ```
    /// use wp_testkit::{Firewall, StandIn};
    ///
    /// let site = StandIn::builder().firewall(Firewall::Verbs); // blocks PUT, PATCH and DELETE
    /// # let _ = site;
    /// ```
    pub fn firewall(mut self, firewall: Firewall) -> Self {
        self.front.firewall = Some(firewall);
        self
    }

    /// Redirects the whole site (301) to the same path and query of another origin: `https://www.example.org`.
    pub fn redirect_to(mut self, origin: &str) -> Self {
        self.front.moved = Some(origin.trim_end_matches('/').to_owned());
        self
    }

    /// Sets whether the site's pages name the API in a `Link` header. The `<link>` in their HTML and the RSD
    /// document name it in any case.
    pub fn link_header(mut self, link: bool) -> Self {
        self.front.link_header = link;
        self
    }

    /// Sets what PHP prints around every JSON response.
    pub fn noise(mut self, noise: Noise) -> Self {
        self.front.noise = Some(noise);
        self
    }

    /// Delays the responses of the endpoints that issue or renew tokens.
    pub fn token_delay(mut self, delay: Duration) -> Self {
        self.token_delay = delay;
        self
    }

    /// Adds a header that authenticates a user, like a plugin of a single site. May be called several times. A
    /// wrong value is ignored, as a wrong application password is.
    pub fn api_key(mut self, header: &str, value: &str, login: &str) -> Self {
        self.api_keys.push((header.to_owned(), value.to_owned(), login.to_owned()));
        self
    }

    /// Sets the number of published posts. Default: 25. In addition there is one draft, pending, private,
    /// scheduled and trashed post each, unless the number is 0.
    pub fn posts(mut self, published: u64) -> Self {
        self.posts = published;
        self
    }

    /// Registers a post type, with its taxonomies and meta fields, as a plugin of a site does.
    ///
    /// ```
    /// # use wp_testkit::*;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let books = PostType::new("book", "books").taxonomy("genre", "genres", true).meta("pages", MetaType::Integer);
    /// let site = StandIn::builder().post_type(books).start().await;
    /// assert!(site.rest("/wp/v2/books").ends_with("/wp-json/wp/v2/books"));
    /// # }
    /// ```
    pub fn post_type(mut self, kind: PostType) -> Self {
        self.post_types.push(kind);
        self
    }

    /// Sets the site's time zone in minutes east of Greenwich. Default: UTC.
    pub fn gmt_offset_minutes(mut self, minutes: i32) -> Self {
        self.gmt_offset_minutes = minutes.clamp(-12 * 60, 14 * 60);
        self
    }
}
