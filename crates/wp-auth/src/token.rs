//! A token and what is known of it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use secrecy::SecretString;
use wp_core::models::UserId;

use crate::Credential;

/// A credential and what is known of it: how long it lives, and whose it is.
#[derive(Clone)]
pub struct Token {
    credential: Credential,
    secret: Option<SecretString>,
    expires: Option<Expiry>,
    profile: Option<Profile>,
    /// Whether a server has taken it yet.
    proven: Arc<AtomicBool>,
}

#[derive(Debug, Clone, Copy)]
struct Expiry {
    at: SystemTime,
    /// From then on it is worth renewing.
    renew_at: SystemTime,
}

/// The longest time before expiry at which a token is renewed.
const EARLIEST: Duration = Duration::from_secs(5 * 60);

impl Token {
    /// A credential that does not expire by itself.
    pub fn permanent(credential: Credential) -> Self {
        Self { credential, secret: None, expires: None, profile: None, proven: Arc::default() }
    }

    /// Says that it lives for `lifetime` from `start` on.
    ///
    /// It is renewed early: 20 % of its life before its end, 5 minutes at most, each give or take a
    /// fifth, so that many programs that started together do not renew together.
    pub fn expires_after(mut self, start: SystemTime, lifetime: Duration) -> Self {
        let early = EARLIEST.min(lifetime / 5).mul_f64(0.8 + 0.4 * fastrand::f64());
        // A time beyond what the clock can count is no expiry.
        self.expires = start
            .checked_add(lifetime)
            .map(|at| Expiry { at, renew_at: at.checked_sub(early).unwrap_or(at) });
        self
    }

    /// Adds the text of the token, for those who hand it on.
    pub fn with_secret(mut self, secret: SecretString) -> Self {
        self.secret = Some(secret);
        self
    }

    /// Adds whose token it is.
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// The headers for a request.
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The token's text; `None` where there is only a password. To read it, bring
    /// [`ExposeSecret`](secrecy::ExposeSecret) into scope.
    pub fn secret(&self) -> Option<&SecretString> {
        self.secret.as_ref()
    }

    /// When it expires by the clock of this machine, if that is known: the lifetime is what the
    /// server said, counted from the moment of asking, so a wrong clock does not matter.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires.map(|expires| expires.at)
    }

    /// Whose it is, as far as the sign-in said.
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    /// Whether it is still good at `now`, as far as is known.
    pub fn is_valid(&self, now: SystemTime) -> bool {
        self.expires.is_none_or(|expires| now < expires.at)
    }

    /// Notes that a server took it.
    pub(crate) fn prove(&self) {
        self.proven.store(true, Relaxed);
    }

    pub(crate) fn is_proven(&self) -> bool {
        self.proven.load(Relaxed)
    }

    /// Whether it is not even worth renewing at `now`.
    pub fn is_fresh(&self, now: SystemTime) -> bool {
        self.expires.is_none_or(|expires| now < expires.renew_at)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("credential", &self.credential)
            .field("expires_at", &self.expires_at())
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}

/// What a sign-in says of the user. A plugin may leave out any of it, and a site may add to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Profile {
    /// The user's id, from the claims of the token.
    pub id: Option<UserId>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The name in URLs.
    pub nicename: Option<String>,
    /// The name to show.
    pub display_name: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_early_window_is_a_fifth_of_the_life_and_five_minutes_at_most() {
        let start = SystemTime::UNIX_EPOCH;
        let early = |lifetime: u64| {
            let credential = Credential::bearer(&"t".into()).unwrap();
            let token = Token::permanent(credential).expires_after(start, Duration::from_secs(lifetime));
            let expires = token.expires.unwrap();
            expires.at.duration_since(expires.renew_at).unwrap().as_secs_f64()
        };
        for _ in 0..100 {
            assert!((16.0..=24.0).contains(&early(100)));
            assert!((240.0..=360.0).contains(&early(7 * 24 * 3600)));
        }
        assert!(early(100).to_bits() != early(100).to_bits(), "no jitter");
    }
}
