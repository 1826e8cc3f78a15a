//! A request as a part of a batch.

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use wp_core::models::{BatchMethod, BatchRequest};
use wp_core::{RequestError, Resource};

use super::Request;
use crate::Result;
use crate::read::parts::{self, Part, Responses};
use crate::read::{Coercions, Read};
use crate::session::Session;

impl<T: Resource + DeserializeOwned> Request<T> {
    /// The response is an item of a resource.
    pub(crate) fn of_resource(self) -> Self {
        Self { items: Some(parts::items), ..self }
    }
}

/// What a batch does with a request.
impl<T> Request<T> {
    /// How the response is read if each request of the batch is of this type.
    pub(crate) fn items(&self) -> Option<Read<Responses<T>>> {
        self.items.filter(|_| matches!(self.parts.coercions, Coercions::Allowed))
    }

    /// The request as a part of a batch of `session`.
    pub(crate) fn as_part(&mut self, session: &Session) -> Result<BatchRequest> {
        if let Some(error) = self.take_fault() {
            return Err(error);
        }
        let parts = &self.parts;
        let refuse = |reason| Err(self.error_context().error(RequestError::Batch(reason)));
        let Some(route) = &parts.route else { return refuse("the route is missing") };
        if !parts.session.is_same(session) || parts.credentials.is_some() {
            return refuse("the request has another client or credential than the batch");
        }
        if ![Method::POST, Method::PUT, Method::PATCH, Method::DELETE].contains(&parts.method) {
            return refuse("a batch has only POST, PUT, PATCH and DELETE");
        }
        let method = BatchMethod::from(parts.method.as_str());
        let query = parts.query.to_string();
        let path = if query.is_empty() { route.to_string() } else { format!("{route}?{query}") };
        let mut part = BatchRequest::new(method, path);
        if !parts.body.is_empty() {
            let json = parts.body.as_bytes().and_then(|body| serde_json::from_slice::<&RawValue>(body).ok());
            let Some(json) = json.filter(|json| json.get().starts_with('{')) else {
                return refuse("the body is not a JSON object");
            };
            part = part.json(json).map_err(RequestError::Json)?;
        }
        for (name, value) in parts.headers.iter().filter(|(name, _)| *name != CONTENT_TYPE) {
            let Ok(value) = value.to_str() else { return refuse("the value of a header is not a text") };
            part = part.header(name.as_str(), value);
        }
        Ok(part)
    }

    /// Reads the response that a batch has for this request.
    pub(crate) fn read_part(&self, part: &Part) -> Result<T> {
        let mut response = http::Response::new(());
        *response.status_mut() = part.status;
        *response.headers_mut() = part.headers();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let (head, ()) = response.into_parts();
        let checked = self.parts.body.as_bytes().filter(|_| self.parts.is_checked);
        let reply = self.parts.read((head, &part.body), None, checked, self.read, self.instead);
        reply.map(|reply| reply.body).map_err(|error| self.error_context().error(error))
    }
}
