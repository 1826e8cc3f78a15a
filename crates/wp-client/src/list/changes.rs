//! The changes of a list since a mirror of it was brought up to date.

use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt};
use wp_core::{Id, Paged, RequestError, Totals};

use super::checkpoint::{Checkpoint, Seen};
use super::sync::{Extent, Found, Step, SyncRun};
use super::warning::SyncWarning;
use super::{List, MAX_PER_PAGE};
use crate::Result;
use crate::read::rows::keys;

/// A change of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<T, K> {
    /// The item is new or was changed: insert or replace it.
    Upserted(T),
    /// The list does not have the item with this key any more. It was deleted or moved to the trash, the filter of the
    /// list does not include it any more, or this user may not see it.
    Deleted(K),
}

impl<R: Paged<Key = Id<K>>, K: ?Sized + 'static, T: Send + 'static, F> List<R, T, F> {
    /// Streams what changed since a mirror of this list was last brought up to date: first the items that are new or were
    /// changed, then the keys of those that are gone. Without a checkpoint, all items are new.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::fs;
    ///
    /// use wp_client::{Change, Checkpoint};
    ///
    /// let last: Option<Checkpoint> = match fs::read_to_string("posts.checkpoint") {
    ///     Ok(text) => Some(serde_json::from_str(&text)?),
    ///     Err(_) => None, // the first run
    /// };
    /// let mut changes = wp.posts().list().changes_since(last);
    /// while let Some(change) = changes.try_next().await? {
    ///     match change {
    ///         Change::Upserted(post) => println!("insert or replace {}: {}", post.id, post.title.rendered),
    ///         Change::Deleted(id) => println!("delete {id}"),
    ///     }
    /// }
    /// if let Some(warning) = changes.warning() {
    ///     eprintln!("{warning}");
    /// }
    /// fs::write("posts.checkpoint", serde_json::to_string(&changes.checkpoint())?)?;
    /// # Ok(()) }
    /// ```
    ///
    /// The order and the position of the list do not count. The filters do: an item that leaves the filter, such as a
    /// post that goes to the trash, is deleted from the mirror.
    ///
    /// - If the list has `modified_after` (see [`Listed::MODIFIED_AFTER`](wp_core::Listed::MODIFIED_AFTER)), it is used
    ///   to request what was changed. Then the ids and times of all items are requested, 100 in a response of few bytes
    ///   each. They show what is gone, and what the parameter missed: a scheduled post that was published keeps its time,
    ///   a restored backup turns times back, and a clock that is set back for the winter has an hour twice.
    ///   All times are those of the server. A change in the same second as an earlier one is seen by a digest.
    /// - Else (users, terms, comments) all items are requested, and compared by a digest of their JSON.
    ///
    /// A change that WordPress makes without another time is not seen: see [`compare_all`](Changes::compare_all).
    ///
    /// An item that is missing is requested again by its id before it is reported as deleted, and so is one that
    /// exists. If the list has no items any more, each missing one is confirmed: the site lists it without the filters, or
    /// its own address says that it does not exist or has another status. A refusal (401, 403) confirms nothing. If a walk
    /// has a [warning](Changes::warning), no deletion is reported.
    ///
    /// Before the first deletion of a run, the credential is verified by the request of
    /// [`Client::verify`](crate::Client::verify): to a wrong application password, or without the header, WordPress responds
    /// as to a visitor. If it does, nothing is reported as deleted ([`SyncWarning::Unproven`]). The lists of a shop (`/wc/v3`)
    /// need no proof: they are refused to visitors.
    ///
    /// If a change is lost between this stream and the mirror, because the program was killed, run again from the last
    /// checkpoint that was stored: what was applied already is applied again. Store the
    /// [checkpoint](Changes::checkpoint) after changes, and never before.
    pub fn changes_since(self, checkpoint: impl Into<Option<Checkpoint>>) -> Changes<T, Id<K>> {
        let Self { mut request, concurrency, resumed, .. } = self;
        let dated = R::MODIFIED_AFTER;
        let position = ["page", "offset"].into_iter().find(|name| request.asked().get(name).is_some());
        let position = position.or(resumed.map(|_| "cursor"));
        if let Some(name) = position {
            let reason = "a mirror has the whole list".into();
            request = request.failing(RequestError::Query { name: name.to_owned(), reason });
        }
        if let (Some(fields), Some(dated)) = (request.asked().get("_fields"), dated)
            && !fields.split(',').any(|field| field.trim() == dated.field())
        {
            let fields = format!("{fields},{}", dated.field());
            request = request.set("_fields", fields);
        }
        if request.asked().get("per_page").is_none() {
            request = request.set("per_page", MAX_PER_PAGE);
        }
        // A cached response has an old `Date`, which is read as the server's current time.
        let mut request =
            request.set("orderby", "id").set("order", "asc").stamped().header("cache-control", "no-cache");
        let empty = Checkpoint::of(&request);
        let last = checkpoint.into();
        if let Some(differs) = last.as_ref().and_then(|last| empty.differs(last)) {
            request = request.failing(RequestError::Checkpoint { differs });
        }
        let checkpoint = last.unwrap_or(empty);
        let fields = [R::KEY].into_iter().chain(dated.map(wp_core::ModifiedAfter::field)).collect::<Vec<_>>();
        let ids =
            request.again().read_by(keys::<R>).set("_fields", fields.join(",")).set("per_page", MAX_PER_PAGE);
        let sync = SyncRun::new(request, ids, dated, concurrency, &checkpoint);
        Changes {
            run: Run::Planned(Some(Box::new(sync))),
            found: VecDeque::new(),
            checkpoint,
            totals: None,
            warning: None,
            of: PhantomData,
        }
    }
}

/// The changes in a list since a [`Checkpoint`]: a [`Stream`], or a loop around [`try_next`](Self::try_next). Made by
/// [`List::changes_since`].
#[must_use = "nothing is sent until a change is requested"]
pub struct Changes<T, K> {
    run: Run<T>,
    found: VecDeque<Found<T>>,
    checkpoint: Checkpoint,
    totals: Option<Totals>,
    warning: Option<SyncWarning>,
    of: PhantomData<fn() -> K>,
}

enum Run<T> {
    Planned(Option<Box<SyncRun<T>>>),
    Running(BoxStream<'static, Result<Step<T>>>),
}

impl<T, K> Changes<T, K> {
    /// Requests only what `modified_after` returns: a few requests, however long the list is. Deletions are not seen, nor
    /// is an item that comes into the list without being changed, such as a scheduled post that is published. A later run
    /// with the same checkpoint that does not leave them out finds all of them.
    ///
    /// A list without `modified_after` returns an error. So does a site that ignores it.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, last: wp_client::Checkpoint) -> wp_client::Result<()> {
    /// let mut changes = wp.posts().list().changes_since(last).without_sweep();
    /// while let Some(change) = changes.try_next().await? {
    ///     println!("{change:?}");
    /// }
    /// # Ok(()) }
    /// ```
    pub fn without_sweep(mut self) -> Self {
        if let Run::Planned(Some(sync)) = &mut self.run {
            sync.extent = Extent::Changes;
        }
        self
    }

    /// Requests all items whole, and compares each by a digest of its JSON with what the checkpoint has. So it finds what
    /// was changed without another time of change: terms and meta fields that a plugin or a quick edit sets past
    /// WordPress's own functions, a rendered text after a theme or a plugin was changed, an import into the database.
    ///
    /// It costs a walk over the whole list: run it once a week, say, or after such a change, in place of the usual run. For
    /// a list without times it is the usual run.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, last: wp_client::Checkpoint) -> wp_client::Result<()> {
    /// let mut changes = wp.posts().list().changes_since(last).compare_all();
    /// while let Some(change) = changes.try_next().await? {
    ///     println!("{change:?}");
    /// }
    /// # Ok(()) }
    /// ```
    pub fn compare_all(mut self) -> Self {
        if let Run::Planned(Some(sync)) = &mut self.run {
            sync.extent = Extent::Whole;
        }
        self
    }

    /// The state of the mirror after the changes that were returned, also after an error: pass it to
    /// [`List::changes_since`] the next time. Each call copies it, so call it after some hundreds of changes rather than
    /// after each.
    pub fn checkpoint(&self) -> Checkpoint {
        self.checkpoint.clone()
    }

    /// The size of the list that is walked at the moment, as its last page said: what was changed, or the whole list.
    pub fn totals(&self) -> Option<Totals> {
        self.totals
    }

    /// Why deletions may be missing; complete after the last change.
    pub fn warning(&self) -> Option<SyncWarning> {
        self.warning
    }

    /// Notes that the change is returned.
    fn returned(&mut self, id: Option<u64>, seen: Option<Seen>) {
        match (id, seen) {
            (Some(id), Some(seen)) => drop(self.checkpoint.items.insert(id, seen)),
            (Some(id), None) => drop(self.checkpoint.items.remove(&id)),
            // An item without an id is not known the next time.
            (None, _) => {}
        }
    }
}

impl<T: Send + 'static, K: ?Sized> Changes<T, Id<K>> {
    /// Returns the next change; `None` after the last.
    ///
    /// # Errors
    /// The error of a request. The stream ends with it; the [`checkpoint`](Self::checkpoint) has what was returned before.
    pub async fn try_next(&mut self) -> Result<Option<Change<T, Id<K>>>> {
        self.next().await.transpose()
    }
}

impl<T: Send + 'static, K: ?Sized> Stream for Changes<T, Id<K>> {
    type Item = Result<Change<T, Id<K>>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match self.found.pop_front() {
                Some(Found::Item { item, id, seen }) => {
                    self.returned(id, Some(seen));
                    return Poll::Ready(Some(Ok(Change::Upserted(item))));
                }
                Some(Found::Gone(id)) => {
                    self.returned(Some(id), None);
                    // A checkpoint has no other ids.
                    if let Some(id) = Id::new(id) {
                        return Poll::Ready(Some(Ok(Change::Deleted(id))));
                    }
                }
                Some(Found::Since(since)) => self.checkpoint.since = since,
                None => {
                    if let Run::Planned(sync) = &mut self.run {
                        let sync = sync.take();
                        self.run = Run::Running(stream::try_unfold(sync, SyncRun::turn).boxed());
                    }
                    let Run::Running(steps) = &mut self.run else { return Poll::Ready(None) };
                    let Some(step) = ready!(steps.poll_next_unpin(cx)).transpose()? else {
                        return Poll::Ready(None);
                    };
                    self.totals = step.totals.or(self.totals);
                    self.warning = step.warning.or(self.warning);
                    self.found.extend(step.found);
                }
            }
        }
    }
}

/// Nothing in it is pinned.
impl<T, K> Unpin for Changes<T, K> {}

impl<T, K> fmt::Debug for Changes<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes")
            .field("items", &self.checkpoint.len())
            .field("totals", &self.totals)
            .field("warning", &self.warning)
            .finish_non_exhaustive()
    }
}
