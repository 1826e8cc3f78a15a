//! Any route.

use serde_json::json;
use wp_client::{Body, Error, ErrorCode, Multipart, UploadRefusal, UploadRefusalKind};

use crate::site::Site;

pub(crate) async fn index_lists_namespaces(site: Site) {
    let reply = site.anonymous().get("/").reply().await.unwrap();
    let namespaces = reply.body["namespaces"].as_array().unwrap();
    assert!(namespaces.iter().any(|name| name == "wp/v2"));
    assert!(reply.body["routes"]["/wp/v2/posts"].is_object());
    assert_eq!(reply.salvaged.is_some(), site.is_noisy());
}

pub(crate) async fn every_method_reaches_the_site(site: Site) {
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

pub(crate) async fn form_in_php_notation_is_read(site: Site) {
    let wp = site.admin();
    let tags = wp.tags().list().per_page(2).await.unwrap();
    let ids: Vec<u64> = tags.iter().map(|tag| tag.id.get()).collect();
    let post = wp.post("/wp/v2/posts").form(json!({"title": "a=b&c ü", "tags": ids})).await.unwrap();
    assert_eq!(post["title"]["raw"], "a=b&c ü");
    assert_eq!(post["tags"], json!(ids));
    wp.delete(&format!("/wp/v2/posts/{}", post["id"])).query("force", true).await.unwrap();
}

pub(crate) async fn multipart_file_is_stored(site: Site) {
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

fn refusal(error: &Error) -> UploadRefusal {
    assert!(!error.may_have_happened() && !error.is_retryable(), "{error}");
    error.upload_refusal().unwrap_or_else(|| panic!("{error:?}")).clone()
}

pub(crate) async fn refused_upload_names_the_reason(site: Site) {
    let wp = site.admin();
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
    for (part, name, media, content, kind) in [
        ("file", "a.svg", "image/svg+xml", svg, UploadRefusalKind::Type),
        ("file", "a.heic", "image/heic", "no picture", UploadRefusalKind::Type),
        ("file", "a.exe", "application/octet-stream", "MZ", UploadRefusalKind::Type),
        ("file", "a.txt", "text/plain", "", UploadRefusalKind::Empty),
        ("other", "a.txt", "text/plain", "text", UploadRefusalKind::NoFile),
    ] {
        let form = Multipart::new().file(part, name, media, content);
        let error = wp.post("/wp/v2/media").multipart(form).await.unwrap_err();
        assert_eq!(refusal(&error).kind, kind, "{error}");
        if part == "file" {
            let disposition = format!("attachment; filename=\"{name}\"");
            let raw =
                wp.post("/wp/v2/media").header("content-disposition", &disposition).body(media, content);
            let error = raw.await.unwrap_err();
            assert_eq!(refusal(&error).kind, kind, "{error}");
        }
    }
    let error = wp.post("/wp/v2/media").body("text/plain", "text").await.unwrap_err();
    assert_eq!(refusal(&error).kind, UploadRefusalKind::NoFile, "{error}");
    let form = Multipart::new().text("title", "no file");
    let error = wp.post("/wp/v2/media").multipart(form).await.unwrap_err();
    assert_eq!(refusal(&error).kind, UploadRefusalKind::NoFile, "{error}");
}

pub(crate) async fn too_large_upload_names_the_limit(site: Site) {
    let wp = site.admin();
    // WordPress looks into a file, and takes some repetitions for something else than text.
    let text = |megabytes: usize| "a line of text\n".repeat((megabytes << 20) / 15);
    for (megabytes, setting) in [(3, "upload_max_filesize"), (9, "post_max_size")] {
        let form = Multipart::new().file("file", "long.txt", "text/plain", text(megabytes));
        let error = wp.post("/wp/v2/media").multipart(form).await.unwrap_err();
        let refusal = refusal(&error);
        assert_eq!((refusal.kind, refusal.setting), (UploadRefusalKind::TooLarge, Some(setting)), "{error}");
        assert!(error.is_too_large() && error.to_string().contains(setting), "{error}");
        assert!(error.hint().unwrap().contains("as it is"), "{error:?}");
    }
    // As it is, neither counts.
    for megabytes in [3, 9] {
        let file = wp.post("/wp/v2/media").header("content-disposition", "attachment; filename=\"long.txt\"");
        let media = file.body("text/plain", text(megabytes)).await.unwrap();
        assert_eq!(media["media_details"]["filesize"], text(megabytes).len());
        wp.delete(&format!("/wp/v2/media/{}", media["id"])).query("force", true).await.unwrap();
    }
}

pub(crate) async fn head_gives_the_totals_and_options_the_schema(site: Site) {
    let wp = site.anonymous();
    let page = wp.get("/wp/v2/posts").query("per_page", 2).reply().await.unwrap();
    let head = wp.head("/wp/v2/posts").query("per_page", 2).reply().await.unwrap();
    assert!(head.totals.is_some() && head.totals == page.totals);
    let error = wp.head("/wp/v2/posts/999999999").await.unwrap_err();
    assert_eq!(error.status().unwrap(), 404, "{error}");
    let options = wp.options("/wp/v2/posts").reply().await.unwrap();
    assert_eq!(options.status, 200);
    if site.is_real() {
        assert_eq!(options.body["schema"]["title"], "post");
        assert!(options.headers["allow"].to_str().unwrap().contains("GET"));
    }
}

pub(crate) async fn request_accepts_a_full_url_of_the_site(site: Site) {
    let wp = site.anonymous();
    let post = wp.get("/wp/v2/posts?per_page=1").await.unwrap()[0].clone();
    let link = post["_links"]["self"][0]["href"].as_str().unwrap();
    let by_query = format!("/?rest_route=/wp/v2/posts/{}", post["id"]);
    for address in [link, &format!("/wp-json/wp/v2/posts/{}", post["id"]), &by_query] {
        assert_eq!(wp.get(address).await.unwrap()["id"], post["id"], "{address}");
    }
}

pub(crate) async fn unknown_route_is_an_error(site: Site) {
    let error = site.anonymous().get("/no-such-plugin/v1/thing").await.unwrap_err();
    assert!(error.is_not_found() && error.code() == Some(&ErrorCode::NO_ROUTE));
}

pub(crate) async fn invalid_json_is_an_error(site: Site) {
    let error = site.admin().post("/wp/v2/posts").body("application/json", "{\"title\":").await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (400, Some(&ErrorCode::INVALID_JSON)));
}

pub(crate) async fn duplicate_term_is_an_error(site: Site) {
    let wp = site.admin();
    let first = wp.post("/wp/v2/tags").json(&json!({"name": "behaviour"})).await.unwrap();
    let error = wp.post("/wp/v2/tags").json(&json!({"name": "behaviour"})).await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (400, Some(&ErrorCode::TERM_EXISTS)));
    assert_eq!(error.api_error().unwrap().data()["term_id"], first["id"]);
    wp.delete(&format!("/wp/v2/tags/{}", first["id"])).query("force", true).await.unwrap();
}
