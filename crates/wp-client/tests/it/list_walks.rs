//! Streams over lists that change, that are heavy, that are requested ahead, and that are resumed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};
use wp_client::models::Post;
use wp_client::{
    Body, Client, Cursor, Error, Items, List, ListPosition, ListWarning, Order, RetryPolicy, Transport,
    TransportError,
};

use crate::transports;

/// The id of each post, and whether this user may see it.
type Posts = BTreeMap<u64, bool>;

/// Changes the posts before a response, whose number is counted from 1.
type Change = fn(&mut Posts, usize);

/// What a site does with the parameters of a list.
#[derive(Clone, Copy, Default, PartialEq)]
enum Habit {
    #[default]
    Obeys,
    RefusesOffset,
    IgnoresOffset,
    IgnoresOrder,
}

/// The posts of a site, which a test changes between two requests.
#[derive(Default)]
struct Site {
    posts: Posts,
    /// The `page` or `offset`, and the `per_page`, of each request.
    requests: Vec<(String, u64)>,
    change: Option<Change>,
    /// The most items on a page.
    cap: Option<u64>,
    /// A page with one of these posts fails.
    heavy: BTreeSet<u64>,
    /// A page of more items fails.
    most: Option<u64>,
    habit: Habit,
    has_no_totals: bool,
}

type Shared = Arc<Mutex<Site>>;

async fn serve(site: Site) -> (MockServer, Shared) {
    let server = MockServer::start().await;
    let shared = Arc::new(Mutex::new(site));
    let state = Arc::clone(&shared);
    let respond = move |request: &Request| state.lock().unwrap().respond(request);
    Mock::given(any()).respond_with(respond).mount(&server).await;
    (server, shared)
}

impl Site {
    fn of(posts: u64) -> Self {
        Self { posts: (1..=posts).map(|id| (id, true)).collect(), ..Self::default() }
    }

    fn respond(&mut self, request: &Request) -> ResponseTemplate {
        let query: BTreeMap<String, String> = request.url.query_pairs().into_owned().collect();
        let number = |name: &str| query.get(name).and_then(|value| value.parse::<u64>().ok());
        let size = number("per_page").unwrap_or(10);
        let at = match number("offset") {
            Some(offset) => format!("o{offset}"),
            None => format!("p{}", number("page").unwrap_or(1)),
        };
        self.requests.push((at, size));
        if let Some(change) = self.change {
            change(&mut self.posts, self.requests.len());
        }
        let error = |status: u16| {
            let error = json!({"code": "failed", "message": "Failed.", "data": {"status": status}});
            ResponseTemplate::new(status).set_body_raw(error.to_string(), "application/json")
        };
        if self.habit == Habit::RefusesOffset && query.contains_key("offset") {
            return error(400);
        }
        let offset = number("offset").filter(|_| self.habit != Habit::IgnoresOffset);
        let first = offset.unwrap_or_else(|| (number("page").unwrap_or(1) - 1).saturating_mul(size));
        let is_ascending =
            query.get("order").is_some_and(|order| order == "asc") && self.habit != Habit::IgnoresOrder;
        let mut all: Vec<(u64, bool)> = self.posts.iter().map(|(id, is_seen)| (*id, *is_seen)).collect();
        if !is_ascending {
            all.reverse();
        }
        let count = usize::try_from(size.min(self.cap.unwrap_or(u64::MAX))).unwrap();
        let page: Vec<_> =
            all.iter().skip(usize::try_from(first).unwrap_or(usize::MAX)).take(count).collect();
        if self.most.is_some_and(|most| page.len() as u64 > most) {
            return error(500);
        }
        if page.iter().any(|(id, _)| self.heavy.contains(id)) {
            return error(500);
        }
        let items: Vec<Value> = page
            .iter()
            .filter(|(_, is_seen)| *is_seen)
            .map(|(id, _)| json!({"id": id, "status": "publish", "title": {"rendered": id.to_string()}}))
            .collect();
        let response = ResponseTemplate::new(200).set_body_raw(json!(items).to_string(), "application/json");
        if self.has_no_totals {
            return response;
        }
        let total = all.len() as u64;
        response
            .insert_header("x-wp-total", total.to_string())
            .insert_header("x-wp-totalpages", total.div_ceil(size).to_string())
    }
}

fn clients(server: &MockServer) -> impl Iterator<Item = Client> {
    let url = server.uri();
    transports().into_iter().map(move |(_, transport)| {
        Client::builder(&url).transport(transport).retry(RetryPolicy::never()).build().unwrap()
    })
}

fn by_id(wp: &Client) -> List<Post> {
    wp.posts().list().order_by("id", Order::Asc).per_page(10)
}

struct Walked {
    ids: Vec<u64>,
    error: Option<Error>,
    warning: Option<ListWarning>,
}

async fn walk(items: &mut Items<Post>) -> Walked {
    let mut ids = Vec::new();
    let error = loop {
        match items.try_next().await {
            Ok(Some(post)) => ids.push(post.id.get()),
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    Walked { ids, error, warning: items.warning() }
}

/// Every post that is there from the first request to the last is returned once, and no post twice.
#[tokio::test]
async fn walk_by_id_returns_each_item_once_although_the_site_changes() {
    let changes: [(&str, Change); 6] = [
        ("an early one is deleted", |posts, n| _ = posts.remove(&(n as u64))),
        ("a page is deleted", |posts, n| {
            if n == 4 {
                posts.retain(|id, _| !(3..=14).contains(id));
            }
        }),
        ("most are deleted", |posts, n| {
            if n == 6 {
                posts.retain(|id, _| *id > 40);
            }
        }),
        ("new ones come", |posts, n| _ = posts.insert(100 + n as u64, true)),
        ("drafts are published", |posts, n| _ = posts.insert(1_000 * n as u64 / (n as u64 + 3), true)),
        ("one is deleted and one is new", |posts, n| {
            posts.remove(&(2 * n as u64));
            posts.insert(200 + n as u64, true);
        }),
    ];
    for (name, change) in changes {
        for concurrency in [1, 2, 5] {
            // A new server for each transport: the change counts requests.
            for index in 0..2 {
                let mut site = Site::of(95);
                let before: BTreeSet<u64> = site.posts.keys().copied().collect();
                site.change = Some(change);
                let (server, shared) = serve(site).await;
                let wp = clients(&server).nth(index).unwrap();
                let walked = walk(&mut by_id(&wp).concurrency(concurrency).stream()).await;
                assert!(walked.error.is_none(), "{name}: {:?}", walked.error);
                let after: BTreeSet<u64> = shared.lock().unwrap().posts.keys().copied().collect();
                let ids: BTreeSet<u64> = walked.ids.iter().copied().collect();
                assert_eq!(ids.len(), walked.ids.len(), "{name}, {concurrency}: twice in {:?}", walked.ids);
                let lost: Vec<_> = before.intersection(&after).filter(|id| !ids.contains(id)).collect();
                assert!(lost.is_empty(), "{name}, {concurrency}: lost {lost:?}");
                assert_eq!(walked.warning, None, "{name}, {concurrency}");
                let requests = shared.lock().unwrap().requests.len();
                assert!(requests < 60, "{name}, {concurrency}: {requests} requests");
            }
        }
    }
}

/// 20 runs over 2,000 posts, between any two requests of which a writer deletes and inserts some anywhere. It never deletes
/// every third.
#[tokio::test]
async fn walk_by_id_beside_a_busy_writer_loses_and_doubles_nothing() {
    fn write(posts: &mut Posts, request: usize) {
        // A step of xorshift for each number, so that each request has others.
        let mut random = 0x9e37_79b9_7f4a_7c15 ^ (request as u64).wrapping_mul(0x0100_0000_01b3);
        let mut below = |end: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random % end
        };
        for _ in 0..8 {
            let id = 1 + below(2_600);
            if below(2) == 0 && id % 3 != 0 {
                posts.remove(&id);
            } else {
                posts.insert(id, true);
            }
        }
    }
    for run in 0..20_u64 {
        let mut site = Site::of(2_000 + run);
        let before: BTreeSet<u64> = site.posts.keys().copied().collect();
        site.change = Some(write);
        let (server, shared) = serve(site).await;
        let wp = clients(&server).nth(usize::try_from(run).unwrap() % 2).unwrap();
        let posts = by_id(&wp).per_page([20, 50, 100][usize::try_from(run).unwrap() % 3]);
        let walked =
            walk(&mut posts.concurrency([1, 3, 8][usize::try_from(run / 7).unwrap()]).stream()).await;
        assert!(walked.error.is_none(), "{run}: {:?}", walked.error);
        let ids: BTreeSet<u64> = walked.ids.iter().copied().collect();
        assert_eq!(ids.len(), walked.ids.len(), "run {run}");
        let lost: Vec<_> = before.iter().filter(|id| **id % 3 == 0 && !ids.contains(id)).collect();
        assert!(lost.is_empty(), "run {run}: lost {lost:?}");
        assert!(shared.lock().unwrap().requests.len() >= 20, "run {run}");
        assert!(walked.warning.is_none(), "run {run}: {:?}", walked.warning);
    }
}

#[tokio::test]
async fn walk_by_id_of_a_quiet_site_costs_an_item_a_page() {
    for (posts, requests) in [(0, 1), (1, 1), (10, 1), (11, 2), (19, 2), (20, 3), (95, 11)] {
        let (server, shared) = serve(Site::of(posts)).await;
        for wp in clients(&server) {
            let mut items = by_id(&wp).stream();
            let walked = walk(&mut items).await;
            assert_eq!(walked.ids, (1..=posts).collect::<Vec<_>>());
            assert_eq!((walked.warning, walked.error.is_none()), (None, true));
            assert_eq!(items.totals().map_or(0, |totals| totals.items), posts);
            let asked = std::mem::take(&mut shared.lock().unwrap().requests);
            assert_eq!(asked.len(), requests, "{posts}: {asked:?}");
        }
    }
}

#[tokio::test]
async fn walk_in_another_order_warns_of_a_change() {
    let quiet = serve(Site::of(35)).await;
    let mut site = Site::of(35);
    site.change = Some(|posts, n| _ = posts.insert(100 + n as u64, true));
    let growing = serve(site).await;
    for (server, warning) in [(quiet.0, None), (growing.0, Some(ListWarning::Changed))] {
        for wp in clients(&server) {
            let walked = walk(&mut wp.posts().list().per_page(10).stream()).await;
            assert_eq!(walked.warning, warning);
            assert!(walked.ids.len() >= 35);
        }
    }
}

#[tokio::test]
async fn site_that_cannot_be_walked_by_id_is_walked_by_position() {
    type Fault = fn(&mut Site);
    let faults: [(Fault, Option<ListWarning>); 5] = [
        (|site| site.habit = Habit::IgnoresOrder, Some(ListWarning::OrderIgnored)),
        (|site| site.habit = Habit::RefusesOffset, Some(ListWarning::Changed)),
        (|site| site.cap = Some(7), None),
        (|site| site.has_no_totals = true, None),
        (|site| (site.cap, site.has_no_totals) = (Some(4), true), None),
    ];
    for (index, (fault, warning)) in faults.into_iter().enumerate() {
        for posts in [0, 1, 9, 10, 11, 20, 48] {
            let mut site = Site::of(posts);
            fault(&mut site);
            let (server, _) = serve(site).await;
            for wp in clients(&server) {
                for concurrency in [1, 3] {
                    let mut walked = walk(&mut by_id(&wp).concurrency(concurrency).stream()).await;
                    assert!(walked.error.is_none(), "{index}, {posts}: {:?}", walked.error);
                    walked.ids.sort_unstable();
                    assert_eq!(walked.ids, (1..=posts).collect::<Vec<_>>(), "{index}, {posts}");
                    assert_eq!(walked.warning, warning.filter(|_| posts > 10 || index == 0 && posts > 1));
                }
            }
        }
    }
}

#[tokio::test]
async fn ignored_offset_is_an_error() {
    let mut site = Site::of(48);
    site.habit = Habit::IgnoresOffset;
    let (server, _) = serve(site).await;
    for wp in clients(&server) {
        let walked = walk(&mut by_id(&wp).stream()).await;
        assert_eq!(walked.ids, (1..=10).collect::<Vec<_>>());
        let error = walked.error.unwrap();
        assert_eq!(error.list_position(), Some(ListPosition::Offset(9)), "{error}");
        assert!(error.to_string().contains("`offset`"), "{error}");
    }
}

#[tokio::test]
async fn hidden_items_are_walked_over_with_a_warning() {
    for (hidden, is_sure) in [(2..=2, true), (10..=10, true), (8..=35, false), (1..=30, false)] {
        let mut site = Site::of(48);
        for id in hidden.clone() {
            site.posts.insert(id, false);
        }
        let (server, shared) = serve(site).await;
        for wp in clients(&server) {
            let walked = walk(&mut by_id(&wp).stream()).await;
            assert!(walked.error.is_none(), "{:?}", walked.error);
            assert_eq!(
                walked.ids,
                (1..=48).filter(|id| !hidden.contains(id)).collect::<Vec<_>>(),
                "{hidden:?}"
            );
            assert_eq!(walked.warning, (!is_sure).then_some(ListWarning::Hidden), "{hidden:?}");
            let requests = std::mem::take(&mut shared.lock().unwrap().requests);
            assert!(requests.len() <= 8, "{hidden:?}: {requests:?}");
        }
    }
}

#[tokio::test]
async fn heavy_page_is_requested_in_parts_down_to_the_item_that_fails() {
    for is_by_id in [true, false] {
        let mut site = Site::of(60);
        site.heavy = [37].into();
        let (server, shared) = serve(site).await;
        for wp in clients(&server) {
            let list =
                if is_by_id { by_id(&wp) } else { wp.posts().list().query("order", "asc").per_page(10) };
            let walked = walk(&mut list.stream()).await;
            assert_eq!(walked.ids, (1..=36).collect::<Vec<_>>(), "{is_by_id}");
            let error = walked.error.unwrap();
            assert_eq!(error.status().unwrap(), 500);
            // By id, the smallest part has the item before, which is known to be well.
            let place = if is_by_id { 35 } else { 36 };
            assert_eq!(error.list_position(), Some(ListPosition::Offset(place)), "{error}");
            let requests = std::mem::take(&mut shared.lock().unwrap().requests);
            assert!(requests.len() <= 15, "{requests:?}");
        }
    }
}

#[tokio::test]
async fn page_size_shrinks_for_a_weak_site_and_grows_back() {
    for is_by_id in [true, false] {
        let mut site = Site::of(400);
        site.most = Some(30);
        // The site recovers.
        let (server, shared) = serve(site).await;
        for wp in clients(&server) {
            shared.lock().unwrap().most = Some(30);
            let list = if is_by_id { by_id(&wp) } else { wp.posts().list().query("order", "asc") };
            let mut items = list.per_page(100).stream();
            let mut ids = Vec::new();
            while let Some(post) = items.try_next().await.unwrap() {
                ids.push(post.id.get());
                if ids.len() == 150 {
                    shared.lock().unwrap().most = None;
                }
            }
            assert_eq!(ids, (1..=400).collect::<Vec<_>>());
            let requests = std::mem::take(&mut shared.lock().unwrap().requests);
            let sizes: Vec<_> = requests.iter().map(|(_, size)| *size).collect();
            assert_eq!(sizes[..3], [100, 50, 25], "{requests:?}");
            assert!(sizes.iter().rev().take(3).any(|size| *size >= 50), "{requests:?}");
        }
    }
}

#[tokio::test]
async fn refused_offset_leaves_the_error_of_the_heavy_page() {
    let mut site = Site::of(60);
    (site.heavy, site.habit) = ([37].into(), Habit::RefusesOffset);
    let (server, _) = serve(site).await;
    for wp in clients(&server) {
        let walked = walk(&mut wp.posts().list().query("order", "asc").per_page(10).stream()).await;
        let error = walked.error.unwrap();
        assert_eq!(
            (error.status().unwrap().as_u16(), error.list_position()),
            (500, Some(ListPosition::Page(4)))
        );
    }
}

#[tokio::test]
async fn stream_is_resumed_behind_any_item_by_a_stored_cursor() {
    let (server, shared) = serve(Site::of(35)).await;
    for wp in clients(&server) {
        for is_by_id in [true, false] {
            let list =
                || if is_by_id { by_id(&wp) } else { wp.posts().list().query("order", "asc").per_page(10) };
            for taken in [0, 1, 9, 10, 11, 20, 34, 35] {
                let mut first = list().stream();
                for _ in 0..taken {
                    first.try_next().await.unwrap().unwrap();
                }
                let stored = serde_json::to_string(&first.cursor()).unwrap();
                let cursor: Cursor = serde_json::from_str(&stored).unwrap();
                assert_eq!(cursor, first.cursor());
                let rest = walk(&mut list().resume(cursor).stream()).await;
                assert_eq!(rest.ids, (taken + 1..=35).collect::<Vec<_>>(), "{stored}");
            }
        }
        // After an error too.
        shared.lock().unwrap().heavy = [28].into();
        let mut items = by_id(&wp).stream();
        assert_eq!(walk(&mut items).await.ids, (1..=27).collect::<Vec<_>>());
        shared.lock().unwrap().heavy.clear();
        let rest = walk(&mut by_id(&wp).resume(items.cursor()).stream()).await;
        assert_eq!(rest.ids, (28..=35).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn stream_by_id_is_resumed_after_items_were_deleted() {
    for deleted in [1..=5, 1..=12, 1..=20, 12..=30] {
        let (server, shared) = serve(Site::of(35)).await;
        let wp = clients(&server).next().unwrap();
        let mut items = by_id(&wp).stream();
        for _ in 0..20 {
            items.try_next().await.unwrap().unwrap();
        }
        shared.lock().unwrap().posts.retain(|id, _| !deleted.contains(id));
        let rest = walk(&mut by_id(&wp).resume(items.cursor()).stream()).await;
        let expected: Vec<_> = (21..=35).filter(|id| !deleted.contains(id)).collect();
        assert_eq!((rest.ids, rest.warning), (expected, None), "{deleted:?}");
    }
}

#[tokio::test]
async fn pages_are_requested_ahead_up_to_the_limit() {
    for limit in [1_usize, 3, 8] {
        let held = Arc::new(Mutex::new((0_usize, 0_usize)));
        for (_, transport) in transports() {
            let gauge = InFlight { inner: transport, held: Arc::clone(&held) };
            let (server, shared) = serve(Site::of(200)).await;
            let wp =
                Client::builder(server.uri()).transport(gauge).retry(RetryPolicy::never()).build().unwrap();
            *held.lock().unwrap() = (0, 0);
            let walked =
                walk(&mut wp.posts().list().query("order", "asc").per_page(10).concurrency(limit).stream())
                    .await;
            assert_eq!(walked.ids, (1..=200).collect::<Vec<_>>());
            assert_eq!(shared.lock().unwrap().requests.len(), 20, "each page is requested once");
            assert_eq!(*held.lock().unwrap(), (0, limit));

            *held.lock().unwrap() = (0, 0);
            let walked = walk(&mut by_id(&wp).concurrency(limit).stream()).await;
            assert_eq!(walked.ids, (1..=200).collect::<Vec<_>>());
            assert_eq!(shared.lock().unwrap().requests.len(), 20 + 23, "each page is requested once");
            assert_eq!(*held.lock().unwrap(), (0, limit));
        }
    }
}

/// Counts the requests in flight, and the most at a time.
struct InFlight {
    inner: Arc<dyn Transport>,
    held: Arc<Mutex<(usize, usize)>>,
}

#[wp_client::async_trait]
impl Transport for InFlight {
    async fn send(&self, request: http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
        {
            let mut held = self.held.lock().unwrap();
            held.0 += 1;
            held.1 = held.1.max(held.0);
        }
        let response = self.inner.send(request).await;
        self.held.lock().unwrap().0 -= 1;
        response
    }
}

/// What the walk returned, and the warning.
async fn ids_of(list: List<Post>) -> (Vec<u64>, Option<ListWarning>) {
    let walked = walk(&mut list.stream()).await;
    assert!(walked.error.is_none(), "{:?}", walked.error);
    (walked.ids, walked.warning)
}

#[tokio::test]
async fn stream_is_resumed_at_any_item_without_totals_or_with_a_cap() {
    for (cap, has_no_totals) in [(None, true), (Some(4), false), (Some(4), true)] {
        let mut site = Site::of(40);
        (site.cap, site.has_no_totals) = (cap, has_no_totals);
        let (server, _) = serve(site).await;
        let wp = clients(&server).next().unwrap();
        for taken in 1..40 {
            let mut first = by_id(&wp).stream();
            for _ in 0..taken {
                first.try_next().await.unwrap().unwrap();
            }
            let rest = ids_of(by_id(&wp).resume(first.cursor())).await;
            assert_eq!(rest, ((taken + 1..=40).collect(), None), "{cap:?} {has_no_totals} {taken}");
        }
    }
}

#[tokio::test]
async fn walk_that_begins_behind_the_start_misses_nothing() {
    let mut site = Site::of(90);
    site.change = Some(|posts, n| {
        if n == 2 {
            posts.retain(|id, _| *id > 40);
        }
    });
    let (server, _) = serve(site).await;
    let wp = clients(&server).next().unwrap();
    assert_eq!(ids_of(by_id(&wp).offset(50)).await, ((51..=90).collect(), None));

    let (server, _) = serve(Site::of(20)).await;
    for wp in clients(&server) {
        assert_eq!(ids_of(by_id(&wp).per_page(1).page(5)).await, ((5..=20).collect(), None));
        assert_eq!(ids_of(by_id(&wp).page(2)).await, ((11..=20).collect(), None));
    }
}

#[tokio::test]
async fn deletion_under_a_cap_loses_nothing() {
    for deleted in 1..=12 {
        for at in 2..=5 {
            let mut site = Site::of(60);
            site.cap = Some(5);
            let (server, shared) = serve(site).await;
            let wp = clients(&server).next().unwrap();
            let mut items = by_id(&wp).stream();
            let mut ids = Vec::new();
            while let Some(post) = items.try_next().await.unwrap() {
                ids.push(post.id.get());
                if ids.len() == at * 5 {
                    shared.lock().unwrap().posts.remove(&deleted);
                }
            }
            let missing: Vec<_> = (1..=60).filter(|id| !ids.contains(id) && *id != deleted).collect();
            assert_eq!((missing, ids.len() >= 59, items.warning()), (vec![], true, None), "{deleted} {at}");
        }
    }
}

#[tokio::test]
async fn warning_after_the_last_item_arrives() {
    let mut site = Site::of(20);
    site.change = Some(|posts, n| {
        if n == 2 {
            posts.retain(|id, _| *id <= 10);
        }
    });
    let (server, _) = serve(site).await;
    let wp = clients(&server).next().unwrap();
    let (ids, warning) = ids_of(wp.posts().list().per_page(10)).await;
    assert_eq!((ids, warning), ((11..=20).rev().collect(), Some(ListWarning::Changed)));
}

#[tokio::test]
async fn wrong_total_ends_a_walk_after_a_bounded_number_of_pages() {
    let server = MockServer::start().await;
    let respond = |request: &Request| {
        let query: BTreeMap<String, String> = request.url.query_pairs().into_owned().collect();
        let offset = query.get("offset").and_then(|offset| offset.parse::<u64>().ok());
        let page = query.get("page").and_then(|page| page.parse::<u64>().ok()).unwrap_or(1);
        let first = offset.unwrap_or((page - 1) * 10);
        let items: Vec<Value> = (1..=20_u64)
            .skip(usize::try_from(first.min(20)).unwrap())
            .take(10)
            .map(|id| json!({"id": id, "status": "publish"}))
            .collect();
        ResponseTemplate::new(200)
            .set_body_json(json!(items))
            .insert_header("x-wp-total", "1000000000000")
            .insert_header("x-wp-totalpages", "100000000000")
    };
    Mock::given(any()).respond_with(respond).mount(&server).await;
    let wp = clients(&server).next().unwrap();
    for list in [by_id(&wp), wp.posts().list().query("order", "asc").per_page(10)] {
        let (ids, warning) = ids_of(list).await;
        assert_eq!((ids.len(), warning.is_some()), (20, true));
    }
    let requests = server.received_requests().await.unwrap().len();
    assert!(requests < 80, "{requests}");
}

#[tokio::test]
async fn site_that_is_down_gets_few_requests() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(500)).mount(&server).await;
    let wp = Client::builder(server.uri()).build().unwrap();
    assert!(walk(&mut by_id(&wp).per_page(100).stream()).await.error.is_some());
    let requests = server.received_requests().await.unwrap().len();
    assert!(requests <= 11, "{requests}");
}

#[tokio::test]
async fn cursor_of_another_list_and_absurd_cursors_are_harmless() {
    let (server, shared) = serve(Site::of(30)).await;
    for wp in clients(&server) {
        let mut items = by_id(&wp).stream();
        items.try_next().await.unwrap();
        let of_ids = items.cursor();
        shared.lock().unwrap().requests.clear();
        for other in [
            walk(&mut wp.posts().list().resume(of_ids).stream()).await,
            walk(&mut by_id(&wp).search("x").resume(of_ids).stream()).await,
        ] {
            assert!(other.error.unwrap().to_string().contains("cursor"));
        }
        assert!(
            wp.pages().list().order_by("id", Order::Asc).resume(of_ids).stream().try_next().await.is_err()
        );
        assert!(shared.lock().unwrap().requests.is_empty());
        for is_by_id in [true, false] {
            let list = || if is_by_id { by_id(&wp) } else { wp.posts().list() };
            for text in [
                r#"{"position":{"offset":18446744073709551615},"per_page":0,"skip":0,"after":18446744073709551615}"#,
                r#"{"position":{"page":18446744073709551615},"per_page":18446744073709551615,"skip":18446744073709551615}"#,
            ] {
                let mut cursor: Value = serde_json::from_str(text).unwrap();
                cursor["list"] = json!(list().stream().cursor())["list"].clone();
                let cursor: Cursor = serde_json::from_value(cursor).unwrap();
                // An error or an end, but no panic and no endless walk.
                walk(&mut list().concurrency(usize::MAX).resume(cursor).stream()).await;
            }
        }
        assert!(shared.lock().unwrap().requests.len() < 100);
    }
}

/// An item without an id is returned as an error, and does not count for the order.
#[tokio::test]
async fn item_without_an_id_does_not_end_a_walk_by_id() {
    let server = MockServer::start().await;
    let respond = |request: &Request| {
        let query: BTreeMap<String, String> = request.url.query_pairs().into_owned().collect();
        let first: usize = query.get("offset").and_then(|offset| offset.parse().ok()).unwrap_or(0);
        let item = |id: u64| match id {
            10 => json!({"id": null, "status": "publish"}),
            11 => json!({"id": "11", "status": "publish"}),
            id => json!({"id": id, "status": "publish"}),
        };
        let items: Vec<Value> = (1..=50).skip(first).take(10).map(item).collect();
        ResponseTemplate::new(200)
            .set_body_json(json!(items))
            .insert_header("x-wp-total", "50")
            .insert_header("x-wp-totalpages", "5")
    };
    Mock::given(any()).respond_with(respond).mount(&server).await;
    for wp in clients(&server) {
        let mut items = by_id(&wp).lenient().stream();
        let mut ids = Vec::new();
        while let Some(item) = items.try_next().await.unwrap() {
            ids.extend(item.ok().map(|post| post.id.get()));
        }
        assert_eq!(ids, (1..=50).filter(|id| *id != 10).collect::<Vec<_>>());
    }
}
