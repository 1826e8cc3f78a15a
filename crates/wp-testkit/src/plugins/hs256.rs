//! HS256 tokens as firebase/php-jwt reads and writes them.

use base64::{
    Engine,
    alphabet::URL_SAFE,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::state::tokens::Tokens;

/// PHP's decoder ignores padding and stray bits.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The algorithms of php-jwt; the plugins are configured to use [`ALGORITHM`].
const KNOWN: [&str; 10] =
    ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES256K", "ES384", "EdDSA"];
pub(super) const ALGORITHM: &str = "HS256";

/// The header as php-jwt writes it.
pub(super) const HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;

/// Signs any claims with the site's key; `None` without a key.
pub(crate) fn sign(tokens: &mut Tokens, claims: &Value) -> Option<String> {
    sign_with(tokens, HEADER, claims)
}

fn sign_with(tokens: &mut Tokens, header: &str, claims: &Value) -> Option<String> {
    let signed = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims.to_string()));
    let signature = mac(tokens.secret.as_deref()?, &signed)?.finalize().into_bytes();
    let token = format!("{signed}.{}", BASE64.encode(signature));
    tokens.issued.insert(token.clone());
    Some(token)
}

/// Creates a token that expires after its lifetime; `claims` gets the time of issue.
pub(super) fn fresh(
    tokens: &mut Tokens,
    header: &str,
    now: i64,
    claims: impl Fn(i64) -> Value,
) -> Option<String> {
    let mut expires = now.saturating_add(tokens.lifetime);
    loop {
        let token = sign_with(tokens, header, &claims(expires))?;
        if !tokens.expired.contains(&token) {
            return Some(token);
        }
        // The old token was issued and declared expired within the same second, so make the new token different.
        expires += 1;
    }
}

fn mac(secret: &str, signed: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(signed.as_bytes());
    Some(mac)
}

/// Whether the token was signed with the site's key.
pub(super) fn genuine(secret: &str, token: &str) -> bool {
    let (signed, signature) = token.rsplit_once('.').unwrap_or_default();
    // `verify_slice` takes constant time.
    mac(secret, signed).is_some_and(|mac| mac.verify_slice(&bytes(signature)).is_ok())
}

/// php-jwt's `JWT::decode`: the same checks, order and messages.
pub(super) fn decode(tokens: &Tokens, now: i64, secret: &str, token: &str) -> Result<Value, String> {
    let segments: Vec<&str> = token.split('.').collect();
    let [header, payload, _] = segments[..] else {
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
    if !genuine(secret, token) {
        return Err("Signature verification failed".into());
    }
    let not_before = number(&claims, "nbf").or_else(|| number(&claims, "iat"));
    if let Some(start) = not_before.filter(|start| *start > now) {
        let start = jiff::Timestamp::from_second(start).unwrap_or(jiff::Timestamp::MAX);
        let start = start.strftime("%Y-%m-%dT%H:%M:%S+0000");
        return Err(format!("Cannot handle token prior to {start}"));
    }
    let ended = number(&claims, "exp").is_some_and(|end| now >= end);
    if ended || tokens.expired.contains(token) {
        return Err("Expired token".into());
    }
    Ok(claims)
}

pub(super) fn json_segment(segment: &str) -> Result<Value, String> {
    match serde_json::from_slice(&bytes(segment)) {
        Ok(Value::Null) => Err("Invalid header encoding".into()),
        Ok(value) => Ok(value),
        Err(_) => Err("Syntax error, malformed JSON".into()),
    }
}

/// PHP's `base64_decode` skips characters outside its alphabet.
fn bytes(segment: &str) -> Vec<u8> {
    let known = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let kept: String = segment.chars().filter(known).collect();
    BASE64.decode(kept).unwrap_or_default()
}

/// The time in a claim, in whole seconds.
fn number(claims: &Value, name: &str) -> Option<i64> {
    let value = claims.get(name)?;
    #[allow(clippy::cast_possible_truncation)] // A claim out of range saturates, as it should.
    let floor = || value.as_f64().map(|seconds| seconds.floor() as i64);
    value.as_i64().or_else(floor)
}

/// `sscanf($header, 'Bearer %s')`: case-sensitive, and the space is optional.
pub(super) fn bearer(header: &str) -> Option<&str> {
    header.strip_prefix("Bearer")?.split_ascii_whitespace().next()
}
