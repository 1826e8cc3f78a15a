//! The state of one reading: the current path, the coercions, and what a second reading needs to know.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::fmt::Write;

use crate::show;

/// The maximum number of coercions in a report.
const MAX_COERCIONS: usize = 1_000;
/// The maximum length of a path, in characters.
const MAX_PATH_CHARS: usize = 200;

/// A value that was converted, because PHP wrote it with another type than its field has.
///
/// PHP's plain "none" (`null`, `false`, `""`, `[]`, `{}`, a date that was never set, 0 in place of an id) is not a
/// coercion, since no data can be lost.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Coercion {
    /// The path of the value: `[3].title`.
    pub path: String,
    /// The conversion.
    pub kind: CoercionKind,
}

/// Prints path and kind: `[3].title: a number or a boolean in place of a text`.
impl fmt::Display for Coercion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "." } else { &self.path };
        write!(f, "{path}: {}", self.kind.describe())
    }
}

/// The kinds of [`Coercion`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CoercionKind {
    /// A number or `true` became a text.
    ScalarAsText,
    /// A text that holds a number, or an integer with a fraction of zero (`7.0`), became a number.
    AsNumber,
    /// A number, a text, a list or an object became a `bool`.
    AsFlag,
    /// A text or a number was in place of an object: `"title":"Hello"`.
    ScalarAsObject,
    /// An object whose keys are numbers became a list.
    ObjectAsList,
    /// A list became a map whose keys are the positions.
    ListAsMap,
    /// A date had a zone, an offset, a fraction of a second, or a space before its time.
    DateForm,
    /// An error of WordPress (`{"errors":…}`) was in place of a text. It was read as an empty text.
    ErrorAsText,
    /// The value could not be read, and the field got its default.
    Unreadable,
}

impl CoercionKind {
    /// Describes the conversion in an error that shows no value.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::ScalarAsText => "a number or a boolean in place of a text",
            Self::AsNumber => "a text or a fraction in place of an integer, or a text in place of a number",
            Self::AsFlag => "another value in place of a boolean",
            Self::ScalarAsObject => "a text or a number in place of an object",
            Self::ObjectAsList => "an object in place of a list",
            Self::ListAsMap => "a list in place of an object",
            Self::DateForm => "a date in another form",
            Self::ErrorAsText => "an error of WordPress in place of a text",
            Self::Unreadable => "a value whose type does not match the field",
        }
    }
}

/// The ways in which PHP writes "none".
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
/// The first reading of a text is fast: it keeps no paths and no report, and ends at the first value that it cannot
/// read. The text is read a second time, carefully, only after an error, or if a report is wanted and there was a
/// coercion.
#[derive(Default)]
pub(crate) struct Context {
    /// Whether paths are kept, and fields can be read more than once.
    pub(super) careful: bool,
    pub(super) coerced: Cell<bool>,
    coercions: RefCell<Vec<Coercion>>,
    failed_at: RefCell<Option<String>>,
    /// Whether there was an error that a default must not hide.
    pub(super) fatal: Cell<bool>,
    /// Options, by the name of their type, and the "none" that their inner type rejects, so that it becomes `None`.
    refused: RefCell<Vec<(&'static str, Nothing)>>,
}

impl Context {
    pub(super) fn careful() -> Self {
        Self { careful: true, ..Self::default() }
    }

    /// Resets the state for another reading, but keeps the recorded refusals.
    pub(super) fn again(&self) {
        self.coercions.borrow_mut().clear();
        self.failed_at.take();
        self.fatal.set(false);
    }

    /// The number of recorded refusals.
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

    /// Removes the coercions of a failed attempt.
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

/// The path of a value.
#[derive(Clone, Copy)]
pub(crate) enum Path<'c> {
    /// The whole document.
    Root,
    /// A part of a value that another deserializer reads.
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
                // Keys come from the server: only their beginning is shown, on one line.
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

/// The current place in a reading.
#[derive(Clone, Copy)]
pub(crate) struct At<'c> {
    pub(super) context: &'c Context,
    pub(super) path: &'c Path<'c>,
    /// Whether it is inside an `Option`, for which "none" is `None` and not an empty value.
    pub(super) optional: bool,
}

impl<'c> At<'c> {
    pub(super) fn new(context: &'c Context, path: &'c Path<'c>) -> Self {
        Self { context, path, optional: false }
    }

    /// The place of the inner value. Only a careful reading keeps its path.
    pub(super) fn inside(&self) -> Self {
        Self { path: if self.context.careful { self.path } else { &Path::Part }, optional: false, ..*self }
    }

    pub(super) fn is_root(&self) -> bool {
        matches!(self.path, Path::Root)
    }

    /// Whether this may be an integer that the parser read as a float, since it is too large for 64 bits. A careful
    /// reading gets its digits as a text instead.
    pub(super) fn loses_digits(&self, number: f64) -> bool {
        const MIN: f64 = -9_223_372_036_854_775_808.0;
        const MAX: f64 = 18_446_744_073_709_551_615.0;
        !self.context.careful && (number <= MIN || number >= MAX)
    }

    /// Records a coercion.
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

    /// Records the path of an error. The innermost path is recorded first, and is kept.
    #[cold]
    pub(super) fn failed(&self) {
        if self.context.careful {
            self.context.failed_at.borrow_mut().get_or_insert_with(|| self.path.text());
        }
    }
}
