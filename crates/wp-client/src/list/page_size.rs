//! The number of items on a page.

/// After this many pages in a row that were not too heavy, a page may be larger again.
const PAGES_BEFORE_GROWTH: u32 = 4;

/// The number of items to request. It is halved when a page is too heavy for the site, and grows back.
#[derive(Debug)]
pub(super) struct PageSize {
    full: u64,
    now: u64,
    /// How many pages in a row were not too heavy.
    succeeded: u32,
    is_untried: bool,
}

impl PageSize {
    /// `full` is 0 if it is not known.
    pub(super) fn new(full: u64) -> Self {
        Self { full, now: full, succeeded: 0, is_untried: false }
    }

    pub(super) fn now(&self) -> u64 {
        self.now
    }

    /// Halves the size, but not below `least`. Returns `false` if it cannot be smaller.
    pub(super) fn shrink(&mut self, least: u64) -> bool {
        let smaller = (self.now / 2).max(least);
        self.succeeded = 0;
        let is_smaller = smaller < self.now;
        self.now = self.now.min(smaller);
        self.is_untried |= is_smaller;
        is_smaller
    }

    /// Lets the size grow after a success.
    pub(super) fn grow(&mut self) {
        self.is_untried = false;
        if self.now < self.full {
            self.succeeded += 1;
            if self.succeeded >= PAGES_BEFORE_GROWTH {
                self.now = self.full.min(self.now * 2);
                self.succeeded = 0;
            }
        }
    }

    /// Whether no page of this size arrived since it was halved.
    pub(super) fn is_untried(&self) -> bool {
        self.is_untried
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_is_halved_and_grows_back() {
        let mut size = PageSize::new(100);
        let halves: Vec<_> = std::iter::from_fn(|| size.shrink(1).then(|| size.now())).collect();
        assert_eq!(halves, [50, 25, 12, 6, 3, 1]);
        let grown: Vec<_> = (0..28)
            .map(|_| {
                size.grow();
                size.now()
            })
            .collect();
        assert_eq!(grown[..5], [1, 1, 1, 2, 2]);
        assert_eq!(grown.last(), Some(&100), "{grown:?}");
    }

    #[test]
    fn size_does_not_fall_below_the_least() {
        let mut size = PageSize::new(5);
        assert!(size.shrink(2) && !size.shrink(2));
        assert_eq!(size.now(), 2);
        let mut unknown = PageSize::new(0);
        assert!(!unknown.shrink(1));
        assert_eq!(unknown.now(), 0);
    }
}
