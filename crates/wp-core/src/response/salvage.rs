//! Finds the one JSON document in a body that also holds other output.
//!
//! The output around it must be of a kind that PHP, plugins and caches are known to write: byte order marks,
//! comments, markup, PHP's notices. Text of an unknown kind may be on one side only, and only if the server declares
//! the body as JSON. The document must stand alone: it begins at the beginning of a line or after markup, and it ends
//! at the end of a line or before markup. So no JSON is taken out of a sentence, an attribute, a script, source code,
//! or a larger document that was cut. In case of doubt, nothing is salvaged.
//!
//! A body is read once; bytes that were scanned as JSON are not scanned again.

use std::ops::Range;

use super::markup::{self, Markup, Open};
use crate::json_text::scan::{self, End};

/// Invisible text: byte order marks, also double-encoded ones, unusual white space, and bytes that end a file.
const INVISIBLE: &[&str] = &[
    "\u{feff}",
    "\u{ef}\u{bb}\u{bf}",
    "\u{a0}",
    "\u{200b}",
    "\u{200c}",
    "\u{200d}",
    "\u{2060}",
    "\0",
    "\u{b}",
    "\u{c}",
    "\u{1a}",
];

/// The content of a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A document, or text that is meant to be one and cannot be decoded.
    At(Range<usize>),
    /// A document that begins at this offset and is cut short.
    Cut(usize),
    Nothing,
}

/// Finds the document. `claims_json` says whether the server declares the body as JSON.
pub(super) fn find(body: &[u8], claims_json: bool) -> Found {
    search(body, claims_json, Extent::WholeBody).0
}

/// Finds the document as [`find`] does, also before a whole page.
pub(super) fn find_before_page(body: &[u8], claims_json: bool) -> Found {
    search(body, claims_json, Extent::UpToPage).0
}

/// Finds the document, and counts the bytes that were examined.
fn search(body: &[u8], claims_json: bool, extent: Extent) -> (Found, usize) {
    let mut search = Search {
        body,
        claims_json,
        extent,
        at: 0,
        line: Line::default(),
        open: Open::new(),
        document: None,
        has_prose: [false; 2],
        is_torn: false,
        in_notice: false,
        work: 0,
    };
    let found = match search.run() {
        Ok(()) => search.verdict(),
        Err(found) => found,
    };
    (found, search.work)
}

/// How much of a body is searched.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    WholeBody,
    /// The part before a page, which may follow the document.
    UpToPage,
}

struct Search<'b> {
    body: &'b [u8],
    claims_json: bool,
    extent: Extent,
    at: usize,
    line: Line,
    open: Open,
    document: Option<Document>,
    /// Whether there is text of an unknown kind before the document, and after it.
    has_prose: [bool; 2],
    /// Whether the output around the document shows that it is a part of something larger.
    is_torn: bool,
    /// Whether the current line continues a notice.
    in_notice: bool,
    work: usize,
}

struct Document {
    range: Range<usize>,
    /// Whether it is a list or an object. Any other value is too easily mistaken.
    is_container: bool,
}

/// The text of a line, without markup. The middle of a long line is omitted: a notice of PHP is recognized by its
/// beginning, and by the file and line at its end.
#[derive(Default)]
struct Line {
    head: Vec<u8>,
    tail: Vec<u8>,
    /// Whether some of it is outside every element.
    has_outer: bool,
}

/// The maximum number of bytes that are kept of the beginning of a line, and of its end.
const MAX_LINE_BYTES: usize = 1024;
/// The maximum length of a word that a plugin prints directly before or after the document.
const MAX_WORD_BYTES: usize = 32;
/// The number of bytes of valid JSON that prove that a text is meant to be JSON.
const EVIDENCE_BYTES: usize = 64;

impl Search<'_> {
    fn run(&mut self) -> Result<(), Found> {
        while let Some(&byte) = self.body.get(self.at) {
            match byte {
                b'\n' | b'\r' => {
                    self.end_line();
                    self.at += 1;
                }
                b' ' | b'\t' => {
                    self.line.push(b" ", false);
                    self.at += 1;
                }
                b'<' => self.markup()?,
                _ => match invisible(&self.body[self.at..]) {
                    0 => self.text()?,
                    length => self.at += length,
                },
            }
        }
        self.end_line();
        Ok(())
    }

    fn verdict(&mut self) -> Found {
        let Some(Document { range, is_container }) = self.document.take() else { return Found::Nothing };
        let may_be = match self.has_prose {
            _ if self.is_torn => false,
            [false, false] => is_container || self.claims_json,
            [before, behind] => self.claims_json && is_container && before != behind,
        };
        if may_be { Found::At(range) } else { Found::Nothing }
    }

    fn markup(&mut self) -> Result<(), Found> {
        let text = &self.body[self.at..];
        let length = match markup::at(text) {
            None => return self.text(),
            Some(Markup::Skipped(length)) => length,
            Some(Markup::Break(length)) => {
                // PHP writes a break after a notice, but not inside one.
                self.end_line();
                self.in_notice = false;
                length
            }
            Some(Markup::Opens(element, length)) => {
                self.open.opens(element);
                length
            }
            Some(Markup::Closes(element, length)) => {
                // An element that was opened before the document contains it.
                self.is_torn |= !self.open.closes(element) && self.document.is_some();
                if element.is_block() {
                    self.end_line();
                    self.in_notice = false;
                }
                length
            }
            Some(Markup::Page(_) | Markup::Endless)
                if self.extent == Extent::UpToPage && self.document.is_some() =>
            {
                text.len()
            }
            Some(Markup::Page(length)) => {
                // A page is not output around a document. The exception is a page directly before it: Apache's 413 in
                // front of PHP's response (observed).
                let next = text[length..].trim_ascii_start();
                if self.document.is_some() || !self.claims_json || !matches!(next.first(), Some(b'{' | b'['))
                {
                    return Err(Found::Nothing);
                }
                self.open = Open::new();
                text.len() - next.len()
            }
            Some(Markup::Endless) => text.len(),
            Some(Markup::Source) => return Err(Found::Nothing),
        };
        self.work += length;
        self.at += length;
        Ok(())
    }

    /// Reads text up to the end of the line or the next markup, or a document that begins in it.
    fn text(&mut self) -> Result<(), Found> {
        let text = &self.body[self.at..];
        let is_outside = self.open.is_outside();
        if is_outside && self.line.is_blank() {
            // Plugins print a word before JSON: `OK{"id":5}`, `1{"id":5}`. A file may begin with a stray `\` or `?>`.
            let word = junk(text);
            let (junk, rest) = text.split_at(word);
            let is_mark = !junk.iter().any(u8::is_ascii_alphanumeric);
            let is_glued =
                self.claims_json && word > 0 && (is_rich(rest) || (is_mark && is_empty_container(rest)));
            let start = if is_glued { self.at + word } else { self.at };
            if self.document_at(start, is_glued)? {
                return Ok(());
            }
        }
        let text = &self.body[self.at..];
        let ends = |byte: &u8| matches!(byte, b'\n' | b'\r' | b'<');
        let length = 1 + text.iter().skip(1).position(ends).unwrap_or(text.len().saturating_sub(1));
        let length = length.min(text.len());
        self.line.push(&text[..length], is_outside);
        self.work += length;
        self.at += length;
        Ok(())
    }

    /// Reads the document that begins at `start`, if there is one. `glued` says that a word is directly before it.
    fn document_at(&mut self, start: usize, glued: bool) -> Result<bool, Found> {
        // A notice may quote JSON of another server.
        if self.in_notice {
            return Ok(false);
        }
        let text = &self.body[start..];
        let is_container = matches!(text.first(), Some(b'{' | b'['));
        let is_scalar = matches!(text.first(), Some(b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n'));
        if !is_container && !is_scalar {
            return Ok(false);
        }
        let scanned = scan::value(text);
        self.work += scanned.len;
        let is_meant = is_container && (scanned.names > 0 || scanned.len >= EVIDENCE_BYTES);
        match scanned.end {
            End::Whole => {}
            End::Cut if is_container && (is_meant || self.document.is_none()) => {
                return Err(self.undecodable(start, true));
            }
            End::Broken if is_meant => return Err(self.undecodable(start, false)),
            End::Cut | End::Broken => return Ok(false),
        }
        let (is_alone, behind) = self.stands_alone(start..start + scanned.len, is_container);
        if !is_alone {
            self.skip_as_text(start + scanned.len);
            return Ok(true);
        }
        if self.document.is_some() {
            if is_container {
                return Err(self.undecodable(start, false));
            }
            self.skip_as_text(start + scanned.len);
            return Ok(true);
        }
        self.has_prose[0] |= glued;
        self.has_prose[1] |= behind > 0;
        self.in_notice = false;
        self.line.clear();
        self.open = Open::new();
        self.document = Some(Document { range: start..start + scanned.len, is_container });
        self.at = start + scanned.len + behind;
        Ok(true)
    }

    /// Whether the text in this range stands alone, and the length of a word directly after it.
    fn stands_alone(&mut self, Range { start, end }: Range<usize>, is_container: bool) -> (bool, usize) {
        let (text, behind) = self.body.split_at(end);
        let text = &text[start..];
        let (is_rich, is_of_larger) = (is_rich(text), is_rich(text) || text.starts_with(b"\""));
        let is_empty = is_empty_container(text);
        let blanks = behind.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let is_end =
            |text: &[u8]| matches!(text.first(), None | Some(b'\n' | b'\r' | b'<')) || invisible(text) > 0;
        let next = &behind[blanks..];
        // A second document follows.
        if is_end(next) || (is_container && matches!(next.first(), Some(b'{' | b'['))) {
            return (true, 0);
        }
        let word = word(behind);
        // PHP's `die(0)`, or `echo true`.
        let is_code = matches!(&behind[..word], b"0" | b"1" | b"-1");
        if self.claims_json && (is_rich || (is_empty && is_code)) && word > 0 && is_end(&behind[word..]) {
            return (true, word);
        }
        // The document is an item or a member of a larger one.
        self.is_torn |= is_of_larger && matches!(next.first(), Some(b',' | b']' | b'}' | b':'));
        (false, 0)
    }

    fn skip_as_text(&mut self, end: usize) {
        self.line.push(b"x", true);
        self.at = end;
    }

    /// The result for JSON that begins at `start` and cannot be decoded.
    fn undecodable(&self, start: usize, is_cut: bool) -> Found {
        match &self.document {
            Some(first) => Found::At(first.range.start..self.body.trim_ascii_end().len()),
            None if is_cut => Found::Cut(start),
            None => Found::At(start..self.body.trim_ascii_end().len()),
        }
    }

    fn end_line(&mut self) {
        if self.line.has_outer {
            let text = self.line.text();
            let text = text.trim();
            // `Xdebug: [Step Debug] Could not connect …`, always one line.
            let is_of_xdebug = text.starts_with("Xdebug: [");
            let is_notice = self.in_notice || is_of_xdebug || is_notice(text);
            self.in_notice = is_notice && !is_of_xdebug && !text.contains(" on line ");
            // This is the end of something that contains the document.
            self.is_torn |= self.document.is_some() && text.starts_with([']', '}', ',']);
            self.has_prose[usize::from(self.document.is_some())] |= !is_notice;
        }
        self.line.clear();
    }
}

impl Line {
    fn is_blank(&self) -> bool {
        self.head.iter().all(u8::is_ascii_whitespace)
    }

    fn push(&mut self, text: &[u8], is_outside: bool) {
        // White space at the beginning is not significant.
        if self.head.is_empty() && text == b" " {
            return;
        }
        let (head, rest) = text.split_at(text.len().min(MAX_LINE_BYTES - self.head.len()));
        self.head.extend_from_slice(head);
        self.tail.extend_from_slice(&rest[rest.len().saturating_sub(MAX_LINE_BYTES)..]);
        if self.tail.len() > 2 * MAX_LINE_BYTES {
            self.tail.drain(..self.tail.len() - MAX_LINE_BYTES);
        }
        self.has_outer |= is_outside;
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&[&self.head[..], &self.tail].concat()).into_owned()
    }

    fn clear(&mut self) {
        self.head.clear();
        self.tail.clear();
        self.has_outer = false;
    }
}

/// The number of invisible bytes at the beginning of a text.
fn invisible(text: &[u8]) -> usize {
    INVISIBLE.iter().find(|mark| text.starts_with(mark.as_bytes())).map_or(0, |mark| mark.len())
}

/// The length of the word at the beginning of a text, of a kind that plugins print; 0 if it is too long.
fn word(text: &[u8]) -> usize {
    run(text, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'!' | b'?'))
}

/// The length of such a word before JSON, or of a stray mark.
fn junk(text: &[u8]) -> usize {
    run(text, |byte| byte.is_ascii_alphanumeric() || b"_-.!?\\;>".contains(&byte))
}

fn run(text: &[u8], is_of_run: impl Fn(u8) -> bool) -> usize {
    let length = text.iter().take(MAX_WORD_BYTES + 1).take_while(|byte| is_of_run(**byte)).count();
    if length > MAX_WORD_BYTES { 0 } else { length }
}

/// Whether it begins with `[]` or `{}`.
fn is_empty_container(text: &[u8]) -> bool {
    let next = text.get(1..).and_then(|rest| rest.trim_ascii_start().first());
    matches!((text.first(), next), (Some(b'['), Some(b']')) | (Some(b'{'), Some(b'}')))
}

/// Whether it begins as an object with a member, or a list of objects: `a["b"]` and `a{}` are source code.
fn is_rich(text: &[u8]) -> bool {
    let next = |text: &[u8]| text.get(1..).and_then(|rest| rest.trim_ascii_start().first().copied());
    match text.first() {
        Some(b'{') => next(text) == Some(b'"'),
        Some(b'[') => next(text) == Some(b'{'),
        _ => false,
    }
}

/// Whether PHP or WordPress writes such a line, in any mode of reporting errors.
fn is_notice(text: &str) -> bool {
    const LABELS: &[&str] = &[
        "Warning",
        "Notice",
        "Deprecated",
        "Fatal error",
        "Parse error",
        "Strict Standards",
        "Recoverable fatal error",
        "Catchable fatal error",
        "Core warning",
        "Compile error",
        "User warning",
        "User notice",
        "Unknown error",
    ];
    // `[07-Jan-2026 12:00:00 UTC] PHP Warning:  …`, `PHP message: PHP Warning: …`
    let text = match text.strip_prefix('[').and_then(|text| text.split_once("] ")) {
        Some((_, text)) => text,
        None => text,
    };
    let text = text.strip_prefix("PHP message: ").unwrap_or(text);
    let text = text.strip_prefix("PHP ").or_else(|| text.strip_prefix("Xdebug: ")).unwrap_or(text);
    let label = LABELS.iter().any(|label| {
        let rest = text
            .get(..label.len())
            .filter(|head| head.eq_ignore_ascii_case(label))
            .map(|_| &text[label.len()..]);
        rest.is_some_and(|rest| rest.trim_start().starts_with(':'))
    });
    label || text.starts_with("WordPress database error") || is_place(text)
}

/// `… in /srv/x.php on line 7`, `#0 /srv/x.php(7): f()`, `Stack trace:`.
fn is_place(text: &str) -> bool {
    let line = text.rsplit_once(" on line ").map(|(_, line)| line.trim_end_matches('.'));
    line.is_some_and(|line| !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit()))
        || text.strip_prefix('#').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        || ["Stack trace:", "PHP Stack trace:", "Call Stack:", "Call stack:", "thrown in "]
            .iter()
            .any(|begin| text.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WARNING: &str =
        "<br />\n<b>Warning</b>:  Undefined array key [0] in <b>/srv/x.php</b> on line <b>3</b><br />\n";

    /// The document with a mark at its beginning and its end, or the other result.
    fn found(text: &str, claims_json: bool) -> String {
        match find(text.as_bytes(), claims_json) {
            Found::At(range) => text[range].to_owned(),
            Found::Cut(_) => "cut".to_owned(),
            Found::Nothing => "-".to_owned(),
        }
    }

    /// Every kind of JSON, in every kind of noise.
    #[test]
    fn document_is_found_in_every_kind_of_noise() {
        let before = [
            "\u{feff}",
            "\u{feff}\u{feff}\r\n",
            "\u{ef}\u{bb}\u{bf}\u{200b}\0",
            "\u{a0} ",
            WARNING,
            &WARNING.repeat(50),
            "\nWarning: Undefined array key 0 in /srv/x.php on line 3\n",
            &format!("\nWarning: {} in /srv/x.php on line 3\n", "long ".repeat(2000)),
            "PHP Deprecated:  f(): Passing null to parameter #1 ($x) of type array<int> in /srv/x.php on line 3\n",
            "Xdebug: [Step Debug] Could not connect to debugging client. Tried: localhost:9003 (through xdebug.client_host).\n",
            "[07-Jan-2026 12:00:00 UTC] PHP Notice:  x {main}\nStack trace:\n#0 /srv/x.php(3): f([], {})\n  thrown in /srv/x.php on line 3\n",
            "<div id=\"error\"><p class=\"wpdberror\"><strong>WordPress database error:</strong> [Table 'x' is [] gone]<br /><code>SELECT 1</code></p></div>",
            "<!-- {\"a\":\"b\"} -->",
            "<script>var x = {\"a\":[1]};</script>\n",
            "<style>body{}</style>",
            "<div data-x='{\"a\":\"b\"}' class=\"[]\"></div>",
            "<pre>Array\n(\n    [0] => {}\n)\n</pre>",
            "<html><script>{\"x\":\"y\"}</script></html>\n",
        ];
        let behind = [
            "",
            "\n",
            "\u{feff}",
            "\0\u{1a}",
            "\n<!-- Cached 07.01.2026 [0.1 s] {\"x\":\"y\"} -->",
            "<script>var x={\"b\":2}</script>",
            "<div data-x='{\"a\":\"b\"}'></div>",
            "<link rel=\"x\" href='[]'><img src=\"{}\">\n",
            WARNING,
            "\nWarning: x in /srv/x.php on line 3\n",
            "<br />\n<b>Fatal error</b>:  Uncaught Error in /srv/x.php:3\nStack trace:\n#0 {main}\n  thrown in <b>/srv/x.php</b> on line <b>3</b><br />",
        ];
        let documents = [
            "[]",
            "{}",
            "[[]]",
            "{\"a\":\"</script><!--\"}",
            "[{\"id\":1},{}]",
            "[1,2]",
            "\"x\"",
            "12",
            "true",
            "null",
        ];
        let mut count = 0;
        for document in documents {
            let is_container = document.starts_with(['[', '{']);
            for before in before {
                for behind in behind {
                    let text = format!("{before}{document}{behind}");
                    // Only a list or an object after a page is taken as JSON.
                    let claimed = if is_container || !before.contains("<html") { document } else { "-" };
                    assert_eq!(found(&text, true), claimed, "{text}");
                    // If the server declares a page, the JSON after a page is not the response.
                    let is_taken = is_container && !before.contains("<html");
                    assert_eq!(found(&text, false), if is_taken { document } else { "-" }, "{text}");
                    count += 2;
                }
            }
        }
        assert_eq!(count, 2 * 10 * before.len() * behind.len());
    }

    #[test]
    fn plugin_output_is_noise_if_the_content_type_is_json() {
        for (text, document) in [
            ("OK{\"a\":1}", "{\"a\":1}"),
            ("debug\n[]", "[]"),
            ("Array\n(\n    [0] => a\n)\n{\"a\":1}", "{\"a\":1}"),
            ("array(1) {\n  [\"a\"]=>\n  int(1)\n}\n[{\"a\":1}]", "[{\"a\":1}]"),
            ("string(3) \"foo\"\n{}", "{}"),
            ("{\"a\":1}0", "{\"a\":1}"),
            ("1{\"a\":1}", "{\"a\":1}"),
            ("null[{\"a\":1}]", "[{\"a\":1}]"),
            ("\\{\"a\":1}", "{\"a\":1}"),
            ("?>[{\"a\":1}]", "[{\"a\":1}]"),
            ("?>\n[]", "[]"),
            ("-->[]", "[]"),
            ("{}0", "{}"),
            ("[]-1\n", "[]"),
            ("X-Powered-By: PHP\r\nContent-Type: text/html\r\n\r\n{\"a\":1}", "{\"a\":1}"),
            ("[{\"a\":1}]\nGenerated in 0.2 s", "[{\"a\":1}]"),
        ] {
            assert_eq!(found(text, true), document, "{text}");
            assert_eq!(found(text, false), "-", "{text}");
        }
    }

    #[test]
    fn json_quoted_in_a_php_notice_is_not_taken() {
        for quoted in ["{\"id\":9}", "[]", "[{\"id\":9}]", "{\"id\":9"] {
            for (before, behind) in [
                (
                    "PHP Fatal error:  Uncaught Exception: Bad reply:\n",
                    "\nStack trace:\n#0 {main}\n  thrown in /srv/x.php on line 3",
                ),
                (
                    "<br />\n<b>Fatal error</b>:  Uncaught Exception: Bad reply:\n",
                    "\nStack trace:\n#0 {main}\n  thrown in <b>/srv/x.php</b> on line <b>3</b><br />",
                ),
                ("Warning: Remote said:\n", "\n in /srv/x.php on line 3\n"),
                ("WordPress database error: [x]\nINSERT INTO x VALUES ('\n", "\n')"),
            ] {
                for claims_json in [true, false] {
                    assert_eq!(found(&format!("{before}{quoted}{behind}"), claims_json), "-", "{before}");
                    let text = format!("{before}{quoted}{behind}\n{{\"a\":1}}");
                    let is_over = behind.contains("on line");
                    assert_eq!(found(&text, claims_json), if is_over { "{\"a\":1}" } else { "-" }, "{text}");
                }
            }
        }
    }

    #[test]
    fn json_inside_text_or_code_is_not_taken() {
        for text in [
            "",
            "oops",
            "The server said {\"a\":\"b\"} and then nothing.",
            "It was {\"a\":\"b\"}",
            "It was\n{\"a\":\"b\"}\nas you see.",
            "{\"a\":\"b\"} is what came",
            "var x = {\"a\":\"b\"};",
            "callback({\"a\":\"b\"})",
            "/**/callback([{\"a\":\"b\"}]);",
            "x[\"a\"]",
            "main{}",
            "[]then",
            "{}10",
            "x;[]",
            "{\"a\":1};",
            "body{}\n",
            "$x = [];\n",
            "<?php\nreturn\n{\"a\":\"b\"}\n",
            "<?xml version=\"1.0\"?>\n<a>\n{\"a\":\"b\"}\n</a>",
            "<p>{\"a\":\"b\"}</p>",
            "<pre>\n{\"a\":\"b\"}\n</pre>",
            "<p>\n{\"a\":\"b\"}\n</p>",
            "<code>[]</code>",
            "<my-app data='{\"a\":\"b\"}'>",
            "<div data-x='{\"a\":\"b\"}'></div>",
            "<a href=\"\n[]\n\">x</a>",
            "<img alt='>\n{\"a\":\"b\"}\n'>",
            "<script>\n{\"a\":1}\n</script>",
            "<style>\n{}\n</style>",
            "<textarea>\n[]\n</textarea>",
            "<script>\n{\"a\":1}\n",
            "<!--\n{\"a\":1}\n",
            "<html><script>{\"a\":1}</script></html>",
            "<!doctype html><HTML><body>{\"a\":1}",
            "<!DOCTYPE html><title>x</title><script type=\"application/ld+json\">{\"a\":1}</script>",
            "<html></html><!-- {\"cache\":\"hit\"} -->",
            "<html></html><script>var wpo={\"a\":\"b\"};</script>",
            "{\"a\":1}<html></html>",
            "{\"a\":1}</body></html>",
            "1a\r\n{\"a\":1}\r\n0\r\n\r\n",
            // The end of a larger document, and a middle part of one.
            "\"a\":1},\n{\"id\":2}\n]",
            "\"title\":\"x\",\n{\"id\":2}",
            "{\"id\":1},\n{\"id\":2}",
            "{\"id\":2}\n]}",
            "{\"id\":2}\n,{\"id\":3}\n]",
        ] {
            for claims_json in [true, false] {
                assert_eq!(found(text, claims_json), "-", "{text}");
            }
        }
    }

    /// A complete value inside a larger one is only a part of it.
    #[test]
    fn truncated_document_is_not_found() {
        for document in ["[{\"id\":1,\"a\":[\"b\"]},\n{\"id\":2}]", "{\"a\":\n{},\n\"b\":\n[]\n}"] {
            for before in ["\u{feff}", WARNING, "", "<!-- x -->\n"] {
                for cut in 1..document.len() {
                    let text = format!("{before}{}", &document[..cut]);
                    assert_eq!(found(&text, true), "cut", "{text}");
                }
            }
        }
    }

    #[test]
    fn several_or_broken_documents_are_returned_unchanged() {
        for text in [
            "{\"a\":1}{\"b\":2}",
            "{\"a\":1}\n{\"b\":2}",
            "{\"a\":1}\n[]",
            "{\"a\":1}\n{\"b\":",
            "{\"a\":1,}",
            "{\"a\":NaN}",
        ] {
            assert_eq!(found(&format!("\u{feff}{text}\n"), true), text);
        }
    }

    /// The work for each of these must grow only linearly with its length.
    #[test]
    fn salvage_is_linear_for_hostile_bodies() {
        let size = 1 << 16;
        for body in [
            "[".repeat(size),
            "[\n".repeat(size),
            "x\n[".repeat(size),
            "{\"a\":[".repeat(size),
            format!("x{}{}", "[".repeat(size), "]x".repeat(size)),
            "<".repeat(size),
            "<b>".repeat(size),
            "<b></i>".repeat(size),
            "</b>".repeat(size),
            "<b ".repeat(size),
            "<b \"".repeat(size),
            "<x-y a='".repeat(size),
            "<script>".repeat(size),
            "<script></script>".repeat(size),
            "<!--".repeat(size),
            "<!-- -->".repeat(size),
            "\"".repeat(size),
            "\"\n".repeat(size),
            "{}\n".repeat(size),
            "{} x\n".repeat(size),
            "OK{\"a\":1} x\n".repeat(size),
            "[1,2,[3]]x\n".repeat(size),
            "[{}]x".repeat(size),
            "\u{feff}".repeat(size),
            "Warning: x\n".repeat(size),
            "1\n".repeat(size),
            "nul\n".repeat(size),
        ] {
            for claims_json in [true, false] {
                let (_, work) = search(body.as_bytes(), claims_json, Extent::WholeBody);
                assert!(work <= 3 * body.len() + 64, "{:.20}: {work} of {}", body, body.len());
            }
        }
    }
}
