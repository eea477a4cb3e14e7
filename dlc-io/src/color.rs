//! Colours and colour maps under matplotlib's names, as `config.yaml` has them.
//!
//! The numbers are those of matplotlib, cut off to bytes as DeepLabCut does
//! (`color/make.py` wrote them down).

mod colormap;

use std::{fmt, str::FromStr};

pub use self::colormap::{Colormap, ParseColormapError};

/// A colour: red, green and blue.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Color(pub [u8; 3]);

const NAMES: &str = include_str!("color/names.txt");

/// Parses a name (`black`, `k`, `tab:blue`), `#rrggbb`, `#rgb`, or a level of grey in [0, 1].
///
/// # Examples
///
/// ```
/// use dlc_io::color::Color;
///
/// assert_eq!("white".parse(), Ok(Color([255; 3])));
/// assert_eq!("#ff8000".parse(), Ok(Color([255, 128, 0])));
/// assert!("blurple".parse::<Color>().is_err());
/// ```
impl FromStr for Color {
    type Err = ParseColorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lower = text.trim().to_lowercase();
        let mut names = NAMES.lines().filter_map(|line| line.split_once(' '));
        let named = names.find_map(|(name, hex)| (name == lower).then_some(hex));
        named
            .or_else(|| lower.strip_prefix('#'))
            .and_then(hex)
            .or_else(|| grey(&lower))
            .ok_or_else(|| ParseColorError { text: text.into() })
    }
}

fn hex(digits: &str) -> Option<Color> {
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let channel = |digits: &str| u8::from_str_radix(digits, 16).ok();
    match digits.len() {
        3 => {
            let double = |place: usize| Some(channel(&digits[place..=place])? * 0x11);
            Some(Color([double(0)?, double(1)?, double(2)?]))
        }
        6 => Some(Color([
            channel(&digits[..2])?,
            channel(&digits[2..4])?,
            channel(&digits[4..])?,
        ])),
        _ => None,
    }
}

fn grey(text: &str) -> Option<Color> {
    let level: f64 = text.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "checked to be in range")]
    #[expect(clippy::cast_sign_loss, reason = "checked to be in range")]
    (0.0..=1.0)
        .contains(&level)
        .then_some(Color([(level * 255.0) as u8; 3]))
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// An error returned when a text is no colour.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown colour {text:?}: expected a name of matplotlib, #rrggbb, or a level of grey")]
pub struct ParseColorError {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_matplotlibs() {
        let colors = ["k", "green", "g", "tab:orange", "RebeccaPurple"];
        let parsed = colors.map(|name| name.parse::<Color>().unwrap().to_string());

        // Source: matplotlib 3.11.2: (np.array(to_rgba(name))[:3] * 255).astype(np.uint8)
        assert_eq!(
            parsed,
            ["#000000", "#008000", "#007f00", "#ff7f0e", "#663399"]
        );
    }

    #[test]
    fn what_is_no_colour_is_an_error_with_the_text() {
        for text in ["", "#12345", "#ggg", "1.5", "-0.1", "nan", "é", "#é1"] {
            let error = text.parse::<Color>().unwrap_err().to_string();
            assert!(error.contains(&format!("{text:?}")), "{error}");
        }
        assert_eq!("0.5".parse(), Ok(Color([127; 3])));
        assert_eq!("#f0a".parse(), Ok(Color([255, 0, 170])));
    }
}
