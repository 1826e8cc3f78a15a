//! A request on a closing connection is sent at most once. The outcome depends on a race, so the conformance suite has
//! no rule for it.

use std::time::Duration;

use wp_http::conformance::{Server, response};

use crate::{post, soon, transports};

/// The end of the connection and the next request meet: no write arrives twice, and one that did not
/// arrive is not reported as one that may have.
#[tokio::test]
async fn write_on_a_closing_connection_arrives_at_most_once() {
    const ROUNDS: usize = 300;
    for (name, transport) in transports() {
        for pause in [0, 30, 300] {
            let server = Server::start(move |mut conn| {
                conn.request();
                conn.send(response("200 OK", ""));
                std::thread::sleep(Duration::from_micros(pause));
            })
            .unwrap();
            let (mut well, mut in_doubt) = (0, 0);
            for round in 0..ROUNDS {
                match soon(transport.send(post(&server.at(&format!("/{round}"))))).await {
                    Ok(response) => {
                        soon(response.into_body().collect(9)).await.unwrap();
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
