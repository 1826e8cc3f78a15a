//! A token and what is known of it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wp_core::models::UserId;

use crate::claims::Claims;
use crate::{Credential, SavedToken};

/// A credential and what is known of it: how long it lives, and whose it is.
#[derive(Clone)]
pub struct Token {
    credential: Credential,
    secret: Option<SecretString>,
    expires: Option<Expiry>,
    refresh: Option<RefreshToken>,
    label: Option<String>,
    profile: Option<Profile>,
    /// The root of the API that gave it.
    root: Option<String>,
    /// A renewal ends it at once, whatever was said of its end.
    ends_when_renewed: bool,
    /// Where it is bad, public routes respond all the same, so that they prove nothing.
    ignored_when_bad: bool,
    /// It was saved, or came from elsewhere: it was good once, and may not be ours alone.
    restored: bool,
    /// Whether a server has accepted it yet.
    proven: Arc<AtomicBool>,
}

/// What renews a [`Token`]. Whoever has it can be the user.
#[derive(Clone)]
pub struct RefreshToken {
    pub(crate) secret: SecretString,
    pub(crate) since: SystemTime,
    /// Where it does not live for ever.
    pub(crate) expires: Option<SystemTime>,
}

impl RefreshToken {
    /// One that was given at `since` and does not expire by itself.
    pub fn permanent(secret: impl Into<SecretString>, since: SystemTime) -> Self {
        Self { secret: secret.into(), since, expires: None }
    }

    /// Says that it lives for `lifetime` from when it was given.
    pub fn expires_after(mut self, lifetime: Duration) -> Self {
        self.expires = self.since.checked_add(lifetime);
        self
    }

    /// Its text. To read it, bring [`ExposeSecret`] into scope.
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// When it expires by the clock of this machine, if that is known.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires
    }

    pub(crate) fn is_half_over(&self, now: SystemTime) -> bool {
        let life = self.expires.and_then(|expires| expires.duration_since(self.since).ok());
        life.is_some_and(|life| now.duration_since(self.since).is_ok_and(|age| age >= life / 2))
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshToken").field("expires_at", &self.expires).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy)]
struct Expiry {
    since: SystemTime,
    at: SystemTime,
    /// From then on it is worth renewing.
    renew_at: SystemTime,
}

/// The longest time before expiry at which a token is renewed.
const EARLIEST: Duration = Duration::from_secs(5 * 60);

/// By how much a clock may be put back, or two machines differ, before the age of a token is unknown.
const SKEW: Duration = Duration::from_secs(60);

impl Token {
    /// A credential that does not expire by itself.
    pub fn permanent(credential: Credential) -> Self {
        Self {
            credential,
            secret: None,
            expires: None,
            refresh: None,
            label: None,
            profile: None,
            root: None,
            ends_when_renewed: false,
            ignored_when_bad: false,
            restored: false,
            proven: Arc::default(),
        }
    }

    /// Says that it lives for `lifetime` from `start` on.
    ///
    /// It is renewed early: 20 % of its life before its end, 5 minutes at most, each give or take a
    /// fifth, so that many programs that started together do not renew together.
    pub fn expires_after(mut self, start: SystemTime, lifetime: Duration) -> Self {
        let early = EARLIEST.min(lifetime / 5).mul_f64(0.8 + 0.4 * fastrand::f64());
        // A time beyond what the clock can count is no expiry.
        self.expires = start.checked_add(lifetime).map(|at| Expiry {
            since: start,
            at,
            renew_at: at.checked_sub(early).unwrap_or(at),
        });
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

    /// Adds what renews it; the provider finds it in the [previous](crate::Occasion::previous) token.
    pub fn with_refresh(mut self, refresh: RefreshToken) -> Self {
        self.refresh = Some(refresh);
        self
    }

    /// Adds the `client_name` or `device` under which it was obtained.
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Says that a renewal ends it at once, so that it is not used any more while one is under way.
    pub fn ends_when_renewed(mut self) -> Self {
        self.ends_when_renewed = true;
        self
    }

    /// Says that a bad one is ignored: public routes then respond as to anybody, and prove nothing.
    pub fn ignored_when_bad(mut self) -> Self {
        self.ignored_when_bad = true;
        self
    }

    pub(crate) fn with_credential(mut self, credential: Credential) -> Self {
        self.credential = credential;
        self
    }

    pub(crate) fn of_root(mut self, root: Option<String>) -> Self {
        self.root = root;
        self
    }

    pub(crate) fn restored(mut self) -> Self {
        self.restored = true;
        self
    }

    pub(crate) fn is_restored(&self) -> bool {
        self.restored
    }

    pub(crate) fn root(&self) -> Option<&str> {
        self.root.as_deref()
    }

    pub(crate) fn is_ignored_when_bad(&self) -> bool {
        self.ignored_when_bad
    }

    /// Whether it is not to be used any more while it is renewed.
    pub(crate) fn is_ended_when_renewed(&self) -> bool {
        self.ends_when_renewed
    }

    /// What renews it, if anything does.
    pub fn refresh(&self) -> Option<&RefreshToken> {
        self.refresh.as_ref()
    }

    /// The `client_name` or `device` under which it was obtained.
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    pub(crate) fn since(&self) -> Option<SystemTime> {
        self.expires.map(|expires| expires.since)
    }

    /// Whether it is the same text as `other`.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let text = |token: &Self| token.secret.as_ref().map(|text| text.expose_secret().to_owned());
        self.secret.is_some() && text(self) == text(other)
    }

    /// The token with its end, its refresh token and whose it is, to be kept between two runs. `None`
    /// where there is only a password, or where no header holds the token's text.
    pub fn save(&self) -> Option<SavedToken> {
        SavedToken::of(self)
    }

    /// What a JWT says: the site, the user, the end. Read without a check; `None` where it is no JWT.
    pub fn claims(&self) -> Option<Value> {
        Claims::all(self.secret.as_ref()?.expose_secret())
    }

    /// The headers for a request.
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The token's text; `None` where there is only a password. To read it, bring
    /// [`ExposeSecret`] into scope.
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

    /// Whether the clock was put back behind the moment at which it was obtained: then nobody knows its age.
    fn is_from_the_future(&self, now: SystemTime) -> bool {
        self.expires.is_some_and(|expires| now + SKEW < expires.since)
    }

    /// Notes that a server accepted it.
    pub(crate) fn prove(&self) {
        self.proven.store(true, Relaxed);
    }

    pub(crate) fn unprove(&self) {
        self.proven.store(false, Relaxed);
    }

    pub(crate) fn is_proven(&self) -> bool {
        self.proven.load(Relaxed)
    }

    /// Whether it is not even worth renewing at `now`.
    pub fn is_fresh(&self, now: SystemTime) -> bool {
        self.expires.is_none_or(|expires| now < expires.renew_at) && !self.is_from_the_future(now)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("credential", &self.credential)
            .field("expires_at", &self.expires_at())
            .field("can_be_renewed", &self.refresh.is_some())
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}

/// What a sign-in says of the user. A plugin may leave out any of it, and a site may add to it.
///
/// Old releases of API Bearer Auth send the hash of the password and an activation key along: those are
/// dropped.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Profile {
    /// The user's id, from the response or from the claims of the token.
    pub id: Option<UserId>,
    /// The name that signs in.
    pub login: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The name in URLs.
    pub nicename: Option<String>,
    /// The name to show.
    pub display_name: Option<String>,
    /// What the user is on the site, where the plugin says so: `editor`.
    pub roles: Vec<String>,
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

    #[test]
    fn a_clock_that_was_put_back_by_more_than_a_minute_makes_a_token_one_of_unknown_age() {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let credential = || Credential::bearer(&"t".into()).unwrap();
        let token = Token::permanent(credential()).with_secret("t".into());
        let token = token.expires_after(start, Duration::from_secs(600));
        let saved = token.save().unwrap().token().unwrap();
        for token in [token, saved] {
            assert!(token.is_fresh(start - SKEW));
            assert!(!token.is_fresh(start - SKEW - Duration::from_secs(1)));
        }
        assert!(Token::permanent(credential()).is_fresh(SystemTime::UNIX_EPOCH));
    }

    #[test]
    fn claims_are_those_of_a_jwt_and_a_refresh_token_says_its_end() {
        let token = |text: &str| Token::permanent(Credential::none()).with_secret(text.into());
        // {"exp":1}
        let claims = token("e30.eyJleHAiOjF9.c2ln").claims().unwrap();
        assert_eq!(claims, serde_json::json!({"exp": 1}));
        assert!(token("opaque").claims().is_none());
        let start = SystemTime::UNIX_EPOCH;
        let refresh = RefreshToken::permanent("r", start);
        assert_eq!(refresh.expires_at(), None);
        let life = Duration::from_secs(9);
        assert_eq!(refresh.expires_after(life).expires_at(), Some(start + life));
    }
}
