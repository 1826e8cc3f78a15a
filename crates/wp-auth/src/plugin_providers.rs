//! A provider for each of the built-in plugin descriptions.

use std::future::Future;
use std::sync::Arc;

use secrecy::SecretString;

use crate::known_plugins;
use crate::plugin::Plugin;
use crate::{Login, PluginLogin};

macro_rules! providers {
    ($($(#[$doc:meta])* $name:ident = $table:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        #[non_exhaustive]
        pub struct $name;

        impl $name {
            /// The description of the plugin.
            pub fn plugin() -> Arc<Plugin> {
                Arc::clone(&known_plugins::$table)
            }

            /// A provider that signs in as `user`, a login or an e-mail address, with the account's password.
            #[allow(clippy::new_ret_no_self)] // the type is named after the plugin and is a namespace for its constructors
            pub fn new(user: impl Into<String>, password: impl Into<SecretString>) -> PluginLogin {
                PluginLogin::new(Self::plugin(), user, password)
            }

            /// A provider that signs in with a login and a password.
            pub fn from_login(login: Login) -> PluginLogin {
                PluginLogin::from_login(Self::plugin(), login)
            }

            /// A provider without a password; see [`PluginLogin::without_password`].
            pub fn without_password() -> PluginLogin {
                PluginLogin::without_password(Self::plugin())
            }

            /// A provider that calls `ask` for a login and a password; see [`PluginLogin::login_from`].
            pub fn login_from<F, A>(ask: F) -> PluginLogin
            where
                F: Fn() -> A + Send + Sync + 'static,
                A: Future<Output = Option<Login>> + Send + 'static,
            {
                PluginLogin::login_from(Self::plugin(), ask)
            }
        }
    )*};
}

providers! {
    /// Signs in at the plugin *JWT Authentication for WP REST API* (Tmeister; observed on 1.3.4).
    ///
    /// A token lives for seven days (the plugin's default) and cannot be renewed or revoked: when it expires, the
    /// provider signs in again. A token survives a change of the password. The plugin responds with 403 to every
    /// failure and refuses a bad token on every route, public ones included.
    ///
    /// ```
    /// # async fn example(site: &wp_core::Site) -> Result<(), wp_auth::AuthError> {
    /// use wp_auth::{Identity, JwtAuth};
    ///
    /// // What the site put into the token: its own address, the user and the expiry.
    /// let identity = Identity::new(JwtAuth::new("ana", "password"));
    /// let token = identity.token(site).await?;
    /// if let Some(claims) = token.claims() {
    ///     println!("issued by {} until {:?}", claims["iss"], token.expires_at());
    /// }
    /// # Ok(()) }
    /// ```
    JwtAuth = JWT_AUTH;

    /// Signs in at the plugin *API Bearer Auth* (observed on 20200916).
    ///
    /// Tokens live for one day and are renewed with a refresh token that never expires. The plugin closes the
    /// whole API, its index included, to anonymous requests. Its own endpoints are open only at exactly the URL
    /// that the site reports as its own, and only with pretty permalinks.
    ///
    /// A second sign-in of the same user under the same [`client_name`](PluginLogin::client_name) revokes the
    /// first token.
    ///
    /// ```
    /// # async fn example(site: &wp_core::Site) -> Result<(), wp_auth::AuthError> {
    /// use wp_auth::{ApiBearerAuth, ExposeSecret, Identity};
    ///
    /// // Two programs of one user need two names, or each sign-in of one ends the token of the other.
    /// let provider = ApiBearerAuth::new("ana", "password").client_name("nightly import");
    /// let token = Identity::new(provider).token(site).await?;
    /// // The refresh token never expires: keep it in place of the password.
    /// if let Some(refresh) = token.refresh() {
    ///     println!("{} characters to keep secret", refresh.secret().expose_secret().len());
    /// }
    /// # Ok(()) }
    /// ```
    ApiBearerAuth = API_BEARER_AUTH;

    /// Signs in at the plugin *WP REST API Authentication* (miniOrange; observed on 4.4.0) with its method JWT.
    /// For its API key use [`ApiKey`](crate::ApiKey), for its method Basic
    /// [`Basic::account_password`](crate::Basic::account_password).
    ///
    /// Tokens live for five years, and the plugin never checks their expiry. It accepts logins but not e-mail
    /// addresses. After five failures in a minute it refuses every sign-in, even with the right password. Refused
    /// tokens count as failures, so only a few requests at a time carry a token that the site has not accepted
    /// yet. If the plugin's secret changes while a program runs, more than four concurrent requests may lock
    /// sign-in for a minute.
    ///
    /// ```
    /// # async fn example(site: &wp_core::Site, password: wp_auth::SecretString) -> Result<(), wp_auth::AuthError> {
    /// use wp_auth::{AuthErrorKind, Identity, MiniOrangeJwt};
    ///
    /// let identity = Identity::new(MiniOrangeJwt::new("ana", password));
    /// match identity.sign_in(site).await {
    ///     // Not even the right password helps now.
    ///     Err(error) if error.kind() == AuthErrorKind::LockedOut => println!("wait a minute: {error}"),
    ///     other => drop(other?),
    /// }
    /// # Ok(()) }
    /// ```
    MiniOrangeJwt = MINI_ORANGE;

    /// Signs in at the plugin *JWT Auth* (useful-team; observed on 3.0.2).
    ///
    /// Tokens live for ten minutes and are renewed with a cookie that lives for thirty days. After half of that
    /// time the provider exchanges the cookie for a new one. The plugin ignores a bad token: public routes then
    /// respond as to an anonymous request. With pretty permalinks it also ignores tokens at `?rest_route=`.
    ///
    /// ```
    /// # async fn example(site: &wp_core::Site) -> Result<(), wp_auth::AuthError> {
    /// use wp_auth::{Identity, UsefulTeamJwt};
    ///
    /// // The user sees this device in their profile, and can remove it there.
    /// let provider = UsefulTeamJwt::new("ana", "password").client_name("importer");
    /// let token = Identity::new(provider).token(site).await?;
    /// // The cookie renews the token for thirty days, also in the next run of the program.
    /// let until = token.save().and_then(|saved| saved.usable_until());
    /// # drop(until); Ok(()) }
    /// ```
    UsefulTeamJwt = USEFUL_TEAM;

    /// Signs in at the plugin *Simple JWT Login* (nicumicle; observed on 3.6.6 and 4.0.0).
    ///
    /// The plugin's behaviour depends on its settings: with the defaults no user can sign in, and the routes of other
    /// plugins and of WordPress ignore tokens until its middleware is enabled. Release 4 renews with a refresh
    /// token and returns a new one each time; release 3 renews with the token itself, for some time after its
    /// expiry. For a user with a second factor, the error is
    /// [`SecondFactorRequired`](crate::AuthErrorKind::SecondFactorRequired), which carries a
    /// [`SecondFactor`](crate::SecondFactor) to complete the sign-in.
    ///
    /// ```
    /// # async fn example(site: &wp_core::Site) -> Result<(), wp_auth::AuthError> {
    /// use wp_auth::{AuthErrorKind, Identity, SimpleJwtLogin};
    ///
    /// // So much depends on the settings that a program should say what is missing.
    /// let identity = Identity::new(SimpleJwtLogin::new("ana", "password"));
    /// match identity.sign_in(site).await {
    ///     Err(error) if error.kind() == AuthErrorKind::Misconfigured => println!("enable the sign-in: {error}"),
    ///     Err(error) if error.second_factor().is_some() => println!("ask for the code"),
    ///     other => drop(other?),
    /// }
    /// # Ok(()) }
    /// ```
    SimpleJwtLogin = SIMPLE_JWT_LOGIN;
}
