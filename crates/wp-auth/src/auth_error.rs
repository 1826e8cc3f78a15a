//! Why no credential could be had.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use wp_core::answer::{DecodeError, Refusal, Unexpected};
use wp_core::{ApiError, RequestError, TransportError, show};

use crate::meaning::{Rule, meaning};

/// Why no credential could be had. Cheap to clone, because all tasks that waited share it.
#[derive(Clone)]
pub struct AuthError(Arc<Inner>);

struct Inner {
    kind: AuthErrorKind,
    detail: Cow<'static, str>,
    cause: Option<Cause>,
}

/// What lies behind an error of a sign-in.
#[derive(Debug)]
enum Cause {
    Api(ApiError),
    Unexpected(Unexpected),
    Transport(TransportError),
    Other(Box<dyn Error + Send + Sync>),
}

/// The kinds of [`AuthError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthErrorKind {
    /// The user or the password is wrong.
    WrongCredentials,
    /// The plugin is there, but not set up: no secret defined, an unknown algorithm.
    Misconfigured,
    /// The site does not have this scheme: the plugin is missing, or at another address.
    NotOffered,
    /// The token has expired.
    Expired,
    /// The token is not, or no longer, accepted: forged, revoked, of another secret.
    TokenRefused,
    /// The site sees a stranger although a credential was sent. Plugins for which an expired, a revoked and
    /// a lost token look the same.
    Unrecognized,
    /// The token is for another site, or for another address of this one.
    WrongSite,
    /// Too many failures: the site takes no sign-in for a while, not even a right one.
    LockedOut,
    /// The header did not reach the plugin: a server on the way drops it.
    HeaderLost,
    /// The site refused for another reason.
    Refused,
    /// The site could not be reached, or the answer did not come in time.
    Unreachable,
    /// What came back is no answer of a token endpoint.
    BadAnswer,
    /// What was given cannot be used: a character that no header can hold, a site over plain http,
    /// an identity of another site.
    Invalid,
    /// There is no credential, or it has run out and there is nothing from which to get a new one.
    SignInRequired,
    /// The provider does not offer this.
    Unsupported,
    /// The provider panicked.
    Panicked,
}

impl AuthErrorKind {
    /// Whether a new token may end it.
    pub fn is_renewable(self) -> bool {
        matches!(self, Self::Expired | Self::TokenRefused | Self::Unrecognized | Self::WrongSite)
    }
}

impl AuthError {
    /// An error with words for a person, which must hold no secret. For providers.
    pub fn new(kind: AuthErrorKind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Arc::new(Inner { kind, detail: detail.into(), cause: None }))
    }

    /// An error that the API answered. For providers, which know what it means.
    pub fn api(kind: AuthErrorKind, error: ApiError) -> Self {
        Self::caused(kind, "", Cause::Api(error))
    }

    pub(crate) fn invalid(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(AuthErrorKind::Invalid, detail)
    }

    /// The same error of the API, as this table reads it.
    pub(crate) fn read_as(self, table: &[Rule]) -> Self {
        let read = self.api_error().and_then(|api| Some((meaning(table, api)?, api.clone())));
        read.map_or(self, |(kind, api)| Self::api(kind, api))
    }

    fn caused(kind: AuthErrorKind, detail: &'static str, cause: Cause) -> Self {
        Self(Arc::new(Inner { kind, detail: detail.into(), cause: Some(cause) }))
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> AuthErrorKind {
        self.0.kind
    }

    /// The error that the API answered, if it answered one.
    pub fn api_error(&self) -> Option<&ApiError> {
        match &self.0.cause {
            Some(Cause::Api(error)) => Some(error),
            _ => None,
        }
    }

    /// What answered instead of the API, if something else did.
    pub fn unexpected(&self) -> Option<&Unexpected> {
        match &self.0.cause {
            Some(Cause::Unexpected(answer)) => Some(answer),
            _ => None,
        }
    }

    /// What went wrong on the way, if no answer came.
    pub fn transport_error(&self) -> Option<&TransportError> {
        match &self.0.cause {
            Some(Cause::Transport(error)) => Some(error),
            _ => None,
        }
    }

    /// Whether the same attempt may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match (self.0.kind, &self.0.cause) {
            (_, Some(Cause::Transport(error))) => error.kind().is_transient(),
            (_, Some(Cause::Api(error))) => matches!(error.status().as_u16(), 408 | 429 | 502..=504),
            (AuthErrorKind::Unreachable | AuthErrorKind::LockedOut, _) => true,
            (_, Some(Cause::Unexpected(answer))) => {
                answer.status().is_server_error() || answer.status() == http::StatusCode::TOO_MANY_REQUESTS
            }
            _ => false,
        }
    }
}

impl From<TransportError> for AuthError {
    fn from(error: TransportError) -> Self {
        // What was never sent failed for what it is, not for the way.
        if let Some(RequestError::Insecure { origin, reason }) =
            Error::source(&error).and_then(|source| source.downcast_ref())
        {
            return RequestError::Insecure { origin: origin.clone(), reason }.into();
        }
        Self::caused(AuthErrorKind::Unreachable, "", Cause::Transport(error))
    }
}

impl From<DecodeError> for AuthError {
    fn from(error: DecodeError) -> Self {
        Self::caused(
            AuthErrorKind::BadAnswer,
            "the answer is not that of a token endpoint",
            // What a token endpoint calls things may be what it was sent.
            Cause::Other(error.without_path().into()),
        )
    }
}

impl From<RequestError> for AuthError {
    fn from(error: RequestError) -> Self {
        Self::caused(AuthErrorKind::Invalid, "the request cannot be sent", Cause::Other(error.into()))
    }
}

impl From<Refusal> for AuthError {
    /// The meaning that a refusal has for every scheme.
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Api(error) => {
                let missing = *error.code() == wp_core::ErrorCode::NO_ROUTE;
                Self::api(if missing { AuthErrorKind::NotOffered } else { AuthErrorKind::Refused }, error)
            }
            Refusal::Unexpected(answer) => {
                Self::caused(AuthErrorKind::BadAnswer, "", Cause::Unexpected(*answer))
            }
            _ => Self::new(AuthErrorKind::BadAnswer, ""),
        }
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.0.kind {
            AuthErrorKind::WrongCredentials => "the user or the password is wrong",
            AuthErrorKind::Misconfigured => "the site's token plugin is not set up",
            AuthErrorKind::NotOffered => "the site does not offer this way to sign in",
            AuthErrorKind::Expired => "the token has expired",
            AuthErrorKind::TokenRefused => "the token was refused",
            AuthErrorKind::Unrecognized => "the site does not recognize the token",
            AuthErrorKind::WrongSite => "the token is for another site",
            AuthErrorKind::LockedOut => "the site takes no sign-in for a while",
            AuthErrorKind::HeaderLost => "the credential did not reach the plugin",
            AuthErrorKind::SignInRequired => "signing in is required",
            AuthErrorKind::Unsupported => "the provider does not offer this",
            AuthErrorKind::Panicked => "the token provider panicked",
            AuthErrorKind::Invalid => "the credential cannot be used",
            AuthErrorKind::Refused | AuthErrorKind::Unreachable | AuthErrorKind::BadAnswer => {
                "signing in failed"
            }
        };
        let detail = &self.0.detail;
        let colon = if detail.is_empty() { "" } else { ": " };
        match &self.0.cause {
            Some(Cause::Api(error)) => show::line(f, format_args!("{what}{colon}{detail}: {error}")),
            Some(Cause::Unexpected(other)) => show::line(f, format_args!("{what}{colon}{detail}: {other}")),
            Some(Cause::Transport(error)) => show::line(f, format_args!("{what}{colon}{detail}: {error}")),
            // Is the source.
            Some(Cause::Other(_)) | None => show::line(f, format_args!("{what}{colon}{detail}")),
        }
    }
}

impl fmt::Debug for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, detail, cause } = &*self.0;
        f.debug_struct("AuthError").field("kind", kind).field("detail", detail).field("cause", cause).finish()
    }
}

impl Error for AuthError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0.cause {
            // What is shown already is not a source of its own.
            Some(Cause::Transport(error)) => error.source(),
            Some(Cause::Other(source)) => Some(&**source),
            _ => None,
        }
    }
}
