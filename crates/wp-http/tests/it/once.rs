//! A request goes out once, or not at all.

use std::time::Duration;

use wp_http::{TransportErrorKind, conformance};

use crate::server::{Server, answer, soon};
use crate::{get, post, transports};

#[tokio::test]
async fn a_write_that_was_cut_off_is_not_sent_again() {
    for (name, transport) in transports() {
        let server = Server::start(|mut conn| async move {
            conn.request().await;
            conn.send(answer("200 OK", "")).await;
            conn.request().await; // and no answer
        })
        .await;
        let first = transport.send(get(&server.url)).await.unwrap();
        first.into_body().collect(9).await.unwrap();
        let error = transport.send(post(&server.url)).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Closed, "{name}");
        assert!(error.may_have_been_sent(), "{name}");
        // Give a second arrival the time to happen.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        assert_eq!(server.connections(), [1, 1], "{name}");
    }
}

#[tokio::test]
async fn a_connection_that_the_server_has_closed_is_not_used() {
    for (name, transport) in transports() {
        let server = Server::closing_after(answer("200 OK", "")).await;
        for expected in 1..4 {
            let answer = soon(transport.send(post(&server.url))).await.unwrap();
            answer.into_body().collect(9).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            assert_eq!(server.connections().len(), expected, "{name}");
        }
        assert_eq!(server.connections(), [1, 2, 3], "{name}");
    }
}

/// The end of the connection and the next request meet: whoever wins, no write arrives twice, and one that did not
/// arrive is not told as one that may have.
#[tokio::test]
async fn a_write_on_a_connection_that_is_just_closed_arrives_once_or_never() {
    const ROUNDS: usize = 300;
    for (name, transport) in transports() {
        for pause in [0, 30, 300] {
            let server = conformance::Server::start(move |mut conn| {
                conn.request();
                conn.send(answer("200 OK", ""));
                std::thread::sleep(Duration::from_micros(pause));
            })
            .unwrap();
            let (mut well, mut in_doubt) = (0, 0);
            for round in 0..ROUNDS {
                match soon(transport.send(post(&server.at(&format!("/{round}"))))).await {
                    Ok(answer) => {
                        soon(answer.into_body().collect(9)).await.unwrap();
                        well += 1;
                    }
                    Err(error) => in_doubt += usize::from(error.may_have_been_sent()),
                }
            }
            let mut arrivals = server.arrivals();
            let all = arrivals.len();
            arrivals.dedup();
            assert_eq!(arrivals.len(), all, "{name}: one arrived twice");
            assert!(
                (well..=well + in_doubt).contains(&all),
                "{name}: {all} arrived, {well} well, {in_doubt} in doubt"
            );
            // Every second one, where each meets the end of a connection.
            assert!(well >= ROUNDS / 3, "{name}: {well}");
        }
    }
}

#[tokio::test]
async fn dropping_the_future_closes_the_connection() {
    for (name, transport) in transports() {
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let server = Server::start(move |mut conn| {
            let tell = tell.clone();
            async move {
                conn.request().await;
                tell.send("arrived").unwrap();
                conn.closed().await;
                tell.send("closed").unwrap();
            }
        })
        .await;
        let mut exchange = transport.send(get(&server.url));
        tokio::select! {
            _ = &mut exchange => panic!("no answer was sent"),
            event = told.recv() => assert_eq!(event, Some("arrived"), "{name}"),
        }
        drop(exchange);
        assert_eq!(soon(told.recv()).await, Some("closed"), "{name}");
    }
}
