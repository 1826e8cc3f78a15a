//! A stateful WordPress stand-in, in process, over real sockets, for tests.
//!
//! [`StandIn`] responds like a stock WordPress 7.1: discovery, the index, one of five token plugins (see
//! [`Plugin`]) with real tokens, application passwords, posts, users, tags and categories, with their
//! capabilities, headers and errors. Its responses were compared with recorded responses of real servers, not
//! with the client that is tested against it: this crate does not depend on another crate of the workspace.
//!
//! ```no_run
//! # async fn example() {
//! use wp_testkit::StandIn;
//!
//! let site = StandIn::start().await;
//! let password = site.application_password("editor");
//! // … point a client at `site.url()` …
//! assert_eq!(site.count("POST", "/wp/v2/posts"), 0);
//! # }
//! ```
//!
//! The users are `admin`, `editor`, `author`, `contributor` and `subscriber`, all with the password
//! `password` and an e-mail address at `example.org`.
//!
//! # Structure
//!
//! A request passes through `server` (which part of the site is requested, and by which user), `router` (the
//! table of routes, and the order of WordPress' checks) and one handler. A handler reads checked `params` and
//! returns an `RestResponse` or an `Error`. All persistent data is in `state`. The differences between the token
//! plugins are in `plugins`, the servers in front of WordPress in `front`.

#![cfg_attr(docsrs, feature(doc_cfg))]
// Handlers and permission checks are in one table, so all of them have the same signature, even those that cannot
// fail.
#![allow(clippy::unnecessary_wraps)]

mod app_passwords;
mod builder;
mod clock;
mod counts;
mod error;
mod front;
mod hold;
mod index;
mod log;
mod pages;
mod params;
mod plugins;
mod posts;
mod render;
mod reply;
mod request;
mod response;
mod roles;
mod router;
mod seed;
mod server;
mod site;
mod stand_in;
mod state;
mod terms;
mod users;
mod wire;

pub use builder::{Builder, Permalinks, SignInFailure};
pub use counts::Counts;
pub use front::{CacheKey, Firewall, HeaderPath, Noise};
pub use hold::Hold;
pub use log::Entry;
pub use plugins::{MiniOrange, Plugin, Refusal, SimpleJwtLogin};
pub use stand_in::StandIn;

/// The README's programs compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
