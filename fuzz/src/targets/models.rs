//! The models read what a server sends, or say what is wrong, and write what they read.

use std::fmt::Debug;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wp_core::models::{AppPassword, Category, Post, SiteInfo, Tag, User};
use wp_core::response::read;
use wp_core::{GmtTime, SiteTime, php};

use crate::input::{PLANTED, SECRET, shows_no_content};
use crate::seeds;

/// A body.
///
/// # Panics
/// Over what should not be.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data).replace(PLANTED, SECRET);
    if let Some(post) = model::<Post>(&text) {
        for date in [post.date, post.modified].into_iter().flatten() {
            assert_eq!(date.to_string().parse::<SiteTime>().ok(), Some(date));
        }
        for date in [post.date_gmt, post.modified_gmt].into_iter().flatten() {
            assert_eq!(date.to_string().parse::<GmtTime>().ok(), Some(date));
        }
        let status = Value::from(post.status.as_str());
        assert_eq!(serde_json::from_value(status).ok(), Some(post.status));
    }
    model::<Vec<Post>>(&text);
    model::<User>(&text);
    model::<Vec<User>>(&text);
    model::<Tag>(&text);
    model::<Category>(&text);
    model::<Vec<AppPassword>>(&text);
    model::<SiteInfo>(&text);
}

/// Reads it, the way that responses are read. A report changes nothing, and what was read is written and read again as the
/// same.
fn model<T: DeserializeOwned + Serialize + PartialEq + Debug>(text: &str) -> Option<T> {
    let body = Bytes::copy_from_slice(text.as_bytes());
    let json = read(StatusCode::OK, &HeaderMap::new(), &body).ok()?;
    match json.decode::<T>() {
        Ok(value) => {
            let reported = json.decode_reported::<T>();
            assert!(
                reported.as_ref().is_ok_and(|reported| reported.value == value),
                "{reported:?}, not {value:?}"
            );
            assert_eq!(
                reported.is_ok_and(|reported| reported.coercions.is_empty()),
                json.decode_strict::<T>().is_ok()
            );
            // The last digit of a fraction may change on its way through a text.
            if let Ok(written) = serde_json::to_value(&value)
                && !holds_fraction(&written)
            {
                let again = php::from_str::<T>(&written.to_string());
                assert!(again.as_ref().is_ok_and(|again| *again == value), "{again:?}, not {value:?}");
            }
            Some(value)
        }
        Err(error) => {
            shows_no_content(&error);
            None
        }
    }
}

fn holds_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(items) => items.iter().any(holds_fraction),
        Value::Object(entries) => entries.values().any(holds_fraction),
        _ => false,
    }
}

/// Every recorded body, and an index.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut all: Vec<_> = seeds::models().into_iter().map(|modelled| modelled.body.into_bytes()).collect();
    all.push(br#"{"name":"@@","description":"","url":"https://example.org","home":"https://example.org","gmt_offset":"5.5","timezone_string":"","namespaces":["wp/v2"],"authentication":{"application-passwords":{"endpoints":{"authorization":"https://example.org/wp-admin/authorize-application.php"}}}}"#.to_vec());
    all.push(br#"{"name":"x","url":"","home":"","gmt_offset":0,"namespaces":[],"authentication":[],"routes":{"/":{}}}"#.to_vec());
    all.push(br#"[{"uuid":"9d8e","app_id":"","name":"sync","created":"2026-11-22T17:36:37","last_used":null,"last_ip":null}]"#.to_vec());
    all
}
