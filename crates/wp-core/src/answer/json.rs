//! The JSON of a body: found, and decoded.

use std::fmt;

use bytes::Bytes;
use serde::de::IgnoredAny;

/// The JSON text of an answer.
#[derive(Clone)]
pub struct Json {
    text: Bytes,
    rescued: Option<Rescued>,
}

/// What surrounded JSON that is not alone in its body. The server is ill: it works, but headers such
/// as the totals of a list may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rescued {
    /// Bytes before the JSON, such as PHP warnings or a byte order mark.
    pub before: usize,
    /// Bytes behind it, such as a comment of a cache plugin.
    pub behind: usize,
}

/// How far into a body JSON is looked for. PHP's warnings go on for a page, not for a book.
const NOISE: usize = 256 * 1024;
/// How many brackets are tried as the start of the JSON.
const TRIES: usize = 256;

impl Json {
    pub(super) fn null() -> Self {
        Self { text: Bytes::from_static(b"null"), rescued: None }
    }

    /// Finds the JSON in a body; `None` when there is none, or more than one candidate.
    pub(super) fn find(body: &Bytes, typed_json: bool) -> Option<Self> {
        let trimmed = body.slice_ref(body.trim_ascii());
        match (trimmed.first()?, trimmed.last()?) {
            // Decoding will tell whether it is whole; looking now would read everything twice.
            (b'{', b'}') => return Some(Self { text: trimmed, rescued: None }),
            (b'[', b']') if !is_log_line(&trimmed) => return Some(Self { text: trimmed, rescued: None }),
            _ if typed_json && serde_json::from_slice::<IgnoredAny>(&trimmed).is_ok() => {
                return Some(Self { text: trimmed, rescued: None });
            }
            _ => {}
        }
        rescue(body)
    }

    /// What was around the JSON, if it was not alone.
    pub fn rescued(&self) -> Option<Rescued> {
        self.rescued
    }

    /// The JSON text.
    pub fn text(&self) -> &Bytes {
        &self.text
    }

    pub(super) fn is_list(&self) -> bool {
        self.text.starts_with(b"[")
    }

    /// Whether this can be an error envelope: a short object, or one that begins as they do. A look
    /// that costs nothing on a list.
    pub(super) fn may_be_error(&self) -> bool {
        let Some(inside) = self.text.strip_prefix(b"{") else { return false };
        let inside = inside.trim_ascii_start();
        inside.len() < 4096
            || [
                &b"\"code\""[..],
                b"\"success\"",
                b"\"status\"",
                b"\"statusCode\"",
                b"\"error\"",
                b"\"message\"",
            ]
            .iter()
            .any(|key| inside.starts_with(key))
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Json").field("len", &self.text.len()).field("rescued", &self.rescued).finish()
    }
}

/// `[07-Jan-2026 12:00:00 UTC] PHP Warning: …`
pub(super) fn is_log_line(text: &[u8]) -> bool {
    matches!(text, [b'[', a, b, b'-', c, ..] if a.is_ascii_digit() && b.is_ascii_digit() && c.is_ascii_alphabetic())
}

/// The one object or array in a noisy body. Reads the body about twice at most.
fn rescue(body: &Bytes) -> Option<Json> {
    let mut at = 0;
    let mut found: Option<(usize, usize)> = None;
    let mut work = 2 * body.len() + NOISE;
    let mut tries = 0;
    while tries < TRIES {
        let Some(step) = body[at..].iter().position(|byte| matches!(byte, b'{' | b'[' | b'<')) else { break };
        at += step;
        if found.is_none() && at > NOISE {
            return None;
        }
        if body[at] == b'<' {
            at += markup(&body[at..])?;
            continue;
        }
        tries += 1;
        let mut stream = serde_json::Deserializer::from_slice(&body[at..]).into_iter::<IgnoredAny>();
        match stream.next()? {
            Ok(_) => {
                let length = stream.byte_offset();
                // Warnings hold brackets as well: `[0]`, `[]`, `{}` are not an answer.
                if body[at..at + length].contains(&b'"') && found.replace((at, length)).is_some() {
                    return None;
                }
                at += length;
            }
            // Cut short, and what is whole inside it is a part only. Behind an answer it is noise.
            Err(error) if error.is_eof() => break,
            Err(error) => {
                let read = offset(&body[at..], &error);
                // JSON that is broken, not noise that happens to begin like it.
                if read > 32 && body[at..at + read].contains(&b'"') && found.is_none() {
                    return None;
                }
                work = work.checked_sub(read)?;
                at += 1;
            }
        }
    }
    let (start, length) = found?;
    let rescued = Rescued { before: start, behind: body.len() - start - length };
    Some(Json { text: body.slice(start..start + length), rescued: Some(rescued) })
}

/// How far to go on behind the markup at the start of `text`. `None` for a page: it is not noise around
/// an answer, and its scripts hold JSON of their own. But an answer may follow a page at once
/// (Apache's 413 in front of PHP's reply; observed).
fn markup(text: &[u8]) -> Option<usize> {
    let begins =
        |tag: &str| text.get(..tag.len()).is_some_and(|head| head.eq_ignore_ascii_case(tag.as_bytes()));
    let behind = |end: &[u8]| {
        let at = text.windows(end.len()).position(|window| window.eq_ignore_ascii_case(end));
        at.map(|at| at + end.len())
    };
    if ["<!doctype", "<html", "<head", "<body"].into_iter().any(begins) {
        let end = behind(b"</html>")?;
        let next = text[end..].trim_ascii_start();
        return matches!(next.first(), Some(b'{' | b'[')).then(|| text.len() - next.len());
    }
    let end = if begins("<!--") {
        behind(b"-->")
    } else if begins("<script") {
        behind(b"</script>")
    } else if begins("<style") {
        behind(b"</style>")
    } else {
        Some(1)
    };
    Some(end.unwrap_or(text.len()))
}

/// How many bytes were read before the error.
fn offset(text: &[u8], error: &serde_json::Error) -> usize {
    let lines = text.split_inclusive(|&byte| byte == b'\n').take(error.line().saturating_sub(1));
    (lines.map(<[u8]>::len).sum::<usize>() + error.column()).min(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str) -> Option<(String, Option<Rescued>)> {
        let json = Json::find(&Bytes::copy_from_slice(text.as_bytes()), true)?;
        Some((String::from_utf8(json.text.to_vec()).unwrap(), json.rescued))
    }

    #[test]
    fn json_is_found_in_noise() {
        for (text, json, before, behind) in [
            ("\u{feff}{\"a\":1}", "{\"a\":1}", 3, 0),
            ("<br />\n<b>Warning</b>: Undefined [0] in x.php {main}\n{\"a\":[1]}", "{\"a\":[1]}", 53, 0),
            ("{\"a\":1}\n<!-- cached -->", "{\"a\":1}", 0, 16),
            ("<html><script>{\"x\":\"y\"}</script></html>\n{\"a\":1}", "{\"a\":1}", 40, 0),
            ("\u{feff}{\"a\":\"<html>\"}", "{\"a\":\"<html>\"}", 3, 0),
            ("[07-Jan-2026 12:00:00 UTC] PHP Warning: x\n[{\"a\":1}]", "[{\"a\":1}]", 42, 0),
            ("{\"a\":1}<script>var x={\"b\":2}</script>", "{\"a\":1}", 0, 30),
        ] {
            assert_eq!(find(text), Some((json.to_owned(), Some(Rescued { before, behind }))), "{text}");
        }
        for text in ["{\"a\":1}", " [1,2]\n", "true", "\"x\"", "12"] {
            assert_eq!(find(text), Some((text.trim().to_owned(), None)));
        }
    }

    #[test]
    fn ambiguity_and_pages_are_not_json() {
        for text in [
            "",
            "oops",
            "noise {\"a\":1} noise {\"b\":2}",
            "<html><script>{\"a\":1}</script></html>",
            "<!doctype html><HTML><body>{\"a\":1}",
            "noise {\"a\":",
            // Cut short: what is whole inside is not the answer.
            "{\"id\":5,\"title\":{\"rendered\":\"Hi\"},\"conte",
            "[{\"id\":1,\"a\":\"b\"},{\"id\":2,\"ti",
            // Pages, however they begin and whatever follows them.
            "<!DOCTYPE html><title>x</title><script type=\"application/ld+json\">{\"a\":1}</script>",
            "<html></html><!-- {\"cache\":\"hit\"} -->",
            "<html></html><script>var wpo={\"a\":\"b\"};</script>",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    /// None of these may take time that grows faster than their length.
    #[test]
    fn bodies_made_to_keep_a_reader_busy() {
        let closed = format!("x{}{}", "[".repeat(1 << 16), "]x".repeat(1 << 16));
        for body in
            ["[".repeat(4 << 20), format!("x{}x", "[".repeat(1 << 20)), "{\"a\":[".repeat(1 << 18), closed]
        {
            assert_eq!(find(&body), None);
        }
    }
}
