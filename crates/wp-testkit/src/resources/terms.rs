//! `/wp/v2/categories`, `/wp/v2/tags` and the like: one controller over all taxonomies.

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::{
    kses,
    paging::{self, Offset},
    posts,
};
use crate::{
    http::{Error, RestResponse},
    rest::{
        Caller,
        params::{CONTEXT, Context, Kind, Param, Params, param, required},
        route::self_link,
    },
    state::{
        State, Term,
        kinds::{CATEGORY, Taxonomy},
        text,
    },
};

const ORDERS: &[&str] =
    &["id", "include", "name", "slug", "include_slugs", "term_group", "description", "count"];

const LISTS: [Param; 13] = [
    param("offset", Kind::Int),
    CONTEXT,
    param("page", Kind::AtLeast(1)),
    param("per_page", Kind::Between(1, 100)),
    param("search", Kind::Text),
    param("exclude", Kind::Ints),
    param("include", Kind::Ints),
    param("order", Kind::OneOf(&["asc", "desc"])),
    param("orderby", Kind::OneOf(ORDERS)),
    param("hide_empty", Kind::Flag),
    param("post", Kind::Int),
    param("slug", Kind::Texts),
    param("parent", Kind::Int),
];
pub(crate) const READ: &[Param] = &[CONTEXT];
/// The last parameter is that of a tree, which ignores the first.
pub(crate) const LIST: &[Param] = LISTS.split_at(1).1;
pub(crate) const FLAT_LIST: &[Param] = LISTS.split_at(12).0;
const WRITE: [Param; 5] = [
    param("description", Kind::Text),
    param("name", Kind::Text),
    param("slug", Kind::Text),
    param("meta", Kind::Meta),
    param("parent", Kind::Int),
];
pub(crate) const CREATE: &[Param] = &CREATES;
const CREATES: [Param; 5] = [WRITE[0], required("name", Kind::Text), WRITE[2], WRITE[3], WRITE[4]];
pub(crate) const FLAT_CREATE: &[Param] = CREATES.split_at(4).0;
pub(crate) const UPDATE: &[Param] = &WRITE;
pub(crate) const FLAT_UPDATE: &[Param] = WRITE.split_at(4).0;
pub(crate) const DELETE: &[Param] = &[param("force", Kind::Flag)];

/// The default category of posts. It cannot be deleted.
const DEFAULT: u64 = 1;

type Permitted = Result<(), Error>;

fn find<'a>(state: &'a State, params: &Params) -> Result<&'a Term, Error> {
    let term = state.terms.get(&params.id("id")).filter(|term| term.taxonomy == params.taxonomy().name);
    term.ok_or_else(|| Error::new(404, "rest_term_invalid", "Term does not exist."))
}

/// Editing terms requires `manage_categories` in both taxonomies.
fn may_edit(caller: &Caller) -> bool {
    caller.can("manage_categories")
}

fn granted(may: bool, caller: &Caller, code: &'static str, message: &'static str) -> Permitted {
    if may { Ok(()) } else { Err(caller.denied(code, message)) }
}

pub(crate) fn may_list(state: &State, caller: &Caller, params: &Params) -> Permitted {
    let may = params.context() != Context::Edit || may_edit(caller);
    let message = "Sorry, you are not allowed to edit terms in this taxonomy.";
    granted(may, caller, "rest_forbidden_context", message)?;
    if params.text("post").is_none_or(|post| matches!(post.as_str(), "" | "0")) {
        return Ok(());
    }
    let unknown = || Error::new(400, "rest_post_invalid_id", "Invalid post ID.");
    let post = state.posts.get(&params.id("post")).ok_or_else(unknown)?;
    let message = "Sorry, you are not allowed to view terms for this post.";
    let is_own = |taxonomy: &&Taxonomy| taxonomy.name == params.taxonomy().name;
    let may = post.kind.taxonomies.iter().any(is_own) && posts::can_read(state, caller, post);
    granted(may, caller, "rest_forbidden_context", message)
}

pub(crate) fn may_read(state: &State, caller: &Caller, params: &Params) -> Permitted {
    find(state, params)?;
    let may = params.context() != Context::Edit || may_edit(caller);
    let message = "Sorry, you are not allowed to edit this term.";
    granted(may, caller, "rest_forbidden_context", message)
}

pub(crate) fn may_create(_: &State, caller: &Caller, params: &Params) -> Permitted {
    // A user who can edit posts may create tags, but not categories.
    let may = may_edit(caller) || (!params.taxonomy().hierarchical && caller.can("edit_posts"));
    let message = "Sorry, you are not allowed to create terms in this taxonomy.";
    granted(may, caller, "rest_cannot_create", message)
}

pub(crate) fn may_update(state: &State, caller: &Caller, params: &Params) -> Permitted {
    find(state, params)?;
    let message = "Sorry, you are not allowed to edit this term.";
    granted(may_edit(caller), caller, "rest_cannot_update", message)
}

pub(crate) fn may_delete(state: &State, caller: &Caller, params: &Params) -> Permitted {
    let term = find(state, params)?;
    let message = "Sorry, you are not allowed to delete this term.";
    granted(may_edit(caller) && term.id != DEFAULT, caller, "rest_cannot_delete", message)
}

fn count(state: &State, term: &Term) -> usize {
    state.published(|post| post.terms.contains(&term.id))
}

/// The archive of a term. That of a category is below the archives of its parents.
pub(super) fn link(taxonomy: &Taxonomy, state: &State, term: &Term) -> String {
    let (pretty, plain) = taxonomy.archive;
    let mut slugs = vec![term.slug.as_str()];
    if taxonomy.name == CATEGORY.name {
        let above = state.above(term.parent).filter_map(|id| state.terms.get(&id));
        slugs.extend(above.map(|term| term.slug.as_str()));
        slugs.reverse();
    }
    state.site.archive(pretty, plain, &slugs.join("/"), term.id)
}

fn view(taxonomy: &Taxonomy, state: &State, term: &Term, context: Context) -> Value {
    let mut view = json!({
        "id": term.id,
        "count": count(state, term),
        "description": term.description,
        "link": link(taxonomy, state, term),
        "name": term.name,
        "slug": term.slug,
        "taxonomy": term.taxonomy,
    });
    if taxonomy.hierarchical {
        view["parent"] = json!(term.parent);
    }
    view["meta"] = json!([]);
    if let (Context::Embed, Some(fields)) = (context, view.as_object_mut()) {
        fields.retain(|name, _| !matches!(name.as_str(), "count" | "description" | "parent" | "meta"));
    }
    view
}

fn linked(taxonomy: &Taxonomy, state: &State, caller: &Caller, term: &Term, context: Context) -> Value {
    let (base, id, site) = (taxonomy.base, term.id, &state.site);
    let posts = site.rest_with("/wp/v2/posts", &format!("{base}={id}"));
    let mut view = view(taxonomy, state, term, context);
    let mut links = json!({
        "self": [self_link(state, caller, &format!("/wp/v2/{base}/{id}"))],
        "collection": [{ "href": site.rest(&format!("/wp/v2/{base}")) }],
        "about": [{ "href": site.rest(&format!("/wp/v2/taxonomies/{}", taxonomy.name)) }],
    });
    if term.parent != 0 {
        let up = site.rest(&format!("/wp/v2/{base}/{}", term.parent));
        links["up"] = json!([{ "embeddable": true, "href": up }]);
    }
    links["wp:post_type"] = json!([{ "href": posts }]);
    links["curies"] = json!([{ "name": "wp", "href": "https://api.w.org/{rel}", "templated": true }]);
    view["_links"] = links;
    view
}

pub(crate) fn list(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let taxonomy = params.taxonomy();
    let state = &*state;
    let (include, exclude, slugs) = (params.ids("include"), params.ids("exclude"), params.texts("slug"));
    let search = params.text("search").unwrap_or_default().to_lowercase();
    let post = params.get("post").map(|_| state.posts.get(&params.id("post")));
    let wanted = |term: &&Term| {
        let of_post = |id: u64| post.is_none_or(|post| post.is_some_and(|post| post.terms.contains(&id)));
        term.taxonomy == taxonomy.name
            && (include.is_empty() || include.contains(&term.id))
            && !exclude.contains(&term.id)
            && (slugs.is_empty() || slugs.contains(&term.slug))
            && (term.name.to_lowercase().contains(&search) || term.slug.contains(&search))
            && (params.flag("hide_empty") != Some(true) || count(state, term) > 0)
            && (!taxonomy.hierarchical
                || params.get("parent").is_none()
                || params.id("parent") == term.parent)
            && of_post(term.id)
    };
    let mut found: Vec<&Term> = state.terms.values().filter(wanted).collect();
    match params.text("orderby").as_deref() {
        Some("id") => found.sort_by_key(|term| term.id),
        Some("include") => found.sort_by_key(|term| include.iter().position(|id| *id == term.id)),
        Some("slug") => found.sort_by_key(|term| term.slug.clone()),
        Some("include_slugs") => found.sort_by_key(|term| slugs.iter().position(|s| *s == term.slug)),
        Some("description") => found.sort_by_key(|term| term.description.clone()),
        Some("count") => found.sort_by_key(|term| (count(state, term), Reverse(term.id))),
        Some("term_group") => {}
        _ => found.sort_by_key(|term| term.name.to_lowercase()),
    }
    if params.text("order").as_deref() == Some("desc") {
        found.reverse();
    }
    let view = |term: &&Term| linked(taxonomy, state, caller, term, params.context());
    let route = format!("/wp/v2/{}", taxonomy.base);
    let offset = if taxonomy.hierarchical { Offset::Ignored } else { Offset::Linked };
    Ok(paging::page(&state.site, &route, params, offset, &found, view))
}

pub(crate) fn read(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let taxonomy = params.taxonomy();
    let term = find(state, params)?;
    Ok(RestResponse::ok(linked(taxonomy, state, caller, term, params.context())))
}

pub(crate) fn create(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let taxonomy = params.taxonomy();
    let name = params.text("name").unwrap_or_default();
    let parent = parent(taxonomy, state, params)?.unwrap_or(0);
    named(&name)?;
    let own_slug = params.text("slug").map(|slug| text::slug(&slug)).filter(|slug| !slug.is_empty());
    let slug = own_slug.clone().unwrap_or_else(|| text::slug(&name));
    let name = text::one_line(&name);
    let id = state.terms.keys().next_back().map_or(1, |last| last + 1);
    // A second term with the same name is allowed if it has another slug.
    let same = |term: &&Term| {
        let named = term.name.eq_ignore_ascii_case(&name) && term.parent == parent;
        term.taxonomy == taxonomy.name
            && match &own_slug {
                Some(slug) => named && term.slug == *slug,
                None => named,
            }
    };
    if let Some(known) = state.terms.values().find(same) {
        return Err(term_exists(taxonomy, known.id));
    }
    let slug = free_slug(state, taxonomy, (id, parent), &slug);
    let description = kses::filtered(&params.text("description").unwrap_or_default(), kses::FEW)?;
    let term = Term { id, taxonomy: taxonomy.name, name, slug, description, parent };
    let body = {
        state.terms.insert(id, term.clone());
        linked(taxonomy, state, caller, &term, Context::Edit)
    };
    let location = state.site.rest(&format!("/wp/v2/{}/{id}", taxonomy.base));
    Ok(RestResponse::json(201, body).with("Location", location))
}

fn named(name: &str) -> Result<(), Error> {
    // An error without a status, so it becomes 500.
    let unnamed = || Error::bare("empty_term_name", "A name is required for this term.");
    if name.trim().is_empty() { Err(unnamed()) } else { Ok(()) }
}

fn term_exists(taxonomy: &Taxonomy, id: u64) -> Error {
    let message = if taxonomy.hierarchical {
        "A term with the name provided already exists with this parent."
    } else {
        "A term with the name provided already exists in this taxonomy."
    };
    // WordPress returns the id twice: from the database and from the API.
    Error::new(400, "term_exists", message).with("term_id", id).beside("additional_data", vec![id, id])
}

fn parent(taxonomy: &Taxonomy, state: &State, params: &Params) -> Result<Option<u64>, Error> {
    let Some(_) = params.get("parent") else { return Ok(None) };
    if !taxonomy.hierarchical {
        let message = "Cannot set parent term, taxonomy is not hierarchical.";
        return Err(Error::new(400, "rest_taxonomy_not_hierarchical", message));
    }
    let parent = params.id("parent");
    let known = state.terms.get(&parent).is_some_and(|term| term.taxonomy == taxonomy.name);
    if parent != 0 && !known {
        return Err(Error::new(400, "rest_term_invalid", "Parent term does not exist."));
    }
    Ok(Some(parent))
}

pub(crate) fn update(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let taxonomy = params.taxonomy();
    let mut term = find(state, params)?.clone();
    let parent = parent(taxonomy, state, params)?;
    if let Some(name) = params.text("name") {
        named(&name)?;
        term.name = text::one_line(&name);
    }
    if let Some(slug) = params.text("slug") {
        let wanted = text::slug(if slug.is_empty() { &term.name } else { &slug });
        let free = free_slug(state, taxonomy, (term.id, term.parent), &wanted);
        if free != wanted && !slug.is_empty() {
            let message = format!("The slug &#8220;{wanted}&#8221; is already in use by another term.");
            return Err(Error::bare("duplicate_term_slug", message));
        }
        term.slug = free;
    }
    if let Some(description) = params.text("description") {
        term.description = kses::filtered(&description, kses::FEW)?;
    }
    if let Some(parent) = parent {
        // What is below the term cannot be above it.
        term.parent = if state.is_within(parent, term.id) { 0 } else { parent };
    }
    let body = linked(taxonomy, state, caller, &term, Context::Edit);
    state.terms.insert(term.id, term);
    Ok(RestResponse::ok(body))
}

pub(crate) fn delete(state: &mut State, _: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let taxonomy = params.taxonomy();
    let term = find(state, params)?;
    if params.flag("force") != Some(true) {
        let message = "Terms do not support trashing. Set 'force=true' to delete.";
        return Err(Error::trash_not_supported(message));
    }
    let previous = view(taxonomy, state, term, Context::View);
    let id = term.id;
    state.terms.remove(&id);
    for post in state.posts.values_mut() {
        let before = post.terms.len();
        post.terms.retain(|term| *term != id);
        let is_category = |id: &u64| state.terms.get(id).is_some_and(|term| term.taxonomy == CATEGORY.name);
        if post.terms.len() < before && taxonomy.name == CATEGORY.name && !post.terms.iter().any(is_category)
        {
            post.terms.push(DEFAULT);
        }
    }
    Ok(RestResponse::ok(json!({ "deleted": true, "previous": previous })))
}

/// A unique slug for this term; its id if `slug` is empty. The slugs of its parents are added before a number is.
fn free_slug(state: &State, taxonomy: &Taxonomy, (id, parent): (u64, u64), slug: &str) -> String {
    let taken = |slug: &str| {
        let mut others = state.terms.values().filter(|term| term.id != id);
        others.any(|term| term.taxonomy == taxonomy.name && term.slug == slug)
    };
    let mut slug = if slug.is_empty() { id.to_string() } else { slug.to_owned() };
    for above in state.above(parent).filter_map(|id| state.terms.get(&id)) {
        if !taken(&slug) {
            break;
        }
        slug.extend(["-", &above.slug]);
    }
    text::unique(&slug, taken)
}
