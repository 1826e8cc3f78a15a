//! `MethodOverride` sends methods that firewalls block as `POST`.

use http::Method;
use wp_http::conformance::{Server, response};
use wp_http::{Body, MethodOverride, Redirect, Transport, TransportErrorKind};

use crate::{request, soon, transports};

#[tokio::test]
async fn method_override_sends_put_patch_and_delete_as_post() {
    for (name, transport) in transports() {
        let server = Server::responding(response("200 OK", "{}")).unwrap();
        let transport = MethodOverride::new(transport);
        for (method, body) in [
            (Method::GET, ""),
            (Method::OPTIONS, ""),
            (Method::POST, "{}"),
            (Method::PUT, "{}"),
            (Method::PATCH, "{}"),
            (Method::DELETE, ""),
        ] {
            let request = request(method, &server.at("/1?force=true"), Body::from(body));
            soon(transport.send(request)).await.unwrap();
        }
        let lines = |method: &str, rest: &str| {
            format!("{method} /1?force=true HTTP/1.1\r\naccept: application/json\r\n{rest}")
        };
        let host = "host: HOST\r\n\r\n";
        let overridden = |method: &str, length: usize, body: &str| {
            let header = format!("x-http-method-override: {method}\r\n");
            lines("POST", &format!("{header}content-length: {length}\r\n{host}{body}"))
        };
        let expected = [
            lines("GET", host),
            lines("OPTIONS", host),
            lines("POST", &format!("content-length: 2\r\n{host}{{}}")),
            overridden("PUT", 2, "{}"),
            overridden("PATCH", 2, "{}"),
            overridden("DELETE", 0, ""),
        ];
        assert_eq!(server.arrivals(), expected, "{name}");
    }
}

/// A DELETE does not follow a redirect that turns a POST into a GET, even if it is sent as a POST.
#[tokio::test]
async fn redirect_uses_the_overridden_method() {
    for (name, transport) in transports() {
        let server =
            Server::responding("HTTP/1.1 301 Moved\r\nlocation: /2\r\ncontent-length: 0\r\n\r\n").unwrap();
        let transport = Redirect::new(MethodOverride::new(transport));
        let gone = soon(transport.send(request(Method::DELETE, &server.at("/1"), Body::empty()))).await;
        assert_eq!(gone.unwrap_err().kind(), TransportErrorKind::Redirect, "{name}");
        assert_eq!(server.arrivals().len(), 1, "{name}");
    }
}
