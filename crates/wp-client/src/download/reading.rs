//! One download: its requests, and what each response is a part of.

use std::future::poll_fn;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderValue, IF_RANGE, LAST_MODIFIED, RANGE,
};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use wp_core::extensions::{AnyOrigin, SameOrigin, Streamed};
use wp_core::response::read_for;
use wp_core::{
    Body, RequestError, Secrets, Transport as _, TransportError, TransportErrorKind, headers, retry_after,
};

use super::{Download, DownloadPoint, Refused, is_of_site, shown};
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
    /// Where the part ends that the server sends; `None` if it sends the whole file.
    part_end: Option<u64>,
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
        if point.bytes == 0 {
            point.url = download.shown_url();
        }
        Self {
            download,
            point,
            body: None,
            skip: 0,
            part_end: None,
            is_done: false,
            cuts: 0,
            changes: 0,
            can_start_anew,
        }
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
                None if self.skip == 0 && self.is_at_end() => {
                    (self.body, self.is_done) = (None, true);
                    return Ok(None);
                }
                // All of the part is here. The rest is requested: the server sends it, or says that there is none.
                None if self.part_end == Some(self.point.bytes) => {
                    self.body = None;
                    continue;
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

    /// Whether the body that ended was that of the whole file, as far as the server said.
    fn is_at_end(&self) -> bool {
        match self.point.total {
            Some(total) => total == self.point.bytes,
            // A server may send a shorter part than was asked for.
            None => self.part_end.is_none(),
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
        let end = self.part_end.into_iter().chain(total).min();
        if let Some(end) = end.filter(|end| bytes > *end) {
            let error = TransportError::new(TransportErrorKind::Protocol);
            let detail = format!("at least {bytes} bytes arrived, and {end} were announced");
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
            (self.point.total, self.point.validator) = (None, None);
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
        let Download { session, url, any_origin, .. } = &self.download;
        let url = url.clone().map_err(|Refused(url, reason)| RequestError::Url { url, reason })?;
        let refused = |reason| RequestError::Url { url: shown(&url), reason };
        let is_of_site = is_of_site(session.site().root(), &url, *any_origin).map_err(refused)?;
        if self.point.url != shown(&url) {
            return Err(refused("the position is in a file with another URL").into());
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
        if self.download.any_origin {
            request.extensions_mut().insert(AnyOrigin);
        } else {
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
                let (part, given) = range.map_or((None, None), |range| (range.part, range.total));
                let total = self.point.total.or(given);
                let part = part.filter(|part| {
                    part.start == self.point.bytes
                        && total.is_none_or(|total| part.end <= total)
                        && given.is_none_or(|given| Some(given) == total)
                });
                let validator = validator(&head.headers);
                let Some(part) = part.filter(|_| validator.is_none() || validator == self.point.validator)
                else {
                    return Ok(Opened::Changed);
                };
                self.point.total = total;
                (self.body, self.skip, self.part_end) = (Some(body), 0, Some(part.end));
                Ok(Opened::Body)
            }
            StatusCode::RANGE_NOT_SATISFIABLE if is_part => {
                let total = range.and_then(|range| range.total).or(self.point.total);
                let is_end = total == Some(self.point.bytes)
                    && self.point.total.is_none_or(|known| Some(known) == total);
                Ok(if is_end { Opened::End } else { Opened::Changed })
            }
            StatusCode::OK if !is_page(&head.headers, &self.download) => {
                let (total, validator) = (content_length(&head.headers), validator(&head.headers));
                let is_same_size = self.point.total.zip(total).is_none_or(|(known, given)| known == given);
                let is_same = is_part && is_same_size && validator == self.point.validator;
                let was_read = self.point.bytes > 0;
                (self.body, self.part_end) = (Some(body), None);
                self.point.total = if is_same { self.point.total.or(total) } else { total };
                self.point.validator = validator;
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
#[derive(Debug, Clone, PartialEq, Eq)]
struct ContentRange {
    /// The end is that of the range of Rust: 10 for `5-9`.
    part: Option<Range<u64>>,
    total: Option<u64>,
}

impl ContentRange {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(CONTENT_RANGE)?.to_str().ok()?.trim();
        let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
        let number = |text: &str| text.trim().parse::<u64>().ok();
        let part = match range.split_once('-') {
            Some((start, last)) => {
                let part = number(start)?..number(last)?.checked_add(1)?;
                Some(part).filter(|part| !part.is_empty())
            }
            None => None,
        };
        Some(Self { part, total: number(total) })
    }
}
