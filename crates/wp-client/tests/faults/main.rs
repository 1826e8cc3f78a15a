//! What a client makes of everything that a server can do to it: a table, over both transports.
//!
//! `cargo xtask faults` prints it. Each row is a fault, met by a GET and by a POST that carry a credential. A row
//! holds where both transports come to what it says, the server saw the request as often as it says, nothing hung,
//! and no text of the error, nor another server, got a secret to see.

// A fault that cannot be played panics.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod clock;
mod connections;
mod fault;
mod framing;
mod memory;
mod redirects;
mod servers;
mod statuses;
mod storm;
mod tls;
mod wordpress;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, future, stream};
use wp_client::Transport;
use wp_http::{ConnectOptions, HyperTransport, ReqwestTransport};

use fault::Fault;

/// What did not end by then hangs. Nothing takes anywhere near as long.
const PATIENCE: Duration = Duration::from_secs(300);
/// How many faults are met at a time. Most of the time is waited.
const AT_A_TIME: usize = 16;

fn transports() -> [(&'static str, Arc<dyn Transport>); 2] {
    connecting_within(PATIENCE)
}

fn connecting_within(time: Duration) -> [(&'static str, Arc<dyn Transport>); 2] {
    let options = ConnectOptions::default().connect_timeout(time).root_certificates(tls::trusted());
    [
        ("reqwest", Arc::new(ReqwestTransport::with(&options).unwrap())),
        ("hyper", Arc::new(HyperTransport::with(&options).unwrap())),
    ]
}

/// What went otherwise than it should, for each transport and method.
async fn deviations(fault: &Fault) -> Vec<String> {
    let mut deviations = Vec::new();
    for (transport_name, transport) in connecting_within(fault.connect_timeout) {
        for (method, write, expected) in [("GET", false, fault.get), ("POST", true, fault.post)] {
            let meeting = tokio::time::timeout(PATIENCE, fault.meet(Arc::clone(&transport), write));
            let outcome_text = meeting.await.unwrap_or_else(|_| "hung".to_owned());
            if outcome_text != expected {
                deviations.push(format!("{method} over {transport_name}: {outcome_text}"));
            }
        }
    }
    deviations
}

#[tokio::main]
async fn main() -> ExitCode {
    let words: Vec<_> = std::env::args().skip(1).collect();
    if let [flag, name, body] = &words[..]
        && flag == memory::FLAG
    {
        let transport = transports().into_iter().find(|(transport, _)| transport == name).unwrap().1;
        memory::ask(transport, body).await;
        return ExitCode::SUCCESS;
    }
    let words: Vec<_> = words.into_iter().filter(|word| !word.starts_with('-')).collect();
    let (mut passed, mut failed) = table(&words).await;
    // What is not picked by name belongs to the whole.
    if words.is_empty() {
        for is_right in storms().await.into_iter().chain(bodies_without_end()) {
            passed += usize::from(is_right);
            failed += usize::from(!is_right);
        }
    }
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    println!("test result: {verdict}. {passed} passed; {failed} failed;");
    ExitCode::from(u8::from(failed > 0))
}

/// The faults whose row has one of the words, or all of them; how many went as they should, and how many not.
async fn table(words: &[String]) -> (usize, usize) {
    let families = [
        connections::faults,
        framing::faults,
        redirects::faults,
        statuses::faults,
        wordpress::faults,
        servers::faults,
        tls::faults,
    ];
    let is_wanted = |fault: &Fault| {
        let row = [fault.name, fault.get, fault.post].join(" ").to_lowercase();
        words.is_empty() || words.iter().any(|word| row.contains(&word.to_lowercase()))
    };
    let faults: Vec<_> = families.iter().flat_map(|family| family()).filter(is_wanted).collect();
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
    (faults.len() - failed, failed)
}

async fn storms() -> Vec<bool> {
    let storms = transports().map(|(name, transport)| async move {
        let came = storm::storm(transport).await;
        println!("{name}: {came}{}", if came.is_true() { "" } else { "\n    DEVIATES" });
        came.is_true()
    });
    future::join_all(storms).await
}

fn bodies_without_end() -> Vec<bool> {
    let mut results = Vec::new();
    for (name, _) in transports() {
        for body in memory::BODIES {
            let peak = memory::peak(name, body);
            match &peak {
                Ok(mib) => println!(
                    "{name}: a body, {body}: ended at the cap of 64 MiB; {mib} MiB of memory at most"
                ),
                Err(error) => println!("{name}: a body, {body}: DEVIATES: {error}"),
            }
            results.push(peak.is_ok_and(|mib| mib <= memory::MAX_MIB));
        }
    }
    results
}
