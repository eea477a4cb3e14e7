use std::ops::RangeInclusive;

use crate::{Bodypart, Bodyparts, Crop};

/// An error returned when an option of an operation cannot mean anything.
///
/// # Examples
///
/// ```
/// use dlc_model::OptionError;
///
/// let error = OptionError::likelihood("pcutoff", 7.0).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "invalid `pcutoff`: expected a number from 0 to 1, found 7"
/// );
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("invalid `{option}`: expected {expected}, found {found}")]
pub struct OptionError {
    option: &'static str,
    expected: String,
    found: String,
}

impl OptionError {
    /// Says that an option is not what was expected.
    pub fn new(
        option: &'static str,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self {
            option,
            expected: expected.into(),
            found: found.into(),
        }
    }

    /// Returns the option.
    pub fn option(&self) -> &str {
        self.option
    }

    /// Checks a likelihood.
    ///
    /// # Errors
    ///
    /// Returns an error when it does not lie in [0, 1].
    pub fn likelihood(option: &'static str, found: f64) -> Result<(), Self> {
        Self::within(option, found, 0.0..=1.0)
    }

    /// Checks a number.
    ///
    /// # Errors
    ///
    /// Returns an error when it is NaN or does not lie in the range.
    pub fn within(
        option: &'static str,
        found: f64,
        range: RangeInclusive<f64>,
    ) -> Result<(), Self> {
        if range.contains(&found) {
            return Ok(());
        }
        let expected = format!("a number from {} to {}", range.start(), range.end());
        Err(Self::new(option, expected, found.to_string()))
    }

    /// Checks a count.
    ///
    /// # Errors
    ///
    /// Returns an error when it does not lie in the range.
    pub fn count(
        option: &'static str,
        found: usize,
        range: RangeInclusive<usize>,
    ) -> Result<(), Self> {
        if range.contains(&found) {
            return Ok(());
        }
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        Err(Self::new(option, expected, found.to_string()))
    }

    /// Checks a frame rate, in Hz.
    ///
    /// # Errors
    ///
    /// Returns an error when it does not lie between a frame in 1000 s and a million a second.
    pub fn frame_rate(option: &'static str, found: f64) -> Result<(), Self> {
        Self::within(option, found, 0.001..=1e6)
    }

    /// Checks that a part of the frames has an area.
    ///
    /// # Errors
    ///
    /// Returns an error when it has none.
    pub fn crop(option: &'static str, crop: Crop) -> Result<(), Self> {
        if crop.x_min < crop.x_max && crop.y_min < crop.y_max {
            return Ok(());
        }
        let Crop {
            x_min,
            x_max,
            y_min,
            y_max,
        } = crop;
        let found = format!("x1 {x_min}, x2 {x_max}, y1 {y_min}, y2 {y_max}");
        Err(Self::new(option, "x1 < x2 and y1 < y2", found))
    }

    /// Checks names of body parts against those that there are.
    ///
    /// # Errors
    ///
    /// Returns an error that names all that are not there, or one that stands twice; also when there
    /// is no name.
    pub fn bodyparts(
        option: &'static str,
        asked: &[Bodypart],
        known: &Bodyparts,
    ) -> Result<(), Self> {
        let expected = || format!("some of {}", names(known.iter()));
        let is_unknown = |part: &&Bodypart| known.position(part.as_str()).is_none();
        let unknown: Vec<&Bodypart> = asked.iter().filter(is_unknown).collect();
        if !unknown.is_empty() {
            return Err(Self::new(option, expected(), names(unknown)));
        }
        let is_again = |(place, part): &(usize, &Bodypart)| asked[..*place].contains(part);
        if let Some((_, part)) = asked.iter().enumerate().find(is_again) {
            return Err(Self::new(option, "each name once", format!("{part} twice")));
        }
        match asked.is_empty() {
            true => Err(Self::new(option, expected(), "none")),
            false => Ok(()),
        }
    }
}

fn names<'a>(bodyparts: impl IntoIterator<Item = &'a Bodypart>) -> String {
    let names: Vec<&str> = bodyparts.into_iter().map(Bodypart::as_str).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lie_in_their_range_and_are_numbers() {
        for wrong in [7.0, -0.1, f64::NAN, f64::INFINITY] {
            assert!(
                OptionError::likelihood("pcutoff", wrong).is_err(),
                "{wrong}"
            );
        }
        for right in [0.0, 0.6, 1.0] {
            assert!(OptionError::likelihood("pcutoff", right).is_ok());
        }
        for wrong in [0.0, -30.0, f64::NAN, 1e-300, f64::INFINITY] {
            assert!(OptionError::frame_rate("fps", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn all_unknown_body_parts_are_named_with_those_that_there_are() {
        let known = Bodyparts::new(["snout", "tail"]).unwrap();
        let check = |asked: &[&str]| {
            let asked: Vec<Bodypart> = asked.iter().map(|name| (*name).into()).collect();
            let checked = OptionError::bodyparts("bodyparts", &asked, &known);
            checked.map_err(|error| error.to_string())
        };

        let error = check(&["nose", "snout", "Tail"]).unwrap_err();
        assert_eq!(
            error,
            "invalid `bodyparts`: expected some of snout, tail, found nose, Tail"
        );
        assert!(check(&[]).unwrap_err().ends_with("found none"));
        assert!(
            check(&["tail", "tail"])
                .unwrap_err()
                .ends_with("found tail twice")
        );
        assert!(check(&["tail", "snout"]).is_ok());
    }

    #[test]
    fn a_crop_has_an_area() {
        let crop = |x_min, x_max| Crop {
            x_min,
            x_max,
            y_min: 0,
            y_max: 9,
        };

        assert!(OptionError::crop("crop", crop(3, 4)).is_ok());
        let error = OptionError::crop("crop", crop(4, 4)).unwrap_err();
        assert!(error.to_string().contains("x1 4, x2 4"), "{error}");
    }
}
