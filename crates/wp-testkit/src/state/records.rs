//! What WordPress keeps in its database.

use jiff::{Timestamp, civil::DateTime};

#[derive(Debug)]
pub(crate) struct ApiKey {
    pub(crate) header: String,
    pub(crate) value: String,
    pub(crate) login: String,
}

#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: u64,
    pub(crate) login: String,
    pub(crate) password: String,
    pub(crate) email: String,
    pub(crate) role: String,
    pub(crate) name: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) nickname: String,
    pub(crate) url: String,
    pub(crate) description: String,
    pub(crate) locale: String,
    pub(crate) slug: String,
    pub(crate) registered: Timestamp,
    pub(crate) app_passwords: Vec<AppPassword>,
}

#[derive(Debug, Clone)]
pub(crate) struct AppPassword {
    pub(crate) uuid: String,
    pub(crate) app_id: String,
    pub(crate) name: String,
    /// Without spaces.
    pub(crate) password: String,
    pub(crate) created: Timestamp,
    pub(crate) last_used: Option<Timestamp>,
}

#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) id: u64,
    pub(crate) author: u64,
    pub(crate) status: String,
    /// In UTC.
    pub(crate) date: DateTime,
    /// A draft without a date: it gets the date of its last change.
    pub(crate) floating: bool,
    pub(crate) modified: DateTime,
    pub(crate) guid: String,
    pub(crate) slug: String,
    pub(crate) title: String,
    pub(crate) content: String,
    pub(crate) excerpt: String,
    pub(crate) password: String,
    pub(crate) comment_status: String,
    pub(crate) ping_status: String,
    pub(crate) format: String,
    pub(crate) footnotes: String,
    pub(crate) sticky: bool,
    pub(crate) categories: Vec<u64>,
    pub(crate) tags: Vec<u64>,
    pub(crate) revisions: Vec<u64>,
    /// The status and slug of the post before it was moved to the trash.
    pub(crate) before_trash: Option<(String, String)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Term {
    pub(crate) id: u64,
    /// `category` or `post_tag`.
    pub(crate) taxonomy: &'static str,
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) description: String,
    pub(crate) parent: u64,
}
