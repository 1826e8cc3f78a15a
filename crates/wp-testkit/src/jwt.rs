//! The plugin "JWT Authentication for WP REST API" 1.3.4 over firebase/php-jwt.

use base64::{
    Engine,
    alphabet::URL_SAFE,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    answer::Answer,
    builder::SignInFailure,
    error::Error,
    pages,
    params::Params,
    state::{Caller, State, User},
};

/// PHP decodes without caring for padding or stray bits.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The algorithms php-jwt knows; the plugin is set to the one named [`ALGORITHM`].
const KNOWN: [&str; 10] =
    ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES256K", "ES384", "EdDSA"];
const ALGORITHM: &str = "HS256";

fn bad_config() -> Error {
    refusal("jwt_auth_bad_config", "JWT is not configured properly, please contact the admin")
}

/// Every failure of the plugin is a 403.
fn refusal(code: &'static str, message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(403, code, message)
}

/// `POST /jwt-auth/v1/token`.
pub(crate) fn issue(state: &mut State, _: &Caller, params: &Params) -> Result<Answer, Error> {
    if let Some(failure) = state.jwt.failure {
        return fail(state, failure, params);
    }
    if state.jwt.secret.is_none() {
        return Err(bad_config());
    }
    for name in ["username", "password"] {
        if params.get(name).is_some_and(|value| value.is_array() || value.is_object()) {
            // A TypeError in PHP.
            return Ok(pages::fatal_json());
        }
    }
    let name = params.text("username").unwrap_or_default();
    let password = params.text("password").unwrap_or_default();
    let user = sign_in(state, name.trim(), &password)?.clone();
    let token = token_for(state, &user)?;
    Ok(Answer::ok(json!({
        "token": token,
        "user_email": user.email,
        "user_nicename": user.slug,
        "user_display_name": user.name,
    })))
}

/// `wp_authenticate` with the plugin's mark on the codes. The brackets and the space belong to them.
fn sign_in<'a>(state: &'a State, name: &str, password: &str) -> Result<&'a User, Error> {
    let is_email = name.contains('@');
    // PHP takes "0" for empty, too.
    let empty = |text: &str| text.is_empty() || text == "0";
    if empty(name) {
        let message = "<strong>Error:</strong> The username field is empty.";
        return Err(refusal("[jwt_auth] empty_username", message));
    }
    if empty(password) {
        let message = "<strong>Error:</strong> The password field is empty.";
        return Err(refusal("[jwt_auth] empty_password", message));
    }
    match state.user_by_name(name) {
        Some(user) if user.password == password => Ok(user),
        Some(_) => Err(wrong_password(state, name)),
        None if is_email => Err(refusal(
            "[jwt_auth] invalid_email",
            "Unknown email address. Check again or try your username.",
        )),
        None => Err(refusal(
            "[jwt_auth] invalid_username",
            format!(
                "<strong>Error:</strong> The username <strong>{name}</strong> is not registered on \
                 this site. If you are unsure of your username, try your email address instead."
            ),
        )),
    }
}

fn wrong_password(state: &State, name: &str) -> Error {
    let what = if name.contains('@') { "email address" } else { "username" };
    let url = &state.site.url;
    let message = format!(
        "<strong>Error:</strong> The password you entered for the {what} <strong>{name}</strong> is \
         incorrect. <a href=\"{url}/wp-login.php?action=lostpassword\">Lost your password?</a>"
    );
    refusal("[jwt_auth] incorrect_password", message)
}

fn fail(state: &State, failure: SignInFailure, params: &Params) -> Result<Answer, Error> {
    Ok(match failure {
        SignInFailure::WrongPassword => {
            return Err(wrong_password(state, &params.text("username").unwrap_or_default()));
        }
        SignInFailure::BadConfig => return Err(bad_config()),
        SignInFailure::ServerErrorHtml => pages::fatal_html(),
        SignInFailure::ServerErrorJson => pages::fatal_json(),
        SignInFailure::Maintenance => pages::maintenance(),
        SignInFailure::TooManyRequests => pages::too_many_requests(),
        SignInFailure::Empty => pages::empty(),
        SignInFailure::NoToken => Answer::ok(json!({ "user_nicename": "admin" })),
    })
}

/// A fresh token for a user, with the claims in the plugin's order.
pub(crate) fn token_for(state: &mut State, user: &User) -> Result<String, Error> {
    let now = state.clock.now().as_second();
    let mut expires = now.saturating_add(state.site.token_lifetime);
    loop {
        let claims = json!({
            "iss": state.site.url,
            "iat": now,
            "nbf": now,
            "exp": expires,
            "data": { "user": { "id": user.id.to_string() } },
        });
        let token = sign(state, &claims).ok_or_else(bad_config)?;
        if !state.jwt.expired.contains(&token) {
            return Ok(token);
        }
        // Issued and declared expired within this very second: make it another one.
        expires += 1;
    }
}

/// Signs any claims with the site's key; `None` without a key.
pub(crate) fn sign(state: &mut State, claims: &Value) -> Option<String> {
    let header = BASE64.encode(r#"{"typ":"JWT","alg":"HS256"}"#);
    let signed = format!("{header}.{}", BASE64.encode(claims.to_string()));
    let signature = mac(state.jwt.secret.as_deref()?, &signed)?.finalize().into_bytes();
    let token = format!("{signed}.{}", BASE64.encode(signature));
    state.jwt.issued.insert(token.clone());
    Some(token)
}

fn mac(secret: &str, signed: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(signed.as_bytes());
    Some(mac)
}

/// `POST /jwt-auth/v1/token/validate`. Whether the user still exists is not asked.
pub(crate) fn validate(state: &mut State, caller: &Caller, _: &Params) -> Result<Answer, Error> {
    let header = caller.authorization.as_deref().filter(|header| !header.is_empty());
    let header =
        header.ok_or_else(|| refusal("jwt_auth_no_auth_header", "Authorization header not found."))?;
    check(state, header)?;
    Ok(Answer::ok(json!({ "code": "jwt_auth_valid_token", "data": { "status": 200 } })))
}

/// The user a header names, or why the token in it is refused.
pub(crate) fn check(state: &State, header: &str) -> Result<u64, Error> {
    // `sscanf($header, 'Bearer %s')`: case counts, the space doesn't.
    let token = header
        .strip_prefix("Bearer")
        .and_then(|rest| rest.split_ascii_whitespace().next())
        .ok_or_else(|| refusal("jwt_auth_bad_auth_header", "Authorization header malformed."))?;
    let secret = state.jwt.secret.as_deref().ok_or_else(bad_config)?;
    let claims =
        decode(state, secret, token).map_err(|message| refusal("jwt_auth_invalid_token", message))?;
    if claims.get("iss").and_then(Value::as_str) != Some(state.site.url.as_str()) {
        return Err(refusal("jwt_auth_bad_iss", "The iss do not match with this server"));
    }
    match claims.pointer("/data/user/id") {
        None | Some(Value::Null) => Err(refusal("jwt_auth_bad_request", "User ID not found in the token")),
        Some(Value::String(id)) => Ok(id.parse().unwrap_or(0)),
        Some(id) => Ok(id.as_u64().unwrap_or(0)),
    }
}

/// php-jwt's `JWT::decode`: the checks in its order, the messages in its words.
fn decode(state: &State, secret: &str, token: &str) -> Result<Value, String> {
    let segments: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = segments[..] else {
        return Err("Wrong number of segments".into());
    };
    let header = json_segment(header)?;
    let claims = json_segment(payload)?;
    if !claims.is_object() && claims != json!([]) {
        return Err("Payload must be a JSON object".into());
    }
    match header.get("alg").and_then(Value::as_str).unwrap_or_default() {
        "" => return Err("Empty algorithm".into()),
        ALGORITHM => {}
        known if KNOWN.contains(&known) => return Err("Incorrect key for this algorithm".into()),
        _ => return Err("Algorithm not supported".into()),
    }
    let (signed, _) = token.rsplit_once('.').unwrap_or_default();
    // `verify_slice` takes the same time wherever the difference is.
    let genuine = mac(secret, signed).is_some_and(|mac| mac.verify_slice(&bytes(signature)).is_ok());
    if !genuine {
        return Err("Signature verification failed".into());
    }
    let now = state.clock.now().as_second();
    let not_before = number(&claims, "nbf").or_else(|| number(&claims, "iat"));
    if let Some(start) = not_before.filter(|start| *start > now) {
        let start = jiff::Timestamp::from_second(start).unwrap_or(jiff::Timestamp::MAX);
        let start = start.strftime("%Y-%m-%dT%H:%M:%S+0000");
        return Err(format!("Cannot handle token prior to {start}"));
    }
    let ended = number(&claims, "exp").is_some_and(|end| now >= end);
    if ended || state.jwt.expired.contains(token) {
        return Err("Expired token".into());
    }
    Ok(claims)
}

fn json_segment(segment: &str) -> Result<Value, String> {
    match serde_json::from_slice(&bytes(segment)) {
        Ok(Value::Null) => Err("Invalid header encoding".into()),
        Ok(value) => Ok(value),
        Err(_) => Err("Syntax error, malformed JSON".into()),
    }
}

/// PHP's `base64_decode` skips what isn't of its alphabet.
fn bytes(segment: &str) -> Vec<u8> {
    let known = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let kept: String = segment.chars().filter(known).collect();
    BASE64.decode(kept).unwrap_or_default()
}

/// A time of a claim, in whole seconds.
fn number(claims: &Value, name: &str) -> Option<i64> {
    let value = claims.get(name)?;
    #[allow(clippy::cast_possible_truncation)] // A claim out of range saturates, as it should.
    let floor = || value.as_f64().map(|seconds| seconds.floor() as i64);
    value.as_i64().or_else(floor)
}
