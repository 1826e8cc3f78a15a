//! Finds a secret in every spelling in which a server may echo it.

use super::html;
use crate::redact::show::printable;

/// A decoded character, and the bytes of the text that it was decoded from.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Unit {
    c: char,
    from: usize,
    to: usize,
}

/// A text after one or more decodings.
type View = Vec<Unit>;

/// The maximum number of nested decodings: for example, JSON in a form in JSON.
const MAX_DEPTH: u8 = 3;
/// The maximum number of nested decodings before base64.
const MAX_BASE64_DEPTH: u8 = 1;
/// The minimum length of a secret that is found inside a longer word. A shorter one must stand alone.
const MIN_CHARS: usize = 4;
/// The minimum length of the beginning of a secret that is found at the end of a text that was cut.
const MIN_CUT_CHARS: usize = 6;
/// The length to which PHP cuts an argument in a stack trace.
const PHP_ARGUMENT_BYTES: usize = 15;
/// The maximum length of an entity, including leading zeros of its number.
const MAX_ENTITY_CHARS: usize = 40;
/// The minimum length of a text that counts as the beginning of a secret.
const MIN_BEGINNING_CHARS: usize = 8;

/// A secret to search for. It is overwritten when it is dropped.
pub(crate) struct Pattern {
    /// The characters in lower case, without those for which [`is_skipped`] is true.
    chars: Vec<char>,
    /// For each prefix, the length of its longest proper suffix that is also a prefix (Knuth, Morris and Pratt).
    borders: Vec<usize>,
    /// The number of characters that suffice for a match.
    enough: usize,
    /// The number of characters, including those that are skipped.
    len: usize,
}

impl Pattern {
    pub(crate) fn new(secret: &str) -> Self {
        let chars = |text: &str| text.chars().filter(|c| !is_skipped(*c)).map(lower_case).collect();
        let all: Vec<char> = chars(secret);
        let beginning: Vec<char> = chars(crate::redact::show::head(secret, PHP_ARGUMENT_BYTES));
        let enough = beginning.len().max(MIN_BEGINNING_CHARS).min(all.len());
        wipe(beginning, '\0');
        let mut pattern = Self { chars: all, borders: Vec::new(), enough, len: secret.chars().count() };
        for at in 0..pattern.chars.len() {
            let border = if at == 0 { 0 } else { pattern.next(pattern.borders[at - 1], pattern.chars[at]) };
            pattern.borders.push(border);
        }
        pattern
    }

    /// The length of the prefix that the text matches after `c`, given the length `count` before it.
    fn next(&self, mut count: usize, c: char) -> usize {
        while count > 0 && self.chars.get(count) != Some(&c) {
            count = self.borders[count - 1];
        }
        count + usize::from(self.chars.get(count) == Some(&c))
    }

    /// Whether both patterns are equal.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.chars == other.chars
    }

    /// The length of the secret in characters.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is(&self, word: &str) -> bool {
        word.chars().eq(self.chars.iter().copied())
    }

    pub(crate) fn is_all(&self, test: impl Fn(char) -> bool) -> bool {
        self.chars.iter().all(|c| test(*c))
    }

    /// Calls `take` with the indices of the first and the last unit of each match of the pattern, or of enough of its
    /// beginning. Reads the view once, whatever it holds.
    fn each_in(&self, view: &[Unit], mut take: impl FnMut(usize, usize)) {
        let mut count = 0;
        for (at, unit) in view.iter().enumerate() {
            count = self.next(count, lower_case(unit.c));
            let is_cut = at + 1 == view.len() && count >= MIN_CUT_CHARS;
            if count >= self.enough || is_cut {
                take(at + 1 - count, at);
            }
        }
    }
}

impl Drop for Pattern {
    fn drop(&mut self) {
        wipe(std::mem::take(&mut self.chars), '\0');
    }
}

/// Overwrites the text, as far as safe code can.
pub(crate) fn wipe<T: Copy>(mut text: Vec<T>, with: T) {
    text.fill(with);
    std::hint::black_box(&text);
}

/// Maps one character to exactly one, so that positions stay the same.
fn lower_case(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// Characters that a server may omit, wrap or double: white space, control characters, and the backslashes of PHP's
/// escapes.
fn is_skipped(c: char) -> bool {
    c == '\\' || c.is_whitespace() || printable(c) != Some(c)
}

/// Finds the patterns in `text`: unchanged, in JSON, percent-encoded, in HTML, in base64, or in a nested combination.
/// Returns byte ranges, in order, that neither overlap nor touch.
pub(crate) fn find(text: &str, patterns: &[Pattern]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (index, view) in views(text).into_iter().enumerate() {
        for pattern in patterns.iter().filter(|pattern| !pattern.chars.is_empty()) {
            let is_short = pattern.chars.len() < MIN_CHARS;
            if is_short && index > 0 {
                continue;
            }
            pattern.each_in(&view, |first, last| {
                let range = (view[first].from, view[last].to);
                match found.last_mut().filter(|(from, to)| *from <= range.0 && range.0 <= *to) {
                    // The same match, extended by one character.
                    Some(before) if !is_short => before.1 = before.1.max(range.1),
                    _ if !is_short || is_word(text, range) => found.push(range),
                    _ => {}
                }
            });
        }
    }
    merge(found)
}

fn merge(mut ranges: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    ranges.sort_unstable();
    let mut merged: Vec<(usize, usize)> = Vec::new();
    for (from, to) in ranges {
        match merged.last_mut().filter(|last| last.1 >= from) {
            Some(last) => last.1 = last.1.max(to),
            None => merged.push((from, to)),
        }
    }
    merged
}

fn is_word(text: &str, (from, to): (usize, usize)) -> bool {
    let (before, behind) = (text[..from].chars().next_back(), text[to..].chars().next());
    [before, behind].into_iter().flatten().all(|c| !c.is_alphanumeric())
}

/// The text and all its decodings, each without skipped characters.
fn views(text: &str) -> Vec<View> {
    let mut all = vec![(0, false, units(text))];
    let mut next = 0;
    while let Some((depth, is_base64, view)) = all.get(next) {
        let (depth, is_base64) = (*depth, *is_base64);
        let mut more = Vec::new();
        if depth < MAX_DEPTH {
            let decoded = [json(view), percent(view), html(view)].into_iter().flatten();
            more.extend(decoded.map(|view| (depth + 1, is_base64, view)));
        }
        if depth <= MAX_BASE64_DEPTH && !is_base64 {
            more.extend((0..4).filter_map(|offset| Some((MAX_DEPTH - 1, true, base64(view, offset)?))));
        }
        more.retain(|(_, _, view)| all.iter().all(|(_, _, known)| known != view));
        all.extend(more);
        next += 1;
    }
    all.into_iter()
        .map(|(_, _, view)| view.into_iter().filter(|unit| !is_skipped(unit.c)).collect())
        .collect()
}

fn units(text: &str) -> View {
    text.char_indices().map(|(from, c)| Unit { c, from, to: from + c.len_utf8() }).collect()
}

/// Decodes a view. `decode` appends the characters that begin at a unit and returns how many units they took. `None` if
/// there is nothing to decode.
fn decoded(view: &[Unit], decode: impl Fn(&[Unit], &mut View) -> Option<usize>) -> Option<View> {
    let mut out = Vec::with_capacity(view.len());
    let mut at = 0;
    let mut is_other = false;
    while at < view.len() {
        let taken = decode(&view[at..], &mut out);
        is_other |= taken.is_some();
        if taken.is_none() {
            out.push(view[at]);
        }
        at += taken.unwrap_or(1);
    }
    is_other.then_some(out)
}

/// Decodes escapes of JSON, PHP and Rust: `\"`, `\n`, `\u0041`, `\u{41}`.
fn json(view: &[Unit]) -> Option<View> {
    decoded(view, |units, out| {
        let [first, second, rest @ ..] = units else { return None };
        if first.c != '\\' {
            return None;
        }
        let (c, taken) = match second.c {
            'n' | 'r' | 't' | 'b' | 'f' => (' ', 2),
            c @ ('"' | '\\' | '/' | '\'') => (c, 2),
            'x' => (char::from_u32(hex(rest.get(..2)?)?)?, 4),
            'u' if rest.first()?.c == '{' => {
                let digits = rest[1..].iter().take(7).position(|unit| unit.c == '}')?;
                (char::from_u32(hex(&rest[1..=digits])?)?, digits + 4)
            }
            'u' => {
                let high = hex(rest.get(..4)?)?;
                let low = || {
                    let escape = rest.get(4..10)?;
                    let is_escape = escape[0].c == '\\' && escape[1].c == 'u';
                    hex(&escape[2..]).filter(|low| is_escape && (0xdc00..0xe000).contains(low))
                };
                match char::from_u32(high) {
                    Some(c) => (c, 6),
                    None => (
                        char::from_u32(0x10000 + ((high.checked_sub(0xd800)? << 10) | (low()? - 0xdc00)))?,
                        12,
                    ),
                }
            }
            _ => return None,
        };
        out.push(Unit { c, from: first.from, to: units[taken - 1].to });
        Some(taken)
    })
}

fn hex(digits: &[Unit]) -> Option<u32> {
    let add = |sum: Option<u32>, unit: &Unit| Some(sum? * 16 + unit.c.to_digit(16)?);
    if digits.is_empty() { None } else { digits.iter().fold(Some(0), add) }
}

/// Decodes percent-encoding: `%C3%BC`, and `+` for a space.
fn percent(view: &[Unit]) -> Option<View> {
    decoded(view, |units, out| {
        if units[0].c == '+' {
            out.push(Unit { c: ' ', ..units[0] });
            return Some(1);
        }
        let bytes: Vec<_> = units
            .chunks(3)
            .map_while(|escape| match escape {
                [percent, digits @ ..] if percent.c == '%' && digits.len() == 2 => {
                    Some((u8::try_from(hex(digits)?).ok()?, percent.from, digits[1].to))
                }
                _ => None,
            })
            .collect();
        push_utf8(&bytes, out);
        (!bytes.is_empty()).then_some(bytes.len() * 3)
    })
}

/// Decodes entities of HTML: `&amp;`, `&#039;`.
fn html(view: &[Unit]) -> Option<View> {
    decoded(view, |units, out| {
        if units[0].c != '&' {
            return None;
        }
        let end = units.iter().take(MAX_ENTITY_CHARS).position(|unit| unit.c == ';')?;
        let name: String = units[1..end].iter().map(|unit| unit.c).collect();
        out.push(Unit { c: html::entity(&name)?, from: units[0].from, to: units[end].to });
        Some(end + 1)
    })
}

/// Decodes each run of base64, in either alphabet, assuming that its groups of four begin at `offset`. White space in a
/// run is ignored.
fn base64(view: &[Unit], offset: usize) -> Option<View> {
    let mut out = Vec::new();
    let units: View = view.iter().filter(|unit| !is_skipped(unit.c)).copied().collect();
    for run in units.split(|unit| sextet(unit.c).is_none()) {
        let mut bytes = Vec::new();
        for four in run.get(offset..).unwrap_or_default().chunks(4) {
            let bits = four.iter().fold(0, |bits, unit| bits << 6 | sextet(unit.c).unwrap_or_default());
            let bits = bits << (6 * (4 - four.len()));
            for index in 0..(four.len() * 6 / 8) {
                // The byte begins in one character and ends in the next.
                let [.., byte] = (bits >> (16 - 8 * index)).to_be_bytes();
                bytes.push((byte, four[index].from, four[index + 1].to));
            }
        }
        push_utf8(&bytes, &mut out);
        // A match must not continue from one run to the next.
        out.extend(run.last().map(|last| Unit { c: char::REPLACEMENT_CHARACTER, ..*last }));
    }
    (!out.is_empty()).then_some(out)
}

fn sextet(c: char) -> Option<u32> {
    Some(match c {
        'A'..='Z' => c as u32 - 'A' as u32,
        'a'..='z' => c as u32 - 'a' as u32 + 26,
        '0'..='9' => c as u32 - '0' as u32 + 52,
        '+' | '-' => 62,
        '/' | '_' => 63,
        _ => return None,
    })
}

/// Decodes base64 to text.
pub(crate) fn from_base64(text: &str) -> String {
    let view = base64(&units(text), 0).unwrap_or_default();
    view.iter().map(|unit| unit.c).filter(|c| *c != char::REPLACEMENT_CHARACTER).collect()
}

/// Decodes UTF-8, and keeps the position of each byte.
fn push_utf8(bytes: &[(u8, usize, usize)], out: &mut View) {
    let plain: Vec<u8> = bytes.iter().map(|byte| byte.0).collect();
    let mut at = 0;
    for chunk in plain.utf8_chunks() {
        for c in chunk.valid().chars() {
            let end = at + c.len_utf8();
            out.push(Unit { c, from: bytes[at].1, to: bytes[end - 1].2 });
            at = end;
        }
        if !chunk.invalid().is_empty() {
            out.push(Unit { c: char::REPLACEMENT_CHARACTER, from: bytes[at].1, to: bytes[at].2 });
            at += chunk.invalid().len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, secret: &str) -> Vec<String> {
        find(text, &[Pattern::new(secret)]).into_iter().map(|(from, to)| text[from..to].to_owned()).collect()
    }

    #[test]
    fn secret_is_found_in_every_spelling() {
        const SECRET: &str = "Pl4 nted\"p4ss\\w0/é𝄞";
        for spelled in [
            SECRET,
            r#"Pl4 nted\"p4ss\\w0/é𝄞"#,
            r#"Pl4 nted\"p4ss\\w0\/\u00e9\uD834\udd1e"#,
            r"\u0050l4 nted\u0022p4ss\u005Cw0\u{2f}\u{e9}𝄞",
            "Pl4%20nted%22p4ss%5Cw0%2F%C3%A9%F0%9D%84%9E",
            "Pl4+nted%22p4ss%5cw0%2f%c3%a9%f0%9d%84%9e",
            "Pl4 nted&quot;p4ss\\w0/é𝄞",
            "Pl4&nbsp;nted&#034;p4ss&#x5c;w0&#47;&#233;&#119070;",
            // Collapsed white space, removed slashes, another case.
            "Pl4\n\t nted\"p4ss\\w0/é𝄞",
            "Pl4 nted\"p4ssw0/é𝄞",
            "PL4 NTED\"P4SS\\W0/É𝄞",
            "Pl4 nted&#0000000000000034;p4ss\\w0/&#x000000000000e9;𝄞",
            // Nested encodings.
            "Pl4+nted%5C%22p4ss%5C%5Cw0%5C%2F%5Cu00e9%F0%9D%84%9E",
            r#"Pl4 nted\\\"p4ss\\\\w0\\\/é𝄞"#,
            "Pl4%2520nted%2522p4ss%255Cw0%252F%25C3%25A9%25F0%259D%2584%259E",
            "UGw0IG50ZWQicDRzc1x3MC/DqfCdhJ4=",
            "UGw0IG50ZWQicDRzc1x3MC_DqfCdhJ4",
            "UGw0IG50ZWQi\ncDRzc1x3MC/DqfCdhJ4=",
            "UGw0IG50ZWQicDRzc1x3MC%2FDqfCdhJ4%3D",
        ] {
            let text = format!("It is <{spelled}>.");
            let all = found(&text, SECRET);
            assert_eq!(all.len(), 1, "{spelled}: {all:?}");
            // The padding of base64 is not significant.
            assert_eq!(all[0], spelled.trim_end_matches(['=']).trim_end_matches("%3D"));
        }
    }

    #[test]
    fn a_secret_inside_base64_is_found_at_each_offset() {
        for text in ["YW5hOkh1bnRlcjI=", "YW5hOjpIdW50ZXIy", "YW5hOjo6SHVudGVyMg", "YW5hOkh1bnRlcjI6OiB4"] {
            assert_eq!(found(&format!("Basic {text}"), "Hunter2").len(), 1, "{text}");
            assert_eq!(found(&format!("/x{text}/"), "Hunter2").len(), 1, "{text}");
        }
        assert_eq!(from_base64("YW5hOkh1bnRlcjI="), "ana:Hunter2");
    }

    #[test]
    fn truncated_secret_is_found() {
        const SECRET: &str = "Pl4nted-p4ssw0rd-0123";
        assert_eq!(found("login('ana', 'Pl4nted-p4ssw0r...')", SECRET), ["Pl4nted-p4ssw0r"]);
        assert_eq!(found("it is Pl4nted", SECRET), ["Pl4nted"]);
        assert!(found("it is Pl4nted, or not", SECRET).is_empty());
        assert!(found("it is Pl4n", SECRET).is_empty());
    }

    #[test]
    fn overlapping_prefix_does_not_hide_the_secret() {
        assert_eq!(found("is abcabcabcabcabcabcXyz!", "abcabcabcabcabcXyz"), ["abcabcabcabcabcabcXyz"]);
    }

    #[test]
    fn short_secret_matches_whole_words_only() {
        assert_eq!(found("a key of ke is ke: \"ke\"", "ke"), ["ke", "ke", "ke"]);
        assert!(found("keys", "ke").is_empty() && found("x", "").is_empty() && found("x", " ").is_empty());
    }

    #[test]
    fn ranges_are_merged() {
        assert_eq!(merge(vec![(4, 6), (0, 2), (1, 3), (3, 4)]), [(0, 6)]);
    }

    #[test]
    fn search_is_one_pass_for_repetitive_secrets() {
        assert_eq!(found(&"a".repeat(1000), &"a".repeat(100)), ["a".repeat(1000)]);
        let text = format!("{}b {}c", "a".repeat(50), "a".repeat(7));
        assert_eq!(found(&text, &"a".repeat(20)), ["a".repeat(50)]);
        // Each character changes the count by one, or undoes earlier changes.
        let pattern = Pattern::new("abababac");
        let counts = "abababababac".chars().scan(0, |count, c| {
            *count = pattern.next(*count, c);
            Some(*count)
        });
        assert_eq!(counts.collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7, 6, 7, 6, 7, 8]);
    }

    /// The time for each of these must grow only linearly with their length.
    #[test]
    fn masking_is_linear_for_hostile_texts() {
        for part in ["%25", "&amp;", "\\\\", "\\u0025", "%5C", "&#37;25", "AAAA", "a"] {
            let text = part.repeat(16 * 1024 / part.len());
            assert!(found(&text, "Pl4nted-p4ssw0rd").is_empty());
        }
    }
}
