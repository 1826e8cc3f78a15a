//! At most one token request at a time, even if the tasks that wait for it are cancelled.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use tokio::sync::Semaphore;
use wp_auth::{AuthError, AuthErrorKind, Credential, Identity, Token, TokenProvider, TokenRequest};
use wp_core::{ApiRoot, Site, async_trait};

use crate::site::{TestClock, site};

/// Hands out numbered tokens that live 100 s, each for one permit.
#[derive(Debug, Clone)]
struct Numbered {
    permits: Arc<Semaphore>,
    calls: Arc<AtomicUsize>,
    fails: Arc<AtomicBool>,
    panics: Arc<AtomicBool>,
    /// How many requests had a token to renew from.
    renewals: Arc<AtomicUsize>,
}

impl Numbered {
    fn new(permits: usize) -> Self {
        let permits = Arc::new(Semaphore::new(permits));
        Self {
            permits,
            calls: Arc::default(),
            fails: Arc::default(),
            panics: Arc::default(),
            renewals: Arc::default(),
        }
    }

    fn calls(&self) -> usize {
        self.calls.load(SeqCst)
    }
}

#[async_trait]
impl TokenProvider for Numbered {
    async fn obtain(&self, site: &Site, request: TokenRequest<'_>) -> Result<Token, AuthError> {
        let asked = site.clock().now();
        let call = self.calls.fetch_add(1, SeqCst) + 1;
        self.renewals.fetch_add(usize::from(request.previous().is_some()), SeqCst);
        assert!(!self.panics.load(SeqCst), "as asked");
        self.permits.acquire().await.unwrap().forget();
        if self.fails.load(SeqCst) {
            return Err(AuthError::new(AuthErrorKind::WrongCredentials, format!("failure {call}")));
        }
        let secret = format!("token-{call}");
        let token = Token::permanent(Credential::bearer(&secret.clone().into())?).with_secret(secret.into());
        Ok(token.expires_after(asked, Duration::from_secs(100)))
    }
}

fn setup(permits: usize) -> (Identity, Numbered, Site, Arc<TestClock>) {
    let provider = Numbered::new(permits);
    let (site, clock, _) = site(|_, _| (500, String::new()));
    (Identity::new(provider.clone()), provider, site, clock)
}

fn text(token: &Token) -> String {
    use wp_auth::ExposeSecret;
    token.secret().unwrap().expose_secret().to_owned()
}

/// Starts `count` tasks that ask for a token, and lets them get to where they wait.
async fn ask(
    identity: &Identity,
    site: &Site,
    count: usize,
) -> Vec<tokio::task::JoinHandle<Result<String, String>>> {
    let tasks = (0..count).map(|_| {
        let (identity, site) = (identity.clone(), site.clone());
        tokio::spawn(async move { identity.token(&site).await.map(|t| text(&t)).map_err(|e| e.to_string()) })
    });
    let tasks: Vec<_> = tasks.collect();
    for _ in 0..count + 10 {
        tokio::task::yield_now().await;
    }
    tasks
}

#[tokio::test]
async fn two_hundred_tasks_share_one_token_request() {
    let (identity, provider, site, _) = setup(0);
    let tasks = ask(&identity, &site, 200).await;
    provider.permits.add_permits(1);
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap(), "token-1");
    }
    assert_eq!(provider.calls(), 1);
    assert_eq!(text(&identity.fresh(&site).unwrap()), "token-1");
}

#[tokio::test]
async fn token_request_survives_cancellation_of_the_first_caller() {
    let (identity, provider, site, _) = setup(0);
    let tasks = ask(&identity, &site, 200).await;
    for task in &tasks[..100] {
        task.abort();
    }
    provider.permits.add_permits(1);
    for task in tasks.into_iter().skip(100) {
        assert_eq!(task.await.unwrap().unwrap(), "token-1");
    }
    assert_eq!(provider.calls(), 1);
}

#[tokio::test]
async fn abandoned_token_request_resumes_until_its_deadline_then_restarts() {
    for (wait, calls, token) in [(5, 1, "token-1"), (40, 1, "token-1"), (121, 2, "token-2")] {
        let (identity, provider, site, clock) = setup(0);
        for task in ask(&identity, &site, 3).await {
            task.abort();
            let _ = task.await;
        }
        clock.advance(wait);
        let next = ask(&identity, &site, 1).await.remove(0);
        // The old request failed when a task polled it; that failure is kept for a second and says nothing about a new one.
        clock.advance(1);
        let more = ask(&identity, &site, 5).await;
        provider.permits.add_permits(1);
        assert_eq!((&*next.await.unwrap().unwrap(), provider.calls()), (token, calls), "after {wait} s");
        for task in more {
            assert_eq!(task.await.unwrap().unwrap(), token);
        }
    }
}

#[tokio::test]
async fn token_request_driven_by_successive_tasks_is_not_restarted() {
    let (identity, provider, site, clock) = setup(0);
    for _ in 0..4 {
        let task = ask(&identity, &site, 1).await.remove(0);
        clock.advance(6);
        task.abort();
        let _ = task.await;
    }
    let last = ask(&identity, &site, 1).await.remove(0);
    provider.permits.add_permits(1);
    assert_eq!((&*last.await.unwrap().unwrap(), provider.calls()), ("token-1", 1));
}

#[tokio::test]
async fn clock_set_back_does_not_prolong_a_failure() {
    let (identity, provider, site, clock) = setup(9);
    provider.fails.store(true, SeqCst);
    identity.token(&site).await.unwrap_err();
    provider.fails.store(false, SeqCst);
    clock.set_back(3600);
    assert_eq!(text(&identity.token(&site).await.unwrap()), "token-2");
}

#[tokio::test]
async fn token_that_arrives_without_a_waiter_is_cached() {
    let (identity, provider, site, clock) = setup(0);
    for task in ask(&identity, &site, 1).await {
        task.abort();
        let _ = task.await;
    }
    provider.permits.add_permits(1); // the response has arrived, but no task polls for it
    clock.advance(11);
    assert_eq!(text(&identity.token(&site).await.unwrap()), "token-1");
    assert_eq!(provider.calls(), 1);
}

#[tokio::test]
async fn failure_is_shared_and_its_back_off_grows() {
    let (identity, provider, site, clock) = setup(0);
    provider.fails.store(true, SeqCst);
    let tasks = ask(&identity, &site, 200).await;
    provider.permits.add_permits(9);
    for task in tasks {
        assert!(task.await.unwrap().unwrap_err().ends_with("failure 1"));
    }
    // 15 s, then 30 s: no password is tried five times in a minute.
    for (after, calls) in [(14, 1), (1, 2), (29, 2), (1, 3)] {
        clock.advance(after);
        assert_eq!(identity.token(&site).await.unwrap_err().kind(), AuthErrorKind::WrongCredentials);
        assert_eq!(provider.calls(), calls);
    }
}

#[tokio::test]
async fn early_renewal_is_done_by_one_task_and_others_use_the_token() {
    let (identity, provider, site, clock) = setup(1);
    identity.token(&site).await.unwrap();
    clock.advance(90);
    assert!(identity.fresh(&site).is_none());
    let tasks = ask(&identity, &site, 50).await;
    assert_eq!(tasks.iter().filter(|task| task.is_finished()).count(), 49, "only one waits");
    provider.permits.add_permits(1);
    let mut tokens = Vec::new();
    for task in tasks {
        tokens.push(task.await.unwrap().unwrap());
    }
    assert_eq!(tokens.iter().filter(|token| *token == "token-2").count(), 1);
    assert_eq!(provider.calls(), 2);
}

#[tokio::test]
async fn failed_early_renewal_keeps_the_valid_token() {
    let (identity, provider, site, clock) = setup(1);
    identity.token(&site).await.unwrap();
    clock.advance(90);
    provider.panics.store(true, SeqCst);
    assert_eq!(text(&identity.token(&site).await.unwrap()), "token-1");
    assert_eq!(text(&identity.token(&site).await.unwrap()), "token-1");
    assert_eq!(provider.calls(), 2, "the failure is remembered");
    clock.advance(10);
    assert_eq!(identity.token(&site).await.unwrap_err().kind(), AuthErrorKind::Panicked);
}

#[tokio::test]
async fn provider_panic_is_an_error_for_all_waiters_and_the_next_attempt_works() {
    let (identity, provider, site, clock) = setup(1);
    provider.panics.store(true, SeqCst);
    for task in ask(&identity, &site, 5).await {
        assert!(task.await.unwrap().unwrap_err().contains("panicked"));
    }
    provider.panics.store(false, SeqCst);
    clock.advance(2);
    assert_eq!(text(&identity.token(&site).await.unwrap()), "token-2");
}

#[tokio::test]
async fn a_token_request_has_a_deadline() {
    let (identity, _provider, site, clock) = setup(0);
    let tasks = ask(&identity, &site, 2).await;
    clock.advance(121);
    for task in tasks {
        assert!(task.await.unwrap().unwrap_err().contains("no token within 120 s"));
    }
}

#[tokio::test]
async fn hundred_refusals_of_one_token_cause_one_renewal() {
    let (identity, provider, site, clock) = setup(9);
    let old = identity.token(&site).await.unwrap();
    clock.advance(61); // past its probation, still fresh
    for _ in 0..100 {
        assert!(identity.refused(&site, &old));
        assert_eq!(text(&identity.token(&site).await.unwrap()), "token-2");
    }
    assert_eq!(provider.calls(), 2);
    assert_eq!(provider.renewals.load(SeqCst), 1, "a refused token may still be what the next comes from");
}

#[tokio::test]
async fn a_new_token_that_is_refused_at_once_is_not_renewed_in_a_loop() {
    let (identity, provider, site, _) = setup(9);
    let token = identity.token(&site).await.unwrap();
    assert!(!identity.refused(&site, &token));
    assert_eq!(provider.calls(), 1);
}

#[tokio::test]
async fn credential_is_bound_to_one_site_and_not_sent_over_plain_http() {
    let (identity, provider, site, _) = setup(9);
    identity.token(&site).await.unwrap();
    for other in ["https://evil.example", "http://example.org"] {
        let root = ApiRoot::of_site(other).unwrap();
        let other = Site::new(root, Arc::clone(site.transport()), Arc::clone(site.clock()));
        assert!(identity.fresh(&other).is_none());
        assert_eq!(identity.token(&other).await.unwrap_err().kind(), AuthErrorKind::Invalid);
    }
    assert_eq!(provider.calls(), 1);
}
