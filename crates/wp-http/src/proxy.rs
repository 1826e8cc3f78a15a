//! A proxy between an adapter and the servers.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::header::PROXY_AUTHORIZATION;
use http::uri::Scheme;
use http::{HeaderValue, Request, Response, StatusCode, Uri};
use wp_core::{Body, TransportError, TransportErrorKind, is_this_machine};

use crate::classify::OTHER_USER;

/// The proxy's part of [`ConnectOptions`](crate::ConnectOptions).
#[derive(Clone, Default)]
pub(crate) struct Proxy {
    /// `None` if the URL is invalid.
    address: Option<Uri>,
    auth: Option<HeaderValue>,
    /// The user name contains a colon, which Basic authentication forbids.
    is_user_invalid: bool,
}

impl Proxy {
    pub(crate) fn at(mut self, url: &str) -> Self {
        let usable = |uri: &Uri| {
            let plain = uri.scheme() == Some(&Scheme::HTTP) && uri.query().is_none();
            plain
                && uri.path() == "/"
                && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
        };
        self.address = url.parse().ok().filter(usable);
        self
    }

    pub(crate) fn with_auth(mut self, user: &str, password: &str) -> Self {
        let encoded = BASE64_STANDARD.encode(format!("{user}:{password}"));
        self.auth = HeaderValue::try_from(format!("Basic {encoded}")).ok().map(|mut value| {
            value.set_sensitive(true);
            value
        });
        self.is_user_invalid = user.contains(':'); // what follows the colon would be read as the password
        self
    }

    /// Where it is.
    pub(crate) fn address(&self) -> Result<&Uri, TransportError> {
        let wrong = |why| TransportError::new(TransportErrorKind::Setup).detail(why);
        if self.is_user_invalid {
            return Err(wrong("`proxy_auth`: the name of a user holds no colon"));
        }
        let why = "`proxy`: it must be http://HOST:PORT; a user and a password go into `proxy_auth`";
        self.address.as_ref().ok_or_else(|| wrong(why))
    }

    pub(crate) fn auth(&self) -> Option<&HeaderValue> {
        self.auth.as_ref()
    }

    /// Adds `Proxy-Authorization` to a plain-http request. Returns whether the proxy gets the request itself, not
    /// through a tunnel.
    pub(crate) fn sign(&self, request: &mut Request<Body>) -> Result<bool, TransportError> {
        if request.uri().scheme() != Some(&Scheme::HTTP) {
            return Ok(false);
        }
        // Credentials may travel in plain http to this machine only.
        let here = |uri: &Uri| uri.host().is_some_and(is_this_machine);
        if here(request.uri()) && !self.address.as_ref().is_some_and(here) {
            let why = "`proxy`: a plain-http request to this machine is not sent through a proxy on another machine";
            return Err(TransportError::new(TransportErrorKind::Setup).detail(why));
        }
        if let Some(auth) = &self.auth {
            request.headers_mut().insert(PROXY_AUTHORIZATION, auth.clone());
        }
        Ok(true)
    }

    /// Returns an error for a 407, which is the proxy's own response.
    pub(crate) fn refused(response: &Response<Body>) -> Result<(), TransportError> {
        if response.status() != StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Ok(());
        }
        Err(TransportError::new(TransportErrorKind::Setup).detail(OTHER_USER))
    }
}

/// Shows the address only.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("address", &self.address)
            .field("auth", &self.auth.is_some())
            .finish_non_exhaustive()
    }
}
