//! The streams over a list: of its pages, and of its items.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec::IntoIter;

use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt};
use wp_core::Totals;

use super::Page;
use super::cursor::Cursor;
use super::fetch::Fetcher;
use super::walk::Walk;
use super::walk_by_id::{Turn, WalkById};
use super::warning::ListWarning;
use crate::read::rows::{Rows, is_number};
use crate::{ListPosition, Result};

/// A page that a walk returns.
pub(super) struct Fetched<T> {
    pub(super) rows: Rows<T>,
    /// How many items of the response, before these, were returned earlier.
    pub(super) removed: usize,
    pub(super) at: ListPosition,
    pub(super) size: u64,
    pub(super) totals: Option<Totals>,
    /// Whether the keys are ids in ascending order.
    pub(super) is_by_id: bool,
    pub(super) warning: Option<ListWarning>,
}

/// How a list is walked.
pub(super) enum Plan<T> {
    ById(Box<WalkById<T>>),
    ByPosition(Box<Walk<T>>),
    Ended,
}

impl<T: Send + 'static> Plan<T> {
    /// `cursor` is the position to continue at, or the start. The size of its page is 0 if the query has it in another
    /// form.
    pub(super) fn new(fetcher: Fetcher<T>, is_by_id: bool, cursor: Cursor) -> Self {
        let Cursor { position, per_page, after, .. } = cursor;
        match after {
            Some(_) => Self::ById(Box::new(WalkById::behind(fetcher, cursor))),
            None if is_by_id && per_page > 0 => {
                Self::ById(Box::new(WalkById::new(fetcher, per_page, position)))
            }
            None => Self::ByPosition(Box::new(Walk::new(fetcher, per_page, position))),
        }
    }

    pub(super) async fn next(self) -> Result<Option<(Fetched<T>, Self)>> {
        let mut walk = match self {
            Self::ById(walk) => match walk.turn().await? {
                (Turn::Page(page), Some(walk)) => return Ok(Some((page, Self::ById(walk)))),
                (Turn::Page(_) | Turn::End, walk) => {
                    return Ok(Self::last(walk.and_then(|walk| walk.warning)));
                }
                (Turn::Otherwise(walk), _) => walk,
            },
            Self::ByPosition(walk) => walk,
            Self::Ended => return Ok(None),
        };
        Ok(match walk.next().await? {
            Some(page) => Some((page, Self::ByPosition(walk))),
            None => Self::last(walk.warning),
        })
    }

    /// The warning that came after the last item, as a page without items.
    fn last(warning: Option<ListWarning>) -> Option<(Fetched<T>, Self)> {
        let page = Fetched {
            rows: Rows { items: Vec::new(), keys: Vec::new(), stamps: Vec::new(), ignored: None },
            removed: 0,
            at: ListPosition::Page(1),
            size: 0,
            totals: None,
            is_by_id: false,
            warning,
        };
        warning.is_some().then_some((page, Self::Ended))
    }
}

/// The pages of a list, in order: a [`Stream`], or a loop around [`try_next`](Self::try_next). [`Items`] are their items.
#[must_use = "nothing is sent until a page is requested"]
pub struct Pages<T> {
    fetched: BoxStream<'static, Result<Fetched<T>>>,
    /// How many items of the first page a cursor skips.
    skip: u64,
    cursor: Cursor,
    totals: Option<Totals>,
    warning: Option<ListWarning>,
    /// The keys of the page that was returned last, if they are ids in their order.
    ids: Vec<u64>,
    /// The last id of the page before.
    before: Option<u64>,
}

fn last_id(keys: &[u64]) -> Option<u64> {
    keys.iter().rev().copied().find(|key| is_number(*key))
}

impl<T: Send + 'static> Pages<T> {
    pub(super) fn new(plan: Plan<T>, cursor: Cursor) -> Self {
        let fetched = stream::try_unfold(plan, Plan::next).boxed();
        // Behind an id, the walk itself skips.
        let skip = if cursor.after.is_some() { 0 } else { cursor.skip };
        Self { fetched, skip, cursor, totals: None, warning: None, ids: Vec::new(), before: None }
    }
}

impl<T> Pages<T> {
    /// Returns the next page that has items; `None` after the last.
    ///
    /// # Errors
    /// The error of the page. The stream ends with it; see [`cursor`](Self::cursor).
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let mut pages = wp.posts().list().concurrency(4).pages();
    /// while let Some(page) = pages.try_next().await? {
    ///     println!("{} posts", page.len());
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn try_next(&mut self) -> Result<Option<Page<T>>> {
        self.next().await.transpose()
    }

    /// The position after the last page.
    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// The size of the whole list; see [`Items::totals`].
    pub fn totals(&self) -> Option<Totals> {
        self.totals
    }

    /// Why items may be missing; see [`Items::warning`].
    pub fn warning(&self) -> Option<ListWarning> {
        self.warning
    }

    fn taken(&mut self, page: Fetched<T>) -> Option<Page<T>> {
        let Fetched { rows: Rows { mut items, keys, .. }, removed, at, size, totals, is_by_id, warning } =
            page;
        self.warning = warning.or(self.warning);
        if items.is_empty() {
            return None;
        }
        let count = removed + items.len();
        let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(items.len());
        self.skip = 0;
        items.drain(..skipped);
        self.before = self.cursor.after;
        self.ids = if is_by_id { keys } else { Vec::new() };
        let after = last_id(&self.ids).or(self.before.filter(|_| is_by_id));
        self.cursor = Cursor { position: at, per_page: size, skip: count as u64, after, ..self.cursor };
        self.totals = totals;
        (!items.is_empty()).then(|| Page { items, totals, coercions: Vec::new() })
    }

    /// The cursor after all items of the last page but `rest`.
    fn before_rest(&self, rest: usize) -> Cursor {
        let mut cursor = Cursor { skip: self.cursor.skip.saturating_sub(rest as u64), ..self.cursor };
        if let Some(taken) = self.ids.len().checked_sub(rest) {
            cursor.after = last_id(&self.ids[..taken]).or(self.before);
        }
        cursor
    }
}

impl<T> Stream for Pages<T> {
    type Item = Result<Page<T>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match std::task::ready!(self.fetched.poll_next_unpin(cx)).transpose()? {
                None => return Poll::Ready(None),
                // The page had only a warning, or nothing after the cursor.
                Some(page) => {
                    if let Some(page) = self.taken(page) {
                        return Poll::Ready(Some(Ok(page)));
                    }
                }
            }
        }
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("cursor", &self.cursor)
            .field("totals", &self.totals)
            .finish_non_exhaustive()
    }
}

/// The items of all pages of a list: a [`Stream`], or a loop around [`try_next`](Self::try_next).
#[must_use = "nothing is sent until an item is requested"]
pub struct Items<R> {
    pages: Pages<R>,
    page: IntoIter<R>,
}

impl<R> Items<R> {
    pub(super) fn new(pages: Pages<R>) -> Self {
        Self { pages, page: Vec::new().into_iter() }
    }

    /// Returns the next item; `None` after the last.
    ///
    /// # Errors
    /// The error of the page that holds the item. The stream ends with it; see [`cursor`](Self::cursor).
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let mut posts = wp.posts().list().stream();
    /// while let Some(post) = posts.try_next().await? {
    ///     println!("{}", post.title.rendered);
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn try_next(&mut self) -> Result<Option<R>> {
        self.next().await.transpose()
    }

    /// The size of the whole list, as the last page said: for a progress bar. `None` before the first item, and if the
    /// response has no totals.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let mut posts = wp.posts().list().stream();
    /// let mut done = 0;
    /// while let Some(post) = posts.try_next().await? {
    ///     done += 1;
    ///     let all = posts.totals().map_or(0, |totals| totals.items);
    ///     println!("{done} of {all}: {}", post.title.rendered);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn totals(&self) -> Option<Totals> {
        self.pages.totals()
    }

    /// The position after the item that was returned last, also after an error. It can be stored as JSON;
    /// [`List::resume`](crate::List::resume) continues there.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut posts = wp.posts().list().order_by("id", wp_client::Order::Asc).stream();
    /// while let Some(post) = posts.try_next().await? {
    ///     println!("{}", post.title.rendered);
    ///     std::fs::write("cursor.json", serde_json::to_string(&posts.cursor())?)?;
    /// }
    /// # Ok(()) }
    /// ```
    pub fn cursor(&self) -> Cursor {
        self.pages.before_rest(self.page.len())
    }

    /// Why an item may be missing or have been returned twice, as far as it is known; complete after the last item.
    ///
    /// `None` means that each item that existed throughout was returned once: for a list in ascending order of ids, if
    /// its responses have totals, also when items were inserted or deleted meanwhile; for any other order, if the list
    /// did not change. Without totals (a server on the way drops the headers), hidden items and a capped page size at
    /// the same time look like the end of the list.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let mut posts = wp.posts().list().stream();
    /// while let Some(post) = posts.try_next().await? {
    ///     println!("{}", post.title.rendered);
    /// }
    /// if let Some(warning) = posts.warning() {
    ///     eprintln!("{warning}");
    /// }
    /// # Ok(()) }
    /// ```
    pub fn warning(&self) -> Option<ListWarning> {
        self.pages.warning()
    }
}

impl<R> Stream for Items<R> {
    type Item = Result<R>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.page.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            match std::task::ready!(self.pages.poll_next_unpin(cx)) {
                Some(Ok(page)) => self.page = page.items.into_iter(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

/// `IntoIter` can be moved at any time.
impl<R> Unpin for Items<R> {}

impl<R> fmt::Debug for Items<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("cursor", &self.cursor())
            .field("totals", &self.totals())
            .finish_non_exhaustive()
    }
}
