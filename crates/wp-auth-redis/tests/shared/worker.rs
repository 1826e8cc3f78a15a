//! One process of a fleet.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use wp_auth_redis::RedisStore;
use wp_client::wp_auth::{FileStore, Stored, TokenProvider};
use wp_client::{ApiBearerAuth, Client, Identity, JwtAuth};

use crate::place::KEY;

/// The first argument of a worker. The others: the site, the scheme, the lease in milliseconds, the store.
pub(crate) const FLAG: &str = "--worker";

/// For each line of its input, a number, it sends so many requests at once, and writes a line on how they went.
pub(crate) async fn run(arguments: &[String]) {
    let [site, scheme, lease, store] = arguments else { panic!("{arguments:?}") };
    let notices = Arc::new(AtomicUsize::new(0));
    let lease = Duration::from_millis(lease.parse().unwrap());
    let identity = match scheme.as_str() {
        "jwt" => identity(JwtAuth::new("editor", "password"), store, lease, &notices),
        _ => identity(ApiBearerAuth::new("editor", "password"), store, lease, &notices),
    };
    let wp = Client::builder(site).auth(identity).build().unwrap();
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        let tasks = (0..line.parse().unwrap()).map(|_| {
            let wp = wp.clone();
            tokio::spawn(async move { wp.users().me().await })
        });
        let answers = join_all(tasks).await.into_iter().map(Result::unwrap);
        let (good, bad): (Vec<_>, Vec<_>) = answers.partition(Result::is_ok);
        if let Some(Err(error)) = bad.first() {
            eprintln!("{error:#}");
        }
        println!("{} {} {}", good.len(), bad.len(), notices.load(Relaxed));
    }
}

fn identity(
    provider: impl TokenProvider,
    store: &str,
    lease: Duration,
    notices: &Arc<AtomicUsize>,
) -> Identity {
    let notices = Arc::clone(notices);
    let sharing = |stored: Stored<_>| {
        let told = move |_: &_| {
            notices.fetch_add(1, Relaxed);
        };
        Identity::new(stored.lease(lease).on_failure(told))
    };
    match store.split(' ').collect::<Vec<_>>()[..] {
        ["none"] => Identity::new(provider),
        ["file", directory] => sharing(provider.stored(FileStore::new(directory))),
        ["redis", prefix, url] => {
            sharing(provider.stored(RedisStore::encrypted(url, KEY).unwrap().prefix(prefix)))
        }
        _ => panic!("{store}"),
    }
}
