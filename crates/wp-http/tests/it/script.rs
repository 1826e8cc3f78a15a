//! A transport that follows a script, and a clock on which no test waits.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use http::{Request, Response};
use tokio::time::Instant;
use wp_core::pieces;
use wp_http::{Body, Clock, Transport, TransportError, TransportErrorKind};

/// The time of tokio's timer, which a test pauses: it jumps ahead when all tasks wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paused(Instant);

impl Paused {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Instant::now()))
    }

    pub(crate) fn passed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Sun, 06 Nov 1994 08:49:37 GMT
const BEGIN: Duration = Duration::from_secs(784_111_777);

#[async_trait::async_trait]
impl Clock for Paused {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + BEGIN + self.0.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// What a [`Script`] does with a request.
#[derive(Clone)]
pub(crate) enum Turn {
    /// `429 Too Many; retry-after: 5`
    Respond(&'static str),
    /// Responds 200, and is cut off within the body.
    Cut,
    Fail(TransportErrorKind),
    Hang,
}

/// Does one turn a request, and the last one for ever.
#[derive(Clone)]
pub(crate) struct Script(Arc<Mutex<State>>);

struct State {
    turns: VecDeque<Turn>,
    seen: Vec<(Duration, Request<()>)>,
    clock: Arc<Paused>,
}

impl Script {
    pub(crate) fn new(clock: &Arc<Paused>, turns: impl IntoIterator<Item = Turn>) -> Self {
        let turns = turns.into_iter().collect();
        Self(Arc::new(Mutex::new(State { turns, seen: Vec::new(), clock: Arc::clone(clock) })))
    }

    /// When each request came.
    pub(crate) fn times(&self) -> Vec<Duration> {
        self.0.lock().unwrap().seen.iter().map(|(time, _)| *time).collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.times().len()
    }

    pub(crate) fn last(&self) -> Request<()> {
        self.0.lock().unwrap().seen.last().unwrap().1.clone()
    }
}

#[async_trait::async_trait]
impl Transport for Script {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let turn = {
            let mut state = self.0.lock().unwrap();
            let passed = state.clock.passed();
            state.seen.push((passed, request.map(|_| ())));
            let next = state.turns.pop_front().unwrap();
            if state.turns.is_empty() {
                state.turns.push_back(next.clone());
            }
            next
        };
        match turn {
            Turn::Fail(kind) => Err(TransportError::new(kind)),
            Turn::Hang => std::future::pending().await,
            Turn::Cut => Ok(Response::new(Body::received(pieces(|_| {
                Poll::Ready(Some(Err(TransportError::new(TransportErrorKind::Closed))))
            })))),
            Turn::Respond(head) => {
                let mut lines = head.split("; ");
                let status = lines.next().unwrap()[..3].parse::<u16>().unwrap();
                let response = Response::builder().status(status);
                let response = lines
                    .filter_map(|line| line.split_once(": "))
                    .fold(response, |response, (name, value)| response.header(name, value));
                Ok(response.body(arriving()).unwrap())
            }
        }
    }
}

/// A body that is not in memory yet, like those of a network.
pub(crate) fn arriving() -> Body {
    let mut body = Body::from("{}");
    Body::received(pieces(move |cx| body.poll_piece(cx)))
}
