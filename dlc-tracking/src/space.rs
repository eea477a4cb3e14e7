use std::fmt::Debug;

use serde::{Deserialize, Serialize};

/// A space in which positions lie, and its unit.
///
/// The types that implement it are names only: a [`Track`](crate::Track) in [`FramePx`] and one in
/// [`ArenaMm`] are two types, so that px and mm never mix.
pub trait Space:
    sealed::Sealed + Copy + Debug + Default + PartialEq + Send + Sync + 'static
{
    /// The unit of a length: `px` or `mm`.
    const UNIT: &'static str;
}

/// The picture of the video, in px: `x` to the right, `y` down, from the top left corner.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct FramePx;

/// The world, in mm. Which way `y` points is told by a [`YAxis`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ArenaMm;

impl Space for FramePx {
    const UNIT: &'static str = "px";
}

impl Space for ArenaMm {
    const UNIT: &'static str = "mm";
}

mod sealed {
    #[expect(unnameable_types, reason = "nobody else adds a space")]
    pub trait Sealed {}

    impl Sealed for super::FramePx {}
    impl Sealed for super::ArenaMm {}
}

/// Which way `y` points when one looks at the picture or the plot; `x` points to the right.
///
/// Angles of this crate turn counter-clockwise for the one who looks, from 0 at `x`, whichever way
/// `y` points.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum YAxis {
    /// Down, as in pictures and in all of DeepLabCut's files.
    #[default]
    Down,
    /// Up, as in plots.
    Up,
}

impl YAxis {
    /// Returns what `y` is multiplied by to point up: −1 or 1.
    pub const fn upward(self) -> f64 {
        match self {
            Self::Down => -1.0,
            Self::Up => 1.0,
        }
    }
}
