//! Any response is JSON, an error of the API, or something that no API wrote, and none of them shows what it should
//! not.

use http::{Method, StatusCode};
use serde_json::Value;
use wp_core::response::{Json, Refusal, UnexpectedKind, read, read_for};
use wp_core::{Secrets, show};

use crate::input::{RawResponse, SECRET, shows_no_content};
use crate::seeds;

/// # Panics
/// Over what should not be.
pub fn run(data: &[u8]) {
    let RawResponse { status, headers, body } = RawResponse::read(data);
    let response = read(status, &headers, &body);
    let of_write = read_for(&Method::POST, status, &headers, &body);
    match &of_write {
        Err(Refusal::Unexpected(list)) if list.kind() == UnexpectedKind::List => {
            assert!(response.as_ref().is_ok_and(|json| json.text().starts_with(b"[")));
        }
        other => assert_eq!(format!("{response:?}"), format!("{other:?}")),
    }
    match response {
        Ok(json) => {
            assert!(status.is_success(), "{status} is not a success");
            assert!(!body.is_empty() || status == StatusCode::NO_CONTENT);
            is_of_body(&json, &body);
            if let Err(error) = json.decode::<Value>() {
                shows_no_content(&error);
                // The parser and what looks for the fault agree on what JSON is.
                let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(json.text()).is_ok();
                assert!(is_json || error.fault().is_some(), "{error}");
            }
            // What it is read into shows nothing of it either.
            if let Err(error) = json.decode::<Vec<u32>>() {
                shows_no_content(&error);
            }
        }
        Err(Refusal::Api(error)) => {
            assert!((100..600).contains(&error.status().as_u16()) || error.status() == status);
            assert!(status.is_success() || error.status().as_u16() >= 300, "{error:?} under {status}");
            assert!(error.code().as_str().len() <= 128 && error.message().len() <= 4096 * 3);
            assert!(error.to_string().len() <= show::MAX_DISPLAY_BYTES, "{error}");
            assert!(format!("{error:?}").len() <= show::MAX_DEBUG_BYTES, "{error:?}");
            let shown = format!("{}{}{error}", error.code(), error.message());
            assert!(!shown.contains(char::is_control), "{shown:?}");
            let hiding = error.clone().hiding(&Secrets::of_text(SECRET));
            let params: Vec<_> = hiding.params().collect();
            let shown =
                format!("{hiding} {hiding:?} {hiding:#?} {} {} {params:?}", hiding.code(), hiding.message());
            assert!(!shown.contains(SECRET), "{shown}");
            // What a program matches on stays.
            assert_eq!(hiding, error);
        }
        Err(Refusal::Unexpected(response)) => {
            assert_eq!(response.status(), status);
            assert!(response.excerpt().chars().count() <= 200, "{}", response.excerpt());
            assert!(!response.excerpt().contains(char::is_control), "{:?}", response.excerpt());
            // An error is shown unmasked until its secrets are set.
            let shown = format!("{response} {:?}", response.excerpt());
            assert!(response.error().is_some() || !shown.contains(SECRET), "{response}");
            let hiding = response.clone().hiding(&Secrets::of_text(SECRET));
            assert!(!format!("{hiding} {hiding:?} {}", hiding.excerpt()).contains(SECRET), "{hiding}");
            let is_blank = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&body).trim_ascii().is_empty();
            assert!(response.kind() != UnexpectedKind::Empty || is_blank);
            assert!(response.without_excerpt().excerpt().is_empty());
        }
        Err(other) => panic!("{other}"),
    }
}

/// The text is a piece of the body, and says what is around it.
pub(super) fn is_of_body(json: &Json, body: &[u8]) {
    match json.salvaged() {
        Some(salvaged) => {
            let end = body.len() - salvaged.suffix;
            assert_eq!(json.text(), &body[salvaged.prefix..end]);
            // Invalid JSON has a fault. A number may be too large for a `Value`, and is JSON all the same.
            let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(json.text()).is_ok();
            assert!(is_json || json.decode::<Value>().is_err_and(|error| error.fault().is_some()));
        }
        None if body.is_empty() => assert_eq!(json.text(), "null"),
        None => assert_eq!(json.text(), body.trim_ascii()),
    }
}

/// Every recorded response, and ones with the secret in them.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut all = seeds::responses();
    let page = "<!DOCTYPE html><title>403</title><p>token @@ refused</p>\nStack trace:\n#0 login('@@')";
    all.push(RawResponse::write(403, &[("content-type", "text/html")], page));
    let warning = "<br />\n<b>Warning</b>: x in <b>/srv/x.php</b><br />\n{\"code\":\"a\",\"message\":\"@@\",\"data\":null}\n<!-- x -->";
    all.push(RawResponse::write(200, &[("content-type", "text/html")], warning));
    all.push(RawResponse::write(200, &[("x-wp-total", "2"), ("x-wp-totalpages", "1")], "[{\"id\":\"@@\"}]"));
    all.push(RawResponse::write(200, &[], "{\"a \\\"b\\\" @@\":604e}"));
    all.push(RawResponse::write(200, &[("cf-mitigated", "challenge")], "[1,{\"a\":[]}] <?php"));
    all
}
