//! The index `/wp-json/`, and the index of each namespace.

use serde_json::{Map, Value, json};

use crate::{
    error::Error,
    params::Params,
    response::RestResponse,
    router,
    site::NAME,
    state::{Caller, State},
};

pub(crate) fn show(state: &mut State, _: &Caller, _: &Params) -> Result<RestResponse, Error> {
    let site = &state.site;
    let mut namespaces: Vec<&str> = router::routes(state).map(|route| route.namespace).collect();
    namespaces.retain(|namespace| !namespace.is_empty());
    namespaces.dedup();
    Ok(RestResponse::ok(json!({
        "name": NAME,
        "description": "",
        "url": site.issuer,
        "home": site.issuer,
        "gmt_offset": (f64::from(site.gmt_offset_minutes) / 60.0).to_string(),
        "timezone_string": "",
        "page_for_posts": 0,
        "page_on_front": 0,
        "show_on_front": "posts",
        "namespaces": namespaces,
        "authentication": authentication(state),
        "routes": routes(state, |_| true),
        "site_logo": 0,
        "site_icon": 0,
        "site_icon_url": "",
        "_links": {
            "help": [{ "href": "https://developer.wordpress.org/rest-api/" }],
        },
    })))
}

fn authentication(state: &State) -> Value {
    if !state.application_passwords {
        // An empty PHP array.
        return json!([]);
    }
    let authorization = format!("{}/wp-admin/authorize-application.php", state.site.url);
    json!({ "application-passwords": { "endpoints": { "authorization": authorization } } })
}

fn routes(state: &State, wanted: impl Fn(&str) -> bool) -> Map<String, Value> {
    router::routes(state)
        .filter(|route| wanted(route.namespace))
        .map(|route| (route.pattern(), route.describe(state)))
        .collect()
}

/// The namespace of the active token plugin.
pub(crate) fn show_plugin(state: &mut State, _: &Caller, _: &Params) -> Result<RestResponse, Error> {
    let dialect = state.dialect().ok_or_else(Error::no_route)?;
    Ok(namespace(state, dialect.namespace))
}

pub(crate) fn show_wp(state: &mut State, _: &Caller, _: &Params) -> Result<RestResponse, Error> {
    Ok(namespace(state, "wp/v2"))
}

fn namespace(state: &State, name: &str) -> RestResponse {
    RestResponse::ok(json!({
        "namespace": name,
        "routes": routes(state, |namespace| namespace == name),
        "_links": { "up": [{ "href": state.site.rest("/") }] },
    }))
}
