//! `/wp/v2/types`, `/wp/v2/statuses` and `/wp/v2/taxonomies`: objects by name, of what the site serves.

use serde_json::{Map, Value, json};

use crate::{
    http::{Error, RestResponse},
    rest::{
        Caller,
        params::{CONTEXT, Context, Kind, Param, Params, param},
    },
    state::{
        State,
        kinds::{PostType, TAXONOMIES, TYPES, Taxonomy},
    },
};

pub(crate) const READ: &[Param] = &[CONTEXT];
pub(crate) const TAXONOMY_LIST: &[Param] = &[CONTEXT, param("type", Kind::Text)];

type Response = Result<RestResponse, Error>;

fn forbidden_context(caller: &Caller, message: &'static str) -> Result<(), Error> {
    Err(caller.denied("rest_forbidden_context", message))
}

/// Keeps the fields of a context.
fn shown(mut view: Value, context: Context, of_edit: &[&str], of_view: &[&str]) -> Value {
    if let Some(fields) = view.as_object_mut() {
        fields.retain(|name, _| match context {
            Context::Edit => true,
            Context::View => !of_edit.contains(&name.as_str()),
            Context::Embed => !of_edit.contains(&name.as_str()) && !of_view.contains(&name.as_str()),
        });
    }
    view
}

fn with_links(state: &State, mut view: Value, collection: &str, items: &str) -> Value {
    view["_links"] = json!({
        "collection": [{ "href": state.site.rest(collection) }],
        "wp:items": [{ "href": state.site.rest(&format!("/wp/v2/{items}")) }],
        "curies": [{ "name": "wp", "href": "https://api.w.org/{rel}", "templated": true }],
    });
    view
}

/// `books` becomes `Books`.
pub(super) fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn types(state: &State) -> impl Iterator<Item = &'static PostType> {
    TYPES.iter().copied().chain(state.types.iter().copied())
}

fn type_view(state: &State, kind: &PostType, context: Context) -> Value {
    const ACTIONS: [&str; 10] = [
        "edit",
        "edit_others",
        "delete",
        "publish",
        "read_private",
        "delete_private",
        "delete_published",
        "delete_others",
        "edit_private",
        "edit_published",
    ];
    let one = kind.capability.trim_end_matches('s');
    let of_one = |action: &str| (format!("{action}_post"), json!(format!("{action}_{one}")));
    let mut capabilities: Map<String, Value> = ["edit", "read", "delete"].map(of_one).into_iter().collect();
    capabilities.extend(ACTIONS.map(|action| (format!("{action}_posts"), json!(kind.cap(action)))));
    capabilities.insert("read".into(), json!("read"));
    let create = if kind.name == "attachment" { "upload_files".to_owned() } else { kind.cap("edit") };
    capabilities.insert("create_posts".into(), json!(create));
    let mut supports = json!({ "title": true });
    for (feature, field) in [
        ("author", "author"),
        ("comments", "comment_status"),
        ("post-formats", "format"),
        ("page-attributes", "menu_order"),
    ] {
        if kind.has(field) {
            supports[feature] = json!(true);
        }
    }
    if kind.has("content") {
        // Only types of WordPress itself have notes.
        supports["editor"] = if kind.meta.is_empty() { json!(true) } else { json!([{ "notes": true }]) };
        for feature in ["thumbnail", "custom-fields", "revisions", "autosave"] {
            supports[feature] = json!(true);
        }
    }
    if kind.has("format") {
        supports["trackbacks"] = json!(true);
    }
    if kind.has("excerpt") && kind.name != "page" {
        supports["excerpt"] = json!(true);
    }
    let name = if kind.name == "attachment" { "Media".to_owned() } else { capitalized(kind.base) };
    let taxonomies: Vec<&str> = kind.taxonomies.iter().map(|taxonomy| taxonomy.name).collect();
    let view = json!({
        "capabilities": capabilities,
        "description": "",
        "hierarchical": kind.hierarchical,
        "has_archive": false,
        "visibility": { "show_in_nav_menus": true, "show_ui": true },
        "viewable": true,
        "labels": { "name": name, "singular_name": capitalized(kind.name) },
        "name": name,
        "slug": kind.name,
        "icon": format!("dashicons-admin-{}", kind.name),
        "supports": supports,
        "taxonomies": taxonomies,
        "rest_base": kind.base,
        "rest_namespace": "wp/v2",
        "template": [],
        "template_lock": false,
    });
    let view = shown(
        view,
        context,
        &["capabilities", "visibility", "viewable", "labels", "supports"],
        &["description", "hierarchical", "has_archive", "taxonomies"],
    );
    with_links(state, view, "/wp/v2/types", kind.base)
}

pub(crate) fn may_list_types(_: &State, caller: &Caller, params: &Params) -> Result<(), Error> {
    if params.context() == Context::Edit && !caller.can("edit_posts") {
        let message = "Sorry, you are not allowed to edit posts in this post type.";
        return Err(caller.denied("rest_cannot_view", message));
    }
    Ok(())
}

pub(crate) fn list_types(state: &mut State, caller: &Caller, params: &Params) -> Response {
    let context = params.context();
    let may = |kind: &&PostType| context != Context::Edit || caller.can(&kind.cap("edit"));
    let all = types(state).filter(may).map(|kind| (kind.name.to_owned(), type_view(state, kind, context)));
    Ok(RestResponse::ok(Value::Object(all.collect())))
}

pub(crate) fn read_type(state: &mut State, caller: &Caller, params: &Params) -> Response {
    let name = params.text("type").unwrap_or_default();
    let unknown = || Error::new(404, "rest_type_invalid", "Invalid post type.");
    let kind = types(state).find(|kind| kind.name == name).ok_or_else(unknown)?;
    if params.context() == Context::Edit && !caller.can(&kind.cap("edit")) {
        forbidden_context(caller, "Sorry, you are not allowed to edit posts in this post type.")?;
    }
    Ok(RestResponse::ok(type_view(state, kind, params.context())))
}

/// Slug and name; whether it is private, protected, public, listed, and has no date of its own.
type Status = (&'static str, &'static str, [bool; 5]);

const STATUSES: &[Status] = &[
    ("publish", "Published", [false, false, true, true, false]),
    ("future", "Scheduled", [false, true, false, true, false]),
    ("draft", "Draft", [false, true, false, true, true]),
    ("pending", "Pending", [false, true, false, true, true]),
    ("private", "Private", [true, false, false, true, false]),
    ("trash", "Trash", [false, false, false, false, false]),
];

fn status_view(state: &State, (slug, name, flags): &Status, context: Context) -> Value {
    let [private, protected, public, listed, floating] = flags;
    let view = json!({
        "name": name,
        "private": private,
        "protected": protected,
        "public": public,
        "queryable": public,
        "show_in_list": listed,
        "slug": slug,
        "date_floating": floating,
    });
    let mut view = shown(
        view,
        context,
        &["private", "protected", "show_in_list"],
        &["public", "queryable", "date_floating"],
    );
    let archives = match *slug {
        "publish" => state.site.rest("/wp/v2/posts"),
        slug => state.site.rest_with("/wp/v2/posts", &format!("status={slug}")),
    };
    view["_links"] = json!({ "archives": [{ "href": archives }] });
    view
}

pub(crate) fn may_list_statuses(_: &State, caller: &Caller, params: &Params) -> Result<(), Error> {
    if params.context() == Context::Edit && !caller.can("edit_posts") {
        let message = "Sorry, you are not allowed to manage post statuses.";
        return Err(caller.denied("rest_cannot_view", message));
    }
    Ok(())
}

fn may_see(caller: &Caller, status: &Status) -> bool {
    status.2[2] || caller.can("edit_posts")
}

pub(crate) fn list_statuses(state: &mut State, caller: &Caller, params: &Params) -> Response {
    let seen = STATUSES.iter().filter(|status| may_see(caller, status));
    let all = seen.map(|status| (status.0.to_owned(), status_view(state, status, params.context())));
    Ok(RestResponse::ok(Value::Object(all.collect())))
}

fn status(params: &Params) -> Result<&'static Status, Error> {
    let slug = params.text("status").unwrap_or_default();
    let unknown = || Error::new(404, "rest_status_invalid", "Invalid status.");
    STATUSES.iter().find(|(known, ..)| *known == slug).ok_or_else(unknown)
}

pub(crate) fn may_read_status(_: &State, caller: &Caller, params: &Params) -> Result<(), Error> {
    if may_see(caller, status(params)?) {
        return Ok(());
    }
    Err(caller.denied("rest_cannot_read_status", "Cannot view status."))
}

pub(crate) fn read_status(state: &mut State, _: &Caller, params: &Params) -> Response {
    Ok(RestResponse::ok(status_view(state, status(params)?, params.context())))
}

fn taxonomies(state: &State) -> impl Iterator<Item = &'static Taxonomy> {
    TAXONOMIES.iter().copied().chain(state.taxonomies.iter().copied())
}

fn types_of(state: &State, taxonomy: &Taxonomy) -> Vec<&'static str> {
    let has = |kind: &&PostType| kind.taxonomies.iter().any(|own| own.name == taxonomy.name);
    types(state).filter(has).map(|kind| kind.name).collect()
}

fn taxonomy_view(state: &State, taxonomy: &Taxonomy, context: Context) -> Value {
    let cap = |action: &str| match taxonomy.name {
        _ if action == "manage" => "manage_categories".to_owned(),
        _ => format!("{action}_{}", taxonomy.base),
    };
    let view = json!({
        "name": capitalized(taxonomy.base),
        "slug": taxonomy.name,
        "capabilities": {
            "manage_terms": cap("manage"),
            "edit_terms": cap("edit"),
            "delete_terms": cap("delete"),
            "assign_terms": cap("assign"),
        },
        "description": "",
        "labels": { "name": capitalized(taxonomy.base), "singular_name": capitalized(taxonomy.archive.0) },
        "types": types_of(state, taxonomy),
        "show_cloud": true,
        "hierarchical": taxonomy.hierarchical,
        "rest_base": taxonomy.base,
        "rest_namespace": "wp/v2",
        "visibility": {
            "public": true,
            "publicly_queryable": true,
            "show_admin_column": true,
            "show_in_nav_menus": true,
            "show_in_quick_edit": true,
            "show_ui": true,
        },
    });
    let view = shown(
        view,
        context,
        &["capabilities", "labels", "show_cloud", "visibility"],
        &["description", "types", "hierarchical"],
    );
    with_links(state, view, "/wp/v2/taxonomies", taxonomy.base)
}

/// Who may assign terms in a taxonomy.
fn may_assign(caller: &Caller) -> bool {
    caller.can("edit_posts")
}

pub(crate) fn may_list_taxonomies(_: &State, caller: &Caller, params: &Params) -> Result<(), Error> {
    if params.context() == Context::Edit && !may_assign(caller) {
        let message = "Sorry, you are not allowed to manage terms in this taxonomy.";
        return Err(caller.denied("rest_cannot_view", message));
    }
    Ok(())
}

pub(crate) fn list_taxonomies(state: &mut State, _: &Caller, params: &Params) -> Response {
    let of = params.text("type").filter(|of| !of.is_empty());
    let wanted =
        |taxonomy: &&Taxonomy| of.as_deref().is_none_or(|of| types_of(state, taxonomy).contains(&of));
    let all = taxonomies(state).filter(wanted);
    let all =
        all.map(|taxonomy| (taxonomy.name.to_owned(), taxonomy_view(state, taxonomy, params.context())));
    Ok(RestResponse::ok(Value::Object(all.collect())))
}

fn taxonomy(state: &State, params: &Params) -> Result<&'static Taxonomy, Error> {
    let name = params.text("taxonomy").unwrap_or_default();
    let unknown = || Error::new(404, "rest_taxonomy_invalid", "Invalid taxonomy.");
    taxonomies(state).find(|taxonomy| taxonomy.name == name).ok_or_else(unknown)
}

pub(crate) fn may_read_taxonomy(state: &State, caller: &Caller, params: &Params) -> Result<(), Error> {
    let known = taxonomy(state, params).is_ok();
    if known && params.context() == Context::Edit && !may_assign(caller) {
        return forbidden_context(caller, "Sorry, you are not allowed to manage terms in this taxonomy.");
    }
    Ok(())
}

pub(crate) fn read_taxonomy(state: &mut State, _: &Caller, params: &Params) -> Response {
    let taxonomy = taxonomy(state, params)?;
    Ok(RestResponse::ok(taxonomy_view(state, taxonomy, params.context())))
}
