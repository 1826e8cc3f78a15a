//! The plugin "WP REST API Authentication" of miniOrange, 4.4.0: a gate before the API.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    Asked, Dialect, MiniOrange, Plugin, Tokens, Verdict, hs256, keep,
    sign_in::{authenticate, issue},
};
use crate::{
    answer::Answer,
    app_passwords::SignIn,
    builder::Permalinks,
    error::Error,
    front::Place,
    index,
    params::{CONTEXT, Params},
    router::{self, GET, POST, Route, anyone, on, route},
    state::{Caller, State, User},
};

const NAMESPACE: &str = "api/v1";
const TOKEN: &str = "/api/v1/token";
const VALIDATE: &str = "/api/v1/token-validate";

pub(super) static DIALECT: Dialect = Dialect {
    namespace: NAMESPACE,
    routes: ROUTES,
    giving: &[TOKEN],
    lifetime: 5 * 365 * 24 * 60 * 60,
    reads: &[Place::Http],
    second_header: Some("authorisation"),
    judge,
    sign_in,
    wrong_password: |_, _| refusal(WRONG_CREDENTIALS).exits(),
    bad_config: || refusal(NO_SECRET).exits(),
    token: token_for,
    revoke: keep,
};

static ROUTES: &[Route] = &[
    route(NAMESPACE, "/api/v1", &[on(GET, &[CONTEXT], anyone, index::show_plugin)]),
    route(NAMESPACE, TOKEN, &[on(POST, &[], anyone, issue)]),
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

fn refusal((status, error, description): Refusal) -> Answer {
    Answer::json(
        status,
        json!({
            "status": "error",
            "error": error,
            // Text, not a number.
            "code": status.to_string(),
            "error_description": description,
        }),
    )
}

const NOT_ALLOWED: &str = "Sorry, you are not allowed to access REST API.";

/// The two refusals without a code.
fn unauthorized() -> Answer {
    Answer::json(401, json!({ "status": "error", "error": "UNAUTHORIZED", "error_description": NOT_ALLOWED }))
}

fn restricted() -> Answer {
    Answer::json(
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

/// The answer to a browser that asks whether it may ask.
fn preflight(origin: &str) -> Answer {
    let body = json!({ "code": "200", "status": "success", "message": "Preflight request accepted" });
    Answer::ok(body)
        .with("Access-Control-Allow-Origin", origin)
        .with("Access-Control-Allow-Credentials", "true")
        .with("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, OPTIONS")
        .with("Access-Control-Allow-Headers", "Authorization, Content-Type, X-WP-Nonce")
        .with("Access-Control-Max-Age", "86400")
}

fn judge(state: &State, asked: &Asked<'_>, _: &SignIn) -> Verdict {
    if asked.method == "OPTIONS" && asked.preflight {
        return Verdict::Stop(preflight(asked.origin.unwrap_or_default()));
    }
    // With a plain address the route is all there is; otherwise only the path is looked at.
    let plain = state.site.permalinks == Permalinks::Plain;
    let path = if plain { asked.route } else { asked.path }.to_ascii_lowercase();
    if [TOKEN, VALIDATE].iter().any(|open| path.trim_end_matches('/').ends_with(open)) {
        return Verdict::Pass;
    }
    if !path.contains("/wp/v2") {
        return Verdict::Stop(restricted());
    }
    // What isn't on the list of protected routes goes on to WordPress, which doesn't know it either.
    if !router::exists(state, asked.route) {
        return Verdict::Pass;
    }
    match admit(state, asked.authorization) {
        Ok(Some(user)) => Verdict::User(user),
        Ok(None) => Verdict::Pass,
        Err(answer) => Verdict::Stop(answer),
    }
}

/// Who comes through the gate with this header.
fn admit(state: &State, header: Option<&str>) -> Result<Option<u64>, Answer> {
    let Some(Plugin::MiniOrange(method)) = &state.plugin else { return Ok(None) };
    match method {
        MiniOrange::Unset => Err(unauthorized()),
        MiniOrange::ApiKey(key) => match credential(header, "bearer", NOT_BEARER)? {
            sent if sent == key => Ok(None),
            _ => Err(refusal(WRONG_KEY)),
        },
        MiniOrange::Jwt => match user_of(state, header) {
            Ok(user) => Ok(user),
            Err(OTHER_ALGORITHM) => Err(unauthorized()),
            Err(reason) => Err(refusal(reason)),
        },
        MiniOrange::BasicPassword => {
            let (name, password) = name_and_password(header)?;
            let user = state.user(&name).ok_or_else(|| refusal(NO_USER))?;
            if user.password == password { Ok(Some(user.id)) } else { Err(refusal(WRONG_PASSWORD)) }
        }
        MiniOrange::BasicClient { id, secret } => match name_and_password(header)? {
            (sent, password) if sent == *id && password == *secret => Ok(None),
            _ => Err(refusal(WRONG_CLIENT)),
        },
    }
}

/// What comes after the scheme, whose case doesn't count.
fn part<'a>(header: Option<&'a str>, scheme: &str, other: Refusal) -> Result<&'a str, Refusal> {
    let header = header.filter(|header| !header.is_empty()).ok_or(MISSING)?;
    let mut parts = header.split(' ');
    let known = parts.next().is_some_and(|sent| sent.eq_ignore_ascii_case(scheme));
    parts.next().filter(|sent| known && !sent.is_empty()).ok_or(other)
}

fn credential<'a>(header: Option<&'a str>, scheme: &str, other: Refusal) -> Result<&'a str, Answer> {
    part(header, scheme, other).map_err(refusal)
}

fn name_and_password(header: Option<&str>) -> Result<(String, String), Answer> {
    let sent = credential(header, "basic", NOT_BASIC)?;
    let decoded = STANDARD.decode(sent).unwrap_or_default();
    let decoded = String::from_utf8_lossy(&decoded);
    let (name, password) = decoded.split_once(':').ok_or_else(|| refusal(NOT_ENCODED))?;
    Ok((name.to_owned(), password.to_owned()))
}

/// The user of a token. When it ends is not asked; the user may be gone.
fn user_of(state: &State, header: Option<&str>) -> Result<Option<u64>, Refusal> {
    let token = part(header, "bearer", NOT_BEARER)?;
    let mut segments = token.split('.').map(|segment| hs256::json_segment(segment).ok());
    let (Some(Some(header)), Some(Some(claims))) = (segments.next(), segments.next()) else {
        return Err(NOT_JWT);
    };
    if header.get("alg").and_then(Value::as_str) != Some(hs256::ALGORITHM) {
        return Err(OTHER_ALGORITHM);
    }
    let secret = state.tokens.secret.as_deref().ok_or(NO_SECRET)?;
    if !hs256::genuine(secret, token) {
        return Err(WRONG_SIGNATURE);
    }
    let name = claims.get("name").and_then(Value::as_str).unwrap_or_default();
    Ok(state.user(name).map(|user| user.id))
}

fn claims(user: &User, now: i64, expires: i64) -> Value {
    json!({ "sub": user.id, "name": user.login, "iat": now, "exp": expires })
}

fn token_for(state: &mut State, user: &User) -> Option<String> {
    let now = state.clock.now().as_second();
    let header = r#"{"alg":"HS256","typ":"JWT"}"#;
    hs256::fresh(&mut state.tokens, header, now, |expires| claims(user, now, expires))
}

/// Failures that are forgiven, and for how many seconds one counts.
const FORGIVEN: usize = 5;
const WINDOW: i64 = 60;

fn limited(tokens: &mut Tokens, now: i64) -> Option<Answer> {
    tokens.failures.retain(|at| now - at < WINDOW);
    let exceeded = tokens.failures.len() >= FORGIVEN;
    exceeded.then(|| refusal(TOO_MANY).with("Retry-After", WINDOW.to_string()).exits())
}

/// `POST /api/v1/token`, whatever method is selected.
fn sign_in(state: &mut State, _: &Caller, params: &Params) -> Result<Answer, Error> {
    let now = state.clock.now().as_second();
    if let Some(answer) = limited(&mut state.tokens, now) {
        return Ok(answer);
    }
    let name = params.text("username").unwrap_or_default();
    let password = params.text("password").unwrap_or_default();
    let user = authenticate(state, &name, &password).ok();
    // An e-mail address is no name here.
    let Some(user) = user.filter(|user| user.login.eq_ignore_ascii_case(name.trim())) else {
        state.tokens.failures.push(now);
        return Ok(refusal(WRONG_CREDENTIALS).exits());
    };
    let Some(token) = token_for(state, &user) else { return Ok(refusal(NO_SECRET).exits()) };
    let body = json!({
        "token_type": "Bearer",
        "iat": now,
        // A moment, not a duration.
        "expires_in": now.saturating_add(state.tokens.lifetime),
        "jwt_token": token,
    });
    Ok(Answer::ok(body).exits())
}

/// `GET /api/v1/token-validate`.
fn validate(state: &mut State, caller: &Caller, _: &Params) -> Result<Answer, Error> {
    let now = state.clock.now().as_second();
    if let Some(answer) = limited(&mut state.tokens, now) {
        return Ok(answer);
    }
    let Err(reason) = user_of(state, caller.authorization.as_deref()) else {
        let body = json!({ "status": "TRUE", "message": "VALID_TOKEN", "code": "200" });
        return Ok(Answer::ok(body).exits());
    };
    state.tokens.failures.push(now);
    let mut answer = refusal(reason).exits();
    if reason == OTHER_ALGORITHM {
        // The plugin forgets the status.
        answer.status = 200;
    }
    Ok(answer)
}
