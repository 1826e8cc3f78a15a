//! Who reads a list, and at which site.

use http::header::AUTHORIZATION;
use wp_auth::AuthErrorKind;

use super::Request;
use crate::{Client, Error, Result};

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

    /// Whether the site reads the credential of this request as that of a user. WordPress responds to a wrong application
    /// password, or where a server drops the header, as to a visitor: with 200, and with fewer items. `true` also for a
    /// request without a credential, and for one to a shop, which refuses a visitor, and whose keys log in nobody
    /// elsewhere.
    ///
    /// # Errors
    /// The error of the proof, if it says nothing about the credential.
    pub(crate) async fn is_read_as_user(&self) -> Result<bool> {
        let session = &self.parts.session;
        let (client, header) = match (self.parts.identity(), self.parts.headers.get(AUTHORIZATION)) {
            _ if self.route_text().starts_with("/wc/v") => return Ok(true),
            (None, None) => return Ok(true),
            (None, header) => (Client(session.clone()), header),
            (Some(identity), _) => (Client(session.with_identity(identity.clone())), None),
        };
        match client.ask_for_user(header).await {
            Ok(_) => Ok(true),
            Err(error) if says_nobody(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Whether the proof failed since the site sees no user, or shows none.
fn says_nobody(error: &Error) -> bool {
    let is_of_credential =
        matches!(error.auth_kind(), Some(AuthErrorKind::Unproven | AuthErrorKind::HeaderLost));
    is_of_credential
        || error.status().is_some_and(|status| matches!(status.as_u16(), 401 | 403 | 404 | 405 | 410))
}
