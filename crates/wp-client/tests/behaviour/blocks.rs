//! Patterns that users made, and navigation menus of block themes.

use wp_client::models::{
    BlockPatch, NavigationPatch, NewBlock, NewNavigation, NewTerm, PatternCategory, PostStatus, SyncStatus,
    TermPatch,
};
use wp_client::{Ensured, Id};

use crate::refusal::{assert_refused, assert_refuses};
use crate::site::Site;

pub(crate) async fn block_life_cycle(site: Site) {
    let wp = site.admin();
    let has_categories = site.has_route("/wp/v2/wp_pattern_category");
    let blocks = "<!-- wp:paragraph -->\n<p>it's 1 &lt; 2 \\ \"so\"</p>\n<!-- /wp:paragraph -->";
    let new = NewBlock::titled("Tom & Jerry").content(blocks).status(PostStatus::Publish);
    let new = if has_categories { new.sync_status(SyncStatus::Unsynced) } else { new };
    let block = wp.blocks().create(new).await.unwrap();
    assert_eq!((&*block.title.raw, &*block.content.raw), ("Tom & Jerry", blocks));
    assert_eq!(block.sync_status, has_categories.then_some(SyncStatus::Unsynced));

    let seen = wp.blocks().get(block.id).strict().await.unwrap();
    assert_eq!(
        (seen.kind.as_str(), &*seen.title.raw, &*seen.content.raw),
        ("wp_block", "Tom & Jerry", blocks)
    );
    assert_eq!(seen.content.block_version, 0);
    let edited = wp.blocks().get(block.id).edit().strict().await.unwrap();
    assert_eq!((edited.content.block_version, edited.password.is_some()), (1, true));
    let embedded = wp.blocks().get(block.id).query("context", "embed").strict().await.unwrap();
    assert_eq!((embedded.id, &*embedded.title.raw), (block.id, ""));

    let ids =
        |page: wp_client::Page<wp_client::models::Block>| page.iter().map(|item| item.id).collect::<Vec<_>>();
    let changed =
        wp.blocks().update(block.id, BlockPatch::default().title("Changed").slug("behaviour-block"));
    assert_eq!(&*changed.await.unwrap().title.raw, "Changed");
    assert_eq!(ids(wp.blocks().list().slug("behaviour-block").await.unwrap()), [block.id]);
    assert_eq!(ids(wp.blocks().list().search("Changed").await.unwrap()), [block.id]);
    if has_categories {
        let name = format!("Behaviour {}", block.id);
        let category: PatternCategory = wp.pattern_categories().create(NewTerm::named(name)).await.unwrap();
        let patch = BlockPatch::default().wp_pattern_category([category.id]);
        assert_eq!(wp.blocks().update(block.id, patch).await.unwrap().wp_pattern_category, [category.id]);
        assert_eq!(ids(wp.blocks().list().wp_pattern_category([category.id]).await.unwrap()), [block.id]);
        let others = ids(wp.blocks().list().wp_pattern_category_exclude([category.id]).await.unwrap());
        assert!(!others.contains(&block.id));
        let patch = BlockPatch::default().wp_pattern_category([]);
        let none: [Id<PatternCategory>; 0] = [];
        assert_eq!(wp.blocks().update(block.id, patch).await.unwrap().wp_pattern_category, none);
        let patch = TermPatch::default().description("Changed");
        let changed = wp.pattern_categories().upsert(category.name.as_str(), patch).await.unwrap();
        assert!(matches!(&changed, Ensured::Updated(term) if term.description == "Changed"), "{changed:?}");
        assert_eq!(wp.pattern_categories().get(category.id).await.unwrap().slug, category.slug);
        wp.pattern_categories().delete(category.id).await.unwrap();
    }

    let (subscriber, anonymous) = (site.someone(&site.subscriber), site.anonymous());
    let both = [&subscriber, &anonymous];
    assert_refuses(both.map(|wp| wp.blocks().create(NewBlock::titled("x"))), "rest_cannot_create").await;
    assert_refuses(
        both.map(|wp| wp.blocks().update(block.id, BlockPatch::default().title("x"))),
        "rest_cannot_edit",
    )
    .await;
    assert_refuses(both.map(|wp| wp.blocks().trash(block.id)), "rest_cannot_delete").await;
    for (wp, status) in [(&subscriber, 403), (&anonymous, 401)] {
        assert_refused(wp.blocks().get(block.id).await, status, "rest_forbidden");
        assert_eq!(wp.blocks().list().await.unwrap().len(), 0);
    }

    assert_eq!(wp.blocks().trash(block.id).await.unwrap().status, PostStatus::Trash);
    assert!(ids(wp.blocks().list().status(PostStatus::Trash).await.unwrap()).contains(&block.id));
    assert_eq!(wp.blocks().delete(block.id).await.unwrap().previous.id, block.id);
    assert_eq!(wp.blocks().get_opt(block.id).await.unwrap(), None);
}

pub(crate) async fn navigation_life_cycle(site: Site) {
    let wp = site.admin();
    let link = "<!-- wp:navigation-link {\"label\":\"Shop\",\"url\":\"/shop\"} /-->";
    let new = NewNavigation::titled("Behaviour menu").content(link).status(PostStatus::Publish);
    let menu = wp.navigation().create(new).await.unwrap();
    assert_eq!((menu.title.raw.as_str(), menu.content.raw.as_str()), ("Behaviour menu", link));
    let seen = wp.navigation().get(menu.id).strict().await.unwrap();
    assert_eq!((seen.kind.as_str(), &*seen.title.rendered), ("wp_navigation", "Behaviour menu"));
    wp.navigation().get(menu.id).edit().strict().await.unwrap();
    wp.navigation().get(menu.id).query("context", "embed").strict().await.unwrap();
    let patch = NavigationPatch::default().title("Changed menu").slug("behaviour-menu");
    assert_eq!(wp.navigation().update(menu.id, patch).await.unwrap().title.raw, "Changed menu");
    let found = wp.navigation().list().slug("behaviour-menu").edit().strict().await.unwrap();
    assert_eq!(found.iter().map(|menu| menu.id).collect::<Vec<_>>(), [menu.id]);
    // Visitors see the menus of a site.
    assert!(site.anonymous().navigation().list().await.unwrap().iter().any(|item| item.id == menu.id));

    let (subscriber, anonymous) = (site.someone(&site.subscriber), site.anonymous());
    let both = [&subscriber, &anonymous];
    assert_refuses(both.map(|wp| wp.navigation().create(NewNavigation::titled("x"))), "rest_cannot_create")
        .await;
    let patch = || NavigationPatch::default().title("x");
    assert_refuses(both.map(|wp| wp.navigation().update(menu.id, patch())), "rest_cannot_edit").await;
    assert_refuses(both.map(|wp| wp.navigation().delete(menu.id)), "rest_cannot_delete").await;

    assert_eq!(wp.navigation().trash(menu.id).await.unwrap().status, PostStatus::Trash);
    assert!(wp.navigation().delete(menu.id).await.unwrap().deleted);
    assert_eq!(wp.navigation().get_opt(menu.id).await.unwrap(), None);
}
