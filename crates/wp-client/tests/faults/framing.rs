//! Responses that are not HTTP, have no end, or declare a wrong length or encoding.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use wp_http::conformance::response;

use crate::fault::{Fault, fault, says};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

/// Begins a response and says the rest of it over and over.
fn endless(
    name: &'static str,
    kind: &'static str,
    post: &'static str,
    begin: &'static str,
    over: &'static str,
) -> Fault {
    let over = over.repeat((16 << 10) / over.len());
    fault(name, kind, post, move |mut conn, _| {
        conn.request();
        conn.send(begin);
        // 256 MiB, unless it is stopped.
        for _ in 0..16 << 10 {
            if !conn.send(&over) {
                return;
            }
        }
    })
}

#[rustfmt::skip]
pub(crate) fn faults() -> Vec<Fault> {
    let chunked = format!("{OK}transfer-encoding: chunked\r\n\r\n");
    let packed = gzip(b"[]");
    let packed_response = |body: &[u8]| response("200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip", body);
    vec![
        says("fewer bytes than announced", "Closed x3", "Closed, in doubt x1", format!("{OK}content-length: 9\r\n\r\n[]")),
        says("more bytes than announced", "ok x1", "ok x1", format!("{OK}content-length: 2\r\n\r\n[]garbage")),
        says("two lengths", "Protocol x1", "Protocol, in doubt x1", format!("{OK}content-length: 2\r\ncontent-length: 3\r\n\r\n[]")),
        says("one length twice", "Protocol x1", "Protocol, in doubt x1", format!("{OK}content-length: 2\r\ncontent-length: 2\r\n\r\n[]")),
        says("a length that is folded", "Protocol x1", "Protocol, in doubt x1", format!("{OK}content-length: 2\r\n 0\r\n\r\n[]")),
        says("a folded header", "ok x1", "ok x1", response("200 OK\r\ncontent-type: application/json;\r\n charset=UTF-8", "[]")),
        says("a blank before a colon", "ok x1", "ok x1", response("200 OK\r\ncontent-type : application/json", "[]")),
        says("a blank in a name", "Protocol x1", "Protocol, in doubt x1", response("200 OK\r\nx-powered by: x", "[]")),
        says("a control character in a value", "Protocol x1", "Protocol, in doubt x1", response("200 OK\r\nx-a: \u{1}", "[]")),
        says("a length that is not a number", "Protocol x1", "Protocol, in doubt x1", format!("{OK}content-length: two\r\n\r\n[]")),
        says("no length, to the end of the connection", "ok x1", "ok x1", format!("{OK}\r\n[]")),
        says("a chunk whose size is not a number", "Protocol x1", "Protocol, in doubt x1", format!("{chunked}zz\r\n[]\r\n0\r\n\r\n")),
        says("a chunk that is larger than it says", "Protocol x1", "Protocol, in doubt x1", format!("{chunked}1\r\n[]\r\n0\r\n\r\n")),
        says("a chunk that is smaller than it says", "Closed x3", "Closed, in doubt x1", format!("{chunked}9\r\n[]")),
        says("no last chunk", "Closed x3", "Closed, in doubt x1", format!("{chunked}2\r\n[]\r\n")),
        says("chunks, extensions and trailers", "ok x1", "ok x1", format!("{chunked}1;a=b\r\n[\r\n1\r\n]\r\n0\r\nx-trailer: 1\r\n\r\n")),
        says("no HTTP at all", "Protocol x1", "Protocol, in doubt x1", "SSH-2.0-OpenSSH_9.2\r\n"),
        says("a page without a head", "Protocol x1", "Protocol, in doubt x1", "<html>hello</html>\r\n\r\n"),
        says("a status that is not a number", "Protocol x1", "Protocol, in doubt x1", "HTTP/1.1 OK\r\n\r\n"),
        says("100 Continue before the response", "ok x1", "ok x1", [b"HTTP/1.1 100 Continue\r\n\r\n".as_slice(), &response("200 OK\r\ncontent-type: application/json", "[]")].concat()),
        says("103 Early Hints before the response", "ok x1", "ok x1", [b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n".as_slice(), &response("200 OK\r\ncontent-type: application/json", "[]")].concat()),
        says("HTTP/1.0", "ok x1", "ok x1", "HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n[]"),
        endless("a header without an end", "Protocol x1", "Protocol, in doubt x1", "HTTP/1.1 200 OK\r\nx-long: ", "x"),
        endless("headers without an end", "Protocol x1", "Protocol, in doubt x1", "HTTP/1.1 200 OK\r\n", "x-one-more: 1\r\n"),
        endless("a body without an end", "TooLarge x1", "TooLarge, in doubt x1", "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n[", "1,"),
        endless("chunks without an end", "TooLarge x1", "TooLarge, in doubt x1", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "4\r\n1,1,\r\n"),
        says("10 GiB announced", "TooLarge x1", "TooLarge, in doubt x1", format!("{OK}content-length: 10737418240\r\n\r\n[")),
        says("gzip", "ok x1", "ok x1", packed_response(&packed)),
        says("a gzip bomb", "TooLarge x1", "TooLarge, in doubt x1", packed_response(&gzip(&vec![b' '; 64 << 20]))),
        says("gzip that is plain", "ok x1", "ok x1", packed_response(b"[]")),
        says("invalid gzip", "Encoding x1", "Encoding, in doubt x1", packed_response(b"\x89PNG\r\n")),
        says("gzip in gzip", "ok x1", "ok x1", packed_response(&gzip(&packed))),
        says("gzip without a word", "ok x1", "ok x1", response("200 OK\r\ncontent-type: application/json", &packed)),
        says("gzip with a comment behind it", "ok x1", "ok x1", packed_response(&[&packed[..], b"<!-- cached -->"].concat())),
        says("gzip that is cut short", "Encoding x1", "Encoding, in doubt x1", packed_response(&packed[..packed.len() - 4])),
        says("an encoding that was not requested", "Encoding x1", "Encoding, in doubt x1", response("200 OK\r\ncontent-type: application/json\r\ncontent-encoding: br", b"\x0b\x02\x80[]\x03")),
        says("text that is not UTF-8", "Decode x1", "Decode, in doubt x1", response("200 OK\r\ncontent-type: application/json", b"{\"title\":\"\xff\xfe\"}")),
        says("bytes of no kind", "Other 200 x1", "Other 200, in doubt x1", response("200 OK\r\ncontent-type: application/json", b"\x00\xff\x00\xff")),
        says("a header that is not text", "ok x1", "ok x1", response("200 OK\r\nx-latin: \u{fc}\u{80}\r\ncontent-type: application/json", "[]")),
        says("two responses to one request", "ok x1", "ok x1", [response("200 OK\r\ncontent-type: application/json", "[]"), response("500 Oops", "")].concat()),
    ]
}
