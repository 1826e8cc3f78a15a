//! The plugin "Simple JWT Login", 4.0.0 and 3.6.6, configured to sign in, to renew, and to check every route.

use serde_json::{Map, Value, json};

use super::{
    dialect::{Dialect, PluginRequest, Verdict},
    failures::{issue, renew},
    hs256,
    sign_in::{Refused, count, count_renewal, slashed},
};
use crate::{
    front::Place,
    http::{Error, RestResponse, request::pairs},
    resources::{app_passwords::SignIn, index},
    rest::{
        Caller,
        params::{CONTEXT, Params},
        route::{GET, POST, Route, anyone, on, route},
    },
    state::{
        State, User, clock,
        plugin::{Plugin, Release, SimpleJwtLogin},
        text::without_tags,
    },
};

const NAMESPACE: &str = "simple-jwt-login/v1";
const SIGN_IN: &str = "/simple-jwt-login/v1/auth";
const REFRESH: &str = "/simple-jwt-login/v1/auth/refresh";
const SECOND_FACTOR: &str = "/simple-jwt-login/v1/auth/2fa";

pub(super) fn dialect(settings: SimpleJwtLogin) -> &'static Dialect {
    match settings.release {
        Release::Three => &V3,
        Release::Four => &V4,
    }
}

static V3: Dialect = Dialect {
    routes: ROUTES.split_at(5).0,
    token_routes: &[SIGN_IN, REFRESH],
    lifetime: 60 * 60,
    reads: &[Place::Http, Place::Apache],
    second_header: None,
    judge,
    sign_in,
    renew: refresh,
    refused: |state, _: Refused| refusal(state, &WRONG_CREDENTIALS.into()),
    bad_config: |state| refusal(state, &NOT_ENABLED.into()),
    token: |state, user| Some(token_for(state, user)),
    revoke,
};

static V4: Dialect = Dialect { routes: &ROUTES, token_routes: &[SIGN_IN, REFRESH, SECOND_FACTOR], ..V3 };

const BOTH: &[&str] = &["GET", "POST"];

/// Release 3 has all but the last.
const ROUTES: [Route; 6] = [
    route(
        NAMESPACE,
        "/simple-jwt-login/v1",
        &[on(GET, &[CONTEXT], anyone, |state, caller, _| index::namespace(state, caller, NAMESPACE))],
    ),
    route(NAMESPACE, SIGN_IN, &[on(POST, &[], anyone, |s, c, p| issue(&V3, s, c, p))]),
    route(NAMESPACE, REFRESH, &[on(POST, &[], anyone, |s, c, p| renew(&V3, s, c, p))]),
    route(NAMESPACE, "/simple-jwt-login/v1/auth/validate", &[on(BOTH, &[], anyone, validate)]),
    route(NAMESPACE, "/simple-jwt-login/v1/auth/revoke", &[on(POST, &[], anyone, sign_out)]),
    route(NAMESPACE, SECOND_FACTOR, &[on(POST, &[], anyone, second_factor)]),
];

/// An error of the plugin. Release 4 derives the status from the kind, or else from the code.
#[derive(Debug, Clone)]
struct Fault {
    code: u16,
    message: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The token cannot be read.
    Jwt,
    /// A parameter is missing.
    Validation,
    Other,
}

/// Code, kind and message.
type Known = (u16, Kind, &'static str);

impl From<Known> for Fault {
    fn from((code, kind, message): Known) -> Self {
        Self { code, message: message.to_owned(), kind }
    }
}

#[rustfmt::skip]
mod faults {
    use super::{Kind::{Jwt, Other, Validation}, Known};

    pub(super) const PHP_ERROR: Known = (0, Other, "addslashes(): Argument #1 ($string) must be of type string, array given");
    pub(super) const NO_KEY: Known = (1, Jwt, "Key may not be empty");
    pub(super) const SEGMENTS: Known = (2, Jwt, "Wrong number of segments");
    pub(super) const NO_ALGORITHM: Known = (6, Jwt, "Empty algorithm");
    pub(super) const UNKNOWN_ALGORITHM: Known = (7, Jwt, "Algorithm not supported");
    pub(super) const OTHER_ALGORITHM: Known = (8, Jwt, "Algorithm not allowed");
    pub(super) const SIGNATURE: Known = (11, Jwt, "Signature verification failed");
    pub(super) const EXPIRED: Known = (14, Jwt, "Expired token");
    pub(super) const NOT_JSON: Known = (22, Jwt, "Syntax error, malformed JSON");
    pub(super) const NO_INTERIM: Known = (23, Validation, "Interim JWT is missing.");
    pub(super) const NO_USER: Known = (24, Other, "User not found.");
    pub(super) const NO_CLAIM: Known = (30, Other, "Unable to find user email property in JWT.");
    pub(super) const NOT_ENABLED: Known = (45, Other, "Authentication is not enabled.");
    pub(super) const NO_NAME: Known = (46, Validation, "The email, username, or login parameter is missing from the request.");
    pub(super) const NO_PASSWORD: Known = (47, Validation, "The password or password_hash parameter is missing from request.");
    pub(super) const WRONG_CREDENTIALS: Known = (48, Other, "Wrong user credentials.");
    pub(super) const TOO_OLD: Known = (50, Other, "JWT is too old to be refreshed.");
    pub(super) const NO_JWT_TO_REFRESH: Known = (51, Other, "JWT is missing.");
    pub(super) const NO_REFRESH_TOKEN: Known = (51, Validation, "Refresh token is missing.");
    pub(super) const BAD_REFRESH_TOKEN: Known = (51, Other, "Invalid refresh token.");
    pub(super) const NO_JWT: Known = (53, Validation, "The `jwt` parameter is missing.");
    pub(super) const NO_WP_USER: Known = (54, Other, "WordPress User not found.");
    pub(super) const REVOKED: Known = (55, Other, "This JWT is invalid.");
    pub(super) const REVOKED_BEFORE: Known = (55, Other, "Token was already revoked.");
    pub(super) const REFRESH_USER_GONE: Known = (55, Other, "User not found.");
    pub(super) const NO_REFRESH: Known = (81, Other, "Refresh Token endpoint is not enabled.");
    pub(super) const NOT_ACTIVE: Known = (105, Other, "Two-factor authentication plugin is not active.");
    pub(super) const NOT_INTERIM: Known = (106, Validation, "A valid interim two-factor JWT is required.");
    pub(super) const BAD_NONCE: Known = (107, Other, "Invalid or expired two-factor session. Please authenticate again.");
    pub(super) const NO_CODE: Known = (109, Validation, "The two-factor code is missing.");
    pub(super) const WRONG_CODE: Known = (109, Other, "Invalid two-factor code.");
    pub(super) const INTERIM: Known = (110, Other, "This JWT requires two-factor verification before it can be used.");
}
use faults::{
    BAD_NONCE, BAD_REFRESH_TOKEN, EXPIRED, INTERIM, NO_ALGORITHM, NO_CLAIM, NO_CODE, NO_INTERIM, NO_JWT,
    NO_JWT_TO_REFRESH, NO_KEY, NO_NAME, NO_PASSWORD, NO_REFRESH, NO_REFRESH_TOKEN, NO_USER, NO_WP_USER,
    NOT_ACTIVE, NOT_ENABLED, NOT_INTERIM, NOT_JSON, OTHER_ALGORITHM, PHP_ERROR, REFRESH_USER_GONE, REVOKED,
    REVOKED_BEFORE, SEGMENTS, SIGNATURE, TOO_OLD, UNKNOWN_ALGORITHM, WRONG_CODE, WRONG_CREDENTIALS,
};

fn settings(state: &State) -> SimpleJwtLogin {
    match state.plugin {
        Some(Plugin::SimpleJwtLogin(settings)) => settings,
        _ => SimpleJwtLogin::v4(),
    }
}

fn is_three(state: &State) -> bool {
    settings(state).release == Release::Three
}

fn status(three: bool, fault: &Fault) -> u16 {
    match (fault.kind, fault.code) {
        (_, 12..=14 | 55) if three => 401,
        (Kind::Jwt, _) => 400,
        _ if three => 400,
        (Kind::Validation, _) => 422,
        (_, 48 | 50 | 51 | 53 | 55) => 401,
        (_, 45 | 81 | 105) => 403,
        (_, 24) => 404,
        _ => 500,
    }
}

fn envelope(state: &State, fault: &Fault) -> RestResponse {
    let three = is_three(state);
    let code = if three { "errorCode" } else { "error_code" };
    RestResponse::json(
        status(three, fault),
        json!({ "success": false, "data": { "message": fault.message, code: fault.code } }),
    )
}

/// An endpoint of the plugin ends the request itself when it refuses.
fn refusal(state: &State, fault: &Fault) -> RestResponse {
    envelope(state, fault).exits()
}

fn or_refusal(state: &State, result: Result<RestResponse, Fault>) -> Result<RestResponse, Error> {
    Ok(result.unwrap_or_else(|fault| refusal(state, &fault)))
}

/// The token in a header: after `Bearer`, whose case is ignored, or without a scheme.
fn jwt_of(header: &str) -> Option<&str> {
    let mut parts = header.split_ascii_whitespace();
    let (first, second) = (parts.next()?, parts.next());
    let token = match second {
        Some(second) => Some(second).filter(|_| first.eq_ignore_ascii_case("bearer")),
        None => Some(first),
    };
    let fits = |token: &&str| token.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    token.filter(fits).filter(|_| parts.next().is_none())
}

/// The token of a request to one of the plugin's endpoints: in the header, or else in the parameter `JWT`.
fn sent_jwt(caller: &Caller, params: &Params) -> Option<String> {
    let by_header = caller.authorization.as_deref().and_then(jwt_of).map(str::to_owned);
    let by_parameter = || ["JWT", "jwt"].iter().find_map(|name| params.text(name));
    by_header.or_else(by_parameter).filter(|token| !token.is_empty())
}

/// The tolerated clock difference, in seconds.
const LEEWAY: i64 = 60;

/// The claims of a token with a valid signature and valid times.
fn decode(state: &State, token: &str, leeway: i64) -> Result<Value, Fault> {
    let claims = read(token)?;
    let header = token.split('.').next().unwrap_or_default();
    let header = hs256::json_segment(header).map_err(|_| Fault::from(NOT_JSON))?;
    let secret = state.tokens.secret.as_deref().ok_or(NO_KEY)?;
    match header.get("alg").and_then(Value::as_str).unwrap_or_default() {
        "" => return Err(NO_ALGORITHM.into()),
        hs256::ALGORITHM => {}
        "HS384" | "HS512" | "RS256" | "RS384" | "RS512" => return Err(OTHER_ALGORITHM.into()),
        _ => return Err(UNKNOWN_ALGORITHM.into()),
    }
    if !hs256::genuine(secret, token) {
        return Err(SIGNATURE.into());
    }
    let now = state.clock.now().as_second();
    for (claim, code) in [("nbf", 12), ("iat", 13)] {
        if let Some(start) = claims.get(claim).and_then(Value::as_i64).filter(|start| *start > now + leeway) {
            let date = jiff::Timestamp::from_second(start).unwrap_or(jiff::Timestamp::MAX);
            let date = date.strftime("%Y-%m-%dT%H:%M:%S+0000");
            return Err(Fault {
                code,
                message: format!("Cannot handle token prior to {date}"),
                kind: Kind::Jwt,
            });
        }
    }
    let ended = claims.get("exp").and_then(Value::as_i64).is_some_and(|end| now - leeway >= end);
    if ended || state.tokens.is_expired(token) {
        return Err(EXPIRED.into());
    }
    Ok(claims)
}

/// The claims, without any check.
fn read(token: &str) -> Result<Value, Fault> {
    let segments: Vec<&str> = token.split('.').collect();
    let [header, claims, _] = segments[..] else { return Err(SEGMENTS.into()) };
    let json = |segment| hs256::json_segment(segment).map_err(|_| Fault::from(NOT_JSON));
    json(header)?;
    json(claims)
}

/// The user that the claims name, if it exists.
fn user_of(state: &State, claims: &Value) -> Result<Option<u64>, Fault> {
    if claims.get("tfa_pending").is_some_and(|pending| *pending != 0) {
        return Err(INTERIM.into());
    }
    let email = claims.get("email").and_then(Value::as_str).ok_or(NO_CLAIM)?;
    Ok(state.users.values().find(|user| user.email.eq_ignore_ascii_case(email)).map(|user| user.id))
}

/// The user of a valid token; the error `unknown` if no user has that address.
fn check(state: &State, token: &str, unknown: Known) -> Result<u64, Fault> {
    let claims = decode(state, token, LEEWAY)?;
    let user = user_of(state, &claims)?.ok_or(unknown)?;
    if state.tokens.revoked_jwts.contains(token) { Err(REVOKED.into()) } else { Ok(user) }
}

/// Every route except the plugin's own checks the token, so a bad one is refused on public routes, too.
fn judge(state: &mut State, asked: &PluginRequest<'_>, _: &SignIn) -> Verdict {
    // The plugin checks the request target as it was sent.
    if !settings(state).middleware || asked.uri().contains(NAMESPACE) {
        return Verdict::Pass;
    }
    let by_header = asked.authorization.and_then(jwt_of).map(str::to_owned);
    let by_query = || {
        let mut query = pairs(asked.query).into_iter();
        query
            .find(|(name, value)| name.eq_ignore_ascii_case("jwt") && !value.is_empty())
            .map(|(_, value)| value)
    };
    let Some(token) = by_header.or_else(by_query) else { return Verdict::Pass };
    let fault = match check(state, &token, NO_WP_USER) {
        Ok(user) => return Verdict::User(user),
        Err(fault) => fault,
    };
    state.counts.refused_tokens += 1;
    let mut response = envelope(state, &fault);
    if is_three(state) {
        response = response.exits();
        response.put("/data", "type", "simple-jwt-login-middleware");
    }
    Verdict::RestResponse(response)
}

/// Creates a token for a user, with the claims in the plugin's order.
fn token_for(state: &mut State, user: &User) -> String {
    let now = state.clock.now().as_second();
    let expiry = settings(state).expiry;
    let site = state.site.issuer.clone();
    signed(state, |expires| {
        let mut claims = Map::new();
        claims.insert("iat".into(), now.into());
        if expiry {
            claims.insert("exp".into(), expires.into());
        }
        claims.insert("email".into(), user.email.clone().into());
        claims.insert("id".into(), user.id.to_string().into());
        claims.insert("site".into(), site.clone().into());
        claims.insert("username".into(), user.login.clone().into());
        claims.insert("iss".into(), site.clone().into());
        Value::Object(claims)
    })
}

/// Creates a token; `claims` sets its expiry. Without a secret, the plugin signs with an empty one.
fn signed(state: &mut State, claims: impl Fn(i64) -> Value) -> String {
    let now = state.clock.now().as_second();
    let tokens = &mut state.tokens;
    let secret = tokens.secret.clone();
    tokens.secret.get_or_insert_default();
    let token = hs256::fresh(tokens, hs256::HEADER, now, claims).unwrap_or_default();
    tokens.secret = secret;
    token
}

/// The lifetime of a refresh token and, in release 3, the time that an expired JWT can be renewed: two weeks, in
/// seconds.
const REFRESH_LIFETIME: i64 = 14 * 24 * 60 * 60;

/// A JWT and, if the release has them, a refresh token.
fn pair(state: &mut State, user: &User) -> RestResponse {
    let mut data = json!({ "jwt": token_for(state, user) });
    let SimpleJwtLogin { release, refresh, .. } = settings(state);
    if release == Release::Four && refresh {
        let token = state.entropy.hex();
        let expires = state.clock.now().as_second().saturating_add(REFRESH_LIFETIME);
        data["refresh_token"] = json!(token);
        state.tokens.rotating.insert(token, (user.id, expires));
    }
    RestResponse::ok(json!({ "success": true, "data": data }))
}

/// `POST auth`, with `username`, `email` or `login`. It does not call `wp_authenticate`, so no other plugin is
/// involved.
fn sign_in(state: &mut State, _: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let result = named(state, params).and_then(|user| {
        if let Some(challenge) = user.as_ref().and_then(|user| challenge(state, user)) {
            return Ok(challenge);
        }
        let user = count(state, user.ok_or(Fault::from(WRONG_CREDENTIALS)))?;
        Ok(pair(state, &user))
    });
    or_refusal(state, result)
}

/// The user, if the name and the password are right.
fn named(state: &State, params: &Params) -> Result<Option<User>, Fault> {
    let three = is_three(state);
    // Release 3 uses PHP's `isset`, release 4 `empty`.
    let is_there = |name: &str| {
        params
            .get(name)
            .is_some_and(|_| three || params.text(name).is_none_or(|t| !matches!(t.as_str(), "" | "0")))
    };
    if !["email", "username", "login"].into_iter().any(is_there) {
        return Err(NO_NAME.into());
    }
    if !is_there("password") {
        return Err(NO_PASSWORD.into());
    }
    let text = |name: &str| params.get(name).map(|_| params.text(name).unwrap_or_default().trim().to_owned());
    let by_email = |email: &str| state.users.values().find(|user| user.email.eq_ignore_ascii_case(email));
    let user = if let Some(login) = text("username") {
        state.user(&login)
    } else if let Some(email) = text("email") {
        by_email(&email)
    } else {
        text("login").and_then(|name| state.user(&name).or_else(|| by_email(&name)))
    };
    let sent = match params.text("password") {
        Some(sent) => sent,
        None if three => String::new(),
        None => return Err(PHP_ERROR.into()),
    };
    // WordPress hashes passwords with slashes before quotes; only release 4 adds them.
    let sent = if three { sanitized(&sent) } else { slashed(&sent) };
    Ok(user.filter(|user| slashed(&user.password) == sent).cloned())
}

/// `sanitize_text_field`, which release 3 applies to passwords: it removes tags, escapes and surplus whitespace.
fn sanitized(text: &str) -> String {
    let mut text = without_tags(text).split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    let escape = |text: &str| {
        text.match_indices('%').map(|(at, _)| at).find(|at| {
            text.get(at + 1..at + 3).is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
        })
    };
    while let Some(at) = escape(&text) {
        text.replace_range(at..at + 3, "");
    }
    text
}

/// An interim token for a user with a second factor. It is valid only for the second step.
fn challenge(state: &mut State, user: &User) -> Option<RestResponse> {
    if is_three(state) || !state.tokens.second_factors.contains_key(&user.id) {
        return None;
    }
    let now = state.clock.now().as_second();
    let nonce = state.entropy.hex();
    let provider = "Two_Factor_Totp";
    if let Some(factor) = state.tokens.second_factors.get_mut(&user.id) {
        factor.nonce = Some((nonce.clone(), now.saturating_add(NONCE_LIFETIME)));
    }
    let jwt = signed(state, |_| {
        json!({
            "iat": now,
            "exp": now.saturating_add(INTERIM_LIFETIME),
            "tfa_pending": 1,
            "tfa_user_id": user.id,
            "tfa_nonce": nonce,
            "tfa_provider": provider,
        })
    });
    let data = json!({ "jwt": jwt, "two_factor_required": true, "provider": provider });
    Some(RestResponse::ok(json!({ "success": true, "data": data })))
}

/// The time limit of the second step, for the token and for the state of Two Factor, in seconds.
const INTERIM_LIFETIME: i64 = 5 * 60;
const NONCE_LIFETIME: i64 = 10 * 60;

/// `POST auth/2fa`: the interim token and a code.
fn second_factor(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let result = interim_user(state, caller, params).and_then(|user| {
        let sent = params.text("code").filter(|code| !code.is_empty()).ok_or(NO_CODE)?;
        let accepted = accept_code(state, user.id, sent.trim()).ok_or(Fault::from(WRONG_CODE));
        count(state, accepted)?;
        Ok(pair(state, &user))
    });
    or_refusal(state, result)
}

fn interim_user(state: &mut State, caller: &Caller, params: &Params) -> Result<User, Fault> {
    if state.tokens.second_factors.is_empty() {
        return Err(NOT_ACTIVE.into());
    }
    let token = sent_jwt(caller, params).ok_or(NO_INTERIM)?;
    let claims = decode(state, &token, 0)?;
    let pending = claims.get("tfa_pending").is_some_and(|pending| *pending != 0);
    let id = claims.get("tfa_user_id").and_then(Value::as_u64).filter(|_| pending).ok_or(NOT_INTERIM)?;
    let user = state.users.get(&id).cloned().ok_or(NO_USER)?;
    let now = state.clock.now().as_second();
    let sent = claims.get("tfa_nonce").and_then(Value::as_str).unwrap_or_default();
    let factor = state.tokens.second_factors.get_mut(&id).ok_or(BAD_NONCE)?;
    if factor.nonce.as_ref().is_some_and(|(nonce, until)| nonce == sent && now < *until) {
        return Ok(user);
    }
    factor.nonce = None;
    Err(BAD_NONCE.into())
}

fn accept_code(state: &mut State, user: u64, sent: &str) -> Option<()> {
    let factor = state.tokens.second_factors.get_mut(&user)?;
    factor.code.take_if(|code| code == sent).map(drop)
}

/// `POST auth/refresh`.
fn refresh(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let renewed =
        if is_three(state) { renew_jwt(state, caller, params) } else { rotate(state, caller, params) };
    let counted = count_renewal(state, renewed);
    or_refusal(state, counted)
}

/// Release 3: the same claims with a later expiry.
fn renew_jwt(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Fault> {
    let token = sent_jwt(caller, params).ok_or(NO_JWT_TO_REFRESH)?;
    match decode(state, &token, LEEWAY) {
        Err(fault) if fault.code != EXPIRED.0 => return Err(fault),
        _ => {}
    }
    let claims = read(&token)?;
    user_of(state, &claims)?;
    if state.tokens.revoked_jwts.contains(&token) {
        return Err(REVOKED.into());
    }
    let ends = claims.get("exp").and_then(Value::as_i64);
    if ends.is_some_and(|end| state.clock.now().as_second() > end.saturating_add(REFRESH_LIFETIME)) {
        return Err(TOO_OLD.into());
    }
    let jwt = signed(state, |expires| {
        let mut claims = claims.clone();
        if ends.is_some() {
            claims["exp"] = expires.into();
        }
        claims
    });
    Ok(RestResponse::ok(json!({ "success": true, "data": { "jwt": jwt } })))
}

/// Release 4: replaces the refresh token that was sent. Earlier JWTs stay valid.
fn rotate(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Fault> {
    let beside = sent_jwt(caller, params).map(|token| check(state, &token, NO_USER));
    if let Some(Err(fault)) = beside
        && fault.code == REVOKED.0
    {
        return Err(fault);
    }
    if !settings(state).refresh {
        return Err(NO_REFRESH.into());
    }
    let sent = params.text("refresh_token").filter(|token| !token.is_empty()).ok_or(NO_REFRESH_TOKEN)?;
    let now = state.clock.now().as_second();
    let known = state.tokens.rotating.get(&sent).filter(|(_, expires)| now < *expires);
    let (id, _) = *known.ok_or(BAD_REFRESH_TOKEN)?;
    let user = state.users.get(&id).cloned().ok_or(REFRESH_USER_GONE)?;
    state.tokens.rotating.remove(&sent);
    Ok(pair(state, &user))
}

/// The token that an endpoint is asked about, and its user.
fn token_in_question(state: &mut State, caller: &Caller, params: &Params) -> Result<(User, String), Fault> {
    let token = sent_jwt(caller, params).ok_or(NO_JWT)?;
    let user = check(state, &token, NO_USER).inspect_err(|_| state.counts.refused_tokens += 1)?;
    let user = state.users.get(&user).cloned().ok_or(NO_USER)?;
    Ok((user, token))
}

/// `GET` or `POST auth/validate`.
fn validate(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let asked = token_in_question(state, caller, params);
    let result = asked.map(|(user, token)| {
        let mut segments = token.split('.').map(|segment| hs256::json_segment(segment).unwrap_or_default());
        let (header, claims) = (segments.next().unwrap_or_default(), segments.next().unwrap_or_default());
        let ends = claims.get("exp").and_then(Value::as_i64);
        let mut jwt = json!({ "token": token, "header": header, "payload": claims });
        if let Some(ends) = ends {
            jwt["expire_in"] = json!(ends - state.clock.now().as_second());
        }
        let roles: Vec<&str> = [user.role.as_str()].into_iter().filter(|role| !role.is_empty()).collect();
        let jwt = if is_three(state) { json!([jwt]) } else { jwt };
        let data = json!({ "user": row(&user), "roles": roles, "jwt": jwt });
        RestResponse::ok(json!({ "success": true, "data": data }))
    });
    or_refusal(state, result)
}

/// The user's database row, without the password.
fn row(user: &User) -> Value {
    json!({
        "ID": user.id.to_string(),
        "user_login": user.login,
        "user_nicename": user.slug,
        "user_email": user.email,
        "user_url": user.url,
        "user_registered": clock::utc(user.registered).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        "user_activation_key": "",
        "user_status": "0",
        "display_name": user.name,
    })
}

/// `POST auth/revoke`: revokes this token and, in release 4, every refresh token of its user.
fn sign_out(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let asked = token_in_question(state, caller, params).map_err(|fault| match fault.code {
        // In release 3 this error has no number.
        55 => Fault { code: if is_three(state) { 0 } else { 55 }, ..REVOKED_BEFORE.into() },
        _ => fault,
    });
    let result = asked.map(|(user, token)| {
        state.tokens.revoked_jwts.insert(token.clone());
        revoke(state, user.id);
        RestResponse::ok(
            json!({ "success": true, "message": "Token was revoked.", "data": { "jwt": [token] } }),
        )
    });
    or_refusal(state, result)
}

/// An administrator deletes the refresh tokens of a user.
fn revoke(state: &mut State, user: u64) -> bool {
    let before = state.tokens.rotating.len();
    state.tokens.rotating.retain(|_, (owner, _)| *owner != user);
    state.tokens.rotating.len() < before
}
