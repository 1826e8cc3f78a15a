//! For how long an error of a sign-in is remembered.

use std::time::Duration;

use crate::{AuthError, AuthErrorKind};

/// The longest that a site's own `Retry-After` is respected.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// For how long a code is awaited where nothing says how long the sign-in may be completed (5 minutes with Simple JWT
/// Login 4).
const CODE_IS_AWAITED: Duration = Duration::from_secs(5 * 60);

/// Whether another attempt with the same password may lock the account. Security plugins also send a page in place of
/// JSON, and a sign-in without a response may have been counted.
pub(crate) fn is_remembered(error: &AuthError) -> bool {
    use AuthErrorKind::{
        BadResponse, CaptchaRequired, LockedOut, RateLimited, Refused, SecondFactorRequired, WrongCredentials,
    };
    matches!(
        error.kind(),
        WrongCredentials
            | LockedOut
            | RateLimited
            | SecondFactorRequired
            | CaptchaRequired
            | Refused
            | BadResponse
    ) || error.is_in_doubt()
}

/// How long an error is remembered after `count` in a row, and at least as long as the site asks. A wrong password
/// stays wrong, and sites lock out whoever fails five times in a minute.
pub(crate) fn back_off(error: &AuthError, count: u32) -> Duration {
    // The code is being typed, and another sign-in would end it. Once it is too late for that, nothing else helps.
    if let Some(second_factor) = error.second_factor() {
        if second_factor.is_over() {
            return Duration::ZERO;
        }
        let lifetime = second_factor.lifetime().unwrap_or(CODE_IS_AWAITED);
        return lifetime.clamp(Duration::from_secs(15), Duration::from_secs(15 * 60));
    }
    let (first, longest) = match error.kind() {
        AuthErrorKind::LockedOut | AuthErrorKind::RateLimited => (60, 15 * 60),
        // A key that was refused is tried again: the server may have erred.
        AuthErrorKind::SignInRequired | AuthErrorKind::TokenRefused => (15, 15 * 60),
        _ if is_remembered(error) => (15, 15 * 60),
        _ => (1, 30),
    };
    let grown = Duration::from_secs((first << count.saturating_sub(1).min(10)).min(longest));
    grown.max(error.retry_after().unwrap_or_default().min(LONGEST_RETRY_AFTER))
}
