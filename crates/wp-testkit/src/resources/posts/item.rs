//! A post of a request: its record, route and slug.

use crate::{
    http::Error,
    state::{Post, State, text},
};

/// The formats of a post.
pub(super) const FORMATS: &[&str] =
    &["standard", "aside", "chat", "gallery", "link", "image", "quote", "status", "video", "audio"];

pub(super) fn find(state: &State, id: u64) -> Result<&Post, Error> {
    let unknown = || Error::new(404, "rest_post_invalid_id", "Invalid post ID.");
    state.posts.get(&id).ok_or_else(unknown)
}

pub(super) fn route(id: u64) -> String {
    format!("/wp/v2/posts/{id}")
}

/// A unique slug for this post; its id if the text has no usable characters.
pub(super) fn free_slug(state: &State, post: &Post, text: &str) -> String {
    let slug = text::slug(text);
    let slug = if slug.is_empty() { post.id.to_string() } else { slug };
    let taken = |slug: &str| state.posts.values().any(|other| other.id != post.id && other.slug == slug);
    text::unique(&slug, taken)
}
