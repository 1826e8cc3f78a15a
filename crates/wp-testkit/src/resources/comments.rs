//! `/wp/v2/comments`: comments, and the notes of editors.

use serde_json::{Value, json};

use super::{
    kses,
    paging::{self, Offset},
    posts, render,
    users::avatars,
};
use crate::{
    http::{Error, RestResponse},
    rest::{
        Caller,
        params::{CONTEXT, Context, Kind, Param, Params, Problem, param},
        route::self_link,
    },
    state::{Comment, Post, State, clock},
};

pub(crate) const LIST: &[Param] = &[
    CONTEXT,
    param("page", Kind::AtLeast(1)),
    param("per_page", Kind::Between(1, 100)),
    param("search", Kind::Text),
    param("after", Kind::Date),
    param("author", Kind::Ints),
    param("author_exclude", Kind::Ints),
    param("author_email", Kind::Text),
    param("before", Kind::Date),
    param("exclude", Kind::Ints),
    param("include", Kind::Ints),
    param("offset", Kind::Int),
    param("order", Kind::OneOf(&["asc", "desc"])),
    param("orderby", Kind::OneOf(&["date", "date_gmt", "id", "include", "post", "parent", "type"])),
    param("parent", Kind::Ints),
    param("parent_exclude", Kind::Ints),
    param("post", Kind::Ints),
    param("status", Kind::Text),
    param("type", Kind::Text),
    param("password", Kind::Text),
];
pub(crate) const READ: &[Param] = &[CONTEXT, param("password", Kind::Text)];
pub(crate) const CREATE: &[Param] = &[
    param("author", Kind::Int),
    param("author_email", Kind::Checked(check_email)),
    param("author_ip", Kind::Checked(check_ip)),
    param("author_name", Kind::Text),
    param("author_url", Kind::Text),
    param("author_user_agent", Kind::Text),
    param("content", Kind::Raw),
    param("date", Kind::Date),
    param("date_gmt", Kind::Date),
    param("meta", Kind::Meta),
    param("parent", Kind::Int),
    param("post", Kind::Int),
    param("status", Kind::Text),
];
pub(crate) const UPDATE: &[Param] = CREATE;
pub(crate) const DELETE: &[Param] = &[param("force", Kind::Flag), param("password", Kind::Text)];

type Permitted = Result<(), Error>;

fn check_email(email: &str) -> Result<(), Problem> {
    if email.is_empty() || email.contains('@') {
        return Ok(());
    }
    Err(Problem::new("rest_invalid_email", "Invalid email address.".into(), Value::Null))
}

fn check_ip(ip: &str) -> Result<(), Problem> {
    let bad = || Problem::new("rest_invalid_ip", "author_ip is not a valid IP address.".into(), Value::Null);
    ip.parse::<std::net::IpAddr>().map(drop).map_err(|_| bad())
}

fn find<'a>(state: &'a State, params: &Params) -> Result<&'a Comment, Error> {
    let unknown = || Error::new(404, "rest_comment_invalid_id", "Invalid comment ID.");
    state.comments.get(&params.id("id")).ok_or_else(unknown)
}

fn moderates(caller: &Caller) -> bool {
    caller.can("moderate_comments")
}

/// The `edit_comment` meta capability: that to edit its post.
fn can_edit_post(state: &State, caller: &Caller, comment: &Comment) -> bool {
    state.posts.get(&comment.post).is_some_and(|post| posts::can_edit(state, caller, post))
}

fn can_edit(state: &State, caller: &Caller, comment: &Comment) -> bool {
    (comment.kind != "note" && moderates(caller)) || can_edit_post(state, caller, comment)
}

/// A protected post is read with its password, if the request is about one post or one comment.
fn can_read_post(state: &State, caller: &Caller, post: &Post, params: &Params) -> bool {
    let is_about_one = params.ids("post").len() == 1 || params.id("id") != 0;
    let opened = is_about_one && params.text("password").as_deref() == Some(post.password.as_str());
    if post.password.is_empty() || opened {
        posts::can_read(state, caller, post)
    } else {
        posts::can_edit(state, caller, post)
    }
}

fn can_read(state: &State, caller: &Caller, comment: &Comment, params: &Params) -> bool {
    let post = state.posts.get(&comment.post);
    let is_public = comment.kind != "note" && comment.status == "approved";
    (is_public && post.is_some_and(|post| can_read_post(state, caller, post, params)))
        || (comment.author != 0 && caller.is(comment.author))
        || can_edit_post(state, caller, comment)
}

fn refuse(caller: &Caller, code: &'static str, message: &'static str) -> Permitted {
    Err(caller.denied(code, message))
}

pub(crate) fn may_list(state: &State, caller: &Caller, params: &Params) -> Permitted {
    let is_note = params.text("type").as_deref() == Some("note");
    for id in params.ids("post") {
        match state.posts.get(&id) {
            Some(post) if !can_read_post(state, caller, post, params) => {
                let message = "Sorry, you are not allowed to read the post for this comment.";
                return refuse(caller, "rest_cannot_read_post", message);
            }
            None if id == 0 && !moderates(caller) => {
                let message = "Sorry, you are not allowed to read comments without a post.";
                return refuse(caller, "rest_cannot_read", message);
            }
            _ => {}
        }
    }
    if params.context() == Context::Edit {
        let posts = params.ids("post");
        let edits = |id: &u64| state.posts.get(id).is_some_and(|post| posts::can_edit(state, caller, post));
        let may = if is_note && !posts.is_empty() { posts.iter().all(edits) } else { moderates(caller) };
        if !may {
            let message = "Sorry, you are not allowed to edit comments.";
            return refuse(caller, "rest_forbidden_context", message);
        }
    }
    if caller.can("edit_posts") {
        return Ok(());
    }
    // Where there are no defaults, as in another method's `Allow`, they are missed here.
    let is = |name: &str, usual: &str| params.text(name).map_or(params.has_defaults, |sent| sent == usual);
    let forbidden = |name: &&str| match *name {
        "status" => !is("status", "approve"),
        "type" => !is("type", "comment"),
        name => !params.texts(name).is_empty(),
    };
    let names = ["author", "author_exclude", "author_email", "type", "status"];
    let names: Vec<&str> = names.into_iter().filter(forbidden).collect();
    if names.is_empty() {
        return Ok(());
    }
    let message = format!("Query parameter not permitted: {}", names.join(", "));
    Err(Error::new(caller.denied_status(), "rest_forbidden_param", message))
}

pub(crate) fn may_read(state: &State, caller: &Caller, params: &Params) -> Permitted {
    let comment = find(state, params)?;
    let edits =
        if comment.kind == "note" { can_edit_post(state, caller, comment) } else { moderates(caller) };
    if params.context() == Context::Edit && !edits {
        let message = "Sorry, you are not allowed to edit comments.";
        return refuse(caller, "rest_forbidden_context", message);
    }
    if !can_read(state, caller, comment, params) {
        let message = "Sorry, you are not allowed to read this comment.";
        return refuse(caller, "rest_cannot_read", message);
    }
    let post = state.posts.get(&comment.post);
    if post.is_some_and(|post| !can_read_post(state, caller, post, params)) {
        let message = "Sorry, you are not allowed to read the post for this comment.";
        return refuse(caller, "rest_cannot_read_post", message);
    }
    Ok(())
}

pub(crate) fn may_create(state: &State, caller: &Caller, params: &Params) -> Permitted {
    let is_note = params.text("type").as_deref() == Some("note");
    let Some(user) = caller.user else {
        let message = "Sorry, you must be logged in to comment.";
        return refuse(caller, "rest_comment_login_required", message);
    };
    let limited = |name: &'static str, code: &'static str| {
        let message = format!("Sorry, you are not allowed to edit '{name}' for comments.");
        Err(Error::new(caller.denied_status(), code, message))
    };
    let other = params.get("author").is_some() && params.id("author") != user;
    if other && !moderates(caller) {
        return limited("author", "rest_comment_invalid_author");
    }
    if params.text("author_ip").is_some_and(|ip| ip != "127.0.0.1") && !moderates(caller) {
        return limited("author_ip", "rest_comment_invalid_author_ip");
    }
    let post = state.posts.get(&params.id("post"));
    let edits = post.is_some_and(|post| posts::can_edit(state, caller, post));
    if is_note && post.is_some() && !edits {
        let message = "Sorry, you are not allowed to create notes for this post.";
        return refuse(caller, "rest_cannot_create_note", message);
    }
    if params.get("status").is_some() && !(if is_note { edits } else { moderates(caller) }) {
        return limited("status", "rest_comment_invalid_status");
    }
    let forbid = |code: &'static str, message: &'static str| Err(Error::new(403, code, message));
    let Some(post) = post else {
        let message = "Sorry, you are not allowed to create this comment without a post.";
        return forbid("rest_comment_invalid_post_id", message);
    };
    if is_note {
        return Ok(());
    }
    let message = "Sorry, you are not allowed to create a comment on this post.";
    match post.status.as_str() {
        "draft" => return forbid("rest_comment_draft_post", message),
        "trash" => return forbid("rest_comment_trash_post", message),
        _ => {}
    }
    if !can_read_post(state, caller, post, params) {
        let message = "Sorry, you are not allowed to read the post for this comment.";
        return refuse(caller, "rest_cannot_read_post", message);
    }
    if post.comment_status != "open" {
        return forbid("rest_comment_closed", "Sorry, comments are closed for this item.");
    }
    Ok(())
}

pub(crate) fn may_update(state: &State, caller: &Caller, params: &Params) -> Permitted {
    if can_edit(state, caller, find(state, params)?) {
        let known = params.id("post") == 0 || state.posts.contains_key(&params.id("post"));
        let message = "Sorry, you are not allowed to create this comment without a post.";
        let unknown = || Error::new(403, "rest_comment_invalid_post_id", message);
        return if known { Ok(()) } else { Err(unknown()) };
    }
    refuse(caller, "rest_cannot_edit", "Sorry, you are not allowed to edit this comment.")
}

pub(crate) fn may_delete(state: &State, caller: &Caller, params: &Params) -> Permitted {
    if can_edit(state, caller, find(state, params)?) {
        return Ok(());
    }
    refuse(caller, "rest_cannot_delete", "Sorry, you are not allowed to delete this comment.")
}

fn view(state: &State, comment: &Comment, context: Context) -> Value {
    let edit = context == Context::Edit;
    let rendered = render::paragraphs(&render::texturize(&render::with_links(&comment.content)));
    let text = if edit {
        json!({ "rendered": rendered, "raw": comment.content })
    } else {
        json!({ "rendered": rendered })
    };
    let link = state.posts.get(&comment.post).map(|post| state.permalink(post)).unwrap_or_default();
    let mut view = json!({
        "id": comment.id,
        "post": comment.post,
        "parent": comment.parent,
        "author": comment.author,
        "author_name": comment.author_name,
        "author_email": comment.author_email,
        "author_url": comment.author_url,
        "author_ip": comment.author_ip,
        "author_user_agent": comment.author_user_agent,
        "date": clock::text(state.local(comment.date)),
        "date_gmt": clock::text(comment.date),
        "content": text,
        "link": format!("{link}#comment-{}", comment.id),
        "status": comment.status,
        "type": comment.kind,
        "author_avatar_urls": avatars(&comment.author_email),
        "meta": { "_wp_note_status": comment.note_status },
    });
    let hidden: &[&str] = match context {
        Context::Edit => &[],
        Context::View => &["author_email", "author_ip", "author_user_agent"],
        Context::Embed => {
            &["author_email", "author_ip", "author_user_agent", "post", "date_gmt", "status", "meta"]
        }
    };
    if let Some(fields) = view.as_object_mut() {
        fields.retain(|name, _| !hidden.contains(&name.as_str()));
    }
    view
}

fn linked(state: &State, caller: &Caller, comment: &Comment, context: Context) -> Value {
    let (id, site) = (comment.id, &state.site);
    let own = |id: u64| format!("/wp/v2/comments/{id}");
    let to = |href: String| json!([{ "embeddable": true, "href": href }]);
    let mut links = json!({
        "self": [self_link(state, caller, &own(id))],
        "collection": [{ "href": site.rest("/wp/v2/comments") }],
    });
    if comment.author != 0 {
        links["author"] = to(site.rest(&format!("/wp/v2/users/{}", comment.author)));
    }
    if let Some(post) = state.posts.get(&comment.post) {
        let href = site.rest(&posts::route(post));
        links["up"] = json!([{ "embeddable": true, "post_type": post.kind.name, "href": href }]);
    }
    if comment.parent != 0 {
        links["in-reply-to"] = to(site.rest(&own(comment.parent)));
    }
    if state.comments.values().any(|other| other.parent == id) {
        let note = if comment.kind == "note" { "&type=note&status=all" } else { "" };
        links["children"] = to(site.rest_with("/wp/v2/comments", &format!("parent={id}{note}")));
    }
    let mut view = view(state, comment, context);
    view["_links"] = links;
    view
}

pub(crate) fn list(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let state = &*state;
    let among = |name: &str, has: u64| params.ids(name).is_empty() || params.ids(name).contains(&has);
    let status = params.text("status").unwrap_or_else(|| "approve".into());
    let kind = params.text("type").unwrap_or_else(|| "comment".into());
    let search = params.text("search").unwrap_or_default().to_lowercase();
    let date = |name: &str| {
        let (date, zone) = clock::parse(&params.text(name)?)?;
        Some(state.to_utc(date, zone))
    };
    let (after, before) = (date("after"), date("before"));
    let wanted = |comment: &&Comment| {
        let has_status = match status.as_str() {
            "all" | "" => matches!(comment.status.as_str(), "approved" | "hold"),
            "any" => true,
            "approve" => comment.status == "approved",
            // The name in responses is not that in the database.
            "approved" => false,
            status => comment.status == status,
        };
        let texts = [
            &comment.content,
            &comment.author_name,
            &comment.author_email,
            &comment.author_url,
            &comment.author_ip,
        ];
        has_status
            && (kind == "all" || kind == comment.kind)
            && among("post", comment.post)
            && among("author", comment.author)
            && !params.ids("author_exclude").contains(&comment.author)
            && (params.get("parent").is_none() || among("parent", comment.parent))
            && !params.ids("parent_exclude").contains(&comment.parent)
            && among("include", comment.id)
            && !params.ids("exclude").contains(&comment.id)
            && params
                .text("author_email")
                .is_none_or(|email| email.is_empty() || email == comment.author_email)
            && after.is_none_or(|after| comment.date > after)
            && before.is_none_or(|before| comment.date < before)
            && (search.is_empty() || texts.iter().any(|text| text.to_lowercase().contains(&search)))
    };
    let mut found: Vec<&Comment> = state.comments.values().filter(wanted).collect();
    let include = params.ids("include");
    match params.text("orderby").as_deref() {
        Some("id") => found.sort_by_key(|comment| comment.id),
        Some("include") => found.sort_by_key(|comment| include.iter().position(|id| *id == comment.id)),
        Some("post") => found.sort_by_key(|comment| (comment.post, comment.id)),
        Some("parent") => found.sort_by_key(|comment| (comment.parent, comment.id)),
        Some("type") => found.sort_by_key(|comment| (comment.kind.clone(), comment.id)),
        _ => found.sort_by_key(|comment| (comment.date, comment.id)),
    }
    let listed = params.text("orderby").as_deref() == Some("include");
    if params.text("order").as_deref() != Some("asc") && !listed {
        found.reverse();
    }
    let shown = |comment: &&Comment| {
        // Counted, but not shown to who may not read it.
        let may = can_read(state, caller, comment, params);
        may.then(|| linked(state, caller, comment, params.context()))
    };
    Ok(paging::readable(&state.site, "/wp/v2/comments", params, Offset::Unlinked, &found, shown))
}

pub(crate) fn read(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    Ok(RestResponse::ok(linked(state, caller, find(state, params)?, params.context())))
}

fn content(params: &Params) -> Option<String> {
    match params.get("content")? {
        Value::String(text) => Some(text.clone()),
        object => object.get("raw")?.as_str().map(str::to_owned),
    }
}

/// Whether a note resolves its thread, if the request says so.
fn note_status(params: &Params) -> Result<Option<String>, Error> {
    match params.get("meta").and_then(|meta| meta.get("_wp_note_status")) {
        None => Ok(None),
        Some(Value::String(status)) if matches!(status.as_str(), "resolved" | "reopen") => {
            Ok(Some(status.clone()))
        }
        Some(Value::Null) => {
            let message =
                "The _wp_note_status property has an invalid stored value, and cannot be updated to null.";
            Err(Error::new(500, "rest_invalid_stored_value", message))
        }
        Some(_) => {
            let message = "meta._wp_note_status is not one of resolved and reopen.";
            Err(Error::new(400, "rest_not_in_enum", message))
        }
    }
}

pub(crate) fn create(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    if params.int("id").is_some_and(|id| id != 0) {
        return Err(Error::new(400, "rest_comment_exists", "Cannot create existing comment."));
    }
    let kind = params.text("type").filter(|kind| !kind.is_empty()).unwrap_or_else(|| "comment".into());
    if !matches!(kind.as_str(), "comment" | "note") {
        let message = "Cannot create a comment with that type.";
        return Err(Error::new(400, "rest_invalid_comment_type", message));
    }
    let mut comment = Comment {
        id: state.last_comment + 1,
        post: params.id("post"),
        parent: 0,
        author: 0,
        author_name: String::new(),
        author_email: String::new(),
        author_url: String::new(),
        author_ip: "127.0.0.1".into(),
        author_user_agent: String::new(),
        date: state.now(),
        content: String::new(),
        status: "approved".into(),
        before: None,
        kind,
        note_status: None,
    };
    apply(state, caller, params, &mut comment)?;
    let is_note = comment.kind == "note";
    if comment.content.is_empty() && !(is_note && note_status(params)?.is_some()) {
        return Err(Error::new(400, "rest_comment_content_invalid", "Invalid comment content."));
    }
    let unnamed = [&comment.author_name, &comment.author_email, &comment.author_url];
    let user = caller.user.and_then(|id| state.users.get(&id));
    if let Some(user) = user.filter(|_| comment.author == 0 && unnamed.into_iter().all(String::is_empty)) {
        comment.author = user.id;
        comment.author_name.clone_from(&user.name);
        comment.author_email.clone_from(&user.email);
        comment.author_url.clone_from(&user.url);
    }
    if comment.author_name.is_empty() || comment.author_email.is_empty() {
        let message = "Creating a comment requires valid author name and email values.";
        return Err(Error::new(400, "rest_comment_author_data_required", message));
    }
    if !is_note {
        allow(state, caller, &mut comment)?;
    }
    if let Some(status) = params.text("status") {
        set_status(&mut comment, &status);
    }
    comment.note_status = note_status(params)?;
    state.last_comment = comment.id;
    state.comments.insert(comment.id, comment.clone());
    let context = if moderates(caller) { Context::Edit } else { Context::View };
    let location = state.site.rest(&format!("/wp/v2/comments/{}", comment.id));
    let body = linked(state, caller, &comment, context);
    Ok(RestResponse::json(201, body).with("Location", location))
}

/// `wp_allow_comment`: no duplicates and no flood; the first comment of a stranger is held.
fn allow(state: &State, caller: &Caller, comment: &mut Comment) -> Result<(), Error> {
    let is_same = |other: &&Comment| {
        (other.post, other.parent, &other.content) == (comment.post, comment.parent, &comment.content)
            && other.status != "trash"
            && (other.author_name == comment.author_name || other.author_email == comment.author_email)
    };
    if state.comments.values().any(|other| is_same(&other)) {
        let message = "Duplicate comment detected; it looks as though you&#8217;ve already said that!";
        return Err(Error::new(409, "comment_duplicate", message));
    }
    let by_same = |other: &&Comment| comment.author != 0 && other.author == comment.author;
    let recent = |other: &&Comment| comment.date.duration_since(other.date).as_secs().abs() < 15;
    if !moderates(caller) && state.comments.values().filter(by_same).any(|other| recent(&other)) {
        let message = "You are posting comments too quickly. Slow down.";
        return Err(Error::new(400, "comment_flood", message));
    }
    let author = state.users.get(&comment.author);
    let owns = state.posts.get(&comment.post).is_some_and(|post| post.author == comment.author);
    let trusted = author.is_some_and(|user| {
        owns || crate::state::roles::capabilities(&user.role).contains(&"moderate_comments")
    });
    let is_known = |other: &Comment| {
        other.status == "approved"
            && other.author_name == comment.author_name
            && other.author_email == comment.author_email
    };
    if !trusted && !state.comments.values().any(is_known) {
        comment.status = "hold".into();
    }
    Ok(())
}

/// Takes over the fields that were sent, but the status.
fn apply(state: &State, caller: &Caller, params: &Params, comment: &mut Comment) -> Result<(), Error> {
    if let Some(text) = content(params) {
        comment.content =
            if caller.can("unfiltered_html") { text } else { kses::filtered(&text, kses::FEW)? };
        if comment.content.to_ascii_lowercase().contains("<a ") {
            return Err(Error::not_served("links in comments, to which WordPress adds `rel`"));
        }
    }
    if params.get("author").is_some() {
        let unknown = || Error::new(400, "rest_comment_author_invalid", "Invalid comment author ID.");
        let user = state.users.get(&params.id("author")).ok_or_else(unknown)?;
        comment.author = user.id;
        comment.author_name.clone_from(&user.name);
        comment.author_email.clone_from(&user.email);
        comment.author_url.clone_from(&user.url);
    }
    let fields = [
        ("author_name", &mut comment.author_name),
        ("author_email", &mut comment.author_email),
        ("author_url", &mut comment.author_url),
        ("author_ip", &mut comment.author_ip),
        ("author_user_agent", &mut comment.author_user_agent),
    ];
    for (name, field) in fields {
        if let Some(text) = params.text(name) {
            *field = text;
        }
    }
    for (name, field) in [("parent", &mut comment.parent), ("post", &mut comment.post)] {
        if params.get(name).is_some() {
            *field = params.id(name);
        }
    }
    for (name, utc) in [("date_gmt", true), ("date", false)] {
        if let Some((date, zone)) = params.text(name).and_then(|text| clock::parse(&text)) {
            comment.date = state.to_utc(date, if utc { zone.or(Some(jiff::tz::Offset::UTC)) } else { zone });
        }
    }
    Ok(())
}

/// Moves a comment. An unknown status is ignored.
fn set_status(comment: &mut Comment, asked: &str) {
    let mut leave = || comment.before.take().unwrap_or_else(|| "hold".into());
    let status = match (asked, comment.status.as_str()) {
        ("approved" | "approve" | "1", _) => "approved".to_owned(),
        ("hold" | "0", _) => "hold".to_owned(),
        ("spam" | "trash", _) => asked.to_owned(),
        ("unspam", "spam") | ("untrash", "trash") => leave(),
        _ => return,
    };
    if status == comment.status {
        return;
    }
    let before = std::mem::replace(&mut comment.status, status);
    comment.before = matches!(comment.status.as_str(), "spam" | "trash").then_some(before);
}

pub(crate) fn update(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let mut comment = find(state, params)?.clone();
    if params.text("type").is_some_and(|kind| kind != comment.kind) {
        let message = "Sorry, you are not allowed to change the comment type.";
        return Err(Error::new(404, "rest_comment_invalid_type", message));
    }
    apply(state, caller, params, &mut comment)?;
    if content(params).is_some_and(|text| text.is_empty()) {
        return Err(Error::new(400, "rest_comment_content_invalid", "Invalid comment content."));
    }
    if let Some(status) = params.text("status") {
        set_status(&mut comment, &status);
    }
    if let Some(status) = note_status(params)? {
        comment.note_status = Some(status);
    }
    state.comments.insert(comment.id, comment.clone());
    Ok(RestResponse::ok(linked(state, caller, &comment, Context::Edit)))
}

pub(crate) fn delete(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let mut comment = find(state, params)?.clone();
    if params.flag("force") == Some(true) {
        let previous = view(state, &comment, Context::Edit);
        state.comments.remove(&comment.id);
        for other in state.comments.values_mut().filter(|other| other.parent == comment.id) {
            other.parent = comment.parent;
        }
        return Ok(RestResponse::ok(json!({ "deleted": true, "previous": previous })));
    }
    if comment.status == "trash" {
        let message = "The comment has already been trashed.";
        return Err(Error::new(410, "rest_already_trashed", message));
    }
    set_status(&mut comment, "trash");
    state.comments.insert(comment.id, comment.clone());
    Ok(RestResponse::ok(linked(state, caller, &comment, Context::Edit)))
}
