//! What the Python client `wordpress-api-jwt` does, done here. The README's table names these tests.

use serde_json::json;
use wp_client::{Client, JwtAuth};
use wp_testkit::StandIn;

#[tokio::test]
async fn connect_get_post_and_the_whole_response() {
    let site = StandIn::start().await;
    // WordPressAPI(domain, username, password, protocol="http", namespace="wp-json")
    let wp = Client::builder(&site.url())
        .rest_prefix("wp-json")
        .auth(JwtAuth::new("admin", "password"))
        .build()
        .unwrap();
    // connect(), connected
    assert!(wp.sign_in().await.is_ok());
    // get(endpoint, data)
    let posts = wp.get("/wp/v2/posts").query("per_page", 2).await.unwrap();
    assert_eq!(posts.as_array().unwrap().len(), 2);
    // get(endpoint, get_response=True)
    let reply = wp.get("/wp/v2/posts").reply().await.unwrap();
    assert!(reply.headers.contains_key("x-wp-total"));
    // post(endpoint, data)
    let post = wp.post("/wp/v2/posts").json(&json!({"title": "From Python"})).await.unwrap();
    assert_eq!(post["title"]["raw"], "From Python");
    // parse_wp_error(response)
    let error = wp.get("/wp/v2/posts/999999").await.unwrap_err();
    assert_eq!(error.status().unwrap(), 404);
    assert_eq!(error.code().unwrap().as_str(), "rest_post_invalid_id");
    assert_eq!(error.api_error().unwrap().message(), "Invalid post ID.");
    // url
    assert_eq!(wp.site().root().to_string(), format!("{}/wp-json/", site.url()));
}
