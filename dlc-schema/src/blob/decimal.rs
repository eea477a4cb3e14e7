use std::{fmt, str::FromStr};

/// A decimal number with the digits that it was written with: `1.50`, `1E+3`, `NaN`.
///
/// # Examples
///
/// ```
/// use dlc_schema::blob::Decimal;
///
/// let price: Decimal = "1.50".parse()?;
///
/// assert_eq!(price.as_str(), "1.50");
/// assert!("1,50".parse::<Decimal>().is_err());
/// # Ok::<(), dlc_schema::blob::InvalidDecimal>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Decimal(String);

/// An error returned when a text is not a decimal number.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("invalid decimal number {text:?}")]
pub struct InvalidDecimal {
    text: String,
}

impl Decimal {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Decimal {
    type Err = InvalidDecimal;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        if is_number(unsigned) || is_special(unsigned) {
            Ok(Self(text.into()))
        } else {
            let text = text.chars().take(80).collect();
            Err(InvalidDecimal { text })
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn is_number(text: &str) -> bool {
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole)
        && all_digits(fraction)
        && all_digits(exponent)
        && !exponent.is_empty()
        && whole.len() + fraction.len() > 0
}

fn is_special(text: &str) -> bool {
    let quiet = text.strip_prefix(['s', 'S']).unwrap_or(text);
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    is("inf") || is("infinity") || quiet.eq_ignore_ascii_case("nan")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_prints_is_a_decimal_number() {
        for text in [
            "1.50",
            "-0",
            "0E-7",
            "1E+3",
            "NaN",
            "-Infinity",
            "sNaN",
            ".5",
        ] {
            assert_eq!(text.parse::<Decimal>().unwrap().as_str(), text);
        }
        for text in ["", "-", ".", "1e", "1.2.3", "one", "1 "] {
            assert!(text.parse::<Decimal>().is_err(), "{text:?}");
        }
    }
}
