//! The check of the headers that frame a response body.
//!
//! Both stacks are built on hyper, which takes a doubled length for one and reads what it does not know how to frame
//! to the end of the connection. The next bytes on such a connection may not be the response to the next request.

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Response, Version};
use wp_core::{TransportError, TransportErrorKind};

/// The largest number of response headers. hyper's default is 100, and plugins that send preload headers need more.
pub(crate) const MAX_HEADERS: usize = 256;

/// Whether one header frames the body, and in a way that both stacks know: a length, or chunks. With both, the chunks
/// count (RFC 9112, section 6.3). For transports on hyper, which does not look.
///
/// # Errors
/// [`TransportErrorKind::Protocol`], which names the header. The connection must not be used again.
pub fn check_framing<B>(response: &Response<B>) -> Result<(), TransportError> {
    if response.version() > Version::HTTP_11 {
        return Ok(()); // HTTP/2 frames the body itself
    }
    match fault(response.headers()) {
        None => Ok(()),
        Some(fault) => Err(TransportError::new(TransportErrorKind::Protocol).detail(fault)),
    }
}

/// Whether two headers frame the body, of which one was ignored. The next bytes on the connection are not to be
/// trusted.
pub(crate) fn is_doubtful<B>(response: &Response<B>) -> bool {
    let headers = response.headers();
    response.version() <= Version::HTTP_11
        && headers.contains_key(TRANSFER_ENCODING)
        && headers.contains_key(CONTENT_LENGTH)
}

fn fault(headers: &HeaderMap) -> Option<&'static str> {
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let length = lengths.next().map(HeaderValue::as_bytes);
    if lengths.next().is_some() || length.is_some_and(|length| length.contains(&b',')) {
        return Some("it has more than one Content-Length");
    }
    if length.is_some_and(|length| length.is_empty() || !length.iter().all(u8::is_ascii_digit)) {
        return Some(MALFORMED_LENGTH);
    }
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let coding = codings.next()?.as_bytes();
    if codings.next().is_some() {
        Some("it has more than one Transfer-Encoding")
    } else if coding.eq_ignore_ascii_case(b"chunked")
        // Of old, for a body that ends with the connection.
        || (coding.eq_ignore_ascii_case(b"identity") && length.is_none())
    {
        None
    } else {
        Some("its Transfer-Encoding is not `chunked`, or is malformed")
    }
}

/// The fault of a `Content-Length` that is not a number, or of two that differ.
const MALFORMED_LENGTH: &str = "its Content-Length is malformed, or one contradicts another";

/// The fault of a response that hyper could not parse, by the text of hyper's error.
pub(crate) fn of_parse_error(error: &hyper::Error) -> Option<&'static str> {
    const FAULTS: &[(&str, &str)] = &[
        (
            "invalid HTTP header parsed",
            "a line of its headers is malformed: a character that is forbidden in a name (such as a blank) or in a value \
             (a control character, NUL, a lone carriage return), or no colon; `curl -v` shows it",
        ),
        ("invalid content-length parsed", MALFORMED_LENGTH),
        ("unexpected transfer-encoding parsed", "it has a Transfer-Encoding, which HTTP/1.0 does not know"),
        ("message head is too large", "its headers are larger than 400 kB, or more than 256"),
        ("invalid HTTP status-code parsed", "its first line has no status"),
        ("invalid HTTP version parsed", "its first line is not a status line of HTTP/1.1 or HTTP/1.0"),
    ];
    let text = error.to_string();
    FAULTS.iter().find(|(says, _)| text.starts_with(says)).map(|(_, fault)| *fault)
}
