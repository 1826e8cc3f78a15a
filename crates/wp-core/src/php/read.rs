//! Reading a whole document.

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, IntoDeserializer};

use super::adapter::Php;
use super::context::{At, Coercion, Context, Path};
use super::tree::{Tree, TreeDeserializer};
use crate::json_text::fault::JsonFault;
use crate::json_text::fault::readable;
use crate::json_text::reader::Reader;

/// A deserialized value, with the coercions that it needed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decoded<T> {
    /// The value.
    pub value: T,
    /// The coercions, in the order of the document, at most 1,000. PHP's plain "none" is not listed.
    pub coercions: Vec<Coercion>,
}

/// Why a text could not be read.
pub(crate) enum Failure {
    /// The JSON is invalid.
    Json(JsonFault),
    /// The JSON does not have the shape of the type.
    Shape { path: String, message: String },
}

/// Reads a text. `report` says whether coercions are recorded.
pub(crate) fn read<T: DeserializeOwned>(text: &str, report: bool) -> Result<Decoded<T>, Failure> {
    let hasty = Context::default();
    match read_once(&mut Reader::new(text), &hasty) {
        Ok(value) if !(report && hasty.coerced.get()) => return Ok(Decoded { value, coercions: Vec::new() }),
        _ => {}
    }
    let readable = readable(text).map_err(Failure::Json)?;
    let context = Context::careful();
    loop {
        let learned = context.learned();
        match read_once(&mut readable.reader(), &context) {
            Ok(value) => return Ok(Decoded { value, coercions: context.take_coercions() }),
            Err(_) if context.learned() > learned => context.again(),
            Err(error) => {
                return Err(Failure::Shape { path: context.take_failed_at(), message: error.to_string() });
            }
        }
    }
}

fn read_once<T: DeserializeOwned>(reader: &mut Reader<'_>, context: &Context) -> serde_json::Result<T> {
    let value = T::deserialize(Php { inner: &mut *reader, at: &At::new(context, &Path::Root) })?;
    reader.end()?;
    Ok(value)
}

/// Reads a `T` from PHP's JSON as a part of a value that another deserializer reads.
pub(crate) fn read_part<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    read: impl Fn(Php<'_, TreeDeserializer<serde_json::Error>>) -> serde_json::Result<T>,
) -> Result<T, D::Error> {
    let tree = Tree::deserialize(deserializer)?;
    let context = Context::careful();
    loop {
        let learned = context.learned();
        let inner = tree.clone().into_deserializer();
        match read(Php { inner, at: &At::new(&context, &Path::Part) }) {
            Ok(value) => return Ok(value),
            Err(_) if context.learned() > learned => context.again(),
            Err(error) => return Err(D::Error::custom(error)),
        }
    }
}
