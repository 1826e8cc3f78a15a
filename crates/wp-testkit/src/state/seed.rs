//! The initial content of the site.

use jiff::{SignedDuration, civil::date};

use super::{Post, State, Term, User, kinds::POST, text};

/// Login, role and display name.
const USERS: [(&str, &str, &str); 5] = [
    ("admin", "administrator", "admin"),
    ("editor", "editor", "Editor User"),
    ("author", "author", "Author User"),
    ("subscriber", "subscriber", "Subscriber User"),
    ("contributor", "contributor", "Contributor User"),
];

/// The authors of the posts, in turn. Only they are visible to anonymous requests.
const AUTHORS: u64 = 3;
const CATEGORIES: u64 = 9;
const TAGS: u64 = 15;
/// A stock site has a post and a page before the first of ours.
const FIRST_POST: u64 = 3;

/// Status, author and title of the posts that anonymous requests do not see.
const HIDDEN: [(&str, u64, &str); 5] = [
    ("draft", 3, "A draft"),
    ("pending", 3, "A pending post"),
    ("private", 1, "Private post"),
    ("future", 2, "A scheduled post"),
    ("trash", 1, "A trashed post"),
];

pub(crate) fn fill(state: &mut State, published: u64) {
    for (login, role, name) in USERS {
        add_user(state, login, role, name);
    }
    if let Some(admin) = state.users.get_mut(&1) {
        admin.url.clone_from(&state.site.url);
    }
    add_term(state, "category", "Uncategorized");
    for number in 1..=CATEGORIES {
        add_term(state, "category", &format!("Category {number}"));
    }
    for number in 1..=TAGS {
        add_term(state, "post_tag", &format!("Tag {number}"));
    }
    state.last_post = FIRST_POST - 1;
    for number in 1..=published {
        add_post(state, number, "publish", 1 + number % AUTHORS, &format!("Post {number}"));
    }
    if published > 0 {
        for ((status, author, title), number) in HIDDEN.into_iter().zip(published + 1..) {
            add_post(state, number, status, author, title);
        }
    }
}

pub(crate) fn add_user(state: &mut State, login: &str, role: &str, name: &str) -> u64 {
    let id = state.users.keys().next_back().map_or(1, |last| last + 1);
    let (first, last) = name.split_once(' ').unwrap_or_default();
    let is_taken = |slug: &str| state.users.values().any(|user| user.slug == slug);
    let slug = text::unique(&text::slug(login), is_taken);
    let user = User {
        id,
        login: login.to_owned(),
        password: "password".into(),
        email: format!("{login}@example.org"),
        role: role.to_owned(),
        name: name.to_owned(),
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        nickname: login.to_owned(),
        url: String::new(),
        description: String::new(),
        locale: "en_US".into(),
        slug,
        registered: state.clock.now(),
        app_passwords: Vec::new(),
    };
    state.users.insert(id, user);
    id
}

fn add_term(state: &mut State, taxonomy: &'static str, name: &str) {
    let id = state.terms.keys().next_back().map_or(1, |last| last + 1);
    let term = Term {
        id,
        taxonomy,
        name: name.to_owned(),
        slug: text::slug(name),
        description: String::new(),
        parent: 0,
    };
    state.terms.insert(id, term);
}

fn add_post(state: &mut State, number: u64, status: &str, author: u64, title: &str) {
    let id = state.next_post_id();
    // One post an hour from 1 January 2024; the scheduled one is in the far future.
    let start = if status == "future" { date(2090, 1, 1) } else { date(2024, 1, 1) };
    let hours = SignedDuration::from_hours(i64::try_from(number).unwrap_or(0));
    let start = start.at(0, 0, 0, 0);
    let date = start.checked_add(hours).unwrap_or(start);
    let unnamed = matches!(status, "draft" | "pending");
    let slug = if unnamed { String::new() } else { text::slug(title) };
    let mut post = Post {
        id,
        status: status.to_owned(),
        floating: unnamed,
        slug: slug.clone(),
        title: title.to_owned(),
        content: format!(
            "<!-- wp:paragraph --><p>Body of post {number}, lorem ipsum &amp; &#8220;dolor&#8221;.</p>\
             <!-- /wp:paragraph -->"
        ),
        terms: vec![2 + number % CATEGORIES, 2 + CATEGORIES + number % TAGS],
        ..Post::new(&POST, author, date)
    };
    if status == "trash" {
        post.before_trash = Some(("publish".into(), slug));
        post.slug.push_str("__trashed");
    }
    post.guid = state.permalink(&post);
    state.posts.insert(id, post);
}
