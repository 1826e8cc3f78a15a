//! Lists and walks.

use std::collections::HashSet;

use wp_client::models::{NewPost, NewTag, PostId, PostStatus};
use wp_client::{ErrorCode, ErrorKind, Order};

use crate::site::Site;

pub(crate) async fn list_page_has_totals(site: Site) {
    let page = site.anonymous().posts().list().per_page(3).await.unwrap();
    let totals = page.totals.unwrap();
    assert_eq!(page.len(), 3);
    assert_eq!(totals.pages, totals.items.div_ceil(3));
}

pub(crate) async fn list_stream_is_complete_and_ordered(site: Site) {
    let wp = site.anonymous();
    let total = wp.posts().list().await.unwrap().totals.unwrap().items;
    let per_page = u32::try_from(total / 3 + 1).unwrap().min(100);
    let mut walk = wp.posts().list().order_by("id", Order::Asc).per_page(per_page).stream();
    let mut ids = Vec::new();
    while let Some(post) = walk.try_next().await.unwrap() {
        ids.push(post.id);
    }
    assert_eq!(ids.len() as u64, total);
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
}

/// The site changes between two pages, and again between two others.
pub(crate) async fn list_stream_by_id_misses_nothing_while_the_site_changes(site: Site) {
    let wp = site.admin();
    let tag = wp.tags().create(NewTag::named("behaviour-walk")).await.unwrap().id;
    let create = async |count: usize| {
        let mut ids = Vec::new();
        for _ in 0..count {
            let new = NewPost::titled("walked").tags([tag]).status(PostStatus::Publish);
            ids.push(wp.posts().create(new).await.unwrap().id);
        }
        ids
    };
    for concurrency in [1, 3] {
        let posts = create(24).await;
        let list = wp.posts().list().tags([tag]).order_by("id", Order::Asc).per_page(6);
        let mut walk = list.concurrency(concurrency).stream();
        let mut found = Vec::new();
        while let Some(post) = walk.try_next().await.unwrap() {
            found.push(post.id);
            if let Some(early) = match found.len() {
                8 => Some(&posts[0..3]),
                14 => Some(&posts[3..10]),
                _ => None,
            } {
                for id in early {
                    wp.posts().delete(*id).await.unwrap();
                }
                create(1).await;
            }
        }
        assert_eq!(walk.warning(), None);
        // Each was there when its page was requested. The new ones follow.
        let is_old = |id: &PostId| posts.contains(id);
        assert_eq!(found.iter().copied().filter(is_old).collect::<Vec<_>>(), posts);
        assert_eq!(found.len(), found.iter().collect::<HashSet<_>>().len());
        for id in wp.posts().list().tags([tag]).per_page(100).await.unwrap().iter().map(|post| post.id) {
            wp.posts().delete(id).await.unwrap();
        }
    }
    wp.tags().delete(tag).await.unwrap();
}

pub(crate) async fn list_stream_with_an_offset_advances(site: Site) {
    let wp = site.anonymous();
    let total = wp.posts().list().await.unwrap().totals.unwrap().items;
    let mut walk =
        wp.posts().list().per_page(7).query("offset", total - 10).order_by("id", Order::Asc).stream();
    let mut ids = Vec::new();
    while let Some(post) = walk.try_next().await.unwrap() {
        ids.push(post.id);
    }
    assert_eq!(ids.len(), 10);
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
}

pub(crate) async fn page_past_the_end_is_an_error_for_posts_and_empty_for_tags(site: Site) {
    let wp = site.anonymous();
    let error = wp.posts().list().page(9_999).await.unwrap_err();
    assert_eq!(
        (error.status().unwrap().as_u16(), error.code()),
        (400, Some(&ErrorCode::POST_INVALID_PAGE_NUMBER))
    );
    let tags = wp.tags().list().page(9_999).await.unwrap();
    assert!(tags.is_empty() && tags.totals.unwrap().items > 0);
}

pub(crate) async fn fields_parameter_limits_the_response(site: Site) {
    let wp = site.anonymous();
    let all = wp.posts().list().per_page(5).await.unwrap();
    let wanted = [all[3].id, all[1].id];
    let some = wp.posts().list().include(wanted).query("orderby", "include").await.unwrap();
    assert_eq!(some.iter().map(|post| post.id).collect::<Vec<_>>(), wanted);
    let rest = wp.posts().list().per_page(5).exclude(wanted).await.unwrap();
    assert!(rest.iter().all(|post| !wanted.contains(&post.id)));
    let slug = wp.posts().list().slug(&all[0].slug).await.unwrap();
    assert_eq!(slug[0].id, all[0].id);
}

pub(crate) async fn out_of_range_parameter_error_names_it(site: Site) {
    let error = site.anonymous().posts().list().per_page(101).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::INVALID_PARAM));
    let ErrorKind::Api(api) = error.kind() else { panic!("{error:?}") };
    let param = api.params().next().unwrap();
    assert_eq!((param.name, param.code), ("per_page", Some("rest_out_of_bounds")));
    assert!(error.to_string().contains("between 1"), "{error}");
}

pub(crate) async fn drafts_are_hidden_from_anonymous_requests(site: Site) {
    let error = site.anonymous().posts().list().status(PostStatus::Draft).await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (400, Some(&ErrorCode::INVALID_PARAM)));
    assert!(site.admin().posts().list().status(PostStatus::Draft).await.unwrap().totals.unwrap().items > 0);
}

pub(crate) async fn search_with_special_characters_is_accepted(site: Site) {
    for words in ["it's", "a+b & c=d", "50% ü ß", "[x]{y}|\\", "' OR 1=1 --"] {
        let page = site.anonymous().posts().list().search(words).await;
        assert!(page.is_ok(), "{words}: {page:?}");
    }
}

/// The texts as they were written, and what an item links to, in one response.
pub(crate) async fn embedded_items_of_the_context_edit(site: Site) {
    let wp = site.admin();
    let new = NewPost::titled("Behaviour & embeds").content("<p>raw</p>").status(PostStatus::Publish);
    let post = wp.posts().create(new).await.unwrap();
    let list = wp.posts().list().edit().embed().include([post.id]).await.unwrap();
    assert_eq!((list.len(), list[0].title.raw.as_str()), (1, "Behaviour & embeds"));
    assert_eq!(list[0].extra.author().unwrap().map(|author| author.id), post.author);
    let one = wp.posts().get(post.id).edit().embed().await.unwrap();
    assert_eq!(
        (one.content.raw.as_str(), one.extra.author().unwrap().map(|author| author.id)),
        ("<p>raw</p>", post.author)
    );
    wp.posts().delete(post.id).await.unwrap();
}
