//! How much memory a body without an end takes: up to the cap, each time in a process of its own.

use std::process::Command;
use std::sync::Arc;

use wp_client::{Client, ErrorKind, Transport, TransportErrorKind};
use wp_http::conformance::Server;

/// What the child is told first.
pub(crate) const FLAG: &str = "--memory";

/// Nothing else is in the process but this, the transport, and the body twice while it grows.
pub(crate) const MOST_MIB: u64 = 64 * 3 + 32;

pub(crate) const BODIES: [&str; 3] = ["endless", "10 GiB", "10 GiB in chunks"];

/// What is sent before a MiB, what after it, and whether the head announces all of it.
fn server(body: &str) -> Server {
    let chunked = body == "10 GiB in chunks";
    let head = match body {
        // A length that no cap can see.
        "10 GiB" => "HTTP/1.1 200 OK\r\ncontent-encoding: identity\r\n\r\n",
        "endless" => "HTTP/1.1 200 OK\r\n\r\n",
        _ => "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
    };
    Server::start(move |mut conn| {
        conn.request();
        conn.send(head);
        let piece = " ".repeat(1 << 20);
        for _ in 0..10 << 10 {
            let sent = if chunked {
                conn.send(format!("{:x}\r\n", piece.len())) && conn.send(&piece) && conn.send("\r\n")
            } else {
                conn.send(&piece)
            };
            if !sent {
                return;
            }
        }
    })
    .unwrap()
}

/// The child: asks once, checks that it ends at the cap, and prints the most memory that it held.
pub(crate) async fn ask(transport: Arc<dyn Transport>, body: &str) {
    let server = server(body);
    let wp = Client::builder(server.url()).transport(transport).build().unwrap();
    let error = wp.get("/wp/v2/posts").await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Transport(error) if error.kind() == TransportErrorKind::TooLarge),
        "{error:?}"
    );
    println!("{}", peak_mib());
}

/// The most memory that this process has held (`VmHWM`), in MiB.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

/// What a process that asks for `body` over `transport` held at most, in MiB.
pub(crate) fn peak(transport: &str, body: &str) -> Result<u64, String> {
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program).args([FLAG, transport, body]).output().unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    String::from_utf8_lossy(&output.stdout).trim().parse().map_err(|_| "it printed no number".to_owned())
}
