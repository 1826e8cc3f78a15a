//! Lists: one page, or a stream of all items.

mod changes;
mod checkpoint;
mod cursor;
mod fetch;
mod page_size;
mod stream;
mod sync;
mod walk;
mod walk_by_id;
mod warning;

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::ops::Deref;
use std::time::Duration;
use std::vec::IntoIter;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wp_auth::Identity;
use wp_core::models::Embeds;
use wp_core::php::Coercion;
use wp_core::{Listed, Paged, RequestError, Resource, Totals};

pub use self::changes::{Change, Changes};
pub use self::checkpoint::Checkpoint;
pub use self::cursor::Cursor;
use self::cursor::checksum;
use self::fetch::Fetcher;
use self::stream::Plan;
pub use self::stream::{Items, Pages};
pub use self::warning::{ListWarning, SyncWarning};
use crate::read::Read;
use crate::read::lenient::{ItemError, lenient_rows};
use crate::read::rows::{Rows, rows};
use crate::read::select::selected_rows;
use crate::read::with::{With, rows_with};
use crate::{Error, ListPosition, Reply, Request, Result};

/// A request for a list. Awaiting it returns one [`Page`]; [`stream`](Self::stream) returns the items of all pages.
///
/// `R` is the resource, `T` the type as which an item is read, and `F` the family of the list's [filters].
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
///
/// A filter that is not set leaves out nothing, unless its documentation names a default. A parameter that the list does
/// not have does not compile; [`query`](Self::query) sends any other.
///
/// ```compile_fail,E0599
/// # fn f(wp: wp_client::Client) {
/// wp.users().list().sticky(true); // a parameter of posts
/// # }
/// ```
///
/// [filters]: wp_core::filters
#[must_use = "a list is requested by awaiting it, or by its stream"]
pub struct List<R: Listed, T = R, F = <R as Listed>::Filters> {
    request: Request<Rows<T>>,
    /// The most pages that a stream requests at a time.
    concurrency: usize,
    /// Where a stream continues.
    resumed: Option<Cursor>,
    of: PhantomData<fn() -> (R, F)>,
}

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

impl<R: Listed> List<R> {
    pub(crate) fn new<T>(request: Request<T>) -> Self {
        Self { request: request.read_by(rows::<R, R>), concurrency: 1, resumed: None, of: PhantomData }
    }

    /// Requests the items in the context `edit`; see [`Request::edit`].
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for post in wp.posts().list().edit().await? {
    ///     println!("{}", post.content.raw);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn edit(self) -> List<R, R::Edit> {
        self.query("context", "edit").read_by(rows::<R, R::Edit>)
    }

    /// Requests only the fields that `T` has; see [`Request::select`].
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// #[derive(serde::Deserialize)]
    /// struct Slim {
    ///     slug: String,
    /// }
    ///
    /// let mut slugs = wp.posts().list().select::<Slim>().stream();
    /// while let Some(post) = slugs.try_next().await? {
    ///     println!("{}", post.slug);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn select<T: DeserializeOwned>(self) -> List<R, T> {
        self.map(Request::selecting::<R, T>).read_by(selected_rows::<R, T>)
    }
}

impl<R: Listed, T: Resource<Key = R::Key>> List<R, T> {
    /// Reads an `X` from the JSON of each item: fields that a plugin adds to it. See [`With`].
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// #[derive(serde::Deserialize)]
    /// struct Seo {
    ///     yoast_head: String,
    /// }
    ///
    /// for post in wp.posts().list().with::<Seo>().await? {
    ///     println!("{}: {}", post.slug, post.extra.yoast_head);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn with<X: DeserializeOwned>(self) -> List<R, With<T, X>> {
        self.read_by(rows_with::<R, T, X>)
    }

    /// Requests the items that each item links to, in the same response; see [`Request::embed`].
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for post in wp.posts().list().embed().await? {
    ///     if let Ok(Some(author)) = post.extra.author() {
    ///         println!("{} by {}", post.title.rendered, author.name);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn embed(self) -> List<R, With<T, Embeds>> {
        self.query("_embed", "1").with()
    }

    /// Returns an item that cannot be read as an error in its place, and the others as usual. By default, such an item
    /// makes the whole page an error.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for post in wp.posts().list().lenient().await? {
    ///     match post {
    ///         Ok(post) => println!("{}", post.title.rendered),
    ///         Err(error) => eprintln!("{error}: {}", error.value()),
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn lenient(self) -> List<R, std::result::Result<T, ItemError>> {
        self.read_by(lenient_rows::<R, T>)
    }
}

impl<R: Paged, T: Send + 'static, F> List<R, T, F> {
    /// Sets the page number, from 1. Default: 1. A stream starts at this page.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for post in wp.posts().list().page(2).await? {
    ///     println!("{}", post.title.rendered);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn page(self, page: u32) -> Self {
        self.query("page", page)
    }

    /// Sets the number of items on a page: 1 to 100. Default: 100 for a stream; for one page WordPress's 10, or 100 for menu
    /// items and the pattern directory, or 50 for abilities.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let posts = wp.posts().list().per_page(100).await?;
    /// if let Some(totals) = posts.totals {
    ///     println!("the first {} of {} posts", posts.len(), totals.items);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn per_page(self, items: u32) -> Self {
        self.query("per_page", items)
    }

    /// Leaves out this many items at the start of the list. Default: 0. It takes the place of [`page`](Self::page).
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// // The first three are shown elsewhere.
    /// for post in wp.posts().list().offset(3).await? {
    ///     println!("{}", post.link);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn offset(self, items: u64) -> Self {
        self.query("offset", items)
    }

    /// Returns only items that contain these words: posts in their title, content or excerpt, terms in their name or slug,
    /// users in their name, e-mail address or website, comments in their text or author.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for post in wp.posts().list().search("dune sand").await? {
    ///     println!("{}: {}", post.title.rendered, post.link);
    /// }
    /// # Ok(()) }
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
    /// // A post that does not exist, or that the user may not see, is left out.
    /// let is_there = |id| posts.iter().any(|post| post.id == id);
    /// println!("{first}: {}, {second}: {}", is_there(first), is_there(second));
    /// # Ok(()) }
    /// ```
    pub fn include(self, ids: impl IntoIterator<Item = R::Key>) -> Self {
        self.query("include", ids.into_iter().collect::<Vec<_>>())
    }

    /// Leaves out the items with these ids. An empty list of ids is an error, as for [`include`](Self::include).
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, sticky: wp_client::models::PostId) -> wp_client::Result<()> {
    /// for post in wp.posts().list().exclude([sticky]).await? {
    ///     println!("{}", post.title.rendered);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn exclude(self, ids: impl IntoIterator<Item = R::Key>) -> Self {
        self.query("exclude", ids.into_iter().collect::<Vec<_>>())
    }

    /// Sorts by a field such as `date`, `id`, `title` or `slug`. Default: posts of all types by `date` and comments by
    /// `date_gmt`, descending; users and terms by `name`, ascending; menu items by `menu_order`, ascending; fonts by `id`,
    /// descending. WordPress responds with 400 `rest_invalid_param` to a field by which it cannot sort.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::Order;
    ///
    /// let oldest = wp.posts().list().order_by("id", Order::Asc).per_page(1).await?;
    /// if let Some(post) = oldest.first() {
    ///     println!("{}", post.title.rendered);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn order_by(self, field: &str, order: Order) -> Self {
        self.query("orderby", field).query("order", order)
    }

    /// Streams the items of all pages in order. Each page is requested when its first item is; with
    /// [`concurrency`](Self::concurrency), some pages are requested ahead. The stream ends after the first error, and
    /// [`Items::cursor`] is where it was.
    ///
    /// A page that is too heavy for the site (a timeout, PHP's memory limit, a 5xx) is requested in smaller parts, down
    /// to the item that fails. A URL that the server sends is never followed.
    ///
    /// Sort by `id` in ascending order to get each item exactly once although the site changes meanwhile: then each page
    /// overlaps the one before, and the stream sees what moved. In any other order, [`Items::warning`] says whether the
    /// list changed.
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
    pub fn stream(self) -> Items<T> {
        Items::new(self.pages())
    }

    /// Streams the pages; see [`stream`](Self::stream). Pages without items are left out.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let mut pages = wp.posts().list().concurrency(4).pages();
    /// while let Some(page) = pages.try_next().await? {
    ///     println!("{} posts", page.len());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn pages(self) -> Pages<T> {
        let Self { mut request, concurrency, resumed, .. } = self;
        if request.asked().get("per_page").is_none() {
            request = request.set("per_page", MAX_PER_PAGE);
        }
        let is = |name: &str, value: &str| request.asked().get(name) == Some(value);
        let is_by_id = is("orderby", "id") && is("order", "asc");
        let full = request.asked().get("per_page").and_then(|size| size.trim().parse().ok()).unwrap_or(0);
        let position = ListPosition::asked(request.asked()).unwrap_or(ListPosition::Page(1));
        let list = checksum(request.route_text(), request.asked());
        let cursor = resumed.unwrap_or(Cursor { list, position, per_page: full, skip: 0, after: None });
        if cursor.list != list || cursor.after.is_some() && !is_by_id {
            let reason = "it is of another list".into();
            request = request.failing(RequestError::Query { name: "cursor".to_owned(), reason });
        }
        let plan = Plan::new(Fetcher::new(request, concurrency), is_by_id, cursor);
        Pages::new(plan, cursor)
    }

    /// Lets a stream request up to this many pages at a time. Default: 1. It holds no more pages than that in memory,
    /// and requests no page after the last one, as far as the site tells the totals. The requests progress only while
    /// the stream is polled; dropping the stream cancels them.
    ///
    /// The client's own limit holds too: see [`Limits::concurrency`](crate::Limits::concurrency).
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let mut posts = wp.posts().list().concurrency(8).stream();
    /// while let Some(post) = posts.try_next().await? {
    ///     println!("{}", post.title.rendered);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn concurrency(self, pages: usize) -> Self {
        let concurrency = pages.max(1);
        Self { concurrency, ..self }
    }

    /// Lets the stream continue after the item at which another stream over the same list stood; see
    /// [`Items::cursor`].
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use wp_client::{Cursor, Order};
    ///
    /// let cursor: Cursor = serde_json::from_str(&std::fs::read_to_string("cursor.json")?)?;
    /// let mut posts = wp.posts().list().order_by("id", Order::Asc).resume(cursor).stream();
    /// while let Some(post) = posts.try_next().await? {
    ///     println!("{}", post.title.rendered);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn resume(self, cursor: Cursor) -> Self {
        Self { resumed: Some(cursor), ..self }
    }
}

impl<R: Listed, T, F> List<R, T, F> {
    /// Sets any query parameter, and replaces an earlier value.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// // A parameter of a plugin.
    /// for post in wp.posts().list().query("lang", "fr").await? {
    ///     println!("{}", post.title.rendered);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn query(self, name: &str, value: impl Serialize) -> Self {
        self.map(|request| request.set(name, value))
    }

    /// Sets a header of each page's request; see [`Request::header`].
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// // The header that a CDN of the site expects.
    /// for post in wp.posts().list().header("x-api-key", "k-123").await? {
    ///     println!("{}", post.title.rendered);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn header(self, name: &str, value: &str) -> Self {
        self.map(|request| request.header(name, value))
    }

    /// Sends the requests without a credential; see [`Request::anonymous`].
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let posts = wp.posts().list().anonymous().await?;
    /// println!("visitors see {} posts", posts.totals.map_or(posts.len() as u64, |totals| totals.items));
    /// # Ok(()) }
    /// ```
    pub fn anonymous(self) -> Self {
        self.map(Request::anonymous)
    }

    /// Sends the requests with another credential than the client's; see [`Request::auth`].
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, editor: wp_client::Identity) -> wp_client::Result<()> {
    /// use wp_client::models::PostStatus;
    ///
    /// for draft in wp.posts().list().status(PostStatus::Draft).auth(editor.clone()).await? {
    ///     println!("{}", draft.title.rendered);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn auth(self, identity: impl Into<Identity>) -> Self {
        self.map(|request| request.auth(identity))
    }

    /// Sets the deadline for each page, including retries; see [`Request::timeout`].
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use std::time::Duration;
    ///
    /// match wp.posts().list().timeout(Duration::from_secs(5)).await {
    ///     Ok(posts) => println!("{} posts", posts.len()),
    ///     Err(error) => eprintln!("no posts: {error}"),
    /// }
    /// # Ok(()) }
    /// ```
    pub fn timeout(self, timeout: Duration) -> Self {
        self.map(|request| request.timeout(timeout))
    }

    /// Turns off the conversions of JSON values whose type differs from that of their field; see [`Request::strict`].
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// if let Err(error) = wp.posts().list().strict().await {
    ///     // For example: a plugin writes the id as a text.
    ///     eprintln!("{error}");
    /// }
    /// # Ok(()) }
    /// ```
    pub fn strict(self) -> Self {
        self.map(Request::strict)
    }

    /// Sends the request for one page: the future that awaiting the list makes, for a function that takes a future.
    pub fn send(self) -> <Self as IntoFuture>::IntoFuture
    where
        T: Send + 'static,
    {
        self.into_future()
    }

    fn read_by<U>(self, read: Read<Rows<U>>) -> List<R, U, F> {
        let Self { request, concurrency, resumed, .. } = self;
        List { request: request.read_by(read), concurrency, resumed, of: PhantomData }
    }

    fn map(self, change: impl FnOnce(Request<Rows<T>>) -> Request<Rows<T>>) -> Self {
        Self { request: change(self.request), ..self }
    }
}

impl<R: Listed, T: Send + 'static, F> IntoFuture for List<R, T, F> {
    type Output = Result<Page<T>>;
    type IntoFuture = BoxFuture<'static, Result<Page<T>>>;

    fn into_future(self) -> Self::IntoFuture {
        let request = self.request;
        async move {
            let position = ListPosition::asked(request.asked());
            let in_list = |error: Error| position.into_iter().fold(error, Error::in_list);
            let context = request.error_context();
            let Reply { body: rows, totals, coercions, .. } = request.reply().await.map_err(in_list)?;
            match rows.ignored {
                Some(ignored) => Err(in_list(context.error(ignored))),
                None => Ok(Page { items: rows.items, totals, coercions }),
            }
        }
        .boxed()
    }
}

impl<R: Listed, T, F> fmt::Debug for List<R, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("List").field(&self.request).finish()
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
