//! The framework of every endpoint: parameters that are checked against a schema, routes, and the user of
//! the request.

pub(crate) mod lacks;
pub(crate) mod params;
pub(crate) mod route;

pub(crate) use params::Params;
pub(crate) use route::Caller;
