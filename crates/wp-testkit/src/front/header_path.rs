//! Where PHP finds the `Authorization` header.

/// Where PHP finds the `Authorization` header, which depends on the web server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum HeaderPath {
    /// Everywhere: nginx, or Apache with the rewrite block of WordPress 5.6 and later.
    #[default]
    Everywhere,
    /// Nowhere: Apache with PHP-FPM or CGI, and an old rewrite block or none.
    Nowhere,
    /// Only as `REDIRECT_HTTP_AUTHORIZATION`: Apache with `ProxyPassMatch` or php-cgi. Application
    /// passwords, [`JwtAuth`] and [`UsefulTeam`] look there; the other two plugins don't.
    ///
    /// [`JwtAuth`]: crate::Plugin::JwtAuth
    /// [`UsefulTeam`]: crate::Plugin::UsefulTeam
    Redirected,
    /// Apache's `mod_php` with an old rewrite block: application passwords get it as `PHP_AUTH_USER`
    /// and [`ApiBearerAuth`] asks Apache itself; the other plugins see nothing.
    ///
    /// [`ApiBearerAuth`]: crate::Plugin::ApiBearerAuth
    ModPhp,
}

/// A variable or function in which PHP may provide the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// `HTTP_AUTHORIZATION`.
    Http,
    /// `REDIRECT_HTTP_AUTHORIZATION`.
    Redirected,
    /// `apache_request_headers()`.
    Apache,
    /// `PHP_AUTH_USER` and `PHP_AUTH_PW`, for `Basic` only.
    Basic,
}

impl Place {
    /// Where WordPress reads application passwords.
    pub(crate) const CORE: &[Self] = &[Self::Basic, Self::Http, Self::Redirected];
}

impl HeaderPath {
    pub(super) fn places(self) -> &'static [Place] {
        match self {
            Self::Everywhere => &[Place::Http, Place::Apache, Place::Basic],
            Self::Nowhere => &[],
            Self::Redirected => &[Place::Redirected],
            Self::ModPhp => &[Place::Apache, Place::Basic],
        }
    }
}
