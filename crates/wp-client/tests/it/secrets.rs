//! No `Debug` or `Display` shows a secret.

use std::error::Error as StdError;
use std::fmt::Debug;

use wp_client::models::{NewPost, PostPatch};
use wp_client::wp_auth::{Authorize, Credential, CredentialPolicy, SecretString, Token};
use wp_client::wp_core::{Body, Query, Route};
use wp_client::{ApiKey, Basic, Client, ConsumerKey, Error, Identity, JwtAuth};
use wp_testkit::{SignInFailure, StandIn};

use crate::clients;

const PASSWORD: &str = "Pl4nted-p4ssw0rd";
const KEY: &str = "Pl4nted-api-k3y";

/// The secrets, in every spelling in which they travel.
fn spellings(token: &str) -> Vec<String> {
    use base64::Engine as _;
    let basic = base64::prelude::BASE64_STANDARD.encode(format!("editor:{PASSWORD}"));
    let mut all = vec![PASSWORD.to_owned(), KEY.to_owned(), basic];
    all.extend(token.split('.').filter(|part| part.len() > 8).map(str::to_owned));
    all
}

fn check(what: &str, shown: &str, token: &str) {
    for secret in spellings(token) {
        assert!(!shown.contains(&secret), "{what} shows {secret}: {shown}");
    }
}

fn debug(value: &dyn Debug, token: &str) {
    check("Debug", &format!("{value:?} {value:#?}"), token);
}

fn error(error: &Error, token: &str) {
    debug(error, token);
    check("Display", &format!("{error} {error:#}"), token);
    check("hint", error.hint().unwrap_or_default(), token);
    let mut source = error.source();
    while let Some(error) = source {
        check("source", &format!("{error} {error:?} {error:#?}"), token);
        source = error.source();
    }
}

#[tokio::test]
async fn debug_and_display_of_all_types_hide_secrets() {
    let site = StandIn::builder().api_key("X-API-Key", KEY, "editor").start().await;
    site.set_password("editor", PASSWORD);
    for (_, builder) in clients(&site) {
        let builder = builder.default_header("X-HostPassword", KEY).auth(JwtAuth::new("editor", PASSWORD));
        debug(&builder, "");
        let wp = builder.build().unwrap();
        let token: std::sync::Arc<Token> = wp.sign_in().await.unwrap();
        let text = {
            use wp_client::wp_auth::ExposeSecret;
            token.secret().unwrap().expose_secret().to_owned()
        };
        assert!(spellings(&text).len() >= 6, "the token is planted too");
        let t = text.as_str();

        let secret = SecretString::from(KEY);
        let bearer = Credential::bearer(&text.clone().into()).unwrap();
        let everything: [&dyn Debug; 24] = [
            &wp,
            wp.site(),
            &*token,
            token.secret().unwrap(),
            &token.profile(),
            token.credential(),
            &Identity::new(JwtAuth::new("editor", PASSWORD)),
            &JwtAuth::new("editor", PASSWORD),
            &Basic::application_password("editor", PASSWORD),
            &ConsumerKey::new(KEY, PASSWORD).in_query(),
            &Identity::new(ConsumerKey::new(KEY, PASSWORD).in_query()),
            &ApiKey::bearer(text.as_str()),
            &ApiKey::header("X-API-Key", KEY),
            &secret,
            &bearer.clone().and(&Credential::header("X-API-Key", &secret).unwrap()),
            &Credential::basic("editor", &PASSWORD.into()).unwrap(),
            &CredentialPolicy::Of(Identity::new(ApiKey::bearer(KEY))),
            &Authorize::new(wp.site().clone(), Some(Identity::new(ApiKey::bearer(KEY)))),
            &Body::from(PASSWORD),
            &Query::parse(&format!("password={PASSWORD}")),
            &NewPost::titled("x").password(PASSWORD).field("key", KEY),
            &PostPatch::default().password(PASSWORD),
            &wp.get("/x").query("password", PASSWORD).header("x-key", KEY).body("text/plain", PASSWORD),
            &wp.posts().list().query("password", PASSWORD).header("x-key", KEY).auth(ApiKey::bearer(KEY)),
        ];
        for value in everything {
            debug(value, t);
        }
        // The request itself, with the credential in it.
        let route = Route::new("/wp/v2/posts").unwrap();
        let mut request =
            wp.site().request(http::Method::POST, &route, &Query::new(), Body::from(PASSWORD)).unwrap();
        token.credential().apply(request.headers_mut());
        debug(&request, t);

        // Errors of every kind, each with secrets at hand.
        let gone =
            Client::builder("http://127.0.0.1:1").auth(JwtAuth::new("editor", PASSWORD)).build().unwrap();
        for failed in [
            wp.get("/nope").query("password", PASSWORD).await.err(),
            wp.get("/wp/v2/posts").query("password", [PASSWORD; 0]).await.err(),
            wp.get("/wp/v2/posts").header("x-key", &format!("{KEY}\n")).await.err(),
            wp.get("/wp/v2/users/me").header("authorization", &format!("Bearer {text}x")).await.err(),
            wp.get("/wp/v2/users/me").auth(ApiKey::bearer(format!("{KEY}\n"))).await.err(),
            wp.get("/wp/v2/users/me").auth(ApiKey::bearer(format!("{text}x"))).await.err(),
            wp.get("/wp/v2/users/me").auth(JwtAuth::new("editor", format!("{PASSWORD}x"))).await.err(),
            // The response that is read into the wrong type holds the token.
            wp.post("/jwt-auth/v1/token")
                .json(&serde_json::json!({"username": "editor", "password": PASSWORD}))
                .anonymous()
                .typed::<std::collections::BTreeMap<String, u64>>()
                .await
                .err(),
            gone.get("/wp/v2/posts").query("password", PASSWORD).await.err(),
            gone.get("/wp/v2/posts").auth(ApiKey::bearer(KEY)).await.err(),
            Client::builder(format!("https://editor:{PASSWORD}@example.org")).build().err(),
            Client::builder("example.org").default_header("x-gate", &format!("{KEY}\n")).build().err(),
        ] {
            error(&failed.expect("each of these fails"), t);
        }
        for failure in
            [SignInFailure::WrongPassword, SignInFailure::ServerErrorHtml, SignInFailure::ServerErrorJson]
        {
            site.fail_sign_in(Some(failure));
            error(&wp.with_auth(JwtAuth::new("editor", PASSWORD)).sign_in().await.unwrap_err(), t);
        }
        site.fail_sign_in(None);
    }
}
