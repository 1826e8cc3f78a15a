//! No credential crosses an origin or travels over plain http, from whatever source it comes.

use std::sync::{Arc, Mutex};

use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};
use wp_client::wp_auth::Authorize;
use wp_client::wp_core::{ApiRoot, Query, RequestError, Route, Site};
use wp_client::wp_http::{ReqwestTransport, TokioClock};
use wp_client::{
    ApiBearerAuth, ApiKey, Basic, Body, Client, ConsumerKey, Credential, Discovery, Error, ErrorKind,
    Identity, JwtAuth, MiniOrangeJwt, SavedToken, Transport, TransportErrorKind, UsefulTeamJwt,
};

use crate::transports;

const SECRET: &str = "Pl4nted-s3cret-0123456789";

type Provider = (&'static str, fn() -> Identity);

/// Every provider, with the secret in it.
const PROVIDERS: [Provider; 12] = [
    ("JwtAuth", || JwtAuth::new("ana", SECRET).into()),
    ("ApiBearerAuth", || ApiBearerAuth::new("ana", SECRET).into()),
    ("ApiBearerAuth, renewing", || {
        Identity::builder(ApiBearerAuth::without_password())
            .resume(SavedToken::refresh(SECRET).client_name("x"))
            .build()
    }),
    ("MiniOrangeJwt", || MiniOrangeJwt::new("ana", SECRET).into()),
    ("UsefulTeamJwt", || UsefulTeamJwt::new("ana", SECRET).into()),
    ("UsefulTeamJwt, renewing", || {
        Identity::builder(UsefulTeamJwt::without_password()).resume(SavedToken::refresh(SECRET)).build()
    }),
    ("application password", || Basic::application_password("ana", SECRET).into()),
    ("account password", || Basic::account_password("ana", SECRET).into()),
    ("ApiKey", || ApiKey::header("X-API-Key", SECRET).into()),
    ("consumer key", || ConsumerKey::new("ck_0123", SECRET).into()),
    ("consumer key in the query", || ConsumerKey::new("ck_0123", SECRET).in_query().into()),
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
                let text = shown(&error);
                assert!(text.contains(&other.address().to_string()), "{stack}, {name}, {status}: {text}");
                assert!(!text.contains(SECRET), "{stack}, {name}, {status}: {text}");
                assert_eq!(*seen.lock().unwrap(), 1, "{stack}, {name}, {status}");
            }
        }
    }
    assert_eq!(other.received_requests().await.unwrap().len(), 0, "nothing got there");
}

#[tokio::test]
async fn host_password_does_not_follow_a_redirect() {
    let (site, other) = (MockServer::start().await, MockServer::start().await);
    let elsewhere = Elsewhere { status: 307, to: other.uri(), seen: Arc::default() };
    Mock::given(any()).respond_with(elsewhere).mount(&site).await;
    for (_, transport) in transports() {
        let host_password = Credential::basic("staging", &SECRET.into()).unwrap();
        let wp =
            Client::builder(site.uri()).transport(transport).host_password(&host_password).build().unwrap();
        let error = wp.posts().list().await.unwrap_err();
        assert!(!shown(&error).contains(SECRET), "{error:?}");
    }
    assert_eq!(other.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn credentials_are_not_sent_over_plain_http_to_another_machine() {
    for (name, identity) in PROVIDERS {
        let error = Client::builder("http://example.org").auth(identity()).build().unwrap_err();
        assert!(shown(&error).contains("plain http"), "{name}: {error}");
        // Nor by a client that was built without one.
        let anonymous = Client::builder("http://example.org").transport(Unreachable).build().unwrap();
        let error = anonymous.with_auth(identity()).users().me().await.unwrap_err();
        assert!(shown(&error).contains("plain http"), "{name}: {error}");
        let error = anonymous.with_auth(identity()).sign_in().await.unwrap_err();
        assert!(shown(&error).contains("plain http"), "{name}: {error}");
    }
    for header in ["authorization", "x-key"] {
        let host_password = Credential::header(header, &SECRET.into()).unwrap();
        let behind = |url| Client::builder(url).transport(Unreachable).host_password(&host_password);
        let error = behind("http://example.org").build().unwrap_err();
        assert!(shown(&error).contains("plain http") && !shown(&error).contains(SECRET), "{error}");
        assert!(behind("http://example.org").allow_plain_http().build().is_ok());
        assert!(behind("http://localhost").build().is_ok() && behind("https://example.org").build().is_ok());
    }
}

/// Headers that are secret by their names.
const NAMES: [&str; 5] = ["authorization", "x-api-key", "cookie", "x-wp-nonce", "x-session-token"];

/// Over an address that is not known to be this machine's, each way in which a secret gets into a request ends alike:
/// before a byte is sent, with the same error.
#[tokio::test]
async fn every_kind_of_secret_is_refused_over_plain_http_with_the_same_error() {
    let site = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("{}")).mount(&site).await;
    let url = site.uri().replace("127.0.0.1", "0.0.0.0");
    let is_refused = |what: &str, error: Error| {
        let text = shown(&error);
        assert!(matches!(error.kind(), ErrorKind::Request(RequestError::Insecure { .. })), "{what}: {text}");
        assert!(
            text.contains(&url) && text.contains("plain http") && !text.contains(SECRET),
            "{what}: {text}"
        );
        assert!(!error.is_retryable() && !error.may_have_happened(), "{what}");
    };
    for (stack, transport) in transports() {
        let builder = || Client::builder(&url).transport(Arc::clone(&transport));
        let anonymous = builder().build().unwrap();
        for name in NAMES {
            is_refused(name, builder().default_header(name, SECRET).build().unwrap_err());
            is_refused(name, anonymous.get("/x").header(name, SECRET).await.unwrap_err());
            is_refused(name, anonymous.post("/x").header(name, SECRET).anonymous().await.unwrap_err());
            let host_password = Credential::header(name, &SECRET.into()).unwrap();
            is_refused(name, builder().host_password(&host_password).build().unwrap_err());
        }
        // The header of the host password is secret under any name.
        let odd = Credential::header("x-odd", &SECRET.into()).unwrap();
        is_refused("x-odd", builder().host_password(&odd).build().unwrap_err());
        for (name, identity) in PROVIDERS {
            let error = anonymous.with_auth(identity()).users().me().await.unwrap_err();
            assert!(shown(&error).contains("plain http"), "{stack}, {name}: {error}");
            let report = anonymous.with_auth(identity()).diagnose().await;
            assert!(!report.is_healthy(), "{stack}, {name}");
        }
        let carries = |request: &Request| {
            NAMES.iter().any(|name| request.headers.contains_key(*name))
                || request.headers.iter().any(|(_, value)| value.to_str().is_ok_and(|it| it.contains(SECRET)))
                || String::from_utf8_lossy(&request.body).contains(SECRET)
                || request.url.as_str().contains(SECRET)
        };
        // The doctor sends an anonymous request first; the server got only that.
        let arrived = site.received_requests().await.unwrap();
        assert!(arrived.iter().all(|request| request.method == "GET" && !carries(request)), "{stack}");

        // Headers that are not secret are sent, and so are allowed ones.
        anonymous.get("/x").header("x-trace", SECRET).await.unwrap();
        builder().default_header("accept-language", "de").build().unwrap().get("/x").await.unwrap();
        let allowed = builder().allow_plain_http().default_header("x-api-key", SECRET).build().unwrap();
        allowed.get("/x").header("authorization", SECRET).await.unwrap();
        let arrived = site.received_requests().await.unwrap();
        assert!(carries(arrived.last().unwrap()), "{stack}");
        site.reset().await;
        Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("{}")).mount(&site).await;
    }
}

/// However the request is built: also with an identity that does not check, and a transport without a stack.
#[tokio::test]
async fn wp_auth_without_a_stack_refuses_plain_http() {
    let site = MockServer::start().await;
    let url = site.uri().replace("127.0.0.1", "0.0.0.0");
    for (stack, transport) in transports() {
        let site = Site::new(ApiRoot::of_site(&url).unwrap(), transport, Arc::new(TokioClock));
        let request = |headers: &[(&'static str, &'static str)]| {
            let mut request = site
                .request(http::Method::GET, &Route::new("/x").unwrap(), &Query::new(), Body::empty())
                .unwrap();
            for (name, value) in headers {
                request.headers_mut().insert(*name, http::HeaderValue::from_static(value));
            }
            request
        };
        let authorize = Authorize::new(site.clone(), None);
        for name in ["authorization", "x-api-key"] {
            for error in [
                authorize.send(request(&[(name, SECRET)])).await.unwrap_err(),
                site.send(request(&[(name, SECRET)])).await.unwrap_err(),
            ] {
                assert_eq!(error.kind(), TransportErrorKind::Credential, "{stack}");
                assert!(!error.may_have_been_sent(), "{stack}");
            }
        }
        site.send(request(&[("x-trace", "1")])).await.unwrap();
        let allowed = site.clone().allow_plain_http();
        allowed.send(request(&[("authorization", "x")])).await.unwrap();
    }
    assert_eq!(site.received_requests().await.unwrap().len(), 4);
}

/// One list for all of them.
#[tokio::test]
async fn headers_of_the_transport_cannot_be_set() {
    let wp = Client::builder("http://127.0.0.1:1").transport(Unreachable).build().unwrap();
    for name in [
        "host",
        "Connection",
        "upgrade",
        "TE",
        "trailer",
        "keep-alive",
        "proxy-connection",
        "expect",
        "content-length",
        "transfer-encoding",
        "http2-settings",
    ] {
        let errors = [
            Client::builder("http://127.0.0.1:1").default_header(name, "x").build().unwrap_err(),
            wp.get("/").header(name, "x").await.unwrap_err(),
        ];
        for error in errors {
            assert!(
                matches!(error.kind(), ErrorKind::Request(RequestError::Header { .. })),
                "{name}: {error}"
            );
        }
        assert!(Credential::header(name, &SECRET.into()).is_err(), "{name}");
        let identity = Identity::from(ApiKey::header(name, SECRET));
        let error = wp.with_auth(identity).get("/").await.unwrap_err();
        assert!(shown(&error).contains("transport") && !shown(&error).contains(SECRET), "{name}: {error}");
    }
}

/// A custom header that is not secret follows a redirect.
#[tokio::test]
async fn public_headers_follow_a_redirect() {
    let (site, other) = (MockServer::start().await, MockServer::start().await);
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("{}")).mount(&other).await;
    let elsewhere = Elsewhere { status: 302, to: other.uri(), seen: Arc::default() };
    Mock::given(any()).respond_with(elsewhere).mount(&site).await;
    for (stack, transport) in transports() {
        let builder =
            Client::builder(site.uri()).transport(transport).default_header("accept-language", "de");
        let wp = builder.build().unwrap();
        wp.get("/x").header("x-trace-id", "7").await.unwrap();
        let arrived = other.received_requests().await.unwrap().pop().unwrap();
        assert_eq!(
            (&arrived.headers["accept-language"], &arrived.headers["x-trace-id"]),
            (&"de".parse().unwrap(), &"7".parse().unwrap()),
            "{stack}"
        );
        let error = wp.get("/x").header("x-access-key", "7").await.unwrap_err();
        assert!(shown(&error).contains("not sent on"), "{stack}: {error}");
    }
    assert_eq!(other.received_requests().await.unwrap().len(), 2);
}

/// What a site says of itself is shown as one line of text.
#[tokio::test]
async fn site_text_is_sanitized_for_the_terminal() {
    const ESCAPES: &str = "\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}\r\n";
    let site = MockServer::start().await;
    let index = serde_json::json!({"name": ESCAPES, "description": ESCAPES, "url": ESCAPES,
        "home": format!("https://evil.example/{ESCAPES}{}", "x".repeat(100_000)), "gmt_offset": 0, "timezone_string": "",
        "namespaces": [ESCAPES, "x".repeat(100_000)], "authentication": []});
    let mut roles = serde_json::json!({"id": 1, "name": ESCAPES, "slug": ESCAPES, "roles": [ESCAPES]});
    roles["capabilities"] = serde_json::json!({"edit_posts": true});
    let api = ResponseTemplate::new(200).set_body_json(&index).insert_header("server", "x");
    Mock::given(wiremock::matchers::path("/wp-json/wp/v2/users/me"))
        .respond_with(ResponseTemplate::new(200).set_body_json(&roles))
        .mount(&site)
        .await;
    Mock::given(any()).respond_with(api).mount(&site).await;
    let is_clean = |what: &str, text: &str| {
        let is_text = |c: char| c == '\n' || !c.is_control() && c != '\u{202e}';
        assert!(text.chars().all(is_text), "{what}: {text:?}");
        assert!(text.len() < 20_000, "{what}: {} bytes", text.len());
    };
    for (stack, transport) in transports() {
        let found = Discovery::builder(site.uri()).transport(Arc::clone(&transport)).find().await;
        match &found {
            Ok(found) => {
                is_clean(stack, &found.mismatch().unwrap().to_string());
                for probe in found.asked() {
                    is_clean(stack, &probe.to_string());
                }
            }
            Err(error) => is_clean(stack, &shown(error)),
        }
        let error =
            Discovery::builder(format!("{}/a/b", site.uri())).transport(Arc::clone(&transport)).find().await;
        if let Err(error) = error {
            is_clean(stack, &shown(&error));
        }
        let wp =
            Client::builder(site.uri()).transport(transport).auth(ApiKey::bearer(SECRET)).build().unwrap();
        let report = wp.diagnose().await;
        is_clean(stack, &report.to_string());
        assert!(report.checks.iter().all(|check| !check.found.contains('\n')), "{report}");
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
async fn debug_of_providers_hides_the_secret() {
    for (name, identity) in PROVIDERS {
        let identity = identity();
        let wp = Client::builder("https://example.org")
            .transport(ReqwestTransport::new().unwrap())
            .auth(&identity);
        let wp = wp.build().unwrap();
        assert!(!format!("{identity:?} {identity:#?} {wp:?}").contains(SECRET), "{name}");
    }
}

/// If the host password and a token use the same header, neither is dropped silently.
#[tokio::test]
async fn two_credentials_in_one_header_are_an_error() {
    let site = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("[]")).mount(&site).await;
    let host_password = Credential::basic("staging", &SECRET.into()).unwrap();
    let wp = Client::builder(site.uri())
        .transport(ReqwestTransport::new().unwrap())
        .host_password(&host_password)
        .build()
        .unwrap();
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
