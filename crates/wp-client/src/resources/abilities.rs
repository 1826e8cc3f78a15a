//! The abilities.

use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use wp_core::Name;
use wp_core::models::{Ability, AbilityAnnotations, AbilityCategory};

use crate::{Collection, Request};

type CategoryName = Name<AbilityCategory>;

filters! {
    resource Ability of None {
        /// Returns only abilities of this category.
        category: CategoryName,
        /// Returns only abilities of this namespace: `core`.
        ///
        /// ```no_run
        /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
        /// for ability in wp.abilities().list().namespace("core").readonly(true).await? {
        ///     println!("{}: {}", ability.name, ability.description);
        /// }
        /// # Ok(()) }
        /// ```
        namespace: str,
        /// Returns only abilities that say whether they change nothing.
        readonly as "meta[annotations][readonly]": bool,
        /// Returns only abilities that say whether they may delete something.
        destructive as "meta[annotations][destructive]": bool,
        /// Returns only abilities that say whether calling them twice has the effect of calling them once.
        idempotent as "meta[annotations][idempotent]": bool,
    }
}

impl Collection<Ability> {
    /// Runs an ability with an input, and returns its output; both have types of your own. `()` means no input.
    ///
    /// The annotations of the ability determine the method, so request the ability first: `GET` if it only reads,
    /// `DELETE` if it is destructive and idempotent, and `POST` otherwise. Only an ability that reads is retried.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use serde_json::json;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Site {
    ///     version: String,
    /// }
    ///
    /// let ability = wp.abilities().get("core/get-site-info").await?;
    /// let site: Site = wp.abilities().run(&ability, json!({ "fields": ["version"] })).await?;
    /// println!("WordPress {}", site.version);
    /// # Ok(()) }
    /// ```
    ///
    /// WordPress responds with 400 `ability_invalid_input` to an input that does not match the schema, with 400
    /// `ability_missing_input_schema` to an input for an ability that takes none, and with 401 or 403
    /// `rest_ability_cannot_execute` to a user who may not run the ability.
    pub fn run<O: DeserializeOwned>(&self, ability: &Ability, input: impl Serialize) -> Request<O> {
        let method = method(&ability.meta.annotations);
        let request = self.action(method.clone(), &ability.name, "run");
        let input = match serde_json::to_value(input) {
            Ok(input) => input,
            Err(error) => return request.failing(wp_core::RequestError::Json(error)),
        };
        match (method, input) {
            // An empty list or object cannot be written in a query.
            (Method::POST, Value::Null) => request.json(&json!({})),
            (Method::POST, input) => request.json(&json!({ "input": input })),
            (_, Value::Null) => request,
            (_, Value::Array(list)) if list.is_empty() => request,
            (_, Value::Object(object)) if object.is_empty() => request,
            (_, input) => request.query("input", input),
        }
    }
}

/// The only method that WordPress accepts for an ability: it responds with 405 `rest_ability_invalid_method` to others.
fn method(annotations: &AbilityAnnotations) -> Method {
    let is = |annotation: Option<bool>| annotation == Some(true);
    if is(annotations.readonly) {
        Method::GET
    } else if is(annotations.destructive) && is(annotations.idempotent) {
        Method::DELETE
    } else {
        Method::POST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_annotations_choose_the_method() {
        for (readonly, destructive, idempotent, expected) in [
            (Some(true), Some(true), Some(true), Method::GET),
            (Some(false), Some(true), Some(true), Method::DELETE),
            (None, Some(true), Some(true), Method::DELETE),
            (None, Some(true), None, Method::POST),
            (Some(false), Some(false), Some(true), Method::POST),
            (None, None, None, Method::POST),
        ] {
            let mut annotations = AbilityAnnotations::default();
            (annotations.readonly, annotations.destructive, annotations.idempotent) =
                (readonly, destructive, idempotent);
            assert_eq!(method(&annotations), expected, "{annotations:?}");
        }
    }
}
