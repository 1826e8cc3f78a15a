//! Many typed writes in few requests.

use std::fmt;
use std::future::IntoFuture;

use futures_util::future::{BoxFuture, join_all};
use futures_util::{FutureExt, StreamExt, stream};
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use wp_core::models::BatchPart;
use wp_core::response::UnexpectedKind;
use wp_core::{ErrorCode, RequestError, Route, TransportError, TransportErrorKind};

use crate::read::parts::{self, Responses};
use crate::request::ErrorContext;
use crate::request::part::SentPart;
use crate::session::Session;
use crate::{Client, Error, ErrorKind, Request, Result};

/// The most requests that WordPress takes in one batch. A plugin can change it (`rest_get_max_batch_size`).
pub(crate) const MAX_REQUESTS: usize = 25;
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

/// A request, and its place among all.
struct Item<T> {
    place: usize,
    request: Request<T>,
    part: SentPart,
}

/// The JSON of a [`wp_core::models::Batch`] with these requests.
fn batch_json<T>(items: &[Item<T>], all_or_none: bool) -> serde_json::Result<Vec<u8>> {
    let mut json = Vec::new();
    let opens: &[u8] = if all_or_none {
        br#"{"validation":"require-all-validate","requests":["#
    } else {
        br#"{"requests":["#
    };
    json.extend_from_slice(opens);
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            json.push(b',');
        }
        item.part.write(&mut json)?;
    }
    json.extend_from_slice(b"]}");
    Ok(json)
}

/// The items for each batch of its own, and those for WordPress's.
fn by_route<T>(items: Vec<Item<T>>) -> Vec<Vec<Item<T>>> {
    let mut groups: Vec<Vec<Item<T>>> = Vec::new();
    for item in items {
        let route = item.part.own_route();
        match groups.iter_mut().find(|group| group[0].part.own_route() == route) {
            Some(group) => group.push(item),
            None => groups.push(vec![item]),
        }
    }
    groups
}

/// The response of a batch of its own: the items in the order in which they were sent, or an error in the place of one.
#[derive(Deserialize)]
struct OwnResponse {
    #[serde(default)]
    create: Vec<Value>,
    #[serde(default)]
    update: Vec<Value>,
}

/// Sends items to the batch of their own, and returns the responses in their order.
async fn send_own<T>(session: &Session, route: &Route, items: &[Item<T>]) -> Result<Responses<T>> {
    let mut json = Vec::from(b"{");
    for (name, changes) in [("create", false), ("update", true)] {
        let opens = if changes { format!(",\"{name}\":[") } else { format!("\"{name}\":[") };
        json.extend_from_slice(opens.as_bytes());
        for (place, item) in items.iter().filter(|item| item.part.is_change() == changes).enumerate() {
            if place > 0 {
                json.push(b',');
            }
            item.part.write_own(&mut json);
        }
        json.push(b']');
    }
    json.push(b'}');
    let request = Request::<OwnResponse>::at(session, Method::POST, Ok(route.clone()));
    let request = request.body("application/json", json);
    let context = request.error_context();
    let OwnResponse { create, update } = request.await?;
    let count = create.len() + update.len();
    let (mut created, mut updated) = (create.iter(), update.iter());
    let mut parts = Vec::with_capacity(items.len());
    for item in items {
        let responses = if item.part.is_change() { &mut updated } else { &mut created };
        parts.extend(responses.next().map(own_part));
    }
    if (parts.len(), count) != (items.len(), items.len()) {
        let detail = format!("the batch has {count} responses for {} requests", items.len());
        return Err(context.error(TransportError::new(TransportErrorKind::Protocol).detail(detail)));
    }
    parts
        .into_iter()
        .collect::<serde_json::Result<_>>()
        .map(Responses::Parts)
        .map_err(|error| context.error(RequestError::Json(error)))
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

/// The outcome of an item.
enum Outcome<T> {
    Done(usize, Result<T>),
    /// The item is to be sent alone.
    Alone(Box<Item<T>>),
}

impl<T: Send + 'static> BatchOf<T> {
    async fn execute(self) -> Result<Batched<T>> {
        let Self { session, requests, size, concurrency, all_or_none, is_closed } = self;
        if all_or_none && requests.len() > size.unwrap_or(MAX_REQUESTS) {
            return Err(RequestError::Batch("there are more requests than one batch takes").into());
        }
        let mut results: Vec<Option<Result<T>>> = Vec::new();
        let mut items = Vec::new();
        for (place, mut request) in requests.into_iter().enumerate() {
            match request.as_part(&session) {
                Ok(part) if all_or_none && part.own_route().is_some() => {
                    return Err(refused(
                        &request,
                        "the batch of this resource executes each request by itself",
                    ));
                }
                Ok(part) => {
                    results.push(None);
                    items.push(Item { place, request, part });
                }
                Err(error) if all_or_none => return Err(error),
                Err(error) => results.push(Some(Err(error))),
            }
        }
        let mut chunks = Vec::new();
        for mut items in by_route(items) {
            let most = if items[0].part.own_route().is_some() { MAX_ITEMS } else { MAX_REQUESTS };
            while !items.is_empty() {
                let rest = items.split_off(size.unwrap_or(most).min(items.len()));
                chunks.push(std::mem::replace(&mut items, rest));
            }
        }
        let (mut closed, mut closed_routes, mut alone) = (None, Vec::new(), Vec::new());
        let mut chunks = chunks.into_iter();
        loop {
            // Once the batch of a route is closed, no other is tried there.
            let now: Vec<_> = chunks.by_ref().take(concurrency).collect();
            if now.is_empty() {
                break;
            }
            let (no_batch, now): (Vec<_>, Vec<_>) = now
                .into_iter()
                .partition(|chunk| is_closed || closed_routes.contains(&chunk[0].part.own_route().cloned()));
            alone.extend(no_batch.into_iter().flatten());
            let routes: Vec<_> = now.iter().map(|chunk| chunk[0].part.own_route().cloned()).collect();
            let sent = join_all(now.into_iter().map(|chunk| send(&session, chunk, all_or_none))).await;
            for (route, (outcomes, refusal)) in routes.into_iter().zip(sent) {
                if let Some(refusal) = refusal {
                    if all_or_none {
                        return Err(refusal);
                    }
                    closed_routes.push(route);
                    closed.get_or_insert(refusal);
                }
                for outcome in outcomes {
                    match outcome {
                        Outcome::Done(place, result) => results[place] = Some(result),
                        Outcome::Alone(item) => alone.push(*item),
                    }
                }
            }
        }
        let sent = alone.into_iter().map(|Item { place, request, .. }| async move { (place, request.await) });
        let mut sent = stream::iter(sent).buffer_unordered(concurrency);
        while let Some((place, result)) = sent.next().await {
            results[place] = Some(result);
        }
        Ok(Batched { results: results.into_iter().flatten().collect(), closed })
    }
}

/// Sends items to WordPress's batch.
async fn send_together<T: Send + 'static>(
    session: &Session,
    items: &[Item<T>],
    all_or_none: bool,
) -> Result<Responses<T>> {
    let are_resources = items.iter().all(|item| item.request.items().is_some());
    let read = items.first().and_then(|item| item.request.items()).filter(|_| are_resources);
    let request = Request::<Value>::at(session, Method::POST, Route::new("/batch/v1"));
    let request = match batch_json(items, all_or_none) {
        Ok(json) => request.body("application/json", json),
        Err(error) => request.failing(RequestError::Json(error)),
    };
    request.read_by(read.unwrap_or(parts::parts)).await
}

/// Sends a batch, in halves if the site takes fewer. The error is returned if the site closes the batch.
fn send<T: Send + 'static>(
    session: &Session,
    items: Vec<Item<T>>,
    all_or_none: bool,
) -> BoxFuture<'static, (Vec<Outcome<T>>, Option<Error>)> {
    let session = session.clone();
    async move {
        let sent = match items.first().and_then(|item| item.part.own_route()) {
            Some(route) => send_own(&session, route, &items).await,
            None => send_together(&session, &items, all_or_none).await,
        };
        let parts = match sent {
            Ok(Responses::Items(found)) => {
                let mut found = found.into_iter();
                let outcome = |item: Item<T>| {
                    Outcome::Done(item.place, found.next().ok_or_else(|| no_response(&item.request)))
                };
                return (items.into_iter().map(outcome).collect(), None);
            }
            Ok(Responses::Parts(parts)) => parts,
            Err(error) if is_too_many(&error) && items.len() > 1 && !all_or_none => {
                let mut first = items;
                let second = first.split_off(first.len() / 2);
                let (mut outcomes, closed) = send(&session, first, false).await;
                let (others, closed_later) = send(&session, second, false).await;
                outcomes.extend(others);
                return (outcomes, closed.or(closed_later));
            }
            Err(error) if is_closed(&error) && !may_be_executed(&session, &items, &error).await => {
                return (items.into_iter().map(|item| Outcome::Alone(Box::new(item))).collect(), Some(error));
            }
            Err(error) if is_closed(&error) => {
                let doubt = |item: Item<T>| Outcome::Done(item.place, Err(in_doubt(&item.request, &error)));
                return (items.into_iter().map(doubt).collect(), None);
            }
            Err(error) => {
                let failed =
                    |item: Item<T>| Outcome::Done(item.place, Err(failed_in_batch(&item.request, &error)));
                return (items.into_iter().map(failed).collect(), None);
            }
        };
        let mut parts = parts.into_iter();
        let outcomes = items.into_iter().map(|item| match parts.next() {
            Some(Some(part)) if is_not_allowed(&part) && !all_or_none => Outcome::Alone(Box::new(item)),
            Some(Some(part)) => Outcome::Done(item.place, item.request.read_part(&part)),
            Some(None) => {
                Outcome::Done(item.place, Err(refused(&item.request, "another request is invalid")))
            }
            None => Outcome::Done(item.place, Err(no_response(&item.request))),
        });
        (outcomes.collect(), None)
    }
    .boxed()
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

/// Whether items of a refused batch may have been executed: a firewall may refuse the response. Then it passes that of a
/// batch without requests. What WordPress itself refuses was not executed.
async fn may_be_executed<T: Send + 'static>(session: &Session, items: &[Item<T>], error: &Error) -> bool {
    if error.api_error().is_some() {
        return false;
    }
    let empty: &[Item<T>] = &[];
    let sent = match items.first().and_then(|item| item.part.own_route()) {
        Some(route) => send_own(session, route, empty).await,
        None => send_together(session, empty, false).await,
    };
    sent.map_or_else(|error| !is_closed(&error), |_| true)
}

/// Whether the site has no batch, or a plugin or a firewall closes it. Where [`may_be_executed`] says so as well, nothing
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
