//! `/wp/v2/tags` and `/wp/v2/categories`.

use serde_json::json;
use wp_testkit::StandIn;

use crate::client::call;

#[tokio::test]
async fn tag_has_the_recorded_shape() {
    let site = StandIn::start().await;
    let url = site.url();
    let reply = call(&site, "GET /wp/v2/tags/15").send().await;
    assert_eq!(
        reply.json(),
        json!({
            "id": 15, "count": 2, "description": "", "link": format!("{url}/tag/tag-5/"),
            "name": "Tag 5", "slug": "tag-5", "taxonomy": "post_tag", "meta": [],
            "_links": {
                "self": [{ "href": format!("{url}/wp-json/wp/v2/tags/15"), "targetHints": { "allow": ["GET"] } }],
                "collection": [{ "href": format!("{url}/wp-json/wp/v2/tags") }],
                "about": [{ "href": format!("{url}/wp-json/wp/v2/taxonomies/post_tag") }],
                "wp:post_type": [{ "href": format!("{url}/wp-json/wp/v2/posts?tags=15") }],
                "curies": [{ "name": "wp", "href": "https://api.w.org/{rel}", "templated": true }],
            },
        })
    );
    let category = call(&site, "GET /wp/v2/categories/2").send().await;
    assert_eq!(
        category.keys(),
        ["id", "count", "description", "link", "name", "slug", "taxonomy", "parent", "meta", "_links"]
    );
    let embed = call(&site, "GET /wp/v2/tags/15?context=embed").send().await;
    assert_eq!(embed.keys(), ["id", "link", "name", "slug", "taxonomy", "_links"]);
}

#[tokio::test]
async fn term_list_past_the_end_is_empty() {
    let site = StandIn::start().await;
    let first = call(&site, "GET /wp/v2/tags").send().await;
    assert_eq!((first.header("X-WP-Total"), first.header("X-WP-TotalPages")), (Some("15"), Some("2")));
    assert_eq!(first.ids()[..3], [11, 20, 21], "by name: Tag 1, Tag 10, Tag 11");
    let beyond = call(&site, "GET /wp/v2/tags?page=99").send().await;
    assert_eq!((beyond.status, beyond.text.as_str()), (200, "[]"));
    let previous = format!("<{}/wp-json/wp/v2/tags?page=2>; rel=\"prev\"", site.url());
    assert_eq!(beyond.header("Link"), Some(previous.as_str()));
    assert_eq!(call(&site, "GET /wp/v2/tags?post=8").send().await.ids(), [17]);
}

#[tokio::test]
async fn duplicate_term_is_an_error() {
    let site = StandIn::start().await;
    let create = async |login: &str, route: &str, body: serde_json::Value| {
        call(&site, &format!("POST /wp/v2/{route}")).by(&site, login).json(&body).send().await
    };
    let made = create("author", "tags/", json!({ "name": "New tags", "description": "d" })).await;
    let id = made.json()["id"].clone();
    assert_eq!((made.status, &made.json()["slug"]), (201, &json!("new-tags")));
    let location = format!("{}/wp-json/wp/v2/tags/{id}", site.url());
    assert_eq!(made.header("Location"), Some(location.as_str()));
    let again = create("admin", "tags", json!({ "name": "Tag 1" })).await;
    assert_eq!(
        again.json(),
        json!({
            "code": "term_exists",
            "message": "A term with the name provided already exists in this taxonomy.",
            "data": { "status": 400, "term_id": 11 },
            "additional_data": [11, 11],
        })
    );
    let other_slug = create("admin", "tags", json!({ "name": "Tag 1", "slug": "other" })).await;
    assert_eq!(other_slug.status, 201);
    let nameless = create("admin", "tags", json!({})).await;
    assert_eq!(
        nameless.json(),
        json!({
            "code": "rest_missing_callback_param", "message": "Missing parameter(s): name",
            "data": { "status": 400, "params": ["name"] },
        })
    );
    let refused = create("author", "categories", json!({ "name": "C" })).await;
    assert_eq!(refused.error(), (403, "rest_cannot_create".into()));
    let unknown = call(&site, "GET /wp/v2/tags/999999").send().await;
    assert_eq!(unknown.error(), (404, "rest_term_invalid".into()));
    // A category is not a tag.
    assert_eq!(call(&site, "GET /wp/v2/tags/2").send().await.status, 404);
}

#[tokio::test]
async fn term_delete_requires_force() {
    let site = StandIn::start().await;
    let delete =
        async |route: &str| call(&site, &format!("DELETE /wp/v2/{route}")).by(&site, "admin").send().await;
    assert_eq!(delete("tags/17").await.error(), (501, "rest_trash_not_supported".into()));
    let gone = delete("tags/17?force=true").await;
    assert_eq!(gone.header("Allow"), None);
    assert_eq!(
        gone.json()["previous"],
        json!({
            "id": 17, "count": 2, "description": "", "link": format!("{}/tag/tag-7/", site.url()),
            "name": "Tag 7", "slug": "tag-7", "taxonomy": "post_tag", "meta": [],
        })
    );
    assert_eq!(call(&site, "GET /wp/v2/posts/8").send().await.json()["tags"], json!([]));
    let default = delete("categories/1?force=true").await;
    assert_eq!(default.error(), (403, "rest_cannot_delete".into()));
    assert_eq!(default.header("Allow"), Some("GET, POST, PUT, PATCH"));
}

#[tokio::test]
async fn link_of_a_category_is_below_its_parents() {
    let site = StandIn::builder().posts(0).start().await;
    let send = async |route: &str, body: serde_json::Value| {
        call(&site, &format!("POST /wp/v2/{route}")).by(&site, "admin").json(&body).send().await.json()
    };
    let top =
        send("categories", json!({ "name": "Top", "description": "<b>b</b><script>s</script> & c" })).await;
    // Also of an administrator.
    assert_eq!(top["description"], "<b>b</b>s &amp; c");
    let inner = send("categories", json!({ "name": "Inner", "parent": top["id"] })).await;
    let deep = send("categories", json!({ "name": "Deep", "parent": inner["id"] })).await;
    assert_eq!(deep["link"], format!("{}/category/top/inner/deep/", site.url()));
    // What is below a term cannot be above it.
    let circle = send(&format!("categories/{}", top["id"]), json!({ "parent": deep["id"] })).await;
    assert_eq!(
        (&circle["parent"], &circle["link"]),
        (&json!(0), &json!(format!("{}/category/top/", site.url())))
    );
}
