//! What PHP and plugins write in the fields of posts, users and terms, over both transports.

use serde::Deserialize;
use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};
use wp_client::models::{Post, Rendered, User, UserId};
use wp_client::php::{Coercion, CoercionKind};
use wp_client::{Client, Delete, ErrorKind, Id, PostType, Resource, Rooted};

use crate::transports;

fn post(id: u64) -> Value {
    json!({
        "id": id, "date": "2024-03-01T10:00:00", "date_gmt": "2024-03-01T09:00:00",
        "guid": {"rendered": format!("https://example.org/?p={id}")},
        "modified": "2024-03-02T10:00:00", "modified_gmt": "2024-03-02T09:00:00", "slug": format!("post-{id}"),
        "status": "publish", "type": "post", "link": format!("https://example.org/post-{id}/"),
        "title": {"rendered": format!("Post {id}")}, "content": {"rendered": "<p>Text</p>\n", "protected": false},
        "excerpt": {"rendered": "<p>Text</p>\n", "protected": false}, "author": 1, "featured_media": 0,
        "comment_status": "open", "ping_status": "open", "sticky": false, "template": "", "format": "standard",
        "meta": {"footnotes": ""}, "categories": [1], "tags": [], "class_list": ["post-1", "post"],
        "_links": {"self": [{"href": format!("https://example.org/wp-json/wp/v2/posts/{id}")}]}
    })
}

fn user() -> Value {
    json!({
        "id": 3, "username": "ana", "name": "Ana", "first_name": "Ana", "last_name": "B",
        "email": "ana@example.org", "url": "", "description": "", "link": "https://example.org/author/ana/",
        "locale": "en_US", "nickname": "ana", "slug": "ana", "roles": ["editor"],
        "registered_date": "2024-01-01T10:00:00+00:00", "capabilities": {"edit_posts": true},
        "extra_capabilities": {"editor": true}, "avatar_urls": {"24": "https://a.example/24"},
        "meta": {"persisted_preferences": []}
    })
}

fn term(id: u64) -> Value {
    json!({
        "id": id, "count": 2, "description": "", "link": "https://example.org/category/x/", "name": "X",
        "slug": "x", "taxonomy": "category", "parent": 0, "meta": []
    })
}

/// The value with these fields in place of its own.
fn with(mut value: Value, fields: &Value) -> Value {
    for (name, field) in fields.as_object().unwrap() {
        value[name] = field.clone();
    }
    value
}

/// The post in the context `edit`.
fn edited(mut post: Value) -> Value {
    for text in ["guid", "title", "content", "excerpt"] {
        post[text]["raw"] = post[text]["rendered"].clone();
    }
    post
}

async fn site(route: &str, body: &Value) -> MockServer {
    let server = MockServer::start().await;
    let response = ResponseTemplate::new(200)
        .insert_header("x-wp-total", "2")
        .insert_header("x-wp-totalpages", "1")
        .set_body_raw(body.to_string(), "application/json");
    Mock::given(path(format!("/wp-json{route}"))).respond_with(response).mount(&server).await;
    server
}

fn clients(server: &MockServer) -> impl Iterator<Item = Client> {
    let url = server.uri();
    transports()
        .into_iter()
        .map(move |(_, transport)| Client::builder(&url).transport(transport).build().unwrap())
}

/// A post with these fields beside a good one: it reads right, and a strict reading says where it had to be made to fit.
async fn reads_post(fields: Value, coerced: Option<(&str, CoercionKind)>, right: impl Fn(&Post) -> bool) {
    let server = site("/wp/v2/posts", &json!([post(8), with(post(7), &fields)])).await;
    for wp in clients(&server) {
        let page = wp.posts().list().await.unwrap_or_else(|error| panic!("{fields}: {error}"));
        assert_eq!((page.len(), page[0].id.get(), page[1].slug.as_str()), (2, 8, "post-7"), "{fields}");
        assert!(right(&page[1]), "{fields}: {:?}", page[1]);
        reported(&fields, &page.coercions, "[1].", coerced);
        strictly(&fields, wp.posts().list().strict().await.map(drop), "[1].", coerced);
    }
}

async fn reads_user(fields: Value, coerced: Option<(&str, CoercionKind)>, right: impl Fn(&User) -> bool) {
    let server = site("/wp/v2/users/me", &with(user(), &fields)).await;
    for wp in clients(&server) {
        let reply = wp.users().me().reply().await.unwrap_or_else(|error| panic!("{fields}: {error}"));
        assert!(right(&reply.body), "{fields}: {:?}", reply.body);
        reported(&fields, &reply.coercions, "", coerced);
        strictly(&fields, wp.users().me().strict().await.map(drop), "", coerced);
        // Who it is does not depend on what they show.
        assert_eq!(wp.verify().await.unwrap().id.get(), 3, "{fields}");
    }
}

#[track_caller]
fn reported(fields: &Value, coercions: &[Coercion], start: &str, expected: Option<(&str, CoercionKind)>) {
    let seen = coercions.first().map(|coercion| (coercion.path.clone(), coercion.kind));
    assert_eq!(seen, expected.map(|(path, kind)| (format!("{start}{path}"), kind)), "{fields}");
}

#[track_caller]
fn strictly(
    fields: &Value,
    read: wp_client::Result<()>,
    start: &str,
    expected: Option<(&str, CoercionKind)>,
) {
    match (read, expected) {
        (Ok(()), None) => {}
        (Err(error), Some((path, kind))) => {
            let ErrorKind::Decode(decode) = error.kind() else { panic!("{fields}: {error}") };
            assert_eq!(
                (decode.path(), decode.coercion()),
                (&*format!("{start}{path}"), Some(kind)),
                "{fields}"
            );
        }
        other => panic!("{fields}: {other:?}"),
    }
}

#[tokio::test]
async fn text_field_with_another_json_type() {
    use CoercionKind::{ErrorAsText, ScalarAsObject, ScalarAsText, Unreadable};
    let title = |text: &'static str| move |post: &Post| post.title.rendered == text;
    reads_post(json!({"title": false}), None, title("")).await;
    reads_post(json!({"title": null}), None, title("")).await;
    reads_post(json!({"title": []}), None, title("")).await;
    reads_post(json!({"title": ""}), None, title("")).await;
    reads_post(json!({"title": "Bare"}), Some(("title", ScalarAsObject)), title("Bare")).await;
    reads_post(json!({"title": 5}), Some(("title", ScalarAsObject)), title("5")).await;
    reads_post(json!({"title": {"rendered": 2024}}), Some(("title.rendered", ScalarAsText)), title("2024"))
        .await;
    reads_post(json!({"title": {"rendered": null}}), None, title("")).await;
    reads_post(json!({"title": {"rendered": ["x"]}}), Some(("title.rendered", Unreadable)), title("")).await;
    reads_post(json!({"guid": "https://example.org/?p=7"}), Some(("guid", ScalarAsObject)), |post| {
        post.guid.rendered == "https://example.org/?p=7"
    })
    .await;
    reads_post(json!({"generated_slug": null, "permalink_template": false}), None, |post| {
        post.generated_slug.is_none() && post.permalink_template.is_none()
    })
    .await;
    reads_post(json!({"template": 7, "link": null}), Some(("template", ScalarAsText)), |post| {
        post.template == "7"
    })
    .await;
    let error = json!({"link": {"errors": {"x": ["y"]}, "error_data": {}}});
    reads_post(error, Some(("link", ErrorAsText)), |post| post.link.is_empty()).await;
    reads_user(json!({"name": null}), None, |user| user.name.is_empty()).await;
    reads_user(json!({"name": 2024}), Some(("name", ScalarAsText)), |user| user.name == "2024").await;
    let none = json!({"email": false, "first_name": null, "last_name": false, "locale": []});
    reads_user(none, None, |user| {
        user.email.is_none() && user.first_name.is_none() && user.last_name.is_none() && user.locale.is_none()
    })
    .await;
}

#[tokio::test]
async fn map_field_with_another_json_type() {
    use CoercionKind::{AsFlag, ListAsMap, Unreadable};
    for none in [json!(false), json!(null), json!(""), json!([]), json!({})] {
        reads_post(json!({"meta": none}), None, |post| post.meta.is_empty()).await;
        reads_user(json!({"meta": none}), None, |user| user.meta.is_empty()).await;
        reads_user(json!({"avatar_urls": none}), None, |user| user.avatar_urls.is_empty()).await;
        reads_user(json!({"capabilities": none}), None, |user| user.capabilities.is_empty()).await;
    }
    reads_post(json!({"meta": ["x"]}), Some(("meta", ListAsMap)), |post| post.meta["0"] == "x").await;
    reads_post(json!({"meta": "x"}), Some(("meta", Unreadable)), |post| post.meta.is_empty()).await;
    reads_user(json!({"avatar_urls": {"24": false, "48": "u", "96": null}}), None, |user| {
        user.avatar_urls.len() == 1 && user.avatar_urls["48"] == "u"
    })
    .await;
    let odd = json!({"capabilities": {"a": [], "b": ["x"], "c": -1, "d": 1.5, "e": {"f": 1}, "g": "0", "edit_posts": true}});
    reads_user(odd, Some(("capabilities.b", AsFlag)), |user| {
        let may: Vec<_> =
            user.capabilities.iter().filter(|(_, may)| **may).map(|(name, _)| name.as_str()).collect();
        may == ["b", "c", "d", "e", "edit_posts"]
    })
    .await;
}

#[tokio::test]
async fn list_field_with_another_json_type() {
    use CoercionKind::{AsNumber, ObjectAsList, Unreadable};
    let roles =
        |expected: &'static [&str]| move |user: &User| user.roles.as_deref().unwrap_or_default() == expected;
    reads_user(json!({"roles": {"1": "editor"}}), Some(("roles", ObjectAsList)), roles(&["editor"])).await;
    reads_user(json!({"roles": {}}), None, roles(&[])).await;
    reads_user(json!({"roles": null}), None, roles(&[])).await;
    reads_user(json!({"roles": false}), None, roles(&[])).await;
    reads_user(json!({"roles": {"editor": true}}), Some(("roles", Unreadable)), roles(&[])).await;
    let ids = |post: &Post| post.categories.iter().map(|id| id.get()).collect::<Vec<_>>();
    reads_post(json!({"categories": {"0": 4, "3": 5}}), Some(("categories", ObjectAsList)), |post| {
        ids(post) == [4, 5]
    })
    .await;
    reads_post(json!({"categories": ["4", 0, 5.0]}), Some(("categories[0]", AsNumber)), |post| {
        ids(post) == [4, 5]
    })
    .await;
    reads_post(json!({"categories": "", "tags": false}), None, |post| {
        ids(post).is_empty() && post.tags.is_empty()
    })
    .await;
    reads_post(json!({"class_list": {"0": "a", "2": "b"}}), Some(("class_list", ObjectAsList)), |post| {
        post.class_list == ["a", "b"]
    })
    .await;
}

#[tokio::test]
async fn number_or_flag_with_another_json_type() {
    use CoercionKind::{AsFlag, AsNumber, Unreadable};
    reads_post(json!({"id": 7.0}), Some(("id", AsNumber)), |post| post.id.get() == 7).await;
    reads_post(json!({"id": "7"}), Some(("id", AsNumber)), |post| post.id.get() == 7).await;
    reads_post(json!({"author": "7", "featured_media": "0"}), Some(("author", AsNumber)), |post| {
        post.author == UserId::new(7) && post.featured_media.is_none()
    })
    .await;
    reads_post(json!({"author": false, "featured_media": []}), None, |post| post.author.is_none()).await;
    reads_post(json!({"author": "ana"}), Some(("author", Unreadable)), |post| post.author.is_none()).await;
    for one in [json!(1), json!("1"), json!("true"), json!("yes")] {
        let content = json!({"content": {"protected": one, "rendered": ""}});
        reads_post(content, Some(("content.protected", AsFlag)), |post| post.content.protected).await;
        reads_post(json!({"sticky": one}), Some(("sticky", AsFlag)), |post| post.sticky).await;
    }
    for zero in [json!(0), json!("0"), json!("false")] {
        reads_post(json!({"sticky": zero}), Some(("sticky", AsFlag)), |post| !post.sticky).await;
    }
    reads_post(json!({"sticky": null}), None, |post| !post.sticky).await;
}

#[tokio::test]
async fn a_date_in_another_form() {
    use CoercionKind::{DateForm, Unreadable};
    let date = |expected: &'static str| {
        move |post: &Post| post.date.is_some_and(|date| date.to_string() == expected)
    };
    for text in [
        "2024-03-01T10:00:00Z",
        "2024-03-01T10:00:00+02:00",
        "2024-03-01T10:00:00+0200",
        "2024-03-01T10:00:00.123",
        "2024-03-01T10:00:00.123456Z",
        "2024-03-01 10:00:00",
    ] {
        reads_post(json!({"date": text}), Some(("date", DateForm)), date("2024-03-01T10:00:00")).await;
    }
    reads_post(json!({"date_gmt": "2024-03-01T10:00:00+02:00"}), Some(("date_gmt", DateForm)), |post| {
        post.date_gmt.is_some_and(|date| date.to_string() == "2024-03-01T08:00:00")
    })
    .await;
    for never in
        [json!(false), json!(null), json!(""), json!("0000-00-00 00:00:00"), json!("-0001-11-30T00:00:00")]
    {
        reads_post(json!({"date": never, "modified_gmt": never}), None, |post| {
            post.date.is_none() && post.modified_gmt.is_none()
        })
        .await;
    }
    reads_post(json!({"date": "yesterday"}), Some(("date", Unreadable)), |post| post.date.is_none()).await;
    reads_post(json!({"date": 1_709_287_200}), Some(("date", Unreadable)), |post| post.date.is_none()).await;
}

#[tokio::test]
async fn term_fields_with_another_json_type() {
    let odd = json!({"name": 2024, "count": "2", "description": null, "link": {"errors": {"invalid_term": ["x"]}, "error_data": []}});
    let server = site("/wp/v2/categories", &json!([term(3), with(term(4), &odd)])).await;
    for wp in clients(&server) {
        let page = wp.categories().list().await.unwrap();
        let term = &page[1];
        assert_eq!((term.name.as_str(), term.count, term.link.as_str(), term.parent), ("2024", 2, "", None));
        let kinds: Vec<_> =
            page.coercions.iter().map(|coercion| (coercion.path.as_str(), coercion.kind)).collect();
        let at = |field: &str| format!("[1].{field}");
        let mut expected = vec![
            (at("count"), CoercionKind::AsNumber),
            (at("link"), CoercionKind::ErrorAsText),
            (at("name"), CoercionKind::ScalarAsText),
        ];
        let mut kinds: Vec<_> = kinds.into_iter().map(|(path, kind)| (path.to_owned(), kind)).collect();
        kinds.sort_by(|one, other| one.0.cmp(&other.0));
        expected.sort_by(|one, other| one.0.cmp(&other.0));
        assert_eq!(kinds, expected);
    }
}

#[tokio::test]
async fn list_page_as_an_object_with_numeric_keys_is_read() {
    let server = site("/wp/v2/posts", &json!({"0": post(8), "2": post(9)})).await;
    for wp in clients(&server) {
        let page = wp.posts().list().await.unwrap();
        assert_eq!(page.iter().map(|post| post.id.get()).collect::<Vec<_>>(), [8, 9]);
        let mut items = wp.posts().list().stream();
        let mut walked = Vec::new();
        while let Some(post) = items.try_next().await.unwrap() {
            walked.push(post.id.get());
        }
        assert_eq!(walked, [8, 9]);
        assert!(wp.posts().list().strict().await.is_err());
    }
    for other in [json!({"posts": []}), json!({"total": 2}), json!(false), json!(null), json!({})] {
        let server = site("/wp/v2/posts", &other).await;
        for wp in clients(&server) {
            assert!(wp.posts().list().await.is_err(), "{other} is not a page");
        }
    }
}

/// A row whose id is broken is an error that names it; a row with another odd field is read.
#[tokio::test]
async fn invalid_id_is_an_error_with_its_path() {
    for (id, path_of) in [
        (json!(null), "[12].id"),
        (json!("x"), "[12].id"),
        (json!(0), "[12].id"),
        (json!({"a": 1}), "[12].id"),
        (json!([]), "[12].id"),
        (json!(7.5), "[12].id"),
    ] {
        let mut rows: Vec<Value> = (1..=20).map(post).collect();
        rows[12]["id"] = id.clone();
        rows[3]["title"] = json!(5);
        let server = MockServer::start().await;
        let response =
            ResponseTemplate::new(200).set_body_raw(Value::from(rows).to_string(), "application/json");
        Mock::given(method("GET")).and(query_param("page", "2")).respond_with(response).mount(&server).await;
        for wp in clients(&server) {
            let error = wp.posts().list().page(2).await.unwrap_err();
            let ErrorKind::Decode(decode) = error.kind() else { panic!("{error}") };
            assert_eq!(decode.path(), path_of, "{id}: {error}");
        }
    }
}

#[tokio::test]
async fn raw_content_of_another_type_is_an_error() {
    for raw in [json!(5), json!(false), json!([]), json!({"a": "b"})] {
        let content = json!({"content": {"rendered": "x", "raw": raw, "protected": false}});
        let server = site("/wp/v2/posts", &json!([edited(post(8)), with(edited(post(7)), &content)])).await;
        for wp in clients(&server) {
            let error = wp.posts().list().edit().await.unwrap_err();
            let ErrorKind::Decode(decode) = error.kind() else { panic!("{error}") };
            assert_eq!(decode.path(), "[1].content.raw", "{raw}: {error}");
        }
    }
}

/// A struct of the user's own meets the same PHP.
#[tokio::test]
async fn custom_type_is_read_leniently() {
    #[derive(Debug, Deserialize)]
    struct Book {
        id: Id<Book>,
        title: Rendered,
        author: Option<UserId>,
        pages: u32,
        lent: bool,
        genres: Vec<String>,
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
    let book = |pages: Value| json!([{"id": "7", "title": "Dune", "author": 0, "pages": pages, "lent": 1, "genres": {"0": "sf", "2": "classic"}}]);
    let server = site("/wp/v2/books", &book(json!("412"))).await;
    for wp in clients(&server) {
        let books = wp.collection::<Book>().list().await.unwrap();
        let book = &books[0];
        assert_eq!(
            (book.id.get(), book.title.rendered.as_str(), book.author, book.pages),
            (7, "Dune", None, 412)
        );
        assert!(book.lent && book.genres == ["sf", "classic"]);
        assert_eq!(books.coercions.len(), 5);
    }
    // Of a type that does not say what may be left out, nothing is.
    for pages in [json!("many"), json!(null), json!(-1), json!([1])] {
        let server = site("/wp/v2/books", &book(pages.clone())).await;
        for wp in clients(&server) {
            let error = wp.collection::<Book>().list().await.unwrap_err();
            let ErrorKind::Decode(decode) = error.kind() else { panic!("{error}") };
            assert_eq!(decode.path(), "[0].pages", "{pages}");
        }
    }
}

#[tokio::test]
async fn value_nesting_limit_is_that_of_php() {
    let nested = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    for (levels, read) in [(100, true), (200, true), (512, true), (600, false)] {
        let server = MockServer::start().await;
        let response = ResponseTemplate::new(200).set_body_raw(nested(levels), "application/json");
        Mock::given(method("GET")).respond_with(response).mount(&server).await;
        for wp in clients(&server) {
            let value = wp.get("/plug/v1/deep").await;
            assert_eq!(value.is_ok(), read, "{levels}: {:?}", value.err());
        }
    }
}

#[tokio::test]
async fn verify_requires_only_id_and_slug_of_the_user() {
    let odd = json!({"avatar_urls": false, "roles": {}, "name": null, "link": false, "capabilities": "x", "registered_date": "?"});
    let server = site("/wp/v2/users/me", &with(user(), &odd)).await;
    for wp in clients(&server) {
        assert_eq!(wp.verify().await.unwrap().id.get(), 3);
    }
    for none in [json!({"slug": null}), json!({"id": 0}), json!({"slug": false, "username": "ana"})] {
        let server = site("/wp/v2/users/me", &with(user(), &none)).await;
        for wp in clients(&server) {
            assert!(wp.verify().await.is_err(), "{none}");
        }
    }
}

/// A resource of a plugin that is no post type.
#[derive(Debug, Deserialize)]
struct Coupon {
    id: Id<Coupon>,
    code: String,
}

impl Resource for Coupon {
    type Key = Id<Coupon>;
    type Edit = Self;

    fn key(&self) -> Id<Coupon> {
        self.id
    }
}

impl Rooted for Coupon {
    const ROUTE: &'static str = "/wc/v3/coupons";
}

impl Delete for Coupon {
    type Previous = Self;
}

/// A post type with a namespace of its own.
#[derive(Debug, Deserialize)]
struct Film {
    id: Id<Film>,
}

impl Resource for Film {
    type Key = Id<Film>;
    type Edit = Self;

    fn key(&self) -> Id<Film> {
        self.id
    }
}

impl Rooted for Film {
    const ROUTE: &'static str = "/cinema/v1/films";
}

impl PostType for Film {}

#[tokio::test]
async fn deleted_item_alone_is_read_for_plugins_only() {
    let item = |id| json!({"id": id, "code": "dune", "status": "trash", "amount": "5.00"});
    let site = MockServer::start().await;
    for (path, body) in [
        ("/wc/v3/coupons/1", item(1)),
        ("/wc/v3/coupons/2", json!({"deleted": true, "previous": item(2)})),
        ("/wc/v3/coupons/3", json!({"deleted": false, "previous": item(3)})),
        ("/wc/v3/coupons/4", with(item(4), &json!({"code": 7}))),
        // None of these shows an item.
        ("/wc/v3/coupons/5", json!({"deleted": true})),
        ("/wc/v3/coupons/6", json!({"message": "Done"})),
        ("/wc/v3/coupons/7", json!([])),
        ("/wc/v3/coupons/8", json!(true)),
        ("/wc/v3/coupons/9", with(item(9), &json!({"deleted": true}))),
        // What WordPress returns from the trash, which proves no deletion.
        ("/cinema/v1/films/1", item(1)),
        ("/wp/v2/categories/1", term(1)),
    ] {
        let route = format!("/wp-json{path}");
        let respond = ResponseTemplate::new(200).set_body_json(body);
        let mock = Mock::given(method("DELETE")).and(wiremock::matchers::path(route));
        mock.and(query_param("force", "true")).respond_with(respond).mount(&site).await;
    }
    for (stack, transport) in transports() {
        let wp = Client::builder(site.uri()).transport(transport).build().unwrap();
        let coupons = wp.collection::<Coupon>();
        for (id, deleted, code) in [(1, true, "dune"), (2, true, "dune"), (3, false, "dune"), (4, true, "7")]
        {
            let read = coupons.delete(Id::new(id).unwrap()).await.unwrap();
            assert_eq!((read.deleted, &*read.previous.code), (deleted, code), "{stack}");
            assert_eq!(read.previous.id.get(), id, "{stack}");
        }
        // A conversion is reported, and refused, in the item alone as well.
        assert_eq!(coupons.delete(Id::new(4).unwrap()).reply().await.unwrap().coercions.len(), 1, "{stack}");
        assert!(coupons.delete(Id::new(4).unwrap()).strict().await.is_err(), "{stack}");
        let mut errors = Vec::new();
        for id in 5..=9 {
            errors.push(coupons.delete(Id::new(id).unwrap()).await.unwrap_err());
        }
        errors.push(wp.collection::<Film>().delete(Id::new(1).unwrap()).await.unwrap_err());
        errors.push(wp.categories().delete(Id::new(1).unwrap()).await.unwrap_err());
        for error in errors {
            assert!(matches!(error.kind(), ErrorKind::Decode(_)), "{stack}: {error:?}");
            assert!(error.may_have_happened(), "{stack}: {error}");
        }
    }
}
