//! What reaches a terminal or a log: every `Display` and `Debug` of an error is written through here, so that no
//! text of a server moves a cursor, turns the writing direction round, or fills the screen.
//!
//! Secrets are masked before, piece by piece, by [`Secrets`](crate::Secrets).

use std::fmt::{self, Write};

/// The most bytes of a `Display`.
pub const MAX_DISPLAY_BYTES: usize = 2048;
/// The most bytes of a `Debug`.
pub const MAX_DEBUG_BYTES: usize = 16 * 1024;

/// What stands for the rest.
const MORE: &str = " …";

/// Writes one line, of at most [`MAX_DISPLAY_BYTES`]: line breaks and tabs become blanks, control characters and
/// what reverses the direction of a text are left out.
pub fn line(f: &mut fmt::Formatter<'_>, text: fmt::Arguments<'_>) -> fmt::Result {
    Terminal { out: f, left: MAX_DISPLAY_BYTES - MORE.len(), keeps_lines: false, is_full: false }.show(text)
}

/// The same for several lines, of at most [`MAX_DEBUG_BYTES`]: line breaks stay.
pub fn lines(f: &mut fmt::Formatter<'_>, text: fmt::Arguments<'_>) -> fmt::Result {
    Terminal { out: f, left: MAX_DEBUG_BYTES - MORE.len(), keeps_lines: true, is_full: false }.show(text)
}

/// A line of at most `max` bytes and a mark that there is more, for what is kept as text.
pub fn to_line(text: impl fmt::Display, max: usize) -> String {
    let mut out = String::new();
    // A string takes anything.
    _ = Terminal { out: &mut out, left: max, keeps_lines: false, is_full: false }
        .show(format_args!("{text}"));
    out
}

struct Terminal<'a, W: ?Sized> {
    out: &'a mut W,
    /// Bytes.
    left: usize,
    keeps_lines: bool,
    is_full: bool,
}

impl<W: Write + ?Sized> Terminal<'_, W> {
    fn show(mut self, text: fmt::Arguments<'_>) -> fmt::Result {
        // Being full is no failure: it only ends the writing.
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

/// The character as a terminal may have it: a blank for one that begins a line or moves within it, nothing for a
/// control character and for what is not seen and changes how the rest is.
pub(crate) fn printable(c: char) -> Option<char> {
    match c {
        '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        _ if c.is_control() || is_invisible(c) => None,
        _ => Some(c),
    }
}

/// Marks and overrides of direction, zero-width blanks, byte order marks, and tags. Joiners are letters' business.
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
    fn line_holds_nothing_that_moves_a_cursor() {
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
    fn length_is_bounded_in_bytes() {
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
