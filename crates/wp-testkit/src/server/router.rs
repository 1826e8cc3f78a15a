//! The routes, and the order of WordPress' checks: route, body, parameters, permissions, handler.

use serde_json::json;

use super::embed;
use crate::{
    http::{
        Error, RestResponse,
        request::Given,
        response::{Body, php_json},
    },
    plugins,
    resources::{app_passwords, index, posts, terms, users},
    rest::{
        Caller, lacks,
        params::{Params, scalar},
        route::{Endpoint, GET, POST, Route, Routes, anyone, on, route},
    },
    state::State,
};

const EDIT: &[&str] = &["POST", "PUT", "PATCH"];
const DELETE: &[&str] = &["DELETE"];

const WP: &str = "wp/v2";

static INDEX: &[Route] = &[route("", "/", &[on(GET, index::READ, anyone, index::show)])];

/// The first match wins, so `/users/me` and `…/introspect` come before the routes with variables.
#[rustfmt::skip]
static CORE: &[Route] = &[
    route(WP, "/wp/v2", &[on(GET, index::READ, anyone, |state, caller, _| index::namespace(state, caller, WP))]),
    route(WP, "/wp/v2/posts", &[
        on(GET, posts::LIST, posts::may_list, posts::list),
        on(POST, posts::CREATE, posts::may_create, posts::create),
    ]),
    route(WP, "/wp/v2/posts/{id}", &[
        on(GET, posts::READ, posts::may_read, posts::read),
        on(EDIT, posts::UPDATE, posts::may_update, posts::update),
        on(DELETE, posts::DELETE, posts::may_delete, posts::delete),
    ]),
    route(WP, "/wp/v2/categories", &[
        on(GET, terms::LIST, terms::category::may_list, terms::category::list),
        on(POST, terms::CREATE, terms::category::may_create, terms::category::create),
    ]),
    route(WP, "/wp/v2/categories/{id}", &[
        on(GET, terms::READ, terms::category::may_read, terms::category::read),
        on(EDIT, terms::UPDATE, terms::category::may_update, terms::category::update),
        on(DELETE, terms::DELETE, terms::category::may_delete, terms::category::delete),
    ]),
    route(WP, "/wp/v2/tags", &[
        on(GET, terms::FLAT_LIST, terms::tag::may_list, terms::tag::list),
        on(POST, terms::FLAT_CREATE, terms::tag::may_create, terms::tag::create),
    ]),
    route(WP, "/wp/v2/tags/{id}", &[
        on(GET, terms::READ, terms::tag::may_read, terms::tag::read),
        on(EDIT, terms::FLAT_UPDATE, terms::tag::may_update, terms::tag::update),
        on(DELETE, terms::DELETE, terms::tag::may_delete, terms::tag::delete),
    ]),
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

/// The routes of this site, including those of the active token plugin.
pub(super) fn routes(state: &State) -> Routes {
    let plugin: &[Route] = plugins::active(state).map_or(&[], |dialect| dialect.routes);
    Routes([INDEX, plugin, CORE])
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
    let asked = Params::raw(&call.given);
    let mut response = match call.method.as_str() {
        "OPTIONS" => RestResponse::ok(route.describe(state)),
        method => {
            // HEAD runs as a GET; the body is dropped when the response is sent.
            let method = if method == "HEAD" { "GET" } else { method };
            let endpoint = route.endpoints.iter().find(|e| e.methods.contains(&method));
            let Some(endpoint) = endpoint else { return Error::no_route().into() };
            run(state, caller, endpoint, &call.given, call.body_error).unwrap_or_else(RestResponse::from)
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

fn run(
    state: &mut State,
    caller: &Caller,
    endpoint: &Endpoint,
    given: &Given,
    body_error: Option<Error>,
) -> Result<RestResponse, Error> {
    body_error.map_or(Ok(()), Err)?;
    let params = Params::checked(given, endpoint.schema)?;
    (endpoint.permit)(state, caller, &params)?;
    (endpoint.run)(state, caller, &params)
}
