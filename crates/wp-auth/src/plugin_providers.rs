//! The providers of the plugins that these crates know, by name.

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
            /// The plugin, as data.
            pub fn plugin() -> Arc<Plugin> {
                Arc::clone(&known_plugins::$table)
            }

            /// Signs in as `user`, which is a login or an e-mail address, with the password of the account.
            #[allow(clippy::new_ret_no_self)] // the name of the plugin is a name for a way to sign in
            pub fn new(user: impl Into<String>, password: impl Into<SecretString>) -> PluginLogin {
                PluginLogin::new(Self::plugin(), user, password)
            }

            /// Signs in with a login and a password.
            pub fn from_login(login: Login) -> PluginLogin {
                PluginLogin::from_login(Self::plugin(), login)
            }

            /// Has no password; see [`PluginLogin::without_password`].
            pub fn without_password() -> PluginLogin {
                PluginLogin::without_password(Self::plugin())
            }

            /// Asks for a login and a password; see [`PluginLogin::asking`].
            pub fn asking<F, A>(ask: F) -> PluginLogin
            where
                F: Fn() -> A + Send + Sync + 'static,
                A: Future<Output = Option<Login>> + Send + 'static,
            {
                PluginLogin::asking(Self::plugin(), ask)
            }
        }
    )*};
}

providers! {
    /// Signs in at the plugin *JWT Authentication for WP REST API* (Tmeister; observed on 1.3.4).
    ///
    /// A token lives for seven days unless the site says otherwise, and cannot be renewed or revoked:
    /// when it ends, this signs in again. It survives a change of the password. The plugin responds with 403
    /// to every failure and refuses a bad token on every route, public ones included.
    JwtAuth = JWT_AUTH;

    /// Signs in at the plugin *API Bearer Auth* (observed on 20200916).
    ///
    /// Tokens live for a day and are renewed with a refresh token that never ends. The plugin closes the
    /// whole API to strangers, its index included, and opens its own endpoints only at the very address
    /// that the site gives for itself, with pretty permalinks.
    ///
    /// A second sign-in of the same user under the same [`client_name`](PluginLogin::client_name) ends the first.
    ApiBearerAuth = API_BEARER_AUTH;

    /// Signs in at the plugin *WP REST API Authentication* (miniOrange; observed on 4.4.0) with its method
    /// JWT. For its API key there is [`ApiKey`](crate::ApiKey), for its Basic method
    /// [`Basic::account_password`](crate::Basic::account_password).
    ///
    /// Tokens live for five years, and the plugin never checks their end. It takes logins and no e-mail
    /// addresses, and refuses whoever failed five times in a minute, with the right password as well. Refused tokens count
    /// as failures, so few requests carry a token that was not accepted yet. Where its secret changes while a program runs,
    /// more than four requests at a time may lock sign-in for a minute.
    MiniOrangeJwt = MINI_ORANGE;

    /// Signs in at the plugin *JWT Auth* (useful-team; observed on 3.0.2).
    ///
    /// Tokens live for ten minutes and are renewed with a cookie that lives for thirty days; it is
    /// exchanged for a younger one when half of that is over. The plugin ignores a bad token: public
    /// routes respond as to anybody. With pretty permalinks it ignores tokens at `?rest_route=`, too.
    UsefulTeamJwt = USEFUL_TEAM;

    /// Signs in at the plugin *Simple JWT Login* (nicumicle; observed on 3.6.6 and 4.0.0).
    ///
    /// Its settings decide nearly everything: as installed it lets nobody sign in, and ignores tokens on the routes of
    /// others until its middleware is on. Release 4 renews by a refresh token, and gives another one each time; release 3
    /// renews by the token itself, for some time after its end. A user with a second factor gets
    /// [`SecondFactorRequired`](crate::AuthErrorKind::SecondFactorRequired), with what completes the sign-in.
    SimpleJwtLogin = SIMPLE_JWT_LOGIN;
}
