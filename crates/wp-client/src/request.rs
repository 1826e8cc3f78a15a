//! A request: a builder that is sent by awaiting it.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wp_auth::{CredentialPolicy, Identity};
use wp_core::extensions::{self, Redirects, Retryable, Timeout};
use wp_core::response::read_for;
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
    client: Client,
    method: Method,
    /// As asked for; shown in errors.
    path: String,
    query: Query,
    headers: HeaderMap,
    body: Body,
    credentials: Option<CredentialPolicy>,
    timeout: Option<Duration>,
    repeat: Option<Retryable>,
    reading: Reading,
    fault: Option<RequestError>,
    gives: PhantomData<fn() -> T>,
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
    pub(crate) fn new(client: &Client, method: Method, route: &str) -> Self {
        let (path, query, fault) = match client.site().root().route_of(route) {
            Ok(Some((route, query))) => (route.to_string(), query, None),
            Ok(None) => {
                let (path, query) = route.split_once('?').unwrap_or((route, ""));
                (path.to_owned(), Query::parse(query), None)
            }
            Err(error) => ("(another address)".to_owned(), Query::new(), Some(error)),
        };
        Self {
            client: client.clone(),
            method,
            path,
            query,
            headers: HeaderMap::new(),
            body: Body::empty(),
            credentials: None,
            timeout: None,
            repeat: None,
            reading: Reading::Lenient,
            fault,
            gives: PhantomData,
        }
    }

    /// A request to one item of a collection.
    pub(crate) fn item(client: &Client, method: Method, route: &str, id: impl fmt::Display) -> Self {
        match Route::new(route).and_then(|route| route.join(id)) {
            Ok(route) => Self::new(client, method, route.as_str()),
            Err(error) => Self::new(client, method, route).failing(error),
        }
    }

    /// Adds a query parameter, in PHP's notation: a list becomes `name[]=…`, a map `name[key]=…`.
    pub fn query(mut self, name: &str, value: impl Serialize) -> Self {
        match self.query.push(name, value) {
            Ok(()) => self,
            Err(error) => self.failing(error),
        }
    }

    /// Adds every field of a struct, or every entry of a map, as a query parameter.
    pub fn queries(mut self, fields: impl Serialize) -> Self {
        match self.query.extend(fields) {
            Ok(()) => self,
            Err(error) => self.failing(error),
        }
    }

    /// Sets a query parameter, in place of an earlier one.
    pub(crate) fn set(mut self, name: &str, value: impl Serialize) -> Self {
        match self.query.set(name, value) {
            Ok(()) => self,
            Err(error) => self.failing(error),
        }
    }

    /// Sends `body` as JSON.
    pub fn json(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(body) {
            Ok(json) => self.body("application/json", json),
            Err(error) => {
                self.fault.get_or_insert(RequestError::Json(error));
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
        self.body = body.into();
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
                    self.credentials = Some(CredentialPolicy::Anonymous);
                }
                self.headers.insert(name, value);
                self
            }
            Err(error) => self.failing(error),
        }
    }

    /// Sends it without a credential.
    pub fn anonymous(mut self) -> Self {
        self.credentials = Some(CredentialPolicy::Anonymous);
        self
    }

    /// Sends it as somebody else. Hand over a clone of one [`Identity`] each time, so that its token
    /// is kept.
    pub fn auth(mut self, identity: impl Into<Identity>) -> Self {
        self.credentials = Some(CredentialPolicy::Of(identity.into()));
        self
    }

    /// How long it may take, from sending to the last byte of the response, with the sign-in that it needs and all
    /// its repeats.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Whether it is repeated when it fails in a way that may pass, in place of what its method says: a POST
    /// that only reads, a GET that counts.
    pub fn repeat(mut self, repeat: Retryable) -> Self {
        self.repeat = Some(repeat);
        self
    }

    /// Takes nothing for what it is not: where a value has another shape than its field, which is read all the same
    /// [otherwise](wp_core::php), it is an error that names the place. PHP's plain "none" is read.
    pub fn strict(mut self) -> Self {
        self.reading = Reading::Strict;
        self
    }

    /// Reads the response into another type, from what [PHP](wp_core::php) may have made of it.
    pub fn typed<U: DeserializeOwned>(self) -> Request<U> {
        let Self {
            client,
            method,
            path,
            query,
            headers,
            body,
            credentials,
            timeout,
            repeat,
            reading,
            fault,
            ..
        } = self;
        Request {
            client,
            method,
            path,
            query,
            headers,
            body,
            credentials,
            timeout,
            repeat,
            reading,
            fault,
            gives: PhantomData,
        }
    }

    /// Gives the whole reply: status, headers, totals and body.
    pub fn reply(mut self) -> ReplyRequest<T> {
        if matches!(self.reading, Reading::Lenient) {
            self.reading = Reading::Reported;
        }
        ReplyRequest(self)
    }

    /// The whole reply, for who has no use for a report.
    pub(crate) fn reply_unreported(self) -> ReplyRequest<T> {
        ReplyRequest(self)
    }

    pub(crate) fn failing(mut self, error: RequestError) -> Self {
        self.fault.get_or_insert(error);
        self
    }

    /// The query.
    pub(crate) fn asked(&self) -> &Query {
        &self.query
    }

    /// What an error about its response says of this request.
    pub(crate) fn error_context(&self) -> ErrorContext {
        let writes = !is_safe_request(&self.method, &self.headers, &self.query);
        ErrorContext {
            client: self.client.clone(),
            method: self.method.clone(),
            path: self.path.clone(),
            writes,
        }
    }

    /// A copy of the request of a list, which has no body.
    pub(crate) fn again(&self) -> Self {
        Self {
            client: self.client.clone(),
            method: self.method.clone(),
            path: self.path.clone(),
            query: self.query.clone(),
            headers: self.headers.clone(),
            body: Body::empty(),
            credentials: self.credentials.clone(),
            timeout: self.timeout,
            repeat: self.repeat,
            reading: self.reading,
            fault: None,
            gives: PhantomData,
        }
    }

    pub(crate) fn take_fault(&mut self) -> Option<Error> {
        let fault = self.fault.take()?;
        Some(Error::from(fault).of(&self.method, &self.path))
    }
}

impl<T: DeserializeOwned> Request<T> {
    async fn exchange(mut self) -> Result<Reply<T>> {
        if let Some(error) = self.take_fault() {
            return Err(error);
        }
        let context = self.error_context();
        self.send(&context.path).await.map_err(|error| context.error(error))
    }

    async fn send(self, path: &str) -> Result<Reply<T>> {
        let Self { client, method, query, headers, body, credentials, timeout, repeat, reading, .. } = self;
        let mut request = client.site().request(method.clone(), &Route::new(path)?, &query, body)?;
        for (name, value) in &headers {
            request.headers_mut().insert(name, value.clone());
        }
        let scheme = match &credentials {
            Some(CredentialPolicy::Of(identity)) => Some(identity.scheme().kind()),
            Some(CredentialPolicy::Anonymous) => None,
            _ => client.maybe_identity().map(|identity| identity.scheme().kind()),
        };
        if let Some(credentials) = credentials {
            request.extensions_mut().insert(credentials);
        }
        if let Some(timeout) = timeout {
            request.extensions_mut().insert(Timeout(timeout));
        }
        if let Some(repeat) = repeat {
            request.extensions_mut().insert(repeat);
        }
        // Of other APIs, some give back what was in the trash before it was deleted.
        let is_forced =
            method == Method::DELETE && query.get("force") == Some("true") && path.starts_with("/wp/v2/");
        // Those that this request adds to what the site and the credential know of.
        let own = || Secrets::of_headers(&headers).and(client.site().secrets());
        let asked = request.uri().clone();
        let response = client.transport().send(request).await;
        let (mut head, body) = response.map_err(|error| Error::from(error).hiding(&own()))?.into_parts();
        client.site().learn_from(&asked, &head.extensions);
        let carried = |extensions: &Extensions| match extensions.get() {
            Some(extensions::Sent(secrets)) => own().and(secrets),
            None => own(),
        };
        // The stack below holds the cap.
        let body = body.collect(u64::MAX).await?;
        let json = read_for(&method, head.status, &head.headers, &body).map_err(|refusal| {
            let wait = retry_after(&head.headers, client.site().clock().now());
            let upload = UploadRefusal::of(&refusal, &headers, &body);
            let sent = Sent::of(method, &headers, &query, scheme);
            let error = Error::from(refusal).responded(wait, &head.headers, &head.extensions).sent(sent);
            // WordPress has the file where it names it.
            let upload = upload.filter(|_| error.attachment_id().is_none());
            let error = error.refusing_upload(upload);
            error.hiding(&carried(&head.extensions))
        })?;
        if is_forced && query_ignored::is_trashed(&json) {
            return Err(QueryIgnored::new("force").into());
        }
        let totals = Totals::of(&head.headers);
        let decoded = match reading {
            Reading::Lenient => json.decode().map(|body| (body, Vec::new())),
            Reading::Reported => json.decode_reported().map(|decoded| (decoded.value, decoded.coercions)),
            Reading::Strict => json.decode_strict().map(|body| (body, Vec::new())),
        };
        let (body, coercions) =
            decoded.map_err(|error| Error::from(error).hiding(&carried(&head.extensions)))?;
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
}

/// What an error says of its request.
pub(crate) struct ErrorContext {
    client: Client,
    method: Method,
    path: String,
    writes: bool,
}

impl ErrorContext {
    /// The error of this request. Its address is made here, since most requests need none.
    pub(crate) fn error(&self, error: impl Into<Error>) -> Error {
        let error = error.into().writing(self.writes).of(&self.method, &self.path);
        let url =
            Route::new(&self.path).and_then(|route| self.client.site().root().uri(&route, &Query::new()));
        url.into_iter().fold(error, |error, url| error.at(url.to_string()))
    }
}

/// A header for requests to this site. Which ones are secret is decided by the name.
pub(crate) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), RequestError> {
    let wrong = |reason| RequestError::Header { name: name.to_owned(), reason };
    let name: HeaderName = name.parse().map_err(|_| wrong("it is no valid name"))?;
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
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body", &self.body)
            .field("credentials", &self.credentials)
            .field("timeout", &self.timeout)
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
