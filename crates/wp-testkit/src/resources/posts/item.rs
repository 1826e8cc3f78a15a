//! A post of a request: its record, route and slug.

use crate::{
    http::Error,
    rest::Params,
    state::{Post, State, Term, kinds::ATTACHMENT, text},
};

/// The formats of a post.
pub(in crate::resources) const FORMATS: &[&str] =
    &["standard", "aside", "chat", "gallery", "link", "image", "quote", "status", "video", "audio"];

pub(in crate::resources) fn find<'a>(state: &'a State, params: &Params) -> Result<&'a Post, Error> {
    let unknown = || Error::new(404, "rest_post_invalid_id", "Invalid post ID.");
    let post = state.posts.get(&params.id("id")).filter(|post| post.kind.is(params.post_type()));
    post.ok_or_else(unknown)
}

pub(in crate::resources) fn route(post: &Post) -> String {
    format!("/wp/v2/{}/{}", post.kind.base, post.id)
}

/// The terms of a post in one taxonomy, by name.
pub(super) fn terms<'a>(
    state: &'a State,
    post: &'a Post,
    taxonomy: &str,
) -> impl Iterator<Item = &'a Term> + use<'a> {
    let own = post.terms.iter().filter_map(|id| state.terms.get(id));
    let mut all: Vec<&Term> = own.filter(|term| term.taxonomy == taxonomy).collect();
    all.sort_by_key(|term| term.name.to_lowercase());
    all.into_iter()
}

/// A unique slug for this post; its id if the text has no usable characters.
pub(in crate::resources) fn free_slug(state: &State, post: &Post, text: &str) -> String {
    let slug = text::slug(text);
    let slug = if slug.is_empty() { post.id.to_string() } else { slug };
    // These are parts of other addresses: of feeds, and of the pages of a page.
    let reserved = |slug: &str| {
        let number = slug.strip_prefix("page").unwrap_or(slug);
        let is_page =
            post.kind.hierarchical && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        is_page || matches!(slug, "feed" | "rdf" | "rss" | "rss2" | "atom" | "embed")
    };
    let taken = |slug: &str| {
        let is_near = |other: &&Post| {
            let is_of_kind = other.kind.is(post.kind);
            let is_rival = if post.kind.is(&ATTACHMENT) {
                // No post of any type has the slug of a file that comes later.
                true
            } else if post.kind.hierarchical {
                (is_of_kind || other.kind.is(&ATTACHMENT)) && other.parent == post.parent
            } else {
                is_of_kind
            };
            other.id != post.id && is_rival
        };
        reserved(slug) || state.posts.values().filter(is_near).any(|other| other.slug == slug)
    };
    text::unique(&slug, taken)
}
