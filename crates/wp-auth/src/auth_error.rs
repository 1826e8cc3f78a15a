//! The error of a token request.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use wp_core::response::{DecodeError, Refusal, Unexpected};
use wp_core::{ApiError, ErrorOrigin, RequestError, TransportError, TransportErrorKind, show};

use crate::classify::classify;
use crate::{Rule, SecondFactor};

/// The reason why no credential could be obtained. Cheap to clone: all tasks that waited for a request share its
/// error.
#[derive(Clone)]
pub struct AuthError(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: AuthErrorKind,
    detail: Cow<'static, str>,
    cause: Option<Cause>,
    /// The time that the site asks to wait before a retry.
    retry_after: Option<Duration>,
    /// The second factor that completes the sign-in.
    second_factor: Option<SecondFactor>,
    /// The login comes from a callback, which may return another one next time: the error applies only to this
    /// login.
    is_of_one_login: bool,
    /// The request carried the password.
    carried_password: bool,
}

/// The cause of a failed sign-in.
#[derive(Debug, Clone)]
enum Cause {
    Api(ApiError),
    Unexpected(Arc<Unexpected>),
    Transport(Arc<TransportError>),
    Other(Arc<dyn Error + Send + Sync>),
}

/// The kinds of [`AuthError`].
///
/// ```
/// use wp_auth::{AuthError, AuthErrorKind};
///
/// /// What a program tells its user after a failed sign-in.
/// fn advice(error: &AuthError) -> String {
///     match error.kind() {
///         AuthErrorKind::WrongCredentials => "Check the login and the password.".into(),
///         AuthErrorKind::SecondFactorRequired => "Enter the code of your second factor.".into(),
///         AuthErrorKind::LockedOut | AuthErrorKind::RateLimited => match error.retry_after() {
///             Some(wait) => format!("Try again in {} minutes.", wait.as_secs().div_ceil(60)),
///             None => "Try again later.".into(),
///         },
///         AuthErrorKind::NotOffered => "Ask the administrator to install the token plugin.".into(),
///         _ if error.is_transient() => "The site is not available. Try again later.".into(),
///         _ => error.to_string(),
///     }
/// }
/// let locked = AuthError::new(AuthErrorKind::LockedOut, "").retried_after(std::time::Duration::from_secs(90));
/// assert_eq!(advice(&locked), "Try again in 2 minutes.");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthErrorKind {
    /// The user or the password is wrong.
    WrongCredentials,
    /// The plugin is installed but not configured, for example without a secret or with an unknown algorithm.
    Misconfigured,
    /// The site does not offer this scheme: the plugin is missing, or its routes are elsewhere.
    NotOffered,
    /// The token has expired.
    Expired,
    /// The token is not accepted, or no longer accepted: forged, revoked, or signed with another secret.
    TokenRefused,
    /// The site treats the request as anonymous although it carried a credential. Some plugins respond in the
    /// same way to an expired, a revoked and a missing token.
    Unrecognized,
    /// The token is for another site, or for another URL of this site.
    WrongSite,
    /// Too many failures: the site accepts no sign-in for a while, not even with the right password.
    LockedOut,
    /// The site accepts no more requests for now. [`AuthError::retry_after`] says for how long, if the site sent
    /// it.
    RateLimited,
    /// The password is right, and the user has a second factor. [`AuthError::second_factor`] completes the
    /// sign-in, if the plugin supports that.
    SecondFactorRequired,
    /// A security plugin requires an interactive check, such as a captcha or a confirmation by e-mail.
    CaptchaRequired,
    /// The credential was not refused, but nothing in the response proves that it is valid: another server may
    /// have sent it.
    Unproven,
    /// The header did not reach the plugin: a server on the way drops it.
    HeaderLost,
    /// The site refused for another reason.
    Refused,
    /// The site could not be reached, or the response did not arrive in time.
    Unreachable,
    /// The response does not come from a token endpoint.
    BadResponse,
    /// The input cannot be used: a character that is not valid in a header, a site over plain http, or an
    /// identity that is bound to another site.
    Invalid,
    /// There is no credential, or it has expired and there is no way to renew it.
    SignInRequired,
    /// The provider does not support this operation.
    Unsupported,
    /// The provider panicked.
    Panicked,
}

impl AuthErrorKind {
    /// Whether a new token may resolve the error.
    pub fn is_renewable(self) -> bool {
        matches!(self, Self::Expired | Self::TokenRefused | Self::Unrecognized | Self::WrongSite)
    }
}

impl AuthError {
    /// An error with a description for users, which must not contain a secret. For token providers.
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

    /// Sets the time that the site asks to wait before a retry.
    pub fn retried_after(self, wait: Duration) -> Self {
        self.change(|inner| inner.retry_after = Some(wait))
    }

    pub(crate) fn with_detail(self, detail: &'static str) -> Self {
        self.change(|inner| inner.detail = detail.into())
    }

    pub(crate) fn completed_by(self, second_factor: SecondFactor) -> Self {
        self.change(|inner| inner.second_factor = Some(second_factor))
    }

    /// Marks the error as that of one login, where the next attempt may use another one.
    pub(crate) fn of_one_login(self) -> Self {
        self.change(|inner| inner.is_of_one_login = true)
    }

    pub(crate) fn is_of_one_login(&self) -> bool {
        self.0.is_of_one_login
    }

    /// Marks that the request carried the password, so that the site may have counted an attempt.
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

    /// An error that the API sent, with its classification. For token providers.
    pub fn api(kind: AuthErrorKind, error: ApiError) -> Self {
        Self::caused(kind, "", Cause::Api(error))
    }

    pub(crate) fn invalid(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(AuthErrorKind::Invalid, detail)
    }

    /// Reclassifies an error of the API by this table.
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

    /// The kind of failure.
    pub fn kind(&self) -> AuthErrorKind {
        self.0.kind
    }

    /// The error that the API sent, if there was one.
    pub fn api_error(&self) -> Option<&ApiError> {
        match &self.0.cause {
            Some(Cause::Api(error)) => Some(error),
            _ => None,
        }
    }

    /// The response of something other than the API, if there was one.
    pub fn unexpected(&self) -> Option<&Unexpected> {
        match &self.0.cause {
            Some(Cause::Unexpected(response)) => Some(response),
            _ => None,
        }
    }

    /// The transport error, if no response arrived.
    pub fn transport_error(&self) -> Option<&TransportError> {
        match &self.0.cause {
            Some(Cause::Transport(error)) => Some(error),
            _ => None,
        }
    }

    /// The time that the site asks to wait before the next attempt, if it sent one.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The second factor that completes the sign-in, for
    /// [`SecondFactorRequired`](AuthErrorKind::SecondFactorRequired), if the plugin supports that.
    pub fn second_factor(&self) -> Option<&SecondFactor> {
        self.0.second_factor.as_ref()
    }

    /// Whether the error comes from a response, JSON or not: another attempt would get the same one.
    pub(crate) fn is_said_by_site(&self) -> bool {
        matches!(self.0.cause, Some(Cause::Api(_) | Cause::Unexpected(_)))
    }

    /// Whether the error is about signing in, and not about an existing token.
    pub(crate) fn is_of_password(&self) -> bool {
        !matches!(self.0.kind, AuthErrorKind::TokenRefused | AuthErrorKind::SignInRequired)
    }

    /// Whether the site may have counted the attempt although its outcome is unknown.
    pub(crate) fn is_in_doubt(&self) -> bool {
        self.transport_error().is_some_and(TransportError::may_have_been_sent)
    }

    /// Whether the same attempt may succeed later without any change.
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
        // The request was rejected before it was sent, so this is not a transport problem.
        if let Some(RequestError::Insecure { origin, reason }) =
            error.source().and_then(|source| source.downcast_ref())
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
            "the response does not come from a token endpoint",
            // A path in the response may quote a secret that the request carried.
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
    /// The classification that applies to every scheme.
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Api(error) => {
                let kind = match error.status().as_u16() {
                    _ if *error.code() == wp_core::ErrorCode::NO_ROUTE => AuthErrorKind::NotOffered,
                    429 => AuthErrorKind::RateLimited,
                    // From a gateway, or from something else in front of the plugin.
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
            // Reported by `source()`.
            Some(Cause::Other(_)) | None => show::line(f, format_args!("{what}{colon}{detail}")),
        }
    }
}

/// The type, the kind and the text, with the sources, which a program shows that returns the error from `main`. `{:#?}` shows all
/// fields.
impl fmt::Debug for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            show::lines(f, format_args!("{:#?}", Fields(&self.0)))
        } else {
            show::line(f, format_args!("AuthError: {}", WithSources(self)))
        }
    }
}

struct WithSources<'e>(&'e AuthError);

impl fmt::Display for WithSources<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.0.kind(), self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

struct Fields<'e>(&'e Inner);

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, detail, cause, retry_after, .. } = self.0;
        f.debug_struct("AuthError")
            .field("kind", kind)
            .field("detail", detail)
            .field("cause", cause)
            .field("retry_after", retry_after)
            .finish_non_exhaustive()
    }
}

impl Error for AuthError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0.cause {
            // The cause is part of the message already, so its own source comes next.
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
    fn is_transient_per_kind() {
        use TransportErrorKind::{Certificate, Connect, Credential, Timeout};
        for (error, is_transient) in [
            (transport(Connect), true),
            (transport(Timeout), true),
            // The kind is the same, and only a user can end it.
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
    fn transport_error_kind_maps_to_auth_error_kind() {
        for (kind, expected) in [
            (TransportErrorKind::Connect, AuthErrorKind::Unreachable),
            (TransportErrorKind::Credential, AuthErrorKind::Invalid),
        ] {
            assert_eq!(transport(kind).kind(), expected);
        }
    }

    #[test]
    fn display_shows_the_cause_once_and_source_is_its_source() {
        let other = || std::io::Error::other("no route");
        let error: AuthError = TransportError::new(TransportErrorKind::Connect).caused_by(other()).into();
        assert_eq!(error.to_string(), "signing in failed: could not connect");
        assert_eq!(error.source().unwrap().to_string(), "no route");
        assert!(transport(TransportErrorKind::Connect).source().is_none());
        let error: AuthError = wp_core::Route::new("/a/../b").unwrap_err().into();
        assert!(error.source().is_some() && !error.to_string().contains(".."), "{error}");
        assert!(api(403).source().is_none());
    }
    #[test]
    fn debug_is_a_line_with_the_sources_and_all_fields_on_request() {
        let refused = TransportError::new(TransportErrorKind::Connect)
            .caused_by(std::io::Error::other("no\x1b[2J\nroute"));
        let error = AuthError::from(refused).retried_after(Duration::from_secs(9));
        let line = "AuthError: Unreachable: signing in failed: could not connect: no[2J route";
        assert_eq!(format!("{error:?}"), line);
        let all = format!("{error:#?}");
        assert!(all.contains("retry_after: Some(") && all.contains("cause: Some("), "{all}");
        // A secret that a site echoes is masked in both forms.
        let echo = Bytes::from_static(b"{\"code\":\"x\",\"message\":\"no hunter2\"}");
        let refusal = read(StatusCode::FORBIDDEN, &HeaderMap::new(), &echo).unwrap_err();
        let error = AuthError::from(refusal.hiding(&wp_core::Secrets::of_text("hunter2")));
        assert!(format!("{error:?}").ends_with("no ***"), "{error:?}");
        assert!(!format!("{error:#?}").contains("hunter2"), "{error:#?}");
    }
}
