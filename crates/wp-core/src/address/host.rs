//! Hosts in normalized form, which no HTTP stack rewrites.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The maximum length of a name in DNS.
const MAX_NAME_BYTES: usize = 253;

/// Normalizes a host: to lower case, a non-ASCII name to `xn--…` (with the feature `idn`), an address to its usual
/// form.
///
/// # Errors
/// Why the host is invalid, as a message for the user.
pub fn normal_host(host: &str) -> Result<String, &'static str> {
    if let Some(inner) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        let address: Ipv6Addr = inner.parse().map_err(|_| "its host is not a valid IPv6 address")?;
        return Ok(match address.to_ipv4_mapped().map(|mapped| mapped.octets()) {
            Some([a, b, c, d]) => {
                format!("[::ffff:{:x}:{:x}]", u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]))
            }
            None => format!("[{address}]"),
        });
    }
    let host = to_ascii(host)?.to_ascii_lowercase();
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    // Some stacks read `127.1` or `0x7f.1` as an address, so only the usual form is accepted.
    let is_number = !last.is_empty() && (last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x"));
    if is_number && host.parse::<Ipv4Addr>().is_err() {
        return Err("its host ends in a number and is not a valid IPv4 address");
    }
    if host.len() > MAX_NAME_BYTES {
        return Err("its host is longer than a name can be");
    }
    if matches!(&*host, "http" | "https") {
        return Err("its host is named like a scheme; the scheme is followed by ://");
    }
    if host.is_empty() {
        return Err("it names no host");
    }
    if !host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_')) {
        return Err("its host is not a valid name");
    }
    Ok(host)
}

/// Converts a non-ASCII name to the form used in DNS: `xn--…` (UTS 46, as browsers do).
#[cfg(feature = "idn")]
fn to_ascii(host: &str) -> Result<Cow<'_, str>, &'static str> {
    if host.is_ascii() {
        return Ok(Cow::Borrowed(host));
    }
    let name = idna::domain_to_ascii_cow(host.as_bytes(), idna::AsciiDenyList::URL);
    name.map_err(|_| "its host is not a valid internationalized name")
}

#[cfg(not(feature = "idn"))]
fn to_ascii(host: &str) -> Result<Cow<'_, str>, &'static str> {
    if host.is_ascii() {
        return Ok(Cow::Borrowed(host));
    }
    Err("its host is not ASCII; write it in punycode (xn--…), or turn on the feature `idn`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_is_normalized() {
        for (host, expected) in [
            ("Example.ORG", Ok("example.org")),
            ("xn--mller-kva.example", Ok("xn--mller-kva.example")),
            ("[2001:DB8::1]", Ok("[2001:db8::1]")),
            ("[::ffff:127.0.0.1]", Ok("[::ffff:7f00:1]")),
            ("127.0.0.1", Ok("127.0.0.1")),
            ("127.1", Err("its host ends in a number and is not a valid IPv4 address")),
            ("", Err("it names no host")),
            ("https", Err("its host is named like a scheme; the scheme is followed by ://")),
            ("my site", Err("its host is not a valid name")),
            ("a%20b.org", Err("its host is not a valid name")),
        ] {
            assert_eq!(normal_host(host), expected.map(str::to_owned), "{host}");
        }
    }

    #[cfg(feature = "idn")]
    #[test]
    fn internationalized_host_is_punycode() {
        for (host, expected) in [
            ("müller.example", "xn--mller-kva.example"),
            ("MÜLLER.example", "xn--mller-kva.example"),
            ("mu\u{308}ller.example", "xn--mller-kva.example"),
            ("пример.испытание", "xn--e1afmkfd.xn--80akhbyknj4f"),
            ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
            ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
            ("straße.example", "xn--strae-oqa.example"),
            ("www.bücher.example.", "www.xn--bcher-kva.example."),
            ("ｅｘａｍｐｌｅ.org", "example.org"),
            ("مثال.إختبار", "xn--mgbh0fb.xn--kgbechtv"),
            ("☕.example", "xn--53h.example"),
            ("１２７.0.0.1", "127.0.0.1"),
        ] {
            assert_eq!(normal_host(host), Ok(expected.to_owned()), "{host}");
        }
        let long = "ü".repeat(300);
        for bad in ["a／b.example", "ex ample.тест", "\u{fffd}.example", "١.example\u{3002}１", &long]
        {
            assert!(normal_host(bad).is_err(), "{bad}");
        }
    }

    #[cfg(not(feature = "idn"))]
    #[test]
    fn internationalized_host_requires_the_feature() {
        assert!(normal_host("müller.example").unwrap_err().contains("feature `idn`"));
    }
}
