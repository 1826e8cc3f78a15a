//! For how long an error of a sign-in is remembered.

use std::time::Duration;

use crate::{AuthError, AuthErrorKind};

/// The longest that a site's own `Retry-After` is respected.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Whether it stays true until somebody changes something, and another attempt may lock the account.
pub(crate) fn is_remembered(error: &AuthError) -> bool {
    use AuthErrorKind::{
        CaptchaRequired, LockedOut, RateLimited, Refused, SecondFactorRequired, WrongCredentials,
    };
    matches!(
        error.kind(),
        WrongCredentials | LockedOut | RateLimited | SecondFactorRequired | CaptchaRequired | Refused
    )
}

/// How long an error is remembered after `count` in a row, and at least as long as the site asks. A wrong password
/// stays wrong, and sites lock out whoever fails five times in a minute.
pub(crate) fn back_off(error: &AuthError, count: u32) -> Duration {
    let (first, longest) = match error.kind() {
        AuthErrorKind::LockedOut | AuthErrorKind::RateLimited => (60, 15 * 60),
        // The code is being typed: another sign-in would end it. (It lives for 5 minutes with Simple JWT Login 4.)
        AuthErrorKind::SecondFactorRequired => (5 * 60, 15 * 60),
        // A key that was refused is tried again: the server may have erred. A wrong password may be behind a page that came
        // in place of JSON.
        AuthErrorKind::SignInRequired | AuthErrorKind::TokenRefused | AuthErrorKind::BadResponse => {
            (15, 15 * 60)
        }
        _ if is_remembered(error) || error.is_in_doubt() => (15, 15 * 60),
        _ => (1, 30),
    };
    let grown = Duration::from_secs((first << count.saturating_sub(1).min(10)).min(longest));
    grown.max(error.retry_after().unwrap_or_default().min(LONGEST_RETRY_AFTER))
}
