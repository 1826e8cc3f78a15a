//! The client over a transport of one's own: here the blocking `ureq`, on threads.
//!
//! `cargo run --example own_transport`

use http::{Request, Response};
use wp_client::{Body, Client, JwtAuth, Transport, TransportError, TransportErrorKind as Kind, async_trait};
use wp_testkit::StandIn;

// The transport: these lines are all that it takes.
struct Ureq(ureq::Agent);

impl Ureq {
    fn new() -> Self {
        let config = ureq::Agent::config_builder();
        // An answer of any status is an answer, and redirects are followed above.
        Self(config.http_status_as_error(false).max_redirects(0).build().into())
    }
}

#[async_trait]
impl Transport for Ureq {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let agent = self.0.clone();
        let (head, body) = request.into_parts();
        let body = body.collect(u64::MAX).await?;
        let exchange = move || -> Result<_, ureq::Error> {
            let (head, mut body) = agent.run(Request::from_parts(head, &body[..]))?.into_parts();
            Ok(Response::from_parts(head, Body::from(body.with_config().limit(u64::MAX).read_to_vec()?)))
        };
        let joined = tokio::task::spawn_blocking(exchange).await;
        joined.map_err(|error| failed(Kind::Other, error))?.map_err(|error| match error {
            ureq::Error::ConnectionFailed => failed(Kind::Connect, error),
            ureq::Error::HostNotFound => failed(Kind::Resolve, error),
            ureq::Error::Timeout(_) => failed(Kind::Timeout, error),
            other => failed(Kind::Other, other),
        })
    }
}

fn failed(kind: Kind, source: impl std::error::Error + Send + Sync + 'static) -> TransportError {
    TransportError::new(kind).source(source)
}
// To here.

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let site = StandIn::start().await;
    let auth = JwtAuth::new("admin", "password");
    let wp = Client::builder(site.url()).auth(auth).transport(Ureq::new()).build()?;
    println!("Hello {}, over ureq", wp.users().me().await?.name);
    let page = wp.posts().list().per_page(3).await?;
    println!("{} of {} posts:", page.len(), page.totals.map_or(0, |totals| totals.items));
    for post in page {
        println!("- {}", post.title.rendered);
    }
    Ok(())
}
