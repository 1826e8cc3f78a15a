//! The lifetime of a stand-in, and its isolation from others.

use std::collections::HashSet;

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use wiremock::{Mock, ResponseTemplate, matchers::path};
use wp_testkit::{Plugin, StandIn};

use crate::client::call;

#[tokio::test]
async fn dropped_stand_in_stops_serving() {
    let site = StandIn::start().await;
    let request = format!("GET /wp-json/wp/v2/posts HTTP/1.1\r\nHost: {}\r\n\r\n", site.address());
    let mut kept = TcpStream::connect(site.address()).await.unwrap();
    kept.write_all(request.as_bytes()).await.unwrap();
    let mut first = [0; 16];
    kept.read_exact(&mut first).await.unwrap();
    assert_eq!(&first[..], b"HTTP/1.1 200 OK\r");
    let mut waiting = TcpStream::connect(site.address()).await.unwrap();
    let hold = site.hold("/wp/v2/posts");
    waiting.write_all(request.as_bytes()).await.unwrap();
    hold.arrived(1).await;

    let address = site.address();
    drop(site);
    assert!(TcpStream::connect(address).await.is_err());
    // What was sent before may still come, and then the end of the connection.
    let mut rest = Vec::new();
    let _ = kept.read_to_end(&mut rest).await;
    let mut response = Vec::new();
    let _ = waiting.read_to_end(&mut response).await;
    assert_eq!(response, b"");
    drop(hold);
}

#[tokio::test]
async fn stand_ins_do_not_share_port_tokens_or_log() {
    for plugin in [Plugin::JwtAuth, Plugin::UsefulTeam, Plugin::ApiBearerAuth { jwt: true }] {
        let builder = StandIn::builder().plugin(plugin.clone());
        let first = builder.clone().start().await;
        let (token, url) = (first.token("editor"), first.url());
        call(&first, "GET /wp/v2/users/me").bearer(&token).send().await;
        assert_eq!(first.log().len(), 1);
        drop(first);
        let second = builder.start().await;
        assert_ne!(second.url(), url);
        assert_eq!(second.log(), []);
        let refused = call(&second, "GET /wp/v2/users/me").bearer(&token).send().await;
        assert!(matches!(refused.status, 401 | 403), "{plugin:?}: {refused:?}");
        let own = second.token("editor");
        assert_eq!(call(&second, "GET /wp/v2/users/me").bearer(&own).send().await.status, 200);
    }
}

#[tokio::test]
async fn concurrent_stand_ins_have_different_secrets() {
    let sites = [StandIn::start().await, StandIn::start().await];
    let claims =
        json!({ "iss": sites[0].url(), "exp": sites[0].now() + 60, "data": { "user": { "id": "1" } } });
    let signatures: HashSet<String> = sites.iter().map(|site| site.sign(&claims)).collect();
    assert_eq!(signatures.len(), 2);
    let chosen = StandIn::builder().jwt_secret(Some("the secret of both"));
    let chosen = [chosen.clone().start().await, chosen.start().await];
    let signatures: HashSet<String> = chosen.iter().map(|site| site.sign(&claims)).collect();
    assert_eq!(signatures.len(), 1);
}

#[tokio::test]
async fn mocks_take_precedence_and_are_verified_on_drop() {
    let site = StandIn::start().await;
    let mock = Mock::given(path("/wp-json/wp/v2/posts")).respond_with(ResponseTemplate::new(418));
    mock.up_to_n_times(1).mount(site.server()).await;
    assert_eq!(call(&site, "GET /wp/v2/posts").send().await.status, 418);
    assert_eq!(call(&site, "GET /wp/v2/posts").send().await.status, 200);
    assert_eq!(site.server().received_requests().await.unwrap().len(), 2);

    Mock::given(path("/never")).respond_with(ResponseTemplate::new(200)).expect(1).mount(site.server()).await;
    let dropped = std::thread::spawn(move || drop(site)).join();
    assert!(dropped.is_err());
}
