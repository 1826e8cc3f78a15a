//! One fault, and what a client makes of it.

use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use wp_client::{Basic, Client, Error, ErrorKind, Result, RetryPolicy, Transport};
use wp_http::conformance::{Conn, Server, response};

use crate::clock::{IDLE, Limits, WHOLE};

/// Something that a server does, and what is to become of a GET and of a POST that meet it.
///
/// What becomes of a request is a line: what it ended in, `in doubt` for a write that may have happened, and how
/// often the server saw it: `Closed, in doubt x1`.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    serve: Arc<Serve>,
    pub(crate) get: &'static str,
    pub(crate) post: &'static str,
    /// The time that the transport itself measures. What a short one ends would not have ended otherwise.
    pub(crate) connect_timeout: Duration,
    rounds: usize,
    /// Bytes that the POST sends.
    size: usize,
    address: fn(&Server) -> String,
}

type Serve = dyn Fn(Conn, &Around) + Send + Sync;

/// What a server knows beside its connection.
pub(crate) struct Around {
    /// The address of another server.
    pub(crate) other: String,
    /// The clock of the client.
    pub(crate) limits: Limits,
}

/// A fault of a server, to which each connection is handed.
pub(crate) fn fault(
    name: &'static str,
    get: &'static str,
    post: &'static str,
    serve: impl Fn(Conn, &Around) + Send + Sync + 'static,
) -> Fault {
    let address = |server: &Server| server.url();
    Fault {
        name,
        serve: Arc::new(serve),
        get,
        post,
        connect_timeout: crate::PATIENCE,
        rounds: 1,
        size: 0,
        address,
    }
}

/// One that lies in what the server says.
pub(crate) fn says(
    name: &'static str,
    get: &'static str,
    post: &'static str,
    bytes: impl Into<Vec<u8>>,
) -> Fault {
    let bytes = bytes.into();
    fault(name, get, post, move |mut conn, _| {
        if conn.request().is_some() {
            conn.send(&bytes);
        }
    })
}

/// A page or a JSON, with a length: `page("host password", …, "401 Unauthorized\r\nwww-authenticate: Basic", HTML)`.
pub(crate) fn page(
    name: &'static str,
    get: &'static str,
    post: &'static str,
    head: &str,
    body: &str,
) -> Fault {
    says(name, get, post, response(head, body))
}

impl Fault {
    pub(crate) fn connect_timeout(self, time: Duration) -> Self {
        Self { connect_timeout: time, ..self }
    }

    /// Sends it so often, one after the other.
    pub(crate) fn rounds(self, rounds: usize) -> Self {
        Self { rounds, ..self }
    }

    pub(crate) fn sending(self, size: usize) -> Self {
        Self { size, ..self }
    }

    pub(crate) fn at(self, address: fn(&Server) -> String) -> Self {
        Self { address, ..self }
    }

    /// What becomes of a request that meets it.
    pub(crate) async fn meet(&self, transport: Arc<dyn Transport>, write: bool) -> String {
        let other = Server::responding(response("200 OK\r\ncontent-type: application/json", "[]")).unwrap();
        let (serve, limits) = (Arc::clone(&self.serve), Limits::new(10));
        let around = Around { other: other.url(), limits: limits.clone() };
        let accepted = Arc::<Mutex<Vec<_>>>::default();
        let server = Server::start({
            let accepted = Arc::clone(&accepted);
            move |conn| {
                accepted.lock().unwrap().extend(conn.stream.peer_addr());
                serve(conn, &around);
            }
        })
        .unwrap();
        let wp = client(&(self.address)(&server), transport, limits.clone());
        let mut outcome_text = String::new();
        for round in 0..self.rounds {
            // The client has let go of the connection of the round before.
            while round > 0 && server.open() > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let outcome = if write {
                let content = "x".repeat(self.size);
                let post = serde_json::json!({"title": "T", "content": content, "password": IN_THE_BODY});
                wp.post("/wp/v2/posts").json(&post).reply().await
            } else {
                wp.get("/wp/v2/posts").query("search", IN_THE_QUERY).reply().await
            };
            outcome_text = tell(&outcome, server.address().port());
        }
        limits.over().await;
        // The last connection may not be accepted yet. One that is made after it is accepted after it.
        let last = TcpStream::connect(server.address()).unwrap();
        while !accepted.lock().unwrap().contains(&last.local_addr().unwrap()) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let seen = server.arrivals().len().max(server.connections() - 1);
        let elsewhere = other.arrivals();
        assert!(!SECRETS.iter().any(|secret| elsewhere.concat().contains(secret)), "a secret went elsewhere");
        if !elsewhere.is_empty() {
            outcome_text.push_str(", sent elsewhere");
        }
        format!("{outcome_text} x{seen}")
    }
}

const PASSWORD: &str = "Pl4nted-passw0rd";
const IN_THE_BODY: &str = "Pl4nted-in-the-b0dy";
const IN_THE_QUERY: &str = "Pl4nted-in-the-qu3ry";
/// The first as it travels: `ana:Pl4nted-passw0rd` in base64.
const SECRETS: [&str; 4] = [PASSWORD, IN_THE_BODY, IN_THE_QUERY, "YW5hOlBsNG50ZWQtcGFzc3cwcmQ="];

fn client(url: &str, transport: Arc<dyn Transport>, limits: Limits) -> Client {
    let [first, most] = [100, 1000].map(Duration::from_millis);
    Client::builder(url)
        .auth(Basic::application_password("ana", PASSWORD))
        .allow_plain_http()
        .transport(transport)
        .clock(limits)
        .timeout(WHOLE)
        .idle_timeout(IDLE)
        .retry(RetryPolicy::default().attempts(3).backoff(first, most).deadline(WHOLE * 10))
        .max_body(256 << 10)
        .build()
        .unwrap()
}

fn tell(outcome: &Result<wp_client::Reply<serde_json::Value>>, port: u16) -> String {
    match outcome {
        Ok(reply) if reply.salvaged.is_some() => "ok, salvaged".to_owned(),
        Ok(_) => "ok".to_owned(),
        Err(error) => {
            let texts = format!("{error} {error:#} {error:?} {error:#?} {:?}", error.hint());
            for secret in SECRETS {
                assert!(!texts.contains(secret), "{secret} is shown: {texts}");
            }
            assert!(texts.contains("/wp/v2/posts") || texts.contains(&port.to_string()), "{texts}");
            let doubt = if error.may_have_happened() { ", in doubt" } else { "" };
            format!("{}{doubt}", name(error))
        }
    }
}

fn name(error: &Error) -> String {
    match error.kind() {
        ErrorKind::Api(api) => format!("{} {}", api.status().as_u16(), api.code()),
        ErrorKind::Unexpected(response) => format!("{:?} {}", response.kind(), response.status().as_u16()),
        ErrorKind::Transport(transport) => format!("{:?}", transport.kind()),
        ErrorKind::Decode(_) => "Decode".to_owned(),
        ErrorKind::Request(_) => "Request".to_owned(),
        ErrorKind::Auth(auth) => format!("{:?}", auth.kind()),
        other => format!("{other:?}"),
    }
}
