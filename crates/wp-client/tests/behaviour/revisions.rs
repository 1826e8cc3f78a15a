//! Revisions and autosaves.

use wp_client::models::{
    Autosave, BlockPatch, NavigationPatch, NewBlock, NewNavigation, NewPage, NewPost, PagePatch, PostPatch,
    PostStatus, Revision,
};
use wp_client::{Autosaves, Client, Collection, Delete, Edit, Id, Order, Revisions, Update};

use crate::refusal::{assert_refused, assert_refuses};
use crate::site::Site;

/// Changes an item twice, and reads, lists and tries to delete its revisions and autosaves.
async fn check<R>(site: &Site, items: fn(&Client) -> Collection<R>, id: Id<R>, patch: fn(&str) -> R::Patch)
where
    R: Update<Key = Id<R>, Patch: 'static>
        + Delete
        + Revisions<Revision = Revision<R>>
        + Autosaves<Autosave = Autosave<R>, Draft = <R as Update>::Patch>
        + std::fmt::Debug
        + PartialEq,
{
    let wp = site.admin();
    for title in ["First change", "Second change"] {
        items(&wp).update(id, patch(title)).await.unwrap();
    }
    let revisions = items(&wp).revisions(id);
    let all = revisions.list().edit().strict().await.unwrap();
    let titles: Vec<_> = all.iter().map(|revision| revision.title.raw.as_str()).collect();
    assert!(titles.len() >= 2 && titles[..2] == ["Second change", "First change"], "{titles:?}");
    assert!(all.iter().all(|revision| revision.parent == Some(id) && revision.author.is_some()));
    let oldest = revisions.list().order_by("id", Order::Asc).per_page(1).await.unwrap();
    assert_eq!((oldest.len(), oldest.totals.unwrap().items), (1, all.len() as u64));
    assert_eq!(Some(oldest[0].id), all.iter().map(|revision| revision.id).min());
    let some = revisions.list().include([all[1].id]).await.unwrap();
    assert_eq!(some.iter().map(|revision| revision.id).collect::<Vec<_>>(), [all[1].id]);
    let mut stream = revisions.list().per_page(1).stream();
    let mut streamed = 0;
    while stream.try_next().await.unwrap().is_some() {
        streamed += 1;
    }
    assert_eq!(streamed, all.len());

    let one = revisions.get(all[1].id).edit().strict().await.unwrap();
    assert_eq!((one.title.raw.as_str(), one.slug.contains("revision")), ("First change", true));
    assert_eq!(revisions.get(one.id).strict().await.unwrap().parent, Some(id));
    revisions.get(one.id).query("context", "embed").strict().await.unwrap();
    assert_eq!(revisions.get_opt(Id::new(999_999_999).unwrap()).await.unwrap(), None);
    // Even an administrator may not.
    assert_refused(revisions.delete(one.id).await, 403, "rest_cannot_delete");

    let saved = items(&wp).autosave(id, patch("Not published yet")).await.unwrap();
    assert_eq!((saved.title.raw.as_str(), saved.parent), ("Not published yet", Some(id)));
    let autosaves = items(&wp).autosaves(id);
    let listed = autosaves.list().edit().strict().await.unwrap();
    assert!(
        listed.iter().any(|autosave| autosave.id == saved.id && autosave.title.raw == "Not published yet")
    );
    let again = autosaves.get(saved.id).edit().await.unwrap();
    assert_eq!((again.id, again.preview_link.is_some()), (saved.id, true));
    assert_eq!(autosaves.get(saved.id).strict().await.unwrap().preview_link, None);
    // An autosave is one of the revisions too.
    let newest: Revision<R, Edit> = revisions.list().edit().await.unwrap().into_iter().next().unwrap();
    assert!(newest.title.raw == "Not published yet" && newest.slug.contains("autosave"));

    let (subscriber, anonymous) = (site.someone(&site.subscriber), site.anonymous());
    let both = [&subscriber, &anonymous];
    assert_refuses(both.map(|wp| items(wp).revisions(id).get(one.id)), "rest_cannot_read").await;
    for (wp, status) in [(&subscriber, 403), (&anonymous, 401)] {
        assert_refused(items(wp).revisions(id).list().await, status, "rest_cannot_read");
        assert_refused(items(wp).autosaves(id).list().await, status, "rest_cannot_read");
        assert_refused(items(wp).revisions(id).delete(one.id).await, status, "rest_cannot_delete");
    }
    assert_refuses(both.map(|wp| items(wp).autosave(id, patch("x"))), "rest_cannot_edit").await;
    items(&wp).delete(id).await.unwrap();
}

pub(crate) async fn revisions_and_autosaves_of_posts(site: Site) {
    let new = NewPost::titled("Versions").content("a").status(PostStatus::Publish);
    let post = site.admin().posts().create(new).await.unwrap();
    check(&site, wp_client::Client::posts, post.id, |title| PostPatch::default().title(title).content(title))
        .await;
}

pub(crate) async fn revisions_and_autosaves_of_pages(site: Site) {
    let new = NewPage::titled("Versions").content("a").status(PostStatus::Publish);
    let page = site.admin().pages().create(new).await.unwrap();
    check(&site, wp_client::Client::pages, page.id, |title| PagePatch::default().title(title).content(title))
        .await;
}

pub(crate) async fn revisions_and_autosaves_of_blocks(site: Site) {
    let new = NewBlock::titled("Versions").content("a").status(PostStatus::Publish);
    let block = site.admin().blocks().create(new).await.unwrap();
    check(&site, wp_client::Client::blocks, block.id, |title| {
        BlockPatch::default().title(title).content(title)
    })
    .await;
}

pub(crate) async fn revisions_and_autosaves_of_navigation(site: Site) {
    let new = NewNavigation::titled("Versions").content("a").status(PostStatus::Publish);
    let menu = site.admin().navigation().create(new).await.unwrap();
    let patch = |title: &str| NavigationPatch::default().title(title).content(title);
    check(&site, wp_client::Client::navigation, menu.id, patch).await;
}
