//! `/wp/v2/users`.

use serde_json::json;
use wp_testkit::StandIn;

use crate::client::call;

#[tokio::test]
async fn users_me_has_the_recorded_shape() {
    let site = StandIn::start().await;
    let url = site.url();
    let view = call(&site, "GET /wp/v2/users/me").by(&site, "admin").send().await;
    let avatar = |size: u8| {
        let hash = "9387ed9432ec25ef93df84b8a0b9697ddef435a945e7f244670c4f79f88363e9";
        format!("https://secure.gravatar.com/avatar/{hash}?s={size}&d=mm&r=g")
    };
    let allow = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    assert_eq!(view.header("Allow").unwrap(), allow.join(", "));
    assert_eq!(
        view.json(),
        json!({
            "id": 1, "name": "admin", "url": url, "description": "",
            "link": format!("{url}/author/admin/"), "slug": "admin",
            "avatar_urls": { "24": avatar(24), "48": avatar(48), "96": avatar(96) },
            "meta": [],
            "_links": {
                "self": [{
                    "href": format!("{url}/wp-json/wp/v2/users/1"), "targetHints": { "allow": allow },
                }],
                "collection": [{ "href": format!("{url}/wp-json/wp/v2/users") }],
            },
        })
    );
    let edit = call(&site, "GET /wp/v2/users/me?context=edit").by(&site, "author").send().await;
    assert_eq!(
        edit.keys(),
        [
            "id",
            "username",
            "name",
            "first_name",
            "last_name",
            "email",
            "url",
            "description",
            "link",
            "locale",
            "nickname",
            "slug",
            "roles",
            "registered_date",
            "capabilities",
            "extra_capabilities",
            "avatar_urls",
            "meta",
            "_links",
        ]
    );
    let edit = edit.json();
    assert_eq!(edit["roles"], json!(["author"]));
    assert_eq!(edit["extra_capabilities"], json!({ "author": true }));
    assert_eq!(edit["capabilities"]["publish_posts"], true);
    assert!(edit["registered_date"].as_str().unwrap().ends_with("+00:00"));
    let subscriber = call(&site, "GET /wp/v2/users/me").by(&site, "subscriber").send().await;
    assert_eq!(subscriber.header("Allow"), Some("GET, POST, PUT, PATCH"));
    let head = call(&site, "HEAD /wp/v2/users/me").by(&site, "admin").send().await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
}

#[tokio::test]
async fn anonymous_requests_see_only_authors() {
    let site = StandIn::start().await;
    let list = call(&site, "GET /wp/v2/users").send().await;
    // By display name: admin, Author User, Editor User.
    assert_eq!(list.ids(), [1, 3, 2]);
    assert_eq!(list.header("X-WP-Total"), Some("3"));
    let all = call(&site, "GET /wp/v2/users?per_page=2").by(&site, "admin").send().await;
    assert_eq!((all.header("X-WP-Total"), all.header("X-WP-TotalPages")), (Some("5"), Some("3")));
    let beyond = call(&site, "GET /wp/v2/users?page=99").send().await;
    assert_eq!((beyond.status, beyond.text.as_str()), (200, "[]"));
    let previous = format!("<{}/wp-json/wp/v2/users?page=1>; rel=\"prev\"", site.url());
    assert_eq!(beyond.header("Link"), Some(previous.as_str()));
}

#[tokio::test]
async fn user_permissions() {
    let site = StandIn::start().await;
    for (login, line, status, code) in [
        ("", "GET /wp/v2/users/me", 401, "rest_not_logged_in"),
        ("", "GET /wp/v2/users/4", 401, "rest_user_cannot_view"),
        ("author", "GET /wp/v2/users/4", 403, "rest_user_cannot_view"),
        ("", "GET /wp/v2/users?roles=administrator", 401, "rest_user_cannot_view"),
        ("", "GET /wp/v2/users?context=edit", 401, "rest_forbidden_context"),
        ("", "GET /wp/v2/users?orderby=email", 401, "rest_forbidden_orderby"),
        ("subscriber", "GET /wp/v2/users/1?context=edit", 403, "rest_forbidden_context"),
        ("", "GET /wp/v2/users/999999", 404, "rest_user_invalid_id"),
        ("subscriber", "POST /wp/v2/users/1", 403, "rest_cannot_edit"),
        ("admin", "DELETE /wp/v2/users/4?reassign=1", 501, "rest_trash_not_supported"),
        ("admin", "DELETE /wp/v2/users/4?force=true", 400, "rest_missing_callback_param"),
        ("admin", "DELETE /wp/v2/users/4?force=true&reassign=4", 400, "rest_user_invalid_reassign"),
    ] {
        let asked = call(&site, line);
        let asked = if login.is_empty() { asked } else { asked.by(&site, login) };
        assert_eq!(asked.send().await.error(), (status, code.to_owned()), "{login} {line}");
    }
    let me = call(&site, "GET /wp/v2/users/me").send().await;
    assert_eq!(me.header("Allow"), Some("GET"));
}

#[tokio::test]
async fn user_create_update_delete() {
    let site = StandIn::start().await;
    let body =
        json!({ "username": "zed", "email": "zed@example.org", "password": "pw", "roles": ["author"] });
    let create = async || call(&site, "POST /wp/v2/users").by(&site, "admin").json(&body).send().await;
    let made = create().await;
    assert_eq!((made.status, &made.json()["roles"]), (201, &json!(["author"])));
    let again = create().await;
    assert_eq!((again.status, &again.json()["data"]), (500, &json!(null)));
    assert_eq!(again.json()["code"], "existing_user_login");
    let id = made.json()["id"].clone();
    let gone = call(&site, &format!("DELETE /wp/v2/users/{id}?force=true&reassign=")).by(&site, "admin");
    assert_eq!(gone.send().await.json()["deleted"], true);
    let none = json!({ "username": "n2", "email": "n2@example.org", "password": "pw", "roles": [] });
    let none = call(&site, "POST /wp/v2/users").by(&site, "admin").json(&none).send().await.json();
    assert_eq!((&none["roles"], &none["capabilities"]), (&json!([]), &json!({})));
    let locale = call(&site, "POST /wp/v2/users/me").by(&site, "admin").json(&json!({ "locale": "xx_XX" }));
    let message = "locale is not one of  and en_US.";
    assert_eq!(locale.send().await.json()["data"]["params"]["locale"], message);
    let named = call(&site, "POST /wp/v2/users/me").by(&site, "author").json(&json!({ "name": "N" }));
    assert_eq!(named.send().await.json()["name"], "N");
}

#[tokio::test]
async fn names_of_users_are_filled_and_filtered() {
    let site = StandIn::builder().posts(0).start().await;
    let create = async |login: &str, mut body: serde_json::Value| {
        body["username"] = json!(login);
        body["email"] = json!(format!("{login}@example.org"));
        body["password"] = json!("x");
        call(&site, "POST /wp/v2/users").by(&site, "admin").json(&body).send().await.json()
    };
    for (login, body, name) in [
        ("a1", json!({ "first_name": "Fi", "last_name": "La" }), "Fi La"),
        ("a2", json!({ "first_name": "Fi" }), "Fi"),
        ("a3", json!({ "name": "" }), "a3"),
        ("a4", json!({ "name": "<b>N</b> & M" }), "N &amp; M"),
    ] {
        assert_eq!(create(login, body).await["name"], name, "{login}");
    }
    let body = json!({ "slug": "My Slug", "locale": "", "nickname": "", "url": "example.org",
        "description": " <script>x</script><b>b</b> & " });
    let user = create("a5", body).await;
    assert_eq!(
        (&user["slug"], &user["locale"], &user["nickname"]),
        (&json!("my-slug"), &json!("en_US"), &json!("a5"))
    );
    assert_eq!(
        (&user["url"], &user["description"]),
        (&json!("http://example.org"), &json!(" x<b>b</b> &amp; "))
    );
    assert_eq!(create("a6", json!({ "slug": "editor" })).await["slug"], "editor-2");
    let cleared = json!({ "name": "", "slug": "" });
    let route = format!("POST /wp/v2/users/{}", user["id"]);
    let cleared = call(&site, &route).by(&site, "admin").json(&cleared).send().await.json();
    assert_eq!((&cleared["name"], &cleared["slug"]), (&json!("a5"), &json!("a5")));
}
