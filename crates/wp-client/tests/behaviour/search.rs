//! The search over the whole site.

use wp_client::models::{NewCategory, NewPost, PostStatus, SearchType};

use crate::site::Site;

pub(crate) async fn search_finds_posts_and_terms(site: Site) {
    let wp = site.admin();
    let new = |title: &str| NewPost::titled(title).status(PostStatus::Publish);
    let first = wp.posts().create(new("Quokka one")).await.unwrap().id;
    let second = wp.posts().create(new("Quokka two")).await.unwrap().id;
    let category = wp.categories().create(NewCategory::named("Quokkas")).await.unwrap().id;

    let found = wp.search("quokka").strict().await.unwrap();
    let mut posts: Vec<_> = found.iter().map(|result| result.post().unwrap()).collect();
    posts.sort();
    assert_eq!((posts, found.totals.unwrap().items), (vec![first, second], 2));
    assert!(wp.search("quokka").subtype("page").await.unwrap().is_empty());
    assert_eq!(wp.search("quokka").subtypes(["page", "post"]).await.unwrap().len(), 2);
    let rest = wp.search("quokka").exclude([first.get().into()]).await.unwrap();
    assert_eq!(rest.iter().map(wp_client::models::SearchResult::post).collect::<Vec<_>>(), [Some(second)]);
    let one = wp.search("quokka").include([second.get().into()]).await.unwrap();
    assert_eq!((one.len(), one[0].post()), (1, Some(second)));
    let terms = wp.search("quokka").of_type(SearchType::Term).strict().await.unwrap();
    assert_eq!((terms.len(), terms[0].id.number(), &*terms[0].kind), (1, Some(category.get()), "category"));
    let formats = wp.search("aside").of_type(SearchType::PostFormat).await.unwrap();
    assert!(formats.iter().all(|format| format.id.number().is_none()));
    let mut stream = wp.search("quokka").per_page(1).anonymous().stream();
    let mut count = 0;
    while stream.try_next().await.unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 2);

    wp.posts().delete(first).await.unwrap();
    wp.posts().delete(second).await.unwrap();
    wp.categories().delete(category).await.unwrap();
}
