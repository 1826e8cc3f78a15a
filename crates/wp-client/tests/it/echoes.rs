//! A server that echoes the request: no error shows a secret of the request.

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};
use wp_client::{
    ApiKey, Basic, Client, ClientBuilder, ConsumerKey, Credential, Error, ErrorKind, RetryPolicy,
};

use crate::transports;

const PASSWORD: &str = "Pl4nted\"p4ss\\w0rd  x";
const KEY: &str = "k3y-&<Pl4nted>/%41";

/// How a server encodes what it echoes.
type Spelling = fn(&str) -> String;

const SPELLINGS: [Spelling; 5] = [
    str::to_owned,
    |it| Value::from(it).to_string(),
    |it| each(it.bytes().map(u32::from), |byte, out| write!(out, "%{byte:02x}")),
    |it| each(it.chars().map(u32::from), |c, out| write!(out, "&#{c};")),
    |it| BASE64_STANDARD.encode(it),
];

fn each(codes: impl Iterator<Item = u32>, spell: fn(u32, &mut String) -> std::fmt::Result) -> String {
    let mut out = String::new();
    codes.for_each(|code| spell(code, &mut out).unwrap());
    out
}

/// What it responds with.
#[derive(Clone, Copy, Debug)]
enum Form {
    Core,
    MiniOrange,
    Page,
    Keys,
    Redirect,
}

struct Echo(Spelling, Form);

impl Respond for Echo {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let secret = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let mut values: Vec<String> = ["authorization", "x-api-key", "x-session", "cookie", "x-odd"]
            .into_iter()
            .filter_map(|name| Some(secret(request.headers.get(name)?)))
            .collect();
        values.extend(request.url.query_pairs().map(|(_, value)| value.into_owned()));
        // The password within Basic, too.
        let basic =
            values.iter().find_map(|value| BASE64_STANDARD.decode(value.strip_prefix("Basic ")?).ok());
        values.extend(basic.map(|pair| String::from_utf8(pair).unwrap()));
        let said: Vec<String> = values.iter().map(|value| (self.0)(value)).collect();
        let said = format!("Not with {} \u{1b}]0;owned\u{7}\u{202e}.", said.join(" or "));
        match self.1 {
            Form::Core => ResponseTemplate::new(403).set_body_json(json!({"code": format!("no {said}"), "message": said,
                "data": {"status": 403, "params": {"a": said, said.clone(): "b"}, "details": {"a": {"code": said}}},
                "additional_errors": [{"code": "x", "message": said}]})),
            Form::MiniOrange => ResponseTemplate::new(403)
                .set_body_json(json!({"status": "error", "error": "NO", "error_description": said, "code": "403"})),
            Form::Page => ResponseTemplate::new(502).set_body_raw(format!("<html><p>{said}</p>"), "text/html"),
            Form::Keys => ResponseTemplate::new(200).set_body_json(json!({ said: "x" })),
            Form::Redirect => {
                let path = each(values.concat().bytes().map(u32::from), |byte, out| write!(out, "%{byte:02X}"));
                ResponseTemplate::new(307).insert_header("location", format!("http://other.example/{path}"))
            }
        }
    }
}

/// Everything that a program could print.
fn printed(error: &Error) -> String {
    let mut all = format!("{error} {error:#} {error:?} {error:#?} {:?}", error.hint());
    let mut source = error.source();
    while let Some(error) = source {
        _ = write!(all, " {error} {error:?} {error:#?}");
        source = error.source();
    }
    if let Some(code) = error.code() {
        _ = write!(all, " {code} {code:?}");
    }
    match error.kind() {
        ErrorKind::Api(error) => {
            let params: Vec<_> = error.params().collect();
            all + &format!(" {error} {error:?} {} {params:?}", error.message())
        }
        ErrorKind::Unexpected(other) => all + &format!(" {other} {other:?} {}", other.excerpt()),
        ErrorKind::Decode(error) => all + &format!(" {error} {error:?} {}", error.path()),
        ErrorKind::Transport(error) => all + &format!(" {error} {error:?} {error:#?}"),
        _ => all,
    }
}

type Way = (&'static str, fn(ClientBuilder) -> ClientBuilder, Option<(&'static str, &'static str)>);

/// Each way in which a secret gets into a request.
const WAYS: [Way; 8] = [
    ("an application password", |it| it.auth(Basic::application_password("ana", PASSWORD)), None),
    ("a bearer token", |it| it.auth(ApiKey::bearer(KEY)), None),
    ("a key", |it| it.auth(ApiKey::header("X-API-Key", KEY)), None),
    ("a key in the query", |it| it.auth(ConsumerKey::new("ck_0123456", KEY).in_query()), None),
    ("a default header", |it| it.default_header("X-Session", KEY), None),
    (
        "a host password",
        |it| it.host_password(&Credential::basic("staging", &PASSWORD.into()).unwrap()),
        None,
    ),
    (
        "a host password in a header with a neutral name",
        |it| it.host_password(&Credential::header("x-odd", &KEY.into()).unwrap()),
        None,
    ),
    ("a header of the request", |it| it, Some(("X-API-Key", KEY))),
];

#[tokio::test]
async fn error_does_not_show_secrets_that_the_server_echoes() {
    use Form::{Core, Keys, MiniOrange, Page, Redirect};
    for form in [Core, MiniOrange, Page, Keys, Redirect] {
        for spelling in SPELLINGS {
            let server = MockServer::start().await;
            Mock::given(any()).respond_with(Echo(spelling, form)).mount(&server).await;
            for (stack, transport) in transports() {
                for (way, change, header) in WAYS {
                    let builder = Client::builder(server.uri())
                        .transport(Arc::clone(&transport))
                        .retry(RetryPolicy::never());
                    let wp = change(builder).build().unwrap();
                    let mut request = wp.get("/x").typed::<std::collections::BTreeMap<String, u64>>();
                    if let Some((name, value)) = header {
                        request = request.header(name, value);
                    }
                    let error = request.await.unwrap_err();
                    let printed = printed(&error);
                    let bare: String = printed.split_whitespace().collect();
                    let basic = |user: &str| BASE64_STANDARD.encode(format!("{user}:{PASSWORD}"));
                    for secret in [PASSWORD, KEY, &basic("ana"), &basic("staging")] {
                        for spelled in SPELLINGS.iter().map(|spell| spell(secret)) {
                            let spelled: String = spelled.split_whitespace().collect();
                            assert!(
                                !bare.contains(&spelled),
                                "{stack}, {way}, {form:?}: {spelled} in {printed}"
                            );
                        }
                    }
                    let is_text = |c: char| !c.is_control() && c != '\u{202e}';
                    assert!(printed.replace('\n', "").chars().all(is_text), "{stack}, {way}: {printed:?}");
                    assert!(printed.contains("***"), "{stack}, {way}, {form:?}: it was repeated: {printed}");
                }
            }
        }
    }
}

/// Of what a program matches on, nothing changes.
#[tokio::test]
async fn masking_does_not_change_what_a_program_matches_on() {
    let server = MockServer::start().await;
    let body = json!({"code": "incorrect_password", "message": "No Hunter2-long, no password", "data": {"status": 403, "a": "Hunter2-long"}});
    Mock::given(any()).respond_with(ResponseTemplate::new(403).set_body_json(body)).mount(&server).await;
    for (_, transport) in transports() {
        let builder =
            Client::builder(server.uri()).transport(transport).default_header("x-api-key", "Hunter2-long");
        let wp = builder.auth(Basic::application_password("ana", "password")).build().unwrap();
        let error = wp.get("/x").await.unwrap_err();
        let api = error.api_error().unwrap();
        assert_eq!(error.code().unwrap().to_string(), "incorrect_password");
        assert_eq!(api.message(), "No ***, no password");
        assert_eq!(api.unmasked_message(), "No Hunter2-long, no password");
        assert_eq!(api.data()["a"], "Hunter2-long");
        assert!(error.to_string().ends_with("403 incorrect_password: No ***, no password"), "{error}");
    }
}

#[tokio::test]
async fn error_text_is_bounded() {
    let long = "x ".repeat(1_500_000);
    let body = json!({"code": long, "message": long, "data": {"status": 400, "params": {"a": long}}});
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(400).set_body_json(body)).mount(&server).await;
    for (_, transport) in transports() {
        let wp = Client::builder(server.uri()).transport(transport).build().unwrap();
        let error = wp.get("/x").await.unwrap_err();
        assert!(error.to_string().len() <= 2048 && format!("{error:#}").len() <= 2048);
        assert!(format!("{error:?}").len() <= 4096 && format!("{error:#?}").len() <= 16 * 1024);
    }
}
