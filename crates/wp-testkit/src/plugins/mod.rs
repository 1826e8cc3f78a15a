//! The token plugins: one file each, and what they share.

mod bearer;
mod dialect;
mod failures;
mod hs256;
mod miniorange;
mod sign_in;
mod simple_jwt;
mod tmeister;
mod useful_team;

pub(crate) use dialect::{Dialect, PluginRequest, Verdict};
pub(crate) use hs256::sign;

use crate::state::{State, User, plugin::Plugin};

fn dialect(plugin: &Plugin) -> &'static Dialect {
    match plugin {
        Plugin::JwtAuth => &tmeister::DIALECT,
        Plugin::ApiBearerAuth { .. } => &bearer::DIALECT,
        Plugin::MiniOrange(_) => &miniorange::DIALECT,
        Plugin::UsefulTeam => &useful_team::DIALECT,
        Plugin::SimpleJwtLogin(settings) => simple_jwt::dialect(*settings),
    }
}

/// The active plugin.
pub(crate) fn active(state: &State) -> Option<&'static Dialect> {
    state.plugin.as_ref().map(dialect)
}

/// The default lifetime of a plugin's tokens, in seconds.
pub(crate) fn default_lifetime(plugin: Option<&Plugin>) -> u64 {
    dialect(plugin.unwrap_or(&Plugin::JwtAuth)).lifetime
}

/// Creates a token for a user; without a plugin, one that nothing accepts.
pub(crate) fn token(state: &mut State, user: &User) -> Option<String> {
    let dialect = active(state).unwrap_or(&tmeister::DIALECT);
    (dialect.token)(state, user)
}
