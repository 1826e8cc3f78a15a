//! What bytes of a fuzzer mean.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use wp_core::response::DecodeError;

/// What must be shown nowhere. The body of a response holds it where the input has [`PLANTED`].
pub const SECRET: &str = "s3cret0Planted0Token";

/// Where an input has the secret.
pub const PLANTED: &str = "@@";

/// A response: `200`, headers, an empty line, the body.
#[derive(Debug)]
pub struct RawResponse {
    /// Its status.
    pub status: StatusCode,
    /// Its headers; invalid lines are left out.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl RawResponse {
    /// Reads any bytes as one, with the secret where it is planted.
    pub fn read(data: &[u8]) -> Self {
        let (head, body) = match data.windows(2).position(|pair| pair == b"\n\n") {
            Some(at) => (&data[..at], &data[at + 2..]),
            None => (&b"200"[..], data),
        };
        let mut lines = head.split(|&byte| byte == b'\n');
        let status = lines.next().and_then(|line| StatusCode::from_bytes(line).ok());
        // Of what is informational, no transport tells.
        let status = status.filter(|status| !status.is_informational());
        Self {
            status: status.unwrap_or(StatusCode::OK),
            headers: lines.filter_map(header).collect(),
            body: replaced(body, PLANTED.as_bytes(), SECRET.as_bytes()).into(),
        }
    }

    /// The bytes that are read as a response.
    pub fn write(status: u16, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
        let mut lines = vec![status.to_string()];
        lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
        format!("{}\n\n{body}", lines.join("\n")).into_bytes()
    }
}

/// Nothing of the content is shown, but keys on the way to it.
///
/// # Panics
/// Over what should not be.
pub fn shows_no_content(error: &DecodeError) {
    assert!(error.path().chars().count() <= 200 && !error.path().contains(char::is_control), "{error}");
    // Each form has the path in its own way: one is quoted.
    let display = error.to_string().replace(error.path(), "");
    let debug = format!("{error:?}").replace(&format!("{:?}", error.path()), "");
    assert!(!format!("{display}{debug}").contains(SECRET), "{error}");
}

fn header(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let name = HeaderName::from_bytes(&line[..colon]).ok()?;
    Some((name, HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?))
}

fn replaced(data: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let mut rest = data;
    while let Some(at) = rest.windows(what.len()).position(|window| window == what) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(with);
        rest = &rest[at + what.len()..];
    }
    out.extend_from_slice(rest);
    out
}
