//! Errors of WordPress, plugins and servers, invalid JSON, and JSON in noise, sent as bytes over a socket. The rows are
//! among the fixtures of wp-core.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use wp_client::models::{NewPost, Post};
use wp_client::wp_auth::AuthErrorKind;
use wp_client::wp_core::{ErrorCode, ErrorOrigin};
use wp_client::{ApiKey, Basic, Client, Error, ErrorKind, Identity, JwtAuth, Reply, RetryPolicy, Transport};
use wp_http::conformance::{Server, response};

use crate::{ends, transports};

#[derive(Deserialize)]
#[allow(clippy::struct_excessive_bools)] // each is a column
struct Row {
    family: String,
    case: String,
    http_status: u16,
    headers: Vec<String>,
    body: String,
    /// Each character of the body is one byte.
    #[serde(default)]
    latin1: bool,
    /// `value`, `create`, or nothing for a typed list.
    #[serde(default)]
    request: String,
    /// `ok`, `api`, a kind, or a fault of the JSON.
    expect: String,
    code: Option<String>,
    #[serde(default)]
    message: String,
    status: Option<u16>,
    #[serde(default)]
    wordpress: bool,
    /// What the error says of itself, all of it.
    #[serde(default)]
    says: Vec<String>,
    #[serde(default)]
    hint: String,
    #[serde(default)]
    in_doubt: bool,
    attachment: Option<u64>,
    #[serde(default)]
    salvaged: bool,
    title: Option<String>,
}

/// What a success comes to: whether it was salvaged, and the first title.
type Success = (bool, Option<String>);

impl Row {
    fn body(&self) -> Vec<u8> {
        if self.latin1 {
            return self.body.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        }
        self.body.clone().into_bytes()
    }

    fn server(&self) -> Server {
        let status = format!("{} X", self.http_status);
        let head: Vec<_> = std::iter::once(status).chain(self.headers.clone()).collect();
        Server::responding(response(&head.join("\r\n"), self.body())).unwrap()
    }

    async fn ask(&self, wp: &Client) -> Result<Success, Error> {
        match self.request.as_str() {
            "value" => {
                let reply: Reply<Value> = wp.get("/plug/v1/x").reply().await?;
                Ok((reply.salvaged.is_some(), None))
            }
            "create" => Ok((false, Some(wp.posts().create(NewPost::titled("x")).await?.title.rendered))),
            _ => {
                let reply = wp.get("/wp/v2/posts").typed::<Vec<Post>>().reply().await?;
                Ok((reply.salvaged.is_some(), reply.body.first().map(|post| post.title.rendered.clone())))
            }
        }
    }

    /// What is not as it should be.
    fn faults(&self, outcome: Result<Success, Error>) -> Vec<String> {
        let mut faults = Vec::new();
        let mut check = |what: String, is_right: bool| faults.extend((!is_right).then_some(what));
        let error = match outcome {
            Ok((salvaged, title)) => {
                check("it is a success".to_owned(), self.expect == "ok");
                check(format!("salvaged: {salvaged}"), salvaged == self.salvaged);
                check(format!("title: {title:?}"), title == self.title);
                return faults;
            }
            Err(error) => error,
        };
        check(format!("{:?}", error.kind()), name(&error) == self.expect);
        let code = error.code().map(ErrorCode::as_str);
        check(format!("code: {code:?}"), code == self.code.as_deref());
        check(format!("shown as {error}"), error.to_string().contains(&self.message));
        check("status".to_owned(), self.status.is_none_or(|status| error.status().unwrap() == status));
        let is_wordpress =
            matches!(error.kind(), ErrorKind::Api(api) if api.origin() == ErrorOrigin::WordPress);
        check("origin".to_owned(), is_wordpress == self.wordpress);
        let said = [
            ("not_found", error.is_not_found()),
            ("unauthorized", error.is_unauthorized()),
            ("forbidden", error.is_forbidden()),
            ("rate_limited", error.is_rate_limited()),
            ("out_of_memory", error.is_out_of_memory()),
            ("out_of_time", error.is_out_of_time()),
        ];
        let said: Vec<_> = said.iter().filter(|(_, says)| *says).map(|(word, _)| *word).collect();
        check(format!("says {said:?}"), said == self.says);
        let hint = error.hint().unwrap_or_default();
        check(format!("hint: {hint:?}"), hint.contains(&self.hint));
        let in_doubt = error.may_have_happened();
        check(format!("in doubt: {in_doubt}"), self.request != "create" || in_doubt == self.in_doubt);
        check("attachment".to_owned(), error.attachment_id() == self.attachment);
        check("body".to_owned(), self.expect != "api" || error.raw_body() == Some(&self.body()));
        faults
    }
}

fn name(error: &Error) -> String {
    match error.kind() {
        ErrorKind::Api(_) => "api".to_owned(),
        ErrorKind::Unexpected(response) => format!("{:?}", response.kind()),
        ErrorKind::Decode(decode) => decode.fault().map_or("shape".to_owned(), |fault| format!("{fault:?}")),
        other => format!("{other:?}"),
    }
}

type Stacks = [(&'static str, Arc<dyn Transport>); 2];

/// A client of a server that responds to everything in one way, over each stack.
fn clients(stacks: &Stacks, server: &Server) -> impl Iterator<Item = (&'static str, Client)> {
    let url = server.url();
    stacks.clone().into_iter().map(move |(name, transport)| {
        let builder = Client::builder(&url).transport(transport).retry(RetryPolicy::never());
        (name, builder.build().unwrap())
    })
}

fn refusing(status: u16, body: &Value) -> Server {
    let head = format!("{status} X\r\ncontent-type: application/json");
    Server::responding(response(&head, body.to_string())).unwrap()
}

#[tokio::test]
#[allow(clippy::print_stdout)] // how many there were
async fn captured_responses_are_classified_by_their_bytes() {
    let lines = include_str!("../../../wp-core/tests/fixtures/others.jsonl").lines();
    let rows: Vec<Row> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    let stacks = transports();
    let (mut counts, mut wrong) = (BTreeMap::new(), Vec::new());
    for row in &rows {
        *counts.entry(&row.family).or_insert(0) += 1;
        let server = row.server();
        for (name, wp) in clients(&stacks, &server) {
            let faults = row.faults(ends(row.ask(&wp)).await);
            if !faults.is_empty() {
                wrong.push(format!("{}, {}, over {name}: {faults:#?}", row.family, row.case));
            }
        }
    }
    println!("{} rows: {counts:#?}", rows.len());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// The remedies of application passwords are for application passwords.
#[tokio::test]
async fn application_password_errors_have_a_remedy() {
    let stacks = transports();
    for (status, code, words, is_for_others) in [
        (401, "incorrect_password", "not one of their application passwords", false),
        (401, "invalid_username", "no such user", false),
        (401, "invalid_email", "no such user", false),
        (401, "application_passwords_disabled", "switched off", true),
        (501, "application_passwords_disabled", "switched off", true),
        (401, "application_passwords_disabled_for_user", "switched off", true),
        (401, "rest_not_logged_in", "application password was sent", false),
    ] {
        let server = refusing(status, &json!({"code": code, "message": "No.", "data": {"status": status}}));
        for (name, wp) in clients(&stacks, &server) {
            let own = Identity::new(Basic::application_password("ana", "abcd efgh"));
            let key = Identity::new(ApiKey::bearer("k3y-0123456789"));
            let as_owner = wp.with_auth(&own);
            for error in [
                ends(wp.users().me().auth(&own).into_future()).await.unwrap_err(),
                ends(as_owner.get("/wp/v2/posts").into_future()).await.unwrap_err(),
                ends(as_owner.verify()).await.unwrap_err(),
            ] {
                assert!(error.hint().unwrap_or_default().contains(words), "{name} {code}: {error:?}");
            }
            let other = ends(wp.users().me().auth(&key).into_future()).await.unwrap_err();
            let hint = other.hint().unwrap_or_default();
            assert_eq!(hint.contains(words), is_for_others, "{name} {code}: {hint}");
            assert!(is_for_others || !hint.contains("application password"), "{name} {code}: {hint}");
        }
    }
}

/// What a sign-in at a token plugin makes of errors that say nothing of the password.
#[tokio::test]
async fn sign_in_does_not_classify_unrelated_errors_as_wrong_password() {
    let of_plugin =
        |code: &str, message: &str| json!({"code": code, "message": message, "data": {"status": 403}});
    let stacks = transports();
    let firewall = json!({"message": "Access denied by Imunify360 bot-protection"});
    for (status, body, kind, words) in [
        (403, of_plugin("[jwt_auth] too_many_retries", "Wait a while."), AuthErrorKind::LockedOut, "Wait a"),
        (403, of_plugin("[jwt_auth] authentication_failed", "A captcha."), AuthErrorKind::Refused, "A cap"),
        (200, firewall.clone(), AuthErrorKind::BadResponse, "firewall"),
        (403, firewall, AuthErrorKind::BadResponse, "firewall"),
        (404, json!({"code": 404, "message": "Not Found"}), AuthErrorKind::BadResponse, "Not Found"),
        (429, json!({"error": "Too many requests"}), AuthErrorKind::RateLimited, "limiter"),
    ] {
        let server = refusing(status, &body);
        for (name, wp) in clients(&stacks, &server) {
            let wp = wp.with_auth(JwtAuth::new("ana", "Pl4nted-passw0rd"));
            let error = ends(wp.get("/wp/v2/posts").into_future()).await.unwrap_err();
            assert_eq!(error.auth_kind(), Some(kind), "{name}: {error:?}");
            assert!(error.to_string().contains(words), "{name}: {error}");
            assert!(!error.is_not_found(), "{name}: {error:?}");
        }
    }
}

/// What is packed is read as what is not, over each stack: every body among the fixtures of wp-core.
#[cfg(feature = "gzip")]
#[tokio::test]
#[allow(clippy::print_stdout)] // how many there were
async fn compressed_response_is_read_like_the_uncompressed_one() {
    use std::io::Write as _;

    use futures_util::future::{join, join_all};

    #[derive(Deserialize)]
    struct Line {
        http_status: Option<u16>,
        body: String,
    }
    let fixtures = [
        include_str!("../../../wp-core/tests/fixtures/errors.jsonl"),
        include_str!("../../../wp-core/tests/fixtures/models.jsonl"),
        include_str!("../../../wp-core/tests/fixtures/others.jsonl"),
    ];
    let lines = fixtures.into_iter().flat_map(str::lines);
    let lines: Vec<Line> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    let pack = |body: &str| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(body.as_bytes()).unwrap();
        packer.finish().unwrap()
    };
    let responses: Vec<[Vec<u8>; 2]> = lines
        .iter()
        .map(|Line { http_status, body }| {
            let head = format!("{} X\r\ncontent-type: application/json", http_status.unwrap_or(200));
            [response(&head, body), response(&format!("{head}\r\ncontent-encoding: gzip"), pack(body))]
        })
        .collect();
    let count = responses.len();
    let server = Server::start(move |mut conn| {
        while let Some(request) = conn.request() {
            let request = String::from_utf8_lossy(&request).into_owned();
            let number = |name: &str| -> usize {
                let value = request.split_once(&format!("{name}=")).unwrap().1;
                value.split(['&', ' ']).next().unwrap().parse().unwrap()
            };
            conn.send(&responses[number("case")][number("packed")]);
        }
    });
    let server = server.unwrap();
    let stacks = transports();
    for (name, wp) in clients(&stacks, &server) {
        let ask = |case: usize, packed: usize| {
            let request = wp.get("/plug/v1/x").query("case", case).query("packed", packed);
            async move {
                let outcome = ends(request.reply().into_future()).await;
                outcome.map(|reply| (reply.body, reply.salvaged)).map_err(|error| format!("{error:#}"))
            }
        };
        let all = (0..count).map(|case| join(ask(case, 1), ask(case, 0)));
        for (case, (packed, plain)) in join_all(all).await.into_iter().enumerate() {
            assert_eq!(packed, plain, "{name}: {:.200}", lines[case].body);
        }
    }
    println!("{count} bodies over each stack");
}
