//! The claims of a JWT. The signature is not checked: only the server can do that.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use wp_core::models::UserId;

/// The claims that this crate uses. They are read independently, so that an invalid one does not hide the expiry.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Claims {
    /// Seconds since 1970.
    #[serde(default)]
    iat: Value,
    #[serde(default)]
    exp: Value,
    /// `{"user": {"id": …}}`; depending on the plugin, the id is a string or a number.
    #[serde(default)]
    data: Value,
    /// The user's id, in tokens of other plugins.
    #[serde(default)]
    sub: Value,
    #[serde(default)]
    id: Value,
}

fn seconds(claim: &Value) -> Option<f64> {
    claim.as_f64().or_else(|| claim.as_str()?.parse().ok())
}

/// Servers count whole seconds, so a token may expire up to one second early.
pub(crate) const ROUNDING: Duration = Duration::from_secs(1);

impl Claims {
    /// Reads the claims. `None` if the token is not a JWT.
    pub(crate) fn read(token: &str) -> Option<Self> {
        serde_json::from_slice(&payload(token)?).ok()
    }

    /// All claims, including unknown ones.
    pub(crate) fn all(token: &str) -> Option<Value> {
        serde_json::from_slice(&payload(token)?).ok().filter(Value::is_object)
    }

    /// The lifetime, counted from the token request. It does not depend on any clock.
    pub(crate) fn lifetime(&self) -> Option<Duration> {
        let seconds = seconds(&self.exp)? - seconds(&self.iat)?;
        Some(Duration::try_from_secs_f64(seconds.max(0.0)).ok()?.saturating_sub(ROUNDING))
    }

    /// Whether both tokens have the same issue time.
    pub(crate) fn is_issued_with(&self, other: &Self) -> bool {
        seconds(&self.iat).is_some_and(|iat| seconds(&other.iat) == Some(iat))
    }

    /// The expiry by the server's clock.
    pub(crate) fn expires_at(&self) -> Option<SystemTime> {
        let since_1970 = Duration::try_from_secs_f64(seconds(&self.exp)?).ok()?;
        SystemTime::UNIX_EPOCH.checked_add(since_1970)
    }

    pub(crate) fn user(&self) -> Option<UserId> {
        let nested = self.data.get("user").and_then(|user| user.get("id"));
        let ids = [nested, Some(&self.sub), Some(&self.id)];
        ids.into_iter().flatten().find_map(|id| serde_json::from_value(id.clone()).ok())
    }
}

/// The payload of a JWT.
fn payload(token: &str) -> Option<Vec<u8>> {
    let mut parts = token.split('.');
    let (_, Some(payload), Some(_), None) = (parts.next()?, parts.next(), parts.next(), parts.next()) else {
        return None;
    };
    BASE64_URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn claims_accept_every_json_type_that_plugins_send() {
        for id in
            [r#""data":{"user":{"id":1}}"#, r#""data":{"user":{"id":"1"}}"#, r#""sub":1"#, r#""sub":"1""#]
        {
            let token = token(&format!(r#"{{"iat":100,"exp":160,{id}}}"#));
            let claims = Claims::read(&token).unwrap();
            assert_eq!(claims.lifetime(), Some(Duration::from_secs(59)));
            assert_eq!(claims.user().map(UserId::get), Some(1));
        }
    }

    #[test]
    fn malformed_token_has_no_claims_and_invalid_times_no_lifetime() {
        for token in ["", "opaque", "a.b", "a.b.c.d", "e30.!!.c", "e30.e30"] {
            assert!(Claims::read(token).is_none(), "{token}");
        }
        for claims in ["{}", r#"{"exp":1e300,"iat":0}"#, r#"{"exp":5}"#] {
            assert_eq!(Claims::read(&token(claims)).unwrap().lifetime(), None, "{claims}");
        }
        for odd in
            [r#"{"iat":"100","exp":160,"data":"x"}"#, r#"{"iat":100,"exp":"160","data":{"user":{"id":0}}}"#]
        {
            assert_eq!(Claims::read(&token(odd)).unwrap().lifetime(), Some(Duration::from_secs(59)), "{odd}");
        }
        assert_eq!(Claims::read(&token(r#"{"exp":1,"iat":9}"#)).unwrap().lifetime(), Some(Duration::ZERO));
    }

    #[test]
    fn any_text_is_read_without_a_panic() {
        let mut random = fastrand::Rng::with_seed(3);
        let pieces = [
            "{", "}", "\"exp\"", ":", "1e308", "-5", ",", "\"iat\"", "\"9\"", "null", "[", "\"sub\"",
            "\"data\"",
        ];
        for _ in 0..20_000 {
            let text: String =
                (0..random.usize(..12)).map(|_| pieces[random.usize(..pieces.len())]).collect();
            if let Some(claims) = Claims::read(&token(&text)) {
                let _ = (claims.lifetime(), claims.expires_at(), claims.user());
            }
            let noise: String = (0..random.usize(..40)).map(|_| char::from(random.u8(..128))).collect();
            let _ = Claims::all(&noise);
        }
    }
}
