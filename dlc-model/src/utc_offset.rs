use std::{fmt, str::FromStr};

/// How far a clock on the wall is ahead of UTC: `+02:00` in a Norwegian summer.
///
/// It is an offset and not a zone: who has a zone with summer time knows which offset was in force.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub struct UtcOffset {
    minutes: i16,
}

impl UtcOffset {
    /// UTC itself.
    pub const UTC: Self = Self { minutes: 0 };

    /// Creates an offset, positive to the east.
    ///
    /// # Errors
    ///
    /// Returns an error when it is more than 18 hours.
    pub fn from_minutes(minutes: i16) -> Result<Self, UtcOffsetError> {
        match minutes.unsigned_abs() <= MOST_MINUTES {
            true => Ok(Self { minutes }),
            false => Err(UtcOffsetError {
                found: format!("{minutes} minutes"),
            }),
        }
    }

    /// Returns the offset in minutes, positive to the east.
    pub const fn minutes(self) -> i16 {
        self.minutes
    }
}

const MOST_MINUTES: u16 = 18 * 60;

impl fmt::Display for UtcOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minutes < 0 { '-' } else { '+' };
        let minutes = self.minutes.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// Reads `Z`, `+02:00`, `+0200` and `+02`.
impl FromStr for UtcOffset {
    type Err = UtcOffsetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| UtcOffsetError { found: text.into() })
    }
}

fn parse(text: &str) -> Option<UtcOffset> {
    if matches!(text, "Z" | "z") {
        return Some(UtcOffset::UTC);
    }
    let (sign, digits) = match text.strip_prefix('+') {
        Some(digits) => (1, digits),
        None => (-1, text.strip_prefix('-')?),
    };
    let number = |digits: &str| {
        let all_digits = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        all_digits.then(|| digits.parse::<i16>().ok())?
    };
    let (hours, minutes) = match digits.len() {
        2 => (digits, "00"),
        4 => digits.split_at_checked(2)?,
        _ => digits.split_once(':')?,
    };
    let minutes = number(minutes).filter(|minutes| *minutes < 60)?;
    UtcOffset::from_minutes(sign * (number(hours)? * 60 + minutes)).ok()
}

impl TryFrom<String> for UtcOffset {
    type Error = UtcOffsetError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<UtcOffset> for String {
    fn from(offset: UtcOffset) -> Self {
        offset.to_string()
    }
}

/// An error returned when a text is not an offset from UTC.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("invalid offset from UTC {found:?}: expected `Z` or one such as `+02:00`, up to 18 hours")]
pub struct UtcOffsetError {
    found: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_and_written() {
        for (text, minutes, written) in [
            ("Z", 0, "+00:00"),
            ("+02:00", 120, "+02:00"),
            ("-0330", -210, "-03:30"),
            ("+05", 300, "+05:00"),
            ("-00:30", -30, "-00:30"),
        ] {
            let offset: UtcOffset = text.parse().unwrap();
            assert_eq!((offset.minutes(), &*offset.to_string()), (minutes, written));
            assert_eq!(written.parse(), Ok(offset));
        }
    }

    #[test]
    fn what_is_no_offset_is_refused() {
        for text in [
            "", "+", "02:00", "+2", "+02:60", "+19:00", "+0é:00", "+02:0x", "++2:00", "é",
        ] {
            assert!(text.parse::<UtcOffset>().is_err(), "{text}");
        }
    }
}
