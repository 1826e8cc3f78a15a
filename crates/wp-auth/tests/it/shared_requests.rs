//! A token request that is no longer driven does not block other tasks, nor tasks that have a valid token.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Waker};
use std::time::{Duration, SystemTime};

use tokio::sync::Semaphore;
use wp_auth::{AuthError, AuthErrorKind, Credential, Identity, Token, TokenProvider, TokenRequest};
use wp_core::{Clock, Site, async_trait};

use crate::site::{TestClock, settle, site, text};

/// Numbered tokens of 100 s, each for one permit; never more than one request at a time.
#[derive(Debug, Clone)]
struct Gated {
    permits: Arc<Semaphore>,
    calls: Arc<AtomicUsize>,
    inside: Arc<AtomicUsize>,
    most_inside: Arc<AtomicUsize>,
}

impl Gated {
    fn new(permits: usize) -> Self {
        let permits = Arc::new(Semaphore::new(permits));
        Self { permits, calls: Arc::default(), inside: Arc::default(), most_inside: Arc::default() }
    }

    fn calls(&self) -> usize {
        self.calls.load(SeqCst)
    }
}

struct Inside(Arc<AtomicUsize>);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

#[async_trait]
impl TokenProvider for Gated {
    async fn obtain(&self, site: &Site, _: TokenRequest<'_>) -> Result<Token, AuthError> {
        let asked = site.clock().now();
        let call = self.calls.fetch_add(1, SeqCst) + 1;
        self.most_inside.fetch_max(self.inside.fetch_add(1, SeqCst) + 1, SeqCst);
        let _inside = Inside(Arc::clone(&self.inside));
        self.permits.acquire().await.unwrap().forget();
        let secret = format!("token-{call}");
        let token = Token::permanent(Credential::bearer(&secret.clone().into())?).with_secret(secret.into());
        Ok(token.expires_after(asked, Duration::from_secs(100)))
    }
}

#[tokio::test]
async fn unpolled_waiter_does_not_block_others() {
    let (site, _, _) = site(|_, _| (500, String::new()));
    let provider = Gated::new(0);
    let identity = Identity::new(provider.clone());
    // The one that began it is kept, and rests.
    let mut rests: Pin<Box<dyn Future<Output = _>>> = Box::pin(identity.token(&site));
    assert!(rests.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    provider.permits.add_permits(1);
    assert_eq!(text(&identity.token(&site).await.unwrap()), "token-1");
    assert_eq!(provider.calls(), 1);
    drop(rests);
}

/// A clock whose sleeps never end where they began while its runtime rested.
#[derive(Debug)]
struct RestingClock {
    clock: Arc<TestClock>,
    rests: AtomicBool,
}

#[async_trait]
impl Clock for RestingClock {
    fn now(&self) -> SystemTime {
        self.clock.now()
    }

    async fn sleep(&self, duration: Duration) {
        if self.rests.load(SeqCst) {
            std::future::pending::<()>().await;
        }
        self.clock.sleep(duration).await;
    }
}

#[tokio::test]
async fn token_request_of_an_idle_runtime_is_restarted() {
    let (site, clock, _) = site(|_, _| (500, String::new()));
    let resting = Arc::new(RestingClock { clock: Arc::clone(&clock), rests: AtomicBool::new(true) });
    let site = Site::new(site.root().clone(), Arc::clone(site.transport()), Arc::clone(&resting) as _);
    let provider = Gated::new(0);
    let identity = Identity::new(provider.clone());
    let task = tokio::spawn({
        let (identity, site) = (identity.clone(), site.clone());
        async move { identity.token(&site).await.map(drop) }
    });
    settle().await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    resting.rests.store(false, SeqCst);

    let task = tokio::spawn(async move { identity.token(&site).await.map(|token| text(&token).to_owned()) });
    settle().await;
    assert_eq!(provider.calls(), 1, "it may still come to something");
    clock.advance(3);
    settle().await;
    assert_eq!(provider.calls(), 2);
    provider.permits.add_permits(2);
    assert_eq!(task.await.unwrap().unwrap(), "token-2");
}

#[tokio::test]
async fn valid_token_waits_at_most_a_second_for_a_hanging_renewal() {
    let (site, clock, _) = site(|_, _| (500, String::new()));
    let provider = Gated::new(1);
    let identity = Identity::new(provider.clone());
    identity.token(&site).await.unwrap();
    clock.advance(90);
    let mut waited = 0;
    for _ in 0..7 {
        let task = tokio::spawn({
            let (identity, site) = (identity.clone(), site.clone());
            async move { identity.token(&site).await.map(|token| text(&token).to_owned()) }
        });
        settle().await;
        while !task.is_finished() {
            clock.advance(1);
            waited += 1;
            settle().await;
        }
        assert_eq!(task.await.unwrap().unwrap(), "token-1");
    }
    assert_eq!((waited, provider.calls()), (1, 2));
    // What came of it meanwhile is found.
    provider.permits.add_permits(1);
    assert_eq!(text(&identity.token(&site).await.unwrap()), "token-2");
}

#[tokio::test]
async fn token_that_expired_before_it_was_read_is_not_returned() {
    let (site, clock, _) = site(|_, _| (500, String::new()));
    let provider = Gated::new(0);
    let identity = Identity::new(provider.clone());
    let mut first: Pin<Box<dyn Future<Output = _>>> = Box::pin(identity.token(&site));
    assert!(first.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(first);
    provider.permits.add_permits(2);
    clock.advance(100);
    assert_eq!(text(&identity.token(&site).await.unwrap()), "token-2");
}

#[tokio::test]
async fn thousand_random_cancellations_keep_one_request_and_block_no_task() {
    let mut random = fastrand::Rng::with_seed(11);
    let (site, clock, _) = site(|_, _| (500, String::new()));
    let provider = Gated::new(0);
    let identity = Identity::new(provider.clone());
    let (mut cancelled, mut rounds) = (0, 0);
    let mut waiting = Vec::new();
    while cancelled < 1_000 {
        rounds += 1;
        assert!(rounds < 20_000, "only {cancelled} were waiting when they were cancelled");
        for _ in 0..random.usize(1..8) {
            let (identity, site) = (identity.clone(), site.clone());
            waiting.push(tokio::spawn(async move { identity.token(&site).await.map(drop) }));
        }
        waiting.retain(|task: &tokio::task::JoinHandle<Result<(), AuthError>>| !task.is_finished());
        for _ in 0..random.usize(0..20) {
            tokio::task::yield_now().await;
        }
        for _ in 0..random.usize(0..6).min(waiting.len()) {
            let task = waiting.swap_remove(random.usize(..waiting.len()));
            task.abort();
            cancelled += usize::from(task.await.is_err_and(|error| error.is_cancelled()));
        }
        match random.u8(0..10) {
            0 => provider.permits.add_permits(1),
            1 => clock.advance(random.u64(0..4)),
            _ => {}
        }
        if identity.fresh(&site).is_some() {
            identity.sign_out(&site).await.unwrap();
        }
    }
    provider.permits.add_permits(1_000);
    for task in waiting {
        task.await.unwrap().unwrap();
    }
    assert_eq!(provider.most_inside.load(SeqCst), 1, "two requests at a time");
}

#[tokio::test]
async fn executor_finishes_an_abandoned_token_request() {
    for signs_in in [false, true] {
        let (site, _, _) = site(|_, _| (500, String::new()));
        let provider = Gated::new(0);
        let builder = Identity::builder(provider.clone());
        let identity = builder.spawn_with(|request| _ = tokio::spawn(request)).build();
        let mut asking: Pin<Box<dyn Future<Output = _>>> =
            if signs_in { Box::pin(identity.sign_in(&site)) } else { Box::pin(identity.token(&site)) };
        assert!(asking.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(asking);
        settle().await;
        assert_eq!((provider.calls(), provider.inside.load(SeqCst)), (1, 1));
        provider.permits.add_permits(1);
        settle().await;
        assert_eq!(provider.inside.load(SeqCst), 0, "no task waits for it");
        assert_eq!(text(&identity.token(&site).await.unwrap()), "token-1");
    }
}

/// Asks with an identity while it obtains.
#[derive(Debug, Clone, Default)]
struct AsksWith(Arc<OnceLock<Identity>>);

#[async_trait]
impl TokenProvider for AsksWith {
    async fn obtain(&self, site: &Site, _: TokenRequest<'_>) -> Result<Token, AuthError> {
        let asked = self.0.get().unwrap().token(site);
        let (asked, ()) = futures_util::future::join(asked, tokio::task::yield_now()).await;
        asked.map(|token| (*token).clone())
    }
}

#[tokio::test]
async fn provider_that_requests_its_own_token_gets_an_error() {
    let (site, _, _) = site(|_, _| (500, String::new()));
    let provider = AsksWith::default();
    let identity = Identity::new(provider.clone());
    provider.0.set(identity.clone()).unwrap();
    let error = identity.token(&site).await.unwrap_err();
    assert_eq!(error.kind(), AuthErrorKind::Invalid, "{error}");
    assert!(error.to_string().contains("its own token"), "{error}");

    // Round a corner, too.
    let (one, other) = (AsksWith::default(), AsksWith::default());
    let (first, second) = (Identity::new(one.clone()), Identity::new(other.clone()));
    one.0.set(second).unwrap();
    other.0.set(first.clone()).unwrap();
    assert_eq!(first.token(&site).await.unwrap_err().kind(), AuthErrorKind::Invalid);

    // Another identity is not an error.
    let provider = AsksWith::default();
    provider.0.set(Identity::new(Gated::new(1))).unwrap();
    assert_eq!(text(&Identity::new(provider).token(&site).await.unwrap()), "token-1");
}

/// The first call blocks its thread until it is let through.
#[derive(Debug, Clone, Default)]
struct Blocks(Arc<std::sync::Mutex<()>>, Arc<AtomicUsize>);

#[async_trait]
impl TokenProvider for Blocks {
    async fn obtain(&self, _: &Site, _: TokenRequest<'_>) -> Result<Token, AuthError> {
        let call = self.1.fetch_add(1, SeqCst) + 1;
        if call == 1 {
            drop(self.0.lock().unwrap());
        }
        let secret = format!("token-{call}");
        Ok(Token::permanent(Credential::bearer(&secret.clone().into())?).with_secret(secret.into()))
    }
}

#[tokio::test]
#[allow(clippy::await_holding_lock)] // that is what blocks the provider
async fn blocking_provider_is_not_called_again_for_two_minutes() {
    for (looks, calls) in [(39, 1), (40, 2)] {
        let (site, clock, _) = site(|_, _| (500, String::new()));
        let provider = Blocks::default();
        let identity = Identity::new(provider.clone());
        let blocks = provider.0.lock().unwrap();
        let thread = std::thread::spawn({
            let (identity, site) = (identity.clone(), site.clone());
            move || futures_util::FutureExt::now_or_never(identity.token(&site)).map(|token| token.is_ok())
        });
        while provider.1.load(SeqCst) == 0 {
            std::thread::yield_now();
        }
        let task =
            tokio::spawn(async move { identity.token(&site).await.map(|token| text(&token).to_owned()) });
        for _ in 0..looks {
            settle().await;
            clock.advance(3);
        }
        settle().await;
        assert_eq!(provider.1.load(SeqCst), calls, "a user types a password");
        drop(blocks);
        assert_eq!(thread.join().unwrap(), Some(true));
        assert_eq!(task.await.unwrap().unwrap(), format!("token-{calls}"));
    }
}
