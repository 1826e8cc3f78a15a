//! The parameters of lists, proved by the items that they let through.

use wp_client::models::{
    CategoryPatch, Format, NewCategory, NewPost, NewTag, NewUser, PostStatus, UserPatch,
};
use wp_client::{Order, Page, Resource, SiteTime};

use crate::refusal::{assert_refused, assert_refuses};
use crate::site::Site;

/// A route of WordPress 7.1, with which some parameters came.
const SINCE_7_1: &str = "/wp/v2/view-config";

fn ids<R: Resource>(page: Page<R>) -> Vec<R::Key> {
    page.iter().map(Resource::key).collect()
}

fn time(text: &str) -> SiteTime {
    text.parse().unwrap()
}

pub(crate) async fn posts_by_their_fields(site: Site) {
    let wp = site.admin();
    let (sand, stone) = ("behaviour-filter-sand", "behaviour-filter-stone");
    let [warm, cold] = [sand, stone].map(|name| wp.categories().create(NewCategory::named(name)));
    let (warm, cold) = (warm.await.unwrap().id, cold.await.unwrap().id);
    let tag = wp.tags().create(NewTag::named("behaviour-filter-tag")).await.unwrap().id;
    let writer = NewUser::new("behaviour-filter", "filter@example.org", "a long password").roles(["author"]);
    let writer = wp.users().create(writer).await.unwrap().id;
    let old = NewPost::titled("B: a filtered post")
        .content("An ancient dune")
        .slug(sand)
        .status(PostStatus::Publish)
        .date(time("2020-01-01T00:00:00"))
        .categories([warm])
        .tags([tag])
        .format(Format::Aside);
    let old = wp.posts().create(old).await.unwrap().id;
    let new = NewPost::titled("A: a filtered post")
        .slug(stone)
        .status(PostStatus::Publish)
        .date(time("2022-01-01T00:00:00"))
        .categories([cold])
        .author(writer)
        .sticky(true);
    let new = wp.posts().create(new).await.unwrap().id;
    let draft = NewPost::titled("C: a filtered post").slug("behaviour-filter-draft").categories([cold]);
    let draft = wp.posts().create(draft).await.unwrap().id;

    let both = || wp.posts().list().slugs([sand, stone, "behaviour-filter-draft"].map(str::to_owned));
    assert_eq!(ids(both().await.unwrap()), [new, old]);
    assert_eq!(ids(both().order_by("date", Order::Asc).await.unwrap()), [old, new]);
    assert_eq!(ids(both().order_by("title", Order::Asc).await.unwrap()), [new, old]);
    assert_eq!(ids(both().order_by("title", Order::Desc).await.unwrap()), [old, new]);
    assert_eq!(ids(both().per_page(1).await.unwrap()), [new]);
    assert_eq!(ids(both().per_page(1).page(2).await.unwrap()), [old]);
    assert_eq!(ids(both().offset(1).await.unwrap()), [old]);
    assert_eq!(ids(both().include([old]).await.unwrap()), [old]);
    assert_eq!(ids(both().exclude([old]).await.unwrap()), [new]);
    assert_eq!(ids(both().search("ancient").await.unwrap()), [old]);
    let in_titles = ["post_title".to_owned()];
    assert!(both().search("ancient").search_columns(in_titles).await.unwrap().is_empty());
    assert_eq!(ids(wp.posts().list().slug(sand).await.unwrap()), [old]);
    assert_eq!(ids(both().status(PostStatus::Draft).await.unwrap()), [draft]);
    let statuses = both().statuses([PostStatus::Draft, PostStatus::Publish]).order_by("id", Order::Asc);
    assert_eq!(ids(statuses.await.unwrap()), [old, new, draft]);
    assert_eq!(ids(both().author([writer]).await.unwrap()), [new]);
    assert_eq!(ids(both().author_exclude([writer]).await.unwrap()), [old]);
    assert_eq!(ids(both().after(time("2021-01-01T00:00:00")).await.unwrap()), [new]);
    assert_eq!(ids(both().before(time("2021-01-01T00:00:00")).await.unwrap()), [old]);
    // A new post was changed when it was published.
    assert_eq!(ids(both().modified_after(time("2021-01-01T00:00:00")).await.unwrap()), [new]);
    assert_eq!(ids(both().modified_before(time("2021-01-01T00:00:00")).await.unwrap()), [old]);
    assert_eq!(ids(both().categories([warm]).await.unwrap()), [old]);
    assert_eq!(ids(both().categories_exclude([warm]).await.unwrap()), [new]);
    assert_eq!(ids(both().tags([tag]).await.unwrap()), [old]);
    assert_eq!(ids(both().tags_exclude([tag]).await.unwrap()), [new]);
    assert!(both().categories([cold]).tags([tag]).await.unwrap().is_empty());
    assert_eq!(ids(both().categories([cold]).tags([tag]).tax_relation("OR").await.unwrap()), [new, old]);
    assert_eq!(ids(both().sticky(true).await.unwrap()), [new]);
    assert_eq!(ids(both().sticky(false).await.unwrap()), [old]);
    if site.has_route(SINCE_7_1) {
        assert_eq!(ids(both().format([Format::Aside]).await.unwrap()), [old]);
    }
    assert_eq!(both().edit().await.unwrap()[1].content.raw, "An ancient dune");

    for id in [old, new, draft] {
        wp.posts().delete(id).await.unwrap();
    }
    wp.users().delete_reassigning(writer, None).await.unwrap();
    wp.tags().delete(tag).await.unwrap();
    for id in [warm, cold] {
        wp.categories().delete(id).await.unwrap();
    }
}

pub(crate) async fn terms_life_cycle(site: Site) {
    let wp = site.admin();
    let new = NewCategory::named("Behaviour & dunes").slug("behaviour-dunes").description("Sand");
    let parent = wp.categories().create(new).await.unwrap();
    assert_eq!((parent.name.as_str(), parent.description.as_str()), ("Behaviour &amp; dunes", "Sand"));
    let child = NewCategory::named("Behaviour: below").slug("behaviour-below").parent(parent.id);
    let child = wp.categories().create(child).await.unwrap();
    assert_eq!(child.parent, Some(parent.id));
    let new = NewPost::titled("In a term").status(PostStatus::Publish).categories([child.id]);
    let post = wp.posts().create(new).await.unwrap();

    let both = || {
        let list = wp.categories().list().slugs(["behaviour-dunes", "behaviour-below"].map(str::to_owned));
        list.order_by("id", Order::Asc)
    };
    assert_eq!(ids(both().await.unwrap()), [parent.id, child.id]);
    assert_eq!(ids(both().order_by("slug", Order::Asc).await.unwrap()), [child.id, parent.id]);
    assert_eq!(ids(both().order_by("slug", Order::Desc).await.unwrap()), [parent.id, child.id]);
    assert_eq!(ids(wp.categories().list().slug("behaviour-below").await.unwrap()), [child.id]);
    assert_eq!(ids(both().parent(parent.id).await.unwrap()), [child.id]);
    assert_eq!(ids(both().parent(None).await.unwrap()), [parent.id]);
    assert_eq!(ids(wp.categories().list().post(post.id).await.unwrap()), [child.id]);
    assert_eq!(ids(both().search("below").await.unwrap()), [child.id]);
    assert_eq!(ids(both().include([parent.id]).await.unwrap()), [parent.id]);
    assert_eq!(ids(both().exclude([parent.id]).await.unwrap()), [child.id]);
    assert_eq!(ids(both().per_page(1).page(2).await.unwrap()), [child.id]);
    let tag = wp.tags().create(NewTag::named("Behaviour: unused")).await.unwrap();
    let unused = || wp.tags().list().include([tag.id]);
    assert_eq!(ids(unused().await.unwrap()), [tag.id]);
    assert!(unused().hide_empty(true).await.unwrap().is_empty());
    let other = wp.tags().create(NewTag::named("Behaviour: other")).await.unwrap();
    // Only the terms of a taxonomy without levels have an offset.
    let tags = wp.tags().list().include([tag.id, other.id]).order_by("id", Order::Asc);
    assert_eq!(ids(tags.offset(1).await.unwrap()), [other.id]);
    wp.tags().delete(other.id).await.unwrap();

    let patch = CategoryPatch::default().name("Renamed").parent(None);
    let changed = wp.categories().update(child.id, patch).await.unwrap();
    assert_eq!(
        (changed.name.as_str(), changed.parent, changed.slug.as_str()),
        ("Renamed", None, "behaviour-below")
    );
    assert_eq!(wp.categories().get(child.id).edit().strict().await.unwrap().name, "Renamed");
    let people = [site.someone(&site.subscriber), site.anonymous()];
    let create = people.each_ref().map(|wp| wp.categories().create(NewCategory::named("x")));
    assert_refuses(create, "rest_cannot_create").await;
    let patch = || CategoryPatch::default().name("x");
    let update = people.each_ref().map(|wp| wp.categories().update(child.id, patch()));
    assert_refuses(update, "rest_cannot_update").await;
    assert_refuses(people.each_ref().map(|wp| wp.categories().delete(child.id)), "rest_cannot_delete").await;
    assert_refuses(
        people.each_ref().map(|wp| wp.categories().get(child.id).edit()),
        "rest_forbidden_context",
    )
    .await;
    wp.posts().delete(post.id).await.unwrap();
    for id in [child.id, parent.id] {
        assert_eq!(wp.categories().delete(id).await.unwrap().previous.id, id);
        assert_eq!(wp.categories().get_opt(id).await.unwrap(), None);
    }
    assert_eq!(wp.tags().delete(tag.id).await.unwrap().previous.id, tag.id);
}

pub(crate) async fn users_life_cycle(site: Site) {
    let wp = site.admin();
    let me = wp.users().me().edit().strict().await.unwrap();
    let new = NewUser::new("behaviour-writer", "writer@behaviour.example", "a long password")
        .first_name("Wanda")
        .description("Writes")
        .roles(["author"]);
    let writer = wp.users().create(new).await.unwrap();
    assert_eq!(writer.email.as_deref(), Some("writer@behaviour.example"));
    assert_eq!(writer.roles, Some(vec!["author".to_owned()]));
    let new = NewUser::new("behaviour-reader", "reader@behaviour.example", "a long password");
    let reader = wp.users().create(new).await.unwrap();
    let new = NewPost::titled("By Wanda").status(PostStatus::Publish).author(writer.id);
    let post = wp.posts().create(new).await.unwrap();

    assert_eq!(wp.users().get(writer.id).strict().await.unwrap().email, None);
    assert_eq!(wp.users().get(writer.id).edit().strict().await.unwrap().first_name.as_deref(), Some("Wanda"));
    assert_eq!(site.anonymous().users().get(writer.id).strict().await.unwrap().name, writer.name);

    let three = || wp.users().list().include([me.id, writer.id, reader.id]).order_by("id", Order::Asc);
    assert_eq!(ids(three().await.unwrap()), [me.id, writer.id, reader.id]);
    assert_eq!(ids(three().order_by("registered_date", Order::Asc).per_page(1).await.unwrap()), [me.id]);
    assert_eq!(ids(three().order_by("slug", Order::Asc).offset(1).await.unwrap())[1], writer.id);
    assert_eq!(ids(three().roles(["author"]).await.unwrap()), [writer.id]);
    assert_eq!(ids(three().capabilities(["manage_options".to_owned()]).await.unwrap()), [me.id]);
    assert_eq!(ids(three().slug("behaviour-writer").await.unwrap()), [writer.id]);
    let slugs = ["behaviour-writer", "behaviour-reader"].map(str::to_owned);
    assert_eq!(ids(three().slugs(slugs).await.unwrap()), [writer.id, reader.id]);
    let others = wp.users().list().search("r@behaviour.example").exclude([writer.id]);
    assert_eq!(ids(others.await.unwrap()), [reader.id]);
    assert_eq!(ids(three().search("writer@behaviour").await.unwrap()), [writer.id]);
    if site.has_route(SINCE_7_1) {
        let by_name = three().search("writer@behaviour").search_columns(["username".to_owned()]);
        assert!(by_name.await.unwrap().is_empty());
    }
    assert_eq!(ids(three().has_published_posts(true).await.unwrap()), [me.id, writer.id]);
    assert_eq!(ids(three().has_published(["post".to_owned()]).await.unwrap()), [me.id, writer.id]);
    assert!(three().has_published(["page".to_owned()]).roles(["author"]).await.unwrap().is_empty());

    let patch = UserPatch::default().description("").first_name("Vera").roles(["editor"]);
    let changed = wp.users().update(writer.id, patch).await.unwrap();
    assert_eq!((changed.description.as_str(), changed.first_name.as_deref()), ("", Some("Vera")));
    assert_eq!((changed.roles, changed.slug.as_str()), (Some(vec!["editor".to_owned()]), "behaviour-writer"));

    let people = [site.someone(&site.subscriber), site.anonymous()];
    let create =
        people.each_ref().map(|wp| wp.users().create(NewUser::new("x", "x@example.org", "a long password")));
    assert_refuses(create, "rest_cannot_create_user").await;
    let patch = || UserPatch::default().description("x");
    let update = people.each_ref().map(|wp| wp.users().update(writer.id, patch()));
    assert_refuses(update, "rest_cannot_edit").await;
    let delete = people.each_ref().map(|wp| wp.users().delete_reassigning(writer.id, me.id));
    assert_refuses(delete, "rest_user_cannot_delete").await;
    let by_role = site.anonymous().users().list().roles(["author"]).await;
    assert_refused(by_role, 401, "rest_user_cannot_view");
    let own = people[0].users().update_me(UserPatch::default().description("Mine")).await.unwrap();
    assert_eq!(own.description, "Mine");
    people[0].users().update_me(UserPatch::default().description("")).await.unwrap();

    let new = NewUser::new("behaviour-second", "second@behaviour.example", "a long password");
    let second = wp.users().create(new.roles(["administrator"])).await.unwrap();
    let password = wp.application_passwords(second.id).create("behaviour").await.unwrap();
    let as_second = site.as_(password.provider("behaviour-second"));
    assert_eq!(as_second.users().delete_me(me.id).await.unwrap().previous.id, second.id);
    assert_eq!(wp.users().get_opt(second.id).await.unwrap(), None);

    // The posts go to the heir, or away.
    let gone = wp.users().delete_reassigning(writer.id, me.id).await.unwrap();
    assert!(gone.deleted && gone.previous.id == writer.id);
    assert_eq!(wp.users().get_opt(writer.id).await.unwrap(), None);
    assert_eq!(wp.posts().get(post.id).await.unwrap().author, Some(me.id));
    wp.posts().delete(post.id).await.unwrap();
    let new = NewPost::titled("Goes along").status(PostStatus::Publish).author(reader.id);
    let post = wp.posts().create(new).await.unwrap();
    let password = wp.application_passwords(reader.id).create("behaviour").await.unwrap();
    assert_eq!(wp.application_passwords(reader.id).revoke_all().await.unwrap().count, 1);
    let as_reader = site.as_(password.provider("behaviour-reader"));
    assert!(as_reader.verify().await.unwrap_err().is_unauthorized());
    // A reader may not delete, and an editor of the users may.
    assert_refused(people[0].users().delete_me(None).await, 403, "rest_user_cannot_delete");
    wp.users().delete_reassigning(reader.id, None).await.unwrap();
    let left = wp.posts().get_opt(post.id).await.unwrap();
    assert!(left.is_none_or(|post| post.status == PostStatus::Trash));
}
