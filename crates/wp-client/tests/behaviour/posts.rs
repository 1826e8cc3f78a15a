//! Writing posts.

use std::time::{Duration, SystemTime};

use wp_client::ErrorCode;
use wp_client::models::{NewPost, PostId, PostPatch, PostStatus};
use wp_client::wp_core::{Body, GmtTime};

use crate::site::Site;

pub(crate) async fn post_create_publish_trash_delete(site: Site) {
    let wp = site.admin();
    let post = wp.posts().create(NewPost::titled("From draft to nothing")).await.unwrap();
    assert_eq!(post.status, PostStatus::Draft);
    let post = wp.posts().update(post.id, PostPatch::default().status(PostStatus::Publish)).await.unwrap();
    assert_eq!(post.status, PostStatus::Publish);
    assert_eq!(wp.posts().get(post.id).anonymous().await.unwrap().slug, "from-draft-to-nothing");
    assert_eq!(wp.posts().trash(post.id).await.unwrap().status, PostStatus::Trash);
    let again = wp.posts().trash(post.id).await.unwrap_err();
    assert_eq!((again.status().unwrap().as_u16(), again.code()), (410, Some(&ErrorCode::ALREADY_TRASHED)));
    let gone = wp.posts().delete(post.id).await.unwrap();
    assert!(gone.deleted && gone.previous.id == post.id && gone.previous.status == PostStatus::Trash);
    assert!(wp.posts().get(post.id).await.unwrap_err().is_not_found());
}

pub(crate) async fn post_text_round_trips(site: Site) {
    let wp = site.admin();
    let title = "Tom & \"Jerry\" <b>ü</b> 🦀 %20 \\ + '";
    let content = "<!-- wp:paragraph --><p>it's 1 < 2 && \"so\" …</p><!-- /wp:paragraph -->";
    let post = wp.posts().create(NewPost::titled(title).content(content)).await.unwrap();
    assert_eq!(post.title.raw, title);
    assert_eq!(post.content.raw, content);
    wp.posts().delete(post.id).await.unwrap();
}

pub(crate) async fn post_is_scheduled_in_gmt(site: Site) {
    let wp = site.admin();
    let tomorrow = GmtTime::try_from(SystemTime::now() + Duration::from_secs(86_400)).unwrap();
    let new = NewPost::titled("Tomorrow").status(PostStatus::Publish).date_gmt(tomorrow);
    let post = wp.posts().create(new).await.unwrap();
    assert_eq!((post.status, post.date_gmt), (PostStatus::Future, Some(tomorrow)));
    wp.posts().delete(post.id).await.unwrap();
}

pub(crate) async fn post_patch_changes_only_its_fields(site: Site) {
    let wp = site.admin();
    let new = NewPost::titled("Before")
        .content("<p>stays</p>")
        .slug("behaviour-before")
        .status(PostStatus::Publish);
    let before = wp.posts().create(new).await.unwrap();
    let after = wp.posts().update(before.id, PostPatch::default().title("After")).await.unwrap();
    assert_eq!(after.title.raw, "After");
    assert_eq!((&after.content.raw, &after.slug), (&before.content.raw, &before.slug));
    assert_eq!((after.date, after.author, after.categories), (before.date, before.author, before.categories));
    wp.posts().delete(before.id).await.unwrap();
}

pub(crate) async fn override_methods_update_and_delete(site: Site) {
    let wp = site.overriding();
    let post = wp.posts().create(NewPost::titled("Overridden").status(PostStatus::Publish)).await.unwrap();
    let route = format!("/wp/v2/posts/{}", post.id);
    for (request, title) in [(wp.put(&route), "put"), (wp.patch(&route), "patch")] {
        let changed = request.json(&serde_json::json!({"title": title})).await.unwrap();
        assert_eq!(changed["title"]["raw"], title);
    }
    assert_eq!(wp.posts().trash(post.id).await.unwrap().status, PostStatus::Trash);
    assert!(wp.posts().delete(post.id).await.unwrap().deleted);
    assert!(wp.posts().get(post.id).await.unwrap_err().is_not_found());
}

pub(crate) async fn subscriber_cannot_write(site: Site) {
    // Without a subscriber, the request would be anonymous, which is a case of its own.
    if site.lacks(crate::Need::Jwt).is_some() {
        return anonymous_request_cannot_write(site).await;
    }
    let error = site.someone(&site.subscriber).posts().create(NewPost::titled("x")).await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (403, Some(&ErrorCode::CANNOT_CREATE)));
    assert!(error.is_forbidden() && !error.may_have_happened());
}

pub(crate) async fn anonymous_request_cannot_write(site: Site) {
    let error = site.anonymous().posts().create(NewPost::titled("x")).await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (401, Some(&ErrorCode::CANNOT_CREATE)));
    assert!(error.is_unauthorized());
}

pub(crate) async fn empty_post_is_refused(site: Site) {
    let error = site.admin().posts().create(NewPost::default()).await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code().unwrap().as_str()), (400, "empty_content"));
}

pub(crate) async fn unknown_post_is_not_found(site: Site) {
    let error = site.anonymous().posts().get(PostId::new(999_999_999).unwrap()).await.unwrap_err();
    assert!(error.is_not_found() && error.code() == Some(&ErrorCode::POST_INVALID_ID));
}

pub(crate) async fn large_post_is_stored(site: Site) {
    let wp = site.admin();
    let content = "<p>lorem ipsum</p>\n".repeat(20_000);
    let post = wp.posts().create(NewPost::titled("Large").content(content.as_str())).await.unwrap();
    assert_eq!(post.content.raw.trim_end().len(), content.trim_end().len());
    wp.posts().delete(post.id).await.unwrap();
}

pub(crate) async fn streamed_body_is_stored(site: Site) {
    let wp = site.admin();
    let json = r#"{"title":"Streamed","content":"<p>x</p>"}"#;
    let body = Body::stream(Body::from(json), json.len() as u64);
    let post = wp.post("/wp/v2/posts").body("application/json", body).await.unwrap();
    assert_eq!(post["title"]["raw"], "Streamed");
    wp.delete(&format!("/wp/v2/posts/{}?force=true", post["id"])).await.unwrap();
}

pub(crate) async fn post_password_hides_the_content(site: Site) {
    let wp = site.admin();
    let new = NewPost::titled("Hidden")
        .content("<p>secret</p>")
        .password("open sesame")
        .status(PostStatus::Publish);
    let post = wp.posts().create(new).await.unwrap();
    assert_eq!(post.password.unwrap().expose(), "open sesame");
    let seen = wp.posts().get(post.id).anonymous().await.unwrap();
    assert!(seen.content.protected && seen.content.rendered.is_empty());
    let open = wp.posts().get(post.id).anonymous().query("password", "open sesame").await.unwrap();
    assert!(open.content.rendered.contains("secret"));
    let wrong = wp.posts().get(post.id).anonymous().query("password", "wrong").await.unwrap_err();
    assert_eq!(wrong.code().unwrap().as_str(), "rest_post_incorrect_password");
    wp.posts().delete(post.id).await.unwrap();
}
