//! Credentials: what authenticates a request.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use wp_core::{Secrets, headers};

use crate::AuthError;

/// One or more headers, or the parameters of a [`ConsumerKey`](crate::ConsumerKey), that authenticate a request. Cheap to clone. The values are wiped from memory with the
/// last copy, and `Debug` does not show them.
///
/// ```
/// # fn main() -> Result<(), wp_auth::AuthError> {
/// use wp_auth::Credential;
///
/// // A gateway needs its key, and WordPress the token of the user: one credential for both.
/// let key = Credential::header("x-api-key", &"k3y-0123".into())?;
/// let credential = Credential::bearer(&"t0ken".into())?.and(&key);
/// let mut request = http::Request::new(());
/// credential.apply(request.headers_mut());
/// assert_eq!(request.headers()["authorization"], "Bearer t0ken");
/// assert!(!format!("{:?}", request.headers()).contains("t0ken"));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Credential {
    headers: Arc<[(HeaderName, HeaderValue)]>,
    /// Parameters of the URL, encoded.
    query: Option<SecretString>,
    secrets: Secrets,
}

/// Case-sensitive: the JWT plugins do not accept `bearer`.
const BEARER: &str = "Bearer ";

/// Removes what is often copied along with a token: surrounding whitespace and a leading `Bearer `.
pub(crate) fn bare_token(token: &SecretString) -> SecretString {
    let text = token.expose_secret().trim();
    let bare = match text.split_at_checked(BEARER.len()) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case(BEARER) => rest.trim_start(),
        _ => text,
    };
    if bare.len() == token.expose_secret().len() { token.clone() } else { bare.into() }
}

impl Credential {
    /// `Authorization: Bearer …`. A leading `Bearer ` and whitespace around the token are removed.
    ///
    /// # Errors
    /// [`AuthErrorKind::Invalid`](crate::AuthErrorKind::Invalid) for a token that is not a valid header value.
    pub fn bearer(token: &SecretString) -> Result<Self, AuthError> {
        Self::of(AUTHORIZATION, &[BEARER, bare_token(token).expose_secret()])
    }

    /// `Authorization: Basic …`, from a login or e-mail address and a password.
    ///
    /// # Errors
    /// [`AuthErrorKind::Invalid`](crate::AuthErrorKind::Invalid) for a user name with a colon.
    pub fn basic(user: &str, password: &SecretString) -> Result<Self, AuthError> {
        if user.contains(':') {
            return Err(AuthError::invalid("a user name with a colon cannot be sent as Basic"));
        }
        let pair = Zeroizing::new([user, ":", password.expose_secret()].concat());
        let encoded = Zeroizing::new(BASE64_STANDARD.encode(pair.as_bytes()));
        Self::of(AUTHORIZATION, &["Basic ", &encoded])
    }

    /// Any header, such as `X-API-Key`.
    ///
    /// # Errors
    /// [`AuthErrorKind::Invalid`](crate::AuthErrorKind::Invalid) for an invalid name or value. A name with an
    /// underscore is invalid, because web servers silently drop such headers. So are the headers that the
    /// transport [sets itself](headers::is_set_by_transport).
    pub fn header(name: &str, value: &SecretString) -> Result<Self, AuthError> {
        Self::of(self::name(name)?, &[value.expose_secret()])
    }

    /// Parameters of the URL.
    pub(crate) fn query(pairs: &[(&str, &SecretString)]) -> Self {
        // Allocated with its largest size: growing would leave a copy of the secret in memory.
        let size = pairs.iter().map(|(name, secret)| name.len() + 3 * secret.expose_secret().len() + 2).sum();
        let mut query = Zeroizing::new(String::with_capacity(size));
        let mut secrets = Secrets::default();
        for (name, secret) in pairs {
            let separator = if query.is_empty() { "" } else { "&" };
            for part in [separator, name, "="] {
                query.push_str(part);
            }
            for byte in secret.expose_secret().bytes() {
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    query.push(char::from(byte));
                } else {
                    query.push('%');
                    query.extend(
                        [byte >> 4, byte & 15].map(|half| char::from(b"0123456789ABCDEF"[usize::from(half)])),
                    );
                }
            }
            let text = Zeroizing::new(secret.expose_secret().as_bytes().to_vec());
            secrets = secrets.and(&Secrets::of_text(text));
        }
        Self { query: Some(query.as_str().into()), secrets, ..Self::none() }
    }

    /// No header, for a token that must be renewed before it is used.
    pub(crate) fn none() -> Self {
        Self::new(Arc::new([]))
    }

    /// The header name and the prefix of `secret`, as [`restored`](Self::restored) expects them. `None` if the
    /// header does not end with the secret, or if there is more than one header.
    pub(crate) fn header_and_prefix(
        &self,
        secret: &SecretString,
    ) -> Option<(Option<String>, Option<String>)> {
        let [(name, value)] = &*self.headers else { return None };
        let prefix = value.to_str().ok()?.strip_suffix(secret.expose_secret())?;
        let header = (*name != AUTHORIZATION).then(|| name.to_string());
        Some((header, (prefix != BEARER).then(|| prefix.to_owned())))
    }

    /// A header with `secret`. Default: the header `authorization` and the prefix `Bearer `.
    pub(crate) fn restored(
        header: Option<&str>,
        prefix: Option<&str>,
        secret: &SecretString,
    ) -> Result<Self, AuthError> {
        let name = header.map_or(Ok(AUTHORIZATION), self::name)?;
        Self::of(name, &[prefix.unwrap_or(BEARER), secret.expose_secret()])
    }

    /// Moves the value of `Authorization` to another header.
    ///
    /// # Errors
    /// [`AuthErrorKind::Invalid`](crate::AuthErrorKind::Invalid) for an invalid header name.
    pub fn in_header(&self, header: &str) -> Result<Self, AuthError> {
        let to = name(header)?;
        let moved = |(name, value): &(HeaderName, HeaderValue)| {
            (if *name == AUTHORIZATION { to.clone() } else { name.clone() }, value.clone())
        };
        let moved = Self::new(self.headers.iter().map(moved).collect());
        let secrets = moved.secrets.and(&self.secrets);
        Ok(Self { query: self.query.clone(), secrets, ..moved })
    }

    fn of(name: HeaderName, value: &[&str]) -> Result<Self, AuthError> {
        let value = secret_value(&name, value)?;
        Ok(Self::new(Arc::new([(name, value)])))
    }

    fn new(headers: Arc<[(HeaderName, HeaderValue)]>) -> Self {
        let secrets = Secrets::of_headers(headers.iter().map(|(name, value)| (name, value)));
        Self { headers, query: None, secrets }
    }

    /// Combines this credential with another one, for example a key for the host and a token for the user. If
    /// both have the same header, the value of `other` wins.
    pub fn and(self, other: &Self) -> Self {
        let both = Self::new(self.headers.iter().chain(&*other.headers).cloned().collect());
        let secrets = self.secrets.and(&other.secrets);
        Self { query: other.query.clone().or(self.query), secrets, ..both }
    }

    /// The headers. Their values are marked as sensitive.
    pub fn headers(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.headers.iter().map(|(name, value)| (name, value))
    }

    /// The URL with the credential's parameters; `None` if it has none.
    pub(crate) fn in_uri(&self, uri: &Uri) -> Option<Result<Uri, AuthError>> {
        let query = self.query.as_ref()?.expose_secret();
        let target = uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let separator = if target.contains('?') { "&" } else { "?" };
        let mut text = Zeroizing::new(Vec::with_capacity(target.len() + 1 + query.len()));
        for part in [target, separator, query] {
            text.extend_from_slice(part.as_bytes());
        }
        let mut parts = uri.clone().into_parts();
        let signed = PathAndQuery::from_maybe_shared(Bytes::from_owner(text)).map(|target| {
            parts.path_and_query = Some(target);
            Uri::from_parts(parts)
        });
        let too_long = || AuthError::invalid("the URL has no room for the credential");
        Some(signed.ok().and_then(Result::ok).ok_or_else(too_long))
    }

    /// The secrets to mask in errors and logs.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Sets the headers, and replaces headers of the same name. [`Authorize`](crate::Authorize) adds parameters as well.
    pub fn apply(&self, headers: &mut HeaderMap) {
        for (name, value) in &*self.headers {
            headers.insert(name.clone(), value.clone());
        }
    }
}

/// A header value that consists of these parts and is wiped from memory with its last copy.
pub(crate) fn secret_value(name: &HeaderName, parts: &[&str]) -> Result<HeaderValue, AuthError> {
    // Allocated with its final size: growing would leave a copy of the secret in memory.
    let mut text = Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| part.len()).sum()));
    for part in parts {
        text.extend_from_slice(part.as_bytes());
    }
    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(text)).map_err(|_| {
        AuthError::invalid(format!("the secret for the header {name} holds a character that no header can"))
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn name(text: &str) -> Result<HeaderName, AuthError> {
    let valid = text.parse::<HeaderName>().ok().filter(|name| !name.as_str().contains('_'));
    let name = valid.ok_or_else(|| AuthError::invalid(format!("{text:?} cannot be the name of a header")))?;
    if headers::is_set_by_transport(&name) {
        return Err(AuthError::invalid(format!("the header {name} is set by the transport")));
    }
    Ok(name)
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query = self.query.as_ref().map(|_| &"(parameters of the URL)" as &dyn fmt::Debug);
        let names = self.headers.iter().map(|(name, _)| name as &dyn fmt::Debug);
        f.debug_set().entries(names.chain(query)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(credential: &Credential) -> String {
        let (name, value) = credential.headers().next().unwrap();
        format!("{name}: {}", value.to_str().unwrap())
    }

    #[test]
    fn credential_headers_have_the_expected_format() {
        let secret = SecretString::from("open sesame");
        assert_eq!(shown(&Credential::bearer(&secret).unwrap()), "authorization: Bearer open sesame");
        assert_eq!(
            shown(&Credential::basic("ana", &secret).unwrap()),
            "authorization: Basic YW5hOm9wZW4gc2VzYW1l"
        );
        assert_eq!(shown(&Credential::header("X-API-Key", &secret).unwrap()), "x-api-key: open sesame");
    }

    #[test]
    fn bearer_strips_white_space_and_a_pasted_prefix() {
        for pasted in ["t", " t\n", "Bearer t", "bearer t", "  BEARER   t ", "Bearer t "] {
            assert_eq!(
                shown(&Credential::bearer(&pasted.into()).unwrap()),
                "authorization: Bearer t",
                "{pasted:?}"
            );
        }
        for token in ["bearer", "Bearers t", "Béarer t", "Basic t"] {
            assert_eq!(bare_token(&token.into()).expose_secret(), token);
        }
    }

    #[test]
    fn invalid_secret_is_an_error_that_does_not_show_it() {
        let broken = SecretString::from("hun\nter2");
        for error in [
            Credential::bearer(&broken).unwrap_err(),
            Credential::header("x-key", &broken).unwrap_err(),
            Credential::header("x_key", &"hunter2".into()).unwrap_err(),
            Credential::basic("a:b", &"hunter2".into()).unwrap_err(),
        ] {
            assert!(!format!("{error} {error:?}").contains("ter2"), "{error:?}");
        }
    }

    #[test]
    fn header_rejects_headers_reserved_for_the_transport() {
        for name in [
            "host",
            "Connection",
            "upgrade",
            "TE",
            "trailer",
            "keep-alive",
            "proxy-connection",
            "expect",
            "content-length",
            "transfer-encoding",
            "http2-settings",
        ] {
            let error = Credential::header(name, &"hunter2".into()).unwrap_err();
            assert!(error.to_string().contains("set by the transport"), "{error}");
            assert!(Credential::bearer(&"hunter2".into()).unwrap().in_header(name).is_err(), "{name}");
        }
    }

    #[test]
    fn secrets_include_the_secrets_of_the_header() {
        let basic = Credential::basic("ana", &"open  sesame".into()).unwrap();
        let shown = basic.secrets().mask("Not YW5hOm9wZW4gIHNlc2FtZQ==, nor open sesame");
        assert_eq!(shown, "Not ***, nor ***");
        assert!(Credential::none().secrets().is_empty());
    }

    #[test]
    fn and_combines_two_credentials() {
        let api_key = Credential::header("x-api-key", &"k".into()).unwrap();
        let both = api_key.and(&Credential::bearer(&"t".into()).unwrap());
        let mut headers = HeaderMap::new();
        both.apply(&mut headers);
        assert_eq!(headers.len(), 2);
        assert_eq!(format!("{both:?}"), "{\"x-api-key\", \"authorization\"}");
    }
}
