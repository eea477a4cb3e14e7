use std::borrow::Cow;

use dlc_model::{Crop, Frame};

/// What the bytes of a pixel are.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum PixelFormat {
    /// Blue, green, red: what OpenCV gives.
    #[default]
    Bgr,
    /// Red, green, blue.
    Rgb,
    /// One byte: a monochrome camera.
    Grey,
}

impl PixelFormat {
    /// Returns the bytes of a pixel.
    pub const fn channels(self) -> usize {
        match self {
            Self::Bgr | Self::Rgb => 3,
            Self::Grey => 1,
        }
    }
}

/// A picture as a camera gives it: 8 bits a channel, rows from the top, no gaps between them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CameraFrame<'a> {
    width: usize,
    height: usize,
    format: PixelFormat,
    pixels: Cow<'a, [u8]>,
}

impl<'a> CameraFrame<'a> {
    /// Creates a picture from its pixels, borrowed or owned.
    ///
    /// # Errors
    ///
    /// Returns an error unless there are as many bytes as the size and the format say, more than
    /// none.
    pub fn new(
        width: usize,
        height: usize,
        format: PixelFormat,
        pixels: impl Into<Cow<'a, [u8]>>,
    ) -> Result<Self, CameraFrameError> {
        let pixels = pixels.into();
        let len = width.checked_mul(height);
        let len = len.and_then(|len| len.checked_mul(format.channels()));
        if len != Some(pixels.len()) || pixels.is_empty() {
            return Err(CameraFrameError {
                width,
                height,
                format,
                actual: pixels.len(),
            });
        }
        Ok(Self {
            width,
            height,
            format,
            pixels,
        })
    }

    /// Returns the width in px.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Returns the height in px.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Returns what the bytes of a pixel are.
    pub fn format(&self) -> PixelFormat {
        self.format
    }

    /// Returns the bytes.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Returns a part of the picture in RGB; grey becomes three equal channels.
    ///
    /// # Panics
    ///
    /// Panics if the part reaches outside the picture; [`Crop::fit`] finds out.
    pub fn to_frame(&self, part: Crop) -> Frame<'static> {
        let channels = self.format.channels();
        let mut pixels = Vec::with_capacity(3 * part.width() * part.height());
        for y in part.y_min..part.y_max {
            let start = channels * (y * self.width + part.x_min);
            let row = &self.pixels[start..start + channels * part.width()];
            match self.format {
                PixelFormat::Rgb => pixels.extend_from_slice(row),
                PixelFormat::Bgr => {
                    pixels.extend(row.chunks_exact(3).flat_map(|bgr| [bgr[2], bgr[1], bgr[0]]));
                }
                PixelFormat::Grey => pixels.extend(row.iter().flat_map(|&grey| [grey; 3])),
            }
        }
        Frame::new(0, part.width(), part.height(), pixels).expect("three bytes a pixel")
    }
}

impl<'a> From<&'a Frame<'_>> for CameraFrame<'a> {
    fn from(frame: &'a Frame<'_>) -> Self {
        Self {
            width: frame.width(),
            height: frame.height(),
            format: PixelFormat::Rgb,
            pixels: frame.pixels().into(),
        }
    }
}

/// An error returned when there are not as many bytes as a picture's size and format say.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "a picture of {width} x {height} px with {} channels is that many bytes, more than none: found {actual}",
    format.channels()
)]
pub struct CameraFrameError {
    width: usize,
    height: usize,
    format: PixelFormat,
    actual: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_come_out_as_red_green_blue() {
        let frame = |format, pixels: &[u8]| {
            let frame = CameraFrame::new(2, 1, format, pixels.to_vec()).unwrap();
            frame.to_frame(Crop::full(2, 1)).pixels().to_vec()
        };

        assert_eq!(
            frame(PixelFormat::Rgb, &[1, 2, 3, 4, 5, 6]),
            [1, 2, 3, 4, 5, 6]
        );
        assert_eq!(
            frame(PixelFormat::Bgr, &[1, 2, 3, 4, 5, 6]),
            [3, 2, 1, 6, 5, 4]
        );
        assert_eq!(frame(PixelFormat::Grey, &[1, 2]), [1, 1, 1, 2, 2, 2]);
    }

    #[test]
    fn a_part_is_cut_out() {
        let pixels: Vec<u8> = (0..12).collect();
        let frame = CameraFrame::new(4, 3, PixelFormat::Grey, pixels).unwrap();
        let part = frame.to_frame(Crop {
            x_min: 1,
            x_max: 3,
            y_min: 1,
            y_max: 3,
        });

        let reds: Vec<u8> = part.pixels().iter().step_by(3).copied().collect();
        assert_eq!((part.width(), part.height()), (2, 2));
        assert_eq!(reds, [5, 6, 9, 10]);
    }

    #[test]
    fn size_format_and_bytes_must_agree() {
        let new = |width, format, len| CameraFrame::new(width, 2, format, vec![0; len]);

        assert!(new(2, PixelFormat::Grey, 4).is_ok());
        assert!(new(2, PixelFormat::Bgr, 4).is_err());
        assert!(new(0, PixelFormat::Bgr, 0).is_err());
        assert!(new(usize::MAX, PixelFormat::Bgr, 12).is_err());
    }
}
