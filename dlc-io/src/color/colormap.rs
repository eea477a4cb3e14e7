use std::{fmt, str::FromStr};

use super::Color;

const LISTING: &str = include_str!("maps.txt");
const BYTES: &[u8] = include_bytes!("maps.bin");
const REVERSED: &str = "_r";

/// A row of colours, as matplotlib's colour maps.
///
/// # Examples
///
/// ```
/// use dlc_io::color::{Color, Colormap};
///
/// let rainbow: Colormap = "rainbow".parse()?;
///
/// assert_eq!(rainbow.colors(2), [Color([127, 0, 255]), Color([255, 0, 0])]);
/// # Ok::<(), dlc_io::color::ParseColormapError>(())
/// ```
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Colormap {
    name: &'static str,
    table: &'static [[u8; 3]],
    is_reversed: bool,
}

impl Colormap {
    /// Returns the names of all maps. Each may be followed by `_r`, which turns it around.
    pub fn names() -> impl Iterator<Item = &'static str> {
        listing().map(|(name, _)| name)
    }

    /// Returns so many colours, evenly spread: those of so many body parts.
    pub fn colors(&self, count: usize) -> Vec<Color> {
        let steps = count.saturating_sub(1).max(1) as f64;
        (0..count)
            .map(|place| match place > 0 && place + 1 == count {
                true => self.at(1.0),
                // As numpy's linspace does.
                false => self.at(place as f64 * (1.0 / steps)),
            })
            .collect()
    }

    /// Returns the colour at a place in [0, 1]; those outside count as its ends.
    #[expect(clippy::cast_possible_truncation, reason = "a place in a table")]
    #[expect(clippy::cast_sign_loss, reason = "a place in a table")]
    pub fn at(&self, place: f64) -> Color {
        let len = self.table.len();
        let index = (place.clamp(0.0, 1.0) * len as f64) as usize;
        let index = index.min(len - 1);
        Color(match self.is_reversed {
            true => self.table[len - 1 - index],
            false => self.table[index],
        })
    }
}

/// Returns the name and the number of colours of each map, in the order of the table.
fn listing() -> impl Iterator<Item = (&'static str, usize)> {
    LISTING.lines().map(|line| {
        let (name, len) = line
            .split_once(' ')
            .expect("a name and a number on each line");
        (name, len.parse().expect("a number of colours"))
    })
}

impl FromStr for Colormap {
    type Err = ParseColormapError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = text.strip_suffix(REVERSED).unwrap_or(text);
        let mut first = 0;
        for (name, len) in listing() {
            if name == plain {
                return Ok(Self {
                    name,
                    table: &BYTES.as_chunks().0[first..first + len],
                    is_reversed: plain.len() < text.len(),
                });
            }
            first += len;
        }
        Err(ParseColormapError { text: text.into() })
    }
}

impl fmt::Display for Colormap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.is_reversed { REVERSED } else { "" };
        write!(f, "{}{end}", self.name)
    }
}

impl fmt::Debug for Colormap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Colormap({self})")
    }
}

/// An error returned when there is no colour map of a name.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown colour map {text:?}: expected one of {}", known())]
pub struct ParseColormapError {
    text: String,
}

fn known() -> String {
    Colormap::names().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_map_has_its_colours() {
        let mut total = 0;
        for (name, len) in listing() {
            let map: Colormap = name.parse().unwrap();
            assert_eq!(map.table.len(), len, "{name}");
            total += len;
        }
        assert_eq!(total * 3, BYTES.len());
        assert_eq!(Colormap::names().count(), 54);
    }

    #[test]
    fn colours_are_those_of_deeplabcut() {
        let hex = |name: &str, count| -> Vec<String> {
            let map: Colormap = name.parse().unwrap();
            map.colors(count).iter().map(Color::to_string).collect()
        };

        // Source: matplotlib 3.11.2: (ScalarMappable(cmap=name).to_rgba(np.linspace(0, 1, n))
        // [:, :3] * 255).astype(np.uint8)
        assert_eq!(hex("jet", 4), ["#00007f", "#00d4ff", "#ffe500", "#7f0000"]);
        assert_eq!(hex("tab10", 3), ["#1f77b4", "#8c564b", "#17becf"]);
        assert_eq!(hex("viridis_r", 2), ["#fde724", "#440154"]);
        assert_eq!(hex("rainbow", 1), ["#7f00ff"]);
        assert!(hex("rainbow", 0).is_empty());
    }

    #[test]
    fn an_unknown_map_is_refused_with_those_that_exist() {
        let error = "rainbows".parse::<Colormap>().unwrap_err().to_string();
        assert!(error.contains("viridis") && error.contains("\"rainbows\""));
    }
}
