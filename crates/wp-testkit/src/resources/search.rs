//! `/wp/v2/search`: published posts, terms, or the formats of posts.

use serde_json::{Value, json};

use super::{
    kinds::capitalized,
    paging,
    posts::{self, route},
    render, terms,
};
use crate::{
    http::{Error, RestResponse},
    rest::{
        Caller,
        params::{Kind, Param, Params, Problem, invalid, param},
        route::self_link,
    },
    state::{
        Post, State, Term,
        kinds::{ATTACHMENT, PostType, TAXONOMIES, TYPES, Taxonomy},
    },
};

pub(crate) const LIST: &[Param] = &[
    param("context", Kind::OneOf(&["view", "embed"])),
    param("page", Kind::AtLeast(1)),
    param("per_page", Kind::Between(1, 100)),
    param("search", Kind::Text),
    param("type", Kind::OneOf(&["post", "term", "post-format"])),
    // What there is depends on the site: checked below.
    param("subtype", Kind::Texts),
    param("exclude", Kind::Ints),
    param("include", Kind::Ints),
];

pub(crate) fn list(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let state = &*state;
    let types: Vec<&PostType> = TYPES.iter().chain(&state.types).copied().collect();
    let types: Vec<&str> = types.iter().filter(|kind| !kind.is(&ATTACHMENT)).map(|kind| kind.name).collect();
    let taxonomies: Vec<&Taxonomy> = TAXONOMIES.iter().chain(&state.taxonomies).copied().collect();
    let taxonomies: Vec<&str> = taxonomies.iter().map(|taxonomy| taxonomy.name).collect();
    let kind = params.text("type").unwrap_or_else(|| "post".into());
    let asked = params.texts("subtype");
    let known: Vec<&str> = types.iter().chain(&taxonomies).copied().chain(["any"]).collect();
    if let Some(at) = asked.iter().position(|name| !known.contains(&name.as_str())) {
        return Err(invalid(vec![("subtype", Problem::choice(&format!("subtype[{at}]"), &known))]));
    }
    let own: &[&str] = match kind.as_str() {
        "term" => &taxonomies,
        "post" => &types,
        _ => &[],
    };
    let any = asked.is_empty() || asked.iter().any(|name| name == "any");
    if !any && !asked.iter().any(|name| own.contains(&name.as_str())) {
        return Err(Error::not_served("a search for subtypes of another type"));
    }
    let is_asked = |name: &str| own.contains(&name) && (any || asked.iter().any(|asked| asked == name));
    let (include, exclude) = (params.ids("include"), params.ids("exclude"));
    let by_id = |id: u64| (include.is_empty() || include.contains(&id)) && !exclude.contains(&id);
    let search = params.text("search").unwrap_or_default();
    let words = search.to_lowercase();

    let found: Vec<Value> = match kind.as_str() {
        "term" => {
            let is_hit = |term: &&Term| {
                let texts = [&term.name.to_lowercase(), &term.slug];
                is_asked(term.taxonomy) && by_id(term.id) && texts.iter().any(|text| text.contains(&words))
            };
            let mut found: Vec<&Term> = state.terms.values().filter(is_hit).collect();
            found.sort_by_key(|term| term.name.to_lowercase());
            found.into_iter().filter_map(|term| term_view(state, caller, term)).collect()
        }
        "post" => {
            let is_hit = |post: &&Post| {
                let is_found = search.is_empty() || posts::hit(&search, caller, params, post);
                post.status == "publish" && is_asked(post.kind.name) && by_id(post.id) && is_found
            };
            let mut found: Vec<&Post> = state.posts.values().filter(is_hit).collect();
            posts::sort(&mut found, if search.is_empty() { "date" } else { "relevance" }, params);
            found.into_iter().map(|post| post_view(state, caller, post)).collect()
        }
        _ => {
            // Those that a post has had.
            let used = posts::FORMATS.iter().filter(|format| state.formats.contains(**format));
            used.filter(|format| format.contains(&words)).map(|format| format_view(state, format)).collect()
        }
    };
    let (page, size) = (params.size("page", 1), params.size("per_page", 10));
    let start = (page - 1).saturating_mul(size);
    // Past the end, posts are not counted.
    let total = if start >= found.len() && kind == "post" { 0 } else { found.len() };
    let pages = total.div_ceil(size);
    if page > pages && total > 0 {
        let message = "The page number requested is larger than the number of pages available.";
        return Err(Error::new(400, "rest_search_invalid_page_number", message));
    }
    let items = found.into_iter().skip(start).take(size).collect();
    let response = RestResponse::page(items, total, pages);
    Ok(match paging::links(&state.site, "/wp/v2/search", params, page, pages) {
        Some(link) => response.with("Link", link),
        None => response,
    })
}

fn with_links(state: &State, caller: &Caller, mut view: Value, own: &str, about: &str) -> Value {
    let site = &state.site;
    let mut own = self_link(state, caller, own);
    own["embeddable"] = json!(true);
    view["_links"] = json!({
        "self": [own],
        "about": [{ "href": site.rest(about) }],
        "collection": [{ "href": site.rest("/wp/v2/search") }],
    });
    view
}

fn post_view(state: &State, caller: &Caller, post: &Post) -> Value {
    let kind = post.kind.name;
    let view = json!({
        "id": post.id,
        "title": render::texturize(post.title.trim()),
        "url": state.permalink(post),
        "type": "post",
        "subtype": kind,
    });
    with_links(state, caller, view, &route(post), &format!("/wp/v2/types/{kind}"))
}

fn term_view(state: &State, caller: &Caller, term: &Term) -> Option<Value> {
    let mut all = TAXONOMIES.iter().chain(&state.taxonomies);
    let taxonomy = all.find(|taxonomy| taxonomy.name == term.taxonomy)?;
    let url = terms::link(taxonomy, state, term);
    let view = json!({ "id": term.id, "title": term.name, "url": url, "type": term.taxonomy });
    let own = format!("/wp/v2/{}/{}", taxonomy.base, term.id);
    Some(with_links(state, caller, view, &own, &format!("/wp/v2/taxonomies/{}", taxonomy.name)))
}

/// A format has no address in the API.
fn format_view(state: &State, format: &str) -> Value {
    json!({
        "id": format,
        "title": capitalized(format),
        "url": state.site.archive("type", "post_format", format, 0),
        "type": "post-format",
        "_links": { "collection": [{ "href": state.site.rest("/wp/v2/search") }] },
    })
}
