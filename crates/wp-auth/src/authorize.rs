//! The transport that adds a credential.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http::{Extensions, HeaderMap, Method, Request, Response, StatusCode, Uri, Version};
use http_body_util::BodyExt;
use wp_core::extensions::{Permit, Queued, Sent, TokenUse};
use wp_core::response::{Refusal, read};
use wp_core::{Body, Site, Transport, TransportError, TransportErrorKind, async_trait, pieces};

use crate::{AuthError, AuthErrorKind, Identity, Token};

/// Which credential a request gets, as one of its [extensions](wp_core::extensions). Without it, that
/// of [`Authorize`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum CredentialPolicy {
    /// None at all. The JWT plugin refuses a bad token on public routes too.
    Anonymous,
    /// That of somebody else.
    Of(Identity),
}

/// The transport of a site that adds a credential to each request, and replays one that the site
/// refused, once, with a new token.
///
/// It replays only where the provider reads the response as a refusal of the token, which says that
/// the site did not act on the request, and only a body that can be sent again. A request to another
/// origin than the site's is an error.
#[derive(Clone)]
pub struct Authorize {
    site: Site,
    identity: Option<Identity>,
}

/// A response that refuses a token is short, in bytes. A longer one is handed on as it comes.
const MAX_REFUSAL: usize = 1 << 20;
/// How often a request queues anew because its token came to its end in the queue.
const MAX_TURNS: u32 = 3;

impl Authorize {
    /// Over the transport of `site`, as `identity`, or as nobody.
    pub fn new(site: Site, identity: Option<Identity>) -> Self {
        Self { site, identity }
    }

    async fn exchange(&self, mut request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let identity = match request.extensions_mut().remove() {
            Some(CredentialPolicy::Anonymous) => None,
            Some(CredentialPolicy::Of(identity)) => Some(identity),
            None => self.identity.clone(),
        };
        let Some(identity) = identity else { return self.site.send(request).await };
        if !self.site.root().is_same_origin(request.uri()) {
            let detail = format!("the request goes elsewhere than to {}", self.site.root().origin());
            return Err(TransportError::new(TransportErrorKind::Credential).detail(detail));
        }
        let replay = Replay::of(&request);
        let (token, mut response, refusal) = self.attempt(&identity, request).await?;
        let Some(refusal) = refusal else { return Ok(response) };
        response.extensions_mut().insert(refusal);
        if !refusal.is_renewable() {
            return Ok(response);
        }
        if !identity.refused(&self.site, &token) {
            // A token that is good, and never got there.
            if refusal == AuthErrorKind::Unrecognized {
                response.extensions_mut().insert(AuthErrorKind::HeaderLost);
            }
            return Ok(response);
        }
        let Some(request) = replay.map(Replay::into_request) else {
            mark(&mut response, TokenUse::Refused);
            return Ok(response);
        };
        let (token, mut response, refusal) = self.attempt(&identity, request).await?;
        mark(&mut response, TokenUse::Renewed);
        if let Some(refusal) = refusal {
            if refusal.is_renewable() {
                identity.refused(&self.site, &token);
            }
            // A new token, and refused as well: this is what a lost header looks like.
            let is_lost = refusal == AuthErrorKind::Unrecognized;
            response.extensions_mut().insert(if is_lost { AuthErrorKind::HeaderLost } else { refusal });
        }
        Ok(response)
    }

    /// Sends the request with a token, and reads what the response says of that.
    async fn attempt(
        &self,
        identity: &Identity,
        mut request: Request<Body>,
    ) -> Result<(Arc<Token>, Response<Body>, Option<AuthErrorKind>), TransportError> {
        loop {
            let token = self.token(identity, request.extensions()).await?;
            let Some(_admission) = identity.admit(&self.site, &token).await else { continue };
            self.put(&token, request.headers_mut())?;
            let mut response = self.site.send(request).await?;
            let secrets = token.credential().secrets().clone();
            response.extensions_mut().insert(Sent { token_use: TokenUse::Current, secrets });
            let (response, refusal) = read_refusal(response, identity).await?;
            if refusal.is_none() && response.status().is_success() {
                identity.accepted(&token);
            }
            return Ok((token, response, refusal));
        }
    }

    /// Adds the credential. A header has one value: that of a gate in front of the site stays.
    fn put(&self, token: &Token, headers: &mut HeaderMap) -> Result<(), TransportError> {
        for (name, value) in token.credential().headers() {
            if self.site.has_secret(name) && headers.get(name) != Some(value) {
                let detail = format!(
                    "the site's own header {name} has another value: send the token in another one (`in_header`), and \
                     have the server hand that on"
                );
                let error = AuthError::new(AuthErrorKind::Invalid, detail);
                return Err(TransportError::new(TransportErrorKind::Credential).source(error));
            }
        }
        token.credential().apply(headers);
        Ok(())
    }

    /// The token that the request with these extensions is sent with: the one that is good when the request has its
    /// turn at the host. It gives that back while it waits for a token, so that the request that fetches one has a turn.
    async fn token(
        &self,
        identity: &Identity,
        extensions: &Extensions,
    ) -> Result<Arc<Token>, TransportError> {
        if let Some(token) = identity.fresh(&self.site) {
            return Ok(token);
        }
        Queued::set(extensions, true);
        let mut turns = 0;
        let token = loop {
            let mut token = pin!(identity.token(&self.site));
            if let Poll::Ready(token) = poll_fn(|cx| Poll::Ready(token.as_mut().poll(cx))).await {
                break token;
            }
            let permit = extensions.get::<Permit>();
            permit.inspect(|permit| permit.release());
            let token = token.await;
            let (Some(permit), Ok(_)) = (permit, &token) else { break token };
            permit.acquire().await;
            turns += 1;
            if turns == MAX_TURNS {
                break token;
            }
        };
        Queued::set(extensions, false);
        token.map_err(no_credential)
    }
}

#[async_trait]
impl Transport for Authorize {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        self.exchange(request).await
    }
}

impl fmt::Debug for Authorize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorize").field("site", &self.site).field("identity", &self.identity).finish()
    }
}

/// Says that the credential played another part than it does mostly.
fn mark(response: &mut Response<Body>, token_use: TokenUse) {
    if let Some(sent) = response.extensions_mut().get_mut::<Sent>() {
        sent.token_use = token_use;
    }
}

/// Where the token's server could not be reached, another attempt may succeed. What it sent stays.
fn no_credential(error: AuthError) -> TransportError {
    // One that the site may have seen counts there: to send it again may be the failure that locks the account.
    let unreached =
        error.transport_error().is_some_and(|error| error.is_transient() && !error.may_have_been_sent());
    let failure = TransportError::new(TransportErrorKind::Credential).source(error);
    if unreached { failure.transient() } else { failure }
}

/// Reads a response that may refuse the token, and asks the provider what it means: a 400, 401, 403, and a
/// success that does not call itself JSON, since a server that printed warnings first lost the status.
async fn read_refusal(
    response: Response<Body>,
    identity: &Identity,
) -> Result<(Response<Body>, Option<AuthErrorKind>), TransportError> {
    let status = response.status();
    let refuses =
        [StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status);
    let content_type = response.headers().get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    let noisy = status.is_success() && content_type.starts_with(b"text/html");
    if !refuses && !noisy {
        return Ok((response, None));
    }
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

/// A body of which the beginning was read already.
fn resumed(begun: Bytes, mut rest: Body) -> Body {
    let mut begun = Some(begun);
    Body::received(pieces(move |cx| match begun.take() {
        Some(begun) => Poll::Ready(Some(Ok(begun))),
        None => rest.poll_piece(cx),
    }))
}

/// What is needed to send a request once more.
struct Replay {
    method: Method,
    uri: Uri,
    version: Version,
    headers: HeaderMap,
    extensions: Extensions,
    body: Body,
}

impl Replay {
    /// `None` for a body that can be sent once.
    fn of(request: &Request<Body>) -> Option<Self> {
        Some(Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            version: request.version(),
            headers: request.headers().clone(),
            extensions: request.extensions().clone(),
            body: request.body().try_clone()?,
        })
    }

    fn into_request(self) -> Request<Body> {
        let mut request = Request::new(self.body);
        *request.method_mut() = self.method;
        *request.uri_mut() = self.uri;
        *request.version_mut() = self.version;
        *request.headers_mut() = self.headers;
        *request.extensions_mut() = self.extensions;
        request
    }
}
