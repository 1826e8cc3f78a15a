//! What a mirror loses and what it keeps: items that leave a filter, lists without items, checkpoints of another site or
//! user, and changes without another time.

use wp_core::RequestError;

use super::*;

#[tokio::test]
async fn checkpoint_of_another_site_or_user_is_refused_before_a_request() {
    let sites = [StandIn::builder().posts(5).start().await, StandIn::builder().posts(2).start().await];
    for index in 0..2 {
        let client = |site: &StandIn, user: &str| signed_in(site, user).nth(index).unwrap();
        let admin = client(&sites[0], "admin");
        let mut mirror = Mirror::default();
        mirror.run(admin.posts().list()).await;
        let stored = mirror.checkpoint.clone().unwrap();
        assert!(!stored.contains("admin") && !stored.contains("127.0.0.1"), "{stored}");
        let last = mirror.last().unwrap();
        sites.iter().for_each(StandIn::clear_log);
        let lists = [
            (client(&sites[1], "admin").posts().list(), "site"),
            (client(&sites[0], "editor").posts().list(), "user"),
            (admin.posts().list().anonymous(), "user"),
            (admin.posts().list().auth(wp_client::JwtAuth::new("editor", "password")), "user"),
            (admin.posts().list().header("authorization", "Basic eDp5"), "user"),
            (admin.posts().list().author([UserId::new(1).unwrap()]), "list"),
        ];
        for (list, expected) in lists {
            let error = list.changes_since(last.clone()).try_next().await.unwrap_err();
            let ErrorKind::Request(RequestError::Checkpoint { differs }) = error.kind() else {
                panic!("{error:?}")
            };
            assert_eq!(*differs, expected);
            assert!(error.to_string().contains(expected), "{error}");
        }
        assert!(sites.iter().all(|site| site.log().is_empty()));
        // The same user by another scheme, whatever the case of the name.
        let password = sites[0].application_password("admin");
        let same = wp_client::Basic::application_password("Admin", password);
        let ran = mirror.run(admin.posts().list().auth(same)).await;
        assert!(ran.error.is_none() && ran.upserted.is_empty() && ran.deleted.is_empty(), "{ran:?}");
    }
}

#[tokio::test]
async fn change_without_another_time_is_found_by_comparing_all() {
    let (server, shared) = serve(Site::of(230)).await;
    for wp in clients(&server) {
        let mut mirror = Mirror::default();
        mirror.run(list(&wp)).await;
        let before = mirror.clone();
        {
            let mut site = shared.lock().unwrap();
            site.now += 100_000;
            for id in [2, 120, 229] {
                site.items.get_mut(&id).unwrap().title += " by a quick edit";
            }
            site.items.remove(&5);
        }
        let ran = mirror.run(list(&wp)).await;
        assert_eq!((ran.upserted, ran.deleted), (vec![], vec![5]), "their times are the same");
        let compared = |last: Option<Checkpoint>| list(&wp).changes_since(last).compare_all();
        // It ends in the middle, and begins again.
        let ran = mirror.apply(compared(mirror.last()), 1).await;
        assert_eq!(ran.upserted, [2]);
        let ran = mirror.apply(compared(mirror.last()), usize::MAX).await;
        assert_eq!((ran.upserted, ran.warning, ran.error.is_none()), (vec![120, 229], None, true));
        assert_eq!(titles(&mirror), shared.lock().unwrap().titles());
        let ran = mirror.apply(compared(mirror.last()), usize::MAX).await;
        assert_eq!((ran.upserted, ran.deleted), (vec![], vec![]));
        // It has the deletions as well, and what has another time.
        shared.lock().unwrap().put(7, "changed");
        mirror = before;
        let ran = mirror.apply(compared(mirror.last()).without_sweep().compare_all(), usize::MAX).await;
        assert_eq!((ran.upserted, ran.deleted), (vec![2, 7, 120, 229], vec![5]));
        assert_eq!(titles(&mirror), shared.lock().unwrap().titles());
        shared.lock().unwrap().put(5, "again");
    }
}

#[tokio::test]
async fn post_that_becomes_sticky_leaves_the_list_of_others() {
    let site = StandIn::builder().posts(8).start().await;
    for wp in signed_in(&site, "admin") {
        let list = || wp.posts().list().edit().sticky(false);
        let mut mirror = Mirror::default();
        mirror.run(list()).await;
        let id = PostId::new(*mirror.items.keys().nth(3).unwrap()).unwrap();
        let deleted = PostId::new(*mirror.items.keys().nth(5).unwrap()).unwrap();
        wp.posts().update(id, PostPatch::default().sticky(true)).await.unwrap();
        wp.posts().delete(deleted).await.unwrap();
        let ran = mirror.run(list()).await;
        assert_eq!((ran.upserted, ran.deleted, ran.warning), (vec![], vec![id.get(), deleted.get()], None));
        assert_eq!(mirror.items, whole(list()).await);
        wp.posts().update(id, PostPatch::default().sticky(false)).await.unwrap();
        assert_eq!(mirror.run(list()).await.upserted, [id.get()]);
        wp.posts().create(NewPost::titled("more").status(PostStatus::Publish)).await.unwrap();
    }
}

#[tokio::test]
async fn item_that_is_listed_only_by_its_id_stays_with_a_warning() {
    let (server, shared) = serve(Site::of(25)).await;
    for wp in clients(&server) {
        let mut mirror = Mirror::default();
        mirror.run(list(&wp)).await;
        {
            let mut site = shared.lock().unwrap();
            site.habit = Habit::ShowsByIdWhatItHides;
            site.items.get_mut(&9).unwrap().is_seen = false;
            site.items.remove(&3);
        }
        let ran = mirror.run(list(&wp)).await;
        assert_eq!((ran.deleted, ran.warning), (vec![3], Some(SyncWarning::Contradicted)));
        assert!(mirror.items.contains_key(&9));
        let mut site = shared.lock().unwrap();
        site.items.get_mut(&9).unwrap().is_seen = true;
        site.put(3, "again");
        site.habit = Habit::Obeys;
    }
}

#[tokio::test]
async fn each_item_of_a_list_that_became_empty_is_confirmed() {
    let all: Vec<u64> = (1..=6).collect();
    for (refused, deleted) in [(vec![], all.clone()), (vec![2, 5], vec![1, 3, 4, 6]), (all.clone(), vec![])] {
        let (server, shared) = serve(Site::of(6)).await;
        for wp in clients(&server) {
            let mut mirror = Mirror::default();
            mirror.run(list(&wp)).await;
            let items = std::mem::take(&mut shared.lock().unwrap().items);
            shared.lock().unwrap().refused = refused.iter().copied().collect();
            let ran = mirror.run(list(&wp)).await;
            assert_eq!((&ran.deleted, ran.error.is_none()), (&deleted, true), "{refused:?}");
            let warning = (!refused.is_empty()).then_some(SyncWarning::Unconfirmed);
            assert_eq!(ran.warning, warning, "{refused:?}");
            // One that is confirmed says nothing about the others, in a later run either.
            let ran = mirror.run(list(&wp)).await;
            assert_eq!((ran.deleted, ran.warning), (vec![], warning), "{refused:?}");
            shared.lock().unwrap().items = items;
            shared.lock().unwrap().refused.clear();
        }
    }
}

#[tokio::test]
async fn list_of_many_that_became_empty_is_confirmed_in_several_runs() {
    let (server, shared) = serve(Site::of(230)).await;
    for wp in clients(&server) {
        let mut mirror = Mirror::default();
        mirror.run(list(&wp)).await;
        let items = std::mem::take(&mut shared.lock().unwrap().items);
        for (deleted, warning) in
            [(100, Some(SyncWarning::Unconfirmed)), (100, Some(SyncWarning::Unconfirmed)), (30, None)]
        {
            let ran = mirror.run(list(&wp)).await;
            assert_eq!((ran.deleted.len(), ran.warning), (deleted, warning));
        }
        assert!(mirror.items.is_empty());
        shared.lock().unwrap().items = items;
    }
}

/// The category has no posts any more, but they are there.
#[tokio::test]
async fn items_that_left_the_filter_of_an_empty_list_are_confirmed_together() {
    let site = StandIn::builder().posts(7).start().await;
    for wp in signed_in(&site, "admin") {
        let category = wp.categories().create(NewCategory::named("Moved")).await.unwrap().id;
        let list = || wp.posts().list().edit().categories([category]);
        let ids: Vec<PostId> = wp.posts().list().await.unwrap().iter().map(|post| post.id).collect();
        for id in &ids {
            wp.posts().update(*id, PostPatch::default().categories([category])).await.unwrap();
        }
        let mut mirror = Mirror::default();
        assert_eq!(mirror.run(list()).await.upserted.len(), ids.len());
        for id in &ids {
            wp.posts().update(*id, PostPatch::default().categories([Id::new(1).unwrap()])).await.unwrap();
        }
        site.clear_log();
        let ran = mirror.run(list()).await;
        assert_eq!((ran.deleted.len(), ran.warning), (ids.len(), None));
        let single = site.log().iter().filter(|entry| entry.path.contains("/posts/")).count();
        assert_eq!(single, 0);
        wp.categories().delete(category).await.unwrap();
    }
}

/// WordPress reads a request whose credential it does not get as that of a visitor, and responds with 200.
#[tokio::test]
async fn what_only_the_user_sees_stays_if_the_site_does_not_read_the_credential() {
    let site = StandIn::builder().posts(4).start().await;
    let password = wp_client::Basic::application_password("admin", site.application_password("admin"));
    let other = wp_client::Identity::new(password);
    for wp in signed_in(&site, "admin") {
        let bearer = format!("Bearer {}", site.token("admin"));
        let list = |signed: usize| match signed {
            0 => wp.users().list(),
            1 => wp.users().list().auth(&other),
            _ => wp.users().list().header("authorization", &bearer),
        };
        for signed in 0..3 {
            let mut mirror = Mirror::default();
            mirror.run(list(signed)).await;
            let before = mirror.items.clone();
            site.set_strip_authorization(true);
            assert!(list(signed).await.unwrap().len() < before.len(), "a visitor sees fewer users");
            site.clear_log();
            let ran = mirror.run(list(signed)).await;
            site.set_strip_authorization(false);
            assert_eq!((ran.deleted, ran.error.is_none()), (vec![], true), "{signed}");
            assert!(ran.warning.unwrap().to_string().contains("signed in"), "{signed}");
            assert_eq!(site.count("POST", "/wp/v2/users/me"), 1, "{signed}");
            // A run without deletions proves nothing, and one with some does so once.
            site.clear_log();
            let ran = mirror.run(list(signed)).await;
            assert_eq!((ran.deleted, ran.warning), (vec![], None), "{signed}");
            assert_eq!(mirror.items, before);
            assert_eq!(site.count("POST", "/wp/v2/users/me"), 0, "{signed}");
            let new =
                NewUser::new(format!("gone{signed}"), format!("gone{signed}@example.org"), "a long password");
            let gone = wp.users().create(new).await.unwrap().id;
            mirror.run(list(signed)).await;
            wp.users().delete_reassigning(gone, Id::new(1).unwrap()).await.unwrap();
            site.clear_log();
            let ran = mirror.run(list(signed)).await;
            assert_eq!((ran.deleted, ran.warning), (vec![gone.get()], None), "{signed}");
            assert_eq!(site.count("POST", "/wp/v2/users/me"), 1, "{signed}");
        }
    }
}
