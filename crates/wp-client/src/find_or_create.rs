//! Creates that look first, and updates of an item whose id is unknown.

use std::borrow::Cow;
use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::Method;
use serde::Serialize;
use serde_json::Value;
use wp_core::models::{NewTerm, Taxonomy, Term};
use wp_core::{
    Create, ErrorCode, Id, KeyFields, NaturalKey, Paged, Query, RequestError, Resource, Update, filters, php,
};

use crate::batch::{BatchOf, Batched, failed_with};
use crate::call::Deadline;
use crate::read::parts::MAX_REQUESTS;
use crate::read::saved::{Difference, Saved, saved_with};
use crate::read::with::With;
use crate::{Call, Collection, Error, Order, QueryIgnored, Request, Result};

/// How often an item is created or looked up at most, if each response is lost.
const MAX_CREATES: u32 = 3;

/// The longest list that is looked through for an item, in pages of 100.
const MAX_PAGES: usize = 10;

/// How long to wait before the site is asked whether a write took place: it may still be executing it.
const AFTER_DOUBT: Duration = Duration::from_secs(1);

impl<R: Create + Paged> Collection<R>
where
    R::Filters: NaturalKey,
{
    /// Looks for an item by its [natural key](NaturalKey), and creates it if there is none: posts of all types by their
    /// slug, terms by their name, users by their e-mail address.
    ///
    /// The call can be run again. After a create whose response was lost the item is looked up, and then again after a pause:
    /// the site may still be at work on it. It is created again only where WordPress refuses a second item with the key (a
    /// term without a slug of its own, a user). Else the error says that the create may have taken place
    /// ([`Error::may_have_happened`]): run the call again later.
    ///
    /// If two programs do it at once, WordPress may create two items, also of terms, since it checks before it writes and
    /// has no lock (observed). So the item is looked up again, and the older one counts: the later program gets
    /// [`Ensured::Duplicate`] with both.
    ///
    /// WordPress finds terms by a search, which for a short name has many others in it. If there are more than 1000, the
    /// term is created, since WordPress refuses a second one with the name; one with a slug of its own is a
    /// [`RequestError::NaturalKey`].
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::NewPost;
    ///
    /// let news = wp.tags().find_or_create("News").await?.into_item();
    /// let post = NewPost::titled("Dunes").slug("dunes").tags([news.id]);
    /// println!("{}", wp.posts().find_or_create(post).await?.item().link);
    /// # Ok(()) }
    /// ```
    ///
    /// A resource without a natural key does not compile:
    ///
    /// ```compile_fail,E0599
    /// # fn f(wp: wp_client::Client, comment: wp_client::models::NewComment) {
    /// wp.comments().find_or_create(comment);
    /// # }
    /// ```
    pub fn find_or_create(&self, new: impl Into<R::New>) -> FindOrCreate<R> {
        FindOrCreate {
            collection: self.clone(),
            new: serde_json::to_value(new.into()).map_err(RequestError::Json),
            patch: None,
            key: KeyedBy::Natural,
            timeout: None,
        }
    }

    /// Looks for an item by its natural key, as [`find_or_create`](Self::find_or_create) does; changes it by `patch` if it
    /// is there, and creates `new` if not.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, password: String) -> wp_client::Result<()> {
    /// use wp_client::models::{NewUser, UserPatch};
    ///
    /// let new = NewUser::new("ana", "ana@example.org", password).name("Ana Lee");
    /// let user = wp.users().upsert(new, UserPatch::default().name("Ana Lee")).await?;
    /// println!("{}", user.item().id);
    /// # Ok(()) }
    /// ```
    #[allow(clippy::needless_pass_by_value)] // the caller builds the value for this call
    pub fn upsert(&self, new: impl Into<R::New>, patch: R::Patch) -> FindOrCreate<R>
    where
        R: Update,
    {
        let patch = Some(serde_json::to_value(&patch).map_err(RequestError::Json));
        FindOrCreate { patch, ..self.find_or_create(new) }
    }
}

/// The key that an item is looked up by.
enum KeyedBy {
    Natural,
    Meta { field: String, parameter: String },
}

/// A lookup and, if it finds nothing, a create; made by [`Collection::find_or_create`] and [`Collection::upsert`].
/// Awaiting it sends the requests.
#[must_use = "nothing is sent before it is awaited"]
pub struct FindOrCreate<R> {
    collection: Collection<R>,
    new: Result<Value, RequestError>,
    patch: Option<Result<Value, RequestError>>,
    key: KeyedBy,
    timeout: Option<Duration>,
}

/// An item that is there now; made by [`Collection::find_or_create`] and [`Collection::upsert`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Ensured<T> {
    /// The item was created.
    Created(T),
    /// The item existed already, or an earlier attempt or another program created it at the same time.
    Found(T),
    /// The item existed already, and was changed by the patch of an upsert.
    Updated(T),
    /// The item was created, and so was an older one with the same key, by another program at the same time.
    Duplicate {
        /// The item that was created now. Delete it, or merge it with the other.
        created: T,
        /// The older one, which other programs find. An upsert has changed it by its patch.
        other: T,
    },
    /// The item was created, and a step after that failed: the look-up for an older item with the same key, or the patch
    /// of that item.
    Unfinished {
        /// The item that was created.
        created: T,
        /// The older one with the same key, if it was found. Its patch failed.
        other: Option<T>,
        /// What failed.
        error: Error,
    },
    /// The item was created, and WordPress did not save its key as it was sent, so the next run will not find it: the slug is
    /// reserved, or belongs to an item that this user cannot see, or the meta field is not registered.
    KeyChanged(T),
}

impl<T> Ensured<T> {
    /// The item; of two with the same key, the older one.
    pub fn item(&self) -> &T {
        match self {
            Self::Created(item) | Self::Found(item) | Self::Updated(item) | Self::KeyChanged(item) => item,
            Self::Duplicate { other, .. } | Self::Unfinished { other: Some(other), .. } => other,
            Self::Unfinished { created, other: None, .. } => created,
        }
    }

    /// The item; of two with the same key, the older one.
    pub fn into_item(self) -> T {
        match self {
            Self::Created(item) | Self::Found(item) | Self::Updated(item) | Self::KeyChanged(item) => item,
            Self::Duplicate { other, .. } | Self::Unfinished { other: Some(other), .. } => other,
            Self::Unfinished { created, other: None, .. } => created,
        }
    }

    /// Whether an item was created.
    pub fn is_created(&self) -> bool {
        !matches!(self, Self::Found(_) | Self::Updated(_))
    }
}

impl<R: Create + Paged> FindOrCreate<R>
where
    R::Filters: NaturalKey,
{
    /// Looks the item up by a registered meta field in place of its natural key. The site must have a query parameter that
    /// filters the list by it, which a plugin adds (`rest_{post_type}_query`); WordPress itself has none. If the site
    /// returns items with another value, it has no such filter: that is a [`RequestError::NaturalKey`], and nothing is
    /// created.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::NewPost;
    ///
    /// let post = NewPost::titled("Dune").meta("isbn", "9780441013593");
    /// wp.posts().find_or_create(post).by_meta("isbn", "isbn").await?;
    /// # Ok(()) }
    /// ```
    pub fn by_meta(self, field: &str, parameter: &str) -> Self {
        let key = KeyedBy::Meta { field: field.to_owned(), parameter: parameter.to_owned() };
        Self { key, ..self }
    }

    /// Sets the deadline for all requests together. Default: none beside that of each. If it passes during a create,
    /// [`Error::may_have_happened`] says so; if it passes later, the result is [`Ensured::Unfinished`].
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// Compares what was sent with what the response shows, as [`Request::checked`](crate::Request::checked) does: of the
    /// create, or of the patch of an upsert. What is found and not changed has no differences. After
    /// [`Ensured::Duplicate`] by an upsert, the differences are those of its patch. Needs no further request.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::NewPost;
    ///
    /// let new = NewPost::titled("Dune").slug("dune").meta("isbn", "0441013597");
    /// let post = wp.posts().find_or_create(new).checked().await?;
    /// for difference in &post.differences {
    ///     eprintln!("post {}: {difference}", post.item.item().id); // post 7: `meta.isbn` was not saved
    /// }
    /// # Ok(()) }
    /// ```
    pub fn checked(self) -> Call<Saved<Ensured<R::Edit>>> {
        let writes = Writes { differences: Some(Vec::new()) };
        self.call(writes, |writes, item| Saved { item, differences: writes.differences.unwrap_or_default() })
    }

    /// The call with these writes, and what it makes of them and of its outcome.
    fn call<T: Send + 'static>(
        self,
        mut writes: Writes,
        made: impl FnOnce(Writes, Ensured<R::Edit>) -> T + Send + 'static,
    ) -> Call<T> {
        let (clock, timeout) = (Arc::clone(self.collection.session().site().clock()), self.timeout);
        let call = Call::within(clock, move |mut deadline| async move {
            let ensured = self.execute(None, &mut deadline, &mut writes).await?;
            Ok(made(writes, ensured))
        });
        timeout.into_iter().fold(call, Call::timeout)
    }

    /// Sends the requests: the future that awaiting it makes, for a function that takes a future.
    pub fn send(self) -> <Self as IntoFuture>::IntoFuture {
        self.into_future()
    }

    /// `in_doubt` is the error of an earlier create that may have taken place.
    async fn execute(
        self,
        mut in_doubt: Option<Error>,
        deadline: &mut Deadline,
        writes: &mut Writes,
    ) -> Result<Ensured<R::Edit>> {
        let Self { collection, new, patch, key, .. } = self;
        let context = collection.request::<Value>(Method::POST).error_context();
        let (new, patch) = match (new, patch.transpose()) {
            (Ok(new), Ok(patch)) => (new, patch),
            (Err(error), _) | (_, Err(error)) => return Err(context.error(error)),
        };
        let fields = key_fields(&new);
        let lookup = Lookup { collection: &collection, fields, key };
        let mut attempt = 0;
        loop {
            attempt += 1;
            match lookup.first(deadline).await {
                Ok(LookedUp::Item(item)) => return found(&collection, item, patch, deadline, writes).await,
                Ok(LookedUp::Nothing) => {}
                Ok(LookedUp::TooLong) if lookup.is_checked() => {}
                Ok(LookedUp::TooLong) => return Err(in_doubt.unwrap_or_else(|| lookup.too_long())),
                Err(error) => return Err(in_doubt.unwrap_or(error)),
            }
            let sent = match in_doubt.take() {
                // The site may still be at work on that one, and would make a second item of another.
                Some(doubt) if !lookup.is_checked() => Err(doubt),
                earlier => {
                    in_doubt = earlier;
                    writes.create(collection.request::<R::Edit>(Method::POST).json(&new), deadline).await
                }
            };
            match sent {
                Ok(created) => return Ok(lookup.settle(created, patch.as_ref(), deadline, writes).await),
                Err(error) if R::Filters::TAKEN.is_some() && error.code() == R::Filters::TAKEN.as_ref() => {
                    return match lookup.taken(&error, deadline).await {
                        Ok(Some(item)) => found(&collection, item, patch, deadline, writes).await,
                        Ok(None) => Err(in_doubt.unwrap_or(error)),
                        Err(error) => Err(in_doubt.unwrap_or(error)),
                    };
                }
                Err(error) if error.may_have_happened() && attempt < MAX_CREATES => {
                    let wait = collection.session().site().clock().sleep(AFTER_DOUBT * attempt);
                    if deadline.limit(wait).await.is_err() {
                        return Err(error);
                    }
                    in_doubt = Some(error);
                }
                // An earlier create may still take place, whatever became of this one.
                Err(error) if error.may_have_happened() => return Err(error),
                Err(error) => return Err(in_doubt.unwrap_or(error)),
            }
        }
    }
}

/// The fields of an item that may be a part of its key.
fn key_fields(item: &impl Serialize) -> KeyFields {
    let json = serde_json::to_string(item).unwrap_or_default();
    php::from_str(&json).unwrap_or_default()
}

/// Whether both are the same item.
fn is_same<E: Resource>(one: &E, other: &E) -> bool {
    one.key().to_string() == other.key().to_string()
}

/// The outcome for an item that was there.
async fn found<R: Create>(
    collection: &Collection<R>,
    item: R::Edit,
    patch: Option<Value>,
    deadline: &mut Deadline,
    writes: &mut Writes,
) -> Result<Ensured<R::Edit>> {
    match patch {
        None => Ok(Ensured::Found(item)),
        Some(patch) => writes.update(collection, &item.key(), &patch, deadline).await.map(Ensured::Updated),
    }
}

/// The writes of a call, and what the last one did not save.
#[derive(Default)]
struct Writes {
    /// `None` if nothing is compared.
    differences: Option<Vec<Difference>>,
}

impl Writes {
    /// Creates an item.
    async fn create<T: Resource>(
        &mut self,
        request: Request<T>,
        deadline: &mut Deadline,
    ) -> Result<With<T, KeyFields>> {
        let Some(all) = &mut self.differences else {
            return deadline.send(request.with::<KeyFields>()).await;
        };
        let Saved { item, differences } =
            deadline.send(request.checked().read_by(saved_with::<T, KeyFields>)).await?;
        *all = differences;
        Ok(item)
    }

    /// Changes an item by the patch of an upsert.
    async fn update<R: Create>(
        &mut self,
        collection: &Collection<R>,
        key: &R::Key,
        patch: &Value,
        deadline: &mut Deadline,
    ) -> Result<R::Edit> {
        let request = collection.item::<R::Edit>(Method::POST, key).json(patch);
        let Some(all) = &mut self.differences else { return deadline.send(request).await };
        let Saved { item, differences } = deadline.send(request.checked()).await?;
        *all = differences;
        Ok(item)
    }
}

/// What a look-up found.
enum LookedUp<E> {
    /// The oldest item with the key.
    Item(E),
    Nothing,
    /// The list is longer than it is looked through.
    TooLong,
}

/// How to look for an item.
struct Lookup<'c, R> {
    collection: &'c Collection<R>,
    fields: KeyFields,
    key: KeyedBy,
}

impl<R: Create + Paged> Lookup<'_, R>
where
    R::Filters: NaturalKey,
{
    /// The oldest item with the key.
    async fn first(&self, deadline: &mut Deadline) -> Result<LookedUp<R::Edit>> {
        let context = self.collection.request::<Value>(Method::GET).error_context();
        let query = self.query().map_err(|error| context.error(error))?;
        let by_id = self.collection.list().edit().order_by("id", Order::Asc);
        let list = query.iter().fold(by_id, |list, (name, value)| list.query(name, value));
        let mut pages = list.with::<KeyFields>().pages();
        let mut left = MAX_PAGES;
        loop {
            let page = deadline.limit(pages.try_next()).await;
            let Some(page) = page.unwrap_or_else(|late| Err(context.error(late)))? else {
                return Ok(LookedUp::Nothing);
            };
            let Some(fewer) = left.checked_sub(1) else { return Ok(LookedUp::TooLong) };
            left = fewer;
            for With { item, extra } in page {
                if self.is_of(&extra) {
                    return Ok(LookedUp::Item(item));
                }
                self.check(&extra).map_err(|error| context.error(error))?;
            }
        }
    }

    /// Whether WordPress itself finds another item with the key.
    fn is_checked(&self) -> bool {
        matches!(self.key, KeyedBy::Natural) && R::Filters::is_checked(&self.fields)
    }

    /// The error for an item that may be in the part of the list that was not looked through.
    fn too_long(&self) -> Error {
        let context = self.collection.request::<Value>(Method::GET).error_context();
        context.error(self.wrong("the search for it has more than 1000 items"))
    }

    fn wrong(&self, reason: impl Into<Cow<'static, str>>) -> RequestError {
        let field = match &self.key {
            KeyedBy::Natural => R::Filters::FIELD.to_owned(),
            KeyedBy::Meta { field, .. } => format!("meta.{field}"),
        };
        RequestError::NaturalKey { field, reason: reason.into() }
    }

    /// The outcome of a create: another program may have created the same item at once.
    async fn settle(
        &self,
        created: With<R::Edit, KeyFields>,
        patch: Option<&Value>,
        deadline: &mut Deadline,
        writes: &mut Writes,
    ) -> Ensured<R::Edit> {
        let With { item, extra } = created;
        if matches!(self.key, KeyedBy::Natural) && R::Filters::is_surely_only(&self.fields, &extra) {
            return Ensured::Created(item);
        }
        let unfinished = |created, error| Ensured::Unfinished { created, other: None, error };
        let other = match self.first(deadline).await {
            Ok(LookedUp::Nothing) => return Ensured::KeyChanged(item),
            Ok(LookedUp::Item(first)) if is_same(&first, &item) => return Ensured::Created(item),
            Ok(LookedUp::Item(other)) => other,
            Ok(LookedUp::TooLong) => return unfinished(item, self.too_long()),
            Err(error) => return unfinished(item, error),
        };
        let Some(patch) = patch else { return Ensured::Duplicate { created: item, other } };
        match writes.update(self.collection, &other.key(), patch, deadline).await {
            Ok(other) => Ensured::Duplicate { created: item, other },
            Err(error) => Ensured::Unfinished { created: item, other: Some(other), error },
        }
    }

    /// The item that has the key, after a create was refused for that reason.
    async fn taken(&self, refusal: &Error, deadline: &mut Deadline) -> Result<Option<R::Edit>> {
        let id = refusal.existing_term().filter(|_| matches!(self.key, KeyedBy::Natural));
        let Some((id, key)) = id.and_then(|id| Some((id, serde_json::from_value::<R::Key>(id.into()).ok()?)))
        else {
            return match self.first(deadline).await? {
                LookedUp::Item(item) => Ok(Some(item)),
                LookedUp::Nothing => Ok(None),
                LookedUp::TooLong => Err(self.too_long()),
            };
        };
        let request = self.collection.item::<R::Edit>(Method::GET, &key);
        let context = request.error_context();
        let With { item, extra } = deadline.send(request.with::<KeyFields>()).await?;
        if R::Filters::is_taken_by(&self.fields, &extra) {
            return Ok(Some(item));
        }
        Err(context.error(self.wrong(another_term(id))))
    }

    fn query(&self) -> Result<Query, RequestError> {
        let KeyedBy::Meta { field, parameter } = &self.key else { return R::Filters::lookup(&self.fields) };
        let value = meta(&self.fields, field).filter(|value| !value.is_empty());
        let mut query = Query::new();
        query.set(parameter, value.ok_or_else(|| self.wrong("the new item has none"))?)?;
        R::Filters::include_all(&mut query)?;
        Ok(query)
    }

    fn is_of(&self, found: &KeyFields) -> bool {
        match &self.key {
            KeyedBy::Natural => R::Filters::is_same(&self.fields, found),
            KeyedBy::Meta { field, .. } => meta(&self.fields, field) == meta(found, field),
        }
    }

    /// Checks an item of the list that has another key.
    fn check(&self, found: &KeyFields) -> Result<()> {
        match &self.key {
            KeyedBy::Natural => match R::Filters::contradicts(&self.fields, found) {
                Some(parameter) => Err(QueryIgnored::new(parameter).into()),
                None => Ok(()),
            },
            KeyedBy::Meta { field, .. } => {
                let reason = match meta(found, field) {
                    Some(_) => "the site has no filter of this name: it returned an item with another value",
                    None => "the items of the site do not show it: it is not registered for the REST API",
                };
                Err(self.wrong(reason).into())
            }
        }
    }
}

/// Why the term that WordPress named is not the one that was to be created.
fn another_term(id: u64) -> String {
    format!("the site says that term {id} has it already, but that is another one")
}

/// The value of a meta field as a text: PHP may have a number as one.
fn meta(fields: &KeyFields, name: &str) -> Option<String> {
    match fields.meta.as_ref()?.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

impl<R: Create + Paged> IntoFuture for FindOrCreate<R>
where
    R::Filters: NaturalKey,
{
    type Output = Result<Ensured<R::Edit>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.call(Writes::default(), |_, item| item).into_future()
    }
}

/// Shows no value: a new user has a password.
impl<R> fmt::Debug for FindOrCreate<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FindOrCreate")
            .field("collection", &self.collection)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl<T: Taxonomy> Collection<Term<T>> {
    /// Finds or creates many terms in few requests: a batch for each 25, and one list for each hundred that were there;
    /// and one for each new name that is not of ASCII letters and digits alone. See [`find_or_create`](Self::find_or_create).
    ///
    /// Each term has a result of its own, also if a later request fails or the deadline passes. It can be run again.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::NewPost;
    ///
    /// let mut tags = Vec::new();
    /// for tag in wp.tags().find_or_create_all(["dunes", "Q&A", "spice"]).await?.results {
    ///     tags.push(tag?.item().id);
    /// }
    /// wp.posts().create(NewPost::titled("Arrakis").tags(tags)).await?;
    /// # Ok(()) }
    /// ```
    pub fn find_or_create_all<N: Into<NewTerm<T>>>(
        &self,
        terms: impl IntoIterator<Item = N>,
    ) -> Call<Batched<Ensured<Term<T>>>> {
        let (collection, terms) = (self.clone(), terms.into_iter().map(Into::into).collect());
        Call::within(Arc::clone(self.session().site().clock()), move |mut deadline| async move {
            find_or_create_all(&collection, terms, &mut deadline).await
        })
    }
}

async fn find_or_create_all<T: Taxonomy>(
    collection: &Collection<Term<T>>,
    terms: Vec<NewTerm<T>>,
    deadline: &mut Deadline,
) -> Result<Batched<Ensured<Term<T>>>> {
    let Batched { results: created, closed } = create_all(collection, &terms, deadline).await?;
    if created.iter().any(|result| result.as_ref().is_err_and(Error::may_have_happened)) {
        // If the deadline passes meanwhile, the look-ups say so.
        let _ = deadline.limit(collection.session().site().clock().sleep(AFTER_DOUBT)).await;
    }
    let existing = Existing::request(collection, &created, deadline).await;
    let mut results = Vec::with_capacity(created.len());
    for (result, term) in created.into_iter().zip(terms) {
        let lookup = Lookup { collection, fields: key_fields(&term), key: KeyedBy::Natural };
        results.push(match result {
            Ok(item) => {
                let extra = key_fields(&item);
                Ok(lookup.settle(With { item, extra }, None, deadline, &mut Writes::default()).await)
            }
            Err(error) => match existing.of(&lookup, error) {
                Err(error) if may_be_there(&error) => {
                    let in_doubt = error.may_have_happened().then_some(error);
                    collection.find_or_create(term).execute(in_doubt, deadline, &mut Writes::default()).await
                }
                found => found.map(Ensured::Found),
            },
        });
    }
    Ok(Batched { results, closed })
}

/// Creates the terms by batches, as far as the deadline allows.
async fn create_all<T: Taxonomy>(
    collection: &Collection<Term<T>>,
    terms: &[NewTerm<T>],
    deadline: &mut Deadline,
) -> Result<Batched<Term<T>>> {
    let mut all = Batched { results: Vec::with_capacity(terms.len()), closed: None };
    for terms in terms.chunks(MAX_REQUESTS) {
        let requests = terms.iter().map(|term| collection.create(term.clone()));
        let batch = BatchOf::new(collection.session(), requests).one_by_one(all.closed.is_some());
        match deadline.limit(batch.into_future()).await {
            Ok(batched) => {
                let Batched { results, closed } = batched?;
                all.closed = all.closed.or(closed);
                all.results.extend(results);
            }
            Err(late) => {
                let context = collection.request::<Value>(Method::POST).error_context();
                all.results.extend(terms.iter().map(|_| Err(context.error(late))));
            }
        }
    }
    Ok(all)
}

/// The id of the term that was there, of a create that was refused for it.
fn refused_for<T: Taxonomy>(error: &Error) -> Option<Id<Term<T>>> {
    error.existing_term().and_then(Id::new)
}

/// The terms that were there already.
struct Existing<T: Taxonomy> {
    terms: Vec<Term<T>>,
    /// The lists that failed, by their ids.
    failed: Vec<(Vec<Id<Term<T>>>, Error)>,
}

impl<T: Taxonomy> Existing<T> {
    /// Requests the terms for which creates were refused.
    async fn request(
        collection: &Collection<Term<T>>,
        results: &[Result<Term<T>>],
        deadline: &mut Deadline,
    ) -> Self {
        let mut ids: Vec<Id<Term<T>>> =
            results.iter().filter_map(|result| refused_for(result.as_ref().err()?)).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut existing = Self { terms: Vec::with_capacity(ids.len()), failed: Vec::new() };
        let context = collection.request::<Value>(Method::GET).error_context();
        for ids in ids.chunks(usize::from(MAX_PER_PAGE)) {
            let list = collection.list().include(ids.iter().copied()).per_page(u32::from(MAX_PER_PAGE));
            match deadline.limit(list.send()).await.unwrap_or_else(|late| Err(context.error(late))) {
                Ok(page) => existing.terms.extend(page),
                Err(error) => existing.failed.push((ids.to_vec(), error)),
            }
        }
        existing
    }

    /// The term for which this create was refused. An error that has nothing to do with it stays.
    fn of(&self, lookup: &Lookup<'_, Term<T>>, refusal: Error) -> Result<Term<T>> {
        let Some(id) = refused_for::<T>(&refusal) else { return Err(refusal) };
        let context = lookup.collection.request::<Value>(Method::POST).error_context();
        if let Some((_, error)) = self.failed.iter().find(|(ids, _)| ids.contains(&id)) {
            return Err(failed_with(
                &context,
                format_args!("term {id} has the name already, and its list failed"),
                error,
            ));
        }
        match self.terms.iter().find(|term| term.id == id) {
            Some(term) if filters::Terms::is_taken_by(&lookup.fields, &key_fields(term)) => Ok(term.clone()),
            Some(_) => Err(context.error(lookup.wrong(another_term(id.get())))),
            None => Err(refusal),
        }
    }
}

/// The most items on one page.
const MAX_PER_PAGE: u8 = 100;

/// Whether the term may be there although it could not be created.
fn may_be_there(error: &Error) -> bool {
    let codes = [Some(&ErrorCode::TERM_EXISTS), Some(&ErrorCode::CANNOT_CREATE)];
    error.may_have_happened() || codes.contains(&error.code())
}
