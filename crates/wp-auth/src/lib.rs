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
//! | an application password (WordPress itself) | [`ApplicationPassword`] |
//! | a login and a password, and a plugin that takes them as Basic | [`AccountPassword`] |
//! | a token or a key that somebody gave you | [`ApiKey`] |
//! | something else | your own [`TokenProvider`] |
//!
//! An [`Identity`] puts the cache before a provider. [`Authorize`] is the transport that adds its
//! credential to requests and replays one that was refused. With an HTTP client of your own, ask
//! the identity for a [`Token`] and put its [`Credential`] into your requests.
//!
//! A token outlives its process as a [`SavedToken`] ([`resume`](TokenProvider::resume)), or in a
//! [`TokenStore`] that several processes share ([`stored`](TokenProvider::stored)): in memory, in files,
//! or, with the crate `wp-auth-redis`, in Redis.

mod account_password;
mod api_key;
mod application_password;
mod auth_error;
mod authorize;
mod claims;
mod client_name;
mod cookie;
mod credential;
mod dialect;
mod exchange;
mod identity;
mod login;
mod meaning;
mod plugin_login;
pub mod plugins;
mod provider;
mod resume;
mod saved;
mod store;
mod stored;
mod token;
mod unblock;
mod via;

pub use account_password::AccountPassword;
pub use api_key::ApiKey;
pub use application_password::ApplicationPassword;
pub use auth_error::{AuthError, AuthErrorKind};
pub use authorize::{Authorize, Credentials};
pub use credential::Credential;
pub use identity::Identity;
pub use login::Login;
pub use plugin_login::PluginLogin;
pub use plugins::{ApiBearerAuth, JwtAuth, MiniOrangeJwt, UsefulTeamJwt};
pub use provider::{Occasion, TokenProvider};
pub use resume::Resume;
pub use saved::SavedToken;
pub use secrecy::{ExposeSecret, SecretString};
pub use store::{FileStore, MemoryStore, StoreError, StoreErrorKind, StoreLock, TokenStore};
pub use stored::Stored;
pub use token::{Profile, Token};
pub use via::Via;
