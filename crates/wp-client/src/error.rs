//! The error type of the client.

pub(crate) mod authorize_error;
pub(crate) mod discovery_error;
pub(crate) mod edit_conflict;
pub(crate) mod hint;
pub(crate) mod list_position;
pub(crate) mod probe;
pub(crate) mod query_ignored;
pub(crate) mod upload_refusal;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::{Extensions, HeaderMap, Method, StatusCode};
use wp_auth::{AuthError, AuthErrorKind};
use wp_core::extensions::TokenUse;
use wp_core::response::{DecodeError, Refusal, Unexpected, UnexpectedKind};
use wp_core::retry::{is_transient, may_have_acted};
use wp_core::{
    ApiError, Attempts, ErrorCode, ErrorOrigin, GiveUpReason, RequestError, Secrets, TransportError,
    TransportErrorKind, show,
};

use self::hint::Sent;
use crate::{
    AuthorizeError, DiscoveryError, EditConflict, ListPosition, QueryIgnored, UploadRefusal,
    UploadRefusalKind,
};

/// The error of a request: which request failed, why, and a hint.
///
/// The methods cover the common cases; [`kind`](Self::kind) has the details:
///
/// ```no_run
/// # async fn run(wp: wp_client::Client, id: wp_client::models::PostId) -> wp_client::Result<()> {
/// use wp_client::{ErrorCode, ErrorKind};
///
/// match wp.posts().get(id).await {
///     Ok(post) => println!("{}", post.title.rendered),
///     Err(error) if error.is_not_found() => println!("there is no post {id}"),
///     Err(error) if error.is_unauthorized() => println!("sign in again: {error}"),
///     Err(error) if error.code() == Some(&ErrorCode::from("my_plugin_locked")) => println!("locked"),
///     Err(error) if error.is_retryable() => println!("try again in {:?}", error.retry_after()),
///     Err(error) => match error.kind() {
///         ErrorKind::Transport(cause) => println!("no response: {cause}"),
///         ErrorKind::Decode(cause) => println!("the response does not match the type: {cause}"),
///         _ => return Err(error),
///     },
/// }
/// # Ok(()) }
/// ```
///
/// The error holds no secret. It shows the method and the route (or the whole URL if the response did not come from
/// WordPress), but never the query, a header or a body. A secret of the request that the server repeats in its
/// response is shown as `***`, whatever its [spelling](Secrets). The type is one pointer in size.
pub struct Error(Box<Inner>);

struct Inner {
    /// The request; `None` for an error of building a client.
    request: Option<(Method, String)>,
    /// The URL of the request, without the query.
    url: Option<String>,
    /// The page or offset of a list request.
    position: Option<ListPosition>,
    /// Whether the request can change something on the site.
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
    Conflict(EditConflict),
}

/// The cause of an [`Error`], returned by [`Error::kind`].
///
/// ```no_run
/// # fn run(error: &wp_client::Error) {
/// use wp_client::ErrorKind;
///
/// match error.kind() {
///     ErrorKind::Api(error) => println!("{} {}", error.code(), error.message()),
///     ErrorKind::Auth(error) => println!("no credential: {error}"),
///     other => println!("{other:?}"),
/// }
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum ErrorKind<'e> {
    /// A JSON error response. [`ApiError::origin`] says whether WordPress sent it.
    Api(&'e ApiError),
    /// No credential could be obtained.
    Auth(&'e AuthError),
    /// There was no response.
    Transport(&'e TransportError),
    /// The response did not come from the API: a page, a firewall, a proxy.
    Unexpected(&'e Unexpected),
    /// The response does not match the type that it was decoded into.
    Decode(&'e DecodeError),
    /// The request is invalid and was not sent.
    Request(&'e RequestError),
    /// Discovery found no API.
    Discovery(&'e DiscoveryError),
    /// The authorization of an application password could not start, or its callback is invalid.
    Authorize(&'e AuthorizeError),
    /// The response shows that the server ignored the query.
    QueryIgnored(&'e QueryIgnored),
    /// The item was changed since it was read.
    Conflict(&'e EditConflict),
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

    /// Sets the request.
    pub(crate) fn of(mut self, method: &Method, path: &str) -> Self {
        self.0.request = Some((method.clone(), path.to_owned()));
        self
    }

    /// Sets the page or offset of a list request.
    pub(crate) fn in_list(mut self, position: ListPosition) -> Self {
        self.0.position = Some(position);
        self
    }

    /// Returns the page or offset that failed, for a list and for its stream. All items before it were returned; a new
    /// request can continue after it.
    pub fn list_position(&self) -> Option<ListPosition> {
        self.0.position
    }

    /// Sets whether the request can change something on the site.
    pub(crate) fn writing(mut self, writes: bool) -> Self {
        self.0.writes = writes;
        self
    }

    /// Sets the URL, which is shown instead of the route if the response did not come from WordPress.
    pub(crate) fn at(mut self, url: String) -> Self {
        self.0.url = Some(url);
        self
    }

    /// Adds the data of the response head.
    pub(crate) fn responded(
        mut self,
        retry_after: Option<Duration>,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Self {
        self.0.retry_after = retry_after;
        let attachment = headers.get(ATTACHMENT_ID).and_then(|value| value.to_str().ok());
        self.0.attachment = attachment.and_then(|id| id.trim().parse().ok()).filter(|id| *id > 0);
        self.0.credential = extensions.get().copied();
        self.0.attempts = extensions.get().copied();
        self
    }

    /// Sets how long the server asks to wait.
    pub(crate) fn retried_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    /// Adds how the credential was used.
    pub(crate) fn used(mut self, token_use: Option<TokenUse>) -> Self {
        self.0.token_use = token_use;
        self
    }

    /// Sets the properties of the request that the hint depends on.
    pub(crate) fn sent(mut self, sent: Sent) -> Self {
        self.0.sent = Some(sent);
        self
    }

    /// Sets the reason why an upload was refused.
    pub(crate) fn refusing_upload(mut self, upload: Option<UploadRefusal>) -> Self {
        self.0.upload = upload;
        self
    }

    /// Sets the item that the error concerns.
    pub(crate) fn of_attachment(mut self, id: u64) -> Self {
        self.0.attachment = Some(id);
        self
    }

    /// The error after what the request did was undone.
    pub(crate) fn undone(mut self) -> Self {
        self.0.attachment = None;
        self.0.writes = false;
        if let Some(attempts) = &mut self.0.attempts {
            attempts.in_doubt = false;
        }
        self
    }

    /// Sets the secrets of the request, which are masked.
    pub(crate) fn hiding(mut self, secrets: &Secrets) -> Self {
        let inner = &mut *self.0;
        inner.secrets = inner.secrets.and(secrets);
        // Errors of a provider or of discovery have masked their own secrets already.
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
            | Cause::QueryIgnored(_)
            | Cause::Conflict(_)) => cause,
        };
        self
    }

    /// Returns the cause, to match on. See [`ErrorKind`] for an example.
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
            Cause::Conflict(error) => ErrorKind::Conflict(error),
        }
    }

    /// Returns the JSON error of the response, to the request itself or to the sign-in that it needed. It may also come
    /// from a firewall, a rate limiter or a gateway: [`ApiError::origin`] says which.
    ///
    /// ```no_run
    /// # fn run(error: &wp_client::Error) {
    /// if let Some(api) = error.api_error() {
    ///     for param in api.params() {
    ///         println!("{}: {}", param.name, param.message.unwrap_or("missing"));
    ///     }
    /// }
    /// # }
    /// ```
    pub fn api_error(&self) -> Option<&ApiError> {
        match &self.0.cause {
            Cause::Api(error) => Some(error),
            Cause::Unexpected(response) => response.error(),
            Cause::Auth(error) => error.api_error().or_else(|| error.unexpected()?.error()),
            _ => None,
        }
    }

    /// The JSON error of the response if WordPress itself sent it.
    fn said_by_wordpress(&self) -> Option<&ApiError> {
        match &self.0.cause {
            Cause::Api(error) => Some(error).filter(|error| error.origin() == ErrorOrigin::WordPress),
            _ => None,
        }
    }

    /// Returns the first 16 KiB of the body of the error response, unchanged. Sensitive: the body may repeat secrets of
    /// the request and contain others.
    ///
    /// ```no_run
    /// # fn run(error: &wp_client::Error) {
    /// if let Some(body) = error.raw_body() {
    ///     std::fs::write("error.html", body).ok();
    /// }
    /// # }
    /// ```
    pub fn raw_body(&self) -> Option<&[u8]> {
        let body = match &self.0.cause {
            Cause::Api(error) => error.raw_body(),
            Cause::Unexpected(response) => response.raw_body(),
            _ => return None,
        };
        Some(body)
    }

    /// Returns the reason why no credential could be obtained; `None` for any other failure.
    ///
    /// ```no_run
    /// # fn run(error: &wp_client::Error) {
    /// if let Some(auth) = error.auth_error() {
    ///     println!("sign-in failed: {auth}");
    /// }
    /// # }
    /// ```
    pub fn auth_error(&self) -> Option<&AuthError> {
        match &self.0.cause {
            Cause::Auth(error) => Some(error),
            _ => None,
        }
    }

    /// Returns the error code of WordPress or a plugin, to match on. `None` also for a JSON error without a code.
    ///
    /// ```no_run
    /// # fn run(error: &wp_client::Error) {
    /// use wp_client::ErrorCode;
    ///
    /// let is_invalid = error.code() == Some(&ErrorCode::INVALID_PARAM);
    /// # let _ = is_invalid; }
    /// ```
    pub fn code(&self) -> Option<&ErrorCode> {
        self.api_error().map(ApiError::code).filter(|code| !code.is_empty())
    }

    /// Returns the HTTP status of the error. For a JSON error this is the status in the JSON, if there is one.
    ///
    /// ```no_run
    /// # fn run(error: &wp_client::Error) {
    /// if error.status().is_some_and(|status| status.is_server_error()) {
    ///     println!("the site fails: {error}");
    /// }
    /// # }
    /// ```
    pub fn status(&self) -> Option<StatusCode> {
        match &self.0.cause {
            Cause::Unexpected(response) => Some(response.status()),
            _ => self.api_error().map(ApiError::status),
        }
    }

    /// Returns what is wrong with the credential: it expired, was refused, was lost on the way, and so on. `None` for
    /// any other failure, including that of a known user who lacks the right.
    ///
    /// ```no_run
    /// # fn run(error: &wp_client::Error) {
    /// use wp_client::AuthErrorKind;
    ///
    /// match error.auth_kind() {
    ///     Some(AuthErrorKind::WrongCredentials) => println!("wrong password"),
    ///     Some(AuthErrorKind::SecondFactorRequired) => println!("enter the code"),
    ///     _ => println!("{error}"),
    /// }
    /// # }
    /// ```
    pub fn auth_kind(&self) -> Option<AuthErrorKind> {
        match &self.0.cause {
            Cause::Auth(error) => Some(error.kind()),
            _ => self.0.credential,
        }
    }

    /// Whether WordPress has no such item or route. `false` for a 404 page of a web server and for the JSON of a
    /// gateway.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, id: wp_client::models::PostId) -> wp_client::Result<()> {
    /// let post = match wp.posts().get(id).await {
    ///     Err(error) if error.is_not_found() => None,
    ///     other => Some(other?),
    /// };
    /// println!("{}", post.map_or("it was deleted".to_owned(), |post| post.title.rendered));
    /// # Ok(()) }
    /// ```
    pub fn is_not_found(&self) -> bool {
        self.said_by_wordpress().is_some_and(|error| error.status() == StatusCode::NOT_FOUND)
    }

    /// Whether the site does not know the user: no credential, a rejected credential, or a failed sign-in.
    ///
    /// ```no_run
    /// # fn run(error: &wp_client::Error) {
    /// if error.is_unauthorized() {
    ///     println!("sign in again");
    /// }
    /// # }
    /// ```
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
        // The JWT plugin responds with 403 to every failure.
        self.said_by_wordpress()
            .is_some_and(|error| error.status() == StatusCode::UNAUTHORIZED || error.code().is_of_jwt_auth())
    }

    /// Whether the site knows the user, and the user lacks the right.
    ///
    /// ```no_run
    /// # fn run(error: &wp_client::Error) {
    /// if error.is_forbidden() {
    ///     println!("this user may not publish");
    /// }
    /// # }
    /// ```
    pub fn is_forbidden(&self) -> bool {
        self.said_by_wordpress().is_some_and(|error| error.status() == StatusCode::FORBIDDEN)
            && !self.is_unauthorized()
    }

    /// Returns why the site refused an upload: it is too large (with the limit and the setting to raise, if they are
    /// known), of a type that the site does not accept, empty, and so on. `None` for any other failure. If it is set,
    /// the site stored nothing.
    ///
    /// ```no_run
    /// # fn run(error: &wp_client::Error) {
    /// if let Some(refusal) = error.upload_refusal() {
    ///     println!("not uploaded: {refusal}");
    /// }
    /// # }
    /// ```
    pub fn upload_refusal(&self) -> Option<&UploadRefusal> {
        self.0.upload.as_ref()
    }

    /// Whether the request is larger than the site, PHP or the web server accepts.
    ///
    /// ```no_run
    /// # fn run(error: &wp_client::Error) {
    /// if error.is_too_large() {
    ///     println!("choose a smaller file");
    /// }
    /// # }
    /// ```
    pub fn is_too_large(&self) -> bool {
        self.status() == Some(StatusCode::PAYLOAD_TOO_LARGE)
            || self.0.upload.as_ref().is_some_and(|upload| upload.kind == UploadRefusalKind::TooLarge)
    }

    /// Whether the site or a rate limiter refused the request because there were too many. See
    /// [`retry_after`](Self::retry_after).
    ///
    /// ```no_run
    /// # fn run(error: &wp_client::Error) {
    /// if error.is_rate_limited() {
    ///     println!("wait for {:?}", error.retry_after());
    /// }
    /// # }
    /// ```
    pub fn is_rate_limited(&self) -> bool {
        self.status() == Some(StatusCode::TOO_MANY_REQUESTS)
            || self.auth_kind() == Some(AuthErrorKind::RateLimited)
            || self.is_kind(UnexpectedKind::RateLimit)
    }

    /// Whether PHP reached its memory limit. A smaller `per_page` or fewer `_fields` needs less.
    ///
    /// ```no_run
    /// # fn run(error: &wp_client::Error) {
    /// if error.is_out_of_memory() || error.is_out_of_time() {
    ///     println!("request fewer items per page");
    /// }
    /// # }
    /// ```
    pub fn is_out_of_memory(&self) -> bool {
        self.is_kind(UnexpectedKind::OutOfMemory) || self.api_error().is_some_and(ApiError::is_out_of_memory)
    }

    /// Whether PHP reached its time limit. A smaller `per_page` or fewer `_fields` needs less. See
    /// [`is_out_of_memory`](Self::is_out_of_memory) for an example.
    pub fn is_out_of_time(&self) -> bool {
        self.is_kind(UnexpectedKind::OutOfTime) || self.api_error().is_some_and(ApiError::is_out_of_time)
    }

    /// Whether the same request for fewer items may succeed.
    pub(crate) fn is_too_heavy(&self) -> bool {
        if self.is_out_of_memory() || self.is_out_of_time() {
            return true;
        }
        match &self.0.cause {
            Cause::Transport(error) => matches!(
                error.kind(),
                TransportErrorKind::Timeout | TransportErrorKind::Closed | TransportErrorKind::TooLarge
            ),
            Cause::Unexpected(response) if response.kind() == UnexpectedKind::CutShort => true,
            // 503: the site is in maintenance or overloaded, whatever is requested.
            _ => self.status().is_some_and(|status| {
                status.is_server_error()
                    && !matches!(status, StatusCode::NOT_IMPLEMENTED | StatusCode::SERVICE_UNAVAILABLE)
            }),
        }
    }

    fn is_kind(&self, kind: UnexpectedKind) -> bool {
        matches!(&self.0.cause, Cause::Unexpected(response) if response.kind() == kind)
    }

    /// Returns the id of an upload that WordPress stored before it failed to make the image sizes.
    ///
    /// Do not upload the file again: that would store it twice. An [`Upload`](crate::Upload) has already tried to make the
    /// missing sizes; [`create_sub_sizes`](crate::Collection::create_sub_sizes) tries it again:
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, error: wp_client::Error) -> wp_client::Result<()> {
    /// use wp_client::models::MediaId;
    ///
    /// if let Some(id) = error.attachment_id().and_then(|id| MediaId::new(id)) {
    ///     wp.media().create_sub_sizes(id).await?;
    /// }
    /// # Ok(()) }
    /// ```
    pub fn attachment_id(&self) -> Option<u64> {
        self.0.attachment
    }

    /// Returns the id of the term that has the name already, of an error `term_exists`. See
    /// [`Collection::find_or_create`](crate::Collection::find_or_create).
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::{NewTag, TagId};
    ///
    /// let news: Option<TagId> = match wp.tags().create(NewTag::named("News")).await {
    ///     Ok(tag) => Some(tag.id),
    ///     Err(error) => error.existing_term().and_then(TagId::new),
    /// };
    /// if let Some(news) = news {
    ///     println!("the tag is {news}");
    /// }
    /// # Ok(()) }
    /// ```
    pub fn existing_term(&self) -> Option<u64> {
        self.said_by_wordpress()?.existing_term()
    }

    /// Returns how long the server asks to wait before a retry or before another sign-in (`Retry-After`).
    ///
    /// ```no_run
    /// # fn run(error: &wp_client::Error) {
    /// if let Some(wait) = error.retry_after() {
    ///     println!("try again in {} s", wait.as_secs());
    /// }
    /// # }
    /// ```
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after.or_else(|| self.auth_error()?.retry_after())
    }

    /// Returns how many times the request was sent, and why there was no further retry. `None` for a permanent
    /// failure of the first attempt.
    ///
    /// ```no_run
    /// # fn run(error: &wp_client::Error) {
    /// if let Some(attempts) = error.attempts() {
    ///     println!("gave up after {} attempts: {:?}", attempts.made, attempts.gave_up);
    /// }
    /// # }
    /// ```
    pub fn attempts(&self) -> Option<Attempts> {
        self.0.attempts
    }

    /// Whether the failure is transient and the request had no effect, so that it is safe to send it again.
    ///
    /// ```no_run
    /// # fn run(error: &wp_client::Error) {
    /// if error.is_retryable() {
    ///     println!("queue it for later");
    /// }
    /// # }
    /// ```
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

    /// Whether a write may have taken effect although it failed. Check the state of the site before you send it again.
    ///
    /// ```no_run
    /// # fn run(error: &wp_client::Error) {
    /// if error.may_have_happened() {
    ///     println!("check whether the post exists");
    /// }
    /// # }
    /// ```
    pub fn may_have_happened(&self) -> bool {
        if self.0.attempts.is_some_and(|attempts| attempts.in_doubt) {
            return true;
        }
        // PHP or WordPress refused the file and stored nothing, even if the status is 500.
        if !self.0.writes || self.0.upload.is_some() {
            return false;
        }
        match &self.0.cause {
            Cause::Request(_)
            | Cause::Auth(_)
            | Cause::Discovery(_)
            | Cause::Authorize(_)
            | Cause::Conflict(_) => false,
            Cause::Transport(error) => error.may_have_been_sent(),
            // WordPress reported success, in a response that could not be decoded.
            Cause::Decode(_) | Cause::QueryIgnored(_) => true,
            Cause::Unexpected(response) if response.kind().is_refusal() => false,
            Cause::Api(_) | Cause::Unexpected(_) => {
                self.status().is_some_and(|status| may_have_acted(status, self.0.retry_after.is_some()))
            }
        }
    }

    /// Returns a hint for the user on how to fix the problem, if one is known.
    ///
    /// ```no_run
    /// # fn run(error: &wp_client::Error) {
    /// eprintln!("{error}");
    /// if let Some(hint) = error.hint() {
    ///     eprintln!("hint: {hint}");
    /// }
    /// # }
    /// ```
    pub fn hint(&self) -> Option<&'static str> {
        let of_upload = self.upload_refusal().and_then(UploadRefusal::remedy);
        of_upload.or_else(|| hint::of(self, self.0.token_use.is_some(), self.0.sent.as_ref()))
    }
}

/// The header with the id of an upload. WordPress sends it as soon as the file is stored, because making the image
/// sizes may fail (observed).
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
        // The provider's error and that of the plain-http check are more specific than the transport error around them.
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

impl From<EditConflict> for Error {
    fn from(error: EditConflict) -> Self {
        Self::new(Cause::Conflict(error))
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

/// `GET /wp/v2/posts/9: 404 rest_post_invalid_id: Invalid post ID.` `{:#}` appends the sources.
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
        // WordPress responded, so the route is enough.
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
            Cause::Conflict(error) => error.fmt(f),
        }?;
        if let Some(upload) = &self.error.0.upload {
            write!(f, " ({upload})")?;
        }
        // A transport error shows its attempts itself.
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

/// The text of `{:#}` and the hint, which a program shows that returns the error from `main`. `{:#?}` shows all fields.
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

/// The source of the cause; [`Display`](fmt::Display) already shows the text of the cause itself.
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
            | Cause::QueryIgnored(_)
            | Cause::Conflict(_) => None,
        }
    }
}

const _: () = assert!(size_of::<Error>() <= 24);
