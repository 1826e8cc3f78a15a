//! What has no recording: types of the test, what is refused, and what the stand-in does not serve.

use serde_json::{Value, json};
use wp_testkit::{MetaType, PostType, StandIn};

use crate::client::{Reply, call};

async fn send(site: &StandIn, line: &str, body: Value) -> Reply {
    call(site, line).by(site, "admin").json(&body).send().await
}

async fn books() -> StandIn {
    let books = PostType::new("book", "books")
        .taxonomy("genre", "genres", true)
        .shared_taxonomy("post_tag")
        .meta("pages", MetaType::Integer)
        .meta("isbn", MetaType::Text);
    StandIn::builder().post_type(books).posts(0).start().await
}

#[tokio::test]
async fn registered_post_type_has_its_fields_terms_and_meta() {
    let site = books().await;
    let genre = send(&site, "POST /wp/v2/genres", json!({ "name": "Dunes" })).await.json()["id"].clone();
    let inner = json!({ "name": "Desert", "parent": genre });
    let inner = send(&site, "POST /wp/v2/genres", inner).await.json()["id"].clone();
    let book = json!({ "title": "Dune", "status": "publish", "genres": [inner], "meta": { "pages": "604", "x": 1 } });
    let made = send(&site, "POST /wp/v2/books", book).await;
    let (body, id) = (made.json(), made.json()["id"].clone());
    assert_eq!((made.status, &body["type"], &body["genres"]), (201, &json!("book"), &json!([inner])));
    assert_eq!(body["meta"], json!({ "pages": 604, "isbn": "" }));
    assert!(body.get("sticky").is_none() && body.get("categories").is_none() && body["tags"].is_array());
    let location = format!("{}/wp-json/wp/v2/books/{id}", site.url());
    assert_eq!(made.header("Location"), Some(location.as_str()));

    let ids = async |query: &str| call(&site, &format!("GET /wp/v2/books?{query}")).send().await.ids();
    assert_eq!(ids("").await, [id.as_u64().unwrap()]);
    assert_eq!(ids(&format!("genres={genre}")).await, Vec::<u64>::new());
    assert_eq!(ids(&format!("genres[terms]={genre}&genres[include_children]=true")).await.len(), 1);
    assert_eq!(ids(&format!("genres_exclude={inner}")).await, Vec::<u64>::new());
    let bad = send(&site, &format!("POST /wp/v2/books/{id}"), json!({ "meta": { "pages": "many" } })).await;
    assert_eq!(bad.error(), (400, "rest_invalid_type".into()));
    let kind = call(&site, "GET /wp/v2/types/book").send().await.json();
    assert_eq!((&kind["rest_base"], &kind["taxonomies"]), (&json!("books"), &json!(["genre", "post_tag"])));
    // It is not a post, and a site without it has no such route.
    assert_eq!(call(&site, &format!("GET /wp/v2/posts/{id}")).send().await.status, 404);
    let other = StandIn::start().await;
    assert_eq!(call(&other, "GET /wp/v2/books").send().await.error(), (404, "rest_no_route".into()));
}

#[tokio::test]
async fn what_is_not_served_says_so() {
    let site = StandIn::start().await;
    for line in [
        "GET /wp/v2/blocks",
        "GET /wp/v2/blocks/1",
        "GET /wp/v2/blocks/3/revisions",
        "GET /wp/v2/menu-items/1/autosaves/2",
        "GET /wp/v2/templates/theme//home",
        "POST /wp/v2/media/3/edit",
        "GET /wp/v2/block-types/core/paragraph",
        "GET /oembed/1.0/embed",
        "GET /wp-abilities/v1/abilities",
    ] {
        let reply = call(&site, line).send().await;
        assert_eq!(reply.error(), (501, "stand_in_not_served".into()), "{line}");
        assert!(reply.json()["message"].as_str().unwrap().contains("stand-in"), "{line}");
    }
    for line in [
        "GET /wp/v2/nonsense",
        "GET /wp/v2/blocks/1/nonsense",
        "GET /wp/v2/blocksandmore",
        "GET /wp/v2/comments/1/revisions",
        "GET /wp/v2/comments/abc",
        "GET /wp/v3",
        "GET /wp/v2/posts/3/revisions/4/5",
    ] {
        assert_eq!(call(&site, line).send().await.error(), (404, "rest_no_route".into()), "{line}");
    }
    for (route, body) in [
        ("media", json!({ "url": "http://127.0.0.1/x.png" })),
        (
            "users",
            json!({ "username": "x", "email": "x@example.org", "password": "x", "roles": ["author", "editor"] }),
        ),
    ] {
        let reply = send(&site, &format!("POST /wp/v2/{route}"), body).await;
        assert_eq!(reply.error(), (501, "stand_in_not_served".into()), "{route}");
    }
}

/// A refused write changes nothing.
#[tokio::test]
async fn refused_write_leaves_all_as_it_was() {
    let site = StandIn::start().await;
    let before = call(&site, "GET /wp/v2/posts/3").send().await.json();
    let empty = json!({ "title": "", "content": "", "excerpt": "" });
    assert_eq!(send(&site, "POST /wp/v2/posts/3", empty).await.error(), (400, "empty_content".into()));
    assert_eq!(call(&site, "GET /wp/v2/posts/3").send().await.json(), before);

    for body in [json!({ "password": "" }), json!({ "password": "a\\b" }), json!({ "username": "other" })] {
        assert_eq!(send(&site, "POST /wp/v2/users/2", body.clone()).await.status, 400, "{body}");
    }
    let login = json!({ "username": "editor", "password": "password" });
    assert_eq!(call(&site, "POST /jwt-auth/v1/token").json(&login).send().await.status, 200);

    let term = call(&site, "GET /wp/v2/tags/15").send().await.json();
    for (body, code) in
        [(json!({ "slug": "tag-1" }), "duplicate_term_slug"), (json!({ "name": " " }), "empty_term_name")]
    {
        let reply = send(&site, "POST /wp/v2/tags/15", body).await;
        assert_eq!((reply.status, &reply.json()["code"]), (500, &json!(code)));
    }
    assert_eq!(call(&site, "GET /wp/v2/tags/15").send().await.json(), term);

    let none = json!({
        "validation": "require-all-validate",
        "requests": [
            { "path": "/wp/v2/tags", "body": { "name": "Never" } },
            { "path": "/wp/v2/tags", "body": {} },
        ],
    });
    let text = send(&site, "POST /batch/v1", json!({ "requests": "x" })).await;
    assert_eq!(text.json()["data"]["params"]["requests"], "requests[0] is not of type object.");
    let reply = send(&site, "POST /batch/v1", none).await;
    assert_eq!((reply.status, &reply.json()["responses"][0]), (207, &Value::Null));
    assert_eq!(call(&site, "GET /wp/v2/tags?search=never").send().await.text, "[]");
}

#[tokio::test]
async fn links_are_embedded_and_responses_enveloped() {
    let site = StandIn::start().await;
    let post = call(&site, "GET /wp/v2/posts/3?_embed").send().await.json();
    assert_eq!(post["_embedded"]["author"][0]["id"], post["author"]);
    assert_eq!(post["_embedded"]["wp:term"].as_array().unwrap().len(), 2);
    let some = call(&site, "GET /wp/v2/posts/3?_embed=author").send().await.json();
    assert!(some["_embedded"].get("wp:term").is_none());
    let missing = call(&site, "GET /wp/v2/posts/999999?_envelope").send().await;
    assert_eq!((missing.status, &missing.json()["status"]), (200, &json!(404)));
    let script = call(&site, "GET /wp/v2/posts/3?_jsonp=take").send().await;
    assert!(script.text.starts_with("/**/take({") && script.text.ends_with("})"));
}

/// A file in a form, with text around it.
#[tokio::test]
async fn file_in_a_form_is_an_attachment() {
    let site = StandIn::start().await;
    let form = "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA note\r\n\
        --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"my note.txt\"\r\nContent-Type: text/plain\r\n\r\n\
        two\r\nlines\r\n--b--\r\n";
    let upload = async || {
        let call = call(&site, "POST /wp/v2/media").by(&site, "author");
        call.text("multipart/form-data; boundary=b", form).send().await
    };
    let first = upload().await;
    let body = first.json();
    assert_eq!((first.status, &body["title"]["raw"], &body["filesize"]), (201, &json!("A note"), &json!(10)));
    assert!(body["source_url"].as_str().unwrap().ends_with("/my-note.txt"));
    // Another file does not take its place.
    assert!(upload().await.json()["source_url"].as_str().unwrap().ends_with("/my-note-1.txt"));
}

#[tokio::test]
async fn addresses_in_comments_are_links() {
    let site = StandIn::start().await;
    let comment =
        async |text: &str| send(&site, "POST /wp/v2/comments", json!({ "post": 3, "content": text })).await;
    let made = comment("See https://example.com/x?a=1&b=2, and example.org.").await.json();
    let link = "https://example.com/x?a=1&#038;b=2";
    let link = format!("<a href=\"{link}\" rel=\"nofollow ugc\">{link}</a>");
    assert_eq!(made["content"]["rendered"], format!("<p>See {link}, and example.org.</p>\n"));
    assert_eq!(comment("<a href=\"/x\">x</a>").await.error(), (501, "stand_in_not_served".into()));
}
