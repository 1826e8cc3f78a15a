//! What is read from headers: totals, links, times to wait.

use std::time::{Duration, SystemTime};

use http::header::LINK;
use wp_core::discovery::{link_header, page_links, rsd};
use wp_core::{Totals, http_date, retry_after};

use crate::input::RawResponse;

/// # Panics
/// Over what should not be.
pub fn run(data: &[u8]) {
    let RawResponse { headers, body, .. } = RawResponse::read(data);
    if let Some(totals) = Totals::of(&headers) {
        let said = |name: &str| headers[name].to_str().unwrap_or_default().trim().parse::<u64>();
        assert_eq!((Ok(totals.items), Ok(totals.pages)), (said("x-wp-total"), said("x-wp-totalpages")));
    }
    if let Some(target) = link_header(&headers) {
        assert!(!target.contains('>'), "{target}");
        let holds = |value: &[u8]| String::from_utf8_lossy(value).contains(&target);
        assert!(headers.get_all(LINK).iter().any(|value| holds(value.as_bytes())), "{target}");
    }
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    if let Some(wait) = retry_after(&headers, now) {
        assert!(wait <= Duration::from_secs(86_400), "{wait:?}");
    }
    for value in headers.values() {
        let time = value.to_str().ok().and_then(|text| http_date(text, now));
        // What it is counted from, and compared with, is a time.
        assert!(time.is_none_or(|time| time.checked_add(Duration::from_secs(1)).is_some()), "{time:?}");
    }
    let text = String::from_utf8_lossy(&body);
    let _ = (page_links(&text), rsd(&text));
}

/// What WordPress sends, and what the standards allow.
pub fn seeds() -> Vec<Vec<u8>> {
    const REL: &str = "https://api.w.org/";
    let head = |headers: &[(&str, &str)], body: &str| RawResponse::write(200, headers, body);
    let link = format!("<https://example.org/wp-json/>; rel=\"{REL}\"");
    let several = format!(
        "<https://example.org/wp-json/wp/v2/posts/1>; rel=\"alternate\"; title=\"JS\\\"ON\", <a,b>; rel={REL}; anchor=\"#x\", <c>;rel=\"x {REL}\""
    );
    let page = format!(
        "<!DOCTYPE html><link rel='{REL}' href='https://example.org/wp-json/?a=1&amp;b=2' /><link rel=EditURI href=/xmlrpc.php?rsd>"
    );
    let document = "<rsd><service><apis><api name=\"WP-API\" apiLink=\"https://example.org/wp-json/\"/></apis></service></rsd>";
    vec![
        head(&[("link", &link), ("x-wp-total", "41"), ("x-wp-totalpages", "5")], &page),
        head(&[("link", &several), ("retry-after", "600")], document),
        head(
            &[("retry-after", "Sun, 22 Nov 2026 19:22:01 GMT"), ("date", "Sunday, 06-Nov-94 08:49:37 GMT")],
            "",
        ),
        head(&[("retry-after", "99999999999999999999"), ("x-wp-total", " 18446744073709551615")], "<link"),
    ]
}
