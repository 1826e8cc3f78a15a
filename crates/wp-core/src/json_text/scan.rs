//! Finds the end of a JSON value without decoding it: in one pass, without recursion.

use std::ops::Range;

/// The result of a scan at the beginning of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scanned {
    pub(crate) end: End,
    /// The number of bytes up to the end of the value, or up to the fault.
    pub(crate) len: usize,
    /// The nesting of lists and objects.
    pub(crate) depth: usize,
    /// The number of member names.
    pub(crate) names: usize,
    /// The parts that no JSON parser reads without loss, in their order.
    pub(crate) repairs: Vec<Repair>,
}

/// A part of a valid JSON text that is replaced so that a parser reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Repair {
    /// The range of a lone surrogate, such as `\ud83d` without its second half. It becomes U+FFFD, as in browsers.
    LoneSurrogate(Range<usize>),
    /// The range of a number that fits neither 64 bits nor a float, such as `1e400`. It becomes a string, which keeps
    /// its digits.
    HugeNumber(Range<usize>),
}

impl Repair {
    fn range(&self) -> Range<usize> {
        let (Self::LoneSurrogate(range) | Self::HugeNumber(range)) = self;
        range.clone()
    }
}

/// The text with its repairs.
pub(crate) fn repaired(text: &str, repairs: &[Repair]) -> String {
    let mut out = String::with_capacity(text.len() + 2 * repairs.len());
    let mut end = 0;
    for repair in repairs {
        let Range { start, end: next } = repair.range();
        out.push_str(&text[end..start]);
        match repair {
            Repair::LoneSurrogate(_) => out.push_str("\\ufffd"),
            Repair::HugeNumber(_) => {
                out.push('"');
                out.push_str(&text[start..next]);
                out.push('"');
            }
        }
        end = next;
    }
    out.push_str(&text[end..]);
    out
}

/// How a value ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Whole,
    /// The text ends before the value does.
    Cut,
    /// The next byte is not valid JSON.
    Broken,
}

/// Scans the value at the beginning of `text`, after white space.
pub(crate) fn value(text: &[u8]) -> Scanned {
    let mut scanner = Scanner::of(text);
    let end = scanner.value().err().unwrap_or(End::Whole);
    let Scanner { at: len, depth, names, repairs, .. } = scanner;
    Scanned { end, len, depth, names, repairs }
}

/// The members of an object as undecoded names and values, up to the first one that is incomplete.
pub(crate) fn members(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut scanner = Scanner::of(text);
    let mut opens = scanner.token() == Ok(b'{');
    std::iter::from_fn(move || {
        if !std::mem::take(&mut opens) {
            return None;
        }
        scanner.blanks();
        let name = scanner.at;
        scanner.name().ok()?;
        let colon = scanner.at - 1;
        scanner.blanks();
        let value = scanner.at;
        scanner.value().ok()?;
        let end = scanner.at;
        // A number at the end of the text may be incomplete.
        opens = scanner.token().ok()? == b',';
        Some((text[name..colon].trim_ascii_end(), &text[value..end]))
    })
}

/// The undecoded names of an object's members. The value of a member is scanned only when the next name is requested.
pub(crate) fn names(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut scanner = Scanner::of(text);
    let mut is_first = true;
    std::iter::from_fn(move || {
        if !std::mem::take(&mut is_first) {
            scanner.value().ok()?;
        }
        // Also after the last member, where nothing follows.
        if !matches!(scanner.token().ok()?, b'{' | b',') {
            return None;
        }
        scanner.blanks();
        let start = scanner.at;
        scanner.name().ok()?;
        Some(text[start..scanner.at - 1].trim_ascii_end())
    })
}

struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
    /// The closing byte of each open list and object.
    open: Vec<u8>,
    depth: usize,
    names: usize,
    repairs: Vec<Repair>,
}

impl<'t> Scanner<'t> {
    fn of(text: &'t [u8]) -> Self {
        Self { text, at: 0, open: Vec::new(), depth: 0, names: 0, repairs: Vec::new() }
    }

    fn value(&mut self) -> Result<(), End> {
        loop {
            match self.token()? {
                b'{' => {
                    self.opens(b'}');
                    if self.peek()? != b'}' {
                        self.name()?;
                        continue;
                    }
                }
                b'[' => {
                    self.opens(b']');
                    if self.peek()? != b']' {
                        continue;
                    }
                }
                b'"' => self.string()?,
                b'-' | b'0'..=b'9' => {
                    self.at -= 1;
                    self.number()?;
                }
                b't' => self.word(b"rue")?,
                b'f' => self.word(b"alse")?,
                b'n' => self.word(b"ull")?,
                _ => return Err(self.broken()),
            }
            // A value has ended, or an empty list or object is about to end.
            loop {
                let Some(&close) = self.open.last() else { return Ok(()) };
                match self.token()? {
                    byte if byte == close => {
                        self.open.pop();
                    }
                    b',' if close == b'}' => {
                        self.name()?;
                        break;
                    }
                    b',' => break,
                    _ => return Err(self.broken()),
                }
            }
        }
    }

    fn opens(&mut self, close: u8) {
        self.open.push(close);
        self.depth = self.depth.max(self.open.len());
    }

    /// The fault is the byte that was just read.
    fn broken(&mut self) -> End {
        self.at -= 1;
        End::Broken
    }

    fn blanks(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&mut self) -> Result<u8, End> {
        self.blanks();
        self.text.get(self.at).copied().ok_or(End::Cut)
    }

    fn token(&mut self) -> Result<u8, End> {
        let byte = self.peek()?;
        self.at += 1;
        Ok(byte)
    }

    fn name(&mut self) -> Result<(), End> {
        if self.token()? != b'"' {
            return Err(self.broken());
        }
        self.string()?;
        if self.token()? != b':' {
            return Err(self.broken());
        }
        self.names += 1;
        Ok(())
    }

    /// Reads a string after its opening quote.
    fn string(&mut self) -> Result<(), End> {
        loop {
            let rest = &self.text[self.at..];
            let Some(step) = rest.iter().position(|&byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)) else {
                self.at = self.text.len();
                return Err(End::Cut);
            };
            self.at += step + 1;
            match rest[step] {
                b'"' => return Ok(()),
                b'\\' => self.escape()?,
                _ => return Err(self.broken()),
            }
        }
    }

    /// Reads an escape after its backslash.
    fn escape(&mut self) -> Result<(), End> {
        let Some(&byte) = self.text.get(self.at) else { return Err(End::Cut) };
        self.at += 1;
        match byte {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(()),
            b'u' => {
                let hex = &self.text[self.at..self.text.len().min(self.at + 4)];
                if let Some(wrong) = hex.iter().position(|byte| !byte.is_ascii_hexdigit()) {
                    self.at += wrong;
                    return Err(End::Broken);
                }
                if hex.len() < 4 {
                    self.at = self.text.len();
                    return Err(End::Cut);
                }
                self.at += 4;
                match surrogate(&self.text[self.at - 6..]) {
                    Surrogate::Pair => self.at += 6,
                    Surrogate::Lone => self.repairs.push(Repair::LoneSurrogate(self.at - 6..self.at)),
                    Surrogate::None => {}
                }
                Ok(())
            }
            _ => Err(self.broken()),
        }
    }

    fn number(&mut self) -> Result<(), End> {
        let start = self.at;
        if self.text.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        match self.text.get(self.at) {
            None => return Err(End::Cut),
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits()?,
            Some(_) => return Err(End::Broken),
        }
        if self.text.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.text.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.text.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        if is_huge(&self.text[start..self.at]) {
            self.repairs.push(Repair::HugeNumber(start..self.at));
        }
        Ok(())
    }

    /// Reads one or more digits.
    fn digits(&mut self) -> Result<(), End> {
        let digits = self.text[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        match self.text.get(self.at) {
            _ if digits > 0 => Ok(()),
            None => Err(End::Cut),
            Some(_) => Err(End::Broken),
        }
    }

    /// Reads the rest of `true`, `false` or `null`.
    fn word(&mut self, rest: &[u8]) -> Result<(), End> {
        for expected in rest {
            match self.text.get(self.at) {
                None => return Err(End::Cut),
                Some(byte) if byte == expected => self.at += 1,
                Some(_) => return Err(End::Broken),
            }
        }
        Ok(())
    }
}

/// Whether a number fits neither 64 bits nor, if it is not an integer, a float.
fn is_huge(number: &[u8]) -> bool {
    // Any number of this length fits, unless it has an exponent.
    const FITS: usize = 18;
    let is_integer = !number.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
    let Ok(number) = std::str::from_utf8(number) else { return false };
    if is_integer {
        return number.len() > FITS && number.parse::<u64>().is_err() && number.parse::<i64>().is_err();
    }
    number.parse::<f64>().is_ok_and(f64::is_infinite)
}

enum Surrogate {
    None,
    /// Both halves of a surrogate pair.
    Pair,
    Lone,
}

/// Classifies the escape at the beginning of `text`: `\u` and four hexadecimal digits.
fn surrogate(text: &[u8]) -> Surrogate {
    let code = |escape: &[u8]| {
        let hex = escape.strip_prefix(b"\\u")?.get(..4)?;
        u16::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()
    };
    match code(text) {
        Some(0xd800..=0xdbff) => match text.get(6..).and_then(code) {
            Some(0xdc00..=0xdfff) => Surrogate::Pair,
            _ => Surrogate::Lone,
        },
        Some(0xdc00..=0xdfff) => Surrogate::Lone,
        _ => Surrogate::None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    use super::*;

    fn end(text: &str) -> (End, usize) {
        let Scanned { end, len, .. } = value(text.as_bytes());
        (end, len)
    }

    #[test]
    fn scan_finds_the_end_of_a_value() {
        for (text, len) in [
            ("{}", 2),
            (" [ ] x", 4),
            ("{\"a\":[1,-2.5e+3,{\"b\":null}],\"c\":\"\\u00fc\\\"\"}{", 43),
            ("truest", 4),
            ("0123", 1),
            ("\"a\" b", 3),
        ] {
            assert_eq!(end(text), (End::Whole, len), "{text}");
        }
        for text in [
            "",
            " ",
            "{",
            "{\"a",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":1,",
            "[",
            "[1",
            "[1,",
            "tru",
            "-",
            "1.",
            "1e",
            "\"\\",
            "\"\\u00",
        ] {
            assert_eq!(end(text), (End::Cut, text.len()), "{text}");
        }
        for (text, at) in [
            ("{a", 1),
            ("{\"a\" 1", 5),
            ("{\"a\":1,}", 7),
            ("[1 2]", 3),
            ("[1,]", 3),
            ("[1}", 2),
            ("\"\n\"", 1),
            ("\"\\x\"", 2),
            ("\"\\u0g", 4),
            ("trap", 2),
            ("-x", 1),
            ("1.x", 2),
            ("x", 0),
        ] {
            assert_eq!(end(text), (End::Broken, at), "{text}");
        }
    }

    #[test]
    fn scan_counts_depth_and_names() {
        let scanned = value(br#"{"a":[[{"b":1}]],"c":"\ud83d\ude00"}"#);
        assert_eq!((scanned.depth, scanned.names, scanned.repairs), (4, 3, vec![]));
    }

    #[test]
    fn lone_surrogates_and_huge_numbers_are_repaired() {
        for (text, expected) in [
            (r#""\ud83d""#, r#""\ufffd""#),
            (r#""\ude00x""#, r#""\ufffdx""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\\ud83d\uD83D""#, r#""\\ud83d\ufffd""#),
            (r#"{"\udfff":"\ud83d\n"}"#, r#"{"\ufffd":"\ufffd\n"}"#),
            ("[1e400,-1E+999 , 2]", r#"["1e400","-1E+999" , 2]"#),
            (r#"{"a":18446744073709551616}"#, r#"{"a":"18446744073709551616"}"#),
            ("-9223372036854775809", r#""-9223372036854775809""#),
        ] {
            let scanned = value(text.as_bytes());
            assert_eq!(repaired(text, &scanned.repairs), expected);
            assert!(value(expected.as_bytes()).repairs.is_empty(), "{expected}");
        }
        for text in [
            r#""\\ud83d""#,
            "18446744073709551615",
            "-9223372036854775808",
            "1.7e308",
            "1e-999",
            "1.0e+20",
            "0.1234567890123456789",
            r#""1e400""#,
        ] {
            assert!(value(text.as_bytes()).repairs.is_empty(), "{text}");
        }
    }

    #[test]
    fn names_are_found_before_their_values_are_read() {
        for (text, all) in [
            (r#"{"a":1,"b":{"x":2} , "c":[],"d":"e"}"#, &["\"a\"", "\"b\"", "\"c\"", "\"d\""][..]),
            (r#"{"a":1,"b":?"#, &["\"a\"", "\"b\""]),
            (r#"{"a":?,"b":1}"#, &["\"a\""]),
            ("{}", &[]),
            ("[1]", &[]),
            ("", &[]),
        ] {
            assert_eq!(
                names(text.as_bytes()).collect::<Vec<_>>(),
                all.iter().map(|name| name.as_bytes()).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn members_returns_complete_members_only() {
        let of = |text: &'static str| {
            let texts = members(text.as_bytes()).map(|(name, value)| {
                format!("{}={}", String::from_utf8_lossy(name), String::from_utf8_lossy(value))
            });
            texts.collect::<Vec<_>>()
        };
        assert_eq!(of("{ \"a\" : [1,{}] , \"b\":\"x\"}"), ["\"a\"=[1,{}]", "\"b\"=\"x\""]);
        assert_eq!(of("{\"a\":1,\"b\":12"), ["\"a\"=1"]);
        assert_eq!(of("{\"a\":1,\"b\":{\"c\""), ["\"a\"=1"]);
        assert_eq!(of("{\"a\":1 x"), ["\"a\"=1"]);
        assert!(of("{}").is_empty() && of("[1]").is_empty() && of("").is_empty());
    }

    proptest! {
        /// The scanner must agree with the parser that decodes.
        #[test]
        fn scan_agrees_with_serde_json(text in "[\\[\\]{}:,\" \\\\a-f0-9u.eE+tru-]{0,24}") {
            let whole = serde_json::from_str::<IgnoredAny>(&text).is_ok();
            let scanned = value(text.as_bytes());
            let ends = text.as_bytes()[scanned.len..].trim_ascii().is_empty();
            prop_assert_eq!(whole, scanned.end == End::Whole && ends, "{}", text);
        }
    }
}
