//! Creating, updating and deleting posts.

use std::iter::successors;

use serde_json::{Value, json};

use super::{
    super::{kses, media},
    item::{FORMATS, find, free_slug, route, terms},
    view,
};
use crate::{
    http::{Error, RestResponse},
    rest::{
        Caller,
        params::{Context, Kind, Param, Params, Problem, boolean, integer, invalid, param, scalar},
    },
    state::{
        Post, Revision, State, clock,
        kinds::{self, MetaType, PostType},
        text::slug,
    },
};

const SETTABLE: &[&str] = &["publish", "future", "draft", "pending", "private"];
const OPEN_OR_CLOSED: Kind = Kind::OneOf(&["open", "closed"]);

const SCHEMA: &[Param] = &[
    param("date", Kind::DateOrNull),
    param("date_gmt", Kind::DateOrNull),
    param("slug", Kind::Text),
    param("status", Kind::OneOf(SETTABLE)),
    param("password", Kind::Text),
    param("parent", Kind::Int),
    param("title", Kind::Raw),
    param("content", Kind::Raw),
    param("author", Kind::Int),
    param("excerpt", Kind::Raw),
    param("featured_media", Kind::Int),
    param("comment_status", OPEN_OR_CLOSED),
    param("ping_status", OPEN_OR_CLOSED),
    param("menu_order", Kind::Int),
    param("format", Kind::OneOf(FORMATS)),
    param("meta", Kind::Meta),
    param("sticky", Kind::Flag),
    param("template", Kind::Any),
    param("alt_text", Kind::Text),
    param("caption", Kind::Raw),
    param("description", Kind::Raw),
    param("post", Kind::Int),
];

/// The parameters of every type; a type names its others.
const COMMON: &[&str] = &["date", "date_gmt", "slug", "status", "title", "meta", "template"];

/// The parameters of a create or an update.
pub(crate) fn write_schema(kind: &'static PostType, updates: bool) -> Vec<Param> {
    let has = |row: &&Param| COMMON.contains(&row.name) || kind.has(row.name);
    let mut rows: Vec<Param> = SCHEMA.iter().filter(has).copied().collect();
    // An update may repeat the current status of the post, `trash` included.
    if let Some(status) = rows.iter_mut().find(|row| row.name == "status" && updates) {
        status.kind = Kind::Any;
    }
    rows.extend(kind.taxonomies.iter().map(|taxonomy| param(taxonomy.base, Kind::Ints)));
    rows
}

pub(crate) const DELETE: &[Param] = &[param("force", Kind::Flag)];

pub(crate) fn create(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let now = state.now();
    let mut post = Post::new(params.post_type(), caller.user.unwrap_or(0), now);
    apply(state, caller, params, &mut post)?;
    filled(&post)?;
    post.id = state.next_post_id();
    // A new post was last modified at its date.
    post.modified = post.date;
    settle(state, &mut post);
    post.guid = state.permalink(&post);
    let location = state.site.rest(&route(&post));
    let body = save(state, caller, post);
    // Too late: the post is there.
    meta(params)?;
    Ok(RestResponse::json(201, body).with("Location", location))
}

fn filled(post: &Post) -> Result<(), Error> {
    // Pages have no excerpts of their own.
    let is_text = post.kind.has("content") && post.kind.has("excerpt") && !post.kind.is(&kinds::PAGE);
    if is_text && [&post.title, &post.content, &post.excerpt].into_iter().all(String::is_empty) {
        return Err(Error::new(400, "empty_content", "Content, title, and excerpt are empty."));
    }
    Ok(())
}

/// Meta fields have types, and unknown ones are ignored.
fn meta(params: &Params) -> Result<(), Error> {
    let Some(sent) = params.get("meta") else { return Ok(()) };
    for (name, kind) in params.post_type().meta {
        let Some(value) = sent.get(*name).filter(|value| !value.is_null()) else { continue };
        let fits = match kind {
            MetaType::Text => value.is_string(),
            MetaType::Integer => integer(value).is_some(),
            MetaType::Number => {
                value.is_number() || value.as_str().is_some_and(|text| text.parse::<f64>().is_ok())
            }
            MetaType::Flag => boolean(value).is_some(),
        };
        if !fits {
            let message = format!("meta.{name} is not of type {}.", kind.default().0);
            let error = Error::new(400, "rest_invalid_type", message);
            let param = format!("meta.{name}");
            return Err(error.beside("additional_data", vec![json!({ "param": param })]));
        }
    }
    Ok(())
}

/// Takes over the meta fields that were sent; `null` takes one away.
fn set_meta(params: &Params, post: &mut Post) {
    let Some(sent) = params.get("meta").filter(|_| meta(params).is_ok()) else { return };
    for (name, kind) in post.kind.meta {
        match sent.get(*name) {
            None => {}
            Some(Value::Null) => drop(post.meta.remove(*name)),
            Some(value) => {
                let value = match kind {
                    MetaType::Integer => integer(value).map(Value::from),
                    MetaType::Flag => boolean(value).map(Value::from),
                    MetaType::Number => {
                        value.as_str().and_then(|text| text.parse::<f64>().ok()).map(Value::from)
                    }
                    MetaType::Text => None,
                };
                post.meta.insert((*name).to_owned(), value.unwrap_or_else(|| sent[*name].clone()));
            }
        }
    }
}

/// Stores the post and renders it: every response to a write is in the edit context.
pub(in crate::resources) fn save(state: &mut State, caller: &Caller, post: Post) -> Value {
    let id = post.id;
    if post.format != "standard" {
        state.formats.insert(post.format.clone());
    }
    state.posts.insert(id, post);
    let saved = state.posts.get(&id);
    saved.map_or(Value::Null, |post| view::linked_in(state, caller, post, Context::Edit, &Params::default()))
}

/// An update creates a revision if a text changed, or if it is the first update.
fn revise(state: &mut State, caller: &Caller, before: &Post, post: &mut Post) {
    let texts = |post: &Post| [post.title.clone(), post.content.clone(), post.excerpt.clone()];
    if before.revisions.is_empty() || texts(before) != texts(post) {
        let [title, content, excerpt] = texts(post);
        let (id, author, date) = (state.next_post_id(), caller.user.unwrap_or(0), post.modified);
        post.revisions.push(Revision { id, author, date, title, content, excerpt });
    }
}

/// POST, PUT and PATCH alike: fields that were not sent stay.
pub(crate) fn update(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let before = find(state, params)?.clone();
    let mut post = before.clone();
    apply(state, caller, params, &mut post)?;
    filled(&post)?;
    let now = state.now();
    post.modified = now;
    if before.status == "trash" && post.status != "trash" {
        // One without a slug keeps the suffix.
        if let Some((_, slug)) = post.before_trash.take().filter(|(_, slug)| !slug.is_empty()) {
            post.slug = slug;
        }
    } else if before.status != "trash" && post.status == "trash" {
        post.before_trash = Some((before.status.clone(), before.slug.clone()));
    }
    if post.floating {
        post.date = now;
    }
    settle(state, &mut post);
    if !post.kind.is(&kinds::ATTACHMENT) {
        revise(state, caller, &before, &mut post);
    }
    let body = save(state, caller, post);
    meta(params)?;
    Ok(RestResponse::ok(body))
}

pub(crate) fn delete(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let id = params.id("id");
    let post = find(state, params)?;
    let is_media = post.kind.is(&kinds::ATTACHMENT);
    if params.flag("force") == Some(true) {
        let previous = view::item(state, caller, post, Context::Edit, params);
        let (above, kind) = (post.parent, post.kind);
        state.posts.remove(&id);
        state.comments.retain(|_, comment| comment.post != id);
        for other in state.posts.values_mut() {
            if other.featured_media == id && is_media {
                other.featured_media = 0;
            }
            if other.parent == id {
                // Pages move up; files stay without a post.
                other.parent = if other.kind.is(kind) { above } else { 0 };
            }
        }
        return Ok(RestResponse::ok(json!({ "deleted": true, "previous": previous })));
    }
    if is_media {
        let message = "The post does not support trashing. Set 'force=true' to delete.";
        return Err(Error::trash_not_supported(message));
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
    revise(state, caller, &before, &mut post);
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

pub(in crate::resources) fn apply(
    state: &State,
    caller: &Caller,
    params: &Params,
    post: &mut Post,
) -> Result<(), Error> {
    // A write starts with the default category, which an empty list then takes away.
    if post.kind.is(&kinds::POST) && terms(state, post, "category").next().is_none() {
        post.terms.push(1);
    }
    let texts = [("title", &mut post.title), ("content", &mut post.content), ("excerpt", &mut post.excerpt)];
    for (name, field) in texts {
        if let Some(text) = text(params, name).filter(|_| COMMON.contains(&name) || post.kind.has(name)) {
            *field = text;
        }
    }
    template(params)?;
    parent(state, params, post)?;
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
    if let Some(password) = params.text("password").filter(|_| post.kind.has("password")) {
        post.password = password;
    }
    if let Some(sticky) = params.flag("sticky").filter(|_| post.kind.has("sticky")) {
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
    if let Some(order) = params.int("menu_order").filter(|_| post.kind.has("menu_order")) {
        post.menu_order = order;
    }
    if let Some(id) = params.int("featured_media") {
        // An unknown one is ignored.
        let id = u64::try_from(id).unwrap_or(0);
        let is_image = state.posts.get(&id).is_some_and(|post| post.kind.is(&kinds::ATTACHMENT));
        if id == 0 || is_image {
            post.featured_media = id;
        }
    }
    post.title = post.title.trim().to_owned();
    set_meta(params, post);
    media::apply(params, post);
    if !caller.can("unfiltered_html") {
        // On every write, also the texts that others wrote.
        post.title = kses::filtered(&post.title, kses::FEW)?;
        post.content = kses::filtered(&post.content, kses::POST)?;
        post.excerpt = kses::filtered(&post.excerpt, kses::POST)?;
    }
    for taxonomy in post.kind.taxonomies {
        if params.get(taxonomy.base).is_some() {
            // Unknown terms are ignored.
            let is_own = |id: &u64| state.terms.get(id).is_some_and(|term| term.taxonomy == taxonomy.name);
            post.terms.retain(|id| !is_own(id));
            post.terms.extend(params.ids(taxonomy.base).iter().copied().filter(is_own));
            post.terms.sort_unstable();
            post.terms.dedup();
        }
    }
    Ok(())
}

/// The page above a page.
fn parent(state: &State, params: &Params, post: &mut Post) -> Result<(), Error> {
    if !post.kind.has("parent") || !params.has("parent") {
        return Ok(());
    }
    let id = params.id("parent");
    if id != 0 && !state.posts.contains_key(&id) {
        return Err(Error::new(400, "rest_post_invalid_id", "Invalid post parent ID."));
    }
    // What is below the page cannot be above it.
    let up = |id: &u64| state.posts.get(id).map(|post| post.parent).filter(|parent| *parent != 0);
    let is_below = post.id != 0 && successors(Some(id), up).take(state.posts.len()).any(|id| id == post.id);
    post.parent = if is_below { 0 } else { id };
    Ok(())
}

/// The theme has no templates.
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
    // An attachment keeps the status of its post.
    if post.status == "inherit" {
        return Ok(());
    }
    if !caller.can(&post.kind.cap("publish")) {
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
