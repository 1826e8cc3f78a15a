//! Retries: which requests, when, and what the error says of the attempts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use http::{Method, Request};
use http_body_util::Full;
use wp_core::extensions::{Attempt, Retryable, Streamed, Timeout};
use wp_http::TransportErrorKind::{Closed, Connect, Credential, Protocol, Redirect, Resolve, Tls};
use wp_http::conformance::{Server, response};
use wp_http::{
    Attempts, Body, GiveUpReason, Limits, Retry, RetryPolicy, Stack, TokioClock, Transport, TransportError,
};

use crate::script::Turn::{Cut, Fail, Hang, Respond};
use crate::script::{Paused, Script, Turn};
use crate::{get, post, request, soon, transports};

/// Sends it over a script, and gives how often it was sent and what is said of that.
async fn attempts(turn: Turn, request: Request<Body>) -> (usize, Option<Attempts>) {
    let clock = Paused::new();
    let script = Script::new(&clock, [turn]);
    let outcome = Retry::new(script.clone(), clock).send(request).await;
    (script.count(), said(&outcome))
}

fn said(outcome: &Result<http::Response<Body>, TransportError>) -> Option<Attempts> {
    match outcome {
        Ok(response) => response.extensions().get().copied(),
        Err(error) => error.attempts(),
    }
}

#[tokio::test(start_paused = true)]
async fn retry_follows_the_table() {
    let retried = (4, Some(Attempts::new(4, Some(GiveUpReason::Count))));
    let in_doubt = (1, Some(Attempts::new(1, Some(GiveUpReason::InDoubt))));
    let over = (1, None);
    for (turn, read, write) in [
        (Fail(Resolve), retried, retried),
        (Fail(Connect), retried, retried),
        (Fail(wp_http::TransportErrorKind::Timeout), retried, in_doubt),
        (Fail(Closed), retried, in_doubt),
        (Cut, retried, in_doubt),
        (Fail(Tls), over, over),
        (Fail(Protocol), over, over),
        (Fail(Redirect), over, over),
        (Fail(Credential), over, over),
        (Respond("200"), over, over),
        (Respond("403"), over, over),
        (Respond("408"), retried, in_doubt),
        (Respond("429"), retried, retried),
        (Respond("500"), over, over),
        (Respond("500; retry-after: 1"), over, over),
        (Respond("501"), over, over),
        (Respond("502"), retried, in_doubt),
        (Respond("503"), retried, in_doubt),
        (Respond("503; retry-after: 1"), retried, retried),
        (Respond("504; retry-after: 1"), retried, in_doubt),
        (Respond("520"), over, over),
    ] {
        for (method, expected) in
            [("GET", read), ("HEAD", read), ("OPTIONS", read), ("POST", write), ("DELETE", write)]
        {
            let method: Method = method.parse().unwrap();
            let request = request(method.clone(), "http://x/", Body::empty());
            let what = match &turn {
                Respond(head) => head,
                Fail(kind) => &*format!("{kind:?}"),
                _ => "cut",
            };
            assert_eq!(attempts(turn.clone(), request).await, expected, "{method} {what}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn request_extension_overrides_idempotency() {
    let mark = |mut request: Request<Body>, mark: Retryable| {
        request.extensions_mut().insert(mark);
        request
    };
    assert_eq!(attempts(Fail(Closed), mark(post("http://x/"), Retryable::Idempotent)).await.0, 4);
    assert_eq!(attempts(Fail(Connect), mark(get("http://x/"), Retryable::Never)).await.0, 1);
    // What the last attempt says of itself is not all there is to say.
    for (last, expected) in [(Fail(Connect), 4), (Respond("404"), 2), (Respond("200"), 2)] {
        for (request, in_doubt) in [(get("http://x/"), false), (post("http://x/"), true)] {
            let clock = Paused::new();
            let script = Script::new(&clock, [Respond("504"), last.clone()]);
            let outcome = Retry::new(script, clock).send(mark(request, Retryable::Idempotent)).await;
            let attempts = said(&outcome).unwrap();
            assert_eq!((attempts.made, attempts.in_doubt), (expected, in_doubt));
            assert!(outcome.is_ok() || outcome.is_err_and(|error| error.may_have_been_sent() == in_doubt));
        }
    }
    // WordPress takes the method from these.
    for hidden in ["_method=DELETE", "%5Fmethod=DELETE", "_metho%64=PUT"] {
        assert_eq!(attempts(Fail(Closed), get(&format!("http://x/?a=1&{hidden}"))).await.0, 1, "{hidden}");
    }
    let mut hidden = get("http://x/");
    hidden.headers_mut().insert("x-http-method-override", "PUT".parse().unwrap());
    assert_eq!(attempts(Fail(Closed), hidden).await.0, 1);
}

#[tokio::test(start_paused = true)]
async fn one_shot_body_is_not_retried() {
    let stream = request(Method::POST, "http://x/", Body::stream(Full::new("{}".into()), 2));
    let expected = Attempts::new(1, Some(GiveUpReason::BodyConsumed));
    assert_eq!(attempts(Fail(Connect), stream).await, (1, Some(expected)));
}

#[tokio::test(start_paused = true)]
async fn backoff_doubles_and_attempt_number_is_passed() {
    let clock = Paused::new();
    let script = Script::new(&clock, [Fail(Connect), Fail(Closed), Respond("502"), Respond("200")]);
    let outcome = Retry::new(script.clone(), clock).send(get("http://x/")).await;
    assert_eq!(said(&outcome), Some(Attempts::new(4, None)));
    assert_eq!(script.last().extensions().get(), Some(&Attempt(4)));
    let times = script.times();
    for (waited, due) in times.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).zip([500, 1000, 2000]) {
        let (least, most) = (Duration::from_millis(due / 2), Duration::from_millis(due + 2));
        assert!((least..=most).contains(&waited), "{waited:?} {due}");
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_honoured_up_to_a_maximum() {
    for (head, least) in [("429; retry-after: 7", 7), ("503; retry-after: Sun, 06 Nov 1994 08:49:57 GMT", 20)]
    {
        let clock = Paused::new();
        let script = Script::new(&clock, [Respond(head), Respond("200")]);
        let response = Retry::new(script.clone(), clock).send(post("http://x/")).await.unwrap();
        assert_eq!(response.status(), 200);
        let waited = script.times()[1];
        assert!(
            waited >= Duration::from_secs(least) && waited < Duration::from_secs(least + 1),
            "{waited:?}"
        );
    }
    // As WordPress does in maintenance.
    let long = Attempts::new(1, Some(GiveUpReason::RetryAfter(Duration::from_secs(600))));
    assert_eq!(attempts(Respond("503; retry-after: 600"), get("http://x/")).await, (1, Some(long)));
}

#[tokio::test(start_paused = true)]
async fn max_retry_after_is_inclusive() {
    let secs = Duration::from_secs;
    for (asked, longest, waited) in
        [(60, 60, true), (61, 60, false), (7, 7, true), (8, 7, false), (0, 0, true)]
    {
        for head in ["429; retry-after: ", "503; retry-after: "] {
            let head: &'static str = format!("{head}{asked}").leak();
            let clock = Paused::new();
            let script = Script::new(&clock, [Respond(head), Respond("200")]);
            let policy = RetryPolicy::default().max_retry_after(secs(longest));
            let outcome = Retry::new(script.clone(), clock).policy(policy).send(post("http://x/")).await;
            let stopped = Attempts::new(1, Some(GiveUpReason::RetryAfter(secs(asked))));
            let expected = if waited { Attempts::new(2, None) } else { stopped };
            assert_eq!(said(&outcome), Some(expected), "{head}, {longest} at most");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn last_attempt_starts_before_the_deadline() {
    // Without a random part, at 0 s, 5 s, 10 s.
    for (deadline, made) in [(4999, 1), (5000, 1), (5001, 2), (9999, 2), (10_000, 2), (10_001, 3)] {
        let clock = Paused::new();
        let script = Script::new(&clock, [Respond("429; retry-after: 5")]);
        let policy = RetryPolicy::default().backoff(Duration::ZERO, Duration::ZERO);
        let policy = policy.deadline(Duration::from_millis(deadline));
        let outcome = Retry::new(script.clone(), clock).policy(policy).send(get("http://x/")).await;
        assert_eq!(said(&outcome), Some(Attempts::new(made, Some(GiveUpReason::Deadline))), "{deadline}");
        let times: Vec<_> = script.times().iter().map(Duration::as_millis).collect();
        assert_eq!(times, [0, 5000, 10_000][..times.len()]);
    }
    // That of the request itself, which also ends what is under way then.
    for (own, made) in [(5000, 1), (5001, 2)] {
        let clock = Paused::new();
        let script = Script::new(&clock, [Respond("429; retry-after: 5"), Hang]);
        let policy = RetryPolicy::default().backoff(Duration::ZERO, Duration::ZERO);
        let mut request = get("http://x/");
        request.extensions_mut().insert(Timeout(Duration::from_millis(own)));
        let outcome = Retry::new(script, clock.clone()).policy(policy).send(request).await;
        assert_eq!(said(&outcome).unwrap().made, made);
        assert_eq!(clock.passed().as_millis(), if made == 1 { 0 } else { 5001 });
    }
}

#[tokio::test(start_paused = true)]
async fn all_attempts_end_by_the_deadline() {
    let clock = Paused::new();
    let script = Script::new(&clock, [Respond("429; retry-after: 4")]);
    let policy = RetryPolicy::default().deadline(Duration::from_secs(10));
    let outcome = Retry::new(script.clone(), clock.clone()).policy(policy).send(get("http://x/")).await;
    assert_eq!(said(&outcome), Some(Attempts::new(3, Some(GiveUpReason::Deadline))));
    assert!(script.count() == 3 && clock.passed() < Duration::from_secs(10), "{:?}", clock.passed());
    // What is under way has its own time.
    let hangs = Retry::new(Script::new(&clock, [Hang]), clock);
    let slow = tokio::time::timeout(Duration::from_secs(3600), hangs.send(post("http://x/")));
    assert!(slow.await.is_err());

    let clock = Paused::new();
    let mut own = post("http://x/");
    own.extensions_mut().insert(Timeout(Duration::from_secs(3)));
    let error = Retry::new(Script::new(&clock, [Hang]), clock.clone()).send(own).await.unwrap_err();
    assert_eq!(clock.passed().as_secs(), 3);
    assert!(error.may_have_been_sent());
    assert_eq!(
        error.to_string(),
        "the response did not come in time: the limit for all attempts was 3s (1 attempt, the deadline for all attempts has passed)"
    );
}

#[tokio::test(start_paused = true)]
async fn streamed_response_is_not_buffered_by_retry() {
    let clock = Paused::new();
    let script = Script::new(&clock, [Cut]);
    let mut request = get("http://x/");
    request.extensions_mut().insert(Streamed);
    let response = Retry::new(script.clone(), clock).send(request).await.unwrap();
    assert_eq!(response.into_body().collect(9).await.unwrap_err().kind(), Closed);
    assert_eq!(script.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn retry_policy_never_and_attempts() {
    for (policy, made) in [
        (RetryPolicy::never(), 1),
        (RetryPolicy::default().attempts(0), 1),
        (RetryPolicy::default().attempts(7), 7),
    ] {
        let clock = Paused::new();
        let script = Script::new(&clock, [Fail(Connect)]);
        Retry::new(script.clone(), clock).policy(policy).send(get("http://x/")).await.unwrap_err();
        assert_eq!(script.count(), made);
    }
}

/// A server that responds 503 until it works.
fn failing(works: &Arc<AtomicBool>) -> Server {
    let works = Arc::clone(works);
    Server::start(move |mut conn| {
        while conn.request().is_some() {
            let status = if works.load(SeqCst) { "200 OK" } else { "503 Service Unavailable" };
            conn.send(response(status, "[]"));
        }
    })
    .unwrap()
}

/// Counts requests, whatever the time that they take.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retry_budget_is_shared_by_all_requests_to_a_host() {
    let exhausted = Some(GiveUpReason::BudgetExhausted);
    for (name, transport) in transports() {
        let works = Arc::new(AtomicBool::new(false));
        let (site, other) = (failing(&works), failing(&Arc::default()));
        let policy = RetryPolicy::default().backoff(Duration::ZERO, Duration::ZERO);
        let stack = Stack::new(transport, Arc::new(TokioClock))
            .retry(policy)
            .limits(Limits::default().concurrency(100));
        let send = async |stack: &Stack<_>, server: &Server| {
            let before = server.arrivals().len();
            let outcome = soon(stack.send(get(&format!("{}/", server.url())))).await;
            (server.arrivals().len() - before, said(&outcome).and_then(|attempts| attempts.gave_up))
        };
        // Each by a clone of its own.
        let url = format!("{}/", site.url());
        let requests = (0..100).map(|_| {
            let (stack, request) = (stack.clone(), get(&url));
            async move { said(&stack.send(request).await).unwrap() }
        });
        let ends = soon(join_all(requests)).await;
        assert_eq!(site.arrivals().len(), 100 + 500 / 5, "{name}");
        let made: u32 = ends.iter().map(|attempts| attempts.made).sum();
        assert_eq!(made, 200, "{name}");
        let ended = |why| ends.iter().filter(|attempts| attempts.gave_up == Some(why)).count();
        let [count, budget] = [GiveUpReason::Count, GiveUpReason::BudgetExhausted].map(ended);
        assert!(count + budget == 100 && budget >= 67, "{name}: {count} {budget}");
        assert_eq!(send(&stack, &site).await, (1, exhausted), "{name}");
        // The budget belongs to the host, and can be switched off.
        assert_eq!(send(&stack, &other).await, (4, Some(GiveUpReason::Count)), "{name}");
        let unlimited = stack.clone().retry(policy.budget(None));
        assert_eq!(send(&unlimited, &site).await, (4, Some(GiveUpReason::Count)), "{name}");
        for successes in [4, 1] {
            assert_eq!(send(&stack, &site).await, (1, exhausted), "{name}");
            works.store(true, SeqCst);
            for _ in 0..successes {
                assert_eq!(send(&stack, &site).await, (1, None), "{name}");
            }
            works.store(false, SeqCst);
        }
        assert_eq!(send(&stack, &site).await, (2, exhausted), "{name}: five successes are a retry");
    }
}

/// Sends requests one after the other with this budget, and gives how often each was sent.
async fn sent_with(budget: u32, turns: impl IntoIterator<Item = Turn>, requests: usize) -> Vec<usize> {
    let clock = Paused::new();
    let script = Script::new(&clock, turns);
    let policy = RetryPolicy::default().attempts(5).budget(Some(budget));
    let retry = Retry::new(script.clone(), clock).policy(policy);
    let mut sent = Vec::new();
    for _ in 0..requests {
        let before = script.count();
        let _ = retry.send(get("http://x/")).await;
        sent.push(script.count() - before);
    }
    sent
}

#[tokio::test(start_paused = true)]
async fn retry_budget_follows_the_costs() {
    let timeout = || Fail(wp_http::TransportErrorKind::Timeout);
    let (busy, asks, ok) = (|| Respond("503"), || Respond("429; retry-after: 1"), || Respond("200"));
    for (budget, turns, sent) in [
        // 5 for a retry, also for one that the server asks for, and 10 after a timeout.
        (0, vec![busy()], vec![1, 1]),
        (4, vec![busy()], vec![1, 1]),
        (10, vec![busy()], vec![3, 1]),
        (10, vec![asks()], vec![3, 1]),
        (10, vec![Fail(Connect)], vec![3, 1]),
        (19, vec![timeout()], vec![2, 1]),
        (20, vec![timeout()], vec![3, 1]),
        // A retry that succeeds gives back its own cost, and not that of those before it.
        (5, vec![busy(), ok(), busy(), ok(), busy()], vec![2, 2, 2]),
        (10, vec![timeout(), ok(), timeout(), ok(), timeout()], vec![2, 2, 2]),
        (10, vec![busy(), busy(), ok(), busy()], vec![3, 2, 1]),
        // A first attempt gives back 1 if it shows that the host works, and never more than was taken.
        (5, vec![busy(), busy(), ok(), ok(), ok(), ok(), busy()], vec![2, 1, 1, 1, 1, 1]),
        (5, vec![busy(), busy(), ok(), ok(), ok(), ok(), ok(), busy()], vec![2, 1, 1, 1, 1, 1, 2]),
        (
            5,
            [busy(), busy()].into_iter().chain((0..5).map(|_| Respond("404"))).chain([busy()]).collect(),
            vec![2, 1, 1, 1, 1, 1, 2],
        ),
        (
            5,
            [busy(), busy()].into_iter().chain((0..5).map(|_| Respond("500"))).chain([busy()]).collect(),
            vec![2, 1, 1, 1, 1, 1, 1],
        ),
        (5, (0..9).map(|_| ok()).chain([busy()]).collect(), vec![1, 1, 1, 1, 1, 1, 1, 1, 1, 2]),
    ] {
        let what = turns.len();
        assert_eq!(sent_with(budget, turns, sent.len()).await, sent, "{budget} for {what} turns");
    }
}

#[tokio::test(start_paused = true)]
async fn retry_cancelled_before_it_is_sent_costs_nothing() {
    let clock = Paused::new();
    let script = Script::new(&clock, [Respond("503")]);
    let retry = Retry::new(script.clone(), clock).policy(RetryPolicy::default().budget(Some(5)));
    for sent in 1..=9 {
        assert!(retry.send(get("http://x/")).now_or_never().is_none(), "it waits");
        assert_eq!(script.count(), sent);
    }
    let outcome = retry.send(get("http://x/")).await;
    assert_eq!(said(&outcome), Some(Attempts::new(2, Some(GiveUpReason::BudgetExhausted))));
}
