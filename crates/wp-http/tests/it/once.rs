//! A request goes out once, or not at all.

use wp_http::TransportErrorKind;

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
