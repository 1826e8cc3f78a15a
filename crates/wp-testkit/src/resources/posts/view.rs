//! A post as JSON.

use serde_json::{Map, Value, json};

use super::{
    super::render,
    item::{find, free_slug, route},
    rights,
};
use crate::{
    http::{Error, RestResponse},
    rest::{
        Caller,
        params::{CONTEXT, Context, Kind, Param, Params, param},
        route::self_link,
    },
    state::{Post, State, clock},
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
    ("featured_media", "vem"),
    ("comment_status", "ve"),
    ("ping_status", "ve"),
    ("sticky", "ve"),
    ("template", "ve"),
    ("format", "ve"),
    ("meta", "ve"),
    ("categories", "ve"),
    ("tags", "ve"),
    ("permalink_template", "e"),
    ("generated_slug", "e"),
    ("class_list", "ve"),
];

/// The number of words in an automatic excerpt.
const EXCERPT_WORDS: usize = 55;

pub(crate) const READ: &[Param] =
    &[CONTEXT, param("excerpt_length", Kind::Int), param("password", Kind::Text)];

pub(crate) fn read(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let post = find(state, params.id("id"))?;
    let link = format!("<{}>; rel=\"alternate\"; type=text/html", state.permalink(post));
    let body = linked(state, caller, post, params);
    Ok(RestResponse::ok(body).with("Link", link))
}

/// The post with its links, in the requested context.
pub(super) fn linked(state: &State, caller: &Caller, post: &Post, params: &Params) -> Value {
    linked_in(state, caller, post, params.context(), params)
}

pub(super) fn linked_in(
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
pub(super) fn item(state: &State, caller: &Caller, post: &Post, context: Context, params: &Params) -> Value {
    let shown = FIELDS.iter().filter(|(_, contexts)| contexts.contains(context.letter()));
    let field = |name: &str| (name.to_owned(), value(state, caller, post, context, params, name));
    Value::Object(shown.map(|(name, _)| field(name)).collect())
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
        && !(edit && rights::can_edit(caller, post));
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
        "type" => json!("post"),
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
        // The site has no media.
        "featured_media" => json!(0),
        "comment_status" => json!(post.comment_status),
        "ping_status" => json!(post.ping_status),
        "sticky" => json!(post.sticky),
        "template" => json!(""),
        "format" => json!(post.format),
        "meta" => json!({ "footnotes": post.footnotes }),
        "categories" => json!(post.categories),
        "tags" => json!(post.tags),
        "permalink_template" => json!(match post.status.as_str() {
            "trash" => state.site.plain_post(post.id),
            _ => state.permalink_with(post, "%postname%"),
        }),
        "generated_slug" => json!(free_slug(state, post, &post.title)),
        "class_list" => json!(classes(state, post, locked)),
        _ => Value::Null,
    }
}

/// The result of `get_post_class`.
fn classes(state: &State, post: &Post, locked: bool) -> Vec<String> {
    let mut classes = vec![
        format!("post-{}", post.id),
        "post".into(),
        "type-post".into(),
        format!("status-{}", post.status),
        format!("format-{}", post.format),
    ];
    if !post.password.is_empty() {
        let class = if locked { "post-password-required" } else { "post-password-protected" };
        classes.push(class.into());
    }
    classes.push("hentry".into());
    for (kind, ids) in [("category", &post.categories), ("tag", &post.tags)] {
        let terms = ids.iter().filter_map(|id| state.terms.get(id));
        classes.extend(terms.map(|term| format!("{kind}-{}", term.slug)));
    }
    classes
}

fn links(state: &State, caller: &Caller, post: &Post, context: Context) -> Value {
    let (id, site) = (post.id, &state.site);
    let own = site.rest(&route(id));
    let about = |route: &str, query: &str| site.rest_with(route, &format!("{query}={id}"));
    let mut links = Map::new();
    let mut add = |rel: &str, link: Value| {
        links.insert(rel.to_owned(), link);
    };
    add("self", json!([self_link(state, caller, &route(id))]));
    add("collection", json!([{ "href": site.rest("/wp/v2/posts") }]));
    add("about", json!([{ "href": site.rest("/wp/v2/types/post") }]));
    if post.author != 0 {
        let author = site.rest(&format!("/wp/v2/users/{}", post.author));
        add("author", json!([{ "embeddable": true, "href": author }]));
    }
    add("replies", json!([{ "embeddable": true, "href": about("/wp/v2/comments", "post") }]));
    let revisions = site.rest(&format!("/wp/v2/posts/{id}/revisions"));
    add("version-history", json!([{ "count": post.revisions.len(), "href": revisions }]));
    if let Some(last) = post.revisions.last() {
        let href = site.rest(&format!("/wp/v2/posts/{id}/revisions/{last}"));
        add("predecessor-version", json!([{ "id": last, "href": href }]));
    }
    add("wp:attachment", json!([{ "href": about("/wp/v2/media", "parent") }]));
    add(
        "wp:term",
        json!([
            { "taxonomy": "category", "embeddable": true, "href": about("/wp/v2/categories", "post") },
            { "taxonomy": "post_tag", "embeddable": true, "href": about("/wp/v2/tags", "post") },
        ]),
    );
    if context == Context::Edit {
        let allowed = ACTIONS.iter().filter(|(_, needs)| needs.iter().all(|need| caller.can(need)));
        for (action, _) in allowed {
            add(&format!("wp:action-{action}"), json!([{ "href": own }]));
        }
    }
    add("curies", json!([{ "name": "wp", "href": "https://api.w.org/{rel}", "templated": true }]));
    Value::Object(links)
}

/// The actions that an editor screen may offer, with the capabilities that they require.
const ACTIONS: &[(&str, &[&str])] = &[
    ("publish", &["publish_posts"]),
    ("unfiltered-html", &["unfiltered_html"]),
    ("sticky", &["edit_others_posts", "publish_posts"]),
    ("assign-author", &["edit_others_posts"]),
    ("create-categories", &["manage_categories"]),
    ("assign-categories", &["edit_posts"]),
    ("create-tags", &["edit_posts"]),
    ("assign-tags", &["edit_posts"]),
];
