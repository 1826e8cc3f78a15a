//! The error of the facade.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::{Extensions, HeaderMap, Method, StatusCode};
use wp_auth::{AuthError, AuthErrorKind};
use wp_core::extensions::{self, TokenUse};
use wp_core::response::{DecodeError, Refusal, Unexpected, UnexpectedKind};
use wp_core::retry::{is_transient, may_have_acted};
use wp_core::{
    ApiError, Attempts, ErrorCode, ErrorOrigin, GiveUpReason, RequestError, Secrets, TransportError,
    TransportErrorKind, show,
};

use crate::hint::Sent;
use crate::{
    AuthorizeError, DiscoveryError, ListPosition, QueryIgnored, UploadRefusal, UploadRefusalKind, hint,
};

/// A request that did not succeed: which one, why, and what can be done.
///
/// Small, and without a secret: it shows the method and the route, or the whole address where no WordPress responded,
/// never the query, a header or a body. Where the server repeats a secret that the request carried, `***` stands in its
/// place, whatever the [spelling](Secrets).
pub struct Error(Box<Inner>);

struct Inner {
    /// The request; absent while a client is built.
    request: Option<(Method, String)>,
    /// Its whole address, without the query.
    url: Option<String>,
    /// Which part of a list it was.
    position: Option<ListPosition>,
    /// Whether it could have changed anything.
    writes: bool,
    cause: Cause,
    token_use: Option<TokenUse>,
    credential: Option<AuthErrorKind>,
    retry_after: Option<Duration>,
    attempts: Option<Attempts>,
    attachment: Option<u64>,
    sent: Option<Sent>,
    upload: Option<UploadRefusal>,
    secrets: Secrets,
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
    Authorize(AuthorizeError),
    QueryIgnored(QueryIgnored),
}

/// What lies behind an [`Error`].
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum ErrorKind<'e> {
    /// An error that came as JSON. Whose word it is tells [`ApiError::origin`].
    Api(&'e ApiError),
    /// No credential could be had.
    Auth(&'e AuthError),
    /// There was no response.
    Transport(&'e TransportError),
    /// Something else than the API responded.
    Unexpected(&'e Unexpected),
    /// The response has another shape than the type that it was read into.
    Decode(&'e DecodeError),
    /// The request could not be sent as it was asked for.
    Request(&'e RequestError),
    /// No API was found where one was looked for.
    Discovery(&'e DiscoveryError),
    /// A user could not be asked for an application password, or what came back was not taken.
    Authorize(&'e AuthorizeError),
    /// What came is not what the query asked for.
    QueryIgnored(&'e QueryIgnored),
}

impl Error {
    fn new(cause: Cause) -> Self {
        Self(Box::new(Inner {
            request: None,
            url: None,
            position: None,
            writes: false,
            cause,
            token_use: None,
            credential: None,
            retry_after: None,
            attempts: None,
            attachment: None,
            sent: None,
            upload: None,
            secrets: Secrets::default(),
        }))
    }

    /// Says which request it was.
    pub(crate) fn of(mut self, method: &Method, path: &str) -> Self {
        self.0.request = Some((method.clone(), path.to_owned()));
        self
    }

    /// Says which part of a list it was.
    pub(crate) fn in_list(mut self, position: ListPosition) -> Self {
        self.0.position = Some(position);
        self
    }

    /// Which part of a list was asked for, of a list and of a walk over one: what was read before it is complete, and the
    /// rest can be asked for behind it.
    pub fn list_position(&self) -> Option<ListPosition> {
        self.0.position
    }

    /// Says whether it could have changed anything.
    pub(crate) fn writing(mut self, writes: bool) -> Self {
        self.0.writes = writes;
        self
    }

    /// Says where it went, which tells more than the route where no WordPress responded.
    pub(crate) fn at(mut self, url: String) -> Self {
        self.0.url = Some(url);
        self
    }

    /// Adds what the head of the response says.
    pub(crate) fn responded(
        mut self,
        retry_after: Option<Duration>,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Self {
        self.0.retry_after = retry_after;
        let attachment = headers.get(ATTACHMENT_ID).and_then(|value| value.to_str().ok());
        self.0.attachment = attachment.and_then(|id| id.trim().parse().ok()).filter(|id| *id > 0);
        self.0.token_use = extensions.get().map(|sent: &extensions::Sent| sent.token_use);
        self.0.credential = extensions.get().copied();
        self.0.attempts = extensions.get().copied();
        self
    }

    /// Says what was sent, as far as a remedy depends on it.
    pub(crate) fn sent(mut self, sent: Sent) -> Self {
        self.0.sent = Some(sent);
        self
    }

    /// Says why a file was not taken.
    pub(crate) fn refusing_upload(mut self, upload: Option<UploadRefusal>) -> Self {
        self.0.upload = upload;
        self
    }

    /// Says what the request carried that is not to be shown.
    pub(crate) fn hiding(mut self, secrets: &Secrets) -> Self {
        let inner = &mut *self.0;
        inner.secrets = inner.secrets.and(secrets);
        // Of what a provider or a search says, its own secrets are out already.
        let cause = std::mem::replace(&mut inner.cause, Cause::Request(RequestError::Build("")));
        inner.cause = match cause {
            Cause::Api(error) => Cause::Api(error.hiding(secrets)),
            Cause::Unexpected(other) => Cause::Unexpected(Box::new(other.hiding(secrets))),
            Cause::Decode(error) => Cause::Decode(error.hiding(secrets)),
            Cause::Transport(error) => Cause::Transport(error.hiding(secrets)),
            cause @ (Cause::Auth(_)
            | Cause::Request(_)
            | Cause::Discovery(_)
            | Cause::Authorize(_)
            | Cause::QueryIgnored(_)) => cause,
        };
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
            Cause::Authorize(error) => ErrorKind::Authorize(error),
            Cause::QueryIgnored(error) => ErrorKind::QueryIgnored(error),
        }
    }

    /// The error that came as JSON: to the request, or to the sign-in that it needed; also that of a firewall, a gate, a
    /// limiter or a gateway. Whose word it is tells [`ApiError::origin`].
    pub fn api_error(&self) -> Option<&ApiError> {
        match &self.0.cause {
            Cause::Api(error) => Some(error),
            Cause::Unexpected(response) => response.error(),
            Cause::Auth(error) => error.api_error().or_else(|| error.unexpected()?.error()),
            _ => None,
        }
    }

    /// The same, if it is WordPress's own word.
    fn said_by_wordpress(&self) -> Option<&ApiError> {
        match &self.0.cause {
            Cause::Api(error) => Some(error).filter(|error| error.origin() == ErrorOrigin::WordPress),
            _ => None,
        }
    }

    /// The first 16 KiB of the body of the response that was an error, as it came. Sensitive: it may repeat secrets of the
    /// request, and hold others.
    pub fn raw_body(&self) -> Option<&[u8]> {
        let body = match &self.0.cause {
            Cause::Api(error) => error.raw_body(),
            Cause::Unexpected(response) => response.raw_body(),
            _ => return None,
        };
        Some(body)
    }

    /// Why no credential could be had, if that is what went wrong.
    pub fn auth_error(&self) -> Option<&AuthError> {
        match &self.0.cause {
            Cause::Auth(error) => Some(error),
            _ => None,
        }
    }

    /// Its code: what a program matches on. `None` also for an error that has only words.
    pub fn code(&self) -> Option<&ErrorCode> {
        self.api_error().map(ApiError::code).filter(|code| !code.is_empty())
    }

    /// The status of the response, as the API means it.
    pub fn status(&self) -> Option<StatusCode> {
        match &self.0.cause {
            Cause::Unexpected(response) => Some(response.status()),
            _ => self.api_error().map(ApiError::status),
        }
    }

    /// What is wrong with the credential, if that is what is wrong: it has expired, was refused, got lost on
    /// the way, ... `None` also where the site knows who asks and says no.
    pub fn auth_kind(&self) -> Option<AuthErrorKind> {
        match &self.0.cause {
            Cause::Auth(error) => Some(error.kind()),
            _ => self.0.credential,
        }
    }

    /// WordPress has no such item or route. A page that says 404 is not its word, nor is the JSON of a gateway.
    pub fn is_not_found(&self) -> bool {
        self.said_by_wordpress().is_some_and(|error| error.status() == StatusCode::NOT_FOUND)
    }

    /// The site does not know who asks: no credential, one that it did not take, or a failed sign-in.
    pub fn is_unauthorized(&self) -> bool {
        use AuthErrorKind::{
            CaptchaRequired, HeaderLost, LockedOut, SecondFactorRequired, SignInRequired, Unproven,
            WrongCredentials,
        };
        if let Some(kind) = self.auth_kind() {
            return kind.is_renewable()
                || matches!(kind, HeaderLost | LockedOut | SignInRequired | WrongCredentials)
                || matches!(kind, CaptchaRequired | SecondFactorRequired | Unproven);
        }
        // The JWT plugin sends 403 to every failure.
        self.said_by_wordpress()
            .is_some_and(|error| error.status() == StatusCode::UNAUTHORIZED || error.code().is_of_jwt_auth())
    }

    /// The site knows who asks, and they may not.
    pub fn is_forbidden(&self) -> bool {
        self.said_by_wordpress().is_some_and(|error| error.status() == StatusCode::FORBIDDEN)
            && !self.is_unauthorized()
    }

    /// Why a file was not taken, if that is what went wrong: too large, with the limit and the setting to raise where they
    /// are known; of a type that the site does not take; empty; ... Nothing was stored then.
    pub fn upload_refusal(&self) -> Option<&UploadRefusal> {
        self.0.upload.as_ref()
    }

    /// What was sent is larger than the site, PHP or the web server takes.
    pub fn is_too_large(&self) -> bool {
        self.status() == Some(StatusCode::PAYLOAD_TOO_LARGE)
            || self.0.upload.as_ref().is_some_and(|upload| upload.kind == UploadRefusalKind::TooLarge)
    }

    /// Too many requests.
    pub fn is_rate_limited(&self) -> bool {
        self.status() == Some(StatusCode::TOO_MANY_REQUESTS)
            || self.auth_kind() == Some(AuthErrorKind::RateLimited)
            || self.is_kind(UnexpectedKind::RateLimit)
    }

    /// PHP used up its memory. The same request for fewer items needs less: a smaller `per_page`, `_fields`.
    pub fn is_out_of_memory(&self) -> bool {
        self.is_kind(UnexpectedKind::OutOfMemory) || self.api_error().is_some_and(ApiError::is_out_of_memory)
    }

    /// PHP used up its time. The same request for fewer items needs less: a smaller `per_page`, `_fields`.
    pub fn is_out_of_time(&self) -> bool {
        self.is_kind(UnexpectedKind::OutOfTime) || self.api_error().is_some_and(ApiError::is_out_of_time)
    }

    fn is_kind(&self, kind: UnexpectedKind) -> bool {
        matches!(&self.0.cause, Cause::Unexpected(response) if response.kind() == kind)
    }

    /// The id that an upload got before it failed. The file is there: WordPress makes what is missing of its sizes by
    /// `POST /wp/v2/media/{id}/post-process` with `{"action":"create-image-subsizes"}`, and a second upload would be a
    /// second file.
    pub fn attachment_id(&self) -> Option<u64> {
        self.0.attachment
    }

    /// How long the server asks to wait, before this request or before another sign-in.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after.or_else(|| self.auth_error()?.retry_after())
    }

    /// How often the request was sent, and why not once more. Absent where it failed in a way that stays.
    pub fn attempts(&self) -> Option<Attempts> {
        self.0.attempts
    }

    /// Whether the same request may succeed later, and did nothing so far.
    pub fn is_retryable(&self) -> bool {
        let transient = match &self.0.cause {
            Cause::Transport(error) => error.is_transient(),
            Cause::Auth(error) => error.is_transient(),
            Cause::Discovery(error) => error.is_transient(),
            Cause::Unexpected(response) if response.kind().is_lasting() && self.0.retry_after.is_none() => {
                false
            }
            _ => self.status().is_some_and(is_transient),
        };
        transient && !self.may_have_happened()
    }

    /// Whether a write is in doubt: the server may have acted on it, although there is no good response.
    /// Look before you repeat it.
    pub fn may_have_happened(&self) -> bool {
        if self.0.attempts.is_some_and(|attempts| attempts.in_doubt) {
            return true;
        }
        // PHP or WordPress looked at the file and stored none, also where they say 500.
        if !self.0.writes || self.0.upload.is_some() {
            return false;
        }
        match &self.0.cause {
            Cause::Request(_) | Cause::Auth(_) | Cause::Discovery(_) | Cause::Authorize(_) => false,
            Cause::Transport(error) => error.may_have_been_sent(),
            // WordPress responded with success, only not in words that we know.
            Cause::Decode(_) | Cause::QueryIgnored(_) => true,
            Cause::Unexpected(response) if response.kind().is_refusal() => false,
            Cause::Api(_) | Cause::Unexpected(_) => {
                self.status().is_some_and(|status| may_have_acted(status, self.0.retry_after.is_some()))
            }
        }
    }

    /// What can be done about it, in words for a person, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        let of_upload = self.upload_refusal().and_then(UploadRefusal::remedy);
        of_upload.or_else(|| hint::of(self, self.0.token_use.is_some(), self.0.sent.as_ref()))
    }
}

/// In which WordPress tells the id of an upload as soon as there is one, since making its sizes may fail (observed).
const ATTACHMENT_ID: &str = "x-wp-upload-attachment-id";

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Api(error) => Self::new(Cause::Api(error)),
            Refusal::Unexpected(response) => Self::new(Cause::Unexpected(response)),
            other => Self::new(Cause::Transport(
                TransportError::new(TransportErrorKind::Other).detail(other.to_string()),
            )),
        }
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        let attempts = error.attempts();
        let source = StdError::source(&error);
        // The authorizing transport carries the provider's error, and the rule about plain http its own: they say more.
        let cause = if let Some(auth) = source.and_then(|source| source.downcast_ref::<AuthError>()) {
            Cause::Auth(auth.clone())
        } else if let Some(RequestError::Insecure { origin, reason }) =
            source.and_then(|it| it.downcast_ref())
        {
            Cause::Request(RequestError::Insecure { origin: origin.clone(), reason })
        } else {
            Cause::Transport(error)
        };
        let mut this = Self::new(cause);
        this.0.attempts = attempts;
        this
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

impl From<QueryIgnored> for Error {
    fn from(error: QueryIgnored) -> Self {
        Self::new(Cause::QueryIgnored(error))
    }
}

impl From<AuthorizeError> for Error {
    fn from(error: AuthorizeError) -> Self {
        Self::new(Cause::Authorize(error))
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
        let words = Words { error: self, with_sources: f.alternate() };
        show::line(f, format_args!("{words}"))
    }
}

struct Words<'e> {
    error: &'e Error,
    with_sources: bool,
}

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { request, url, position, cause, attempts, secrets, .. } = &*self.error.0;
        // WordPress responded: the address was right.
        let responded = matches!(cause, Cause::Decode(_)) || self.error.said_by_wordpress().is_some();
        if let Some((method, path)) = request {
            let place = url.as_ref().filter(|_| !responded).unwrap_or(path);
            write!(f, "{method} {}", secrets.mask(place))?;
            if let Some(position) = position {
                write!(f, " ({position})")?;
            }
            f.write_str(": ")?;
        }
        match cause {
            Cause::Api(error) => error.fmt(f),
            Cause::Auth(error) => error.fmt(f),
            Cause::Transport(error) => error.fmt(f),
            Cause::Unexpected(other) => other.fmt(f),
            Cause::Decode(error) => error.fmt(f),
            Cause::Request(error) => error.fmt(f),
            Cause::Discovery(error) => error.fmt(f),
            Cause::Authorize(error) => error.fmt(f),
            Cause::QueryIgnored(error) => error.fmt(f),
        }?;
        if let Some(upload) = &self.error.0.upload {
            write!(f, " ({upload})")?;
        }
        // The error of a transport says it itself.
        let known = |attempts: &Attempts| {
            attempts.gave_up != Some(GiveUpReason::InDoubt) || self.error.may_have_happened()
        };
        if let Some(attempts) = attempts.filter(known).filter(|_| !matches!(cause, Cause::Transport(_))) {
            write!(f, " ({attempts})")?;
        }
        if self.with_sources {
            let mut source = self.error.source();
            while let Some(error) = source {
                write!(f, ": {}", secrets.mask(&error.to_string()))?;
                source = error.source();
            }
        }
        Ok(())
    }
}

/// As `{:#}`, and the hint: what a program shows that returns it from `main`. With `{:#?}`, all fields.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return show::lines(f, format_args!("{:#?}", Fields(&self.0)));
        }
        match self.hint() {
            None => show::line(f, format_args!("{self:#}")),
            Some(hint) => show::lines(f, format_args!("{self:#}\n  hint: {hint}")),
        }
    }
}

struct Fields<'e>(&'e Inner);

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { request, url, cause, token_use, credential, retry_after, attempts, secrets, .. } = self.0;
        f.debug_struct("Error")
            .field("request", &request.as_ref().map(|(method, path)| (method, secrets.mask(path))))
            .field("url", &url.as_ref().map(|url| secrets.mask(url)))
            .field("cause", cause)
            .field("token_use", token_use)
            .field("credential", credential)
            .field("retry_after", retry_after)
            .field("attempts", attempts)
            .finish_non_exhaustive()
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
            Cause::Api(_)
            | Cause::Unexpected(_)
            | Cause::Decode(_)
            | Cause::Authorize(_)
            | Cause::QueryIgnored(_) => None,
        }
    }
}

const _: () = assert!(size_of::<Error>() <= 24);
