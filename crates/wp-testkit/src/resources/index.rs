//! The index `/wp-json/`, and the index of each namespace.

use serde_json::{Map, Value, json};

use super::settings;
use crate::{
    http::{Error, RestResponse},
    rest::{
        Caller, Params,
        params::{Kind, Param, param},
        route::Routes,
    },
    state::State,
};

/// Any context will do.
pub(crate) const READ: &[Param] = &[param("context", Kind::Any)];

pub(crate) fn show(state: &mut State, caller: &Caller, _: &Params) -> Result<RestResponse, Error> {
    let site = &state.site;
    let mut namespaces: Vec<&str> = caller.routes.iter().map(|route| route.namespace).collect();
    namespaces.retain(|namespace| !namespace.is_empty());
    namespaces.dedup();
    Ok(RestResponse::ok(json!({
        "name": name(state),
        "description": settings::get(state, "description"),
        "url": site.issuer,
        "home": site.issuer,
        "gmt_offset": (f64::from(site.gmt_offset_minutes) / 60.0).to_string(),
        "timezone_string": "",
        "page_for_posts": settings::get(state, "page_for_posts"),
        "page_on_front": settings::get(state, "page_on_front"),
        "show_on_front": settings::get(state, "show_on_front"),
        "namespaces": namespaces,
        "authentication": authentication(state),
        "routes": describe(state, caller.routes, |_| true),
        "site_logo": 0,
        "site_icon": 0,
        "site_icon_url": "",
        "_links": {
            "help": [{ "href": "https://developer.wordpress.org/rest-api/" }],
        },
    })))
}

/// `false` where the option was deleted.
fn name(state: &State) -> Value {
    match settings::get(state, "title") {
        Value::Null => json!(false),
        name => name,
    }
}

fn authentication(state: &State) -> Value {
    if !state.application_passwords {
        // An empty PHP array.
        return json!([]);
    }
    let authorization = format!("{}/wp-admin/authorize-application.php", state.site.url);
    json!({ "application-passwords": { "endpoints": { "authorization": authorization } } })
}

fn describe(state: &State, routes: Routes, wanted: impl Fn(&str) -> bool) -> Map<String, Value> {
    routes
        .iter()
        .filter(|route| wanted(route.namespace))
        .map(|route| (route.pattern(), route.describe(state)))
        .collect()
}

/// The index of a namespace.
pub(crate) fn namespace(state: &State, caller: &Caller, name: &str) -> Result<RestResponse, Error> {
    Ok(RestResponse::ok(json!({
        "namespace": name,
        "routes": describe(state, caller.routes, |namespace| namespace == name),
        "_links": { "up": [{ "href": state.site.rest("/") }] },
    })))
}
