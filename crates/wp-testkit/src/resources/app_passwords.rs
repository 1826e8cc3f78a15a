//! Application passwords: authentication with them, and the routes `/users/{id}/application-passwords`.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    http::{Error, RestResponse, request::basic},
    rest::{
        Caller,
        params::{CONTEXT, Context, Kind, Param, Params, param, required},
        route::self_link,
    },
    state::{AppPassword, State, User, clock},
};

/// WordPress records the use of a password once a day.
const DAY: i64 = 24 * 60 * 60;

pub(crate) const READ: &[Param] = &[CONTEXT];
pub(crate) const CREATE: &[Param] = &[param("app_id", Kind::Uuid), required("name", Kind::Filled)];
pub(crate) const UPDATE: &[Param] = &[param("app_id", Kind::Uuid), param("name", Kind::Filled)];

/// The result of checking an `Authorization` header as an application password.
pub(crate) enum SignIn {
    /// The header is not an application password.
    No,
    /// The user, and the id of the password.
    Yes { user: u64, uuid: String },
    /// A wrong password. Usually this is not an error: the request runs as an anonymous one.
    Wrong(Error),
}

/// Checks a `Basic` header.
pub(crate) fn sign_in(state: &mut State, header: &str) -> SignIn {
    let Some((name, password)) = basic(header) else { return SignIn::No };
    if !state.application_passwords || !state.had_app_passwords {
        return SignIn::No;
    }
    match check(state, &name, &password) {
        Ok((user, uuid)) => SignIn::Yes { user, uuid },
        Err((code, message)) => {
            state.counts.refused_app_passwords += 1;
            SignIn::Wrong(Error::new(401, code, message))
        }
    }
}

/// `wp_authenticate_application_password`, on a site that has had an application password. Returns the user and
/// the password's id, or an error code and message.
pub(crate) fn check(
    state: &mut State,
    name: &str,
    password: &str,
) -> Result<(u64, String), (&'static str, String)> {
    let id = state.user_by_name(name).map(|user| user.id).ok_or_else(|| unknown(name))?;
    if !state.application_passwords {
        return Err((
            "application_passwords_disabled",
            "Application passwords are not available.".to_owned(),
        ));
    }
    let password: String = password.chars().filter(char::is_ascii_alphanumeric).collect();
    let now = state.clock.now();
    let passwords = state.users.get_mut(&id).map(|user| user.app_passwords.iter_mut());
    let known = passwords.and_then(|mut all| all.find(|known| known.password == password));
    let wrong =
        || ("incorrect_password", "The provided password is an invalid application password.".to_owned());
    let known = known.ok_or_else(wrong)?;
    if known.last_used.is_none_or(|last| now.as_second() - last.as_second() >= DAY) {
        known.last_used = Some(now);
    }
    Ok((id, known.uuid.clone()))
}

fn unknown(name: &str) -> (&'static str, String) {
    let (code, what, instead) = if name.contains('@') {
        ("invalid_email", "email address", "username")
    } else {
        ("invalid_username", "username", "email address")
    };
    (code, format!("<strong>Error:</strong> Unknown {what}. Check again or try your {instead}."))
}

/// Creates a password for a user, and its record.
pub(crate) fn add(state: &mut State, user: u64, name: &str, app_id: &str) -> Option<AppPassword> {
    let added = AppPassword {
        uuid: state.entropy.uuid(),
        app_id: app_id.to_owned(),
        name: name.to_owned(),
        password: state.entropy.password(),
        created: state.clock.now(),
        last_used: None,
    };
    state.users.get_mut(&user)?.app_passwords.push(added.clone());
    state.had_app_passwords = true;
    Some(added)
}

/// Formats it as `abcd efgh ijkl mnop qrst uvwx`.
pub(crate) fn spaced(password: &str) -> String {
    let letters: Vec<char> = password.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

/// The user in the path.
fn owner<'a>(state: &'a State, caller: &Caller, params: &Params) -> Result<&'a User, Error> {
    if !state.application_passwords {
        let message = "Application passwords are not available.";
        return Err(Error::new(501, "application_passwords_disabled", message));
    }
    let id = if params.text("user_id").as_deref() == Some("me") {
        caller.user.ok_or_else(Error::not_logged_in)?
    } else {
        params.id("user_id")
    };
    let unknown = || Error::new(404, "rest_user_invalid_id", "Invalid user ID.");
    state.users.get(&id).ok_or_else(unknown)
}

fn permit(
    state: &State,
    caller: &Caller,
    params: &Params,
    code: &'static str,
    message: &'static str,
) -> Result<(), Error> {
    let owner = owner(state, caller, params)?;
    if caller.can_edit_user(owner.id) { Ok(()) } else { Err(caller.denied(code, message)) }
}

macro_rules! permits {
    ($($name:ident: $code:literal, $message:literal;)*) => {$(
        pub(crate) fn $name(s: &State, caller: &Caller, params: &Params) -> Result<(), Error> {
            permit(s, caller, params, $code, $message)
        }
    )*};
}

permits! {
    may_list: "rest_cannot_list_application_passwords",
        "Sorry, you are not allowed to list application passwords for this user.";
    may_read: "rest_cannot_read_application_password",
        "Sorry, you are not allowed to read this application password.";
    may_create: "rest_cannot_create_application_passwords",
        "Sorry, you are not allowed to create application passwords for this user.";
    may_update: "rest_cannot_edit_application_password",
        "Sorry, you are not allowed to edit this application password.";
    may_delete: "rest_cannot_delete_application_password",
        "Sorry, you are not allowed to delete this application password.";
    may_delete_all: "rest_cannot_delete_application_passwords",
        "Sorry, you are not allowed to delete application passwords for this user.";
}

pub(crate) fn may_introspect(state: &State, caller: &Caller, params: &Params) -> Result<(), Error> {
    let owner = owner(state, caller, params)?;
    if caller.is(owner.id) {
        return Ok(());
    }
    Err(caller.denied(
        "rest_cannot_introspect_app_password_for_non_authenticated_user",
        "The authenticated application password can only be introspected for the current user.",
    ))
}

fn find<'a>(owner: &'a User, uuid: &str) -> Result<&'a AppPassword, Error> {
    owner.app_passwords.iter().find(|known| known.uuid == uuid).ok_or_else(|| {
        Error::new(404, "rest_application_password_not_found", "Application password not found.")
    })
}

fn date(at: Timestamp) -> String {
    clock::text(clock::utc(at))
}

fn view(item: &AppPassword, context: Context) -> Value {
    let mut view = json!({ "uuid": item.uuid, "app_id": item.app_id, "name": item.name });
    if context != Context::Embed {
        view["created"] = json!(date(item.created));
        view["last_used"] = json!(item.last_used.map(date));
        view["last_ip"] = json!(item.last_used.map(|_| "127.0.0.1"));
    }
    view
}

fn route(owner: u64, uuid: &str) -> String {
    format!("/wp/v2/users/{owner}/application-passwords/{uuid}")
}

fn linked(state: &State, caller: &Caller, owner: u64, uuid: &str, mut view: Value) -> Value {
    view["_links"] = json!({ "self": [self_link(state, caller, &route(owner, uuid))] });
    view
}

pub(crate) fn list(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let owner = owner(state, caller, params)?;
    let item = |item: &AppPassword| linked(state, caller, owner.id, &item.uuid, view(item, params.context()));
    Ok(RestResponse::ok(owner.app_passwords.iter().map(item).collect()))
}

pub(crate) fn read(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let uuid = params.text("uuid").unwrap_or_default();
    show(state, caller, params, &uuid)
}

pub(crate) fn introspect(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let uuid = caller.app_password.as_deref().ok_or_else(|| {
        let message = "Cannot introspect application password.";
        Error::new(404, "rest_no_authenticated_app_password", message)
    })?;
    show(state, caller, params, uuid)
}

fn show(state: &State, caller: &Caller, params: &Params, uuid: &str) -> Result<RestResponse, Error> {
    let owner = owner(state, caller, params)?;
    let item = find(owner, uuid)?;
    Ok(RestResponse::ok(linked(state, caller, owner.id, uuid, view(item, params.context()))))
}

pub(crate) fn create(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let owner = owner(state, caller, params)?.id;
    let name = params.text("name").unwrap_or_default();
    let app_id = params.text("app_id").unwrap_or_default();
    let item = add(state, owner, &name, &app_id).ok_or_else(Error::not_logged_in)?;
    let mut view = view(&item, Context::Edit);
    // The only response that shows it.
    view["password"] = json!(spaced(&item.password));
    let location = state.site.rest(&route(owner, &item.uuid));
    let body = linked(state, caller, owner, &item.uuid, view);
    Ok(RestResponse::json(201, body).with("Location", location))
}

pub(crate) fn update(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let uuid = params.text("uuid").unwrap_or_default();
    let owner = owner(state, caller, params)?;
    find(owner, &uuid)?;
    let id = owner.id;
    let passwords = state.users.get_mut(&id).map(|user| user.app_passwords.iter_mut());
    let item = passwords.and_then(|mut all| all.find(|known| known.uuid == uuid));
    if let (Some(item), Some(name)) = (item, params.text("name")) {
        item.name = name;
    }
    show(state, caller, params, &uuid)
}

pub(crate) fn delete(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let uuid = params.text("uuid").unwrap_or_default();
    let owner = owner(state, caller, params)?;
    let previous = view(find(owner, &uuid)?, Context::Edit);
    let id = owner.id;
    if let Some(user) = state.users.get_mut(&id) {
        user.app_passwords.retain(|known| known.uuid != uuid);
    }
    Ok(RestResponse::ok(json!({ "deleted": true, "previous": previous })))
}

pub(crate) fn delete_all(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let id = owner(state, caller, params)?.id;
    let taken = state.users.get_mut(&id).map(|user| std::mem::take(&mut user.app_passwords));
    let count = taken.map_or(0, |taken| taken.len());
    Ok(RestResponse::ok(json!({ "deleted": true, "count": count })))
}
