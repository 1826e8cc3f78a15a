//! Pages of a list.

use serde_json::Value;

use crate::{
    http::RestResponse,
    rest::Params,
    state::site::{Permalinks, Site},
};

/// How a list handles `offset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offset {
    Ignored,
    /// The links to other pages count from the page that it is on.
    Linked,
    Unlinked,
}

/// A page of anything but posts: past the end it is empty, not an error.
pub(super) fn page<T>(
    site: &Site,
    route: &str,
    params: &Params,
    offset: Offset,
    found: &[T],
    view: impl Fn(&T) -> Value,
) -> RestResponse {
    readable(site, route, params, offset, found, |item| Some(view(item)))
}

/// The same, of which the user may not read all.
pub(super) fn readable<T>(
    site: &Site,
    route: &str,
    params: &Params,
    offset: Offset,
    found: &[T],
    view: impl Fn(&T) -> Option<Value>,
) -> RestResponse {
    let (number, per_page) = (params.size("page", 1), params.size("per_page", 10));
    let start = match params.size("offset", 0) {
        skipped if skipped > 0 && offset != Offset::Ignored => skipped,
        _ => (number - 1).saturating_mul(per_page),
    };
    let number = if offset == Offset::Linked { start.div_ceil(per_page) + 1 } else { number };
    let count = found.len().div_ceil(per_page);
    let items = found.iter().skip(start).take(per_page).filter_map(view).collect();
    let response = RestResponse::page(items, found.len(), count);
    match links(site, route, params, number, count) {
        Some(link) => response.with("Link", link),
        None => response,
    }
}

/// The `Link` header of a page, with the previous and the next page if they exist.
pub(super) fn links(site: &Site, route: &str, params: &Params, page: usize, pages: usize) -> Option<String> {
    let link = |to: usize, rel: &str| {
        let plain = site.permalinks == Permalinks::Plain;
        let query = params.query_of_page(to, plain.then_some("rest_route"));
        let url = site.rest_with(route, &query);
        format!("<{url}>; rel=\"{rel}\"")
    };
    // Past the end, the previous page is the last one, even if that is page 0.
    let previous = (page > 1).then(|| link((page - 1).min(pages), "prev"));
    let next = (page < pages).then(|| link(page + 1, "next"));
    let links: Vec<String> = previous.into_iter().chain(next).collect();
    (!links.is_empty()).then(|| links.join(", "))
}
