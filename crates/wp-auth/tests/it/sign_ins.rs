//! Explicit sign-ins concurrent with token requests, and sign-ins without a waiting task.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::Duration;

use serde_json::json;
use tokio::sync::Semaphore;
use wp_auth::{
    AuthError, AuthErrorKind, Credential, Identity, JwtAuth, Login, SimpleJwtLogin, Token, TokenProvider,
    TokenRequest,
};
use wp_core::{Site, async_trait};

use crate::site::{settle, site, text};

/// Numbered tokens of 100 s. Each takes a permit, unless the number is to fail.
#[derive(Debug, Clone)]
struct Numbered {
    permits: Arc<Semaphore>,
    fails: usize,
    /// Of each request, whether it was to sign in.
    signs_in: Arc<Mutex<Vec<bool>>>,
}

impl Numbered {
    fn failing(fails: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(0)), fails, signs_in: Arc::default() }
    }

    fn log(&self) -> Vec<bool> {
        self.signs_in.lock().unwrap().clone()
    }
}

#[async_trait]
impl TokenProvider for Numbered {
    async fn obtain(&self, site: &Site, request: TokenRequest<'_>) -> Result<Token, AuthError> {
        let asked = site.clock().now();
        let number = {
            let mut log = self.signs_in.lock().unwrap();
            log.push(request.signs_in());
            log.len()
        };
        self.permits.acquire().await.unwrap().forget();
        if number == self.fails {
            return Err(AuthError::new(AuthErrorKind::Unreachable, "no way"));
        }
        let secret = format!("token-{number}");
        let token = Token::permanent(Credential::bearer(&secret.clone().into())?).with_secret(secret.into());
        Ok(token.expires_after(asked, Duration::from_secs(100)))
    }
}

/// Begins what is given, and cancels it before it comes to anything.
fn begin_and_cancel<T>(request: impl Future<Output = T>) {
    let mut request: Pin<Box<_>> = Box::pin(request);
    assert!(request.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

#[tokio::test]
async fn sign_in_does_not_use_the_token_of_a_renewal() {
    let (site, _, _) = site(|_, _| (500, String::new()));
    let provider = Numbered::failing(0);
    let identity = Identity::new(provider.clone());
    let ask = |signs_in: bool| {
        let (identity, site) = (identity.clone(), site.clone());
        tokio::spawn(async move {
            let token = if signs_in { identity.sign_in(&site).await } else { identity.token(&site).await };
            token.map(|token| text(&token).to_owned())
        })
    };
    let (token, signed_in) = (ask(false), ask(true));
    settle().await;
    provider.permits.add_permits(2);
    assert_eq!(token.await.unwrap().unwrap(), "token-1");
    assert_eq!(signed_in.await.unwrap().unwrap(), "token-2");
    assert_eq!(provider.log(), [false, true]);
}

#[tokio::test]
async fn sign_in_that_failed_without_a_waiter_is_restarted() {
    let (site, _, _) = site(|_, _| (500, String::new()));
    let provider = Numbered::failing(1);
    let identity = Identity::new(provider.clone());
    begin_and_cancel(identity.sign_in(&site));
    provider.permits.add_permits(2);
    assert_eq!(text(&identity.sign_in(&site).await.unwrap()), "token-2");
    assert_eq!(provider.log(), [true, true]);
}

#[tokio::test]
async fn sign_in_whose_token_expired_before_it_was_read_is_restarted() {
    let (site, clock, _) = site(|_, _| (500, String::new()));
    let provider = Numbered::failing(0);
    let identity = Identity::new(provider.clone());
    begin_and_cancel(identity.sign_in(&site));
    provider.permits.add_permits(2);
    clock.advance(100);
    assert_eq!(text(&identity.sign_in(&site).await.unwrap()), "token-2");
}

#[tokio::test]
async fn login_from_is_called_once_per_sign_in() {
    let wrong = || {
        let error =
            json!({"code": "[jwt_auth] incorrect_password", "message": "No.", "data": {"status": 403}});
        (403, error.to_string())
    };
    let interim = || {
        let data = json!({"jwt": "e30.e30.c2ln", "two_factor_required": true});
        (200, json!({"success": true, "data": data}).to_string())
    };
    let login = || async { Some(Login::new("ana", "hunter2")) };
    for (kind, needs_code) in
        [(AuthErrorKind::WrongCredentials, false), (AuthErrorKind::SecondFactorRequired, true)]
    {
        let (site, _, requests) = site(move |_, _| if needs_code { interim() } else { wrong() });
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let ask = move || {
            counted.fetch_add(1, SeqCst);
            login()
        };
        let identity: Identity =
            if needs_code { SimpleJwtLogin::login_from(ask).into() } else { JwtAuth::login_from(ask).into() };
        for times in 1..=2 {
            assert_eq!(identity.token(&site).await.unwrap_err().kind(), kind);
            assert_eq!(asked.load(SeqCst), 2 * times - 1, "{kind:?}");
            assert_eq!(identity.sign_in(&site).await.unwrap_err().kind(), kind);
            assert_eq!(asked.load(SeqCst), 2 * times, "{kind:?}");
        }
        assert_eq!(requests.load(SeqCst), 1, "{kind:?}");
    }
}

#[tokio::test]
async fn sign_in_that_waited_for_a_request_gets_its_error() {
    let (site, _, requests) = site(|_, _| {
        let error =
            json!({"code": "[jwt_auth] incorrect_password", "message": "No.", "data": {"status": 403}});
        (403, error.to_string())
    });
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let identity = Identity::new(JwtAuth::login_from(move || {
        counted.fetch_add(1, SeqCst);
        async { Some(Login::new("ana", "hunter2")) }
    }));
    let (token, signed_in) = futures_util::future::join(identity.token(&site), identity.sign_in(&site)).await;
    for error in [token.unwrap_err(), signed_in.unwrap_err()] {
        assert_eq!(error.kind(), AuthErrorKind::WrongCredentials);
    }
    assert_eq!((asked.load(SeqCst), requests.load(SeqCst)), (1, 1));
}

#[tokio::test]
async fn sign_in_required_error_does_not_block_a_sign_in() {
    let (site, ..) = site(|_, _| (200, r#"{"token": "signed-in"}"#.to_owned()));
    let is_there = Arc::new(Mutex::new(false));
    let typed = Arc::clone(&is_there);
    let identity = Identity::new(JwtAuth::login_from(move || {
        let login = typed.lock().unwrap().then(|| Login::new("ana", "hunter2"));
        async { login }
    }));
    assert_eq!(identity.token(&site).await.unwrap_err().kind(), AuthErrorKind::SignInRequired);
    *is_there.lock().unwrap() = true;
    assert_eq!(identity.token(&site).await.unwrap_err().kind(), AuthErrorKind::SignInRequired);
    assert_eq!(text(&identity.sign_in(&site).await.unwrap()), "signed-in");
}
