//! HTTP as PHP sees it: the parameters of a request, and the responses and errors of the API. Nothing here knows
//! the site.

mod error;
mod reply;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod url;

pub(crate) use error::Error;
pub(crate) use reply::Reply;
pub(crate) use response::RestResponse;
