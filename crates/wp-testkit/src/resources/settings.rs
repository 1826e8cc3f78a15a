//! `/wp/v2/settings`.

use serde_json::{Map, Value, json};

use crate::{
    http::{Error, RestResponse},
    rest::{
        Caller,
        params::{Kind, Param, Params, param},
    },
    state::{State, site::NAME},
};

const OPEN_OR_CLOSED: Kind = Kind::OneOf(&["open", "closed"]);

pub(crate) const UPDATE: &[Param] = &[
    param("title", Kind::Text),
    param("description", Kind::Text),
    param("url", Kind::Text),
    param("email", Kind::Text),
    param("timezone", Kind::Text),
    param("date_format", Kind::Text),
    param("time_format", Kind::Text),
    param("start_of_week", Kind::Int),
    param("language", Kind::Text),
    param("use_smilies", Kind::Flag),
    param("default_category", Kind::Int),
    param("default_post_format", Kind::Text),
    param("posts_per_page", Kind::Int),
    param("show_on_front", Kind::Text),
    param("page_on_front", Kind::Int),
    param("page_for_posts", Kind::Int),
    param("default_ping_status", OPEN_OR_CLOSED),
    param("default_comment_status", OPEN_OR_CLOSED),
    param("site_logo", Kind::Int),
    param("site_icon", Kind::Int),
];

/// The default of a setting.
fn default(state: &State, name: &str) -> Value {
    match name {
        "title" => json!(NAME),
        "url" => json!(state.site.issuer),
        "email" => json!("admin@example.org"),
        "date_format" => json!("F j, Y"),
        "time_format" => json!("g:i a"),
        "language" => json!("en_US"),
        "use_smilies" => json!(true),
        "start_of_week" | "default_category" => json!(1),
        "default_post_format" => json!("0"),
        "posts_per_page" => json!(10),
        "show_on_front" => json!("posts"),
        "default_ping_status" | "default_comment_status" => json!("open"),
        "site_logo" => Value::Null,
        "page_on_front" | "page_for_posts" | "site_icon" => json!(0),
        _ => json!(""),
    }
}

/// A setting as it is now. WordPress stores `false` as an empty text, which it then takes for an invalid value.
pub(crate) fn get(state: &State, name: &str) -> Value {
    match state.settings.get(name) {
        None => default(state, name),
        Some(Value::Bool(false)) => Value::Null,
        Some(value) => value.clone(),
    }
}

pub(crate) fn may(_: &State, caller: &Caller, _: &Params) -> Result<(), Error> {
    if caller.can("manage_options") { Ok(()) } else { Err(caller.forbidden()) }
}

pub(crate) fn read(state: &mut State, _: &Caller, _: &Params) -> Result<RestResponse, Error> {
    let all: Map<String, Value> =
        UPDATE.iter().map(|row| (row.name.to_owned(), get(state, row.name))).collect();
    Ok(RestResponse::ok(Value::Object(all)))
}

pub(crate) fn update(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    for row in UPDATE.iter().filter(|row| params.has(row.name)) {
        match params.get(row.name) {
            None if get(state, row.name).is_null() => {
                let message = format!(
                    "The {} property has an invalid stored value, and cannot be updated to null.",
                    row.name
                );
                return Err(Error::new(500, "rest_invalid_stored_value", message));
            }
            // The option is deleted. Only these two have a default.
            None if matches!(row.name, "use_smilies" | "posts_per_page") => {
                state.settings.remove(row.name);
            }
            None => drop(state.settings.insert(row.name.to_owned(), Value::Null)),
            Some(Value::String(text)) if matches!(row.name, "title" | "description") => {
                let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                state.settings.insert(row.name.to_owned(), json!(text));
            }
            Some(value) => drop(state.settings.insert(row.name.to_owned(), value.clone())),
        }
    }
    read(state, caller, params)
}
