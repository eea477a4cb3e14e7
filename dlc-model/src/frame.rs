use std::{borrow::Cow, error::Error};

use crate::Crop;

/// One picture of a video: 8-bit RGB, height × width × 3, rows from the top.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Frame<'a> {
    index: usize,
    width: usize,
    height: usize,
    pixels: Cow<'a, [u8]>,
}

impl<'a> Frame<'a> {
    /// Creates a frame from its pixels, borrowed or owned.
    ///
    /// `index` is the place of the frame in the video, from 0, counting frames that could not be
    /// decoded.
    ///
    /// # Errors
    ///
    /// Returns an error unless there are `width` × `height` × 3 bytes, more than none.
    pub fn new(
        index: usize,
        width: usize,
        height: usize,
        pixels: impl Into<Cow<'a, [u8]>>,
    ) -> Result<Self, FrameError> {
        let pixels = pixels.into();
        let expected = width.checked_mul(height).and_then(|n| n.checked_mul(3));
        if expected != Some(pixels.len()) || pixels.is_empty() {
            return Err(FrameError {
                width,
                height,
                actual: pixels.len(),
            });
        }
        Ok(Self {
            index,
            width,
            height,
            pixels,
        })
    }

    /// Returns the place in the video, from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Returns the width in px.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Returns the height in px.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Returns the pixels: R, G, B of the top left one first, then to the right, then down.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Returns the part of the frame inside `crop`.
    ///
    /// Coordinates in the new frame are relative to the crop's top left corner.
    ///
    /// # Panics
    ///
    /// Panics if the crop reaches outside the frame; [`Crop::fit`] finds out.
    #[must_use]
    pub fn crop(&self, crop: Crop) -> Frame<'static> {
        let row = |y: usize| &self.pixels[3 * (y * self.width + crop.x_min)..][..3 * crop.width()];
        let pixels: Vec<u8> = (crop.y_min..crop.y_max).flat_map(row).copied().collect();
        Frame {
            index: self.index,
            width: crop.width(),
            height: crop.height(),
            pixels: pixels.into(),
        }
    }
}

/// An error returned when there are not as many pixels as a frame's size says.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "a frame of {width} x {height} px is {width} x {height} x 3 bytes, more than none: found {actual}"
)]
pub struct FrameError {
    width: usize,
    height: usize,
    actual: usize,
}

/// What is known of a video before its frames are decoded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VideoInfo {
    /// Width of a frame, after the rotation that the file asks for, in px.
    pub width: usize,
    /// Height of a frame, after the rotation that the file asks for, in px.
    pub height: usize,
    /// Frames per second, on average.
    pub fps: f64,
    /// Number of frames in the file, whether they can be decoded or not.
    pub frame_count: usize,
}

/// A source of frames, in the order of the video.
///
/// A frame that cannot be decoded is left out: the next one has an index larger by two. Callers
/// see the gap and know the frame by its index.
pub trait FrameSource: Send {
    /// Returns what is known of the video.
    fn info(&self) -> VideoInfo;

    /// Decodes the next frame, or returns `None` after the last.
    ///
    /// # Errors
    ///
    /// Returns an error when the source cannot go on; one bad frame is not an error.
    fn next_frame(&mut self) -> Result<Option<Frame<'static>>, ReadFrameError>;
}

/// An error returned when a source of frames cannot go on.
#[derive(Debug, thiserror::Error)]
#[error("could not read frame {index}")]
pub struct ReadFrameError {
    /// The place of the frame that was to be read, from 0.
    pub index: usize,
    /// The reason.
    #[source]
    pub source: Box<dyn Error + Send + Sync>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crop_takes_the_pixels_inside_it() {
        let pixels: Vec<u8> = (0..4 * 3).flat_map(|i| [i, i, i]).collect();
        let frame = Frame::new(7, 4, 3, pixels).unwrap();

        let crop = frame.crop(Crop {
            x_min: 1,
            x_max: 3,
            y_min: 1,
            y_max: 3,
        });

        assert_eq!((crop.index(), crop.width(), crop.height()), (7, 2, 2));
        assert_eq!(crop.pixels(), [5, 5, 5, 6, 6, 6, 9, 9, 9, 10, 10, 10]);
    }

    #[test]
    fn the_number_of_bytes_must_match() {
        assert!(Frame::new(0, 2, 2, vec![0; 11]).is_err());
        assert!(Frame::new(0, 0, 2, vec![]).is_err());
        assert!(Frame::new(0, usize::MAX, 2, vec![0; 6]).is_err());
    }
}
