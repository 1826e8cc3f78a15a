//! The limit that programs share.

use std::collections::BTreeSet;
use std::error::Error;
use std::net::Ipv4Addr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle};
use tokio::sync::Notify;
use tokio::task::consume_budget;
use wp_auth_redis::RedisLimit;
use wp_client::wp_core::{Admission, Clock, SharedLimit as _};
use wp_client::wp_http::TokioClock;
use wp_client::{Client, RetryPolicy, TransportError, async_trait};

use crate::Context;
use crate::fleet::{Fleet, PROCESSES, Process};
use crate::gauge::{Gauge, time};
use crate::place::Place;
use crate::proxy::Proxy;
use crate::redis_server::{RedisServer, free_port};

/// How long a slot is held that is not renewed, in microseconds.
const LEASE: u64 = 10_000_000;

fn limit(place: &Place, concurrency: u32) -> RedisLimit {
    RedisLimit::new(&place.context.redis().url()).unwrap().prefix(&place.prefix).concurrency(concurrency)
}

async fn admit(limit: &RedisLimit) -> Arc<dyn Admission> {
    limit.admit("example.org", &TokioClock).await.unwrap()
}

/// The name of a key of the only host, once it is there.
async fn key(place: &Place, end: &str) -> String {
    loop {
        let names = place.context.redis().keys(&place.prefix).await;
        if let Some(name) = names.into_iter().find(|name| name.ends_with(end)) {
            return name;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The members of a set of the only host.
async fn members(place: &Place, end: &str) -> Vec<String> {
    let name = key(place, end).await;
    place.context.redis().ask(&[b"ZRANGE", name.as_bytes(), b"0", b"-1"]).await
}

/// Waits until so many requests are in the queue.
async fn queued(place: &Place, count: usize) {
    while members(place, ":queue").await.len() != count {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A fleet whose processes share a limit.
fn fleet(place: &Place, site: String, concurrency: u32, per_second: u32) -> Fleet {
    let url = place.context.redis().url();
    Fleet::new(site, format!("limit {} {url} {concurrency} {per_second}", place.prefix))
}

/// One of them is killed while it holds a slot. The others go on without that slot, and have it again when it has ended.
pub(crate) async fn processes_stay_within_the_shared_concurrency(context: Context) {
    const TASKS: usize = 20;
    let place = Place::new(context);
    let redis = place.context.redis();
    let gauge = Gauge::start(place.context.redis.clone().unwrap(), Duration::from_millis(5)).await;
    let runtime = place.directory.path();
    let mut killed = fleet(&place, format!("{}/hold", gauge.url()), 3, 0).start(1, runtime).remove(0);
    killed.begin(1).await;
    while gauge.all() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let slots = key(&place, ":slots").await;
    let held = members(&place, ":slots").await;
    assert_eq!(held.len(), 1, "{held:?}");
    let ends: u64 = redis.ask(&[b"ZSCORE", slots.as_bytes(), held[0].as_bytes()]).await;
    assert!(ends <= time(redis).await + LEASE);
    let ends = async || redis.ask::<Option<u64>>(&[b"ZSCORE", slots.as_bytes(), held[0].as_bytes()]).await;
    let mut others = fleet(&place, gauge.url(), 3, 0).start(PROCESSES - 1, runtime);
    for process in &mut others {
        process.begin(TASKS).await;
    }
    while gauge.all() < 10 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    killed.kill().await;
    let end = ends().await.unwrap();
    for went in join_all(others.iter_mut().map(Process::end)).await {
        assert_eq!((went.good, went.bad), (TASKS, 0), "{went:?}");
    }
    assert_eq!(gauge.all(), 1 + (PROCESSES - 1) * TASKS);
    // A machine that was so slow that the lease ended proves nothing.
    let end_now = ends().await;
    if time(redis).await < end {
        assert_eq!(end_now, Some(end), "it ends as it would have");
        assert!(gauge.most() <= 2, "{} at a time beside it", gauge.most());
    }
    // No process gives the slot of the killed one back: it ends.
    let host = gauge.url().replace("http://", "");
    let limit = limit(&place, 3);
    let [first, second] = [(); 2].map(|()| limit.admit(&host, &TokioClock));
    let held = [first.await.unwrap(), second.await.unwrap()];
    let renewed = async {
        loop {
            for slot in &held {
                slot.renew().await;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::select! { slot = limit.admit(&host, &TokioClock) => drop(slot.unwrap()), () = renewed => {} }
}

/// By the clock of Redis, which the site asks after each arrival: a slow machine can only make it later.
pub(crate) async fn processes_stay_within_the_shared_rate(context: Context) {
    const TASKS: usize = 10;
    const PER_SECOND: u32 = 40;
    let place = Place::new(context);
    let gauge = Gauge::start(place.context.redis.clone().unwrap(), Duration::ZERO).await;
    let mut processes = fleet(&place, gauge.url(), 64, PER_SECOND).start(PROCESSES, place.directory.path());
    let begin = time(place.context.redis()).await;
    for process in &mut processes {
        process.begin(TASKS).await;
    }
    for went in join_all(processes.iter_mut().map(Process::end)).await {
        assert_eq!((went.good, went.bad), (TASKS, 0), "{went:?}");
    }
    let arrivals = gauge.arrivals();
    assert_eq!(arrivals.len(), PROCESSES * TASKS);
    for (count, time) in arrivals {
        let most = (time - begin) * u64::from(PER_SECOND) / 1_000_000 + 1;
        assert!(count <= most, "{count} requests within {} µs, at most {most}", time - begin);
    }
}

pub(crate) async fn pause_of_one_program_holds_for_the_others(context: Context) {
    let place = Place::new(context);
    let redis = place.context.redis();
    let gauge = Gauge::start(place.context.redis.clone().unwrap(), Duration::ZERO).await;
    let [first, second] = [(); 2].map(|()| {
        let builder = Client::builder(gauge.url()).shared_limit(limit(&place, 8));
        builder.retry(RetryPolicy::never()).build().unwrap()
    });
    let begin = time(redis).await;
    gauge.refuse_next();
    first.get("/numbers").await.unwrap_err();
    let state = key(&place, ":state").await;
    let until: u64 = redis.ask(&[b"HGET", state.as_bytes(), b"paused"]).await;
    assert!(until >= begin + 2_000_000);
    for outcome in join_all((0..5).map(|_| second.get("/numbers").into_future())).await {
        outcome.unwrap();
    }
    for (count, time) in &gauge.arrivals()[1..] {
        assert!(*time >= until, "request {count} came {} µs before the end of the pause", until - time);
    }
}

/// A clock whose sleeps end when a test says so.
#[derive(Debug, Default)]
struct Steps {
    sleeps: Mutex<Vec<Duration>>,
    step: Notify,
}

#[async_trait]
impl Clock for Steps {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    async fn sleep(&self, time: Duration) {
        self.sleeps.lock().unwrap().push(time);
        self.step.notified().await;
    }
}

impl Steps {
    /// Waits until it sleeps for the n-th time: the response of Redis was to wait.
    async fn sleeps(&self, count: usize) {
        while self.sleeps.lock().unwrap().len() < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// The second one asks first when the slot is free.
pub(crate) async fn waiting_requests_are_admitted_in_order(context: Context) {
    let place = Place::new(context);
    let redis = place.context.redis();
    let limit = limit(&place, 1);
    loop {
        let held = admit(&limit).await;
        let [(first, mut one), (second, mut two)] = [(); 2].map(|()| {
            let (clock, limit) = (Arc::<Steps>::default(), limit.clone());
            let theirs = Arc::clone(&clock);
            (clock, Box::pin(async move { limit.admit("example.org", &*theirs).await.unwrap() }))
        });
        tokio::select! { () = first.sleeps(1) => {}, _ = &mut one => panic!("the slot is held") }
        let places = key(&place, ":places").await;
        let id = members(&place, ":places").await.remove(0);
        let ends: u64 = redis.ask(&[b"ZSCORE", places.as_bytes(), id.as_bytes()]).await;
        tokio::select! { () = second.sleeps(1) => {}, _ = &mut two => panic!("the slot is held") }
        drop(held);
        second.step.notify_one();
        let is_admitted = tokio::select! { () = second.sleeps(2) => false, _ = &mut two => true };
        // A machine that was so slow that the first one lost its place proves nothing.
        if time(redis).await < ends {
            assert!(!is_admitted, "before the first");
            first.step.notify_one();
            drop(one.await);
            second.step.notify_one();
            drop(two.await);
            return;
        }
    }
}

/// All slots may become free at once: the next ones that many ask then, and leave none free.
pub(crate) async fn waits_grow_by_the_number_of_slots(context: Context) {
    let place = Place::new(context);
    let redis = place.context.redis();
    let limit = limit(&place, 8);
    loop {
        let begin = time(redis).await;
        let held = join_all((0..8).map(|_| admit(&limit))).await;
        let clock = Steps::default();
        let mut waiting = Vec::new();
        for count in 1..=17 {
            let mut waits = limit.admit("example.org", &clock);
            tokio::select! { () = clock.sleeps(count) => {}, _ = &mut waits => panic!("all slots are held") }
            waiting.push(waits);
        }
        // A machine that was so slow that one lost its place proves nothing.
        if time(redis).await < begin + 2_000_000 {
            let waits: Vec<_> = clock.sleeps.lock().unwrap().iter().map(Duration::as_millis).collect();
            assert_eq!(waits, [vec![25; 8], vec![50; 8], vec![75]].concat());
            return;
        }
        drop((waiting, held));
    }
}

/// Redis may evict one key and keep the other.
pub(crate) async fn request_in_the_queue_without_a_place_holds_nobody_up(context: Context) {
    let place = Place::new(context);
    let redis = place.context.redis();
    let limit = limit(&place, 1);
    let held = admit(&limit).await;
    let (queue, now) = (key(&place, ":slots").await.replace(":slots", ":queue"), time(redis).await);
    for (age, id) in [(2, "one"), (1, "other")] {
        let arrival = (now - age).to_string();
        redis.ask::<()>(&[b"ZADD", queue.as_bytes(), arrival.as_bytes(), id.as_bytes()]).await;
    }
    drop(held);
    let clock = Steps::default();
    tokio::select! {
        slot = limit.admit("example.org", &clock) => drop(slot.unwrap()),
        () = clock.sleeps(1) => panic!("it waits for who is not there"),
    }
}

/// A place whose request asks no more ends, and does not hold the others up.
pub(crate) async fn request_that_is_not_polled_loses_its_place(context: Context) {
    let place = Place::new(context);
    let limit = limit(&place, 1);
    let held = admit(&limit).await;
    let mut rests = Box::pin(admit(&limit));
    while tokio::time::timeout(Duration::from_millis(5), &mut rests).await.is_err()
        && members(&place, ":queue").await.is_empty()
    {}
    drop(held);
    drop(admit(&limit).await);
    drop(rests.await);
}

/// Told at once, and not just ended by time: whatever else is sent over the connection comes after it.
pub(crate) async fn dropped_request_frees_its_slot_or_its_place(context: Context) {
    let place = Place::new(context);
    let limit = limit(&place, 1);
    let held = admit(&limit).await;
    let slots = key(&place, ":slots").await;
    let mut others = Vec::new();
    let mut left = async || {
        others.push(limit.admit(&format!("other{}", others.len()), &TokioClock).await.unwrap());
        let names = place.context.redis().keys(&slots.replace(":slots", "")).await;
        names.into_iter().map(|name| name.rsplit(':').next().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    let waits = tokio::spawn({
        let limit = limit.clone();
        async move { drop(admit(&limit).await) }
    });
    queued(&place, 1).await;
    assert_eq!(left().await, ["places", "queue", "slots"].map(str::to_owned).into());
    waits.abort();
    assert!(waits.await.unwrap_err().is_cancelled());
    assert_eq!(left().await, ["slots".to_owned()].into());
    drop(held);
    assert_eq!(left().await, BTreeSet::new());
}

/// The task has used up what it may do before it yields.
pub(crate) async fn slot_is_free_after_a_task_without_budget_drops_it(context: Context) {
    let place = Place::new(context);
    let limit = limit(&place, 1);
    let held = admit(&limit).await;
    let slots = key(&place, ":slots").await;
    while consume_budget().now_or_never().is_some() {}
    drop(held);
    // It comes after what was told.
    let other = limit.admit("other.example", &TokioClock).await.unwrap();
    let names = place.context.redis().keys(&place.prefix).await;
    assert!(names.len() == 1 && names[0] != slots, "{names:?}");
    drop(other);
}

/// Nothing of the program runs after that, until it sends the next request.
pub(crate) async fn slot_is_free_when_the_runtime_of_its_request_stops(context: Context) {
    let place = Place::new(context);
    let gauge = Gauge::start(place.context.redis.clone().unwrap(), Duration::ZERO).await;
    let builder = Client::builder(gauge.url()).shared_limit(limit(&place, 1)).retry(RetryPolicy::never());
    let wp = builder.build().unwrap();
    let here = Handle::current();
    let blocks = move || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        for is_refused in [false, true, false] {
            if is_refused {
                gauge.refuse_next();
            }
            let outcome = runtime.block_on(wp.get("/numbers").into_future());
            assert_eq!(outcome.is_err(), is_refused);
            // By a new connection, which Redis reads after what the old one has sent.
            let names = here.block_on(place.context.redis().keys(&place.prefix));
            assert!(names.iter().all(|name| name.ends_with(":state")), "{names:?}");
            assert_eq!(!names.is_empty(), is_refused, "the pause is told");
            for name in names {
                here.block_on(place.context.redis().ask::<()>(&[b"DEL", name.as_bytes()]));
            }
        }
    };
    tokio::task::spawn_blocking(blocks).await.unwrap();
}

pub(crate) async fn request_is_admitted_once_if_the_response_is_lost(context: Context) {
    let place = Place::new(context);
    let proxy = Proxy::start(place.context.redis().port).await;
    let limit = RedisLimit::new(&proxy.url()).unwrap().prefix(&place.prefix).concurrency(1);
    let other = limit.admit("other.example", &TokioClock).await.unwrap();
    proxy.lose_the_next_response();
    // It would wait for the slot that it has.
    let clock = Steps::default();
    let held = tokio::select! {
        held = limit.admit("example.org", &clock) => held.unwrap(),
        () = clock.sleeps(1) => panic!("its own slot kept it out"),
    };
    assert_eq!(proxy.lost(), 1);
    for name in place.context.redis().keys(&place.prefix).await {
        assert!(name.ends_with(":slots"), "{name}");
        assert_eq!(place.context.redis().ask::<u64>(&[b"ZCARD", name.as_bytes()]).await, 1);
    }
    drop((held, other));
}

pub(crate) async fn renewal_extends_the_slot(context: Context) {
    let place = Place::new(context);
    let redis = place.context.redis();
    let held = admit(&limit(&place, 1)).await;
    let (slots, id) = (key(&place, ":slots").await, members(&place, ":slots").await.remove(0));
    let soon = (time(redis).await + LEASE / 2).to_string();
    // One that ends soon, and one that has ended while its exchange runs.
    let near: &[&[u8]] = &[b"ZADD", slots.as_bytes(), soon.as_bytes(), id.as_bytes()];
    let gone: &[&[u8]] = &[b"ZREM", slots.as_bytes(), id.as_bytes()];
    for change in [near, gone] {
        redis.ask::<()>(change).await;
        let before = time(redis).await;
        held.renew().await;
        let ends: u64 = redis.ask(&[b"ZSCORE", slots.as_bytes(), id.as_bytes()]).await;
        assert!(ends >= before + LEASE && ends <= time(redis).await + LEASE, "{ends} {before}");
    }
}

pub(crate) async fn every_key_of_a_limit_expires_and_its_name_is_hashed(context: Context) {
    let place = Place::new(context);
    let redis = place.context.redis();
    let limit = limit(&place, 1).per_second(NonZeroU32::new(50).unwrap());
    let held = admit(&limit).await;
    held.pause(Duration::from_secs(60));
    let waits = tokio::spawn(async move { drop(admit(&limit).await) });
    queued(&place, 1).await;
    let names = redis.keys(&place.prefix).await;
    assert_eq!(names.len(), 4, "{names:?}");
    for name in names {
        let life: i64 = redis.ask(&[b"PTTL", name.as_bytes()]).await;
        assert!((1..=60_000).contains(&life) && !name.contains("example"), "{name} {life}");
    }
    waits.abort();
}

/// What ends later than anything can was written before the clock of Redis was set back.
pub(crate) async fn entries_from_before_the_clock_was_set_back_are_ignored(context: Context) {
    let place = Place::new(context);
    let redis = place.context.redis();
    let limit = limit(&place, 1).per_second(NonZeroU32::new(50).unwrap());
    drop(admit(&limit).await);
    let state = key(&place, ":state").await;
    let later = (time(redis).await + 3_600_000_000).to_string();
    let add = async |end: &str, score: &str| {
        let name = state.replace(":state", end);
        redis.ask::<()>(&[b"ZADD", name.as_bytes(), score.as_bytes(), b"old"]).await;
    };
    add(":slots", &later).await;
    add(":places", &later).await;
    add(":queue", "0").await;
    redis
        .ask::<()>(&[b"HSET", state.as_bytes(), b"next", later.as_bytes(), b"paused", later.as_bytes()])
        .await;
    let held = admit(&limit).await;
    // A pause replaces the old one, too.
    redis.ask::<()>(&[b"HSET", state.as_bytes(), b"paused", later.as_bytes()]).await;
    held.pause(Duration::from_millis(1));
    while redis.ask::<String>(&[b"HGET", state.as_bytes(), b"paused"]).await == later {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A clock that a test moves.
#[derive(Debug, Clone)]
struct Hand(Arc<Mutex<SystemTime>>);

#[async_trait]
impl Clock for Hand {
    fn now(&self) -> SystemTime {
        *self.0.lock().unwrap()
    }

    async fn sleep(&self, _: Duration) {
        std::future::pending::<()>().await;
    }
}

fn shows_no_password(error: &(dyn Error + 'static)) {
    let mut shown = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        shown = format!("{shown} {error} {error:?}");
        next = error.source();
    }
    assert!(shown.contains("Redis at 127.0.0.1") && !shown.contains("hunter2"), "{shown}");
}

pub(crate) async fn without_redis_a_request_fails_unsent(context: Context) {
    let gauge = Gauge::start(context.redis.clone().unwrap(), Duration::ZERO).await;
    let port = context.redis().port;
    for url in [
        format!("redis://:hunter2@127.0.0.1:{}", free_port()),
        // A wrong password.
        format!("redis://:hunter22@127.0.0.1:{port}"),
    ] {
        let policy = RetryPolicy::default().attempts(2).backoff(Duration::ZERO, Duration::ZERO);
        let limit = RedisLimit::new(&url).unwrap();
        assert!(!format!("{limit:?}").contains("hunter2"));
        let wp = Client::builder(gauge.url()).shared_limit(limit).retry(policy).build().unwrap();
        let error = wp.post("/numbers").json(&1).await.unwrap_err();
        assert_eq!(gauge.all(), 0);
        assert!(!error.may_have_happened(), "{error}");
        assert!(error.to_string().contains("the shared limit cannot be asked"), "{error}");
        assert_eq!(error.attempts().unwrap().made, 2, "{error}");
        shows_no_password(&error);
    }
}

pub(crate) async fn without_redis_requests_continue_where_that_is_set(_: Context) {
    let notices = Arc::<AtomicUsize>::default();
    let port = free_port();
    let limit = RedisLimit::new(&format!("redis://:hunter2@127.0.0.1:{port}")).unwrap();
    let limit = limit.concurrency(1).on_failure({
        let notices = Arc::clone(&notices);
        move |error: &TransportError| {
            shows_no_password(error);
            notices.fetch_add(1, SeqCst);
        }
    });
    let clock = Hand(Arc::new(Mutex::new(SystemTime::now())));
    let admit = async || limit.admit("example.org", &clock).await.unwrap();
    for expected in 1..=2 {
        // More at a time than the limit, and Redis is not asked for each.
        let held = [admit().await, admit().await, admit().await];
        assert_eq!(notices.load(SeqCst), expected);
        for held in held {
            held.pause(Duration::from_secs(9));
            held.renew().await;
        }
        *clock.0.lock().unwrap() += Duration::from_secs(1);
    }
    let redis = RedisServer::start_at(port, "hunter2").await.unwrap();
    let held = admit().await;
    assert_eq!((notices.load(SeqCst), redis.keys("wp-limit:").await.len()), (2, 1));
    drop(held);
}

/// It takes connections and never responds: after the first failures, one request in each second waits for it.
pub(crate) async fn one_request_at_a_time_asks_a_redis_that_hangs(_: Context) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let notices = Arc::<AtomicUsize>::default();
    let limit = RedisLimit::new(&format!("redis://{}", listener.local_addr().unwrap())).unwrap();
    let limit = limit.on_failure({
        let notices = Arc::clone(&notices);
        move |_: &TransportError| {
            notices.fetch_add(1, SeqCst);
        }
    });
    let clock = Hand(Arc::new(Mutex::new(SystemTime::now())));
    let eight = || join_all((0..8).map(|_| limit.admit("example.org", &clock)));
    assert!(eight().await.iter().all(Result::is_ok));
    let first = notices.load(SeqCst);
    assert!(first >= 1);
    for more in 1..=2 {
        *clock.0.lock().unwrap() += Duration::from_secs(1);
        assert!(eight().await.iter().all(Result::is_ok));
        assert_eq!(notices.load(SeqCst), first + more);
    }
}
