//! Dates and times. WordPress sends most of them twice, on the site's clock and in GMT, both without a zone.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use jiff::civil::DateTime;
use jiff::fmt::temporal::Pieces;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Unit};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::token;

/// A date and time on the clock of the site (`date`, `modified`), to the second. The instant depends on the site's time
/// zone, so it can be compared only with other site times.
///
/// [`at`](Self::at) shows how to schedule in site time. With the feature `jiff`, `SiteTime` converts from and to
/// `civil::DateTime`, and [`GmtTime`] from and to `Timestamp`.
///
/// ```
/// use std::time::Duration;
/// use wp_core::{Query, SiteTime};
///
/// // The posts of the last week. WordPress reads `after` on the site's clock.
/// let latest: SiteTime = "2024-01-31T21:30:00".parse()?;
/// let mut query = Query::new();
/// query.push("after", latest - Duration::from_secs(7 * 86_400))?;
/// assert_eq!(query.get("after"), Some("2024-01-24T21:30:00"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteTime(DateTime);

/// A date and time in GMT (`date_gmt`, `modified_gmt`), to the second: an instant.
///
/// ```
/// use std::time::SystemTime;
/// use wp_core::GmtTime;
///
/// // An instant, so it can be compared with the clock of this machine, wherever the site is.
/// let scheduled: GmtTime = "2024-01-31T08:00:00+02:00".parse()?;
/// assert!(scheduled < GmtTime::try_from(SystemTime::now())?);
/// assert_eq!(scheduled.to_string(), "2024-01-31T06:00:00");
/// # Ok::<(), wp_core::TimeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GmtTime(Timestamp);

/// The text is not a date and time of WordPress.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a date and time; {expected}")]
pub struct TimeError {
    text: String,
    expected: &'static str,
}

impl TimeError {
    fn new(text: &str, expected: &'static str) -> Self {
        Self { text: text.chars().take(40).collect(), expected }
    }
}

/// Whether the text is WordPress's "never": MySQL's zero date, which becomes the year -1.
pub(crate) fn is_never(text: &str) -> bool {
    text.is_empty() || text.starts_with("-0001") || text.starts_with("0000")
}

/// Whether a text has the form of WordPress's own dates: `2024-01-31T06:00:00`.
pub(crate) fn is_plain(text: &str) -> bool {
    matches!(text.as_bytes(), [_, _, _, _, b'-', _, _, b'-', _, _, b'T', _, _, b':', _, _, b':', _, _])
}

/// Parses a date in WordPress's own form.
fn plain(text: &str) -> Option<DateTime> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', i1, i2, b':', s1, s2] =
        *text.as_bytes()
    else {
        return None;
    };
    let pair = |tens: u8, ones: u8| {
        let digits = tens.is_ascii_digit() && ones.is_ascii_digit();
        digits.then(|| i8::try_from((tens - b'0') * 10 + (ones - b'0')).ok())?
    };
    let year = i16::from(pair(y1, y2)?) * 100 + i16::from(pair(y3, y4)?);
    let time = (pair(h1, h2)?, pair(i1, i2)?, pair(s1, s2)?);
    DateTime::new(year, pair(m1, m2)?, pair(d1, d2)?, time.0, time.1, time.2, 0).ok()
}

/// Parses a date with a time, to the second, and its offset if there is one.
fn parts(text: &str) -> Option<(DateTime, Option<Offset>)> {
    if let Some(date) = plain(text) {
        return Some((date, None));
    }
    let parts = Pieces::parse(text.trim_ascii()).ok()?;
    let date = whole_second(parts.date().to_datetime(parts.time()?));
    Some((date, parts.to_numeric_offset()))
}

fn whole_second(date: DateTime) -> DateTime {
    date.with().subsec_nanosecond(0).build().unwrap_or(date)
}

impl FromStr for SiteTime {
    type Err = TimeError;

    /// Parses `2024-01-31T06:00:00`, also with a space in place of the `T`. A fraction of a second is dropped. The
    /// zone or offset of a date (`…Z`, `…+02:00`) is ignored: a field in site time shows the site's clock, whatever
    /// offset a plugin writes after it.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let wrong = || TimeError::new(text, "site time looks like 2024-01-31T06:00:00");
        parts(text).map(|(date, _)| Self(date)).ok_or_else(wrong)
    }
}

impl FromStr for GmtTime {
    type Err = TimeError;

    /// Parses `2024-01-31T06:00:00`, also with a space in place of the `T`. A fraction of a second is dropped. A date
    /// with an offset (`…+02:00`) is converted to GMT.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let instant =
            parts(text).and_then(|(date, offset)| offset.unwrap_or(Offset::UTC).to_timestamp(date).ok());
        instant.map(Self).ok_or_else(|| TimeError::new(text, "GMT looks like 2024-01-31T06:00:00"))
    }
}

impl SiteTime {
    const FIRST: Self = Self(jiff::civil::date(1, 1, 1).at(0, 0, 0, 0));
    const LAST: Self = Self(jiff::civil::date(9999, 12, 31).at(23, 59, 59, 0));

    /// The same day at this time. `None` if the time is invalid.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use wp_core::models::{NewPost, PostStatus, SiteInfo};
    /// use wp_core::{GmtTime, SiteTime};
    ///
    /// # fn schedule(site: &SiteInfo) -> Option<NewPost> {
    /// // Tomorrow at nine, on the clock of the site, wherever this program runs.
    /// let now = site.local_time(GmtTime::try_from(SystemTime::now()).ok()?)?;
    /// let at = (now + Duration::from_secs(24 * 60 * 60)).at(9, 0)?;
    /// let post = NewPost::titled("Good morning").status(PostStatus::Future).date(at);
    /// # Some(post) }
    /// # let evening: SiteTime = "2024-01-31T21:30:00".parse()?;
    /// # let next = (evening + Duration::from_secs(86_400)).at(9, 0).map(|time| time.to_string());
    /// # assert_eq!(next.as_deref(), Some("2024-02-01T09:00:00"));
    /// # Ok::<(), wp_core::TimeError>(())
    /// ```
    pub fn at(self, hour: u8, minute: u8) -> Option<Self> {
        let time = self.0.with().hour(i8::try_from(hour).ok()?).minute(i8::try_from(minute).ok()?).second(0);
        time.build().ok().map(Self)
    }

    /// The time since `earlier` by the site's clock, which may have been changed in between. `None` if `earlier` is
    /// later.
    pub fn since(self, earlier: Self) -> Option<Duration> {
        self.0.duration_since(earlier.0).try_into().ok()
    }
}

impl GmtTime {
    const FIRST: Self = Self(Timestamp::constant(-62_135_596_800, 0));
    const LAST: Self = Self(Timestamp::constant(253_402_207_200, 0));

    /// The time since `earlier`. `None` if `earlier` is later.
    pub fn since(self, earlier: Self) -> Option<Duration> {
        self.0.duration_since(earlier.0).try_into().ok()
    }

    /// The reading of a clock that is this many seconds ahead of GMT.
    pub(crate) fn on_clock(self, seconds_ahead: i32) -> Option<SiteTime> {
        Some(SiteTime(Offset::from_seconds(seconds_ahead).ok()?.to_datetime(self.0)))
    }
}

#[cfg(feature = "jiff")]
mod convert {
    use super::{DateTime, GmtTime, SiteTime, Timestamp, whole_second};

    impl From<SiteTime> for DateTime {
        fn from(time: SiteTime) -> Self {
            time.0
        }
    }

    /// Drops the fraction of the second.
    impl From<DateTime> for SiteTime {
        fn from(date: DateTime) -> Self {
            Self(whole_second(date))
        }
    }

    impl From<GmtTime> for Timestamp {
        fn from(time: GmtTime) -> Self {
            time.0
        }
    }

    /// Drops the fraction of the second.
    impl From<Timestamp> for GmtTime {
        fn from(instant: Timestamp) -> Self {
            let mode = jiff::RoundMode::Floor;
            let rounding = jiff::TimestampRound::new().smallest(jiff::Unit::Second).mode(mode);
            Self(instant.round(rounding).unwrap_or(instant))
        }
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

/// The wait that a server requests by `Retry-After`, which holds seconds or a date. At most one day.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::{Duration, SystemTime};
///
/// // A site under maintenance. `now` comes from the clock of the `Site`.
/// let now = SystemTime::UNIX_EPOCH;
/// let response = http::Response::builder().status(503).header("retry-after", "600").body(())?;
/// let wait = wp_core::retry_after(response.headers(), now).unwrap_or(Duration::from_secs(30));
/// assert_eq!(wait, Duration::from_secs(600));
/// # Ok(()) }
/// ```
pub fn retry_after(headers: &http::HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
        Duration::from_secs(text.parse().unwrap_or(u64::MAX)) // only digits: it fails only if too large
    } else {
        http_date(text, now)?.duration_since(now).unwrap_or_default()
    };
    Some(wait.min(Duration::from_secs(86_400)))
}

/// Parses the date of a header such as `Date`, in each form of RFC 9110, section 5.6.7:
/// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`. A year of two
/// digits becomes the year nearest to `now` that is at most 50 years after it.
pub fn http_date(text: &str, now: SystemTime) -> Option<SystemTime> {
    let text = text.trim();
    if let Ok(time) = jiff::fmt::rfc2822::parse(text) {
        return Some(time.timestamp().into());
    }
    let in_utc = |time: DateTime| Some(TimeZone::UTC.to_timestamp(time).ok()?.into());
    if let Ok(time) = DateTime::strptime("%a %b %e %H:%M:%S %Y", text) {
        return in_utc(time);
    }
    // The name of the day is ignored: it depends on the century.
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
    ($($name:ident $token:expr,)*) => {$(
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
                struct Text;
                impl<'de> serde::de::Visitor<'de> for Text {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a date and time")
                    }

                    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<$name, D::Error> {
                        deserializer.deserialize_str(self)
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_newtype_struct($token, Text)
            }
        }

        /// Adds whole seconds. The maximum is the end of the year 9999.
        impl Add<Duration> for $name {
            type Output = Self;

            fn add(self, duration: Duration) -> Self {
                let end = Self::LAST;
                self.0.checked_add(Duration::from_secs(duration.as_secs())).map_or(end, |sum| Self(sum).min(end))
            }
        }

        /// Subtracts whole seconds. The minimum is the beginning of the year 1.
        impl Sub<Duration> for $name {
            type Output = Self;

            fn sub(self, duration: Duration) -> Self {
                let start = Self::FIRST;
                self.0.checked_sub(Duration::from_secs(duration.as_secs())).map_or(start, |rest| Self(rest).max(start))
            }
        }
    )*};
}
time! { SiteTime token::SITE_TIME, GmtTime token::GMT_TIME, }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn site_time_rejects_a_zone_and_gmt_accepts_one() {
        let text = "2024-01-31T06:00:00";
        assert_eq!(text.parse::<SiteTime>().unwrap().to_string(), text);
        assert_eq!(text.parse::<GmtTime>().unwrap().to_string(), text);
        let zoned: GmtTime = "2024-01-31T08:00:00+02:00".parse().unwrap();
        assert_eq!(zoned.to_string(), text);
        // The offset is ignored in site time.
        for other in [
            "2024-01-31T06:00:00Z",
            "2024-01-31T06:00:00+02:00",
            "2024-01-31T06:00:00+0200",
            "2024-01-31T06:00:00.999",
            "2024-01-31 06:00:00",
        ] {
            assert_eq!(other.parse::<SiteTime>().unwrap().to_string(), text, "{other}");
        }
        for other in [
            "2024-01-31T06:00:00Z",
            "2024-01-31T08:00:00.5+02:00",
            "2024-01-31 06:00:00",
            "2024-01-31 05:00:00-0100",
        ] {
            assert_eq!(other.parse::<GmtTime>().unwrap().to_string(), text, "{other}");
        }
        for bad in [
            "",
            "2024-01-31",
            "2024-02-31T06:00:00",
            "2024-01-31T24:00:00",
            "now",
            "1706680800",
            "0000-00-00T00:00:00",
        ] {
            assert!(bad.parse::<SiteTime>().is_err(), "{bad}");
            assert!(bad.parse::<GmtTime>().is_err(), "{bad}");
        }
    }

    #[test]
    fn time_arithmetic_is_in_whole_seconds_and_saturates() {
        let day = Duration::from_secs(86_400);
        let time: SiteTime = "2024-02-28T21:30:00".parse().unwrap();
        assert_eq!((time + day + Duration::from_millis(999)).to_string(), "2024-02-29T21:30:00");
        assert_eq!((time + day).since(time), Some(day));
        assert_eq!((time.since(time + day), time.at(24, 0), time.at(9, 60)), (None, None, None));
        assert_eq!(time.at(9, 5).unwrap().to_string(), "2024-02-28T09:05:00");
        let gmt: GmtTime = "2024-03-01T00:30:00".parse().unwrap();
        assert_eq!((gmt - day).to_string(), "2024-02-29T00:30:00");
        assert_eq!(gmt.on_clock(-3600).unwrap().to_string(), "2024-02-29T23:30:00");
        assert_eq!((gmt + Duration::MAX).to_string().get(..10), Some("9999-12-30"));
        assert_eq!((time + Duration::MAX).to_string(), "9999-12-31T23:59:59");
        assert_eq!((time - Duration::MAX).to_string(), "0001-01-01T00:00:00");
        assert_eq!((gmt - Duration::MAX).to_string(), "0001-01-01T00:00:00");
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
    fn http_date_has_three_formats() {
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
    fn gmt_time_converts_to_system_time() {
        let time: GmtTime = "1970-01-02T00:00:00".parse().unwrap();
        let system = SystemTime::from(time);
        assert_eq!(system.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs(), 86_400);
        assert_eq!(GmtTime::try_from(system), Ok(time));
    }

    #[cfg(feature = "jiff")]
    #[test]
    fn times_round_trip_through_jiff() {
        let date = jiff::civil::date(2024, 3, 1).at(10, 0, 0, 999_999_999);
        let site = SiteTime::from(date);
        assert_eq!(site.to_string(), "2024-03-01T10:00:00");
        assert_eq!(SiteTime::from(DateTime::from(site)), site);
        for (text, floor) in [
            ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59"),
            ("2024-03-01T10:00:00.9Z", "2024-03-01T10:00:00"),
        ] {
            let gmt = GmtTime::from(text.parse::<Timestamp>().unwrap());
            assert_eq!(gmt.to_string(), floor);
            assert_eq!(text.parse(), Ok(gmt));
            assert_eq!(GmtTime::from(Timestamp::from(gmt)), gmt);
        }
    }
}
