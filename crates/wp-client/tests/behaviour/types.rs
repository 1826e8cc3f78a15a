//! What a site says of its post types, statuses and taxonomies.

use wp_client::ErrorCode;
use wp_client::models::PostStatus;

use crate::site::Site;

pub(crate) async fn post_types_list_and_get(site: Site) {
    let wp = site.admin();
    let view = wp.types().list().strict().await.unwrap();
    let post = view.iter().find(|kind| kind.slug == "post").unwrap();
    assert_eq!((post.route().as_str(), post.viewable), ("/wp/v2/posts", None));
    assert!(post.taxonomies.iter().any(|taxonomy| *taxonomy == "category"));
    let edit = wp.types().list().edit().strict().await.unwrap();
    let page = edit.iter().find(|kind| kind.slug == "page").unwrap();
    assert!(page.hierarchical && page.viewable == Some(true) && page.supports.contains_key("title"));
    let one = wp.types().get("post").edit().strict().await.unwrap();
    assert_eq!(one.capabilities["edit_posts"], "edit_posts");
    assert_eq!(wp.types().get("post").anonymous().await.unwrap().slug, "post");
    assert!(wp.types().get("no-such-type").await.unwrap_err().is_not_found());
    let refused = site.someone(&site.subscriber).types().get("post").edit().await.unwrap_err();
    assert!(refused.is_forbidden(), "{refused}");
}

pub(crate) async fn statuses_list_and_get(site: Site) {
    let wp = site.admin();
    let all = wp.statuses().list().strict().await.unwrap();
    assert!(all.iter().any(|status| status.status() == PostStatus::Draft));
    let draft = wp.statuses().get("draft").edit().strict().await.unwrap();
    assert_eq!((draft.public, draft.protected, draft.date_floating), (false, Some(true), true));
    let public = site.anonymous().statuses().list().await.unwrap();
    assert_eq!(public.iter().map(|status| status.slug.as_str()).collect::<Vec<_>>(), ["publish"]);
    assert!(site.anonymous().statuses().get("draft").await.unwrap_err().is_unauthorized());
    let error = wp.statuses().get("no-such-status").await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::from("rest_status_invalid")));
}

pub(crate) async fn taxonomies_list_and_get(site: Site) {
    let wp = site.admin();
    let of_posts = wp.taxonomies().list().of_type("post").strict().await.unwrap();
    let mut slugs: Vec<_> = of_posts.iter().map(|taxonomy| taxonomy.slug.as_str()).collect();
    slugs.sort_unstable();
    assert_eq!(slugs, ["category", "post_tag"]);
    assert!(wp.taxonomies().list().of_type("page").await.unwrap().is_empty());
    let tags = wp.taxonomies().get("post_tag").edit().strict().await.unwrap();
    assert_eq!((tags.route().as_str(), tags.show_cloud), ("/wp/v2/tags", Some(true)));
    assert!(tags.visibility.is_some_and(|it| it.show_ui) && tags.labels.contains_key("name"));
    assert!(site.anonymous().taxonomies().get("category").await.unwrap().hierarchical);
    assert!(site.anonymous().taxonomies().list().edit().await.unwrap_err().is_unauthorized());
    assert!(wp.taxonomies().get("no-such-taxonomy").await.unwrap_err().is_not_found());
}
