//! Errors: those of WordPress, those of others in its place, and those of a request that was not sent.

pub(crate) mod api_error;
pub(crate) mod envelope;
pub(crate) mod error_code;
pub(crate) mod request_error;
