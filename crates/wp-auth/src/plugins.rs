//! The token plugins by name.

use std::fmt;

use crate::PluginLogin;
use crate::dialect::{self, Dialect};

/// A token plugin that these crates know. Another one is a [`TokenProvider`](crate::TokenProvider) of your
/// own.
pub trait Plugin: sealed::Sealed + 'static {
    /// How it does it.
    #[doc(hidden)]
    const DIALECT: Described;
}

mod sealed {
    pub trait Sealed {}
}

/// A dialect, without showing it.
#[doc(hidden)]
pub struct Described(pub(crate) &'static Dialect);

impl fmt::Debug for Described {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.plugin)
    }
}

macro_rules! plugins {
    ($($(#[$doc:meta])* $alias:ident = $name:ident, $dialect:ident;)*) => {$(
        #[doc = concat!("The plugin of [`", stringify!($alias), "`].")]
        #[derive(Debug)]
        pub enum $name {}

        impl sealed::Sealed for $name {}

        impl Plugin for $name {
            const DIALECT: Described = Described(&dialect::$dialect);
        }

        $(#[$doc])*
        pub type $alias = PluginLogin<$name>;
    )*};
}

plugins! {
    /// Signs in at the plugin *JWT Authentication for WP REST API* (Tmeister; observed on 1.3.4).
    ///
    /// A token lives for seven days unless the site says otherwise, and cannot be renewed or revoked:
    /// when it ends, this signs in again. It survives a change of the password. The plugin answers 403
    /// to every failure and refuses a bad token on every route, public ones included.
    JwtAuth = Tmeister, JWT_AUTH;

    /// Signs in at the plugin *API Bearer Auth* (observed on 20200916).
    ///
    /// Tokens live for a day and are renewed with a refresh token that never ends. The plugin closes the
    /// whole API to strangers, its index included, and opens its own endpoints only at the very address
    /// that the site gives for itself, with pretty permalinks.
    ///
    /// A second sign-in of the same user under the same [`client_name`](Self::client_name) ends the first.
    ApiBearerAuth = Michielve, API_BEARER_AUTH;

    /// Signs in at the plugin *WP REST API Authentication* (miniOrange; observed on 4.4.0) with its method
    /// JWT. For its API key there is [`ApiKey`](crate::ApiKey), for its Basic method
    /// [`AccountPassword`](crate::AccountPassword).
    ///
    /// Tokens live for five years, and the plugin never checks their end. It takes logins and no e-mail
    /// addresses, and refuses whoever failed five times in a minute, with the right password as well.
    MiniOrangeJwt = MiniOrange, MINI_ORANGE;

    /// Signs in at the plugin *JWT Auth* (useful-team; observed on 3.0.2).
    ///
    /// Tokens live for ten minutes and are renewed with a cookie that lives for thirty days; it is
    /// exchanged for a younger one when half of that is over. The plugin ignores a bad token: public
    /// routes answer as to anybody. With pretty permalinks it ignores tokens at `?rest_route=`, too.
    UsefulTeamJwt = UsefulTeam, USEFUL_TEAM;
}

impl ApiBearerAuth {
    /// What the plugin knows this program by, in 45 characters at most. Of two tokens of one name and one
    /// user the older one is ended, so two programs need two names.
    ///
    /// Unless said, it is a name of its own for each program that runs on a machine, which stays the same
    /// from run to run; with a [store](crate::TokenProvider::stored), one name for all that share it.
    pub fn client_name(self, name: impl Into<String>) -> Self {
        self.labelled(name.into())
    }
}

impl UsefulTeamJwt {
    /// The device whose token it is, as the user sees it in their profile. Letters and digits alone: the
    /// plugin changes others in one place and not in another.
    pub fn device(self, name: impl Into<String>) -> Self {
        self.labelled(name.into())
    }
}
