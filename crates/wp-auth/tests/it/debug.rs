//! `Debug` names the type and the user, and never shows a secret.

use std::fmt::Debug;

use serde_json::json;
use wp_auth::{
    Account, ApiKey, AuthError, AuthErrorKind, Authorize, Basic, Identity, JwtAuth, Login, MemoryStore,
    RefreshToken, SavedToken, SimpleJwtLogin, StoreEntry, Token, TokenProvider as _,
};

use crate::site::site;

#[tokio::test]
async fn debug_names_the_type_and_shows_no_secret() {
    let (site, clock, _) = site(|_, _| {
        let data = json!({"jwt": "e30.e30.s3cret", "two_factor_required": true, "provider": "Totp"});
        (200, json!({"success": true, "data": data}).to_string())
    });
    let identity: Identity = SimpleJwtLogin::new("ana", "s3cret").into();
    let error: AuthError = identity.token(&site).await.unwrap_err();
    let second_factor = error.second_factor().unwrap().clone();
    let key = Identity::new(ApiKey::bearer("s3cret"));
    let token: Token = (*key.token(&site).await.unwrap()).clone();
    let refresh = RefreshToken::permanent("s3cret", wp_core::Clock::now(&*clock));
    let builder = || {
        Identity::builder(JwtAuth::new("ana", "s3cret").client_name("laptop"))
            .store(MemoryStore::new())
            .account("web")
            .in_header("x-token")
            .resume(SavedToken::access("s3cret"))
    };
    let shown: [(&dyn Debug, &[&str]); 15] = [
        (&identity, &["Identity", "Simple JWT Login"]),
        (&builder(), &["IdentityBuilder", "MemoryStore", "\"web\"", "\"x-token\"", "SavedToken"]),
        (&JwtAuth::new("ana", "s3cret").client_name("laptop"), &["PluginLogin", "\"ana\"", "\"laptop\""]),
        (&ApiKey::bearer("s3cret"), &["ApiKey", "\"authorization\""]),
        (&ApiKey::header("X-Key", "s3cret"), &["ApiKey", "\"X-Key\""]),
        (&Basic::application_password("ana", "s3cret"), &["Basic", "\"ana\"", "ApplicationPassword"]),
        (&Login::new("ana", "s3cret"), &["Login", "\"ana\""]),
        (&JwtAuth::new("ana", "s3cret").client_name("laptop").account(), &["\"ana\"", "\"laptop\""]),
        (&Account::new("ana").with_secret("s3cret".into()), &["Account", "\"ana\""]),
        (&token, &["Token", "authorization", "can_be_renewed"]),
        (&refresh, &["RefreshToken", "expires_at"]),
        (&SavedToken::access("s3cret").client_name("laptop"), &["SavedToken", "access: true", "\"laptop\""]),
        (&StoreEntry::of_token(SavedToken::access("s3cret")), &["StoreEntry", "access: true"]),
        (&second_factor, &["SecondFactor", "\"Totp\""]),
        (&error, &["AuthError", "SecondFactorRequired"]),
    ];
    for (value, names) in shown {
        let text = format!("{value:?}");
        for name in names {
            assert!(text.contains(name), "{name}: {text}");
        }
        for text in [text, format!("{value:#?}")] {
            assert!(!text.contains("s3cret"), "{text}");
        }
    }
    let signed = format!("{:?}", Authorize::new(site.clone(), Some(key)));
    assert!(
        signed.contains("Authorize") && signed.contains("example.org") && signed.contains("ApiKey"),
        "{signed}"
    );
    let wrong = AuthError::new(AuthErrorKind::WrongCredentials, "detail");
    assert!(format!("{wrong:?}").contains("detail"));
}
