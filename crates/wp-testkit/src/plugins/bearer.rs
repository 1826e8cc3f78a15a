//! The plugin "API Bearer Auth" 20200916.

use serde_json::{Map, Value, json};

use super::{
    dialect::{Dialect, PluginRequest, Verdict},
    failures::{issue, renew},
    hs256,
    sign_in::{EMPTY_PASSWORD, Refused, authenticate, count_renewal},
};
use crate::{
    front::Place,
    http::{Error, RestResponse, request::basic},
    resources::{app_passwords::SignIn, index},
    rest::{
        Caller,
        params::{CONTEXT, Kind, Param, Params, required},
        route::{GET, POST, Route, anyone, on, route},
    },
    state::{State, User, clock, plugin::Plugin, roles, tokens::Row},
};

const NAMESPACE: &str = "api-bearer-auth/v1";
const LOGIN: &str = "/api-bearer-auth/v1/login";
const REFRESH: &str = "/api-bearer-auth/v1/tokens/refresh";

pub(super) static DIALECT: Dialect = Dialect {
    routes: ROUTES,
    token_routes: &[LOGIN, REFRESH],
    lifetime: 24 * 60 * 60,
    reads: &[Place::Apache],
    second_header: None,
    judge,
    sign_in: login,
    renew: refresh,
    refused: |_, reason| refused(reason).into(),
    // The plugin needs no configuration, but its table may be missing.
    bad_config: |_| Error::bare("api_api_bearer_auth_create_token", "Error creating tokens.").into(),
    token,
    revoke,
};

const CREDENTIALS: &[Param] = &[required("username", Kind::Any), required("password", Kind::Any)];

static ROUTES: &[Route] = &[
    route(
        NAMESPACE,
        "/api-bearer-auth/v1",
        &[on(GET, &[CONTEXT], anyone, |state, caller, _| index::namespace(state, caller, NAMESPACE))],
    ),
    route(NAMESPACE, LOGIN, &[on(POST, CREDENTIALS, anyone, |s, c, p| issue(&DIALECT, s, c, p))]),
    route(
        NAMESPACE,
        REFRESH,
        &[on(POST, &[required("token", Kind::Any)], anyone, |s, c, p| renew(&DIALECT, s, c, p))],
    ),
];

/// The width of the database column.
const NAME_LENGTH: usize = 45;

/// Refuses anonymous requests, except requests for a token and OPTIONS.
fn judge(state: &mut State, asked: &PluginRequest<'_>, app: &SignIn) -> Verdict {
    let credential = asked.authorization.filter(|header| !header.is_empty());
    // The plugin does not check the scheme: it removes as many bytes as `Bearer ` has.
    let token = credential.map(|header| header.get(7..).unwrap_or_default());
    if let Some(user) = token.and_then(|token| user_of(state, token)) {
        return Verdict::User(user);
    }
    if matches!(app, SignIn::Yes { .. }) || asked.method == "OPTIONS" {
        return Verdict::Pass;
    }
    // The prefix is hard-coded in the plugin.
    let path = asked.path.strip_suffix('/').unwrap_or(asked.path);
    let open =
        |route: &&str| PluginRequest { path, ..*asked }.is_at(&state.site, &format!("/wp-json{route}"));
    if asked.method == "POST" && [LOGIN, REFRESH].iter().any(open) {
        return match app {
            // The plugin makes WordPress authenticate the user, so a wrong application password is reported.
            SignIn::Wrong(error) => Verdict::Refuse(error.clone()),
            _ => Verdict::Pass,
        };
    }
    if credential.is_some_and(|sent| basic(sent).is_none()) {
        state.counts.refused_tokens += 1;
    }
    Verdict::Refuse(Error::new(401, "api_bearer_auth_not_logged_in", "You are not logged in."))
}

/// The secret of JWTs; without one, the tokens are opaque.
fn secret(state: &State) -> Option<&str> {
    let jwt = matches!(state.plugin, Some(Plugin::ApiBearerAuth { jwt: true }));
    state.tokens.secret.as_deref().filter(|_| jwt)
}

fn user_of(state: &State, token: &str) -> Option<u64> {
    let now = state.clock.now().as_second();
    let user = match secret(state) {
        Some(secret) => {
            // The plugin does not look into its table: a JWT with a valid signature is valid until it expires.
            let claims = hs256::decode(&state.tokens, now, secret, token).ok()?;
            claims.get("exp")?;
            let subject = claims.get("sub")?;
            subject.as_u64().or_else(|| subject.as_str()?.parse().ok())?
        }
        None => state.tokens.rows.iter().find(|row| row.access == token && row.valid_until > now)?.user,
    };
    state.users.contains_key(&user).then_some(user)
}

/// An access token; `subject` is a number after a login and text after a refresh.
fn access_token(state: &mut State, subject: &Value) -> String {
    let now = state.clock.now().as_second();
    let jwt = secret(state).is_some();
    let jwt = jwt.then(|| {
        let claims = |expires: i64| json!({ "exp": expires, "sub": subject });
        hs256::fresh(&mut state.tokens, hs256::HEADER, now, claims)
    });
    jwt.flatten().unwrap_or_else(|| state.entropy.hex())
}

/// Creates a pair of tokens and replaces the previous pair of this user and client.
fn pair(state: &mut State, user: u64, client: &str) -> (String, String) {
    let access = access_token(state, &json!(user));
    let refresh = state.entropy.hex();
    let client: String = client.chars().take(NAME_LENGTH).collect();
    let now = state.clock.now().as_second();
    let valid_until = now.saturating_add(state.tokens.lifetime);
    let rows = &mut state.tokens.rows;
    rows.retain(|row| row.user != user || row.client != client);
    rows.push(Row { user, client, access: access.clone(), valid_until, refresh: refresh.clone() });
    (access, refresh)
}

/// Each JWT is in a row of its own, so none replaces another.
fn token(state: &mut State, user: &User) -> Option<String> {
    let client = state.entropy.uuid();
    Some(pair(state, user.id, &client).0)
}

fn revoke(state: &mut State, user: u64) -> bool {
    let rows = &mut state.tokens.rows;
    let before = rows.len();
    rows.retain(|row| row.user != user);
    rows.len() < before
}

/// Errors of WordPress itself have no status, so it becomes 500.
fn refused(refused: Refused) -> Error {
    let error = Error::bare(refused.code, refused.message);
    if !refused.also_password {
        return error;
    }
    let (code, message) = EMPTY_PASSWORD;
    error.beside("additional_errors", json!([{ "code": code, "message": message, "data": null }]))
}

/// `POST /api-bearer-auth/v1/login`. Only JSON is read, although the earlier check accepts a query as well.
fn login(state: &mut State, _: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let sent = |name: &str| params.json_text(name).unwrap_or_default();
    let user = authenticate(state, &sent("username"), &sent("password")).map_err(refused)?;
    let (access, refresh) = pair(state, user.id, &sent("client_name"));
    Ok(RestResponse::ok(json!({
        "wp_user": wp_user(state, &user),
        "access_token": access,
        "expires_in": state.tokens.lifetime,
        "refresh_token": refresh,
    })))
}

/// PHP's `WP_User`, unchanged.
fn wp_user(state: &State, user: &User) -> Value {
    let mut data = Map::new();
    let mut put = |name: &str, value: &str| data.insert(name.to_owned(), json!(value));
    let leaky = state.tokens.leaky_profile;
    let registered = clock::utc(user.registered).strftime("%Y-%m-%d %H:%M:%S").to_string();
    put("ID", &user.id.to_string());
    put("user_login", &user.login);
    if leaky {
        put("user_pass", "$P$BStandInHashOfThePassword.......");
    }
    put("user_nicename", &user.slug);
    put("user_email", &user.email);
    put("user_url", &user.url);
    put("user_registered", &registered);
    let key = "1795369851:$P$BStandInHashOfTheActivationKey";
    put("user_activation_key", if leaky { key } else { "" });
    put("user_status", "0");
    put("display_name", &user.name);
    let roles: Vec<&str> = [user.role.as_str()].into_iter().filter(|role| !role.is_empty()).collect();
    json!({
        "data": data,
        "ID": user.id,
        "caps": flags(&roles),
        "cap_key": "wp_capabilities",
        "roles": roles,
        "allcaps": flags(roles::capabilities(&user.role)),
        "filter": null,
    })
}

/// `{name: true}`; an empty PHP array if there is none.
fn flags(names: &[&str]) -> Value {
    if names.is_empty() {
        return json!([]);
    }
    names.iter().map(|name| ((*name).to_owned(), json!(true))).collect()
}

/// `POST /api-bearer-auth/v1/tokens/refresh`. The refresh token stays the same.
fn refresh(state: &mut State, _: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let renewed = renewed(state, params);
    count_renewal(state, renewed)
}

fn renewed(state: &mut State, params: &Params) -> Result<RestResponse, Error> {
    let invalid = || Error::new(401, "api_api_bearer_auth_error_invalid_token", "Invalid token.");
    let sent = params.json_text("token").ok_or_else(invalid)?;
    // Compared as it was sent, although the stored value was truncated.
    let client = params.json_text("client_name").unwrap_or_default();
    let matches = |row: &Row| row.refresh == sent && row.client == client;
    let user = state.tokens.rows.iter().find(|row| matches(row)).map(|row| row.user);
    let user = user.filter(|user| state.users.contains_key(user)).ok_or_else(invalid)?;
    let access = access_token(state, &json!(user.to_string()));
    let now = state.clock.now().as_second();
    let lifetime = state.tokens.lifetime;
    let row = state.tokens.rows.iter_mut().find(|row| matches(row)).ok_or_else(invalid)?;
    // Two JWTs of the same second are equal, and the plugin takes a row that does not change for a missing one.
    if row.access == access {
        return Err(invalid());
    }
    row.access.clone_from(&access);
    row.valid_until = now.saturating_add(lifetime);
    Ok(RestResponse::ok(json!({ "access_token": access, "expires_in": lifetime })))
}
