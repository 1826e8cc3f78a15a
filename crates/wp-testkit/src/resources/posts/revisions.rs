//! `/wp/v2/posts/{parent}/revisions`: the texts of a post after each of its updates.

use serde_json::{Value, json};

use super::{
    super::{paging, render},
    item::route,
    rights,
};
use crate::{
    http::{Error, RestResponse},
    rest::{
        Caller,
        params::{CONTEXT, Context, Kind, Param, Params, param},
    },
    state::{Post, Revision, State, clock, kinds::MetaType},
};

const ORDERS: &[&str] = &["date", "id", "include", "relevance", "slug", "include_slugs", "title"];

pub(crate) const LIST: &[Param] = &[
    CONTEXT,
    param("page", Kind::AtLeast(1)),
    param("per_page", Kind::Between(1, 100)),
    param("search", Kind::Text),
    param("exclude", Kind::Ints),
    param("include", Kind::Ints),
    param("offset", Kind::Int),
    param("order", Kind::OneOf(&["asc", "desc"])),
    param("orderby", Kind::OneOf(ORDERS)),
];
pub(crate) const READ: &[Param] = &[CONTEXT];
pub(crate) const DELETE: &[Param] = &[param("force", Kind::Flag)];

fn parent<'a>(state: &'a State, params: &Params) -> Result<&'a Post, Error> {
    let unknown = || Error::new(404, "rest_post_invalid_parent", "Invalid post parent ID.");
    let post = state.posts.get(&params.id("parent")).filter(|post| post.kind.is(params.post_type()));
    post.ok_or_else(unknown)
}

fn find(state: &State, id: u64) -> Result<(&Post, &Revision), Error> {
    let mut all = state.posts.values().flat_map(|post| post.revisions.iter().map(move |own| (post, own)));
    let unknown = || Error::new(404, "rest_post_invalid_id", "Invalid revision ID.");
    all.find(|(_, own)| own.id == id).ok_or_else(unknown)
}

pub(crate) fn may_read(state: &State, caller: &Caller, params: &Params) -> Result<(), Error> {
    if rights::can_edit(state, caller, parent(state, params)?) {
        return Ok(());
    }
    let message = "Sorry, you are not allowed to view revisions of this post.";
    Err(caller.denied("rest_cannot_read", message))
}

/// Nobody may delete a revision.
pub(crate) fn may_delete(state: &State, caller: &Caller, params: &Params) -> Result<(), Error> {
    let denied = |message| Err(caller.denied("rest_cannot_delete", message));
    if !rights::can_delete(state, caller, parent(state, params)?) {
        return denied("Sorry, you are not allowed to delete revisions of this post.");
    }
    find(state, params.id("id"))?;
    may_read(state, caller, params)?;
    denied("Sorry, you are not allowed to delete this revision.")
}

pub(crate) fn delete(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    may_delete(state, caller, params)?;
    Err(Error::trash_not_supported("Revisions do not support trashing. Set 'force=true' to delete."))
}

pub(crate) fn read(state: &mut State, _: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let parent = parent(state, params)?;
    let (post, revision) = find(state, params.id("id"))?;
    if post.id != parent.id {
        let message =
            format!("The revision does not belong to the specified parent with id of \"{}\"", parent.id);
        return Err(Error::new(404, "rest_revision_parent_id_mismatch", message));
    }
    Ok(RestResponse::ok(view(state, post, revision, params.context())))
}

pub(crate) fn list(state: &mut State, _: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let order = params.text("orderby").filter(|order| !matches!(order.as_str(), "date" | "id"));
    for (name, value) in
        [("search", params.text("search")), ("offset", params.text("offset")), ("orderby", order)]
    {
        if value.is_some() {
            return Err(Error::not_served(&format!("this {name} of revisions")));
        }
    }
    let post = parent(state, params)?;
    let (include, exclude) = (params.ids("include"), params.ids("exclude"));
    let is_wanted =
        |own: &&Revision| (include.is_empty() || include.contains(&own.id)) && !exclude.contains(&own.id);
    let mut found: Vec<&Revision> = post.revisions.iter().filter(is_wanted).collect();
    if params.text("order").as_deref() != Some("asc") {
        found.reverse();
    }
    // Without a size, all are on the first page.
    let (page, size) = (params.size("page", 1), params.size("per_page", found.len().max(1)));
    let pages = found.len().div_ceil(size);
    if page > pages && !found.is_empty() {
        let message = "The page number requested is larger than the number of pages available.";
        return Err(Error::new(400, "rest_revision_invalid_page_number", message));
    }
    let shown = found.iter().skip((page - 1).saturating_mul(size)).take(size);
    let items = shown.map(|revision| view(state, post, revision, params.context())).collect();
    let response = RestResponse::page(items, found.len(), pages);
    let link = paging::links(&state.site, &format!("{}/revisions", route(post)), params, page, pages);
    Ok(match link {
        Some(link) => response.with("Link", link),
        None => response,
    })
}

fn view(state: &State, post: &Post, own: &Revision, context: Context) -> Value {
    let text = |raw: &str, rendered: String| match context {
        Context::Edit => json!({ "raw": raw, "rendered": rendered }),
        _ => json!({ "rendered": rendered }),
    };
    let guid = format!("{}/?p={}", state.site.url, own.id);
    let local = clock::text(state.local(own.date));
    let meta = |(name, kind): &(&str, MetaType)| ((*name).to_owned(), kind.default().1);
    let mut view = json!({
        "author": own.author,
        "date": local,
        "date_gmt": clock::text(own.date),
        "id": own.id,
        "modified": local,
        "modified_gmt": clock::text(own.date),
        "parent": post.id,
        "slug": format!("{}-revision-v1", post.id),
        "guid": match context {
            Context::Edit => json!({ "rendered": guid, "raw": guid }),
            _ => json!({ "rendered": guid }),
        },
        "title": text(&own.title, render::texturize(own.title.trim())),
        "content": text(&own.content, render::content(&own.content)),
        // Without one, none is made.
        "excerpt": text(&own.excerpt, render::paragraphs(&render::texturize(&own.excerpt))),
        "meta": post.kind.meta.iter().map(meta).collect::<serde_json::Map<_, _>>(),
    });
    if let (Context::Embed, Some(fields)) = (context, view.as_object_mut()) {
        let hidden = ["date_gmt", "guid", "modified", "modified_gmt", "content", "meta"];
        fields.retain(|name, _| !hidden.contains(&name.as_str()));
    }
    view["_links"] = json!({ "parent": [{ "href": state.site.rest(&route(post)) }] });
    view
}
