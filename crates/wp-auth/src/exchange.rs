//! A request to a token endpoint.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, Request};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};
use wp_core::extensions::{Secret, Timeout};
use wp_core::response::{Json, Refusal, read};
use wp_core::{Body, Query, RequestError, Route, Secrets, Site, TransportError, TransportErrorKind};

use crate::AuthError;
use crate::plugin::Encoding;

/// The size limit of a response, in bytes. Responses of token endpoints are much smaller.
const MAX_BODY: u64 = 1 << 20;

/// The deadline of one request, whatever the client's timeouts are.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// Names and values, in this order.
pub(crate) struct Fields<'a>(pub(crate) Vec<(&'a str, &'a str)>);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

impl Fields<'_> {
    /// A body that is wiped from memory after it is sent.
    fn body(&self, encoding: Encoding) -> Result<(Body, HeaderValue), RequestError> {
        // Allocated with its largest possible size: growing would leave a copy of the secret in memory.
        let most: usize = self.0.iter().map(|(name, value)| 6 * (name.len() + value.len() + 2)).sum();
        let mut text = Zeroizing::new(Vec::with_capacity(most + 2));
        let content_type = match encoding {
            Encoding::Json => {
                serde_json::to_writer(&mut *text, self).map_err(RequestError::Json)?;
                "application/json"
            }
            Encoding::Form => {
                for (index, (name, value)) in self.0.iter().enumerate() {
                    text.extend_from_slice(if index == 0 { "" } else { "&" }.as_bytes());
                    escape(name, &mut text);
                    text.push(b'=');
                    escape(value, &mut text);
                }
                "application/x-www-form-urlencoded"
            }
        };
        Ok((Body::from(Bytes::from_owner(text)), HeaderValue::from_static(content_type)))
    }
}

/// Encodes a form field. A `Query` would leave a copy of the secret in memory.
fn escape(text: &str, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(byte);
        } else {
            out.extend_from_slice(&[b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
    }
}

/// The response of a token endpoint.
pub(crate) struct Received {
    pub(crate) headers: HeaderMap,
    pub(crate) json: Json,
}

/// A `POST` with these fields.
pub(crate) fn post(
    site: &Site,
    route: &str,
    encoding: Encoding,
    fields: &Fields<'_>,
) -> Result<Request<Body>, AuthError> {
    let (body, content_type) = if fields.0.is_empty() {
        (Body::empty(), None)
    } else {
        fields.body(encoding).map(|(b, t)| (b, Some(t)))?
    };
    let mut request = site.request(Method::POST, &Route::new(route)?, &Query::new(), body)?;
    if let Some(content_type) = content_type {
        request.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    Ok(request)
}

/// Sends a request with secrets over the transport below the authorization. Errors do not quote the secrets,
/// although a server may show a stack trace with its arguments.
pub(crate) async fn send(
    site: &Site,
    mut request: Request<Body>,
    secrets: &[&SecretString],
) -> Result<Received, AuthError> {
    request.extensions_mut().insert(Secret);
    // With a short timeout of the client, the site might complete a sign-in whose response is not read.
    request.extensions_mut().insert(Timeout(DEADLINE));
    let carried = Secrets::of_headers(request.headers());
    let known = || {
        let texts =
            secrets.iter().map(|secret| Secrets::of_text(Zeroizing::new(secret.expose_secret().to_owned())));
        texts.fold(carried.clone(), |all, one| all.and(&one))
    };
    let exchange = std::pin::pin!(async {
        let (head, body) = site.send(request).await.map_err(|error| error.hiding(&known()))?.into_parts();
        Ok::<_, AuthError>((head, body.collect(MAX_BODY).await?))
    });
    let (head, body) = match select(exchange, site.clock().sleep(DEADLINE)).await {
        Either::Left((received, _)) => received?,
        Either::Right(_) => {
            let detail = format!("no response within {} s", DEADLINE.as_secs());
            return Err(TransportError::new(TransportErrorKind::Timeout).detail(detail).into());
        }
    };
    let wait = wp_core::retry_after(&head.headers, site.clock().now());
    let json = read(head.status, &head.headers, &body).map_err(|refusal| {
        let error = match refusal {
            // The page may contain a new token, which could not be masked.
            Refusal::Unexpected(other) => {
                Refusal::Unexpected(Box::new(other.hiding(&known()).without_excerpt())).into()
            }
            other => AuthError::from(other.hiding(&known())),
        };
        wait.into_iter().fold(error, AuthError::retried_after)
    })?;
    Ok(Received { headers: head.headers, json })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_request_bodies_are_encoded_as_form_or_json() {
        let fields = Fields(vec![("username", "ana b"), ("password", "a&b=ü%\"")]);
        let text = |encoding| {
            let (body, content_type) = fields.body(encoding).unwrap();
            let bytes = futures_util::FutureExt::now_or_never(body.collect(1 << 10)).unwrap().unwrap();
            (content_type.to_str().unwrap().to_owned(), String::from_utf8(bytes.to_vec()).unwrap())
        };
        assert_eq!(
            text(Encoding::Form),
            (
                "application/x-www-form-urlencoded".to_owned(),
                "username=ana%20b&password=a%26b%3D%C3%BC%25%22".to_owned()
            )
        );
        assert_eq!(
            text(Encoding::Json),
            ("application/json".to_owned(), r#"{"username":"ana b","password":"a&b=ü%\""}"#.to_owned())
        );
    }
}
