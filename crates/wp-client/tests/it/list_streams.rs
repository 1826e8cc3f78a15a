//! Streams over lists of faulty sites, which ignore parameters, cap or repeat pages, or hide items.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};
use wp_client::models::{Post, PostStatus};
use wp_client::{Client, Error, ErrorKind, Id, Items, ListPosition, RetryPolicy};

use crate::transports;

type Query = BTreeMap<String, String>;
/// What is wrong with a site: it may change the query, or respond itself.
type Fault = fn(&mut Query) -> Option<ResponseTemplate>;

fn number(query: &Query, name: &str) -> Option<usize> {
    query.get(name)?.parse().ok()
}

fn json_of(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.to_string(), "application/json")
}

/// A site with so many published posts, and a draft.
async fn site(posts: usize, fault: Fault) -> MockServer {
    let server = MockServer::start().await;
    let respond = move |request: &Request| {
        let mut query: Query = request.url.query_pairs().into_owned().collect();
        if let Some(response) = fault(&mut query) {
            return response;
        }
        let post = |id: usize, status: &str| {
            let title = json!({"rendered": id, "raw": id.to_string()});
            json!({"id": id, "status": status, "title": title})
        };
        if request.method == Method::DELETE {
            let is_forced = query.get("force").is_some_and(|force| force == "true");
            let trashed = post(7, "trash");
            return json_of(
                200,
                &if is_forced { json!({"deleted": true, "previous": trashed}) } else { trashed },
            );
        }
        let all: Vec<Value> = match query.get("status").map(String::as_str) {
            Some("draft") => vec![post(1_000, "draft")],
            _ => (1..=posts).map(|id| post(id, "publish")).collect(),
        };
        let listed = |name: &str| {
            let ids: Vec<usize> = query
                .iter()
                .filter(|(known, _)| known.starts_with(name))
                .flat_map(|(_, ids)| ids.split([',', ' ']))
                .filter_map(|id| id.parse().ok())
                .collect();
            ids
        };
        let (include, exclude) = (listed("include"), listed("exclude"));
        let id = |post: &Value| usize::try_from(post["id"].as_u64().unwrap()).unwrap();
        let all: Vec<Value> = all
            .into_iter()
            .filter(|post| include.is_empty() || include.contains(&id(post)))
            .filter(|post| !exclude.contains(&id(post)))
            .collect();
        let per_page = number(&query, "per_page").unwrap_or(10);
        let first =
            number(&query, "offset").unwrap_or_else(|| (number(&query, "page").unwrap_or(1) - 1) * per_page);
        let cap = number(&query, "cap").unwrap_or(usize::MAX);
        let is_hidden =
            |post: &Value| number(&query, "hide").is_some_and(|each| id(post).is_multiple_of(each));
        let page: Vec<&Value> =
            all.iter().skip(first).take(per_page.min(cap)).filter(|post| !is_hidden(post)).collect();
        let response = json_of(200, &json!(page));
        if query.contains_key("no-totals") {
            return response;
        }
        response
            .insert_header("x-wp-total", all.len().to_string())
            .insert_header("x-wp-totalpages", all.len().div_ceil(per_page).to_string())
    };
    Mock::given(any()).respond_with(respond).mount(&server).await;
    server
}

fn clients(server: &MockServer) -> impl Iterator<Item = Client> {
    let url = server.uri();
    transports().into_iter().map(move |(_, transport)| {
        Client::builder(&url).transport(transport).retry(RetryPolicy::never()).build().unwrap()
    })
}

/// The ids that came, and why no more did.
async fn walk(mut items: Items<Post>) -> (Vec<u64>, Option<Error>) {
    let mut ids = Vec::new();
    loop {
        match items.try_next().await {
            Ok(Some(post)) => ids.push(post.id.get()),
            Ok(None) => return (ids, None),
            Err(error) => return (ids, Some(error)),
        }
    }
}

fn ignored(error: &Error) -> &'static str {
    let ErrorKind::QueryIgnored(ignored) = error.kind() else { panic!("{error}") };
    assert!(error.hint().unwrap().contains("$is_args$args"), "{error:?}");
    ignored.parameter()
}

fn drop_all(query: &mut Query) -> Option<ResponseTemplate> {
    query.clear();
    None
}

fn drop_all_and_totals(query: &mut Query) -> Option<ResponseTemplate> {
    query.clear();
    query.insert("no-totals".to_owned(), String::new());
    None
}

fn drop_page(query: &mut Query) -> Option<ResponseTemplate> {
    query.remove("page");
    query.remove("offset");
    None
}

fn cap_size(query: &mut Query) -> Option<ResponseTemplate> {
    let size = number(query, "per_page").unwrap_or(10).min(30);
    query.insert("per_page".to_owned(), size.to_string());
    None
}

fn fail_on_the_second(query: &mut Query) -> Option<ResponseTemplate> {
    let is_second = number(query, "page") == Some(2) || number(query, "offset") == Some(20);
    is_second.then(|| {
        json_of(500, &json!({"code": "internal_server_error", "message": "Oops.", "data": {"status": 500}}))
    })
}

fn break_an_id_on_the_second(query: &mut Query) -> Option<ResponseTemplate> {
    (number(query, "page") == Some(2)).then(|| {
        json_of(200, &json!([{"id": 21, "title": 5}, {"id": "x"}]))
            .insert_header("x-wp-total", "40")
            .insert_header("x-wp-totalpages", "2")
    })
}

#[tokio::test]
async fn list_error_has_its_position() {
    let server = site(50, fail_on_the_second).await;
    for wp in clients(&server) {
        let list = || wp.posts().list().per_page(20);
        let (ids, error) = walk(list().stream()).await;
        let error = error.unwrap();
        // The page was requested in parts, down to the item that fails.
        assert_eq!((ids.len(), error.list_position()), (20, Some(ListPosition::Offset(20))));
        assert!(error.to_string().starts_with("GET /wp/v2/posts (offset 20): 500"), "{error}");
        assert!(error.hint().unwrap().contains("`per_page`"), "{error:?}");
        // The rest can be had.
        let (rest, error) = walk(list().page(3).stream()).await;
        assert_eq!((rest, error.is_none()), ((41..=50).collect(), true));

        let error = list().page(2).await.unwrap_err();
        assert_eq!(error.list_position(), Some(ListPosition::Page(2)));
        let (ids, error) = walk(list().query("offset", 0).stream()).await;
        assert_eq!((ids.len(), error.unwrap().list_position()), (20, Some(ListPosition::Offset(20))));
        assert_eq!(wp.get("/wp/v2/posts?page=2").await.unwrap_err().list_position(), None, "no list");
    }
    let server = site(40, break_an_id_on_the_second).await;
    for wp in clients(&server) {
        let (ids, error) = walk(wp.posts().list().per_page(20).stream()).await;
        let error = error.unwrap();
        let ErrorKind::Decode(decode) = error.kind() else { panic!("{error}") };
        assert_eq!((ids.len(), decode.path()), (20, "[1].id"));
        assert_eq!(error.list_position(), Some(ListPosition::Page(2)));
    }
}

#[tokio::test]
async fn repeated_page_is_an_error_without_duplicate_items() {
    for (fault, per_page, came) in [
        (drop_page as Fault, 20, 20),
        (drop_all, 10, 10),
        // More than was asked for.
        (drop_all, 5, 0),
        (drop_all, 20, 10),
        (drop_all_and_totals, 10, 10),
    ] {
        let server = site(50, fault).await;
        for wp in clients(&server) {
            let list = || wp.posts().list().per_page(per_page);
            let (ids, error) = walk(list().stream()).await;
            let error = error.unwrap();
            let parameter = if came == 0 { "per_page" } else { "page" };
            assert_eq!((ids, ignored(&error)), ((1..=came).collect(), parameter), "{per_page}");
            assert!(error.list_position().is_some() && !error.may_have_happened());
            assert!(error.to_string().contains(&format!("`{parameter}`")), "{error}");
        }
    }
    let server = site(50, drop_page).await;
    for wp in clients(&server) {
        let (ids, error) = walk(wp.posts().list().per_page(20).query("offset", 0).stream()).await;
        assert_eq!((ids.len(), ignored(&error.unwrap())), (20, "offset"));
    }
}

/// A cache that holds the first page for the third one too.
fn first_as_third(query: &mut Query) -> Option<ResponseTemplate> {
    if number(query, "page") == Some(3) {
        query.remove("page");
    }
    None
}

/// Revisions have a code of their own past the last page.
fn end_as_revisions_do(query: &mut Query) -> Option<ResponseTemplate> {
    query.insert("no-totals".to_owned(), String::new());
    (number(query, "page") > Some(2)).then(|| {
        json_of(
            400,
            &json!({"code": "rest_revision_invalid_page_number", "message": "No.", "data": {"status": 400}}),
        )
    })
}

#[tokio::test]
async fn repeated_earlier_page_is_an_error() {
    let server = site(50, first_as_third).await;
    for wp in clients(&server) {
        let (ids, error) = walk(wp.posts().list().per_page(10).stream()).await;
        let error = error.unwrap();
        assert_eq!((ids, ignored(&error)), ((1..=20).collect(), "page"));
        assert_eq!(error.list_position(), Some(ListPosition::Page(3)));
    }
}

#[tokio::test]
async fn list_stream_ends_past_the_last_page_of_every_kind() {
    let server = site(20, end_as_revisions_do).await;
    for wp in clients(&server) {
        let (ids, error) = walk(wp.posts().list().per_page(10).stream()).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(ids, (1..=20).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn server_that_ignores_a_parameter_is_an_error() {
    let server = site(5, drop_all).await;
    for wp in clients(&server) {
        let posts = wp.posts();
        let id = Id::new(7).unwrap();
        for (error, parameter) in [
            (posts.list().status(PostStatus::Draft).await.map(drop).unwrap_err(), "status"),
            (posts.list().query("status", "draft,pending").await.map(drop).unwrap_err(), "status"),
            (posts.list().include([Id::new(1).unwrap()]).await.map(drop).unwrap_err(), "include"),
            (posts.list().exclude([Id::new(2).unwrap()]).await.map(drop).unwrap_err(), "exclude"),
            (posts.list().per_page(3).await.map(drop).unwrap_err(), "per_page"),
            (posts.delete(id).await.map(drop).unwrap_err(), "force"),
            (wp.delete("/wp/v2/posts/7?force=true").await.map(drop).unwrap_err(), "force"),
        ] {
            assert_eq!(ignored(&error), parameter, "{error}");
            assert_eq!(error.may_have_happened(), parameter == "force", "it is in the trash");
        }
        // What may well be.
        for list in [
            posts.list(),
            posts.list().status(PostStatus::Publish),
            posts.list().query("status", "any"),
            posts.list().query("status", ["draft", "publish"]),
            posts.list().query("status", "draft,publish"),
            posts.list().per_page(5),
            posts.list().include((1..=5).map(|id| Id::new(id).unwrap())),
        ] {
            assert_eq!(list.await.unwrap().len(), 5);
        }
    }
    let server = site(5, |_| None).await;
    for wp in clients(&server) {
        let posts = wp.posts();
        assert_eq!(posts.list().status(PostStatus::Draft).await.unwrap().len(), 1);
        let only = posts.list().status(PostStatus::Draft).query("_fields", "id,status").await.unwrap();
        assert_eq!(only.len(), 1);
        // Nothing is known of a status that is not there.
        let ids = posts.list().status(PostStatus::Draft).query("_fields", ["id"]).await.unwrap();
        assert_eq!(ids.len(), 1);
        for include in ["2 3", "02, 3", "3,2"] {
            assert!(posts.list().query("include", include).await.is_ok(), "{include}");
        }
        assert_eq!(wp.delete("/wc/v3/products/7?force=true&odd=1").await.unwrap()["deleted"], true);
        assert_eq!(posts.list().include([Id::new(2).unwrap()]).await.unwrap().len(), 1);
        assert_eq!(posts.list().exclude([Id::new(2).unwrap()]).await.unwrap().len(), 4);
        assert!(posts.delete(Id::new(7).unwrap()).await.unwrap().deleted);
        assert_eq!(wp.delete("/wp/v2/posts/7").await.unwrap()["status"], "trash");
    }
}

#[tokio::test]
async fn capped_page_size_loses_no_items() {
    for posts in [0, 1, 29, 30, 31, 95, 100, 250] {
        let server = site(posts, cap_size).await;
        for wp in clients(&server) {
            for offset in [None, Some(0), Some(7)] {
                let list = wp.posts().list();
                let (list, skipped) = match offset {
                    Some(offset) => (list.query("offset", offset), offset),
                    None => (list, 0),
                };
                let (ids, error) = walk(list.stream()).await;
                assert!(error.is_none(), "{posts}: {error:?}");
                assert_eq!(ids, (1 + skipped..=posts as u64).collect::<Vec<_>>(), "{posts}");
            }
        }
    }
}

/// As terms are capped by a filter of their query: neither the totals nor the number of a page know of it.
fn cap_unseen(query: &mut Query) -> Option<ResponseTemplate> {
    query.insert("cap".to_owned(), "50".to_owned());
    None
}

fn cap_unseen_without_totals(query: &mut Query) -> Option<ResponseTemplate> {
    query.insert("no-totals".to_owned(), String::new());
    cap_unseen(query)
}

/// Every seventh item may not be seen.
fn hide(query: &mut Query) -> Option<ResponseTemplate> {
    query.insert("hide".to_owned(), "7".to_owned());
    None
}

fn hide_and_cap(query: &mut Query) -> Option<ResponseTemplate> {
    hide(query);
    cap_unseen(query)
}

fn hide_without_offset(query: &mut Query) -> Option<ResponseTemplate> {
    query.remove("offset");
    hide(query)
}

fn hide_and_refuse_offset(query: &mut Query) -> Option<ResponseTemplate> {
    if query.contains_key("offset") {
        return Some(json_of(
            400,
            &json!({"code": "rest_invalid_param", "message": "No.", "data": {"status": 400}}),
        ));
    }
    hide(query)
}

#[tokio::test]
async fn capped_page_size_with_wrong_totals_loses_and_repeats_no_items() {
    for (fault, is_hiding) in [
        (cap_unseen as Fault, false),
        (cap_unseen_without_totals, false),
        (hide, true),
        (hide_and_cap, true),
        (hide_without_offset, true),
        (hide_and_refuse_offset, true),
    ] {
        for posts in [0, 1, 49, 50, 51, 70, 100, 120, 350] {
            let server = site(posts, fault).await;
            for wp in clients(&server) {
                let (ids, error) = walk(wp.posts().list().stream()).await;
                assert!(error.is_none(), "{posts}: {error:?}");
                let expected = (1..=posts as u64).filter(|id| !(is_hiding && id.is_multiple_of(7)));
                assert_eq!(ids, expected.collect::<Vec<_>>(), "{posts}");
            }
        }
    }
}

fn refuse_offset_like_a_firewall(query: &mut Query) -> Option<ResponseTemplate> {
    if query.contains_key("offset") {
        return Some(ResponseTemplate::new(406).set_body_raw("<h1>Not Acceptable</h1>", "text/html"));
    }
    hide(query)
}

/// The size is capped, and pages are counted by the cap.
fn cap_pages_without_totals(query: &mut Query) -> Option<ResponseTemplate> {
    query.insert("no-totals".to_owned(), String::new());
    query.insert("per_page".to_owned(), "20".to_owned());
    None
}

fn cap_pages_without_totals_and_offset(query: &mut Query) -> Option<ResponseTemplate> {
    query.remove("offset");
    cap_pages_without_totals(query)
}

#[tokio::test]
async fn page_size_probe_loses_no_items_of_an_uncapped_list() {
    for (fault, page, expected) in [
        (refuse_offset_like_a_firewall as Fault, 1, (1..=350).filter(|id| id % 7 != 0).collect::<Vec<u64>>()),
        (cap_pages_without_totals, 1, (1..=350).collect()),
        (cap_pages_without_totals, 3, (41..=350).collect()),
        (cap_pages_without_totals_and_offset, 3, (41..=350).collect()),
    ] {
        let server = site(350, fault).await;
        for wp in clients(&server) {
            let (ids, error) = walk(wp.posts().list().page(page).stream()).await;
            assert!(error.is_none(), "{page}: {error:?}");
            assert_eq!(ids, expected, "{page}");
        }
    }
}

fn hide_half(query: &mut Query) -> Option<ResponseTemplate> {
    query.insert("hide".to_owned(), "2".to_owned());
    None
}

#[tokio::test]
async fn list_with_many_hidden_items_costs_one_extra_request() {
    for (posts, requests) in [(100, 2), (350, 5), (1_000, 11)] {
        let server = site(posts, hide_half).await;
        let wp = clients(&server).next().unwrap();
        let (ids, error) = walk(wp.posts().list().stream()).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(ids, (1..=posts as u64).filter(|id| id % 2 == 1).collect::<Vec<_>>());
        assert_eq!(server.received_requests().await.unwrap().len(), requests, "{posts}");
    }
}

#[tokio::test]
async fn uncapped_list_costs_no_extra_request() {
    for (posts, requests) in [(1, 1), (100, 1), (101, 2), (350, 4)] {
        let server = site(posts, |_| None).await;
        let wp = clients(&server).next().unwrap();
        let (ids, _) = walk(wp.posts().list().stream()).await;
        assert_eq!(ids.len(), posts);
        assert_eq!(server.received_requests().await.unwrap().len(), requests);
    }
}

fn new_one_in_front(query: &mut Query) -> Option<ResponseTemplate> {
    // Each page is asked for after another item came in front: the same one again, and one more in all.
    let page = number(query, "page").unwrap_or(1);
    (page <= 3).then(|| {
        let total = (2 + page).to_string();
        json_of(200, &json!([{"id": 5, "status": "publish"}]))
            .insert_header("x-wp-total", &*total)
            .insert_header("x-wp-totalpages", if page == 3 { "3" } else { &*total })
    })
}

#[tokio::test]
async fn duplicate_item_of_a_growing_list_does_not_end_the_stream() {
    let server = site(5, new_one_in_front).await;
    for wp in clients(&server) {
        let (ids, error) = walk(wp.posts().list().per_page(1).stream()).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(ids, [5, 5, 5]);
    }
}
