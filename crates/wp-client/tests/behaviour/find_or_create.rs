//! Creates that look first.

use futures_util::future::join_all;
use wp_client::models::{
    CategoryPatch, NewCategory, NewPage, NewPost, NewTag, NewUser, PostPatch, PostStatus, TagPatch, UserPatch,
};
use wp_client::{Ensured, ErrorCode};

use crate::site::Site;

/// Names with what WordPress stores as entities, removes, or compares without its case.
const NAMES: &[&str] = &[
    "Behaviour news",
    "Q&A of b",
    "1 < 2 of b",
    "it's \"so\" of b",
    "Größe of b",
    "b  two   blanks",
    "文 of b",
];

pub(crate) async fn terms_are_found_by_name(site: Site) {
    let wp = site.admin();
    let mut ids = Vec::new();
    for name in NAMES {
        let new = wp.tags().find_or_create(*name).await.unwrap();
        assert!(matches!(new, Ensured::Created(_)), "{name}: {new:?}");
        let again = wp.tags().find_or_create(*name).await.unwrap();
        assert!(matches!(&again, Ensured::Found(tag) if tag.id == new.item().id), "{name}: {again:?}");
        // WordPress says the same.
        let refused = wp.tags().create(NewTag::named(*name)).await.unwrap_err();
        assert_eq!(refused.code(), Some(&ErrorCode::TERM_EXISTS), "{name}");
        assert_eq!(refused.existing_term(), Some(new.item().id.get()), "{name}");
        assert!(refused.hint().is_some());
        ids.push(new.item().id);
    }
    let names = NAMES.iter().copied().chain(["One more of b"]);
    let all = wp.tags().find_or_create_all(names).await.unwrap();
    assert_eq!(all.results.len(), NAMES.len() + 1);
    for (at, tag) in all.results.into_iter().enumerate() {
        let tag = tag.unwrap();
        assert_eq!(tag.is_created(), at == NAMES.len(), "{tag:?}");
        match ids.get(at) {
            Some(id) => assert_eq!(tag.item().id, *id),
            None => ids.push(tag.item().id),
        }
    }
    let patch = TagPatch::default().description("Changed");
    let changed = wp.tags().upsert(NAMES[0], patch).await.unwrap();
    assert!(matches!(&changed, Ensured::Updated(tag) if tag.id == ids[0] && tag.description == "Changed"));
    for id in ids {
        wp.tags().delete(id).await.unwrap();
    }

    let top = wp.categories().find_or_create("Behaviour sea").await.unwrap().into_item();
    let below = || NewCategory::named("Behaviour harbours").parent(top.id);
    let first = wp.categories().find_or_create(below()).await.unwrap();
    assert!(first.is_created() && first.item().parent == Some(top.id));
    let patch = CategoryPatch::default().description("Salt");
    let second = wp.categories().upsert(below(), patch).await.unwrap();
    assert!(
        matches!(&second, Ensured::Updated(term) if term.id == first.item().id && term.description == "Salt")
    );
    let at_top = wp.categories().find_or_create("Behaviour harbours").await.unwrap();
    assert!(at_top.is_created() && at_top.item().id != first.item().id);
    for id in [at_top.item().id, first.item().id, top.id] {
        wp.categories().delete(id).await.unwrap();
    }
}

pub(crate) async fn posts_are_found_by_slug(site: Site) {
    let wp = site.admin();
    for status in [None, Some(PostStatus::Draft), Some(PostStatus::Private), Some(PostStatus::Publish)] {
        let new = NewPost::titled("Behaviour guarded").slug("behaviour-guarded");
        let new = status.iter().fold(new, |new, status| new.status(status.clone()));
        let first = wp.posts().find_or_create(new.clone()).await.unwrap();
        assert!(matches!(first, Ensured::Created(_)), "{status:?}: {first:?}");
        let second = wp.posts().find_or_create(new.clone()).await.unwrap();
        assert!(
            matches!(&second, Ensured::Found(post) if post.id == first.item().id),
            "{status:?}: {second:?}"
        );
        let third = wp.posts().upsert(new, PostPatch::default().title("Behaviour updated")).await.unwrap();
        assert!(
            matches!(&third, Ensured::Updated(post) if post.title.raw == "Behaviour updated"),
            "{third:?}"
        );
        wp.posts().delete(first.item().id).await.unwrap();
    }
    // A slug is unique below its parent.
    let parent = wp.pages().create(NewPage::titled("Behaviour above")).await.unwrap();
    let page = || NewPage::titled("Behaviour team").slug("behaviour-team").status(PostStatus::Publish);
    let top = wp.pages().find_or_create(page()).await.unwrap();
    let below = wp.pages().find_or_create(page().parent(parent.id)).await.unwrap();
    assert!(top.is_created() && below.is_created());
    assert_eq!(wp.pages().find_or_create(page().parent(parent.id)).await.unwrap().item().id, below.item().id);
    assert_eq!(wp.pages().find_or_create(page()).await.unwrap().item().id, top.item().id);
    for id in [below.item().id, top.item().id, parent.id] {
        wp.pages().delete(id).await.unwrap();
    }
}

pub(crate) async fn users_are_found_by_address(site: Site) {
    let wp = site.admin();
    let new = || NewUser::new("behaviour-eve", "eve+b@example.org", "a long password 1").name("Eve");
    let first = wp.users().find_or_create(new()).await.unwrap();
    assert!(matches!(first, Ensured::Created(_)), "{first:?}");
    let other = NewUser::new("behaviour-other", "EVE+b@example.org", "a long password 1");
    let second = wp.users().upsert(other, UserPatch::default().name("Eve Lee")).await.unwrap();
    assert!(
        matches!(&second, Ensured::Updated(user) if user.id == first.item().id && user.name == "Eve Lee"),
        "{second:?}"
    );
    let taken = wp.users().create(NewUser::new("behaviour-third", "eve+b@example.org", "a long password 1"));
    let taken = taken.await.unwrap_err();
    assert_eq!(taken.code(), Some(&ErrorCode::EXISTING_USER_EMAIL), "{taken}");
    assert!(taken.hint().is_some());
    wp.users().delete_reassigning(first.item().id, None).await.unwrap();
    // WordPress stores the ampersand as an entity.
    let pair = || NewUser::new("behaviour-pair", "eve&ann@example.org", "a long password 1");
    let first = wp.users().find_or_create(pair()).await.unwrap();
    assert!(matches!(first, Ensured::Created(_)), "{first:?}");
    let second = wp.users().find_or_create(pair()).await.unwrap();
    assert!(matches!(&second, Ensured::Found(user) if user.id == first.item().id), "{second:?}");
    wp.users().delete_reassigning(first.item().id, None).await.unwrap();
}

/// Eight at once: WordPress may make two terms, and no request fails.
pub(crate) async fn creates_at_once_all_return_a_term(site: Site) {
    let wp = site.admin();
    let all = join_all((0..8).map(|_| wp.tags().find_or_create("Behaviour race").send())).await;
    for tag in all {
        assert_eq!(tag.unwrap().item().name, "Behaviour race");
    }
    let again = wp.tags().find_or_create("Behaviour race").await.unwrap();
    assert!(matches!(again, Ensured::Found(_)), "{again:?}");
    for tag in wp.tags().list().search("Behaviour race").await.unwrap() {
        wp.tags().delete(tag.id).await.unwrap();
    }
}
