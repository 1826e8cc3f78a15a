//! The differences between the token plugins: their properties, as data, and their hooks into a request.

use super::sign_in::Refused;
use crate::{
    front::Place,
    http::{Error, RestResponse},
    resources::app_passwords::SignIn,
    rest::{
        Caller, Params,
        route::{Route, Routes},
    },
    state::{State, User, site::Site},
};

/// The properties of a plugin, and its hooks.
pub(crate) struct Dialect {
    pub(crate) routes: &'static [Route],
    /// The routes that issue tokens.
    pub(super) token_routes: &'static [&'static str],
    /// The default lifetime of tokens, in seconds.
    pub(super) lifetime: u64,
    /// Where the plugin reads the `Authorization` header.
    pub(crate) reads: &'static [Place],
    /// A header that is read if `Authorization` is missing.
    pub(crate) second_header: Option<&'static str>,
    /// The plugin's check of a request, before a route is matched.
    pub(crate) judge: fn(&mut State, &PluginRequest<'_>, &SignIn) -> Verdict,
    pub(super) sign_in: fn(&mut State, &Caller, &Params) -> Result<RestResponse, Error>,
    pub(super) renew: fn(&mut State, &Caller, &Params) -> Result<RestResponse, Error>,
    /// How the plugin reports that WordPress refused a name and a password.
    pub(super) refused: fn(&State, Refused) -> RestResponse,
    pub(super) bad_config: fn(&State) -> RestResponse,
    /// Creates a token for a user, without a request to the endpoint.
    pub(crate) token: fn(&mut State, &User) -> Option<String>,
    /// Revokes a user's tokens, as far as the plugin can. Returns whether there were any.
    pub(crate) revoke: fn(&mut State, u64) -> bool,
}

impl Dialect {
    /// Whether this is a request for a token.
    pub(crate) fn issues_token(&self, method: &str, route: &str) -> bool {
        method == "POST" && self.token_routes.iter().any(|known| known.eq_ignore_ascii_case(route))
    }
}

/// A request, as a plugin sees it.
pub(crate) struct PluginRequest<'a> {
    /// The method on the wire.
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) route: &'a str,
    pub(crate) routes: Routes,
    pub(crate) host: &'a str,
    pub(crate) origin: Option<&'a str>,
    /// A CORS preflight request.
    pub(crate) preflight: bool,
    /// The credential that reached the plugin.
    pub(crate) authorization: Option<&'a str>,
}

impl PluginRequest<'_> {
    /// PHP's `REQUEST_URI`.
    pub(super) fn uri(&self) -> String {
        if self.query.is_empty() { self.path.to_owned() } else { format!("{}?{}", self.path, self.query) }
    }

    /// Whether the request's URL is this path of the site's own URL, whatever the scheme.
    pub(super) fn is_at(&self, site: &Site, path: &str) -> bool {
        let address = site.issuer.split_once("://").map_or(site.issuer.as_str(), |(_, rest)| rest);
        format!("{}{}", self.host, self.path) == format!("{address}{path}")
    }
}

pub(crate) enum Verdict {
    /// The plugin does not act on the request.
    Pass,
    User(u64),
    /// Refused before a route is matched, so an unknown route is refused as well.
    Refuse(Error),
    /// The plugin responds before the API starts.
    Stop(RestResponse),
    /// The plugin responds after the API has started.
    RestResponse(RestResponse),
}

/// For plugins without renewal: there is no such route.
pub(super) fn no_renewal(_: &mut State, _: &Caller, _: &Params) -> Result<RestResponse, Error> {
    Err(Error::no_route())
}

/// For plugins that cannot revoke tokens.
pub(super) fn revoke_nothing(_: &mut State, _: u64) -> bool {
    false
}
