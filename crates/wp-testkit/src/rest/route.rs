//! The routes of the API as data, and the user for whom one of them runs.

use serde_json::{Map, Value, json};

use super::params::{self, Param, Params};
use crate::{
    http::{Error, RestResponse, request::Given},
    state::{State, kinds::Of, roles},
};

pub(crate) type Permit = fn(&State, &Caller, &Params) -> Result<(), Error>;
pub(crate) type Run = fn(&mut State, &Caller, &Params) -> Result<RestResponse, Error>;

pub(crate) struct Endpoint {
    pub(crate) methods: &'static [&'static str],
    pub(crate) schema: &'static [Param],
    pub(crate) permit: Permit,
    pub(crate) run: Run,
}

#[derive(Clone, Copy)]
pub(crate) struct Route {
    /// The member of the family that it is for.
    pub(crate) of: Of,
    /// Variables are in braces; [`VARIABLES`] defines what they match.
    path: &'static str,
    pub(crate) namespace: &'static str,
    pub(crate) endpoints: &'static [Endpoint],
}

/// A variable of a path: the expression that the index shows, and what it matches.
type Variable = (&'static str, &'static str, fn(&str) -> bool);

const VARIABLES: &[Variable] = &[
    ("id", r"[\d]+", digits),
    ("parent", r"[\d]+", digits),
    ("user_id", r"(?:[\d]+|me)", |text| text == "me" || digits(text)),
    ("type", r"[\w-]+", is_slug),
    ("status", r"[\w-]+", is_slug),
    ("taxonomy", r"[\w-]+", is_slug),
    ("uuid", r"[\w\-]+", |text| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))),
];

fn is_slug(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

pub(crate) const GET: &[&str] = &["GET"];
pub(crate) const POST: &[&str] = &["POST"];

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
    Route { of: Of::Nothing, path, namespace, endpoints }
}

pub(crate) fn anyone(_: &State, _: &Caller, _: &Params) -> Result<(), Error> {
    Ok(())
}

impl Route {
    /// The same route, for this member of a family.
    pub(crate) const fn of(self, of: Of) -> Self {
        Self { of, ..self }
    }

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

    /// Whether a batch may have requests to it.
    pub(crate) fn allows_batch(&self) -> bool {
        let is_family = match self.of {
            Of::Nothing => false,
            Of::Type(kind) => kind.name != "attachment" && !self.path.contains("/revisions"),
            Of::Taxonomy(_) => true,
        };
        is_family || matches!(self.path, "/wp/v2/users" | "/wp/v2/users/{id}")
    }

    /// The description of the route in the index and in a response to OPTIONS.
    pub(crate) fn describe(&self, state: &State) -> Value {
        let batch = self.allows_batch();
        let endpoint = |endpoint: &Endpoint| {
            let ids = ["parent", "id"].into_iter().filter(|id| self.path.contains(&format!("/{{{id}}}")));
            let args = params::describe(endpoint.schema, &ids.collect::<Vec<_>>());
            let mut described = json!({ "methods": endpoint.methods, "args": args });
            if batch {
                described["allow_batch"] = json!({ "v1": true });
            }
            described
        };
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
    pub(crate) fn allowed(&self, state: &State, caller: &Caller, params: &Params) -> Vec<&'static str> {
        let may = |endpoint: &&Endpoint| (endpoint.permit)(state, caller, params).is_ok();
        self.endpoints.iter().filter(may).flat_map(|endpoint| endpoint.methods).copied().collect()
    }
}

fn variable(part: &str) -> Option<&'static Variable> {
    let name = part.strip_prefix('{')?.strip_suffix('}')?;
    VARIABLES.iter().find(|(known, ..)| *known == name)
}

/// The routes of a site, in tables. The first match wins.
#[derive(Clone, Copy, Default)]
pub(crate) struct Routes(pub(crate) [&'static [Route]; 5]);

impl Routes {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static Route> + use<> {
        self.0.into_iter().flatten()
    }

    /// The route of a path, and the path's variables.
    pub(crate) fn find(&self, path: &str) -> Option<(&'static Route, Map<String, Value>)> {
        self.iter().find_map(|route| route.matches(path).map(|variables| (route, variables)))
    }
}

/// The user of a request.
#[derive(Clone, Default)]
pub(crate) struct Caller {
    /// `None` for anonymous requests.
    pub(crate) user: Option<u64>,
    pub(crate) capabilities: &'static [&'static str],
    /// The application password of the request.
    pub(crate) app_password: Option<String>,
    /// The credential that reached the token plugin.
    pub(crate) authorization: Option<String>,
    pub(crate) cookies: Option<String>,
    /// The routes of the site, because links name the methods that the user may call at other routes.
    pub(crate) routes: Routes,
}

impl Caller {
    pub(crate) fn new(state: &State, routes: Routes, user: Option<u64>) -> Self {
        let user = user.and_then(|id| state.users.get(&id));
        Self {
            user: user.map(|user| user.id),
            capabilities: user.map_or(&[], |user| roles::capabilities(&user.role)),
            routes,
            ..Self::default()
        }
    }

    pub(crate) fn can(&self, capability: &str) -> bool {
        self.capabilities.contains(&capability)
    }

    pub(crate) fn is(&self, user: u64) -> bool {
        self.user == Some(user)
    }

    /// `rest_authorization_required_code`: the status of a missing capability.
    pub(crate) fn denied_status(&self) -> u16 {
        if self.user.is_some() { 403 } else { 401 }
    }

    /// The error of a missing capability.
    pub(crate) fn denied(&self, code: &'static str, message: &'static str) -> Error {
        Error::new(self.denied_status(), code, message)
    }

    pub(crate) fn forbidden(&self) -> Error {
        self.denied("rest_forbidden", "Sorry, you are not allowed to do that.")
    }

    /// The `edit_user` meta capability: users may edit themselves, administrators may edit everyone.
    pub(crate) fn can_edit_user(&self, user: u64) -> bool {
        self.is(user) || self.can("edit_users")
    }
}

/// The `_links.self` of an item with `targetHints`: the methods that this user may call on it.
pub(crate) fn self_link(state: &State, caller: &Caller, path: &str) -> Value {
    let mut link = json!({ "href": state.site.rest(path) });
    if let Some((route, path)) = caller.routes.find(path) {
        let params = Params::raw(&Given { path, ..Given::default() }, route.of);
        let allow = route.allowed(state, caller, &params);
        if !allow.is_empty() {
            link["targetHints"] = json!({ "allow": allow });
        }
    }
    link
}
