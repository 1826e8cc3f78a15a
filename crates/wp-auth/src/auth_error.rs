//! Why no credential could be had.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use wp_core::response::{DecodeError, Refusal, Unexpected};
use wp_core::{ApiError, ErrorOrigin, RequestError, TransportError, TransportErrorKind, show};

use crate::classify::classify;
use crate::{Rule, SecondFactor};

/// Why no credential could be had. Cheap to clone, because all tasks that waited share it.
#[derive(Clone)]
pub struct AuthError(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: AuthErrorKind,
    detail: Cow<'static, str>,
    cause: Option<Cause>,
    /// How long the site asks to wait.
    retry_after: Option<Duration>,
    /// What completes the sign-in.
    second_factor: Option<SecondFactor>,
    /// Another password may be given next time, so this one says nothing of that.
    is_of_one_login: bool,
    /// The request carried the password.
    carried_password: bool,
}

/// What lies behind an error of a sign-in.
#[derive(Debug, Clone)]
enum Cause {
    Api(ApiError),
    Unexpected(Arc<Unexpected>),
    Transport(Arc<TransportError>),
    Other(Arc<dyn Error + Send + Sync>),
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
    /// The site accepts no more requests for now; [`AuthError::retry_after`] says for how long, where the site does.
    RateLimited,
    /// The password is right, and the user has a second factor: [`AuthError::second_factor`] completes the sign-in,
    /// where the plugin has a way to.
    SecondFactorRequired,
    /// A security plugin wants to see a person: a captcha, a confirmation by e-mail.
    CaptchaRequired,
    /// Nothing refused the credential, and nothing in the response proves that it is good: another server may have
    /// written it.
    Unproven,
    /// The header did not reach the plugin: a server on the way drops it.
    HeaderLost,
    /// The site refused for another reason.
    Refused,
    /// The site could not be reached, or the response did not come in time.
    Unreachable,
    /// What came back is no response of a token endpoint.
    BadResponse,
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
        Self(Arc::new(Inner {
            kind,
            detail: detail.into(),
            cause: None,
            retry_after: None,
            second_factor: None,
            is_of_one_login: false,
            carried_password: false,
        }))
    }

    /// Says how long the site asks to wait.
    pub fn retried_after(self, wait: Duration) -> Self {
        self.change(|inner| inner.retry_after = Some(wait))
    }

    pub(crate) fn with_detail(self, detail: &'static str) -> Self {
        self.change(|inner| inner.detail = detail.into())
    }

    pub(crate) fn completed_by(self, second_factor: SecondFactor) -> Self {
        self.change(|inner| inner.second_factor = Some(second_factor))
    }

    /// Says that another login may be given next time.
    pub(crate) fn of_one_login(self) -> Self {
        self.change(|inner| inner.is_of_one_login = true)
    }

    pub(crate) fn is_of_one_login(&self) -> bool {
        self.0.is_of_one_login
    }

    /// Says that the request carried the password, so that the site may have counted an attempt.
    pub(crate) fn with_password(self) -> Self {
        self.change(|inner| inner.carried_password = true)
    }

    pub(crate) fn carried_password(&self) -> bool {
        self.0.carried_password
    }

    fn change(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// An error that the API sent. For providers, which know what it means.
    pub fn api(kind: AuthErrorKind, error: ApiError) -> Self {
        Self::caused(kind, "", Cause::Api(error))
    }

    pub(crate) fn invalid(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(AuthErrorKind::Invalid, detail)
    }

    /// The same error of the API, as this table reads it.
    pub(crate) fn classified_by(self, table: &[Rule]) -> Self {
        let said = self.api_error().or_else(|| self.unexpected()?.error());
        let kind = said.and_then(|api| classify(table, api));
        match kind {
            Some(kind) => self.change(|inner| inner.kind = kind),
            None => self,
        }
    }

    fn caused(kind: AuthErrorKind, detail: &'static str, cause: Cause) -> Self {
        Self::new(kind, detail).change(|inner| inner.cause = Some(cause))
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> AuthErrorKind {
        self.0.kind
    }

    /// The error that the API sent, if it sent one.
    pub fn api_error(&self) -> Option<&ApiError> {
        match &self.0.cause {
            Some(Cause::Api(error)) => Some(error),
            _ => None,
        }
    }

    /// What responded instead of the API, if something else did.
    pub fn unexpected(&self) -> Option<&Unexpected> {
        match &self.0.cause {
            Some(Cause::Unexpected(response)) => Some(response),
            _ => None,
        }
    }

    /// What went wrong on the way, if no response came.
    pub fn transport_error(&self) -> Option<&TransportError> {
        match &self.0.cause {
            Some(Cause::Transport(error)) => Some(error),
            _ => None,
        }
    }

    /// How long the site asks to wait before the next attempt, where it does.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What completes a sign-in that needs a second factor
    /// ([`SecondFactorRequired`](AuthErrorKind::SecondFactorRequired)), where the plugin has a way to.
    pub fn second_factor(&self) -> Option<&SecondFactor> {
        self.0.second_factor.as_ref()
    }

    /// Whether a response said so, in JSON or as a page: another attempt would come to the same.
    pub(crate) fn is_said_by_site(&self) -> bool {
        matches!(self.0.cause, Some(Cause::Api(_) | Cause::Unexpected(_)))
    }

    /// Whether it is about signing in, and not about a token that there was.
    pub(crate) fn is_of_password(&self) -> bool {
        !matches!(self.0.kind, AuthErrorKind::TokenRefused | AuthErrorKind::SignInRequired)
    }

    /// Whether the site may have counted this as an attempt without telling what came of it.
    pub(crate) fn is_in_doubt(&self) -> bool {
        self.transport_error().is_some_and(TransportError::may_have_been_sent)
    }

    /// Whether the same attempt may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match (self.0.kind, &self.0.cause) {
            (_, Some(Cause::Transport(error))) => error.kind().is_transient(),
            (_, Some(Cause::Api(error))) => matches!(error.status().as_u16(), 408 | 429 | 502..=504),
            (AuthErrorKind::Unreachable | AuthErrorKind::LockedOut | AuthErrorKind::RateLimited, _) => true,
            (_, Some(Cause::Unexpected(response))) => {
                response.status().is_server_error()
                    || response.status() == http::StatusCode::TOO_MANY_REQUESTS
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
        let kind = match error.kind() {
            TransportErrorKind::Credential => AuthErrorKind::Invalid,
            _ => AuthErrorKind::Unreachable,
        };
        Self::caused(kind, "", Cause::Transport(Arc::new(error)))
    }
}

impl From<DecodeError> for AuthError {
    fn from(error: DecodeError) -> Self {
        Self::caused(
            AuthErrorKind::BadResponse,
            "the response is not that of a token endpoint",
            // What a token endpoint calls things may be what it was sent.
            Cause::Other(Arc::new(error.without_path())),
        )
    }
}

impl From<RequestError> for AuthError {
    fn from(error: RequestError) -> Self {
        Self::caused(AuthErrorKind::Invalid, "the request cannot be sent", Cause::Other(Arc::new(error)))
    }
}

impl From<Refusal> for AuthError {
    /// The meaning that a refusal has for every scheme.
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Api(error) => {
                let kind = match error.status().as_u16() {
                    _ if *error.code() == wp_core::ErrorCode::NO_ROUTE => AuthErrorKind::NotOffered,
                    429 => AuthErrorKind::RateLimited,
                    // A gateway's, or something else's in front of the plugin.
                    _ if error.origin() == ErrorOrigin::Other => AuthErrorKind::BadResponse,
                    _ => AuthErrorKind::Refused,
                };
                Self::api(kind, error)
            }
            Refusal::Unexpected(response) => {
                let kind = match response.status().as_u16() {
                    429 => AuthErrorKind::RateLimited,
                    _ => AuthErrorKind::BadResponse,
                };
                Self::caused(kind, "", Cause::Unexpected(response.into()))
            }
            _ => Self::new(AuthErrorKind::BadResponse, ""),
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
            AuthErrorKind::RateLimited => "the site accepts no more requests for now",
            AuthErrorKind::SecondFactorRequired => "the user has a second factor, which is needed as well",
            AuthErrorKind::CaptchaRequired => "the site requires a captcha before this user can sign in",
            AuthErrorKind::Unproven => "nothing proves that the credential is good",
            AuthErrorKind::HeaderLost => "the credential did not reach the plugin",
            AuthErrorKind::SignInRequired => "signing in is required",
            AuthErrorKind::Unsupported => "the provider does not offer this",
            AuthErrorKind::Panicked => "the token provider panicked",
            AuthErrorKind::Invalid => "the credential cannot be used",
            AuthErrorKind::Refused | AuthErrorKind::Unreachable | AuthErrorKind::BadResponse => {
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
        let Inner { kind, detail, cause, retry_after, .. } = &*self.0;
        let mut shown = f.debug_struct("AuthError");
        shown.field("kind", kind).field("detail", detail).field("cause", cause);
        shown.field("retry_after", retry_after).finish_non_exhaustive()
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};
    use wp_core::response::read;

    use super::*;

    fn transport(kind: TransportErrorKind) -> AuthError {
        TransportError::new(kind).into()
    }

    fn api(status: u16) -> AuthError {
        let status = StatusCode::from_u16(status).unwrap();
        AuthError::api(AuthErrorKind::Refused, ApiError::new(status, "code", ""))
    }

    fn page(status: u16) -> AuthError {
        let status = StatusCode::from_u16(status).unwrap();
        read(status, &HeaderMap::new(), &Bytes::from_static(b"<html>Hello</html>")).unwrap_err().into()
    }

    #[test]
    fn what_may_pass_by_itself_is_transient() {
        use TransportErrorKind::{Certificate, Connect, Credential, Timeout};
        for (error, is_transient) in [
            (transport(Connect), true),
            (transport(Timeout), true),
            // The kind is the same, and nobody but a person ends it.
            (transport(Certificate), false),
            (transport(Credential), false),
            (api(503), true),
            (api(429), true),
            (api(403), false),
            (api(500), false),
            (page(502), true),
            (page(429), true),
            (page(403), false),
            (AuthError::new(AuthErrorKind::LockedOut, ""), true),
            (AuthError::new(AuthErrorKind::Unreachable, ""), true),
            (AuthError::new(AuthErrorKind::WrongCredentials, ""), false),
        ] {
            assert_eq!(error.is_transient(), is_transient, "{error:?}");
        }
    }

    #[test]
    fn what_went_wrong_on_the_way_is_told_from_what_was_never_to_be_sent() {
        for (kind, expected) in [
            (TransportErrorKind::Connect, AuthErrorKind::Unreachable),
            (TransportErrorKind::Credential, AuthErrorKind::Invalid),
        ] {
            assert_eq!(transport(kind).kind(), expected);
        }
    }

    #[test]
    fn a_cause_is_shown_once_and_what_is_behind_it_is_the_source() {
        let other = || std::io::Error::other("no route");
        let error: AuthError = TransportError::new(TransportErrorKind::Connect).source(other()).into();
        assert_eq!(error.to_string(), "signing in failed: could not connect");
        assert_eq!(error.source().unwrap().to_string(), "no route");
        assert!(transport(TransportErrorKind::Connect).source().is_none());
        let error: AuthError = wp_core::Route::new("/a/../b").unwrap_err().into();
        assert!(error.source().is_some() && !error.to_string().contains(".."), "{error}");
        assert!(api(403).source().is_none());
    }
}
