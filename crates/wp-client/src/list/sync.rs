//! The requests that find what changed in a list.
//!
//! 1. The newest time of a change is requested. Whatever is changed from now on has no earlier one, so it is the time to
//!    ask for in the next run, less a margin for clocks that differ.
//! 2. The items that were changed after that time of the last run are requested.
//! 3. The ids and times of all items are requested. An item that differs from the checkpoint and was not returned is
//!    requested by its id: it is new, changed or gone. So this step alone makes the mirror right; the second one saves
//!    requests, and may miss changes.
//!
//! Without times, in the first run, or if all is to be compared, the third step requests whole items, and compares
//! digests.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use wp_core::{GmtTime, ModifiedAfter, Query, RequestError, Totals};

use super::Cursor;
use super::checkpoint::{Checkpoint, Seen};
use super::fetch::Fetcher;
use super::stream::{Fetched, Plan};
use super::walk::refuses_parameter;
use super::warning::{ListWarning, SyncWarning};
use crate::read::rows::{Rows, is_number};
use crate::{ErrorKind, ListPosition, QueryIgnored, Request, Result};

/// How far the clocks of a site may differ: that of the web server, those of several machines with PHP. In seconds.
const MARGIN: u64 = 300;

/// WordPress compares times on the clock of the site, which may have been set to any other zone. In seconds.
const ANY_ZONE: u64 = 26 * 60 * 60;

/// So many items are requested by their ids at a time.
const MAX_IDS: usize = 100;

/// So many items are requested by their own addresses in one run, if the list has none any more.
const MAX_SINGLE: usize = 100;

/// The parameters that leave out no items, or that say what the user may see.
const NO_FILTERS: [&str; 9] =
    ["context", "status", "orderby", "order", "page", "offset", "per_page", "_fields", "_embed"];

/// The status of an item, if it has one.
#[derive(Deserialize)]
struct Status {
    status: Option<String>,
}

/// The result of a step.
pub(super) struct Step<T> {
    pub(super) found: Vec<Found<T>>,
    pub(super) totals: Option<Totals>,
    pub(super) warning: Option<SyncWarning>,
}

pub(super) enum Found<T> {
    /// An item that is new or was changed. It has no `id` if that cannot be read.
    Item { item: T, id: Option<u64>, seen: Seen },
    /// The id of an item that is gone.
    Gone(u64),
    /// All changes up to this second are returned.
    Since(Option<u64>),
}

/// What a run requests.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// What was changed, by time.
    Changes,
    /// That, and the ids and times of all items.
    Sweep,
    /// All items.
    Whole,
}

/// A run.
pub(super) struct SyncRun<T> {
    /// The items of the list, in the order of ids.
    items: Request<Rows<T>>,
    /// Only their ids and times.
    ids: Request<Rows<()>>,
    dated: Option<ModifiedAfter>,
    concurrency: usize,
    pub(super) extent: Extent,
    phase: Phase<T>,
    known: BTreeMap<u64, Seen>,
    /// The time up to which the last run knew all changes, and that of this run.
    since: Option<u64>,
    next_since: Option<u64>,
    /// The ids that were compared in this run.
    compared: BTreeSet<u64>,
    /// The ids that the list has.
    listed: BTreeSet<u64>,
    /// The ids to request: the items are new, were changed or may have been.
    wanted: BTreeSet<u64>,
    /// The ids to request that are expected to be gone. Requested separately: a cache that returns one list for every
    /// query would seem to confirm these deletions.
    missing: BTreeSet<u64>,
    /// Whether the site listed an item that was requested by its id.
    is_confirmed: bool,
    /// How many more items may be requested by their own addresses.
    single: usize,
    /// Whether the site listed an item by its id that the whole list does not have.
    is_contradicted: bool,
    /// Whether the site reads the credential; `None` before the first deletion.
    is_user: Option<bool>,
    /// Whether the walk over the changes by time was complete, or may have left out some.
    changes: Promise,
    warning: Option<SyncWarning>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Promise {
    Unknown,
    Broken,
    Kept,
}

enum Phase<T> {
    Start,
    /// The changes by time.
    Changed(Plan<T>),
    /// All items, whole.
    All(Plan<T>),
    /// All items, by their ids and times.
    Ids(Plan<()>),
    /// Single items.
    Wanted,
    End,
}

impl<T: Send + 'static> SyncRun<T> {
    pub(super) fn new(
        items: Request<Rows<T>>,
        ids: Request<Rows<()>>,
        dated: Option<ModifiedAfter>,
        concurrency: usize,
        last: &Checkpoint,
    ) -> Self {
        Self {
            items,
            ids,
            dated,
            concurrency,
            extent: Extent::Sweep,
            phase: Phase::Start,
            known: last.items.clone(),
            since: last.since,
            next_since: None,
            compared: BTreeSet::new(),
            listed: BTreeSet::new(),
            wanted: BTreeSet::new(),
            missing: BTreeSet::new(),
            is_confirmed: false,
            single: MAX_SINGLE,
            is_contradicted: false,
            is_user: None,
            changes: Promise::Unknown,
            warning: None,
        }
    }

    /// The next step.
    pub(super) async fn turn(run: Option<Box<Self>>) -> Result<Option<(Step<T>, Option<Box<Self>>)>> {
        let Some(mut run) = run else { return Ok(None) };
        let mut step = Step { found: Vec::new(), totals: None, warning: None };
        let is_last = match std::mem::replace(&mut run.phase, Phase::End) {
            Phase::Start => run.start(&mut step).await?,
            Phase::Changed(plan) => match plan.next().await? {
                Some((page, plan)) => run.changed(page, plan, &mut step)?,
                None => run.all_changed(),
            },
            Phase::All(plan) => match plan.next().await? {
                Some((page, plan)) => {
                    run.phase = Phase::All(plan);
                    run.listed.extend(page.rows.ids());
                    run.warn(page.warning);
                    step.totals = page.totals;
                    run.compare(page, &mut step);
                    false
                }
                None => run.after_all(),
            },
            Phase::Ids(plan) => match plan.next().await? {
                Some((page, plan)) => {
                    run.phase = Phase::Ids(plan);
                    run.listed.extend(page.rows.ids());
                    run.warn(page.warning);
                    run.want(&page.rows);
                    false
                }
                None => run.after_all(),
            },
            Phase::Wanted => run.wanted(&mut step).await?,
            Phase::End => true,
        };
        if is_last {
            // If neither step can promise that it saw all, the next run looks at the same time again.
            let is_doubted = matches!(run.warning, Some(SyncWarning::Unconfirmed | SyncWarning::Unproven));
            let is_kept = run.changes == Promise::Kept && !is_doubted;
            let is_proved = is_kept || run.warning.is_none();
            let since = if is_proved { run.next_since } else { run.since };
            step.found.push(Found::Since(since));
            let contradicted = run.is_contradicted.then_some(SyncWarning::Contradicted);
            run.warning = run.warning.or(contradicted);
        }
        step.warning = run.warning;
        Ok(Some((step, (!is_last).then_some(run))))
    }

    /// Each of these functions returns whether the run ends.
    async fn start(&mut self, step: &mut Step<T>) -> Result<bool> {
        if let Some(error) = self.items.take_fault() {
            return Err(error);
        }
        let Some(dated) = self.dated else {
            if self.extent == Extent::Changes {
                let reason = "this list does not have it".into();
                let error = RequestError::Query { name: "modified_after".to_owned(), reason };
                return Err(self.items.error_context().error(error));
            }
            self.phase = Phase::All(self.plan(self.items.again()));
            return Ok(false);
        };
        self.next_since = self.newest().await?;
        let bound = self.since.and_then(|since| {
            let since = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(since))?;
            let time = GmtTime::try_from(since).ok()?;
            Some(match dated {
                ModifiedAfter::WooCommerce => {
                    self.items.again().set("modified_after", time).set("dates_are_gmt", true)
                }
                _ => self.items.again().set("modified_after", format!("{time}Z")),
            })
        });
        self.phase = match bound {
            Some(request) if self.extent != Extent::Whole => Phase::Changed(self.plan(request)),
            Some(_) => Phase::All(self.plan(self.items.again())),
            None => {
                // An item that is not returned yet is new in the next run, even if this one ends here: its sweep finds it.
                // Without a sweep, the next run walks over all items again, until one run saw the end.
                if self.extent != Extent::Changes {
                    self.since = self.next_since;
                    step.found.push(Found::Since(self.since));
                }
                Phase::All(self.plan(self.items.again()))
            }
        };
        Ok(false)
    }

    /// The time from which the next run asks for changes.
    async fn newest(&mut self) -> Result<Option<u64>> {
        let one = self.ids.again().set("per_page", 1);
        let sorted = one.again().set("orderby", "modified").set("order", "desc");
        let (reply, is_sorted) = match sorted.reply_unreported().await {
            Err(error) if error.status().is_some_and(refuses_parameter) => {
                (one.reply_unreported().await?, false)
            }
            reply => (reply?, true),
        };
        let newest = reply.body.stamps.first().filter(|_| is_sorted).and_then(|stamp| stamp.modified);
        let now = self.items.server_time(&reply.headers);
        let now =
            now.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok()).map(|time| time.as_secs());
        Ok(match (newest, now) {
            // Every clock is past `newest`. Subtract a second: on a slow clock, it may not be over.
            (Some(newest), Some(now)) if now > newest.saturating_add(MARGIN) => {
                Some(newest.saturating_sub(1))
            }
            (Some(newest), Some(now)) => Some(newest.min(now).saturating_sub(MARGIN)),
            (newest, now) => newest.or(now).map(|time| time.saturating_sub(MARGIN)),
        })
    }

    fn changed(&mut self, page: Fetched<T>, plan: Plan<T>, step: &mut Step<T>) -> Result<bool> {
        let oldest = page.rows.stamps.iter().filter_map(|stamp| stamp.modified).min();
        let is_ignored =
            oldest.zip(self.since).is_some_and(|(oldest, since)| oldest < since.saturating_sub(ANY_ZONE));
        if is_ignored && self.extent == Extent::Changes {
            return Err(self.items.error_context().error(QueryIgnored::new("modified_after")));
        }
        if is_ignored {
            // The sweep finds all of it.
            return Ok(self.after_changed());
        }
        self.phase = Phase::Changed(plan);
        step.totals = page.totals;
        if self.extent == Extent::Changes {
            self.warn(page.warning);
        }
        if page.warning.is_some() {
            self.changes = Promise::Broken;
        }
        self.compare(page, step);
        Ok(false)
    }

    fn all_changed(&mut self) -> bool {
        if self.changes == Promise::Unknown {
            self.changes = Promise::Kept;
        }
        self.after_changed()
    }

    fn after_changed(&mut self) -> bool {
        if self.extent != Extent::Changes {
            self.phase = Phase::Ids(self.plan(self.ids.again()));
        }
        self.extent == Extent::Changes
    }

    fn after_all(&mut self) -> bool {
        if self.extent != Extent::Changes && self.warning.is_none() {
            let missing = self.known.keys().filter(|id| !self.listed.contains(id));
            self.missing.extend(missing);
        }
        self.phase = Phase::Wanted;
        false
    }

    /// Returns what differs from the checkpoint.
    fn compare(&mut self, page: Fetched<T>, step: &mut Step<T>) {
        let Rows { items, keys, stamps, .. } = page.rows;
        for ((item, key), stamp) in items.into_iter().zip(keys).zip(stamps) {
            let id = Some(key).filter(|key| is_number(*key) && *key > 0);
            let seen = Seen::from(stamp);
            if let Some(id) = id {
                self.compared.insert(id);
                let is_same = self.known.get(&id).is_some_and(|known| !known.differs(stamp));
                if is_same {
                    continue;
                }
                self.known.insert(id, seen);
            }
            step.found.push(Found::Item { item, id, seen });
        }
    }

    /// Plans to request what is new, changed or, as its time does not tell, may have been changed.
    fn want(&mut self, rows: &Rows<()>) {
        for (id, stamp) in rows.keys.iter().zip(&rows.stamps).filter(|(id, _)| is_number(**id)) {
            let is_same = |known: &Seen| {
                known.modified == stamp.modified && (!known.is_open(self.since) || self.compared.contains(id))
            };
            if !self.known.get(id).is_some_and(is_same) {
                self.wanted.insert(*id);
            }
        }
    }

    /// Requests some of the wanted items, and then some of the missing ones.
    async fn wanted(&mut self, step: &mut Step<T>) -> Result<bool> {
        let is_missing = self.wanted.is_empty();
        // What is not confirmed in an empty list says nothing about the others.
        let is_stopped =
            self.warning.is_some_and(|known| known != SyncWarning::Unconfirmed || !self.listed.is_empty());
        if is_missing && is_stopped {
            return Ok(true);
        }
        let queue = if is_missing { &mut self.missing } else { &mut self.wanted };
        let mut ids: Vec<u64> = std::iter::from_fn(|| queue.pop_first()).take(MAX_IDS).collect();
        if ids.is_empty() {
            return Ok(true);
        }
        self.phase = Phase::Wanted;
        if is_missing {
            let sticky = self.sticky(&ids).await?;
            ids.retain(|id| !sticky.contains(id));
            self.remove(sticky, step).await?;
            if ids.is_empty() {
                return Ok(false);
            }
        }
        let (found, warning) = self.request(&ids, step).await?;
        self.is_contradicted |= is_missing && ids.iter().any(|id| found.contains(id));
        let is_gone = |id: &&u64| !found.contains(id) && self.known.contains_key(id);
        let gone: Vec<u64> = ids.iter().filter(is_gone).copied().collect();
        if gone.is_empty() || is_stopped {
            return Ok(false);
        }
        if let Some(warning) = warning {
            self.warn(Some(warning));
            return Ok(false);
        }
        // A list without items proves nothing.
        self.is_confirmed |= !found.is_empty();
        if let Some(control) = self.listed.last().copied().filter(|_| !self.is_confirmed) {
            self.is_confirmed = self.request(&[control], step).await?.0.contains(&control);
        }
        let confirmed = match (self.is_confirmed, self.listed.is_empty()) {
            (true, _) => gone.clone(),
            (false, true) => self.gone_from_empty(&gone).await?,
            (false, false) => Vec::new(),
        };
        if confirmed.len() < gone.len() {
            self.warning = Some(SyncWarning::Unconfirmed);
        }
        self.remove(confirmed, step).await?;
        Ok(false)
    }

    /// Reports items as gone, if it is proved that the site reads the list as the user.
    async fn remove(&mut self, ids: Vec<u64>, step: &mut Step<T>) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let is_user = match self.is_user {
            Some(is_user) => is_user,
            None => self.items.is_read_as_user().await?,
        };
        self.is_user = Some(is_user);
        if !is_user {
            self.warning = Some(SyncWarning::Unproven);
            return Ok(());
        }
        for id in ids {
            self.known.remove(&id);
            step.found.push(Found::Gone(id));
        }
        Ok(())
    }

    /// Which of these items are sticky, if the list is of those that are not: they left it. WordPress leaves out
    /// `sticky=false` where it is asked for ids.
    async fn sticky(&mut self, ids: &[u64]) -> Result<Vec<u64>> {
        if !matches!(self.items.asked().get("sticky"), Some("false" | "0")) {
            return Ok(Vec::new());
        }
        listed_of(self.ids.again().set("include", ids).set("sticky", true), ids).await
    }

    /// Requests items by their ids, and returns which of them the site listed.
    async fn request(
        &mut self,
        ids: &[u64],
        step: &mut Step<T>,
    ) -> Result<(BTreeSet<u64>, Option<ListWarning>)> {
        let mut plan = self.plan(self.items.again().set("include", ids));
        let (mut found, mut warning) = (BTreeSet::new(), None);
        while let Some((page, rest)) = plan.next().await? {
            plan = rest;
            found.extend(page.rows.ids());
            warning = page.warning.or(warning);
            self.compare(page, step);
        }
        Ok((found, warning))
    }

    /// Which of these items are surely gone from a list that has no items.
    async fn gone_from_empty(&mut self, ids: &[u64]) -> Result<Vec<u64>> {
        // If the site lists one of them without the filters, it reads the query, so those that it does not list are gone,
        // and those that it does left the filters.
        let is_filter = |name: &str| !NO_FILTERS.contains(&name.split('[').next().unwrap_or(name));
        let asked = self.ids.asked();
        if asked.iter().any(|(name, _)| is_filter(name)) {
            let mut unfiltered = Query::new();
            for (name, value) in asked.iter().filter(|(name, _)| !is_filter(name)) {
                unfiltered.push(name, value)?;
            }
            unfiltered.set("include", ids)?;
            match listed_of(self.ids.again().with_query(unfiltered), ids).await {
                Ok(found) if !found.is_empty() => return Ok(ids.to_vec()),
                Ok(_) => {}
                Err(error) if matches!(error.kind(), ErrorKind::QueryIgnored(_)) => {}
                Err(error) if error.status().is_some_and(refuses_parameter) => {}
                Err(error) => return Err(error),
            }
        }
        // An item by itself has another address than the list, so also another one in a cache.
        let mut gone = Vec::new();
        for id in ids.iter().copied() {
            let Some(left) = self.single.checked_sub(1) else { break };
            self.single = left;
            if self.is_gone(id).await? {
                gone.push(id);
            }
        }
        Ok(gone)
    }

    /// Whether the item does not exist, or has a status that the list does not have. A refusal does not say so.
    async fn is_gone(&mut self, id: u64) -> Result<bool> {
        match self.items.item::<Status>(id).await {
            Ok(item) => {
                Ok(item.is_none_or(|Status { status }| status.is_some_and(|status| !self.lists(&status))))
            }
            Err(error)
                if error.status().is_some_and(|status| matches!(status.as_u16(), 401 | 403 | 404 | 410)) =>
            {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether the list has items with this status.
    fn lists(&self, status: &str) -> bool {
        let asked = self.items.asked().values("status").flat_map(|asked| asked.split([',', ' ']));
        let mut asked = asked.filter(|asked| !asked.is_empty()).peekable();
        if asked.peek().is_none() {
            let is_any = self.dated == Some(ModifiedAfter::WooCommerce) && status != "trash";
            return is_any || matches!(status, "publish" | "inherit" | "approved");
        }
        // A comment that is asked for as `approve` is `approved`.
        asked.any(|asked| status.starts_with(asked) || asked == "any" && status != "trash")
    }

    fn warn(&mut self, warning: Option<ListWarning>) {
        self.warning = self.warning.or(warning.map(SyncWarning::Incomplete));
    }

    fn plan<U: Send + 'static>(&self, request: Request<Rows<U>>) -> Plan<U> {
        let per_page = request.asked().get("per_page").and_then(|size| size.trim().parse().ok()).unwrap_or(0);
        let start = Cursor { list: 0, position: ListPosition::Page(1), per_page, skip: 0, after: None };
        Plan::new(Fetcher::new(request, self.concurrency), true, start)
    }
}

/// Which of these items the site lists.
async fn listed_of(request: Request<Rows<()>>, ids: &[u64]) -> Result<Vec<u64>> {
    let context = request.error_context();
    let Rows { keys, ignored, .. } = request.reply_unreported().await?.body;
    match ignored {
        Some(ignored) => Err(context.error(ignored)),
        None => Ok(ids.iter().copied().filter(|id| keys.contains(id)).collect()),
    }
}
