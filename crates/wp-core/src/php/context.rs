//! What one reading carries along: where it is, what it changed, and what it learned.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::fmt::Write;

use crate::show;

/// How many coercions a report holds.
const MAX_COERCIONS: usize = 1_000;
/// Characters of a path.
const MAX_PATH_CHARS: usize = 200;

/// A value that was read although PHP wrote it in another shape than its field has.
///
/// PHP's plain "none" (`null`, `false`, `""`, `[]`, `{}`, a date that was never set, 0 where an id belongs) is no coercion:
/// nothing of it can be lost.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Coercion {
    /// Where: `[3].title`.
    pub path: String,
    /// What was done.
    pub kind: CoercionKind,
}

/// `[3].title: a number or a flag where a text belongs`.
impl fmt::Display for Coercion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "." } else { &self.path };
        write!(f, "{path}: {}", self.kind.describe())
    }
}

/// How a value was made to fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CoercionKind {
    /// A number or `true` became its text.
    ScalarAsText,
    /// A number in a text, or a whole number with a fraction of zero (`7.0`), became a number.
    AsNumber,
    /// A number, a text, a list or an object became a flag.
    AsFlag,
    /// A text or a number stood where an object belongs: `"title":"Hello"`.
    ScalarAsObject,
    /// An object whose keys are numbers became a list.
    ObjectAsList,
    /// A list became a map from its positions.
    ListAsMap,
    /// A date had a zone, an offset or a fraction of a second, or a blank before its time.
    DateForm,
    /// An error of WordPress (`{"errors":…}`) stood where a text belongs. It was read as an empty text.
    ErrorAsText,
    /// It could not be read at all, and the field was left at its default.
    Unreadable,
}

impl CoercionKind {
    /// What was done, for an error that shows no value.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::ScalarAsText => "a number or a flag where a text belongs",
            Self::AsNumber => {
                "a text or a fraction where a whole number belongs, or a text where a number does"
            }
            Self::AsFlag => "something else where a flag belongs",
            Self::ScalarAsObject => "a text or a number where an object belongs",
            Self::ObjectAsList => "an object where a list belongs",
            Self::ListAsMap => "a list where an object belongs",
            Self::DateForm => "a date in another form",
            Self::ErrorAsText => "an error of WordPress where a text belongs",
            Self::Unreadable => "a value of another type than the field has",
        }
    }
}

/// PHP's ways to write nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nothing {
    Null,
    False,
    Text,
    List,
    Object,
    Zero,
    Date,
}

/// The state of one reading.
///
/// The first reading of a text is not careful: it keeps no paths and no report, and ends at the first value that it
/// cannot read. Only then, or where a report is wanted and something was coerced, the text is read again, carefully.
#[derive(Default)]
pub(crate) struct Context {
    /// Whether paths are kept, and values of fields can be read more than once.
    pub(super) careful: bool,
    pub(super) coerced: Cell<bool>,
    coercions: RefCell<Vec<Coercion>>,
    failed_at: RefCell<Option<String>>,
    /// An error that no default may stand in for.
    pub(super) fatal: Cell<bool>,
    /// The options, by the name of their type, that are `None` for this way to write nothing: what they hold refused it.
    refused: RefCell<Vec<(&'static str, Nothing)>>,
}

impl Context {
    pub(super) fn careful() -> Self {
        Self { careful: true, ..Self::default() }
    }

    /// Resets it for a second reading, with what was learned.
    pub(super) fn again(&self) {
        self.coercions.borrow_mut().clear();
        self.failed_at.take();
        self.fatal.set(false);
    }

    /// How much was learned.
    pub(super) fn learned(&self) -> usize {
        self.refused.borrow().len()
    }

    pub(super) fn refuses(&self, name: &'static str, nothing: Nothing) -> bool {
        self.refused.borrow().contains(&(name, nothing))
    }

    pub(super) fn refuse(&self, name: &'static str, nothing: Nothing) {
        if !self.refuses(name, nothing) {
            self.refused.borrow_mut().push((name, nothing));
        }
    }

    pub(super) fn count(&self) -> usize {
        self.coercions.borrow().len()
    }

    /// Forgets a failed attempt.
    pub(super) fn forget(&self, coercions: usize) {
        self.coercions.borrow_mut().truncate(coercions);
        self.failed_at.take();
    }

    pub(super) fn take_coercions(&self) -> Vec<Coercion> {
        self.coercions.take()
    }

    pub(super) fn take_failed_at(&self) -> String {
        self.failed_at.take().unwrap_or_default()
    }
}

/// Where a value stands.
#[derive(Clone, Copy)]
pub(crate) enum Path<'c> {
    /// The whole document.
    Root,
    /// A part of something that is read by other means.
    Part,
    Index(&'c Path<'c>, usize),
    Key(&'c Path<'c>, &'c str),
}

impl Path<'_> {
    fn write(&self, out: &mut String) {
        match *self {
            Self::Root | Self::Part => {}
            Self::Index(parent, index) => {
                parent.write(out);
                let _ = write!(out, "[{index}]");
            }
            Self::Key(parent, key) => {
                parent.write(out);
                if !out.is_empty() {
                    out.push('.');
                }
                // Keys are the server's: the beginning, on one line.
                out.extend(key.chars().filter_map(show::printable).take(MAX_PATH_CHARS));
            }
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text.chars().take(MAX_PATH_CHARS).collect()
    }
}

/// A place in a reading.
#[derive(Clone, Copy)]
pub(crate) struct At<'c> {
    pub(super) context: &'c Context,
    pub(super) path: &'c Path<'c>,
    /// Whether it is inside an `Option`, which has a better word for nothing than an empty value.
    pub(super) optional: bool,
}

impl<'c> At<'c> {
    pub(super) fn new(context: &'c Context, path: &'c Path<'c>) -> Self {
        Self { context, path, optional: false }
    }

    /// The place of what is inside. Only a careful reading keeps its path.
    pub(super) fn inside(&self) -> Self {
        Self { path: if self.context.careful { self.path } else { &Path::Part }, optional: false, ..*self }
    }

    pub(super) fn is_root(&self) -> bool {
        matches!(self.path, Path::Root)
    }

    /// Notes that a value was made to fit.
    #[cold]
    pub(super) fn note(&self, kind: CoercionKind) {
        self.context.coerced.set(true);
        if self.context.careful {
            let mut coercions = self.context.coercions.borrow_mut();
            if coercions.len() < MAX_COERCIONS {
                coercions.push(Coercion { path: self.path.text(), kind });
            }
        }
    }

    /// Notes where an error is. The innermost place comes first, and stays.
    #[cold]
    pub(super) fn failed(&self) {
        if self.context.careful {
            self.context.failed_at.borrow_mut().get_or_insert_with(|| self.path.text());
        }
    }
}
