//! The items that WordPress embeds in another item.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Comment, Media, Taxonomy, Term, User};
use crate::{ErrorCode, Resource, php};

/// The items that an item links to, which WordPress embeds in the response to a request with `_embed`. Embedded items
/// have the fields of the context `embed` only; others are empty or `None`.
///
/// ```
/// use wp_core::models::Embeds;
///
/// let text = r#"{"id":7,"_embedded":{"author":[{"id":3,"name":"Ana"}],
///     "wp:term":[[{"id":1,"name":"News","taxonomy":"category"}],[]]}}"#;
/// let embeds: Embeds = wp_core::php::from_str(text)?;
/// assert_eq!(embeds.author()?.unwrap().name, "Ana");
/// assert_eq!(embeds.categories()[0].name, "News");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Embeds {
    #[serde(default, rename = "_embedded")]
    embedded: BTreeMap<String, Value>,
}

/// An embedded item that the user may not see, or that does not exist any more. WordPress puts an error in its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an embedded item is missing: {code}")]
#[non_exhaustive]
pub struct EmbedError {
    /// The error code, such as `rest_user_invalid_id` for a deleted author; empty if the item could not be read.
    pub code: ErrorCode,
}

impl Embeds {
    /// The author. `None` if the item has none, or if nothing was embedded.
    ///
    /// # Errors
    /// [`EmbedError`] for an author who was deleted or is hidden.
    pub fn author(&self) -> Result<Option<User>, EmbedError> {
        self.one("author")
    }

    /// The featured image. `None` if the item has none, or if nothing was embedded.
    ///
    /// # Errors
    /// [`EmbedError`] for an image that was deleted, or that the user may not see.
    pub fn featured_media(&self) -> Result<Option<Media>, EmbedError> {
        self.one("wp:featuredmedia")
    }

    /// The comments, with their replies: the newest ten. Notes are not among them.
    pub fn replies(&self) -> Vec<Result<Comment, EmbedError>> {
        self.items("replies")
    }

    /// The terms of the taxonomy `T`.
    pub fn terms<T: Taxonomy>(&self) -> Vec<Term<T>> {
        self.items::<Term<T>>("wp:term")
            .into_iter()
            .flatten()
            .filter(|term| term.taxonomy == T::NAME)
            .collect()
    }

    /// The categories.
    pub fn categories(&self) -> Vec<super::Category> {
        self.terms()
    }

    /// The tags.
    pub fn tags(&self) -> Vec<super::Tag> {
        self.terms()
    }

    /// The parent: a page of a page, a comment of a reply.
    ///
    /// # Errors
    /// [`EmbedError`] for a parent that the user may not see.
    pub fn parent<R: Resource>(&self) -> Result<Option<R>, EmbedError> {
        self.one("up")
    }

    /// The items of the link relation `rel`, such as that of a plugin.
    pub fn items<T: DeserializeOwned>(&self, rel: &str) -> Vec<Result<T, EmbedError>> {
        let mut items = Vec::new();
        self.embedded.get(rel).into_iter().for_each(|value| collect(value, &mut items));
        items
    }

    fn one<T: DeserializeOwned>(&self, rel: &str) -> Result<Option<T>, EmbedError> {
        self.items(rel).into_iter().next().transpose()
    }
}

/// Reads the items in a list, or in lists of lists, as for the terms of each taxonomy.
fn collect<T: DeserializeOwned>(value: &Value, out: &mut Vec<Result<T, EmbedError>>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| collect(value, out)),
        Value::Object(fields) => {
            let code = fields.get("code").and_then(Value::as_str).filter(|_| fields.contains_key("message"));
            let item = || php::lenient(value).map_err(|_: serde_json::Error| "");
            out.push(
                code.map_or_else(item, Err)
                    .map_err(|code| EmbedError { code: ErrorCode::from(code.to_owned()) }),
            );
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Post;

    #[test]
    fn embedded_items_and_errors_are_read() {
        let text = r#"{"_embedded":{
            "author":[{"code":"rest_user_invalid_id","message":"Invalid user ID.","data":{"status":404}}],
            "wp:term":[[{"id":1,"name":"A","taxonomy":"category"}],[{"id":2,"name":"B","taxonomy":"post_tag"}]],
            "up":[{"id":9,"title":{"rendered":"Up"}}]}}"#;
        let embeds: Embeds = php::from_str(text).unwrap();
        assert_eq!(embeds.author().unwrap_err().code.as_str(), "rest_user_invalid_id");
        assert_eq!(embeds.categories().iter().map(|term| &*term.name).collect::<Vec<_>>(), ["A"]);
        assert_eq!(embeds.tags().iter().map(|term| &*term.name).collect::<Vec<_>>(), ["B"]);
        assert_eq!(embeds.parent::<Post>().unwrap().unwrap().title.rendered, "Up");
        assert!(embeds.items::<User>("replies").is_empty());
        assert_eq!(Embeds::default().author(), Ok(None));
        assert_eq!(php::from_str::<Embeds>(r#"{"_embedded":[]}"#).unwrap(), Embeds::default());
    }
}
