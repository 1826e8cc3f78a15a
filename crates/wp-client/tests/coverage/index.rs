//! The index of a site.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::{Map, Value};

/// The namespaces that the client types.
const NAMESPACES: [&str; 6] =
    ["/wp/v2", "/wp-abilities/v1", "/oembed/1.0", "/wp-block-editor/v1", "/wp-site-health/v1", "/batch/v1"];

/// A group of methods of a route with the same parameters.
pub(crate) struct Endpoint {
    pub(crate) methods: Vec<String>,
    pub(crate) parameters: Vec<String>,
}

/// A route of the index.
pub(crate) struct Route {
    /// Its pattern: `/wp/v2/posts/(?P<id>[\d]+)`.
    pub(crate) pattern: String,
    expression: Regex,
    pub(crate) endpoints: Vec<Endpoint>,
    schema: Map<String, Value>,
}

pub(crate) struct Index(pub(crate) Vec<Route>);

impl Index {
    /// Reads an index in the context `help`, or only its routes.
    pub(crate) fn read(file: &str) -> Self {
        let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"));
        let mut index: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
        let routes = match index.remove("routes") {
            Some(routes) => serde_json::from_value(routes).unwrap(),
            None => index,
        };
        let is_typed = |pattern: &str| {
            let is_below = |namespace: &str| {
                pattern.strip_prefix(namespace).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            NAMESPACES.iter().any(|namespace| is_below(namespace))
        };
        Self(routes.into_iter().filter(|(pattern, _)| is_typed(pattern)).map(Route::new).collect())
    }

    /// The route that WordPress takes for a request: of several that match, the one with the longest fixed text.
    pub(crate) fn route_of(&self, method: &str, route: &str) -> Option<&Route> {
        let has = |candidate: &&Route| candidate.endpoints.iter().any(|endpoint| endpoint.has(method));
        let matching = self.0.iter().filter(|candidate| candidate.expression.is_match(route)).filter(has);
        matching.max_by_key(|candidate| fixed(&candidate.pattern))
    }

    /// The properties of each kind of item, by the kind's name.
    pub(crate) fn schemas(&self) -> BTreeMap<&str, Map<String, Value>> {
        let mut schemas: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
        // A template and its revisions have one name.
        for (title, properties) in self.0.iter().filter_map(Route::kind) {
            schemas.entry(title).or_default().extend(properties.clone());
        }
        schemas
    }
}

impl Endpoint {
    pub(crate) fn has(&self, method: &str) -> bool {
        self.methods.iter().any(|other| other == method)
    }
}

impl Route {
    /// The kind of its items: its name, and their properties.
    fn kind(&self) -> Option<(&str, &Map<String, Value>)> {
        Some((self.schema.get("title")?.as_str()?, self.schema.get("properties")?.as_object()?))
    }

    fn new((pattern, route): (String, Value)) -> Self {
        let expression =
            Regex::new(&format!("(?i)^{pattern}$")).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        let strings = |list: &Value| {
            list.as_array()
                .into_iter()
                .flatten()
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect()
        };
        let endpoints = route["endpoints"].as_array().into_iter().flatten().map(|endpoint| Endpoint {
            methods: strings(&endpoint["methods"]),
            // A parameter in the path is a part of the route.
            parameters: endpoint["args"]
                .as_object()
                .into_iter()
                .flat_map(Map::keys)
                .filter(|name| !pattern.contains(&format!("(?P<{name}>")))
                .cloned()
                .collect(),
        });
        let endpoints = endpoints.collect();
        let schema = route["schema"].as_object().cloned().unwrap_or_default();
        Self { pattern, expression, endpoints, schema }
    }
}

/// The length of a pattern without its groups.
fn fixed(pattern: &str) -> usize {
    let mut depth = 0_usize;
    let mut length = 0;
    for c in pattern.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => length += 1,
            _ => {}
        }
    }
    length
}
