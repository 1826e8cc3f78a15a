//! The plugin "JWT Auth" of useful-team, 3.0.2: short-lived access tokens, and a cookie to renew them.

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    dialect::{Dialect, PluginRequest, Verdict},
    failures::{issue, renew},
    hs256,
    sign_in::{Refused, authenticate, count_renewal},
};
use crate::{
    front::Place,
    http::{Error, RestResponse},
    resources::{app_passwords::SignIn, index},
    rest::{
        Caller,
        params::{CONTEXT, Params},
        route::{GET, POST, Route, anyone, on, route},
    },
    state::{
        State, User, clock, hex,
        site::Permalinks,
        text::{without_accents, without_tags},
        tokens::Slot,
    },
};

const NAMESPACE: &str = "jwt-auth/v1";
const TOKEN: &str = "/jwt-auth/v1/token";
const REFRESH: &str = "/jwt-auth/v1/token/refresh";

pub(super) static DIALECT: Dialect = Dialect {
    routes: ROUTES,
    token_routes: &[TOKEN, REFRESH],
    lifetime: 10 * 60,
    reads: &[Place::Http, Place::Redirected],
    second_header: None,
    judge,
    sign_in,
    renew: refresh,
    refused: |_, reason| refused(&reason),
    bad_config: |_| refusal(500, BAD_CONFIG),
    token: |state, user| access_token(state, user, ""),
    revoke,
};

static ROUTES: &[Route] = &[
    route(
        NAMESPACE,
        "/jwt-auth/v1",
        &[on(GET, &[CONTEXT], anyone, |state, caller, _| index::namespace(state, caller, NAMESPACE))],
    ),
    route(NAMESPACE, TOKEN, &[on(POST, &[], anyone, |s, c, p| issue(&DIALECT, s, c, p))]),
    route(NAMESPACE, "/jwt-auth/v1/token/validate", &[on(POST, &[], anyone, validate)]),
    route(NAMESPACE, REFRESH, &[on(POST, &[], anyone, |s, c, p| renew(&DIALECT, s, c, p))]),
];

/// Code and message.
type Reason = (&'static str, &'static str);

const BAD_CONFIG: Reason = ("jwt_auth_bad_config", "JWT is not configured properly.");
const NO_CREDENTIALS: Reason = ("jwt_auth_missing_credentials", "Username and password are required");
const NO_CUSTOM_AUTH: Reason = ("jwt_auth_custom_auth_failed", "Custom authentication failed.");
const NO_HEADER: Reason = ("jwt_auth_no_auth_header", "Authorization header not found.");
const BAD_HEADER: Reason = ("jwt_auth_bad_auth_header", "Authorization header malformed.");
const OTHER_ISSUER: Reason = ("jwt_auth_bad_iss", "The iss do not match with this server.");
const NO_ID: Reason = ("jwt_auth_bad_request", "User ID not found in the token.");
const OBSOLETE: Reason = ("jwt_auth_obsolete_token", "Token is obsolete");

const NO_COOKIE: Reason = ("jwt_auth_no_auth_cookie", "Refresh token cookie not found.");
const BAD_COOKIE: Reason = ("jwt_auth_invalid_refresh_token", "Invalid refresh token");
const OLD_COOKIE: Reason = ("jwt_auth_obsolete_refresh_token", "Refresh token is obsolete");
const DEAD_COOKIE: Reason = ("jwt_auth_expired_refresh_token", "Refresh token has expired");

/// The plugin's response object.
fn envelope(status: u16, code: &str, message: &str) -> Value {
    json!({ "success": status < 400, "statusCode": status, "code": code, "message": message })
}

fn refusal(status: u16, (code, message): Reason) -> RestResponse {
    let mut body = envelope(status, code, message);
    body["data"] = json!([]);
    RestResponse::json(status, body)
}

/// Errors about the cookie have no `data`.
fn cookie_refusal((code, message): Reason) -> RestResponse {
    RestResponse::json(401, envelope(401, code, message))
}

fn refused(refused: &Refused) -> RestResponse {
    let mut body = envelope(401, &refused.code, &without_tags(&refused.message));
    body["data"] = json!([]);
    RestResponse::json(401, body)
}

/// A refused token is ignored.
fn judge(state: &mut State, asked: &PluginRequest<'_>, _: &SignIn) -> Verdict {
    let uri = asked.uri();
    let site = &state.site;
    // The plugin recognizes requests to the API by this, so it misses `?rest_route=`.
    let mark = if site.permalinks == Permalinks::Plain { "?rest_route=/" } else { &site.prefix };
    if !uri.contains(mark) || uri.contains("token/validate") {
        return Verdict::Pass;
    }
    if let Ok(user) = check(state, asked.authorization) {
        return Verdict::User(user);
    }
    note_refusal(state, asked.authorization);
    Verdict::Pass
}

/// Counts a token that was not accepted, if there was one.
fn note_refusal(state: &mut State, header: Option<&str>) {
    if header.is_some_and(|header| hs256::bearer(header).is_some()) {
        state.counts.refused_tokens += 1;
    }
}

/// The user of a token, or the reason why it is refused.
fn check(state: &State, header: Option<&str>) -> Result<u64, RestResponse> {
    let no = |reason| refusal(401, reason);
    let header = header.filter(|header| !header.is_empty()).ok_or_else(|| no(NO_HEADER))?;
    let token = hs256::bearer(header).ok_or_else(|| no(BAD_HEADER))?;
    let secret = state.tokens.secret.as_deref().ok_or_else(|| no(BAD_CONFIG))?;
    let now = state.clock.now().as_second();
    let invalid = |message: &str| {
        let mut body = envelope(401, "jwt_auth_invalid_token", message);
        body["data"] = json!([]);
        RestResponse::json(401, body)
    };
    let claims = hs256::decode(&state.tokens, now, secret, token).map_err(|message| invalid(&message))?;
    if claims.get("iss").and_then(Value::as_str) != Some(state.site.url.as_str()) {
        return Err(no(OTHER_ISSUER));
    }
    let id = claims.pointer("/data/user/id").filter(|id| !id.is_null()).ok_or_else(|| no(NO_ID))?;
    let id = id.as_u64().or_else(|| id.as_str()?.parse().ok()).unwrap_or(0);
    let user = state.users.get(&id).ok_or_else(|| invalid("User doesn't exist"))?;
    if claims.pointer("/data/user/pass").and_then(Value::as_str) != Some(&pass(state, user)) {
        return Err(no(OBSOLETE));
    }
    Ok(id)
}

/// A value that the access token and its user share until the password changes or the token is revoked.
fn pass(state: &State, user: &User) -> String {
    let revoked = state.tokens.revoked.get(&user.id).copied().unwrap_or_default();
    let digest = Sha256::digest(format!("{} {revoked} {}", user.id, user.password));
    hex(&digest[..16])
}

fn access_token(state: &mut State, user: &User, device: &str) -> Option<String> {
    let now = state.clock.now().as_second();
    let pass = pass(state, user);
    let issuer = &state.site.issuer;
    hs256::fresh(&mut state.tokens, hs256::HEADER, now, |expires| {
        json!({
            "iss": issuer,
            "iat": now,
            "nbf": now,
            "exp": expires,
            "data": { "user": { "id": user.id, "device": device, "pass": pass } },
        })
    })
}

/// The name of a device in the access token: letters, digits and spaces.
fn device_claim(name: &str) -> String {
    without_accents(name).chars().filter(|c| c.is_ascii_alphanumeric() || *c == ' ').collect()
}

/// `POST /jwt-auth/v1/token`: with a name and a password, or else with the cookie.
fn sign_in(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    if state.tokens.secret.is_none() {
        return Ok(refusal(500, BAD_CONFIG));
    }
    if params.get("custom_auth").is_some() {
        return Ok(refusal(401, NO_CUSTOM_AUTH));
    }
    let device = params.text("device").unwrap_or_default();
    let sent = params.text("username").zip(params.text("password"));
    let by_password = sent.is_some();
    let user = match (sent, refresh_cookie(caller)) {
        (Some((name, password)), _) => match authenticate(state, &name, &password) {
            Ok(user) => user,
            Err(reason) => return Ok(refused(&reason)),
        },
        (None, Some(cookie)) => {
            let user = user_of_cookie(state, cookie, &device);
            match count_renewal(state, user) {
                Ok(user) => user,
                Err(reason) => return Ok(cookie_refusal(reason)),
            }
        }
        (None, None) => return Ok(refusal(401, NO_CREDENTIALS)),
    };
    // The claim is read only from a form; the cookie's device is read from every source.
    let claim = device_claim(&params.form_text("device").unwrap_or_default());
    let Some(token) = access_token(state, &user, &claim) else { return Ok(refusal(500, BAD_CONFIG)) };
    let mut body = envelope(200, "jwt_auth_valid_credential", "Credential is valid");
    body["data"] = json!({
        "token": token,
        "id": user.id,
        "email": user.email,
        "nicename": user.slug,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "displayName": user.name,
    });
    let response = RestResponse::ok(body);
    Ok(if by_password { with_cookie(state, response, user.id, device) } else { response })
}

/// `POST /jwt-auth/v1/token/validate`.
fn validate(state: &mut State, caller: &Caller, _: &Params) -> Result<RestResponse, Error> {
    let header = caller.authorization.as_deref();
    Ok(match check(state, header) {
        Ok(_) => refusal(200, ("jwt_auth_valid_token", "Token is valid")),
        Err(response) => {
            note_refusal(state, header);
            response
        }
    })
}

/// `POST /jwt-auth/v1/token/refresh`: exchanges the cookie for a new one. It issues no access token.
fn refresh(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let device = params.text("device").unwrap_or_default();
    let user = refresh_cookie(caller).ok_or(NO_COOKIE);
    let user = user.and_then(|cookie| user_of_cookie(state, cookie, &device));
    Ok(match user {
        Ok(user) => {
            let response = RestResponse::ok(envelope(200, "jwt_auth_valid_token", "Token is valid"));
            with_cookie(state, response, user.id, device)
        }
        Err(reason) => {
            state.counts.failed_renewals += 1;
            cookie_refusal(reason)
        }
    })
}

const COOKIE: &str = "refresh_token";
const COOKIE_LIFETIME: i64 = 30 * 24 * 60 * 60;

fn with_cookie(state: &mut State, response: RestResponse, user: u64, device: String) -> RestResponse {
    let token = state.entropy.hex();
    let expires = state.clock.now().as_second().saturating_add(COOKIE_LIFETIME);
    let date = clock::http_date(Timestamp::from_second(expires).unwrap_or(Timestamp::MAX));
    let cookie =
        format!("{COOKIE}={user}.{token}; expires={date}; Max-Age={COOKIE_LIFETIME}; path=/; HttpOnly");
    state.tokens.slots.insert((user, device), Slot { token, expires });
    response.with("Set-Cookie", cookie)
}

fn refresh_cookie(caller: &Caller) -> Option<&str> {
    let cookies = caller.cookies.as_deref()?.split(';');
    let mut pairs = cookies.filter_map(|cookie| cookie.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}

/// The user of a cookie, `id.secret`.
fn user_of_cookie(state: &State, cookie: &str, device: &str) -> Result<User, Reason> {
    let parts: Vec<&str> = cookie.split('.').collect();
    let [id, token] = parts[..] else { return Err(BAD_COOKIE) };
    let id = id.parse().map_err(|_| BAD_COOKIE)?;
    let slot = state.tokens.slots.get(&(id, device.to_owned())).ok_or(BAD_COOKIE)?;
    if slot.token != token {
        return Err(OLD_COOKIE);
    }
    if slot.expires < state.clock.now().as_second() {
        return Err(DEAD_COOKIE);
    }
    state.users.get(&id).cloned().ok_or(BAD_COOKIE)
}

fn revoke(state: &mut State, user: u64) -> bool {
    *state.tokens.revoked.entry(user).or_default() += 1;
    state.tokens.slots.retain(|(owner, _), _| *owner != user);
    state.users.contains_key(&user)
}
