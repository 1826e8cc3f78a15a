//! Batches of typed requests: how they are split, what is refused, and where the batch is closed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};
use wp_client::models::{CategoryPatch, NewPost, PostId};
use wp_client::{
    ApiKey, BatchKind, Client, Create, ErrorCode, ErrorKind, Id, Identity, Resource, RetryPolicy, Rooted,
    Update,
};
use wp_core::RequestError;

use crate::transports;

/// What a site does with a batch.
#[derive(Clone, Copy, PartialEq)]
enum Habit {
    Takes(usize),
    Closed(u16),
    /// Executes it, and fails before its response.
    Fails,
    /// Asks to wait for 7 s.
    IsBusy,
    Loses,
    /// A firewall looks at the response to a batch that was executed, and refuses it.
    Inspects,
}

/// The paths that arrived; of a batch, the number of its requests.
type Log = Arc<Mutex<Vec<String>>>;

fn respond(request: &Request, habit: Habit, log: &Log) -> ResponseTemplate {
    let of = |status: u16, body: &Value| ResponseTemplate::new(status).set_body_json(body);
    let error = |status: u16, code: &str| json!({"code": code, "message": "No.", "data": {"status": status}});
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let path = request.url.path().trim_start_matches("/wp-json").to_owned();
    if path != "/batch/v1" {
        log.lock().unwrap().push(path);
        return of(201, &json!({"id": 7, "title": {"raw": body["title"], "rendered": body["title"]}}));
    }
    let requests = body["requests"].as_array().unwrap();
    log.lock().unwrap().push(requests.len().to_string());
    match habit {
        Habit::Closed(status) => return of(status, &error(status, "rest_no_route")),
        Habit::IsBusy => {
            return of(503, &error(503, "wp_die")).insert_header("retry-after", "7");
        }
        Habit::Fails => return of(502, &json!("<html>Bad gateway</html>")),
        Habit::Takes(most) if requests.len() > most => {
            let mut refused = error(400, "rest_invalid_param");
            refused["data"]["params"] = json!({"requests": "requests must contain at most 10 items."});
            return of(400, &refused);
        }
        Habit::Inspects if !requests.is_empty() => {
            return ResponseTemplate::new(403)
                .set_body_raw("<html><title>403 Forbidden</title>Forbidden</html>", "text/html");
        }
        Habit::Takes(_) | Habit::Loses | Habit::Inspects => {}
    }
    let is_strict = body["validation"] == "require-all-validate";
    let title = |request: &Value| request["body"]["title"].as_str().unwrap_or_default().to_owned();
    let has_failed = is_strict && requests.iter().any(|request| title(request) == "bad");
    let mut responses: Vec<Value> = requests
        .iter()
        .enumerate()
        .map(|(id, request)| match title(request).as_str() {
            "bad" => json!({"status": 400, "headers": {}, "body": error(400, "rest_invalid_param")}),
            "alone" => json!({"status": 400, "headers": {}, "body": error(400, "rest_batch_not_allowed")}),
            _ if has_failed => Value::Null,
            // A status is believed, not the looks of a body.
            "broken" => json!({"status": 500, "headers": [],
                "body": {"id": id + 1, "title": {"raw": "broken", "rendered": "broken"}}}),
            title => json!({"status": 201, "headers": {"Location": "x"},
                "body": {"id": id + 1, "title": {"raw": title, "rendered": title}}}),
        })
        .collect();
    if habit == Habit::Loses {
        responses.pop();
    }
    let mut response = json!({"responses": responses});
    if has_failed {
        response["failed"] = json!("validation");
    }
    of(207, &response)
}

async fn site(habit: Habit) -> (MockServer, Log) {
    let (server, log) = (MockServer::start().await, Log::default());
    let seen = Arc::clone(&log);
    Mock::given(any())
        .respond_with(move |request: &Request| respond(request, habit, &seen))
        .mount(&server)
        .await;
    (server, log)
}

fn clients(server: &MockServer) -> impl Iterator<Item = Client> {
    let url = server.uri();
    transports().into_iter().map(move |(_, transport)| {
        Client::builder(&url).transport(transport).retry(RetryPolicy::never()).build().unwrap()
    })
}

fn taken(log: &Log) -> Vec<String> {
    std::mem::take(&mut *log.lock().unwrap())
}

#[tokio::test]
async fn batch_is_split_and_results_keep_their_order() {
    let (server, log) = site(Habit::Takes(25)).await;
    for wp in clients(&server) {
        for concurrency in [1, 3] {
            let titles: Vec<_> = (0..60).map(|n| format!("post {n}")).collect();
            let requests = titles.iter().map(|title| wp.posts().create(NewPost::titled(title)));
            let batched = wp.batch(requests).concurrency(concurrency).await.unwrap();
            let found: Vec<_> =
                batched.results.into_iter().map(|post| post.unwrap().title.raw.to_string()).collect();
            assert_eq!((found, batched.closed.is_none()), (titles, true));
            let mut sizes = taken(&log);
            sizes.sort();
            assert_eq!(sizes, ["10", "25", "25"]);
        }
        assert!(wp.batch(Vec::<wp_client::Request<Value>>::new()).await.unwrap().results.is_empty());
        assert!(taken(&log).is_empty());
    }
}

#[tokio::test]
async fn batch_that_is_too_large_for_the_site_is_halved() {
    let (server, log) = site(Habit::Takes(10)).await;
    for wp in clients(&server) {
        let requests = (0..25).map(|n| wp.posts().create(NewPost::titled(n.to_string())));
        let results = wp.batch(requests).await.unwrap().results;
        let found: Vec<_> = results.into_iter().map(|post| post.unwrap().title.raw.to_string()).collect();
        assert_eq!(found, (0..25).map(|n| n.to_string()).collect::<Vec<_>>());
        assert_eq!(taken(&log), ["25", "12", "6", "6", "13", "6", "7"]);
    }
}

#[tokio::test]
async fn closed_batch_falls_back_to_single_requests_and_says_so() {
    for status in [403, 404, 405, 501] {
        let (server, log) = site(Habit::Closed(status)).await;
        for wp in clients(&server) {
            let requests = (0..4).map(|n| wp.posts().create(NewPost::titled(n.to_string())));
            let batched = wp.batch(requests).size(2).concurrency(2).await.unwrap();
            let found: Vec<_> =
                batched.results.into_iter().map(|post| post.unwrap().title.raw.to_string()).collect();
            assert_eq!(found, ["0", "1", "2", "3"], "{status}");
            assert_eq!(batched.closed.unwrap().status().unwrap(), status);
            assert_eq!(taken(&log).iter().filter(|path| *path == "/wp/v2/posts").count(), 4);
            // All or none cannot be had by single requests.
            let requests = (0..2).map(|n| wp.posts().create(NewPost::titled(n.to_string())));
            assert_eq!(wp.batch(requests).all_or_none().await.unwrap_err().status().unwrap(), status);
            assert_eq!(taken(&log), ["2"]);
        }
    }
}

#[tokio::test]
async fn batch_whose_response_is_refused_may_have_happened_and_is_not_sent_again() {
    for all_or_none in [false, true] {
        let (server, log) = site(Habit::Inspects).await;
        for (_, transport) in transports() {
            let wp = Client::builder(server.uri()).transport(transport).build().unwrap();
            let batch = wp.batch(["a", "b"].map(|title| wp.posts().create(NewPost::titled(title))));
            let batched = if all_or_none { batch.all_or_none() } else { batch }.await.unwrap();
            assert_eq!(std::mem::take(&mut *log.lock().unwrap()), ["2", "0"]);
            assert!(batched.closed.is_none());
            for result in batched.results {
                let error = result.unwrap_err();
                assert!(error.may_have_happened() && !error.is_retryable(), "{error:?}");
                assert!(error.to_string().contains("403"), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn failed_batch_may_have_happened_and_is_not_sent_again() {
    let (server, log) = site(Habit::Fails).await;
    for wp in clients(&server) {
        let requests = (0..2).map(|n| wp.posts().create(NewPost::titled(n.to_string())));
        let batched = wp.batch(requests).await.unwrap();
        for error in batched.results.into_iter().map(Result::unwrap_err) {
            assert!(error.may_have_happened(), "{error:?}");
            assert!(
                error.to_string().contains("the batch failed") && error.to_string().contains("502"),
                "{error}"
            );
        }
        assert!(batched.closed.is_none());
        assert_eq!(taken(&log), ["2"]);
    }
    // One that did not happen is retried later, as the site asks.
    let (server, log) = site(Habit::IsBusy).await;
    for wp in clients(&server) {
        let requests = (0..2).map(|n| wp.posts().create(NewPost::titled(n.to_string())));
        for error in wp.batch(requests).await.unwrap().results.into_iter().map(Result::unwrap_err) {
            assert!(!error.may_have_happened() && error.is_retryable(), "{error:?}");
            assert_eq!(error.retry_after(), Some(Duration::from_secs(7)), "{error:?}");
        }
        assert_eq!(taken(&log), ["2"]);
    }
    let (server, _) = site(Habit::Loses).await;
    for wp in clients(&server) {
        let requests = (0..2).map(|n| wp.posts().create(NewPost::titled(n.to_string())));
        let results = wp.batch(requests).await.unwrap().results;
        assert!(results[0].is_ok() && results[1].as_ref().is_err_and(wp_client::Error::may_have_happened));
    }
}

#[tokio::test]
async fn error_status_is_an_error_whatever_its_body_holds() {
    let (server, log) = site(Habit::Takes(25)).await;
    for wp in clients(&server) {
        let requests = ["one", "broken"].map(|title| wp.posts().create(NewPost::titled(title)));
        let results = wp.batch(requests).await.unwrap().results;
        let [Ok(one), Err(broken)] = &results[..] else { panic!("{results:?}") };
        assert_eq!((one.title.raw.as_str(), broken.may_have_happened()), ("one", true));
        assert_eq!(taken(&log), ["2"]);
    }
}

#[tokio::test]
async fn each_request_has_its_own_error() {
    let (server, log) = site(Habit::Takes(25)).await;
    for wp in clients(&server) {
        let post = |title: &str| wp.posts().create(NewPost::titled(title));
        let results = wp.batch([post("good"), post("bad"), post("alone")]).await.unwrap().results;
        assert_eq!(results[0].as_ref().unwrap().id, PostId::new(1).unwrap());
        let error = results[1].as_ref().unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::INVALID_PARAM));
        assert!(error.to_string().starts_with("POST /wp/v2/posts"), "{error}");
        // A route that takes no part in batches.
        assert_eq!(results[2].as_ref().unwrap().title.raw, "alone");
        assert_eq!(taken(&log), ["3", "/wp/v2/posts"]);

        let results = wp.batch([post("good"), post("bad")]).all_or_none().await.unwrap().results;
        assert!(matches!(results[0].as_ref().unwrap_err().kind(), ErrorKind::Request(_)));
        assert_eq!(results[1].as_ref().unwrap_err().code(), Some(&ErrorCode::INVALID_PARAM));
        assert_eq!(taken(&log), ["2"]);
    }
}

/// One body that PHP cannot read would be 400 `rest_invalid_json` for all.
#[tokio::test]
async fn body_that_php_cannot_read_costs_only_its_own_request() {
    let (server, log) = site(Habit::Takes(25)).await;
    let deep = format!(r#"{{"title":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    let bodies: [&[u8]; 8] = [
        b"{\"title\":\"\xfc\"}",
        b"{\"\xfc\":1}",
        br#"{"meta":{"x":["\ud83d"]}}"#,
        br#"{"\udc00":1}"#,
        br#"{"title":"x"#,
        br#"{"title":"x",}"#,
        br#"{"title":"x"} {}"#,
        deep.as_bytes(),
    ];
    for wp in clients(&server) {
        let raw = |body: &[u8]| wp.post("/wp/v2/posts").body("application/json", body.to_vec());
        let good = [br#"{"title":"\ud83d\ude00"}"#.as_slice(), br#"{"title":"a","title":"b","x":-1.5e3}"#];
        let requests = bodies.iter().chain(&good).map(|body| raw(body));
        let results = wp.batch(requests).await.unwrap().results;
        for (body, result) in bodies.iter().zip(&results) {
            let error = result.as_ref().unwrap_err();
            let is_named = matches!(error.kind(), ErrorKind::Request(RequestError::Json(_)));
            assert!(is_named && !error.may_have_happened(), "{}: {error:?}", String::from_utf8_lossy(body));
        }
        // Of two members of one name, PHP and serde take the last.
        let titles: Vec<_> =
            results[8..].iter().map(|post| &post.as_ref().unwrap()["title"]["raw"]).collect();
        assert_eq!(titles, ["\u{1f600}", "b"]);
        assert_eq!(taken(&log), ["2"]);
    }
}

/// Each request of a batch has its own query and headers. All bodies are JSON, so none has a `content-type`.
#[tokio::test]
async fn request_in_a_batch_keeps_its_query_and_headers() {
    let (server, _) = site(Habit::Takes(25)).await;
    for wp in clients(&server) {
        let requests = [
            wp.post("/wp/v2/posts")
                .json(&json!({"title": "a"}))
                .query("_fields", "id,title")
                .query("q", "\"\\")
                .header("x-b", "2")
                .header("x-a", "\"1\""),
            wp.post("/wp/v2/posts").header("Content-Type", "application/json; charset=utf-8"),
        ];
        for result in wp.batch(requests).await.unwrap().results {
            result.unwrap();
        }
        let sent = server.received_requests().await.unwrap().pop().unwrap();
        assert_eq!(
            String::from_utf8(sent.body).unwrap(),
            concat!(
                r#"{"requests":[{"method":"POST","path":"/wp/v2/posts?_fields=id%2Ctitle&q=%22%5C","#,
                r#""body":{"title":"a"},"headers":{"x-a":"\"1\"","x-b":"2"}},"#,
                r#"{"method":"POST","path":"/wp/v2/posts"}]}"#
            )
        );
    }
}

/// An item is read into the list of all, so a response that has two must not move those behind it.
#[tokio::test]
async fn response_with_two_bodies_or_none_is_one_result() {
    let item = |id: u64| format!(r#""body":{{"id":{id},"title":{{"raw":"x","rendered":"x"}}}}"#);
    let twice = format!(r#"{{{},"status":201,"headers":{{}},{}}}"#, item(1), item(2));
    let none = r#"{"status":201,"headers":{}}"#.to_owned();
    for (first, id) in [(twice, Some(2)), (none, None)] {
        let second = format!(r#"{{{},"status":201,"headers":{{}}}}"#, item(3));
        let body = format!(r#"{{"responses":[{first},{second}]}}"#);
        let server = MockServer::start().await;
        let response = ResponseTemplate::new(207).set_body_raw(body, "application/json");
        Mock::given(any()).respond_with(response).mount(&server).await;
        for wp in clients(&server) {
            let requests = ["a", "b"].map(|title| wp.posts().create(NewPost::titled(title)));
            let results = wp.batch(requests).await.unwrap().results;
            let ids: Vec<_> =
                results.iter().map(|result| result.as_ref().ok().map(|post| post.id.get())).collect();
            assert_eq!(ids, [id, Some(3)], "{results:?}");
        }
    }
}

/// What a create becomes, by itself, in a batch whose items are read in one pass, and in one that is read by its parts.
#[tokio::test]
async fn item_is_read_alike_by_itself_and_in_a_batch() {
    let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    let text = |title: &str| format!(r#"{{"raw":{title},"rendered":""}}"#);
    let item = |title: &str, more: &str| format!(r#"{{"id":7,"title":{}{more}}}"#, text(title)).into_bytes();
    let with_octet = |mut json: Vec<u8>| {
        json.iter_mut().filter(|byte| **byte == b'@').for_each(|byte| *byte = 0xfc);
        json
    };
    let items = [
        item(r#""plain""#, ""),
        item(r#""Gr\ud83d""#, ""),
        item(r#""\ud83d\ude00 \u0000""#, r#","other":"\udc00""#),
        item(r#""deep""#, &format!(r#","other":{}"#, deep(100))),
        item(r#""deep""#, &format!(r#","other":{}"#, deep(400))),
        item(r#""twice""#, r#","id":8"#),
        item(r#""twice""#, &format!(r#","title":{}"#, text(r#""again""#))),
        item(r#""twice""#, r#","other":1,"other":2"#),
        with_octet(item(r#""@""#, "")),
        with_octet(item(r#""octet""#, r#","other":"@""#)),
        with_octet(item(r#""octet""#, r#","@":1"#)),
        item("7", ""),
        item("[]", ""),
        item(r#"{"x":1}"#, ""),
        br#"{"id":"7","title":"x"}"#.to_vec(),
        br#"{"id":7}"#.to_vec(),
        br#"{"id":0,"title":{"raw":"x"}}"#.to_vec(),
        br#"{"title":{"raw":"x"}}"#.to_vec(),
        b"[]".to_vec(),
        b"null".to_vec(),
        br#"{"code":"x","message":"No.","data":{"status":400}}"#.to_vec(),
    ];
    for item in items {
        let shown = String::from_utf8_lossy(&item).chars().take(100).collect::<String>();
        let server = MockServer::start().await;
        let respond = move |request: &Request| {
            let failed =
                br#"{"status":400,"headers":{},"body":{"code":"y","message":"","data":{"status":400}}}"#;
            let part = [br#"{"status":201,"headers":{},"body":"#.as_slice(), &item, b"}"].concat();
            let of = |parts: &[&[u8]]| [br#"{"responses":["#.as_slice(), &parts.join(&b','), b"]}"].concat();
            let (status, body) = match request.url.path() {
                "/wp-json/batch/v1" if request.body.windows(5).any(|part| part == b"fails") => {
                    (207, of(&[&part, failed]))
                }
                "/wp-json/batch/v1" => (207, of(&[&part])),
                _ => (201, item.clone()),
            };
            ResponseTemplate::new(status).set_body_raw(body, "application/json")
        };
        Mock::given(any()).respond_with(respond).mount(&server).await;
        for wp in clients(&server) {
            let post = |title: &str| wp.posts().create(NewPost::titled(title));
            let read = |result: wp_client::Result<wp_client::models::Post<wp_client::Edit>>| match result {
                Ok(post) => Ok((post.id, post.title.raw.to_string())),
                Err(error) => {
                    let kind = match error.kind() {
                        ErrorKind::Decode(cause) => format!("decode {:?}", cause.fault()),
                        ErrorKind::Api(cause) => format!("api {}", cause.code()),
                        other => format!("{other:?}"),
                    };
                    Err((kind, error.may_have_happened()))
                }
            };
            let alone = read(post("alone").await);
            let in_one_pass = wp.batch([post("a")]).await.unwrap().results.remove(0);
            let by_parts = wp.batch([post("a"), post("fails")]).await.unwrap().results.remove(0);
            assert_eq!([read(in_one_pass), read(by_parts)], [alone.clone(), alone], "{shown}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_in_a_batch_is_refused_before_anything_is_sent() {
    let (server, log) = site(Habit::Takes(25)).await;
    for wp in clients(&server) {
        let other = clients(&server).next().unwrap();
        let requests = vec![
            wp.get("/wp/v2/posts"),
            wp.post("/wp/v2/posts").anonymous(),
            wp.post("/wp/v2/posts").form([("title", "x")]),
            wp.post("/wp/v2/posts").json(&["a list"]),
            other.post("/wp/v2/posts"),
            wp.post("/wp/v2/posts").header("x y", "z"),
        ];
        let count = requests.len();
        let results = wp.batch(requests).await.unwrap().results;
        assert_eq!(results.len(), count);
        for error in results.into_iter().map(Result::unwrap_err) {
            assert!(matches!(error.kind(), ErrorKind::Request(_)) && !error.may_have_happened(), "{error}");
        }
        let rename =
            wp.categories().update(wp_client::Id::new(1).unwrap(), CategoryPatch::default().name("x"));
        let many = std::iter::once(rename).chain((0..25).map(|_| {
            wp.categories().update(wp_client::Id::new(2).unwrap(), CategoryPatch::default().name("y"))
        }));
        assert!(wp.batch(many).all_or_none().await.is_err());
        assert!(taken(&log).is_empty());
    }
}

/// A product of a shop, with the batch of its own.
#[derive(Debug, serde::Deserialize)]
struct Product {
    id: Id<Product>,
    name: String,
}

#[derive(serde::Serialize)]
struct Named {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

impl Resource for Product {
    type Key = Id<Product>;
    type Edit = Self;
    const BATCH: BatchKind = BatchKind::WooCommerce;

    fn key(&self) -> Id<Product> {
        self.id
    }
}

impl Rooted for Product {
    const ROUTE: &'static str = "/wc/v3/products";
}

impl Create for Product {
    type New = Named;
}

impl Update for Product {
    type Patch = Named;
}

/// A shop that takes so many items in one batch. It creates first, and gives new products the ids from 1,000 on.
async fn shop(most: usize, loses: bool) -> (MockServer, Log) {
    let (server, log) = (MockServer::start().await, Log::default());
    let seen = Arc::clone(&log);
    let respond = move |request: &Request| {
        let of = |status: u16, body: &Value| ResponseTemplate::new(status).set_body_json(body);
        let error =
            |status: u16, code: &str| json!({"code": code, "message": "No.", "data": {"status": status}});
        let path = request.url.path().trim_start_matches("/wp-json").to_owned();
        if path != "/wc/v3/products/batch" {
            seen.lock().unwrap().push(path);
            return of(404, &error(404, "rest_no_route"));
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let list = |name: &str| body[name].as_array().unwrap().clone();
        let (create, update) = (list("create"), list("update"));
        seen.lock().unwrap().push(format!("{}+{}", create.len(), update.len()));
        if create.len() + update.len() > most {
            return of(413, &error(413, "woocommerce_rest_request_entity_too_large"));
        }
        let responses = |items: Vec<Value>, first: u64| -> Vec<Value> {
            let respond = |(item, new): (Value, u64)| {
                let id = item["id"].as_u64().unwrap_or(new);
                let name = item["name"].as_str().unwrap_or("unchanged");
                match name {
                    "bad" => json!({"id": 0, "error": error(400, "woocommerce_rest_product_invalid")}),
                    "odd" => json!({"id": id, "error": {"code": "odd", "message": "No."}}),
                    name => json!({"id": id, "name": name}),
                }
            };
            items.into_iter().zip(first..).map(respond).collect()
        };
        let (mut create, update) = (responses(create, 1_000), responses(update, 0));
        if loses {
            create.pop();
        }
        of(200, &json!({"create": create, "update": update}))
    };
    Mock::given(any()).respond_with(respond).mount(&server).await;
    (server, log)
}

#[tokio::test]
async fn resource_with_a_batch_of_its_own_is_sent_there() {
    let (server, log) = shop(100, false).await;
    for wp in clients(&server) {
        let products = wp.collection::<Product>();
        let named = |name: &str| Named { name: Some(name.to_owned()) };
        let update = |id: u64, name: &str| products.update(Id::new(id).unwrap(), named(name));
        let batched = wp
            .batch([
                update(7, "seven"),
                products.create(named("first")),
                update(8, "bad"),
                products.create(named("bad")),
                products.update(Id::new(9).unwrap(), Named { name: None }),
                products.create(named("second")),
                update(10, "odd"),
            ])
            .await
            .unwrap();
        let found: Vec<_> = batched
            .results
            .iter()
            .map(|result| match result {
                Ok(product) => format!("{} {}", product.id, product.name),
                Err(error) => format!("{} {}", error.code().unwrap(), error.status().unwrap().as_u16()),
            })
            .collect();
        let invalid = "woocommerce_rest_product_invalid 400";
        assert_eq!(
            found,
            ["7 seven", "1000 first", invalid, invalid, "9 unchanged", "1002 second", "odd 400"]
        );
        let error = batched.results[2].as_ref().unwrap_err();
        assert!(error.to_string().starts_with("POST /wc/v3/products/8"), "{error}");
        assert_eq!(taken(&log), ["3+4"]);

        let many = (1..=230).map(|id| update(id, "x"));
        let batched = wp.batch(many).await.unwrap();
        let ids: Vec<u64> = batched.results.into_iter().map(|product| product.unwrap().id.get()).collect();
        assert_eq!(
            (ids, taken(&log)),
            ((1..=230).collect(), ["0+100", "0+100", "0+30"].map(String::from).into())
        );
        // The shop cannot promise that.
        let refused = wp.batch([update(7, "x")]).all_or_none().await.unwrap_err();
        assert!(matches!(refused.kind(), ErrorKind::Request(_)) && taken(&log).is_empty(), "{refused}");
        let refused =
            wp.batch([update(7, "x").query("lang", "de"), update(7, "x").header("x-a", "b")]).await.unwrap();
        assert!(refused.results.iter().all(Result::is_err) && taken(&log).is_empty());
    }
}

#[tokio::test]
async fn batch_of_a_shop_is_halved_and_its_responses_are_counted() {
    let (server, log) = shop(40, false).await;
    for wp in clients(&server) {
        let update = |id: u64| wp.collection::<Product>().update(Id::new(id).unwrap(), Named { name: None });
        let batched = wp.batch((1..=70).map(update)).await.unwrap();
        let ids: Vec<u64> = batched.results.into_iter().map(|product| product.unwrap().id.get()).collect();
        assert_eq!(
            (ids, taken(&log)),
            ((1..=70).collect(), ["0+70", "0+35", "0+35"].map(String::from).into())
        );
    }
    // Which of them has none is not known.
    let (server, _) = shop(40, true).await;
    for wp in clients(&server) {
        let products = wp.collection::<Product>();
        let update = |id: u64| products.update(Id::new(id).unwrap(), Named { name: None });
        let batched = wp.batch([products.create(Named { name: None }), update(7), update(8)]).await.unwrap();
        for result in &batched.results {
            assert!(result.as_ref().is_err_and(wp_client::Error::may_have_happened), "{result:?}");
        }
        assert_eq!(batched.results.len(), 3);
    }
}

/// A shop lets only some users send a batch. That says nothing about the batch of WordPress.
#[tokio::test]
async fn batch_that_is_closed_closes_no_other_route() {
    let (server, log) = (MockServer::start().await, Log::default());
    let seen = Arc::clone(&log);
    let respond = move |request: &Request| {
        let path = request.url.path().trim_start_matches("/wp-json").to_owned();
        seen.lock().unwrap().push(path.clone());
        let refusal =
            json!({"code": "woocommerce_rest_cannot_batch", "message": "No.", "data": {"status": 403}});
        let part = json!({"status": 201, "headers": {}, "body": {"id": 7}});
        match &*path {
            "/wc/v3/products/batch" => ResponseTemplate::new(403).set_body_json(refusal),
            "/batch/v1" => ResponseTemplate::new(207).set_body_json(json!({"responses": [part, part]})),
            _ => ResponseTemplate::new(201).set_body_json(json!({"id": 8})),
        }
    };
    Mock::given(any()).respond_with(respond).mount(&server).await;
    for wp in clients(&server) {
        let product = || {
            let new = Named { name: Some("lamp".to_owned()) };
            wp.collection::<Product>().create(new).typed::<Value>()
        };
        let post = || wp.posts().create(NewPost::titled("a")).typed::<Value>();
        for concurrency in [1, 2] {
            let requests = [product(), post(), product(), post()];
            let batched = wp.batch(requests).size(2).concurrency(concurrency).await.unwrap();
            let found: Vec<_> =
                batched.results.into_iter().map(|result| result.unwrap()["id"].clone()).collect();
            assert_eq!(found, [8, 7, 8, 7]);
            assert!(batched.closed.unwrap().to_string().contains("/wc/v3/products/batch"));
            let mut sent = taken(&log);
            sent.sort();
            let (shop, single) = ("/wc/v3/products/batch", "/wc/v3/products");
            assert_eq!(sent, ["/batch/v1", single, single, shop]);
        }
    }
}

/// A batch has it in its body, which no layer guards.
#[tokio::test]
async fn secret_header_is_not_sent_in_a_batch() {
    let (server, log) = site(Habit::Takes(25)).await;
    for wp in clients(&server) {
        let post = || wp.post("/wp/v2/posts").json(&json!({"title": "a"}));
        let batched = wp.batch([post().header("x-api-key", "s3cr3t"), post()]).await.unwrap();
        let error = batched.results[0].as_ref().unwrap_err().to_string();
        assert!(error.contains("secret header") && !error.contains("s3cr3t"), "{error}");
        assert!(batched.results[1].is_ok());
        assert_eq!(taken(&log), ["1"]);
    }
}

/// The credential is that of the batch: a response within may repeat it.
#[tokio::test]
async fn echoed_credential_is_in_no_error_of_a_request_in_a_batch() {
    const TOKEN: &str = "t0k3n-planted";
    let server = MockServer::start().await;
    let echo = |request: &Request| {
        let sent = request.headers["authorization"].to_str().unwrap();
        let error = json!({"code": "no", "message": format!("not with {sent}"), "data": {"status": 403}});
        let is_shop = request.url.path().ends_with("/products/batch");
        // A wrong type, too, for the path of a decoding error.
        let odd = json!({ "id": { sent: [sent] } });
        ResponseTemplate::new(207).set_body_json(if is_shop {
            json!({"create": [{"id": 0, "error": error.clone()}, {"id": 0, "error": error}]})
        } else {
            json!({"responses": [
                {"status": 403, "headers": {}, "body": error},
                {"status": 201, "headers": {}, "body": odd},
            ]})
        })
    };
    Mock::given(any()).respond_with(echo).mount(&server).await;
    for wp in clients(&server) {
        let wp = wp.with_auth(Identity::new(ApiKey::bearer(TOKEN)));
        let posts = wp.posts();
        let products = wp.collection::<Product>();
        let batched = wp.batch([posts.create(NewPost::titled("a")), posts.create(NewPost::titled("b"))]);
        let mut errors: Vec<_> =
            batched.await.unwrap().results.into_iter().map(|result| result.unwrap_err()).collect();
        let new = || Named { name: None };
        let batched = wp.batch([products.create(new()), products.create(new())]);
        errors.extend(batched.await.unwrap().results.into_iter().map(|result| result.unwrap_err()));
        assert_eq!(errors.len(), 4);
        for error in errors {
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains(TOKEN), "{shown}");
        }
    }
}
