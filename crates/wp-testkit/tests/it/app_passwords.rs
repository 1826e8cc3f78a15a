//! Application passwords, against recorded responses.

use serde_json::json;
use wp_testkit::StandIn;

use crate::client::{call, keys};

const ROUTE: &str = "/wp/v2/users/me/application-passwords";

#[tokio::test]
async fn app_password_signs_in_or_is_ignored() {
    let site = StandIn::start().await;
    let password = site.application_password("editor");
    assert_eq!(password.len(), 29);
    assert!(password.split(' ').all(|group| group.len() == 4));
    let bare = password.replace(' ', "");
    for (name, password, status) in [
        ("editor", password.as_str(), 200),
        ("editor", bare.as_str(), 200),
        ("editor@example.org", password.as_str(), 200),
        ("editor", "password", 401),
        ("admin", password.as_str(), 401),
        ("ghost", password.as_str(), 401),
    ] {
        let me = call(&site, "GET /wp/v2/users/me?_fields=id").basic(name, password).send().await;
        assert_eq!(me.status, status, "{name}");
        let posts = call(&site, "GET /wp/v2/posts?per_page=1").basic(name, password).send().await;
        assert_eq!(posts.status, 200, "{name}");
    }
    for header in ["Basic editor", "Basic ????", "Basic", ""] {
        let reply = call(&site, "GET /wp/v2/users/me").header("Authorization", header).send().await;
        assert_eq!(reply.error(), (401, "rest_not_logged_in".into()));
    }
    let users: Vec<_> = site.log().into_iter().map(|entry| entry.user).collect();
    assert_eq!(users.iter().flatten().count(), 6);
}

#[tokio::test]
async fn app_password_create_and_delete() {
    let site = StandIn::start().await;
    let own = site.application_password("editor");
    let ask = |line: String| call(&site, &line).basic("editor", &own);
    let made = ask(format!("POST {ROUTE}")).json(&json!({ "name": "sdk" })).send().await;
    assert_eq!(made.status, 201);
    let fields = ["uuid", "app_id", "name", "created", "last_used", "last_ip", "password", "_links"];
    assert_eq!(made.keys(), fields);
    assert_eq!(made.header("Allow"), Some("GET, POST, DELETE"));
    let body = made.json();
    let uuid = body["uuid"].as_str().unwrap();
    let item = format!("{}/wp-json/wp/v2/users/2/application-passwords/{uuid}", site.url());
    assert_eq!(made.header("Location"), Some(item.as_str()));
    assert_eq!(body["last_used"], json!(null));
    // Names need not be unique.
    assert_eq!(ask(format!("POST {ROUTE}")).json(&json!({ "name": "sdk" })).send().await.status, 201);

    let list = ask(format!("GET {ROUTE}")).send().await.json();
    assert_eq!(list.as_array().unwrap().len(), 3);
    assert!(!keys(&list[1]).contains(&"password".to_owned()));
    let used = ask(format!("GET {ROUTE}/introspect")).send().await.json();
    assert_eq!((&used["name"], &used["last_ip"]), (&json!("stand-in"), &json!("127.0.0.1")));
    let renamed = ask(format!("PUT {ROUTE}/{uuid}")).json(&json!({ "name": "renamed" })).send().await;
    assert_eq!(renamed.json()["name"], "renamed");
    let gone = ask(format!("DELETE {ROUTE}/{uuid}")).send().await.json();
    assert_eq!(gone["deleted"], true);
    assert_eq!(keys(&gone["previous"]), ["uuid", "app_id", "name", "created", "last_used", "last_ip"]);
    let again = ask(format!("DELETE {ROUTE}/{uuid}")).send().await;
    assert_eq!(again.error(), (404, "rest_application_password_not_found".into()));
    assert_eq!(again.header("Allow"), Some("GET, POST, PUT, PATCH, DELETE"));
    let all = ask(format!("DELETE {ROUTE}")).send().await;
    assert_eq!(all.json(), json!({ "deleted": true, "count": 2 }));
    assert_eq!(ask("GET /wp/v2/users/me".into()).send().await.status, 401);
}

#[tokio::test]
async fn app_password_errors() {
    let site = StandIn::start().await;
    let bad = async |body: serde_json::Value| {
        call(&site, &format!("POST {ROUTE}")).by(&site, "admin").json(&body).send().await
    };
    let empty = bad(json!({ "name": "" })).await;
    assert_eq!(
        empty.json()["data"]["details"]["name"],
        json!({ "code": "rest_too_short", "message": "name must be at least 1 character long.", "data": null })
    );
    assert_eq!(bad(json!({})).await.error(), (400, "rest_missing_callback_param".into()));
    let app_id = bad(json!({ "name": "x", "app_id": "nope" })).await;
    assert_eq!(app_id.json()["data"]["details"]["app_id"]["code"], "rest_no_matching_schema");
    for (login, line, status, code) in [
        ("", format!("GET {ROUTE}"), 401, "rest_not_logged_in"),
        ("admin", "GET /wp/v2/users/999/application-passwords".into(), 404, "rest_user_invalid_id"),
        (
            "author",
            "GET /wp/v2/users/1/application-passwords".into(),
            403,
            "rest_cannot_list_application_passwords",
        ),
        ("admin", format!("GET {ROUTE}/introspect"), 404, "rest_no_authenticated_app_password"),
    ] {
        let asked = call(&site, &line);
        let asked = if login.is_empty() { asked } else { asked.by(&site, login) };
        assert_eq!(asked.send().await.error(), (status, code.to_owned()), "{login} {line}");
    }
}

#[tokio::test]
async fn miniorange_api_key_signs_in() {
    let site = StandIn::builder().api_key("X-API-Key", "k3y", "author").start().await;
    let me = |key: &str| call(&site, "GET /wp/v2/users/me?_fields=id").header("x-api-key", key).send();
    assert_eq!(me("k3y").await.json(), json!({ "id": 3 }));
    assert_eq!(me("other").await.error(), (401, "rest_not_logged_in".into()));
    assert!(!format!("{:?}", site.log()).contains("k3y"));
}
