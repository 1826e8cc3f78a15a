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

mod api_error;
mod api_root;
mod body;
mod clock;
pub mod discovery;
mod envelope;
mod error_code;
mod exposure;
pub mod extensions;
pub mod headers;
mod host;
mod html;
mod id;
mod last_slash;
pub mod layer;
pub mod response;
#[macro_use]
mod open_enum;
#[macro_use]
mod model;
pub mod models;
mod multipart;
mod pasted;
mod percent;
pub mod php;
mod query;
mod request_error;
mod resource;
pub mod retry;
mod route;
mod secrets;
pub mod show;
mod site;
mod spelling;
mod time;
mod totals;
mod transport;

pub use api_error::{ApiError, Param};
pub use api_root::{ApiRoot, is_this_machine};
pub use async_trait::async_trait;
pub use body::{Body, BoxError, pieces};
pub use clock::Clock;
pub use envelope::ErrorOrigin;
pub use error_code::ErrorCode;
pub use exposure::check_exposure;
pub use host::normal_host;
pub use id::Id;
pub use last_slash::differ_by_last_slash;
pub use multipart::Multipart;
pub use open_enum::Unknown;
pub use query::Query;
pub use request_error::RequestError;
pub use resource::{Create, Resource, Trash, Update};
pub use retry::{Attempts, GiveUpReason};
pub use route::Route;
pub use secrets::Secrets;
pub use site::Site;
pub use time::{GmtTime, SiteTime, TimeError, http_date, retry_after};
pub use totals::Totals;
pub use transport::{Transport, TransportError, TransportErrorKind};

/// The README's programs compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
