//! How far a credential gets, and a password before the site: `SERVERS.md` sections 0 and 3, and
//! `captures/servers`.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use wp_testkit::{Builder, HeaderPath, MiniOrange, Plugin, StandIn};

use crate::client::{Reply, call, raw};

const ME: &str = "GET /wp/v2/users/me?_fields=id";

async fn me(site: &StandIn, token: &str) -> u16 {
    call(site, ME).bearer(token).send().await.status
}

#[tokio::test]
async fn who_sees_the_header_depends_on_where_php_finds_it() {
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
        // Who doesn't see a header says that there is none.
        let validate = call(&site, "POST /jwt-auth/v1/token/validate").bearer("a.b.c").send().await;
        let seen = matches!(path, HeaderPath::Everywhere | HeaderPath::Redirected);
        let code = if seen { "jwt_auth_invalid_token" } else { "jwt_auth_no_auth_header" };
        assert_eq!(validate.error(), (403, code.into()));
    }
    let site = StandIn::builder().header_arrives(HeaderPath::Nowhere).start().await;
    site.set_header_arrives(HeaderPath::Redirected);
    assert_eq!(me(&site, &site.token("admin")).await, 200);
}

fn gated() -> Builder {
    StandIn::builder().host_password("gate", "gatepw")
}

fn is_gate(reply: &Reply) {
    assert_eq!((reply.status, reply.header("Content-Type")), (401, Some("text/html")));
    assert_eq!(reply.header("WWW-Authenticate"), Some("Basic realm=\"Staging\""));
    assert!(reply.text.starts_with("<html>") && reply.text.contains("401 Authorization Required"));
    assert_eq!((reply.header("Link"), reply.header("X-Robots-Tag")), (None, None));
}

#[tokio::test]
async fn a_gate_shuts_the_whole_host() {
    let site = gated().start().await;
    let password = site.application_password("admin");
    for target in ["GET /", "GET /wp-json/", "POST /wp-json/jwt-auth/v1/token", "GET /nope"] {
        is_gate(&raw(&site, target).send().await);
        is_gate(&raw(&site, target).by(&site, "admin").send().await);
        is_gate(&raw(&site, target).basic("admin", &password).send().await);
        is_gate(&raw(&site, target).basic("gate", "no").send().await);
    }
    // WordPress' own 401 looks different.
    let own = call(&site, ME).basic("gate", "gatepw").send().await;
    assert_eq!(own.error(), (401, "rest_not_logged_in".into()));
    assert_eq!(own.header("WWW-Authenticate"), None);
    let body = json!({ "username": "admin", "password": "password" });
    let login = call(&site, "POST /jwt-auth/v1/token").basic("gate", "gatepw").json(&body).send().await;
    assert_eq!(login.status, 200);
    assert_eq!(call(&site, "GET /wp/v2/posts").basic("gate", "gatepw").send().await.status, 200);
}

#[tokio::test]
async fn one_header_has_no_room_for_two_credentials() {
    let site = gated().start().await;
    let token = site.token("admin");
    let merged = format!("Basic Z2F0ZTpnYXRlcHc=, Bearer {token}");
    let reply = call(&site, ME).header("Authorization", &merged).send().await;
    assert_eq!(reply.error(), (401, "rest_not_logged_in".into()));
    let two = call(&site, ME).basic("gate", "gatepw").bearer(&token).send().await;
    assert_eq!((two.status, two.header("Content-Type")), (400, Some("text/html")));
    // Nobody reads the other header by itself.
    let other = format!("Bearer {token}");
    let other = call(&site, ME).basic("gate", "gatepw").header("X-Authorization", &other).send().await;
    assert_eq!(other.error(), (401, "rest_not_logged_in".into()));
    // Both agree when the gate knows a user and one of its application passwords.
    let password = site.application_password("admin");
    site.set_host_password(Some(("admin", &password)));
    assert_eq!(call(&site, ME).basic("admin", &password).send().await.text, r#"{"id":1}"#);
    is_gate(&call(&site, ME).basic("gate", "gatepw").send().await);
    site.set_host_password(None);
    assert_eq!(call(&site, ME).bearer(&token).send().await.status, 200);
}

#[tokio::test]
async fn a_gate_may_leave_the_other_header_to_wordpress() {
    for plugin in [Plugin::JwtAuth, Plugin::UsefulTeam, Plugin::ApiBearerAuth { jwt: false }] {
        let site = gated().plugin(plugin.clone()).host_password_in_x_authorization(true).start().await;
        let token = format!("Bearer {}", site.token("admin"));
        let both = || call(&site, ME).basic("gate", "gatepw");
        assert_eq!(both().header("X-Authorization", &token).send().await.status, 200, "{plugin:?}");
        assert_eq!(both().send().await.status, 401);
        is_gate(&call(&site, ME).header("X-Authorization", &token).send().await);
    }
    let site = gated().host_password_in_x_authorization(true).start().await;
    let password = site.application_password("admin");
    let credential = format!("Basic {}", STANDARD.encode(format!("admin:{password}")));
    let me = call(&site, ME).basic("gate", "gatepw").header("X-Authorization", &credential).send().await;
    assert_eq!(me.status, 200);
}

#[tokio::test]
async fn the_gates_credential_spoils_the_login_of_api_bearer_auth() {
    let site = gated().plugin(Plugin::ApiBearerAuth { jwt: false }).start().await;
    site.application_password("admin");
    let body = json!({ "username": "admin", "password": "password" });
    let login = || call(&site, "POST /api-bearer-auth/v1/login").basic("gate", "gatepw").json(&body);
    assert_eq!(login().send().await.error(), (401, "invalid_username".into()));
    let me = call(&site, ME).basic("gate", "gatepw").send().await;
    assert_eq!(me.error(), (401, "api_bearer_auth_not_logged_in".into()));
    // Where the gate's header ends at the server, it works.
    site.set_header_arrives(HeaderPath::Nowhere);
    assert_eq!(login().send().await.status, 200);
}
