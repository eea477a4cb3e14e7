/// Where one body part is in one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Keypoint {
    /// To the right, in px of the frame, or NaN.
    pub x: f64,
    /// Down, in px of the frame, or NaN.
    pub y: f64,
    /// The network's confidence in [0, 1], or NaN.
    pub likelihood: f64,
}

impl Keypoint {
    /// A keypoint that was not observed: NaN in all three numbers.
    pub const MISSING: Self = Self::new(f64::NAN, f64::NAN, f64::NAN);

    /// Creates a keypoint.
    pub const fn new(x: f64, y: f64, likelihood: f64) -> Self {
        Self { x, y, likelihood }
    }

    /// Returns whether there is no position.
    pub fn is_missing(self) -> bool {
        self.x.is_nan() || self.y.is_nan()
    }
}
