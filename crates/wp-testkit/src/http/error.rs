//! The error object of WordPress: `{code, message, data: {status, …}}`.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

#[derive(Debug, Clone)]
pub(crate) struct Error {
    pub(crate) status: u16,
    code: Cow<'static, str>,
    message: Cow<'static, str>,
    /// `None` if the error has no `data`; WordPress then responds with 500 and `null`.
    data: Option<Vec<(String, Value)>>,
    beside: Vec<(String, Value)>,
}

impl Error {
    pub(crate) fn new(
        status: u16,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        let data = vec![("status".to_owned(), json!(status))];
        Self { status, code: code.into(), message: message.into(), data: Some(data), beside: Vec::new() }
    }

    /// An error without a status.
    pub(crate) fn bare(code: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self { data: None, ..Self::new(500, code, message) }
    }

    /// Adds a field to `data`.
    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.data.get_or_insert_default().push((key.to_owned(), value.into()));
        self
    }

    /// Adds a field beside `data`, such as `additional_data`.
    pub(crate) fn beside(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.beside.push((key.to_owned(), value.into()));
        self
    }

    pub(crate) fn into_body(self) -> Value {
        let mut body = Map::new();
        body.insert("code".into(), json!(self.code));
        body.insert("message".into(), json!(self.message));
        body.insert(
            "data".into(),
            self.data.map_or(Value::Null, |data| Value::Object(data.into_iter().collect())),
        );
        body.extend(self.beside);
        Value::Object(body)
    }

    pub(crate) fn no_route() -> Self {
        Self::new(404, "rest_no_route", "No route was found matching the URL and request method.")
    }

    /// Not a response of WordPress: it has this, and the stand-in does not.
    pub(crate) fn not_served(what: &str) -> Self {
        let message = format!(
            "The stand-in of wp-testkit does not serve {what}, which a real WordPress does. Use one here."
        );
        Self::new(501, "stand_in_not_served", message)
    }

    pub(crate) fn not_logged_in() -> Self {
        Self::new(401, "rest_not_logged_in", "You are not currently logged in.")
    }

    pub(crate) fn trash_not_supported(message: &'static str) -> Self {
        Self::new(501, "rest_trash_not_supported", message)
    }
}
