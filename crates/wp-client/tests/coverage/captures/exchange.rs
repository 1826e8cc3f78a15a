//! Recorded exchanges: what a site responded to a request.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::Value;

use crate::record::decoded;

/// A request, and the response to it.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    /// The file that holds it.
    pub(crate) file: String,
    pub(crate) method: Method,
    /// The path of the URL, without its query.
    pub(crate) path: String,
    /// The route below the root of the API; empty if the URL is not in the API.
    pub(crate) route: String,
    /// The parameters of the URL.
    pub(crate) query: Vec<(String, String)>,
    /// The body of the request.
    pub(crate) sent_body: Bytes,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Exchange {
    /// The value of a parameter of the URL, or else of the body.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let of_url = self.query.iter().find(|(of, _)| of == name).map(|(_, value)| value.clone());
        of_url.or_else(|| match serde_json::from_slice::<Value>(&self.sent_body).ok()?.get(name)? {
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        })
    }

    /// Whether the URL has a parameter.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.query.iter().any(|(of, _)| of == name)
    }

    /// Whether the response contains a text.
    pub(crate) fn contains(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.body).contains(text)
    }

    /// The JSON of the response, if it is nothing else.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// Reads the exchanges in the files of a directory and of those below it, by their names.
pub(crate) fn all(directory: &Path) -> Vec<Exchange> {
    let mut files = Vec::new();
    add_files(directory, &mut files);
    files.sort();
    files.iter().flat_map(|file| of_file(directory, file)).collect()
}

fn add_files(directory: &Path, files: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(directory).unwrap_or_else(|e| panic!("{}: {e}", directory.display()));
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            add_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "http") {
            files.push(path);
        }
    }
}

/// Each exchange is a line that begins with `>>> REQUEST`, the request, a line `<<< RESPONSE`, and the response.
fn of_file(directory: &Path, file: &Path) -> Vec<Exchange> {
    let name = file.strip_prefix(directory).unwrap_or(file).display().to_string();
    let bytes = std::fs::read(file).unwrap();
    let mut exchanges = Vec::new();
    for part in split(&bytes, b">>> REQUEST").into_iter().skip(1) {
        let mut halves = split(part, b"<<< RESPONSE").into_iter();
        // A server that closed the connection sent no response.
        if let (Some(request), Some(response)) = (halves.next().and_then(read), halves.next().and_then(read))
        {
            exchanges.extend(exchange(&name, request, response));
        }
    }
    exchanges
}

/// The parts between the lines that begin with `mark`, without those lines.
fn split<'b>(bytes: &'b [u8], mark: &[u8]) -> Vec<&'b [u8]> {
    let mut parts = Vec::new();
    let (mut start, mut line) = (0, 0);
    while line < bytes.len() {
        let end =
            bytes[line..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| line + at + 1);
        if bytes[line..].starts_with(mark) {
            parts.push(&bytes[start..line]);
            start = end;
        }
        line = end;
    }
    parts.push(&bytes[start..]);
    parts
}

/// The first line, the headers, and the body.
struct Message<'b>(String, HeaderMap, &'b [u8]);

fn read(bytes: &[u8]) -> Option<Message<'_>> {
    let mut rest = bytes;
    let mut lines = Vec::new();
    loop {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let line = rest[..end].trim_ascii_end();
        rest = &rest[end + 1..];
        match line {
            [] if lines.is_empty() => {}
            [] => break,
            line => lines.push(String::from_utf8_lossy(line).into_owned()),
        }
    }
    let mut lines = lines.into_iter();
    let first = lines.next()?;
    let headers = lines.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().parse::<HeaderName>().ok()?, value.trim().parse::<HeaderValue>().ok()?))
    });
    let mut all = HeaderMap::new();
    headers.for_each(|(name, value)| {
        all.append(name, value);
    });
    Some(Message(first, all, rest.strip_suffix(b"\n").unwrap_or(rest)))
}

/// `None` if the response is not a success.
fn exchange(file: &str, request: Message<'_>, response: Message<'_>) -> Option<Exchange> {
    let Message(request_line, sent, sent_body) = request;
    let Message(status_line, mut headers, body) = response;
    let status = StatusCode::from_bytes(status_line.split(' ').nth(1)?.as_bytes()).ok()?;
    if !status.is_success() {
        return None;
    }
    let mut words = request_line.split(' ');
    let method = Method::from_bytes(words.next()?.as_bytes()).ok()?;
    let (path, query) = words.next()?.split_once('?').unwrap_or_else(|| {
        let target = request_line.split(' ').nth(1).unwrap_or_default();
        (target, "")
    });
    let mut query: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(&value.replace('+', " "))))
        .collect();
    let method = method_of(method, &sent, &query);
    let plain = query.iter().position(|(name, _)| name == "rest_route").map(|at| query.remove(at).1);
    let route = plain.or_else(|| path.split_once("/wp-json").map(|(_, route)| decoded(route)));
    // The transport has read the frames of the body.
    let is_chunked = headers.remove(TRANSFER_ENCODING).is_some();
    headers.remove(CONTENT_LENGTH);
    let body = if is_chunked { dechunked(body).unwrap_or_else(|| body.to_vec()) } else { body.to_vec() };
    Some(Exchange {
        file: file.to_owned(),
        method,
        path: path.to_owned(),
        route: route.map(|route| if route.is_empty() { "/".to_owned() } else { route }).unwrap_or_default(),
        query,
        sent_body: Bytes::copy_from_slice(sent_body),
        status,
        headers,
        body: body.into(),
    })
}

/// The method that WordPress takes a request for.
fn method_of(method: Method, headers: &HeaderMap, query: &[(String, String)]) -> Method {
    let by_query = query.iter().find(|(name, _)| name == "_method").map(|(_, value)| value.as_bytes());
    let by_header = headers.get("x-http-method-override").map(HeaderValue::as_bytes);
    by_query.or(by_header).and_then(|other| Method::from_bytes(other).ok()).unwrap_or(method)
}

/// The body in chunks; `None` if it is in none.
fn dechunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(end + 1..end + 1 + size)?);
        let after = rest.get(end + 1 + size..)?;
        rest = after.strip_prefix(b"\r\n").or_else(|| after.strip_prefix(b"\n"))?;
    }
}
