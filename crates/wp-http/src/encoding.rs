//! The compression of a body, by its `content-encoding`, and the error for one that cannot be decompressed.

use std::task::{Poll, ready};

use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, Entry, RANGE};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use wp_core::{Body, TransportError, TransportErrorKind, pieces};

/// How much of a name that a server made up is shown, in characters.
const MAX_NAME_CHARS: usize = 20;

/// A way to pack a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    Deflate,
    /// A coding that this crate does not decode, by its name.
    Other(String),
}

impl Coding {
    fn name(&self) -> &str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Other(name) => name,
        }
    }
}

/// How a body may be encoded, by the headers of its response.
pub(crate) enum Packing {
    /// Not encoded, or encoded as the caller asked.
    Plain,
    /// Packed by what the server says, or by its first bytes.
    #[cfg(feature = "gzip")]
    Maybe(crate::unpack::Claims),
    /// Compressed in a way that cannot be decompressed here.
    Refused(Coding),
}

/// The codings of the body by its headers, innermost first.
pub(crate) fn codings(headers: &HeaderMap) -> Vec<Coding> {
    if !headers.contains_key(CONTENT_ENCODING) {
        return Vec::new();
    }
    let values = headers.get_all(CONTENT_ENCODING).iter();
    let names = values.flat_map(|value| value.as_bytes().split(|&byte| byte == b','));
    names.filter_map(|name| coding(&String::from_utf8_lossy(name).trim().to_ascii_lowercase())).collect()
}

fn coding(name: &str) -> Option<Coding> {
    match name {
        "" | "identity" => None,
        "gzip" | "x-gzip" => Some(Coding::Gzip),
        "deflate" => Some(Coding::Deflate),
        other => {
            let is_shown = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            Some(Coding::Other(other.chars().filter(is_shown).take(MAX_NAME_CHARS).collect()))
        }
    }
}

/// Asks for gzip, in a build that decompresses it. Returns false if the caller asked for an encoding of their own, or
/// for a range of the compressed bytes.
pub(crate) fn ask(request: &mut Request<Body>) -> bool {
    let headers = request.headers_mut();
    if headers.contains_key(RANGE) {
        return false;
    }
    match headers.entry(ACCEPT_ENCODING) {
        Entry::Occupied(_) => false,
        Entry::Vacant(entry) => {
            if cfg!(feature = "gzip") {
                entry.insert(HeaderValue::from_static("gzip"));
            }
            true
        }
    }
}

/// Without decompression in this build, a compressed body is an error.
#[cfg(not(feature = "gzip"))]
pub(crate) fn packing(asks: bool, response: &mut Response<Body>) -> Packing {
    match codings(response.headers()).pop() {
        Some(coding) if asks => Packing::Refused(coding),
        _ => Packing::Plain,
    }
}

/// Replaces the body by an error that names the encoding. Keeps an empty body, and one that is not compressed despite
/// its header, such as `content-encoding: UTF-8`.
pub(crate) fn refused(response: Response<Body>, coding: Coding) -> Response<Body> {
    let status = response.status();
    response.map(|mut packed| {
        let (mut is_known_plain, mut is_over) = (false, false);
        Body::received(pieces(move |cx| {
            while !is_over {
                match ready!(packed.poll_piece(cx)) {
                    Some(Ok(piece)) if !is_known_plain && piece.is_empty() => {}
                    Some(Ok(piece)) if is_known_plain || is_plain(&piece) => {
                        is_known_plain = true;
                        return Poll::Ready(Some(Ok(piece)));
                    }
                    Some(Ok(_)) => {
                        is_over = true;
                        return Poll::Ready(Some(Err(error(&coding, status))));
                    }
                    other => return Poll::Ready(other),
                }
            }
            Poll::Ready(None)
        }))
    })
}

/// Whether it begins as JSON or a page does. No body that is compressed by `deflate` without a header and holds JSON
/// begins so: its first byte says how the block is compressed.
pub(crate) fn is_plain(seen: &[u8]) -> bool {
    let text = seen.strip_prefix(b"\xef\xbb\xbf").unwrap_or(seen);
    let is_text = text.iter().take(4).all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n'));
    let start = text.trim_ascii_start().first();
    let begins = start.is_none_or(|byte| {
        matches!(byte, b'{' | b'[' | b'<' | b'"' | b'0'..=b'9' | b't' | b'f' | b'n' | b'-')
    });
    is_text && begins
}

fn error(coding: &Coding, status: StatusCode) -> TransportError {
    let remedy = match coding {
        Coding::Gzip | Coding::Deflate if cfg!(not(feature = "gzip")) => "turn on the feature `gzip`",
        _ => {
            "have the server, or the proxy or CDN before it, send gzip, or no compression, as the request asks"
        }
    };
    let (name, status) = (coding.name(), status.as_u16());
    TransportError::new(TransportErrorKind::Encoding).detail(format!(
        "the body of the {status} is compressed with `{name}`, which was not requested and cannot be decompressed: {remedy}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codings_are_listed_innermost_first() {
        for (values, expected) in [
            (&[][..], vec![]),
            (&["identity"][..], vec![]),
            (&["", ", ,"][..], vec![]),
            (&[" GZip "][..], vec![Coding::Gzip]),
            (&["deflate, x-gzip"][..], vec![Coding::Deflate, Coding::Gzip]),
            (&["gzip", "br"][..], vec![Coding::Gzip, Coding::Other("br".to_owned())]),
            (&["utf-8"][..], vec![Coding::Other("utf-8".to_owned())]),
            (&["none; q=\"<b>\""][..], vec![Coding::Other("noneqb".to_owned())]),
        ] {
            let headers = values.iter().map(|value| (CONTENT_ENCODING, value.parse().unwrap())).collect();
            assert_eq!(codings(&headers), expected, "{values:?}");
        }
    }

    #[cfg(not(feature = "gzip"))]
    #[tokio::test]
    async fn compressed_body_without_the_feature_is_an_error_that_names_it() {
        for (encoding, body, of_the_caller, says) in [
            (
                "gzip",
                "packed",
                false,
                Some(
                    "`gzip`, which was not requested and cannot be decompressed: turn on the feature `gzip`",
                ),
            ),
            ("deflate", "packed", false, Some("turn on the feature `gzip`")),
            ("br", "packed", false, Some("`br`")),
            ("br", "[\"plain\"]", false, None),
            ("gzip", "", false, None),
            ("identity", "plain", false, None),
            ("gzip", "packed", true, None),
        ] {
            let mut request = Request::new(Body::empty());
            if of_the_caller {
                request.headers_mut().insert(ACCEPT_ENCODING, "gzip".parse().unwrap());
            }
            let asks = ask(&mut request);
            let mut response =
                Response::builder().header(CONTENT_ENCODING, encoding).body(Body::from(body)).unwrap();
            let response = match packing(asks, &mut response) {
                Packing::Plain => response,
                Packing::Refused(coding) => refused(response, coding),
            };
            match (response.into_body().collect(99).await, says) {
                (Ok(found), None) => assert_eq!(found, body, "{encoding}"),
                (Err(error), Some(says)) => assert!(error.to_string().contains(says), "{error}"),
                (found, _) => panic!("{encoding}: {found:?}"),
            }
        }
    }
}
