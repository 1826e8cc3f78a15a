//! Token authentication for the WordPress REST API: token providers, and an identity that caches a token, renews
//! it and keeps at most one token request in flight. The crate contains no HTTP stack and no async runtime:
//! requests go through [`wp_core::Transport`], time comes from [`wp_core::Clock`].
//!
//! | credential | type |
//! |---|---|
//! | a login and a password, with the plugin *JWT Authentication for WP REST API* | [`JwtAuth`] |
//! | ..., with the plugin *API Bearer Auth* | [`ApiBearerAuth`] |
//! | ..., with *WP REST API Authentication* (miniOrange), method JWT | [`MiniOrangeJwt`] |
//! | ..., with the plugin *JWT Auth* (useful-team) | [`UsefulTeamJwt`] |
//! | ..., with *Simple JWT Login* | [`SimpleJwtLogin`] |
//! | ..., with another token plugin | [`Plugin::builder`] |
//! | an application password (built into WordPress) | [`Basic::application_password`] |
//! | a login and a password, with a plugin that accepts them as HTTP Basic | [`Basic::account_password`] |
//! | a fixed token or API key | [`ApiKey`] |
//! | anything else | your own [`TokenProvider`] |
//!
//! An [`Identity`] adds the cache to a provider. [`Authorize`] is a transport that adds the identity's credential
//! to each request and replays a request whose token was refused. With your own HTTP client, call
//! [`Identity::token`] and add the [`Credential`] of the [`Token`] to your requests.
//!
//! A token can outlive its process: as a [`SavedToken`] ([`IdentityBuilder::resume`]), or in a [`TokenStore`]
//! that several processes share ([`IdentityBuilder::store`]). Stores keep tokens in memory ([`MemoryStore`]), in
//! files (`FileStore`, feature `file-store`), or in Redis (crate `wp-auth-redis`).

#![cfg_attr(docsrs, feature(doc_cfg))]

mod admission;
mod api_key;
mod auth_error;
mod authorize;
mod back_off;
mod basic;
mod claims;
mod classify;
mod client_name;
mod consumer_key;
mod cookie;
mod credential;
mod digest;
mod exchange;
mod identity;
mod identity_builder;
mod known_plugins;
mod login;
mod plugin;
mod plugin_login;
mod plugin_providers;
#[cfg(feature = "file-store")]
mod private_dir;
pub mod proof;
mod provider;
mod saved;
mod second_factor;
mod shared_request;
mod shared_token;
mod store;
mod token;
mod unblock;
mod verifier;

pub use api_key::ApiKey;
pub use auth_error::{AuthError, AuthErrorKind};
pub use authorize::{Authorize, CredentialPolicy};
pub use basic::Basic;
pub use classify::Rule;
pub use consumer_key::ConsumerKey;
pub use credential::Credential;
pub use identity::Identity;
pub use identity_builder::IdentityBuilder;
pub use login::Login;
pub use plugin::{Check, Encoding, Plugin, PluginBuilder, Renewal};
pub use plugin_login::PluginLogin;
pub use plugin_providers::{ApiBearerAuth, JwtAuth, MiniOrangeJwt, SimpleJwtLogin, UsefulTeamJwt};
pub use provider::{Account, Scheme, SchemeKind, TokenProvider, TokenRequest};
pub use saved::SavedToken;
pub use second_factor::SecondFactor;
pub use secrecy::{ExposeSecret, SecretString};
#[cfg(feature = "file-store")]
pub use store::FileStore;
pub use store::{Lease, MemoryStore, StoreEntry, StoreError, StoreErrorKind, StoreLock, TokenStore};
pub use token::{Profile, RefreshToken, Token};

/// The README's programs compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
