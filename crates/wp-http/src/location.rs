//! Resolution of a `location` header.

use std::fmt::Write;

use http::Uri;

/// Resolves `location` against `base` (RFC 3986, section 5.2), without fragment, user and password. `None` if the
/// result is not an http or https URL.
///
/// The result contains nothing that only one of the two HTTP clients would rewrite.
pub(crate) fn resolve(base: &Uri, location: &[u8]) -> Option<Uri> {
    let text = encode(location.trim_ascii().split(|&byte| byte == b'#').next()?);
    let (scheme, rest) = match text.find([':', '/', '?']) {
        Some(end) if text[end..].starts_with("://") => (&text[..end], &text[end + 1..]),
        Some(end) if text[end..].starts_with(':') => return None,
        _ => (base.scheme_str()?, &*text),
    };
    let scheme = ["http", "https"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known))?;
    let (authority, rest) = match rest.strip_prefix("//") {
        Some(rest) => {
            let (authority, rest) = cut(rest, &['/', '?']);
            (authority, if rest.starts_with('/') { rest.to_owned() } else { format!("/{rest}") })
        }
        None => (base.authority()?.as_str(), below(base, rest)?),
    };
    let authority = authority.rsplit('@').next()?.to_ascii_lowercase();
    let authority = if authority.contains('%') { in_ascii(&authority)? } else { authority };
    let (path, query) = cut(&rest, &['?']);
    let uri: Uri = format!("{scheme}://{authority}{}{query}", without_dots(path)).parse().ok()?;
    // `Uri` takes any port for one, and a host in percent.
    let host = uri.host().filter(|host| !host.is_empty() && !host.contains('%'))?;
    (host.len() == authority.len() || uri.port_u16().is_some()).then_some(uri)
}

/// Converts an authority with an internationalized host to ASCII.
fn in_ascii(authority: &str) -> Option<String> {
    let (host, port) = cut(authority, &[':']);
    let mut bytes = Vec::with_capacity(host.len());
    let mut rest = host;
    while let Some((before, escape)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        bytes.push(u8::from_str_radix(escape.get(..2)?, 16).ok().filter(|byte| !byte.is_ascii())?);
        rest = escape.get(2..)?;
    }
    bytes.extend_from_slice(rest.as_bytes());
    Some(wp_core::normal_host(&String::from_utf8(bytes).ok()?).ok()? + port)
}

/// The path and query of a reference that names no host.
fn below(base: &Uri, reference: &str) -> Option<String> {
    Some(match reference.chars().next() {
        None => base.path_and_query()?.to_string(),
        Some('/') => reference.to_owned(),
        Some('?') => format!("{}{reference}", base.path()),
        Some(_) => format!("{}/{reference}", base.path().rsplit_once('/')?.0),
    })
}

fn cut<'a>(text: &'a str, at: &[char]) -> (&'a str, &'a str) {
    text.split_at(text.find(at).unwrap_or(text.len()))
}

/// Percent-encodes every character that is neither unreserved nor reserved, because servers do not always, and the
/// apostrophe, which reqwest encodes and hyper does not.
fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~:/?[]@!$&()*+,;=%".contains(&byte) {
            text.push(char::from(byte));
        } else {
            _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

fn without_dots(path: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        match &*segment.replace("%2e", ".").replace("%2E", ".") {
            ".." => _ = out.pop(),
            "." => {}
            _ => {
                out.push(segment);
                continue;
            }
        }
        if segments.peek().is_none() {
            out.push(""); // `a/..` is a folder
        }
    }
    format!("/{}", out.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn location_resolves_per_rfc_3986() {
        let base = Uri::from_static("http://ex.org:81/a/b/c?x=1");
        for (location, expected) in [
            ("https://new.org/p?q=1#f", "https://new.org/p?q=1"),
            ("HTTPS://New.org", "https://new.org/"),
            ("https://new.org?q", "https://new.org/?q"),
            ("//new.org/p", "http://new.org/p"),
            ("/p/./q/../r", "http://ex.org:81/p/r"),
            ("/p//q", "http://ex.org:81/p//q"),
            ("d", "http://ex.org:81/a/b/d"),
            ("d/", "http://ex.org:81/a/b/d/"),
            ("../d?y=/../", "http://ex.org:81/a/d?y=/../"),
            ("../../../../d", "http://ex.org:81/d"),
            ("..", "http://ex.org:81/a/"),
            (".", "http://ex.org:81/a/b/"),
            ("/%2e%2E/d", "http://ex.org:81/d"),
            ("?y=2", "http://ex.org:81/a/b/c?y=2"),
            ("#f", "http://ex.org:81/a/b/c?x=1"),
            ("d?to=http://z.org/", "http://ex.org:81/a/b/d?to=http://z.org/"),
            (" /p ", "http://ex.org:81/p"),
            ("/it's?a|b=\"c d\"&e=%7C", "http://ex.org:81/it%27s?a%7Cb=%22c%20d%22&e=%7C"),
            ("/\u{fc}", "http://ex.org:81/%C3%BC"),
            ("http://ana:pw@new.org/p", "http://new.org/p"),
            ("http://[::1]:8080/p", "http://[::1]:8080/p"),
        ] {
            let resolved = resolve(&base, location.as_bytes()).map(|uri| uri.to_string());
            assert_eq!(resolved.as_deref(), Some(expected), "{location}");
        }
    }

    #[test]
    fn internationalized_location_host_is_punycode() {
        let base = Uri::from_static("http://ex.org/");
        for (location, expected) in [
            ("https://m\u{fc}ller.example/a", "https://xn--mller-kva.example/a"),
            ("//M\u{fc}ller.example:8080", "http://xn--mller-kva.example:8080/"),
            ("https://m%C3%BCller.example/\u{fc}", "https://xn--mller-kva.example/%C3%BC"),
        ] {
            let expected = cfg!(feature = "idn").then_some(expected);
            let resolved = resolve(&base, location.as_bytes()).map(|uri| uri.to_string());
            assert_eq!(resolved.as_deref(), expected, "{location}");
        }
    }

    #[test]
    fn location_rejects_other_schemes_than_http() {
        let base = Uri::from_static("http://ex.org/");
        for location in [
            "ftp://ex.org/",
            "javascript:alert(1)",
            "http:/p",
            "http://",
            "//",
            "http://ex .org/",
            "http://ex.org:x/",
            "http://ex.org:99999/",
            "http://:80/",
            "http://ana@/",
            "http://ex%2eample.org/",
            "http://ex%zzample.org/",
            "http://ex%C3.org/",
            "http://ex%",
        ] {
            assert_eq!(resolve(&base, location.as_bytes()), None, "{location}");
        }
    }
}
