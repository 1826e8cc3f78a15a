//! Lists: a page, or all items.

use std::fmt;
use std::future::IntoFuture;
use std::hash::{DefaultHasher, Hasher as _};
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use std::vec::IntoIter;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, Stream, StreamExt, stream};
use serde::Serialize;
use wp_auth::Identity;
use wp_core::models::{CategoryId, Post, PostStatus, TagId, UserId};
use wp_core::php::Coercion;
use wp_core::{ErrorCode, Query, Resource, SiteTime, Totals};

use crate::{Error, QueryIgnored, Reply, Request, Result};

/// A list that is asked for by awaiting it (one page), or item by item as a [stream](Self::stream).
#[must_use = "a list is asked for by awaiting it, or by its stream"]
pub struct List<R>(Request<Vec<R>>);

/// A part of a list. WordPress counts pages, unless it is given an offset: then it ignores the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ListPosition {
    /// The page of this number, from 1.
    Page(u64),
    /// What follows so many items.
    Offset(u64),
}

/// `page 8`, `offset 700`.
impl fmt::Display for ListPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.parameter(), self.number())
    }
}

impl ListPosition {
    /// What the query names.
    fn asked(query: &Query) -> Option<Self> {
        let number = |name: &str| query.get(name)?.parse().ok();
        number("offset").map(Self::Offset).or_else(|| number("page").map(Self::Page))
    }

    /// The parameter that says it.
    fn parameter(self) -> &'static str {
        match self {
            Self::Page(_) => "page",
            Self::Offset(_) => "offset",
        }
    }

    fn number(self) -> u64 {
        match self {
            Self::Page(number) | Self::Offset(number) => number,
        }
    }
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// The smallest or oldest first.
    Asc,
    /// The largest or newest first, which is what WordPress does unless told otherwise.
    Desc,
}

/// The most items that WordPress puts on a page.
const MAX_PER_PAGE: u32 = 100;

impl<R: Resource> List<R> {
    pub(crate) fn new(request: Request<Vec<R>>) -> Self {
        Self(request)
    }

    /// The number of the page, from 1. A stream begins there.
    pub fn page(self, page: u32) -> Self {
        self.query("page", page)
    }

    /// How many items a page has: 1 to 100. WordPress takes 10; a stream takes 100.
    pub fn per_page(self, items: u32) -> Self {
        self.query("per_page", items)
    }

    /// Only what holds these words.
    pub fn search(self, words: &str) -> Self {
        self.query("search", words)
    }

    /// Only these. An empty list is an error: WordPress would ignore it and respond with everything.
    pub fn include(self, ids: impl IntoIterator<Item = R::Id>) -> Self {
        self.query("include", ids.into_iter().collect::<Vec<_>>())
    }

    /// Not these. As for [`include`](Self::include), the list must not be empty.
    pub fn exclude(self, ids: impl IntoIterator<Item = R::Id>) -> Self {
        self.query("exclude", ids.into_iter().collect::<Vec<_>>())
    }

    /// The order, by a field such as `date`, `id`, `title`, `slug`.
    pub fn order_by(self, field: &str, order: Order) -> Self {
        self.query("orderby", field).query("order", order)
    }

    /// Sets any parameter, in place of an earlier one.
    pub fn query(self, name: &str, value: impl Serialize) -> Self {
        Self(self.0.set(name, value))
    }

    /// Sets a header; see [`Request::header`].
    pub fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    /// Asks without a credential.
    pub fn anonymous(self) -> Self {
        Self(self.0.anonymous())
    }

    /// Asks as somebody else; see [`Request::auth`].
    pub fn auth(self, identity: impl Into<Identity>) -> Self {
        Self(self.0.auth(identity))
    }

    /// How long each page may take; see [`Request::timeout`].
    pub fn timeout(self, timeout: Duration) -> Self {
        Self(self.0.timeout(timeout))
    }

    /// Takes nothing for what it is not; see [`Request::strict`].
    pub fn strict(self) -> Self {
        Self(self.0.strict())
    }

    /// All items, in order, each page asked for when its first item is. It ends at the first error.
    ///
    /// Pages are counted, never followed by an address that the server gives. While the site changes
    /// under the walk, an item can be skipped or come twice; ordering by `id` upwards avoids that for
    /// new items.
    pub fn stream(self) -> Items<R> {
        let mut request = self.0;
        let next = ListPosition::asked(request.asked()).unwrap_or(ListPosition::Page(1));
        if request.asked().get("per_page").is_none() {
            request = request.set("per_page", MAX_PER_PAGE);
        }
        let walk = Walk { request, page: Vec::new().into_iter(), next: Some(next), last: None };
        Items(stream::try_unfold(walk, Walk::step).boxed())
    }
}

impl List<Post> {
    /// Only posts in this state. Without it, those that are published. Others need the right to see
    /// them: 400 `rest_invalid_param` for who has it not.
    pub fn status(self, status: PostStatus) -> Self {
        self.query("status", status)
    }

    /// Only by these authors.
    pub fn author(self, authors: impl IntoIterator<Item = UserId>) -> Self {
        self.query("author", authors.into_iter().collect::<Vec<_>>())
    }

    /// Only in any of these categories.
    pub fn categories(self, categories: impl IntoIterator<Item = CategoryId>) -> Self {
        self.query("categories", categories.into_iter().collect::<Vec<_>>())
    }

    /// Only with any of these tags.
    pub fn tags(self, tags: impl IntoIterator<Item = TagId>) -> Self {
        self.query("tags", tags.into_iter().collect::<Vec<_>>())
    }

    /// Only with this slug.
    pub fn slug(self, slug: &str) -> Self {
        self.query("slug", [slug])
    }

    /// Only published after this moment on the site's clock.
    pub fn after(self, time: SiteTime) -> Self {
        self.query("after", time)
    }

    /// Only published before this moment on the site's clock.
    pub fn before(self, time: SiteTime) -> Self {
        self.query("before", time)
    }
}

impl<R: Resource> IntoFuture for List<R> {
    type Output = Result<Page<R>>;
    type IntoFuture = BoxFuture<'static, Result<Page<R>>>;

    fn into_future(self) -> Self::IntoFuture {
        let request = self.0;
        async move {
            let query = request.asked().clone();
            let position = ListPosition::asked(&query);
            let in_list = |error: Error| position.into_iter().fold(error, Error::in_list);
            let context = request.error_context();
            let Reply { body: items, totals, coercions, .. } = request.reply().await.map_err(in_list)?;
            match QueryIgnored::of_page(&query, &items) {
                Some(ignored) => Err(in_list(context.error(ignored))),
                None => Ok(Page { items, totals, coercions }),
            }
        }
        .boxed()
    }
}

impl<R> fmt::Debug for List<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("List").field(&self.0).finish()
    }
}

/// One page of a list: a slice of its items, and the totals.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page<R> {
    /// The items.
    pub items: Vec<R>,
    /// How much the whole list holds. `None` where a server lost the headers.
    pub totals: Option<Totals>,
    /// What had another shape than its field, and was read all the same: `[3].title`.
    pub coercions: Vec<Coercion>,
}

impl<R> Deref for Page<R> {
    type Target = [R];

    fn deref(&self) -> &[R] {
        &self.items
    }
}

impl<R> IntoIterator for Page<R> {
    type Item = R;
    type IntoIter = IntoIter<R>;

    fn into_iter(self) -> IntoIter<R> {
        self.items.into_iter()
    }
}

/// All items of a list: a [`Stream`], or a loop around [`try_next`](Self::try_next).
#[must_use = "nothing is asked for until an item is"]
pub struct Items<R>(BoxStream<'static, Result<R>>);

impl<R> Items<R> {
    /// The next item; `None` behind the last.
    ///
    /// # Errors
    /// Why the page that holds it could not be had. The walk is over then.
    pub async fn try_next(&mut self) -> Result<Option<R>> {
        self.0.next().await.transpose()
    }
}

impl<R> Stream for Items<R> {
    type Item = Result<R>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(cx)
    }
}

impl<R> fmt::Debug for Items<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").finish_non_exhaustive()
    }
}

/// A walk over pages.
struct Walk<R> {
    request: Request<Vec<R>>,
    page: IntoIter<R>,
    /// What to ask for when the page is used up; `None` at the end.
    next: Option<ListPosition>,
    /// What the items of the last page are called, as a hash, and the totals that came with it.
    last: Option<(u64, Option<Totals>)>,
}

impl<R: Resource> Walk<R> {
    async fn step(mut self) -> Result<Option<(R, Self)>> {
        loop {
            if let Some(item) = self.page.next() {
                return Ok(Some((item, self)));
            }
            let Some(next) = self.next.take() else { return Ok(None) };
            self.turn(next).await.map_err(|error| error.in_list(next))?;
        }
    }

    async fn turn(&mut self, next: ListPosition) -> Result<()> {
        if let Some(error) = self.request.take_fault() {
            return Err(error);
        }
        let request = self.request.again().set(next.parameter(), next.number());
        let (context, query) = (request.error_context(), request.asked().clone());
        let reply = match request.reply_unreported().await {
            // The list became shorter under the walk, or the totals were lost.
            Err(error) if is_past_the_end(&error, next) => return Ok(()),
            reply => reply?,
        };
        let count = reply.body.len() as u64;
        // Totals that deny what came with them are none.
        let totals = reply.totals.filter(|totals| totals.pages > 0 || count == 0);
        let asked = query.get("per_page").and_then(|size| size.parse().ok()).unwrap_or(count);
        let seen = (count > 0).then(|| (names(&reply.body), totals));
        // Where items were added in front of these, the totals grew. By chance, items come again as well.
        let is_same = seen.is_some() && seen == self.last && query.get("orderby") != Some("rand");
        if is_same && totals.is_none() && count != asked {
            // This resource has no pages, and it was all in the first.
            return Ok(());
        }
        let ignored = is_same.then(|| QueryIgnored::new(next.parameter()));
        // One without pages gives everything.
        let ignored = ignored.or_else(|| QueryIgnored::of_page(&query, &reply.body));
        if let Some(ignored) = ignored.filter(|ignored| totals.is_some() || !ignored.is_of_size()) {
            return Err(context.error(ignored));
        }
        self.last = seen.or(self.last);
        let size = match totals {
            // The server took fewer than it was asked for, and counts pages by that.
            Some(totals) if totals.pages > totals.items.div_ceil(asked.max(1)) => {
                count.max(totals.items.div_ceil(totals.pages))
            }
            None if count > 0 => count,
            _ => asked,
        };
        let more = match (next, totals) {
            // A page may be empty in the middle: WordPress leaves out what this user may not see.
            (ListPosition::Page(page), Some(totals)) => page < totals.pages,
            // The pages of the totals take no note of an offset, but the items do.
            (ListPosition::Offset(offset), Some(totals)) => offset.saturating_add(size) < totals.items,
            (_, None) => count > 0,
        };
        let following = match next {
            ListPosition::Page(page) => page.checked_add(1).map(ListPosition::Page),
            ListPosition::Offset(offset) => offset.checked_add(size.max(1)).map(ListPosition::Offset),
        };
        self.next = following.filter(|_| more);
        self.page = reply.body.into_iter();
        Ok(())
    }
}

/// A hash of what the items are called.
fn names<R: Resource>(items: &[R]) -> u64 {
    struct Names(DefaultHasher);
    impl fmt::Write for Names {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.write(text.as_bytes());
            Ok(())
        }
    }
    let mut names = Names(DefaultHasher::new());
    for item in items {
        // Hashing cannot fail.
        let _ = fmt::Write::write_fmt(&mut names, format_args!("{} ", item.id()));
    }
    names.0.finish()
}

/// Posts respond with an error past the last page, other resources with an empty list.
fn is_past_the_end(error: &Error, asked: ListPosition) -> bool {
    matches!(asked, ListPosition::Page(page) if page > 1)
        && error.code() == Some(&ErrorCode::POST_INVALID_PAGE_NUMBER)
}
