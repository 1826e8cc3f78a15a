//! The health of the site, and batches.

use wp_client::models::{
    Batch, BatchRequest, BatchValidation, HealthStatus, HealthTest, NewPost, NewTag, PostId, TagPatch,
    UserPatch,
};

use crate::refusal::assert_refuses;
use crate::site::Site;

/// Those that wait for no other server.
const TESTS: [(HealthTest, &str); 2] =
    [(HealthTest::HttpsStatus, "https_status"), (HealthTest::AuthorizationHeader, "authorization_header")];

pub(crate) async fn health_tests(site: Site) {
    let wp = site.admin();
    for (test, name) in TESTS {
        let report = wp.site_health().test(test).strict().await.unwrap();
        assert_eq!(report.test, name);
        assert!(!report.label.is_empty() && !report.badge.unwrap().label.is_empty());
        assert!(!matches!(report.status, None | Some(HealthStatus::Unknown(_))));
    }
    let both = [&site.someone(&site.subscriber), &site.anonymous()];
    let all = [HealthTest::BackgroundUpdates, HealthTest::LoopbackRequests, HealthTest::DotorgCommunication];
    for test in TESTS.map(|(test, _)| test).into_iter().chain(all).chain([HealthTest::PageCache]) {
        assert_refuses(both.map(|wp| wp.site_health().test(test.clone())), "rest_forbidden").await;
    }
}

pub(crate) async fn directory_sizes(site: Site) {
    match site.admin().site_health().directory_sizes().strict().await {
        Ok(sizes) => {
            let total = sizes.total_size.and_then(|size| size.raw).unwrap();
            assert!(total > sizes.wordpress_size.and_then(|size| size.raw).unwrap());
        }
        // A database that is a file has no size of its own.
        Err(error) => {
            assert_eq!(error.code().map(wp_client::ErrorCode::as_str), Some("not_available"), "{error:#}");
        }
    }
    let both = [&site.someone(&site.subscriber), &site.anonymous()];
    assert_refuses(both.map(|wp| wp.site_health().directory_sizes()), "rest_forbidden").await;
}

pub(crate) async fn batch_of_writes(site: Site) {
    let wp = site.admin();
    let tag = wp.tags().create(NewTag::named("Batched")).await.unwrap();
    let batch = Batch::default()
        .request(BatchRequest::post("/wp/v2/posts").json(NewPost::titled("Batched")).unwrap())
        .request(
            BatchRequest::post(format!("/wp/v2/tags/{}", tag.id))
                .json(TagPatch::default().name("Renamed"))
                .unwrap(),
        )
        .request(BatchRequest::delete(format!("/wp/v2/tags/{}?force=true", tag.id)))
        .request(BatchRequest::post("/wp/v2/settings").json(serde_json::json!({"title": "x"})).unwrap());
    let response = wp.send_batch(&batch).strict().await.unwrap();
    let parts: Vec<_> = response.responses.iter().flatten().collect();
    assert_eq!(parts.iter().map(|part| part.status).collect::<Vec<_>>(), [201, 200, 200, 400]);
    assert_eq!(parts[1].body["name"], "Renamed");
    assert_eq!(parts[3].body["code"], "rest_batch_not_allowed");
    assert!(response.failed.is_none());
    let post: PostId = serde_json::from_value(parts[0].body["id"].clone()).unwrap();
    wp.posts().delete(post).await.unwrap();
    assert_eq!(wp.tags().get_opt(tag.id).await.unwrap(), None);

    // One is invalid, so none is executed.
    let all_or_none = Batch::default()
        .request(BatchRequest::post("/wp/v2/tags").json(NewTag::named("Never")).unwrap())
        .request(BatchRequest::post("/wp/v2/posts").json(serde_json::json!({"status": "no-such"})).unwrap())
        .validation(BatchValidation::RequireAllValidate);
    let response = wp.send_batch(&all_or_none).strict().await.unwrap();
    assert_eq!(response.failed.as_deref(), Some("validation"));
    assert!(response.responses[0].is_none() && response.responses[1].as_ref().unwrap().status == 400);
    assert!(wp.tags().list().search("Never").await.unwrap().is_empty());

    // An anonymous client may send a batch, but each of its requests is refused.
    let refused = site.anonymous().send_batch(&batch).await.unwrap();
    assert_eq!(refused.responses[0].as_ref().unwrap().status, 401);
}

/// More than WordPress takes at a time, typed.
pub(crate) async fn batch_of_typed_writes(site: Site) {
    let wp = site.admin();
    let titles: Vec<_> = (0..27).map(|n| format!("behaviour batch {n}")).collect();
    let batched =
        wp.batch(titles.iter().map(|title| wp.posts().create(NewPost::titled(title)))).await.unwrap();
    assert!(batched.closed.is_none());
    let posts: Vec<_> = batched.results.into_iter().map(|post| post.unwrap()).collect();
    assert_eq!(posts.iter().map(|post| post.title.raw.to_string()).collect::<Vec<_>>(), titles);
    let ids: Vec<_> = posts.iter().map(|post| post.id).collect();
    let deleted = wp.batch(ids.iter().map(|id| wp.posts().delete(*id))).await.unwrap().results;
    assert!(deleted.into_iter().all(|deleted| deleted.unwrap().deleted));
    assert_eq!(wp.posts().get_opt(ids[0]).await.unwrap().map(|post| post.id), None);
    // Users take no part in batches: their requests are sent alone.
    let missing = wp_client::Id::new(999_999).unwrap();
    let results =
        wp.batch([wp.users().update(missing, UserPatch::default().name("x"))]).await.unwrap().results;
    assert_eq!(results[0].as_ref().unwrap_err().status().unwrap(), 404);
}
