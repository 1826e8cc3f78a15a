//! JWT Authentication for WP REST API (Tmeister), observed on 1.3.4.

use std::fmt;

use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use wp_core::{ApiError, Body, ErrorCode, Query, Route, Site, async_trait};

use crate::claims::Claims;
use crate::{AuthError, AuthErrorKind, Credential, Profile, Token, TokenProvider, Verdict, exchange};

/// Signs in with a login and a password at the plugin *JWT Authentication for WP REST API*.
///
/// A token lives for seven days unless the site says otherwise, and cannot be renewed or revoked:
/// when it ends, this signs in again. It survives a change of the password. The plugin answers 403
/// to every failure and refuses a bad token on every route, public ones included.
pub struct JwtAuth {
    user: String,
    password: SecretString,
}

impl JwtAuth {
    const TOKEN: &'static str = "/jwt-auth/v1/token";
    const VALIDATE: &'static str = "/jwt-auth/v1/token/validate";

    /// Signs in as `user`, which is a login or an e-mail address, with the password of the account.
    pub fn new(user: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self { user: user.into(), password: password.into() }
    }
}

impl fmt::Debug for JwtAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtAuth").field("user", &self.user).finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Login<'a> {
    username: &'a str,
    password: &'a str,
}

/// The answer of the token endpoint. A site's filter can take away any field but the token.
#[derive(Deserialize)]
struct Granted {
    token: SecretString,
    #[serde(default)]
    user_email: Option<String>,
    #[serde(default)]
    user_nicename: Option<String>,
    #[serde(default)]
    user_display_name: Option<String>,
}

#[async_trait]
impl TokenProvider for JwtAuth {
    /// The plugin has no renewal, and refuses a sign-in that carries an old token, so `previous`
    /// plays no part.
    async fn obtain(&self, site: &Site, _previous: Option<&Token>) -> Result<Token, AuthError> {
        let asked = site.clock().now();
        let login = Login { username: &self.user, password: self.password.expose_secret() };
        let granted = exchange::post(site, Self::TOKEN, &login, &self.password).await.map_err(meaning)?;
        let granted: Granted = granted.decode()?;
        let claims = Claims::read(granted.token.expose_secret()).unwrap_or_default();
        let token = Token::permanent(Credential::bearer(&granted.token)?)
            .with_secret(granted.token)
            .with_profile(Profile {
                id: claims.user(),
                email: granted.user_email,
                nicename: granted.user_nicename,
                display_name: granted.user_display_name,
            });
        Ok(match claims.lifetime() {
            Some(lifetime) => token.expires_after(asked, lifetime),
            None => token,
        })
    }

    fn verdict(&self, error: &ApiError) -> Verdict {
        let code = error.code();
        if [ErrorCode::JWT_AUTH_INVALID_TOKEN, ErrorCode::JWT_AUTH_BAD_ISS, ErrorCode::JWT_AUTH_BAD_REQUEST]
            .contains(code)
        {
            Verdict::Refused
        } else if *code == ErrorCode::JWT_AUTH_NO_AUTH_HEADER {
            Verdict::HeaderLost
        } else if [ErrorCode::JWT_AUTH_BAD_CONFIG, ErrorCode::JWT_AUTH_UNSUPPORTED_ALGORITHM].contains(code) {
            Verdict::Misconfigured
        } else {
            Verdict::Unrelated
        }
    }

    async fn validate(&self, site: &Site, token: &Token) -> Result<(), AuthError> {
        let mut request =
            site.request(Method::POST, &Route::new(Self::VALIDATE)?, &Query::new(), Body::empty())?;
        token.credential().apply(request.headers_mut());
        let none = SecretString::default();
        match exchange::send(site, request, token.secret().unwrap_or(&none)).await {
            Ok(_) => Ok(()),
            Err(error) => Err(match error.api_error().map(|api| (self.verdict(api), api.clone())) {
                Some((Verdict::Refused, api)) => AuthError::api(AuthErrorKind::TokenRefused, api),
                Some((Verdict::HeaderLost, api)) => AuthError::api(AuthErrorKind::HeaderLost, api),
                Some((Verdict::Misconfigured, api)) => AuthError::api(AuthErrorKind::Misconfigured, api),
                _ => error,
            }),
        }
    }
}

/// What a refusal of the token endpoint means.
fn meaning(error: AuthError) -> AuthError {
    let Some(api) = error.api_error() else { return error };
    let kind = match api.code() {
        // Whatever stands behind the prefix, core or a security plugin did not let this user in.
        code if code.as_str().starts_with("[jwt_auth] ") => AuthErrorKind::WrongCredentials,
        code if SET_UP.contains(code) => AuthErrorKind::Misconfigured,
        _ => return error,
    };
    AuthError::api(kind, api.clone())
}

/// The plugin lacks its secret, or has an algorithm that it does not know.
const SET_UP: [ErrorCode; 2] = [ErrorCode::JWT_AUTH_BAD_CONFIG, ErrorCode::JWT_AUTH_UNSUPPORTED_ALGORITHM];
