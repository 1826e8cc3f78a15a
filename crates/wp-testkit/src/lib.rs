//! A stateful WordPress stand-in, in process, over real sockets, for tests.
//!
//! [`StandIn`] responds like a stock WordPress 7.1: discovery, the index, one of five token plugins (see
//! [`Plugin`]) with real tokens, application passwords, posts, pages, revisions, media, comments, users, tags,
//! categories, search, settings and batches, with their capabilities, headers and errors, and post types that a
//! test registers (see [`PostType`]). Its responses are compared with those of real servers, not with the client
//! that is tested against it: this crate does not depend on another crate of the workspace. What WordPress has and
//! the stand-in lacks is refused with 501 `stand_in_not_served`.
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
//! The modules are layers: each uses only the ones before it in this list, and `cargo xtask tidy` checks that.
//!
//! 1. `http`: the parameters of a request; responses and errors of the API. It does not know the site.
//! 2. `front`: the servers between the socket and WordPress: a cache, a firewall, the host's own password.
//! 3. `state`: all data that persists between requests, and the first content of the site.
//! 4. `rest`: what WordPress offers to every endpoint: checked parameters, routes, and the user of a request.
//! 5. `resources`: the endpoints of WordPress itself, such as posts and users, and its pages.
//! 6. `plugins`: the token plugins, one file each.
//! 7. `server`: sockets, the table of routes, and the way of a request: `front`, authentication, route, handler.
//! 8. `post_type`, `builder`, `hold` and `stand_in`: what a test uses.

#![cfg_attr(docsrs, feature(doc_cfg))]
// Handlers and permission checks are in one table, so all of them have the same signature, even those that cannot
// fail.
#![allow(clippy::unnecessary_wraps)]

mod builder;
mod front;
mod hold;
mod http;
mod plugins;
mod post_type;
mod resources;
mod rest;
mod server;
mod stand_in;
mod state;

pub use builder::Builder;
pub use front::{CacheKey, Firewall, HeaderPath, Noise};
pub use hold::Hold;
pub use post_type::PostType;
pub use stand_in::StandIn;
pub use state::{
    counts::Counts,
    kinds::MetaType,
    log::Entry,
    plugin::{MiniOrange, Plugin, SimpleJwtLogin},
    refusal::Refusal,
    site::Permalinks,
    tokens::SignInFailure,
};
#[doc(no_inline)]
pub use wiremock;

/// The README's programs compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
