//! Site URLs: every kind that works, and errors for those that do not.

use wp_client::models::NewPost;
use wp_client::{Client, JwtAuth};
use wp_testkit::{Permalinks, StandIn};

use crate::transports;

#[tokio::test]
async fn client_works_with_every_kind_of_site_url() {
    use Permalinks::{Index, Plain, Pretty};
    type Change = fn(wp_client::ClientBuilder, &StandIn) -> wp_client::ClientBuilder;
    let cases: [(&str, Permalinks, &str, &str, Change); 7] = [
        ("pretty", Pretty, "", "", |builder, _| builder),
        ("plain", Plain, "", "", |builder, _| builder.plain_permalinks()),
        ("in a directory", Pretty, "blog", "", |builder, _| builder),
        ("plain in a directory", Plain, "blog", "", |builder, _| builder.plain_permalinks()),
        ("another prefix", Pretty, "", "api", |builder, _| builder.rest_prefix("api")),
        ("index.php", Index, "", "", |builder, site| builder.api_root(&site.uri("index.php/wp-json/"))),
        ("the root itself", Pretty, "blog", "api", |builder, site| builder.api_root(&site.uri("api/"))),
    ];
    for (name, permalinks, directory, prefix, change) in cases {
        let mut site = StandIn::builder().permalinks(permalinks);
        if !directory.is_empty() {
            site = site.subdirectory(directory);
        }
        if !prefix.is_empty() {
            site = site.rest_prefix(prefix);
        }
        let site = site.start().await;
        for (stack, transport) in transports() {
            let builder =
                Client::builder(site.url()).transport(transport).auth(JwtAuth::new("editor", "password"));
            let wp = change(builder, &site).build().unwrap();
            let post = wp.posts().create(NewPost::titled("x")).await;
            let post = post.unwrap_or_else(|error| panic!("{name}, {stack}: {error:?}"));
            assert_eq!(wp.posts().list().status("draft").search("x").await.unwrap()[0].id, post.id, "{name}");
            assert!(wp.posts().delete(post.id).await.unwrap().deleted);
        }
    }
}

#[test]
fn invalid_site_url_is_an_error_that_names_the_fault() {
    for (url, part) in
        [("ftp://x", "only http and https"), ("https://u:hunter2@x.org", "user name or a password")]
    {
        let error = Client::builder(url).build().unwrap_err().to_string();
        assert!(error.contains(part) && !error.contains("hunter2"), "{error}");
    }
    let error = Client::builder("x.org").rest_prefix("..").build().unwrap_err();
    assert!(error.to_string().contains("\"..\""), "{error}");
}
