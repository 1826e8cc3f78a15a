//! What the client leaves out, and why.

/// Methods with a route: `*` stands for each method, and at the end of a route for the rest of it.
const ROUTES: &[(&str, &str, &str)] = &[
    ("GET", "/wp/v2", "the index of a namespace, which is a part of the whole index"),
    ("GET", "/wp-abilities/v1", "the index of a namespace, which is a part of the whole index"),
    ("GET", "/oembed/1.0", "the index of a namespace, which is a part of the whole index"),
    ("GET", "/wp-block-editor/v1", "the index of a namespace, which is a part of the whole index"),
    ("GET", "/wp-site-health/v1", "the index of a namespace, which is a part of the whole index"),
    ("PUT", "/wp-abilities/v1/abilities/*", "no ability is run by it: WordPress responds with 405"),
    ("PATCH", "/wp-abilities/v1/abilities/*", "no ability is run by it: WordPress responds with 405"),
];

/// Parameters of methods with a route.
const PARAMETERS: &[(&str, &str, &str, &str)] = &[
    ("POST", "/wp/v2/widgets/*", "id", "the widget is that of the route"),
    ("POST", "/wp/v2/widgets/*", "id_base", "WordPress changes no type: it takes that of the id"),
    ("GET", "/oembed/1.0/*", "format", "the client reads JSON"),
    ("GET", "/wp/v2/icon*", "page", "WordPress declares it and returns all icons"),
    ("GET", "/wp/v2/icon*", "per_page", "WordPress declares it and returns all icons"),
    ("GET", "/wp/v2/icons/(?P<collection>*", "search", "the list of all icons has it, with `collection`"),
    ("GET", "/wp/v2/block-directory/search", "context", "its only value is the default"),
];

/// Properties of a kind of items.
const PROPERTIES: &[(&str, &str, &str)] = &[];

/// Kinds of items.
const SCHEMAS: &[(&str, &str)] = &[];

pub(crate) fn of_route(method: &str, pattern: &str) -> Option<&'static str> {
    let row = ROUTES.iter().find(|(of, route, _)| (*of == "*" || *of == method) && is_of(route, pattern));
    row.map(|(.., reason)| *reason)
}

pub(crate) fn of_parameter(methods: &[String], pattern: &str, name: &str) -> Option<&'static str> {
    let has = |method: &str| methods.iter().any(|other| other == method);
    let row =
        PARAMETERS.iter().find(|(method, route, of, _)| has(method) && is_of(route, pattern) && *of == name);
    row.map(|(.., reason)| *reason)
}

pub(crate) fn of_property(title: &str, name: &str) -> Option<&'static str> {
    let row = PROPERTIES.iter().find(|(of, property, _)| *of == title && *property == name);
    row.map(|(.., reason)| *reason)
}

pub(crate) fn of_schema(title: &str) -> Option<&'static str> {
    SCHEMAS.iter().find(|(of, _)| *of == title).map(|(_, reason)| *reason)
}

fn is_of(route: &str, pattern: &str) -> bool {
    match route.strip_suffix('*') {
        Some(start) => pattern.starts_with(start),
        None => pattern == route,
    }
}
