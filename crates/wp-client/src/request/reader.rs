//! Who reads a list, and at which site.

use http::HeaderValue;
use http::header::AUTHORIZATION;
use wp_auth::Identity;

use super::{Parts, Request};
use crate::session::Session;

impl<T> Request<T> {
    /// The address of the site, the same over http and https and with any permalinks.
    pub(crate) fn site_text(&self) -> String {
        let root = self.parts.session.site().root();
        let origin = root.origin();
        format!("{}{}", origin.split_once("://").map_or(&*origin, |(_, host)| host), root.base())
    }

    /// Who reads: the same text for a user in each program. It holds a user name, and no secret.
    pub(crate) fn user_text(&self) -> String {
        match self.parts.identity() {
            None if self.parts.headers.contains_key(AUTHORIZATION) => "header".to_owned(),
            None => "nobody".to_owned(),
            Some(identity) => match identity.account() {
                Some(account) => format!("user {}", account.name().to_lowercase()),
                None => format!("scheme {}", identity.scheme().name()),
            },
        }
    }

    /// The session of this request, its identity, and its own `Authorization` header.
    pub(crate) fn sent_as(&self) -> (&Session, Option<&Identity>, Option<&HeaderValue>) {
        let Parts { session, headers, .. } = &self.parts;
        (session, self.parts.identity(), headers.get(AUTHORIZATION))
    }
}
