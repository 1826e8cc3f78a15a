//! Multipart forms, which can hold files.

use std::collections::VecDeque;
use std::fmt::{self, Write as _};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::task::{Poll, ready};

use bytes::Bytes;
use http::HeaderValue;
use http_body::Body as HttpBody;

use crate::{Body, RequestError, TransportError, pieces};

/// A form with files (`multipart/form-data`, RFC 7578), as a browser sends it.
///
/// Use it for uploads if a firewall blocks files that are sent as the whole body, as the default rules of
/// `ModSecurity` do (observed). WordPress reads the file from the part `file`, and the other parts as if they came in
/// JSON, with every value a string.
///
/// ```
/// use wp_core::{Body, Multipart};
///
/// # fn main() -> Result<(), wp_core::RequestError> {
/// let form = Multipart::new()
///     .text("alt_text", "A dune")
///     .file("file", "dune.jpg", "image/jpeg", "…");
/// let (content_type, body) = form.encode()?;
/// assert!(content_type.starts_with("multipart/form-data; boundary="));
/// assert!(body.len().is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct Multipart {
    parts: Vec<Part>,
}

struct Part {
    name: String,
    /// The file name and the media type.
    file: Option<(String, String)>,
    body: Body,
}

impl Multipart {
    /// Creates a form without parts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text part. The text arrives unchanged, including line breaks.
    pub fn text(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.part(name.into(), None, value.into().into())
    }

    /// Adds a file: the name of the part, the file name, the media type, and the content. A form can be sent again
    /// only if the content of each file [can](Body::try_clone).
    pub fn file(
        self,
        name: impl Into<String>,
        file_name: impl Into<String>,
        content_type: impl Into<String>,
        content: impl Into<Body>,
    ) -> Self {
        self.part(name.into(), Some((file_name.into(), content_type.into())), content.into())
    }

    fn part(mut self, name: String, file: Option<(String, String)>, body: Body) -> Self {
        self.parts.push(Part { name, file, body });
        self
    }

    /// Encodes the form: returns the `content-type`, which holds the boundary, and the body, whose length is known. A
    /// file is streamed, not read into memory.
    ///
    /// ```
    /// # async fn upload(site: &wp_core::Site, photo: wp_core::Body) -> Result<(), Box<dyn std::error::Error>> {
    /// use wp_core::{Multipart, Query, Route};
    ///
    /// let form = Multipart::new().text("title", "Dunes").file("file", "dune.jpg", "image/jpeg", photo);
    /// let (content_type, body) = form.encode()?;
    /// let mut request = site.request(http::Method::POST, &Route::new("/wp/v2/media")?, &Query::new(), body)?;
    /// request.headers_mut().insert("content-type", content_type.parse()?);
    /// let response = site.send(request).await?;
    /// # drop(response); Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`RequestError::Part`] for a part without a name, for a name or a media type that is invalid in a header, and
    /// for content of unknown length.
    pub fn encode(self) -> Result<(String, Body), RequestError> {
        let boundary = boundary();
        let mut pieces = Vec::with_capacity(2 * self.parts.len() + 1);
        let mut before = "";
        for part in self.parts {
            pieces.push(Body::from(format!("{before}--{boundary}\r\n{}", part.head()?)));
            pieces.push(part.body);
            before = "\r\n";
        }
        pieces.push(Body::from(format!("{before}--{boundary}--\r\n")));
        Ok((format!("multipart/form-data; boundary={boundary}"), joined(pieces)))
    }
}

impl Part {
    fn head(&self) -> Result<String, RequestError> {
        let wrong = |reason| RequestError::Part { name: self.name.clone(), reason };
        if self.name.is_empty() {
            return Err(wrong("it has no name"));
        }
        if self.body.len().is_none() {
            return Err(wrong("its length is not known"));
        }
        let mut head = "Content-Disposition: form-data; name=".to_owned();
        quote(&self.name, &mut head).ok_or_else(|| wrong("its name holds a control character"))?;
        if let Some((file_name, content_type)) = &self.file {
            head.push_str("; filename=");
            quote(file_name, &mut head).ok_or_else(|| wrong("its file's name holds a control character"))?;
            if content_type.is_empty() || HeaderValue::from_str(content_type).is_err() {
                return Err(wrong("its media type is invalid"));
            }
            let _ = write!(head, "\r\nContent-Type: {content_type}");
        }
        head.push_str("\r\n\r\n");
        Ok(head)
    }
}

/// Quotes a name as browsers do (the WHATWG's rules for `form-data`): quotes and line breaks are escaped, everything
/// else is UTF-8.
fn quote(name: &str, out: &mut String) -> Option<()> {
    out.push('"');
    for c in name.chars() {
        match c {
            '"' => out.push_str("%22"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            c if c.is_control() => return None,
            c => out.push(c),
        }
    }
    out.push('"');
    Some(())
}

/// A random boundary of 128 bits, so that no content holds it by accident.
fn boundary() -> String {
    let half = || RandomState::new().build_hasher().finish();
    format!("wp-core-{:016x}{:016x}", half(), half())
}

/// Joins bodies of known length into one. It can be sent again if each of them can.
fn joined(parts: Vec<Body>) -> Body {
    let length = parts.iter().filter_map(Body::len).fold(0, u64::saturating_add);
    let chained = move |parts| Body::stream(chain(parts), length);
    let again = |parts: &[Body]| parts.iter().map(Body::try_clone).collect::<Option<VecDeque<_>>>();
    if again(&parts).is_none() {
        return chained(parts.into());
    }
    Body::reopen(length, move || {
        let opened = again(&parts).map(chained);
        async move { opened.ok_or_else(|| "a part can be sent only once".into()) }
    })
}

/// Yields the chunks of the bodies one after another.
fn chain(mut parts: VecDeque<Body>) -> impl HttpBody<Data = Bytes, Error = TransportError> + Send {
    pieces(move |cx| {
        while let Some(part) = parts.front_mut() {
            match ready!(part.poll_piece(cx)) {
                Some(piece) => return Poll::Ready(Some(piece)),
                None => drop(parts.pop_front()),
            }
        }
        Poll::Ready(None)
    })
}

/// Prints the names, but not the content.
impl fmt::Debug for Multipart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.parts.iter().map(|part| (&part.name, &part.file, part.body.len())))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::Full;
    use std::task::{Context, Waker};

    fn read(body: Body) -> String {
        let collected = std::pin::pin!(body.collect(1 << 20)).poll(&mut Context::from_waker(Waker::noop()));
        let Poll::Ready(bytes) = collected else { panic!("pending") };
        String::from_utf8(bytes.unwrap().to_vec()).unwrap()
    }

    fn stream(text: &'static str) -> Body {
        Body::stream(Full::new(Bytes::from_static(text.as_bytes())), text.len() as u64)
    }

    #[test]
    fn multipart_has_the_format_of_a_browser() {
        let form = Multipart::new().text("title", "ü\r\n--x").file(
            "file",
            "a \"b\"\r\nü\\.png",
            "image/png",
            stream("\u{89}PNG"),
        );
        let (content_type, body) = form.encode().unwrap();
        let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
        let length = body.len().unwrap();
        let text = read(body);
        assert_eq!(text.len() as u64, length);
        assert_eq!(
            text.replace(boundary, "B"),
            "--B\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nü\r\n--x\r\n\
             --B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a %22b%22%0D%0Aü\\.png\"\r\n\
             Content-Type: image/png\r\n\r\n\u{89}PNG\r\n--B--\r\n"
        );
        let (_, empty) = Multipart::new().encode().unwrap();
        assert!(read(empty).starts_with("--wp-core-"));
    }

    #[test]
    fn multipart_boundaries_are_unique() {
        let boundaries: std::collections::HashSet<_> = (0..1000).map(|_| boundary()).collect();
        assert_eq!(boundaries.len(), 1000);
        // RFC 2046 allows 70 characters.
        assert!(boundaries.iter().all(|boundary| boundary.len() <= 70));
    }

    #[test]
    fn multipart_is_replayable_if_its_files_are() {
        let form =
            |file: Body| Multipart::new().text("a", "b").file("file", "f", "text/plain", file).encode();
        let (_, body) = form(Body::reopen(3, || async { Ok(stream("abc")) })).unwrap();
        let again = body.try_clone().unwrap();
        assert_eq!(read(body), read(again));
        let (_, once) = form(stream("abc")).unwrap();
        assert!(once.try_clone().is_none() && read(once).contains("abc"));
    }

    #[test]
    fn invalid_multipart_is_an_error() {
        let unknown = || Body::received(stream("x"));
        for (form, reason) in [
            (Multipart::new().text("", "x"), "no name"),
            (Multipart::new().text("a\0", "x"), "control"),
            (Multipart::new().file("a", "b\u{7f}", "text/plain", "x"), "control"),
            (Multipart::new().file("a", "b", "text/plain\r\nx: y", "x"), "media type"),
            (Multipart::new().file("a", "b", "", "x"), "media type"),
            (Multipart::new().file("a", "b", "text/plain", unknown()), "length"),
        ] {
            let error = form.encode().unwrap_err();
            assert!(
                matches!(&error, RequestError::Part { .. }) && error.to_string().contains(reason),
                "{error}"
            );
        }
    }

    #[test]
    fn debug_shows_no_content() {
        assert!(!format!("{:?}", Multipart::new().text("pass", "hunter2")).contains("hunter2"));
    }
}
