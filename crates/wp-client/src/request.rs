//! A request: a builder that is sent by awaiting it.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wp_auth::{CredentialPolicy, Identity};
use wp_core::extensions::{self, Redirects, Retryable, Timeout};
use wp_core::response::{Refusal, read_for};
use wp_core::retry::is_safe_request;
use wp_core::{
    Attempts, Body, Multipart, Query, RequestError, Route, Secrets, Totals, Transport, headers, retry_after,
};

use crate::hint::Sent;
use crate::{Client, Error, QueryIgnored, Reply, Result, UploadRefusal, query_ignored};

/// A request that is sent by awaiting it, and gives a `T`.
///
/// What is wrong with it (a header that HTTP forbids, a query that cannot be expressed) is told then,
/// and nothing is sent.
#[must_use = "a request is sent by awaiting it"]
pub struct Request<T> {
    parts: Parts,
    gives: PhantomData<fn() -> T>,
}

/// All of a request but the type of what it gives.
struct Parts {
    client: Client,
    method: Method,
    /// `None` for one that cannot be asked for, which is a fault.
    route: Option<Route>,
    query: Query,
    headers: HeaderMap,
    body: Body,
    credentials: Option<CredentialPolicy>,
    timeout: Option<Duration>,
    retryable: Option<Retryable>,
    reading: Reading,
    fault: Option<RequestError>,
}

/// What becomes of values in another shape than their fields have.
#[derive(Debug, Clone, Copy)]
enum Reading {
    /// They are read.
    Lenient,
    /// They are read and reported.
    Reported,
    /// They are an error.
    Strict,
}

impl<T> Request<T> {
    /// A request to a route that the user wrote, or to an address of the site.
    pub(crate) fn new(client: &Client, method: Method, route: &str) -> Self {
        let (route, query) = match client.site().root().route_of(route) {
            Ok(Some((route, query))) => (Ok(route), query),
            Ok(None) => {
                let (path, query) = route.split_once('?').unwrap_or((route, ""));
                (Route::new(path), Query::parse(query))
            }
            Err(error) => (Err(error), Query::new()),
        };
        Self::to(client, method, route, query)
    }

    /// A request to a collection.
    pub(crate) fn collection(client: &Client, method: Method, route: &str) -> Self {
        Self::to(client, method, Route::new(route), Query::new())
    }

    /// A request to one item of a collection.
    pub(crate) fn item(client: &Client, method: Method, route: &str, id: impl fmt::Display) -> Self {
        Self::to(client, method, Route::new(route).and_then(|route| route.join(id)), Query::new())
    }

    fn to(client: &Client, method: Method, route: Result<Route, RequestError>, query: Query) -> Self {
        let (route, fault) = match route {
            Ok(route) => (Some(route), None),
            Err(error) => (None, Some(error)),
        };
        let parts = Parts {
            client: client.clone(),
            method,
            route,
            query,
            headers: HeaderMap::new(),
            body: Body::empty(),
            credentials: None,
            timeout: None,
            retryable: None,
            reading: Reading::Lenient,
            fault,
        };
        Self { parts, gives: PhantomData }
    }

    /// Adds a query parameter, in PHP's notation: a list becomes `name[]=…`, a map `name[key]=…`.
    pub fn query(mut self, name: &str, value: impl Serialize) -> Self {
        match self.parts.query.push(name, value) {
            Ok(()) => self,
            Err(error) => self.failing(error),
        }
    }

    /// Adds every field of a struct, or every entry of a map, as a query parameter.
    pub fn queries(mut self, fields: impl Serialize) -> Self {
        match self.parts.query.extend(fields) {
            Ok(()) => self,
            Err(error) => self.failing(error),
        }
    }

    /// Sets a query parameter, in place of an earlier one.
    pub(crate) fn set(mut self, name: &str, value: impl Serialize) -> Self {
        match self.parts.query.set(name, value) {
            Ok(()) => self,
            Err(error) => self.failing(error),
        }
    }

    /// Sends `body` as JSON.
    pub fn json(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(body) {
            Ok(json) => self.body("application/json", json),
            Err(error) => {
                self.parts.fault.get_or_insert(RequestError::Json(error));
                self
            }
        }
    }

    /// Sends `fields` as a form, in PHP's notation.
    pub fn form(self, fields: impl Serialize) -> Self {
        let mut form = Query::new();
        match form.extend(fields) {
            Ok(()) => self.body("application/x-www-form-urlencoded", form.to_string()),
            Err(error) => self.failing(error),
        }
    }

    /// Sends a form with files. WordPress takes an upload to `/wp/v2/media` from the part `file`, where a firewall
    /// stops files that are sent as they are.
    pub fn multipart(self, form: Multipart) -> Self {
        match form.encode() {
            Ok((content_type, body)) => self.body(&content_type, body),
            Err(error) => self.failing(error),
        }
    }

    /// Sends any body, in place of one that was given before. WordPress takes a file as it is, at `/wp/v2/media`, if a
    /// `content-disposition` names it: `attachment; filename="dune.jpg"`.
    pub fn body(mut self, content_type: &str, body: impl Into<Body>) -> Self {
        self.parts.body = body.into();
        self.header(CONTENT_TYPE.as_str(), content_type)
    }

    /// Sets a header, in place of the client's own. An `authorization` replaces the credential; a header
    /// in which an [`ApiKey`](crate::ApiKey) travels is that of the key.
    ///
    /// One whose name says that it [is secret](headers::is_secret), such as `x-api-key`, is shown nowhere, does not
    /// follow a redirect to another origin, and does not travel over plain http to another machine. All others go
    /// where the request goes.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match header(name, value) {
            Ok((name, value)) => {
                if name == AUTHORIZATION {
                    self.parts.credentials = Some(CredentialPolicy::Anonymous);
                }
                self.parts.headers.insert(name, value);
                self
            }
            Err(error) => self.failing(error),
        }
    }

    /// Sends it without a credential.
    pub fn anonymous(mut self) -> Self {
        self.parts.credentials = Some(CredentialPolicy::Anonymous);
        self
    }

    /// Sends it as somebody else. Hand over a clone of one [`Identity`] each time, so that its token
    /// is kept.
    pub fn auth(mut self, identity: impl Into<Identity>) -> Self {
        self.parts.credentials = Some(CredentialPolicy::Of(identity.into()));
        self
    }

    /// How long it may take, from sending to the last byte of the response, with the sign-in that it needs and all
    /// its repeats.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.parts.timeout = Some(timeout);
        self
    }

    /// Whether it is retried when it fails in a way that may pass, in place of what its method says: a POST
    /// that only reads, a GET that counts.
    pub fn retryable(mut self, retryable: Retryable) -> Self {
        self.parts.retryable = Some(retryable);
        self
    }

    /// Takes nothing for what it is not: where a value has another shape than its field, which is read all the same
    /// [otherwise](wp_core::php), it is an error that names the place. PHP's plain "none" is read.
    pub fn strict(mut self) -> Self {
        self.parts.reading = Reading::Strict;
        self
    }

    /// Reads the response into another type, from what [PHP](wp_core::php) may have made of it.
    pub fn typed<U: DeserializeOwned>(self) -> Request<U> {
        Request { parts: self.parts, gives: PhantomData }
    }

    /// Gives the whole reply: status, headers, totals and body.
    pub fn reply(mut self) -> ReplyRequest<T> {
        if matches!(self.parts.reading, Reading::Lenient) {
            self.parts.reading = Reading::Reported;
        }
        ReplyRequest(self)
    }

    /// The whole reply, for who has no use for a report.
    pub(crate) fn reply_unreported(self) -> ReplyRequest<T> {
        ReplyRequest(self)
    }

    pub(crate) fn failing(mut self, error: RequestError) -> Self {
        self.parts.fault.get_or_insert(error);
        self
    }

    /// The query.
    pub(crate) fn asked(&self) -> &Query {
        &self.parts.query
    }

    /// What an error about its response says of this request.
    pub(crate) fn error_context(&self) -> ErrorContext {
        self.parts.error_context()
    }

    /// A copy of the request of a list, which has no body.
    pub(crate) fn again(&self) -> Self {
        let Parts { client, method, route, query, headers, credentials, timeout, retryable, reading, .. } =
            &self.parts;
        let parts = Parts {
            client: client.clone(),
            method: method.clone(),
            route: route.clone(),
            query: query.clone(),
            headers: headers.clone(),
            body: Body::empty(),
            credentials: credentials.clone(),
            timeout: *timeout,
            retryable: *retryable,
            reading: *reading,
            fault: None,
        };
        Self { parts, gives: PhantomData }
    }

    pub(crate) fn take_fault(&mut self) -> Option<Error> {
        let Parts { method, route, fault, .. } = &mut self.parts;
        let fault = fault.take()?;
        let asked = match (route, &fault) {
            (None, RequestError::Route { route, .. }) => route.clone(),
            (route, _) => shown(route.as_ref()).to_owned(),
        };
        Some(Error::from(fault).of(method, &asked))
    }
}

/// A route in an error.
fn shown(route: Option<&Route>) -> &str {
    route.map_or("(no route of the API)", Route::as_str)
}

impl<T: DeserializeOwned> Request<T> {
    async fn exchange(mut self) -> Result<Reply<T>> {
        if let Some(error) = self.take_fault() {
            return Err(error);
        }
        let mut parts = self.parts;
        match parts.send().await {
            Ok(reply) => Ok(reply),
            Err(error) => Err(parts.error_context().error(error)),
        }
    }
}

impl Parts {
    fn error_context(&self) -> ErrorContext {
        let writes = !is_safe_request(&self.method, &self.headers, &self.query);
        let (client, method, route) = (self.client.clone(), self.method.clone(), self.route.clone());
        ErrorContext { client, method, route, writes }
    }

    /// The secrets that this request adds to those that the site and the credential know of.
    fn secrets(&self) -> Secrets {
        Secrets::of_headers(&self.headers).and(self.client.site().secrets())
    }

    /// All that it carried, by what is known of the credential.
    fn carried(&self, extensions: &Extensions) -> Secrets {
        match extensions.get() {
            Some(extensions::Sent { secrets, .. }) => self.secrets().and(secrets),
            None => self.secrets(),
        }
    }

    /// The request as the transport takes it, without its body from then on.
    fn build(&mut self) -> Result<http::Request<Body>> {
        let Some(route) = &self.route else {
            return Err(RequestError::Route { route: String::new(), reason: "it is missing" }.into());
        };
        let body = std::mem::take(&mut self.body);
        let mut request = self.client.site().request(self.method.clone(), route, &self.query, body)?;
        for (name, value) in &self.headers {
            request.headers_mut().insert(name, value.clone());
        }
        if let Some(credentials) = self.credentials.clone() {
            request.extensions_mut().insert(credentials);
        }
        if let Some(timeout) = self.timeout {
            request.extensions_mut().insert(Timeout(timeout));
        }
        if let Some(retryable) = self.retryable {
            request.extensions_mut().insert(retryable);
        }
        Ok(request)
    }

    async fn send<T: DeserializeOwned>(&mut self) -> Result<Reply<T>> {
        let request = self.build()?;
        let asked = request.uri().clone();
        let response = self.client.transport().send(request).await;
        let (mut head, body) =
            response.map_err(|error| Error::from(error).hiding(&self.secrets()))?.into_parts();
        self.client.site().learn_from(&asked, &head.extensions);
        // The stack below holds the cap.
        let body = body.collect(u64::MAX).await?;
        let json = read_for(&self.method, head.status, &head.headers, &body)
            .map_err(|refusal| self.refused(refusal, &head, &body))?;
        if self.is_forced() && query_ignored::is_trashed(&json) {
            return Err(QueryIgnored::new("force").into());
        }
        let totals = Totals::of(&head.headers);
        let decoded = match self.reading {
            Reading::Lenient => json.decode().map(|body| (body, Vec::new())),
            Reading::Reported => json.decode_reported().map(|decoded| (decoded.value, decoded.coercions)),
            Reading::Strict => json.decode_strict().map(|body| (body, Vec::new())),
        };
        let (body, coercions) =
            decoded.map_err(|error| Error::from(error).hiding(&self.carried(&head.extensions)))?;
        Ok(Reply {
            body,
            coercions,
            status: head.status,
            totals,
            salvaged: json.salvaged(),
            attempts: head.extensions.get().map_or(1, |attempts: &Attempts| attempts.made),
            redirects: head.extensions.remove().map(|Redirects(hops)| hops).unwrap_or_default(),
            headers: head.headers,
        })
    }

    /// Whether it deletes for good. Of other APIs, some give back what was in the trash before it was deleted.
    fn is_forced(&self) -> bool {
        self.method == Method::DELETE
            && self.query.get("force") == Some("true")
            && self.route.as_ref().is_some_and(|route| route.as_str().starts_with("/wp/v2/"))
    }

    /// The error of a response that is none to this request.
    fn refused(&self, refusal: Refusal, head: &response::Parts, body: &[u8]) -> Error {
        let wait = retry_after(&head.headers, self.client.site().clock().now());
        let upload = UploadRefusal::of(&refusal, &self.headers, body);
        let scheme = match &self.credentials {
            Some(CredentialPolicy::Of(identity)) => Some(identity.scheme().kind()),
            Some(CredentialPolicy::Anonymous) => None,
            _ => self.client.maybe_identity().map(|identity| identity.scheme().kind()),
        };
        let sent = Sent::of(self.method.clone(), &self.headers, &self.query, scheme);
        let error = Error::from(refusal).responded(wait, &head.headers, &head.extensions).sent(sent);
        // WordPress has the file where it names it.
        let upload = upload.filter(|_| error.attachment_id().is_none());
        error.refusing_upload(upload).hiding(&self.carried(&head.extensions))
    }
}

/// What an error says of its request.
pub(crate) struct ErrorContext {
    client: Client,
    method: Method,
    route: Option<Route>,
    writes: bool,
}

impl ErrorContext {
    /// The error of this request. Its address is made here, since most requests need none.
    pub(crate) fn error(&self, error: impl Into<Error>) -> Error {
        let error = error.into().writing(self.writes).of(&self.method, shown(self.route.as_ref()));
        let root = self.client.site().root();
        let url = self.route.as_ref().and_then(|route| root.uri(route, &Query::new()).ok());
        url.into_iter().fold(error, |error, url| error.at(url.to_string()))
    }
}

/// A header for requests to this site. Which ones are secret is decided by the name.
pub(crate) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), RequestError> {
    let wrong = |reason| RequestError::Header { name: name.to_owned(), reason };
    let name: HeaderName = name.parse().map_err(|_| wrong("it is not a valid header name"))?;
    if headers::is_set_by_transport(&name) {
        return Err(wrong("the transport sets it"));
    }
    let mut value: HeaderValue =
        value.parse().map_err(|_| wrong("its value holds a character that no header can"))?;
    value.set_sensitive(headers::is_secret(&name));
    Ok((name, value))
}

impl<T: DeserializeOwned + 'static> IntoFuture for Request<T> {
    type Output = Result<T>;
    type IntoFuture = BoxFuture<'static, Result<T>>;

    fn into_future(self) -> Self::IntoFuture {
        self.exchange().map(|reply| reply.map(|reply| reply.body)).boxed()
    }
}

/// Shows no header, no query value and no body.
impl<T> fmt::Debug for Request<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { method, route, query, headers, body, credentials, timeout, .. } = &self.parts;
        f.debug_struct("Request")
            .field("method", method)
            .field("route", route)
            .field("query", query)
            .field("headers", &headers.keys().collect::<Vec<_>>())
            .field("body", body)
            .field("credentials", credentials)
            .field("timeout", timeout)
            .finish_non_exhaustive()
    }
}

/// A [`Request`] that gives the whole [`Reply`].
#[derive(Debug)]
#[must_use = "a request is sent by awaiting it"]
pub struct ReplyRequest<T>(Request<T>);

impl<T: DeserializeOwned + 'static> IntoFuture for ReplyRequest<T> {
    type Output = Result<Reply<T>>;
    type IntoFuture = BoxFuture<'static, Result<Reply<T>>>;

    fn into_future(self) -> Self::IntoFuture {
        self.0.exchange().boxed()
    }
}
