//! The pages of a list by their positions: by numbers, or by offsets.

use std::collections::{HashMap, HashSet};

use http::StatusCode;
use wp_core::Totals;

use super::fetch::{Fetcher, Span};
use super::page_size::PageSize;
use super::stream::Fetched;
use super::warning::ListWarning;
use crate::read::rows::Rows;
use crate::{Error, ListPosition, QueryIgnored, Reply, Result};

/// After this many pages in a row without an item, a walk ends, whatever the totals say.
pub(super) const MAX_EMPTY_PAGES: u32 = 20;

/// A walk over a list in any order.
pub(super) struct Walk<T> {
    fetcher: Fetcher<T>,
    size: PageSize,
    /// The size of the pages that the numbers count.
    numbered_by: u64,
    /// The position to request; `None` at the end.
    next: Option<ListPosition>,
    /// A hash of the ids on the last page, and the totals of that page.
    last: Option<(u64, Option<Totals>)>,
    /// The same of all earlier pages of several items, by the hash.
    earlier: HashMap<u64, Option<Totals>>,
    /// Set after a first page that was shorter than requested although there may be more.
    short: Option<ShortPage>,
    /// Set while it is not known whether a page is after a gap.
    found: Option<Found<T>>,
    /// The error of a page that was too heavy, until a part of it arrives.
    heavy: Option<Error>,
    /// Set if items up to this id were returned before.
    after: Option<u64>,
    /// How many pages in a row had no item.
    barren: u32,
    pub(super) warning: Option<ListWarning>,
}

/// Items that are after a first page that was shorter than requested. The page with the next number shows what they
/// are: if it has the first of them as well, nothing is between, and the walk continues by numbers.
struct Found<T> {
    rows: Rows<T>,
    /// The number of items in its response.
    count: u64,
    at: ListPosition,
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
    /// The position to continue at if the next page shows that nothing was capped.
    otherwise: Option<ListPosition>,
}

impl ShortPage {
    fn new<T>(rows: &Rows<T>, is_capped: bool, otherwise: Option<ListPosition>) -> Self {
        let keys = rows.keys.iter().copied().collect();
        Self { keys, size: rows.items.len() as u64, is_capped, otherwise }
    }
}

impl<T: Send + 'static> Walk<T> {
    /// The walk over the items from `first` on, with `full` items on a page.
    pub(super) fn new(fetcher: Fetcher<T>, full: u64, first: ListPosition) -> Self {
        Self {
            fetcher,
            size: PageSize::new(full),
            numbered_by: full,
            next: Some(first),
            last: None,
            earlier: HashMap::new(),
            short: None,
            found: None,
            heavy: None,
            after: None,
            barren: 0,
            warning: None,
        }
    }

    /// Goes on for a walk that the site did not allow: leaves out what it returned.
    pub(super) fn instead(mut self, after: Option<u64>, warning: ListWarning) -> Self {
        self.after = after;
        self.warning = Some(warning);
        self
    }

    /// The next page that has items.
    pub(super) async fn next(&mut self) -> Result<Option<Fetched<T>>> {
        while let Some(next) = self.next.take() {
            let placed = |error: Error| match error.list_position() {
                Some(_) => error,
                None => error.in_list(next),
            };
            let page = self.turn(next).await.map_err(placed)?;
            if page.is_some() {
                return Ok(page);
            }
        }
        Ok(None)
    }

    /// The positions after `next`, as far as the totals tell.
    fn following(&self, next: ListPosition, size: u64) -> impl Iterator<Item = Span> + use<T> {
        let totals = self.last.and_then(|(_, totals)| totals);
        let totals = totals.filter(|_| size > 0 && self.short.is_none() && self.found.is_none());
        let after = move |span: &Span| {
            let totals = totals?;
            let at = match span.at {
                ListPosition::Page(page) if page < totals.pages => ListPosition::Page(page + 1),
                ListPosition::Offset(offset) if offset.saturating_add(size) < totals.items => {
                    ListPosition::Offset(offset + size)
                }
                _ => return None,
            };
            Some(Span { at, size, is_part: false })
        };
        std::iter::successors(Some(Span { at: next, size, is_part: false }), after).skip(1)
    }

    /// Requests the page at `next`.
    async fn turn(&mut self, next: ListPosition) -> Result<Option<Fetched<T>>> {
        let size = self.size.now();
        let span = Span { at: next, size, is_part: self.size.is_untried() };
        let following = self.following(next, size);
        let short = self.short.take();
        let outcome = self.fetcher.fetch(span, following).await;
        if let Some(page) = self.accept_found(&outcome, next) {
            return Ok(Some(page));
        }
        let heavy = self.heavy.take();
        let reply = match outcome {
            // The list became shorter while the stream ran, or the totals are missing.
            Err(error) if is_past_the_end(&error, next) => {
                // The totals of the page before said that there is another.
                if self.last.is_some_and(|(_, totals)| totals.is_some()) {
                    self.warning.get_or_insert(ListWarning::Changed);
                }
                return Ok(None);
            }
            // This route has no offset.
            Err(error)
                if short.as_ref().is_some_and(|short| !short.is_capped)
                    && error.status().is_some_and(refuses_parameter) =>
            {
                self.next = short.and_then(|short| short.otherwise);
                return Ok(None);
            }
            // This route has no offset: the page cannot be requested in parts.
            Err(error) if error.status().is_some_and(refuses_parameter) => return Err(heavy.unwrap_or(error)),
            Err(error) if short.is_none() && error.is_too_heavy() && self.size.shrink(1) => {
                self.next = Some(ListPosition::Offset(self.start_of(next)));
                self.heavy = Some(heavy.unwrap_or_else(|| error.in_list(next)));
                return Ok(None);
            }
            reply => reply?,
        };
        self.size.grow();
        self.accept(reply, span, short)
    }

    /// Plans what to request after this page, and returns its items if they are next.
    fn accept(
        &mut self,
        reply: Reply<Rows<T>>,
        Span { at: next, size, .. }: Span,
        short: Option<ShortPage>,
    ) -> Result<Option<Fetched<T>>> {
        let is_probe = short.as_ref().is_some_and(|short| !short.is_capped);
        let otherwise = short.as_ref().and_then(|short| short.otherwise);
        let context = self.fetcher.request().error_context();
        let mut rows = reply.body;
        let count = rows.items.len() as u64;
        // Totals that contradict the page that they came with are ignored.
        let totals = reply.totals.filter(|totals| totals.pages > 0 || count == 0);
        let is_random = self.fetcher.request().asked().get("orderby") == Some("rand");
        let asked = if size == 0 { count } else { size };
        let seen = (count > 0).then(|| (rows.fingerprint(), totals));
        // If items were added before these, the totals grew. A random order may repeat items too.
        let is_same = seen.is_some() && seen == self.last && !is_random;
        if is_same && is_probe {
            // This route has no offset, or all items of the list are on each page.
            self.next = otherwise;
            return Ok(None);
        }
        if is_same && totals.is_none() && count != asked {
            // This resource has no pages: the first response held all items.
            return Ok(None);
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
        if let (Some((_, Some(before))), Some(now)) = (before, totals)
            && before.items != now.items
        {
            self.warning.get_or_insert(ListWarning::Changed);
        }
        self.last = seen.or(before);
        // The server uses a smaller page size than requested, and counts pages by it.
        let is_counted = totals.is_some_and(|totals| totals.pages > totals.items.div_ceil(asked.max(1)));
        if let (true, Some(totals)) = (is_counted, totals) {
            self.numbered_by = count.max(totals.items.div_ceil(totals.pages));
        }
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
            rows.retain(|key| !short.keys.contains(&key));
            if is_probe && rows.items.is_empty() {
                // WordPress left out items.
                self.next = otherwise.filter(|_| count > 0 || totals.is_some());
            } else if is_probe && otherwise.is_some() {
                self.found =
                    Some(Found { rows, count, at: next, next: self.next, last: self.last, short: arrived });
                (self.next, self.last) = (otherwise, before);
                return Ok(None);
            } else {
                self.short = Some(if count > 0 { arrived } else { short });
            }
        } else if is_first && !is_counted && !is_random && 0 < count && count < asked {
            let end = self.start_of(next).saturating_add(count);
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
        Ok(self.page(rows, count, next, asked, totals))
    }

    /// The items of the page at `at`, of `count` in the response, if there are any.
    fn page(
        &mut self,
        mut rows: Rows<T>,
        count: u64,
        at: ListPosition,
        size: u64,
        totals: Option<Totals>,
    ) -> Option<Fetched<T>> {
        if let Some(after) = self.after {
            rows.retain(|key| key > after);
        }
        self.barren = if rows.items.is_empty() { self.barren + 1 } else { 0 };
        if self.barren > MAX_EMPTY_PAGES {
            self.warning = Some(ListWarning::Hidden);
            self.next = None;
        }
        let removed = usize::try_from(count).unwrap_or(usize::MAX).saturating_sub(rows.items.len());
        let is_empty = rows.items.is_empty();
        let page = Fetched { rows, removed, at, size, totals, is_by_id: false, warning: self.warning };
        (!is_empty).then_some(page)
    }

    /// How many items are before `position`.
    fn start_of(&self, position: ListPosition) -> u64 {
        match position {
            ListPosition::Page(page) => page.saturating_sub(1).saturating_mul(self.numbered_by),
            ListPosition::Offset(offset) => offset,
        }
    }

    /// Continues with the items that were found after a short page, if the page with the next number shows that there
    /// is a gap.
    fn accept_found(&mut self, outcome: &Result<Reply<Rows<T>>>, next: ListPosition) -> Option<Fetched<T>> {
        let found = self.found.take()?;
        let is_behind_gap = match outcome {
            Ok(reply) => !found.rows.keys.first().is_some_and(|first| reply.body.keys.contains(first)),
            Err(error) => is_past_the_end(error, next) || error.status().is_some_and(refuses_parameter),
        };
        if !is_behind_gap {
            return None;
        }
        (self.next, self.last, self.short) = (found.next, found.last, Some(found.short));
        let totals = self.last.and_then(|(_, totals)| totals);
        self.page(found.rows, found.count, found.at, self.size.now(), totals)
    }
}

/// Whether a route or a firewall responds with this status to a parameter that it does not accept. Others are about the
/// credential, or may be gone at the next request.
pub(super) fn refuses_parameter(status: StatusCode) -> bool {
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
