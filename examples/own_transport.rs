//! The client over a custom transport: hyper without a pool, with one connection for each request.
//!
//! `cargo run --example own_transport`. With `-- --certify` it checks the rules that every transport must follow.

use std::error::Error;
use std::sync::Arc;

use http::{Request, Response, Uri};
use http_body_util::BodyExt;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};
use wp_client::wp_http::{TokioClock, check_framing, conformance::Suite};
use wp_client::{Body, Client, JwtAuth, Transport, TransportError, TransportErrorKind as Kind, async_trait};
use wp_testkit::StandIn;

// The whole transport begins here.
struct Own;

#[async_trait]
impl Transport for Own {
    async fn send(&self, mut request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let not_sent = |kind, why: &'static str| TransportError::new(kind).not_sent().detail(why);
        let length = request.body().len().ok_or_else(|| not_sent(Kind::RequestBody, "it has no length"))?;
        let authority = request.uri().authority().cloned();
        let authority = authority.filter(|_| request.uri().scheme_str() == Some("http"));
        let authority = authority.ok_or_else(|| not_sent(Kind::Other, "it speaks http, and nothing else"))?;
        let host = (authority.host(), authority.port_u16().unwrap_or(80));
        let addresses: Vec<_> =
            lookup_host(host).await.map_err(|error| failed(Kind::Resolve, error))?.collect();
        let stream = TcpStream::connect(&*addresses).await.map_err(|error| failed(Kind::Connect, error))?;
        let (mut sender, connection) = http1::Builder::new()
            .allow_obsolete_multiline_headers_in_responses(true)
            .allow_spaces_after_header_name_in_responses(true)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(exchanging)?;
        tokio::spawn(connection); // the task ends with the request or its response

        if length > 0 || !request.method().is_safe() || request.headers().contains_key("content-length") {
            request.headers_mut().insert("content-length", length.into());
        }
        let host = authority.as_str().parse().map_err(|_| not_sent(Kind::Other, "it is not a host"))?;
        request.headers_mut().entry("host").or_insert(host);
        *request.uri_mut() = request.uri().path_and_query().cloned().map_or_else(Uri::default, Uri::from);
        let response = sender.send_request(request).await.map_err(exchanging)?;
        check_framing(&response)?;
        Ok(response.map(|body| Body::received(body.map_err(exchanging))))
    }
}

fn failed(kind: Kind, source: impl Error + Send + Sync + 'static) -> TransportError {
    TransportError::new(kind).caused_by(source)
}

/// Maps an error that occurs after the connection was opened.
fn exchanging(error: hyper::Error) -> TransportError {
    let own = error.source().and_then(|source| source.downcast_ref::<TransportError>());
    failed(
        match own {
            Some(own) => own.kind(), // the error of the request's body
            None if error.is_parse() => Kind::Protocol,
            None if is_bad_chunk(&error) => Kind::Protocol,
            None => Kind::Closed,
        },
        error,
    )
}

fn is_bad_chunk(error: &hyper::Error) -> bool {
    let io = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
    io.is_some_and(|io| {
        matches!(io.kind(), std::io::ErrorKind::InvalidData | std::io::ErrorKind::InvalidInput)
    })
}
// The transport ends here.

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().any(|argument| argument == "--certify") {
        let suite = Suite::new(Own, Arc::new(TokioClock)).without("reuses a connection", "it keeps none");
        let report = suite.run().await;
        println!("{report}");
        return if report.is_conformant() { Ok(()) } else { Err("it breaks a rule".into()) };
    }
    let site = StandIn::start().await;
    let auth = JwtAuth::new("admin", "password");
    let wp = Client::builder(site.url()).auth(auth).transport(Own).build()?;
    println!("Hello {}, over a transport of our own", wp.users().me().await?.name);
    let page = wp.posts().list().per_page(3).await?;
    println!("{} of {} posts:", page.len(), page.totals.map_or(0, |totals| totals.items));
    for post in page {
        println!("- {}", post.title.rendered);
    }
    Ok(())
}
