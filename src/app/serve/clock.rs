//! What time it is, and what a date means here.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Where the time comes from: the system, or a test.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(Arc::new(Timestamp::now))
    }

    /// A clock that asks `now` for milliseconds since 1970-01-01 UTC.
    pub fn from_ms(now: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(move || instant(now())))
    }

    /// Milliseconds since 1970-01-01 UTC.
    pub fn now_ms(&self) -> i64 {
        (self.0)().as_millisecond()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Clock({})", (self.0)())
    }
}

/// Why an instant or a date is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Neither a date nor an instant.
    #[error("{given:?} is neither a date such as 2026-03-01 nor an RFC 3339 instant such as 2026-03-01T08:00:00+08:00")]
    Form {
        /// As given, shortened.
        given: String,
    },
    /// A time zone nobody knows.
    #[error("time zone {given:?} is not in the IANA database: set one such as Asia/Shanghai")]
    Zone {
        /// As given.
        given: String,
    },
}

/// The time zone of a workspace: dates mean local midnight there.
#[derive(Debug, Clone)]
pub struct Calendar(TimeZone);

impl Calendar {
    /// By IANA name.
    ///
    /// # Errors
    /// When there is no such zone.
    pub fn new(zone: &str) -> Result<Self, TimeError> {
        TimeZone::get(zone).map(Self).map_err(|_| TimeError::Zone { given: zone.to_owned() })
    }

    /// A date (`2026-03-01`: local midnight) or an RFC 3339 instant, in milliseconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse_ms(&self, given: &str) -> Result<i64, TimeError> {
        let form = || TimeError::Form { given: given.chars().take(40).collect() };
        // a bare date has ten letters; jiff would read more forms than the contract names
        if given.len() == 10 {
            let date: Date = given.parse().map_err(|_| form())?;
            let midnight = date.to_zoned(self.0.clone()).map_err(|_| form())?;
            return Ok(midnight.timestamp().as_millisecond());
        }
        let rfc3339 = given.len() >= 20 && given.as_bytes()[10].eq_ignore_ascii_case(&b't');
        // in a query `+` stands for a space; an offset that went through unescaped still says what was meant
        let mended = given.replacen(' ', "+", 1);
        match mended.parse::<Timestamp>() {
            Ok(instant) if rfc3339 => Ok(instant.as_millisecond()),
            _ => Err(form()),
        }
    }

    /// The date of an instant here, such as `2026-03-01`.
    pub fn date(&self, ms: i64) -> String {
        instant(ms).to_zoned(self.0.clone()).date().to_string()
    }

    /// An instant as RFC 3339 with the offset of this zone, to the millisecond where it has any.
    pub fn rfc3339(&self, ms: i64) -> String {
        let zoned = instant(ms).to_zoned(self.0.clone());
        zoned.timestamp().display_with_offset(zoned.offset()).to_string()
    }
}

/// An instant of milliseconds; what is beyond jiff's range (year ±9999) stands at its ends.
fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// How far ahead a publication that is about to take effect is made ready, in milliseconds.
pub(super) const LOOK_AHEAD_MS: i64 = SignedDuration::from_secs(10).as_millis() as i64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_local_midnight_and_an_instant_is_itself() {
        let shanghai = Calendar::new("Asia/Shanghai").unwrap();
        let midnight_ms = shanghai.parse_ms("2026-03-01").unwrap();
        assert_eq!(shanghai.rfc3339(midnight_ms), "2026-03-01T00:00:00+08:00");
        for same in ["2026-02-28T16:00:00Z", "2026-03-01T00:00:00+08:00", "2026-03-01T00:00:00 08:00"] {
            assert_eq!(shanghai.parse_ms(same), Ok(midnight_ms), "{same}");
        }
        assert_eq!(shanghai.date(midnight_ms - 1), "2026-02-28");
    }

    #[test]
    fn what_is_neither_date_nor_instant_is_refused() {
        let utc = Calendar::new("UTC").unwrap();
        for given in [
            "",
            "today",
            "2026-02-30",
            "2026-3-1",
            "20260301",
            "2026-03-01T00:00:00",
            "1772323200",
            "9999999999-01-01T00:00:00Z",
        ] {
            assert!(matches!(utc.parse_ms(given), Err(TimeError::Form { .. })), "{given}");
        }
        assert!(Calendar::new("Mars/Olympus").is_err());
    }
}
