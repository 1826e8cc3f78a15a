//! The endpoints of WordPress itself, and its pages.

pub(crate) mod app_passwords;
pub(crate) mod comments;
pub(crate) mod files;
pub(crate) mod index;
pub(crate) mod kinds;
mod kses;
pub(crate) mod media;
pub(crate) mod pages;
mod paging;
pub(crate) mod posts;
mod render;
pub(crate) mod search;
pub(crate) mod settings;
pub(crate) mod terms;
pub(crate) mod users;
