//! A request as a part of a batch.

use std::collections::BTreeMap;
use std::fmt;

use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use wp_core::models::BatchPart;
use wp_core::{BatchKind, RequestError, Resource, Route, extensions, headers};

use super::{Parts, Request, shown};
use crate::Result;
use crate::read::parts::{self, Responses};
use crate::read::{Coercions, Read};
use crate::session::Session;

/// The batch of its own that a resource has, and what the request does there.
#[derive(Clone)]
pub(crate) struct OwnBatch {
    route: Route,
    /// The JSON of the key of the item that is changed; `None` for a new item.
    key: Option<String>,
}

/// Any JSON that PHP reads. Each text of it is read, unlike those of an `IgnoredAny`: it must be UTF-8, and has no half of a
/// surrogate pair. It is nested no deeper than serde's 128 levels; PHP reads 512 with the batch around them.
struct ReadByPhp;

impl ReadByPhp {
    fn check(json: &[u8]) -> serde_json::Result<Self> {
        // At once for the whole text: serde_json would do it for each text in it.
        serde_json::from_str(std::str::from_utf8(json).map_err(serde::de::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for ReadByPhp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for ReadByPhp {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> std::result::Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> std::result::Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> std::result::Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> std::result::Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> std::result::Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> std::result::Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<Self, A::Error> {
        while list.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self, A::Error> {
        while map.next_entry::<Self, Self>()?.is_some() {}
        Ok(self)
    }
}

impl<T: Resource + DeserializeOwned> Request<T> {
    /// The response is an item of a resource.
    pub(crate) fn of_resource(self) -> Self {
        Self { items: Some(parts::items), ..self }
    }
}

impl<T> Request<T> {
    /// The request creates an item of the collection at this route, or changes the one with this key.
    pub(crate) fn in_batch_of<R: Resource>(
        mut self,
        collection: Result<Route, RequestError>,
        key: Option<&R::Key>,
    ) -> Self {
        if R::BATCH == BatchKind::WooCommerce
            && let Ok(route) = collection.and_then(|route| route.join("batch"))
        {
            match key.map(serde_json::to_string).transpose() {
                Ok(key) => self.parts.own_batch = Some(OwnBatch { route, key }),
                Err(error) => return self.failing(RequestError::Json(error)),
            }
        }
        self
    }
}

/// The methods that a batch calls on a request.
impl<T> Request<T> {
    /// How the response is read if each request of the batch is of this type.
    pub(crate) fn items(&self) -> Option<Read<Responses<T>>> {
        self.items.filter(|_| matches!(self.parts.coercions, Coercions::Allowed))
    }

    /// Checks that the request can be a part of a batch of `session`.
    pub(crate) fn check_part(&mut self, session: &Session) -> Result<()> {
        if let Some(error) = self.take_fault() {
            return Err(error);
        }
        let parts = &self.parts;
        let refuse = |reason| Err(self.error_context().error(RequestError::Batch(reason)));
        if parts.route.is_none() {
            return refuse("the route is missing");
        }
        if !parts.session.is_same(session) || parts.credentials.is_some() {
            return refuse("the request has another client or credential than the batch");
        }
        if ![Method::POST, Method::PUT, Method::PATCH, Method::DELETE].contains(&parts.method) {
            return refuse("a batch has only POST, PUT, PATCH and DELETE");
        }
        if !parts.body.is_empty() {
            let body = self.json_of_part();
            if !body.trim_ascii_start().starts_with(b"{") {
                return refuse("the body is not a JSON object");
            }
            // One that PHP cannot read would cost the others of the batch, too.
            if let Err(error) = ReadByPhp::check(body) {
                return Err(self.error_context().error(RequestError::Json(error)));
            }
        }
        if parts.headers.iter().any(|(name, value)| headers::carries_secret(name, value)) {
            return refuse("a batch would send its secret header in the body");
        }
        if parts.headers.values().any(|value| value.to_str().is_err()) {
            return refuse("the value of a header is not a text");
        }
        if parts.own_batch.is_some() && !(parts.headers.is_empty() && parts.query.is_empty()) {
            return refuse("the batch of this resource has neither a query nor headers for each request");
        }
        Ok(())
    }

    /// The JSON of the body; empty if there is none in memory.
    fn json_of_part(&self) -> &[u8] {
        self.parts.body.as_bytes().map_or(b"", |body| body)
    }

    /// Appends the JSON of a [`BatchRequest`](wp_core::models::BatchRequest). All bodies of a batch are JSON, so no part of
    /// it has a `content-type`.
    pub(crate) fn write_part(&self, json: &mut Vec<u8>) -> serde_json::Result<()> {
        let Parts { method, route, query, headers, .. } = &self.parts;
        let route = shown(route.as_ref());
        json.extend_from_slice(br#"{"method":"#);
        serde_json::to_writer(&mut *json, method.as_str())?;
        json.extend_from_slice(br#","path":"#);
        if query.is_empty() {
            serde_json::to_writer(&mut *json, route)?;
        } else {
            serde_json::to_writer(&mut *json, &format!("{route}?{query}"))?;
        }
        let body = self.json_of_part();
        if !body.is_empty() {
            json.extend_from_slice(br#","body":"#);
            json.extend_from_slice(body);
        }
        let headers: BTreeMap<_, _> =
            headers.iter().map(|(name, value)| (name.as_str(), value.to_str().ok())).collect();
        if !headers.is_empty() {
            json.extend_from_slice(br#","headers":"#);
            serde_json::to_writer(&mut *json, &headers)?;
        }
        json.push(b'}');
        Ok(())
    }

    /// The length of what [`write_part`](Self::write_part) appends, for a request without a query and headers.
    pub(crate) fn length_of_part(&self) -> usize {
        const MEMBERS: usize = r#"{"method":"DELETE","path":"","body":},"#.len();
        MEMBERS + self.route_text().len() + self.json_of_part().len()
    }

    /// The route of the batch of its own.
    pub(crate) fn own_route(&self) -> Option<&Route> {
        self.parts.own_batch.as_ref().map(|own| &own.route)
    }

    /// Whether the batch of its own changes an item, and does not create one.
    pub(crate) fn is_change(&self) -> bool {
        self.parts.own_batch.as_ref().is_some_and(|own| own.key.is_some())
    }

    /// Appends the JSON of an item in the batch of its own: a new item, or changes with the id.
    pub(crate) fn write_own(&self, json: &mut Vec<u8>) {
        let fields = match self.json_of_part() {
            [] => b"{}",
            fields => fields.trim_ascii(),
        };
        let Some(key) = self.parts.own_batch.as_ref().and_then(|own| own.key.as_deref()) else {
            return json.extend_from_slice(fields);
        };
        // PHP takes the last of two members with one name.
        let fields = fields.strip_suffix(b"}").unwrap_or(fields);
        json.extend_from_slice(fields);
        let opens: &[u8] = if fields.trim_ascii() == b"{" { br#""id":"# } else { br#","id":"# };
        json.extend_from_slice(opens);
        json.extend_from_slice(key.as_bytes());
        json.push(b'}');
    }

    /// Reads the response that a batch has for this request. `credential` is that of the batch, which the response may
    /// repeat.
    pub(crate) fn read_part(&self, part: &BatchPart, credential: Option<&extensions::Sent>) -> Result<T> {
        let mut response = http::Response::new(());
        *response.status_mut() =
            StatusCode::from_u16(part.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = part.headers.iter().filter_map(|(name, value)| {
            Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?))
        });
        response.headers_mut().extend(headers);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let (head, ()) = response.into_parts();
        let body = serde_json::to_vec(&part.body).map_err(RequestError::Json)?;
        let checked = self.parts.body.as_bytes().filter(|_| self.parts.is_checked);
        let reply = self.parts.read((head, &body.into()), credential, checked, self.read, self.instead);
        reply.map(|reply| reply.body).map_err(|error| self.error_context().error(error))
    }
}
