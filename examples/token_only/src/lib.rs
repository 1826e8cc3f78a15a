//! Keeps a token fresh for a program with its own HTTP client and without tokio: `ureq` sends the requests,
//! `async-io` provides the clock, `wp-core` and `wp-auth` do the rest.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_io::Timer;
use http::{Request, Response};
use wp_auth::{Identity, JwtAuth};
use wp_core::models::User;
use wp_core::response::read;
use wp_core::{ApiRoot, Body, Clock, Site, Transport, TransportError, TransportErrorKind, async_trait};

/// The program's own HTTP client. It blocks, which is acceptable in a single-threaded program.
struct Ureq(ureq::Agent);

#[async_trait]
impl Transport for Ureq {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let (head, body) = request.into_parts();
        let body = body.collect(u64::MAX).await?;
        let exchange = || -> Result<_, ureq::Error> {
            let (head, mut body) = self.0.run(Request::from_parts(head, &body[..]))?.into_parts();
            Ok(Response::from_parts(head, Body::from(body.with_config().limit(u64::MAX).read_to_vec()?)))
        };
        exchange().map_err(|error| TransportError::new(TransportErrorKind::Other).caused_by(error))
    }
}

#[derive(Debug)]
struct AsyncIo;

#[async_trait]
impl Clock for AsyncIo {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    async fn sleep(&self, duration: Duration) {
        Timer::after(duration).await;
    }
}

/// Asks the site for the current user, `rounds` times with a pause of `pause`, each time with a fresh token.
/// Returns the user's name and the number of tokens that were used.
///
/// # Errors
/// The first error of a token request or a request to the site.
pub async fn run(
    url: &str,
    user: &str,
    password: &str,
    rounds: u32,
    pause: Duration,
) -> Result<(String, usize), Box<dyn Error>> {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    let site = Site::new(ApiRoot::of_site(url)?, Arc::new(Ureq(agent.clone())), Arc::new(AsyncIo));
    let identity = Identity::new(JwtAuth::new(user, password));
    let (mut name, mut tokens) = (String::new(), Vec::new());

    for round in 0..rounds {
        if round > 0 {
            Timer::after(pause).await;
        }
        // These two lines are what your own program needs.
        let token = identity.token(&site).await?;
        let mut request = Request::get(format!("{}wp/v2/users/me", site.root()));
        for (header, value) in token.credential().headers() {
            request = request.header(header, value);
        }

        let (head, mut body) = agent.run(request.body(())?)?.into_parts();
        let me: User = read(head.status, &head.headers, &body.read_to_vec()?.into())?.decode()?;
        name = me.name;
        if !tokens.iter().any(|known| Arc::ptr_eq(known, &token)) {
            tokens.push(token);
        }
    }
    Ok((name, tokens.len()))
}
