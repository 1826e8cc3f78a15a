//! The plugin "JWT Authentication for WP REST API" 1.3.4.

use serde_json::{Value, json};

use super::{
    dialect::{Dialect, PluginRequest, Verdict, no_renewal, revoke_nothing},
    failures::issue,
    hs256,
    sign_in::{Refused, authenticate},
};
use crate::{
    front::Place,
    http::{Error, RestResponse},
    resources::{app_passwords::SignIn, index, pages},
    rest::{
        Caller,
        params::{CONTEXT, Params},
        route::{GET, POST, Route, anyone, on, route},
    },
    state::{State, User},
};

const NAMESPACE: &str = "jwt-auth/v1";
const TOKEN: &str = "/jwt-auth/v1/token";

pub(super) static DIALECT: Dialect = Dialect {
    routes: ROUTES,
    token_routes: &[TOKEN],
    lifetime: 7 * 24 * 60 * 60,
    reads: &[Place::Http, Place::Redirected],
    second_header: None,
    judge,
    sign_in,
    renew: no_renewal,
    refused: |_, reason| refused(reason).into(),
    bad_config: |_| bad_config().into(),
    token: |state, user| token_for(state, user).ok(),
    revoke: revoke_nothing,
};

static ROUTES: &[Route] = &[
    route(
        NAMESPACE,
        "/jwt-auth/v1",
        &[on(GET, &[CONTEXT], anyone, |state, caller, _| index::namespace(state, caller, NAMESPACE))],
    ),
    route(NAMESPACE, TOKEN, &[on(POST, &[], anyone, |s, c, p| issue(&DIALECT, s, c, p))]),
    route(NAMESPACE, "/jwt-auth/v1/token/validate", &[on(POST, &[], anyone, validate)]),
];

fn bad_config() -> Error {
    refusal("jwt_auth_bad_config", "JWT is not configured properly, please contact the admin")
}

/// Every failure of the plugin has status 403.
fn refusal(code: &'static str, message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(403, code, message)
}

/// WordPress' error with the plugin's prefix. The brackets and the space are part of the code.
fn refused(refused: Refused) -> Error {
    Error::new(403, format!("[jwt_auth] {}", refused.code), refused.message)
}

/// A refused token blocks every route except the one that validates tokens.
fn judge(state: &mut State, asked: &PluginRequest<'_>, app: &SignIn) -> Verdict {
    let credential = asked.authorization.unwrap_or_default();
    // The plugin searches the whole request target, query included.
    let mine = credential.starts_with("Bearer") && !asked.uri().contains("token/validate");
    if !mine || matches!(app, SignIn::Yes { .. }) {
        return Verdict::Pass;
    }
    match check(state, credential) {
        Ok(id) => Verdict::User(id),
        Err(error) => {
            state.counts.refused_tokens += 1;
            Verdict::Refuse(error)
        }
    }
}

/// `POST /jwt-auth/v1/token`.
fn sign_in(state: &mut State, _: &Caller, params: &Params) -> Result<RestResponse, Error> {
    if state.tokens.secret.is_none() {
        return Err(bad_config());
    }
    if params.get("password").is_some_and(|value| value.is_array() || value.is_object()) {
        // In PHP this is a TypeError.
        return Ok(pages::fatal_json());
    }
    // `sanitize_user` turns a value that is not text into an empty name.
    let name = params.text("username").unwrap_or_default();
    let password = params.text("password").unwrap_or_default();
    let user = authenticate(state, &name, &password).map_err(refused)?;
    let token = token_for(state, &user)?;
    Ok(RestResponse::ok(json!({
        "token": token,
        "user_email": user.email,
        "user_nicename": user.slug,
        "user_display_name": user.name,
    })))
}

/// Creates a token for a user, with the claims in the plugin's order.
fn token_for(state: &mut State, user: &User) -> Result<String, Error> {
    let now = state.clock.now().as_second();
    let issuer = &state.site.issuer;
    let token = hs256::fresh(&mut state.tokens, hs256::HEADER, now, |expires| {
        json!({
            "iss": issuer,
            "iat": now,
            "nbf": now,
            "exp": expires,
            "data": { "user": { "id": user.id.to_string() } },
        })
    });
    token.ok_or_else(bad_config)
}

/// `POST /jwt-auth/v1/token/validate`. It does not check whether the user still exists.
fn validate(state: &mut State, caller: &Caller, _: &Params) -> Result<RestResponse, Error> {
    let header = caller.authorization.as_deref().filter(|header| !header.is_empty());
    let header =
        header.ok_or_else(|| refusal("jwt_auth_no_auth_header", "Authorization header not found."))?;
    check(state, header).inspect_err(|_| state.counts.refused_tokens += 1)?;
    Ok(RestResponse::ok(json!({ "code": "jwt_auth_valid_token", "data": { "status": 200 } })))
}

/// The user of the token in a header, or the reason why the token is refused.
fn check(state: &State, header: &str) -> Result<u64, Error> {
    let token = hs256::bearer(header)
        .ok_or_else(|| refusal("jwt_auth_bad_auth_header", "Authorization header malformed."))?;
    let secret = state.tokens.secret.as_deref().ok_or_else(bad_config)?;
    let now = state.clock.now().as_second();
    let claims = hs256::decode(&state.tokens, now, secret, token)
        .map_err(|message| refusal("jwt_auth_invalid_token", message))?;
    if claims.get("iss").and_then(Value::as_str) != Some(state.site.url.as_str()) {
        return Err(refusal("jwt_auth_bad_iss", "The iss do not match with this server"));
    }
    match claims.pointer("/data/user/id") {
        None | Some(Value::Null) => Err(refusal("jwt_auth_bad_request", "User ID not found in the token")),
        Some(Value::String(id)) => Ok(id.parse().unwrap_or(0)),
        Some(id) => Ok(id.as_u64().unwrap_or(0)),
    }
}
