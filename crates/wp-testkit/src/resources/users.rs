//! `/wp/v2/users`.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{
    kses,
    paging::{self, Offset},
};
use crate::{
    http::{Error, RestResponse},
    rest::{
        Caller,
        params::{CONTEXT, Context, Kind, Param, Params, Problem, invalid, param, required},
        route::self_link,
    },
    state::{State, User, clock, hex, roles, seed, text},
};

const ORDERS: &[&str] =
    &["id", "include", "name", "registered_date", "slug", "include_slugs", "email", "url"];

/// The installed languages. An empty string stands for the site's default.
const LOCALE: Kind = Kind::OneOf(&["", "en_US"]);

/// The post types that the API shows.
const TYPES: &[&str] = &[
    "post",
    "page",
    "attachment",
    "nav_menu_item",
    "wp_block",
    "wp_template",
    "wp_template_part",
    "wp_global_styles",
    "wp_navigation",
    "wp_font_family",
    "wp_font_face",
];

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
    param("slug", Kind::Texts),
    param("roles", Kind::Texts),
    param("capabilities", Kind::Texts),
    param("who", Kind::OneOf(&["authors"])),
    param("has_published_posts", Kind::FlagOrSomeOf(TYPES)),
    param("search_columns", Kind::SomeOf(&["email", "name", "id", "username", "slug"])),
];
pub(crate) const READ: &[Param] = &[CONTEXT];
pub(crate) const CREATE: &[Param] = &[
    required("username", Kind::Checked(check_username)),
    required("email", Kind::Text),
    required("password", Kind::Checked(check_password)),
    param("name", Kind::Text),
    param("first_name", Kind::Text),
    param("last_name", Kind::Text),
    param("nickname", Kind::Text),
    param("url", Kind::Text),
    param("description", Kind::Text),
    param("locale", LOCALE),
    param("slug", Kind::Text),
    param("roles", Kind::Texts),
    param("meta", Kind::Meta),
];
pub(crate) const UPDATE: &[Param] = &[
    param("username", Kind::Checked(check_username)),
    param("email", Kind::Text),
    param("password", Kind::Checked(check_password)),
    param("name", Kind::Text),
    param("first_name", Kind::Text),
    param("last_name", Kind::Text),
    param("nickname", Kind::Text),
    param("url", Kind::Text),
    param("description", Kind::Text),
    param("locale", LOCALE),
    param("slug", Kind::Text),
    param("roles", Kind::Texts),
    param("meta", Kind::Meta),
];
/// `reassign` may be empty, but it is required.
pub(crate) const DELETE: &[Param] = &[param("force", Kind::Flag), required("reassign", Kind::UserId)];

/// The strict form of `validate_username`.
fn check_username(name: &str) -> Result<(), Problem> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '.' | '-' | '@');
    let blank = name.trim() != name || name.contains("  ") || name.is_empty();
    if !blank && name.chars().all(allowed) {
        return Ok(());
    }
    let message =
        "This username is invalid because it uses illegal characters. Please enter a valid username.";
    Err(Problem::new("rest_user_invalid_username", message.into(), json!({ "status": 400 })))
}

fn check_password(password: &str) -> Result<(), Problem> {
    let message = match password {
        // Empty for PHP.
        "" | "0" => "Passwords cannot be empty.",
        text if text.contains('\\') => r#"Passwords cannot contain the "\" character."#,
        _ => return Ok(()),
    };
    Err(Problem::new("rest_user_invalid_password", message.into(), json!({ "status": 400 })))
}

fn find(state: &State, id: u64) -> Result<&User, Error> {
    let unknown = || Error::new(404, "rest_user_invalid_id", "Invalid user ID.");
    state.users.get(&id).ok_or_else(unknown)
}

fn granted(may: bool, caller: &Caller, code: &'static str, message: &'static str) -> Result<(), Error> {
    if may { Ok(()) } else { Err(caller.denied(code, message)) }
}

/// Whether the user has published anything: only then is the user visible to anonymous requests.
fn is_author(state: &State, user: u64) -> bool {
    state.published(|post| post.author == user) > 0
}

pub(crate) fn may_list(_: &State, caller: &Caller, params: &Params) -> Result<(), Error> {
    let may = caller.can("list_users");
    let no_roles = params.texts("roles").is_empty();
    let message = "Sorry, you are not allowed to filter users by role.";
    granted(may || no_roles, caller, "rest_user_cannot_view", message)?;
    let no_capabilities = params.texts("capabilities").is_empty();
    let message = "Sorry, you are not allowed to filter users by capability.";
    granted(may || no_capabilities, caller, "rest_user_cannot_view", message)?;
    let message = "Sorry, you are not allowed to edit users.";
    granted(may || params.context() != Context::Edit, caller, "rest_forbidden_context", message)?;
    let private = matches!(params.text("orderby").as_deref(), Some("email" | "registered_date"));
    let message = "Sorry, you are not allowed to order users by this parameter.";
    granted(may || !private, caller, "rest_forbidden_orderby", message)?;
    let authors = params.text("who").as_deref() == Some("authors");
    let message = "Sorry, you are not allowed to query users by this parameter.";
    granted(!authors || caller.can("edit_posts"), caller, "rest_forbidden_who", message)
}

pub(crate) fn may_read(state: &State, caller: &Caller, params: &Params) -> Result<(), Error> {
    let user = find(state, params.id("id"))?;
    let edit = caller.can_edit_user(user.id);
    let message = "Sorry, you are not allowed to edit this user.";
    granted(edit || params.context() != Context::Edit, caller, "rest_forbidden_context", message)?;
    let known = edit || caller.can("list_users") || is_author(state, user.id);
    granted(known, caller, "rest_user_cannot_view", "Sorry, you are not allowed to list users.")
}

pub(crate) fn may_create(_: &State, caller: &Caller, _: &Params) -> Result<(), Error> {
    let message = "Sorry, you are not allowed to create new users.";
    granted(caller.can("create_users"), caller, "rest_cannot_create_user", message)
}

pub(crate) fn may_update(state: &State, caller: &Caller, params: &Params) -> Result<(), Error> {
    update_right(state, caller, params, params.id("id"))
}

pub(crate) fn may_update_me(state: &State, caller: &Caller, params: &Params) -> Result<(), Error> {
    update_right(state, caller, params, caller.user.unwrap_or(0))
}

fn update_right(state: &State, caller: &Caller, params: &Params, id: u64) -> Result<(), Error> {
    let user = find(state, id)?;
    let roles = caller.can("promote_users") || params.texts("roles").is_empty();
    let message = "Sorry, you are not allowed to edit roles of this user.";
    granted(roles, caller, "rest_cannot_edit_roles", message)?;
    let message = "Sorry, you are not allowed to edit this user.";
    granted(caller.can_edit_user(user.id), caller, "rest_cannot_edit", message)
}

pub(crate) fn may_delete(state: &State, caller: &Caller, params: &Params) -> Result<(), Error> {
    delete_right(state, caller, params.id("id"))
}

pub(crate) fn may_delete_me(state: &State, caller: &Caller, _: &Params) -> Result<(), Error> {
    delete_right(state, caller, caller.user.unwrap_or(0))
}

fn delete_right(state: &State, caller: &Caller, id: u64) -> Result<(), Error> {
    find(state, id)?;
    let message = "Sorry, you are not allowed to delete this user.";
    granted(caller.can("delete_users"), caller, "rest_user_cannot_delete", message)
}

/// The fields in WordPress' order, each with the contexts that show it: view, edit, embed.
const FIELDS: &[(&str, &str)] = &[
    ("id", "vem"),
    ("username", "e"),
    ("name", "vem"),
    ("first_name", "e"),
    ("last_name", "e"),
    ("email", "e"),
    ("url", "vem"),
    ("description", "vem"),
    ("link", "vem"),
    ("locale", "e"),
    ("nickname", "e"),
    ("slug", "vem"),
    ("roles", "e"),
    ("registered_date", "e"),
    ("capabilities", "e"),
    ("extra_capabilities", "e"),
    ("avatar_urls", "vem"),
    ("meta", "ve"),
];

fn view(state: &State, user: &User, context: Context) -> Value {
    let capabilities = |names: &[&str]| -> Map<String, Value> {
        names.iter().map(|name| ((*name).to_owned(), json!(true))).collect()
    };
    let field = |name: &str| match name {
        "id" => json!(user.id),
        "username" => json!(user.login),
        "name" => json!(user.name),
        "first_name" => json!(user.first_name),
        "last_name" => json!(user.last_name),
        "email" => json!(user.email),
        "url" => json!(user.url),
        "description" => json!(user.description),
        "link" => json!(state.site.archive("author", "author", &user.slug, user.id)),
        // Empty for that of the site.
        "locale" => json!(Some(&*user.locale).filter(|locale| !locale.is_empty()).unwrap_or("en_US")),
        "nickname" => json!(user.nickname),
        "slug" => json!(user.slug),
        "roles" => json!(roles(user)),
        // The only date with a time zone.
        "registered_date" => json!(clock::text(clock::utc(user.registered)) + "+00:00"),
        "capabilities" => json!(capabilities(roles::capabilities(&user.role))),
        "extra_capabilities" => json!(capabilities(&roles(user))),
        "avatar_urls" => avatars(&user.email),
        "meta" if context == Context::Edit => json!({ "persisted_preferences": [] }),
        "meta" => json!([]),
        _ => Value::Null,
    };
    let shown = FIELDS.iter().filter(|(_, contexts)| contexts.contains(context.letter()));
    Value::Object(shown.map(|(name, _)| ((*name).to_owned(), field(name))).collect())
}

pub(super) fn avatars(email: &str) -> Value {
    let hash = hex(&Sha256::digest(email.trim().to_lowercase()));
    let url = |size: u8| format!("https://secure.gravatar.com/avatar/{hash}?s={size}&d=mm&r=g");
    json!({ "24": url(24), "48": url(48), "96": url(96) })
}

fn linked(state: &State, caller: &Caller, user: &User, context: Context) -> Value {
    let mut view = view(state, user, context);
    view["_links"] = json!({
        "self": [self_link(state, caller, &format!("/wp/v2/users/{}", user.id))],
        "collection": [{ "href": state.site.rest("/wp/v2/users") }],
    });
    view
}

pub(crate) fn list(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let state = &*state;
    let (include, exclude) = (params.ids("include"), params.ids("exclude"));
    let (slugs, asked) = (params.texts("slug"), params.texts("roles"));
    let search = params.text("search").unwrap_or_default().to_lowercase();
    let everyone = caller.can("list_users");
    let authors = params.text("who").is_some();
    let capabilities = params.texts("capabilities");
    let columns = params.texts("search_columns");
    let has_published = |user: &User| match params.get("has_published_posts") {
        None | Some(Value::Bool(false)) => true,
        Some(Value::Bool(true)) => is_author(state, user.id),
        // Of these types, the site has posts only.
        Some(_) => {
            params.texts("has_published_posts").iter().any(|kind| kind == "post") && is_author(state, user.id)
        }
    };
    let wanted = |user: &&User| {
        let id = user.id.to_string();
        let texts = [
            ("id", &id),
            ("username", &user.login),
            ("slug", &user.slug),
            ("name", &user.name),
            ("email", &user.email),
        ];
        let searched = |column: &str| {
            (everyone || column != "email")
                && (columns.is_empty() || columns.iter().any(|wanted| wanted == column))
        };
        let hit = |(column, text): &(&str, &String)| {
            // An id is compared as a whole.
            searched(column)
                && if *column == "id" { **text == search } else { text.to_lowercase().contains(&search) }
        };
        let can = roles::capabilities(&user.role);
        (everyone || authors || is_author(state, user.id))
            && (!authors || can.contains(&"edit_posts"))
            && has_published(user)
            && (include.is_empty() || include.contains(&user.id))
            && !exclude.contains(&user.id)
            && (slugs.is_empty() || slugs.contains(&user.slug))
            && (asked.is_empty() || asked.contains(&user.role))
            && (capabilities.is_empty() || capabilities.iter().any(|wanted| can.contains(&wanted.as_str())))
            && (search.is_empty() || texts.iter().any(hit))
    };
    let mut found: Vec<&User> = state.users.values().filter(wanted).collect();
    match params.text("orderby").as_deref() {
        Some("id") => found.sort_by_key(|user| user.id),
        Some("include") => found.sort_by_key(|user| include.iter().position(|id| *id == user.id)),
        Some("include_slugs") => found.sort_by_key(|user| slugs.iter().position(|s| *s == user.slug)),
        Some("slug") => found.sort_by_key(|user| user.slug.clone()),
        Some("email") => found.sort_by_key(|user| user.email.clone()),
        Some("url") => found.sort_by_key(|user| user.url.clone()),
        Some("registered_date") => found.sort_by_key(|user| user.registered),
        _ => found.sort_by_key(|user| user.name.to_lowercase()),
    }
    if params.text("order").as_deref() == Some("desc") {
        found.reverse();
    }
    let view = |user: &&User| linked(state, caller, user, params.context());
    Ok(paging::page(&state.site, "/wp/v2/users", params, Offset::Linked, &found, view))
}

pub(crate) fn read(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let user = find(state, params.id("id"))?;
    Ok(RestResponse::ok(linked(state, caller, user, params.context())))
}

pub(crate) fn me(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let user = caller.user.and_then(|id| state.users.get(&id)).ok_or_else(Error::not_logged_in)?;
    Ok(RestResponse::ok(linked(state, caller, user, params.context())))
}

/// A user may have no role.
fn roles(user: &User) -> Vec<&str> {
    let role = user.role.as_str();
    if role.is_empty() { Vec::new() } else { vec![role] }
}

/// WordPress knows only these roles; the error for another one quotes its name.
fn role(params: &Params) -> Result<Option<String>, Error> {
    let roles = params.texts("roles");
    let known = |role: &String| roles::ROLES.iter().any(|(name, _)| name == role);
    if roles.len() > 1 && roles.iter().all(known) {
        return Err(Error::not_served("users with several roles"));
    }
    let Some(role) =
        roles.into_iter().find(|role| !known(role)).or_else(|| params.texts("roles").into_iter().next())
    else {
        // An empty list removes the role.
        return Ok(params.get("roles").map(|_| String::new()));
    };
    if roles::ROLES.iter().any(|(name, _)| *name == role) {
        return Ok(Some(role));
    }
    Err(Error::new(400, "rest_user_invalid_role", format!("The role {role} does not exist.")))
}

fn email_taken(state: &State, email: &str, but: u64) -> bool {
    state.users.values().any(|user| user.id != but && user.email.eq_ignore_ascii_case(email))
}

fn check_email(params: &Params) -> Result<(), Error> {
    match params.text("email") {
        Some(email) if !email.contains('@') => {
            let problem = Problem::new("rest_invalid_email", "Invalid email address.".into(), Value::Null);
            Err(invalid(vec![("email", problem)]))
        }
        _ => Ok(()),
    }
}

pub(crate) fn create(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    check_email(params)?;
    if params.int("id").is_some_and(|id| id != 0) {
        return Err(Error::new(400, "rest_user_exists", "Cannot create existing user."));
    }
    let role = role(params)?.unwrap_or_else(|| "subscriber".into());
    let login = params.text("username").unwrap_or_default();
    // Both errors have no status, so it becomes 500.
    if state.user(&login).is_some() {
        let message = "Sorry, that username already exists!";
        return Err(Error::bare("existing_user_login", message));
    }
    if email_taken(state, &params.text("email").unwrap_or_default(), 0) {
        let message = "Sorry, that email address is already used!";
        return Err(Error::bare("existing_user_email", message));
    }
    let id = seed::add_user(state, &login, &role, "");
    if let Err(refused) = change(state, id, params) {
        state.users.remove(&id);
        return Err(refused);
    }
    if let Some(user) =
        state.users.get_mut(&id).filter(|_| params.text("name").is_none_or(|name| name.is_empty()))
    {
        let names = [user.first_name.as_str(), user.last_name.as_str()].join(" ");
        user.name = Some(names.trim()).filter(|name| !name.is_empty()).unwrap_or(&user.login).to_owned();
    }
    let body = linked(state, caller, find(state, id)?, Context::Edit);
    let location = state.site.rest(&format!("/wp/v2/users/{id}"));
    Ok(RestResponse::json(201, body).with("Location", location))
}

fn change(state: &mut State, id: u64, params: &Params) -> Result<(), Error> {
    let description = params.text("description").map(|text| kses::filtered(&text, kses::FEW)).transpose()?;
    let is_taken = |slug: &str| state.users.values().any(|user| user.id != id && user.slug == slug);
    // An empty one is that of the login.
    let login = state.users.get(&id).map(|user| user.login.clone()).unwrap_or_default();
    let slug = params.text("slug").map(|slug| text::slug(if slug.is_empty() { &login } else { &slug }));
    let slug = slug.map(|slug| text::unique(&slug, is_taken));
    let Some(user) = state.users.get_mut(&id) else { return Ok(()) };
    let fields = [("email", &mut user.email), ("password", &mut user.password), ("locale", &mut user.locale)];
    for (name, field) in fields {
        if let Some(text) = params.text(name) {
            *field = text;
        }
    }
    user.description = description.unwrap_or_else(|| std::mem::take(&mut user.description));
    if let Some(url) = params.text("url") {
        // `sanitize_url`.
        let has_scheme = url.is_empty() || url.contains(':') || url.starts_with(['/', '#', '?']);
        user.url = if has_scheme { url } else { format!("http://{url}") };
    }
    let name = |name: &str| params.text(name).map(|text| text::one_line(&text));
    user.first_name = name("first_name").unwrap_or_else(|| std::mem::take(&mut user.first_name));
    user.last_name = name("last_name").unwrap_or_else(|| std::mem::take(&mut user.last_name));
    // An empty name is the login.
    let filled = |text: String| if text.is_empty() { login.clone() } else { text };
    user.nickname = name("nickname").map_or_else(|| std::mem::take(&mut user.nickname), filled);
    user.name = name("name").map_or_else(|| std::mem::take(&mut user.name), filled);
    user.slug = slug.unwrap_or_else(|| std::mem::take(&mut user.slug));
    if let Ok(Some(role)) = role(params) {
        user.role = role;
    }
    Ok(())
}

pub(crate) fn update(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    update_one(state, caller, params, params.id("id"))
}

pub(crate) fn update_me(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    update_one(state, caller, params, caller.user.unwrap_or(0))
}

fn update_one(state: &mut State, caller: &Caller, params: &Params, id: u64) -> Result<RestResponse, Error> {
    check_email(params)?;
    if params.text("email").is_some_and(|email| email_taken(state, &email, id)) {
        return Err(Error::new(400, "rest_user_invalid_email", "Invalid email address."));
    }
    let own = find(state, id)?;
    if params.text("username").is_some_and(|name| name != own.login) {
        return Err(Error::new(400, "rest_user_invalid_argument", "Username is not editable."));
    }
    let others = |slug: &String| state.users.values().any(|user| user.id != id && user.slug == *slug);
    if params.text("slug").filter(|slug| !slug.is_empty()).as_ref().is_some_and(others) {
        return Err(Error::new(400, "rest_user_invalid_slug", "Invalid slug."));
    }
    let role = role(params)?;
    // Administrators may not take the right to edit users from themselves.
    let keeps = role
        .filter(|role| !role.is_empty())
        .is_none_or(|role| roles::capabilities(&role).contains(&"edit_users"));
    if caller.is(id) && !keeps {
        let message = "Sorry, you are not allowed to give users that role.";
        return Err(caller.denied("rest_user_invalid_role", message));
    }
    change(state, id, params)?;
    Ok(RestResponse::ok(linked(state, caller, find(state, id)?, Context::Edit)))
}

pub(crate) fn delete(state: &mut State, _: &Caller, params: &Params) -> Result<RestResponse, Error> {
    delete_one(state, params, params.id("id"))
}

pub(crate) fn delete_me(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    delete_one(state, params, caller.user.unwrap_or(0))
}

fn delete_one(state: &mut State, params: &Params, id: u64) -> Result<RestResponse, Error> {
    if params.flag("force") != Some(true) {
        let message = "Users do not support trashing. Set 'force=true' to delete.";
        return Err(Error::trash_not_supported(message));
    }
    let previous = view(state, find(state, id)?, Context::Edit);
    // Without a user to reassign it to, the content is deleted as well.
    let heir = match params.text("reassign").as_deref() {
        None | Some("" | "false") => None,
        Some(_) => Some(params.id("reassign")),
    };
    if heir.is_some_and(|heir| heir == id || !state.users.contains_key(&heir)) {
        let message = "Invalid user ID for reassignment.";
        return Err(Error::new(400, "rest_user_invalid_reassign", message));
    }
    state.users.remove(&id);
    match heir {
        Some(heir) => {
            for post in state.posts.values_mut().filter(|post| post.author == id) {
                post.author = heir;
            }
        }
        None => state.posts.retain(|_, post| post.author != id),
    }
    Ok(RestResponse::ok(json!({ "deleted": true, "previous": previous })))
}
