//! The pages of a list in ascending order of ids, without a gap although the site changes.
//!
//! Each page overlaps the one before by an item. A page whose first id is not above the last one that was returned
//! begins within what is known, and a response is one state of the list, so between its items nothing is missing.
//! Ids never change, and a new item gets the highest. Hence an item that exists throughout is returned exactly once. A
//! page that begins above the last id may be behind a gap: earlier items were deleted, and later ones took their places.
//! Then the walk goes back until a page joins.

use wp_core::Totals;

use super::cursor::Cursor;
use super::fetch::{Fetcher, Span};
use super::page_size::PageSize;
use super::stream::Fetched;
use super::walk::{Walk, refuses_parameter};
use super::warning::ListWarning;
use crate::read::rows::Rows;
use crate::{ListPosition, QueryIgnored, Result};

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
    /// A page was shorter than requested. Its size is a cap, or it has items that this user may not see.
    short: Short,
    /// A hash of the ids of the last page that joined, its offset, and its totals.
    seen: Option<(u64, u64, Option<Totals>)>,
    warning: Option<ListWarning>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Short {
    No,
    /// Not known yet. The next page shows it.
    Unclear,
    /// WordPress leaves out items that this user may not see.
    Hidden,
}

/// So often the walk goes back, each time twice as far, before it goes on without the promise.
const MAX_STEPS_BACK: u32 = 10;

/// What a walk by id comes to.
pub(super) enum Turn<T> {
    Page(Fetched<T>),
    End,
    /// The site does not sort the list, or accepts no offset.
    Otherwise(Box<Walk<T>>),
}

impl<T: Send + 'static> WalkById<T> {
    pub(super) fn new(fetcher: Fetcher<T>, full: u64, first: ListPosition) -> Self {
        // A page of one item cannot overlap another.
        let full = full.max(2);
        let start = match first {
            ListPosition::Page(page) => page.saturating_sub(1).saturating_mul(full),
            ListPosition::Offset(offset) => offset,
        };
        Self {
            fetcher,
            size: PageSize::new(full),
            full,
            start,
            next: Some(start),
            last: None,
            totals: None,
            back: None,
            short: Short::No,
            seen: None,
            warning: None,
        }
    }

    /// The walk behind the item that `cursor` names.
    pub(super) fn behind(fetcher: Fetcher<T>, cursor: Cursor) -> Self {
        let mut walk = Self::new(fetcher, cursor.per_page, cursor.position);
        walk.start = 0;
        walk.last = cursor.after;
        walk
    }

    pub(super) async fn turn(mut self: Box<Self>) -> Result<(Turn<T>, Option<Box<Self>>)> {
        while let Some(offset) = self.next.take() {
            let size = self.size.now();
            let following = self.following(offset, size);
            let reply = match self.fetcher.fetch(span(offset, size), following).await {
                Ok(reply) => reply,
                // A page behind the first begins with an item that is known.
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
            let totals = reply.totals.filter(|totals| totals.pages > 0 || reply.body.keys.is_empty());
            let rows = reply.body;
            if !rows.keys.is_sorted_by(|before, after| before < after) {
                return Ok((Turn::Otherwise(self.by_position(ListWarning::OrderIgnored)), None));
            }
            let ignored = rows.ignored.filter(|ignored| totals.is_some() || !ignored.is_of_size());
            if let Some(ignored) = ignored.or_else(|| self.repeated(&rows, offset, totals)) {
                let error = self.fetcher.request().error_context().error(ignored);
                return Err(error.in_list(ListPosition::Offset(offset)));
            }
            let before = std::mem::replace(&mut self.totals, totals);
            if !self.joins(&rows, offset) {
                if self.short == Short::Hidden && before == totals {
                    // The item that would join may be hidden.
                    self.warning = Some(ListWarning::Hidden);
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
        Ok((Turn::End, None))
    }

    /// The spans behind `offset`, as far as the totals tell.
    fn following(&self, offset: u64, size: u64) -> impl Iterator<Item = Span> + use<T> {
        let is_known = self.short == Short::No || self.short == Short::Hidden;
        let items = self.totals.filter(|_| is_known && size > 1).map_or(0, |totals| totals.items);
        let after = move |at: &u64| (at.saturating_add(size) < items).then(|| at + size - 1);
        std::iter::successors(Some(offset), after).skip(1).map(move |at| span(at, size))
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
        let first = rows.keys.first();
        offset <= self.start || first.zip(self.last).is_some_and(|(first, last)| *first <= last)
    }

    /// Plans to request a page before `offset`. Returns `false` after too many of these.
    fn go_back(&mut self, offset: u64, size: u64) -> bool {
        let (steps, from) = self.back.unwrap_or((0, offset));
        let distance = (size / 2).max(1) << steps;
        self.back = Some((steps + 1, from));
        self.next = Some(from.saturating_sub(distance).max(self.start));
        steps < MAX_STEPS_BACK
    }

    /// Plans the next page, and returns the new items of this one.
    fn accept(&mut self, mut rows: Rows<T>, offset: u64, size: u64) -> Option<Fetched<T>> {
        let count = rows.keys.len() as u64;
        if self.short == Short::Unclear && offset > self.start {
            // The overlap was computed for a cap. If the page begins earlier, items were hidden.
            match rows.keys.first() {
                Some(first) if Some(*first) == self.last => self.short = Short::No,
                _ => (self.short, self.size) = (Short::Hidden, PageSize::new(self.full)),
            }
        }
        let rest = self.totals.map(|totals| totals.items.saturating_sub(offset));
        let is_short = self.short != Short::Hidden && count < rest.map_or(size, |rest| rest.min(size));
        self.next = match rest {
            None if count < 2 => None,
            Some(rest) if rest <= size && !is_short => None,
            _ if is_short && count > 1 => Some(offset + count - 1),
            _ => Some(offset + (size - 1).max(1)),
        };
        if is_short && self.totals.is_some() {
            if count > 1 && self.short == Short::No {
                self.size.cap(count);
                self.short = Short::Unclear;
            } else if count < 2 {
                self.short = Short::Hidden;
                self.next = self.next.filter(|_| rest > Some(size));
            }
        }
        let last = self.last;
        rows.retain(|key| last.is_none_or(|last| key > last));
        let Some(highest) = rows.keys.last().copied() else {
            // Without totals, a page without a new item is the end.
            self.next = self.next.filter(|_| self.totals.is_some());
            return None;
        };
        (self.last, self.back) = (Some(highest), None);
        let at = ListPosition::Offset(offset);
        Some(Fetched {
            rows,
            at,
            size: self.full,
            totals: self.totals,
            is_by_id: true,
            warning: self.warning,
        })
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

fn span(offset: u64, size: u64) -> Span {
    let at = if offset == 0 { ListPosition::Page(1) } else { ListPosition::Offset(offset) };
    Span { at, size }
}
