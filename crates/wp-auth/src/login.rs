//! A login and its password.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A login or e-mail address, and its password.
#[derive(Clone)]
pub struct Login {
    pub(crate) user: String,
    pub(crate) password: SecretString,
}

impl Login {
    /// A login or e-mail address, and its password.
    pub fn new(user: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self { user: user.into(), password: password.into() }
    }

    /// The login or e-mail address.
    pub fn user(&self) -> &str {
        &self.user
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        self.user == other.user && self.password.expose_secret() == other.password.expose_secret()
    }

    /// The password.
    pub fn password(&self) -> &SecretString {
        &self.password
    }
}

/// Shows only the login.
impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}
