//! For how long a token is kept.

use std::time::{Duration, SystemTime};

use wp_auth::SavedToken;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Where a token does not say when it ends: what nobody asks for is gone some day.
const UNKNOWN: Duration = DAY.saturating_mul(90);
/// Redis takes 0 for an error, and no time that is too long to count.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = DAY.saturating_mul(3_650);

/// As long as it is good for anything.
pub(crate) fn of(token: &SavedToken, now: SystemTime) -> Duration {
    let left = token.usable_until().map(|end| end.duration_since(now).unwrap_or_default());
    left.unwrap_or(UNKNOWN).clamp(SHORTEST, LONGEST)
}

/// As Redis takes it.
pub(crate) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.clamp(Duration::from_millis(1), LONGEST).as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn a_token_is_kept_as_long_as_it_is_good_for_anything() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000);
        for (json, seconds) in [
            (r#"{"access":"t","expires":1600000}"#, 600),
            (r#"{"access":"t","expires":1000000}"#, 1),
            (r#"{"access":"t","expires":1}"#, 1),
            (r#"{"access":"t"}"#, 90 * 86_400),
            // Renewed when the access token has ended.
            (r#"{"access":"t","expires":1600000,"refresh":"r","refresh_expires":1900000}"#, 900),
            (r#"{"access":"t","expires":1900000,"refresh":"r","refresh_expires":1600000}"#, 900),
            (r#"{"access":"t","expires":1600000,"refresh":"r"}"#, 90 * 86_400),
            (r#"{"refresh":"r"}"#, 90 * 86_400),
            (r#"{"refresh":"r","refresh_expires":1600000}"#, 600),
            (r#"{"access":"t","expires":18446744073709551615}"#, 3_650 * 86_400),
        ] {
            let token = SavedToken::from_json(json).unwrap();
            assert_eq!(of(&token, now), Duration::from_secs(seconds), "{json}");
        }
    }

    #[test]
    fn redis_takes_every_lease() {
        assert_eq!(milliseconds(Duration::ZERO), 1);
        assert_eq!(milliseconds(Duration::from_secs(45)), 45_000);
        assert!(i64::try_from(milliseconds(Duration::MAX)).is_ok_and(|time| time < i64::MAX / 2));
    }
}
