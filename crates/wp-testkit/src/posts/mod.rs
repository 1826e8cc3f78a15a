//! `/wp/v2/posts`.

mod list;
mod rights;
mod view;
mod write;

use serde_json::json;

pub(crate) use list::{LIST, list};
pub(crate) use rights::{may_create, may_delete, may_list, may_read, may_update};
pub(crate) use write::{CREATE, UPDATE, create, update};

use crate::{
    error::Error,
    params::{CONTEXT, Context, Kind, Param, Params, param},
    response::RestResponse,
    state::{Caller, Post, State},
};

pub(crate) const READ: &[Param] =
    &[CONTEXT, param("excerpt_length", Kind::Int), param("password", Kind::Text)];

pub(crate) const DELETE: &[Param] = &[param("force", Kind::Flag)];

fn find(state: &State, id: u64) -> Result<&Post, Error> {
    let unknown = || Error::new(404, "rest_post_invalid_id", "Invalid post ID.");
    state.posts.get(&id).ok_or_else(unknown)
}

fn route(id: u64) -> String {
    format!("/wp/v2/posts/{id}")
}

pub(crate) fn read(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let post = find(state, params.id("id"))?;
    let link = format!("<{}>; rel=\"alternate\"; type=text/html", state.permalink(post));
    let body = view::linked(state, caller, post, params);
    Ok(RestResponse::ok(body).with("Link", link))
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
    write::revise(state, &before, &mut post);
    Ok(RestResponse::ok(write::save(state, caller, post)))
}
