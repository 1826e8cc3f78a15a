//! Mirrors of lists, brought up to date by what changed.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use wp_client::models::{NewPost, NewTag, NewUser, PostPatch, PostStatus, TagPatch, UserPatch};
use wp_client::{Change, Changes, Checkpoint, Id, Order, Paged, Resource};

use crate::site::Site;

/// A copy of a list, with the checkpoint as a program stores it.
#[derive(Default)]
struct Mirror {
    items: BTreeMap<u64, Value>,
    checkpoint: Option<String>,
}

impl Mirror {
    fn last(&self) -> Option<Checkpoint> {
        self.checkpoint.as_ref().map(|text| serde_json::from_str(text).unwrap())
    }

    /// Returns the ids of what was changed, and of what was deleted.
    async fn apply<T: Resource + Serialize, K: 'static>(
        &mut self,
        mut changes: Changes<T, Id<K>>,
    ) -> (Vec<u64>, Vec<u64>) {
        let (mut upserted, mut deleted) = (Vec::new(), Vec::new());
        while let Some(change) = changes.try_next().await.unwrap() {
            match change {
                Change::Upserted(item) => {
                    let id = item.key().to_string().parse().unwrap();
                    self.items.insert(id, json!(item));
                    upserted.push(id);
                }
                Change::Deleted(id) => {
                    assert!(self.items.remove(&id.get()).is_some());
                    deleted.push(id.get());
                }
            }
        }
        assert_eq!(changes.warning(), None);
        self.checkpoint = Some(serde_json::to_string(&changes.checkpoint()).unwrap());
        (upserted, deleted)
    }
}

/// The list as it is.
async fn whole<T: Resource + Serialize, R: Paged, F>(list: wp_client::List<R, T, F>) -> BTreeMap<u64, Value> {
    let mut items = list.order_by("id", Order::Asc).stream();
    let mut found = BTreeMap::new();
    while let Some(item) = items.try_next().await.unwrap() {
        found.insert(item.key().to_string().parse().unwrap(), json!(item));
    }
    found
}

pub(crate) async fn mirror_of_posts_follows_the_site(site: Site) {
    let wp = site.admin();
    let tag = wp.tags().create(NewTag::named("behaviour-sync")).await.unwrap().id;
    let list = || {
        wp.posts().list().edit().tags([tag]).statuses([PostStatus::Publish, PostStatus::Draft]).per_page(5)
    };
    let create = async |title: &str, status| {
        let new = NewPost::titled(title).tags([tag]).status(status);
        wp.posts().create(new).await.unwrap().id
    };
    let mut posts = Vec::new();
    for number in 0..12 {
        let status = if number % 3 == 0 { PostStatus::Draft } else { PostStatus::Publish };
        posts.push(create(&format!("synced {number}"), status).await);
    }
    let mut mirror = Mirror::default();
    assert_eq!(mirror.apply(list().changes_since(None)).await.0.len(), 12);
    assert_eq!(mirror.items, whole(list()).await);

    let rename = async |index: usize, title: &str| {
        wp.posts().update(posts[index], PostPatch::default().title(title)).await.unwrap();
    };
    // Another change, in the same second if the site is fast, after the mirror has seen the first.
    for round in 0..4 {
        let title = format!("round {round}");
        rename(3, &title).await;
        assert_eq!(mirror.apply(list().changes_since(mirror.last())).await, (vec![posts[3].get()], vec![]));
        rename(3, &format!("{title}, again")).await;
        // The parameter alone finds it as well.
        let changes = list().changes_since(mirror.last()).without_sweep();
        assert_eq!(mirror.apply(changes).await, (vec![posts[3].get()], vec![]));
        assert_eq!(mirror.items, whole(list()).await);
        assert_eq!(mirror.apply(list().changes_since(mirror.last())).await, (vec![], vec![]));
    }

    wp.posts().delete(posts[0]).await.unwrap();
    wp.posts().trash(posts[1]).await.unwrap();
    wp.posts().update(posts[2], PostPatch::default().status(PostStatus::Pending)).await.unwrap();
    wp.posts().update(posts[4], PostPatch::default().tags([])).await.unwrap();
    rename(5, "changed").await;
    let new = create("new", PostStatus::Publish).await;
    let (upserted, deleted) = mirror.apply(list().changes_since(mirror.last())).await;
    assert_eq!(upserted, [posts[5].get(), new.get()]);
    assert_eq!(deleted, [0, 1, 2, 4].map(|index| posts[index].get()));
    assert_eq!(mirror.items, whole(list()).await);

    // WordPress lists a sticky post in spite of `sticky=false` if it is asked for its id.
    let others = || list().sticky(false);
    let mut of_others = Mirror::default();
    of_others.apply(others().changes_since(None)).await;
    wp.posts().update(posts[5], PostPatch::default().sticky(true)).await.unwrap();
    let (_, deleted) = of_others.apply(others().changes_since(of_others.last())).await;
    assert_eq!(deleted, [posts[5].get()]);
    assert_eq!(of_others.items, whole(others()).await);
    wp.posts().update(posts[5], PostPatch::default().sticky(false)).await.unwrap();
    mirror.apply(list().changes_since(mirror.last())).await;

    // All are gone, and the site confirms it.
    for id in posts[1..].iter().chain([&new]) {
        wp.posts().delete(*id).await.unwrap();
    }
    mirror.apply(list().changes_since(mirror.last())).await;
    assert!(mirror.items.is_empty(), "{:?}", mirror.items.keys());
    wp.tags().delete(tag).await.unwrap();
}

pub(crate) async fn mirror_of_terms_and_users_follows_the_site(site: Site) {
    let wp = site.admin();
    let me = wp.users().me().await.unwrap().id;
    let (mut tags, mut users) = (Mirror::default(), Mirror::default());
    let new = |name: &str| NewUser::new(name, format!("{name}@example.org"), "a long password");
    let tag = wp.tags().create(NewTag::named("behaviour-sync-a")).await.unwrap().id;
    let user = wp.users().create(new("behaviour-sync-a")).await.unwrap().id;
    tags.apply(wp.tags().list().changes_since(None)).await;
    users.apply(wp.users().list().edit().changes_since(None)).await;

    wp.tags().update(tag, TagPatch::default().description("changed")).await.unwrap();
    wp.users().update(user, UserPatch::default().name("changed")).await.unwrap();
    let tag_2 = wp.tags().create(NewTag::named("behaviour-sync-b")).await.unwrap().id;
    let user_2 = wp.users().create(new("behaviour-sync-b")).await.unwrap().id;
    let changed = tags.apply(wp.tags().list().changes_since(tags.last())).await;
    assert_eq!(changed, (vec![tag.get(), tag_2.get()], vec![]));
    let changed = users.apply(wp.users().list().edit().changes_since(users.last())).await;
    assert_eq!(changed, (vec![user.get(), user_2.get()], vec![]));

    for tag in [tag, tag_2] {
        wp.tags().delete(tag).await.unwrap();
    }
    for user in [user, user_2] {
        wp.users().delete_reassigning(user, me).await.unwrap();
    }
    let changed = tags.apply(wp.tags().list().changes_since(tags.last())).await;
    assert_eq!(changed, (vec![], vec![tag.get(), tag_2.get()]));
    let changed = users.apply(wp.users().list().edit().changes_since(users.last())).await;
    assert_eq!(changed, (vec![], vec![user.get(), user_2.get()]));
    assert_eq!(tags.items, whole(wp.tags().list()).await);
    assert_eq!(users.items, whole(wp.users().list().edit()).await);
}
