//! Proxies: what they see of a request, and their errors.

use std::io::{Read, Write};
use std::net::TcpStream;

use wp_http::TransportErrorKind::{Closed, Connect, Setup};
use wp_http::conformance::{Conn, Server, response};
use wp_http::{ConnectOptions, HyperTransport, ReqwestTransport};

use crate::tls::Authority;
use crate::{connecting, get, post, soon};

/// `ana:s3cret` in base64.
const BASIC: &str = "Basic YW5hOnMzY3JldA==";

fn through(proxy: &Server) -> ConnectOptions {
    ConnectOptions::default().proxy(&proxy.url()).proxy_auth("ana", "s3cret")
}

#[tokio::test]
async fn proxy_gets_an_absolute_uri_for_plain_http() {
    let proxy = Server::responding(response("200 OK", "[]")).unwrap();
    for (name, transport) in connecting(&through(&proxy)) {
        for request in [get("http://site.example/wp-json/?a=1"), post("http://site.example:81/x")] {
            let response = soon(transport.send(request)).await.unwrap();
            assert_eq!(soon(response.into_body().collect(9)).await.unwrap(), "[]", "{name}");
        }
    }
    let one = format!(
        "GET http://site.example/wp-json/?a=1 HTTP/1.1\r\naccept: application/json\r\n\
         proxy-authorization: {BASIC}\r\nhost: site.example\r\n\r\n"
    );
    let other = format!(
        "POST http://site.example:81/x HTTP/1.1\r\naccept: application/json\r\ncontent-length: 2\r\n\
         proxy-authorization: {BASIC}\r\nhost: site.example:81\r\n\r\n{{}}"
    );
    assert_eq!(proxy.arrivals(), [&*one, &*other, &*one, &*other]);
}

/// Reads what is asked of a tunnel, and makes one, to wherever it is asked to.
fn tunnel(mut conn: Conn) {
    let Some(head) = conn.request() else { return };
    let head = String::from_utf8(head).unwrap();
    let to = head.split(' ').nth(1).unwrap();
    let mut server = TcpStream::connect(to).unwrap();
    conn.send("HTTP/1.1 200 Connection established\r\n\r\n");
    let (mut up, mut down) = (conn.stream.try_clone().unwrap(), server.try_clone().unwrap());
    let back = std::thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(size @ 1..) = down.read(&mut piece) {
            let _ = up.write_all(&piece[..size]);
        }
        let _ = up.shutdown(std::net::Shutdown::Write);
    });
    let mut piece = [0; 4096];
    while let Ok(size @ 1..) = conn.stream.read(&mut piece) {
        let _ = server.write_all(&piece[..size]);
    }
    let _ = server.shutdown(std::net::Shutdown::Both);
    let _ = back.join();
}

#[tokio::test]
async fn proxy_tunnels_https_without_seeing_the_request() {
    let ours = Authority::new();
    let server = crate::tls::serve(ours.server(&["127.0.0.1"], |_| (), false));
    let proxy = Server::start(tunnel).unwrap();
    let host = server.address();
    for (name, transport) in connecting(&through(&proxy).root_certificates(&*ours.pem)) {
        let before = proxy.arrivals().len();
        let mut request = get(&format!("https://{host}/wp-json/?token=1"));
        request.headers_mut().insert("authorization", "Bearer t0ken".parse().unwrap());
        let response = soon(transport.send(request)).await.unwrap();
        assert_eq!(soon(response.into_body().collect(9)).await.unwrap(), "[]", "{name}");
        let arrivals = proxy.arrivals().split_off(before);
        assert_eq!(arrivals.len(), 1, "{name}");
        let arrival = arrivals[0].to_ascii_lowercase();
        assert!(
            arrival.starts_with(&format!("connect {host} http/1.1\r\nhost: {host}\r\n")),
            "{name} {arrival}"
        );
        assert!(
            arrival.contains(&BASIC.to_ascii_lowercase()) && !arrival.contains("t0ken"),
            "{name} {arrival}"
        );
    }
}

#[tokio::test]
async fn proxy_refusal_is_an_error_that_names_the_proxy() {
    for (proxy_says, kind, words) in [
        (
            "407 Proxy Authentication Required\r\nproxy-authenticate: Basic",
            Setup,
            "the proxy wants another user",
        ),
        ("502 Bad Gateway", Connect, "the proxy does not connect to that host"),
    ] {
        let proxy = Server::closing_after(response(proxy_says, "no")).unwrap();
        for (name, transport) in connecting(&through(&proxy)) {
            let error = soon(transport.send(post("https://site.example/"))).await.unwrap_err();
            assert_eq!((error.kind(), error.may_have_been_sent()), (kind, false), "{name} {error:?}");
            assert!(error.to_string().contains(words), "{name} {error}");
            assert!(!format!("{error:?}").contains("s3cret"), "{name}");
            let plain = soon(transport.send(post("http://site.example/"))).await;
            match plain {
                Ok(response) => assert_eq!(response.status(), 502, "{name}"),
                Err(error) => assert!(error.to_string().contains(words), "{name} {error}"),
            }
        }
    }
    let gone = Server::start(|mut conn| {
        conn.read(1);
        conn.reset();
    })
    .unwrap();
    for (name, transport) in connecting(&through(&gone)) {
        let error = soon(transport.send(post("https://site.example/"))).await.unwrap_err();
        assert_eq!((error.kind(), error.may_have_been_sent()), (Connect, false), "{name} {error:?}");
        let error = soon(transport.send(get("http://site.example/"))).await.unwrap_err();
        assert_eq!(error.kind(), Closed, "{name} {error:?}");
    }
}

#[tokio::test]
async fn invalid_proxy_url_is_an_error_at_build() {
    let options = ConnectOptions::default().proxy("http://proxy.example").proxy_auth("a:b", "s3cret");
    for error in [ReqwestTransport::with(&options).unwrap_err(), HyperTransport::with(&options).unwrap_err()]
    {
        assert!(error.kind() == Setup && error.to_string().contains("`proxy_auth`: the name"), "{error}");
    }
    for url in [
        "https://proxy.example",
        "socks5://proxy.example",
        "proxy.example:3128",
        "http://ana:s3cret@proxy.example",
        "",
    ] {
        let options = ConnectOptions::default().proxy(url).proxy_auth("ana", "s3cret");
        assert!(!format!("{options:?}").contains("s3cret"), "{options:?}");
        for error in
            [ReqwestTransport::with(&options).unwrap_err(), HyperTransport::with(&options).unwrap_err()]
        {
            let words = "the transport is not set up for this: `proxy`: it must be http://HOST:PORT";
            assert!(error.kind() == Setup && error.to_string().starts_with(words), "{error}");
            assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        }
    }
}

#[tokio::test]
async fn loopback_requests_bypass_a_remote_proxy() {
    // A documentation address (RFC 5737): a connection to it fails.
    let options = ConnectOptions::default()
        .connect_timeout(std::time::Duration::from_millis(200))
        .proxy("http://192.0.2.1:3128");
    for (name, transport) in connecting(&options) {
        for host in ["localhost", "127.0.0.1:81", "127.1.2.3", "[::1]:81", "LOCALHOST"] {
            let mut request = get(&format!("http://{host}/"));
            request.headers_mut().insert("authorization", "Bearer t0ken".parse().unwrap());
            let error = soon(transport.send(request)).await.unwrap_err();
            assert_eq!((error.kind(), error.may_have_been_sent()), (Setup, false), "{name} {host} {error}");
        }
    }
    let proxy = Server::responding(response("200 OK", "[]")).unwrap();
    for (name, transport) in connecting(&through(&proxy)) {
        assert!(soon(transport.send(get("http://localhost/"))).await.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn proxy_auth_can_be_set_before_the_proxy() {
    let proxy = Server::responding(response("200 OK", "[]")).unwrap();
    let options = ConnectOptions::default().proxy_auth("ana", "s3cret").proxy(&proxy.url());
    for (name, transport) in connecting(&options) {
        soon(transport.send(get("http://site.example/"))).await.unwrap();
        assert!(proxy.arrivals().pop().unwrap().contains(BASIC), "{name}");
    }
}
