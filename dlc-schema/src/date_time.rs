use std::{fmt, str::FromStr, time::SystemTime};

use dlc_model::{Timestamp, UtcOffset};

/// A date and a time of day without a zone, in whole seconds, as the pipeline's tables have them.
///
/// # Examples
///
/// ```
/// use dlc_schema::DateTime;
///
/// let start: DateTime = "2022-06-07 14:53:11".parse()?;
///
/// assert_eq!(start.to_string(), "2022-06-07 14:53:11");
/// # Ok::<(), dlc_model::ParseTimestampError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct DateTime {
    /// Seconds since 1970-01-01 00:00:00 of the same unnamed zone.
    seconds: i64,
}

const SECOND: i64 = 1_000_000_000; // ns

impl DateTime {
    /// Counts seconds from 1970-01-01 00:00:00 of the same zone.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self { seconds }
    }

    /// Returns the seconds since 1970-01-01 00:00:00 of the same zone.
    pub const fn seconds(self) -> i64 {
        self.seconds
    }

    /// Returns what a clock on the wall showed at a moment, where it was, rounded down.
    pub fn local(moment: Timestamp) -> Self {
        let seconds = moment.unix_ns().div_euclid(SECOND);
        Self::from_seconds(seconds + 60 * i64::from(moment.offset().minutes()))
    }

    /// Returns the time of this machine's clock, in UTC.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let seconds = since.map_or(0, |since| since.as_secs());
        Self::from_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = Timestamp::from_unix_ns(self.seconds.saturating_mul(SECOND), UtcOffset::UTC);
        let text = moment.to_string();
        let (date, time) = text.split_at_checked(10).unwrap_or((&text, ""));
        write!(f, "{date} {}", time.get(1..9).unwrap_or(""))
    }
}

impl FromStr for DateTime {
    type Err = dlc_model::ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Timestamp::parse(text, Some(UtcOffset::UTC)).map(Self::local)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_seconds_agree() {
        for (text, seconds) in [
            ("1970-01-01 00:00:00", 0),
            ("1969-12-31 23:59:59", -1),
            ("2000-02-29 12:00:00", 951_825_600),
            ("2022-06-07 14:53:11", 1_654_613_591),
        ] {
            assert_eq!(DateTime::from_seconds(seconds).to_string(), text);
            assert_eq!(text.parse(), Ok(DateTime::from_seconds(seconds)));
        }
    }

    #[test]
    fn the_clock_on_the_wall_counts() {
        let moment = Timestamp::parse("2022-06-07T14:53:11.9+02:00", None).unwrap();
        assert_eq!(DateTime::local(moment).to_string(), "2022-06-07 14:53:11");
    }
}
