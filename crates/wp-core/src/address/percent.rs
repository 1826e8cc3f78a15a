//! Percent-encoding in normalized form, so that no HTTP stack rewrites an address.

/// Appends `text`, in which all characters except RFC 3986's unreserved ones (and `also`) are encoded.
pub(crate) fn encode(text: &str, also: &[u8], out: &mut String) {
    for &byte in text.as_bytes() {
        if is_unreserved(byte) || also.contains(&byte) {
            out.push(char::from(byte));
        } else {
            push_escape(byte, out);
        }
    }
}

/// Normalizes a path segment that the user wrote: a valid `%XX` is kept (in its normal form), other characters are
/// encoded. `None` for `.` and `..` in any encoding, since HTTP stacks resolve them differently.
pub(crate) fn normal_segment(segment: &str, out: &mut String) -> Option<()> {
    let start = out.len();
    let mut bytes = segment.as_bytes();
    while let [byte, rest @ ..] = bytes {
        bytes = rest;
        match (byte, rest) {
            (b'%', [high, low, rest @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let byte = (hex(*high) << 4) | hex(*low);
                if is_unreserved(byte) {
                    out.push(char::from(byte));
                } else {
                    push_escape(byte, out);
                }
                bytes = rest;
            }
            _ if is_unreserved(*byte) => out.push(char::from(*byte)),
            _ => push_escape(*byte, out),
        }
    }
    (!matches!(&out[start..], "." | "..")).then_some(())
}

/// Decodes a value of a query string: `%XX` and `+`. Bytes that are not UTF-8 become U+FFFD.
pub(crate) fn decode_query(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let [byte, rest @ ..] = bytes {
        bytes = rest;
        match (byte, rest) {
            (b'%', [high, low, rest @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                out.push((hex(*high) << 4) | hex(*low));
                bytes = rest;
            }
            (b'+', _) => out.push(b' '),
            _ => out.push(*byte),
        }
    }
    String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Whether a byte is never encoded in a URI: RFC 3986's unreserved characters.
pub(crate) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn push_escape(byte: u8, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(char::from(DIGITS[usize::from(byte >> 4)]));
    out.push(char::from(DIGITS[usize::from(byte & 15)]));
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(text: &str) -> Option<String> {
        let mut out = String::new();
        normal_segment(text, &mut out).map(|()| out)
    }

    #[test]
    fn segment_encoding_is_normalized() {
        for (given, expected) in [
            ("posts", Some("posts")),
            ("a b'ü", Some("a%20b%27%C3%BC")),
            ("100%", Some("100%25")),
            ("%2f%7e%41", Some("%2F~A")),
            ("..", None),
            ("%2e%2E", None),
            (".", None),
            ("...", Some("...")),
        ] {
            assert_eq!(segment(given).as_deref(), expected, "{given}");
        }
    }

    #[test]
    fn query_values_are_decoded() {
        assert_eq!(decode_query("a+b%20c%2B%zz%C3%BC"), "a b c+%zzü");
    }
}
