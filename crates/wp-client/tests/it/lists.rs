//! Lists: pages with totals, and streams over all pages.

use wp_client::models::{Post, PostStatus};
use wp_client::{Client, ErrorKind, Items, Order};
use wp_testkit::StandIn;

use crate::{clients, signed_in};

async fn ids(mut items: Items<Post>) -> Vec<u64> {
    let mut ids = Vec::new();
    while let Some(post) = items.try_next().await.unwrap() {
        ids.push(post.id.get());
    }
    ids
}

#[tokio::test]
async fn list_page_has_totals() {
    let site = StandIn::builder().posts(23).start().await;
    for (_, builder) in clients(&site) {
        let wp = builder.build().unwrap();
        let page = wp.posts().list().page(3).per_page(10).await.unwrap();
        let totals = page.totals.unwrap();
        assert_eq!((page.len(), totals.items, totals.pages), (3, 23, 3));
    }
}

#[tokio::test]
async fn list_stream_is_lazy_ordered_and_complete() {
    let site = StandIn::builder().posts(23).start().await;
    for (_, builder) in clients(&site) {
        let wp = builder.build().unwrap();
        let list = || wp.posts().list().per_page(10).order_by("id", Order::Asc);
        site.clear_log();
        let mut items = list().stream();
        assert!(site.log().is_empty(), "nothing is asked for before an item is");
        items.try_next().await.unwrap().unwrap();
        assert_eq!(site.log().len(), 1);

        let walked = ids(list().stream()).await;
        assert_eq!(walked.len(), 23);
        assert!(walked.is_sorted() && walked.windows(2).all(|pair| pair[0] != pair[1]));
        assert_eq!(site.log().len(), 1 + 3, "three pages, and no look past the last");
        assert_eq!(ids(list().page(3).stream()).await, walked[20..], "it begins at the given page");
        assert_eq!(ids(list().query("offset", 5).stream()).await, walked[5..], "an offset moves on");
        assert_eq!(ids(wp.posts().list().search("no such words").stream()).await, [0; 0]);
        assert_eq!(site.log().last().unwrap().query("per_page"), Some("100"));
    }
}

#[tokio::test]
async fn list_stream_ends_at_an_empty_page() {
    let site = StandIn::start().await;
    for wp in signed_in(&site, "admin") {
        let mut tags = wp.tags().list().per_page(1).stream();
        let mut count = 0;
        while tags.try_next().await.unwrap().is_some() {
            count += 1;
        }
        assert_eq!(count, wp.tags().list().await.unwrap().totals.unwrap().items);
        assert_eq!(ids(wp.posts().list().status(PostStatus::Draft).stream()).await.len(), {
            let page = wp.posts().list().status(PostStatus::Draft).await.unwrap();
            usize::try_from(page.totals.unwrap().items).unwrap()
        });
    }
}

/// A resource without pages responds with everything, whatever page it is asked for.
#[tokio::test]
async fn list_stream_of_a_resource_without_pages_ends() {
    use wiremock::matchers::method;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    let server = MockServer::start().await;
    let posts: Vec<String> =
        (1..=3).map(|id| format!(r#"{{"id":{id},"slug":"","type":"post","link":""}}"#)).collect();
    let response =
        ResponseTemplate::new(200).set_body_raw(format!("[{}]", posts.join(",")), "application/json");
    Mock::given(method("GET")).respond_with(response).mount(&server).await;
    let wp = Client::builder(server.uri()).build().unwrap();
    assert_eq!(ids(wp.posts().list().stream()).await, [1, 2, 3]);
    assert_eq!(ids(wp.posts().list().query("page", u64::MAX).stream()).await, [1, 2, 3]);
}

/// WordPress leaves out of a page what the user may not see, so a page may be short or empty.
#[tokio::test]
async fn list_stream_continues_past_hidden_items() {
    use wiremock::matchers::{method, query_param};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    let server = MockServer::start().await;
    let post = |id: u32| format!(r#"{{"id":{id},"slug":"","type":"post","link":""}}"#);
    for (page, offset, body) in [("1", "0", post(1)), ("2", "2", String::new()), ("3", "4", post(5))] {
        let response = ResponseTemplate::new(200)
            .insert_header("x-wp-total", "6")
            .insert_header("x-wp-totalpages", "3")
            .set_body_raw(format!("[{body}]"), "application/json");
        for (name, value) in [("page", page), ("offset", offset)] {
            Mock::given(method("GET"))
                .and(query_param(name, value))
                .respond_with(response.clone())
                .mount(&server)
                .await;
        }
    }
    let wp = Client::builder(server.uri()).build().unwrap();
    assert_eq!(ids(wp.posts().list().per_page(2).stream()).await, [1, 5]);
    assert_eq!(ids(wp.posts().list().per_page(2).query("offset", 0).stream()).await, [1, 5]);
}

/// Totals are lost where a server printed warnings first; the walk then looks one page further.
#[tokio::test]
async fn list_stream_without_totals_ends_at_last_page() {
    use wiremock::matchers::{method, query_param};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    let server = MockServer::start().await;
    let post = |id: u32| format!(r#"{{"id":{id},"slug":"","status":"publish","type":"post","link":""}}"#);
    let beyond = r#"{"code":"rest_post_invalid_page_number","message":"No.","data":{"status":400}}"#;
    for (page, body) in
        [("1", format!("[{}]", post(1))), ("2", format!("[{}]", post(2))), ("3", beyond.to_owned())]
    {
        let body = format!("<br />\n<b>Warning</b>: oh in <b>x.php</b> on line <b>3</b><br />\n{body}");
        let response = ResponseTemplate::new(200).set_body_raw(body, "text/html");
        Mock::given(method("GET")).and(query_param("page", page)).respond_with(response).mount(&server).await;
    }
    let wp = Client::builder(server.uri()).build().unwrap();
    assert_eq!(ids(wp.posts().list().stream()).await, [1, 2]);
    let reply = wp.get("/wp/v2/posts?page=1").reply().await.unwrap();
    assert!(reply.salvaged.unwrap().prefix > 20 && reply.totals.is_none());
    let error = wp.posts().list().page(3).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Api(_)),
        "beyond the end is an error for who asks for that page"
    );
}
