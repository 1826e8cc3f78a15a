//! What the client leaves out, and why.

/// A method, or each with `*`, and a route, in which `*` stands for any text.
const ROUTES: &[(&str, &str, &str)] = &[
    ("GET", "/wp/v2", "the index of a namespace, which is a part of the whole index"),
    ("GET", "/wp-abilities/v1", "the index of a namespace, which is a part of the whole index"),
    ("GET", "/oembed/1.0", "the index of a namespace, which is a part of the whole index"),
    ("GET", "/wp-block-editor/v1", "the index of a namespace, which is a part of the whole index"),
    ("GET", "/wp-site-health/v1", "the index of a namespace, which is a part of the whole index"),
    ("PUT", "/wp-abilities/v1/abilities/*", "no ability is run by it: WordPress responds with 405"),
    ("PATCH", "/wp-abilities/v1/abilities/*", "no ability is run by it: WordPress responds with 405"),
    ("*", r"/wp/v2/templates/(?P<id>[\d]+)/*", BY_NUMBER),
    ("*", r"/wp/v2/templates/(?P<parent>[\d]+)/*", BY_NUMBER),
    ("*", r"/wp/v2/template-parts/(?P<id>[\d]+)/*", BY_NUMBER),
    ("*", r"/wp/v2/template-parts/(?P<parent>[\d]+)/*", BY_NUMBER),
];

const BY_NUMBER: &str = "the key of a template is a name, which these routes do not take in WordPress 6.2";

/// Parameters of a method, or of each with `*`, with a route.
const PARAMETERS: &[(&str, &str, &str, &str)] = &[
    ("POST", "/wp/v2/widgets/*", "id", "the widget is that of the route"),
    ("POST", "/wp/v2/widgets/*", "id_base", "WordPress changes no type: it takes that of the id"),
    ("GET", "/oembed/1.0/*", "format", "the client reads JSON"),
    ("GET", "/wp/v2/icon*", "page", "WordPress declares it and returns all icons"),
    ("GET", "/wp/v2/icon*", "per_page", "WordPress declares it and returns all icons"),
    ("GET", "/wp/v2/icon-collections", "search", "WordPress declares it and returns all collections"),
    ("*", "*/autosaves", "parent", "the parent is the item of the route, which WordPress declares twice"),
    ("POST", "/wp/v2/media/*/edit", "rotation", "deprecated by WordPress in favour of `modifiers`"),
    ("POST", "/wp/v2/media/*/edit", "x", "deprecated by WordPress in favour of `modifiers`"),
    ("POST", "/wp/v2/media/*/edit", "y", "deprecated by WordPress in favour of `modifiers`"),
    ("POST", "/wp/v2/media/*/edit", "width", "deprecated by WordPress in favour of `modifiers`"),
    ("POST", "/wp/v2/media/*/edit", "height", "deprecated by WordPress in favour of `modifiers`"),
    ("POST", "/wp/v2/plugins/*", "context", "a plugin has the same fields in each context"),
    ("DELETE", "/wp/v2/plugins/*", "context", "a plugin has the same fields in each context"),
    ("GET", "/wp/v2/template-parts/lookup", "is_custom", "it chooses among the templates of pages"),
    ("GET", "/wp/v2/template-parts/lookup", "template_prefix", "it chooses among the templates of pages"),
    ("POST", "/wp/v2/users/*", "username", "a login name cannot be changed"),
    ("GET", "*/application-passwords*", "context", "an application password has all of its fields in `view`"),
    ("POST", "*/application-passwords/*", "app_id", "WordPress changes only the name"),
    ("GET", "/wp/v2/block-directory/search", "context", "its only value is the default"),
];

/// Properties of a kind of items.
const PROPERTIES: &[(&str, &str, &str)] = &[
    ("application-password", "password", "only the response to a create has it: `CreatedAppPassword`"),
    ("nav_menu_item-revision", "guid", "the schema says a text; WordPress responds with an object"),
    ("sidebar", "widgets", "the schema allows objects; WordPress responds with ids"),
    ("plugin", "author", "the schema before 6.8 says an object; WordPress responds with a text"),
    ("wp_global_styles", "id", "the schema before 7.1 says a text; WordPress responds with a number"),
    ("wp_global_styles-revision", "id", "the schema of 6.8 says a text; WordPress responds with a number"),
];

/// Kinds of items.
const SCHEMAS: &[(&str, &str)] = &[
    ("ability-execution", "the result is of the caller's type"),
    ("wp_template-revision", BY_NUMBER),
    ("wp_template_part-revision", BY_NUMBER),
];

pub(crate) fn of_route(method: &str, pattern: &str) -> Option<&'static str> {
    let row = ROUTES.iter().find(|(of, route, _)| (*of == "*" || *of == method) && is_of(route, pattern));
    row.map(|(.., reason)| *reason)
}

pub(crate) fn of_parameter(methods: &[String], pattern: &str, name: &str) -> Option<&'static str> {
    let has = |method: &str| method == "*" || methods.iter().any(|other| other == method);
    let row =
        PARAMETERS.iter().find(|(method, route, of, _)| *of == name && has(method) && is_of(route, pattern));
    row.map(|(.., reason)| *reason)
}

pub(crate) fn of_property(title: &str, name: &str) -> Option<&'static str> {
    let row = PROPERTIES.iter().find(|(of, property, _)| *of == title && *property == name);
    row.map(|(.., reason)| *reason)
}

pub(crate) fn of_schema(title: &str) -> Option<&'static str> {
    SCHEMAS.iter().find(|(of, _)| *of == title).map(|(_, reason)| *reason)
}

/// Whether a route of a table is this pattern: `*` stands for any text.
fn is_of(route: &str, pattern: &str) -> bool {
    match route.split_once('*') {
        None => pattern == route,
        Some((start, rest)) => pattern.strip_prefix(start).is_some_and(|pattern| {
            rest.is_empty()
                || (0..=pattern.len()).filter_map(|at| pattern.get(at..)).any(|end| is_of(rest, end))
        }),
    }
}
