//! Many typed writes in few requests.

use std::fmt;
use std::future::IntoFuture;

use futures_util::future::{BoxFuture, join_all};
use futures_util::{FutureExt, StreamExt, stream};
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use wp_core::extensions;
use wp_core::models::BatchPart;
use wp_core::response::{Json, UnexpectedKind};
use wp_core::{ErrorCode, RequestError, Route, TransportError, TransportErrorKind};

use crate::read::parts::{self, MAX_REQUESTS, Responses};
use crate::read::{Converted, Sent};
use crate::request::ErrorContext;
use crate::session::Session;
use crate::{Client, Error, ErrorKind, Request, Result};

/// The most items that a shop takes in one batch. A plugin can change it (`woocommerce_rest_batch_items_limit`).
const MAX_ITEMS: usize = 100;

impl Client {
    /// Sends many writes in few requests, to `/batch/v1`. Each is a request as any other, and its result is typed.
    ///
    /// WordPress takes 25 requests at a time, and executes them one after the other. More are split. Where the site
    /// closes the batch (a plugin or a firewall does), the requests are sent one by one, and
    /// [`Batched::closed`] says so.
    ///
    /// Items of a resource with a batch of its own, such as the orders of a shop, are sent there: see
    /// [`BatchKind`](wp_core::BatchKind). Each has its own result, too. All items of such a resource are sent together, and a
    /// shop creates those of a batch before it updates the others: where one request needs the outcome of another, send two
    /// batches.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, titles: Vec<String>) -> wp_client::Result<()> {
    /// use wp_client::models::NewPost;
    ///
    /// let requests = titles.iter().map(|title| wp.posts().create(NewPost::titled(title)));
    /// for result in wp.batch(requests).await?.results {
    ///     match result {
    ///         Ok(post) => println!("{}", post.link),
    ///         Err(error) => eprintln!("{error}"),
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn batch<T>(&self, requests: impl IntoIterator<Item = Request<T>>) -> BatchOf<T> {
        BatchOf::new(&self.0, requests)
    }
}

/// Writes that are sent together; made by [`Client::batch`]. Awaiting it sends them.
#[must_use = "a batch is sent by awaiting it"]
pub struct BatchOf<T> {
    session: Session,
    requests: Vec<Request<T>>,
    size: Option<usize>,
    concurrency: usize,
    all_or_none: bool,
    /// Whether the site is known to close the batch.
    is_closed: bool,
}

/// The results of a batch.
#[derive(Debug)]
#[non_exhaustive]
pub struct Batched<T> {
    /// The result of each request, in their order.
    pub results: Vec<Result<T>>,
    /// The error of a batch that the site closes, so that its requests were sent one by one: of `/batch/v1`, or of the batch
    /// that a resource has of its own. The first one of several.
    pub closed: Option<Error>,
}

impl<T> BatchOf<T> {
    pub(crate) fn new(session: &Session, requests: impl IntoIterator<Item = Request<T>>) -> Self {
        let requests = requests.into_iter().collect();
        let session = session.clone();
        Self { session, requests, size: None, concurrency: 1, all_or_none: false, is_closed: false }
    }

    /// Sends the requests one by one if the site is known to close the batch.
    pub(crate) fn one_by_one(self, is_closed: bool) -> Self {
        Self { is_closed, ..self }
    }

    /// The most requests in one batch. Default: WordPress's 25, a shop's 100. If the site takes fewer, they are split.
    pub fn size(self, requests: usize) -> Self {
        Self { size: Some(requests.max(1)), ..self }
    }

    /// Sends up to this many batches at a time; where the batch is closed, so many requests. Default: 1, in
    /// order, as far as they are sent to the same batch (see [`Client::batch`]).
    pub fn concurrency(self, batches: usize) -> Self {
        Self { concurrency: batches.max(1), ..self }
    }

    /// Executes none of the requests if one of them is invalid. WordPress looks at their parameters only: a request
    /// that is refused later, for example for a missing right, does not stop the others.
    ///
    /// The requests must fit into one batch, and are not sent one by one where the batch is closed. The batch of a shop has no
    /// such promise, so its items are refused.
    pub fn all_or_none(self) -> Self {
        Self { all_or_none: true, ..self }
    }
}

/// The requests that are sent together. Each is named by its place, and stays there.
struct Sending<'b, T> {
    session: &'b Session,
    requests: &'b [Request<T>],
    all_or_none: bool,
}

/// What became of some requests.
struct Outcome<'b, T> {
    /// Batches whose requests all succeeded: the places of the requests, and the items in the same order.
    succeeded: Vec<(&'b [usize], Vec<T>)>,
    /// Other results, with the places of their requests.
    done: Vec<(usize, Result<T>)>,
    /// The places of those that are to be sent alone.
    alone: Vec<usize>,
    /// The error of a batch that the site closes.
    closed: Option<Error>,
}

impl<T> Outcome<'_, T> {
    fn new() -> Self {
        Self { succeeded: Vec::new(), done: Vec::new(), alone: Vec::new(), closed: None }
    }
}

/// The response of a batch of its own: the items in the order in which they were sent, or an error in the place of one.
#[derive(Deserialize)]
struct OwnResponse {
    #[serde(default)]
    create: Vec<Value>,
    #[serde(default)]
    update: Vec<Value>,
}

/// Reads it, and keeps the credential that the request carried.
fn own_response(json: &Json, sent: &Sent<'_>) -> Converted<(OwnResponse, Option<extensions::Sent>)> {
    Ok(((json.decode()?, sent.credential.cloned()), Vec::new()))
}

/// The response to one item, as WordPress's batch would have it.
fn own_part(item: &Value) -> serde_json::Result<Option<BatchPart>> {
    let part = match item.get("error") {
        Some(error) if error.get("code").is_some() => {
            let status = error["data"]["status"].as_u64().filter(|status| (400..600).contains(status));
            json!({"status": status.unwrap_or(400), "headers": {}, "body": error})
        }
        _ => json!({"status": 200, "headers": {}, "body": item}),
    };
    serde_json::from_value(part)
}

impl<'b, T> Sending<'b, T> {
    fn at(&self, places: &'b [usize]) -> impl Iterator<Item = &'b Request<T>> + Clone {
        let requests = self.requests;
        places.iter().map(|&place| &requests[place])
    }

    /// The route of the batch of their own that these requests have.
    fn own_route(&self, places: &'b [usize]) -> Option<&'b Route> {
        self.at(places).next().and_then(Request::own_route)
    }

    /// The places of the requests for each batch of its own, and those for WordPress's.
    fn by_route(&self, places: Vec<usize>) -> Vec<Vec<usize>> {
        let mut groups: Vec<(Option<&Route>, Vec<usize>)> = Vec::new();
        for place in places {
            let route = self.requests[place].own_route();
            match groups.iter_mut().find(|(known, _)| *known == route) {
                Some((_, group)) => group.push(place),
                None => groups.push((route, vec![place])),
            }
        }
        groups.into_iter().map(|(_, group)| group).collect()
    }

    /// The JSON of a [`wp_core::models::Batch`] with these requests.
    fn batch_json(&self, places: &'b [usize]) -> serde_json::Result<Vec<u8>> {
        let opens: &[u8] = if self.all_or_none {
            br#"{"validation":"require-all-validate","requests":["#
        } else {
            br#"{"requests":["#
        };
        let length: usize = self.at(places).map(Request::length_of_part).sum();
        let mut json = Vec::with_capacity(opens.len() + length + 2);
        json.extend_from_slice(opens);
        for (number, request) in self.at(places).enumerate() {
            if number > 0 {
                json.push(b',');
            }
            request.write_part(&mut json)?;
        }
        json.extend_from_slice(b"]}");
        Ok(json)
    }

    /// The JSON of the requests for a batch of their own.
    fn own_json(&self, places: &'b [usize]) -> Vec<u8> {
        let mut json = Vec::from(b"{");
        for (name, changes) in [("create", false), ("update", true)] {
            let opens = if changes { format!(",\"{name}\":[") } else { format!("\"{name}\":[") };
            json.extend_from_slice(opens.as_bytes());
            for (number, request) in self.at(places).filter(|it| it.is_change() == changes).enumerate() {
                if number > 0 {
                    json.push(b',');
                }
                request.write_own(&mut json);
            }
            json.push(b']');
        }
        json.push(b'}');
        json
    }
}

impl<T: Send + 'static> BatchOf<T> {
    async fn execute(self) -> Result<Batched<T>> {
        let Self { session, mut requests, size, concurrency, all_or_none, is_closed } = self;
        if all_or_none && requests.len() > size.unwrap_or(MAX_REQUESTS) {
            return Err(RequestError::Batch("there are more requests than one batch takes").into());
        }
        // A result is large, so it is moved to its place and not with others.
        let mut results: Vec<Option<Result<T>>> = Vec::new();
        results.resize_with(requests.len(), || None);
        let mut places = Vec::with_capacity(requests.len());
        for (place, request) in requests.iter_mut().enumerate() {
            match request.check_part(&session) {
                Ok(()) if all_or_none && request.own_route().is_some() => {
                    return Err(refused(
                        request,
                        "the batch of this resource executes each request by itself",
                    ));
                }
                Ok(()) => places.push(place),
                Err(error) if all_or_none => return Err(error),
                Err(error) => results[place] = Some(Err(error)),
            }
        }
        let sending = Sending { session: &session, requests: &requests, all_or_none };
        let groups = sending.by_route(places);
        let mut chunks = groups.iter().flat_map(|group| {
            let most = if sending.own_route(group).is_some() { MAX_ITEMS } else { MAX_REQUESTS };
            group.chunks(size.unwrap_or(most))
        });
        let (mut closed, mut closed_routes, mut alone) = (None, Vec::new(), Vec::new());
        loop {
            // Once the batch of a route is closed, no other is tried there.
            let now: Vec<_> = chunks.by_ref().take(concurrency).collect();
            if now.is_empty() {
                break;
            }
            let (no_batch, now): (Vec<_>, Vec<_>) = now
                .into_iter()
                .partition(|chunk| is_closed || closed_routes.contains(&sending.own_route(chunk)));
            alone.extend(no_batch.into_iter().flatten());
            let sent = join_all(now.iter().map(|chunk| sending.send(chunk))).await;
            for (chunk, outcome) in now.into_iter().zip(sent) {
                if let Some(refusal) = outcome.closed {
                    if all_or_none {
                        return Err(refusal);
                    }
                    closed_routes.push(sending.own_route(chunk));
                    closed.get_or_insert(refusal);
                }
                for (places, items) in outcome.succeeded {
                    for (&place, item) in places.iter().zip(items) {
                        results[place] = Some(Ok(item));
                    }
                }
                for (place, result) in outcome.done {
                    results[place] = Some(result);
                }
                alone.extend(outcome.alone);
            }
        }
        if !alone.is_empty() {
            alone.sort_unstable();
            let mut alone = alone.into_iter().peekable();
            let requests = requests.into_iter().enumerate();
            let requests = requests.filter(|(place, _)| alone.next_if_eq(place).is_some());
            let sent = requests.map(|(place, request)| async move { (place, request.await) });
            let mut sent = stream::iter(sent).buffer_unordered(concurrency);
            while let Some((place, result)) = sent.next().await {
                results[place] = Some(result);
            }
        }
        // Each request has a result by now, so none is missing behind the first one that is.
        Ok(Batched { results: results.into_iter().map_while(|result| result).collect(), closed })
    }
}

impl<T: Send + 'static> Sending<'_, T> {
    /// Sends these requests to WordPress's batch.
    async fn send_together(&self, places: &[usize]) -> Result<Responses<T>> {
        let are_resources = self.at(places).all(|request| request.items().is_some());
        let read = self.at(places).next().and_then(Request::items).filter(|_| are_resources);
        let request = Request::<Value>::at(self.session, Method::POST, Route::from_static("/batch/v1"));
        let request = match self.batch_json(places) {
            Ok(json) => request.body("application/json", json),
            Err(error) => request.failing(RequestError::Json(error)),
        };
        request.read_by(read.unwrap_or(parts::parts)).await
    }

    /// Sends these requests to the batch of their own, and returns the responses in their order.
    async fn send_own(&self, route: &Route, places: &[usize]) -> Result<Responses<T>> {
        let request = Request::<OwnResponse>::at(self.session, Method::POST, Ok(route.clone()));
        let request = request.body("application/json", self.own_json(places)).read_by(own_response);
        let context = request.error_context();
        let (OwnResponse { create, update }, credential) = request.await?;
        let count = create.len() + update.len();
        let (mut created, mut updated) = (create.iter(), update.iter());
        let mut parts = Vec::with_capacity(places.len());
        for request in self.at(places) {
            let responses = if request.is_change() { &mut updated } else { &mut created };
            parts.extend(responses.next().map(own_part));
        }
        if (parts.len(), count) != (places.len(), places.len()) {
            let detail = format!("the batch has {count} responses for {} requests", places.len());
            return Err(context.error(TransportError::new(TransportErrorKind::Protocol).detail(detail)));
        }
        parts
            .into_iter()
            .collect::<serde_json::Result<_>>()
            .map(|parts| Responses::Parts(parts, credential))
            .map_err(|error| context.error(RequestError::Json(error)))
    }

    /// Sends these requests, in halves if the site takes fewer.
    fn send<'s>(&'s self, places: &'s [usize]) -> BoxFuture<'s, Outcome<'s, T>> {
        async move {
            let at = |&place: &usize| (place, &self.requests[place]);
            let all_or_none = self.all_or_none;
            let sent = match self.own_route(places) {
                Some(route) => self.send_own(route, places).await,
                None => self.send_together(places).await,
            };
            let mut outcome = Outcome::new();
            let (parts, credential) = match sent {
                Ok(Responses::Items(items)) => {
                    let missing = places.iter().map(at).skip(items.len());
                    outcome.done.extend(missing.map(|(place, request)| (place, Err(no_response(request)))));
                    outcome.succeeded.push((places, items));
                    return outcome;
                }
                Ok(Responses::Parts(parts, credential)) => (parts, credential),
                Err(error) if is_too_many(&error) && places.len() > 1 && !all_or_none => {
                    let (first, second) = places.split_at(places.len() / 2);
                    let mut first = self.send(first).await;
                    let second = self.send(second).await;
                    first.succeeded.extend(second.succeeded);
                    first.done.extend(second.done);
                    first.alone.extend(second.alone);
                    first.closed = first.closed.or(second.closed);
                    return first;
                }
                Err(error) if is_closed(&error) && !self.may_be_executed(places, &error).await => {
                    return Outcome { alone: places.to_vec(), closed: Some(error), ..outcome };
                }
                Err(error) => {
                    let failed = if is_closed(&error) { in_doubt } else { failed_in_batch };
                    let failed = places.iter().map(at).map(|(place, it)| (place, Err(failed(it, &error))));
                    outcome.done.extend(failed);
                    return outcome;
                }
            };
            let mut parts = parts.into_iter();
            for (place, request) in places.iter().map(at) {
                let result = match parts.next() {
                    Some(Some(part)) if is_not_allowed(&part) && !all_or_none => {
                        outcome.alone.push(place);
                        continue;
                    }
                    Some(Some(part)) => request.read_part(&part, credential.as_ref()),
                    Some(None) => Err(refused(request, "another request is invalid")),
                    None => Err(no_response(request)),
                };
                outcome.done.push((place, result));
            }
            outcome
        }
        .boxed()
    }

    /// Whether requests of a refused batch may have been executed: a firewall may refuse the response. Then it passes that of
    /// a batch without requests. What WordPress itself refuses was not executed.
    async fn may_be_executed(&self, places: &[usize], error: &Error) -> bool {
        if error.api_error().is_some() {
            return false;
        }
        let probe = Self { all_or_none: false, ..*self };
        let sent = match self.own_route(places) {
            Some(route) => probe.send_own(route, &[]).await,
            None => probe.send_together(&[]).await,
        };
        sent.map_or_else(|error| !is_closed(&error), |_| true)
    }
}

fn refused<T>(request: &Request<T>, reason: &'static str) -> Error {
    request.error_context().error(RequestError::Batch(reason))
}

/// Whether the route takes no part in batches, as that of users.
fn is_not_allowed(part: &BatchPart) -> bool {
    part.body.get("code").is_some_and(|code| code == "rest_batch_not_allowed")
}

fn no_response<T>(request: &Request<T>) -> Error {
    let lost = TransportError::new(TransportErrorKind::Protocol).detail("the batch has no response for it");
    request.error_context().error(lost)
}

/// The error of a request whose batch failed as a whole.
fn failed_in_batch<T>(request: &Request<T>, error: &Error) -> Error {
    failed_with(&request.error_context(), format_args!("the batch failed"), error)
}

/// The error of a request whose batch may have been executed, although its response was refused.
fn in_doubt<T>(request: &Request<T>, error: &Error) -> Error {
    let failed = TransportError::new(TransportErrorKind::Other);
    let detail = format!("the batch may have been executed, since one without requests passes: {error}");
    request.error_context().error(failed.detail(detail).sent())
}

/// The error of a request that failed with another one, which was for several.
pub(crate) fn failed_with(context: &ErrorContext, what: fmt::Arguments<'_>, error: &Error) -> Error {
    let kind = match error.kind() {
        ErrorKind::Decode(error) => return context.error(error.clone()),
        ErrorKind::Transport(error) => error.kind(),
        _ => TransportErrorKind::Other,
    };
    let failed = TransportError::new(kind).detail(format!("{what}: {error}"));
    let failed = if error.may_have_happened() { failed } else { failed.not_sent() };
    let failed = if error.is_retryable() { failed.transient() } else { failed };
    context.error(failed).retried_after(error.retry_after())
}

/// Whether the site takes fewer requests in one batch. A shop responds with 413, and so does a server whose limit is in bytes.
fn is_too_many(error: &Error) -> bool {
    error.is_too_large()
        || error.code() == Some(&ErrorCode::INVALID_PARAM)
            && error.api_error().is_some_and(|error| error.params().any(|param| param.name == "requests"))
}

/// Whether the site has no batch, or a plugin or a firewall closes it. Where [`Sending::may_be_executed`] says so as well, nothing
/// was executed.
fn is_closed(error: &Error) -> bool {
    if let ErrorKind::Unexpected(response) = error.kind()
        && matches!(response.kind(), UnexpectedKind::Firewall | UnexpectedKind::Challenge)
    {
        return true;
    }
    // A refused credential is refused for each request, too, and some plugins count that.
    error.auth_kind().is_none()
        && error.status().is_some_and(|status| {
            matches!(
                status,
                StatusCode::UNAUTHORIZED
                    | StatusCode::FORBIDDEN
                    | StatusCode::NOT_FOUND
                    | StatusCode::METHOD_NOT_ALLOWED
                    | StatusCode::NOT_ACCEPTABLE
                    | StatusCode::NOT_IMPLEMENTED
            )
        })
}

impl<T: Send + 'static> IntoFuture for BatchOf<T> {
    type Output = Result<Batched<T>>;
    type IntoFuture = BoxFuture<'static, Result<Batched<T>>>;

    fn into_future(self) -> Self::IntoFuture {
        self.execute().boxed()
    }
}

impl<T> fmt::Debug for BatchOf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchOf")
            .field("requests", &self.requests.len())
            .field("size", &self.size)
            .field("concurrency", &self.concurrency)
            .field("all_or_none", &self.all_or_none)
            .finish_non_exhaustive()
    }
}
