//! Lists: one page, or a stream of all items.

mod walk;

use std::fmt;
use std::future::IntoFuture;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use std::vec::IntoIter;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, Stream, StreamExt};
use serde::Serialize;
use wp_auth::Identity;
use wp_core::models::{CategoryId, Post, PostStatus, TagId, UserId};
use wp_core::php::Coercion;
use wp_core::{Resource, SiteTime, Totals};

use self::walk::Walk;
use crate::{Error, ListPosition, QueryIgnored, Reply, Request, Result};

/// A list request. Awaiting it returns one [`Page`]; [`stream`](Self::stream) returns the items of all pages.
///
/// ```no_run
/// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
/// let page = wp.posts().list().search("dune").per_page(20).await?;
/// for post in &*page {
///     println!("{}", post.title.rendered);
/// }
/// if let Some(totals) = page.totals {
///     println!("{} posts on {} pages", totals.items, totals.pages);
/// }
/// # Ok(()) }
/// ```
#[must_use = "a list is requested by awaiting it, or by its stream"]
pub struct List<R>(Request<Vec<R>>);

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// The smallest or oldest first.
    Asc,
    /// The largest or newest first. WordPress's default for posts.
    Desc,
}

/// The most items that WordPress puts on a page.
const MAX_PER_PAGE: u32 = 100;

impl<R: Resource> List<R> {
    pub(crate) fn new(request: Request<Vec<R>>) -> Self {
        Self(request)
    }

    /// Sets the page number, from 1. Default: 1. A stream starts at this page.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let posts = wp.posts().list().page(2).await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn page(self, page: u32) -> Self {
        self.query("page", page)
    }

    /// Sets the number of items on a page: 1 to 100. Default: WordPress's 10 for one page, 100 for a stream.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let posts = wp.posts().list().per_page(100).await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn per_page(self, items: u32) -> Self {
        self.query("per_page", items)
    }

    /// Returns only items that contain these words.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let posts = wp.posts().list().search("dune sand").await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn search(self, words: &str) -> Self {
        self.query("search", words)
    }

    /// Returns only the items with these ids.
    ///
    /// An empty list of ids is an error: WordPress would ignore it and return all items.
    ///
    /// ```no_run
    /// # use wp_client::models::PostId;
    /// # async fn run(wp: wp_client::Client, first: PostId, second: PostId) -> wp_client::Result<()> {
    /// let posts = wp.posts().list().include([first, second]).await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn include(self, ids: impl IntoIterator<Item = R::Id>) -> Self {
        self.query("include", ids.into_iter().collect::<Vec<_>>())
    }

    /// Leaves out the items with these ids. An empty list of ids is an error, as for [`include`](Self::include).
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, sticky: wp_client::models::PostId) -> wp_client::Result<()> {
    /// let posts = wp.posts().list().exclude([sticky]).await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn exclude(self, ids: impl IntoIterator<Item = R::Id>) -> Self {
        self.query("exclude", ids.into_iter().collect::<Vec<_>>())
    }

    /// Sorts by a field such as `date`, `id`, `title` or `slug`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::Order;
    ///
    /// let posts = wp.posts().list().order_by("id", Order::Asc).await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn order_by(self, field: &str, order: Order) -> Self {
        self.query("orderby", field).query("order", order)
    }

    /// Sets any query parameter, and replaces an earlier value.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let posts = wp.posts().list().query("sticky", true).await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn query(self, name: &str, value: impl Serialize) -> Self {
        Self(self.0.set(name, value))
    }

    /// Sets a header of each page's request; see [`Request::header`].
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let posts = wp.posts().list().header("x-api-key", "k-123").await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    /// Sends the requests without a credential; see [`Request::anonymous`].
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let posts = wp.posts().list().anonymous().await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn anonymous(self) -> Self {
        Self(self.0.anonymous())
    }

    /// Sends the requests with another credential than the client's; see [`Request::auth`].
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, editor: wp_client::Identity) -> wp_client::Result<()> {
    /// let posts = wp.posts().list().auth(editor.clone()).await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn auth(self, identity: impl Into<Identity>) -> Self {
        Self(self.0.auth(identity))
    }

    /// Sets the deadline for each page, including retries; see [`Request::timeout`].
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use std::time::Duration;
    ///
    /// let posts = wp.posts().list().timeout(Duration::from_secs(5)).await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn timeout(self, timeout: Duration) -> Self {
        Self(self.0.timeout(timeout))
    }

    /// Turns off the conversions of JSON values whose type differs from that of their field; see [`Request::strict`].
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let posts = wp.posts().list().strict().await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn strict(self) -> Self {
        Self(self.0.strict())
    }

    /// Streams the items of all pages in order. Each page is requested when its first item is. The stream ends after
    /// the first error.
    ///
    /// Pages are counted; a URL that the server sends is never followed. If the site changes while the stream runs, an
    /// item can be skipped or returned twice. Sorting by `id` in ascending order avoids that for new items.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::Order;
    ///
    /// let mut posts = wp.posts().list().order_by("id", Order::Asc).stream();
    /// while let Some(post) = posts.try_next().await? {
    ///     println!("{}", post.title.rendered);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn stream(self) -> Items<R> {
        let mut request = self.0;
        let next = ListPosition::asked(request.asked()).unwrap_or(ListPosition::Page(1));
        if request.asked().get("per_page").is_none() {
            request = request.set("per_page", MAX_PER_PAGE);
        }
        Items(Walk::new(request, next).items())
    }
}

impl List<Post> {
    /// Returns only posts with this status. Default: `publish`.
    ///
    /// Any other status needs a user who may see such posts. WordPress responds to other users with 400
    /// `rest_invalid_param`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::PostStatus;
    ///
    /// let posts = wp.posts().list().status(PostStatus::Draft).await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn status(self, status: PostStatus) -> Self {
        self.query("status", status)
    }

    /// Returns only posts by any of these authors.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, ana: wp_client::models::UserId) -> wp_client::Result<()> {
    /// let posts = wp.posts().list().author([ana]).await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn author(self, authors: impl IntoIterator<Item = UserId>) -> Self {
        self.query("author", authors.into_iter().collect::<Vec<_>>())
    }

    /// Returns only posts in any of these categories.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, news: wp_client::models::CategoryId) -> wp_client::Result<()> {
    /// let posts = wp.posts().list().categories([news]).await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn categories(self, categories: impl IntoIterator<Item = CategoryId>) -> Self {
        self.query("categories", categories.into_iter().collect::<Vec<_>>())
    }

    /// Returns only posts with any of these tags.
    ///
    /// ```no_run
    /// # use wp_client::models::TagId;
    /// # async fn run(wp: wp_client::Client, rust: TagId, wasm: TagId) -> wp_client::Result<()> {
    /// let posts = wp.posts().list().tags([rust, wasm]).await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn tags(self, tags: impl IntoIterator<Item = TagId>) -> Self {
        self.query("tags", tags.into_iter().collect::<Vec<_>>())
    }

    /// Returns only posts with this slug.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let posts = wp.posts().list().slug("hello-world").await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn slug(self, slug: &str) -> Self {
        self.query("slug", [slug])
    }

    /// Returns only posts published after this time, in the site's time zone.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let posts = wp.posts().list().after("2026-01-01T00:00:00".parse()?).await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn after(self, time: SiteTime) -> Self {
        self.query("after", time)
    }

    /// Returns only posts published before this time, in the site's time zone.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let posts = wp.posts().list().before("2026-01-01T00:00:00".parse()?).await?;
    /// # drop(posts); Ok(()) }
    /// ```
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
    /// The size of the whole list. `None` if the response has no totals: a server on the way dropped the headers.
    pub totals: Option<Totals>,
    /// The values whose JSON type differed from that of their field and were converted, with their place: `[3].title`.
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

/// The items of all pages of a list: a [`Stream`], or a loop around [`try_next`](Self::try_next).
#[must_use = "nothing is sent until an item is requested"]
pub struct Items<R>(BoxStream<'static, Result<R>>);

impl<R> Items<R> {
    /// Returns the next item; `None` after the last.
    ///
    /// # Errors
    /// The error of the page that holds the item. The stream ends with it.
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
