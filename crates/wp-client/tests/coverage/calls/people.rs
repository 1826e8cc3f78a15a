//! Users, terms and application passwords.

use wp_client::models::{
    CategoryId, CategoryPatch, NewAppPassword, NewCategory, NewTag, NewTerm, NewUser, PatternCategory,
    PostId, TagId, TagPatch, TermPatch, UserId, UserPatch,
};
use wp_client::{Client, Id, UserRef};

use super::{Call, calls, paged};

pub(crate) fn calls(wp: &Client) -> Vec<Call> {
    let (users, categories, tags, pattern_categories) =
        (wp.users(), wp.categories(), wp.tags(), wp.pattern_categories());
    let (user, category, tag) =
        (UserId::new(7).unwrap(), CategoryId::new(7).unwrap(), TagId::new(7).unwrap());
    let pattern_category = Id::<PatternCategory>::new(7).unwrap();
    let post = PostId::new(9).unwrap();
    let passwords = wp.application_passwords(UserRef::Me);
    let new_user = || {
        NewUser::new("username", "a@b.example", "password")
            .name("name")
            .first_name("first_name")
            .last_name("last_name")
            .nickname("nickname")
            .url("url")
            .description("description")
            .locale("en_US")
            .slug("slug")
            .roles(["editor".to_owned()])
            .meta("key", 1)
    };
    let user_patch = || {
        UserPatch::default()
            .email("a@b.example")
            .password("password")
            .name("name")
            .first_name("first_name")
            .last_name("last_name")
            .nickname("nickname")
            .url("url")
            .description("description")
            .locale("en_US")
            .slug("slug")
            .roles(["editor".to_owned()])
            .meta("key", 1)
    };
    calls! {
        users.list();
        users.list().edit();
        paged(users.list(), user).offset(5).roles(["editor"]).capabilities(["edit_posts"]).slug("slug")
            .search_columns(["email"]).has_published_posts(true).who("authors");
        users.list().slugs(["slug"]);
        users.get(user);
        users.get(user).edit();
        users.create(new_user());
        users.update(user, user_patch());
        users.delete_reassigning(user, None);
        users.me();
        users.me().edit();
        users.update_me(user_patch());
        users.delete_me(user);
        categories.list().edit();
        paged(categories.list(), category).offset(5).hide_empty(true).post(post).slug("slug").parent(category);
        categories.list().slugs(["slug"]);
        categories.get(category).edit();
        categories.create(NewCategory::named("name").description("description").slug("slug").parent(category).meta("key", 1));
        categories.update(category, CategoryPatch::default().name("name").description("description").slug("slug").parent(None).meta("key", 1));
        categories.delete(category);
        tags.list().edit();
        paged(tags.list(), tag).offset(5).hide_empty(true).post(post).slug("slug");
        tags.get(tag).edit();
        tags.create(NewTag::named("name").description("description").slug("slug").meta("key", 1));
        tags.update(tag, TagPatch::default().name("name").description("description").slug("slug").meta("key", 1));
        tags.delete(tag);
        pattern_categories.list().edit();
        paged(pattern_categories.list(), pattern_category).offset(5).hide_empty(true).post(post).slug("slug");
        pattern_categories.get(pattern_category).edit();
        pattern_categories.create(NewTerm::named("name").description("description").slug("slug").meta("key", 1));
        pattern_categories.update(pattern_category, TermPatch::default().name("name").description("description").slug("slug").meta("key", 1));
        pattern_categories.delete(pattern_category);
        passwords.list();
        passwords.get("uuid");
        passwords.introspect();
        passwords.create(NewAppPassword::named("name").app_id("uuid"));
        passwords.rename("uuid", "name");
        passwords.revoke("uuid");
        passwords.revoke_all();
    }
}
