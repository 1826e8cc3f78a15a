//! The core of a WordPress REST API client: models, errors, addresses, and the contracts ([`Transport`], [`Clock`])
//! through which the other crates reach a server. The crate does no I/O and has no runtime of its own.
//!
//! | to do this | use |
//! |---|---|
//! | to plug in an HTTP client | [`Transport`], [`Body`], [`TransportError`] |
//! | to send a form with files | [`Multipart`] |
//! | the address of a route | [`ApiRoot`], [`Route`], [`Query`] |
//! | to discover the API of a site | [`discovery`] |
//! | to read a response | [`response::read`], [`ApiError`], [`ErrorCode`], [`ErrorOrigin`] |
//! | to protect secrets | [`check_exposure`], [`Secrets`], [`headers`], [`show`] |
//! | the types of the API | [`models`], [`Id`], [`SiteTime`], [`GmtTime`] |
//! | to deserialize PHP's JSON into your own types | [`php`] |
//!
//! Facts about WordPress in these docs were observed on WordPress 6.2 to 7.1.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[macro_use]
mod model;

mod address;
pub mod discovery;
mod error;
mod json_text;
pub mod models;
pub mod php;
mod redact;
pub mod response;
mod site;
mod totals;
mod transport;

pub use address::api_root::{ApiRoot, is_this_machine};
pub use address::host::normal_host;
pub use address::last_slash::differ_by_last_slash;
pub use address::query::Query;
pub use address::route::Route;
pub use async_trait::async_trait;
pub use error::api_error::{ApiError, Param};
pub use error::envelope::ErrorOrigin;
pub use error::error_code::ErrorCode;
pub use error::request_error::RequestError;
pub use model::id::Id;
pub use model::name::Name;
pub use model::natural_key::{KeyFields, NaturalKey};
pub use model::open_enum::Unknown;
pub use model::resource::{
    Autosaves, BatchKind, Create, Delete, Get, Key, Listed, Modified, ModifiedAfter, Nested, Paged, PostType,
    Protected, Resource, Revisions, Rooted, Singleton, Trash, Update, filters,
};
pub use model::time::{GmtTime, SiteTime, TimeError, http_date, retry_after};
pub use models::context::{Context, Edit, View};
pub use redact::secrets::Secrets;
pub use redact::{headers, show};
pub use site::Site;
pub use totals::Totals;
pub use transport::body::{Body, BoxError, pieces};
pub use transport::clock::Clock;
pub use transport::exposure::check_exposure;
pub use transport::multipart::Multipart;
pub use transport::retry::{Attempts, GiveUpReason};
pub use transport::shared_limit::{Admission, SharedLimit};
pub use transport::{Transport, TransportError, TransportErrorKind, extensions, layer, retry};

/// The README's programs compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
