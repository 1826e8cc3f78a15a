//! The expiry of an entry in Redis.

use std::time::{Duration, SystemTime};

use wp_auth::StoreEntry;

/// The limits of an expiry: Redis rejects 0, and a time that overflows.
const MIN_TTL: Duration = Duration::from_millis(1);
const MAX_TTL: Duration = Duration::from_secs(3_650 * 24 * 60 * 60);

/// How long an entry is kept: as long as it is useful.
pub(crate) fn of(entry: &StoreEntry, now: SystemTime) -> Duration {
    entry.keep_until(now).duration_since(now).unwrap_or_default()
}

/// The expiry in milliseconds, within the range that Redis accepts.
pub(crate) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.clamp(MIN_TTL, MAX_TTL).as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use wp_auth::SavedToken;

    use super::*;

    #[test]
    fn entry_ttl_lasts_until_the_token_is_useless() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000);
        for (json, seconds) in [
            (r#"{"access":"t","expires":1600000}"#, 600),
            (r#"{"access":"t","expires":1000000}"#, 0),
            (r#"{"access":"t","expires":1}"#, 0),
            (r#"{"access":"t"}"#, 90 * 86_400),
            // The refresh token is usable after the access token has expired.
            (r#"{"access":"t","expires":1600000,"refresh":"r","refresh_expires":1900000}"#, 900),
            (r#"{"access":"t","expires":1900000,"refresh":"r","refresh_expires":1600000}"#, 900),
            (r#"{"access":"t","expires":1600000,"refresh":"r"}"#, 90 * 86_400),
            (r#"{"refresh":"r"}"#, 90 * 86_400),
            (r#"{"refresh":"r","refresh_expires":1600000}"#, 600),
        ] {
            let entry = StoreEntry::of_token(SavedToken::from_json(json).unwrap());
            assert_eq!(of(&entry, now), Duration::from_secs(seconds), "{json}");
        }
    }

    #[test]
    fn ttl_milliseconds_are_within_the_range_of_redis() {
        assert_eq!(milliseconds(Duration::ZERO), 1);
        assert_eq!(milliseconds(Duration::from_secs(10)), 10_000);
        let forever = SavedToken::from_json(r#"{"access":"t","expires":18446744073709551615}"#).unwrap();
        for time in [Duration::MAX, of(&StoreEntry::of_token(forever), UNIX_EPOCH)] {
            assert_eq!(milliseconds(time), 3_650 * 86_400_000);
        }
    }
}
