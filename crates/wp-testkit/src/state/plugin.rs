//! The token plugin that the site uses, and its settings.

/// The token plugin that is active.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plugin {
    /// "JWT Authentication for WP REST API" (Tmeister) 1.3.4. The default.
    JwtAuth,
    /// "API Bearer Auth" 20200916. It closes the whole API to anonymous requests.
    ApiBearerAuth {
        /// Whether access tokens are JWTs (`API_BEARER_JWT_SECRET` is defined); otherwise they are opaque.
        jwt: bool,
    },
    /// "WP REST API Authentication" (miniOrange) 4.4.0 with its method. It checks every request to the API.
    MiniOrange(MiniOrange),
    /// "JWT Auth" (useful-team) 3.0.2.
    UsefulTeam,
    /// "Simple JWT Login" 4.0.0 or 3.6.6.
    SimpleJwtLogin(SimpleJwtLogin),
}

/// The authentication method of miniOrange's plugin.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MiniOrange {
    /// One key for all clients, as `Bearer`. It gives access to the API without a user.
    ApiKey(String),
    /// Tokens of `/api/v1/token`.
    Jwt,
    /// Login and account password, as `Basic`.
    BasicPassword,
    /// One client, as `Basic`. It gives access to the API without a user.
    BasicClient {
        /// The client's id.
        id: String,
        /// The client's secret.
        secret: String,
    },
    /// No method, as the plugin is installed: the API is closed.
    Unset,
}

/// A release of the plugin and its configuration. Sign-in is enabled, tokens have all claims that the plugin
/// supports, and users are found by e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SimpleJwtLogin {
    pub(crate) release: Release,
    pub(crate) middleware: bool,
    pub(crate) refresh: bool,
    pub(crate) expiry: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Release {
    Three,
    Four,
}

impl SimpleJwtLogin {
    const fn new(release: Release) -> Self {
        Self { release, middleware: true, refresh: true, expiry: true }
    }

    /// Release 3.6.6: a JWT renews itself, until two weeks after its expiry.
    pub const fn v3() -> Self {
        Self::new(Release::Three)
    }

    /// Release 4.0.0: a refresh token renews a JWT, and each renewal replaces the refresh token.
    pub const fn v4() -> Self {
        Self::new(Release::Four)
    }

    /// Disables "all WordPress endpoints check for JWT", as the plugin is installed: tokens authenticate no user.
    pub const fn without_middleware(mut self) -> Self {
        self.middleware = false;
        self
    }

    /// Disables refresh tokens. Release 3 always renews.
    pub const fn without_refresh(mut self) -> Self {
        self.refresh = false;
        self
    }

    /// Omits the claim `exp`, so a token never expires.
    pub const fn without_expiry(mut self) -> Self {
        self.expiry = false;
        self
    }
}
