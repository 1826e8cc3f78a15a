//! The transport that adds a credential.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_TYPE, Entry};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, Uri};
use http_body_util::BodyExt;
use wp_core::extensions::{Secret, Sent, TokenUse};
use wp_core::layer::{Authorization, Layer, Outcome, ReusableRequest, send_by};
use wp_core::response::{Refusal, read};
use wp_core::{Body, Site, Transport, TransportError, TransportErrorKind, async_trait, pieces};

use crate::{AuthError, AuthErrorKind, Identity, Token};

/// The credential of a request, as one of its [extensions](wp_core::extensions). Default: the identity of
/// [`Authorize`].
///
/// ```
/// # #[derive(Debug)]
/// # struct Local;
/// # #[wp_core::async_trait]
/// # impl wp_core::Clock for Local {
/// #     fn now(&self) -> std::time::SystemTime { std::time::SystemTime::now() }
/// #     async fn sleep(&self, _: std::time::Duration) { std::future::pending().await }
/// # }
/// # #[wp_core::async_trait]
/// # impl wp_core::Transport for Local {
/// #     async fn send(&self, request: http::Request<wp_core::Body>) -> wp_core::layer::Outcome {
/// #         let mut response = http::Response::new(wp_core::Body::empty());
/// #         *response.headers_mut() = request.headers().clone();
/// #         Ok(response)
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let root = wp_core::ApiRoot::of_site("https://example.org")?;
/// # let site = wp_core::Site::new(root, std::sync::Arc::new(Local), std::sync::Arc::new(Local));
/// # let identity = wp_auth::Identity::new(wp_auth::ApiKey::bearer("t0ken"));
/// # let authorize = wp_auth::Authorize::new(site.clone(), Some(identity));
/// # let site = site.with_transport(std::sync::Arc::new(authorize));
/// # let mut request = http::Request::get("https://example.org/wp-json/").body(wp_core::Body::empty())?;
/// use wp_auth::CredentialPolicy;
///
/// // A public route is read as a visitor sees it, although the site's transport authenticates.
/// request.extensions_mut().insert(CredentialPolicy::Anonymous);
/// let response = site.send(request).await?;
/// # assert!(!response.headers().contains_key("authorization"));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum CredentialPolicy {
    /// No credential. The JWT plugin refuses a bad token on public routes, too.
    Anonymous,
    /// The credential of another identity.
    Of(Identity),
}

/// Adds a credential to each request: as the [authorization](Authorization) of a stack, or as a decorator of the
/// transport of its site. If the site refuses the credential, it gets a new token and replays the request, once.
///
/// It replays only if the provider classifies the response as a refusal of the token, which means that the site
/// did not act on the request, and only if the body can be sent again. A request to another origin than the
/// site's is an error.
///
/// ```
/// # #[derive(Debug)]
/// # struct Local;
/// # #[wp_core::async_trait]
/// # impl wp_core::Clock for Local {
/// #     fn now(&self) -> std::time::SystemTime { std::time::SystemTime::now() }
/// #     async fn sleep(&self, _: std::time::Duration) { std::future::pending().await }
/// # }
/// # #[wp_core::async_trait]
/// # impl wp_core::Transport for Local {
/// #     async fn send(&self, request: http::Request<wp_core::Body>) -> wp_core::layer::Outcome {
/// #         let mut response = http::Response::new(wp_core::Body::empty());
/// #         *response.headers_mut() = request.headers().clone();
/// #         Ok(response)
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let root = wp_core::ApiRoot::of_site("https://example.org")?;
/// # let site = wp_core::Site::new(root, std::sync::Arc::new(Local), std::sync::Arc::new(Local));
/// # let request = http::Request::get("https://example.org/wp-json/").body(wp_core::Body::empty())?;
/// use std::sync::Arc;
/// use wp_auth::{Authorize, Identity, JwtAuth};
///
/// // As a decorator: every request of this site carries the token, and is replayed if the site refuses it.
/// let identity = Identity::new(JwtAuth::new("ana", "password"));
/// # let saved = wp_auth::SavedToken::access("t0ken");
/// # let identity = Identity::builder(JwtAuth::new("ana", "password")).resume(saved).build();
/// let authorize = Authorize::new(site.clone(), Some(identity));
/// let site = site.with_transport(Arc::new(authorize));
/// let response = site.send(request).await?;
/// # assert_eq!(response.headers()["authorization"], "Bearer t0ken");
/// # Ok(()) }
/// ```
///
/// As the authorization of a stack of your own, whose layers share one request:
///
/// ```
/// use http::Request;
/// use wp_auth::Authorize;
/// use wp_core::layer::{Authorization, By, Outcome, ReusableRequest};
/// use wp_core::{Body, Transport};
///
/// /// The credential, and below it what is sent for each attempt.
/// async fn send(authorize: &Authorize, transport: &impl Transport, request: Request<Body>) -> Outcome {
///     let mut request = ReusableRequest::new(request);
///     authorize.send_authorized(&mut request, &By(transport)).await
/// }
/// ```
#[derive(Clone)]
pub struct Authorize {
    site: Site,
    identity: Option<Identity>,
}

/// The longest response, in bytes, that is read as a refusal of a token. A longer one is passed on unread.
const MAX_REFUSAL: usize = 1 << 20;
/// How many times a request queues again because its token expired in the queue.
const MAX_TURNS: u32 = 3;

impl Authorize {
    /// Wraps the transport of `site` and authenticates as `identity`; `None` sends no credential.
    pub fn new(site: Site, identity: Option<Identity>) -> Self {
        Self { site, identity }
    }

    async fn exchange<L: Layer>(&self, request: &mut ReusableRequest, next: &L) -> Outcome {
        let of_request;
        let identity = match request.extensions().get() {
            Some(CredentialPolicy::Anonymous) => None,
            Some(CredentialPolicy::Of(identity)) => {
                of_request = identity.clone();
                Some(&of_request)
            }
            None => self.identity.as_ref(),
        };
        let Some(identity) = identity else { return next.forward(request).await };
        if !self.site.root().is_same_origin(request.uri()) {
            let detail = format!("the request goes elsewhere than to {}", self.site.root().origin());
            return Err(TransportError::new(TransportErrorKind::Credential).detail(detail));
        }
        let (token, mut response, refusal) = self.attempt(identity, request, next).await?;
        let Some(refusal) = refusal else { return Ok(response) };
        response.extensions_mut().insert(refusal);
        if !refusal.is_renewable() {
            return Ok(response);
        }
        if !identity.refused(&self.site, &token) {
            // The token is valid, but the header did not arrive.
            if refusal == AuthErrorKind::Unrecognized {
                response.extensions_mut().insert(AuthErrorKind::HeaderLost);
            }
            return Ok(response);
        }
        if request.is_spent() {
            mark(request, TokenUse::Refused);
            return Ok(response);
        }
        drop(response);
        // Boxed, so that it takes no room in the future of a request that succeeds.
        Box::pin(self.replay(identity, request, next)).await
    }

    /// Sends the request with a new token after the site refused the last one.
    async fn replay<L: Layer>(
        &self,
        identity: &Identity,
        request: &mut ReusableRequest,
        next: &L,
    ) -> Outcome {
        let (token, mut response, refusal) = self.attempt(identity, request, next).await?;
        mark(request, TokenUse::Renewed);
        if let Some(refusal) = refusal {
            if refusal.is_renewable() {
                identity.refused(&self.site, &token);
            }
            // A new token that is refused as well indicates a lost header.
            let is_lost = refusal == AuthErrorKind::Unrecognized;
            response.extensions_mut().insert(if is_lost { AuthErrorKind::HeaderLost } else { refusal });
        }
        Ok(response)
    }

    /// Sends the request with a token and classifies the response.
    async fn attempt<L: Layer>(
        &self,
        identity: &Identity,
        request: &mut ReusableRequest,
        next: &L,
    ) -> Result<(Arc<Token>, Response<Body>, Option<AuthErrorKind>), TransportError> {
        loop {
            let token = self.token(identity, request).await?;
            let Some(_admission) = identity.admit(&self.site, &token).await else { continue };
            let signed = self.sign(&token, request)?;
            let secrets = token.credential().secrets().clone();
            signed.request.sent = Some(Sent { token_use: TokenUse::Current, secrets });
            let response = next.forward(signed.request).await?;
            drop(signed);
            let (response, refusal) = if may_refuse(&response) {
                // Boxed, so that it takes no room in the future of a request that succeeds.
                Box::pin(read_refusal(response, identity)).await?
            } else {
                (response, None)
            };
            if refusal.is_none() && response.status().is_success() {
                identity.accepted(&token);
            }
            return Ok((token, response, refusal));
        }
    }

    /// Adds the credential. Fails if the site's own header of the same name has another value.
    fn sign<'r>(
        &self,
        token: &'r Token,
        request: &'r mut ReusableRequest,
    ) -> Result<Signed<'r>, TransportError> {
        let headers = request.headers();
        for (name, value) in token.credential().headers() {
            if self.site.has_secret(name) && headers.get(name) != Some(value) {
                let detail = format!(
                    "the site's own header {name} has another value: send the token in another one (`in_header`), and \
                     have the server hand that on"
                );
                let error = AuthError::new(AuthErrorKind::Invalid, detail);
                return Err(TransportError::new(TransportErrorKind::Credential).caused_by(error));
            }
        }
        let uri = match token.credential().in_uri(request.uri()) {
            Some(uri) => {
                let no_credential =
                    |error| TransportError::new(TransportErrorKind::Credential).caused_by(error);
                Some(uri.map_err(no_credential)?)
            }
            None => None,
        };
        Ok(Signed::new(token, request, uri))
    }

    /// Returns a token that is valid when the request gets its permit for the host. The permit is released while
    /// the request waits for a token, so that the token request itself gets one.
    async fn token(
        &self,
        identity: &Identity,
        request: &ReusableRequest,
    ) -> Result<Arc<Token>, TransportError> {
        if let Some(token) = identity.fresh(&self.site) {
            return Ok(token);
        }
        // Boxed, so that it takes no room in the future of a request that needs no new token.
        Box::pin(self.new_token(identity, request)).await
    }

    async fn new_token(
        &self,
        identity: &Identity,
        request: &ReusableRequest,
    ) -> Result<Arc<Token>, TransportError> {
        request.set_queued(true);
        let mut turns = 0;
        let token = loop {
            let mut token = pin!(identity.token(&self.site));
            if let Poll::Ready(token) = poll_fn(|cx| Poll::Ready(token.as_mut().poll(cx))).await {
                break token;
            }
            let permit = request.permit.as_ref();
            permit.inspect(|permit| permit.release());
            let token = token.await;
            let (Some(permit), Ok(_)) = (permit, &token) else { break token };
            permit.acquire().await?;
            turns += 1;
            if turns == MAX_TURNS {
                break token;
            }
        };
        request.set_queued(false);
        token.map_err(no_credential)
    }
}

impl Authorization for Authorize {
    async fn send_authorized<'a, L: Layer>(
        &'a self,
        request: &'a mut ReusableRequest,
        next: &'a L,
    ) -> Outcome {
        self.exchange(request, next).await
    }
}

/// The layer that sends by the transport of a site.
struct BySite<'s>(&'s Site);

impl Layer for BySite<'_> {
    async fn forward<'a>(&'a self, request: &'a mut ReusableRequest) -> Outcome {
        self.0.send(request.to_pass_on()?).await
    }
}

/// Sends by the transport of the site.
impl Layer for Authorize {
    async fn forward<'a>(&'a self, request: &'a mut ReusableRequest) -> Outcome {
        self.exchange(request, &BySite(&self.site)).await
    }
}

#[async_trait]
impl Transport for Authorize {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        send_by(self, request).await
    }
}

impl fmt::Debug for Authorize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorize").field("site", &self.site).field("identity", &self.identity).finish()
    }
}

/// A request with a credential, which is taken off when this is dropped, also if the future is: the request may be sent
/// to another origin or with another identity next.
struct Signed<'r> {
    token: &'r Token,
    request: &'r mut ReusableRequest,
    /// The request's own headers of the same names.
    own: Vec<(HeaderName, HeaderValue)>,
    /// The request's own URL, and whether it is marked as secret, if the credential is in the URL.
    unsigned: Option<(Uri, bool)>,
}

impl<'r> Signed<'r> {
    fn new(token: &'r Token, request: &'r mut ReusableRequest, uri: Option<Uri>) -> Self {
        let unsigned = uri.map(|uri| {
            // Such a URL does not leave its origin, as a body with a secret does not.
            let is_secret = request.extensions_mut().insert(Secret).is_some();
            (std::mem::replace(request.uri_mut(), uri), is_secret)
        });
        let headers = request.headers_mut();
        let mut own = Vec::new();
        for (name, _) in token.credential().headers() {
            if let Entry::Occupied(values) = headers.entry(name) {
                let (name, values) = values.remove_entry_mult();
                own.extend(values.map(|value| (name.clone(), value)));
            }
        }
        token.credential().apply(headers);
        Self { token, request, own, unsigned }
    }
}

impl Drop for Signed<'_> {
    fn drop(&mut self) {
        let headers = self.request.headers_mut();
        for (name, _) in self.token.credential().headers() {
            headers.remove(name);
        }
        for (name, value) in self.own.drain(..) {
            headers.append(name, value);
        }
        if let Some((uri, is_secret)) = self.unsigned.take() {
            *self.request.uri_mut() = uri;
            if !is_secret {
                self.request.extensions_mut().remove::<Secret>();
            }
        }
    }
}

/// Records how the token was used, where it is not the common case.
fn mark(request: &mut ReusableRequest, token_use: TokenUse) {
    if let Some(sent) = &mut request.sent {
        sent.token_use = token_use;
    }
}

/// If the token endpoint could not be reached, another attempt may succeed. An error that it sent stays as it is.
fn no_credential(error: AuthError) -> TransportError {
    // A request that the site may have seen counts as an attempt: sending it again may lock the account.
    let unreached =
        error.transport_error().is_some_and(|error| error.is_transient() && !error.may_have_been_sent());
    let failure = TransportError::new(TransportErrorKind::Credential).caused_by(error);
    if unreached { failure.transient() } else { failure }
}

/// Whether a response may refuse the token: a 400, 401 or 403, or a success that is not declared as JSON, because a
/// server that printed warnings first loses the status.
fn may_refuse(response: &Response<Body>) -> bool {
    match response.status() {
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => true,
        status if status.is_success() => {
            let content_type =
                response.headers().get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
            content_type.starts_with(b"text/html")
        }
        _ => false,
    }
}

/// Reads a response that may refuse the token, and has the provider classify it.
async fn read_refusal(
    response: Response<Body>,
    identity: &Identity,
) -> Result<(Response<Body>, Option<AuthErrorKind>), TransportError> {
    let (head, mut body) = response.into_parts();
    let mut begun = BytesMut::new();
    while let Some(frame) = body.frame().await {
        begun.extend_from_slice(&frame?.into_data().unwrap_or_default());
        if begun.len() > MAX_REFUSAL {
            return Ok((Response::from_parts(head, resumed(begun.freeze(), body)), None));
        }
    }
    let body = begun.freeze();
    let refusal = match read(head.status, &head.headers, &body) {
        Err(Refusal::Api(error)) => identity.classify(&error),
        _ => None,
    };
    Ok((Response::from_parts(head, body.into()), refusal))
}

/// A body whose beginning has been read.
fn resumed(begun: Bytes, mut rest: Body) -> Body {
    let mut begun = Some(begun);
    Body::received(pieces(move |cx| match begun.take() {
        Some(begun) => Poll::Ready(Some(Ok(begun))),
        None => rest.poll_piece(cx),
    }))
}
