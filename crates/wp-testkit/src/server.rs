//! Between the socket and WordPress: which part of the site is asked, who asks, and the headers
//! every answer has.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wiremock::{
    Respond, ResponseTemplate,
    http::{HeaderMap, HeaderValue},
};

use crate::{
    answer::{Answer, Body, php_json},
    app_passwords::{self, SignIn},
    builder::Permalinks,
    clock,
    log::{self, Entry},
    pages,
    plugins::{Asked, Verdict},
    request::{Given, body_params, nest, pairs},
    router::{self, Call},
    site::{Site, decode},
    state::{Caller, State},
};

#[derive(Debug, Clone)]
pub(crate) struct Server(pub(crate) Arc<Mutex<State>>);

impl Server {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A panic of one test thread must not hide the state from the others.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Respond for Server {
    fn respond(&self, request: &wiremock::Request) -> ResponseTemplate {
        respond(&mut self.state(), request)
    }
}

/// What a URL leads to.
enum Target {
    /// A route of the API.
    Rest(String),
    /// A page below the site's address.
    Page(String),
    /// Nothing that WordPress gets to see.
    Outside,
}

fn locate(site: &Site, path: &str, query: &[(String, String)]) -> Target {
    let Some(path) = path.strip_prefix(&site.base).filter(|p| p.is_empty() || p.starts_with('/')) else {
        return Target::Outside;
    };
    let route = |route: &str| {
        // One trailing slash or several make no difference; a double one in front does.
        let route = route.trim_end_matches('/');
        Target::Rest(if route.is_empty() { "/".into() } else { route.to_owned() })
    };
    let asked = query.iter().rev().find(|(name, value)| name == "rest_route" && !value.is_empty());
    if let Some((_, asked)) = asked {
        return route(asked);
    }
    let below = |root: &str| {
        let rest = path.strip_prefix(root)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| route(&decode(rest)))
    };
    let direct = format!("/{}", site.prefix);
    let through_index = format!("/index.php{direct}");
    let found = match site.permalinks {
        Permalinks::Pretty => below(&direct).or_else(|| below(&through_index)),
        Permalinks::Index => below(&through_index),
        Permalinks::Plain => None,
    };
    match found {
        Some(target) => target,
        // Without rewriting the web server only finds `index.php`.
        None if site.permalinks == Permalinks::Index
            && !matches!(path, "" | "/")
            && !path.starts_with("/index.php") =>
        {
            Target::Outside
        }
        None => Target::Page(path.to_owned()),
    }
}

/// An answer with everything on it.
struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

fn respond(state: &mut State, request: &wiremock::Request) -> ResponseTemplate {
    let raw_query = request.url.query().unwrap_or_default();
    let query = pairs(raw_query);
    let method = request.method.as_str();
    let mut delay = None;
    let (path, rest, user, reply) = match locate(&state.site, request.url.path(), &query) {
        Target::Outside => (request.url.path().to_owned(), false, None, plain(pages::outside())),
        Target::Page(path) => {
            let answer = match state.site.permalinks {
                Permalinks::Plain => pages::plain_front(state, method, &path, raw_query),
                _ => pages::front(state, &path),
            };
            (path, false, None, plain(answer))
        }
        Target::Rest(route) => {
            let call = read(request, &route, &query);
            let gives = state.dialect().is_some_and(|dialect| dialect.gives(&call.method, &route));
            delay = gives.then_some(state.tokens.delay);
            let (caller, verdict) = identify(state, request, &route);
            let reply = match verdict {
                Verdict::Stop(answer) => plain(answer),
                Verdict::Refuse(error) => dress(&state.site, request, &caller, error.into()),
                Verdict::Pass | Verdict::User(_) => {
                    let answer = router::answer(state, &caller, call);
                    dress(&state.site, request, &caller, answer)
                }
            };
            let user = caller.user.and_then(|id| state.users.get(&id)).map(|user| user.login.clone());
            (route, true, user, reply)
        }
    };
    state.log.push(Entry {
        method: method.to_owned(),
        path,
        rest,
        query: log::redact(&query),
        status: reply.status,
        user,
        headers: request.headers.keys().map(|name| name.as_str().to_owned()).collect(),
        body_len: request.body.len(),
    });
    let date = clock::http_date(state.clock.now());
    let mut response = ResponseTemplate::new(reply.status).insert_header("Date", date);
    for (name, value) in reply.headers {
        // What a client sent may come back in a header; what can't be in one stays away.
        if let Ok(value) = HeaderValue::from_str(&value) {
            response = response.append_header(name, value);
        }
    }
    if method != "HEAD" {
        response = response.set_body_bytes(reply.body);
    }
    match delay.filter(|delay| !delay.is_zero()) {
        Some(delay) => response.set_delay(delay),
        None => response,
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Who asks, and what the token plugin makes of it.
fn identify(state: &mut State, request: &wiremock::Request, route: &str) -> (Caller, Verdict) {
    let headers = &request.headers;
    let stripped = state.strip_authorization;
    let sent = header(headers, "authorization").filter(|_| !stripped);
    let app = app_passwords::sign_in(state, sent.as_deref().unwrap_or_default());
    let dialect = state.dialect();
    let second = dialect.and_then(|dialect| header(headers, dialect.second_header?));
    let authorization = sent.filter(|sent| !sent.is_empty()).or(second);
    let (host, origin) = (header(headers, "host"), header(headers, "origin"));
    let asked = Asked {
        method: request.method.as_str(),
        path: request.url.path(),
        query: request.url.query().unwrap_or_default(),
        route,
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
    let user = state.caller(by_app.or(by_token).or(by_key));
    (Caller { app_password, authorization, cookies, ..user }, verdict)
}

fn read(request: &wiremock::Request, route: &str, query: &[(String, String)]) -> Call {
    let mut given = Given { query: nest(query), ..Given::default() };
    let content_type = header(&request.headers, "content-type").unwrap_or_default();
    let body_error = body_params(&content_type, &request.body, &mut given).err();
    // Taken on every method, GET included.
    let named = given.query.get("_method").and_then(|method| method.as_str().map(str::to_owned));
    let named = named.or_else(|| header(&request.headers, "x-http-method-override"));
    let method = named.unwrap_or_else(|| request.method.to_string()).to_ascii_uppercase();
    Call { method, route: route.to_owned(), given, body_error }
}

/// A page of the front end has no header but its own.
fn plain(answer: Answer) -> Reply {
    let (mime, body) = match answer.body {
        Body::Json(body) => (JSON, php_json(&body)),
        Body::Html(body) => (HTML, body),
        Body::Empty => (JSON, String::new()),
    };
    let mut headers = vec![("Server", "nginx".to_owned()), ("Content-Type", mime.to_owned())];
    headers.extend(answer.headers);
    Reply { status: answer.status, headers, body }
}

const JSON: &str = "application/json; charset=UTF-8";
const HTML: &str = "text/html; charset=UTF-8";

/// Adds what every answer of the API has.
fn dress(site: &Site, request: &wiremock::Request, caller: &Caller, mut answer: Answer) -> Reply {
    let own = std::mem::take(&mut answer.headers);
    let exits = answer.exits;
    let mut reply = plain(answer);
    let origin = header(&request.headers, "origin");
    let headers = &mut reply.headers;
    let mut add = |name, value: &str| headers.push((name, value.to_owned()));
    add("X-Robots-Tag", "noindex");
    add("X-Content-Type-Options", "nosniff");
    add("Access-Control-Expose-Headers", "X-WP-Total, X-WP-TotalPages, Link");
    add(
        "Access-Control-Allow-Headers",
        "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type",
    );
    if let Some(origin) = origin.as_ref().filter(|_| !exits) {
        add("Access-Control-Allow-Origin", origin);
        add("Access-Control-Allow-Methods", "OPTIONS, GET, POST, PUT, PATCH, DELETE");
        add("Access-Control-Allow-Credentials", "true");
    }
    if caller.user.is_some() {
        add("Expires", "Wed, 11 Jan 1984 05:00:00 GMT");
        add("Cache-Control", "no-cache, must-revalidate, max-age=0, no-store, private");
    }
    let varies = origin.is_some() || (caller.user.is_none() && request.method == "GET");
    if varies && !exits {
        add("Vary", "Origin");
    }
    if own.iter().all(|(name, _)| *name != "Link") {
        add("Link", &format!("<{}>; rel=\"https://api.w.org/\"", site.rest("/")));
    }
    headers.extend(own);
    reply
}
