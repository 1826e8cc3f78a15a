//! The error of a decoding.

use std::borrow::Cow;
use std::fmt;

use super::context::{Coercion, CoercionKind};
use super::read::Failure;
use crate::json_text::fault::JsonFault;
use crate::{Secrets, show};

impl From<Failure> for DecodeError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Json(fault) => Self::of_fault(fault),
            Failure::Shape { path, message } => {
                Self { path, message: without_content(&message), coercion: None, fault: None }
            }
        }
    }
}

/// The JSON does not have the shape of the type, or it cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    path: String,
    message: String,
    coercion: Option<CoercionKind>,
    fault: Option<JsonFault>,
}

impl DecodeError {
    pub(crate) fn of_fault(fault: JsonFault) -> Self {
        Self { path: String::new(), message: String::new(), coercion: None, fault: Some(fault) }
    }

    pub(crate) fn of_coercion(coercion: Coercion) -> Self {
        let Coercion { path, kind } = coercion;
        Self { path, message: kind.describe().to_owned(), coercion: Some(kind), fault: None }
    }

    /// Why the JSON is invalid for every type. `None` if only its shape is wrong.
    pub fn fault(&self) -> Option<JsonFault> {
        self.fault
    }

    /// Removes the path. Its keys come from the server and may echo a secret of the request.
    pub fn without_path(mut self) -> Self {
        self.path.clear();
        self
    }

    /// Masks these secrets in the path.
    pub fn hiding(mut self, secrets: &Secrets) -> Self {
        if let Cow::Owned(masked) = secrets.mask(&self.path) {
            self.path = masked;
        }
        self
    }

    /// The coercion that a strict reading rejected.
    pub fn coercion(&self) -> Option<CoercionKind> {
        self.coercion
    }

    /// The path of the value: `[3].date_gmt`, or `.` for the whole document.
    pub fn path(&self) -> &str {
        if self.path.is_empty() { "." } else { &self.path }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(fault) = self.fault {
            return show::line(f, format_args!("the JSON of the response {fault}"));
        }
        let (at, path) = if self.path() == "." { ("", "") } else { (" at ", self.path()) };
        // A line and column mean nothing to a caller who has only the type.
        let message = self.message.rsplit_once(" at line ").map_or(&*self.message, |(message, _)| message);
        show::line(f, format_args!("the response is not of the expected shape{at}{path}: {message}"))
    }
}

impl std::error::Error for DecodeError {}

/// The message of serde without the value that it quotes, which may be a token.
fn without_content(message: &str) -> String {
    if ["missing field", "what "].iter().any(|start| message.starts_with(start)) {
        return message.to_owned();
    }
    // `invalid type: string "…", expected u64 at line 1 column 2`
    match message.rsplit_once(", expected ") {
        Some((found, expected)) => {
            let found = found.split(|c: char| "\"`-".contains(c) || c.is_ascii_digit()).next();
            format!("{}, expected {expected}", found.unwrap_or_default().trim_end())
        }
        None => "a value of another form".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decode_error_shows_no_value() {
        for message in [
            "invalid type: string \"s3cret, expected\", expected u64 at line 1 column 2",
            "invalid type: integer `123456789`, expected a string",
            "unknown variant `s3cret`, expected `a` or `b`",
            "\"s3cret\" is not a date",
        ] {
            let shown = without_content(message);
            assert!(!shown.contains("s3cret") && !shown.contains("12345"), "{shown}");
        }
    }
}
