//! Every recorded response that holds an error, read to the right status, code and message.
//! `fixtures/README.md` says where the responses and the expectations come from.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use serde::Deserialize;
use wp_core::ApiError;
use wp_core::response::{Refusal, UnexpectedKind, read};

#[derive(Deserialize)]
struct Case {
    #[serde(rename = "case")]
    name: String,
    http_status: u16,
    content_type: Option<String>,
    body: String,
    /// The body is a member of a batch, not a whole response.
    member: Option<usize>,
    expect: Option<Expected>,
    kind: Option<String>,
}

#[derive(Deserialize, Debug, PartialEq)]
struct Expected {
    status: u16,
    code: String,
    message: String,
}

fn cases() -> Vec<Case> {
    let lines = include_str!("../fixtures/errors.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).expect(line)).collect()
}

fn refusal(case: &Case) -> Result<(), Refusal> {
    let mut headers = HeaderMap::new();
    if let Some(content_type) = &case.content_type {
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
    }
    let status = StatusCode::from_u16(case.http_status).unwrap();
    read(status, &headers, &Bytes::from(case.body.clone())).map(drop)
}

fn summary(error: &ApiError) -> Expected {
    Expected {
        status: error.status().as_u16(),
        code: error.code().as_str().to_owned(),
        message: error.message().to_owned(),
    }
}

#[test]
fn recorded_errors_are_parsed() {
    let cases = cases();
    assert!(cases.len() > 200, "the fixture is not whole: {}", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        // A member of a batch has no headers of its own.
        if case.member.is_some() {
            let status = StatusCode::from_u16(case.http_status).unwrap();
            let error = ApiError::from_value(status, &serde_json::from_str(&case.body).unwrap());
            if error.as_ref().map(summary) != case.expect {
                wrong.push(format!("{}: {error:?}", case.name));
            }
            continue;
        }
        match (refusal(case), &case.expect) {
            (Err(Refusal::Api(error)), Some(expected)) if summary(&error) == *expected => {}
            (Err(Refusal::Unexpected(response)), None) => {
                if case.kind != Some(format!("{:?}", response.kind()))
                    || response.status().as_u16() != case.http_status
                {
                    wrong.push(format!("{}: {response:?}", case.name));
                }
            }
            (other, expected) => wrong.push(format!("{}: {other:?}, expected {expected:?}", case.name)),
        }
    }
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// The envelopes that no recording holds, in the words of the contract.
#[test]
fn errors_without_status_or_at_another_place_are_parsed() {
    let read = |status: u16, content_type: &str, body: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        match read(StatusCode::from_u16(status).unwrap(), &headers, &Bytes::copy_from_slice(body.as_bytes()))
        {
            Err(Refusal::Api(error)) => Some((error.status().as_u16(), error.code().as_str().to_owned())),
            _ => None,
        }
    };
    let json = "application/json; charset=UTF-8";
    let error = r#"{"code":"rest_forbidden","message":"No.","data":{"status":403}}"#;
    let bare = r#"{"code":"incorrect_password","message":"No.","data":null}"#;
    let warning =
        "<br />\n<b>Warning</b>: Undefined array key 0 in <b>/srv/x.php</b> on line <b>3</b><br />\n";

    let forbidden = Some((403, "rest_forbidden".to_owned()));
    assert_eq!(read(200, "text/html; charset=UTF-8", &format!("{warning}{error}")), forbidden);
    assert_eq!(read(403, json, &format!("\u{feff}{error}")), forbidden);
    assert_eq!(read(403, json, &format!("{error}\n<!-- cached -->")), forbidden);
    // A web server refused it, and let PHP run without the body: what that says is not the reason.
    let both = format!("<!DOCTYPE HTML><html><body>Too large</body></html>\n{error}");
    assert_eq!(read(413, "text/html", &both), None);
    // Without a status of its own, the place where it was found tells.
    let lost = Some((200, "incorrect_password".to_owned()));
    assert_eq!(read(200, "text/html", &format!("{warning}{bare}")), lost);
    assert_eq!(read(200, json, bare), lost);
    assert_eq!(read(200, json, r#"{"code":"done","message":"All sent","data":{"sent":3}}"#), None);
}

#[test]
fn recorded_successes_are_not_errors() {
    let body = Bytes::from_static(br#"{"code":"jwt_auth_valid_token","data":{"status":200}}"#);
    assert!(read(StatusCode::OK, &HeaderMap::new(), &body).is_ok());
    assert!(read(StatusCode::NO_CONTENT, &HeaderMap::new(), &Bytes::new()).is_ok());
    let empty = read(StatusCode::OK, &HeaderMap::new(), &Bytes::new());
    assert!(matches!(empty, Err(Refusal::Unexpected(response)) if response.kind() == UnexpectedKind::Empty));
}

/// A title and a message of WordPress's own site may speak of anything.
#[test]
fn success_that_mentions_firewalls_is_a_success() {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, StatusCode};
    use wp_core::response::{Refusal, UnexpectedKind, read};

    let mut of_wordpress = HeaderMap::new();
    of_wordpress.insert("content-type", HeaderValue::from_static("application/json"));
    let elsewhere = of_wordpress.clone();
    of_wordpress
        .insert("link", HeaderValue::from_static("<https://x.test/wp-json/>; rel=\"https://api.w.org/\""));
    for text in [
        r#"{"title":{"rendered":"How to configure a firewall"}}"#,
        r#"{"title":{"rendered":"Gone"},"status":"publish"}"#,
        r#"{"title":"Wordfence rules"}"#,
        r#"{"message":"Firewall rules saved","status":"saved"}"#,
        r#"{"message":"Rate limit updated"}"#,
    ] {
        assert!(read(StatusCode::OK, &of_wordpress, &Bytes::from_static(text.as_bytes())).is_ok(), "{text}");
    }
    // Headers of such a thing are on each response.
    let mut behind = elsewhere.clone();
    behind.insert("x-ratelimit-remaining", HeaderValue::from_static("99"));
    behind.insert("x-sucuri-id", HeaderValue::from_static("15"));
    behind.insert("server", HeaderValue::from_static("imunify360-webshield"));
    let saved = Bytes::from_static(br#"{"message":"Saved"}"#);
    assert!(read(StatusCode::OK, &behind, &saved).is_ok());
    let invalid = Bytes::from_static(br#"{"message":"Invalid email"}"#);
    let Err(Refusal::Api(error)) = read(StatusCode::BAD_REQUEST, &behind, &invalid) else { panic!() };
    assert_eq!(error.message(), "Invalid email");
    // WordPress's own names for errors, without the rest of them.
    for text in [
        r#"{"code":"rest_forbidden","message":"x"}"#,
        r#"{"code":"rest_forbidden","message":"x","data":[]}"#,
        r#"{"code":"rest_forbidden","message":"x","data":{"status":403.0}}"#,
        r#"{"id":"req-1","code":"rest_forbidden","message":"x","data":{"status":403}}"#,
    ] {
        let text = Bytes::from_static(text.as_bytes());
        assert!(matches!(read(StatusCode::OK, &elsewhere, &text), Err(Refusal::Api(_))), "{text:?}");
    }
    let denied = Bytes::from_static(br#"{"message":"Access denied by Imunify360 bot-protection."}"#);
    let Err(Refusal::Unexpected(found)) = read(StatusCode::OK, &elsewhere, &denied) else { panic!() };
    assert_eq!(found.kind(), UnexpectedKind::Firewall);
}
