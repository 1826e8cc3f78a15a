//! Several writes in one request.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

open_enum! {
    /// The method of a request in a batch. A batch cannot read.
    BatchMethod {
        /// POST: creates or changes. WordPress's default.
        Post = "POST",
        /// PUT: changes.
        Put = "PUT",
        /// PATCH: changes.
        Patch = "PATCH",
        /// DELETE.
        Delete = "DELETE",
    }
}

open_enum! {
    /// What happens if a request of a batch is invalid.
    BatchValidation {
        /// The others are executed. WordPress's default.
        Normal = "normal",
        /// None is executed. Only the validity of parameters is tested: a request that is refused later, for example
        /// for a missing right, does not stop the others.
        RequireAllValidate = "require-all-validate",
    }
}

/// Several writes in one request.
///
/// ```
/// use wp_core::models::{Batch, BatchRequest, BatchValidation, NewPost};
///
/// let batch = Batch::default()
///     .request(BatchRequest::post("/wp/v2/posts").json(NewPost::titled("One"))?)
///     .request(BatchRequest::delete("/wp/v2/posts/7?force=true"))
///     .validation(BatchValidation::RequireAllValidate);
/// # assert_eq!(
/// #     serde_json::to_string(&batch)?,
/// #     concat!(
/// #         r#"{"validation":"require-all-validate","requests":[{"method":"POST","path":"/wp/v2/posts","#,
/// #         r#""body":{"title":"One"}},{"method":"DELETE","path":"/wp/v2/posts/7?force=true"}]}"#,
/// #     )
/// # );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[must_use]
pub struct Batch {
    #[serde(skip_serializing_if = "Option::is_none")]
    validation: Option<BatchValidation>,
    requests: Vec<BatchRequest>,
}

impl Batch {
    /// Adds a request. WordPress accepts 25 at most; it responds to more with 400 `rest_invalid_param`.
    pub fn request(mut self, request: BatchRequest) -> Self {
        self.requests.push(request);
        self
    }

    /// Sets what happens if a request is invalid. Default: [`Normal`](BatchValidation::Normal).
    pub fn validation(mut self, validation: BatchValidation) -> Self {
        self.validation = Some(validation);
        self
    }

    /// The number of requests.
    pub fn len(&self) -> usize {
        self.requests.len()
    }

    /// Whether there are no requests. WordPress responds to such a batch with success and no responses.
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }
}

/// A request in a batch. Only some routes accept it: the response to others is 400 `rest_batch_not_allowed`.
#[derive(Clone, PartialEq, Serialize)]
#[must_use]
pub struct BatchRequest {
    method: BatchMethod,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
}

impl BatchRequest {
    /// A request to a route: `/wp/v2/posts/7`, with a query if it has one.
    pub fn new(method: BatchMethod, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), body: None, headers: BTreeMap::new() }
    }

    /// A POST request: creates an item, or changes one.
    pub fn post(path: impl Into<String>) -> Self {
        Self::new(BatchMethod::Post, path)
    }

    /// A DELETE request.
    pub fn delete(path: impl Into<String>) -> Self {
        Self::new(BatchMethod::Delete, path)
    }

    /// Sets the body: a new item, or changes to an item.
    ///
    /// # Errors
    /// If `body` cannot be written as JSON.
    pub fn json(mut self, body: impl Serialize) -> serde_json::Result<Self> {
        self.body = Some(serde_json::to_value(body)?);
        Ok(self)
    }

    /// Sets a header of this request.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }
}

/// Shows neither the body, nor the query, nor a header's value, since each may hold a secret.
impl fmt::Debug for BatchRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchRequest")
            .field("method", &self.method)
            .field("path", &self.path.split('?').next())
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

model! {
    /// The response to a [`Batch`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct BatchResponse {
        /// `validation` if a request was invalid and so none was executed.
        failed: Option<String>,
        /// The responses in the order of the requests. `None` for a valid request that was not executed since another
        /// one was invalid.
        responses: Vec<Option<BatchPart>>,
    }
}

model! {
    /// The response to one request of a batch.
    #[derive(Debug, Clone, PartialEq)]
    pub struct BatchPart {
        /// The HTTP status.
        status: u16,
        /// The headers.
        headers: BTreeMap<String, String>,
        /// The item, or the error.
        body: Value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_body_shows_in_debug() {
        let body = serde_json::json!({"password": "hunter2"});
        let request =
            BatchRequest::post("/wp/v2/users?x=hunter2").json(body).unwrap().header("x-key", "hunter2");
        let text = format!("{:?}", Batch::default().request(request));
        assert!(text.contains("/wp/v2/users") && !text.contains("hunter2"), "{text}");
    }

    #[test]
    fn a_request_that_was_not_executed_has_no_response() {
        // As recorded on WordPress 6.5, shortened.
        let text = r#"{"failed":"validation","responses":[null,{"body":{"code":"rest_invalid_param"},"status":400,
            "headers":[]}]}"#;
        let response: BatchResponse = serde_json::from_str(text).unwrap();
        assert_eq!(response.failed.as_deref(), Some("validation"));
        let [None, Some(part)] = &response.responses[..] else { panic!("{response:?}") };
        assert_eq!((part.status, &part.body["code"]), (400, &"rest_invalid_param".into()));
        assert!(part.headers.is_empty());
    }
}
