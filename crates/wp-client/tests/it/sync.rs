//! Mirrors of lists, brought up to date by what changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};
use wp_client::models::{
    NewCategory, NewPost, NewTag, NewUser, Post, PostId, PostPatch, PostStatus, TagPatch, UserId, UserPatch,
};
use wp_client::{
    Change, Changes, Checkpoint, Client, Edit, Error, ErrorKind, GmtTime, Id, List, ListWarning, Listed,
    ModifiedAfter, Order, Paged, Resource, RetryPolicy, Rooted, SyncWarning, filters,
};
use wp_testkit::{CacheKey, StandIn};

use crate::{signed_in, transports};

mod gone;

/// A sequence of numbers that is the same in each run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// A copy of a list, with the checkpoint as a program stores it.
#[derive(Clone, Default)]
struct Mirror {
    items: BTreeMap<u64, Value>,
    checkpoint: Option<String>,
}

/// What a run returned.
#[derive(Debug, Default)]
struct Ran {
    upserted: Vec<u64>,
    deleted: Vec<u64>,
    warning: Option<SyncWarning>,
    error: Option<Error>,
}

impl Mirror {
    fn last(&self) -> Option<Checkpoint> {
        self.checkpoint.as_ref().map(|text| serde_json::from_str(text).unwrap())
    }

    /// Applies at most this many changes.
    async fn apply<T: Resource + Serialize, K: 'static>(
        &mut self,
        mut changes: Changes<T, Id<K>>,
        most: usize,
    ) -> Ran {
        let mut ran = Ran::default();
        while ran.upserted.len() + ran.deleted.len() < most {
            match changes.try_next().await {
                Ok(Some(Change::Upserted(item))) => {
                    let id = item.key().to_string().parse().unwrap();
                    self.items.insert(id, json!(item));
                    ran.upserted.push(id);
                }
                Ok(Some(Change::Deleted(id))) => {
                    assert!(self.items.remove(&id.get()).is_some(), "{id} was not in the mirror");
                    ran.deleted.push(id.get());
                }
                Ok(None) => break,
                Err(error) => {
                    ran.error = Some(error);
                    break;
                }
            }
        }
        let checkpoint = changes.checkpoint();
        assert_eq!(checkpoint.len(), self.items.len());
        self.checkpoint = Some(serde_json::to_string(&checkpoint).unwrap());
        ran.warning = changes.warning();
        ran
    }

    async fn run<T, K, R, F>(&mut self, list: List<R, T, F>) -> Ran
    where
        R: Paged<Key = Id<K>>,
        K: 'static,
        T: Resource + Serialize,
    {
        let changes = list.changes_since(self.last());
        let ran = self.apply(changes, usize::MAX).await;
        let all: BTreeSet<_> = ran.upserted.iter().chain(&ran.deleted).collect();
        assert_eq!(all.len(), ran.upserted.len() + ran.deleted.len(), "twice in {ran:?}");
        ran
    }
}

/// The list as it is.
async fn whole<T: Resource + Serialize, R: Paged, F>(list: List<R, T, F>) -> BTreeMap<u64, Value> {
    let mut items = list.order_by("id", Order::Asc).stream();
    let mut found = BTreeMap::new();
    while let Some(item) = items.try_next().await.unwrap() {
        found.insert(item.key().to_string().parse().unwrap(), json!(item));
    }
    found
}

/// Posts that are published or drafts.
fn posts(wp: &Client) -> List<Post, Post<Edit>> {
    wp.posts().list().edit().statuses([PostStatus::Publish, PostStatus::Draft])
}

#[tokio::test]
async fn mirror_of_posts_equals_the_site_after_each_of_20_rounds() {
    let site = StandIn::builder().posts(260).gmt_offset_minutes(330).start().await;
    site.set_now(1_780_000_000);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let clients: Vec<Client> = signed_in(&site, "admin").collect();
    let mut mirror = Mirror::default();
    mirror.run(posts(&clients[0])).await;
    let mut edits = 0;
    for round in 0..20 {
        let (index, wp) = (round % 2, &clients[round % 2]);
        let before = mirror.items.clone();
        let ids: Vec<PostId> = before.keys().filter_map(|id| PostId::new(*id)).collect();
        while edits < 50 * (round + 1) {
            let id = random.of(&ids);
            let text = format!("round {round}, edit {edits}");
            // Half of the changes share their second with another one.
            site.advance(Duration::from_secs(random.of(&[0, 0, 1, 40])));
            // What was deleted in this round already is an error.
            let outcome = match random.below(6) {
                0 => wp.posts().create(NewPost::titled(text).status(PostStatus::Publish)).await.map(drop),
                1 => wp.posts().create(NewPost::titled(text).status(PostStatus::Private)).await.map(drop),
                2 => wp.posts().delete(id).await.map(drop),
                3 => wp.posts().trash(id).await.map(drop),
                4 => {
                    let status = random.of(&["draft", "publish", "pending"]);
                    wp.posts().update(id, PostPatch::default().status(status)).await.map(drop)
                }
                _ => wp.posts().update(id, PostPatch::default().title(text)).await.map(drop),
            };
            edits += usize::from(outcome.is_ok());
        }
        let ran = mirror.run(posts(wp).concurrency(index + 1)).await;
        assert!(ran.error.is_none() && ran.warning.is_none(), "{ran:?}");
        assert_eq!(mirror.items, whole(posts(wp)).await, "round {round}");
        let is_old = |id: &&u64| before.contains_key(id);
        assert_eq!(ran.deleted.iter().filter(is_old).count(), ran.deleted.len());
        // A quiet site has no changes, whatever was changed in its last second.
        let quiet = mirror.run(posts(wp)).await;
        assert_eq!((quiet.upserted, quiet.deleted), (vec![], vec![]), "round {round}");
    }
}

/// Tags and users have no time of their last change.
#[tokio::test]
async fn mirror_of_tags_and_users_equals_the_site_after_each_of_20_rounds() {
    let site = StandIn::start().await;
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let clients: Vec<Client> = signed_in(&site, "admin").collect();
    let (mut tags, mut users) = (Mirror::default(), Mirror::default());
    let own = clients[0].users().me().await.unwrap().id;
    for round in 0..20 {
        let wp = &clients[round % 2];
        let mut edits = 0;
        while edits < 50 {
            let text = format!("n{round}-{edits}-{}", random.below(1_000_000));
            let tag = tags.items.keys().nth(random.below(tags.items.len().max(1))).copied().and_then(Id::new);
            let user = users.items.keys().nth(random.below(users.items.len().max(1))).copied();
            let user = user.and_then(UserId::new).filter(|user| *user != own);
            // What was deleted in this round is an error.
            let outcome = match (random.below(6), tag, user) {
                (0, Some(tag), _) => wp.tags().delete(tag).await.map(drop),
                (1, Some(tag), _) => wp.tags().update(tag, TagPatch::default().name(text)).await.map(drop),
                (2, _, Some(user)) => wp.users().delete_reassigning(user, own).await.map(drop),
                (3, _, Some(user)) => {
                    wp.users().update(user, UserPatch::default().name(text)).await.map(drop)
                }
                (4, ..) => wp.tags().create(NewTag::named(text)).await.map(drop),
                _ => {
                    let new = NewUser::new(text.clone(), format!("{text}@example.org"), "a long password");
                    wp.users().create(new).await.map(drop)
                }
            };
            edits += usize::from(outcome.is_ok());
        }
        let ran = tags.run(wp.tags().list()).await;
        assert!(ran.error.is_none() && ran.warning.is_none(), "{ran:?}");
        assert_eq!(tags.items, whole(wp.tags().list()).await, "round {round}");
        let ran = users.run(wp.users().list().edit()).await;
        assert!(ran.error.is_none() && ran.warning.is_none(), "{ran:?}");
        assert_eq!(users.items, whole(wp.users().list().edit()).await, "round {round}");
        let quiet = users.run(wp.users().list().edit()).await;
        assert_eq!((quiet.upserted, quiet.deleted), (vec![], vec![]), "round {round}");
    }
}

#[tokio::test]
async fn list_that_becomes_empty_is_believed_when_the_site_confirms_it() {
    for is_trashed in [true, false] {
        let site = StandIn::builder().posts(5).start().await;
        for wp in signed_in(&site, "admin") {
            let mut mirror = Mirror::default();
            let ids: Vec<PostId> = wp.posts().list().await.unwrap().iter().map(|post| post.id).collect();
            mirror.run(wp.posts().list()).await;
            for id in &ids {
                if is_trashed {
                    wp.posts().trash(*id).await.unwrap();
                } else {
                    wp.posts().delete(*id).await.unwrap();
                }
            }
            let ran = mirror.run(wp.posts().list()).await;
            assert_eq!((ran.deleted.len(), ran.warning), (ids.len(), None));
            for _ in 0..5 {
                wp.posts().create(NewPost::titled("x").status(PostStatus::Publish)).await.unwrap();
            }
        }
    }
}

/// A cache in front of the site that does not look at the query.
#[tokio::test]
async fn cache_that_ignores_the_query_deletes_nothing() {
    for posts in [1, 30, 150] {
        for seconds in [0, 3_600] {
            let site = StandIn::builder().posts(posts).start().await;
            site.set_now(1_780_000_000);
            for wp in signed_in(&site, "admin") {
                for first in ["modified_after", "none", "include"] {
                    let mut mirror = Mirror::default();
                    mirror.run(wp.posts().list()).await;
                    let before = mirror.items.clone();
                    site.advance(Duration::from_secs(seconds));
                    site.set_cache(CacheKey::Path);
                    // The first response is in the cache.
                    let fill = wp.posts().list();
                    drop(match first {
                        "modified_after" => fill.query("modified_after", "2100-01-01T00:00:00").await,
                        "include" => {
                            fill.include([PostId::new(before.keys().next_back().copied().unwrap()).unwrap()])
                                .await
                        }
                        _ => fill.await,
                    });
                    let ran = mirror.run(wp.posts().list()).await;
                    site.set_cache(None);
                    assert_eq!(ran.deleted, [0; 0], "{posts} {first}: {ran:?}");
                    let is_right = posts == 1 && first != "modified_after" || posts <= 10 && first == "none";
                    assert!(
                        is_right || ran.warning.is_some() || ran.error.is_some(),
                        "{posts} {first}: {ran:?}"
                    );
                    let ran = mirror.run(wp.posts().list()).await;
                    assert!(ran.error.is_none() && ran.warning.is_none(), "{ran:?}");
                    assert_eq!(mirror.items, before);
                }
            }
        }
    }
}

/// A post of a site whose clock a test moves.
#[derive(Clone)]
struct Item {
    title: String,
    modified: u64,
    is_seen: bool,
}

/// What a site does with the parameters of a list.
#[derive(Clone, Copy, Default, PartialEq)]
enum Habit {
    #[default]
    Obeys,
    IgnoresModifiedAfter,
    IgnoresOrder,
    RefusesOrderByModified,
    ShowsByIdWhatItHides,
}

#[derive(Default)]
struct Site {
    items: BTreeMap<u64, Item>,
    now: u64,
    /// How far the clock of the web server is ahead, in seconds.
    date_ahead: i64,
    /// How far the clock on which times are compared is ahead of GMT: before, and from an instant on.
    zones: (i64, Option<(u64, i64)>),
    habit: Habit,
    /// The items whose own addresses are refused.
    refused: BTreeSet<u64>,
    requests: Vec<BTreeMap<String, String>>,
    change: Option<fn(&mut Site, usize)>,
    is_shop: bool,
}

type Shared = Arc<Mutex<Site>>;

/// What is done to a site between two runs.
type Fault = fn(&mut Site);

const NOON: u64 = 1_780_056_000;

impl Site {
    fn of(count: u64) -> Self {
        let mut site = Self { now: NOON, ..Self::default() };
        for id in 1..=count {
            let item =
                Item { title: format!("{id}"), modified: NOON - 1_000_000 + 1_000 * id, is_seen: true };
            site.items.insert(id, item);
        }
        site
    }

    /// Changes an item, or adds it.
    fn put(&mut self, id: u64, title: &str) {
        let modified = self.now;
        self.items.insert(id, Item { title: title.to_owned(), modified, is_seen: true });
    }

    /// An instant on the clock of the site.
    fn local(&self, instant: u64) -> i64 {
        let zone = match self.zones {
            (_, Some((from, zone))) if instant >= from => zone,
            (zone, _) => zone,
        };
        instant.cast_signed() + zone
    }

    fn respond(&mut self, request: &Request) -> ResponseTemplate {
        let query: BTreeMap<String, String> = request.url.query_pairs().into_owned().collect();
        self.requests.push(query.clone());
        if let Some(change) = self.change {
            change(self, self.requests.len());
        }
        let get = |name: &str| query.get(name).map(String::as_str);
        let number = |name: &str| get(name).and_then(|value| value.parse::<u64>().ok());
        let gmt = |seconds: u64| {
            GmtTime::try_from(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap().to_string()
        };
        let date = self.now.checked_add_signed(self.date_ahead).unwrap();
        let respond = |status: u16, body: &Value| {
            let date = SystemTime::UNIX_EPOCH + Duration::from_secs(date);
            ResponseTemplate::new(status)
                .set_body_raw(body.to_string(), "application/json")
                .insert_header("date", http_text(date))
        };
        let name = if self.is_shop { "date_modified_gmt" } else { "modified_gmt" };
        let json = |id: u64, item: &Item| json!({"id": id, name: gmt(item.modified), "title": {"rendered": item.title}, "status": "publish"});
        if let Some(id) = request.url.path().rsplit('/').next().and_then(|id| id.parse::<u64>().ok()) {
            return match self.items.get(&id) {
                _ if self.refused.contains(&id) => respond(
                    403,
                    &json!({"code": "rest_forbidden", "message": "No.", "data": {"status": 403}}),
                ),
                Some(item) => respond(200, &json(id, item)),
                None => respond(
                    404,
                    &json!({"code": "rest_post_invalid_id", "message": "No.", "data": {"status": 404}}),
                ),
            };
        }
        if self.habit == Habit::RefusesOrderByModified && get("orderby") == Some("modified") {
            return respond(
                400,
                &json!({"code": "rest_invalid_param", "message": "No.", "data": {"status": 400}}),
            );
        }
        let after = get("modified_after").filter(|_| self.habit != Habit::IgnoresModifiedAfter).map(|text| {
            assert_eq!(text.ends_with('Z'), !self.is_shop, "{text}");
            assert_eq!(get("dates_are_gmt").is_some(), self.is_shop);
            let instant: GmtTime = text.parse().unwrap();
            SystemTime::from(instant).duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
        });
        let include: Vec<u64> = request
            .url
            .query_pairs()
            .filter(|(name, _)| name.starts_with("include"))
            .filter_map(|(_, id)| id.parse().ok())
            .collect();
        let hides = self.habit == Habit::ShowsByIdWhatItHides;
        let mut all: Vec<(u64, Item)> = self
            .items
            .iter()
            .filter(|(id, _)| include.is_empty() || include.contains(id))
            .filter(|(_, item)| !(hides && include.is_empty()) || item.is_seen)
            .filter(|(_, item)| after.is_none_or(|after| self.local(item.modified) > self.local(after)))
            .map(|(id, item)| (*id, item.clone()))
            .collect();
        if get("orderby") == Some("modified") {
            all.sort_by_key(|(_, item)| std::cmp::Reverse(item.modified));
        }
        if self.habit == Habit::IgnoresOrder {
            all.sort_by_key(|(id, _)| id % 7);
        }
        let size = number("per_page").unwrap_or(10);
        let first = number("offset").unwrap_or_else(|| (number("page").unwrap_or(1) - 1) * size);
        let page = all.iter().skip(usize::try_from(first).unwrap()).take(usize::try_from(size).unwrap());
        let rows: Vec<Value> =
            page.filter(|(_, item)| item.is_seen || hides).map(|(id, item)| json(*id, item)).collect();
        let total = all.len() as u64;
        respond(200, &json!(rows))
            .insert_header("x-wp-total", total.to_string())
            .insert_header("x-wp-totalpages", total.div_ceil(size).to_string())
    }

    /// The titles of what a user sees.
    fn titles(&self) -> BTreeMap<u64, String> {
        self.items
            .iter()
            .filter(|(_, item)| item.is_seen)
            .map(|(id, item)| (*id, item.title.clone()))
            .collect()
    }
}

/// A date as HTTP writes it.
fn http_text(time: SystemTime) -> String {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let gmt = GmtTime::try_from(time).unwrap().to_string();
    let day =
        ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][usize::try_from(seconds / 86_400 % 7).unwrap()];
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months[gmt[5..7].parse::<usize>().unwrap() - 1];
    format!("{day}, {} {month} {} {} GMT", &gmt[8..10], &gmt[..4], &gmt[11..])
}

async fn serve(site: Site) -> (MockServer, Shared) {
    let server = MockServer::start().await;
    let shared = Arc::new(Mutex::new(site));
    let state = Arc::clone(&shared);
    let respond = move |request: &Request| state.lock().unwrap().respond(request);
    Mock::given(any()).respond_with(respond).mount(&server).await;
    (server, shared)
}

fn clients(server: &MockServer) -> impl Iterator<Item = Client> {
    let url = server.uri();
    transports().into_iter().map(move |(_, transport)| {
        Client::builder(&url).transport(transport).retry(RetryPolicy::never()).build().unwrap()
    })
}

/// A post as the mirror has it.
fn titles(mirror: &Mirror) -> BTreeMap<u64, String> {
    let title = |item: &Value| item["title"]["rendered"].as_str().unwrap().to_owned();
    mirror.items.iter().map(|(id, item)| (*id, title(item))).collect()
}

fn list(wp: &Client) -> List<Post> {
    wp.posts().list().per_page(10)
}

/// Takes up the requests, and returns how many asked for this parameter.
fn asked(shared: &Shared, name: &str) -> usize {
    let requests = std::mem::take(&mut shared.lock().unwrap().requests);
    requests.iter().filter(|query| query.keys().any(|known| known.starts_with(name))).count()
}

#[tokio::test]
async fn change_in_the_second_of_an_earlier_one_is_seen_and_none_comes_twice() {
    // The clock of the web server may be wrong by any time.
    for date_ahead in [0, 3_600, -3_600, 86_400 * 400] {
        let mut site = Site::of(25);
        site.date_ahead = date_ahead;
        let (server, shared) = serve(site).await;
        for wp in clients(&server) {
            let mut mirror = Mirror::default();
            let set = |changes: &[(u64, &str)]| {
                let mut site = shared.lock().unwrap();
                for (id, title) in changes {
                    site.put(*id, title);
                }
            };
            set(&[(3, "first"), (40, "new")]);
            mirror.run(list(&wp)).await;
            assert_eq!(titles(&mirror), shared.lock().unwrap().titles());
            for round in 0..3 {
                let title = format!("again {round}");
                set(&[(3, &title), (41 + round, "new")]);
                let ran = mirror.run(list(&wp)).await;
                assert_eq!(ran.upserted, [3, 41 + round], "{date_ahead}");
                assert_eq!(titles(&mirror), shared.lock().unwrap().titles());
                let without =
                    mirror.apply(list(&wp).changes_since(mirror.last()).without_sweep(), usize::MAX).await;
                assert_eq!((without.upserted, without.error.is_none()), (vec![], true));
            }
            shared.lock().unwrap().now += 7;
        }
    }
}

#[tokio::test]
async fn run_of_a_quiet_site_requests_only_ids() {
    let (server, shared) = serve(Site::of(450)).await;
    for wp in clients(&server) {
        let mut mirror = Mirror::default();
        mirror.run(wp.posts().list()).await;
        assert_eq!(asked(&shared, "_fields"), 1);
        let ran = mirror.run(wp.posts().list()).await;
        assert_eq!((ran.upserted, ran.deleted), (vec![], vec![]));
        let requests = std::mem::take(&mut shared.lock().unwrap().requests);
        let whole: Vec<_> = requests.iter().filter(|query| !query.contains_key("_fields")).collect();
        // The newest change is requested again: its second may not have been over.
        assert_eq!((whole.len(), requests.len()), (1, 7), "{requests:?}");
        let ran =
            mirror.apply(wp.posts().list().changes_since(mirror.last()).without_sweep(), usize::MAX).await;
        assert!(ran.upserted.is_empty());
        assert_eq!(std::mem::take(&mut shared.lock().unwrap().requests).len(), 2);
    }
}

/// Only the end of a run says that all was returned.
#[tokio::test]
async fn first_run_without_a_sweep_that_ended_early_loses_nothing() {
    let (server, shared) = serve(Site::of(450)).await;
    for wp in clients(&server) {
        let mut mirror = Mirror::default();
        let changes = |mirror: &Mirror| list(&wp).changes_since(mirror.last()).without_sweep();
        for most in [0, 1, 120, 250] {
            let started = changes(&mirror);
            assert_eq!(mirror.apply(started, most).await.upserted.len(), most);
        }
        let rest = changes(&mirror);
        assert_eq!(mirror.apply(rest, usize::MAX).await.upserted.len(), 450 - 371);
        assert_eq!(titles(&mirror), shared.lock().unwrap().titles());
        shared.lock().unwrap().requests.clear();
        let quiet = changes(&mirror);
        assert!(mirror.apply(quiet, usize::MAX).await.upserted.is_empty());
        assert_eq!(std::mem::take(&mut shared.lock().unwrap().requests).len(), 2);
    }
}

#[tokio::test]
async fn site_that_ignores_modified_after_is_noticed() {
    let mut site = Site::of(95);
    site.habit = Habit::IgnoresModifiedAfter;
    let (server, shared) = serve(site).await;
    for wp in clients(&server) {
        let mut mirror = Mirror::default();
        mirror.run(list(&wp)).await;
        shared.lock().unwrap().now += 1;
        shared.lock().unwrap().put(50, "changed");
        shared.lock().unwrap().items.remove(&2);
        shared.lock().unwrap().requests.clear();
        let before = mirror.checkpoint.clone();
        let ran = mirror.run(list(&wp)).await;
        assert_eq!((ran.upserted, ran.deleted, ran.warning), (vec![50], vec![2], None));
        assert_eq!(titles(&mirror), shared.lock().unwrap().titles());
        assert_eq!(asked(&shared, "modified_after"), 1, "it is not asked again");
        mirror.checkpoint = before;
        let ran =
            mirror.last().map(|last| list(&wp).changes_since(last).without_sweep()).unwrap().try_next().await;
        let error = ran.unwrap_err();
        let ErrorKind::QueryIgnored(ignored) = error.kind() else { panic!("{error}") };
        assert_eq!(ignored.parameter(), "modified_after");
        shared.lock().unwrap().put(2, "2");
    }
}

#[tokio::test]
async fn what_modified_after_misses_is_found_by_the_sweep() {
    let cases: [(&str, Fault); 6] = [
        ("a scheduled post is published", |site| {
            site.items.insert(300, Item { title: "planned".into(), modified: NOON - 500_000, is_seen: true });
        }),
        ("a backup is restored", |site| {
            let old = Item { title: "as it was".into(), modified: NOON - 2_000_000, is_seen: true };
            site.items.insert(7, old.clone());
            site.items.insert(8, old);
            site.items.remove(&60);
        }),
        ("an hour comes twice in autumn", |site| {
            site.now = NOON + 3_000;
            site.zones = (7_200, Some((NOON + 2_000, 3_600)));
            site.put(9, "in the second hour");
        }),
        ("the zone of the site is set", |site| {
            site.zones = (-36_000, None);
            site.put(9, "before");
            site.zones = (-36_000, Some((NOON + 1, 36_000)));
            site.now = NOON + 10;
        }),
        ("many are new with an old time", |site| {
            for id in 400..650 {
                site.items
                    .insert(id, Item { title: "imported".into(), modified: NOON - 900_000, is_seen: true });
            }
        }),
        ("it cannot be sorted by time", |site| {
            site.habit = Habit::RefusesOrderByModified;
            site.put(9, "changed");
        }),
    ];
    for (name, case) in cases {
        for index in 0..2 {
            let (server, shared) = serve(Site::of(95)).await;
            let wp = clients(&server).nth(index).unwrap();
            let mut mirror = Mirror::default();
            mirror.run(list(&wp)).await;
            case(&mut shared.lock().unwrap());
            let ran = mirror.run(list(&wp)).await;
            assert!(ran.error.is_none() && ran.warning.is_none(), "{name}: {ran:?}");
            assert_eq!(titles(&mirror), shared.lock().unwrap().titles(), "{name}");
            let ran = mirror.run(list(&wp)).await;
            assert_eq!((ran.upserted, ran.deleted), (vec![], vec![]), "{name}");
        }
    }
}

/// The site changes at each request of the reader. Nothing that exists is deleted from the mirror, and a run of the quiet
/// site makes it equal.
#[tokio::test]
async fn writer_beside_the_reader_loses_nothing() {
    fn write(site: &mut Site, request: usize) {
        let mut random = Random(0x9e37_79b9 ^ (request as u64).wrapping_mul(0x0100_0000_01b3));
        random.below(2);
        for _ in 0..4 {
            let ids: Vec<u64> = site.items.keys().copied().filter(|id| id % 3 != 0).collect();
            let (id, last) = (random.of(&ids), *ids.last().unwrap());
            site.now += random.of(&[0, 0, 1]);
            match random.below(3) {
                0 => drop(site.items.remove(&id)),
                1 => site.put(last + 3, "new"),
                _ => site.put(id, &format!("at request {request}")),
            }
        }
    }
    for round in 0..20 {
        let mut site = Site::of(120 + round);
        site.now += round * 1_000;
        let (server, shared) = serve(site).await;
        let wp = clients(&server).nth(usize::try_from(round).unwrap() % 2).unwrap();
        let mut mirror = Mirror::default();
        for _ in 0..3 {
            shared.lock().unwrap().change = Some(write);
            let ran = mirror.apply(list(&wp).concurrency(3).changes_since(mirror.last()), usize::MAX).await;
            assert!(ran.error.is_none(), "{ran:?}");
            assert!(ran.deleted.iter().all(|id| id % 3 != 0), "{ran:?}");
            assert!((3..120).step_by(3).all(|id| mirror.items.contains_key(&id)));
        }
        shared.lock().unwrap().change = None;
        let ran = mirror.run(list(&wp)).await;
        assert!(ran.error.is_none() && ran.warning.is_none(), "{ran:?}");
        assert_eq!(titles(&mirror), shared.lock().unwrap().titles(), "round {round}");
    }
}

/// A program is killed after any number of changes, and begins again with its last checkpoint.
#[tokio::test]
async fn run_continues_from_a_checkpoint_after_any_change() {
    for index in 0..2 {
        let (server, shared) = serve(Site::of(45)).await;
        let wp = clients(&server).nth(index).unwrap();
        let mut mirror = Mirror::default();
        let mut count = 0;
        // The first run ends after each seventh item, while the site changes.
        for stop in 0.. {
            let ran = mirror.apply(list(&wp).changes_since(mirror.last()), 7).await;
            count += ran.upserted.len();
            let mut site = shared.lock().unwrap();
            site.now += u64::from(stop % 2 == 0);
            if stop < 5 {
                site.put(44, &format!("stop {stop}"));
                site.put(2, &format!("stop {stop}"));
                site.items.remove(&(10 + stop));
            } else if ran.upserted.len() + ran.deleted.len() < 7 {
                break;
            }
        }
        assert_eq!(titles(&mirror), shared.lock().unwrap().titles());
        // 45 items, and the two that were changed 5 times.
        assert!((40..=55).contains(&count), "{count}");
        for stop in 0..30 {
            let mut stopped = mirror.clone();
            {
                let mut site = shared.lock().unwrap();
                site.now += 100;
                for id in [5, 6, 30, 31, 60 + stop] {
                    site.put(id, &format!("round {stop}"));
                }
                site.items.remove(&(60 + stop).saturating_sub(2));
            }
            let first = stopped
                .apply(list(&wp).changes_since(mirror.last()), usize::try_from(stop).unwrap() % 7)
                .await;
            let ran = stopped.run(list(&wp)).await;
            assert_eq!(titles(&stopped), shared.lock().unwrap().titles());
            assert!(first.upserted.iter().all(|id| !ran.upserted.contains(id)), "{first:?} {ran:?}");
            // Without the checkpoint of the first part.
            mirror.run(list(&wp)).await;
            assert_eq!(titles(&mirror), shared.lock().unwrap().titles());
        }
    }
}

#[tokio::test]
async fn sweep_with_a_warning_deletes_nothing() {
    let faults: [(Fault, ListWarning); 2] = [
        (
            |site| site.items.values_mut().skip(20).take(130).for_each(|item| item.is_seen = false),
            ListWarning::Hidden,
        ),
        (|site| site.habit = Habit::IgnoresOrder, ListWarning::OrderIgnored),
    ];
    for (fault, warning) in faults {
        let (server, shared) = serve(Site::of(250)).await;
        for wp in clients(&server) {
            let mut mirror = Mirror::default();
            mirror.run(list(&wp)).await;
            shared.lock().unwrap().now += 1;
            shared.lock().unwrap().put(3, "changed");
            shared.lock().unwrap().items.remove(&5);
            fault(&mut shared.lock().unwrap());
            let ran = mirror.run(list(&wp)).await;
            assert_eq!((ran.upserted, ran.deleted), (vec![3], vec![]));
            assert_eq!(ran.warning, Some(SyncWarning::Incomplete(warning)));
            shared.lock().unwrap().items.values_mut().for_each(|item| item.is_seen = true);
            shared.lock().unwrap().habit = Habit::Obeys;
            let ran = mirror.run(list(&wp)).await;
            assert_eq!((ran.upserted, ran.deleted, ran.warning), (vec![], vec![5], None));
            shared.lock().unwrap().put(5, "again");
        }
    }
}

/// An order of a shop.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct ShopOrder {
    id: Id<ShopOrder>,
    title: Value,
}

impl Resource for ShopOrder {
    type Key = Id<ShopOrder>;
    type Edit = Self;

    fn key(&self) -> Id<ShopOrder> {
        self.id
    }
}

impl Rooted for ShopOrder {
    const ROUTE: &'static str = "/wc/v3/orders";
}

impl Listed for ShopOrder {
    type Filters = filters::None;
    const MODIFIED_AFTER: Option<ModifiedAfter> = Some(ModifiedAfter::WooCommerce);
}

impl Paged for ShopOrder {}

/// A part of an order.
#[derive(serde::Deserialize)]
#[allow(dead_code)]
struct Slim {
    title: Value,
}

#[tokio::test]
async fn orders_of_a_shop_are_asked_for_in_gmt() {
    let mut site = Site::of(30);
    site.is_shop = true;
    let (server, shared) = serve(site).await;
    for wp in clients(&server) {
        let mut mirror = Mirror::default();
        let orders = || wp.collection::<ShopOrder>().list();
        mirror.run(orders()).await;
        shared.lock().unwrap().put(30, "paid");
        asked(&shared, "");
        let ran = mirror.apply(orders().changes_since(mirror.last()).without_sweep(), usize::MAX).await;
        assert_eq!((ran.upserted, asked(&shared, "dates_are_gmt")), (vec![30], 1));
        shared.lock().unwrap().items.remove(&30);
        assert_eq!(mirror.run(orders()).await.deleted, [30]);
        // Only some fields, and the time of the change.
        let mut slim = orders().select::<Slim>().changes_since(None);
        while slim.try_next().await.unwrap().is_some() {}
        let requests = std::mem::take(&mut shared.lock().unwrap().requests);
        assert!(
            requests
                .iter()
                .filter_map(|query| query.get("_fields"))
                .any(|fields| fields == "title,id,date_modified_gmt"),
            "{requests:?}"
        );
    }
}

#[tokio::test]
async fn checkpoint_of_another_list_is_refused_before_a_request() {
    let (server, shared) = serve(Site::of(5)).await;
    for wp in clients(&server) {
        let mut mirror = Mirror::default();
        mirror.run(list(&wp)).await;
        shared.lock().unwrap().requests.clear();
        let last = mirror.last().unwrap();
        let refused = |error: Result<Option<Change<Post, PostId>>, Error>, name: &str| {
            let error = error.unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::Request(_)) && error.to_string().contains(name),
                "{error}"
            );
        };
        refused(list(&wp).search("x").changes_since(last.clone()).try_next().await, "checkpoint");
        refused(
            list(&wp).status(PostStatus::Draft).changes_since(last.clone()).try_next().await,
            "checkpoint",
        );
        refused(list(&wp).page(2).changes_since(last.clone()).try_next().await, "page");
        refused(list(&wp).offset(2).changes_since(None).try_next().await, "offset");
        let of_pages = wp.pages().list().changes_since(last.clone()).try_next().await;
        assert!(of_pages.unwrap_err().to_string().contains("checkpoint"));
        let of_tags = wp.tags().list().changes_since(None).without_sweep().try_next().await;
        assert!(of_tags.unwrap_err().to_string().contains("modified_after"));
        assert!(shared.lock().unwrap().requests.is_empty());
        // Another order or size of pages is the same list.
        assert_eq!(mirror.run(list(&wp).order_by("title", Order::Desc).per_page(3)).await.upserted, [0; 0]);
    }
}
