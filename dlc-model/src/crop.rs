/// A rectangle of a frame, in px; the upper bounds are not part of it.
///
/// DeepLabCut writes the four numbers as `x1, x2, y1, y2`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Crop {
    /// First column (`x1`).
    pub x_min: usize,
    /// Column after the last (`x2`).
    pub x_max: usize,
    /// First row (`y1`).
    pub y_min: usize,
    /// Row after the last (`y2`).
    pub y_max: usize,
}

impl Crop {
    /// Returns the whole of a frame.
    pub const fn full(width: usize, height: usize) -> Self {
        Self {
            x_min: 0,
            x_max: width,
            y_min: 0,
            y_max: height,
        }
    }

    /// Returns the width in px.
    pub const fn width(self) -> usize {
        self.x_max - self.x_min
    }

    /// Returns the height in px.
    pub const fn height(self) -> usize {
        self.y_max - self.y_min
    }

    /// Checks that the rectangle has an area and lies inside a frame.
    ///
    /// # Errors
    ///
    /// Returns an error when it does not.
    pub fn fit(self, width: usize, height: usize) -> Result<Self, CropError> {
        let fits = self.x_min < self.x_max
            && self.y_min < self.y_max
            && self.x_max <= width
            && self.y_max <= height;
        if fits {
            Ok(self)
        } else {
            Err(CropError {
                crop: self,
                width,
                height,
            })
        }
    }
}

/// An error returned when a crop does not lie inside a frame.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "cropping to x {}..{}, y {}..{} is not an area inside a frame of {width} x {height} px",
    crop.x_min, crop.x_max, crop.y_min, crop.y_max
)]
pub struct CropError {
    crop: Crop,
    width: usize,
    height: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_checked_against_the_frame() {
        let crop = Crop {
            x_min: 100,
            x_max: 500,
            y_min: 60,
            y_max: 380,
        };

        assert!(crop.fit(640, 480).is_ok());
        assert!(crop.fit(499, 480).is_err());
        assert!(Crop::full(0, 3).fit(5, 5).is_err());
    }
}
