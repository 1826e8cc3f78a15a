//! The stream over the pages of a list.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::vec::IntoIter;

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};
use http::StatusCode;
use wp_core::Totals;

use crate::read::rows::Rows;
use crate::{Error, ListPosition, QueryIgnored, Reply, Request, Result};

/// The state of a stream over pages.
pub(super) struct Walk<T> {
    request: Request<Rows<T>>,
    page: IntoIter<T>,
    /// The position to request when `page` is used up; `None` at the end.
    next: Option<ListPosition>,
    /// A hash of the ids on the last page, and the totals of that page.
    last: Option<(u64, Option<Totals>)>,
    /// The same of all earlier pages of several items, by the hash.
    earlier: HashMap<u64, Option<Totals>>,
    /// Set after a first page that was shorter than requested although there may be more.
    short: Option<ShortPage>,
    /// Set while it is not known whether a page is behind a gap.
    found: Option<Found<T>>,
    /// The totals of the last page, for the receiver of the items.
    totals: Arc<Mutex<Option<Totals>>>,
}

/// Items that are behind a first page that was shorter than requested. The page with the next number shows what they
/// are: if it has the first of them as well, nothing is between, and the walk goes on by numbers.
struct Found<T> {
    rows: Rows<T>,
    /// The state of the walk if there is a gap.
    next: Option<ListPosition>,
    last: Option<(u64, Option<Totals>)>,
    short: ShortPage,
}

/// A page that was shorter than requested although there may be more. Either WordPress left out items that this user
/// may not see, or the server caps the size of a page in silence. Then a page with the next number may leave out the
/// items between. The items after this many show which it is.
struct ShortPage {
    /// The keys of its items. The next page may overlap it.
    keys: HashSet<u64>,
    size: u64,
    /// Whether a cap is certain.
    is_capped: bool,
    /// The position to go on with if the next page shows that nothing was capped.
    otherwise: Option<ListPosition>,
}

impl ShortPage {
    fn new<T>(rows: &Rows<T>, is_capped: bool, otherwise: Option<ListPosition>) -> Self {
        let keys = rows.keys.iter().copied().collect();
        Self { keys, size: rows.items.len() as u64, is_capped, otherwise }
    }
}

impl<T: Send + 'static> Walk<T> {
    /// The walk over the items from `first` on.
    pub(super) fn new(request: Request<Rows<T>>, first: ListPosition) -> Self {
        Self {
            request,
            page: Vec::new().into_iter(),
            next: Some(first),
            last: None,
            earlier: HashMap::new(),
            short: None,
            found: None,
            totals: Arc::default(),
        }
    }

    pub(super) fn totals(&self) -> Arc<Mutex<Option<Totals>>> {
        Arc::clone(&self.totals)
    }

    pub(super) fn items(self) -> BoxStream<'static, Result<T>> {
        stream::try_unfold(self, Self::step).boxed()
    }

    async fn step(mut self) -> Result<Option<(T, Self)>> {
        loop {
            if let Some(item) = self.page.next() {
                return Ok(Some((item, self)));
            }
            let Some(next) = self.next.take() else { return Ok(None) };
            self.turn(next).await.map_err(|error| error.in_list(next))?;
        }
    }

    /// Requests the page at `next`.
    async fn turn(&mut self, next: ListPosition) -> Result<()> {
        if let Some(error) = self.request.take_fault() {
            return Err(error);
        }
        let request = self.request.again().set(next.parameter(), next.number());
        let (context, query) = (request.error_context(), request.asked().clone());
        let short = self.short.take();
        let is_probe = short.as_ref().is_some_and(|short| !short.is_capped);
        let otherwise = short.as_ref().and_then(|short| short.otherwise);
        let outcome = request.reply_unreported().await;
        if self.accept_found(&outcome, next) {
            return Ok(());
        }
        let reply = match outcome {
            // The list became shorter while the stream ran, or the totals are missing.
            Err(error) if is_past_the_end(&error, next) => return Ok(()),
            // This route has no offset.
            Err(error) if is_probe && error.status().is_some_and(refuses_parameter) => {
                self.next = otherwise;
                return Ok(());
            }
            reply => reply?,
        };
        let mut rows = reply.body;
        let count = rows.items.len() as u64;
        // Totals that contradict the page that they came with are ignored.
        let totals = reply.totals.filter(|totals| totals.pages > 0 || count == 0);
        *self.totals.lock().unwrap_or_else(PoisonError::into_inner) = totals;
        let is_random = query.get("orderby") == Some("rand");
        let asked = query.get("per_page").and_then(|size| size.parse().ok()).unwrap_or(count);
        let seen = (count > 0).then(|| (rows.fingerprint(), totals));
        // If items were added before these, the totals grew. A random order may repeat items too.
        let is_same = seen.is_some() && seen == self.last && !is_random;
        if is_same && is_probe {
            // This route has no offset, or all items of the list are on each page.
            self.next = otherwise;
            return Ok(());
        }
        if is_same && totals.is_none() && count != asked {
            // This resource has no pages: the first response held all items.
            return Ok(());
        }
        // A cache may repeat an earlier page too. A probe may have the same items as the page with the next number.
        let is_repeated = count > 1
            && !is_random
            && !is_probe
            && seen.is_some_and(|(keys, totals)| self.earlier.insert(keys, totals) == Some(totals));
        let ignored = (is_same || is_repeated).then(|| QueryIgnored::new(next.parameter()));
        // A resource without pages returns all items.
        let ignored = ignored.or(rows.ignored);
        if let Some(ignored) = ignored.filter(|ignored| totals.is_some() || !ignored.is_of_size()) {
            return Err(context.error(ignored));
        }
        let is_first = self.last.is_none();
        let before = self.last;
        self.last = seen.or(before);
        // The server uses a smaller page size than requested, and counts pages by it.
        let is_counted = totals.is_some_and(|totals| totals.pages > totals.items.div_ceil(asked.max(1)));
        let size = match (totals, &short) {
            (Some(totals), _) if is_counted => count.max(totals.items.div_ceil(totals.pages)),
            (None, _) | (Some(_), Some(_)) if count > 0 => count,
            (_, Some(short)) => short.size,
            _ => asked,
        };
        let more = match (next, totals) {
            // A page in the middle may be empty: WordPress leaves out items that this user may not see.
            (ListPosition::Page(page), Some(totals)) => page < totals.pages,
            // With an offset, the total of pages is wrong, but the total of items is right.
            (ListPosition::Offset(offset), Some(totals)) => offset.saturating_add(size) < totals.items,
            (_, None) => count > 0,
        };
        let following = match next {
            ListPosition::Page(page) => page.checked_add(1).map(ListPosition::Page),
            ListPosition::Offset(offset) => offset.checked_add(size.max(1)).map(ListPosition::Offset),
        };
        self.next = following.filter(|_| more);
        if let Some(short) = short {
            let arrived = ShortPage::new(&rows, true, None);
            rows.remove(&short.keys);
            if is_probe && rows.items.is_empty() {
                // WordPress left out items.
                self.next = otherwise.filter(|_| count > 0 || totals.is_some());
            } else if is_probe && otherwise.is_some() {
                self.found = Some(Found { rows, next: self.next, last: self.last, short: arrived });
                (self.next, self.last) = (otherwise, before);
                return Ok(());
            } else {
                self.short = Some(if count > 0 { arrived } else { short });
            }
        } else if is_first && !is_counted && !is_random && 0 < count && count < asked {
            let start = match next {
                ListPosition::Page(page) => page.saturating_sub(1).saturating_mul(asked),
                ListPosition::Offset(offset) => offset,
            };
            let end = start.saturating_add(count);
            // Without totals, only the first page is known to begin where its number says.
            let may_be_more = match totals {
                Some(totals) => end < totals.items,
                None => !matches!(next, ListPosition::Page(page) if page > 1),
            };
            if may_be_more {
                self.short = Some(ShortPage::new(&rows, false, self.next));
                self.next = Some(ListPosition::Offset(end));
            }
        }
        self.page = rows.items.into_iter();
        Ok(())
    }
}

impl<T: Send + 'static> Walk<T> {
    /// Goes on with the items that were found behind a short page, if the page with the next number shows that there
    /// is a gap.
    fn accept_found(&mut self, outcome: &Result<Reply<Rows<T>>>, next: ListPosition) -> bool {
        let Some(found) = self.found.take() else { return false };
        let is_behind_gap = match outcome {
            Ok(reply) => !found.rows.keys.first().is_some_and(|first| reply.body.keys.contains(first)),
            Err(error) => is_past_the_end(error, next) || error.status().is_some_and(refuses_parameter),
        };
        if is_behind_gap {
            (self.next, self.last, self.short) = (found.next, found.last, Some(found.short));
            self.page = found.rows.items.into_iter();
        }
        is_behind_gap
    }
}

/// Whether a route or a firewall responds with this status to a parameter that it does not accept. Others are about the
/// credential, or may be gone at the next request.
fn refuses_parameter(status: StatusCode) -> bool {
    let is_other = [
        StatusCode::UNAUTHORIZED,
        StatusCode::REQUEST_TIMEOUT,
        StatusCode::TOO_EARLY,
        StatusCode::TOO_MANY_REQUESTS,
    ];
    status.is_client_error() && !is_other.contains(&status)
}

/// Past the last page, WordPress returns an error for posts and revisions, and an empty list for other resources.
fn is_past_the_end(error: &Error, asked: ListPosition) -> bool {
    matches!(asked, ListPosition::Page(page) if page > 1)
        && error.code().is_some_and(|code| {
            // `rest_post_invalid_page_number`, `rest_revision_invalid_page_number`
            code.as_str().starts_with("rest_") && code.as_str().ends_with("_invalid_page_number")
        })
}
