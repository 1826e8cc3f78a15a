//! Creating, updating and deleting posts.

use serde_json::{Value, json};

use super::{
    item::{FORMATS, find, free_slug, route},
    view,
};
use crate::{
    http::{Error, RestResponse},
    rest::{
        Caller,
        params::{Context, Kind, Param, Params, Problem, invalid, param, scalar},
    },
    state::{Post, State, clock, text::slug},
};

const SETTABLE: &[&str] = &["publish", "future", "draft", "pending", "private"];
const OPEN_OR_CLOSED: Kind = Kind::OneOf(&["open", "closed"]);

const fn schema(status: Kind) -> [Param; 18] {
    [
        param("date", Kind::DateOrNull),
        param("date_gmt", Kind::DateOrNull),
        param("slug", Kind::Text),
        param("status", status),
        param("password", Kind::Text),
        param("title", Kind::Raw),
        param("content", Kind::Raw),
        param("author", Kind::Int),
        param("excerpt", Kind::Raw),
        param("featured_media", Kind::Int),
        param("comment_status", OPEN_OR_CLOSED),
        param("ping_status", OPEN_OR_CLOSED),
        param("format", Kind::OneOf(FORMATS)),
        param("meta", Kind::Meta),
        param("sticky", Kind::Flag),
        param("template", Kind::Any),
        param("categories", Kind::Ints),
        param("tags", Kind::Ints),
    ]
}

pub(crate) const CREATE: &[Param] = &schema(Kind::OneOf(SETTABLE));
/// An update may repeat the current status of the post, `trash` included.
pub(crate) const UPDATE: &[Param] = &schema(Kind::Any);

pub(crate) const DELETE: &[Param] = &[param("force", Kind::Flag)];

pub(crate) fn create(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let now = state.now();
    let mut post = Post {
        id: 0,
        author: caller.user.unwrap_or(0),
        status: "draft".into(),
        date: now,
        floating: true,
        modified: now,
        guid: String::new(),
        slug: String::new(),
        title: String::new(),
        content: String::new(),
        excerpt: String::new(),
        password: String::new(),
        comment_status: "open".into(),
        ping_status: "open".into(),
        format: "standard".into(),
        footnotes: String::new(),
        sticky: false,
        categories: vec![1],
        tags: Vec::new(),
        revisions: Vec::new(),
        before_trash: None,
    };
    apply(state, caller, params, &mut post)?;
    filled(&post)?;
    post.id = state.next_post_id();
    // A new post was last modified at its date.
    post.modified = post.date;
    settle(state, &mut post);
    post.guid = state.permalink(&post);
    let location = state.site.rest(&route(post.id));
    let body = save(state, caller, post);
    // Too late: the post is there.
    meta(params)?;
    Ok(RestResponse::json(201, body).with("Location", location))
}

fn filled(post: &Post) -> Result<(), Error> {
    if [&post.title, &post.content, &post.excerpt].into_iter().all(String::is_empty) {
        return Err(Error::new(400, "empty_content", "Content, title, and excerpt are empty."));
    }
    Ok(())
}

/// The only meta field of a stock site is a text.
fn meta(params: &Params) -> Result<(), Error> {
    match params.get("meta").and_then(|meta| meta.get("footnotes")) {
        None | Some(Value::String(_) | Value::Null) => Ok(()),
        Some(_) => {
            let message = "meta.footnotes is not of type string.";
            let error = Error::new(400, "rest_invalid_type", message);
            Err(error.beside("additional_data", vec![json!({ "param": "meta.footnotes" })]))
        }
    }
}

/// Stores the post and renders it: every response to a write is in the edit context.
fn save(state: &mut State, caller: &Caller, post: Post) -> Value {
    let id = post.id;
    state.posts.insert(id, post);
    let saved = state.posts.get(&id);
    saved.map_or(Value::Null, |post| view::linked_in(state, caller, post, Context::Edit, &Params::default()))
}

/// An update creates a revision if a text changed, or if it is the first update.
fn revise(state: &mut State, before: &Post, post: &mut Post) {
    let texts = |post: &Post| [post.title.clone(), post.content.clone(), post.excerpt.clone()];
    if before.revisions.is_empty() || texts(before) != texts(post) {
        let revision = state.next_post_id();
        post.revisions.push(revision);
    }
}

/// POST, PUT and PATCH alike: fields that were not sent stay.
pub(crate) fn update(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let before = find(state, params.id("id"))?.clone();
    let mut post = before.clone();
    apply(state, caller, params, &mut post)?;
    filled(&post)?;
    let now = state.now();
    post.modified = now;
    if before.status == "trash" && post.status != "trash" {
        if let Some((_, slug)) = post.before_trash.take() {
            post.slug = slug;
        }
    } else if before.status != "trash" && post.status == "trash" {
        post.before_trash = Some((before.status.clone(), before.slug.clone()));
    }
    if post.floating {
        post.date = now;
    }
    settle(state, &mut post);
    revise(state, &before, &mut post);
    let body = save(state, caller, post);
    meta(params)?;
    Ok(RestResponse::ok(body))
}

pub(crate) fn delete(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let id = params.id("id");
    let post = find(state, id)?;
    if params.flag("force") == Some(true) {
        let previous = view::item(state, caller, post, Context::Edit, params);
        state.posts.remove(&id);
        return Ok(RestResponse::ok(json!({ "deleted": true, "previous": previous })));
    }
    if post.status == "trash" {
        return Err(Error::new(410, "rest_already_trashed", "The post has already been deleted."));
    }
    let (before, mut post) = (post.clone(), post.clone());
    post.before_trash = Some((post.status.clone(), post.slug.clone()));
    post.status = "trash".into();
    post.slug.push_str("__trashed");
    post.modified = state.now();
    post.sticky = false;
    revise(state, &before, &mut post);
    Ok(RestResponse::ok(save(state, caller, post)))
}

/// A title, content or excerpt: plain text, or `{raw}`. Anything else is ignored.
fn text(params: &Params, name: &str) -> Option<String> {
    if params.has(name) && params.get(name).is_none() {
        return None;
    }
    match params.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Object(parts) => parts.get("raw").and_then(scalar),
        _ => None,
    }
}

fn apply(state: &State, caller: &Caller, params: &Params, post: &mut Post) -> Result<(), Error> {
    // A write starts with the default category, which an empty list then takes away.
    if post.categories.is_empty() {
        post.categories.push(1);
    }
    let texts = [("title", &mut post.title), ("content", &mut post.content), ("excerpt", &mut post.excerpt)];
    for (name, field) in texts {
        if let Some(text) = text(params, name) {
            *field = text;
        }
    }
    template(params)?;
    status(caller, params, post)?;
    date(state, params, post);
    if let Some(text) = params.text("slug") {
        post.slug = slug(&text);
    }
    if let Some(author) = params.int("author").filter(|author| *author != 0) {
        let author = u64::try_from(author).ok().filter(|id| state.users.contains_key(id));
        let invalid = || Error::new(400, "rest_invalid_author", "Invalid author ID.");
        post.author = author.ok_or_else(invalid)?;
    }
    if let Some(password) = params.text("password") {
        post.password = password;
    }
    if let Some(sticky) = params.flag("sticky") {
        post.sticky = sticky;
    }
    if post.sticky && !post.password.is_empty() {
        let message = "A post can not be sticky and have a password.";
        return Err(Error::new(400, "rest_invalid_field", message));
    }
    let choices = [
        ("comment_status", &mut post.comment_status),
        ("ping_status", &mut post.ping_status),
        ("format", &mut post.format),
    ];
    for (name, field) in choices {
        if let Some(choice) = params.text(name) {
            *field = choice;
        }
    }
    let notes = params.get("meta").and_then(|meta| meta.get("footnotes")).and_then(Value::as_str);
    if let Some(notes) = notes {
        notes.clone_into(&mut post.footnotes);
    }
    for (name, taxonomy, field) in
        [("categories", "category", &mut post.categories), ("tags", "post_tag", &mut post.tags)]
    {
        if params.get(name).is_some() {
            // Unknown terms are ignored.
            *field = params.ids(name);
            field.retain(|id| state.terms.get(id).is_some_and(|term| term.taxonomy == taxonomy));
            field.sort_unstable();
            field.dedup();
        }
    }
    Ok(())
}

/// The theme has no templates for posts.
fn template(params: &Params) -> Result<(), Error> {
    match params.text("template") {
        Some(name) if !name.is_empty() => {
            let message = "template is not one of .".to_owned();
            Err(invalid(vec![("template", Problem::new("rest_invalid_param", message, Value::Null))]))
        }
        _ => Ok(()),
    }
}

fn status(caller: &Caller, params: &Params, post: &mut Post) -> Result<(), Error> {
    let Some(asked) = params.get("status") else { return Ok(()) };
    let asked = scalar(asked).unwrap_or_default();
    if post.id != 0 && asked == post.status {
        return Ok(());
    }
    if !SETTABLE.contains(&asked.as_str()) {
        return Err(invalid(vec![("status", Problem::choice("status", SETTABLE))]));
    }
    if !caller.can("publish_posts") {
        let message = match asked.as_str() {
            "private" => "Sorry, you are not allowed to create private posts in this post type.",
            "publish" | "future" => "Sorry, you are not allowed to publish posts in this post type.",
            _ => "",
        };
        if !message.is_empty() {
            return Err(caller.denied("rest_cannot_publish", message));
        }
    }
    post.status = asked;
    Ok(())
}

fn date(state: &State, params: &Params, post: &mut Post) {
    for (name, utc) in [("date_gmt", true), ("date", false)] {
        let Some(sent) = params.text(name) else {
            // `null` clears the date: the post gets the current time.
            if params.has(name) {
                post.date = state.now();
                post.floating = true;
            }
            continue;
        };
        if let Some((date, zone)) = clock::parse(&sent) {
            let zone = if utc { zone.or(Some(jiff::tz::Offset::UTC)) } else { zone };
            post.date = state.to_utc(date, zone);
            post.floating = false;
        }
    }
}

/// Sets what depends on a post's status: its slug, and whether it is scheduled.
fn settle(state: &State, post: &mut Post) {
    let unborn = matches!(post.status.as_str(), "draft" | "pending");
    if !unborn && post.floating {
        post.floating = false;
    }
    // WordPress treats a date within one minute as now.
    let later = post.date.duration_since(state.now()).as_secs() >= 60;
    match post.status.as_str() {
        "publish" if later => post.status = "future".into(),
        "future" if !later => post.status = "publish".into(),
        _ => {}
    }
    match post.status.as_str() {
        "trash" if !post.slug.ends_with("__trashed") => post.slug.push_str("__trashed"),
        "draft" | "pending" | "trash" => {}
        _ => {
            let wanted = if post.slug.is_empty() { &post.title } else { &post.slug };
            post.slug = free_slug(state, post, wanted);
        }
    }
}
