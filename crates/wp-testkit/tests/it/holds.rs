//! Responses that are held until the test releases them, and responses that are lost.

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use wp_testkit::{Plugin, StandIn};

use crate::client::{Call, call};

fn sign_in(site: &StandIn) -> Call {
    call(site, "POST /jwt-auth/v1/token").json(&json!({ "username": "editor", "password": "password" }))
}

#[tokio::test]
async fn held_tokens_are_sent_in_order_when_they_are_released() {
    let site = StandIn::start().await;
    let hold = site.hold_tokens();
    let first = tokio::spawn(sign_in(&site).send());
    hold.arrived(1).await;
    let second = tokio::spawn(sign_in(&site).send());
    hold.arrived(2).await;
    assert_eq!(hold.arrivals(), 2);
    // The site has acted, and serves others meanwhile.
    assert_eq!(site.count("POST", "/jwt-auth/v1/token"), 2);
    assert_eq!(call(&site, "GET /wp/v2/posts").send().await.status, 200);
    assert!(!first.is_finished());

    hold.release(1);
    assert_eq!(first.await.unwrap().status, 200);
    assert!(!second.is_finished());
    drop(hold);
    let reply = second.await.unwrap();
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("x-stand-in-fate"), None);
    assert_eq!(sign_in(&site).send().await.status, 200);
}

#[tokio::test]
async fn hold_released_in_advance_holds_nothing() {
    let site = StandIn::start().await;
    let hold = site.hold("/wp/v2/users/me");
    hold.release(1);
    assert_eq!(call(&site, "GET /wp/v2/users/me").send().await.status, 401);
    let waiting = tokio::spawn(call(&site, "GET /wp/v2/users/me").send());
    hold.arrived(2).await;
    assert!(!waiting.is_finished());
    assert_eq!(sign_in(&site).send().await.status, 200);
    hold.release(1);
    assert_eq!(waiting.await.unwrap().status, 401);
}

#[tokio::test]
async fn hold_ends_when_the_client_disconnects() {
    let site = StandIn::start().await;
    let hold = site.hold_tokens();
    let gone = tokio::spawn(sign_in(&site).send());
    hold.arrived(1).await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    let stays = tokio::spawn(sign_in(&site).send());
    hold.arrived(2).await;
    hold.release(2);
    assert_eq!(stays.await.unwrap().status, 200);
}

#[tokio::test]
async fn lost_response_request_was_executed() {
    let site = StandIn::builder().plugin(Plugin::UsefulTeam).start().await;
    let cookie = sign_in(&site).send().await.header("Set-Cookie").unwrap().to_owned();
    let cookie = cookie.split(';').next().unwrap();
    site.lose_token_responses(1);
    let mut stream = TcpStream::connect(site.address()).await.unwrap();
    let request = format!(
        "POST /wp-json/jwt-auth/v1/token/refresh HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\nConnection: close\r\n\
         Content-Length: 0\r\n\r\n",
        site.address()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response).await;
    assert_eq!(String::from_utf8(response).unwrap(), "");

    // The refresh token was rotated all the same.
    let again = call(&site, "POST /jwt-auth/v1/token/refresh").header("Cookie", cookie).send().await;
    assert_eq!((again.status, &again.json()["code"]), (401, &json!("jwt_auth_obsolete_refresh_token")));
}
