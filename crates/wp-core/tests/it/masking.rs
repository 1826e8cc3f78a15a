//! Masking: no error shows a secret, in whatever form the server echoes it.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use proptest::prelude::*;
use serde_json::{Value, json};
use wp_core::response::{Refusal, read};
use wp_core::{Secrets, TransportError, TransportErrorKind, show};

fn json_escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn json_in_hex(text: &str) -> String {
    text.encode_utf16().fold(String::new(), |mut out, unit| {
        _ = write!(out, "\\u{unit:04X}");
        out
    })
}

fn percent(text: &str, plus: bool, lower: bool) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' if plus => out.push('+'),
            _ if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => out.push(char::from(byte)),
            _ if lower => _ = write!(out, "%{byte:02x}"),
            _ => _ = write!(out, "%{byte:02X}"),
        }
    }
    out
}

fn in_numbers(text: &str, write: fn(u32, &mut String) -> std::fmt::Result) -> String {
    let mut out = String::new();
    text.chars().for_each(|c| write(c as u32, &mut out).unwrap());
    out
}

fn html(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#039;")
}

type Spelling = fn(&str) -> String;

const SPELLINGS: [(&str, Spelling); 15] = [
    ("as it is", str::to_owned),
    ("JSON", json_escaped),
    ("JSON with slashes", |it| json_escaped(it).replace('/', "\\/")),
    ("JSON in hexadecimal", json_in_hex),
    ("slashed", |it| it.replace('\\', "\\\\").replace('\'', "\\'").replace('"', "\\\"")),
    ("percent", |it| percent(it, false, false)),
    ("percent in lower case", |it| percent(it, false, true)),
    ("a form", |it| percent(it, true, false)),
    ("HTML", html),
    ("HTML in numbers", |it| in_numbers(it, |c, out| write!(out, "&#{c};"))),
    ("HTML in hexadecimal", |it| in_numbers(it, |c, out| write!(out, "&#x{c:x};"))),
    ("base64", |it| BASE64_STANDARD.encode(it)),
    ("base64 without padding", |it| BASE64_STANDARD_NO_PAD.encode(it)),
    ("base64 for URLs", |it| BASE64_URL_SAFE.encode(it)),
    ("Basic", |it| BASE64_URL_SAFE_NO_PAD.encode(format!("ana:{it}"))),
];

/// Errors of every kind, with `text` wherever a server can put it.
fn errors(text: &str, secrets: &Secrets) -> Vec<String> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let status = StatusCode::FORBIDDEN;
    let body = |value: &Value| Bytes::from(value.to_string());
    let api = json!({"code": "c", "message": text, "data": {"status": 403, "params": {"p": text, text: "x"},
        "details": {"p": {"code": text}}}, "additional_errors": [{"code": "d", "message": text}]});
    let orange = json!({"status": "error", "error": "E", "error_description": text, "code": "403"});
    let page = format!("<!DOCTYPE html><title>No</title><p>{text} is no good</p>");
    let mut shown = Vec::new();
    for body in [body(&api), body(&orange), page.into(), Bytes::copy_from_slice(text.as_bytes())] {
        let refusal = read(status, &headers, &body).unwrap_err().hiding(secrets);
        shown.push(format!("{refusal} {refusal:?} {refusal:#?}"));
        match refusal {
            Refusal::Api(error) => {
                shown.extend(error.params().flat_map(|param| {
                    [Some(param.message), Some(param.code)].into_iter().flatten().flatten().map(str::to_owned)
                }));
                shown.push(error.message().to_owned());
            }
            Refusal::Unexpected(other) => shown.push(other.excerpt().to_owned()),
            _ => unreachable!("there are two"),
        }
    }
    let list = Bytes::from(json!([{ text: "x" }]).to_string());
    let error = read(StatusCode::OK, &headers, &list).unwrap();
    let error = error.decode::<Vec<std::collections::BTreeMap<String, u64>>>().unwrap_err().hiding(secrets);
    shown.push(format!("{error} {error:?}"));
    let error = TransportError::new(TransportErrorKind::Redirect).detail(text.to_owned()).hiding(secrets);
    shown.push(format!("{error} {error:?}"));
    shown
}

/// Nothing of it in what is shown: not as it is, not as it was spelled, and not with its blanks collapsed.
fn shows_none(shown: &[String], secret: &str, spelled: &str) {
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    for shown in shown {
        for form in [secret, spelled, &json_escaped(secret), &percent(secret, false, false)] {
            assert!(!shown.contains(form) && !bare(shown).contains(&bare(form)), "{form} in {shown}");
        }
        let shown = show::to_line(shown, 9999);
        assert!(!shown.contains(char::is_control) && !shown.contains('\u{202e}'), "{shown:?}");
    }
}

/// Long enough not to be part of a code, and no word.
fn secret() -> impl Strategy<Value = String> {
    let part = r#"[a-zA-Z0-9"\\%&<>;'/+=#?.: _|{}$üé日𝄞-]{2,24}"#;
    (part, "[A-Z][0-9][a-z]{2}x{4}", part).prop_map(|(a, b, c)| format!("{}{b}{}", a.trim(), c.trim()))
}

proptest! {
    // Each case is 30 errors.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_spelling_of_a_secret_is_shown(secret in secret(), one in 0..SPELLINGS.len(), other in 0..SPELLINGS.len()) {
        let spelled = SPELLINGS[other].1(&SPELLINGS[one].1(&secret));
        // Base64 inside base64 is not searched.
        let spelled = if one > 10 && other > 10 { SPELLINGS[one].1(&secret) } else { spelled };
        for spelled in [SPELLINGS[one].1(&secret), spelled] {
            let shown = errors(&format!("Not with {spelled}, no."), &Secrets::of_text(secret.clone()));
            shows_none(&shown, &secret, &spelled);
        }
    }

    #[test]
    fn no_part_of_a_secret_header_is_shown(secret in "[!-~]{8,40}", one in 0..SPELLINGS.len()) {
        let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("ana:{secret}")));
        for header in [basic, format!("Bearer {secret}")] {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_str(&header).unwrap());
            let secrets = Secrets::of_headers(&headers);
            let value = header.split_once(' ').unwrap().1;
            for part in [&header, value, &secret] {
                let spelled = SPELLINGS[one].1(part);
                let shown = errors(&format!("Not with {spelled}, no."), &secrets);
                shows_none(&shown, value, &spelled);
                shows_none(&shown, &secret, &spelled);
            }
        }
    }

    /// Text without a secret is unchanged.
    #[test]
    fn text_without_a_secret_is_unchanged(text in "[a-z \"\\\\%&+=]{0,60}") {
        let secrets = Secrets::of_text("Pl4nted-p4ssw0rd");
        prop_assert_eq!(secrets.mask(&text), text.as_str());
    }

    #[test]
    fn any_text_can_be_masked(text in any::<String>(), secret in any::<String>()) {
        let masked = Secrets::of_text(secret).mask(&text).into_owned();
        prop_assert!(masked.len() <= 3 * text.len() + 3);
    }
}
