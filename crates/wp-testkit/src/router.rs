//! The routes, and the order of WordPress' checks: route, body, parameters, permissions, handler.

use serde_json::{Map, Value, json};

use crate::{
    app_passwords,
    error::Error,
    index,
    params::{self, CONTEXT, Param, Params},
    posts,
    request::Given,
    response::RestResponse,
    state::{Caller, State},
    terms, users,
};

pub(crate) type Permit = fn(&State, &Caller, &Params) -> Result<(), Error>;
pub(crate) type Run = fn(&mut State, &Caller, &Params) -> Result<RestResponse, Error>;

pub(crate) struct Endpoint {
    methods: &'static [&'static str],
    schema: &'static [Param],
    permit: Permit,
    run: Run,
}

pub(crate) struct Route {
    /// Variables are in braces; [`VARIABLES`] defines what they match.
    path: &'static str,
    pub(crate) namespace: &'static str,
    endpoints: &'static [Endpoint],
}

/// A variable of a path: the expression that the index shows, and what it matches.
type Variable = (&'static str, &'static str, fn(&str) -> bool);

const VARIABLES: &[Variable] = &[
    ("id", r"[\d]+", digits),
    ("user_id", r"(?:[\d]+|me)", |text| text == "me" || digits(text)),
    ("uuid", r"[\w\-]+", |text| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))),
];

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

pub(crate) const GET: &[&str] = &["GET"];
pub(crate) const POST: &[&str] = &["POST"];
const EDIT: &[&str] = &["POST", "PUT", "PATCH"];
const DELETE: &[&str] = &["DELETE"];

pub(crate) const fn on(
    methods: &'static [&'static str],
    schema: &'static [Param],
    permit: Permit,
    run: Run,
) -> Endpoint {
    Endpoint { methods, schema, permit, run }
}

pub(crate) const fn route(
    namespace: &'static str,
    path: &'static str,
    endpoints: &'static [Endpoint],
) -> Route {
    Route { path, namespace, endpoints }
}

pub(crate) fn anyone(_: &State, _: &Caller, _: &Params) -> Result<(), Error> {
    Ok(())
}

const WP: &str = "wp/v2";

static INDEX: &[Route] = &[route("", "/", &[on(GET, &[CONTEXT], anyone, index::show)])];

/// The first match wins, so `/users/me` and `…/introspect` come before the routes with variables.
#[rustfmt::skip]
static CORE: &[Route] = &[
    route(WP, "/wp/v2", &[on(GET, &[CONTEXT], anyone, index::show_wp)]),
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
        on(GET, terms::LIST, terms::tag::may_list, terms::tag::list),
        on(POST, terms::CREATE, terms::tag::may_create, terms::tag::create),
    ]),
    route(WP, "/wp/v2/tags/{id}", &[
        on(GET, terms::READ, terms::tag::may_read, terms::tag::read),
        on(EDIT, terms::UPDATE, terms::tag::may_update, terms::tag::update),
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
pub(crate) fn routes(state: &State) -> impl Iterator<Item = &'static Route> + use<> {
    let plugin: &[Route] = state.dialect().map_or(&[], |dialect| dialect.routes);
    INDEX.iter().chain(plugin).chain(CORE)
}

impl Route {
    /// The variables in `path`, if the route matches. Case is ignored.
    fn matches(&self, path: &str) -> Option<Map<String, Value>> {
        let (mut own, mut asked) = (self.path.split('/'), path.split('/'));
        let mut variables = Map::new();
        loop {
            match (own.next(), asked.next()) {
                (None, None) => return Some(variables),
                (Some(own), Some(asked)) => match variable(own) {
                    Some((name, _, fits)) if !asked.is_empty() && fits(asked) => {
                        variables.insert((*name).to_owned(), json!(asked));
                    }
                    None if own.eq_ignore_ascii_case(asked) => {}
                    _ => return None,
                },
                _ => return None,
            }
        }
    }

    /// The path as the index shows it: `/wp/v2/posts/(?P<id>[\d]+)`.
    pub(crate) fn pattern(&self) -> String {
        let part = |part: &str| match variable(part) {
            Some((name, expression, _)) => format!("(?P<{name}>{expression})"),
            None => part.to_owned(),
        };
        self.path.split('/').map(part).collect::<Vec<_>>().join("/")
    }

    fn methods(&self) -> Vec<&'static str> {
        self.endpoints.iter().flat_map(|endpoint| endpoint.methods).copied().collect()
    }

    /// The description of the route in the index and in a response to OPTIONS.
    pub(crate) fn describe(&self, state: &State) -> Value {
        let endpoint = |endpoint: &Endpoint| json!({ "methods": endpoint.methods, "args": params::describe(endpoint.schema) });
        let endpoints: Vec<Value> = self.endpoints.iter().map(endpoint).collect();
        let mut described = json!({
            "namespace": self.namespace,
            "methods": self.methods(),
            "endpoints": endpoints,
        });
        // Only a route without variables has a URL.
        if !self.path.contains('{') {
            let path = self.path;
            described["_links"] = json!({ "self": [{ "href": state.site.rest(path) }] });
        }
        described
    }

    /// The methods that this user may call: all permission callbacks run, as in WordPress for `Allow`.
    fn allowed(&self, state: &State, caller: &Caller, params: &Params) -> Vec<&'static str> {
        let may = |endpoint: &&Endpoint| (endpoint.permit)(state, caller, params).is_ok();
        self.endpoints.iter().filter(may).flat_map(|endpoint| endpoint.methods).copied().collect()
    }
}

fn variable(part: &str) -> Option<&'static Variable> {
    let name = part.strip_prefix('{')?.strip_suffix('}')?;
    VARIABLES.iter().find(|(known, ..)| *known == name)
}

fn find(state: &State, path: &str) -> Option<(&'static Route, Map<String, Value>)> {
    routes(state).find_map(|route| route.matches(path).map(|variables| (route, variables)))
}

pub(crate) fn exists(state: &State, path: &str) -> bool {
    find(state, path).is_some()
}

/// The `_links.self` of an item with `targetHints`: the methods that this user may call on it.
pub(crate) fn self_link(state: &State, caller: &Caller, path: &str) -> Value {
    let mut link = json!({ "href": state.site.rest(path) });
    if let Some((route, path)) = find(state, path) {
        let params = Params::raw(&Given { path, ..Given::default() });
        let allow = route.allowed(state, caller, &params);
        if !allow.is_empty() {
            link["targetHints"] = json!({ "allow": allow });
        }
    }
    link
}

/// A request to the API, after authentication.
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) route: String,
    pub(crate) given: Given,
    /// The error of the body. It is reported only if a route matches.
    pub(crate) body_error: Option<Error>,
}

pub(crate) fn response(state: &mut State, caller: &Caller, mut call: Call) -> RestResponse {
    let Some((route, variables)) = find(state, &call.route) else {
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
