//! The settings of the site, and its index.

use wp_client::models::{FrontPage, Hours, SettingsPatch};

use crate::site::Site;

pub(crate) async fn settings_update_and_reset(site: Site) {
    let wp = site.admin();
    let before = wp.settings().get().strict().await.unwrap();
    let title = before.title.clone().unwrap();
    let patch = SettingsPatch::default().title("Dunes & more").posts_per_page(7u32).site_icon(None);
    let changed = wp.settings().update(patch).await.unwrap();
    assert_eq!(changed.title.as_deref(), Some("Dunes &amp; more"));
    assert_eq!((changed.posts_per_page, changed.site_icon), (Some(7), None));
    assert_eq!(changed.show_on_front, Some(FrontPage::Posts));
    assert_eq!(wp.settings().get().await.unwrap().posts_per_page, Some(7));
    assert_eq!(wp.site_info().await.unwrap().name, "Dunes &amp; more");
    let patch = SettingsPatch::default().title(title.as_str()).reset("posts_per_page");
    let reset = wp.settings().update(patch).await.unwrap();
    assert_eq!((reset.title, reset.posts_per_page), (Some(title), Some(10)));
    assert_eq!(reset.description, before.description);

    let error = site.anonymous().settings().get().await.unwrap_err();
    assert!(error.is_unauthorized(), "{error}");
    let subscriber = site.someone(&site.subscriber);
    assert!(subscriber.settings().get().await.unwrap_err().is_forbidden());
    let error = subscriber.settings().update(SettingsPatch::default().title("x")).await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
}

pub(crate) async fn index_is_read(site: Site) {
    let index = site.admin().site_info().strict().await.unwrap();
    assert_eq!(index.gmt_offset.map(Hours::get), Some(0.0));
    assert!(index.has_route("/wp/v2/posts") && !index.has_route("/wp/v2/no"));
    let posts = &index.routes["/wp/v2/posts"];
    assert_eq!((posts.namespace.as_str(), &*posts.methods[0]), ("wp/v2", "GET"));
    // Since WordPress 6.8.
    let is_new = index.has_route("/wp-abilities/v1/abilities");
    assert!(!is_new || index.show_on_front == Some(FrontPage::Posts));
    assert_eq!(site.anonymous().site_info().await.unwrap().url, index.url);
}
