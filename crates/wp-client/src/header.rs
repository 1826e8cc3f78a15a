//! Headers as a caller names them.

use http::{HeaderName, HeaderValue};
use wp_core::{RequestError, headers};

/// A header for requests to this site, marked as sensitive if its name is that of a secret.
pub(crate) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), RequestError> {
    let wrong = |reason| RequestError::Header { name: name.to_owned(), reason };
    let name: HeaderName = name.parse().map_err(|_| wrong("it is not a valid header name"))?;
    if headers::is_set_by_transport(&name) {
        return Err(wrong("the transport sets it"));
    }
    let mut value: HeaderValue =
        value.parse().map_err(|_| wrong("its value holds a character that no header can"))?;
    value.set_sensitive(headers::is_secret(&name));
    Ok((name, value))
}
