//! The program `orders` against the stand-in of a shop.

// A test may panic to fail.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use serde_json::Value;
use shop::batch::update_all;
use shop::order::{Order, OrderFields};
use shop::stand_in;
use tokio::process::Command;
use wp_client::{Client, ConsumerKey, Id};

async fn run(url: &str, file: &Path, more: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orders"));
    command.env("WP_URL", url).env("WP_USER", "ck_example").env("WP_PASSWORD", "cs_example");
    command.env("WP_AUTH", "consumer-key");
    let output = command.arg(file).args(more).output().await.unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
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
    let changes: Vec<_> = ids.iter().map(|id| (Id::<Order>::new(*id).unwrap(), completed())).collect();
    update_all::<Order>(wp, &changes).await.unwrap();
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
    let (code, printed) = run(&server.uri(), &path, &["--format", "csv", "--status", "pending"]).await;
    assert!(code == Some(1) && printed.contains("checkpoint"), "{printed}");
}
