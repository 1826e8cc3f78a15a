//! For how long an error of a sign-in is remembered.

use std::time::Duration;

use wp_core::response::UnexpectedKind;

use crate::{AuthError, AuthErrorKind};

/// The longest that a site's own `Retry-After` is respected.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// For how long a code is awaited where nothing says how long the sign-in may be completed (5 minutes with Simple JWT
/// Login 4).
const CODE_IS_AWAITED: Duration = Duration::from_secs(5 * 60);

/// The longest that a page is believed which a firewall, a host or a proxy may have sent.
const MAX_RETRY_AFTER_OF_A_PAGE: Duration = Duration::from_secs(60 * 60);

/// The least time between two attempts with a refused token where the site counts them.
pub(crate) const BETWEEN_REFUSALS: Duration = Duration::from_secs(2 * 60);

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

/// Whether other programs with the same password are to wait as well. Security plugins also send a page in place of JSON,
/// and a sign-in without a response may have been counted.
pub(crate) fn is_shared(error: &AuthError) -> bool {
    let is_outage = error.unexpected().is_some_and(|response| {
        matches!(response.kind(), UnexpectedKind::Maintenance | UnexpectedKind::Database)
    });
    let is_unclear = error.kind() == AuthErrorKind::BadResponse && !is_outage || error.is_in_doubt();
    is_remembered(error) || is_unclear && error.carried_password()
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
        AuthErrorKind::SignInRequired | AuthErrorKind::TokenRefused | AuthErrorKind::BadResponse => {
            (15, 15 * 60)
        }
        _ if is_remembered(error) => (15, 15 * 60),
        _ if error.is_in_doubt() => (15, 60),
        _ => (1, 30),
    };
    let grown = Duration::from_secs((first << count.saturating_sub(1).min(10)).min(longest));
    let is_page = error.kind() == AuthErrorKind::BadResponse;
    let longest = if is_page { MAX_RETRY_AFTER_OF_A_PAGE } else { MAX_RETRY_AFTER };
    grown.max(error.retry_after().unwrap_or_default().min(longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_up_to_a_bound_and_respects_the_site_for_a_day() {
        use AuthErrorKind::{BadResponse, Invalid, LockedOut, RateLimited, TokenRefused, WrongCredentials};
        let error = |kind| AuthError::new(kind, "");
        let seconds = |error: &AuthError| [1, 2, 5, 20].map(|count| back_off(error, count).as_secs());
        for kind in [LockedOut, RateLimited] {
            assert_eq!(seconds(&error(kind)), [60, 120, 900, 900]);
        }
        for kind in [WrongCredentials, BadResponse, TokenRefused] {
            assert_eq!(seconds(&error(kind)), [15, 30, 240, 900]);
        }
        assert_eq!(seconds(&error(Invalid)), [1, 2, 16, 30]);
        for (asks, waits) in [(10, 15), (86_400, 86_400), (86_401, 86_400)] {
            let error = error(WrongCredentials).retried_after(Duration::from_secs(asks));
            assert_eq!(back_off(&error, 1).as_secs(), waits);
        }
        for (asks, waits) in [(3_600, 3_600), (3_601, 3_600)] {
            let error = error(BadResponse).retried_after(Duration::from_secs(asks));
            assert_eq!(back_off(&error, 1).as_secs(), waits, "anybody may have written it");
        }
    }
}
