//! The plugin "WP REST API Authentication" of miniOrange, 4.4.0. It checks every request to the API.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    dialect::{Dialect, PluginRequest, Verdict, no_renewal, revoke_nothing},
    failures::issue,
    hs256,
    sign_in::{by_account, count, slashed},
};
use crate::{
    front::Place,
    http::{Error, RestResponse},
    resources::{app_passwords::SignIn, index},
    rest::{
        Caller,
        params::{CONTEXT, Params},
        route::{GET, POST, Route, Routes, anyone, on, route},
    },
    state::{
        State, User,
        plugin::{MiniOrange, Plugin},
        site::Permalinks,
        tokens::Attempts,
    },
};

const NAMESPACE: &str = "api/v1";
const ROOT: &str = "/api/v1";
const TOKEN: &str = "/api/v1/token";
const VALIDATE: &str = "/api/v1/token-validate";

pub(super) static DIALECT: Dialect = Dialect {
    routes: ROUTES,
    token_routes: &[TOKEN],
    lifetime: 5 * 365 * 24 * 60 * 60,
    reads: &[Place::Http],
    second_header: Some("authorisation"),
    judge,
    sign_in,
    renew: no_renewal,
    refused: |_, _| refusal(WRONG_CREDENTIALS).exits(),
    bad_config: |_| refusal(NO_SECRET).exits(),
    token: token_for,
    revoke: revoke_nothing,
};

static ROUTES: &[Route] = &[
    route(
        NAMESPACE,
        ROOT,
        &[on(GET, &[CONTEXT], anyone, |state, caller, _| index::namespace(state, caller, NAMESPACE))],
    ),
    route(NAMESPACE, TOKEN, &[on(POST, &[], anyone, |s, c, p| issue(&DIALECT, s, c, p))]),
    route(NAMESPACE, VALIDATE, &[on(GET, &[], anyone, validate)]),
];

/// Status, error and description.
type Refusal = (u16, &'static str, &'static str);

#[rustfmt::skip]
mod refusals {
    use super::Refusal;

    pub(super) const MISSING: Refusal = (401, "MISSING_AUTHORIZATION_HEADER",
        "Authorization header not received. Either authorization header was not sent or it was removed \
         by your server due to security reasons.");
    pub(super) const NOT_BEARER: Refusal = (401, "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE",
        "Authorization header must be type of Bearer Token.");
    pub(super) const NOT_BASIC: Refusal = (401, "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE",
        "Authorization header must be type of Basic Token.");
    pub(super) const WRONG_KEY: Refusal = (401, "INVALID_API_KEY", "Sorry, you are using invalid API Key.");
    pub(super) const WRONG_CREDENTIALS: Refusal = (400, "INVALID_CREDENTIALS", "Invalid username or password.");
    pub(super) const NO_SECRET: Refusal = (401, "BAD_REQUEST",
        "Sorry, client secret is required to make a request. Contact to your administrator.");
    pub(super) const NOT_JWT: Refusal = (401, "SEGMENT_FAULT", "Incorrect JWT Format.");
    pub(super) const WRONG_SIGNATURE: Refusal = (401, "INVALID_SIGNATURE", "JWT Signature is invalid.");
    pub(super) const OTHER_ALGORITHM: Refusal = (401, "UNAUTHORIZED", "Incorrect JWT Format.");
    pub(super) const NOT_ENCODED: Refusal = (401, "INVALID_TOKEN_FORMAT",
        "Sorry, you are not using correct format to encode string.");
    pub(super) const NO_USER: Refusal = (400, "INVALID_USERNAME", "Username Does not exist.");
    pub(super) const WRONG_PASSWORD: Refusal = (400, "INVALID_PASSWORD", "Incorrect password.");
    pub(super) const WRONG_CLIENT: Refusal = (400, "INVALID_CLIENT_CREDENTIALS", "Invalid client ID or client secret.");
    pub(super) const TOO_MANY: Refusal = (429, "TOO_MANY_REQUESTS", "Too many requests. Please try again later.");
}
use refusals::{
    MISSING, NO_SECRET, NO_USER, NOT_BASIC, NOT_BEARER, NOT_ENCODED, NOT_JWT, OTHER_ALGORITHM, TOO_MANY,
    WRONG_CLIENT, WRONG_CREDENTIALS, WRONG_KEY, WRONG_PASSWORD, WRONG_SIGNATURE,
};

fn refusal((status, error, description): Refusal) -> RestResponse {
    RestResponse::json(
        status,
        json!({
            "status": "error",
            "error": error,
            // A string, not a number.
            "code": status.to_string(),
            "error_description": description,
        }),
    )
}

const NOT_ALLOWED: &str = "Sorry, you are not allowed to access REST API.";

/// The two refusals without a code.
fn unauthorized() -> RestResponse {
    RestResponse::json(
        401,
        json!({ "status": "error", "error": "UNAUTHORIZED", "error_description": NOT_ALLOWED }),
    )
}

fn restricted() -> RestResponse {
    RestResponse::json(
        403,
        json!({
            "status": "error",
            "error": "Restricted",
            "error_description": NOT_ALLOWED,
            "error_reason":
                "With the free plan, only WordPress default endpoints can be authenticated. You can \
                 upgrade to the All-Inclusive plan to securely access the custom built or 3rd-party \
                 plugin REST API endpoints. Reach out at apisupport@xecurify.com in case of any questions.",
        }),
    )
}

/// The response to a CORS preflight request.
fn preflight(origin: &str) -> RestResponse {
    let body = json!({ "code": "200", "status": "success", "message": "Preflight request accepted" });
    RestResponse::ok(body)
        .with("Access-Control-Allow-Origin", origin)
        .with("Access-Control-Allow-Credentials", "true")
        .with("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, OPTIONS")
        .with("Access-Control-Allow-Headers", "Authorization, Content-Type, X-WP-Nonce")
        .with("Access-Control-Max-Age", "86400")
}

fn judge(state: &mut State, asked: &PluginRequest<'_>, _: &SignIn) -> Verdict {
    if asked.method == "OPTIONS" && asked.preflight {
        return Verdict::Stop(preflight(asked.origin.unwrap_or_default()));
    }
    if !is_protected(asked.routes, asked.route) {
        return Verdict::Pass;
    }
    // With plain permalinks only the route counts, otherwise only the path.
    let plain = state.site.permalinks == Permalinks::Plain;
    let path = if plain { asked.route } else { asked.path }.to_ascii_lowercase();
    if !path.contains("/wp/v2") {
        return Verdict::Stop(restricted());
    }
    match admit(state, asked.authorization) {
        Ok(Some(user)) => Verdict::User(user),
        Ok(None) => Verdict::Pass,
        Err(response) => Verdict::Stop(response),
    }
}

/// Whether the plugin protects a route. Its list has all routes of WordPress but none of its own. Other requests
/// go on to WordPress, which may not know the route either.
fn is_protected(routes: Routes, route: &str) -> bool {
    let own = [ROOT, TOKEN, VALIDATE].iter().any(|open| route.eq_ignore_ascii_case(open));
    let below = |namespace: &&str| {
        let rest = route.get(..namespace.len()).filter(|start| start.eq_ignore_ascii_case(namespace));
        rest.is_some_and(|_| matches!(route.as_bytes().get(namespace.len()), None | Some(b'/')))
    };
    !own && (routes.find(route).is_some() || ELSEWHERE.iter().any(below))
}

/// Namespaces of WordPress that the stand-in does not implement.
const ELSEWHERE: [&str; 4] = ["/batch/v1", "/oembed/1.0", "/wp-block-editor/v1", "/wp-site-health/v1"];

/// The result of checking this header.
fn admit(state: &mut State, header: Option<&str>) -> Result<Option<u64>, RestResponse> {
    let Some(Plugin::MiniOrange(method)) = &state.plugin else { return Ok(None) };
    match method {
        MiniOrange::Unset => Err(unauthorized()),
        MiniOrange::Jwt => match user_of_counted(state, header) {
            Ok(user) => Ok(user),
            Err(OTHER_ALGORITHM) => Err(unauthorized()),
            Err(reason) => Err(refusal(reason)),
        },
        _ => {
            let method = method.clone();
            let user = by_key(state, &method, header);
            if user.is_err() && header.is_some() {
                state.counts.refused_keys += 1;
            }
            user
        }
    }
}

/// The result of checking a key, a password or a client's secret. Failures here do not count towards the
/// lock-out.
fn by_key(state: &State, method: &MiniOrange, header: Option<&str>) -> Result<Option<u64>, RestResponse> {
    match method {
        MiniOrange::Unset | MiniOrange::Jwt => Ok(None),
        MiniOrange::ApiKey(key) => match credential(header, "bearer", NOT_BEARER)? {
            sent if sent == key => Ok(None),
            _ => Err(refusal(WRONG_KEY)),
        },
        MiniOrange::BasicPassword => {
            let (name, password) = name_and_password(header)?;
            let user = state.user(&name).ok_or_else(|| refusal(NO_USER))?;
            if slashed(&user.password) == password { Ok(Some(user.id)) } else { Err(refusal(WRONG_PASSWORD)) }
        }
        MiniOrange::BasicClient { id, secret } => match name_and_password(header)? {
            (sent, password) if sent == *id && password == *secret => Ok(None),
            _ => Err(refusal(WRONG_CLIENT)),
        },
    }
}

/// The text after the scheme, whose case is ignored.
fn part<'a>(header: Option<&'a str>, scheme: &str, other: Refusal) -> Result<&'a str, Refusal> {
    let header = header.filter(|header| !header.is_empty()).ok_or(MISSING)?;
    let mut parts = header.split(' ');
    let known = parts.next().is_some_and(|sent| sent.eq_ignore_ascii_case(scheme));
    parts.next().filter(|sent| known && !sent.is_empty()).ok_or(other)
}

fn credential<'a>(header: Option<&'a str>, scheme: &str, other: Refusal) -> Result<&'a str, RestResponse> {
    part(header, scheme, other).map_err(refusal)
}

fn name_and_password(header: Option<&str>) -> Result<(String, String), RestResponse> {
    let sent = credential(header, "basic", NOT_BASIC)?;
    let decoded = STANDARD.decode(sent).unwrap_or_default();
    let decoded = String::from_utf8_lossy(&decoded);
    let (name, password) = decoded.split_once(':').ok_or_else(|| refusal(NOT_ENCODED))?;
    Ok((name.to_owned(), password.to_owned()))
}

/// The user of a token. The plugin does not check the expiry, and the user may have been deleted.
fn user_of(state: &State, header: Option<&str>) -> Result<Option<u64>, Refusal> {
    let token = part(header, "bearer", NOT_BEARER)?;
    let mut segments = token.split('.').map(|segment| hs256::json_segment(segment).ok());
    let (Some(Some(header)), Some(Some(claims))) = (segments.next(), segments.next()) else {
        return Err(NOT_JWT);
    };
    if header.get("alg").and_then(Value::as_str) != Some(hs256::ALGORITHM) {
        return Err(OTHER_ALGORITHM);
    }
    // Without a secret, no signature is valid.
    if !state.tokens.secret.as_deref().is_some_and(|secret| hs256::genuine(secret, token)) {
        return Err(WRONG_SIGNATURE);
    }
    let name = claims.get("name").and_then(Value::as_str).unwrap_or_default();
    Ok(state.user(name).map(|user| user.id))
}

/// The same, counting every refusal: on any route, for a missing token as well, but not for another algorithm.
fn user_of_counted(state: &mut State, header: Option<&str>) -> Result<Option<u64>, Refusal> {
    let user = user_of(state, header);
    let Err(reason) = user else { return user };
    if reason != OTHER_ALGORITHM {
        state.tokens.attempts.add(state.clock.now().as_second());
    }
    if reason != MISSING {
        state.counts.refused_tokens += 1;
    }
    user
}

fn claims(user: &User, now: i64, expires: i64) -> Value {
    json!({ "sub": user.id, "name": user.login, "iat": now, "exp": expires })
}

fn token_for(state: &mut State, user: &User) -> Option<String> {
    let now = state.clock.now().as_second();
    let header = r#"{"alg":"HS256","typ":"JWT"}"#;
    hs256::fresh(&mut state.tokens, header, now, |expires| claims(user, now, expires))
}

/// The number of failures that the plugin tolerates.
const MAX_FAILURES: usize = 5;

/// The response of a locked endpoint.
fn locked(state: &State) -> Option<RestResponse> {
    let exceeded = state.tokens.attempts.counted(state.clock.now().as_second()) >= MAX_FAILURES;
    exceeded.then(|| refusal(TOO_MANY).with("Retry-After", Attempts::WINDOW.to_string()).exits())
}

/// `POST /api/v1/token`, whichever method is selected.
fn sign_in(state: &mut State, _: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let now = state.clock.now().as_second();
    if let Some(response) = locked(state) {
        return Ok(response);
    }
    if state.tokens.secret.is_none() {
        return Ok(refusal(NO_SECRET).exits());
    }
    let name = params.text("username").unwrap_or_default();
    let password = params.text("password").unwrap_or_default();
    // Neither an e-mail address nor an application password is accepted.
    let user = by_account(state, name.trim(), &password).ok();
    let user = user.filter(|user| user.login.eq_ignore_ascii_case(name.trim()));
    let Ok(user) = count(state, user.ok_or(())) else {
        state.tokens.attempts.add(now);
        return Ok(refusal(WRONG_CREDENTIALS).exits());
    };
    let Some(token) = token_for(state, &user) else { return Ok(refusal(NO_SECRET).exits()) };
    let body = json!({
        "token_type": "Bearer",
        "iat": now,
        // A point in time, not a duration.
        "expires_in": now.saturating_add(state.tokens.lifetime),
        "jwt_token": token,
    });
    Ok(RestResponse::ok(body).exits())
}

/// `GET /api/v1/token-validate`.
fn validate(state: &mut State, caller: &Caller, _: &Params) -> Result<RestResponse, Error> {
    if let Some(response) = locked(state) {
        return Ok(response);
    }
    let Err(reason) = user_of_counted(state, caller.authorization.as_deref()) else {
        let body = json!({ "status": "TRUE", "message": "VALID_TOKEN", "code": "200" });
        return Ok(RestResponse::ok(body).exits());
    };
    let mut response = refusal(reason).exits();
    if reason == OTHER_ALGORITHM {
        // The plugin does not set the status.
        response.status = 200;
    }
    Ok(response)
}
