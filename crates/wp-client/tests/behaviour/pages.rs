//! Pages.

use wp_client::Order;
use wp_client::models::{NewPage, PageId, PagePatch, PostStatus};

use crate::refusal::assert_refuses;
use crate::site::Site;

pub(crate) async fn page_life_cycle(site: Site) {
    let wp = site.admin();
    let new = NewPage::titled("Behaviour parent").content("<p>one two three four five</p>");
    let parent = wp.pages().create(new.status(PostStatus::Publish)).await.unwrap();
    let new =
        NewPage::titled("Behaviour & child").parent(parent.id).menu_order(77).status(PostStatus::Publish);
    let child = wp.pages().create(new).await.unwrap();
    assert_eq!(
        (child.parent, child.menu_order, child.title.raw.as_str()),
        (Some(parent.id), 77, "Behaviour & child")
    );

    let seen = wp.pages().get(child.id).strict().await.unwrap();
    assert_eq!(
        (seen.kind.as_str(), seen.parent, &*seen.title.rendered),
        ("page", Some(parent.id), "Behaviour &#038; child")
    );
    assert_eq!(seen.password, None);
    let edited = wp.pages().get(child.id).edit().strict().await.unwrap();
    assert!(edited.generated_slug.is_some() && edited.password.is_some());
    let embedded = wp.pages().get(child.id).query("context", "embed").strict().await.unwrap();
    assert_eq!((embedded.id, embedded.parent), (child.id, None));

    let ids =
        |page: wp_client::Page<wp_client::models::Page>| page.iter().map(|page| page.id).collect::<Vec<_>>();
    let list = || wp.pages().list().per_page(100);
    assert_eq!(ids(list().parent([parent.id]).await.unwrap()), [child.id]);
    assert_eq!(ids(list().menu_order(77).await.unwrap()), [child.id]);
    let others = ids(list().parent_exclude([parent.id]).await.unwrap());
    assert!(others.contains(&parent.id) && !others.contains(&child.id));
    let top = ids(list().at_top().await.unwrap());
    assert!(top.contains(&parent.id) && !top.contains(&child.id));
    let ordered = list().order_by("menu_order", Order::Desc).await.unwrap();
    assert_eq!(ordered[0].id, child.id);
    let second = wp.pages().list().order_by("menu_order", Order::Desc).offset(1).per_page(1).await.unwrap();
    assert_ne!(second[0].id, child.id);

    let patch = PagePatch::default().parent(None).menu_order(78).title("Moved");
    let moved = wp.pages().update(child.id, patch).await.unwrap();
    assert_eq!((moved.parent, moved.menu_order, moved.title.raw.as_str()), (None, 78, "Moved"));
    assert_eq!(ids(list().parent([parent.id]).await.unwrap()), Vec::<PageId>::new());

    let (subscriber, anonymous) = (site.someone(&site.subscriber), site.anonymous());
    let both = [&subscriber, &anonymous];
    assert_refuses(both.map(|wp| wp.pages().create(NewPage::titled("x"))), "rest_cannot_create").await;
    assert_refuses(
        both.map(|wp| wp.pages().update(child.id, PagePatch::default().title("x"))),
        "rest_cannot_edit",
    )
    .await;
    assert_refuses(both.map(|wp| wp.pages().trash(child.id)), "rest_cannot_delete").await;
    assert_refuses(both.map(|wp| wp.pages().delete(child.id)), "rest_cannot_delete").await;
    assert_refuses(both.map(|wp| wp.pages().get(child.id).edit()), "rest_forbidden_context").await;

    assert_eq!(wp.pages().trash(child.id).await.unwrap().status, PostStatus::Trash);
    assert!(ids(list().status(PostStatus::Trash).await.unwrap()).contains(&child.id));
    for id in [child.id, parent.id] {
        assert_eq!(wp.pages().delete(id).await.unwrap().previous.id, id);
        assert_eq!(wp.pages().get_opt(id).await.unwrap(), None);
    }
}

/// The password opens the text, and the length of an excerpt is that of WordPress 6.8.
pub(crate) async fn protected_page_and_excerpt_length(site: Site) {
    let wp = site.admin();
    let words = "one two three four five six seven eight";
    let new = NewPage::titled("Hidden").content(words).status(PostStatus::Publish);
    let page = wp.pages().create(new.clone()).await.unwrap();
    let hidden = wp.pages().create(new.password("open sesame")).await.unwrap();
    let anonymous = site.anonymous();
    let locked = anonymous.pages().get(hidden.id).await.unwrap();
    assert!(locked.content.protected && locked.content.rendered.is_empty());
    let open = anonymous.pages().get(hidden.id).password("open sesame").await.unwrap();
    assert!(open.content.rendered.contains("one two three"));
    let wrong = anonymous.pages().get(hidden.id).password("x").await;
    crate::refusal::assert_refused(wrong, 403, "rest_post_incorrect_password");

    // Of the versions at hand, only those after 6.5 know the parameter.
    if site.has_route("/wp-abilities/v1/abilities") {
        let short = anonymous.pages().get(page.id).excerpt_length(3).await.unwrap();
        assert!(short.excerpt.rendered.contains("three") && !short.excerpt.rendered.contains("four"));
        let list = anonymous.pages().list().include([page.id]).excerpt_length(2).await.unwrap();
        assert!(list[0].excerpt.rendered.contains("two") && !list[0].excerpt.rendered.contains("three"));
    }
    for id in [page.id, hidden.id] {
        wp.pages().delete(id).await.unwrap();
    }
}
