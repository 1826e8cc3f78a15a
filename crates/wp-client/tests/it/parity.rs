//! The features of the Python client `wordpress-api-jwt`, row by row of the README's table.

use serde_json::{Value, json};
use wp_client::{Client, JwtAuth};
use wp_testkit::StandIn;

async fn connected() -> (StandIn, Client) {
    let site = StandIn::start().await;
    let wp = Client::builder(site.url()).auth(JwtAuth::new("admin", "password")).build().unwrap();
    (site, wp)
}

/// `WordPressAPI(domain, username, password, protocol, namespace)`
#[tokio::test]
async fn a_domain_a_protocol_and_a_namespace() {
    let site = StandIn::builder().rest_prefix("api").start().await;
    let auth = || JwtAuth::new("admin", "password");
    let wp = Client::builder(site.url()).rest_prefix("api").auth(auth()).build().unwrap();
    assert_eq!(wp.site().root().to_string(), format!("{}/api/", site.url()));
    wp.verify().await.unwrap();

    let wp = Client::builder("example.org").auth(auth()).build().unwrap();
    assert_eq!(wp.site().root().to_string(), "https://example.org/wp-json/");
    assert!(Client::builder("http://example.org").auth(auth()).build().is_err());
    assert!(Client::builder("http://example.org").auth(auth()).allow_plain_http().build().is_ok());
}

/// `connect()`, `connected`
#[tokio::test]
async fn connecting() {
    let (site, wp) = connected().await;
    assert!(wp.sign_in().await.is_ok());
    assert_eq!(wp.verify().await.unwrap().slug, "admin");
    assert!(wp.with_auth(JwtAuth::new("admin", "wrong")).sign_in().await.is_err());
    // `build_authentication_url()` put the password into the query; here it is not.
    let names = ["_method", "_"];
    assert!(site.log().iter().flat_map(|entry| &entry.query).all(|(name, _)| names.contains(&&**name)));
}

/// `headers`
#[tokio::test]
async fn headers() {
    let site = StandIn::start().await;
    let wp = Client::builder(site.url()).default_header("x-mine", "1").build().unwrap();
    wp.get("/wp/v2/posts").header("x-once", "2").await.unwrap();
    wp.get("/wp/v2/posts").await.unwrap();
    let has = |header: &str| site.log().iter().map(|entry| entry.has_header(header)).collect::<Vec<_>>();
    assert_eq!((has("x-mine"), has("x-once")), (vec![true, true], vec![true, false]));
}

/// `get(endpoint, data)`, `get_response=True`, `parse_json(response)`
#[tokio::test]
async fn getting() {
    let (_site, wp) = connected().await;
    let posts: Value = wp.get("/wp/v2/posts").queries(json!({"per_page": 2, "page": 2})).await.unwrap();
    assert_eq!(posts.as_array().unwrap().len(), 2);
    let posts: Vec<Value> = wp.get("/wp/v2/posts?per_page=3").typed().await.unwrap();
    assert_eq!(posts.len(), 3);
    let reply = wp.get("/wp/v2/posts").reply().await.unwrap();
    assert!(reply.status == 200 && reply.headers.contains_key("x-wp-total") && reply.totals.is_some());
}

/// `post(endpoint, data)`, and the verbs that are not there
#[tokio::test]
async fn posting_and_the_rest() {
    let (_site, wp) = connected().await;
    let post = wp.post("/wp/v2/posts").json(&json!({"title": "as JSON"})).await.unwrap();
    assert_eq!(post["title"]["raw"], "as JSON");
    let route = format!("/wp/v2/posts/{}", post["id"]);
    assert_eq!(
        wp.post(&route).form(json!({"title": "as a form"})).await.unwrap()["title"]["raw"],
        "as a form"
    );
    assert_eq!(wp.put(&route).json(&json!({"title": "put"})).await.unwrap()["title"]["raw"], "put");
    assert_eq!(wp.patch(&route).json(&json!({"title": "patch"})).await.unwrap()["title"]["raw"], "patch");
    assert_eq!(wp.delete(&route).await.unwrap()["status"], "trash");
}

/// `parse_wp_error(response)`
#[tokio::test]
async fn errors() {
    let (_site, wp) = connected().await;
    let error = wp.get("/wp/v2/posts/999999").await.unwrap_err();
    assert_eq!(error.status().unwrap(), 404);
    assert_eq!(error.code().unwrap().as_str(), "rest_post_invalid_id");
    assert_eq!(error.api_error().unwrap().message(), "Invalid post ID.");
}

/// `repr()`
#[test]
fn debug_and_display_hide_the_password() {
    let wp = Client::builder("example.org").auth(JwtAuth::new("admin", "hunter2")).build().unwrap();
    assert!(!format!("{wp:?}").contains("hunter2"));
}
