//! No credential crosses an origin or plain http, whoever provides it and wherever it is used.

use std::sync::{Arc, Mutex};

use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};
use wp_client::wp_http::ReqwestTransport;
use wp_client::{
    ApiBearerAuth, ApiKey, Basic, Client, Credential, Error, Identity,
    JwtAuth, MiniOrangeJwt, SavedToken, UsefulTeamJwt,
};

use crate::transports;

const SECRET: &str = "Pl4nted-s3cret-0123456789";

type Provider = (&'static str, fn() -> Identity);

/// Every provider, with the secret in it.
const PROVIDERS: [Provider; 10] = [
    ("JwtAuth", || JwtAuth::new("ana", SECRET).into()),
    ("ApiBearerAuth", || ApiBearerAuth::new("ana", SECRET).into()),
    ("ApiBearerAuth, renewing", || {
        Identity::builder(ApiBearerAuth::without_password()).resume(SavedToken::refresh(SECRET).client_name("x")).build()
    }),
    ("MiniOrangeJwt", || MiniOrangeJwt::new("ana", SECRET).into()),
    ("UsefulTeamJwt", || UsefulTeamJwt::new("ana", SECRET).into()),
    ("UsefulTeamJwt, renewing", || {
        Identity::builder(UsefulTeamJwt::without_password()).resume(SavedToken::refresh(SECRET)).build()
    }),
    ("application password", || Basic::application_password("ana", SECRET).into()),
    ("account password", || Basic::account_password("ana", SECRET).into()),
    ("ApiKey", || ApiKey::header("X-API-Key", SECRET).into()),
    ("in another header", || {
        let builder = Identity::builder(JwtAuth::without_password());
        builder.resume(SavedToken::access(SECRET)).in_header("X-Authorization").build()
    }),
];

/// Redirects everything to another origin, and keeps what it was sent.
struct Elsewhere {
    status: u16,
    to: String,
    seen: Arc<Mutex<usize>>,
}

impl Respond for Elsewhere {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        *self.seen.lock().unwrap() += 1;
        let to = format!("{}{}", self.to, request.url.path());
        ResponseTemplate::new(self.status).insert_header("location", to)
    }
}

fn shown(error: &Error) -> String {
    format!("{error} {error:#} {error:?} {}", error.hint().unwrap_or_default())
}

#[tokio::test]
async fn a_redirect_to_another_origin_is_an_error_that_names_it_and_carries_nothing() {
    let other = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("{}")).mount(&other).await;
    for status in [301, 302, 303, 307, 308] {
        let site = MockServer::start().await;
        let seen = Arc::default();
        let elsewhere = Elsewhere { status, to: other.uri(), seen: Arc::clone(&seen) };
        Mock::given(any()).respond_with(elsewhere).mount(&site).await;
        for (stack, transport) in transports() {
            for (name, identity) in PROVIDERS {
                *seen.lock().unwrap() = 0;
                let wp = Client::builder(site.uri())
                    .transport(Arc::clone(&transport))
                    .auth(identity())
                    .build()
                    .unwrap();
                let error = wp.users().me().await.unwrap_err();
                let told = shown(&error);
                assert!(told.contains(&other.address().to_string()), "{stack}, {name}, {status}: {told}");
                assert!(!told.contains(SECRET), "{stack}, {name}, {status}: {told}");
                assert_eq!(*seen.lock().unwrap(), 1, "{stack}, {name}, {status}");
            }
        }
    }
    assert_eq!(other.received_requests().await.unwrap().len(), 0, "nothing got there");
}

#[tokio::test]
async fn a_gates_password_does_not_follow_a_redirect_either() {
    let (site, other) = (MockServer::start().await, MockServer::start().await);
    let elsewhere = Elsewhere { status: 307, to: other.uri(), seen: Arc::default() };
    Mock::given(any()).respond_with(elsewhere).mount(&site).await;
    for (_, transport) in transports() {
        let gate = Credential::basic("staging", &SECRET.into()).unwrap();
        let wp = Client::builder(site.uri()).transport(transport).gate(&gate).build().unwrap();
        let error = wp.posts().list().await.unwrap_err();
        assert!(!shown(&error).contains(SECRET), "{error:?}");
    }
    assert_eq!(other.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn nothing_is_sent_over_plain_http_to_another_machine() {
    for (name, identity) in PROVIDERS {
        let error = Client::builder("http://example.org").auth(identity()).build().unwrap_err();
        assert!(shown(&error).contains("plain http"), "{name}: {error}");
        // Nor by a client that was built without one.
        let nobody = Client::builder("http://example.org").transport(Unreachable).build().unwrap();
        let error = nobody.with_auth(identity()).users().me().await.unwrap_err();
        assert!(shown(&error).contains("plain http"), "{name}: {error}");
        let error = nobody.with_auth(identity()).sign_in().await.unwrap_err();
        assert!(shown(&error).contains("plain http"), "{name}: {error}");
    }
    for header in ["authorization", "x-key"] {
        let gate = Credential::header(header, &SECRET.into()).unwrap();
        let behind = |url| Client::builder(url).transport(Unreachable).gate(&gate);
        let error = behind("http://example.org").build().unwrap_err();
        assert!(shown(&error).contains("plain http") && !shown(&error).contains(SECRET), "{error}");
        assert!(behind("http://example.org").allow_plain_http().build().is_ok());
        assert!(behind("http://localhost").build().is_ok() && behind("https://example.org").build().is_ok());
    }
}

/// A transport that must not be reached.
struct Unreachable;

#[wp_client::async_trait]
impl wp_client::Transport for Unreachable {
    async fn send(
        &self,
        request: http::Request<wp_client::Body>,
    ) -> Result<http::Response<wp_client::Body>, wp_client::TransportError> {
        panic!("sent to {}", request.uri())
    }
}

#[tokio::test]
async fn no_provider_shows_its_secret() {
    for (name, identity) in PROVIDERS {
        let identity = identity();
        let wp = Client::builder("https://example.org")
            .transport(ReqwestTransport::new().unwrap())
            .auth(&identity);
        let wp = wp.build().unwrap();
        assert!(!format!("{identity:?} {identity:#?} {wp:?}").contains(SECRET), "{name}");
    }
}

/// Of a gate and a token in the same header, neither is lost silently.
#[tokio::test]
async fn two_credentials_in_one_header_are_an_error() {
    let site = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("[]")).mount(&site).await;
    let gate = Credential::basic("staging", &SECRET.into()).unwrap();
    let wp =
        Client::builder(site.uri()).transport(ReqwestTransport::new().unwrap()).gate(&gate).build().unwrap();
    let saved = SavedToken::access("token");
    let token = Identity::builder(JwtAuth::without_password()).resume(saved.clone());
    let error = wp.with_auth(token).posts().list().await.unwrap_err();
    assert!(shown(&error).contains("in_header") && !shown(&error).contains(SECRET), "{error:?}");
    assert_eq!(site.received_requests().await.unwrap().len(), 0);

    let token = Identity::builder(JwtAuth::without_password()).resume(saved).in_header("X-Authorization");
    wp.with_auth(token).posts().list().await.unwrap();
    let request = site.received_requests().await.unwrap().remove(0);
    assert!(request.headers["authorization"].to_str().unwrap().starts_with("Basic "));
    assert_eq!(request.headers["x-authorization"], "Bearer token");
}
