//! Secrets are not sent over plain http to another machine.

use http::{HeaderValue, Request};
use wp_core::RequestError;
use wp_core::extensions::{PlainHttp, Secret};
use wp_http::conformance::{Server, response};
use wp_http::{Body, ExposureGuard, Transport, TransportErrorKind};

use crate::{get, post, soon, stacks, transports};

type Change = fn(&mut Request<Body>);

fn sensitive(request: &mut Request<Body>) {
    let mut value = HeaderValue::from_static("v");
    value.set_sensitive(true);
    request.headers_mut().insert("x-trace", value);
}

const SECRETS: [(&str, Change); 6] = [
    ("a sensitive value", sensitive),
    ("authorization", |it| _ = it.headers_mut().insert("authorization", HeaderValue::from_static("Basic x"))),
    ("proxy-authorization", |it| {
        it.headers_mut().insert("proxy-authorization", HeaderValue::from_static("Basic x"));
    }),
    ("cookie", |it| _ = it.headers_mut().insert("cookie", HeaderValue::from_static("a=b"))),
    ("a key by its name", |it| _ = it.headers_mut().insert("x-api-key", HeaderValue::from_static("k"))),
    ("a body", |it| _ = it.extensions_mut().insert(Secret)),
];

/// The server under an address that is not known to be this machine's.
fn exposed(server: &Server) -> String {
    server.url().replace("127.0.0.1", "0.0.0.0")
}

async fn is_refused(transport: &dyn Transport, request: Request<Body>) -> bool {
    let url = request.uri().to_string();
    match soon(transport.send(request)).await {
        Ok(_) => false,
        Err(error) => {
            assert_eq!((error.kind(), error.may_have_been_sent()), (TransportErrorKind::Credential, false));
            assert!(!error.is_transient());
            let source = std::error::Error::source(&error).unwrap().downcast_ref::<RequestError>().unwrap();
            let RequestError::Insecure { origin, .. } = source else { panic!("{source:?}") };
            assert!(url.starts_with(origin.as_str()), "{origin} {url}");
            true
        }
    }
}

#[tokio::test]
async fn stack_refuses_a_secret_before_a_byte_is_sent() {
    for (name, stack) in stacks() {
        let server = Server::responding(response("200 OK", "[]")).unwrap();
        for (what, plant) in SECRETS {
            for request in [get, post] {
                let mut planted = request(&exposed(&server));
                plant(&mut planted);
                assert!(is_refused(&stack, planted).await, "{name}: {what}");
            }
        }
        assert_eq!(server.connections(), 0, "{name}");
        // To this machine, and where it was allowed, it goes.
        for (what, plant) in SECRETS {
            let mut here = get(&server.url());
            plant(&mut here);
            assert!(!is_refused(&stack, here).await, "{name}: {what}");
            let mut allowed = get(&exposed(&server));
            plant(&mut allowed);
            let permission = PlainHttp::to(allowed.uri());
            allowed.extensions_mut().insert(permission);
            assert!(!is_refused(&stack, allowed).await, "{name}: {what}");
        }
        let mut own = get(&exposed(&server));
        own.headers_mut().insert("x-trace", HeaderValue::from_static("1"));
        assert!(!is_refused(&stack, own).await, "{name}: no secret");
    }
}

#[tokio::test]
async fn exposure_guard_without_a_stack_refuses_the_same() {
    for (name, transport) in transports() {
        let server = Server::responding(response("200 OK", "[]")).unwrap();
        let guard = ExposureGuard::new(transport);
        for (what, plant) in SECRETS {
            let mut planted = get(&exposed(&server));
            plant(&mut planted);
            assert!(is_refused(&guard, planted).await, "{name}: {what}");
        }
        assert_eq!(server.connections(), 0, "{name}");
        assert!(!is_refused(&guard, get(&exposed(&server))).await, "{name}");
    }
}

/// A permission does not go where a redirect leads.
#[tokio::test]
async fn plain_http_permission_does_not_follow_a_redirect() {
    for (name, stack) in stacks() {
        let server = Server::responding(response("200 OK", "[]")).unwrap();
        let mut request = get(&exposed(&server));
        request.headers_mut().insert("x-api-key", HeaderValue::from_static("k"));
        request.extensions_mut().insert(PlainHttp::to(&"http://0.0.0.0:1/".parse().unwrap()));
        assert!(is_refused(&stack, request).await, "{name}");
        assert_eq!(server.connections(), 0, "{name}");
    }
}
