//! `/wp/v2/posts/{id}/revisions`, and `/wp/v2/search`.

use serde_json::{Value, json};
use wp_testkit::StandIn;

use crate::client::{Reply, call};

async fn send(site: &StandIn, login: &str, line: &str, body: Value) -> Reply {
    let asked = call(site, line);
    let asked = if login.is_empty() { asked } else { asked.by(site, login) };
    if body.is_null() { asked.send().await } else { asked.json(&body).send().await }
}

#[tokio::test]
async fn each_update_of_a_text_is_a_revision() {
    let site = StandIn::builder().posts(0).start().await;
    for base in ["posts", "pages"] {
        let made =
            send(&site, "admin", &format!("POST /wp/v2/{base}"), json!({ "title": "T", "content": "1" }))
                .await;
        let id = made.json()["id"].clone();
        let item = format!("/wp/v2/{base}/{id}");
        let list = async |query: &str| {
            send(&site, "admin", &format!("GET {item}/revisions{query}"), Value::Null).await
        };
        assert_eq!(list("").await.ids(), [0; 0]);
        for body in [json!({ "content": "2" }), json!({ "content": "3 & 4" }), json!({ "menu_order": 5 })] {
            send(&site, "editor", &format!("POST {item}"), body).await;
        }
        let all = list("?context=edit").await;
        let texts: Vec<Value> =
            all.json().as_array().unwrap().iter().map(|own| own["content"]["raw"].clone()).collect();
        assert_eq!((texts, all.header("X-WP-Total")), (vec![json!("3 & 4"), json!("2")], Some("2")));
        let ids = all.ids();
        assert_eq!(list("?order=asc").await.ids(), [ids[1], ids[0]]);
        assert_eq!(list("?per_page=1&page=2").await.ids(), [ids[1]]);
        assert_eq!(
            list("?per_page=1&page=3").await.error(),
            (400, "rest_revision_invalid_page_number".into())
        );
        assert_eq!(list("?search=2").await.error(), (501, "stand_in_not_served".into()));

        let one = list(&format!("/{}", ids[0])).await.json();
        assert_eq!((&one["author"], &one["parent"]), (&json!(2), &id));
        assert_eq!(
            (&one["slug"], &one["meta"]),
            (&json!(format!("{id}-revision-v1")), &json!({ "footnotes": "" }))
        );
        assert_eq!(one["content"], json!({ "rendered": "<p>3 &#038; 4</p>\n" }));
        assert_eq!(one["_links"]["parent"][0]["href"], format!("{}/wp-json{item}", site.url()));
        let keys = "author date date_gmt id modified modified_gmt parent slug guid title content excerpt meta _links";
        assert_eq!(list(&format!("/{}", ids[0])).await.keys().join(" "), keys);
        let embed = list(&format!("/{}?context=embed", ids[0])).await;
        assert_eq!(embed.keys().join(" "), "author date id parent slug title excerpt _links");
        let current = send(&site, "admin", &format!("GET {item}"), Value::Null).await.json();
        assert_eq!(current["_links"]["predecessor-version"][0]["id"], ids[0]);
    }
}

#[tokio::test]
async fn revisions_are_read_by_who_may_edit_and_deleted_by_nobody() {
    let site = StandIn::start().await;
    send(&site, "admin", "POST /wp/v2/posts/8", json!({ "title": "New" })).await;
    send(&site, "admin", "POST /wp/v2/posts/9", json!({ "title": "New" })).await;
    let of = async |id: u64| {
        send(&site, "admin", &format!("GET /wp/v2/posts/{id}/revisions"), Value::Null).await.ids()[0]
    };
    let (own, other) = (of(8).await, of(9).await);
    for (login, line, status, code) in [
        ("", "GET /wp/v2/posts/8/revisions".to_owned(), 401, "rest_cannot_read"),
        ("subscriber", "GET /wp/v2/posts/8/revisions".to_owned(), 403, "rest_cannot_read"),
        ("", "GET /wp/v2/posts/999999/revisions".to_owned(), 404, "rest_post_invalid_parent"),
        ("admin", "GET /wp/v2/pages/8/revisions".to_owned(), 404, "rest_post_invalid_parent"),
        ("admin", "GET /wp/v2/posts/8/revisions/999999".to_owned(), 404, "rest_post_invalid_id"),
        ("admin", format!("GET /wp/v2/posts/8/revisions/{other}"), 404, "rest_revision_parent_id_mismatch"),
        ("admin", format!("GET /wp/v2/posts/{own}"), 404, "rest_post_invalid_id"),
        ("admin", format!("DELETE /wp/v2/posts/8/revisions/{own}?force=true"), 403, "rest_cannot_delete"),
        ("admin", format!("DELETE /wp/v2/posts/8/revisions/{own}"), 403, "rest_cannot_delete"),
        ("", format!("DELETE /wp/v2/posts/8/revisions/{own}"), 401, "rest_cannot_delete"),
        ("admin", "POST /wp/v2/posts/8/revisions".to_owned(), 404, "rest_no_route"),
    ] {
        assert_eq!(
            send(&site, login, &line, Value::Null).await.error(),
            (status, code.to_owned()),
            "{login} {line}"
        );
    }
}

#[tokio::test]
async fn search_finds_published_posts_and_terms() {
    let site = StandIn::builder().posts(0).start().await;
    let post = async |base: &str, title: &str, status: &str| {
        let body = json!({ "title": title, "status": status });
        send(&site, "admin", &format!("POST /wp/v2/{base}"), body).await.json()["id"].as_u64().unwrap()
    };
    let (one, two) =
        (post("posts", "Quokka & one", "publish").await, post("pages", "Quokka two", "publish").await);
    post("posts", "Quokka draft", "draft").await;
    let tag = json!({ "name": "Quokkas" });
    let tag = send(&site, "admin", "POST /wp/v2/tags", tag).await.json()["id"].as_u64().unwrap();
    let search = async |query: &str| call(&site, &format!("GET /wp/v2/search?{query}")).send().await;
    for (query, mut expected) in [
        ("search=quokka", vec![one, two]),
        ("search=quokka&subtype=page", vec![two]),
        ("search=quokka&subtype=page,any", vec![one, two]),
        (&format!("search=quokka&exclude={one}"), vec![two]),
        (&format!("include={one}"), vec![one]),
        ("type=term&search=quokka", vec![tag]),
        ("type=term&search=quokka&subtype=category", vec![]),
    ] {
        let mut found = search(query).await.ids();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{query}");
    }
    let (url, found) = (site.url(), search("search=one").await);
    let rest = format!("{url}/wp-json/wp/v2");
    let link = call(&site, &format!("GET /wp/v2/posts/{one}")).send().await.json()["link"].clone();
    let item = json!({
        "id": one, "title": "Quokka &#038; one", "url": link, "type": "post", "subtype": "post",
        "_links": {
            "self": [{
                "embeddable": true, "href": format!("{rest}/posts/{one}"), "targetHints": { "allow": ["GET"] },
            }],
            "about": [{ "href": format!("{rest}/types/post") }],
            "collection": [{ "href": format!("{rest}/search") }],
        },
    });
    assert_eq!((found.json(), found.header("X-WP-Total")), (json!([item]), Some("1")));
    let term = search("type=term&search=quokka").await.json();
    assert_eq!(
        (&term[0]["type"], &term[0]["url"]),
        (&json!("post_tag"), &json!(format!("{url}/tag/quokkas/")))
    );
    assert!(term[0].get("subtype").is_none());
    assert_eq!(search("type=post-format").await.text, "[]");
    send(&site, "admin", &format!("POST /wp/v2/posts/{one}"), json!({ "format": "aside" })).await;
    let collection = json!([{ "href": format!("{rest}/search") }]);
    let aside = json!({
        "id": "aside", "title": "Aside", "url": format!("{url}/type/aside/"), "type": "post-format",
        "_links": { "collection": collection },
    });
    assert_eq!(search("type=post-format").await.json(), json!([aside]));
    // Past the end, WordPress does not count posts.
    let beyond = search("page=99").await;
    assert_eq!((beyond.status, &*beyond.text, beyond.header("X-WP-Total")), (200, "[]", Some("0")));
    for (query, status, code) in [
        ("type=term&page=99", 400, "rest_search_invalid_page_number"),
        ("subtype=nonsense", 400, "rest_invalid_param"),
        ("type=nonsense", 400, "rest_invalid_param"),
        ("context=edit", 400, "rest_invalid_param"),
        ("subtype=category", 501, "stand_in_not_served"),
    ] {
        assert_eq!(search(query).await.error(), (status, code.into()), "{query}");
    }
}
