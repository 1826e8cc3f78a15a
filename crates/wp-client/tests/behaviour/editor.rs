//! What the editor of the dashboard asks for: types of blocks, patterns, icons, views, and other pages.

use wp_client::models::{
    BlockToRender, NewPost, OembedProxyQuery, OembedQuery, OembedType, PatternSource, PostStatus, ViewKind,
};

use crate::refusal::{assert_refused, assert_refuses};
use crate::site::Site;

pub(crate) async fn block_types_by_namespace(site: Site) {
    let wp = site.admin();
    let paragraph = wp.block_types().get("core/paragraph").strict().await.unwrap();
    assert!(!paragraph.is_dynamic && paragraph.attributes.contains_key("dropCap"));
    wp.block_types().get("core/paragraph").edit().strict().await.unwrap();
    wp.block_types().get("core/paragraph").query("context", "embed").strict().await.unwrap();
    let core = wp.block_types().in_namespace("core").strict().await.unwrap();
    assert!(core.len() > 50 && core.iter().all(|block| block.name.as_str().starts_with("core/")));
    let filtered = wp.block_types().list().namespace("core").strict().await.unwrap();
    assert_eq!(filtered.len(), core.len());
    assert!(wp.block_types().list().namespace("no-such").await.unwrap().is_empty());
    assert!(wp.block_types().list().strict().await.unwrap().len() >= core.len());

    let (subscriber, nobody) = (site.someone(&site.subscriber), site.anonymous());
    let both = [&subscriber, &nobody];
    assert_refuses(both.map(|wp| wp.block_types().get("core/paragraph")), "rest_block_type_cannot_view")
        .await;
    assert_refused(nobody.block_types().list().await, 401, "rest_block_type_cannot_view");
    assert_refused(wp.block_types().get("core/no-such").await, 404, "rest_block_type_invalid");
}

pub(crate) async fn dynamic_blocks_are_rendered(site: Site) {
    let wp = site.admin();
    let new = NewPost::titled("Rendered behaviour").status(PostStatus::Publish);
    let post = wp.posts().create(new).await.unwrap();
    let latest = || BlockToRender::default().attribute("postsToShow", 1).post_id(post.id);
    let posted = wp.block_types().render("core/latest-posts", latest()).strict().await.unwrap();
    let got = wp.block_types().render_by_get("core/latest-posts", latest()).strict().await.unwrap();
    assert_eq!(posted.rendered, got.rendered);
    assert_eq!(posted.rendered.matches("<li").count(), 1, "{posted:?}");
    let title = wp.block_types().render("core/post-title", BlockToRender::default().post_id(post.id));
    assert!(title.await.unwrap().rendered.contains("Rendered behaviour"));
    let wrong = BlockToRender::default().attribute("postsToShow", "many");
    assert_refused(wp.block_types().render("core/latest-posts", wrong).await, 400, "rest_invalid_param");
    let fixed = wp.block_types().render("core/group", BlockToRender::default()).await;
    assert_refused(fixed, 404, "block_invalid");

    let (subscriber, nobody) = (site.someone(&site.subscriber), site.anonymous());
    let both = [&subscriber, &nobody];
    let block = BlockToRender::default;
    let refused = "block_cannot_read";
    assert_refuses(both.map(|wp| wp.block_types().render("core/archives", block())), refused).await;
    assert_refuses(both.map(|wp| wp.block_types().render_by_get("core/archives", block())), refused).await;
    wp.posts().delete(post.id).await.unwrap();
}

pub(crate) async fn registered_patterns(site: Site) {
    let wp = site.admin();
    let patterns = wp.block_patterns().list().strict().await.unwrap();
    assert!(patterns.iter().all(|pattern| !pattern.title.is_empty()));
    assert!(patterns.iter().any(|pattern| {
        pattern.content.contains("<!-- wp:")
            && matches!(pattern.source, None | Some(PatternSource::Core | PatternSource::Theme))
    }));
    let categories = wp.block_pattern_categories().list().strict().await.unwrap();
    assert!(categories.iter().any(|category| category.name == "text" && !category.label.is_empty()));
    let (subscriber, nobody) = (site.someone(&site.subscriber), site.anonymous());
    for (wp, status) in [(subscriber, 403), (nobody, 401)] {
        assert_refused(wp.block_patterns().list().await, status, "rest_cannot_view");
        assert_refused(wp.block_pattern_categories().list().await, status, "rest_cannot_view");
    }
}

/// The site of a test does not reach WordPress.org.
pub(crate) async fn directories_are_for_editors(site: Site) {
    let wp = site.admin();
    for error in [
        wp.block_directory("slider").per_page(3).await.map(|_| ()).err(),
        wp.pattern_directory().list().search("gallery").per_page(3).await.map(|_| ()).err(),
    ] {
        let Some(error) = error else { continue };
        let code = error.code().map(ToString::to_string).unwrap_or_default();
        assert!(
            ["plugins_api_failed", "pattern_api_failed", "http_request_not_executed"].contains(&&*code),
            "{error:#}"
        );
    }
    let (subscriber, nobody) = (site.someone(&site.subscriber), site.anonymous());
    for (wp, status) in [(subscriber, 403), (nobody, 401)] {
        assert_refused(wp.block_directory("x").await, status, "rest_block_directory_cannot_view");
        assert_refused(wp.pattern_directory().list().await, status, "rest_pattern_directory_cannot_view");
    }
}

pub(crate) async fn icons_by_collection(site: Site) {
    let wp = site.admin();
    let collections = wp.icon_collections().list().strict().await.unwrap();
    assert!(collections.iter().any(|collection| collection.slug == "core"));
    assert_eq!(wp.icon_collections().get("core").edit().strict().await.unwrap().slug, "core");
    let plus = wp.icons().get("core/plus").strict().await.unwrap();
    assert!(plus.content.starts_with("<svg") && plus.collection == "core");
    wp.icons().get("core/plus").query("context", "embed").strict().await.unwrap();
    let all = wp.icons().list().strict().await.unwrap();
    let core = wp.icons().in_collection("core").strict().await.unwrap();
    assert!(core.len() > 20 && core.iter().all(|icon| icon.collection == "core"));
    assert_eq!(wp.icons().list().collection("core").await.unwrap().len(), core.len());
    let of_core = wp.icons().in_collection("core").containing("arrow").await.unwrap();
    let arrows = wp.icons().list().containing("arrow").strict().await.unwrap();
    assert!(!arrows.is_empty() && arrows.len() < all.len() && of_core.len() == arrows.len());

    let (subscriber, nobody) = (site.someone(&site.subscriber), site.anonymous());
    let both = [&subscriber, &nobody];
    assert_refuses(both.map(|wp| wp.icons().get("core/plus")), "rest_cannot_view").await;
    assert_refuses(both.map(|wp| wp.icon_collections().get("core")), "rest_cannot_view").await;
    assert_refused(subscriber.icons().list().await, 403, "rest_cannot_view");
    assert_refused(nobody.icon_collections().list().await, 401, "rest_cannot_view");
    assert_refused(wp.icons().get("core/no-such").await, 404, "rest_icon_not_found");
    let unknown = wp.icons().in_collection("no-such").await;
    assert_refused(unknown, 404, "rest_icon_collection_not_found");
}

pub(crate) async fn views_of_lists(site: Site) {
    let wp = site.admin();
    let category = wp.view_config(ViewKind::Taxonomy, "category").strict().await.unwrap();
    assert_eq!((category.kind, &*category.name), (Some(ViewKind::Taxonomy), "category"));
    let view = category.default_view.unwrap();
    assert!(view.per_page.is_some() && !view.kind.is_empty() && !category.view_list.is_empty());
    for (kind, name) in
        [(ViewKind::PostType, "page"), (ViewKind::PostType, "wp_block"), (ViewKind::Root, "site")]
    {
        wp.view_config(kind, name).strict().await.unwrap();
    }
    let unknown = wp.view_config(ViewKind::PostType, "no-such").await;
    assert_refused(unknown, 404, "rest_view_config_invalid_entity");
    let both = [&site.someone(&site.subscriber), &site.anonymous()];
    assert_refuses(both.map(|wp| wp.view_config(ViewKind::PostType, "page")), "rest_cannot_read").await;
}

pub(crate) async fn posts_are_embedded(site: Site) {
    let wp = site.admin();
    let post = wp.posts().create(NewPost::titled("Embedded").status(PostStatus::Publish)).await.unwrap();
    let nobody = site.anonymous();
    let embed = nobody.oembed(OembedQuery::of(post.link.as_str()).max_width(300_u32)).strict().await.unwrap();
    assert_eq!((&*embed.title, &embed.kind, embed.width), ("Embedded", &Some(OembedType::Rich), Some(300)));
    assert!(embed.html.contains(&post.link));
    let wide = nobody.oembed(post.link.as_str()).await.unwrap();
    assert_eq!(wide.width, Some(600));
    let elsewhere = nobody.oembed("http://other.example/").await;
    assert_refused(elsewhere, 404, "oembed_invalid_url");

    // A page of the site itself needs no request.
    let own = OembedProxyQuery::of(post.link.as_str()).max_width(300_u32).max_height(200_u32).discover(false);
    assert_eq!(wp.oembed_proxy(own).strict().await.unwrap().title, "Embedded");
    let both = [&site.someone(&site.subscriber), &nobody];
    assert_refuses(both.map(|wp| wp.oembed_proxy("http://other.example/")), "rest_forbidden").await;
    wp.posts().delete(post.id).await.unwrap();
}

pub(crate) async fn url_details_and_export(site: Site) {
    let wp = site.admin();
    assert_refused(wp.url_details("no url").await, 400, "rest_invalid_param");
    let both = [&site.someone(&site.subscriber), &site.anonymous()];
    // WordPress looks for the host before it looks at the user.
    let own = site.anonymous().site_info().await.unwrap().home;
    assert_refuses(both.map(|wp| wp.url_details(&own)), "rest_cannot_view_url_details").await;
    match wp.url_details(&own).strict().await {
        Ok(details) => assert!(details.image.is_empty() || details.image.contains("://"), "{details:?}"),
        // The site of a test may have one process, which does not reach itself.
        Err(error) => {
            let code = error.code().map(ToString::to_string).unwrap_or_default();
            assert!(["no_response", "no_content"].contains(&&*code), "{error:#}");
        }
    }
    // WordPress 6.2 does not have it.
    if site.has_route("/wp-block-editor/v1/navigation-fallback") {
        let menu = wp.navigation_fallback().strict().await.unwrap();
        assert_eq!(wp.navigation().get(menu.id).await.unwrap().id, menu.id);
        assert_refuses(both.map(wp_client::Client::navigation_fallback), "rest_cannot_create").await;
    }
    let zip = wp.export_theme().await.unwrap();
    assert!(zip.starts_with(b"PK\x03\x04") && zip.len() > 1_000, "{} bytes", zip.len());
    assert_refuses(both.map(wp_client::Client::export_theme), "rest_cannot_export_templates").await;
}
