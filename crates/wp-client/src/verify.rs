//! Verification of the user that the site sees.

use http::header::AUTHORIZATION;
use http::response::Parts;
use http::{Extensions, HeaderMap, HeaderValue, Method, Request};
use wp_auth::{AuthError, AuthErrorKind, CredentialPolicy, proof};
use wp_core::extensions::Sent;
use wp_core::models::User;
use wp_core::response::{Json, Refusal, read};
use wp_core::{Body, ErrorCode, Query, Route, Secrets, Site, Transport, TransportError, retry_after};

use crate::error::hint;
use crate::{Client, Error, ErrorKind, Result};

impl Client {
    /// Verifies the credential with the site and returns its user. Public routes succeed even with a wrong application
    /// password or without a header that a server dropped; this method returns an error then.
    ///
    /// A cache cannot respond: the request is a `POST` that names the method GET (see [`proof`]). If the token names
    /// its user, the returned user must be that one.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// println!("signed in as {}", wp.verify().await?.name);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// - [`AuthErrorKind::Unproven`] if the response is not a WordPress user, or is another user.
    /// - [`AuthErrorKind::HeaderLost`] if the header is lost on the way.
    /// - [`AuthErrorKind::Unrecognized`] if the plugin accepts the token but the rest of the site does not: its user
    ///   was deleted, or the plugin is not set up to log users in. It can be distinguished from a lost header only if
    ///   the plugin can validate a token.
    pub async fn verify(&self) -> Result<User> {
        let error = match self.ask_for_user(None).await {
            Ok(user) => return Ok(user),
            Err(error) => error,
        };
        let ErrorKind::Api(api) = error.kind() else { return Err(error) };
        if let Some(identity) = self.maybe_identity().filter(|_| *api.code() == ErrorCode::NOT_LOGGED_IN) {
            let token = identity.token(self.site()).await?;
            match identity.validate(self.site(), &token).await {
                Ok(()) => return Err(AuthError::api(AuthErrorKind::Unrecognized, api.clone()).into()),
                Err(error) if is_about_token(&error) => return Err(error.into()),
                Err(_) => {}
            }
        }
        Err(match error.auth_kind() {
            Some(AuthErrorKind::HeaderLost) => AuthError::api(AuthErrorKind::HeaderLost, api.clone()).into(),
            _ => error,
        })
    }

    /// The user whom WordPress sees: with this header, or with the identity.
    pub(crate) async fn ask_for_user(&self, header: Option<&HeaderValue>) -> Result<User> {
        let site = self.site();
        let error = match self.exchange_for_user(site, header).await {
            Ok(user) => return Ok(user),
            Err(error) => error.of(&Method::POST, proof::ME),
        };
        let url = Route::new(proof::ME).and_then(|route| site.root().uri(&route, &Query::new()));
        Err(url.into_iter().fold(error, |error, url| error.at(url.to_string())))
    }

    async fn exchange_for_user(&self, site: &Site, header: Option<&HeaderValue>) -> Result<User> {
        let mut request = proof::request(site, &Method::GET, proof::ME, Query::new())?;
        let identity = self.maybe_identity().filter(|_| header.is_none());
        if let Some(header) = header {
            request.headers_mut().insert(AUTHORIZATION, header.clone());
            request.extensions_mut().insert(CredentialPolicy::Anonymous);
        }
        let (head, json) = self.read_response(request).await?;
        let json = json.map_err(|refusal| {
            let wait = retry_after(&head.headers, site.clock().now());
            let scheme = identity.map(|identity| identity.scheme().kind());
            let sent = hint::Sent::of(Method::POST, &HeaderMap::new(), &Query::new(), scheme);
            let token_use = head.extensions.get().map(|sent: &Sent| sent.token_use);
            Error::from(refusal).responded(wait, &head.headers, &head.extensions).used(token_use).sent(sent)
        })?;
        let token = match identity {
            Some(identity) => Some(identity.token(site).await?),
            None => None,
        };
        proof::user(&json, token.as_deref())?;
        json.decode().map_err(|error| Error::from(error).hiding(&self.secrets_sent(&head.extensions)))
    }

    /// Sends a request and reads its response. Secrets of the request that the server repeats are masked.
    pub(crate) async fn read_response(
        &self,
        request: Request<Body>,
    ) -> Result<(Parts, Result<Json, Refusal>), TransportError> {
        let asked = request.uri().clone();
        let (head, body) = self.stack().send(request).await?.into_parts();
        self.site().learn_from(&asked, &head.extensions);
        // The stack below already limits the size.
        let body = body.collect(u64::MAX).await?;
        let json = read(head.status, &head.headers, &body)
            .map_err(|refusal| refusal.hiding(&self.secrets_sent(&head.extensions)));
        Ok((head, json))
    }

    /// The secrets of a request, by the extensions of its response. No error may show them.
    fn secrets_sent(&self, extensions: &Extensions) -> Secrets {
        match extensions.get() {
            Some(Sent { secrets, .. }) => self.site().secrets().and(secrets),
            None => self.site().secrets().clone(),
        }
    }
}

impl<T> crate::Request<T> {
    /// Whether the site reads the credential of this request as that of a user. WordPress responds to a wrong application
    /// password, or where a server drops the header, as to a visitor: with 200, and with fewer items. `true` also for a
    /// request without a credential, and for one to a shop, which refuses a visitor, and whose keys log in nobody
    /// elsewhere.
    ///
    /// # Errors
    /// The error of the proof, if it says nothing about the credential.
    pub(crate) async fn is_read_as_user(&self) -> Result<bool> {
        let (session, identity, header) = self.sent_as();
        let (client, header) = match (identity, header) {
            _ if self.route_text().starts_with("/wc/v") => return Ok(true),
            (None, None) => return Ok(true),
            (None, header) => (Client(session.clone()), header),
            (Some(identity), _) => (Client(session.with_identity(identity.clone())), None),
        };
        match client.ask_for_user(header).await {
            Ok(_) => Ok(true),
            Err(error) if says_nobody(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Whether the proof failed since the site sees no user, or shows none.
fn says_nobody(error: &Error) -> bool {
    let is_of_credential =
        matches!(error.auth_kind(), Some(AuthErrorKind::Unproven | AuthErrorKind::HeaderLost));
    is_of_credential
        || error.status().is_some_and(|status| matches!(status.as_u16(), 401 | 403 | 404 | 405 | 410))
}

/// Whether a check of a token says why it is bad, and not only that it could not be made.
fn is_about_token(error: &AuthError) -> bool {
    matches!(error.kind(), AuthErrorKind::HeaderLost | AuthErrorKind::Misconfigured)
        || error.kind().is_renewable()
}
