//! Reads a text once, forward only.

/// The unread rest of a text. It counts the bytes that were examined, so that a test can limit the work.
pub(super) struct Scan<'t> {
    rest: &'t str,
    /// The number of bytes that were examined. A byte that was examined twice counts twice.
    pub(super) scanned: usize,
}

impl<'t> Scan<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { rest: text, scanned: 0 }
    }

    /// The unread rest.
    pub(super) fn rest(&self) -> &'t str {
        self.rest
    }

    /// Reads `prefix` if it is next.
    pub(super) fn take(&mut self, prefix: &str) -> bool {
        let rest = self.rest.strip_prefix(prefix);
        self.rest = rest.unwrap_or(self.rest);
        self.scanned += prefix.len();
        rest.is_some()
    }

    /// Reads the next character.
    pub(super) fn take_char(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.skip(c.len_utf8());
        Some(c)
    }

    /// Reads the text before `end`, but not `end`. Returns `None` and reads nothing if `end` does not occur.
    pub(super) fn take_until(&mut self, end: &str) -> Option<&'t str> {
        let at = self.rest.find(end);
        self.take_found(at, end.len())
    }

    /// Like [`take_until`](Self::take_until), up to the first character for which `ends` is true.
    pub(super) fn take_until_char(&mut self, ends: impl Fn(char) -> bool) -> Option<&'t str> {
        let at = self.rest.find(ends);
        self.take_found(at, 1)
    }

    /// Reads characters while `is_part` is true, possibly all of the rest.
    pub(super) fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> &'t str {
        let at = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(at);
        self.rest = rest;
        self.scanned += at + 1;
        taken
    }

    fn take_found(&mut self, at: Option<usize>, end: usize) -> Option<&'t str> {
        self.scanned += at.map_or(self.rest.len(), |at| at + end);
        let (taken, rest) = self.rest.split_at(at?);
        self.rest = rest;
        Some(taken)
    }

    /// Skips this many bytes, which were already examined.
    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
        self.scanned += bytes;
    }
}
