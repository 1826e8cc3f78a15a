//! The server's clock, and WordPress' dates, which have no time zone.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::Offset};

/// The system time plus an offset; or a fixed time, once the test has set it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock {
    offset: SignedDuration,
    /// A fixed time that the offset is added to, instead of the current system time.
    stopped_at: Option<Timestamp>,
}

impl Clock {
    pub(crate) fn off_by(offset: SignedDuration) -> Self {
        Self { offset, stopped_at: None }
    }

    pub(crate) fn now(&self) -> Timestamp {
        let now = self.stopped_at.unwrap_or_else(Timestamp::now);
        now.checked_add(self.offset).unwrap_or(now)
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        self.offset = self.offset.saturating_add(by);
    }

    pub(crate) fn set(&mut self, unix_seconds: i64) {
        // The clock stops here, so that no test depends on the rest of that second.
        self.stopped_at = Some(Timestamp::UNIX_EPOCH);
        self.offset = SignedDuration::from_secs(unix_seconds);
    }
}

/// `Sun, 22 Nov 2026 17:50:51 GMT`.
pub(crate) fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// `2024-01-01T06:00:00`.
pub(crate) fn text(at: DateTime) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

pub(crate) fn utc(at: Timestamp) -> DateTime {
    Offset::UTC.to_datetime(at)
}

/// Parses a date like `rest_parse_date`: seconds are required, a fraction and a zone are optional. The zone is
/// `None` if the date has none.
pub(crate) fn parse(date: &str) -> Option<(DateTime, Option<Offset>)> {
    let (day, mut rest) = (date.get(..19)?, date.get(19..)?);
    let bytes = day.as_bytes();
    let shape = bytes.iter().enumerate().all(|(at, byte)| match at {
        4 | 7 => *byte == b'-',
        10 => matches!(byte, b'T' | b't' | b' '),
        13 | 16 => *byte == b':',
        _ => byte.is_ascii_digit(),
    });
    if !shape {
        return None;
    }
    // As for PHP, 30 February is a day in March.
    let extra =
        day.get(8..10)?.parse::<i64>().ok()?.checked_sub(1).filter(|extra| (0..31).contains(extra))?;
    let first = format!("{}01T{}", &day[..8], &day[11..]).parse::<DateTime>().ok()?;
    let civil = first.checked_add(SignedDuration::from_hours(24 * extra)).ok()?;
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    let offset = match rest {
        "" => None,
        "Z" | "z" => Some(Offset::UTC),
        zone => Some(offset(zone)?),
    };
    Some((civil, offset))
}

/// `+08`, `+08:00`, `-03:30`.
fn offset(zone: &str) -> Option<Offset> {
    let sign = match zone.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = zone[1..].split_once(':').unwrap_or((&zone[1..], "00"));
    let part = |text: &str| (text.len() == 2).then(|| text.parse::<i32>().ok()).flatten().filter(|n| *n >= 0);
    Offset::from_seconds(sign * (part(hours)? * 3600 + part(minutes)? * 60)).ok()
}
