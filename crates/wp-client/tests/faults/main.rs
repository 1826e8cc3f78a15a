//! What a client makes of everything that a server can do to it: a table, over both transports.
//!
//! `cargo xtask faults` prints it. Each row is a fault, met by a GET and by a POST that carry a credential. A row
//! holds where both transports come to what it says, the server saw the request as often as it says, nothing hung,
//! and no text of the error, nor another server, got a secret to see.

// A fault that cannot be played panics.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod connections;
mod fault;
mod framing;
mod redirects;
mod servers;
mod statuses;
mod wordpress;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use wp_client::Transport;
use wp_http::{ConnectOptions, HyperTransport, ReqwestTransport};

use fault::Fault;

/// What a transport may take for one request, with all its repeats.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many faults are met at a time. Most of the time is waited.
const AT_A_TIME: usize = 16;

fn transports() -> [(&'static str, Arc<dyn Transport>); 2] {
    let options = ConnectOptions::default().connect_timeout(Duration::from_millis(1500));
    [
        ("reqwest", Arc::new(ReqwestTransport::with(options.clone()).unwrap())),
        ("hyper", Arc::new(HyperTransport::with(options).unwrap())),
    ]
}

/// What went otherwise than it should, for each transport and method.
async fn deviations(fault: &Fault) -> Vec<String> {
    let mut deviations = Vec::new();
    for (transport_name, transport) in transports() {
        for (method, write, expected) in [("GET", false, fault.get), ("POST", true, fault.post)] {
            let meeting = tokio::time::timeout(PATIENCE, fault.meet(Arc::clone(&transport), write));
            let told = meeting.await.unwrap_or_else(|_| "hung".to_owned());
            if told != expected {
                deviations.push(format!("{method} over {transport_name}: {told}"));
            }
        }
    }
    deviations
}

#[tokio::main]
async fn main() -> ExitCode {
    let families = [
        connections::faults,
        framing::faults,
        redirects::faults,
        statuses::faults,
        wordpress::faults,
        servers::faults,
    ];
    let wanted: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let faults = families.iter().flat_map(|family| family());
    let is_wanted = |fault: &Fault| wanted.is_empty() || wanted.iter().any(|part| fault.name.contains(part));
    let faults: Vec<_> = faults.filter(is_wanted).collect();
    println!("{:<58} {:<34} POST", "fault", "GET");
    let results: Vec<_> = stream::iter(&faults).map(deviations).buffered(AT_A_TIME).collect().await;
    let mut failed = 0;
    for (fault, deviations) in faults.iter().zip(results) {
        println!("{:<58} {:<34} {}", fault.name, fault.get, fault.post);
        failed += usize::from(!deviations.is_empty());
        for deviation in deviations {
            println!("    DEVIATES: {deviation}");
        }
    }
    println!("{} faults, 2 transports, {failed} deviate", faults.len());
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    println!("test result: {verdict}. {} passed; {failed} failed;", faults.len() - failed);
    ExitCode::from(u8::from(failed > 0))
}
