//! Where PHP finds the credential of a request, and the host's own password, against recorded responses.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use wp_testkit::{Builder, HeaderPath, MiniOrange, Plugin, StandIn};

use crate::client::{Reply, call, raw};

const ME: &str = "GET /wp/v2/users/me?_fields=id";

async fn me(site: &StandIn, token: &str) -> u16 {
    call(site, ME).bearer(token).send().await.status
}

#[tokio::test]
async fn authorization_header_path_per_plugin() {
    let (all, none) = ([200; 4], [401; 4]);
    // Tmeister, useful-team, API Bearer Auth, miniOrange; and an application password.
    for (path, tokens, password) in [
        (HeaderPath::Everywhere, all, 200),
        (HeaderPath::Nowhere, none, 401),
        (HeaderPath::Redirected, [200, 200, 401, 401], 200),
        (HeaderPath::ModPhp, [401, 401, 200, 401], 200),
    ] {
        let plugins = [
            Plugin::JwtAuth,
            Plugin::UsefulTeam,
            Plugin::ApiBearerAuth { jwt: false },
            Plugin::MiniOrange(MiniOrange::Jwt),
        ];
        for (plugin, status) in plugins.into_iter().zip(tokens) {
            let site = StandIn::builder().plugin(plugin.clone()).header_arrives(path).start().await;
            assert_eq!(me(&site, &site.token("admin")).await, status, "{plugin:?} {path:?}");
        }
        let site = StandIn::builder().header_arrives(path).start().await;
        let secret = site.application_password("admin");
        let reply = call(&site, ME).basic("admin", &secret).send().await;
        assert_eq!(reply.status, password, "{path:?}");
        // A plugin that does not see the header reports it as missing.
        let validate = call(&site, "POST /jwt-auth/v1/token/validate").bearer("a.b.c").send().await;
        let seen = matches!(path, HeaderPath::Everywhere | HeaderPath::Redirected);
        let code = if seen { "jwt_auth_invalid_token" } else { "jwt_auth_no_auth_header" };
        assert_eq!(validate.error(), (403, code.into()));
    }
    let site = StandIn::builder().header_arrives(HeaderPath::Nowhere).start().await;
    site.set_header_arrives(HeaderPath::Redirected);
    assert_eq!(me(&site, &site.token("admin")).await, 200);
}

fn with_host_password() -> Builder {
    StandIn::builder().host_password("host", "hostpw")
}

fn is_refused_by_host(reply: &Reply) {
    assert_eq!((reply.status, reply.header("Content-Type")), (401, Some("text/html")));
    assert_eq!(reply.header("WWW-Authenticate"), Some("Basic realm=\"Staging\""));
    assert!(reply.text.starts_with("<html>") && reply.text.contains("401 Authorization Required"));
    assert_eq!((reply.header("Link"), reply.header("X-Robots-Tag")), (None, None));
}

#[tokio::test]
async fn host_password_protects_the_whole_host() {
    let site = with_host_password().start().await;
    let password = site.application_password("admin");
    for target in ["GET /", "GET /wp-json/", "POST /wp-json/jwt-auth/v1/token", "GET /nope"] {
        is_refused_by_host(&raw(&site, target).send().await);
        is_refused_by_host(&raw(&site, target).by(&site, "admin").send().await);
        is_refused_by_host(&raw(&site, target).basic("admin", &password).send().await);
        is_refused_by_host(&raw(&site, target).basic("host", "no").send().await);
    }
    // WordPress' own 401 looks different.
    let own = call(&site, ME).basic("host", "hostpw").send().await;
    assert_eq!(own.error(), (401, "rest_not_logged_in".into()));
    assert_eq!(own.header("WWW-Authenticate"), None);
    let body = json!({ "username": "admin", "password": "password" });
    let login = call(&site, "POST /jwt-auth/v1/token").basic("host", "hostpw").json(&body).send().await;
    assert_eq!(login.status, 200);
    assert_eq!(call(&site, "GET /wp/v2/posts").basic("host", "hostpw").send().await.status, 200);
}

#[tokio::test]
async fn host_password_occupies_the_authorization_header() {
    let site = with_host_password().start().await;
    let token = site.token("admin");
    let merged = format!("Basic aG9zdDpob3N0cHc=, Bearer {token}");
    let reply = call(&site, ME).header("Authorization", &merged).send().await;
    assert_eq!(reply.error(), (401, "rest_not_logged_in".into()));
    let two = call(&site, ME).basic("host", "hostpw").bearer(&token).send().await;
    assert_eq!((two.status, two.header("Content-Type")), (400, Some("text/html")));
    // `X-Authorization` is not read by default.
    let other = format!("Bearer {token}");
    let other = call(&site, ME).basic("host", "hostpw").header("X-Authorization", &other).send().await;
    assert_eq!(other.error(), (401, "rest_not_logged_in".into()));
    // The host password may equal a user's application password: both accept it.
    let password = site.application_password("admin");
    site.set_host_password(Some(("admin", &password)));
    assert_eq!(call(&site, ME).basic("admin", &password).send().await.text, r#"{"id":1}"#);
    is_refused_by_host(&call(&site, ME).basic("host", "hostpw").send().await);
    site.set_host_password(None);
    assert_eq!(call(&site, ME).bearer(&token).send().await.status, 200);
}

#[tokio::test]
async fn host_password_with_token_in_x_authorization() {
    for plugin in [Plugin::JwtAuth, Plugin::UsefulTeam, Plugin::ApiBearerAuth { jwt: false }] {
        let site =
            with_host_password().plugin(plugin.clone()).host_password_in_x_authorization(true).start().await;
        let token = format!("Bearer {}", site.token("admin"));
        let both = || call(&site, ME).basic("host", "hostpw");
        assert_eq!(both().header("X-Authorization", &token).send().await.status, 200, "{plugin:?}");
        assert_eq!(both().send().await.status, 401);
        is_refused_by_host(&call(&site, ME).header("X-Authorization", &token).send().await);
    }
    let site = with_host_password().host_password_in_x_authorization(true).start().await;
    let password = site.application_password("admin");
    let credential = format!("Basic {}", STANDARD.encode(format!("admin:{password}")));
    let me = call(&site, ME).basic("host", "hostpw").header("X-Authorization", &credential).send().await;
    assert_eq!(me.status, 200);
}

#[tokio::test]
async fn host_password_breaks_the_login_of_api_bearer_auth() {
    let site = with_host_password().plugin(Plugin::ApiBearerAuth { jwt: false }).start().await;
    site.application_password("admin");
    let body = json!({ "username": "admin", "password": "password" });
    let login = || call(&site, "POST /api-bearer-auth/v1/login").basic("host", "hostpw").json(&body);
    assert_eq!(login().send().await.error(), (401, "invalid_username".into()));
    let me = call(&site, ME).basic("host", "hostpw").send().await;
    assert_eq!(me.error(), (401, "api_bearer_auth_not_logged_in".into()));
    // It works if the server does not pass the header on to PHP.
    site.set_header_arrives(HeaderPath::Nowhere);
    assert_eq!(login().send().await.status, 200);
}
