//! The search for an API.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use http::header::{ACCEPT, CONTENT_TYPE, DATE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use wp_core::discovery::{Candidates, address, directory, link_header, page_links, rsd};
use wp_core::extensions::{Redirects, Streamed};
use wp_core::models::SiteInfo;
use wp_core::response::{Refusal, read};
use wp_core::{
    ApiError, ApiRoot, Body, ErrorOrigin, Query, Route, Transport, TransportError, TransportErrorKind,
    http_date,
};
use wp_http::{Retry, RetryPolicy};

use super::fence::{Budget, Fence};
use super::{Discovery, FoundBy, Mismatch, Probe};
use crate::access::Access;
use crate::error::discovery_error::{DiscoveryError, DiscoveryErrorKind};
use crate::{Error, Result};

/// The limit on requests, including every hop of a redirect and every retry. A site whose pages name no API takes 20 of
/// them for a long path.
const REQUESTS: usize = 40;
/// The limit on redirects of one request.
const REDIRECTS: usize = 5;
/// The timeout of one response. It is short because a user waits for many of them.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a transient failure is retried.
const REPEATS: Duration = Duration::from_secs(5);
/// How much of a page is read, in bytes. The links are in its head.
const PAGE: usize = 1 << 20;
/// The size limit of an index in bytes. Without its routes it has a few kB, but a plugin may send them anyway.
const INDEX: u64 = 8 << 20;
/// The fields of the index to request, without the routes, which have 180 kB.
const FIELDS: &str = "name,description,url,home,gmt_offset,timezone_string,namespaces,authentication";

/// # Errors
/// As [`DiscoveryBuilder::find`](super::DiscoveryBuilder::find).
pub(super) async fn search(typed: &str, access: Access, deadline: Duration) -> Result<Discovery> {
    let all = Candidates::of(typed)?;
    let place = all.first().map(Candidates::site).unwrap_or_default();
    let (budget, mut asked) = (Budget::of(REQUESTS), Vec::new());
    let outcome = within(deadline, &access, &budget, everywhere(all, &access, &budget, &mut asked)).await;
    match outcome {
        Ok((Found { root, by, site, closed, date, .. }, places)) => {
            let moved_to = Some(root.origin()).filter(|origin| *origin != places.origin());
            let mismatch = site.as_ref().and_then(|site| mismatch(site, &root));
            Ok(Discovery {
                root,
                found_by: by,
                asked,
                site,
                closed,
                moved_to,
                mismatch,
                date,
                places,
                access,
            })
        }
        Err(Failure::Setup(error)) => Err(error),
        Err(Failure::Search(kind, source)) => Err(DiscoveryError { kind, place, asked, source }.into()),
    }
}

/// Why there is no API.
enum Failure {
    /// The search could not begin.
    Setup(Error),
    Search(DiscoveryErrorKind, Option<TransportError>),
}

/// Ends a search at its deadline or at the limit on requests.
async fn within<T>(
    deadline: Duration,
    access: &Access,
    budget: &Budget,
    search: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let (mut search, mut timer) = (pin!(search), pin!(access.clock().sleep(deadline)));
    let over = |kind| Poll::Ready(Err(Failure::Search(kind, None)));
    poll_fn(|cx| {
        if let Poll::Ready(outcome) = search.as_mut().poll(cx) {
            Poll::Ready(outcome)
        } else if budget.is_exceeded() {
            over(DiscoveryErrorKind::RequestLimit { requests: REQUESTS })
        } else if timer.as_mut().poll(cx).is_ready() {
            over(DiscoveryErrorKind::Deadline { after: deadline })
        } else {
            Poll::Pending
        }
    })
    .await
}

/// Searches one origin after the other.
async fn everywhere(
    all: Vec<Candidates>,
    access: &Access,
    budget: &Budget,
    asked: &mut Vec<Probe>,
) -> Result<(Found, Candidates), Failure> {
    let (mut source, mut responded) = (None, false);
    for places in all {
        let fence = |transport| Fence { places: places.clone(), budget: budget.clone(), transport };
        let stack =
            access.hardened(fence).timeout(Some(PATIENCE)).max_body(u64::MAX).max_redirects(REDIRECTS);
        // Requests are sequential, so they need no `Limit`, which would wait before each one if the host asks to wait.
        let policy = RetryPolicy::default().attempts(3).backoff(REPEATS / 20, REPEATS).deadline(REPEATS);
        let transport: Arc<dyn Transport> =
            Arc::new(Retry::new(stack.single_attempt(), Arc::clone(access.clock())).policy(policy));
        let root = ApiRoot::of_site(&places.origin()).map_err(|error| Failure::Setup(error.into()))?;
        let site = access.site(root, Arc::clone(&transport));
        // Otherwise every request would fail with this error.
        if !site.secrets().is_empty() {
            site.may_carry_credential().map_err(|error| Failure::Setup(error.into()))?;
        }
        let meant = places.site();
        let mut search = Search {
            places,
            transport,
            access,
            asked: &mut *asked,
            tried: Vec::new(),
            meant,
            is_gone: false,
            other: None,
        };
        match search.run().await {
            Ok(Some(found)) if search.is_meant(&found) => return Ok((found, search.places)),
            Ok(Some(found)) => search.other = Some(found.home()),
            Ok(None) => responded = true,
            Err(error) => source = Some(error),
        }
        if let Some(home) = search.other {
            return Err(Failure::Search(DiscoveryErrorKind::OtherSite { home }, None));
        }
    }
    let kind = if responded { DiscoveryErrorKind::NotFound } else { DiscoveryErrorKind::Unreachable };
    Err(Failure::Search(kind, source.filter(|_| !responded)))
}

/// A search at one origin.
struct Search<'a> {
    places: Candidates,
    transport: Arc<dyn Transport>,
    access: &'a Access,
    asked: &'a mut Vec<Probe>,
    /// The roots that were requested, so that none is requested twice.
    tried: Vec<ApiRoot>,
    /// The address that was typed, or that of the page that it leads to.
    meant: String,
    /// The page that was typed does not exist.
    is_gone: bool,
    /// The home page of a site that responded for another.
    other: Option<String>,
}

/// An API that responded.
struct Found {
    root: ApiRoot,
    by: FoundBy,
    /// Whether the page that was typed names it.
    is_named: bool,
    site: Option<SiteInfo>,
    closed: Option<ApiError>,
    date: Option<SystemTime>,
}

/// A response, and the address that it came from.
struct FetchedPage {
    from: Uri,
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
}

impl Search<'_> {
    /// # Errors
    /// Nothing responds at this origin.
    async fn run(&mut self) -> Result<Option<Found>, TransportError> {
        if let Some(api) = self.places.api().cloned()
            && let Some(found) = self.prove(api, FoundBy::Address).await?
        {
            return Ok(Some(found));
        }
        let pages = self.places.pages().to_vec();
        for (index, page) in pages.iter().enumerate() {
            match self.page(page, index == 0).await {
                Ok(Some(found)) => return Ok(Some(Found { is_named: index == 0, ..found })),
                Err(error) if index == 0 => return Err(error),
                // The first page responded. If a later one does not, the others would time out too.
                Err(error) if is_unreachable(error.kind()) => return Ok(None),
                Ok(None) | Err(_) => {}
            }
        }
        let guesses: Vec<ApiRoot> = self.places.guesses().collect();
        for guess in guesses {
            match self.prove(guess, FoundBy::Guess).await {
                Ok(None) => {}
                Ok(found) => return Ok(found),
                Err(_) => break,
            }
        }
        Ok(None)
    }

    /// Requests a page and returns the API that it names.
    async fn page(&mut self, page: &Uri, is_first: bool) -> Result<Option<Found>, TransportError> {
        match self.ask(Method::HEAD, page).await {
            Ok(response) => {
                self.note_where(page, &response, is_first);
                if let Some(target) = link_header(&response.headers)
                    && let Some(found) = self.follow(&response.from, &target, FoundBy::LinkHeader).await
                {
                    return Ok(Some(found));
                }
            }
            Err(error) if is_unreachable(error.kind()) => return Err(error),
            // Some servers do not support HEAD.
            Err(_) => {}
        }
        let response = match self.ask(Method::GET, page).await {
            Ok(response) => response,
            // Sent elsewhere, to sign in maybe; the API may respond all the same.
            Err(error) if error.kind() == TransportErrorKind::Redirect => return Ok(None),
            Err(error) => return Err(error),
        };
        self.note_where(page, &response, is_first);
        let FetchedPage { from, headers, body, .. } = response;
        if let Some(target) = link_header(&headers)
            && let Some(found) = self.follow(&from, &target, FoundBy::LinkHeader).await
        {
            return Ok(Some(found));
        }
        // A page that cannot be read counts as one without links.
        let links = page_links(&String::from_utf8_lossy(&body.beginning(PAGE).await.unwrap_or_default()));
        if let Some(target) = links.api
            && let Some(found) = self.follow(&from, &target, FoundBy::PageLink).await
        {
            return Ok(Some(found));
        }
        let Some(document) = links.rsd.and_then(|target| self.places.linked(&from, &target)) else {
            return Ok(None);
        };
        let Ok(response) = self.ask(Method::GET, &document).await else { return Ok(None) };
        let text = response.body.beginning(PAGE).await.unwrap_or_default();
        match rsd(&String::from_utf8_lossy(&text)) {
            Some(target) => Ok(self.follow(&response.from, &target, FoundBy::Rsd).await),
            None => Ok(None),
        }
    }

    /// Checks whether the API that `page` names responds.
    async fn follow(&mut self, page: &Uri, target: &str, by: FoundBy) -> Option<Found> {
        match self.places.named(page, target) {
            Ok(root) => {
                self.remark(&format!("names {root}"));
                self.prove(root, by).await.ok().flatten()
            }
            Err(why) => {
                self.remark(&why);
                None
            }
        }
    }

    /// Checks whether an API responds at `root`.
    ///
    /// # Errors
    /// Nothing responds at this origin.
    async fn prove(&mut self, root: ApiRoot, by: FoundBy) -> Result<Option<Found>, TransportError> {
        if self.tried.contains(&root) {
            return Ok(None);
        }
        self.tried.push(root.clone());
        let site = self.access.site(root, Arc::clone(&self.transport));
        let mut query = Query::new();
        let request = query
            .push("_fields", FIELDS)
            .and_then(|()| site.request(Method::GET, &Route::new("/")?, &query, Body::empty()));
        // Both are constant.
        let Ok(request) = request else { return Ok(None) };
        let uri = request.uri().clone();
        let FetchedPage { from, status, headers, body } = match self.send(request).await {
            Ok(response) => response,
            Err(error) if is_unreachable(error.kind()) => return Err(error),
            Err(_) => return Ok(None),
        };
        let mut root = site.root().clone();
        if from != uri {
            let Some(moved) = self.places.moved(&root, &uri, &from) else {
                self.remark("is sent on to another page");
                return Ok(None);
            };
            root = moved;
        }
        let Ok(body) = body.collect(INDEX).await else {
            self.remark("does not end");
            return Ok(None);
        };
        let date =
            headers.get(DATE).and_then(|date| http_date(date.to_str().ok()?, self.access.clock().now()));
        let is_named = by == FoundBy::Address;
        let found = |site, closed| Found { root, by, is_named, site, closed, date };
        let found = match read(status, &headers, &body).map(|json| json.decode::<SiteInfo>()) {
            Ok(Ok(site)) => found(Some(site), None),
            Ok(Err(_)) => {
                self.remark("JSON, but no index of WordPress");
                return Ok(None);
            }
            // A refusal by a gateway or a plugin does not prove an API.
            Err(Refusal::Api(error))
                if matches!(error.status().as_u16(), 401 | 403)
                    && error.origin() == ErrorOrigin::WordPress =>
            {
                self.remark(&format!("closed to anonymous requests: {error}"));
                found(None, Some(error))
            }
            Err(refusal) => {
                self.remark(&refusal.to_string());
                return Ok(None);
            }
        };
        // A query reaches WordPress below any directory, so it says nothing of where the site is.
        let address = found.root.to_string();
        if matches!(by, FoundBy::Address | FoundBy::Guess)
            && address.contains("rest_route=")
            && !found.is_in(&address)
        {
            self.remark(&format!("is the API of {}", found.home()));
            self.other.get_or_insert(found.home());
            return Ok(None);
        }
        Ok(Some(found))
    }

    /// Notes what the response to the page that was typed says of where it is.
    fn note_where(&mut self, page: &Uri, response: &FetchedPage, is_typed: bool) {
        if !is_typed {
            return;
        }
        self.is_gone |= response.is_gone(page);
        if !self.is_gone
            && response.from != *page
            && let Ok(Some(places)) =
                Candidates::of(&response.from.to_string()).map(|all| all.into_iter().next())
        {
            self.meant = places.site();
        }
    }

    /// Whether it is the typed site: its index says so, or its API is at the typed address, or the typed page names it.
    /// The WordPress of a parent directory may respond for a site that does not exist, or be unrelated to the page.
    fn is_meant(&self, found: &Found) -> bool {
        found.is_in(&self.meant) || (!self.is_gone && (found.is_named || found.is_along(&self.meant)))
    }

    async fn ask(&mut self, method: Method, page: &Uri) -> Result<FetchedPage, TransportError> {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method;
        *request.uri_mut() = page.clone();
        // Ask for HTML where the server can also send JSON.
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("text/html, */*;q=0.5"));
        self.access.prepare(&mut request);
        self.send(request).await
    }

    /// One exchange, and a note of it.
    async fn send(&mut self, mut request: Request<Body>) -> Result<FetchedPage, TransportError> {
        request.extensions_mut().insert(Streamed); // of a page, only the beginning is read
        let (method, uri) = (request.method().clone(), request.uri().clone());
        // Recorded before it is sent, so that a search that is cut off lists it.
        self.asked.push(Probe::new(method.clone(), &uri, None, "no response yet".to_owned()));
        let outcome = self.transport.send(request).await.map(|response| FetchedPage::of(&uri, response));
        let (status, words) = match &outcome {
            Ok(response) if response.from == uri => (Some(response.status), response.status.to_string()),
            Ok(response) => {
                let to = Probe::new(method.clone(), &response.from, None, String::new()).url;
                (Some(response.status), format!("sent on to {to}, {}", response.status))
            }
            Err(error) => (None, error.to_string()),
        };
        if let Some(probe) = self.asked.last_mut() {
            (probe.status, probe.outcome) = (status, words);
        }
        outcome
    }

    /// Appends to the outcome of the last request.
    fn remark(&mut self, words: &str) {
        if let Some(probe) = self.asked.last_mut() {
            probe.outcome.push_str(", ");
            probe.outcome.push_str(words);
        }
    }
}

impl FetchedPage {
    fn of(uri: &Uri, response: Response<Body>) -> Self {
        let (head, body) = response.into_parts();
        let last = head.extensions.get::<Redirects>().and_then(|Redirects(hops)| hops.last());
        let from = last.unwrap_or(uri).clone();
        Self { from, status: head.status, headers: head.headers, body }
    }

    /// Whether there is no such page: WordPress says so, or sends on to the directory above, or to where
    /// one may found the site. A route of the API that is not there is something else.
    fn is_gone(&self, page: &Uri) -> bool {
        let json = self
            .headers
            .get(CONTENT_TYPE)
            .is_some_and(|mime| mime.as_bytes().starts_with(b"application/json"));
        let (asked, from) = (directory(&page.to_string()), directory(&self.from.to_string()));
        let above =
            self.from.path().ends_with('/') && asked != from && page.path().starts_with(self.from.path());
        (matches!(self.status, StatusCode::NOT_FOUND | StatusCode::GONE) && !json)
            || above
            || self.from.path().ends_with("/wp-signup.php")
    }
}

impl Found {
    /// The home page that the index reports, or else that derived from the URL of the API.
    fn home(&self) -> String {
        let home = self.site.as_ref().and_then(|site| address(&site.home));
        home.unwrap_or_else(|| self.root.to_string())
    }

    /// Whether the API is below the directory of `url`, or `url` is one of its routes. A query reaches WordPress below
    /// any directory, so it says nothing.
    fn is_along(&self, url: &str) -> bool {
        let root = self.root.to_string();
        let (Some(root), Some(url)) =
            (directory(&root).filter(|_| !root.contains("?rest_route=")), directory(url))
        else {
            return false;
        };
        root.starts_with(&url) || url.starts_with(&root)
    }

    /// Whether the site is in the directory of `url`, as far as it says.
    fn is_in(&self, url: &str) -> bool {
        let Some(wanted) = directory(url) else { return true };
        let own = self.site.iter().flat_map(|site| [&site.home, &site.url]);
        let own: Vec<String> = own.filter_map(|own| directory(own)).collect();
        if own.is_empty() {
            return directory(&self.root.to_string()).is_none_or(|root| root.starts_with(&wanted));
        }
        own.contains(&wanted)
    }
}

/// Whether another request to this origin would only mean a longer wait.
fn is_unreachable(kind: TransportErrorKind) -> bool {
    use TransportErrorKind::{Certificate, Connect, Resolve, Setup, Timeout, Tls};
    matches!(kind, Setup | Resolve | Connect | Tls | Certificate | Timeout)
}

fn mismatch(site: &SiteInfo, root: &ApiRoot) -> Option<Mismatch> {
    let home = address(&site.home)?;
    let (own, origin) = (ApiRoot::of_site(&home).ok()?.origin(), root.origin());
    let host = |origin: &str| origin.split_once("://").map(|(_, host)| host.to_owned());
    if own == origin {
        None
    } else if host(&own) == host(&origin) {
        Some(Mismatch::OtherScheme { home })
    } else {
        Some(Mismatch::OtherHost { home })
    }
}
