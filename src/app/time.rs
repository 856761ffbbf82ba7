//! Dates and instants in the workspace's time zone.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::AppError;

fn zone(name: &str) -> Result<TimeZone, AppError> {
    TimeZone::get(name).map_err(|_| AppError::TimeZone { name: name.to_owned() })
}

/// Milliseconds since 1970 of a date (`2026-03-01`: midnight there) or an RFC 3339 instant.
///
/// # Errors
/// When the text is neither, or the zone is unknown.
pub fn instant_ms(text: &str, time_zone: &str) -> Result<i64, AppError> {
    let zone = zone(time_zone)?;
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant.as_millisecond());
    }
    let wrong = || AppError::Time { text: text.to_owned() };
    let date: Date = if text.len() == 10 { text.parse().map_err(|_| wrong())? } else { return Err(wrong()) };
    Ok(date.to_zoned(zone).map_err(|_| wrong())?.timestamp().as_millisecond())
}

/// The date at an instant, as `2026-03-01`.
///
/// # Errors
/// When the zone is unknown or the instant out of range.
pub fn date_of(instant_ms: i64, time_zone: &str) -> Result<String, AppError> {
    let wrong = |_| AppError::Time { text: instant_ms.to_string() };
    let instant = Timestamp::from_millisecond(instant_ms).map_err(wrong)?;
    Ok(Zoned::new(instant, zone(time_zone)?).date().to_string())
}

/// Milliseconds of the midnight with which the day of `now_ms` began.
///
/// # Errors
/// When the zone is unknown.
pub fn today(now_ms: i64, time_zone: &str) -> Result<i64, AppError> {
    instant_ms(&date_of(now_ms, time_zone)?, time_zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_local_midnight() {
        assert_eq!(instant_ms("2026-03-01", "Asia/Shanghai").unwrap(), instant_ms("2026-02-28T16:00:00Z", "UTC").unwrap());
        assert_eq!(date_of(instant_ms("2026-02-28T16:00:00Z", "UTC").unwrap(), "Asia/Shanghai").unwrap(), "2026-03-01");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "tomorrow", "2026-13-01", "2026-03-01T08:00", "20260301", "2026-3-1"] {
            assert!(matches!(instant_ms(text, "UTC"), Err(AppError::Time { .. })), "{text}");
        }
        assert!(matches!(instant_ms("2026-03-01", "Mars/Base"), Err(AppError::TimeZone { .. })));
    }
}
