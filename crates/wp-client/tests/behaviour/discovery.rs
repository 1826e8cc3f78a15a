//! Finding the API.

use crate::site::Site;

pub(crate) async fn find_by_site_url(site: Site) {
    let found = site.discover(site.url()).await;
    assert!(found.has_namespace("wp/v2"), "{found:?}");
    assert!(found.date().is_some() && !found.name().is_empty());
    let index = found.client().build().unwrap().get("/").query("_fields", "name,home").await.unwrap();
    assert_eq!(index["name"], found.name());
    assert_eq!(index["home"], found.site().unwrap().home);
}

pub(crate) async fn find_by_post_url(site: Site) {
    let home = site.discover(site.url()).await;
    let posts = site.anonymous().posts().list().per_page(1).await.unwrap();
    let found = site.discover(&posts[0].link).await;
    assert_eq!(found.root(), home.root(), "{found:?}");
}
