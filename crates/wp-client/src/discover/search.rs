//! The search itself.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::header::{ACCEPT, CONTENT_TYPE, DATE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use wp_core::answer::{Refusal, read};
use wp_core::discovery::{Places, directory, link_header, page_links, rsd};
use wp_core::extensions::{Redirects, Streamed};
use wp_core::models::SiteInfo;
use wp_core::{
    ApiError, ApiRoot, Body, Clock, Query, Route, Site, Transport, TransportError, TransportErrorKind,
    http_date,
};
use wp_http::{Retry, RetryPolicy, Stack};

use super::error::{DiscoveryError, DiscoveryErrorKind};
use super::fence::Fence;
use super::{Discovery, FoundBy, Mismatch, Probe};
use crate::Result;
use crate::builder::AGENT;

/// How long one answer may take: somebody is waiting for many of them.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long what fails in a way that may pass is repeated. It is asked some 18 times where all of it fails.
const REPEATS: Duration = Duration::from_secs(5);
/// How much of a page is read. The links are in its head.
const PAGE: usize = 1 << 20;
/// How large an index may be: without its routes a few kB, and a plugin may send them all the same.
const INDEX: u64 = 8 << 20;
/// The routes are 180 kB, and nothing here needs them.
const FIELDS: &str = "name,description,url,home,gmt_offset,timezone_string,namespaces,authentication";

pub(super) async fn search(
    typed: &str,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
) -> Result<Discovery> {
    let all = Places::of(typed)?;
    let place = all.first().map(Places::site).unwrap_or_default();
    let (mut asked, mut source, mut answered) = (Vec::new(), None, false);
    for places in all {
        let fence = Fence { places: places.clone(), transport: Arc::clone(&transport) };
        let stack = Stack::new(fence, Arc::clone(&clock)).timeout(Some(PATIENCE)).max_body(u64::MAX);
        // One after the other, so no limit: a host that asks to wait would be waited for before each of them.
        let policy = RetryPolicy::default().attempts(3).backoff(REPEATS / 20, REPEATS).deadline(REPEATS);
        let stack = Retry::new(stack, Arc::clone(&clock)).policy(policy);
        let mut search = Search {
            places,
            transport: Arc::new(stack),
            clock: Arc::clone(&clock),
            asked: &mut asked,
            tried: Vec::new(),
            is_gone: false,
            other: None,
        };
        match search.run().await {
            Ok(Some(found)) if search.is_meant(&found) => {
                let Search { places, .. } = search;
                let moved_to = Some(found.root.origin()).filter(|origin| *origin != places.origin());
                let mismatch = mismatch(&found);
                let Found { root, by, site, closed, date } = found;
                return Ok(Discovery {
                    root,
                    found_by: by,
                    asked,
                    site,
                    closed,
                    moved_to,
                    mismatch,
                    date,
                    transport,
                    clock,
                });
            }
            Ok(Some(found)) => search.other = Some(found.home()),
            Ok(None) => answered = true,
            Err(error) => source = Some(error),
        }
        if let Some(home) = search.other {
            let kind = DiscoveryErrorKind::OtherSite { home };
            return Err(DiscoveryError { kind, place, asked, source: None }.into());
        }
    }
    let kind = if answered { DiscoveryErrorKind::NotFound } else { DiscoveryErrorKind::Unreachable };
    Err(DiscoveryError { kind, place, asked, source: source.filter(|_| !answered) }.into())
}

/// A search at one origin.
struct Search<'a> {
    places: Places,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    asked: &'a mut Vec<Probe>,
    /// Roots that were asked, so that none is twice.
    tried: Vec<ApiRoot>,
    /// The page that was typed does not exist.
    is_gone: bool,
    /// The home page of a site that answered for another.
    other: Option<String>,
}

/// An API that answered.
struct Found {
    root: ApiRoot,
    by: FoundBy,
    site: Option<SiteInfo>,
    closed: Option<ApiError>,
    date: Option<SystemTime>,
}

/// An answer, and the address that it came from.
struct Answer {
    from: Uri,
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
}

impl Search<'_> {
    /// # Errors
    /// Nothing answers at this origin.
    async fn run(&mut self) -> Result<Option<Found>, TransportError> {
        if let Some(api) = self.places.api().cloned()
            && let Some(found) = self.prove(api, FoundBy::Address).await?
        {
            return Ok(Some(found));
        }
        let pages = self.places.pages().to_vec();
        for (index, page) in pages.iter().enumerate() {
            match self.page(page, index == 0).await {
                Ok(Some(found)) => return Ok(Some(found)),
                Err(error) if index == 0 => return Err(error),
                // It answered at first; who has to wait now would have to wait for each.
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

    /// Asks a page which API it names.
    async fn page(&mut self, page: &Uri, is_first: bool) -> Result<Option<Found>, TransportError> {
        match self.ask(Method::HEAD, page).await {
            Ok(answer) => {
                self.is_gone |= is_first && answer.is_gone(page);
                if let Some(target) = link_header(&answer.headers)
                    && let Some(found) = self.follow(&answer.from, &target, FoundBy::LinkHeader).await
                {
                    return Ok(Some(found));
                }
            }
            Err(error) if is_unreachable(error.kind()) => return Err(error),
            // Not everything speaks HEAD.
            Err(_) => {}
        }
        let answer = match self.ask(Method::GET, page).await {
            Ok(answer) => answer,
            // Sent elsewhere, to sign in maybe; the API may answer all the same.
            Err(error) if error.kind() == TransportErrorKind::Redirect => return Ok(None),
            Err(error) => return Err(error),
        };
        self.is_gone |= is_first && answer.is_gone(page);
        let Answer { from, headers, body, .. } = answer;
        if let Some(target) = link_header(&headers)
            && let Some(found) = self.follow(&from, &target, FoundBy::LinkHeader).await
        {
            return Ok(Some(found));
        }
        // What of a page did not come holds no link.
        let links = page_links(&String::from_utf8_lossy(&body.beginning(PAGE).await.unwrap_or_default()));
        if let Some(target) = links.api
            && let Some(found) = self.follow(&from, &target, FoundBy::PageLink).await
        {
            return Ok(Some(found));
        }
        let Some(document) = links.rsd.and_then(|target| self.places.linked(&from, &target)) else {
            return Ok(None);
        };
        let Ok(answer) = self.ask(Method::GET, &document).await else { return Ok(None) };
        let text = answer.body.beginning(PAGE).await.unwrap_or_default();
        match rsd(&String::from_utf8_lossy(&text)) {
            Some(target) => Ok(self.follow(&answer.from, &target, FoundBy::Rsd).await),
            None => Ok(None),
        }
    }

    /// Looks whether the API that `page` names is one.
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

    /// Looks whether an API answers at `root`.
    ///
    /// # Errors
    /// Nothing answers at this origin.
    async fn prove(&mut self, root: ApiRoot, by: FoundBy) -> Result<Option<Found>, TransportError> {
        if self.tried.contains(&root) {
            return Ok(None);
        }
        self.tried.push(root.clone());
        let site = Site::new(root, Arc::clone(&self.transport), Arc::clone(&self.clock));
        let site = site.headers([(USER_AGENT, HeaderValue::from_static(AGENT))].into_iter().collect());
        let mut query = Query::new();
        let request = query
            .push("_fields", FIELDS)
            .and_then(|()| site.request(Method::GET, &Route::new("/")?, &query, Body::empty()));
        // Both are constant.
        let Ok(request) = request else { return Ok(None) };
        let uri = request.uri().clone();
        let Answer { from, status, headers, body } = match self.send(request).await {
            Ok(answer) => answer,
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
        let date = headers.get(DATE).and_then(|date| http_date(date.to_str().ok()?));
        let found = |site, closed| Found { root, by, site, closed, date };
        let found = match read(status, &headers, &body).map(|json| json.decode::<SiteInfo>()) {
            Ok(Ok(site)) => found(Some(site), None),
            Ok(Err(_)) => {
                self.remark("JSON, but no index of WordPress");
                return Ok(None);
            }
            Err(Refusal::Api(error)) if matches!(error.status().as_u16(), 401 | 403) => {
                self.remark(&format!("closed to strangers: {error}"));
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

    /// Whether it is the site that was typed, and not the one that answers for all that are missing.
    fn is_meant(&self, found: &Found) -> bool {
        !self.is_gone || self.places.pages().first().is_none_or(|page| found.is_in(&page.to_string()))
    }

    async fn ask(&mut self, method: Method, page: &Uri) -> Result<Answer, TransportError> {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method;
        *request.uri_mut() = page.clone();
        // A page that could be JSON as well has to be the page.
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("text/html, */*;q=0.5"));
        request.headers_mut().insert(USER_AGENT, HeaderValue::from_static(AGENT));
        self.send(request).await
    }

    /// One exchange, and a note of it.
    async fn send(&mut self, mut request: Request<Body>) -> Result<Answer, TransportError> {
        request.extensions_mut().insert(Streamed); // of a page, only the beginning is read
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let outcome = self.transport.send(request).await.map(|answer| Answer::of(&uri, answer));
        let (status, words) = match &outcome {
            Ok(answer) if answer.from == uri => (Some(answer.status), answer.status.to_string()),
            Ok(answer) => {
                let to = Probe::new(method.clone(), &answer.from, None, String::new()).url;
                (Some(answer.status), format!("sent on to {to}, {}", answer.status))
            }
            Err(error) => (None, error.to_string()),
        };
        self.asked.push(Probe::new(method, &uri, status, words));
        outcome
    }

    /// Adds to the note of the last exchange.
    fn remark(&mut self, words: &str) {
        if let Some(probe) = self.asked.last_mut() {
            probe.outcome.push_str(", ");
            probe.outcome.push_str(words);
        }
    }
}

impl Answer {
    fn of(uri: &Uri, answer: Response<Body>) -> Self {
        let (head, body) = answer.into_parts();
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
    /// The home page, by its own word, or else what the address of the API tells.
    fn home(&self) -> String {
        let home = self.site.as_ref().map(|site| site.home.as_str()).filter(|home| !home.is_empty());
        home.map_or_else(|| self.root.to_string(), str::to_owned)
    }

    /// Whether the site is in the directory of `url`, as far as it says.
    fn is_in(&self, url: &str) -> bool {
        let Some(wanted) = directory(url) else { return true };
        match &self.site {
            Some(site) => {
                [&site.home, &site.url].into_iter().any(|own| directory(own).is_none_or(|own| own == wanted))
            }
            None => directory(&self.root.to_string()).is_none_or(|root| root.starts_with(&wanted)),
        }
    }
}

/// Whether to ask more of this origin is to wait more.
fn is_unreachable(kind: TransportErrorKind) -> bool {
    use TransportErrorKind::{Certificate, Connect, Resolve, Setup, Timeout, Tls};
    matches!(kind, Setup | Resolve | Connect | Tls | Certificate | Timeout)
}

fn mismatch(found: &Found) -> Option<Mismatch> {
    let home = found.site.as_ref()?.home.clone();
    let (own, origin) = (ApiRoot::of_site(&home).ok()?.origin(), found.root.origin());
    let host = |origin: &str| origin.split_once("://").map(|(_, host)| host.to_owned());
    if own == origin {
        None
    } else if host(&own) == host(&origin) {
        Some(Mismatch::OtherScheme { home })
    } else {
        Some(Mismatch::OtherHost { home })
    }
}
