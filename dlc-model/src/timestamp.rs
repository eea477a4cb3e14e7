use std::{fmt, str::FromStr};

use crate::{UtcOffset, UtcOffsetError};

/// A moment, to the nanosecond, and the offset from UTC of the clock that showed it.
///
/// # Examples
///
/// ```
/// use dlc_model::{Timestamp, UtcOffset};
///
/// let start: Timestamp = "2020-10-13T11:02:00+02:00".parse()?;
/// let next: Timestamp = "2020-10-13T09:02:10.5Z".parse()?;
/// assert_eq!(next.seconds_since(start), 10.5);
///
/// // The tracking files of the lab name no zone: it must be stated.
/// let summer: UtcOffset = "+02:00".parse()?;
/// assert!("2020-04-07_17:56:00.4742".parse::<Timestamp>().is_err());
/// let start = Timestamp::parse("2020-04-07_17:56:00.4742", Some(summer))?;
/// assert_eq!(start.to_string(), "2020-04-07T17:56:00.4742+02:00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub struct Timestamp {
    /// Since 1970-01-01T00:00:00Z.
    nanoseconds: i64,
    offset: UtcOffset,
}

const SECOND: i64 = 1_000_000_000;

impl Timestamp {
    /// Creates a moment from nanoseconds since 1970-01-01T00:00:00Z.
    pub const fn from_unix_ns(nanoseconds: i64, offset: UtcOffset) -> Self {
        Self {
            nanoseconds,
            offset,
        }
    }

    /// Reads a moment; `assumed` is the offset from UTC of a text that names none.
    ///
    /// A date and a time are a day of the calendar and `hours:minutes[:seconds[.fraction]]`, with
    /// `T`, a blank or `_` between them. Fractions finer than a nanosecond are cut off.
    ///
    /// # Errors
    ///
    /// Returns an error that tells which part is wrong, also when the text names no offset and
    /// none is assumed. Years before 1678 and after 2261 are refused.
    pub fn parse(text: &str, assumed: Option<UtcOffset>) -> Result<Self, ParseTimestampError> {
        parse(text, assumed).map_err(|kind| ParseTimestampError {
            text: text.chars().take(80).collect(),
            kind,
        })
    }

    /// Returns the nanoseconds since 1970-01-01T00:00:00Z.
    pub const fn unix_ns(self) -> i64 {
        self.nanoseconds
    }

    /// Returns the seconds since 1970-01-01T00:00:00Z, to about a quarter of a microsecond.
    pub fn unix_s(self) -> f64 {
        let seconds = self.nanoseconds.div_euclid(SECOND) as f64;
        seconds + self.nanoseconds.rem_euclid(SECOND) as f64 / SECOND as f64
    }

    /// Returns the offset from UTC of the clock that showed the moment.
    pub const fn offset(self) -> UtcOffset {
        self.offset
    }

    /// Returns the seconds from another moment to this one.
    pub fn seconds_since(self, other: Self) -> f64 {
        (i128::from(self.nanoseconds) - i128::from(other.nanoseconds)) as f64 / SECOND as f64
    }
}

/// Writes ISO 8601 with the offset, as the clock on the wall showed it.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = i128::from(self.nanoseconds)
            + i128::from(self.offset.minutes()) * 60 * i128::from(SECOND);
        let (seconds, fraction) = (
            local.div_euclid(SECOND.into()),
            local.rem_euclid(SECOND.into()),
        );
        let (day, second) = (
            seconds.div_euclid(DAY.into()),
            seconds.rem_euclid(DAY.into()),
        );
        let (year, month, day) = date_of(day);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        )?;
        if fraction > 0 {
            write!(f, ".{}", format!("{fraction:09}").trim_end_matches('0'))?;
        }
        self.offset.fmt(f)
    }
}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text, None)
    }
}

impl TryFrom<String> for Timestamp {
    type Error = ParseTimestampError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.to_string()
    }
}

/// An error returned when a text is not a moment. Its text has the reason, because readers of arguments
/// and of JSON print no more.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("invalid timestamp {text:?}: {kind}")]
pub struct ParseTimestampError {
    text: String,
    kind: ParseTimestampErrorKind,
}

impl ParseTimestampError {
    /// Returns what is wrong.
    pub const fn kind(&self) -> &ParseTimestampErrorKind {
        &self.kind
    }
}

/// What is wrong with a moment.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseTimestampErrorKind {
    /// It does not begin with a day of the calendar.
    #[error("invalid date: expected one such as `2020-04-07`")]
    InvalidDate,
    /// The year is too far away.
    #[error("year {year}: expected 1678 to 2261")]
    YearOutOfRange {
        /// The year.
        year: i32,
    },
    /// No time of the day follows.
    #[error("invalid time: expected `T`, a blank or `_`, and a time such as `17:56:00.4742`")]
    InvalidTime,
    /// What follows the time is not an offset from UTC.
    #[error(transparent)]
    InvalidOffset(UtcOffsetError),
    /// There is no offset from UTC, and none was assumed.
    #[error(
        "no offset from UTC: expected one behind the time, such as `+02:00` or `Z`, or one that is \
         stated apart"
    )]
    MissingOffset,
}

const DAY: i64 = 86_400;

fn parse(text: &str, assumed: Option<UtcOffset>) -> Result<Timestamp, ParseTimestampErrorKind> {
    let text = text.trim();
    let (days, rest) = date(text)?;
    let rest = rest.strip_prefix(['T', 't', ' ', '_']);
    let (nanoseconds, rest) = rest
        .and_then(time_of_day)
        .ok_or(ParseTimestampErrorKind::InvalidTime)?;
    let offset = match rest.trim_start() {
        "" => assumed.ok_or(ParseTimestampErrorKind::MissingOffset)?,
        offset => offset
            .parse()
            .map_err(ParseTimestampErrorKind::InvalidOffset)?,
    };
    let seconds = days * DAY - i64::from(offset.minutes()) * 60;
    Ok(Timestamp {
        nanoseconds: seconds * SECOND + nanoseconds,
        offset,
    })
}

/// Reads a date, and returns its days since 1970-01-01 and what follows it.
fn date(text: &str) -> Result<(i64, &str), ParseTimestampErrorKind> {
    let read = || {
        let (year, rest) = digits(text, 4)?;
        let (month, rest) = digits(rest.strip_prefix('-')?, 2)?;
        let (day, rest) = digits(rest.strip_prefix('-')?, 2)?;
        let valid = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        valid.then_some((year, month, day, rest))
    };
    let (year, month, day, rest) = read().ok_or(ParseTimestampErrorKind::InvalidDate)?;
    match (1678..=2261).contains(&year) {
        true => Ok((days_since_1970(year, month, day), rest)),
        false => Err(ParseTimestampErrorKind::YearOutOfRange { year }),
    }
}

/// Reads a time, and returns its nanoseconds since midnight and what follows it.
fn time_of_day(text: &str) -> Option<(i64, &str)> {
    let (hour, rest) = digits(text, 2)?;
    let (minute, mut rest) = digits(rest.strip_prefix(':')?, 2)?;
    let mut second = 0;
    let mut nanoseconds = 0;
    if let Some(seconds) = rest.strip_prefix(':') {
        (second, rest) = digits(seconds, 2)?;
        if let Some(fraction) = rest.strip_prefix(['.', ',']) {
            let end = fraction.find(|c: char| !c.is_ascii_digit());
            let (fraction, after) = fraction.split_at(end.unwrap_or(fraction.len()));
            nanoseconds = billionths(fraction)?;
            rest = after;
        }
    }
    let valid = hour < 24 && minute < 60 && second < 60;
    let seconds = i64::from(hour * 3600 + minute * 60 + second);
    valid.then_some((seconds * SECOND + nanoseconds, rest))
}

/// Reads the digits after a decimal point as billionths; there must be one.
fn billionths(fraction: &str) -> Option<i64> {
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    let value = digits.fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    (!fraction.is_empty()).then_some(value)
}

/// Reads exactly so many digits, and returns them and what follows.
fn digits(text: &str, count: usize) -> Option<(i32, &str)> {
    let (digits, rest) = text.split_at_checked(count)?;
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| Some((digits.parse().ok()?, rest)))?
}

const fn days_in(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Returns the days from 1970-01-01 to a day of the Gregorian calendar.
fn days_since_1970(year: i32, month: i32, day: i32) -> i64 {
    // Years from March on: the leap day is the last of a year.
    let (year, month) = match month > 2 {
        true => (year, month - 3),
        false => (year - 1, month + 9),
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    i64::from(year * 365 + leap_days + day_of_year) - MARCH_OF_YEAR_0
}

/// The days from 0000-03-01 to 1970-01-01.
const MARCH_OF_YEAR_0: i64 = 719_468;

/// Returns the year, the month and the day of so many days after 1970-01-01.
fn date_of(days: i128) -> (i128, i128, i128) {
    let days = days + i128::from(MARCH_OF_YEAR_0);
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = match month < 10 {
        true => (year, month + 3),
        false => (year + 1, month - 9),
    };
    (era * 400 + year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Result<Timestamp, ParseTimestampError> {
        Timestamp::parse(text, Some(UtcOffset::UTC))
    }

    // Source: Python's datetime.fromisoformat(…).timestamp().
    #[test]
    fn moments_are_those_of_python() {
        for (text, unix_s) in [
            ("2020-10-13T11:02:00+02:00", 1602579720.0),
            ("2020-10-13T11:02:10.500000+02:00", 1602579730.5),
            ("1970-01-01T00:00:00Z", 0.0),
            ("1969-12-31 23:59:59.5+00:00", -0.5),
            ("2000-02-29T12:00-0330", 951838200.0),
            ("2024-12-31T23:59:59,25Z", 1735689599.25),
        ] {
            assert_eq!(utc(text).unwrap().unix_s(), unix_s, "{text}");
        }
    }

    #[test]
    fn a_stated_offset_does_not_override_that_of_the_text() {
        let other = Some("-05:00".parse().unwrap());

        let stamp = Timestamp::parse("2020-10-13T11:02:00+02:00", other).unwrap();

        assert_eq!(stamp.offset().minutes(), 120);
    }

    #[test]
    fn every_day_comes_back() {
        let mut days = 0;
        for year in [1678, 1900, 1970, 2000, 2023, 2024, 2261] {
            for month in 1..=12 {
                for day in 1..=days_in(year, month) {
                    let text = format!("{year}-{month:02}-{day:02}T23:30:00+02:30");
                    assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), text);
                    days += 1;
                }
            }
        }
        assert_eq!(days, 7 * 365 + 2);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let kind = |text: &str| text.parse::<Timestamp>().unwrap_err().kind;

        use ParseTimestampErrorKind as Kind;
        for text in [
            "",
            "2021-02-29T00:00Z",
            "2020-4-7T00:00Z",
            "20200407T1756Z",
            "é020-01-01",
        ] {
            assert_eq!(kind(text), Kind::InvalidDate, "{text}");
        }
        for text in [
            "2020-04-07",
            "2020-04-07T24:00Z",
            "2020-04-07T17:56:60Z",
            "2020-04-07T17Z",
            "2020-04-07T17:56:00.Z",
            "2020-04-07x17:56:00Z",
            "2020-04-07T1é:56:00Z",
        ] {
            assert_eq!(kind(text), Kind::InvalidTime, "{text}");
        }
        assert_eq!(kind("2020-04-07_17:56:00.4742"), Kind::MissingOffset);
        assert_eq!(
            kind("1500-01-01T00:00Z"),
            Kind::YearOutOfRange { year: 1500 }
        );
        assert!(matches!(
            kind("2020-04-07T17:56:00CET"),
            Kind::InvalidOffset(_)
        ));
    }

    #[test]
    fn an_error_says_on_its_own_what_is_missing() {
        let error = "2024-01-02 03:04:05".parse::<Timestamp>().unwrap_err();

        assert_eq!(
            error.to_string(),
            "invalid timestamp \"2024-01-02 03:04:05\": no offset from UTC: expected one behind the \
             time, such as `+02:00` or `Z`, or one that is stated apart"
        );
        assert!(std::error::Error::source(&error).is_none());
        let error = "2024-01-02 03:04:05CET".parse::<Timestamp>().unwrap_err();
        assert!(
            error
                .to_string()
                .contains("invalid offset from UTC \"CET\"")
        );
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_moment_is_stored_as_text() {
        let stamp = utc("2020-04-07_17:56:00.4742").unwrap();

        let stored = serde_json::to_string(&stamp).unwrap();

        assert_eq!(stored, "\"2020-04-07T17:56:00.4742+00:00\"");
        assert_eq!(serde_json::from_str::<Timestamp>(&stored).unwrap(), stamp);
    }

    #[test]
    fn no_moment_is_too_far_to_write() {
        for nanoseconds in [i64::MIN, i64::MAX] {
            let stamp = Timestamp::from_unix_ns(nanoseconds, "+18:00".parse().unwrap());
            assert!(stamp.to_string().ends_with("+18:00"));
        }
    }
}
