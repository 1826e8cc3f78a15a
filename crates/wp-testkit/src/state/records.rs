//! The records of WordPress's database.

use std::sync::Arc;

use jiff::{Timestamp, civil::DateTime};
use serde_json::{Map, Value};

use super::kinds::PostType;

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
    pub(crate) kind: &'static PostType,
    pub(crate) id: u64,
    /// The page above it, or the post that an attachment belongs to.
    pub(crate) parent: u64,
    pub(crate) menu_order: i64,
    pub(crate) featured_media: u64,
    pub(crate) meta: Map<String, Value>,
    /// Of an attachment.
    pub(crate) file: Option<Attached>,
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
    pub(crate) sticky: bool,
    /// Of all taxonomies.
    pub(crate) terms: Vec<u64>,
    pub(crate) revisions: Vec<Revision>,
    /// The status and slug of the post before it was moved to the trash.
    pub(crate) before_trash: Option<(String, String)>,
}

/// The texts of a post after one of its updates.
#[derive(Debug, Clone)]
pub(crate) struct Revision {
    pub(crate) id: u64,
    /// Who made the update.
    pub(crate) author: u64,
    /// In UTC.
    pub(crate) date: DateTime,
    pub(crate) title: String,
    pub(crate) content: String,
    pub(crate) excerpt: String,
}

/// The file of an attachment.
#[derive(Debug, Clone)]
pub(crate) struct Attached {
    /// Below the directory of uploads.
    pub(crate) path: String,
    pub(crate) mime_type: String,
    pub(crate) bytes: Arc<Vec<u8>>,
    /// Width and height of an image.
    pub(crate) pixels: Option<(u32, u32)>,
    pub(crate) alt_text: String,
    /// Whether its smaller copies were made.
    pub(crate) sub_sizes: bool,
}

impl Post {
    pub(crate) fn new(kind: &'static PostType, author: u64, date: DateTime) -> Self {
        Self {
            kind,
            id: 0,
            parent: 0,
            menu_order: 0,
            featured_media: 0,
            meta: Map::new(),
            file: None,
            author,
            status: "draft".into(),
            date,
            floating: true,
            modified: date,
            guid: String::new(),
            slug: String::new(),
            title: String::new(),
            content: String::new(),
            excerpt: String::new(),
            password: String::new(),
            // Pages are not discussed.
            comment_status: if kind.name == "page" { "closed" } else { "open" }.into(),
            ping_status: if kind.name == "page" { "closed" } else { "open" }.into(),
            format: "standard".into(),
            sticky: false,
            terms: Vec::new(),
            revisions: Vec::new(),
            before_trash: None,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) post: u64,
    pub(crate) parent: u64,
    /// 0 for a visitor.
    pub(crate) author: u64,
    pub(crate) author_name: String,
    pub(crate) author_email: String,
    pub(crate) author_url: String,
    pub(crate) author_ip: String,
    pub(crate) author_user_agent: String,
    /// In UTC.
    pub(crate) date: DateTime,
    pub(crate) content: String,
    /// `approved`, `hold`, `spam` or `trash`.
    pub(crate) status: String,
    /// The status before it was moved to spam or to the trash.
    pub(crate) before: Option<String>,
    /// `comment` or `note`.
    pub(crate) kind: String,
    /// Whether a note resolves or reopens its thread.
    pub(crate) note_status: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Term {
    pub(crate) id: u64,
    /// The name of its taxonomy, such as `post_tag`.
    pub(crate) taxonomy: &'static str,
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) description: String,
    pub(crate) parent: u64,
}
