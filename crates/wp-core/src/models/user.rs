//! Users.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Meta;
use crate::{GmtTime, Id, Resource, php};

/// The id of a user.
pub type UserId = Id<User>;

/// A user.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// The name that they show.
    pub name: String,
    /// Their own site.
    #[serde(default, deserialize_with = "php::string")]
    pub url: String,
    /// What they say of themselves.
    #[serde(default, deserialize_with = "php::string")]
    pub description: String,
    /// The address of their archive.
    #[serde(default, deserialize_with = "php::string")]
    pub link: String,
    /// Their name in URLs.
    #[serde(default, deserialize_with = "php::string")]
    pub slug: String,
    /// Addresses of their picture by its width in pixels. Empty when the site shows none.
    #[serde(default, deserialize_with = "php::strings")]
    pub avatar_urls: BTreeMap<String, String>,
    /// Registered meta fields.
    #[serde(default, deserialize_with = "php::map")]
    pub meta: Meta,

    /// The login name; only in the context `edit`, like all that follows.
    #[serde(default)]
    pub username: Option<String>,
    /// The first name.
    #[serde(default)]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(default)]
    pub last_name: Option<String>,
    /// The nickname.
    #[serde(default)]
    pub nickname: Option<String>,
    /// The e-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// The language of their dashboard: `en_US`.
    #[serde(default)]
    pub locale: Option<String>,
    /// Their roles: `editor`. `None` outside the context `edit`; empty for a user without a role.
    #[serde(default)]
    pub roles: Option<Vec<String>>,
    /// When they registered.
    #[serde(default, deserialize_with = "php::gmt_time")]
    pub registered_date: Option<GmtTime>,
    /// What they may do, and whether.
    #[serde(default, deserialize_with = "php::flags")]
    pub capabilities: BTreeMap<String, bool>,
}

impl Resource for User {
    type Id = UserId;
    const ROUTE: &'static str = "/wp/v2/users";
}
