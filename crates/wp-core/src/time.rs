//! Times: WordPress sends most of them twice, in the site's zone and in GMT, neither with a zone.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A date and time on the clock of the site (`date`, `modified`), to the second. Which instant that
/// is depends on the site's time zone, so it compares with other site times only.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteTime(DateTime);

/// A date and time in GMT (`date_gmt`, `modified_gmt`), to the second: an instant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GmtTime(Timestamp);

/// The text is no date and time of WordPress.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no date and time; {expected}")]
pub struct TimeError {
    text: String,
    expected: &'static str,
}

impl TimeError {
    fn new(text: &str, expected: &'static str) -> Self {
        Self { text: text.chars().take(40).collect(), expected }
    }
}

impl FromStr for SiteTime {
    type Err = TimeError;

    /// Reads `2024-01-31T06:00:00`.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let wrong = || TimeError::new(text, "site time looks like 2024-01-31T06:00:00, without a zone");
        // A zone would make it an instant, which this type is not.
        if text.len() != "2024-01-31T06:00:00".len() {
            return Err(wrong());
        }
        text.parse().map(Self).map_err(|_| wrong())
    }
}

impl FromStr for GmtTime {
    type Err = TimeError;

    /// Reads `2024-01-31T06:00:00`, and the same with a zone, such as `…Z` or `…+02:00`.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let zoned = text.parse::<Timestamp>();
        let instant =
            zoned.or_else(|_| text.parse::<DateTime>()?.to_zoned(TimeZone::UTC).map(|z| z.timestamp()));
        let instant = instant.and_then(|instant| instant.round(Unit::Second));
        instant.map(Self).map_err(|_| TimeError::new(text, "GMT looks like 2024-01-31T06:00:00"))
    }
}

impl fmt::Display for SiteTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for GmtTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        TimeZone::UTC.to_datetime(self.0).fmt(f)
    }
}

impl TryFrom<SystemTime> for GmtTime {
    type Error = TimeError;

    /// Rounds to the second. Fails beyond the year 9999.
    fn try_from(time: SystemTime) -> Result<Self, TimeError> {
        let instant = Timestamp::try_from(time).and_then(|instant| instant.round(Unit::Second));
        instant.map(Self).map_err(|_| TimeError::new("", "the year must be below 10000"))
    }
}

impl From<GmtTime> for SystemTime {
    fn from(time: GmtTime) -> Self {
        time.0.into()
    }
}

/// How long a server asks to wait in `Retry-After`, which holds seconds or a date. A day at most.
pub fn retry_after(headers: &http::HeaderMap, now: SystemTime) -> Option<std::time::Duration> {
    let text = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
        std::time::Duration::from_secs(text.parse().unwrap_or(u64::MAX)) // what is too long for a number
    } else {
        http_date(text, now)?.duration_since(now).unwrap_or_default()
    };
    Some(wait.min(std::time::Duration::from_secs(86_400)))
}

/// The instant of a header such as `Date`, in each form of RFC 9110, section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`,
/// `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`. A year of two digits is the
/// one that is nearest to `now`, and no more than 50 years after it.
pub fn http_date(text: &str, now: SystemTime) -> Option<SystemTime> {
    let text = text.trim();
    if let Ok(time) = jiff::fmt::rfc2822::parse(text) {
        return Some(time.timestamp().into());
    }
    let in_utc = |time: DateTime| Some(TimeZone::UTC.to_timestamp(time).ok()?.into());
    if let Ok(time) = DateTime::strptime("%a %b %e %H:%M:%S %Y", text) {
        return in_utc(time);
    }
    // The name of the day is left out: it depends on the century.
    let (_, rest) = text.split_once(", ")?;
    let time = DateTime::strptime("%d-%b-%y %H:%M:%S GMT", rest).ok()?;
    let this_year = Timestamp::try_from(now).ok()?.to_zoned(TimeZone::UTC).year();
    let year = this_year - this_year.rem_euclid(100) + time.year().rem_euclid(100);
    let year = match year - this_year {
        51.. => year - 100,
        ..-49 => year + 100,
        _ => year,
    };
    in_utc(time.with().year(year).build().ok()?)
}

macro_rules! time {
    ($($name:ident)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::php::text(deserializer, str::parse)?.map_err(serde::de::Error::custom)
            }
        }
    )*};
}
time! { SiteTime GmtTime }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn site_time_has_no_zone_and_gmt_may_have_one() {
        let text = "2024-01-31T06:00:00";
        assert_eq!(text.parse::<SiteTime>().unwrap().to_string(), text);
        assert_eq!(text.parse::<GmtTime>().unwrap().to_string(), text);
        let zoned: GmtTime = "2024-01-31T08:00:00+02:00".parse().unwrap();
        assert_eq!(zoned.to_string(), text);
        for bad in ["2024-01-31T06:00:00Z", "2024-01-31", "2024-02-31T06:00:00", "now"] {
            assert!(bad.parse::<SiteTime>().is_err(), "{bad}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(784_111_777 - 30);
        for (text, seconds) in [
            ("120", Some(120)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(30)),
            ("Sat, 05 Nov 1994 08:49:37 GMT", Some(0)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(30)),
            ("Sun Nov  6 08:49:37 1994", Some(30)),
            (" Sun Nov  6 08:49:07 1994 ", Some(0)),
            ("Sunday, 06-Nov-95 08:49:37 GMT", Some(86_400)),
            ("-5", None),
            ("1.5", None),
            ("18446744073709551615", Some(86_400)),
            ("99999999999999999999999", Some(86_400)),
            ("soon", None),
        ] {
            let headers = [(http::header::RETRY_AFTER, text.parse().unwrap())].into_iter().collect();
            assert_eq!(retry_after(&headers, now).map(|wait| wait.as_secs()), seconds, "{text}");
        }
    }

    #[test]
    fn a_date_of_http_has_three_forms() {
        let at = |seconds| SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        let (in_1994, in_2026) = (at(784_111_777), at(1_795_000_000));
        for (text, now, expected) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", in_2026, Some(784_111_777)),
            ("Sun, 6 Nov 1994 08:49:37 +0000", in_2026, Some(784_111_777)),
            ("Sun Nov  6 08:49:37 1994", in_2026, Some(784_111_777)),
            ("Sun Nov 06 08:49:37 1994", in_2026, Some(784_111_777)),
            ("Thu Feb 29 00:00:00 2024", in_1994, Some(1_709_164_800)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", in_1994, Some(784_111_777)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", in_2026, Some(784_111_777)),
            ("Thursday, 29-Feb-24 00:00:00 GMT", in_1994, Some(1_709_164_800)),
            ("Thursday, 29-Feb-24 00:00:00 GMT", in_2026, Some(1_709_164_800)),
            ("Friday, 01-Jan-99 00:00:00 GMT", in_2026, Some(915_148_800)),
            ("Wednesday, 01-Jan-70 00:00:00 GMT", in_2026, Some(3_155_760_000)),
            ("Sunday, 06-Nov-94 08:49:37", in_2026, None),
            ("Sun Nov  6 08:49:37", in_2026, None),
            ("Sun, 31 Feb 1994 08:49:37 GMT", in_2026, None),
            ("Sunday, 31-Feb-94 08:49:37 GMT", in_2026, None),
            ("tomorrow", in_2026, None),
            ("", in_2026, None),
        ] {
            assert_eq!(http_date(text, now), expected.map(at), "{text}");
        }
    }

    #[test]
    fn gmt_is_an_instant() {
        let time: GmtTime = "1970-01-02T00:00:00".parse().unwrap();
        let system = SystemTime::from(time);
        assert_eq!(system.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs(), 86_400);
        assert_eq!(GmtTime::try_from(system), Ok(time));
    }
}
