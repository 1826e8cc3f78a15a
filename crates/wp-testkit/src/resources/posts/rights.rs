//! Permissions for posts: `map_meta_cap`, and the permission callbacks that use it.

use super::item::find;
use crate::{
    http::Error,
    rest::{
        Caller,
        params::{Context, Params},
    },
    state::{Post, State},
};

/// The capabilities that an action on a post requires, by its author and status.
fn may(state: &State, caller: &Caller, post: &Post, verb: Verb) -> bool {
    let action = match verb {
        Verb::Edit => "edit",
        Verb::Delete => "delete",
    };
    let can = |end: &str| caller.can(&post.kind.cap(&format!("{action}{end}")));
    // A post in the trash keeps the protection of its former status.
    let status = match &post.before_trash {
        Some((before, _)) if post.status == "trash" => before.as_str(),
        _ => status(state, post),
    };
    let public = matches!(status, "publish" | "future");
    if caller.is(post.author) {
        can(if public { "_published" } else { "" })
    } else {
        let by_status = match status {
            "private" => can("_private"),
            _ => !public || can("_published"),
        };
        can("_others") && by_status
    }
}

/// An attachment has the status of the post that it belongs to.
fn status<'a>(state: &'a State, post: &'a Post) -> &'a str {
    match post.status.as_str() {
        "inherit" => state.posts.get(&post.parent).map_or("publish", |parent| parent.status.as_str()),
        status => status,
    }
}

#[derive(Clone, Copy)]
enum Verb {
    Edit,
    Delete,
}

pub(in crate::resources) fn can_edit(state: &State, caller: &Caller, post: &Post) -> bool {
    may(state, caller, post, Verb::Edit)
}

pub(super) fn can_delete(state: &State, caller: &Caller, post: &Post) -> bool {
    may(state, caller, post, Verb::Delete)
}

pub(in crate::resources) fn can_read(state: &State, caller: &Caller, post: &Post) -> bool {
    match post.status.as_str() {
        "publish" => true,
        "private" => caller.is(post.author) || caller.can(&post.kind.cap("read_private")),
        "inherit" => match state.posts.get(&post.parent) {
            Some(parent) if parent.status != "inherit" => can_read(state, caller, parent),
            _ => true,
        },
        _ => can_edit(state, caller, post),
    }
}

pub(crate) fn may_list(_: &State, caller: &Caller, params: &Params) -> Result<(), Error> {
    if params.context() == Context::Edit && !caller.can(&params.post_type().cap("edit")) {
        let message = "Sorry, you are not allowed to edit posts in this post type.";
        return Err(caller.denied("rest_forbidden_context", message));
    }
    Ok(())
}

pub(crate) fn may_read(state: &State, caller: &Caller, params: &Params) -> Result<(), Error> {
    let post = find(state, params)?;
    if params.context() == Context::Edit && !can_edit(state, caller, post) {
        let message = "Sorry, you are not allowed to edit this post.";
        return Err(caller.denied("rest_forbidden_context", message));
    }
    // In a body, it is that of an update.
    if params.query_text("password").is_some_and(|given| !given.is_empty() && given != post.password) {
        return Err(Error::new(403, "rest_post_incorrect_password", "Incorrect post password."));
    }
    if can_read(state, caller, post) { Ok(()) } else { Err(caller.forbidden()) }
}

pub(crate) fn may_create(_: &State, caller: &Caller, params: &Params) -> Result<(), Error> {
    if params.int("id").is_some_and(|id| id != 0) {
        return Err(Error::new(400, "rest_post_exists", "Cannot create existing post."));
    }
    others(caller, params, "Sorry, you are not allowed to create posts as this user.")?;
    sticky(caller, params.flag("sticky") == Some(true))?;
    if !caller.can(&params.post_type().cap("edit")) {
        let message = "Sorry, you are not allowed to create posts as this user.";
        return Err(caller.denied("rest_cannot_create", message));
    }
    Ok(())
}

pub(crate) fn may_update(state: &State, caller: &Caller, params: &Params) -> Result<(), Error> {
    let post = find(state, params)?;
    if !can_edit(state, caller, post) {
        let message = "Sorry, you are not allowed to edit this post.";
        return Err(caller.denied("rest_cannot_edit", message));
    }
    others(caller, params, "Sorry, you are not allowed to update posts as this user.")?;
    sticky(caller, params.flag("sticky").is_some_and(|sticky| sticky != post.sticky))
}

pub(crate) fn may_delete(state: &State, caller: &Caller, params: &Params) -> Result<(), Error> {
    let post = find(state, params)?;
    if can_delete(state, caller, post) {
        return Ok(());
    }
    let message = "Sorry, you are not allowed to delete this post.";
    Err(caller.denied("rest_cannot_delete", message))
}

/// Assigning a post to another author.
fn others(caller: &Caller, params: &Params, message: &'static str) -> Result<(), Error> {
    let author = params.id("author");
    if author != 0 && !caller.is(author) && !caller.can(&params.post_type().cap("edit_others")) {
        return Err(caller.denied("rest_cannot_edit_others", message));
    }
    Ok(())
}

fn sticky(caller: &Caller, changes: bool) -> Result<(), Error> {
    let may = caller.can("edit_others_posts") && caller.can("publish_posts");
    if changes && !may {
        let message = "Sorry, you are not allowed to make posts sticky.";
        return Err(caller.denied("rest_cannot_assign_sticky", message));
    }
    Ok(())
}
