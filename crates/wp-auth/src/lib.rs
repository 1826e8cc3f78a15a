//! Who we are: token providers for the WordPress REST API, and the cache that keeps a token fresh
//! with at most one token request in flight. No HTTP stack and no runtime: requests go through
//! [`wp_core::Transport`], time through [`wp_core::Clock`].
//!
//! | you have | use |
//! |---|---|
//! | a login and a password, and the plugin *JWT Authentication for WP REST API* | [`JwtAuth`] |
//! | ..., and the plugin *API Bearer Auth* | [`ApiBearerAuth`] |
//! | ..., and *WP REST API Authentication* (miniOrange) with its method JWT | [`MiniOrangeJwt`] |
//! | ..., and the plugin *JWT Auth* (useful-team) | [`UsefulTeamJwt`] |
//! | ..., and *Simple JWT Login* | [`SimpleJwtLogin`] |
//! | ..., and another token plugin | [`Plugin::builder`] |
//! | an application password (WordPress itself) | [`Basic::application_password`] |
//! | a login and a password, and a plugin that takes them as Basic | [`Basic::account_password`] |
//! | a token or a key that was given to you | [`ApiKey`] |
//! | something else | your own [`TokenProvider`] |
//!
//! An [`Identity`] puts the cache before a provider. [`Authorize`] is the transport that adds its
//! credential to requests and replays one that was refused. With an HTTP client of your own, ask
//! the identity for a [`Token`] and put its [`Credential`] into your requests.
//!
//! A token outlives its process as a [`SavedToken`] ([`IdentityBuilder::resume`]), or in a [`TokenStore`] that several
//! processes share ([`IdentityBuilder::store`]): in memory, in files (feature `file-store`), or, with the crate
//! `wp-auth-redis`, in Redis.

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
mod cookie;
mod credential;
mod digest;
mod exchange;
mod flight;
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
pub use credential::Credential;
pub use identity::Identity;
pub use identity_builder::IdentityBuilder;
pub use login::Login;
pub use plugin::{Check, Encoding, Plugin, PluginBuilder, Renewal};
pub use plugin_login::PluginLogin;
pub use plugin_providers::{ApiBearerAuth, JwtAuth, MiniOrangeJwt, SimpleJwtLogin, UsefulTeamJwt};
pub use provider::{Account, Occasion, Scheme, SchemeKind, TokenProvider};
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
