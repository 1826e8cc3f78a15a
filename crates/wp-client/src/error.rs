//! The error of the facade.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::{Method, StatusCode};
use wp_auth::{AuthError, AuthErrorKind};
use wp_core::answer::{DecodeError, Refusal, Unexpected, UnexpectedKind};
use wp_core::extensions::TokenUse;
use wp_core::{ApiError, ErrorCode, RequestError, TransportError, TransportErrorKind};

use crate::{DiscoveryError, DiscoveryErrorKind};

/// A request that did not succeed: which one, why, and what can be done.
///
/// Small, and without a secret: it shows the method and the route, never the query, a header or a
/// body.
pub struct Error(Box<Inner>);

struct Inner {
    /// The request; absent while a client is built.
    request: Option<(Method, String)>,
    /// Its whole address, without the query.
    url: Option<String>,
    cause: Cause,
    token_use: Option<TokenUse>,
    retry_after: Option<Duration>,
}

#[derive(Debug)]
enum Cause {
    Api(ApiError),
    Auth(AuthError),
    Transport(TransportError),
    Unexpected(Box<Unexpected>),
    Decode(DecodeError),
    Request(RequestError),
    Discovery(DiscoveryError),
}

/// What lies behind an [`Error`].
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum ErrorKind<'e> {
    /// The API refused.
    Api(&'e ApiError),
    /// No credential could be had.
    Auth(&'e AuthError),
    /// There was no answer.
    Transport(&'e TransportError),
    /// Something else than the API answered.
    Unexpected(&'e Unexpected),
    /// The answer has another shape than the type that it was read into.
    Decode(&'e DecodeError),
    /// The request could not be sent as it was asked for.
    Request(&'e RequestError),
    /// No API was found where one was looked for.
    Discovery(&'e DiscoveryError),
}

impl Error {
    fn new(cause: Cause) -> Self {
        Self(Box::new(Inner { request: None, url: None, cause, token_use: None, retry_after: None }))
    }

    /// Says which request it was.
    pub(crate) fn of(mut self, method: &Method, path: &str) -> Self {
        self.0.request = Some((method.clone(), path.to_owned()));
        self
    }

    /// Says where it went, which tells more than the route where no WordPress answered.
    pub(crate) fn at(mut self, url: String) -> Self {
        self.0.url = Some(url);
        self
    }

    /// Adds what the head of the answer says.
    pub(crate) fn answered(mut self, retry_after: Option<Duration>, token_use: Option<TokenUse>) -> Self {
        self.0.retry_after = retry_after;
        self.0.token_use = token_use;
        self
    }

    /// What lies behind it.
    pub fn kind(&self) -> ErrorKind<'_> {
        match &self.0.cause {
            Cause::Api(error) => ErrorKind::Api(error),
            Cause::Auth(error) => ErrorKind::Auth(error),
            Cause::Transport(error) => ErrorKind::Transport(error),
            Cause::Unexpected(error) => ErrorKind::Unexpected(error),
            Cause::Decode(error) => ErrorKind::Decode(error),
            Cause::Request(error) => ErrorKind::Request(error),
            Cause::Discovery(error) => ErrorKind::Discovery(error),
        }
    }

    /// The error that the API answered: to the request, or to the sign-in that it needed.
    pub fn api_error(&self) -> Option<&ApiError> {
        match &self.0.cause {
            Cause::Api(error) => Some(error),
            Cause::Auth(error) => error.api_error(),
            _ => None,
        }
    }

    /// Its code: what a program matches on.
    pub fn code(&self) -> Option<&ErrorCode> {
        self.api_error().map(ApiError::code)
    }

    /// The status of the answer, as the API means it.
    pub fn status(&self) -> Option<StatusCode> {
        match &self.0.cause {
            Cause::Unexpected(answer) => Some(answer.status()),
            _ => self.api_error().map(ApiError::status),
        }
    }

    /// WordPress has no such item or route. A page that says 404 is not its word.
    pub fn is_not_found(&self) -> bool {
        matches!(&self.0.cause, Cause::Api(error) if error.status() == StatusCode::NOT_FOUND)
    }

    /// The site does not know who asks: no credential, one that it did not take, or a failed sign-in.
    pub fn is_unauthorized(&self) -> bool {
        use AuthErrorKind::{HeaderLost, SignInRequired, TokenRefused, WrongCredentials};
        match &self.0.cause {
            Cause::Auth(error) => {
                matches!(error.kind(), WrongCredentials | TokenRefused | HeaderLost | SignInRequired)
            }
            // The JWT plugin answers 403 to every failure.
            Cause::Api(error) => {
                error.status() == StatusCode::UNAUTHORIZED || error.code().as_str().starts_with("jwt_auth_")
            }
            _ => false,
        }
    }

    /// The site knows who asks, and they may not.
    pub fn is_forbidden(&self) -> bool {
        matches!(&self.0.cause, Cause::Api(error) if error.status() == StatusCode::FORBIDDEN)
            && !self.is_unauthorized()
    }

    /// Too many requests.
    pub fn is_rate_limited(&self) -> bool {
        self.status() == Some(StatusCode::TOO_MANY_REQUESTS)
    }

    /// How long the server asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the same request may succeed later, and did nothing so far.
    pub fn is_retryable(&self) -> bool {
        let transient = match &self.0.cause {
            Cause::Transport(error) => error.kind().is_transient(),
            Cause::Auth(error) => error.is_transient(),
            Cause::Discovery(error) => error.is_transient(),
            _ => self.status().is_some_and(|status| matches!(status.as_u16(), 408 | 429 | 502..=504)),
        };
        transient && !self.may_have_happened()
    }

    /// Whether a write is in doubt: the server may have acted on it, although there is no good answer.
    /// Look before you repeat it.
    pub fn may_have_happened(&self) -> bool {
        let read_only =
            |(method, _): &(Method, String)| matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        if self.0.request.as_ref().is_none_or(read_only) {
            return false;
        }
        match &self.0.cause {
            Cause::Request(_) | Cause::Auth(_) | Cause::Discovery(_) => false,
            Cause::Transport(error) => error.may_have_been_sent(),
            // WordPress answered with success, only not in words that we know.
            Cause::Decode(_) => true,
            Cause::Api(_) | Cause::Unexpected(_) => {
                self.status().is_some_and(|status| match status.as_u16() {
                    503 => self.0.retry_after.is_none(),
                    200..=299 | 408 | 500 | 502 | 504 => true,
                    _ => false,
                })
            }
        }
    }

    /// What can be done about it, in words for a person, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match &self.0.cause {
            Cause::Auth(error) => match error.kind() {
                AuthErrorKind::Misconfigured if error.api_error().is_some_and(no_secret) => Some(NO_SECRET),
                AuthErrorKind::NotOffered => Some(NO_PLUGIN),
                AuthErrorKind::HeaderLost => Some(HEADER_LOST),
                _ => error.unexpected().and_then(page),
            },
            Cause::Api(error) if no_secret(error) => Some(NO_SECRET),
            Cause::Api(error) if error.status() == StatusCode::UNAUTHORIZED && self.0.token_use.is_some() => {
                Some(NOT_SEEN)
            }
            Cause::Unexpected(answer) => page(answer),
            Cause::Transport(error) if error.kind() == TransportErrorKind::Tls => Some(UNTRUSTED),
            Cause::Discovery(error) => Some(match error.kind() {
                DiscoveryErrorKind::NotFound => NOTHING_FOUND,
                DiscoveryErrorKind::OtherSite { .. } => OTHER_SITE,
                DiscoveryErrorKind::Unreachable => UNREACHABLE,
            }),
            _ => None,
        }
    }
}

fn no_secret(error: &ApiError) -> bool {
    *error.code() == ErrorCode::JWT_AUTH_BAD_CONFIG
}

/// Of a page where the API should be.
fn page(answer: &Unexpected) -> Option<&'static str> {
    let found = answer.status().is_success() || answer.status() == StatusCode::NOT_FOUND;
    (answer.kind() == UnexpectedKind::Html && found).then_some(NO_API)
}

const NO_API: &str = "a page answered where the API should be: check the address; the site may have plain permalinks \
    (`plain_permalinks`), another name for its API (`rest_prefix`, `api_root`), or a login or firewall before it; \
    `Client::discover` finds out";

const NO_PLUGIN: &str = "the token plugin is not active on this site, or its API lives elsewhere: check the plugin, the \
    permalinks and the address";

const NO_SECRET: &str =
    "define JWT_AUTH_SECRET_KEY in wp-config.php, above the line that says to stop editing";

const NOT_SEEN: &str = "a credential was sent, and the site answered as to nobody: a web server drops the \
    Authorization header (`verify` tells), or the credential is wrong, or an application password needs https";

const NOTHING_FOUND: &str = "check the address: it has to be that of WordPress itself, which may be another than that of \
    the front end; a plugin may have turned the API off or renamed it (`api_root`), or a login or firewall may stand before it";

const OTHER_SITE: &str = "check the address; if the site that was found is the one, give its address";

const UNREACHABLE: &str =
    "check the address and the network; https is tried unless http:// is written in front";

const UNTRUSTED: &str = "the certificate is not one that this system trusts: install its authority in the system's \
    store, or hand over a transport on an HTTP client of your own";

/// The remedy that works on most set-ups (Apache, which drops the header unless told otherwise).
const HEADER_LOST: &str = "the web server drops the Authorization header: save the permalinks once more in the \
    dashboard, so that WordPress writes its current rewrite block, or put `SetEnvIf Authorization \"(.*)\" \
    HTTP_AUTHORIZATION=$1` above that block in .htaccess";

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Api(error) => Self::new(Cause::Api(error)),
            Refusal::Unexpected(answer) => Self::new(Cause::Unexpected(answer)),
            other => Self::new(Cause::Transport(
                TransportError::new(TransportErrorKind::Other).detail(other.to_string()),
            )),
        }
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        // The authorizing transport carries the provider's error, which says more.
        let auth = StdError::source(&error).and_then(|source| source.downcast_ref::<AuthError>()).cloned();
        Self::new(auth.map_or(Cause::Transport(error), Cause::Auth))
    }
}

impl From<AuthError> for Error {
    fn from(error: AuthError) -> Self {
        Self::new(Cause::Auth(error))
    }
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Self::new(Cause::Decode(error))
    }
}

impl From<RequestError> for Error {
    fn from(error: RequestError) -> Self {
        Self::new(Cause::Request(error))
    }
}

impl From<DiscoveryError> for Error {
    fn from(error: DiscoveryError) -> Self {
        Self::new(Cause::Discovery(error))
    }
}

/// `GET /wp/v2/posts/9: 404 rest_post_invalid_id: Invalid post ID.` With `{:#}`, the sources follow.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0.request, &self.0.url) {
            // WordPress answered: the address was right.
            (Some((method, path)), _) if matches!(self.0.cause, Cause::Api(_) | Cause::Decode(_)) => {
                write!(f, "{method} {path}: ")?;
            }
            (Some((method, _)), Some(url)) => write!(f, "{method} {url}: ")?,
            (Some((method, path)), None) => write!(f, "{method} {path}: ")?,
            (None, _) => {}
        }
        match self.kind() {
            ErrorKind::Api(error) => error.fmt(f),
            ErrorKind::Auth(error) => error.fmt(f),
            ErrorKind::Transport(error) => error.fmt(f),
            ErrorKind::Unexpected(answer) => answer.fmt(f),
            ErrorKind::Decode(error) => error.fmt(f),
            ErrorKind::Request(error) => error.fmt(f),
            ErrorKind::Discovery(error) => error.fmt(f),
        }?;
        if f.alternate() {
            let mut source = self.source();
            while let Some(error) = source {
                write!(f, ": {error}")?;
                source = error.source();
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { request, url, cause, token_use, retry_after } = &*self.0;
        f.debug_struct("Error")
            .field("request", request)
            .field("url", url)
            .field("cause", cause)
            .field("token_use", token_use)
            .field("retry_after", retry_after)
            .finish()
    }
}

/// The source of what lies behind, whose own text [`Display`](fmt::Display) has shown already.
impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0.cause {
            Cause::Auth(error) => error.source(),
            Cause::Transport(error) => error.source(),
            Cause::Request(error) => error.source(),
            Cause::Discovery(error) => error.source(),
            Cause::Api(_) | Cause::Unexpected(_) | Cause::Decode(_) => None,
        }
    }
}

const _: () = assert!(size_of::<Error>() <= 24);
