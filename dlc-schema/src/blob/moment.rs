use std::fmt;

/// A day of the calendar.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// A time of day, to the microsecond.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Time {
    hour: u8,
    minute: u8,
    second: u8,
    microsecond: u32,
}

/// An error returned when there is no such day or time of day.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidMoment {
    /// No such day.
    #[error("no such day: {0:08} (year, month, day)")]
    Date(i32),
    /// No such time of day.
    #[error("no such time of day: {0:012} (hour, minute, second, microsecond)")]
    Time(i64),
}

impl Date {
    /// Creates a day of the years 1 to 9999.
    ///
    /// # Errors
    ///
    /// Returns an error when the calendar has no such day.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, InvalidMoment> {
        let date = Self { year, month, day };
        let exists = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_of(year, month)).contains(&day);
        if exists {
            Ok(date)
        } else {
            Err(InvalidMoment::Date(date.number()))
        }
    }

    /// Returns the year.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// Returns the month, January is 1.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// Returns the day of the month, from 1 on.
    pub const fn day(self) -> u8 {
        self.day
    }

    /// Returns year, month and day as one number: 20220607.
    pub(super) fn number(self) -> i32 {
        (i32::from(self.year) * 100 + i32::from(self.month)) * 100 + i32::from(self.day)
    }

    pub(super) fn from_number(number: i32) -> Result<Self, InvalidMoment> {
        let parts = || {
            let year = u16::try_from(number / 10_000).ok()?;
            let month = u8::try_from(number / 100 % 100).ok()?;
            let day = u8::try_from(number % 100).ok()?;
            Self::new(year, month, day).ok()
        };
        parts().ok_or(InvalidMoment::Date(number))
    }
}

fn days_of(year: u16, month: u8) -> u8 {
    let is_leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Time {
    /// Creates a time of day.
    ///
    /// # Errors
    ///
    /// Returns an error when a day has no such time; leap seconds are none, as in Python.
    pub fn new(hour: u8, minute: u8, second: u8, microsecond: u32) -> Result<Self, InvalidMoment> {
        let time = Self {
            hour,
            minute,
            second,
            microsecond,
        };
        if hour < 24 && minute < 60 && second < 60 && microsecond < 1_000_000 {
            Ok(time)
        } else {
            Err(InvalidMoment::Time(time.number()))
        }
    }

    /// Returns the hour.
    pub const fn hour(self) -> u8 {
        self.hour
    }

    /// Returns the minute.
    pub const fn minute(self) -> u8 {
        self.minute
    }

    /// Returns the second.
    pub const fn second(self) -> u8 {
        self.second
    }

    /// Returns the microsecond.
    pub const fn microsecond(self) -> u32 {
        self.microsecond
    }

    /// Returns hour, minute, second and microsecond as one number: 145311000005.
    pub(super) fn number(self) -> i64 {
        let minutes = i64::from(self.hour) * 100 + i64::from(self.minute);
        (minutes * 100 + i64::from(self.second)) * 1_000_000 + i64::from(self.microsecond)
    }

    pub(super) fn from_number(number: i64) -> Result<Self, InvalidMoment> {
        let parts = || {
            let hour = u8::try_from(number / 10_000_000_000).ok()?;
            let minute = u8::try_from(number / 100_000_000 % 100).ok()?;
            let second = u8::try_from(number / 1_000_000 % 100).ok()?;
            let microsecond = u32::try_from(number % 1_000_000).ok()?;
            Self::new(hour, minute, second, microsecond).ok()
        };
        parts().ok_or(InvalidMoment::Time(number))
    }
}

/// Writes ISO 8601.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// Writes ISO 8601, microseconds only if there are some, as Python does.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}:{:02}", self.hour, self.minute, self.second)?;
        if self.microsecond > 0 {
            write!(f, ".{:06}", self.microsecond)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_of_the_calendar_are_dates() {
        assert!(Date::new(2024, 2, 29).is_ok());
        assert!(Date::new(2000, 2, 29).is_ok());
        assert!(Date::new(1900, 2, 29).is_err());
        assert!(Date::new(2022, 4, 31).is_err());
        assert!(Date::new(0, 1, 1).is_err());
        assert!(Date::from_number(-1).is_err());
        assert!(Date::from_number(i32::MAX).is_err());
    }

    #[test]
    fn numbers_and_parts_agree() {
        let date = Date::new(2022, 6, 7).unwrap();
        let time = Time::new(14, 53, 11, 5).unwrap();

        assert_eq!(date.number(), 20_220_607);
        assert_eq!(time.number(), 145_311_000_005);
        assert_eq!(Date::from_number(20_220_607), Ok(date));
        assert_eq!(Time::from_number(145_311_000_005), Ok(time));
        assert_eq!(format!("{date} {time}"), "2022-06-07 14:53:11.000005");
        assert!(Time::from_number(246_060_000_000).is_err());
        assert!(Time::from_number(i64::MIN).is_err());
    }
}
