//! The request builder, which is sent by awaiting it.

pub(crate) mod part;
mod reader;

use std::fmt;
use std::future::IntoFuture;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wp_auth::{CredentialPolicy, Identity};
use wp_core::extensions::{self, Retryable, Timeout};
use wp_core::layer::{Layer as _, ReusableRequest};
use wp_core::models::Embeds;
use wp_core::response::{Refusal, read_for};
use wp_core::retry::is_safe_request;
use wp_core::{
    Body, ErrorCode, Multipart, Query, RequestError, Resource, Route, Secrets, http_date, retry_after,
};

use crate::error::{hint, query_ignored};
use crate::header::header;
use crate::read::parts::Responses;
use crate::read::saved::{Saved, saved};
use crate::read::with::{With, value_with};
use crate::read::{self, Coercions, Read, Sent, select};
use crate::session::Session;
use crate::{Error, QueryIgnored, Reply, Result, UploadRefusal};

/// How a zip archive begins.
const ZIP: &[u8] = b"PK\x03\x04";

/// A request builder. Awaiting it sends the request and returns a `T`, decoded from the response.
///
/// ```no_run
/// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
/// use std::time::Duration;
///
/// let stats = wp
///     .get("/my-plugin/v1/stats")
///     .query("year", 2026)
///     .timeout(Duration::from_secs(10))
///     .await?;
/// println!("{}", stats["visits"]);
/// # Ok(()) }
/// ```
///
/// No builder method fails. An invalid argument (a header that HTTP forbids, a query value that cannot be encoded) is
/// returned as an error when the request is awaited, and nothing is sent.
#[must_use = "a request is sent by awaiting it"]
pub struct Request<T> {
    parts: Parts,
    read: Read<T>,
    instead: Instead<T>,
    /// How the items of a batch of such requests are read.
    items: Option<Read<Responses<T>>>,
}

/// The result for a response that holds no item.
enum Instead<T> {
    /// An error.
    Error,
    /// This, if the item does not exist.
    Missing(fn() -> T),
    /// This, if the response is a zip archive.
    Zip(fn(Bytes) -> T),
}

impl<T> Clone for Instead<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Instead<T> {}

/// The request without the type of its response.
struct Parts {
    session: Session,
    method: Method,
    /// `None` if the route is invalid; `fault` holds the error.
    route: Option<Route>,
    query: Query,
    /// All but the `content-type`, which nearly every request with a body has, and often alone.
    headers: HeaderMap,
    content_type: Option<HeaderValue>,
    body: Body,
    credentials: Option<CredentialPolicy>,
    timeout: Option<Duration>,
    retryable: Option<Retryable>,
    coercions: Coercions,
    fault: Option<RequestError>,
    /// Whether the response is compared with the body.
    is_checked: bool,
    /// Whether the items of a list are read with their stamps.
    stamps: bool,
    /// The batch of its own that the resource has.
    own_batch: Option<part::OwnBatch>,
}

impl<T: DeserializeOwned> Request<T> {
    /// A request to a route or to a URL of the site's API, as the caller wrote it.
    pub(crate) fn new(session: &Session, method: Method, route: &str) -> Self {
        let (route, query) = match session.site().root().route_of(route) {
            Ok(Some((route, query))) => (Ok(route), query),
            Ok(None) => {
                let (path, query) = route.split_once('?').unwrap_or((route, ""));
                (Route::new(path), Query::parse(query))
            }
            Err(error) => (Err(error), Query::new()),
        };
        Self::to(session, method, route, query)
    }

    /// A request to a route of the API.
    pub(crate) fn at(session: &Session, method: Method, route: Result<Route, RequestError>) -> Self {
        Self::to(session, method, route, Query::new())
    }

    fn to(session: &Session, method: Method, route: Result<Route, RequestError>, query: Query) -> Self {
        let (route, fault) = match route {
            Ok(route) => (Some(route), None),
            Err(error) => (None, Some(error)),
        };
        let parts = Parts {
            session: session.clone(),
            method,
            route,
            query,
            headers: HeaderMap::new(),
            content_type: None,
            body: Body::empty(),
            credentials: None,
            timeout: None,
            retryable: None,
            coercions: Coercions::Allowed,
            fault,
            is_checked: false,
            stamps: false,
            own_batch: None,
        };
        Self { parts, read: read::value, instead: Instead::Error, items: None }
    }
}

impl<T> Request<T> {
    /// The same request, whose response is read by another function.
    pub(crate) fn read_by<U>(self, read: Read<U>) -> Request<U> {
        Request { parts: self.parts, read, instead: Instead::Error, items: None }
    }

    /// The same request, whose response is a zip archive.
    pub(crate) fn zip(self) -> Request<Bytes> {
        Request { parts: self.parts, read: read::no_file, instead: Instead::Zip(|file| file), items: None }
    }

    /// The same request, with `None` for an item that does not exist.
    pub(crate) fn optional(self) -> Request<Option<T>>
    where
        T: DeserializeOwned,
    {
        Request { parts: self.parts, read: read::present, instead: Instead::Missing(|| None), items: None }
    }

    /// Adds a query parameter, in PHP's notation: a list becomes `name[]=…`, a map `name[key]=…`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let posts = wp.get("/wp/v2/posts").query("include", [3, 4]).query("_fields", "id,title").await?;
    /// println!("{}", posts[0]["title"]["rendered"]);
    /// # Ok(()) }
    /// ```
    pub fn query(mut self, name: &str, value: impl Serialize) -> Self {
        match self.parts.query.push(name, value) {
            Ok(()) => self,
            Err(error) => self.failing(error),
        }
    }

    /// Adds every field of a struct, or every entry of a map, as a query parameter.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use std::collections::BTreeMap;
    ///
    /// let filters = BTreeMap::from([("status", "draft"), ("orderby", "modified")]);
    /// let drafts = wp.get("/wp/v2/posts").queries(filters).await?;
    /// println!("{} drafts", drafts.as_array().map_or(0, Vec::len));
    /// # Ok(()) }
    /// ```
    pub fn queries(mut self, fields: impl Serialize) -> Self {
        match self.parts.query.extend(fields) {
            Ok(()) => self,
            Err(error) => self.failing(error),
        }
    }

    /// Sets a query parameter and replaces an earlier value.
    pub(crate) fn set(mut self, name: &str, value: impl Serialize) -> Self {
        match self.parts.query.set(name, value) {
            Ok(()) => self,
            Err(error) => self.failing(error),
        }
    }

    /// Sets the body to `body` as JSON, with the `content-type` `application/json`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use serde_json::json;
    ///
    /// wp.post("/wp/v2/settings").json(&json!({ "title": "My site" })).await?;
    /// # Ok(()) }
    /// ```
    pub fn json(self, body: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(body) {
            Ok(json) => self.body_of_type(HeaderValue::from_static("application/json"), json),
            Err(error) => self.failing(RequestError::Json(error)),
        }
    }

    /// Sets the body to `fields` as a form (`application/x-www-form-urlencoded`), in PHP's notation.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use std::collections::BTreeMap;
    ///
    /// let fields = BTreeMap::from([("name", "Ana"), ("message", "Hello")]);
    /// wp.post("/contact-form/v1/submit").form(fields).await?;
    /// # Ok(()) }
    /// ```
    pub fn form(self, fields: impl Serialize) -> Self {
        let mut form = Query::new();
        match form.extend(fields) {
            Ok(()) => {
                let content_type = HeaderValue::from_static("application/x-www-form-urlencoded");
                self.body_of_type(content_type, form.to_string())
            }
            Err(error) => self.failing(error),
        }
    }

    /// Sets the body to a form with files (`multipart/form-data`).
    ///
    /// For an upload to `/wp/v2/media`, WordPress reads the part named `file`. Use it where a firewall blocks a file
    /// that is the whole body.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, image: Vec<u8>) -> wp_client::Result<()> {
    /// use wp_client::Multipart;
    ///
    /// let form = Multipart::new().text("title", "Dune").file("file", "dune.jpg", "image/jpeg", image);
    /// let media = wp.post("/wp/v2/media").multipart(form).await?;
    /// println!("{}", media["source_url"]);
    /// # Ok(()) }
    /// ```
    pub fn multipart(self, form: Multipart) -> Self {
        match form.encode() {
            Ok((content_type, body)) => self.body(&content_type, body),
            Err(error) => self.failing(error),
        }
    }

    /// Sets the body and its `content-type`, and replaces an earlier body.
    ///
    /// WordPress accepts a file as the whole body at `/wp/v2/media` if a `content-disposition` header names the file:
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, image: Vec<u8>) -> wp_client::Result<()> {
    /// let media = wp
    ///     .post("/wp/v2/media")
    ///     .header("content-disposition", r#"attachment; filename="dune.jpg""#)
    ///     .body("image/jpeg", image)
    ///     .await?;
    /// println!("{}", media["source_url"]);
    /// # Ok(()) }
    /// ```
    pub fn body(mut self, content_type: &str, body: impl Into<Body>) -> Self {
        self.parts.body = body.into();
        self.header(CONTENT_TYPE.as_str(), content_type)
    }

    fn body_of_type(mut self, content_type: HeaderValue, body: impl Into<Body>) -> Self {
        self.parts.body = body.into();
        self.parts.content_type = Some(content_type);
        self
    }

    /// Sets a header, and replaces the client's default header of that name.
    ///
    /// An `authorization` header replaces the client's credential. The header in which an
    /// [`ApiKey`](crate::ApiKey) is sent cannot be overridden: the key keeps it.
    ///
    /// A header whose name marks it as [secret](wp_core::headers::is_secret), such as `x-api-key`, appears in no error and no
    /// `Debug` output, is dropped from a redirect to another origin, and is not sent over plain http to another
    /// machine. Any other header is sent wherever the request goes.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let stats = wp.get("/my-plugin/v1/stats").header("x-api-key", "k-123").await?;
    /// println!("{} visits", stats["visits"]);
    /// # Ok(()) }
    /// ```
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match header(name, value) {
            Ok((name, value)) => {
                if name == AUTHORIZATION {
                    self.parts.credentials = Some(CredentialPolicy::Anonymous);
                }
                self.parts.set_header(name, value);
                self
            }
            Err(error) => self.failing(error),
        }
    }

    /// Sends the request without a credential.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// // What visitors see: without drafts, and without private posts.
    /// let public = wp.get("/wp/v2/posts").anonymous().await?;
    /// println!("{}", public[0]["link"]);
    /// # Ok(()) }
    /// ```
    pub fn anonymous(mut self) -> Self {
        self.parts.credentials = Some(CredentialPolicy::Anonymous);
        self
    }

    /// Sends the request with another credential than the client's.
    ///
    /// Pass a clone of the same [`Identity`] each time: its clones share one cached token.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::{Identity, JwtAuth};
    ///
    /// let editor = Identity::from(JwtAuth::new("eva", "password"));
    /// let drafts = wp.get("/wp/v2/posts").query("status", "draft").auth(editor.clone()).await?;
    /// println!("{} drafts", drafts.as_array().map_or(0, Vec::len));
    /// # Ok(()) }
    /// ```
    pub fn auth(mut self, identity: impl Into<Identity>) -> Self {
        self.parts.credentials = Some(CredentialPolicy::Of(identity.into()));
        self
    }

    /// Sets the deadline for the whole call: from sending to the last byte of the response, including a sign-in and all
    /// retries. Default: no deadline for the whole call; see [`ClientBuilder::timeout`](crate::ClientBuilder::timeout)
    /// for one attempt.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use std::time::Duration;
    ///
    /// match wp.get("/wp/v2/posts").timeout(Duration::from_secs(5)).await {
    ///     Ok(posts) => println!("{}", posts[0]["link"]),
    ///     Err(error) => eprintln!("no posts: {error}"),
    /// }
    /// # Ok(()) }
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.parts.timeout = Some(timeout);
        self
    }

    /// Says whether the request may be retried after a transient failure. Default: decided by its method.
    ///
    /// Use it for a POST that only reads, or for a GET that has a side effect.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use serde_json::json;
    /// use wp_client::Retryable;
    ///
    /// let search = json!({ "words": "dune" });
    /// let hits = wp.post("/my-plugin/v1/search").json(&search).retryable(Retryable::Idempotent).await?;
    /// println!("{}", hits["total"]);
    /// # Ok(()) }
    /// ```
    pub fn retryable(mut self, retryable: Retryable) -> Self {
        self.parts.retryable = Some(retryable);
        self
    }

    /// Turns off the [conversions](wp_core::php) that are applied by default: a JSON value whose type differs from that
    /// of its field is an error that names its place. PHP's plain "no value" (such as `false` for a missing string)
    /// is still accepted.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, id: wp_client::models::PostId) -> wp_client::Result<()> {
    /// match wp.posts().get(id).strict().await {
    ///     Ok(post) => println!("{}", post.title.rendered),
    ///     Err(error) => eprintln!("{error}"), // names the field
    /// }
    /// # Ok(()) }
    /// ```
    pub fn strict(mut self) -> Self {
        self.parts.coercions = Coercions::Refused;
        self
    }

    /// Compares what was sent with what the response shows. WordPress responds with success although it ignored a field,
    /// such as a meta field that is not registered for the REST API; see [`Saved`]. It needs no further request.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::NewPost;
    ///
    /// let new = NewPost::titled("Dune").meta("isbn", "0441013597");
    /// let post = wp.posts().create(new).checked().await?;
    /// for difference in &post.differences {
    ///     eprintln!("post {}: {difference}", post.item.id); // post 7: `meta.isbn` was not saved
    /// }
    /// # Ok(()) }
    /// ```
    pub fn checked(mut self) -> Request<Saved<T>>
    where
        T: DeserializeOwned,
    {
        self.parts.is_checked = true;
        self.read_by(saved)
    }

    /// Decodes the response into `U`, with the conversions of [`wp_core::php`] for PHP's loose types.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// # use serde::Deserialize;
    /// #[derive(Deserialize)]
    /// struct Stats {
    ///     visits: u64,
    /// }
    ///
    /// let stats = wp.get("/my-plugin/v1/stats").typed::<Stats>().await?;
    /// println!("{}", stats.visits);
    /// # Ok(()) }
    /// ```
    pub fn typed<U: DeserializeOwned>(self) -> Request<U> {
        self.read_by(read::value)
    }

    /// Returns the whole [`Reply`] instead of the body alone: status, headers, totals, body, conversions.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, id: wp_client::models::PostId) -> wp_client::Result<()> {
    /// let reply = wp.posts().get(id).reply().await?;
    /// println!("{} after {} attempts", reply.status, reply.attempts);
    /// println!("{}", reply.body.title.rendered);
    /// # Ok(()) }
    /// ```
    pub fn reply(mut self) -> ReplyRequest<T> {
        if matches!(self.parts.coercions, Coercions::Allowed) {
            self.parts.coercions = Coercions::Reported;
        }
        ReplyRequest(self)
    }

    /// The whole reply without the report of conversions.
    pub(crate) fn reply_unreported(self) -> ReplyRequest<T> {
        ReplyRequest(self)
    }

    /// Sets a header that is not secret.
    pub(crate) fn set_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.parts.set_header(name, value);
        self
    }

    pub(crate) fn failing(mut self, error: RequestError) -> Self {
        self.parts.fault.get_or_insert(error);
        self
    }

    /// The same request of a list, whose items are read with their stamps.
    pub(crate) fn stamped(mut self) -> Self {
        self.parts.stamps = true;
        self
    }

    /// The request for one item below the route of this list, with the same credential and headers.
    pub(crate) fn item<U: DeserializeOwned>(&self, key: impl fmt::Display) -> Request<Option<U>> {
        let mut parts = self.again().parts;
        let route = parts.route.take().map(|route| route.join(key));
        match route.transpose() {
            Ok(route) => parts.route = route,
            Err(error) => parts.fault = Some(error),
        }
        (parts.query, parts.stamps) = (Query::new(), false);
        Request { parts, read: read::present, instead: Instead::Missing(|| None), items: None }
    }

    /// The same request with this query.
    pub(crate) fn with_query(mut self, query: Query) -> Self {
        self.parts.query = query;
        self
    }

    /// The time of the server at the response with these headers.
    pub(crate) fn server_time(&self, headers: &HeaderMap) -> Option<SystemTime> {
        let date = headers.get(http::header::DATE)?.to_str().ok()?;
        http_date(date, self.parts.session.site().clock().now())
    }

    /// The query.
    pub(crate) fn asked(&self) -> &Query {
        &self.parts.query
    }

    /// The route, as an error shows it.
    pub(crate) fn route_text(&self) -> &str {
        shown(self.parts.route.as_ref())
    }

    /// The properties of this request that an error names.
    pub(crate) fn error_context(&self) -> ErrorContext {
        self.parts.error_context()
    }

    /// A copy for the next page of a list. The copy has no body.
    pub(crate) fn again(&self) -> Self {
        let Parts {
            session,
            method,
            route,
            query,
            headers,
            content_type,
            credentials,
            timeout,
            retryable,
            coercions,
            stamps,
            ..
        } = &self.parts;
        let parts = Parts {
            session: session.clone(),
            method: method.clone(),
            route: route.clone(),
            query: query.clone(),
            headers: headers.clone(),
            content_type: content_type.clone(),
            body: Body::empty(),
            credentials: credentials.clone(),
            timeout: *timeout,
            retryable: *retryable,
            coercions: *coercions,
            fault: None,
            is_checked: false,
            stamps: *stamps,
            own_batch: None,
        };
        Self { parts, read: self.read, instead: self.instead, items: self.items }
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

impl<R: Resource> Request<R> {
    /// Requests the item in the context `edit`: with its texts as they were written, and with the fields that only an
    /// editor may see. Default: the context `view`.
    ///
    /// The user must be allowed to edit the item. WordPress responds to others with 401 or 403
    /// `rest_forbidden_context`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, id: wp_client::models::PostId) -> wp_client::Result<()> {
    /// use wp_client::models::PostPatch;
    ///
    /// let post = wp.posts().get(id).edit().await?;
    /// let signed = format!("{}\n<!-- wp:paragraph --><p>Ana</p><!-- /wp:paragraph -->", post.content.raw);
    /// wp.posts().update(id, PostPatch::default().content(signed)).await?;
    /// # Ok(()) }
    /// ```
    pub fn edit(self) -> Request<R::Edit> {
        self.set("context", "edit").read_by(read::value)
    }

    /// Requests only the fields that `T` has. They are taken from its derived `Deserialize`; nested structs select
    /// nested fields (`title.rendered`).
    ///
    /// A type that does not name its fields gets all of them: a map, a `Value`, a tagged enum, a struct with `flatten`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, id: wp_client::models::PostId) -> wp_client::Result<()> {
    /// #[derive(serde::Deserialize)]
    /// struct Slim {
    ///     slug: String,
    ///     link: String,
    /// }
    ///
    /// let post = wp.posts().get(id).select::<Slim>().await?; // `?_fields=slug,link,id`
    /// println!("{} {}", post.slug, post.link);
    /// # Ok(()) }
    /// ```
    pub fn select<T: DeserializeOwned>(self) -> Request<T> {
        self.selecting::<R, T>().read_by(read::value)
    }

    /// Reads an `X` from the same JSON: fields that a plugin adds to the item.
    pub fn with<X: DeserializeOwned>(self) -> Request<With<R, X>> {
        self.read_by(value_with)
    }

    /// Requests the items that the item links to, in the same response: its author, featured media, terms, parent
    /// and replies. See [`Embeds`].
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, id: wp_client::models::PostId) -> wp_client::Result<()> {
    /// let post = wp.posts().get(id).embed().await?;
    /// if let Ok(Some(author)) = post.extra.author() {
    ///     println!("{} by {}", post.title.rendered, author.name);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn embed(self) -> Request<With<R, Embeds>> {
        self.set("_embed", "1").with()
    }
}

impl<T> Request<T> {
    /// Requests only the fields of a `U`, and the key of the resource `R`.
    pub(crate) fn selecting<R: Resource, U: DeserializeOwned>(self) -> Self {
        match select::parameter::<R, U>() {
            Some((fields, true)) => self.set("_fields", fields).set("_embed", "1"),
            Some((fields, false)) => self.set("_fields", fields),
            None => self,
        }
    }
}

/// The route as an error shows it.
fn shown(route: Option<&Route>) -> &str {
    route.map_or("(no route of the API)", Route::as_str)
}

impl<T> Request<T> {
    async fn exchange(mut self) -> Result<Reply<T>> {
        if let Some(error) = self.take_fault() {
            return Err(error);
        }
        let (read, instead) = (self.read, self.instead);
        match self.parts.send(read, instead).await {
            Ok(reply) => Ok(reply),
            Err(error) => Err(self.parts.error_context().error(error)),
        }
    }
}

impl Parts {
    fn set_header(&mut self, name: HeaderName, value: HeaderValue) {
        if name == CONTENT_TYPE {
            self.content_type = Some(value);
        } else {
            self.headers.insert(name, value);
        }
    }

    /// The headers with the `content-type`.
    fn all_headers(&self) -> HeaderMap {
        let mut headers = self.headers.clone();
        headers.extend(self.content_type.clone().map(|value| (CONTENT_TYPE, value)));
        headers
    }

    fn error_context(&self) -> ErrorContext {
        let writes = !is_safe_request(&self.method, &self.headers, &self.query);
        let (session, method, route) = (self.session.clone(), self.method.clone(), self.route.clone());
        ErrorContext { session, method, route, writes }
    }

    /// Whose credential is sent.
    fn identity(&self) -> Option<&Identity> {
        match &self.credentials {
            Some(CredentialPolicy::Of(identity)) => Some(identity),
            Some(CredentialPolicy::Anonymous) => None,
            _ => self.session.identity(),
        }
    }

    /// The secrets in this request's own headers, and those of the site.
    fn secrets(&self) -> Secrets {
        Secrets::of_headers(&self.headers).and(self.session.site().secrets())
    }

    /// All secrets that the request carried, including the credential if one was sent.
    fn carried(&self, sent: Option<&extensions::Sent>) -> Secrets {
        match sent {
            Some(sent) => self.secrets().and(&sent.secrets),
            None => self.secrets(),
        }
    }

    /// Builds the request for the stack. It takes the body out of `self`.
    fn build(&mut self) -> Result<ReusableRequest> {
        let Some(route) = &self.route else {
            return Err(RequestError::Route { route: String::new(), reason: "it is missing" }.into());
        };
        let body = std::mem::take(&mut self.body);
        let mut request =
            self.session.site().reusable_request(self.method.clone(), route, &self.query, body)?;
        if let Some(content_type) = &self.content_type {
            request.headers_mut().insert(CONTENT_TYPE, content_type.clone());
        }
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

    async fn send<T>(&mut self, read: Read<T>, instead: Instead<T>) -> Result<Reply<T>> {
        let checked = self.body.as_bytes().filter(|_| self.is_checked).cloned();
        let mut request = self.build()?;
        let response = self.session.stack().forward(&mut request).await;
        let hiding = |error| Error::from(error).hiding(&self.carried(request.sent.as_ref()));
        let (head, body) = response.map_err(hiding)?.into_parts();
        self.session.site().learn_from(request.uri(), &head.extensions);
        // The stack below already limits the size.
        let body = body.collect(u64::MAX).await?;
        self.read((head, &body), request.sent.as_ref(), checked.as_ref(), read, instead)
    }

    /// Reads a response. `checked` is the JSON of the request, if it is compared with the response.
    fn read<T>(
        &self,
        (head, body): (response::Parts, &Bytes),
        sent: Option<&extensions::Sent>,
        checked: Option<&Bytes>,
        read: Read<T>,
        instead: Instead<T>,
    ) -> Result<Reply<T>> {
        if let Instead::Zip(read) = instead
            && head.status.is_success()
            && body.starts_with(ZIP)
        {
            return Ok(Reply::new(read(body.clone()), Vec::new(), None, head));
        }
        let json = match read_for(&self.method, head.status, &head.headers, body) {
            Ok(json) => json,
            Err(refusal) => {
                let error = self.refused(refusal, &head, body, sent);
                return match instead {
                    Instead::Missing(missing)
                        if error.is_not_found() && error.code() != Some(&ErrorCode::NO_ROUTE) =>
                    {
                        Ok(Reply::new(missing(), Vec::new(), None, head))
                    }
                    _ => Err(error),
                };
            }
        };
        if self.is_forced() && query_ignored::is_trashed(&json) {
            return Err(QueryIgnored::new("force").into());
        }
        let Self { coercions, query, stamps, .. } = self;
        let known = Sent { coercions: *coercions, query, json: checked, stamps: *stamps, credential: sent };
        let (body, coercions) =
            read(&json, &known).map_err(|error| Error::from(error).hiding(&self.carried(sent)))?;
        Ok(Reply::new(body, coercions, json.salvaged(), head))
    }

    /// Whether the request deletes permanently. Only for `/wp/v2/`: some other APIs return the trashed item as it was
    /// before it was deleted.
    fn is_forced(&self) -> bool {
        self.method == Method::DELETE
            && self.query.get("force") == Some("true")
            && self.route.as_ref().is_some_and(|route| route.as_str().starts_with("/wp/v2/"))
    }

    /// The error for a response that the API did not send, or that reports a failure.
    fn refused(
        &self,
        refusal: Refusal,
        head: &response::Parts,
        body: &[u8],
        credential: Option<&extensions::Sent>,
    ) -> Error {
        let wait = retry_after(&head.headers, self.session.site().clock().now());
        let headers = self.all_headers();
        let upload = UploadRefusal::of(&refusal, &headers, body);
        let scheme = self.identity().map(|identity| identity.scheme().kind());
        let sent = hint::Sent::of(self.method.clone(), &headers, &self.query, scheme);
        let error = Error::from(refusal)
            .responded(wait, &head.headers, &head.extensions)
            .used(credential.map(|credential| credential.token_use))
            .sent(sent);
        // A response with an attachment id means that WordPress stored the file.
        let upload = upload.filter(|_| error.attachment_id().is_none());
        error.refusing_upload(upload).hiding(&self.carried(credential))
    }
}

/// The properties of a request that its error names.
pub(crate) struct ErrorContext {
    session: Session,
    method: Method,
    route: Option<Route>,
    writes: bool,
}

impl ErrorContext {
    /// The error of this request. The URL is built only here because most requests need none.
    pub(crate) fn error(&self, error: impl Into<Error>) -> Error {
        let error = error.into().writing(self.writes).of(&self.method, shown(self.route.as_ref()));
        let root = self.session.site().root();
        let url = self.route.as_ref().and_then(|route| root.uri(route, &Query::new()).ok());
        url.into_iter().fold(error, |error, url| error.at(url.to_string()))
    }
}

impl<T: Send + 'static> Request<T> {
    /// Sends the request: the future that awaiting it makes, for a function that takes a future.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use futures_util::future::try_join_all;
    ///
    /// let routes = ["/wp/v2/types", "/wp/v2/statuses"];
    /// let values = try_join_all(routes.map(|route| wp.get(route).send())).await?;
    /// println!("{} and {}", values[0]["post"]["name"], values[1]["publish"]["name"]);
    /// # Ok(()) }
    /// ```
    pub fn send(self) -> <Self as IntoFuture>::IntoFuture {
        self.into_future()
    }
}

impl<T: Send + 'static> IntoFuture for Request<T> {
    type Output = Result<T>;
    type IntoFuture = BoxFuture<'static, Result<T>>;

    fn into_future(self) -> Self::IntoFuture {
        self.exchange().map(|reply| reply.map(|reply| reply.body)).boxed()
    }
}

/// Shows header names, but no header value, no query value and no body.
impl<T> fmt::Debug for Request<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { method, route, query, body, credentials, timeout, .. } = &self.parts;
        f.debug_struct("Request")
            .field("method", method)
            .field("route", route)
            .field("query", query)
            .field("headers", &self.parts.all_headers().keys().collect::<Vec<_>>())
            .field("body", body)
            .field("credentials", credentials)
            .field("timeout", timeout)
            .finish_non_exhaustive()
    }
}

/// A [`Request`] that returns the whole [`Reply`]; made by [`Request::reply`].
///
/// ```no_run
/// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
/// let reply = wp.get("/wp/v2/posts").reply().await?;
/// println!("{} {:?}", reply.status, reply.headers.get("link"));
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "a request is sent by awaiting it"]
pub struct ReplyRequest<T>(Request<T>);

impl<T: Send + 'static> IntoFuture for ReplyRequest<T> {
    type Output = Result<Reply<T>>;
    type IntoFuture = BoxFuture<'static, Result<Reply<T>>>;

    fn into_future(self) -> Self::IntoFuture {
        self.0.exchange().boxed()
    }
}
