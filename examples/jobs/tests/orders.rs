//! The program `orders` against the stand-in of a shop.

// A test may panic to fail.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};

use serde_json::Value;
use shop::order::{Order, OrderFields};
use shop::stand_in;
use tokio::process::Command;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use wp_client::{Client, ConsumerKey, Id};
use wp_testkit::wiremock::{Mock, MockServer, Request, ResponseTemplate};

fn orders(url: &str, file: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orders"));
    command.env("WP_URL", url).env("WP_USER", "ck_example").env("WP_PASSWORD", "cs_example");
    // A key of the shop is the default.
    command.env_remove("WP_AUTH").stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command.arg(file).args(more);
    command
}

async fn run(url: &str, file: &Path, more: &[&str]) -> (Option<i32>, String) {
    let output = orders(url, file, more).output().await.unwrap();
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

fn file(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id()));
    for old in [path.clone(), path.with_file_name(format!("{}-{name}.state", std::process::id()))] {
        let _ = std::fs::remove_file(old);
    }
    path
}

async fn complete(wp: &Client, ids: &[u64]) {
    let completed = || OrderFields { status: Some("completed".to_owned()), ..OrderFields::default() };
    let orders = wp.collection::<Order>();
    let changes = ids.iter().map(|id| orders.update(Id::<Order>::new(*id).unwrap(), completed()));
    for result in wp.batch(changes).await.unwrap().results {
        result.unwrap();
    }
}

#[tokio::test]
async fn orders_are_appended_once_for_each_change() {
    let (server, key, secret) = stand_in::start().await;
    let wp = Client::builder(server.uri()).auth(ConsumerKey::new(key, secret)).build().unwrap();
    let path = file("orders.ndjson");
    let lines = || -> Vec<Value> {
        let text = std::fs::read_to_string(&path).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let (code, printed) = run(&server.uri(), &path, &[]).await;
    assert!(code == Some(0) && printed.contains("120 orders"), "{printed}");
    assert_eq!(lines().len(), 120);

    complete(&wp, &[7, 90]).await;
    let (code, printed) = run(&server.uri(), &path, &[]).await;
    assert!(code == Some(0) && printed.contains("2 orders"), "{printed}");
    let added: Vec<_> =
        lines()[120..].iter().map(|order| (order["id"].clone(), order["status"].clone())).collect();
    assert_eq!(added, [(7.into(), "completed".into()), (90.into(), "completed".into())]);

    // What a program that was killed wrote after its last state is cut off.
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, [&whole[..], b"{\"id\":8,\"sta"].concat()).unwrap();
    let (code, printed) = run(&server.uri(), &path, &[]).await;
    assert!(code == Some(0) && printed.contains("0 orders"), "{printed}");
    assert_eq!(std::fs::read(&path).unwrap(), whole);
    // A file that lost lines is not written to.
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(run(&server.uri(), &path, &[]).await.0, Some(1));
}

#[tokio::test]
async fn table_has_one_head_and_only_the_status() {
    let (server, ..) = stand_in::start().await;
    let path = file("orders.csv");
    for _ in 0..2 {
        let (code, printed) = run(&server.uri(), &path, &["--format", "csv", "--status", "processing"]).await;
        assert_eq!(code, Some(0), "{printed}");
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let rows: Vec<_> = text.lines().collect();
    assert_eq!(rows.len(), 61);
    assert!(rows[0].starts_with("id,status,") && rows.iter().skip(1).all(|row| row.contains(",processing,")));
    assert_eq!(rows[1], "2,processing,EUR,2.50,2,Ana,B,ana@example.org,1 × Dune,2026-01-01T02:00:00Z");
    // The file keeps its form: without the option, and against another one.
    assert_eq!(run(&server.uri(), &path, &["--status", "processing"]).await.0, Some(0));
    let (code, printed) = run(&server.uri(), &path, &["--format", "ndjson", "--status", "processing"]).await;
    assert!(code == Some(2) && printed.contains("lines of Csv"), "{printed}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    let (code, printed) = run(&server.uri(), &path, &["--status", "pending"]).await;
    assert!(code == Some(1) && printed.contains("checkpoint"), "{printed}");
}

/// Stops the shop at one of its requests, until the test lets it go on.
struct Gate {
    /// The requests until then.
    left: Arc<AtomicUsize>,
    arrived: UnboundedReceiver<()>,
    go_on: mpsc::Sender<()>,
}

impl Gate {
    async fn at(server: &MockServer) -> Self {
        let left = Arc::new(AtomicUsize::new(usize::MAX));
        let ((arriving, arrived), (go_on, going_on)) = (unbounded_channel(), mpsc::channel());
        let (counted, going_on) = (Arc::clone(&left), Mutex::new(going_on));
        let stops = move |_: &Request| {
            if counted.fetch_sub(1, SeqCst) == 1 {
                arriving.send(()).unwrap();
                going_on.lock().unwrap().recv().unwrap();
            }
            false
        };
        let never = Mock::given(stops).respond_with(ResponseTemplate::new(500));
        never.with_priority(1).mount(server).await;
        Self { left, arrived, go_on }
    }

    /// Stops at the request after so many others.
    fn stop_after(&self, requests: usize) {
        self.left.store(requests.saturating_add(1), SeqCst);
    }
}

/// The program is killed when the shop got a number of its requests, 20 times, while orders are changed.
#[tokio::test]
async fn killed_orders_go_on_and_no_line_is_lost_or_there_twice() {
    const ORDERS: u64 = 3_000;
    let (server, key, secret) = stand_in::start_with(ORDERS, 1_440).await;
    let wp = Client::builder(server.uri()).auth(ConsumerKey::new(key, secret)).build().unwrap();
    let mut gate = Gate::at(&server).await;
    let path = file("killed.ndjson");
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |end: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % end
    };
    let (mut kills, mut is_first) = (0, true);
    while kills < 20 {
        // The first run takes 31 requests, and a later one few.
        gate.stop_after(usize::try_from(below(if is_first { 33 } else { 4 })).unwrap());
        let mut program = orders(&server.uri(), &path, &[]).spawn().unwrap();
        tokio::select! {
            _ = gate.arrived.recv() => {
                program.kill().await.unwrap(); // SIGKILL
                kills += 1;
                gate.go_on.send(()).unwrap();
            }
            ended = program.wait() => {
                assert!(ended.unwrap().success());
                is_first = false;
            }
        }
        gate.stop_after(usize::MAX);
        // The others are returned by the first run, or never.
        let ids: BTreeSet<u64> = (0..150).map(|_| ORDERS - below(ORDERS / 3)).collect();
        complete(&wp, &ids.into_iter().collect::<Vec<_>>()).await;
    }
    let (code, printed) = run(&server.uri(), &path, &[]).await;
    assert_eq!(code, Some(0), "{printed}");
    let (mut last, mut versions) = (BTreeMap::new(), BTreeSet::new());
    for line in std::fs::read_to_string(&path).unwrap().lines() {
        let order: Value = serde_json::from_str(line).unwrap();
        let id = order["id"].as_u64().unwrap();
        let version = (id, order["date_modified_gmt"].as_str().unwrap().to_owned());
        assert!(versions.insert(version.clone()), "{version:?} is there twice");
        last.insert(id, order);
    }
    let mut all = wp.collection::<Order>().list().stream();
    while let Some(order) = all.try_next().await.unwrap() {
        assert_eq!(last.remove(&order.id.get()), Some(serde_json::to_value(&order).unwrap()));
    }
    assert!(last.is_empty(), "{last:?}");
}

/// The file of another program, or one whose state was lost.
#[tokio::test]
async fn file_without_a_state_is_left_as_it_is() {
    let (server, ..) = stand_in::start().await;
    let path = file("foreign.csv");
    let run = async || run(&server.uri(), &path, &["--format", "csv"]).await;
    let text = || std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, "another,table\n").unwrap();
    let (code, printed) = run().await;
    assert!(code == Some(1) && printed.contains("foreign.csv: the file is not empty"), "{printed}");
    assert_eq!(text(), "another,table\n");
    // Nothing is lost of an empty one.
    std::fs::write(&path, "").unwrap();
    assert_eq!(run().await.0, Some(0));
    let whole = text();
    assert_eq!(whole.lines().count(), 121);
    std::fs::remove_file(path.with_extension("csv.state")).unwrap();
    assert_eq!((run().await.0, text()), (Some(1), whole));
}
