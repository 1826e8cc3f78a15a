//! Requests in the queue of a host, and tokens: a request that waits for a token holds no permit.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wp_client::wp_auth::{AuthError, AuthErrorKind, Credential, Token, TokenRequest};
use wp_client::wp_core::{Admission, ApiError, SharedLimit, Site};
use wp_client::{Client, Clock, Identity, TokenProvider, Transport, TransportError, async_trait};
use wp_http::Limits;
use wp_http::conformance::{ManualClock, Server, response};

use crate::{ends, transports};

/// Gets its token from a route of the site, through the client whose provider it is.
#[derive(Debug, Clone, Default)]
struct Vault(Arc<OnceLock<Client>>);

#[async_trait]
impl TokenProvider for Vault {
    async fn obtain(&self, _: &Site, _: TokenRequest<'_>) -> Result<Token, AuthError> {
        let wp = self.0.get().unwrap();
        let error = |error: wp_client::Error| AuthError::new(AuthErrorKind::Unreachable, error.to_string());
        let number = wp.get("/vault/v1/token").anonymous().await.map_err(error)?;
        Ok(Token::permanent(Credential::bearer(&format!("token-{number}").into())?))
    }

    fn classify(&self, error: &ApiError) -> Option<AuthErrorKind> {
        (error.code() == "token_revoked").then_some(AuthErrorKind::Expired)
    }
}

/// A site that counts its tokens, and refuses the first `revoked` of them.
fn site(revoked: &Arc<AtomicUsize>) -> Server {
    let (tokens, revoked) = (AtomicUsize::new(0), Arc::clone(revoked));
    Server::start(move |mut conn| {
        while let Some(request) = conn.request() {
            let request = String::from_utf8_lossy(&request).into_owned();
            let json = "content-type: application/json";
            let number = request.split_once("Bearer token-").map(|(_, rest)| rest.lines().next().unwrap());
            conn.send(match number.map(|number| number.parse::<usize>().unwrap()) {
                None => response(&format!("200 OK\r\n{json}"), tokens.fetch_add(1, SeqCst).to_string()),
                Some(number) if number < revoked.load(SeqCst) => {
                    let refused = r#"{"code":"token_revoked","message":"","data":{"status":401}}"#;
                    response(&format!("401 Unauthorized\r\n{json}"), refused)
                }
                Some(_) => response(&format!("200 OK\r\n{json}"), "[]"),
            });
        }
    })
    .unwrap()
}

/// A limit of one request at a time that several processes could share.
#[derive(Debug)]
struct OneAtATime(Arc<Semaphore>);

struct Held(#[expect(dead_code, reason = "held")] OwnedSemaphorePermit);

#[async_trait]
impl SharedLimit for OneAtATime {
    async fn admit(&self, _: &str, _: &dyn Clock) -> Result<Arc<dyn Admission>, TransportError> {
        Ok(Arc::new(Held(Arc::clone(&self.0).acquire_owned().await.unwrap())))
    }

    fn renewal(&self) -> Duration {
        Duration::from_secs(1)
    }
}

#[async_trait]
impl Admission for Held {
    async fn renew(&self) {}

    fn pause(&self, _: Duration) {}
}

/// A client that sends one request at a time, and whose clock stands still: whatever waits for its turn in vain hangs.
fn client(site: &Server, transport: Arc<dyn Transport>) -> Client {
    limited_client(site, transport, false)
}

/// The limit is that of the client, or a shared one.
fn limited_client(site: &Server, transport: Arc<dyn Transport>, is_shared: bool) -> Client {
    let vault = Vault::default();
    let builder = Client::builder(site.url())
        .transport(transport)
        .clock(ManualClock::new())
        .auth(Identity::new(vault.clone()));
    let builder = if is_shared {
        builder.shared_limit(OneAtATime(Arc::new(Semaphore::new(1))))
    } else {
        builder.limits(Limits::default().concurrency(1))
    };
    let wp = builder.build().unwrap();
    vault.0.set(wp.clone()).unwrap();
    wp
}

#[tokio::test]
async fn provider_can_send_requests_with_the_same_client() {
    for (name, transport) in transports() {
        for is_shared in [false, true] {
            let site = site(&Arc::default());
            let wp = limited_client(&site, Arc::clone(&transport), is_shared);
            for outcome in ends(join_all((0..9).map(|_| wp.get("/wp/v2/posts").into_future()))).await {
                outcome.unwrap_or_else(|error| panic!("{name}: {error}"));
            }
            assert_eq!(site.arrivals().len(), 10, "{name}");
        }
    }
}

#[tokio::test]
async fn queued_requests_do_not_carry_a_refused_token() {
    for (name, transport) in transports() {
        let revoked = Arc::default();
        let site = site(&revoked);
        let wp = client(&site, transport);
        wp.get("/wp/v2/posts").await.unwrap();
        revoked.store(1, SeqCst);
        for outcome in ends(join_all((0..9).map(|_| wp.get("/wp/v2/posts").into_future()))).await {
            outcome.unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        let arrivals = site.arrivals();
        let carried = |token: &str| arrivals.iter().filter(|request| request.contains(token)).count();
        assert_eq!(["token-0", "token-1"].map(carried), [1 + 1, 9], "{name}: {arrivals:?}");
    }
}
