//! Tokens.

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

/// A credential with its expiry, its refresh token and its user.
///
/// ```
/// # fn main() -> Result<(), wp_auth::AuthError> {
/// use std::time::{Duration, SystemTime};
/// use wp_auth::{Credential, Token};
///
/// // A provider of your own got a token that lives for ten minutes.
/// let now = SystemTime::now();
/// let token = Token::permanent(Credential::bearer(&"t0ken".into())?).expires_after(now, Duration::from_secs(600));
/// let later = now + Duration::from_secs(590);
/// assert!(token.is_fresh(now));
/// // Due for renewal before it expires, so that no request carries a token that ends on the way.
/// assert!(token.is_valid(later) && !token.is_fresh(later));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Token {
    credential: Credential,
    secret: Option<SecretString>,
    expires: Option<Expiry>,
    refresh: Option<RefreshToken>,
    label: Option<String>,
    profile: Option<Profile>,
    /// The root URL of the API that issued it.
    root: Option<String>,
    /// A renewal invalidates it at once, even before its expiry.
    ends_when_renewed: bool,
    /// When it is invalid, public routes still succeed, so a success proves nothing.
    ignored_when_bad: bool,
    /// The token was saved or comes from another source: it was valid once, and other processes may use it as well.
    restored: bool,
    /// Whether a server has accepted it.
    proven: Arc<AtomicBool>,
}

/// A credential that renews a [`Token`]. Anyone who has it can act as the user.
#[derive(Clone)]
pub struct RefreshToken {
    pub(crate) secret: SecretString,
    pub(crate) since: SystemTime,
    /// `None`: it does not expire.
    pub(crate) expires: Option<SystemTime>,
}

impl RefreshToken {
    /// A refresh token that was issued at `since` and does not expire.
    pub fn permanent(secret: impl Into<SecretString>, since: SystemTime) -> Self {
        Self { secret: secret.into(), since, expires: None }
    }

    /// Sets its lifetime, counted from when it was issued.
    pub fn expires_after(mut self, lifetime: Duration) -> Self {
        self.expires = self.since.checked_add(lifetime);
        self
    }

    /// The text of the refresh token. To read it, bring [`ExposeSecret`] into scope.
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// When it expires by the local clock, if known.
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
    /// From this time on the token is due for renewal.
    renew_at: SystemTime,
}

/// The longest time before expiry at which a token is renewed.
const EARLIEST: Duration = Duration::from_secs(5 * 60);

/// Clock differences up to this size are tolerated. With a larger one the age of a token is unknown.
const SKEW: Duration = Duration::from_secs(60);

impl Token {
    /// A token that does not expire.
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

    /// Sets its lifetime, counted from `start`.
    ///
    /// The token is renewed early: 20 % of its lifetime before it expires, at most 5 minutes. That time varies
    /// randomly by a fifth, so that programs that started together do not renew together.
    pub fn expires_after(mut self, start: SystemTime, lifetime: Duration) -> Self {
        let early = EARLIEST.min(lifetime / 5).mul_f64(0.8 + 0.4 * fastrand::f64());
        // A time that overflows the clock means no expiry.
        self.expires = start.checked_add(lifetime).map(|at| Expiry {
            since: start,
            at,
            renew_at: at.checked_sub(early).unwrap_or(at),
        });
        self
    }

    /// Adds the text of the token, for programs that pass it on.
    pub fn with_secret(mut self, secret: SecretString) -> Self {
        self.secret = Some(secret);
        self
    }

    /// Adds the user of the token.
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// Adds the refresh token. The provider finds it in the [previous](crate::TokenRequest::previous) token.
    pub fn with_refresh(mut self, refresh: RefreshToken) -> Self {
        self.refresh = Some(refresh);
        self
    }

    /// Adds the `client_name` or `device` that the token was obtained with.
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Declares that a renewal invalidates this token at once, so it is not used while a renewal is in flight.
    pub fn ends_when_renewed(mut self) -> Self {
        self.ends_when_renewed = true;
        self
    }

    /// Declares that the site ignores this token when it is invalid: public routes then respond as to an
    /// anonymous request, so their success proves nothing.
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

    /// Whether the token must not be used while it is renewed.
    pub(crate) fn is_ended_when_renewed(&self) -> bool {
        self.ends_when_renewed
    }

    /// The refresh token, if there is one.
    pub fn refresh(&self) -> Option<&RefreshToken> {
        self.refresh.as_ref()
    }

    /// The `client_name` or `device` that the token was obtained with.
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    pub(crate) fn since(&self) -> Option<SystemTime> {
        self.expires.map(|expires| expires.since)
    }

    /// Whether both tokens have the same text.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let text = |token: &Self| token.secret.as_ref().map(|text| text.expose_secret().to_owned());
        self.secret.is_some() && text(self) == text(other)
    }

    /// The token with its expiry, refresh token and user, to save it between two runs. `None` for a credential
    /// that is a password, and where the token's text is not a valid header value.
    ///
    /// ```
    /// # async fn example(identity: &wp_auth::Identity, site: &wp_core::Site) -> Result<(), wp_auth::AuthError> {
    /// use wp_auth::ExposeSecret;
    ///
    /// // At the end of a run. A `Basic` credential has nothing to save: it is the password itself.
    /// if let Some(saved) = identity.token(site).await?.save() {
    ///     keep(saved.to_json().expose_secret());
    /// }
    /// # Ok(()) }
    /// # fn keep(_: &str) {}
    /// ```
    pub fn save(&self) -> Option<SavedToken> {
        SavedToken::of(self)
    }

    /// The claims of a JWT, such as site, user and expiry. The signature is not checked. `None` if the token is
    /// not a JWT.
    pub fn claims(&self) -> Option<Value> {
        Claims::all(self.secret.as_ref()?.expose_secret())
    }

    /// The headers to add to a request.
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The token's text. `None` for a credential that is a password. To read it, bring [`ExposeSecret`] into
    /// scope.
    pub fn secret(&self) -> Option<&SecretString> {
        self.secret.as_ref()
    }

    /// When the token expires by the local clock, if known. It is the lifetime that the server reported, counted
    /// from the time of the token request, so a wrong local clock does not matter.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires.map(|expires| expires.at)
    }

    /// The user of the token, as far as the sign-in response described it.
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    /// Whether the token has not expired at `now`. A token without a known expiry counts as valid.
    pub fn is_valid(&self, now: SystemTime) -> bool {
        self.expires.is_none_or(|expires| now < expires.at)
    }

    /// Whether the clock was set back to before the token was issued, so that the token's age is unknown.
    fn is_from_the_future(&self, now: SystemTime) -> bool {
        self.expires.is_some_and(|expires| now + SKEW < expires.since)
    }

    /// Records that a server accepted the token.
    pub(crate) fn prove(&self) {
        self.proven.store(true, Relaxed);
    }

    pub(crate) fn unprove(&self) {
        self.proven.store(false, Relaxed);
    }

    pub(crate) fn is_proven(&self) -> bool {
        self.proven.load(Relaxed)
    }

    /// Whether the token is valid and not yet due for renewal at `now`.
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

/// The user, as a sign-in response describes them. A plugin may omit any field, and a site may add fields.
///
/// Old releases of API Bearer Auth also send the hash of the password and an activation key; those are dropped.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Profile {
    /// The user's id, from the response or from the claims of the token.
    pub id: Option<UserId>,
    /// The login name.
    pub login: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The user's slug, as in URLs.
    pub nicename: Option<String>,
    /// The display name.
    pub display_name: Option<String>,
    /// The user's roles on the site, such as `editor`, if the plugin sends them.
    pub roles: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn early_renewal_window_is_a_fifth_of_the_lifetime_up_to_5_minutes() {
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
    fn clock_set_back_over_a_minute_makes_the_token_age_unknown() {
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
    fn claims_of_a_jwt_and_expiry_of_a_refresh_token() {
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
