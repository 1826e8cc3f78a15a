//! The pages of a list in ascending order of ids, without a gap although the site changes.
//!
//! Each page overlaps the one before by an item. A page whose first id is not above the last one that was returned
//! begins within what is known, and a response is one state of the list, so between its items nothing is missing.
//! Ids never change, and a new item gets the highest. Hence an item that exists throughout is returned exactly once. A
//! page that begins above the last id may be after a gap: earlier items were deleted, and later ones took their places.
//! Then the walk goes back until a page joins.
//!
//! A page that is shorter than requested was capped by the server, or has items that this user may not see. The next
//! page begins at its last item as if it was capped, which is right in both cases. If that brings nothing new, items are
//! hidden, and the walk continues after them with a warning: the item that would join may be one of them.

use wp_core::Totals;

use super::cursor::Cursor;
use super::fetch::{Fetcher, Span};
use super::page_size::PageSize;
use super::stream::Fetched;
use super::walk::{MAX_EMPTY_PAGES, Walk, refuses_parameter};
use super::warning::ListWarning;
use crate::read::rows::Rows;
use crate::{Error, ListPosition, QueryIgnored, Result};

/// How often the walk goes back, each time twice as far, before it continues without the promise.
const MAX_STEPS_BACK: u32 = 12;

/// A walk over a list that is sorted by id, from the lowest.
pub(super) struct WalkById<T> {
    fetcher: Fetcher<T>,
    size: PageSize,
    full: u64,
    /// Where the list of the caller begins.
    start: u64,
    /// The offset to request; `None` at the end.
    next: Option<u64>,
    /// The last id that was returned.
    last: Option<u64>,
    totals: Option<Totals>,
    /// How often the walk went back since it returned an item, and the offset that it went back from.
    back: Option<(u32, u64)>,
    /// How far the last page reached, if it was shorter than requested: all of its size if it cannot overlap the next.
    stride: Option<u64>,
    /// Whether items are hidden, as far as it is known.
    is_hiding: bool,
    /// A hash of the ids of the last page that joined, its offset, and its totals. `None` after a step back.
    seen: Option<(u64, u64, Option<Totals>)>,
    /// How many pages in a row had no new item.
    barren: u32,
    pub(super) warning: Option<ListWarning>,
}

/// The result of a step of the walk.
pub(super) enum Turn<T> {
    Page(Fetched<T>),
    End,
    /// The site does not sort the list, or accepts no offset.
    Otherwise(Box<Walk<T>>),
}

impl<T: Send + 'static> WalkById<T> {
    pub(super) fn new(fetcher: Fetcher<T>, per_page: u64, first: ListPosition) -> Self {
        let start = match first {
            ListPosition::Page(page) => page.saturating_sub(1).saturating_mul(per_page),
            ListPosition::Offset(offset) => offset,
        };
        // A page of one item cannot overlap another.
        let full = per_page.max(2);
        Self {
            fetcher,
            size: PageSize::new(full),
            full,
            start,
            next: Some(start),
            last: None,
            totals: None,
            back: None,
            stride: None,
            is_hiding: false,
            seen: None,
            barren: 0,
            warning: None,
        }
    }

    /// The walk after the item that `cursor` names.
    pub(super) fn behind(fetcher: Fetcher<T>, cursor: Cursor) -> Self {
        let mut walk = Self::new(fetcher, cursor.per_page, cursor.position);
        walk.last = cursor.after;
        walk
    }

    /// Returns the next page that has a new item. The walk remains if there may be more.
    pub(super) async fn turn(mut self: Box<Self>) -> Result<(Turn<T>, Option<Box<Self>>)> {
        while let Some(offset) = self.next.take() {
            let size = self.size.now();
            let following = self.following(offset, size);
            let reply = match self.fetcher.fetch(span(offset, size, self.size.is_untried()), following).await
            {
                Ok(reply) => reply,
                // A page after the first begins with an item that is known.
                Err(error)
                    if error.is_too_heavy() && self.size.shrink(if self.last.is_some() { 2 } else { 1 }) =>
                {
                    self.next = Some(offset);
                    continue;
                }
                Err(error) if offset > self.start && error.status().is_some_and(refuses_parameter) => {
                    return Ok((Turn::Otherwise(self.by_position(ListWarning::Changed)), None));
                }
                Err(error) => return Err(error.in_list(ListPosition::Offset(offset))),
            };
            self.size.grow();
            let rows = reply.body;
            if !rows.are_ascending() {
                if self.last.is_some() {
                    return Err(self.ignored(QueryIgnored::new("orderby"), offset));
                }
                return Ok((Turn::Otherwise(self.by_position(ListWarning::OrderIgnored)), None));
            }
            let count = rows.keys.len() as u64;
            // Totals that contradict the page that they came with are ignored.
            let totals = reply.totals.filter(|totals| {
                count == 0 || totals.pages > 0 && offset.saturating_add(count) <= totals.items
            });
            let ignored = rows.ignored.filter(|ignored| totals.is_some() || !ignored.is_of_size());
            if let Some(ignored) = ignored.or_else(|| self.repeated(&rows, offset, totals)) {
                return Err(self.ignored(ignored, offset));
            }
            let before = std::mem::replace(&mut self.totals, totals);
            if !self.joins(&rows, offset) {
                let is_end = totals.is_none() && count == 0 && self.stride == Some(size);
                // Behind the end, a page would have the items that moved.
                let is_within = totals.is_none_or(|totals| offset < totals.items);
                if is_end {
                    break;
                }
                if self.is_hiding && before == totals && is_within {
                    self.warning = Some(ListWarning::Hidden);
                    self.back = None;
                } else if self.go_back(offset, size) {
                    continue;
                } else {
                    return Ok((Turn::Otherwise(self.by_position(ListWarning::Changed)), None));
                }
            }
            self.seen = Some((rows.fingerprint(), offset, totals));
            if let Some(page) = self.accept(rows, offset, size) {
                return Ok((Turn::Page(page), Some(self)));
            }
        }
        Ok((Turn::End, Some(self)))
    }

    /// The spans after `offset`, as far as the totals tell.
    fn following(&self, offset: u64, size: u64) -> impl Iterator<Item = Span> + use<T> {
        let items = self.totals.map_or(0, |totals| totals.items);
        let stride = self.stride.unwrap_or(size).min(size).saturating_sub(1).max(1);
        let after = move |at: &u64| (at.saturating_add(size) < items).then(|| at.saturating_add(stride));
        std::iter::successors(Some(offset), after).skip(1).map(move |at| span(at, size, false))
    }

    /// The offset is ignored if a later page has the same items.
    fn repeated(&self, rows: &Rows<T>, offset: u64, totals: Option<Totals>) -> Option<QueryIgnored> {
        let (seen, at, before) = self.seen?;
        let count = rows.keys.len() as u64;
        // Without totals, a short page may be the whole list.
        let is_full = totals.is_some() || count == self.size.now();
        let is_same = (seen, before) == (rows.fingerprint(), totals);
        (is_same && offset > at && count > 1 && is_full).then(|| QueryIgnored::new("offset"))
    }

    /// Whether this page begins within what was returned, or where the list begins.
    fn joins(&self, rows: &Rows<T>, offset: u64) -> bool {
        let begins = offset == 0 || self.last.is_none() && offset <= self.start;
        begins || rows.ids().next().zip(self.last).is_some_and(|(first, last)| first <= last)
    }

    /// Plans to request a page before `offset`. Returns `false` after too many of these.
    fn go_back(&mut self, offset: u64, size: u64) -> bool {
        let (steps, from) = self.back.unwrap_or((0, offset));
        let distance = (size / 2).max(1).saturating_mul(1 << steps);
        self.back = Some((steps + 1, from));
        self.seen = None;
        self.next = Some(from.saturating_sub(distance));
        steps < MAX_STEPS_BACK
    }

    /// Plans the next page, and returns the new items of this one.
    fn accept(&mut self, mut rows: Rows<T>, offset: u64, size: u64) -> Option<Fetched<T>> {
        let count = rows.keys.len() as u64;
        let rest = self.totals.map(|totals| totals.items.saturating_sub(offset));
        let is_short = count < rest.map_or(size, |rest| rest.min(size));
        // A short page reaches as far as it has items, if it was capped. With fewer than two items it cannot overlap
        // the next one: then the others are hidden.
        self.is_hiding |= is_short && count < 2;
        let reach = if is_short && count > 1 { count } else { size };
        self.stride = is_short.then_some(reach);
        let step = (reach - 1).max(1);
        let is_end = rest.is_some_and(|rest| rest <= if is_short { step } else { size });
        self.next = offset.checked_add(step).filter(|_| !is_end);
        let known = self.last.map_or(0, |last| rows.known_up_to(last));
        if known == rows.keys.len() {
            self.barren += 1;
            if self.barren > MAX_EMPTY_PAGES && self.back.is_none() {
                self.warning = Some(ListWarning::Hidden);
                self.next = None;
            }
            return None;
        }
        rows.remove_first(known);
        (self.last, self.back, self.barren) = (rows.ids().last().or(self.last), None, 0);
        let at = ListPosition::Offset(offset);
        let (totals, warning) = (self.totals, self.warning);
        Some(Fetched { removed: known, rows, at, size: self.full, totals, is_by_id: true, warning })
    }

    fn ignored(&mut self, ignored: QueryIgnored, offset: u64) -> Error {
        self.fetcher.request().error_context().error(ignored).in_list(ListPosition::Offset(offset))
    }

    /// The same list by positions, without what was returned.
    fn by_position(self, warning: ListWarning) -> Box<Walk<T>> {
        let first = match self.start {
            0 => ListPosition::Page(1),
            start => ListPosition::Offset(start),
        };
        Box::new(Walk::new(self.fetcher, self.full, first).instead(self.last, warning))
    }
}

fn span(offset: u64, size: u64, is_part: bool) -> Span {
    let at = if offset == 0 { ListPosition::Page(1) } else { ListPosition::Offset(offset) };
    Span { at, size, is_part }
}
