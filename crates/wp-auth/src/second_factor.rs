//! The second step of a sign-in.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use wp_core::Site;

use crate::claims::Claims;
use crate::plugin::{Interim, Plugin};
use crate::{AuthError, AuthErrorKind, Token, plugin_login};

/// A sign-in whose password was right, and that needs a code of the user's second factor: of an app, or of an e-mail.
///
/// [`Identity::complete_sign_in`](crate::Identity::complete_sign_in) takes it. It lives for some minutes (5 with Simple JWT
/// Login 4 unless the site says otherwise), and a wrong code may end it.
#[derive(Clone)]
pub struct SecondFactor {
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) interim: SecretString,
    pub(crate) method: Option<String>,
    pub(crate) label: Option<String>,
    /// The site said that it cannot be completed any more.
    is_over: Arc<AtomicBool>,
}

impl SecondFactor {
    pub(crate) fn new(
        plugin: Arc<Plugin>,
        interim: SecretString,
        method: Option<String>,
        label: Option<String>,
    ) -> Self {
        Self { plugin, interim, method, label, is_over: Arc::default() }
    }

    /// Whether nothing but another sign-in helps.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Relaxed)
    }

    /// Which factor it is, in the plugin's own word: `Two_Factor_Totp`.
    pub fn method(&self) -> Option<&str> {
        self.method.as_deref()
    }

    /// How long it may be completed, from the response on, where the plugin says so.
    pub(crate) fn lifetime(&self) -> Option<Duration> {
        Claims::read(self.interim.expose_secret())?.lifetime()
    }

    /// Sends the code, and gives the token.
    ///
    /// # Errors
    /// [`AuthErrorKind::WrongCredentials`] for a wrong code, and
    /// [`AuthErrorKind::SecondFactorRequired`] where it came too late: sign in
    /// again.
    pub(crate) async fn complete(&self, site: &Site, code: &SecretString) -> Result<Token, AuthError> {
        let Some(interim) = &self.plugin.interim else {
            return Err(AuthError::invalid("the plugin has no second step"));
        };
        let Interim { complete, code_field, .. } = interim;
        let completed = plugin_login::complete(site, self, complete, code_field, code).await;
        if completed.as_ref().is_err_and(|error| error.kind() == AuthErrorKind::SecondFactorRequired) {
            self.is_over.store(true, Relaxed);
        }
        completed
    }
}

impl fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecondFactor").field("method", &self.method).finish_non_exhaustive()
    }
}
