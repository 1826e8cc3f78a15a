//! Every fixture body, modified as servers and plugins modify responses, is still classified right.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use wp_core::response::{JsonFault, Refusal, UnexpectedKind, read};
use wp_core::{ApiError, ErrorOrigin};

/// A recorded response, or a body of a model as one.
struct Recorded {
    name: String,
    status: u16,
    content_type: Option<String>,
    body: Vec<u8>,
}

#[derive(Deserialize)]
struct Line {
    case: String,
    #[serde(default)]
    http_status: Option<u16>,
    #[serde(default)]
    content_type: Option<String>,
    #[serde(default)]
    headers: Vec<String>,
    #[serde(default)]
    latin1: bool,
    body: String,
}

fn recorded() -> Vec<Recorded> {
    let fixtures = [
        include_str!("../fixtures/errors.jsonl"),
        include_str!("../fixtures/models.jsonl"),
        include_str!("../fixtures/others.jsonl"),
    ];
    let lines =
        fixtures.into_iter().flat_map(str::lines).map(|line| serde_json::from_str::<Line>(line).unwrap());
    let read = |line: Line| {
        let of_list = line.headers.iter().find_map(|header| header.strip_prefix("content-type: "));
        let content_type = line.content_type.or_else(|| of_list.map(str::to_owned));
        let content_type = content_type.or_else(|| line.http_status.is_none().then(|| JSON.to_owned()));
        let body = if line.latin1 {
            line.body.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
        } else {
            line.body.into_bytes()
        };
        Recorded { name: line.case, status: line.http_status.unwrap_or(200), content_type, body }
    };
    lines.map(read).collect()
}

const JSON: &str = "application/json; charset=UTF-8";
const BOM: &[u8] = "\u{feff}".as_bytes();
const NOTICE: &[u8] =
    b"<br />\n<b>Warning</b>:  Undefined array key [0] in <b>/srv/x.php</b> on line <b>3</b><br />\n";
const COMMENT: &[u8] = b"\n<!-- Cached by X in 0.1 s {\"x\":[1]} -->";

/// What a response is read as.
#[derive(Debug, PartialEq)]
enum Outcome {
    Json { text: Bytes, fault: Option<JsonFault> },
    Api { status: u16, code: String, message: String, origin: ErrorOrigin },
    Unexpected { kind: UnexpectedKind, code: String },
}

impl Outcome {
    fn of(status: u16, content_type: Option<&str>, body: &[u8]) -> Self {
        let mut headers = HeaderMap::new();
        if let Some(content_type) = content_type {
            headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        }
        let code = |error: &ApiError| error.code().as_str().to_owned();
        match read(StatusCode::from_u16(status).unwrap(), &headers, &Bytes::copy_from_slice(body)) {
            Ok(json) => {
                let decoded = json.decode::<Value>();
                Self::Json { text: json.text().clone(), fault: decoded.err().and_then(|error| error.fault()) }
            }
            Err(Refusal::Api(error)) => Self::Api {
                status: error.status().as_u16(),
                code: code(&error),
                message: error.message().to_owned(),
                origin: error.origin(),
            },
            Err(Refusal::Unexpected(other)) => {
                Self::Unexpected { kind: other.kind(), code: other.error().map(code).unwrap_or_default() }
            }
            Err(other) => panic!("{other}"),
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Json { .. } => "",
            Self::Api { code, .. } | Self::Unexpected { code, .. } => code,
        }
    }

    fn is_success(&self) -> bool {
        matches!(self, Self::Json { fault: None, .. })
    }
}

/// The outcomes of all changes, by the name of the change.
#[derive(Default)]
struct Tally {
    counts: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
}

impl Tally {
    fn check(&mut self, change: &'static str, name: &str, outcome: &Outcome, is_right: bool) {
        *self.counts.entry(change).or_default() += 1;
        if !is_right {
            self.wrong.push(format!("{name}, {change}: {outcome:?}"));
        }
    }
}

/// Whether a body is one document, which shows where it begins and ends.
fn is_document(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    let Found { is_container, is_whole } = Found::of(body);
    is_container && is_whole
}

struct Found {
    is_container: bool,
    is_whole: bool,
}

impl Found {
    fn of(body: &[u8]) -> Self {
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        let is_whole = IgnoredAny::deserialize(&mut deserializer).is_ok() && deserializer.end().is_ok();
        Self { is_container: matches!(body.first(), Some(b'{' | b'[')), is_whole }
    }
}

#[test]
#[allow(clippy::print_stdout)] // how many there were
fn mutated_responses_are_classified_right() {
    let mut tally = Tally::default();
    for Recorded { name, status, content_type, body } in &recorded() {
        let (name, content_type) = (name.as_str(), content_type.as_deref());
        let original = Outcome::of(*status, content_type, body);
        let is_document = is_document(body);
        for (change, before, behind) in [
            ("byte order mark", BOM, &b""[..]),
            ("notice before", NOTICE, b""),
            ("comment behind", b"", COMMENT),
            ("all three", &[BOM, NOTICE].concat(), COMMENT),
        ] {
            let outcome = Outcome::of(*status, content_type, &[before, body, behind].concat());
            let is_right = if is_document {
                // A document is read as ever.
                outcome == original
            } else if original.is_success() {
                // A text or a number alone: read as ever, or not at all.
                outcome == original || !outcome.is_success()
            } else {
                // Nothing becomes a success, and no code is lost or made up.
                !outcome.is_success() && outcome.code() == original.code()
            };
            tally.check(change, name, &outcome, is_right);
        }
        let is_problem = content_type.is_some_and(|mime| mime.contains("problem"));
        for other in [Some("text/html; charset=UTF-8"), Some("text/plain"), Some(JSON), None] {
            let outcome = Outcome::of(*status, other, body);
            // Only the type says that a problem under a success is one.
            let is_right = if is_document && !(is_problem && *status == 200) {
                outcome == original
            } else {
                is_problem || !outcome.is_success() || (original.is_success() && outcome == original)
            };
            tally.check("another content type", name, &outcome, is_right);
        }
        let lengths = (1..10).map(|tenth| body.len() * tenth / 10);
        for cut in lengths.map(|length| &body[..length]).filter(|cut| cut.trim_ascii() != body.trim_ascii()) {
            for (change, before) in
                [("cut", &b""[..]), ("cut, byte order mark", BOM), ("cut, notice before", NOTICE)]
            {
                let outcome = Outcome::of(*status, content_type, &[before, cut].concat());
                // Of several documents, the first may be whole yet: what came is what is read.
                let is_right = match &outcome {
                    Outcome::Json { fault: None, text } => {
                        !is_document && (**text == *cut.trim_ascii() || outcome == original)
                    }
                    Outcome::Api { .. } => !is_document,
                    // A code that is whole is kept, and none is made up.
                    other => other.code().is_empty() || other.code() == original.code(),
                };
                let keeps_code =
                    !is_document || !holds_code(cut) || *status < 300 || outcome.code() == original.code();
                tally.check(change, name, &outcome, is_right && keeps_code);
            }
        }
    }
    let Tally { counts, wrong } = tally;
    println!("{counts:#?}, {} in all", counts.values().sum::<usize>());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}

/// Whether an error of WordPress that was cut has its code yet.
fn holds_code(cut: &[u8]) -> bool {
    let text = String::from_utf8_lossy(cut);
    let code = text.strip_prefix("{\"code\":\"").and_then(|rest| rest.split_once("\","));
    code.is_some()
}

/// The errors that come under 200, with their members in every order, large ones first, and in noise.
#[test]
#[allow(clippy::print_stdout)] // how many there were
fn error_under_status_200_is_found_in_any_member_order() {
    let long = "y".repeat(6000);
    let errors = [
        (json!({"code": "db_insert_error", "message": "Not written.", "data": null}), "db_insert_error"),
        (
            json!({"code": "rest_forbidden", "message": long, "data": {"status": 403, "x": [long]}}),
            "rest_forbidden",
        ),
        (json!({"code": "a", "message": "m", "data": null, "additional_errors": [{"code": long}]}), "a"),
        (
            json!({"message": "Access denied by Imunify360 bot-protection", "data": {"x": long}, "status": "no"}),
            "",
        ),
        (json!({"success": false, "statusCode": 403, "code": "b", "message": long}), "b"),
        (
            json!({"kind": "Status", "status": "Failure", "metadata": {"x": long}, "reason": "NotFound", "message": "m"}),
            "NotFound",
        ),
    ];
    let mut count = 0;
    for (error, code) in &errors {
        let members: Vec<_> = error.as_object().unwrap().iter().collect();
        for order in orders(members.len()) {
            let texts = order.iter().map(|at| format!("{}:{}", json!(members[*at].0), members[*at].1));
            let body = format!("{{{}}}", texts.collect::<Vec<_>>().join(","));
            for before in [&b""[..], BOM, NOTICE] {
                let outcome = Outcome::of(200, Some(JSON), &[before, body.as_bytes()].concat());
                assert!(
                    !matches!(outcome, Outcome::Json { .. }) && outcome.code() == *code,
                    "{body:.99}: {outcome:?}"
                );
                count += 1;
            }
        }
    }
    println!("{count} orders");
}

/// Every order of so many things.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for order in orders(count - 1) {
        for at in 0..count {
            let mut longer = order.clone();
            longer.insert(at, count - 1);
            all.push(longer);
        }
    }
    all
}
