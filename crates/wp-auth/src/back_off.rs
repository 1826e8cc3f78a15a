//! The back-off after a failed sign-in.

use std::time::Duration;

use wp_core::response::UnexpectedKind;

use crate::{AuthError, AuthErrorKind};

/// The longest `Retry-After` of a site that is respected.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// How long to wait for a code if the plugin does not say how long the sign-in can be completed (Simple JWT Login
/// 4: 5 minutes).
const CODE_IS_AWAITED: Duration = Duration::from_secs(5 * 60);

/// The longest back-off after a page that a firewall, a host or a proxy may have sent.
const MAX_RETRY_AFTER_OF_A_PAGE: Duration = Duration::from_secs(60 * 60);

/// The minimum time between two attempts with a refused token, where the site counts them.
pub(crate) const BETWEEN_REFUSALS: Duration = Duration::from_secs(2 * 60);

/// Whether the error lasts until the configuration changes, and another attempt may lock the account.
pub(crate) fn is_remembered(error: &AuthError) -> bool {
    use AuthErrorKind::{
        CaptchaRequired, LockedOut, RateLimited, Refused, SecondFactorRequired, WrongCredentials,
    };
    matches!(
        error.kind(),
        WrongCredentials | LockedOut | RateLimited | SecondFactorRequired | CaptchaRequired | Refused
    )
}

/// Whether other processes with the same password must wait as well. That includes a page instead of JSON, which
/// security plugins send, and a sign-in without a response, which the site may have counted.
pub(crate) fn is_shared(error: &AuthError) -> bool {
    let is_outage = error.unexpected().is_some_and(|response| {
        matches!(response.kind(), UnexpectedKind::Maintenance | UnexpectedKind::Database)
    });
    let is_unclear = error.kind() == AuthErrorKind::BadResponse && !is_outage || error.is_in_doubt();
    is_remembered(error) || is_unclear && error.carried_password()
}

/// The back-off after `count` consecutive errors; at least the site's `Retry-After`. A wrong password stays
/// wrong, and sites lock out a user after five failures in a minute.
pub(crate) fn back_off(error: &AuthError, count: u32) -> Duration {
    // The user is typing the code, and another sign-in would invalidate it. After that only a new sign-in helps.
    if let Some(second_factor) = error.second_factor() {
        if second_factor.is_over() {
            return Duration::ZERO;
        }
        let lifetime = second_factor.lifetime().unwrap_or(CODE_IS_AWAITED);
        return lifetime.clamp(Duration::from_secs(15), Duration::from_secs(15 * 60));
    }
    let (first, longest) = match error.kind() {
        AuthErrorKind::LockedOut | AuthErrorKind::RateLimited => (60, 15 * 60),
        // A refused key is tried again: the refusal may have been a server error.
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
    fn back_off_doubles_up_to_a_maximum_and_honours_retry_after_up_to_a_day() {
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
            assert_eq!(back_off(&error, 1).as_secs(), waits, "another server may have written it");
        }
    }
}
