//! Lists of posts, with the parameters of `WP_Query` that the API supports.

use std::cmp::Ordering;

use jiff::civil::DateTime;
use serde_json::{Value, json};

use super::{
    super::{media, paging},
    item::FORMATS,
    rights, view,
};
use crate::{
    http::{Error, RestResponse},
    rest::{
        Caller,
        params::{CONTEXT, Context, Kind, Param, Params, Problem, invalid, param},
    },
    state::{
        Post, State, clock,
        kinds::{self, PostType},
    },
};

const ORDERS: &[&str] =
    &["author", "date", "id", "include", "modified", "parent", "relevance", "slug", "include_slugs", "title"];

const STATUSES: &[&str] = &[
    "publish",
    "future",
    "draft",
    "pending",
    "private",
    "trash",
    "auto-draft",
    "inherit",
    "request-pending",
    "request-confirmed",
    "request-failed",
    "request-completed",
    "any",
];

const LIST: &[Param] = &[
    CONTEXT,
    param("page", Kind::AtLeast(1)),
    param("per_page", Kind::Between(1, 100)),
    param("search", Kind::Text),
    param("after", Kind::Date),
    param("modified_after", Kind::Date),
    param("author", Kind::Ints),
    param("author_exclude", Kind::Ints),
    param("before", Kind::Date),
    param("modified_before", Kind::Date),
    param("exclude", Kind::Ints),
    param("include", Kind::Ints),
    param("search_semantics", Kind::OneOf(&["exact"])),
    param("offset", Kind::Int),
    param("order", Kind::OneOf(&["asc", "desc"])),
    param("orderby", Kind::OneOf(ORDERS)),
    param("parent", Kind::Ints),
    param("parent_exclude", Kind::Ints),
    param("menu_order", Kind::Int),
    param("search_columns", Kind::SomeOf(&["post_title", "post_content", "post_excerpt"])),
    param("slug", Kind::Texts),
    // Whether the user may request a status is checked below.
    param("status", Kind::Texts),
    param("sticky", Kind::Flag),
    param("ignore_sticky", Kind::Flag),
    param("format", Kind::SomeOf(FORMATS)),
];

const ORDERS_OF_PAGES: &[&str] = &[
    "author",
    "date",
    "id",
    "include",
    "modified",
    "parent",
    "relevance",
    "slug",
    "include_slugs",
    "title",
    "menu_order",
];

/// The parameters of the lists of this type.
pub(crate) fn list_schema(kind: &'static PostType) -> Vec<Param> {
    let is_media = kind.is(&kinds::ATTACHMENT);
    let has = |row: &&Param| match row.name {
        "author" | "author_exclude" => kind.has("author"),
        "parent" | "parent_exclude" => kind.hierarchical || is_media,
        "ignore_sticky" => kind.has("sticky"),
        name @ ("menu_order" | "sticky" | "format") => kind.has(name),
        _ => true,
    };
    let mut rows: Vec<Param> = LIST.iter().filter(has).copied().collect();
    for row in rows.iter_mut().filter(|row| row.name == "orderby" && kind.has("menu_order")) {
        row.kind = Kind::OneOf(ORDERS_OF_PAGES);
    }
    if is_media {
        rows.push(param("media_type", Kind::SomeOf(media::TYPES)));
        rows.push(param("mime_type", Kind::Texts));
    }
    if !kind.taxonomies.is_empty() {
        rows.push(param("tax_relation", Kind::OneOf(&["AND", "OR"])));
    }
    for taxonomy in kind.taxonomies {
        let exclude: &'static str = match taxonomy.base {
            "categories" => "categories_exclude",
            "tags" => "tags_exclude",
            // As long as the registered type.
            base => format!("{base}_exclude").leak(),
        };
        let (with, without): (&[&str], &[&str]) = if taxonomy.hierarchical {
            (&["terms", "include_children", "operator"], &["terms", "include_children"])
        } else {
            (&["terms", "operator"], &["terms"])
        };
        rows.extend([param(taxonomy.base, Kind::Terms(with)), param(exclude, Kind::Terms(without))]);
    }
    rows
}

pub(crate) fn list(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let statuses = statuses(caller, params)?;
    let order = params.text("orderby").unwrap_or_else(|| "date".into());
    if order == "relevance" && params.text("search").is_none_or(|search| search.is_empty()) {
        let message = "You need to define a search term to order by relevance.";
        return Err(Error::new(400, "rest_no_search_term_defined", message));
    }
    if order == "include" && params.ids("include").is_empty() {
        let message = "You need to define an include parameter to order by include.";
        return Err(Error::new(400, "rest_orderby_include_missing_include", message));
    }
    let wanted = |post: &&Post| {
        let status = post.status.as_str();
        let any = statuses.iter().any(|asked| asked == "any") && status != "trash";
        post.kind.is(params.post_type())
            && (any || statuses.iter().any(|asked| asked == status))
            && matches(state, caller, params, post)
    };
    let mut found: Vec<&Post> = state.posts.values().filter(wanted).collect();
    sort(&mut found, &order, params);

    let (page, size) = (params.size("page", 1), params.size("per_page", 10));
    let offset = params.get("offset").map(|_| params.size("offset", 0));
    let start = offset.unwrap_or_else(|| (page - 1).saturating_mul(size));
    let shown: Vec<&Post> = found.iter().skip(start).take(size).copied().collect();
    // An offset past the end hides the total as well: WordPress asks MySQL for it only if there are rows.
    let total = if shown.is_empty() && page == 1 { 0 } else { found.len() };
    let pages = total.div_ceil(size);
    if page > pages && total > 0 {
        let message = "The page number requested is larger than the number of pages available.";
        return Err(Error::new(400, "rest_post_invalid_page_number", message));
    }
    let shown = with_sticky(shown, &found, page, params);
    let edit = params.context() == Context::Edit;
    // Counted but not shown: WordPress checks the permission for each post only now.
    let readable = |post: &&&Post| {
        if edit { rights::can_edit(state, caller, post) } else { rights::can_read(state, caller, post) }
    };
    let items: Vec<Value> =
        shown.iter().filter(readable).map(|post| view::linked(state, caller, post, params)).collect();
    let response = RestResponse::page(items, total, pages);
    Ok(
        match paging::links(&state.site, &format!("/wp/v2/{}", params.post_type().base), params, page, pages)
        {
            Some(link) => response.with("Link", link),
            None => response,
        },
    )
}

/// The statuses of attachments.
const OF_MEDIA: &[&str] = &["inherit", "private", "trash"];

/// The requested statuses. A missing permission is an invalid parameter here, with the actual status inside.
fn statuses(caller: &Caller, params: &Params) -> Result<Vec<String>, Error> {
    let kind = params.post_type();
    let is_media = kind.is(&kinds::ATTACHMENT);
    let (usual, known) = if is_media { ("inherit", OF_MEDIA) } else { ("publish", STATUSES) };
    let asked = params.texts("status");
    let private = caller.can(&kind.cap("read_private"));
    if asked.is_empty() {
        // Without a status, WordPress adds the private posts that the user may read.
        let private = params.get("status").is_some() && private;
        return Ok([Some(usual), private.then_some("private")]
            .into_iter()
            .flatten()
            .map(str::to_owned)
            .collect());
    }
    for (at, status) in asked.iter().enumerate() {
        if status == usual {
            continue;
        }
        let may = caller.can(&kind.cap("edit")) || (status == "private" && private);
        let problem = if !may {
            let data = json!({ "status": caller.denied_status() });
            Problem::new("rest_forbidden_status", "Status is forbidden.".into(), data)
        } else if !known.contains(&status.as_str()) {
            Problem::choice(&format!("status[{at}]"), known)
        } else {
            continue;
        };
        return Err(invalid(vec![("status", problem)]));
    }
    Ok(asked)
}

fn matches(state: &State, caller: &Caller, params: &Params, post: &Post) -> bool {
    let ids = |name: &str| params.ids(name);
    let among = |asked: &[u64], has: &[u64]| asked.is_empty() || has.iter().any(|id| asked.contains(id));
    let without = |asked: &[u64], has: &[u64]| !has.iter().any(|id| asked.contains(id));
    // The ids that an id of a term stands for: itself, and its children if they are requested.
    let with_children = |name: &str, id: u64| -> Vec<u64> {
        if params.inner(name, "include_children") == Some(&json!(true)) {
            state.terms.keys().copied().filter(|child| state.is_within(*child, id)).collect()
        } else {
            vec![id]
        }
    };
    let terms = |name: &str, has: &[u64]| {
        let hits = |id: &u64| with_children(name, *id).iter().any(|id| has.contains(id));
        let all_of = params.inner(name, "operator").is_some_and(|operator| operator == "AND");
        if all_of { ids(name).iter().all(hits) } else { ids(name).iter().any(hits) }
    };
    let mut by_terms = post
        .kind
        .taxonomies
        .iter()
        .filter(|taxonomy| !ids(taxonomy.base).is_empty())
        .map(|taxonomy| terms(taxonomy.base, &post.terms))
        .peekable();
    let by_terms = match params.text("tax_relation").as_deref() {
        Some("OR") if by_terms.peek().is_some() => by_terms.any(|hit| hit),
        _ => by_terms.all(|hit| hit),
    };
    let excluded =
        post.kind.taxonomies.iter().any(|taxonomy| terms(&format!("{}_exclude", taxonomy.base), &post.terms));
    let has_parents = post.kind.hierarchical || post.kind.is(&kinds::ATTACHMENT);
    let date = |name: &str| params.text(name).and_then(|text| instant(state, &text));
    let (slugs, formats) = (params.texts("slug"), params.texts("format"));

    by_terms
        && !excluded
        && (!has_parents || params.get("parent").is_none() || among(&ids("parent"), &[post.parent]))
        && (!has_parents || without(&ids("parent_exclude"), &[post.parent]))
        && (!post.kind.has("menu_order")
            || params.int("menu_order").is_none_or(|order| order == post.menu_order))
        && media::matches(params, post)
        && among(&ids("include"), &[post.id])
        // `WP_Query` has `post__in` or `post__not_in`.
        && (!ids("include").is_empty() || without(&ids("exclude"), &[post.id]))
        && among(&ids("author"), &[post.author])
        && without(&ids("author_exclude"), &[post.author])
        && (slugs.is_empty() || slugs.contains(&post.slug))
        && (formats.is_empty() || formats.contains(&post.format))
        && params.flag("sticky").is_none_or(|sticky| {
            sticky == post.sticky || !sticky && !ids("include").is_empty()
        })
        && date("after").is_none_or(|after| post.date > after)
        && date("before").is_none_or(|before| post.date < before)
        && date("modified_after").is_none_or(|after| post.modified > after)
        && date("modified_before").is_none_or(|before| post.modified < before)
        && params.text("search").is_none_or(|search| hit(&search, caller, params, post))
}

fn instant(state: &State, text: &str) -> Option<DateTime> {
    clock::parse(text).map(|(date, zone)| state.to_utc(date, zone))
}

/// Matches if every word, or quoted phrase, is in the title, the excerpt or the content.
pub(in crate::resources) fn hit(search: &str, caller: &Caller, params: &Params, post: &Post) -> bool {
    // Anonymous requests do not find password-protected posts.
    if caller.user.is_none() && !post.password.is_empty() && !search.is_empty() {
        return false;
    }
    let columns = params.texts("search_columns");
    let texts: Vec<String> =
        [("post_title", &post.title), ("post_excerpt", &post.excerpt), ("post_content", &post.content)]
            .into_iter()
            .filter(|(name, _)| columns.is_empty() || columns.iter().any(|column| column == name))
            .map(|(_, text)| text)
            // Of an attachment also the path of its file.
            .chain(post.file.as_ref().map(|file| &file.path))
            .map(|text| text.to_lowercase())
            .collect();
    let exact = params.text("search_semantics").is_some();
    words(search)
        .iter()
        .all(|word| texts.iter().any(|text| if exact { text == word } else { text.contains(word.as_str()) }))
}

fn words(search: &str) -> Vec<String> {
    let search = search.to_lowercase();
    let mut words = Vec::new();
    for (at, part) in search.split('"').enumerate() {
        // Every other part was between quotes.
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

pub(in crate::resources) fn sort(posts: &mut [&Post], order: &str, params: &Params) {
    let (include, slugs) = (params.ids("include"), params.texts("slug"));
    let place = |post: &Post| include.iter().position(|id| *id == post.id);
    let slug_place = |post: &Post| slugs.iter().position(|slug| *slug == post.slug);
    let search = words(&params.text("search").unwrap_or_default());
    let in_title = |post: &Post| {
        let title = post.title.to_lowercase();
        search.iter().filter(|word| title.contains(word.as_str())).count()
    };
    let compare = |a: &Post, b: &Post| -> Ordering {
        match order {
            "id" => a.id.cmp(&b.id),
            "author" => a.author.cmp(&b.author),
            "modified" => a.modified.cmp(&b.modified),
            "slug" => a.slug.cmp(&b.slug),
            "title" => a.title.to_lowercase().cmp(&b.title.to_lowercase()),
            "relevance" => in_title(a).cmp(&in_title(b)).then(a.date.cmp(&b.date)),
            "parent" => a.parent.cmp(&b.parent),
            "menu_order" => a.menu_order.cmp(&b.menu_order),
            _ => a.date.cmp(&b.date),
        }
        .then(a.id.cmp(&b.id))
    };
    match order {
        // These two have a fixed order that `order` does not reverse.
        "include" => posts.sort_by_key(|post| place(post)),
        "include_slugs" => posts.sort_by_key(|post| slug_place(post)),
        _ if params.text("order").as_deref() == Some("asc") => posts.sort_by(|a, b| compare(a, b)),
        _ => posts.sort_by(|a, b| compare(b, a)),
    }
}

/// `ignore_sticky=false`: sticky posts come first on the first page, even beyond its size.
fn with_sticky<'a>(shown: Vec<&'a Post>, found: &[&'a Post], page: usize, params: &Params) -> Vec<&'a Post> {
    if params.flag("ignore_sticky") != Some(false) || page != 1 {
        return shown;
    }
    let sticky = found.iter().filter(|post| post.sticky).copied();
    sticky.chain(shown.into_iter().filter(|post| !post.sticky)).collect()
}
