//! The entry of a token store.

use std::fmt;
use std::time::{Duration, SystemTime};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::back_off::back_off;
use crate::saved::{Form, milliseconds, place, time};
use crate::{AuthError, AuthErrorKind, SavedToken, Token};

/// The entry that a [`TokenStore`](crate::TokenStore) keeps under a key: a token, a digest of the password that
/// it was granted for, and digests of passwords that the site refused. Anyone who can read it can act as the
/// user.
///
/// A store writes [`to_json`](Self::to_json) and reads [`from_json`](Self::from_json). The content is used only
/// by [`Identity`](crate::Identity).
#[derive(Clone, Default)]
pub struct StoreEntry {
    pub(crate) token: Option<SavedToken>,
    /// The digest of the password that the token was granted for.
    pub(crate) verifier: Option<String>,
    /// When the site was last seen to accept the token.
    pub(crate) proven: Option<SystemTime>,
    refusals: Vec<Refusal>,
    tries: Vec<Try>,
}

/// A password that the site refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Refusal {
    verifier: String,
    kind: String,
    /// Milliseconds since 1970.
    since: u64,
    until: u64,
    /// Consecutive refusals.
    count: u32,
}

/// A password that a sign-in is using now, or that a recent sign-in used successfully.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Try {
    verifier: String,
    /// Milliseconds since 1970.
    until: u64,
    is_right: bool,
}

#[derive(Serialize, Deserialize)]
struct EntryForm<S> {
    version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<Form<S>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verifier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proven: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    refusals: Vec<Refusal>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tries: Vec<Try>,
}

const VERSION: u32 = 1;

/// The most refused passwords, and the most tried passwords, that an entry remembers for one user.
const MAX_REFUSALS: usize = 32;
/// After this time without another refusal, the count starts again.
const ROW_ENDS: Duration = Duration::from_secs(15 * 60);
/// How long other sign-ins wait for one with the same password: the deadline of a token request.
const TRY_LASTS: Duration = crate::exchange::DEADLINE;
/// How long a password that was right is exempt from that wait.
const RIGHT_LASTS: Duration = Duration::from_secs(60);

/// How long an entry without a known expiry is kept after its last write.
const UNKNOWN_LIFE: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// The errors that an entry remembers, with their serialized names. `SecondFactorRequired` is not remembered,
/// because the interim token that completes the sign-in is not stored.
const KINDS: &[(&str, AuthErrorKind)] = &[
    ("wrong_credentials", AuthErrorKind::WrongCredentials),
    ("locked_out", AuthErrorKind::LockedOut),
    ("rate_limited", AuthErrorKind::RateLimited),
    ("captcha_required", AuthErrorKind::CaptchaRequired),
    ("refused", AuthErrorKind::Refused),
    ("bad_response", AuthErrorKind::BadResponse),
    ("no_response", AuthErrorKind::Unreachable),
];

impl StoreEntry {
    /// An entry with only a token, for tests of a store.
    pub fn of_token(token: SavedToken) -> Self {
        Self { token: Some(token), ..Self::default() }
    }

    /// The token, if there is one.
    pub fn token(&self) -> Option<&SavedToken> {
        self.token.as_ref()
    }

    /// When the entry is no longer useful and may be removed.
    pub fn keep_until(&self, now: SystemTime) -> SystemTime {
        let unknown = now.checked_add(UNKNOWN_LIFE).unwrap_or(now);
        let token = self.token.as_ref().map(|token| token.usable_until().unwrap_or(unknown));
        let refusals = self.refusals.iter().filter_map(|refusal| time(refusal.until)?.checked_add(ROW_ENDS));
        let tries = self.tries.iter().filter_map(|tried| time(tried.until));
        token.into_iter().chain(refusals).chain(tries).max().unwrap_or(now)
    }

    /// Serializes it as JSON. The JSON contains secrets: store it where no other user can read it.
    pub fn to_json(&self) -> SecretString {
        let form = EntryForm {
            version: VERSION,
            token: self.token.as_ref().map(|token| token.form().map(ExposeSecret::expose_secret)),
            verifier: self.verifier.clone(),
            proven: self.proven.and_then(milliseconds),
            refusals: self.refusals.clone(),
            tries: self.tries.clone(),
        };
        // Large enough that the buffer does not grow: growing would leave a copy of the secret in memory.
        let mut text = Vec::with_capacity(16 << 10);
        // The form has only strings and numbers, so serializing cannot fail.
        let written =
            serde_json::to_writer(&mut text, &form).ok().and_then(|()| String::from_utf8(text).ok());
        written.unwrap_or_default().into()
    }

    /// Reads the JSON that [`to_json`](Self::to_json) wrote. Unknown fields are ignored.
    ///
    /// # Errors
    /// [`AuthErrorKind::Invalid`] for anything else. The error does not quote the input.
    pub fn from_json(text: &str) -> Result<Self, AuthError> {
        let form: EntryForm<SecretString> = serde_json::from_str(text)
            .map_err(|error| AuthError::invalid(format!("the stored entry is invalid: {}", place(&error))))?;
        if form.version != VERSION {
            return Err(AuthError::invalid(
                "the stored entry was written by another version of these crates",
            ));
        }
        Ok(Self {
            token: form.token.map(SavedToken::try_from).transpose()?,
            verifier: form.verifier,
            proven: form.proven.and_then(time),
            refusals: form.refusals,
            tries: form.tries,
        })
    }

    /// Replaces the token, and records the digest of the password that it was granted for.
    pub(crate) fn with_token(mut self, token: &Token, verifier: Option<&str>) -> Self {
        self.token = token.save();
        self.proven = None;
        self.verifier = verifier.map(str::to_owned);
        // The password is right, so earlier refusals of it no longer count.
        self.refusals.retain(|refusal| Some(&*refusal.verifier) != verifier);
        self
    }

    /// Whether a sign-in with this password is in flight.
    pub(crate) fn is_tried(&self, verifier: &str, now: SystemTime) -> bool {
        self.tries.iter().any(|tried| tried.lasts(verifier, now) && !tried.is_right)
    }

    /// Whether a sign-in with this password succeeded a moment ago.
    pub(crate) fn is_right(&self, verifier: &str, now: SystemTime) -> bool {
        self.tries.iter().any(|tried| tried.lasts(verifier, now) && tried.is_right)
    }

    /// Records that a sign-in with this password has started.
    pub(crate) fn with_try(self, verifier: &str, now: SystemTime) -> Self {
        self.tried(verifier, now.checked_add(TRY_LASTS), false)
    }

    /// Records that a sign-in with this password succeeded.
    pub(crate) fn with_right(mut self, verifier: &str, now: SystemTime) -> Self {
        self.refusals.retain(|refusal| refusal.verifier != verifier);
        self.tried(verifier, now.checked_add(RIGHT_LASTS), true)
    }

    /// Removes the record of a sign-in with this password.
    pub(crate) fn without_try(mut self, verifier: &str) -> Self {
        self.tries.retain(|tried| tried.verifier != verifier);
        self
    }

    fn tried(mut self, verifier: &str, until: Option<SystemTime>, is_right: bool) -> Self {
        self = self.without_try(verifier);
        if let Some(until) = until.and_then(milliseconds) {
            self.tries.push(Try { verifier: verifier.to_owned(), until, is_right });
        }
        let over = self.tries.len().saturating_sub(MAX_REFUSALS);
        self.tries.drain(..over);
        self
    }

    /// Records that the site accepted the token.
    pub(crate) fn proven_at(mut self, now: SystemTime) -> Self {
        self.proven = Some(now);
        self
    }

    /// The error of the last sign-in with this password, while its back-off lasts.
    pub(crate) fn refusal(&self, verifier: &str, now: SystemTime) -> Option<AuthError> {
        let refusal = self.refusals.iter().find(|refusal| refusal.verifier == verifier)?;
        let (since, until) = (time(refusal.since)?, time(refusal.until)?);
        // If the clock was set back, the refusal must not last for years.
        let left = until.duration_since(now).ok().filter(|left| !left.is_zero() && since <= now)?;
        let (_, kind) = KINDS.iter().find(|(name, _)| *name == refusal.kind)?;
        let ago = now.duration_since(since).unwrap_or_default().as_secs();
        let what = match kind {
            AuthErrorKind::BadResponse => "a sign-in got a response that is not from the plugin",
            AuthErrorKind::Unreachable => "a sign-in got no response",
            _ => "the site said so",
        };
        let detail = format!("{what} {ago} s ago, and the site is asked again in {} s", left.as_secs() + 1);
        Some(AuthError::new(*kind, detail).retried_after(left))
    }

    /// Records that the site refused the password with this digest.
    pub(crate) fn with_refusal(mut self, verifier: &str, error: &AuthError, now: SystemTime) -> Self {
        let Some((name, _)) = KINDS.iter().find(|row| row.1 == error.kind()) else { return self };
        let is_over = |refusal: &Refusal| {
            let end = time(refusal.until).and_then(|until| until.checked_add(ROW_ENDS));
            end.is_none_or(|end| end < now)
        };
        self.refusals.retain(|refusal| !is_over(refusal));
        let before = self.refusals.iter().position(|refusal| refusal.verifier == verifier);
        let count = before.map_or(0, |at| self.refusals.remove(at).count).saturating_add(1);
        let until = now.checked_add(back_off(error, count)).unwrap_or(now);
        if let (Some(since), Some(until)) = (milliseconds(now), milliseconds(until)) {
            let (verifier, kind) = (verifier.to_owned(), (*name).to_owned());
            self.refusals.push(Refusal { verifier, kind, since, until, count });
        }
        let over = self.refusals.len().saturating_sub(MAX_REFUSALS);
        self.refusals.drain(..over);
        self
    }
}

impl Try {
    fn lasts(&self, verifier: &str, now: SystemTime) -> bool {
        // If the clock was set back, this must not last for years.
        let left = time(self.until).and_then(|until| until.duration_since(now).ok());
        self.verifier == verifier && left.is_some_and(|left| !left.is_zero() && left <= RIGHT_LASTS)
    }
}

/// Shows whether there is a token, but neither its text nor a digest.
impl fmt::Debug for StoreEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreEntry")
            .field("token", &self.token)
            .field("proven", &self.proven)
            .field("refusals", &self.refusals.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
    }

    fn written(entry: &StoreEntry) -> StoreEntry {
        StoreEntry::from_json(entry.to_json().expose_secret()).unwrap()
    }

    #[test]
    fn refusal_back_off_grows_per_password() {
        let wrong = AuthError::new(AuthErrorKind::WrongCredentials, "");
        let mut entry = StoreEntry::default();
        let mut now = 0;
        for seconds in [15, 30, 60] {
            entry = written(&entry.with_refusal("v", &wrong, at(now)));
            let refusal = |seconds| entry.refusal("v", at(now + seconds));
            assert_eq!(refusal(seconds - 1).unwrap().kind(), AuthErrorKind::WrongCredentials);
            assert!(refusal(seconds).is_none());
            assert!(entry.refusal("w", at(now)).is_none(), "another password is not refused");
            assert!(entry.refusal("v", at(now) - Duration::from_secs(1)).is_none(), "the clock was put back");
            assert_eq!(
                entry.keep_until(at(now)),
                at(now + seconds + 15 * 60),
                "the count is kept for longer"
            );
            now += seconds;
        }
        // After fifteen minutes without a refusal, the count starts again.
        entry = entry.with_refusal("v", &wrong, at(now + 15 * 60 + 1));
        assert!(entry.refusal("v", at(now + 15 * 60 + 15)).is_some());
        assert!(entry.refusal("v", at(now + 15 * 60 + 16)).is_none());
        // A successful sign-in removes the refusals as well.
        assert!(entry.with_right("v", at(0)).refusal("v", at(now + 15 * 60 + 2)).is_none());
    }

    #[test]
    fn refusal_count_resets_after_15_minutes() {
        let wrong = AuthError::new(AuthErrorKind::WrongCredentials, "");
        for (quiet, seconds) in [(15 * 60, 30), (15 * 60 + 1, 15)] {
            let entry = StoreEntry::default().with_refusal("v", &wrong, at(0));
            let now = 15 + quiet;
            let entry = entry.with_refusal("v", &wrong, at(now));
            assert!(entry.refusal("v", at(now + seconds - 1)).is_some());
            assert!(entry.refusal("v", at(now + seconds)).is_none(), "{quiet}");
        }
    }

    #[test]
    fn keep_until_is_token_expiry_or_90_days_if_unknown() {
        let days = |count: u64| at(count * 24 * 60 * 60);
        for (saved, end) in [
            (r#"{"access":"t","expires":1800000009000}"#, at(9)),
            (r#"{"access":"t"}"#, days(90)),
            (r#"{"access":"t","expires":1800000009000,"refresh":"r"}"#, days(90)),
        ] {
            let entry = StoreEntry::of_token(SavedToken::from_json(saved).unwrap());
            assert_eq!(entry.keep_until(at(0)), end, "{saved}");
        }
        assert_eq!(StoreEntry::default().keep_until(at(0)), at(0));
    }

    #[test]
    fn with_token_clears_the_refusal_of_its_password_only() {
        let wrong = AuthError::new(AuthErrorKind::WrongCredentials, "");
        let entry = StoreEntry::default().with_refusal("v", &wrong, at(0)).with_refusal("w", &wrong, at(0));
        let token = SavedToken::access("t").token().unwrap();
        let entry = entry.with_token(&token, Some("v"));
        assert!(entry.refusal("v", at(1)).is_none() && entry.refusal("w", at(1)).is_some());
    }

    #[test]
    fn refusal_error_reports_its_age_and_the_next_attempt() {
        for (kind, says) in [
            (
                AuthErrorKind::WrongCredentials,
                "the site said so 5 s ago, and the site is asked again in 11 s",
            ),
            (AuthErrorKind::BadResponse, "not from the plugin 5 s ago"),
            (AuthErrorKind::Unreachable, "got no response"),
        ] {
            let entry = StoreEntry::default().with_refusal("v", &AuthError::new(kind, ""), at(0));
            // An error without a response is remembered for a second alone where nothing was sent.
            let now = if kind == AuthErrorKind::Unreachable { 0 } else { 5 };
            let error = entry.refusal("v", at(now)).unwrap();
            assert!(error.kind() == kind && error.to_string().contains(says), "{error}");
        }
    }

    #[test]
    fn try_and_right_marks_of_a_password_expire() {
        let entry = written(&StoreEntry::default().with_try("v", at(0)));
        assert!(entry.is_tried("v", at(19)) && !entry.is_right("v", at(19)) && !entry.is_tried("w", at(0)));
        assert!(!entry.is_tried("v", at(20)));
        assert_eq!(entry.keep_until(at(0)), at(20));
        let entry = written(&entry.with_right("v", at(0)));
        assert!(entry.is_right("v", at(59)) && !entry.is_tried("v", at(59)));
        assert!(!entry.is_right("v", at(60)));
        assert!(!entry.is_right("v", at(0) - Duration::from_secs(1)), "the clock was put back");
        assert!(!entry.without_try("v").is_right("v", at(1)));
    }

    #[test]
    fn store_entry_size_is_bounded() {
        let wrong = AuthError::new(AuthErrorKind::WrongCredentials, "");
        let mut entry = StoreEntry::default();
        for guess in 0..100 {
            entry = entry.with_try(&guess.to_string(), at(0)).with_refusal(&guess.to_string(), &wrong, at(0));
        }
        assert_eq!((entry.tries.len(), entry.refusals.len()), (32, 32));
        assert!(entry.is_tried("99", at(1)) && entry.refusal("99", at(1)).is_some());
    }
}
