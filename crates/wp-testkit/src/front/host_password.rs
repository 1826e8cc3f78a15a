//! A password in front of the whole host, as on staging sites.

use wiremock::Request;

use super::pages;
use crate::http::{
    RestResponse,
    request::{basic, header},
};

#[derive(Debug, Clone)]
pub(crate) struct HostPassword {
    user: String,
    password: String,
}

impl HostPassword {
    pub(crate) fn new(user: &str, password: &str) -> Self {
        Self { user: user.to_owned(), password: password.to_owned() }
    }

    pub(super) fn stop(&self, request: &Request) -> Option<RestResponse> {
        // nginx rejects a second `Authorization` header.
        if request.headers.get_all("authorization").iter().count() > 1 {
            return Some(pages::bad_request());
        }
        let sent = header(&request.headers, "authorization").unwrap_or_default();
        // After a comma another credential may follow, which the host password ignores.
        let first = sent.split(',').next().unwrap_or_default();
        let passes = basic(first).is_some_and(|(user, password)| {
            (user.as_str(), password.as_str()) == (self.user.as_str(), self.password.as_str())
        });
        (!passes).then(pages::password_required)
    }
}
