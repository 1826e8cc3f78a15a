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

/// A sign-in whose password was right and that needs a code from the user's second factor, such as an app or an
/// e-mail.
///
/// Pass it to [`Identity::complete_sign_in`](crate::Identity::complete_sign_in). It expires after some minutes
/// (Simple JWT Login 4: 5 minutes by default), and a wrong code may invalidate it.
///
/// ```
/// # fn next(error: &wp_auth::AuthError) -> &'static str {
/// // After a failed sign-in: which form does the user see next?
/// match error.second_factor() {
///     Some(second_factor) if second_factor.method() == Some("Two_Factor_Email") => "Enter the code of the e-mail.",
///     Some(_) => "Enter the code of your app.",
///     None => "Enter your password.",
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct SecondFactor {
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) interim: SecretString,
    pub(crate) method: Option<String>,
    pub(crate) label: Option<String>,
    /// The site reported that it cannot be completed any more.
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

    /// Whether the user must sign in again.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Relaxed)
    }

    /// The kind of factor, as the plugin names it, for example `Two_Factor_Totp`.
    pub fn method(&self) -> Option<&str> {
        self.method.as_deref()
    }

    /// How long it can be completed, counted from the response, if the plugin says so.
    pub(crate) fn lifetime(&self) -> Option<Duration> {
        Claims::read(self.interim.expose_secret())?.lifetime()
    }

    /// Sends the code and returns the token.
    ///
    /// # Errors
    /// [`AuthErrorKind::WrongCredentials`] for a wrong code. [`AuthErrorKind::SecondFactorRequired`] when the
    /// code came too late; the user must sign in again.
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
