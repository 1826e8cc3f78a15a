//! Downloads of files, which resume where they were cut.

mod reading;

use std::fmt::{self, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt, TryStreamExt};
use http::Uri;
use http::uri::Scheme;
use serde::{Deserialize, Serialize};
use wp_core::ApiRoot;

pub(crate) use self::reading::{Piece, Reading};
use crate::progress::Report;
use crate::session::Session;
use crate::{Progress, Result};

/// How often a download resumes after it was cut, without a byte in between.
const ATTEMPTS: u32 = 5;

/// A download of a file; made by [`Collection::download`](crate::Collection::download). Its content is read by
/// [`chunks`](Self::chunks), [`bytes`](Self::bytes), and with the feature `file` into a file (`to_file`). No more of it is
/// in memory than a chunk.
///
/// # When the connection is cut
/// The download resumes at the byte where it was cut (`Range`, with `If-Range`), unless the server says that the file
/// was changed. If the server sends the whole file again, what was read is skipped. It gives up after 5 cuts in a row
/// without a byte in between. The length is compared with what the server announced.
///
/// # What is sent where
/// The URL of a file comes from the site, so it may lead anywhere, also into the network of the program. Files are read
/// from the origin of the site alone (scheme, host and port; and from https on the same host, if the site is http), and
/// redirects are followed there. Any other URL is a [`RequestError::Url`](wp_core::RequestError::Url), and a redirect
/// elsewhere an error. A site that keeps its files elsewhere needs [`any_origin`](Self::any_origin).
///
/// No credential of the user is sent: files need none. The secret headers of the client, such as the host's own password,
/// are sent to the origin of the site alone. Nothing is read over plain http if the site is https.
#[must_use = "nothing is sent until the content is read"]
#[derive(Clone)]
pub struct Download {
    session: Session,
    url: std::result::Result<Uri, Refused>,
    any_origin: bool,
    attempts: u32,
    report: Option<Report>,
    from: Option<DownloadPoint>,
}

/// A URL that is not followed, and the reason.
#[derive(Debug, Clone)]
struct Refused(String, &'static str);

/// A position in a file, to resume there later, also in another process.
///
/// ```no_run
/// # async fn run(wp: wp_client::Client, media: wp_client::models::Media) -> wp_client::Result<()> {
/// let mut chunks = wp.media().download(&media).chunks();
/// let _first = chunks.try_next().await?;
/// let point = chunks.point();
///
/// let mut rest = wp.media().download(&media).resume(point).chunks();
/// # let _ = rest.try_next().await?; Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DownloadPoint {
    /// The URL of the file, without its query, which may hold a signature.
    pub url: String,
    /// How many bytes were read.
    pub bytes: u64,
    /// The size of the file in bytes, if the server says it.
    pub total: Option<u64>,
    /// The validator of the file: its `ETag`, or the time of its last change. Without it, a download
    /// starts again at 0.
    pub validator: Option<String>,
}

impl Download {
    pub(crate) fn new(session: Session, url: &str) -> Self {
        Self::of(session, followed(url))
    }

    pub(crate) fn failing(session: Session, url: &str, reason: &'static str) -> Self {
        Self::of(session, Err(refused(url, reason)))
    }

    fn of(session: Session, url: std::result::Result<Uri, Refused>) -> Self {
        Self { session, url, any_origin: false, attempts: ATTEMPTS, report: None, from: None }
    }

    /// Calls `report` after each chunk. A download that is restarted counts from 0 again.
    pub fn on_progress(mut self, report: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.report = Some(Report::new(report));
        self
    }

    /// Reads the file from any origin that its URL, or a redirect, leads to: http and https, to any host, but not from
    /// https down to http. No credential and no secret header goes there. A program that runs within a network which the
    /// site must not reach leaves it out.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, media: wp_client::models::Media) -> wp_client::Result<()> {
    /// // The site keeps its files at a CDN.
    /// let image = wp.media().download(&media).any_origin().bytes(10 << 20).await?;
    /// println!("{} bytes", image.len());
    /// # Ok(()) }
    /// ```
    pub fn any_origin(mut self) -> Self {
        self.any_origin = true;
        self
    }

    /// Sets how often the download resumes after it was cut without a byte in between. Default: 5. With 0, the first
    /// cut is an error.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Goes on at a position where an earlier download stopped.
    ///
    /// If the file was changed since, or the server has no validator, [`chunks`](Self::chunks) is an error, since what was
    /// read belongs to another file. A position in a file with another URL is a
    /// [`RequestError::Url`](wp_core::RequestError::Url); the query of the URL does not count.
    pub fn resume(mut self, point: DownloadPoint) -> Self {
        self.from = Some(point);
        self
    }

    /// The content, chunk by chunk.
    pub fn chunks(self) -> Chunks {
        let reading = Reading::new(self, false);
        let (point, total) = (reading.point(), None);
        let pieces = stream::try_unfold(reading, |mut reading| async {
            Ok(match reading.next().await? {
                Some(Piece::Data(data)) => Some(((data, reading.point()), reading)),
                Some(Piece::StartAnew) => return Err(reading.changed()),
                None => None,
            })
        });
        Chunks { pieces: pieces.boxed(), point, total }
    }

    /// The whole content, if it is not longer than `limit` bytes.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, media: wp_client::models::Media) -> wp_client::Result<()> {
    /// let thumbnail = wp.media().download_size(&media, "thumbnail").bytes(1 << 20).await?;
    /// println!("{} bytes", thumbnail.len());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`TransportErrorKind::TooLarge`](crate::TransportErrorKind::TooLarge) for a longer file; those of the download.
    pub async fn bytes(self, limit: u64) -> Result<Bytes> {
        let mut reading = Reading::new(self, true);
        let mut all = Vec::new();
        while let Some(piece) = reading.next().await? {
            match piece {
                Piece::StartAnew => all.clear(),
                Piece::Data(data) => {
                    let length = (all.len() + data.len()) as u64;
                    if reading.point().total.unwrap_or(0).max(length) > limit {
                        return Err(reading.too_large(limit));
                    }
                    all.extend_from_slice(&data);
                }
            }
        }
        Ok(all.into())
    }

    /// Reads the content piece by piece, and restarts if the file was changed.
    #[cfg(feature = "file")]
    pub(crate) fn reading(self) -> Reading {
        Reading::new(self, true)
    }

    /// The same download without a position.
    #[cfg(feature = "file")]
    pub(crate) fn anew(self) -> Self {
        Self { from: None, ..self }
    }

    /// The URL of the file as a [`DownloadPoint`] has it.
    pub(crate) fn shown_url(&self) -> String {
        self.url.as_ref().map(shown).unwrap_or_default()
    }
}

/// The URL without the query, which may hold a signature.
fn shown(url: &Uri) -> String {
    let authority = url.authority().map_or("", |authority| authority.as_str());
    format!("{}://{authority}{}", url.scheme_str().unwrap_or("http"), url.path())
}

/// Whether the file at a URL gets the secret headers of the site, or why it is not read.
fn is_of_site(root: &ApiRoot, url: &Uri, any_origin: bool) -> std::result::Result<bool, &'static str> {
    if root.is_same_origin(url) {
        return Ok(true);
    }
    let is_https = |uri: &Uri| uri.scheme() == Some(&Scheme::HTTPS);
    let origin: Uri = root.origin().parse().unwrap_or_default();
    if is_https(&origin) && !is_https(url) {
        return Err("it is plain http, and the site is https");
    }
    let is_same_host =
        url.host().zip(origin.host()).is_some_and(|(one, other)| one.eq_ignore_ascii_case(other));
    let has_port = |uri: &Uri, port| uri.port_u16().is_none_or(|given| given == port);
    let is_upgrade = is_https(url) && is_same_host && has_port(&origin, 80) && has_port(url, 443);
    if any_origin || is_upgrade { Ok(false) } else { Err("it is not of the origin of the site") }
}

/// A URL that is not requested, without what may be secret in it.
fn refused(url: &str, reason: &'static str) -> Refused {
    let shown = url.split(['?', '#']).next().unwrap_or_default();
    // The text before an `@` may be a password.
    let shown = match shown.rsplit_once('@') {
        Some((_, host)) => format!("***@{host}"),
        None => shown.to_owned(),
    };
    Refused(shown, reason)
}

/// The URL, if it is one that is followed.
fn followed(url: &str) -> std::result::Result<Uri, Refused> {
    let refused = |reason| refused(url, reason);
    let uri: Uri = encoded(url.trim().split('#').next().unwrap_or_default())
        .parse()
        .map_err(|_| refused("it is not valid"))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(refused("only http and https are followed"));
    }
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    if authority.contains('@') {
        return Err(refused("it holds a name or a password"));
    }
    if uri.host().is_none_or(str::is_empty) {
        return Err(refused("it has no host"));
    }
    Ok(uri)
}

/// WordPress writes letters of all scripts, and some plugins blanks, as they are.
fn encoded(url: &str) -> String {
    let stays = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
    url.bytes().fold(String::with_capacity(url.len()), |mut out, byte| {
        if stays(byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.url.as_ref().map(Uri::path);
        f.debug_struct("Download").field("path", &path).field("from", &self.from).finish_non_exhaustive()
    }
}

/// The content of a file, chunk by chunk: a [`Stream`], or a loop around [`try_next`](Self::try_next). Made by
/// [`Download::chunks`].
#[must_use = "nothing is sent until a chunk is requested"]
pub struct Chunks {
    pieces: BoxStream<'static, Result<(Bytes, DownloadPoint)>>,
    point: DownloadPoint,
    total: Option<u64>,
}

impl Chunks {
    /// Returns the next chunk; `None` after the last.
    ///
    /// # Errors
    /// The download failed, or the file was changed since its beginning was read. The stream ends with it; see
    /// [`point`](Self::point).
    pub async fn try_next(&mut self) -> Result<Option<Bytes>> {
        TryStreamExt::try_next(self).await
    }

    /// The size of the file in bytes, once a chunk was read, if the server says it.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// The position after the last chunk.
    pub fn point(&self) -> DownloadPoint {
        self.point.clone()
    }
}

impl Stream for Chunks {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        self.pieces.poll_next_unpin(cx).map(|piece| {
            piece.map(|piece| {
                piece.map(|(data, point)| {
                    self.total = point.total;
                    self.point = point;
                    data
                })
            })
        })
    }
}

impl fmt::Debug for Chunks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks").field("point", &self.point).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_from_the_origin_of_the_site_unless_another_is_allowed() {
        for (site, url, by_default, if_allowed) in [
            ("https://example.org", "https://example.org/a.png", Some(true), Some(true)),
            ("https://example.org", "https://EXAMPLE.org:443/a.png", Some(true), Some(true)),
            ("https://example.org", "https://cdn.example.org/a.png", None, Some(false)),
            ("https://example.org", "https://example.org:8443/a.png", None, Some(false)),
            ("https://example.org", "https://169.254.169.254/a.png", None, Some(false)),
            ("https://example.org", "http://example.org/a.png", None, None),
            ("https://example.org", "http://cdn.example.org/a.png", None, None),
            ("http://example.org", "http://10.0.0.1/a.png", None, Some(false)),
            ("http://example.org", "https://example.org/a.png", Some(false), Some(false)),
            ("http://example.org:8080", "https://example.org/a.png", None, Some(false)),
            ("http://example.org", "https://example.org:8443/a.png", None, Some(false)),
        ] {
            let (root, url) = (ApiRoot::of_site(site).unwrap(), url.parse().unwrap());
            assert_eq!(is_of_site(&root, &url, false).ok(), by_default, "{site} {url}");
            assert_eq!(is_of_site(&root, &url, true).ok(), if_allowed, "{site} {url}");
        }
    }

    #[test]
    fn only_a_url_of_a_file_is_followed() {
        for (url, followed_as) in [
            ("https://example.org/a.png", "https://example.org/a.png"),
            ("http://example.org/a b/dün.png#x", "http://example.org/a%20b/d%C3%BCn.png"),
            ("https://cdn.example/a.png?X-Sig=1%2F2", "https://cdn.example/a.png?X-Sig=1%2F2"),
        ] {
            assert_eq!(followed(url).unwrap(), followed_as);
        }
        for (url, shown, reason) in [
            ("file:///etc/passwd", "file:///etc/passwd", "not valid"),
            ("ftp://example.org/a.png", "ftp://example.org/a.png", "only http"),
            ("/wp-content/a.png", "/wp-content/a.png", "only http"),
            ("//example.org/a.png", "//example.org/a.png", "only http"),
            ("data:image/png;base64,AAAA", "data:image/png;base64,AAAA", "not valid"),
            ("javascript:alert(1)", "javascript:alert(1)", ""),
            ("https://ana:secret@example.org/a.png?key=k", "***@example.org/a.png", "password"),
            ("https:///a.png", "https:///a.png", ""),
            ("", "", ""),
        ] {
            let Refused(was, why) = followed(url).unwrap_err();
            assert_eq!(was, shown);
            assert!(why.contains(reason), "{url}: {why}");
        }
    }
}
