//! Addresses: the root of a site's API, routes and queries, in the one spelling that all HTTP stacks leave alone.

pub(crate) mod api_root;
pub(crate) mod host;
pub(crate) mod last_slash;
pub(crate) mod pasted;
pub(crate) mod percent;
pub(crate) mod query;
pub(crate) mod route;
