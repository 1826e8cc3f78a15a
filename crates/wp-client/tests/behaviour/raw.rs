//! Any route.

use serde_json::json;
use wp_client::{Body, ErrorCode, Multipart};

use crate::site::Site;

pub(crate) async fn the_index_names_its_namespaces(site: Site) {
    let reply = site.nobody().get("/").reply().await.unwrap();
    let namespaces = reply.body["namespaces"].as_array().unwrap();
    assert!(namespaces.iter().any(|name| name == "wp/v2"));
    assert!(reply.body["routes"]["/wp/v2/posts"].is_object());
    assert!(reply.salvaged.is_none());
}

pub(crate) async fn every_verb_arrives(site: Site) {
    let wp = site.admin();
    let post = wp.post("/wp/v2/posts").json(&json!({"title": "Verbs"})).reply().await.unwrap();
    assert_eq!(post.status, 201);
    let route = format!("/wp/v2/posts/{}", post.body["id"]);
    assert!(post.headers["location"].to_str().unwrap().contains(&*post.body["id"].to_string()));
    assert_eq!(wp.put(&route).json(&json!({"title": "put"})).await.unwrap()["title"]["raw"], "put");
    assert_eq!(wp.patch(&route).json(&json!({"title": "patch"})).await.unwrap()["title"]["raw"], "patch");
    assert_eq!(wp.get(&route).query("context", "edit").await.unwrap()["title"]["raw"], "patch");
    assert_eq!(wp.delete(&route).query("force", true).await.unwrap()["deleted"], true);
}

pub(crate) async fn a_form_in_php_notation_arrives(site: Site) {
    let wp = site.admin();
    let tags = wp.tags().list().per_page(2).await.unwrap();
    let ids: Vec<u64> = tags.iter().map(|tag| tag.id.get()).collect();
    let post = wp.post("/wp/v2/posts").form(json!({"title": "a=b&c ü", "tags": ids})).await.unwrap();
    assert_eq!(post["title"]["raw"], "a=b&c ü");
    assert_eq!(post["tags"], json!(ids));
    wp.delete(&format!("/wp/v2/posts/{}", post["id"])).query("force", true).await.unwrap();
}

pub(crate) async fn a_file_arrives_in_a_form(site: Site) {
    let wp = site.admin();
    let text = "A text\r\nof two lines\n";
    let form = Multipart::new().text("title", "Dün \"e\" & so").text("alt_text", "two\nlines").file(
        "file",
        "behaviour dün.txt",
        "text/plain",
        Body::stream(Body::from(text), text.len() as u64),
    );
    let media = wp.post("/wp/v2/media").multipart(form).await.unwrap();
    assert_eq!(
        (&media["title"]["raw"], &media["mime_type"]),
        (&json!("Dün \"e\" & so"), &json!("text/plain"))
    );
    assert!(media["source_url"].as_str().unwrap().contains("behaviour"), "{media}");
    assert_eq!(media["media_details"]["filesize"], text.len());
    wp.delete(&format!("/wp/v2/media/{}", media["id"])).query("force", true).await.unwrap();
}

pub(crate) async fn an_unknown_route_is_told(site: Site) {
    let error = site.nobody().get("/no-such-plugin/v1/thing").await.unwrap_err();
    assert!(error.is_not_found() && error.code() == Some(&ErrorCode::NO_ROUTE));
}

pub(crate) async fn broken_json_is_told(site: Site) {
    let error = site.admin().post("/wp/v2/posts").body("application/json", "{\"title\":").await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (400, Some(&ErrorCode::INVALID_JSON)));
}

pub(crate) async fn a_term_that_exists_is_told(site: Site) {
    let wp = site.admin();
    let first = wp.post("/wp/v2/tags").json(&json!({"name": "behaviour"})).await.unwrap();
    let error = wp.post("/wp/v2/tags").json(&json!({"name": "behaviour"})).await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (400, Some(&ErrorCode::TERM_EXISTS)));
    assert_eq!(error.api_error().unwrap().data()["term_id"], first["id"]);
    wp.delete(&format!("/wp/v2/tags/{}", first["id"])).query("force", true).await.unwrap();
}
