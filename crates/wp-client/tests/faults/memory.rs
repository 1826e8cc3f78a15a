//! How much memory a body without an end takes: up to the cap, each time in a process of its own.

use std::io::Write as _;
use std::process::Command;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use wp_client::{Client, ErrorKind, Transport, TransportErrorKind};
use wp_http::conformance::{ManualClock, Server};

/// The first argument of the child process.
pub(crate) const FLAG: &str = "--memory";

/// The body twice while it grows, and the transport; of the packed one also the 64 MiB that it is made of.
pub(crate) const MAX_MIB: u64 = 64 * 3 + 32;

pub(crate) const BODIES: [&str; 3] = ["10 GiB without a length", "10 GiB in chunks", "gzip of 10 GiB"];

/// Sends the beginning of a response and then a piece over and over, until 10 GiB are sent or the receiver is gone.
fn server(body: &str) -> Server {
    let mib = " ".repeat(1 << 20);
    let (head, piece, times) = match body {
        "10 GiB in chunks" => {
            ("transfer-encoding: chunked", format!("{:x}\r\n{mib}\r\n", mib.len()).into_bytes(), 10 << 10)
        }
        "gzip of 10 GiB" => ("content-encoding: gzip", packed(&mib.repeat(64)), 10 << 4),
        _ => ("x-no-length: 1", mib.into_bytes(), 10 << 10),
    };
    Server::start(move |mut conn| {
        conn.request();
        conn.send(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n"));
        _ = (0..times).all(|_| conn.send(&piece));
    })
    .unwrap()
}

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// The child: asks once, checks that it ends at the cap, and prints the most memory that it held.
pub(crate) async fn ask(transport: Arc<dyn Transport>, body: &str) {
    let server = server(body);
    let wp = Client::builder(server.url()).transport(transport).clock(ManualClock::new()).build().unwrap();
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
