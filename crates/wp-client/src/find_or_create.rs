//! Creates that look first, and updates of an item whose id is unknown.

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

use crate::batch::{BatchOf, Batched};
use crate::read::with::With;
use crate::{Call, Collection, Error, Order, QueryIgnored, Result};

/// How often an item is created at most, if each response is lost.
const MAX_CREATES: u32 = 3;

/// How long to wait before the site is asked whether a write took place: it may still be executing it.
const AFTER_DOUBT: Duration = Duration::from_secs(1);

impl<R: Create + Paged> Collection<R>
where
    R::Filters: NaturalKey,
{
    /// Looks for an item by its [natural key](NaturalKey), and creates it if there is none: posts of all types by their
    /// slug, terms by their name, users by their e-mail address.
    ///
    /// The call can be run again, and a create whose response was lost is not retried before the item was looked up.
    ///
    /// If two programs do it at once, WordPress may create two items, also of terms, since it checks before it writes and
    /// has no lock (observed). So the item is looked up again, and the older one counts: the later program gets
    /// [`Ensured::Duplicate`] with both.
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
#[derive(Debug, Clone, PartialEq)]
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
        /// The older one, which other programs find.
        other: T,
    },
    /// The item was created, and WordPress did not save its key as it was sent, so the next run will not find it: the
    /// slug is reserved, or belongs to an item that this user cannot see, or the meta field is not registered.
    KeyChanged(T),
}

impl<T> Ensured<T> {
    /// The item; of two with the same key, the older one.
    pub fn item(&self) -> &T {
        match self {
            Self::Created(item) | Self::Found(item) | Self::Updated(item) | Self::KeyChanged(item) => item,
            Self::Duplicate { other, .. } => other,
        }
    }

    /// The item; of two with the same key, the older one.
    pub fn into_item(self) -> T {
        match self {
            Self::Created(item) | Self::Found(item) | Self::Updated(item) | Self::KeyChanged(item) => item,
            Self::Duplicate { other, .. } => other,
        }
    }

    /// Whether an item was created.
    pub fn is_created(&self) -> bool {
        matches!(self, Self::Created(_) | Self::Duplicate { .. } | Self::KeyChanged(_))
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

    /// Sets the deadline for all requests together. Default: none beside that of each.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// Sends the requests: the future that awaiting it makes, for a function that takes a future.
    pub fn send(self) -> <Self as IntoFuture>::IntoFuture {
        self.into_future()
    }

    async fn execute(self) -> Result<Ensured<R::Edit>> {
        let Self { collection, new, patch, key, .. } = self;
        let context = collection.request::<Value>(Method::POST).error_context();
        let (new, patch) = match (new, patch.transpose()) {
            (Ok(new), Ok(patch)) => (new, patch),
            (Err(error), _) | (_, Err(error)) => return Err(context.error(error)),
        };
        let fields = key_fields(&new);
        let lookup = Lookup { collection: &collection, fields, key };
        let mut in_doubt: Option<Error> = None;
        let mut attempt = 0;
        loop {
            attempt += 1;
            match lookup.first().await {
                Ok(Some(item)) => return found(&collection, item, patch).await,
                Ok(None) => {}
                Err(error) => return Err(in_doubt.unwrap_or(error)),
            }
            match collection.request::<R::Edit>(Method::POST).json(&new).with::<KeyFields>().await {
                Ok(created) => {
                    return match lookup.settle(created).await? {
                        Ensured::Found(item) => found(&collection, item, patch).await,
                        settled => Ok(settled),
                    };
                }
                Err(error) if R::Filters::TAKEN.is_some() && error.code() == R::Filters::TAKEN.as_ref() => {
                    return match lookup.taken(&error).await? {
                        Some(item) => found(&collection, item, patch).await,
                        None => Err(in_doubt.unwrap_or(error)),
                    };
                }
                Err(error) if error.may_have_happened() && attempt < MAX_CREATES => {
                    in_doubt = Some(error);
                    collection.session().site().clock().sleep(AFTER_DOUBT * attempt).await;
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
) -> Result<Ensured<R::Edit>> {
    match patch {
        None => Ok(Ensured::Found(item)),
        Some(patch) => {
            let update = collection.item::<R::Edit>(Method::POST, &item.key()).json(&patch);
            update.await.map(Ensured::Updated)
        }
    }
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
    async fn first(&self) -> Result<Option<R::Edit>> {
        let context = self.collection.request::<Value>(Method::GET).error_context();
        let query = self.query().map_err(|error| context.error(error))?;
        let by_id = self.collection.list().edit().order_by("id", Order::Asc);
        let list = query.iter().fold(by_id, |list, (name, value)| list.query(name, value));
        let mut pages = list.with::<KeyFields>().pages();
        while let Some(page) = pages.try_next().await? {
            for With { item, extra } in page {
                if self.is_of(&extra) {
                    return Ok(Some(item));
                }
                self.check(&extra).map_err(|error| context.error(error))?;
            }
        }
        Ok(None)
    }

    /// The outcome of a create: another program may have created the same item at once.
    async fn settle(&self, created: With<R::Edit, KeyFields>) -> Result<Ensured<R::Edit>> {
        let With { item, extra } = created;
        if matches!(self.key, KeyedBy::Natural) && R::Filters::is_surely_only(&self.fields, &extra) {
            return Ok(Ensured::Created(item));
        }
        // The item is there, whatever comes of this request.
        Ok(match self.first().await.map_err(|error| error.writing(true))? {
            None => Ensured::KeyChanged(item),
            Some(first) if is_same(&first, &item) => Ensured::Created(item),
            Some(other) => Ensured::Duplicate { created: item, other },
        })
    }

    /// The item that has the key, after a create was refused for that reason.
    async fn taken(&self, refusal: &Error) -> Result<Option<R::Edit>> {
        let id = refusal.existing_term().filter(|_| matches!(self.key, KeyedBy::Natural));
        let key = id.and_then(|id| serde_json::from_value::<R::Key>(id.into()).ok());
        match key {
            Some(key) => self.collection.item::<R::Edit>(Method::GET, &key).await.map(Some),
            None => self.first().await,
        }
    }

    fn query(&self) -> Result<Query, RequestError> {
        let KeyedBy::Meta { field, parameter } = &self.key else { return R::Filters::lookup(&self.fields) };
        let wrong = |reason| RequestError::NaturalKey { field: format!("meta.{field}"), reason };
        let value = meta(&self.fields, field).filter(|value| !value.is_empty());
        let mut query = Query::new();
        query.set(parameter, value.ok_or_else(|| wrong("the new item has none"))?)?;
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
                Err(RequestError::NaturalKey { field: format!("meta.{field}"), reason }.into())
            }
        }
    }
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
        let (clock, timeout) = (Arc::clone(self.collection.session().site().clock()), self.timeout);
        let call = Call::new(clock, self.execute());
        timeout.into_iter().fold(call, Call::timeout).into_future()
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
        Call::new(Arc::clone(self.session().site().clock()), find_or_create_all(collection, terms))
    }
}

async fn find_or_create_all<T: Taxonomy>(
    collection: Collection<Term<T>>,
    terms: Vec<NewTerm<T>>,
) -> Result<Batched<Ensured<Term<T>>>> {
    let mut results: Vec<Result<Ensured<Term<T>>>> = Vec::with_capacity(terms.len());
    let requests = terms.iter().map(|term| collection.create(term.clone()));
    let Batched { results: outcomes, closed } = BatchOf::new(collection.session(), requests).await?;
    results.extend(outcomes.into_iter().map(|outcome| outcome.map(Ensured::Created)));

    let of = |result: &Result<_>| result.as_ref().err().and_then(Error::existing_term).and_then(Id::new);
    let mut ids: Vec<Id<Term<T>>> = results.iter().filter_map(of).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut existing = Vec::with_capacity(ids.len());
    for ids in ids.chunks(usize::from(MAX_PER_PAGE)) {
        existing
            .extend(collection.list().include(ids.iter().copied()).per_page(u32::from(MAX_PER_PAGE)).await?);
    }
    for (result, term) in results.iter_mut().zip(terms) {
        match &*result {
            Ok(created) => {
                let item = created.item();
                let (extra, fields) = (key_fields(item), key_fields(&term));
                if !filters::Terms::is_surely_only(&fields, &extra) {
                    let lookup = Lookup { collection: &collection, fields, key: KeyedBy::Natural };
                    *result = lookup.settle(With { item: item.clone(), extra }).await;
                }
            }
            Err(error) => {
                if let Some(found) = of(result).and_then(|id| existing.iter().find(|term| term.id == id)) {
                    *result = Ok(Ensured::Found(found.clone()));
                } else if may_be_there(error) {
                    *result = collection.find_or_create(term).await;
                }
            }
        }
    }
    Ok(Batched { results, closed })
}

/// The most items on one page.
const MAX_PER_PAGE: u8 = 100;

/// Whether the term may be there although it could not be created.
fn may_be_there(error: &Error) -> bool {
    let codes = [Some(&ErrorCode::TERM_EXISTS), Some(&ErrorCode::CANNOT_CREATE)];
    error.may_have_happened() || codes.contains(&error.code())
}
