//! What the straight-line programs decode into: structs of their own with plain derives, of what the site is known to send.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[expect(dead_code, reason = "decoded, and not looked at")]
pub struct User {
    pub id: u64,
    pub name: String,
    url: String,
    description: String,
    link: String,
    slug: String,
    avatar_urls: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "decoded, and not looked at")]
pub struct Post {
    pub id: u64,
    date: String,
    date_gmt: String,
    guid: Rendered,
    modified: String,
    modified_gmt: String,
    slug: String,
    status: Status,
    r#type: String,
    link: String,
    title: Rendered,
    content: Rendered,
    excerpt: Rendered,
    author: u64,
    featured_media: u64,
    comment_status: Open,
    ping_status: Open,
    sticky: bool,
    template: String,
    format: Format,
    categories: Vec<u64>,
    tags: Vec<u64>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "decoded, and not looked at")]
struct Rendered {
    rendered: String,
    #[serde(default)]
    protected: bool,
}

#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Publish,
    Future,
    Draft,
    Pending,
    Private,
    Trash,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Open {
    Open,
    Closed,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    Standard,
    Aside,
    Gallery,
    Link,
    Image,
    Quote,
    Video,
}

#[derive(Serialize)]
pub struct NewPost<'a> {
    pub title: &'a str,
    pub content: &'a str,
    pub status: Status,
}

#[derive(Serialize)]
pub struct Batch<'a> {
    pub requests: Vec<BatchRequest<'a>>,
}

#[derive(Serialize)]
pub struct BatchRequest<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub body: &'a NewPost<'a>,
}

#[derive(Deserialize)]
pub struct Batched {
    pub responses: Vec<BatchResponse>,
}

#[derive(Deserialize)]
pub struct BatchResponse {
    pub status: u16,
    pub body: Post,
}

#[derive(Deserialize)]
pub struct Media {
    pub id: u64,
}
