//! The responses of token plugins: what a client with that plugin makes of them.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;
use wp_client::{ApiBearerAuth, Client, Identity, JwtAuth, MiniOrangeJwt, SavedToken, UsefulTeamJwt};
use wp_http::conformance::ManualClock;

use super::Written;
use super::exchange::Exchange;
use super::readers::{Replay, text};

pub(super) async fn jwt_auth(exchange: Exchange) -> Written {
    // Two plugins have this route.
    let identity = if is_useful_team(&exchange) {
        Identity::new(UsefulTeamJwt::new("admin", "password"))
    } else {
        Identity::new(JwtAuth::new("admin", "password"))
    };
    signs_in(&exchange, identity).await
}

pub(super) async fn jwt_auth_validates(exchange: Exchange) -> Written {
    let identity = if is_useful_team(&exchange) {
        Identity::new(UsefulTeamJwt::without_password())
    } else {
        Identity::new(JwtAuth::without_password())
    };
    client(&exchange, identity).validate("a.b.c").await.map(|()| None).map_err(text)
}

pub(super) async fn api_bearer_auth(exchange: Exchange) -> Written {
    signs_in(&exchange, Identity::new(ApiBearerAuth::new("admin", "password"))).await
}

pub(super) async fn api_bearer_auth_renews(exchange: Exchange) -> Written {
    let saved = SavedToken::refresh("refresh token").client_name("app");
    let identity = Identity::builder(ApiBearerAuth::without_password()).resume(saved).build();
    let token = client(&exchange, identity).token().await.map_err(text)?;
    holds(&exchange, token.secret().map(wp_client::ExposeSecret::expose_secret))
}

pub(super) async fn mini_orange(exchange: Exchange) -> Written {
    signs_in(&exchange, Identity::new(MiniOrangeJwt::new("admin", "password"))).await
}

/// Whether a token ends a second after it begins.
pub(super) fn is_over(exchange: &Exchange) -> bool {
    let Some(json) = exchange.json() else { return false };
    let claims = || {
        let claims = json["token"].as_str()?.split('.').nth(1)?;
        serde_json::from_slice::<Value>(&BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    };
    let lifetime = || {
        let claims = claims()?;
        Some(claims["exp"].as_u64()?.saturating_sub(claims["iat"].as_u64()?))
    };
    json["expires_in"].as_u64().or_else(lifetime) == Some(1)
}

fn is_useful_team(exchange: &Exchange) -> bool {
    exchange.json().is_some_and(|json| json.get("statusCode").is_some())
}

async fn signs_in(exchange: &Exchange, identity: Identity) -> Written {
    let token = client(exchange, identity).sign_in().await.map_err(text)?;
    holds(exchange, token.secret().map(wp_client::ExposeSecret::expose_secret))
}

/// Whether the token is that of the response.
fn holds(exchange: &Exchange, secret: Option<&str>) -> Written {
    let body = String::from_utf8_lossy(&exchange.body);
    match secret {
        Some(secret) if secret.len() > 20 && body.contains(secret) => Ok(None),
        _ => Err("the token is not that of the response".to_owned()),
    }
}

fn client(exchange: &Exchange, identity: Identity) -> Client {
    let clock = ManualClock::new();
    // About when they were recorded: a response is older than its token is valid.
    clock.set_now(SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_369_800));
    let builder = Client::builder("http://127.0.0.1").transport(Replay(exchange.clone()));
    builder.clock(clock).auth(identity).build().unwrap()
}
