//! What the client leaves out, and why.

/// Methods with a route: `*` stands for each method, and at the end or the beginning of a route for the rest of it.
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

const BY_NUMBER: &str = "the key of a template is a name, which these routes take since WordPress 6.4";

/// Parameters of methods with a route.
const PARAMETERS: &[(&str, &str, &str, &str)] = &[
    ("POST", "/wp/v2/widgets/*", "id", "the widget is that of the route"),
    ("POST", "/wp/v2/widgets/*", "id_base", "WordPress changes no type: it takes that of the id"),
    ("GET", "/oembed/1.0/*", "format", "the client reads JSON"),
    ("GET", "/wp/v2/icon*", "page", "WordPress declares it and returns all icons"),
    ("GET", "/wp/v2/icon*", "per_page", "WordPress declares it and returns all icons"),
    ("GET", "/wp/v2/icons/(?P<collection>*", "search", "the list of all icons has it, with `collection`"),
    ("GET", "/wp/v2/block-directory/search", "context", "its only value is the default"),
    ("GET", "*/autosaves", "parent", "it is in the route"),
    ("POST", "*/autosaves", "parent", "it is in the route"),
    ("POST", "/wp/v2/media/*", "rotation", "WordPress deprecated it in favour of `modifiers`"),
    ("POST", "/wp/v2/media/*", "x", "WordPress deprecated it in favour of `modifiers`"),
    ("POST", "/wp/v2/media/*", "y", "WordPress deprecated it in favour of `modifiers`"),
    ("POST", "/wp/v2/media/*", "width", "WordPress deprecated it in favour of `modifiers`"),
    ("POST", "/wp/v2/media/*", "height", "WordPress deprecated it in favour of `modifiers`"),
    ("POST", "/wp/v2/plugins/*", "context", "a write responds in the context `edit`"),
    ("DELETE", "/wp/v2/plugins/*", "context", "a write responds in the context `edit`"),
    ("GET", "/wp/v2/template-parts/lookup", "is_custom", "it is about templates of pages"),
    ("GET", "/wp/v2/template-parts/lookup", "template_prefix", "it is about templates of pages"),
    ("POST", "/wp/v2/users/*", "username", "WordPress changes no login name"),
    ("GET", "/wp/v2/users/*", "context", "application passwords have the same fields in `view` and `edit`"),
    ("POST", "/wp/v2/users/*", "app_id", "WordPress changes only the name of an application password"),
];

/// Properties of a kind of items.
const PROPERTIES: &[(&str, &str, &str)] = &[
    ("application-password", "password", "only a new one has it, which is a type of its own"),
    ("nav_menu_item", "title", "a text may be written, and an object is read"),
    ("nav_menu_item-revision", "title", "a text may be written, and an object is read"),
    ("nav_menu_item-revision", "guid", "a text may be written, and an object is read"),
    ("wp_global_styles", "title", "a text may be written, and an object is read"),
    ("wp_template", "title", "a text may be written, and an object is read"),
    ("wp_template", "content", "a text may be written, and an object is read"),
    ("wp_template_part", "title", "a text may be written, and an object is read"),
    ("wp_template_part", "content", "a text may be written, and an object is read"),
    ("sidebar", "widgets", "WordPress shows the ids of the widgets"),
    ("user", "registered_date", "WordPress shows an offset after it"),
    ("wp_template", "has_theme_file", "the schema says `bool`, which is no type of JSON"),
    ("wp_template_part", "has_theme_file", "the schema says `bool`, which is no type of JSON"),
    ("wp_template", "is_custom", "the schema says `bool`, which is no type of JSON"),
    ("wp_global_styles", "id", "the schema says a text before WordPress 7.1, and a number is shown"),
    ("wp_global_styles-revision", "id", "the schema says a text before WordPress 7.1, and a number is shown"),
    ("plugin", "author", "the schema says an object before WordPress 6.8, and a text is shown"),
    ("wp_template", "parent", "only a revision has it, which is a type of its own"),
    ("wp_template_part", "parent", "only a revision has it, which is a type of its own"),
];

/// Kinds of items.
const SCHEMAS: &[(&str, &str)] = &[
    ("ability-execution", "the caller chooses the type"),
    ("wp_template-revision", BY_NUMBER),
    ("wp_template_part-revision", BY_NUMBER),
];

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
    match (route.strip_suffix('*'), route.strip_prefix('*')) {
        (Some(start), _) => pattern.starts_with(start),
        (_, Some(end)) => pattern.ends_with(end),
        _ => pattern == route,
    }
}
