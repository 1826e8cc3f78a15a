//! Reading a text once, forward only.

/// What of a text is not read yet. It counts the bytes that were looked at, so that a test can bound the work.
pub(super) struct Scan<'t> {
    rest: &'t str,
    /// How many bytes were looked at, those that were looked at twice counted twice.
    pub(super) scanned: usize,
}

impl<'t> Scan<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { rest: text, scanned: 0 }
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> &'t str {
        self.rest
    }

    /// Takes `prefix`, if it is next.
    pub(super) fn take(&mut self, prefix: &str) -> bool {
        let rest = self.rest.strip_prefix(prefix);
        self.rest = rest.unwrap_or(self.rest);
        self.scanned += prefix.len();
        rest.is_some()
    }

    /// Takes the next character.
    pub(super) fn take_char(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.skip(c.len_utf8());
        Some(c)
    }

    /// Takes what is before `end`, which stays. `None` where it does not come; then nothing is taken.
    pub(super) fn take_until(&mut self, end: &str) -> Option<&'t str> {
        let at = self.rest.find(end);
        self.take_found(at, end.len())
    }

    /// As [`take_until`](Self::take_until), up to the first character that ends it.
    pub(super) fn take_until_char(&mut self, ends: impl Fn(char) -> bool) -> Option<&'t str> {
        let at = self.rest.find(ends);
        self.take_found(at, 1)
    }

    /// Takes the characters that are part of it: all of the rest, maybe.
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

    /// Takes so many bytes, which were looked at already.
    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
        self.scanned += bytes;
    }
}
