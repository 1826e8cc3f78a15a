//! Items read as other types: in the context `edit`, by selected fields, with more fields, with embedded items, one by
//! one; and resources of a third crate.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};
use wp_client::models::{NewPost, PostId, PostPatch, Rendered, TagId};
use wp_client::{Client, Create, ErrorKind, Id, Name, Nested, PostType, Resource, Revisions, Rooted, Update};
use wp_client::{Get, Listed, Paged, filters};

use crate::transports;

fn post(id: usize) -> Value {
    let content = format!("<!-- wp:paragraph --><p>{id} &amp; more</p><!-- /wp:paragraph -->");
    json!({
        "id": id, "slug": format!("post-{id}"), "status": "publish", "title": {"rendered": format!("Post {id}")},
        "content": {"rendered": "<p>…</p>", "raw": content, "block_version": 1}, "guid": {"rendered": "", "raw": ""},
        "excerpt": {"rendered": "", "raw": ""}, "meta": {"isbn": format!("isbn-{id}")},
        "_embedded": {"author": [{"id": 3, "name": "Ana"}]},
    })
}

/// As WordPress selects fields and contexts.
fn shown(mut item: Value, query: &[(String, String)]) -> Value {
    let value = |name: &str| query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    if value("context") != Some("edit") {
        for text in ["title", "content", "guid", "excerpt"] {
            item[text].as_object_mut().unwrap().remove("raw");
        }
    } else if item["title"]["raw"].is_null() {
        item["title"]["raw"] = item["title"]["rendered"].clone();
    }
    if value("_embed").is_none() {
        item.as_object_mut().unwrap().remove("_embedded");
    }
    if let Some(fields) = value("_fields") {
        let first: Vec<_> = fields.split(',').map(|field| field.split('.').next().unwrap()).collect();
        item.as_object_mut().unwrap().retain(|name, _| first.contains(&name.as_str()));
    }
    item
}

/// A site with 25 posts, of which each request gets what it asked for.
async fn site() -> MockServer {
    let server = MockServer::start().await;
    let respond = |request: &Request| {
        let query: Vec<(String, String)> = request.url.query_pairs().into_owned().collect();
        let number = |name: &str| -> Option<usize> {
            query.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.parse().ok())
        };
        let path = request.url.path();
        let body = match path.rsplit('/').next().unwrap_or_default() {
            "posts" if request.method == http::Method::POST => {
                let mut saved = shown(post(99), &[("context".to_owned(), "edit".to_owned())]);
                saved["title"] = json!({"raw": "Dune", "rendered": "Dune"});
                saved["status"] = "pending".into();
                saved
            }
            "posts" | "books" | "revisions" => {
                let (page, size) = (number("page").unwrap_or(1), number("per_page").unwrap_or(10));
                let first = number("offset").unwrap_or((page - 1) * size);
                (1..=25).skip(first).take(size).map(|id| shown(post(id), &query)).collect()
            }
            "404" => {
                let error = json!({"code": "rest_post_invalid_id", "message": "Invalid post ID.", "data": {"status": 404}});
                return ResponseTemplate::new(404).set_body_json(error);
            }
            id => shown(post(id.parse().unwrap()), &query),
        };
        ResponseTemplate::new(200)
            .insert_header("x-wp-total", "25")
            .insert_header("x-wp-totalpages", "3")
            .set_body_json(body)
    };
    Mock::given(any()).respond_with(respond).mount(&server).await;
    server
}

fn clients(server: &MockServer) -> Vec<Client> {
    let client = |transport| Client::builder(server.uri()).transport(transport).build().unwrap();
    transports().into_iter().map(|(_, transport)| client(transport)).collect()
}

async fn last_query(server: &MockServer, name: &str) -> Option<String> {
    let requests = server.received_requests().await.unwrap();
    let pairs = requests.last().unwrap().url.query_pairs();
    pairs.into_iter().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn the_context_edit_has_the_texts_as_they_were_written() {
    let server = site().await;
    for wp in clients(&server) {
        let id = PostId::new(7).unwrap();
        let one = wp.posts().get(id).edit().await.unwrap();
        let listed = wp.posts().list().page(1).edit().await.unwrap();
        let raw = "<!-- wp:paragraph --><p>7 &amp; more</p><!-- /wp:paragraph -->";
        assert_eq!((&*one.content.raw, &*listed[6].content.raw), (raw, raw));
        // The view has no such text; writing it back needs a request for the other context.
        assert_eq!(wp.posts().get(id).await.unwrap().content.rendered, "<p>…</p>");
    }
}

#[tokio::test]
async fn a_post_without_its_raw_text_is_an_error_in_the_context_edit() {
    let server = MockServer::start().await;
    let view = json!({"id": 7, "title": {"rendered": "x"}, "content": {"rendered": "<p>x</p>"}});
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(view)).mount(&server).await;
    for wp in clients(&server) {
        let id = PostId::new(7).unwrap();
        assert!(wp.posts().get(id).await.is_ok());
        assert!(wp.posts().get(id).edit().await.is_err(), "a cache ignored the context");
    }
}

#[derive(Debug, Deserialize, PartialEq)]
struct Slim {
    slug: String,
    title: Title,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Title {
    rendered: String,
}

#[tokio::test]
async fn a_selection_asks_for_the_fields_of_its_type_and_walks_all_pages() {
    let server = site().await;
    for wp in clients(&server) {
        let one = wp.posts().get(PostId::new(7).unwrap()).select::<Slim>().await.unwrap();
        assert_eq!((one.slug.as_str(), one.title.rendered.as_str()), ("post-7", "Post 7"));
        assert_eq!(last_query(&server, "_fields").await.unwrap(), "slug,title.rendered,id");

        let mut walk = wp.posts().list().select::<Slim>().per_page(10).stream();
        let mut slugs = Vec::new();
        assert_eq!(walk.totals(), None, "nothing is requested yet");
        while let Some(slim) = walk.try_next().await.unwrap() {
            assert_eq!(walk.totals().unwrap().items, 25);
            slugs.push(slim.slug);
        }
        assert_eq!(slugs, (1..=25).map(|id| format!("post-{id}")).collect::<Vec<_>>());

        // Filters work before and after it, and an ignored one is still noticed by the keys.
        let error = wp.posts().list().select::<Slim>().include([PostId::new(99).unwrap()]).await.unwrap_err();
        assert!(error.to_string().contains("`include`"), "{error}");
    }
}

#[derive(Debug, Deserialize)]
struct Isbn {
    meta: Fields,
}

#[derive(Debug, Deserialize)]
struct Fields {
    isbn: String,
}

#[tokio::test]
async fn an_item_can_be_read_with_more_fields_and_with_embedded_items() {
    let server = site().await;
    for wp in clients(&server) {
        let page = wp.posts().list().edit().with::<Isbn>().await.unwrap();
        assert_eq!((page[2].id.get(), page[2].extra.meta.isbn.as_str()), (3, "isbn-3"));
        let one = wp.posts().get(PostId::new(7).unwrap()).with::<Isbn>().await.unwrap();
        assert_eq!((one.slug.as_str(), one.extra.meta.isbn.as_str()), ("post-7", "isbn-7"));
        let page = wp.posts().list().embed().await.unwrap();
        assert_eq!(page[0].extra.author().unwrap().unwrap().name, "Ana");
        let one = wp.posts().get(PostId::new(7).unwrap()).embed().await.unwrap();
        assert_eq!(one.extra.author().unwrap().unwrap().id.get(), 3);
    }
}

#[tokio::test]
async fn a_missing_item_is_none_and_other_errors_stay_errors() {
    let server = site().await;
    for wp in clients(&server) {
        assert_eq!(wp.posts().get_opt(PostId::new(404).unwrap()).await.unwrap(), None);
        assert_eq!(wp.posts().get_opt(PostId::new(7).unwrap()).await.unwrap().unwrap().slug, "post-7");
    }
    for (status, code) in [(403, "rest_forbidden"), (404, "rest_no_route"), (500, "internal_server_error")] {
        let server = MockServer::start().await;
        let error = json!({"code": code, "message": "No.", "data": {"status": status}});
        let response = ResponseTemplate::new(status).set_body_json(error);
        Mock::given(any()).respond_with(response).mount(&server).await;
        for wp in clients(&server) {
            let outcome = wp.posts().get_opt(PostId::new(7).unwrap()).await;
            assert!(outcome.is_err(), "{status} {code}");
        }
    }
}

#[tokio::test]
async fn an_unreadable_item_of_a_lenient_list_is_an_error_in_its_place() {
    let server = MockServer::start().await;
    let body = json!([post(1), {"id": 0, "slug": "s3cret"}, post(3)]);
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(&server).await;
    for wp in clients(&server) {
        assert!(wp.posts().list().await.is_err());
        let page = wp.posts().list().lenient().await.unwrap();
        let ids: Vec<_> = page.iter().map(|post| post.as_ref().ok().map(|post| post.id.get())).collect();
        assert_eq!(ids, [Some(1), None, Some(3)]);
        let error = page[1].as_ref().unwrap_err();
        assert_eq!(error.value()["slug"], "s3cret");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}

#[tokio::test]
async fn an_item_of_a_lenient_list_is_converted_as_the_request_says() {
    let server = MockServer::start().await;
    let mut odd = post(3);
    odd["slug"] = 3.into();
    let body = json!([post(1), {"id": 0}, odd]);
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(&server).await;
    for wp in clients(&server) {
        let read = |page: &[Result<_, _>]| page.iter().map(Result::is_ok).collect::<Vec<_>>();
        let page = wp.posts().list().lenient().await.unwrap();
        let paths: Vec<_> = page.coercions.iter().map(|found| found.path.as_str()).collect();
        assert_eq!((read(&page), paths), (vec![true, false, true], vec!["[2].slug"]));
        let page = wp.posts().list().strict().lenient().await.unwrap();
        assert_eq!(read(&page), [true, false, false]);
        let error = page[2].as_ref().unwrap_err();
        assert!(error.to_string().contains("a number or a boolean in place of a text"), "{error}");
    }
}

#[tokio::test]
async fn a_checked_write_names_the_fields_that_were_not_saved() {
    let server = site().await;
    for wp in clients(&server) {
        let new = NewPost::titled("Dune")
            .status(wp_client::models::PostStatus::Publish)
            .tags([TagId::new(3).unwrap()])
            .meta("isbn", "isbn-99")
            .meta("pages", 412);
        let saved = wp.posts().create(new).checked().await.unwrap();
        let fields: Vec<_> = saved.differences.iter().map(ToString::to_string).collect();
        let expected =
            ["`status` was saved with another value", "`tags` was not saved", "`meta.pages` was not saved"];
        assert_eq!((saved.item.id.get(), fields), (99, expected.map(str::to_owned).to_vec()));
    }
}

/// A custom post type of a third crate, its versions, and a resource with names for keys.
#[derive(Debug, Deserialize)]
struct Book {
    id: Id<Book>,
    title: Rendered,
}

#[derive(Serialize)]
struct BookFields {
    title: String,
}

impl Resource for Book {
    type Key = Id<Book>;
    type Edit = Self;

    fn key(&self) -> Id<Book> {
        self.id
    }
}

impl Rooted for Book {
    const ROUTE: &'static str = "/wp/v2/books";
}

impl PostType for Book {}

impl Create for Book {
    type New = BookFields;
}

impl Update for Book {
    type Patch = BookFields;
}

impl Revisions for Book {
    type Revision = BookVersion;
}

#[derive(Debug, Deserialize)]
struct BookVersion {
    id: Id<BookVersion>,
}

impl Resource for BookVersion {
    type Key = Id<BookVersion>;
    type Edit = Self;

    fn key(&self) -> Id<BookVersion> {
        self.id
    }
}

impl Nested<Book> for BookVersion {
    const SEGMENT: &'static str = "revisions";
}

impl Get for BookVersion {}
impl Listed for BookVersion {
    type Filters = filters::None;
}
impl Paged for BookVersion {}

#[tokio::test]
async fn a_resource_of_a_third_crate_has_the_verbs_that_it_declares() {
    let server = site().await;
    for wp in clients(&server) {
        let books = wp.collection::<Book>();
        let page = books.list().status(wp_client::models::PostStatus::Publish).slug("dune").await.unwrap();
        assert_eq!((page.len(), page[3].title.rendered.as_str()), (10, "Post 4"));
        let versions = books.revisions(page[0].id);
        assert_eq!(versions.list().per_page(2).await.unwrap().len(), 2);
        let version = versions.get(Id::new(9).unwrap()).await.unwrap();
        assert_eq!(version.id.get(), 9);
        let requests = server.received_requests().await.unwrap();
        assert_eq!(requests.last().unwrap().url.path(), "/wp-json/wp/v2/books/1/revisions/9");
        let elsewhere = wp.collection_at::<Book>("/acme/v1/books").get(Id::new(5).unwrap()).await.unwrap();
        assert_eq!(elsewhere.id.get(), 5);
    }
}

#[tokio::test]
async fn a_name_with_a_slash_keeps_it_and_an_empty_one_sends_nothing() {
    #[derive(Debug, Deserialize)]
    struct Plugin {
        slug: Name<Plugin>,
    }
    impl Resource for Plugin {
        type Key = Name<Plugin>;
        type Edit = Self;
        const KEY: &'static str = "slug";

        fn key(&self) -> Name<Plugin> {
            self.slug.clone()
        }
    }
    impl Get for Plugin {}

    let server = site().await;
    for wp in clients(&server) {
        let plugins = wp.collection_at::<Plugin>("/wp/v2/plugins");
        assert_eq!(plugins.get("akismet/7").await.unwrap().key(), "post-7");
        let requests = server.received_requests().await.unwrap();
        assert_eq!(requests.last().unwrap().url.path(), "/wp-json/wp/v2/plugins/akismet/7");
        for name in ["", "..", "a/../../users/7"] {
            let error = plugins.get(name).await.unwrap_err();
            assert!(error.to_string().contains("/wp/v2/plugins"), "{error}");
        }
        assert_eq!(server.received_requests().await.unwrap().len(), requests.len());
    }
}

#[tokio::test]
async fn taking_a_value_away_is_sent_as_wordpress_reads_it() {
    let patch = PostPatch::default().featured_media(None).date(None).tags([]).template("");
    let json = serde_json::to_string(&patch).unwrap();
    assert_eq!(json, r#"{"featured_media":0,"tags":[],"date":null,"template":""}"#);
}

#[tokio::test]
async fn an_update_is_not_sent_if_the_item_was_changed_since_it_was_read() {
    let server = MockServer::start().await;
    let respond = |request: &Request| {
        let mut item = shown(post(7), &[("context".to_owned(), "edit".to_owned())]);
        let is_read = !request.url.query().unwrap_or_default().contains("_fields");
        let minute = i32::from(!(is_read || request.url.path().ends_with("/8")));
        item["modified_gmt"] = format!("2024-01-31T10:0{minute}:00").into();
        item["id"] = request.url.path().rsplit('/').next().unwrap().parse::<u64>().unwrap().into();
        ResponseTemplate::new(200).set_body_json(item)
    };
    Mock::given(any()).respond_with(respond).mount(&server).await;
    for wp in clients(&server) {
        let sent = || async {
            let requests = server.received_requests().await.unwrap();
            requests.iter().filter(|request| request.method == http::Method::POST).count()
        };
        let before = sent().await;
        let read = wp.posts().get(PostId::new(7).unwrap()).edit().await.unwrap();
        let error =
            wp.posts().update_if_unmodified(&read, PostPatch::default().title("x")).await.unwrap_err();
        let ErrorKind::Conflict(conflict) = error.kind() else { panic!("{error}") };
        assert_eq!(conflict.found.unwrap().to_string(), "2024-01-31T10:01:00");
        assert!(!error.may_have_happened() && sent().await == before, "{error}");

        let read = wp.posts().get(PostId::new(8).unwrap()).edit().await.unwrap();
        let saved = wp.posts().update_if_unmodified(&read, PostPatch::default().title("x")).await.unwrap();
        assert_eq!((saved.id.get(), sent().await), (8, before + 1));
    }
}

#[tokio::test]
async fn an_update_is_not_sent_if_the_site_does_not_say_when_the_item_was_changed() {
    let server = MockServer::start().await;
    let respond = |request: &Request| {
        let mut item = shown(post(7), &[("context".to_owned(), "edit".to_owned())]);
        let is_read = !request.url.query().unwrap_or_default().contains("_fields");
        let is_silent = match request.url.path().rsplit('/').next() {
            Some("7") => true,
            Some("8") => is_read,
            _ => !is_read,
        };
        item["modified_gmt"] = if is_silent { serde_json::Value::Null } else { "2024-01-31T10:00:00".into() };
        item["id"] = request.url.path().rsplit('/').next().unwrap().parse::<u64>().unwrap().into();
        ResponseTemplate::new(200).set_body_json(item)
    };
    Mock::given(any()).respond_with(respond).mount(&server).await;
    for wp in clients(&server) {
        for id in [7, 8, 9] {
            let read = wp.posts().get(PostId::new(id).unwrap()).edit().await.unwrap();
            let outcome = wp.posts().update_if_unmodified(&read, PostPatch::default().title("x")).await;
            let error = outcome.unwrap_err();
            let ErrorKind::Conflict(conflict) = error.kind() else { panic!("{error}") };
            assert!(conflict.read.is_none() || conflict.found.is_none(), "{conflict:?}");
            assert!(error.to_string().contains("modified_gmt"), "{error}");
        }
    }
    let requests = server.received_requests().await.unwrap();
    assert!(requests.iter().all(|request| request.method == http::Method::GET));
}
