//! Who we are: token providers for the WordPress REST API, and the cache that keeps a token fresh
//! with at most one token request in flight. No HTTP stack and no runtime: requests go through
//! [`wp_core::Transport`], time through [`wp_core::Clock`].
//!
//! | you have | use |
//! |---|---|
//! | a login and a password, and the plugin *JWT Authentication for WP REST API* | [`JwtAuth`] |
//! | an application password (WordPress itself) | [`ApplicationPassword`] |
//! | a token or a key that somebody gave you | [`ApiKey`] |
//! | something else | your own [`TokenProvider`] |
//!
//! An [`Identity`] puts the cache before a provider. [`Authorize`] is the transport that adds its
//! credential to requests and replays one that was refused. With an HTTP client of your own, ask
//! the identity for a [`Token`] and put its [`Credential`] into your requests.

mod api_key;
mod application_password;
mod auth_error;
mod authorize;
mod claims;
mod credential;
mod exchange;
mod identity;
mod jwt_auth;
mod provider;
mod token;

pub use api_key::ApiKey;
pub use application_password::ApplicationPassword;
pub use auth_error::{AuthError, AuthErrorKind};
pub use authorize::{Authorize, Credentials};
pub use credential::Credential;
pub use identity::Identity;
pub use jwt_auth::JwtAuth;
pub use provider::{TokenProvider, Verdict};
pub use secrecy::{ExposeSecret, SecretString};
pub use token::{Profile, Token};
