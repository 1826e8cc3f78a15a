//! One process of a fleet.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use wp_auth_redis::{RedisLimit, RedisStore};
use wp_client::wp_auth::{FileStore, IdentityBuilder};
use wp_client::{ApiBearerAuth, Client, Identity, JwtAuth};

use crate::place::key;

/// The first argument of a worker. The others: the site, the scheme, the password, the store or the shared limit.
pub(crate) const FLAG: &str = "--worker";

/// What a request came to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Good,
    Bad,
    Cancelled,
}

/// For each line of its input, it sends requests at once, and writes a line on how they went. `all` and a number: so
/// many, to their end. `cancel`, a number and milliseconds: so many, each cancelled at random within that time.
pub(crate) async fn run(arguments: &[String]) {
    let [site, scheme, password, store] = arguments else { panic!("{arguments:?}") };
    let notices = Arc::new(AtomicUsize::new(0));
    let wp = if let Some(limit) = store.strip_prefix("limit ") {
        Client::builder(site).shared_limit(shared_limit(limit)).build().unwrap()
    } else {
        let builder = match scheme.as_str() {
            "jwt" => Identity::builder(JwtAuth::new("editor", password.as_str())),
            _ => Identity::builder(ApiBearerAuth::new("editor", password.as_str())),
        };
        Client::builder(site).auth(identity(builder, store, &notices)).build().unwrap()
    };
    let is_anonymous = store.starts_with("limit ");
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        let (count, within) = match line.split(' ').collect::<Vec<_>>()[..] {
            ["all", count] => (count, None),
            ["cancel", count, within] => (count, Some(within.parse().unwrap())),
            _ => panic!("{line}"),
        };
        let ends =
            join_all((0..count.parse().unwrap()).map(|_| request(wp.clone(), is_anonymous, within))).await;
        if let Some(error) = ends.iter().find_map(|found| found.2.as_ref()) {
            eprintln!("{error}");
        }
        let count = |end| ends.iter().filter(|found| found.0 == end).count();
        let longest = ends.iter().map(|found| found.1).max().unwrap_or_default();
        println!(
            "{} {} {} {} {}",
            count(End::Good),
            count(End::Bad),
            count(End::Cancelled),
            longest.as_millis(),
            notices.load(Relaxed)
        );
    }
}

/// Cancelled from another thread, or where it is polled.
async fn request(wp: Client, is_anonymous: bool, within: Option<u64>) -> (End, Duration, Option<String>) {
    let start = Instant::now();
    let task = tokio::spawn(async move {
        if is_anonymous { wp.get("/numbers").await.map(drop) } else { wp.users().me().await.map(drop) }
    });
    let abort = task.abort_handle();
    if let Some(within) = within {
        let limit = Duration::from_millis(fastrand::u64(..within));
        tokio::spawn(async move {
            tokio::time::sleep(limit).await;
            abort.abort();
        });
    }
    let (end, error) = match task.await {
        Ok(Ok(())) => (End::Good, None),
        Ok(Err(error)) => (End::Bad, Some(format!("{error:#}"))),
        Err(error) if error.is_cancelled() => (End::Cancelled, None),
        Err(error) => panic!("{error}"),
    };
    (end, start.elapsed(), error)
}

fn shared_limit(arguments: &str) -> RedisLimit {
    let [prefix, url, concurrency, per_second] = arguments.split(' ').collect::<Vec<_>>()[..] else {
        panic!("{arguments}")
    };
    let limit = RedisLimit::new(url).unwrap().prefix(prefix).concurrency(concurrency.parse().unwrap());
    match per_second.parse().unwrap() {
        0 => limit,
        rate => limit.per_second(rate.try_into().unwrap()),
    }
}

fn identity(builder: IdentityBuilder, store: &str, notices: &Arc<AtomicUsize>) -> Identity {
    let notices = Arc::clone(notices);
    let builder = builder.on_store_failure(move |error| {
        eprintln!("{error:#}");
        notices.fetch_add(1, Relaxed);
    });
    match store.split(' ').collect::<Vec<_>>()[..] {
        ["none"] => builder,
        ["file", directory] => builder.store(FileStore::new(directory)),
        ["redis", prefix, url] => builder.store(RedisStore::encrypted(url, &key()).unwrap().prefix(prefix)),
        _ => panic!("{store}"),
    }
    .build()
}
