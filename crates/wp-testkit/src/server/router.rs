//! The routes, and the order of WordPress' checks: route, body, parameters, permissions, handler.

use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use serde_json::json;

use super::{batch, embed};
use crate::{
    http::{
        Error, RestResponse,
        request::Given,
        response::{Body, php_json},
    },
    plugins,
    resources::{
        app_passwords, comments, index, kinds as kind, media, posts, posts::revisions, search, settings,
        terms, users,
    },
    rest::{
        Caller, lacks,
        params::{Params, scalar},
        route::{Endpoint, GET, POST, Route, Routes, anyone, on, route},
    },
    state::{
        State,
        kinds::{self, Of, PostType, Taxonomy},
    },
};

const EDIT: &[&str] = &["POST", "PUT", "PATCH"];
const DELETE: &[&str] = &["DELETE"];

const WP: &str = "wp/v2";

static INDEX: &[Route] = &[
    route("", "/", &[on(GET, index::READ, anyone, index::show)]),
    route("", "/batch/v1", &[on(POST, batch::CREATE, anyone, batch::run)]),
];

/// The first match wins, so `/users/me` and `…/introspect` come before the routes with variables.
#[rustfmt::skip]
static CORE: &[Route] = &[
    route(WP, "/wp/v2", &[on(GET, index::READ, anyone, |state, caller, _| index::namespace(state, caller, WP))]),
    route(WP, "/wp/v2/comments", &[
        on(GET, comments::LIST, comments::may_list, comments::list),
        on(POST, comments::CREATE, comments::may_create, comments::create),
    ]),
    route(WP, "/wp/v2/comments/{id}", &[
        on(GET, comments::READ, comments::may_read, comments::read),
        on(EDIT, comments::UPDATE, comments::may_update, comments::update),
        on(DELETE, comments::DELETE, comments::may_delete, comments::delete),
    ]),
    route(WP, "/wp/v2/search", &[on(GET, search::LIST, anyone, search::list)]),
    route(WP, "/wp/v2/settings", &[
        on(GET, &[], settings::may, settings::read),
        on(EDIT, settings::UPDATE, settings::may, settings::update),
    ]),
    route(WP, "/wp/v2/types", &[on(GET, kind::READ, kind::may_list_types, kind::list_types)]),
    route(WP, "/wp/v2/types/{type}", &[on(GET, kind::READ, anyone, kind::read_type)]),
    route(WP, "/wp/v2/statuses", &[on(GET, kind::READ, kind::may_list_statuses, kind::list_statuses)]),
    route(WP, "/wp/v2/statuses/{status}", &[on(GET, kind::READ, kind::may_read_status, kind::read_status)]),
    route(WP, "/wp/v2/taxonomies", &[
        on(GET, kind::TAXONOMY_LIST, kind::may_list_taxonomies, kind::list_taxonomies),
    ]),
    route(WP, "/wp/v2/taxonomies/{taxonomy}", &[on(GET, kind::READ, kind::may_read_taxonomy, kind::read_taxonomy)]),
    route(WP, "/wp/v2/users", &[
        on(GET, users::LIST, users::may_list, users::list),
        on(POST, users::CREATE, users::may_create, users::create),
    ]),
    route(WP, "/wp/v2/users/me", &[
        on(GET, users::READ, anyone, users::me),
        on(EDIT, users::UPDATE, users::may_update_me, users::update_me),
        on(DELETE, users::DELETE, users::may_delete_me, users::delete_me),
    ]),
    route(WP, "/wp/v2/users/{id}", &[
        on(GET, users::READ, users::may_read, users::read),
        on(EDIT, users::UPDATE, users::may_update, users::update),
        on(DELETE, users::DELETE, users::may_delete, users::delete),
    ]),
    route(WP, "/wp/v2/users/{user_id}/application-passwords", &[
        on(GET, app_passwords::READ, app_passwords::may_list, app_passwords::list),
        on(POST, app_passwords::CREATE, app_passwords::may_create, app_passwords::create),
        on(DELETE, &[], app_passwords::may_delete_all, app_passwords::delete_all),
    ]),
    route(WP, "/wp/v2/users/{user_id}/application-passwords/introspect", &[
        on(GET, app_passwords::READ, app_passwords::may_introspect, app_passwords::introspect),
    ]),
    route(WP, "/wp/v2/users/{user_id}/application-passwords/{uuid}", &[
        on(GET, app_passwords::READ, app_passwords::may_read, app_passwords::read),
        on(EDIT, app_passwords::UPDATE, app_passwords::may_update, app_passwords::update),
        on(DELETE, &[], app_passwords::may_delete, app_passwords::delete),
    ]),
];

/// The families of a stock site.
static FAMILIES: LazyLock<&'static [Route]> =
    LazyLock::new(|| members(kinds::TYPES.iter().copied(), kinds::TAXONOMIES.iter().copied()));

/// The routes of the types and taxonomies that tests have registered, by their addresses. They stay until the process
/// ends, as the types do.
static REGISTERED: Mutex<BTreeMap<(usize, usize), &'static [Route]>> = Mutex::new(BTreeMap::new());

/// The routes of each member of the families.
fn members(
    types: impl Iterator<Item = &'static PostType>,
    taxonomies: impl Iterator<Item = &'static Taxonomy>,
) -> &'static [Route] {
    types.flat_map(of_type).chain(taxonomies.flat_map(of_taxonomy)).collect::<Vec<_>>().leak()
}

/// The route of the list, and that of an item.
fn pair(base: &str, of: Of, list: Vec<Endpoint>, item: Vec<Endpoint>) -> [Route; 2] {
    let path = |end: &str| -> &'static str { format!("/wp/v2/{base}{end}").leak() };
    [route(WP, path(""), list.leak()).of(of), route(WP, path("/{id}"), item.leak()).of(of)]
}

fn of_type(kind: &'static PostType) -> Vec<Route> {
    let write = |updates| posts::write_schema(kind, updates).leak();
    let create = if kind.is(&kinds::ATTACHMENT) {
        on(POST, [write(false), media::CREATE].concat().leak(), media::may_create, media::create)
    } else {
        on(POST, write(false), posts::may_create, posts::create)
    };
    let list = vec![on(GET, posts::list_schema(kind).leak(), posts::may_list, posts::list), create];
    let item = vec![
        on(GET, posts::read_schema(kind), posts::may_read, posts::read),
        on(EDIT, write(true), posts::may_update, posts::update),
        on(DELETE, posts::DELETE, posts::may_delete, posts::delete),
    ];
    let mut routes = pair(kind.base, Of::Type(kind), list, item).to_vec();
    if kind.has("content") {
        let list = vec![on(GET, revisions::LIST, revisions::may_read, revisions::list)];
        let item = vec![
            on(GET, revisions::READ, revisions::may_read, revisions::read),
            on(DELETE, revisions::DELETE, revisions::may_delete, revisions::delete),
        ];
        routes.extend(pair(&format!("{}/{{parent}}/revisions", kind.base), Of::Type(kind), list, item));
    }
    routes
}

fn of_taxonomy(taxonomy: &'static Taxonomy) -> [Route; 2] {
    let is_tree = taxonomy.hierarchical;
    let schema = |tree, flat| if is_tree { tree } else { flat };
    let list = vec![
        on(GET, schema(terms::LIST, terms::FLAT_LIST), terms::may_list, terms::list),
        on(POST, schema(terms::CREATE, terms::FLAT_CREATE), terms::may_create, terms::create),
    ];
    let item = vec![
        on(GET, terms::READ, terms::may_read, terms::read),
        on(EDIT, schema(terms::UPDATE, terms::FLAT_UPDATE), terms::may_update, terms::update),
        on(DELETE, terms::DELETE, terms::may_delete, terms::delete),
    ];
    pair(taxonomy.base, Of::Taxonomy(taxonomy), list, item)
}

fn registered(state: &State) -> &'static [Route] {
    if state.types.is_empty() && state.taxonomies.is_empty() {
        return &[];
    }
    let address = (state.types.as_ptr() as usize, state.taxonomies.as_ptr() as usize);
    let mut known = REGISTERED.lock().unwrap_or_else(PoisonError::into_inner);
    known
        .entry(address)
        .or_insert_with(|| members(state.types.iter().copied(), state.taxonomies.iter().copied()))
}

/// The routes of this site, including those of the active token plugin.
pub(super) fn routes(state: &State) -> Routes {
    let plugin: &[Route] = plugins::active(state).map_or(&[], |dialect| dialect.routes);
    Routes([INDEX, plugin, CORE, &FAMILIES, registered(state)])
}

/// A request to the API, after authentication.
pub(super) struct Call {
    pub(super) method: String,
    pub(super) route: String,
    pub(super) given: Given,
    /// The error of the body. It is reported only if a route matches.
    pub(super) body_error: Option<Error>,
}

pub(super) fn response(state: &mut State, caller: &Caller, call: Call) -> RestResponse {
    let query = call.given.query.clone();
    let asked = |name: &str| query.get(name);
    let callback = asked("_jsonp").and_then(scalar).filter(|name| !name.is_empty());
    if callback.as_deref().is_some_and(|name| !is_callback(name)) {
        // Written as it is, before there is a response.
        let body = json!({ "code": "rest_callback_invalid", "message": "Invalid JSONP callback function." });
        return RestResponse::new(400, Body::Script(php_json(&body)));
    }
    let mut response = dispatch(state, caller, call);
    if response.exits {
        return response;
    }
    if let Some(wanted) = asked("_embed") {
        let wanted = embed::wanted(wanted);
        embed::add(state, caller, &mut response, wanted.as_deref());
    }
    if asked("_envelope").is_some() {
        response.envelop();
    }
    match callback {
        Some(callback) => response.with_callback(&callback),
        None => response,
    }
}

/// `wp_check_jsonp_callback`.
fn is_callback(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
}

/// Runs a request, which may be one of several in a batch, or that of an embedded link.
pub(super) fn dispatch(state: &mut State, caller: &Caller, mut call: Call) -> RestResponse {
    let Some((route, variables)) = caller.routes.find(&call.route) else {
        if lacks::has(&call.route) {
            return Error::not_served(&format!("the route {}", call.route)).into();
        }
        if call.method == "OPTIONS" {
            // No route, no data: an empty PHP array.
            return RestResponse::ok(json!([]));
        }
        return Error::no_route().into();
    };
    call.given.path = variables;
    let has_defaults = matches!(call.method.as_str(), "GET" | "HEAD");
    let mut asked = Params::raw(&call.given, route.of);
    asked.has_defaults = has_defaults;
    let mut response = match call.method.as_str() {
        "OPTIONS" => RestResponse::ok(route.describe(state)),
        method => {
            // HEAD runs as a GET; the body is dropped when the response is sent.
            let method = if method == "HEAD" { "GET" } else { method };
            let endpoint = route.endpoints.iter().find(|e| e.methods.contains(&method));
            let Some(endpoint) = endpoint else { return Error::no_route().into() };
            run(state, caller, route, endpoint, &call.given, call.body_error)
                .unwrap_or_else(RestResponse::from)
        }
    };
    if response.exits {
        return response;
    }
    let allow = route.allowed(state, caller, &asked);
    if !allow.is_empty() {
        response = response.with("Allow", allow.join(", "));
    }
    response.keep_fields(&asked.texts("_fields"));
    response
}

/// Whether the route and the parameters of a request are valid: what a batch checks before it runs.
pub(super) fn check(caller: &Caller, call: &Call) -> Result<(), Error> {
    let (route, variables) = caller.routes.find(&call.route).ok_or_else(Error::no_route)?;
    let mut given = call.given.clone();
    given.path = variables;
    let endpoint = route.endpoints.iter().find(|endpoint| endpoint.methods.contains(&call.method.as_str()));
    let endpoint = endpoint.ok_or_else(Error::no_route)?;
    Params::checked(&given, route.of, endpoint.schema).map(drop)
}

fn run(
    state: &mut State,
    caller: &Caller,
    route: &Route,
    endpoint: &Endpoint,
    given: &Given,
    body_error: Option<Error>,
) -> Result<RestResponse, Error> {
    body_error.map_or(Ok(()), Err)?;
    let params = Params::checked(given, route.of, endpoint.schema)?;
    (endpoint.permit)(state, caller, &params)?;
    (endpoint.run)(state, caller, &params)
}
