//! From the socket to WordPress: selects the part of the site and authenticates the request.

mod batch;
mod embed;
mod router;
pub(crate) mod wire;

use std::{sync::Arc, time::Duration};

use sha2::{Digest, Sha256};
use wiremock::{Respond, ResponseTemplate};

use router::Call;

use crate::{
    front::{self, Place},
    http::{
        Error, Reply,
        request::{Given, Upload, body_params, header, nest, pairs},
    },
    plugins::{self, PluginRequest, Verdict},
    resources::{
        app_passwords::{self, SignIn},
        files, pages,
    },
    rest::Caller,
    state::{
        SharedState, State, clock,
        holds::Fate,
        log::{self, Entry},
        site::{Permalinks, Site},
    },
};

impl Respond for SharedState {
    fn respond(&self, request: &wiremock::Request) -> ResponseTemplate {
        respond(&mut self.lock(), request)
    }
}

/// The target of a URL.
enum Target {
    /// A route of the API.
    Rest(String),
    /// A page below the site's URL.
    Page(String),
    /// A path outside WordPress.
    Outside,
}

fn locate(site: &Site, path: &str, query: &[(String, String)]) -> Target {
    let Some(path) = path.strip_prefix(&site.base).filter(|p| p.is_empty() || p.starts_with('/')) else {
        return Target::Outside;
    };
    let route = |route: &str| {
        // Any number of trailing slashes is ignored; a double leading slash is not.
        let route = route.trim_end_matches('/');
        Target::Rest(if route.is_empty() { "/".into() } else { route.to_owned() })
    };
    let asked = query.iter().rev().find(|(name, value)| name == "rest_route" && !value.is_empty());
    if let Some((_, asked)) = asked {
        return route(asked);
    }
    let below = |root: &str| {
        let rest = path.strip_prefix(root)?;
        // WordPress decodes no path: an encoded slash is not a slash.
        (rest.is_empty() || rest.starts_with('/')).then(|| route(rest))
    };
    if path == pages::XMLRPC {
        return Target::Page(path.to_owned());
    }
    let direct = format!("/{}", site.prefix);
    let through_index = format!("/index.php{direct}");
    let found = match site.permalinks {
        Permalinks::Pretty => below(&direct).or_else(|| below(&through_index)),
        Permalinks::Index => below(&through_index),
        Permalinks::Plain => None,
    };
    match found {
        Some(target) => target,
        // Without rewriting, the web server only finds `index.php`.
        None if site.permalinks == Permalinks::Index
            && !matches!(path, "" | "/")
            && !path.starts_with("/index.php") =>
        {
            Target::Outside
        }
        None => Target::Page(path.to_owned()),
    }
}

fn respond(state: &mut State, request: &wiremock::Request) -> ResponseTemplate {
    let query = pairs(request.url.query().unwrap_or_default());
    let target = locate(&state.site, request.url.path(), &query);
    let now = state.clock.now();
    let rest = matches!(target, Target::Rest(_));
    let path = match &target {
        Target::Rest(path) | Target::Page(path) => path.clone(),
        Target::Outside => request.url.path().to_owned(),
    };
    let front = &state.front;
    let stopped = front.stop(request, rest).or_else(|| files::respond(state, request)).map(Reply::plain);
    let cached = || front.cache.as_ref()?.get(request, now.as_second());
    let served = if let Some(reply) = stopped.or_else(cached) {
        reply.into()
    } else {
        let mut served = serve(state, request, target, &query);
        if let Some(noise) = state.front.noise {
            noise.add_to(&mut served.reply);
        }
        if let Some(cache) = &mut state.front.cache {
            cache.put(request, now.as_second(), &mut served.reply);
        }
        served
    };
    let method = request.method.as_str();
    let credential = credential_number(state, request);
    let fate = state.holds.fate(&path, served.gives_tokens);
    state.log.push(Entry {
        method: method.to_owned(),
        path,
        rest,
        query: log::redact(&query),
        status: served.reply.status,
        user: served.user,
        credential,
        headers: request.headers.keys().map(|name| name.as_str().to_owned()).collect(),
        body_len: request.body.len(),
    });
    let response = served.reply.template(clock::http_date(now), method == "HEAD");
    let response = if served.delay.is_zero() { response } else { response.set_delay(served.delay) };
    match fate {
        Some(fate) => response.insert_header(Fate::HEADER, fate.write().as_str()),
        None => response,
    }
}

/// The number of the request's credential among those sent so far.
fn credential_number(state: &mut State, request: &wiremock::Request) -> Option<usize> {
    let digest: [u8; 32] = Sha256::digest(header(&request.headers, "authorization")?).into();
    let known = state.credentials.iter().position(|known| *known == digest);
    Some(known.unwrap_or_else(|| {
        state.credentials.push(digest);
        state.credentials.len() - 1
    }))
}

/// The result of a request.
struct Served {
    reply: Reply,
    /// The login of the authenticated user.
    user: Option<String>,
    /// Whether it was an endpoint that issues tokens.
    gives_tokens: bool,
    delay: Duration,
}

impl From<Reply> for Served {
    fn from(reply: Reply) -> Self {
        Self { reply, user: None, gives_tokens: false, delay: Duration::ZERO }
    }
}

fn serve(
    state: &mut State,
    request: &wiremock::Request,
    target: Target,
    query: &[(String, String)],
) -> Served {
    let route = match target {
        Target::Outside => return Reply::plain(front::pages::outside()).into(),
        Target::Page(path) => {
            let query = request.url.query().unwrap_or_default();
            let response = match state.site.permalinks {
                _ if path == pages::XMLRPC => pages::xmlrpc(&state.site, query),
                Permalinks::Plain => pages::plain_front(state, request.method.as_str(), &path, query),
                _ => pages::front(state, &path),
            };
            return Reply::plain(response).into();
        }
        Target::Rest(route) => route,
    };
    let call = read(request, &route, query, !state.front.drops_method_override);
    let gives_tokens =
        plugins::active(state).is_some_and(|dialect| dialect.issues_token(&call.method, &route));
    let (caller, verdict) = identify(state, request, &route);
    let (root, signed_in) = (state.site.rest("/"), caller.user.is_some());
    let from_api = |response| Reply::from_api(&root, request, signed_in, response);
    let reply = match verdict {
        Verdict::Stop(response) => Reply::plain(response),
        Verdict::RestResponse(response) => from_api(response),
        Verdict::Refuse(error) => from_api(error.into()),
        Verdict::Pass if caller.user.is_none() && has_nonce(request, query, &call) => {
            // No cookie goes with it.
            let error = Error::new(403, "rest_cookie_invalid_nonce", "Cookie check failed");
            let mut reply = from_api(error.into());
            reply.forbid_caching();
            reply
        }
        Verdict::Pass | Verdict::User(_) => from_api(router::response(state, &caller, call)),
    };
    let user = caller.user.and_then(|id| state.users.get(&id)).map(|user| user.login.clone());
    Served {
        reply,
        user,
        gives_tokens,
        delay: if gives_tokens { state.tokens.delay } else { Duration::ZERO },
    }
}

/// Whether the request has the nonce of a cookie, which no request to the stand-in has.
fn has_nonce(request: &wiremock::Request, query: &[(String, String)], call: &Call) -> bool {
    request.headers.contains_key("x-wp-nonce")
        || query.iter().any(|(name, _)| name == "_wpnonce")
        || call.given.form.contains_key("_wpnonce")
}

/// Authenticates the request and runs the hook of the token plugin.
fn identify(state: &mut State, request: &wiremock::Request, route: &str) -> (Caller, Verdict) {
    let headers = &request.headers;
    let core = state.front.credential(request, Place::CORE);
    let app = app_passwords::sign_in(state, core.as_deref().unwrap_or_default());
    let dialect = plugins::active(state);
    let sent = dialect.and_then(|dialect| state.front.credential(request, dialect.reads));
    let second = dialect.and_then(|dialect| header(headers, dialect.second_header?));
    let authorization = sent.filter(|sent| !sent.is_empty()).or(second);
    let (host, origin) = (header(headers, "host"), header(headers, "origin"));
    let routes = router::routes(state);
    let asked = PluginRequest {
        method: request.method.as_str(),
        path: request.url.path(),
        query: request.url.query().unwrap_or_default(),
        route,
        routes,
        host: host.as_deref().unwrap_or_default(),
        origin: origin.as_deref(),
        preflight: headers.contains_key("access-control-request-method"),
        authorization: authorization.as_deref(),
    };
    let verdict = dialect.map_or(Verdict::Pass, |dialect| (dialect.judge)(state, &asked, &app));
    let (by_app, app_password) = match app {
        SignIn::Yes { user, uuid } => (Some(user), Some(uuid)),
        SignIn::No | SignIn::Wrong(_) => (None, None),
    };
    let by_token = if let Verdict::User(id) = verdict { Some(id) } else { None };
    let by_key =
        state.api_keys.iter().find(|key| header(headers, &key.header).as_deref() == Some(key.value.as_str()));
    let by_key = by_key.and_then(|key| state.user(&key.login)).map(|user| user.id);
    let cookies = header(headers, "cookie");
    let user = Caller::new(state, routes, by_app.or(by_token).or(by_key));
    (Caller { app_password, authorization, cookies, ..user }, verdict)
}

fn read(request: &wiremock::Request, route: &str, query: &[(String, String)], overridden: bool) -> Call {
    let mut given = Given { query: nest(query), ..Given::default() };
    let content_type = header(&request.headers, "content-type").unwrap_or_default();
    let body_error = body_params(&content_type, &request.body, &mut given).err();
    let md5 = header(&request.headers, "content-md5");
    if given.upload.files.is_empty() {
        let is_form = content_type.to_ascii_lowercase().trim_start().starts_with("multipart/form-data");
        let header = |name: &str| header(&request.headers, name);
        given.upload = Arc::new(Upload {
            // PHP takes a form apart, and has no body then.
            body: if is_form { Vec::new() } else { request.body.clone() },
            content_type: header("content-type"),
            disposition: header("content-disposition"),
            md5,
            files: Vec::new(),
        });
    } else if let Some(upload) = Arc::get_mut(&mut given.upload) {
        upload.md5 = md5;
    }
    // Read for every method, GET included.
    let named = given.query.get("_method").and_then(|method| method.as_str().map(str::to_owned));
    let by_header = || header(&request.headers, "x-http-method-override").filter(|_| overridden);
    let method = named.or_else(by_header).unwrap_or_else(|| request.method.to_string()).to_ascii_uppercase();
    if !matches!(method.as_str(), "POST" | "PUT" | "PATCH" | "DELETE") {
        // A form is read only if the effective method has a body; JSON is always read.
        given.form.clear();
    }
    Call { method, route: route.to_owned(), given, body_error }
}
