//! A post as JSON.

use serde_json::{Map, Value, json};

use super::{
    super::{media, render},
    item::{find, free_slug, route, terms},
    rights,
};
use crate::{
    http::{Error, RestResponse, url::decode},
    rest::{
        Caller,
        params::{CONTEXT, Context, Kind, Param, Params, param},
        route::self_link,
    },
    state::{
        Post, State, Term, clock,
        kinds::{self, MetaType, PostType},
    },
};

/// The fields in WordPress' order, each with the contexts that show it: view, edit, embed.
const FIELDS: &[(&str, &str)] = &[
    ("id", "vem"),
    ("date", "vem"),
    ("date_gmt", "ve"),
    ("guid", "ve"),
    ("modified", "ve"),
    ("modified_gmt", "ve"),
    ("password", "e"),
    ("slug", "vem"),
    ("status", "ve"),
    ("type", "vem"),
    ("link", "vem"),
    ("title", "vem"),
    ("content", "ve"),
    ("excerpt", "vem"),
    ("author", "vem"),
    ("parent", "ve"),
    ("menu_order", "ve"),
    ("featured_media", "vem"),
    ("comment_status", "ve"),
    ("ping_status", "ve"),
    ("sticky", "ve"),
    ("template", "ve"),
    ("format", "ve"),
    ("meta", "ve"),
    ("permalink_template", "e"),
    ("generated_slug", "e"),
    ("class_list", "ve"),
    ("description", "ve"),
    ("caption", "vem"),
    ("alt_text", "vem"),
    ("media_type", "vem"),
    ("mime_type", "vem"),
    ("media_details", "vem"),
    ("post", "ve"),
    ("source_url", "vem"),
    ("missing_image_sizes", "e"),
    ("filename", "ve"),
    ("filesize", "ve"),
    ("exif_orientation", "e"),
    ("image_output_format", "e"),
    ("image_save_progressive", "e"),
    ("image_quality", "e"),
];

/// The fields of every type; a type names its others.
const COMMON: &[&str] = &[
    "id",
    "date",
    "date_gmt",
    "guid",
    "modified",
    "modified_gmt",
    "slug",
    "status",
    "type",
    "link",
    "title",
    "template",
    "meta",
    "permalink_template",
    "generated_slug",
    "class_list",
];

/// The fields of images only.
const OF_IMAGES: &[&str] =
    &["exif_orientation", "image_output_format", "image_save_progressive", "image_quality"];

/// The number of words in an automatic excerpt.
const EXCERPT_WORDS: usize = 55;

const READ: &[Param] = &[CONTEXT, param("excerpt_length", Kind::Int), param("password", Kind::Text)];

/// The parameters of an item of this type.
pub(crate) fn read_schema(kind: &PostType) -> &'static [Param] {
    if kind.has("excerpt") { READ } else { &READ[..1] }
}

pub(crate) fn read(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let post = find(state, params)?;
    let link = format!("<{}>; rel=\"alternate\"; type=text/html", state.permalink(post));
    let body = linked(state, caller, post, params);
    Ok(RestResponse::ok(body).with("Link", link))
}

/// The post with its links, in the requested context.
pub(in crate::resources) fn linked(state: &State, caller: &Caller, post: &Post, params: &Params) -> Value {
    linked_in(state, caller, post, params.context(), params)
}

pub(in crate::resources) fn linked_in(
    state: &State,
    caller: &Caller,
    post: &Post,
    context: Context,
    params: &Params,
) -> Value {
    let mut view = item(state, caller, post, context, params);
    view["_links"] = links(state, caller, post, context);
    view
}

/// The post without its links, as in `previous` of a deletion.
pub(in crate::resources) fn item(
    state: &State,
    caller: &Caller,
    post: &Post,
    context: Context,
    params: &Params,
) -> Value {
    let is_image = post.file.as_ref().is_some_and(|file| file.pixels.is_some());
    let has = |name: &str| {
        COMMON.contains(&name) || (post.kind.has(name) && (is_image || !OF_IMAGES.contains(&name)))
    };
    let shown = FIELDS.iter().filter(|(name, contexts)| contexts.contains(context.letter()) && has(name));
    let mut item = Map::new();
    for (name, _) in shown {
        item.insert((*name).to_owned(), value(state, caller, post, context, params, name));
        if *name == "meta" {
            for taxonomy in post.kind.taxonomies {
                let ids: Vec<u64> = terms(state, post, taxonomy.name).map(|term| term.id).collect();
                item.insert(taxonomy.base.to_owned(), json!(ids));
            }
        }
    }
    Value::Object(item)
}

fn value(
    state: &State,
    caller: &Caller,
    post: &Post,
    context: Context,
    params: &Params,
    name: &str,
) -> Value {
    let edit = context == Context::Edit;
    // `raw` comes first, for users who may edit the post.
    let text = |raw: &str, rendered: String| {
        if edit { json!({ "raw": raw, "rendered": rendered }) } else { json!({ "rendered": rendered }) }
    };
    // A protected text is visible with the password, and to users who may edit the post.
    let locked = !post.password.is_empty()
        && params.text("password").as_deref() != Some(post.password.as_str())
        && !(edit && rights::can_edit(state, caller, post));
    let protect = |rendered: String| if locked { String::new() } else { rendered };
    match name {
        "id" => json!(post.id),
        "date" => json!(clock::text(state.local(post.date))),
        "date_gmt" => json!(clock::text(post.date)),
        "guid" => {
            let guid = json!({ "rendered": post.guid });
            if edit { json!({ "rendered": post.guid, "raw": post.guid }) } else { guid }
        }
        "modified" => json!(clock::text(state.local(post.modified))),
        "modified_gmt" => json!(clock::text(post.modified)),
        "password" => json!(post.password),
        "slug" => json!(post.slug),
        "status" => json!(post.status),
        "type" => json!(post.kind.name),
        "link" => json!(state.permalink(post)),
        "title" => text(&post.title, render::texturize(post.title.trim())),
        "content" => {
            let mut shown = text(&post.content, protect(render::content(&post.content)));
            shown["protected"] = json!(!post.password.is_empty());
            if edit {
                shown["block_version"] = json!(u8::from(render::has_blocks(&post.content)));
            }
            shown
        }
        "excerpt" => {
            let words = params.size("excerpt_length", EXCERPT_WORDS);
            let rendered = render::excerpt(&post.excerpt, &post.content, words);
            let mut excerpt = text(&post.excerpt, protect(rendered));
            excerpt["protected"] = json!(!post.password.is_empty());
            excerpt
        }
        "author" => json!(post.author),
        "featured_media" => json!(post.featured_media),
        "parent" => json!(post.parent),
        "menu_order" => json!(post.menu_order),
        "comment_status" => json!(post.comment_status),
        "ping_status" => json!(post.ping_status),
        "sticky" => json!(post.sticky),
        "template" => json!(""),
        "format" => json!(post.format),
        "meta" if post.kind.meta.is_empty() => json!([]),
        "meta" => {
            let field = |(name, kind): &(&str, MetaType)| {
                let value = post.meta.get(*name).cloned().unwrap_or_else(|| kind.default().1);
                ((*name).to_owned(), value)
            };
            Value::Object(post.kind.meta.iter().map(field).collect())
        }
        "permalink_template" => json!(match post.status.as_str() {
            "trash" => state.site.plain_post(post),
            _ if post.kind.hierarchical => state.permalink_with(post, "%pagename%"),
            _ => state.permalink_with(post, "%postname%"),
        }),
        "generated_slug" => json!(decode(&free_slug(state, post, &post.title))),
        "class_list" => json!(classes(state, post)),
        name => post.file.as_ref().map_or(Value::Null, |file| media::field(state, post, file, edit, name)),
    }
}

/// The result of `get_post_class`, for which no password was sent.
fn classes(state: &State, post: &Post) -> Vec<String> {
    let name = post.kind.name;
    let mut classes = vec![
        format!("post-{}", post.id),
        name.into(),
        format!("type-{name}"),
        format!("status-{}", post.status),
    ];
    if post.kind.has("format") {
        classes.push(format!("format-{}", post.format));
    }
    let locked = !post.password.is_empty();
    classes.extend(locked.then(|| "post-password-required".into()));
    if post.featured_media != 0 && !locked && !post.kind.is(&kinds::ATTACHMENT) {
        classes.push("has-post-thumbnail".into());
    }
    classes.push("hentry".into());
    for taxonomy in post.kind.taxonomies {
        let kind = if taxonomy.name == "post_tag" { "tag" } else { taxonomy.name };
        let class = |term: &Term| match html_class(&term.slug) {
            class if class.parse::<f64>().is_ok() || class.trim_matches('-').is_empty() => {
                format!("{kind}-{}", term.id)
            }
            class => format!("{kind}-{class}"),
        };
        classes.extend(terms(state, post, taxonomy.name).map(class));
    }
    // Formats are terms as well.
    if post.kind.has("format") && post.format != "standard" {
        classes.push(format!("post_format-post-format-{}", post.format));
    }
    classes
}

/// `sanitize_html_class`: without escapes, and without what a class cannot have.
fn html_class(slug: &str) -> String {
    let mut parts = slug.split('%');
    let first = parts.next().unwrap_or_default();
    let parts = parts.map(|part| part.get(2..).unwrap_or_default());
    let is_of_class = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    std::iter::once(first).chain(parts).flat_map(str::chars).filter(is_of_class).collect()
}

fn links(state: &State, caller: &Caller, post: &Post, context: Context) -> Value {
    let (id, site, kind) = (post.id, &state.site, post.kind);
    let own = site.rest(&route(post));
    let about = |route: &str, query: &str| site.rest_with(route, &format!("{query}={id}"));
    let mut links = Map::new();
    let mut add = |rel: &str, link: Value| {
        links.insert(rel.to_owned(), link);
    };
    let is_media = kind.is(&kinds::ATTACHMENT);
    add("self", json!([self_link(state, caller, &route(post))]));
    add("collection", json!([{ "href": site.rest(&format!("/wp/v2/{}", kind.base)) }]));
    add("about", json!([{ "href": site.rest(&format!("/wp/v2/types/{}", kind.name)) }]));
    if post.author != 0 && kind.has("author") {
        let author = site.rest(&format!("/wp/v2/users/{}", post.author));
        add("author", json!([{ "embeddable": true, "href": author }]));
    }
    if kind.has("comment_status") {
        add("replies", json!([{ "embeddable": true, "href": about("/wp/v2/comments", "post") }]));
    }
    if !is_media {
        let revisions = format!("{own}/revisions");
        add("version-history", json!([{ "count": post.revisions.len(), "href": revisions }]));
        if let Some(last) = post.revisions.last() {
            let href = format!("{revisions}/{}", last.id);
            add("predecessor-version", json!([{ "id": last.id, "href": href }]));
        }
    }
    if kind.hierarchical && post.parent != 0 {
        let up = site.rest(&format!("/wp/v2/{}/{}", kind.base, post.parent));
        add("up", json!([{ "embeddable": true, "href": up }]));
    }
    if let Some(parent) = state.posts.get(&post.parent).filter(|_| is_media) {
        let (href, kind, id) = (site.rest(&route(parent)), parent.kind.name, parent.id);
        add("wp:attached-to", json!([{ "embeddable": true, "post_type": kind, "id": id, "href": href }]));
    }
    if post.featured_media != 0 {
        let image = site.rest(&format!("/wp/v2/media/{}", post.featured_media));
        add("wp:featuredmedia", json!([{ "embeddable": true, "href": image }]));
    }
    if !is_media {
        add("wp:attachment", json!([{ "href": about("/wp/v2/media", "parent") }]));
    }
    if !kind.taxonomies.is_empty() {
        let link = |taxonomy: &&kinds::Taxonomy| {
            let href = about(&format!("/wp/v2/{}", taxonomy.base), "post");
            json!({ "taxonomy": taxonomy.name, "embeddable": true, "href": href })
        };
        add("wp:term", kind.taxonomies.iter().map(link).collect());
    }
    if context == Context::Edit {
        for action in actions(caller, post) {
            add(&format!("wp:action-{action}"), json!([{ "href": own }]));
        }
    }
    if links.keys().any(|rel| rel.starts_with("wp:")) {
        let curies = json!([{ "name": "wp", "href": "https://api.w.org/{rel}", "templated": true }]);
        links.insert("curies".to_owned(), curies);
    }
    Value::Object(links)
}

/// The actions that an editor screen may offer to this user.
fn actions(caller: &Caller, post: &Post) -> Vec<String> {
    let kind = post.kind;
    let can = |action: &str| caller.can(&kind.cap(action));
    let is_media = kind.is(&kinds::ATTACHMENT);
    let mut actions = Vec::new();
    let mut add = |may: bool, action: &str| actions.extend(may.then(|| action.to_owned()));
    add(!is_media && can("publish"), "publish");
    add(caller.can("unfiltered_html"), "unfiltered-html");
    add(kind.has("sticky") && can("edit_others") && can("publish"), "sticky");
    add(kind.has("author") && can("edit_others"), "assign-author");
    for taxonomy in kind.taxonomies {
        let create = if taxonomy.hierarchical { "manage_categories" } else { "edit_posts" };
        add(caller.can(create), &format!("create-{}", taxonomy.base));
        add(caller.can("edit_posts"), &format!("assign-{}", taxonomy.base));
    }
    actions
}
