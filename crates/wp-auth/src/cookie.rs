//! Reading a cookie from a response.

use std::time::Duration;

use http::HeaderMap;
use http::header::SET_COOKIE;
use secrecy::SecretString;

/// The value of the cookie `name` and its lifetime, if it has one. `None` if it is missing, deleted, or not a
/// valid cookie value.
pub(crate) fn find(headers: &HeaderMap, name: &str) -> Option<(SecretString, Option<Duration>)> {
    headers.get_all(SET_COOKIE).iter().rev().find_map(|value| read(value.to_str().ok()?, name))
}

fn read(text: &str, name: &str) -> Option<(SecretString, Option<Duration>)> {
    let (pair, attributes) = text.split_once(';').unwrap_or((text, ""));
    let (found, value) = pair.split_once('=')?;
    let value = value.trim().trim_matches('"');
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\');
    if found.trim() != name || value.is_empty() || !value.bytes().all(is_plain) {
        return None;
    }
    let mut life = None;
    for attribute in attributes.split(';') {
        let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
        if key.trim().eq_ignore_ascii_case("max-age") {
            // A negative value deletes the cookie.
            let seconds: i64 = value.trim().parse().ok()?;
            life = Some(Duration::from_secs(u64::try_from(seconds).ok().filter(|seconds| *seconds > 0)?));
        }
    }
    Some((value.into(), life))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn found(cookies: &[&str]) -> Option<(String, Option<u64>)> {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(SET_COOKIE, cookie.parse().unwrap());
        }
        let (value, life) = find(&headers, "refresh_token")?;
        Some((value.expose_secret().to_owned(), life.map(|life| life.as_secs())))
    }

    #[test]
    fn cookie_parses_the_headers_that_plugins_set() {
        let set =
            "refresh_token=1.7c04; expires=Tue, 22 Dec 2026 17:51:04 GMT; Max-Age=2592000; path=/; HttpOnly";
        let read = Some(("1.7c04".to_owned(), Some(2_592_000)));
        assert_eq!(found(&[set]), read);
        assert_eq!(found(&["other=1", set, "wp_lang=de"]), read);
        assert_eq!(found(&["refresh_token=a", "refresh_token=b"]), Some(("b".to_owned(), None)));
        assert_eq!(found(&["refresh_token=\"q\"; MAX-AGE = 5"]), Some(("q".to_owned(), Some(5))));
    }

    #[test]
    fn cookie_is_none_for_invalid_headers() {
        for cookies in [
            &[][..],
            &["refresh_token"],
            &["refresh_token="],
            &["refresh_token=; Max-Age=0"],
            &["refresh_token=gone; Max-Age=0"],
            &["refresh_token=gone; Max-Age=-1"],
            &["refresh_token=a; Max-Age=99999999999999999999"],
            &["refresh_token=a b"],
            &["xrefresh_token=a"],
        ] {
            assert_eq!(found(cookies), None, "{cookies:?}");
        }
    }

    #[test]
    fn any_header_is_read_without_a_panic() {
        let mut random = fastrand::Rng::with_seed(7);
        let pieces = ["refresh_token", "=", ";", " ", "Max-Age", "\"", "-", "9", "é", ",", "\t", "a"];
        for _ in 0..20_000 {
            let text: String =
                (0..random.usize(..12)).map(|_| pieces[random.usize(..pieces.len())]).collect();
            let _ = read(&text, "refresh_token");
        }
    }
}
