//! Reading a whole document.

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, IntoDeserializer};

use super::adapter::Php;
use super::context::{At, Coercion, Context, Path};
use super::tree::{Tree, TreeDeserializer};

/// The depth to which PHP writes JSON.
const MAX_DEPTH: usize = 512;

/// What was read, and what was made to fit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decoded<T> {
    /// The value.
    pub value: T,
    /// Every coercion of more than PHP's plain "none", in the order of the document. The first 1,000.
    pub coercions: Vec<Coercion>,
}

/// Why a text could not be read, and where.
pub(crate) struct Failure {
    pub(crate) path: String,
    pub(crate) message: String,
}

/// Reads a text. What was coerced is noted where a report is asked for.
pub(crate) fn read<T: DeserializeOwned>(text: &str, report: bool) -> Result<Decoded<T>, Failure> {
    let hasty = Context::default();
    let deep = match read_once(text, &hasty, false) {
        Ok(value) if !(report && hasty.coerced.get()) => return Ok(Decoded { value, coercions: Vec::new() }),
        Ok(_) => false,
        Err(error) => is_too_deep(&error),
    };
    if deep && depth(text) > MAX_DEPTH {
        let message = format!("it is nested more than {MAX_DEPTH} levels deep");
        return Err(Failure { path: String::new(), message });
    }
    let context = Context::careful();
    loop {
        let learned = context.learned();
        match read_once(text, &context, deep) {
            Ok(value) => return Ok(Decoded { value, coercions: context.take_coercions() }),
            Err(_) if context.learned() > learned => context.again(),
            Err(error) => return Err(Failure { path: context.take_failed_at(), message: error.to_string() }),
        }
    }
}

fn read_once<T: DeserializeOwned>(text: &str, context: &Context, deep: bool) -> serde_json::Result<T> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    if deep {
        deserializer.disable_recursion_limit();
    }
    let value = T::deserialize(Php { inner: &mut deserializer, at: &At::new(context, &Path::Root) })?;
    deserializer.end()?;
    Ok(value)
}

fn is_too_deep(error: &serde_json::Error) -> bool {
    error.is_syntax() && error.to_string().starts_with("recursion limit exceeded")
}

/// How deep a text is nested.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Reads a part of something that another deserializer reads: `T` as PHP may have written it.
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
