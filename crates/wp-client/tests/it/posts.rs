//! Posts: create, publish, trash, delete, and invalid requests.

use wp_client::models::{NewPost, PostId, PostPatch, PostStatus, TagId};
use wp_client::{ErrorCode, ErrorKind};
use wp_testkit::StandIn;

use crate::{clients, signed_in};

#[tokio::test]
async fn post_create_publish_trash_delete() {
    let site = StandIn::start().await;
    for wp in signed_in(&site, "editor") {
        let new = NewPost::titled("Tom & Jerry").content("<p>…</p>").tags([]).slug("tom");
        let post = wp.posts().create(new).await.unwrap();
        assert_eq!((post.status, post.title.raw.as_str()), (PostStatus::Draft, "Tom & Jerry"));

        let patch = PostPatch::default().status(PostStatus::Publish).excerpt("Short");
        let post = wp.posts().update(post.id, patch).await.unwrap();
        assert_eq!((post.status, post.excerpt.raw.as_str()), (PostStatus::Publish, "Short"));
        assert_eq!(post.title.raw, "Tom & Jerry", "what was not set stays");

        let seen = wp.posts().get(post.id).anonymous().await.unwrap();
        assert_eq!((seen.id, seen.title.rendered.as_str()), (post.id, "Tom &#038; Jerry"));

        assert_eq!(wp.posts().trash(post.id).await.unwrap().status, PostStatus::Trash);
        let error = wp.posts().trash(post.id).await.unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::ALREADY_TRASHED));
        let gone = wp.posts().delete(post.id).await.unwrap();
        assert!(gone.deleted && gone.previous.id == post.id);
        let error = wp.posts().get(post.id).await.unwrap_err();
        assert!(error.is_not_found() && error.code() == Some(&ErrorCode::POST_INVALID_ID));
        assert_eq!(
            error.to_string(),
            format!("GET /wp/v2/posts/{}: 404 rest_post_invalid_id: Invalid post ID.", post.id)
        );
    }
}

#[tokio::test]
async fn post_write_without_permission_is_an_error() {
    let site = StandIn::start().await;
    for wp in signed_in(&site, "subscriber") {
        let error = wp.posts().create(NewPost::titled("x")).await.unwrap_err();
        assert!(error.is_forbidden() && !error.is_unauthorized());
        assert_eq!(error.code(), Some(&ErrorCode::CANNOT_CREATE));
        let error = wp.posts().create(NewPost::titled("x")).anonymous().await.unwrap_err();
        assert!(error.is_unauthorized() && !error.may_have_happened());
    }
}

#[tokio::test]
async fn invalid_parameter_error_names_the_parameter() {
    let site = StandIn::start().await;
    for wp in signed_in(&site, "editor") {
        let error = wp.posts().list().per_page(101).await.unwrap_err();
        let ErrorKind::Api(api) = error.kind() else { panic!("{error:?}") };
        assert_eq!(api.params().map(|param| param.name).collect::<Vec<_>>(), ["per_page"]);
        assert!(error.to_string().contains("per_page must be between 1"), "{error}");
    }
}

#[tokio::test]
async fn request_that_cannot_be_expressed_is_not_sent() {
    let site = StandIn::start().await;
    for (_, builder) in clients(&site) {
        let wp = builder.build().unwrap();
        let none: [PostId; 0] = [];
        for error in [
            wp.posts().list().include(none).await.unwrap_err(),
            wp.posts().list().include(none).stream().try_next().await.unwrap_err(),
            wp.posts().list().tags(Vec::<TagId>::new()).await.unwrap_err(),
            wp.get("/wp/v2/posts").header("bad name", "x").await.unwrap_err(),
            wp.get("/wp/v2/../x").await.unwrap_err(),
        ] {
            assert!(matches!(error.kind(), ErrorKind::Request(_)), "{error:?}");
            assert!(error.to_string().starts_with("GET /wp/v2/"), "{error}");
        }
        assert!(site.log().is_empty());
    }
}
