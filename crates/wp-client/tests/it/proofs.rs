//! `verify`, `validate` and `connect` prove the user: neither a cache nor a server that accepts everything passes.

use wiremock::matchers::{any, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};
use wp_client::{
    ApiBearerAuth, ApiKey, AuthErrorKind, Basic, Cause, Client, Discovery, Error, ExposeSecret, Identity,
    JwtAuth, Login, MiniOrangeJwt, PluginLogin, SimpleJwtLogin, UsefulTeamJwt,
};
use wp_testkit::{Builder, CacheKey, MiniOrange, Plugin, SimpleJwtLogin as Sjl, StandIn};

use crate::{clients, transports};

type Sign = fn(&str, &str) -> PluginLogin;

/// The token plugins, and who signs in at each.
fn plugins() -> [(Plugin, Sign); 7] {
    [
        (Plugin::JwtAuth, |user, password| JwtAuth::new(user, password)),
        (Plugin::ApiBearerAuth { jwt: false }, |user, password| ApiBearerAuth::new(user, password)),
        (Plugin::ApiBearerAuth { jwt: true }, |user, password| ApiBearerAuth::new(user, password)),
        (Plugin::MiniOrange(MiniOrange::Jwt), |user, password| MiniOrangeJwt::new(user, password)),
        (Plugin::UsefulTeam, |user, password| UsefulTeamJwt::new(user, password)),
        (Plugin::SimpleJwtLogin(Sjl::v4()), |user, password| SimpleJwtLogin::new(user, password)),
        (Plugin::SimpleJwtLogin(Sjl::v3()), |user, password| SimpleJwtLogin::new(user, password)),
    ]
}

/// The token with its signature reversed; of an opaque one, the whole.
fn forged(token: &str) -> String {
    let signed = token.rsplit_once('.').map_or("", |(signed, _)| signed);
    let signature = &token[signed.len()..];
    let reversed: String = signature.trim_start_matches('.').chars().rev().collect();
    if signed.is_empty() { reversed } else { format!("{signed}.{reversed}") }
}

/// A way in, behind a cache that holds the response to another user.
struct Way {
    site: StandIn,
    editor: Identity,
    subscriber: Identity,
    /// Anew each time: one that was refused is not sent again for a while.
    wrong: Box<dyn Fn() -> Identity>,
}

async fn ways() -> Vec<Way> {
    let built = |builder: Builder| builder.cache(CacheKey::Path).start();
    let mut ways = Vec::new();
    for (plugin, sign) in plugins() {
        let site = built(StandIn::builder().plugin(plugin)).await;
        let forged = forged(&site.token("editor"));
        let wrong = Box::new(move || ApiKey::bearer(forged.as_str()).into());
        let (editor, subscriber) = (sign("editor", "password").into(), sign("subscriber", "password").into());
        ways.push(Way { site, editor, subscriber, wrong });
    }
    let site = built(StandIn::builder().plugin(None)).await;
    let app = |user: &str| Basic::application_password(user, site.application_password(user)).into();
    let (editor, subscriber) = (app("editor"), app("subscriber"));
    let wrong = Box::new(|| Basic::application_password("editor", "abcd efgh ijkl mnop qrst uvwx").into());
    ways.push(Way { site, editor, subscriber, wrong });
    let account = |user: &str, password: &str| Identity::new(Basic::account_password(user, password));
    ways.push(Way {
        site: built(StandIn::builder().plugin(Plugin::MiniOrange(MiniOrange::BasicPassword))).await,
        editor: account("editor", "password"),
        subscriber: account("subscriber", "password"),
        wrong: Box::new(move || account("editor", "wrong")),
    });
    let key = |value: &str| Identity::new(ApiKey::header("X-Key", value));
    let site = StandIn::builder().plugin(None).api_key("X-Key", "one", "editor");
    ways.push(Way {
        site: built(site.api_key("X-Key", "two", "subscriber")).await,
        editor: key("one"),
        subscriber: key("two"),
        wrong: Box::new(move || key("three")),
    });
    ways
}

#[tokio::test]
async fn validate_is_not_served_by_a_cache() {
    for (plugin, sign) in plugins() {
        let site = StandIn::builder().plugin(plugin.clone()).cache(CacheKey::Path).start().await;
        for (stack, builder) in clients(&site) {
            let wp = builder.auth(sign("editor", "password")).build().unwrap();
            let token = wp.sign_in().await.unwrap().secret().unwrap().expose_secret().to_owned();
            wp.users().me().await.unwrap();
            wp.validate(token.as_str()).await.unwrap_or_else(|error| panic!("{plugin:?}, {stack}: {error}"));
            let error = wp.validate(forged(&token)).await.expect_err("a forged token");
            assert!(error.is_unauthorized(), "{plugin:?}, {stack}: {error:?}");
        }
    }
}

#[tokio::test]
async fn verify_is_not_served_by_a_cache() {
    for Way { site, editor, subscriber, wrong } in ways().await {
        for (stack, builder) in clients(&site) {
            let wp = builder.build().unwrap();
            assert_eq!(wp.with_auth(&editor).users().me().await.unwrap().slug, "editor");
            // This is what a plain GET comes to.
            assert_eq!(wp.with_auth(wrong()).users().me().await.unwrap().slug, "editor");

            let user = wp.with_auth(&subscriber).verify().await;
            let user = user.unwrap_or_else(|error| panic!("{subscriber:?}, {stack}: {error}"));
            assert_eq!(user.slug, "subscriber", "{subscriber:?}, {stack}");
            let error = wp.with_auth(wrong()).verify().await.expect_err("a wrong credential");
            assert!(error.is_unauthorized(), "{subscriber:?}, {stack}: {error:?}");
        }
    }
}

#[tokio::test]
async fn doctor_names_the_cache() {
    for is_filled in [false, true] {
        for Way { site, editor, subscriber, .. } in ways().await {
            for (stack, builder) in clients(&site) {
                site.set_cache(CacheKey::Path);
                let wp = builder.build().unwrap();
                if is_filled {
                    wp.with_auth(&editor).users().me().await.unwrap();
                }
                let report = wp.with_auth(&subscriber).diagnose().await;
                assert_eq!(report.cause(), Some(Cause::Cache), "{subscriber:?}, {stack}\n{report}");
            }
        }
    }
}

async fn found(site: &StandIn, transport: usize) -> Discovery {
    let (_, transport) = transports().into_iter().nth(transport).unwrap();
    Discovery::builder(site.url()).transport(transport).find().await.unwrap()
}

#[tokio::test]
async fn connect_is_not_served_by_a_cache() {
    let site = StandIn::builder().plugin(None).cache(CacheKey::Path).start().await;
    let right = site.application_password("editor");
    let wp = Client::builder(site.url())
        .auth(Basic::application_password("editor", right.as_str()))
        .build()
        .unwrap();
    assert_eq!(wp.users().me().await.unwrap().slug, "editor");
    for stack in 0..2 {
        let wrong = Login::new("editor", "abcd efgh ijkl mnop qrst uvwx");
        let error = found(&site, stack).await.connect(wrong).await.expect_err("a wrong password");
        assert!(error.is_unauthorized(), "{error:?}");
        let connected =
            found(&site, stack).await.connect(Login::new("editor", right.as_str())).await.unwrap();
        assert_eq!(connected.user.slug, "editor");
    }
    assert_eq!(site.counts().refused_app_passwords, 2);
}

/// What says yes to everything, and proves nothing.
fn yes() -> Vec<(&'static str, ResponseTemplate)> {
    let json = ["null", "{}", "[]", "true", r#"{"status":"ok"}"#, r#"{"success":true}"#, r#"{"id":2}"#];
    let mut all: Vec<_> = json
        .into_iter()
        .map(|body| (body, ResponseTemplate::new(200).set_body_raw(body, "application/json")))
        .collect();
    all.push(("nothing", ResponseTemplate::new(204)));
    let page = "<!DOCTYPE html><html><body>Welcome</body></html>";
    all.push(("a page", ResponseTemplate::new(200).set_body_raw(page, "text/html")));
    all
}

#[tokio::test]
async fn verify_rejects_a_server_that_accepts_everything() {
    for (what, response) in yes() {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(response).mount(&server).await;
        let url = server.uri();
        for (stack, transport) in transports() {
            let wp = Client::builder(&url).transport(transport).build().unwrap();
            let nothing = |error: Option<Error>, by: &str| {
                assert!(error.is_some(), "{what} passes {by}, {stack}");
            };
            for (plugin, sign) in plugins() {
                let wp = wp.with_auth(sign("ana", "password"));
                nothing(wp.validate("a.b.c").await.err(), &format!("validate, {plugin:?}"));
                nothing(wp.sign_in().await.err(), &format!("sign_in, {plugin:?}"));
                nothing(wp.verify().await.err(), &format!("verify, {plugin:?}"));
                assert!(wp.diagnose().await.cause().is_some(), "{what} passes diagnose, {plugin:?}, {stack}");
            }
            let fixed: [Identity; 4] = [
                ApiKey::bearer("key").into(),
                ApiKey::header("X-Key", "key").into(),
                Basic::application_password("ana", "password").into(),
                Basic::account_password("ana", "password").into(),
            ];
            for identity in fixed {
                let wp = wp.with_auth(identity.clone());
                nothing(wp.validate("a.b.c").await.err(), &format!("validate, {identity:?}"));
                nothing(wp.verify().await.err(), &format!("verify, {identity:?}"));
                assert!(
                    wp.diagnose().await.cause().is_some(),
                    "{what} passes diagnose, {identity:?}, {stack}"
                );
            }
        }
    }
}

/// A site that is in order but for the response to the one request that proves the user.
async fn proving(plugin: Option<Plugin>, response: ResponseTemplate) -> StandIn {
    let site = StandIn::builder().plugin(plugin).start().await;
    let me = Mock::given(method("POST")).and(path("/wp-json/wp/v2/users/me"));
    me.respond_with(response).mount(site.server()).await;
    site
}

#[tokio::test]
async fn verify_and_connect_reject_a_response_that_is_not_a_user() {
    for (what, response) in yes() {
        // An HTML page is classified.
        let is_json = what != "a page";
        let site = proving(Some(Plugin::JwtAuth), response).await;
        let app_password = site.application_password("editor");
        for (stack, (name, builder)) in clients(&site).enumerate() {
            let wp = builder.auth(JwtAuth::new("editor", "password")).build().unwrap();
            let app = wp.with_auth(Basic::application_password("editor", app_password.as_str()));
            let connect = |password: &str| Login::new("editor", password);
            let account = found(&site, stack).await.connect(connect("password")).await;
            let application = found(&site, stack).await.connect(connect(&app_password)).await;
            for error in [
                wp.verify().await.err(),
                app.verify().await.err(),
                account.map(drop).err(),
                application.map(drop).err(),
            ] {
                let error = error.unwrap_or_else(|| panic!("{what} passes, {name}"));
                assert_eq!(error.auth_kind() == Some(AuthErrorKind::Unproven), is_json, "{what}: {error:?}");
            }
            for wp in [wp, app] {
                let report = wp.diagnose().await;
                assert!(report.cause().is_some(), "{what} passes, {name}\n{report}");
                assert_eq!(report.cause() == Some(Cause::Unproven), is_json, "{what}\n{report}");
            }
        }
    }
}

#[tokio::test]
async fn verify_rejects_a_user_other_than_that_of_the_token() {
    let other =
        serde_json::json!({"id": 4711, "name": "Other", "slug": "other", "link": "https://example.org/"});
    for (plugin, sign) in plugins() {
        let site = proving(Some(plugin.clone()), ResponseTemplate::new(200).set_body_json(&other)).await;
        for (stack, builder) in clients(&site) {
            let wp = builder.auth(sign("editor", "password")).build().unwrap();
            let error = wp.verify().await.expect_err("another user");
            assert_eq!(error.auth_kind(), Some(AuthErrorKind::Unproven), "{plugin:?}, {stack}: {error:?}");
            assert!(error.hint().is_some());
            let report = wp.diagnose().await;
            assert_eq!(report.cause(), Some(Cause::Unproven), "{plugin:?}, {stack}\n{report}");
        }
    }
}

#[tokio::test]
async fn verify_works_if_the_server_drops_the_override_header() {
    for dropped in [false, true] {
        let site = StandIn::builder().drop_method_override(dropped).start().await;
        let before = site.count("POST", "/wp/v2/users/me");
        for (stack, builder) in clients(&site) {
            let wp = builder.auth(JwtAuth::new("editor", "password")).build().unwrap();
            let user = wp.verify().await.unwrap();
            // The response to a write has the e-mail address.
            assert_eq!((&*user.slug, user.email), ("editor", None), "{stack}");
        }
        assert_eq!(site.count("POST", "/wp/v2/users/me") - before, 2);
    }
}

#[tokio::test]
async fn proof_is_retried_after_a_transient_failure() {
    let site = StandIn::start().await;
    for (stack, builder) in clients(&site) {
        let me = Mock::given(method("POST")).and(path("/wp-json/wp/v2/users/me"));
        me.respond_with(ResponseTemplate::new(502)).up_to_n_times(1).mount(site.server()).await;
        let wp = builder.auth(JwtAuth::new("editor", "password")).build().unwrap();
        let user = wp.verify().await.unwrap_or_else(|error| panic!("{stack}: {error}"));
        assert_eq!(user.slug, "editor");
    }
}

#[tokio::test]
async fn token_accepted_by_the_plugin_and_ignored_by_the_site_is_reported() {
    let plugin = Plugin::SimpleJwtLogin(Sjl::v4().without_middleware());
    let site = StandIn::builder().plugin(plugin).start().await;
    for (stack, builder) in clients(&site) {
        let wp = builder.auth(SimpleJwtLogin::new("editor", "password")).build().unwrap();
        let error = wp.verify().await.expect_err("the token is ignored");
        assert_eq!(error.auth_kind(), Some(AuthErrorKind::Unrecognized), "{stack}: {error:?}");
        assert!(error.hint().is_some_and(|hint| hint.contains("Simple JWT Login")), "{error:?}");
    }
}
