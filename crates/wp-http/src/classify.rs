//! One name for one failure, whatever the stack calls it.

use std::error::Error;
use std::io;

use hyper_util::client::legacy;
use wp_core::{BoxError, TransportError, TransportErrorKind as Kind};

use crate::framing::of_parse_error;

/// Turns any error of either stack into ours, by what lies in its chain of causes.
///
/// The error must hold no URL.
pub(crate) fn classify(error: impl Into<BoxError>) -> TransportError {
    let error = error.into();
    if let Some(own) = find::<TransportError>(&*error) {
        return again(own).caused_by(error);
    }
    if find::<legacy::Error>(&*error).is_some_and(legacy::Error::is_connect) {
        return connecting(&*error).caused_by(error);
    }
    // A request that was given back unsent, such as on a connection that turned out to be closed.
    // The client tries another connection first, so that this is rare.
    if find::<hyper::Error>(&*error).is_some_and(hyper::Error::is_canceled) {
        let kind = if is_tls(&*error) { Kind::Tls } else { Kind::Closed };
        return TransportError::new(kind).not_sent().caused_by(error);
    }
    #[cfg(feature = "http2")]
    if let Some(h2) = find::<h2::Error>(&*error).filter(|h2| !h2.is_io()) {
        return of_http2(h2).caused_by(error);
    }
    let failure = TransportError::new(exchanging(&*error));
    // Not that of the handshake, before which nothing is sent.
    let failure = if failure.kind() == Kind::Tls { failure.sent() } else { failure };
    match find::<hyper::Error>(&*error).and_then(fault_of) {
        Some(fault) if failure.kind() == Kind::Protocol => failure.detail(fault).caused_by(error),
        _ => failure.caused_by(error),
    }
}

/// The fault of a response that is not valid HTTP.
fn fault_of(error: &hyper::Error) -> Option<&'static str> {
    if error.is_parse() {
        return of_parse_error(error);
    }
    Some("the size of a chunk of its body is malformed, or a chunk is longer than that")
}

/// A server that refuses a stream has not looked at it (RFC 9113, section 8.7).
#[cfg(feature = "http2")]
fn of_http2(error: &h2::Error) -> TransportError {
    match error.reason() {
        Some(h2::Reason::REFUSED_STREAM) if error.is_remote() => TransportError::new(Kind::Closed).not_sent(),
        _ if error.is_remote() || error.is_go_away() => TransportError::new(Kind::Closed),
        _ => TransportError::new(Kind::Protocol),
    }
}

/// An error of a body of ours, which the stack has wrapped and cannot give back.
fn again(own: &TransportError) -> TransportError {
    let error = TransportError::new(own.kind());
    let detail = own.to_string().strip_prefix(&error.to_string()).map(|rest| rest.replacen(": ", "", 1));
    let error = match detail {
        Some(detail) if !detail.is_empty() => error.detail(detail),
        _ => error,
    };
    if own.may_have_been_sent() { error } else { error.not_sent() }
}

/// The meaning of a proxy's 407.
pub(crate) const OTHER_USER: &str = "the proxy wants another user: `proxy_auth`";

/// Before there was a connection: none of these kinds may have been sent.
fn connecting(error: &(dyn Error + 'static)) -> TransportError {
    // The connector's error type is private; these two are its `Display`.
    let says = |text: &str| causes(error).any(|cause| cause.to_string() == text);
    if says("invalid URL, scheme is not http") {
        return TransportError::new(Kind::Setup)
            .detail("this build has no TLS; turn on the feature `rustls`");
    }
    // The tunnel's error of hyper-util, which both stacks use.
    if let Some(tunnel) =
        causes(error).map(ToString::to_string).find(|text| text.starts_with("tunnel error: "))
    {
        let (kind, why) = match &*tunnel {
            "tunnel error: proxy authorization required" => (Kind::Setup, OTHER_USER),
            "tunnel error: unsuccessful" => (Kind::Connect, "the proxy does not connect to that host"),
            _ => (Kind::Connect, "the proxy cannot be reached, or is not a proxy"),
        };
        return TransportError::new(kind).detail(why);
    }
    if says("dns error") {
        return TransportError::new(Kind::Resolve);
    }
    #[cfg(feature = "rustls")]
    if let Some(rustls::Error::InvalidCertificate(why)) = find(error) {
        return TransportError::new(Kind::Certificate).detail(certificate(why));
    }
    let broken_off = io_kind(error) == Some(io::ErrorKind::UnexpectedEof);
    TransportError::new(if is_tls(error) || broken_off { Kind::Tls } else { Kind::Connect })
}

/// The fault of a certificate.
#[cfg(feature = "rustls")]
fn certificate(why: &rustls::CertificateError) -> &'static str {
    use rustls::CertificateError as Why;
    match why {
        Why::UnknownIssuer => "it comes from an authority that is not trusted here, or from none",
        Why::NotValidForName | Why::NotValidForNameContext { .. } => "it is for another name",
        Why::Expired | Why::ExpiredContext { .. } => "it has expired",
        Why::NotValidYet | Why::NotValidYetContext { .. } => {
            "it is not valid yet, or the clock here is wrong"
        }
        Why::Revoked => "it was revoked",
        // webpki's words, which has no public type for them here.
        Why::Other(why) if why.to_string() == "CaUsedAsEndEntity" => {
            "it belongs to an authority, not to a server"
        }
        _ => "it is not usable",
    }
}

/// Once there was a connection.
fn exchanging(error: &(dyn Error + 'static)) -> Kind {
    if is_tls(error) {
        return Kind::Tls;
    }
    #[cfg(feature = "reqwest")]
    if find::<reqwest::Error>(error).is_some_and(reqwest::Error::is_timeout) {
        return Kind::Timeout;
    }
    match find::<hyper::Error>(error) {
        Some(hyper) if hyper.is_timeout() => return Kind::Timeout,
        Some(hyper) if hyper.is_parse() => return Kind::Protocol,
        Some(hyper) if hyper.is_incomplete_message() || hyper.is_closed() => return Kind::Closed,
        _ => {}
    }
    match io_kind(error) {
        Some(io::ErrorKind::TimedOut) => Kind::Timeout,
        // An invalid chunk length, and the like.
        Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => Kind::Protocol,
        Some(_) => Kind::Closed,
        None => Kind::Other,
    }
}

fn is_tls(error: &(dyn Error + 'static)) -> bool {
    #[cfg(feature = "rustls")]
    return find::<rustls::Error>(error).is_some();
    #[cfg(not(feature = "rustls"))]
    return {
        _ = error;
        false
    };
}

/// The innermost one: connectors wrap one I/O error in another.
fn io_kind(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    causes(error).filter_map(|cause| cause.downcast_ref()).last().map(io::Error::kind)
}

fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// An error and its causes, outermost first. The `source` of an I/O error skips the error inside it.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as _),
        None => error.source(),
    })
}
