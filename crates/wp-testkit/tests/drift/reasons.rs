//! Differences that are meant, and why.

use crate::table::Shape;

/// A reason, for the requests and differences that it names. `*` stands for any text.
struct Reason {
    /// The version of WordPress before which the difference is there; empty: in all versions.
    before: &'static str,
    method: &'static str,
    target: &'static str,
    difference: &'static str,
    why: &'static str,
}

const fn always(
    method: &'static str,
    target: &'static str,
    difference: &'static str,
    why: &'static str,
) -> Reason {
    Reason { before: "", method, target, difference, why }
}

const fn before(
    before: &'static str,
    method: &'static str,
    target: &'static str,
    difference: &'static str,
    why: &'static str,
) -> Reason {
    Reason { before, ..always(method, target, difference, why) }
}

const DESCRIBES: &str =
    "the stand-in describes a parameter by its type; a program that reads descriptions wants a real site";
const SERVES: &str = "the index names what the site serves";
const TYPES: &str = "the stand-in has the types that it serves";
const SCHEMA: &str = "the stand-in has no schema of an item: `cargo xtask schema` reads that of a real site";

const REASONS: &[Reason] = &[
    always("GET", "/*", "routes.*", SERVES),
    always("GET", "/*", "namespaces[] *", SERVES),
    always("GET", "/wp/v2/types*", "nav_menu_item is missing here", TYPES),
    always("GET", "/wp/v2/types*", "wp_* is missing here", TYPES),
    always(
        "GET",
        "/wp/v2/t*?context=edit*",
        "*labels.*",
        "a type has its name and its singular name as labels",
    ),
    always("OPTIONS", "/wp/v2/settings", "*.title is missing here", DESCRIBES),
    always("GET", "/*", "_links.*", "the stand-in has no theme"),
    always(
        "GET",
        "/wp/v2/comments?post=*",
        "header Allow *",
        "for `Allow`, WordPress takes the list of posts for post 1",
    ),
    always("OPTIONS", "*", "schema is missing here", SCHEMA),
    always("OPTIONS", "*", "*.description is missing here", DESCRIBES),
    always("OPTIONS", "*", "*.default is missing here", DESCRIBES),
    always("OPTIONS", "*", "*.enum is missing *", DESCRIBES),
    always("OPTIONS", "*", "*.type is missing there", DESCRIBES),
    always("OPTIONS", "*", "*.format is missing here", DESCRIBES),
    always("OPTIONS", "*", "*.uniqueItems is missing here", DESCRIBES),
    always("OPTIONS", "*", "*.properties*", DESCRIBES),
    always("OPTIONS", "*", "*.oneOf*", DESCRIBES),
    always("OPTIONS", "*", "*.items.enum *", DESCRIBES),
    always("GET", "*?orderby=parent", "value of *", "the posts are equal, and in the order of the database"),
    always(
        "GET",
        "*?orderby=registered_date*",
        "value of *",
        "the users are equal, and in the order of the database",
    ),
    always(
        "GET",
        "/wp/v2/users/me/application-passwords*",
        "value of *name: \"xtask\" *",
        "a site names its own",
    ),
    always("GET", "/wp/v2/settings", "value of title: *", "a site names its own"),
    always("POST", "*", "value of *template is not one of *", "the stand-in has no theme"),
    before("7.0", "*", "*", "value of *content.rendered: *wp-block-*", "paragraphs have a class since 7.0"),
    before(
        "6.8",
        "*",
        "*",
        "value of *: *2024/01/my-dot.png*",
        "the folder of a file follows its post since 6.8",
    ),
    before(
        "6.8",
        "*",
        "*",
        "value of *title.rendered: \"Private: *",
        "private titles have no prefix since 6.8",
    ),
    before("6.8", "GET", "/wp/v2/users?context=edit", "value of message: *", "the message is newer"),
    before("7.1", "GET", "*/revisions?_fields=*", "*content is missing there", "fields of a field are newer"),
    before("6.8", "POST", "/batch/v1", "value of responses[]*", "batches have users since 6.8"),
    before(
        "7.1",
        "POST",
        "/wp/v2/comments/*",
        "value of message: \"Invalid post ID.\" *",
        "the message is newer",
    ),
    before("7.1", "GET", "*has_published_posts*", "value of *", "the types are newer"),
    always("GET", "*?orderby=parent", "items: *", "the posts are equal, and in the order of the database"),
    always("GET", "*?_jsonp=bad-name", "header *", "it is written before the headers of other responses"),
    before("6.8", "*", "*", "*_links.self[].targetHints is missing there", "links have hints since 6.8"),
    before("6.8", "*", "*", "*class_list is missing there", "posts have classes since 6.8"),
    before("6.8", "*", "*", "*template* is missing there", "types have a template since 6.8"),
    before("6.8", "*", "*", "*_on_front is missing there", "the index has the front page since 6.8"),
    before("6.8", "*", "*", "page_for_posts is missing there", "the index has the front page since 6.8"),
    before("6.8", "*", "*", "header Cache-Control *", "responses to users are not stored since 6.8"),
    before(
        "6.8",
        "POST",
        "*/application-passwords",
        "409 *",
        "names of application passwords may be equal since 6.8",
    ),
    before("7.1", "OPTIONS", "*", "*.args.* is missing there", "the parameter is newer"),
    before("7.1", "*", "*", "*meta is array there, object here", "comments have meta since 7.1"),
    before(
        "7.1",
        "*",
        "*",
        "*file* is missing there",
        "media have the name and the size of the file since 7.1",
    ),
    before("7.1", "*", "*", "*image_* is missing there", "media say how images are made since 7.1"),
    before("7.1", "*", "*", "exif_orientation is missing there", "media say how images are made since 7.1"),
    before("7.1", "*", "*", "*_links.wp:attached-to is missing there", "media link their post since 7.1"),
    before("6.8", "GET", "/wp/v2/posts?context=edit", "*", "the list holds what the user may edit since 6.8"),
    before("6.8", "GET", "*search_semantics=*", "*", "the parameter is newer"),
    before("6.8", "GET", "*ignore_sticky=*", "*", "the parameter is newer"),
    before("6.8", "GET", "*?format=*", "*", "the parameter is newer"),
    before("6.8", "GET", "*excerpt_length=*", "*", "the parameter is newer"),
    before("6.8", "GET", "/wp/v2/users?search=*", "*", "the parameter is newer"),
    before("6.8", "OPTIONS", "*", "*.args.format*", "the parameter is newer"),
    before("6.8", "OPTIONS", "*", "*allow_batch is missing there", "batches have users since 6.8"),
    before(
        "6.8",
        "POST",
        "/wp/v2/posts",
        "* there, 403 rest_cannot_assign_sticky here",
        "both rights are needed since 6.8",
    ),
    before("6.8", "POST", "*", "header Allow *", "`Allow` follows the rights of an update since 6.8"),
    before(
        "6.8",
        "GET",
        "/wp/v2/users/*?context=edit",
        "* rest_user_cannot_view there, *",
        "the code is newer",
    ),
    before("7.1", "POST", "*/application-passwords", "*", "`app_id` may be empty since 7.1"),
    before("7.1", "POST", "/wp/v2/comments", "* there, * here", "notes and their meta are newer"),
    before("7.1", "GET", "/wp/v2/comments?*type=note*", "*", "notes are newer"),
    before("7.1", "*", "*{note_one}*", "*", "notes are newer"),
    before(
        "6.8",
        "GET",
        "/wp/v2/*?context=edit",
        "items: *",
        "the list holds what the user may edit since 6.8",
    ),
    before(
        "6.8",
        "GET",
        "/wp/v2/media?context=edit",
        "[]*",
        "the list holds what the user may edit since 6.8",
    ),
    before("7.1", "*", "*", "*_links.curies is missing there", "media link their post since 7.1"),
    before("7.1", "*", "*", "*wp:attached-to is missing there", "media link their post since 7.1"),
    before("7.1", "*", "*", "*exif_orientation is missing there", "media say how images are made since 7.1"),
    before("7.1", "GET", "*?media_type=*", "*", "several types of media since 7.1"),
    before("7.1", "OPTIONS", "/wp/v2/media", "*_type.type *", "several types of media since 7.1"),
    before("7.1", "GET", "/wp/v2/types*", "*supports.*", "what types support is newer"),
    before("6.8", "POST", "/batch/v1", "responses[]*", "batches have users since 6.8"),
];

/// Why a response of this version may differ so.
pub(crate) fn of(version: &str, shape: &Shape, difference: &str) -> Option<&'static str> {
    let applies = |reason: &&Reason| {
        (reason.before.is_empty() || is_before(version, reason.before))
            && is_like(reason.method, &shape.method)
            && is_like(reason.target, &shape.target)
            && is_like(reason.difference, difference)
    };
    REASONS.iter().find(applies).map(|reason| reason.why)
}

fn is_before(version: &str, other: &str) -> bool {
    let numbers =
        |text: &str| -> Vec<u32> { text.split(['.', '-']).map_while(|part| part.parse().ok()).collect() };
    numbers(version) < numbers(other)
}

fn is_like(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            rest.is_empty() || (0..=text.len()).filter_map(|at| text.get(at..)).any(|end| is_like(rest, end))
        }),
    }
}
