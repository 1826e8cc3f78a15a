//! Decodes JSON text, faster than `serde_json` where WordPress's JSON is unlike other JSON.
//!
//! Most of a post is text, and WordPress escapes every `/`, quote, line break and letter beyond ASCII in it: a decoder
//! gets runs of some 16 bytes between two escapes. With `serde_json`, such runs take two thirds of all instructions of an
//! export; with this reader half of that. It reads texts, lists, objects, integers, `true`, `false` and `null`. Everything
//! else (floats, enums with data, `RawValue`, bytes, 128-bit integers) is passed to `serde_json`, as the slice that holds
//! it.
//!
//! It accepts the same texts as `serde_json` and reads the same values. Property tests and the fuzz target `decoding`
//! compare them.

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Result};

/// The default limit on the nesting of lists and objects, which is that of `serde_json`.
const DEPTH: usize = 127;

/// A deserializer of one JSON text.
pub(crate) struct Reader<'de> {
    text: &'de str,
    /// The position of the next byte.
    at: usize,
    /// How many more lists and objects may be open.
    depth: usize,
    /// Whether there are control characters anywhere: as white space, or in a string, where they are not valid.
    has_controls: bool,
    /// The decoded text of a string with escapes; while a value is passed over, the closing byte of each list and object
    /// that is open in it.
    scratch: String,
}

impl<'de> Reader<'de> {
    pub(crate) fn new(text: &'de str) -> Self {
        let text = text.trim_matches([' ', '\n', '\t', '\r']);
        // With `any` this would be a step for each byte.
        let least = text.bytes().fold(u8::MAX, u8::min);
        Self { text, at: 0, depth: DEPTH, has_controls: is_control(&least), scratch: String::new() }
    }

    /// The same with another limit on nesting.
    pub(crate) fn with_depth(text: &'de str, depth: usize) -> Self {
        Self { depth, ..Self::new(text) }
    }

    /// Checks that nothing but white space follows.
    pub(crate) fn end(&mut self) -> Result<()> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(malformed()),
        }
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Passes the next byte.
    #[inline]
    fn next(&mut self) -> Result<u8> {
        let byte = self.byte().ok_or_else(malformed)?;
        self.at += 1;
        Ok(byte)
    }

    /// The next byte that is not white space.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.byte() {
                // Most JSON has no white space, so this is asked first.
                Some(byte) if byte > b' ' => return Some(byte),
                Some(b' ' | b'\n' | b'\t' | b'\r') => self.at += 1,
                byte => return byte,
            }
        }
    }

    /// Passes the next byte that is not white space, which must be this one.
    #[inline]
    fn pass(&mut self, expected: u8) -> Result<()> {
        match self.peek() {
            Some(byte) if byte == expected => {
                self.at += 1;
                Ok(())
            }
            _ => Err(malformed()),
        }
    }

    #[inline]
    fn word(&mut self, word: &str) -> Result<()> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(malformed());
        }
        self.at += word.len();
        Ok(())
    }

    /// Begins a list or an object, at its opening byte.
    #[inline]
    fn open(&mut self, close: u8) -> Result<Members<'_, 'de>> {
        self.at += 1;
        self.depth = self.depth.checked_sub(1).ok_or_else(too_deep)?;
        Ok(Members { reader: self, close, is_first: true })
    }

    /// Ends it, also after an error: a type may replace what it cannot read by a default, and read on behind it.
    #[inline]
    fn close<T>(&mut self, close: u8, read: Result<T>) -> Result<T> {
        self.depth += 1;
        let end = self.pass(close);
        if end.is_err() {
            // Its end was not reached, so nothing behind it can be read.
            self.at = self.text.len();
        }
        let value = read?;
        end?;
        Ok(value)
    }

    /// Passes over a value, which must be valid: without recursion, however deeply it is nested. `scan::value` does the
    /// same for text that is not trusted to be JSON, and collects repairs on the way.
    fn skip(&mut self) -> Result<()> {
        self.scratch.clear();
        loop {
            match self.peek() {
                Some(b'"') => self.skip_string()?,
                Some(b'{') => {
                    self.at += 1;
                    self.scratch.push('}');
                    if self.peek() != Some(b'}') {
                        self.skip_name()?;
                        continue;
                    }
                }
                Some(b'[') => {
                    self.at += 1;
                    self.scratch.push(']');
                    if self.peek() != Some(b']') {
                        continue;
                    }
                }
                Some(b't') => self.word("true")?,
                Some(b'f') => self.word("false")?,
                Some(b'n') => self.word("null")?,
                Some(b'-' | b'0'..=b'9') => {
                    if self.integer().is_none() {
                        serde_json::from_str::<serde::de::IgnoredAny>(self.number())?;
                    }
                }
                _ => return Err(malformed()),
            }
            // A value has ended, or an empty list or object is about to end.
            loop {
                let Some(&close) = self.scratch.as_bytes().last() else { return Ok(()) };
                match self.peek() {
                    Some(byte) if byte == close => {
                        self.at += 1;
                        self.scratch.pop();
                    }
                    Some(b',') => {
                        self.at += 1;
                        if close == b'}' {
                            self.skip_name()?;
                        }
                        break;
                    }
                    _ => return Err(malformed()),
                }
            }
        }
    }

    /// Passes over the name of a member and its colon.
    fn skip_name(&mut self) -> Result<()> {
        Key { reader: &mut *self }.quoted()?.skip_string()?;
        self.pass(b':')
    }

    /// The end of the run of a string that begins here: the position of a quote, a backslash, or a control character,
    /// which is not valid there.
    #[inline]
    fn run_end(&self, start: usize) -> usize {
        let bytes = self.text.as_bytes();
        let end = run_end(bytes, start);
        if self.has_controls {
            return start + bytes[start..end].iter().position(is_control).unwrap_or(end - start);
        }
        end
    }

    /// Passes over a string, from its opening quote to its end.
    fn skip_string(&mut self) -> Result<()> {
        self.at += 1;
        loop {
            self.at = self.run_end(self.at);
            match self.next()? {
                b'"' => return Ok(()),
                b'\\' => match self.next()? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                    b'u' => {
                        self.unit()?;
                    }
                    _ => return Err(malformed()),
                },
                _ => return Err(malformed()),
            }
        }
    }

    /// Reads a string, from its opening quote to its end: without an escape from the text itself, else from
    /// `scratch`.
    #[inline]
    fn string(&mut self) -> Result<Option<&'de str>> {
        let start = self.at + 1;
        self.at = self.run_end(start);
        if self.byte() != Some(b'"') {
            self.unescape(start)?;
            return Ok(None);
        }
        let text = &self.text[start..self.at];
        self.at += 1;
        Ok(Some(text))
    }

    /// Decodes the string that begins at `start`, whose first run ends here.
    fn unescape(&mut self, mut start: usize) -> Result<()> {
        let text = self.text;
        self.scratch.clear();
        loop {
            let end = self.at;
            self.scratch.push_str(&text[start..end]);
            let escape = match text.as_bytes()[end..] {
                [b'"', ..] => {
                    self.at = end + 1;
                    return Ok(());
                }
                [b'\\', escape, ..] => escape,
                _ => return Err(malformed()),
            };
            start = end + 2;
            match escape {
                // It stands for itself, so it begins the next run.
                b'"' | b'\\' | b'/' => {
                    start = end + 1;
                    self.at = self.run_end(end + 2);
                    continue;
                }
                b'n' => self.scratch.push('\n'),
                b't' => self.scratch.push('\t'),
                b'r' => self.scratch.push('\r'),
                b'b' => self.scratch.push('\u{8}'),
                b'f' => self.scratch.push('\u{c}'),
                b'u' => {
                    self.at = start;
                    let decoded = self.code_point()?;
                    self.scratch.push(decoded);
                    start = self.at;
                }
                _ => return Err(malformed()),
            }
            self.at = self.run_end(start);
        }
    }

    /// Reads the digits of `\u`, and a second escape where the first is half of a pair.
    fn code_point(&mut self) -> Result<char> {
        let first = self.unit()?;
        let code = match first {
            0xd800..=0xdbff => {
                self.word("\\u")?;
                match self.unit()? {
                    second @ 0xdc00..=0xdfff => 0x1_0000 + ((first - 0xd800) << 10 | (second - 0xdc00)),
                    _ => return Err(malformed()),
                }
            }
            unit => unit,
        };
        char::from_u32(code).ok_or_else(malformed)
    }

    /// Reads four hexadecimal digits.
    fn unit(&mut self) -> Result<u32> {
        let Some(digits) = self.text.as_bytes()[self.at..].first_chunk::<4>() else {
            return Err(malformed());
        };
        self.at += 4;
        let unit = digits.iter().fold(0, |unit, &digit| unit << 4 | HEX_DIGITS[usize::from(digit)]);
        if unit >> 16 == 0 { Ok(unit) } else { Err(malformed()) }
    }

    /// Reads an integer of at most 18 digits. `None`, with the position unchanged, if it is another number.
    #[inline]
    fn integer(&mut self) -> Option<i64> {
        const FITS: usize = 18;
        let bytes = &self.text.as_bytes()[self.at..];
        let is_negative = bytes.first() == Some(&b'-');
        let digits = &bytes[usize::from(is_negative)..];
        let mut number = 0;
        let mut len = 0;
        while let Some(digit @ b'0'..=b'9') = digits.get(len) {
            if len == FITS {
                return None;
            }
            number = number * 10 + i64::from(digit - b'0');
            len += 1;
        }
        let is_canonical = match digits.first() {
            // -0 is a float.
            Some(b'0') => len == 1 && !is_negative,
            _ => len > 0,
        };
        if !is_canonical || matches!(digits.get(len), Some(b'.' | b'e' | b'E')) {
            return None;
        }
        self.at += usize::from(is_negative) + len;
        Some(if is_negative { -number } else { number })
    }

    /// Reads a value that is no list and no object, by its first byte.
    #[inline]
    fn scalar<V: Visitor<'de>>(&mut self, first: Option<u8>, visitor: V) -> Result<V::Value> {
        match first {
            Some(b'"') => match self.string()? {
                Some(text) => visitor.visit_borrowed_str(text),
                None => visitor.visit_str(&self.scratch),
            },
            Some(b't') => {
                self.word("true")?;
                visitor.visit_bool(true)
            }
            Some(b'f') => {
                self.word("false")?;
                visitor.visit_bool(false)
            }
            Some(b'n') => {
                self.word("null")?;
                visitor.visit_unit()
            }
            Some(b'-' | b'0'..=b'9') => {
                if let Some(number) = self.integer() {
                    return match u64::try_from(number) {
                        Ok(number) => visitor.visit_u64(number),
                        Err(_) => visitor.visit_i64(number),
                    };
                }
                let start = self.at;
                let mut inner = serde_json::Deserializer::from_str(self.number());
                let read = inner.deserialize_any(visitor).and_then(|value| inner.end().map(|()| value));
                if read.as_ref().is_err_and(|error| !error.is_data()) {
                    self.at = start;
                }
                read
            }
            _ => Err(malformed()),
        }
    }

    /// Passes over a number of any form, which may be invalid.
    fn number(&mut self) -> &'de str {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'));
        let number = &rest[..end.unwrap_or(rest.len())];
        self.at += number.len();
        number
    }

    /// Passes a value to `serde_json`.
    #[cold]
    fn delegate<T>(
        &mut self,
        read: impl FnOnce(&mut serde_json::Deserializer<serde_json::de::StrRead<'de>>) -> Result<T>,
    ) -> Result<T> {
        self.peek();
        let start = self.at;
        self.skip()?;
        let mut deserializer = serde_json::Deserializer::from_str(&self.text[start..self.at]);
        // The nesting was checked when the value was passed over.
        deserializer.disable_recursion_limit();
        let value = read(&mut deserializer)?;
        deserializer.end()?;
        Ok(value)
    }
}

/// The value of each hexadecimal digit. That of every other byte is out of the range of four digits.
const HEX_DIGITS: [u32; 256] = {
    let mut values = [1 << 16; 256];
    let mut value = 0;
    while value < 16 {
        let digit = b"0123456789abcdef"[value as usize];
        values[digit as usize] = value;
        values[digit.to_ascii_uppercase() as usize] = value;
        value += 1;
    }
    values
};

#[allow(clippy::trivially_copy_pass_by_ref)] // as iterators pass it
fn is_control(byte: &u8) -> bool {
    *byte < b' '
}

/// The position of the first quote or backslash from `at` on, or the length of the text.
///
/// A run is short, so a call of `memchr` would cost more than it saves.
#[inline]
fn run_end(bytes: &[u8], at: usize) -> usize {
    let mut rest = &bytes[at..];
    while let Some((block, more)) = rest.split_first_chunk() {
        if let Some(end) = first_end(*block) {
            return bytes.len() - rest.len() + end;
        }
        rest = more;
    }
    let is_end = |byte: &u8| matches!(byte, b'"' | b'\\');
    bytes.len() - rest.iter().position(is_end).map_or(0, |end| rest.len() - end)
}

#[cfg(feature = "simd")]
use first_end_of_vector as first_end;
/// Where the first quote or backslash of a block is.
#[cfg(not(feature = "simd"))]
use first_end_of_word as first_end;

#[cfg(any(test, not(feature = "simd")))]
#[inline]
fn first_end_of_word(block: [u8; 8]) -> Option<usize> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    const QUOTES: u64 = u64::from_le_bytes([b'"'; 8]);
    const BACKSLASHES: u64 = u64::from_le_bytes([b'\\'; 8]);
    let word = u64::from_le_bytes(block);
    let quote = (word ^ QUOTES).wrapping_sub(ONES);
    let backslash = (word ^ BACKSLASHES).wrapping_sub(ONES);
    // The borrow of a subtraction can set bits only above the first byte that is found.
    let ends = (quote | backslash) & !word & HIGH;
    (ends != 0).then_some(ends.trailing_zeros() as usize / 8)
}

#[cfg(feature = "simd")]
#[inline]
fn first_end_of_vector(block: [u8; 16]) -> Option<usize> {
    use wide::u8x16;
    let block = u8x16::new(block);
    let ends = block.simd_eq(u8x16::splat(b'"')) | block.simd_eq(u8x16::splat(b'\\'));
    let ends = ends.to_bitmask();
    (ends != 0).then_some(ends.trailing_zeros() as usize)
}

#[cold]
fn too_deep() -> Error {
    Error::custom("the JSON is nested too deeply")
}

#[cold]
fn malformed() -> Error {
    Error::custom("the JSON is malformed")
}

macro_rules! delegate {
    ($($method:ident)*) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
                self.delegate(|inner| inner.$method(visitor))
            }
        )*
    };
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Error;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        // Each level of nesting takes one such frame, so a scalar has its own.
        let (read, close) = match self.peek() {
            Some(b'{') => (visitor.visit_map(self.open(b'}')?), b'}'),
            Some(b'[') => (visitor.visit_seq(self.open(b']')?), b']'),
            first => return self.scalar(first, visitor),
        };
        self.close(close, read)
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.peek() == Some(b'n') {
            self.word("null")?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
        if name.starts_with("$serde_json::") {
            return self.delegate(|inner| inner.deserialize_newtype_struct(name, visitor));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        if self.peek() != Some(b'"') {
            return self.delegate(|inner| inner.deserialize_enum(name, variants, visitor));
        }
        match self.string()? {
            Some(text) => visitor.visit_enum(BorrowedStrDeserializer::new(text)),
            None => visitor.visit_enum(StrDeserializer::new(&self.scratch)),
        }
    }

    #[inline]
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.skip()?;
        visitor.visit_unit()
    }

    /// Only a text is a name: a derived type would take a number as the position of a variant.
    #[inline]
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.peek() {
            Some(b'"') => self.scalar(Some(b'"'), visitor),
            _ => self.delegate(|inner| inner.deserialize_identifier(visitor)),
        }
    }

    delegate! { deserialize_bytes deserialize_byte_buf deserialize_i128 deserialize_u128 }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string unit unit_struct seq tuple tuple_struct map struct
    }
}

/// The members of a list or an object.
struct Members<'r, 'de> {
    reader: &'r mut Reader<'de>,
    close: u8,
    is_first: bool,
}

impl Members<'_, '_> {
    /// Whether there is another one: then it is next.
    #[inline]
    fn more(&mut self) -> Result<bool> {
        let next = self.reader.peek();
        if next == Some(self.close) {
            return Ok(false);
        }
        if !std::mem::take(&mut self.is_first) {
            self.reader.pass(b',')?;
        }
        Ok(true)
    }
}

impl<'de> SeqAccess<'de> for Members<'_, 'de> {
    type Error = Error;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        if !self.more()? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

impl<'de> MapAccess<'de> for Members<'_, 'de> {
    type Error = Error;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        if !self.more()? {
            return Ok(None);
        }
        seed.deserialize(Key { reader: self.reader }).map(Some)
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        self.reader.pass(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}

/// The name of a member. It is a text, whose type may be a number, as in `BTreeMap<u64, T>`.
struct Key<'r, 'de> {
    reader: &'r mut Reader<'de>,
}

impl<'r, 'de> Key<'r, 'de> {
    /// Reads the name, if it is a number, as `read` reads it.
    fn number<T>(
        self,
        read: impl FnOnce(&mut serde_json::Deserializer<serde_json::de::StrRead<'de>>) -> Result<T>,
    ) -> Result<T> {
        let quoted = self.quoted()?.string()?;
        let is_number = |text: &&str| {
            text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
        };
        let text =
            quoted.filter(is_number).ok_or_else(|| Error::custom("the name of a member is not a number"))?;
        let mut inner = serde_json::Deserializer::from_str(text);
        let number = read(&mut inner)?;
        inner.end()?;
        Ok(number)
    }

    /// The reader before the opening quote of the name.
    #[inline]
    fn quoted(self) -> Result<&'r mut Reader<'de>> {
        if self.reader.peek() == Some(b'"') { Ok(self.reader) } else { Err(malformed()) }
    }
}

macro_rules! numeric_key {
    ($($method:ident)*) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
                self.number(|inner| inner.$method(visitor))
            }
        )*
    };
}

impl<'de> Deserializer<'de> for Key<'_, 'de> {
    type Error = Error;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let reader = self.quoted()?;
        match reader.string()? {
            Some(text) => visitor.visit_borrowed_str(text),
            None => visitor.visit_str(&reader.scratch),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.quoted()?.string()? {
            Some("true") => visitor.visit_bool(true),
            Some("false") => visitor.visit_bool(false),
            _ => Err(Error::invalid_type(Unexpected::Other("the name of a member"), &visitor)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
        if name.starts_with("$serde_json::") {
            return self.quoted()?.deserialize_newtype_struct(name, visitor);
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.quoted()?.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.quoted()?.deserialize_bytes(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.quoted()?.deserialize_bytes(visitor)
    }

    numeric_key! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    forward_to_deserialize_any! {
        char str string unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests;
