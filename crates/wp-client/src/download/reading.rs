//! One download: its requests, and what each response is a part of.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderValue, IF_RANGE, LAST_MODIFIED, RANGE,
};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use wp_core::extensions::{SameOrigin, Streamed};
use wp_core::response::read_for;
use wp_core::{
    Body, RequestError, Secrets, Transport as _, TransportError, TransportErrorKind, headers, retry_after,
};

use super::{Download, DownloadPoint, Refused};
use crate::{Error, Result};

/// How long the head of a response may take, with its retries.
const HEAD_TIMEOUT: Duration = Duration::from_secs(120);
/// How often a file may change while it is read.
const MAX_CHANGES: u32 = 3;
/// The longest pause that a server can ask for.
const MAX_PAUSE: Duration = Duration::from_secs(60);
/// How much of a response is read to classify it, if it is not a file.
const MAX_ERROR_BYTES: u64 = 64 << 10;

/// A part of a download.
pub(crate) enum Piece {
    Data(Bytes),
    /// The file has changed: the bytes that were read belong to the old one.
    StartAnew,
}

/// A download that is being read.
pub(crate) struct Reading {
    download: Download,
    point: DownloadPoint,
    /// `None` before the first response, and after a cut.
    body: Option<Body>,
    /// How many bytes of the body were read already.
    skip: u64,
    /// Whether the file was read to its end.
    is_done: bool,
    /// The cuts since the last byte.
    cuts: u32,
    changes: u32,
    /// Whether the reader can throw away what it has.
    can_start_anew: bool,
}

impl Reading {
    pub(super) fn new(download: Download, can_start_anew: bool) -> Self {
        let mut point = download.from.clone().unwrap_or_default();
        if point.validator.is_none() {
            point.total = None;
        }
        Self { download, point, body: None, skip: 0, is_done: false, cuts: 0, changes: 0, can_start_anew }
    }

    pub(crate) fn point(&self) -> DownloadPoint {
        self.point.clone()
    }

    /// Returns the next piece; `None` at the end of the file.
    pub(crate) async fn next(&mut self) -> Result<Option<Piece>> {
        loop {
            let Some(body) = &mut self.body else {
                if self.is_done {
                    return Ok(None);
                }
                match self.open().await {
                    Ok(Opened::Body) => continue,
                    Ok(Opened::End) => {
                        self.is_done = true;
                        return Ok(None);
                    }
                    Ok(Opened::Changed) => return self.start_anew().map(Some),
                    // The layers below have retried it.
                    Err(error) if self.point.bytes == 0 => return Err(error),
                    Err(error) => match self.cut(error).await? {
                        Some(piece) => return Ok(Some(piece)),
                        None => continue,
                    },
                }
            };
            let cut = match poll_fn(|cx| body.poll_piece(cx)).await {
                Some(Ok(data)) => {
                    if let Some(data) = self.arrived(data)? {
                        return Ok(Some(Piece::Data(data)));
                    }
                    continue;
                }
                None if self.skip == 0 && self.point.total.is_none_or(|total| total == self.point.bytes) => {
                    (self.body, self.is_done) = (None, true);
                    return Ok(None);
                }
                None => {
                    let error = TransportError::new(TransportErrorKind::Closed);
                    error.detail(format!("it ended after {} bytes", self.point.bytes))
                }
                Some(Err(error)) => error,
            };
            if let Some(piece) = self.cut(self.failed(cut)).await? {
                return Ok(Some(piece));
            }
        }
    }

    /// The part of `data` that is new.
    fn arrived(&mut self, mut data: Bytes) -> Result<Option<Bytes>> {
        let known = self.skip.min(data.len() as u64);
        self.skip -= known;
        let data = data.split_off(usize::try_from(known).unwrap_or(data.len()));
        if data.is_empty() {
            return Ok(None);
        }
        self.cuts = 0;
        self.point.bytes += data.len() as u64;
        let DownloadPoint { bytes, total, .. } = self.point;
        if let Some(total) = total.filter(|total| bytes > *total) {
            let error = TransportError::new(TransportErrorKind::Protocol);
            let detail = format!("at least {bytes} bytes arrived, and {total} were announced");
            return Err(self.failed(error.detail(detail)));
        }
        if let Some(report) = &self.download.report {
            report.tell(bytes, total);
        }
        Ok(Some(data))
    }

    /// Goes on after a cut, if that may help.
    async fn cut(&mut self, error: Error) -> Result<Option<Piece>> {
        self.body = None;
        let can_go_on = self.point.bytes == 0 || self.point.validator.is_some();
        let may_help = error.is_retryable() && (can_go_on || self.can_start_anew);
        if !may_help || self.cuts >= self.download.attempts {
            return Err(error);
        }
        // Give up if the server asks for a longer wait than `MAX_PAUSE`, as the stack does.
        if error.retry_after().is_some_and(|wait| wait > MAX_PAUSE) {
            return Err(error);
        }
        self.cuts += 1;
        // The first time it resumes at once.
        if self.cuts > 1 {
            let pause = Duration::from_millis(500 << self.cuts.min(6));
            self.download.session.site().clock().sleep(error.retry_after().unwrap_or(pause)).await;
        }
        if can_go_on { Ok(None) } else { self.start_anew().map(Some) }
    }

    fn start_anew(&mut self) -> Result<Piece> {
        self.changes += 1;
        if self.changes > MAX_CHANGES {
            return Err(self.changed());
        }
        self.point.bytes = 0;
        if self.body.is_none() {
            self.point = DownloadPoint::default();
        }
        Ok(Piece::StartAnew)
    }

    /// The error for a file that was changed while it was read.
    pub(crate) fn changed(&self) -> Error {
        let error = TransportError::new(TransportErrorKind::Protocol);
        self.failed(error.detail("the file was changed while it was downloaded, or the server cannot tell"))
    }

    pub(super) fn too_large(&self, limit: u64) -> Error {
        let error = TransportError::new(TransportErrorKind::TooLarge);
        self.failed(error.detail(format!("more than {limit} bytes")))
    }

    /// The error of a request for the file.
    pub(crate) fn failed(&self, error: impl Into<Error>) -> Error {
        let error = error.into();
        match &self.download.url {
            Ok(url) => error.of(&Method::GET, &shown(url)),
            Err(_) => error,
        }
    }

    async fn open(&mut self) -> Result<Opened> {
        let Download { session, url, same_origin, .. } = &self.download;
        let url = url.clone().map_err(|Refused(url, reason)| RequestError::Url { url, reason })?;
        let is_of_site = session.site().root().is_same_origin(&url);
        if *same_origin && !is_of_site {
            let reason = "it is not of the origin of the site";
            return Err(RequestError::Url { url: shown(&url), reason }.into());
        }
        let request = self.request(url, is_of_site);
        let secrets = Secrets::of_headers(request.headers());
        // Files are larger than responses of the API, and take longer. No token is ever sent with it.
        let stack = session.stack().clone().authorized(()).max_body(u64::MAX).timeout(None);
        let clock = Arc::clone(session.site().clock());
        let response = match select(stack.send(request), clock.sleep(HEAD_TIMEOUT)).await {
            Either::Left((response, _)) => response,
            Either::Right(_) => {
                let error = TransportError::new(TransportErrorKind::Timeout);
                Err(error.detail(format!("no response within {HEAD_TIMEOUT:?}")))
            }
        };
        let response = response.map_err(|error| self.failed(error.hiding(&secrets)))?;
        self.read_head(response, &secrets).await
    }

    fn request(&self, url: Uri, is_of_site: bool) -> Request<Body> {
        let session = &self.download.session;
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = url;
        session.access().prepare(&mut request);
        if !is_of_site {
            let secret = |(name, value)| headers::carries_secret(name, value).then(|| name.clone());
            let secrets: Vec<_> = request.headers().iter().filter_map(secret).collect();
            for name in secrets {
                request.headers_mut().remove(name);
            }
        }
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        // Parts of a compressed file cannot be joined.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if self.point.bytes > 0
            && let Some(validator) =
                self.point.validator.as_deref().and_then(|text| HeaderValue::from_str(text).ok())
            && let Ok(range) = HeaderValue::from_str(&format!("bytes={}-", self.point.bytes))
        {
            headers.insert(RANGE, range);
            headers.insert(IF_RANGE, validator);
        }
        request.extensions_mut().insert(Streamed);
        if self.download.same_origin {
            request.extensions_mut().insert(SameOrigin);
        }
        request
    }

    /// Whether the body is not the file itself. Some servers mark a file that is packed as such.
    fn is_packed(&self, headers: &HeaderMap) -> bool {
        let path = self.download.url.as_ref().map(|url| url.path().to_ascii_lowercase()).unwrap_or_default();
        let is_packed_file =
            [".gz", ".tgz", ".svgz", ".br", ".zst"].iter().any(|ending| path.ends_with(ending));
        headers
            .get(CONTENT_ENCODING)
            .is_some_and(|encoding| !is_packed_file && !matches!(encoding.as_bytes(), b"" | b"identity"))
    }

    async fn read_head(&mut self, response: Response<Body>, secrets: &Secrets) -> Result<Opened> {
        let (head, body) = response.into_parts();
        if matches!(head.status, StatusCode::OK | StatusCode::PARTIAL_CONTENT)
            && self.is_packed(&head.headers)
        {
            let detail = "the server packed the file although it was asked not to";
            return Err(self.failed(TransportError::new(TransportErrorKind::Encoding).detail(detail)));
        }
        let is_part = self.point.bytes > 0 && self.point.validator.is_some();
        let range = ContentRange::of(&head.headers);
        match head.status {
            StatusCode::PARTIAL_CONTENT if is_part => {
                let is_rest = range.is_some_and(|range| {
                    range.start == Some(self.point.bytes)
                        && (self.point.total.is_none()
                            || range.total.is_none()
                            || range.total == self.point.total)
                });
                let validator = validator(&head.headers);
                if !is_rest || (validator.is_some() && validator != self.point.validator) {
                    return Ok(Opened::Changed);
                }
                self.point.total = self.point.total.or(range.and_then(|range| range.total));
                (self.body, self.skip) = (Some(body), 0);
                Ok(Opened::Body)
            }
            StatusCode::RANGE_NOT_SATISFIABLE if is_part => {
                let total = range.and_then(|range| range.total).or(self.point.total);
                let is_end = total == Some(self.point.bytes)
                    && self.point.total.is_none_or(|known| Some(known) == total);
                Ok(if is_end { Opened::End } else { Opened::Changed })
            }
            StatusCode::OK if !is_page(&head.headers, &self.download) => {
                let found = DownloadPoint {
                    bytes: self.point.bytes,
                    total: content_length(&head.headers),
                    validator: validator(&head.headers),
                };
                let is_same = is_part && found == self.point;
                let was_read = self.point.bytes > 0;
                (self.body, self.point) = (Some(body), found);
                self.skip = if is_same { self.point.bytes } else { 0 };
                Ok(if was_read && !is_same { Opened::Changed } else { Opened::Body })
            }
            status => {
                let bytes = body.beginning(usize::try_from(MAX_ERROR_BYTES).unwrap_or(usize::MAX)).await;
                let bytes = bytes.map_err(|error| self.failed(error))?;
                let error = match read_for(&Method::GET, status, &head.headers, &bytes) {
                    Err(refusal) => Error::from(refusal),
                    Ok(_) => TransportError::new(TransportErrorKind::Protocol)
                        .detail(format!("a response of status {status} in place of the file"))
                        .into(),
                };
                let wait = retry_after(&head.headers, self.download.session.site().clock().now());
                let error = error.responded(wait, &head.headers, &head.extensions).hiding(secrets);
                Err(match &self.download.url {
                    Ok(url) => self.failed(error).at(shown(url)),
                    Err(_) => error,
                })
            }
        }
    }
}

/// The result of a request for the file.
enum Opened {
    /// The file, or the rest of it.
    Body,
    /// All of the file was read.
    End,
    /// Another file than what was read before.
    Changed,
}

/// The URL without the query, which may hold a signature.
fn shown(url: &Uri) -> String {
    let authority = url.authority().map_or("", |authority| authority.as_str());
    format!("{}://{authority}{}", url.scheme_str().unwrap_or("http"), url.path())
}

/// Whether the response is a page in place of the file: of a login, a firewall, or of maintenance.
fn is_page(headers: &HeaderMap, download: &Download) -> bool {
    let is_html = headers
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().to_ascii_lowercase().starts_with(b"text/html"));
    let path = download.url.as_ref().map_or("", Uri::path).to_ascii_lowercase();
    is_html && ![".html", ".htm"].iter().any(|ending| path.ends_with(ending))
}

/// The validator of a response. A weak `ETag` is not used: the bytes may differ.
fn validator(headers: &HeaderMap) -> Option<String> {
    let text =
        |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).map(str::to_owned);
    text(ETAG).filter(|tag| tag.starts_with('"')).or_else(|| text(LAST_MODIFIED))
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

/// `bytes 5-9/10`, `bytes 5-9/*` or `bytes */10`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ContentRange {
    start: Option<u64>,
    total: Option<u64>,
}

impl ContentRange {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(CONTENT_RANGE)?.to_str().ok()?.trim();
        let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
        let start = match range.split_once('-') {
            Some((start, _)) => Some(start.trim().parse().ok()?),
            None => None,
        };
        Some(Self { start, total: total.trim().parse().ok() })
    }
}
