//! Sanitizes text for a terminal or a log. Every `Display` and `Debug` of an error is written by these functions, so
//! that the text of a server cannot move the cursor, reverse the writing direction, or fill the screen.
//!
//! Secrets must be masked before, by [`Secrets`](crate::Secrets).

use std::fmt::{self, Write};

/// The maximum length of a `Display`, in bytes.
pub const MAX_DISPLAY_BYTES: usize = 2048;
/// The maximum length of a `Debug`, in bytes.
pub const MAX_DEBUG_BYTES: usize = 16 * 1024;

/// Marks a text that is cut.
const MORE: &str = " …";

/// Writes one line of at most [`MAX_DISPLAY_BYTES`]. Line breaks and tabs become spaces; control characters and
/// characters that change the direction of a text are removed.
pub fn line(f: &mut fmt::Formatter<'_>, text: fmt::Arguments<'_>) -> fmt::Result {
    Terminal { out: f, left: MAX_DISPLAY_BYTES - MORE.len(), keeps_lines: false, is_full: false }.show(text)
}

/// Writes several lines of at most [`MAX_DEBUG_BYTES`] in total, like [`line()`] but with line breaks kept.
pub fn lines(f: &mut fmt::Formatter<'_>, text: fmt::Arguments<'_>) -> fmt::Result {
    Terminal { out: f, left: MAX_DEBUG_BYTES - MORE.len(), keeps_lines: true, is_full: false }.show(text)
}

/// Returns a line of at most `max` bytes, for text that is stored. A mark at the end shows that it was cut.
pub fn to_line(text: impl fmt::Display, max: usize) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    _ = Terminal { out: &mut out, left: max, keeps_lines: false, is_full: false }
        .show(format_args!("{text}"));
    out
}

struct Terminal<'a, W: ?Sized> {
    out: &'a mut W,
    /// The number of bytes left.
    left: usize,
    keeps_lines: bool,
    is_full: bool,
}

impl<W: Write + ?Sized> Terminal<'_, W> {
    fn show(mut self, text: fmt::Arguments<'_>) -> fmt::Result {
        // Reaching the maximum is not an error: it only ends the output.
        self.write_fmt(text).or_else(|error| if self.is_full { Ok(()) } else { Err(error) })
    }
}

impl<W: Write + ?Sized> Write for Terminal<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            let c = if c == '\n' && self.keeps_lines { Some(c) } else { printable(c) };
            let Some(c) = c else { continue };
            let Some(left) = self.left.checked_sub(c.len_utf8()) else {
                self.is_full = true;
                self.out.write_str(MORE)?;
                return Err(fmt::Error);
            };
            self.left = left;
            self.out.write_char(c)?;
        }
        Ok(())
    }
}

/// Sanitizes a character: one that begins a line or moves within it becomes a space; a control character, or an
/// invisible one that changes how other text is shown, is removed.
pub(crate) fn printable(c: char) -> Option<char> {
    match c {
        '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        _ if c.is_control() || is_invisible(c) => None,
        _ => Some(c),
    }
}

/// Direction marks and overrides, zero-width spaces, byte order marks, and tags. Joiners are not included, since some
/// scripts need them between letters.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The beginning of a text, at most `max` bytes.
pub(crate) fn head(text: &str, max: usize) -> &str {
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Line<'a>(&'a str);

    impl fmt::Display for Line<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            line(f, format_args!("{}", self.0))
        }
    }

    impl fmt::Debug for Line<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            lines(f, format_args!("{}", self.0))
        }
    }

    #[test]
    fn line_has_no_control_characters() {
        for (text, shown) in [
            ("a\u{1b}]0;owned\u{7}b", "a]0;ownedb"),
            ("a\r\nb\tc\u{85}d\u{2028}e", "a  b c d e"),
            ("\u{9b}31m\u{7f}\0", "31m"),
            ("\u{202e}abc\u{2066}d\u{2069}\u{feff}", "abcd"),
            ("é\u{200d}ü – 日本", "é\u{200d}ü – 日本"),
        ] {
            assert_eq!(Line(text).to_string(), shown);
            assert_eq!(to_line(text, 99), shown);
        }
        assert_eq!(format!("{:?}", Line("a\n\u{1b}[2Jb")), "a\n[2Jb");
    }

    #[test]
    fn shown_length_is_bounded_in_bytes() {
        for c in ["x", "é", "日"] {
            let text = c.repeat(3_000_000);
            let shown = Line(&text).to_string();
            assert!(
                shown.len() <= MAX_DISPLAY_BYTES && shown.len() > MAX_DISPLAY_BYTES - 8,
                "{}",
                shown.len()
            );
            assert!(shown.ends_with(MORE));
            assert!(format!("{:?}", Line(&text)).len() <= MAX_DEBUG_BYTES);
        }
        let fits = "x".repeat(MAX_DISPLAY_BYTES - MORE.len());
        assert_eq!(Line(&fits).to_string(), fits);
        assert_eq!(to_line("abc", 3), "abc");
        assert_eq!(to_line("abcd", 3), "abc …");
        assert_eq!(head("aé", 2), "a");
    }
}
