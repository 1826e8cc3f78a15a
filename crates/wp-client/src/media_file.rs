//! A file to upload: its name, its media type and its content.

use std::fmt;

use bytes::Bytes;
use futures_util::Stream;
use http::header::{CONTENT_DISPOSITION, HeaderName, HeaderValue};
use wp_core::{Body, BoxError, RequestError};

use crate::Progress;
use crate::progress::{Report, from_stream};

/// The header by which WordPress checks what arrived.
pub(crate) const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");

/// The longest name that is sent, in bytes. A file system takes 255, and WordPress appends to it (`-1024x1024`); a
/// database takes 255 characters for the URL of the file.
const MAX_NAME_BYTES: usize = 160;

/// A file to upload: its name, its media type, and its content.
///
/// The content is bytes, a stream, or a file on disk: see [`new`](Self::new), [`from_stream`](Self::from_stream), `open`
/// and `spool` (with the feature `file`). A stream is never held in memory as a whole.
///
/// # The name
/// WordPress reads neither RFC 5987's `filename*` nor a quoted pair, and divides the header at each `;`. So the name is
/// sent in UTF-8, without what cannot be in the header and WordPress would remove anyway: quotes, backslashes, `;` and
/// control characters. Of a path, the last part is sent, as browsers and PHP do. A name of more than 160 bytes is
/// shortened before its ending, since WordPress cannot store a longer one. The title of the item is the name, unless you
/// set one.
#[derive(Debug)]
pub struct MediaFile {
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) content: Body,
    pub(crate) md5: Option<String>,
    pub(crate) report: Option<Report>,
}

impl MediaFile {
    /// A file with this name (`dune.jpg`), media type (`image/jpeg`) and content.
    ///
    /// WordPress removes some characters from the name and replaces blanks by hyphens. It looks into the content of a
    /// file, and gives it another ending if that is of another type.
    pub fn new(name: impl Into<String>, content_type: impl Into<String>, content: impl Into<Body>) -> Self {
        Self {
            name: name.into(),
            content_type: content_type.into(),
            content: content.into(),
            md5: None,
            report: None,
        }
    }

    /// A file whose content comes from a stream of exactly `length` bytes, in pieces of any size. It can be sent only
    /// once, so no upload of it is retried.
    ///
    /// Servers treat a body without a length as empty. So for a stream of unknown length there is `spool`, with the
    /// feature `file`.
    ///
    /// ```no_run
    /// # use bytes::Bytes;
    /// # async fn run(wp: wp_client::Client, film: impl futures_util::Stream<Item = std::io::Result<Bytes>> + Send + 'static) -> wp_client::Result<()> {
    /// use wp_client::MediaFile;
    /// use wp_client::models::NewMedia;
    ///
    /// let file = MediaFile::from_stream("dune.mp4", "video/mp4", 1 << 30, film);
    /// wp.media().upload(file, NewMedia::default()).await?;
    /// # Ok(()) }
    /// ```
    pub fn from_stream<E: Into<BoxError> + 'static>(
        name: impl Into<String>,
        content_type: impl Into<String>,
        length: u64,
        stream: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
    ) -> Self {
        Self::new(name, content_type, from_stream(stream, length))
    }

    /// The MD5 sum of the content, in hex. WordPress compares it with what arrived, and refuses a file that is damaged
    /// or cut short: 412 `rest_upload_hash_mismatch`, with
    /// [`UploadRefusalKind::Damaged`](crate::UploadRefusalKind::Damaged). Nothing is stored then.
    pub fn md5(mut self, hex: impl Into<String>) -> Self {
        self.md5 = Some(hex.into());
        self
    }

    /// Calls `report` each time a piece of the content was given to the connection. A retry starts at 0 again.
    pub fn on_progress(mut self, report: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.report = Some(Report::new(report));
        self
    }

    /// The same file with another name. Its media type stays.
    ///
    /// ```no_run
    /// # fn run(jpeg: Vec<u8>) {
    /// use wp_client::MediaFile;
    ///
    /// let file = MediaFile::new("IMG_4711.jpg", "image/jpeg", jpeg).with_name("dune.jpg");
    /// assert_eq!(file.name(), "dune.jpg");
    /// # }
    /// ```
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The name of the file, as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The size of the file in bytes.
    pub fn len(&self) -> Option<u64> {
        self.content.len()
    }

    /// Whether the file is known to be empty. WordPress refuses it.
    pub fn is_empty(&self) -> bool {
        self.content.is_empty()
    }

    /// The same file again, if its content can be read again.
    pub(crate) fn try_clone(&self) -> Option<Self> {
        let content = self.content.try_clone()?;
        let Self { name, content_type, md5, report, .. } = self;
        let (name, content_type) = (name.clone(), content_type.clone());
        Some(Self { name, content_type, content, md5: md5.clone(), report: report.clone() })
    }

    /// The name as it is sent.
    pub(crate) fn sent_name(&self) -> Result<String, RequestError> {
        let name = sent_name(&self.name);
        if matches!(&*name, "" | "." | "..") {
            return Err(wrong("the file has no name"));
        }
        Ok(name)
    }

    /// The header that names the file.
    pub(crate) fn disposition(&self) -> Result<HeaderValue, RequestError> {
        let name = self.sent_name()?;
        HeaderValue::from_bytes(format!("attachment; filename=\"{name}\"").as_bytes())
            .map_err(|_| wrong("the name of the file holds a character that no header can"))
    }

    /// The header with the sum. WordPress compares it as text, with lower-case digits.
    pub(crate) fn checksum(&self) -> Result<Option<HeaderValue>, RequestError> {
        let Some(md5) = self.md5.as_deref().map(str::trim) else { return Ok(None) };
        let reason = "an MD5 sum has 32 hexadecimal digits";
        let wrong = || RequestError::Header { name: CONTENT_MD5.to_string(), reason };
        if md5.len() != 32 || !md5.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        HeaderValue::from_str(&md5.to_ascii_lowercase()).map(Some).map_err(|_| wrong())
    }

    /// The content, with a report of its progress.
    pub(crate) fn into_content(self) -> Body {
        match self.report {
            Some(report) => report.watch(self.content),
            None => self.content,
        }
    }
}

fn wrong(reason: &'static str) -> RequestError {
    RequestError::Header { name: CONTENT_DISPOSITION.to_string(), reason }
}

/// The name as it is sent: the last part of a path, without what the header cannot hold, and not too long.
fn sent_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !matches!(c, ';' | '"') && !c.is_control())
        .collect();
    shortened(kept.trim(), MAX_NAME_BYTES)
}

/// At most `max` bytes of a name, with its ending if that is short.
fn shortened(name: &str, max: usize) -> String {
    if name.len() <= max {
        return name.to_owned();
    }
    let ending = name.rfind('.').map_or("", |dot| &name[dot..]);
    let ending = if ending.len() <= max / 4 { ending } else { "" };
    let stem = &name[..name.len() - ending.len()];
    let mut end = max - ending.len();
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{ending}", stem[..end].trim_end())
}

/// `dune.jpg (image/jpeg, 1024 bytes)`
impl fmt::Display for MediaFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, content_type, .. } = self;
        match self.len() {
            Some(bytes) => wp_core::show::line(f, format_args!("{name} ({content_type}, {bytes} bytes)")),
            None => wp_core::show::line(f, format_args!("{name} ({content_type})")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_is_in_the_form_that_wordpress_reads() {
        let header = |name: &str| MediaFile::new(name, "image/png", "").disposition();
        for (name, sent) in [
            ("dune.png", "dune.png"),
            ("my dune.png", "my dune.png"),
            ("a;b\"c.png", "abc.png"),
            ("photos/2026/dune.png", "dune.png"),
            ("C:\\photos\\dune.png", "dune.png"),
            ("../../dune.png", "dune.png"),
            ("a\r\nX-Evil: 1.png", "a  X-Evil: 1.png"),
            ("文.png", "文.png"),
            ("it's (1) = 100%, a+b.png", "it's (1) = 100%, a+b.png"),
            (" dune.png ", "dune.png"),
            ("\u{7f}dune.png\0", "dune.png"),
            ("dune\u{a0}\u{2028}b.png", "dune  b.png"),
            (".png", ".png"),
        ] {
            let expected = format!("attachment; filename=\"{sent}\"");
            assert_eq!(header(name).unwrap().as_bytes(), expected.as_bytes(), "{name:?}");
        }
        for name in ["", " ", ";", "\"\"", "\n", ".", "..", "photos/", "a/..", "\\"] {
            assert!(matches!(header(name), Err(RequestError::Header { .. })), "{name:?}");
        }
    }

    #[test]
    fn a_long_name_is_shortened_before_its_ending() {
        let long = |c: &str, ending: &str| sent_name(&format!("{}{ending}", c.repeat(300)));
        for (name, stem, ending) in [
            (long("a", ".png"), "a", ".png"),
            (long("é", ".jpeg"), "é", ".jpeg"),
            (long("文", ".png"), "文", ".png"),
            (long("😀", ""), "😀", ""),
        ] {
            assert!(name.len() <= MAX_NAME_BYTES && name.len() > MAX_NAME_BYTES - 4, "{}", name.len());
            let stems = name.strip_suffix(ending).unwrap();
            assert_eq!(stems.replace(stem, ""), "", "{name}");
        }
        // An extension of this length is treated as a part of the name.
        let name = sent_name(&format!("a.{}", "b".repeat(300)));
        assert_eq!(name.len(), MAX_NAME_BYTES);
        assert_eq!(sent_name(&"a".repeat(MAX_NAME_BYTES)).len(), MAX_NAME_BYTES);
    }

    #[test]
    fn a_checksum_is_sent_as_wordpress_compares_it() {
        let header = |md5: &str| MediaFile::new("a.png", "image/png", "").md5(md5).checksum();
        let sum = "9e107d9d372bb6826bd81d3542a419d6";
        for given in [sum.to_owned(), sum.to_uppercase(), format!(" {sum}\n")] {
            assert_eq!(header(&given).unwrap().unwrap(), sum);
        }
        for given in ["", "9e10", "nhB9nTcrtoJr2B01QqQZ1g==", &"g".repeat(32), &"é".repeat(16)] {
            assert!(matches!(header(given), Err(RequestError::Header { .. })), "{given:?}");
        }
        assert_eq!(MediaFile::new("a.png", "image/png", "").checksum().unwrap(), None);
    }
}
