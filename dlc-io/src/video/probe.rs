use std::ops::Range;

use dlc_model::{FrameSource, FrameTimes, ReadFrameError, Timestamp, VideoInfo};

/// What a video is, as its headers and packets tell without decoding it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct VideoProbe {
    /// Size, rate and number of frames; the number is that of the packets that are shown.
    pub info: VideoInfo,
    /// The container: what `ffprobe` calls it, e.g., `avi` or `mov,mp4,m4a,3gp,3g2,mj2`; `folder` for
    /// pictures.
    pub container: String,
    /// The codec, e.g., `h264`, `mjpeg`, `rawvideo`; `png` or `jpeg` for pictures.
    pub codec: String,
    /// The format of pixels, e.g., `yuv420p`, where it is known.
    pub pixel_format: Option<String>,
    /// How far the file asks to turn its frames clockwise, in degrees: 0, 90, 180 or 270. They come
    /// turned.
    pub rotation: u16,
    /// The number of frames that the file's header promises, where it does.
    pub reported_frame_count: Option<usize>,
    /// When each frame is shown, in s from the first, where the file tells. Index `i` is frame `i`.
    pub frame_times_s: Option<Vec<f64>>,
    /// The step of the container's clock, in s, to which times are rounded.
    pub tick_s: f64,
    /// When the file says that it was made, where it does. A camera writes when it began; a program
    /// that converts videos may keep that or write its own time.
    pub creation_time: Option<Timestamp>,
}

impl VideoProbe {
    /// Returns when frames are shown; [`FrameTimes`] defines which are even.
    ///
    /// Files that hold no times of presentation (H.264 in AVI) have those of their header's rate. A folder
    /// of pictures has none.
    pub fn frame_times(&self) -> Option<FrameTimes> {
        match &self.frame_times_s {
            Some(times_s) => Some(FrameTimes::new(times_s.clone(), self.info.fps, self.tick_s)),
            None if self.info.fps > 0.0 => Some(self.info.into()),
            None => None,
        }
    }

    /// Returns whether frames follow each other unevenly, as [`FrameTimes`] defines it.
    ///
    /// A frame that a camera dropped makes a video uneven.
    pub fn is_variable_rate(&self) -> bool {
        self.frame_times().is_some_and(|times| !times.is_even())
    }
}

/// What came out when all frames of a video were decoded.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct DecodedFrames {
    /// How many could be decoded.
    pub count: usize,
    /// Where frames are missing: runs of their indices.
    pub corrupt: Vec<Range<usize>>,
}

/// Decodes all frames that are left in a video, to find out which can be.
///
/// # Errors
///
/// Returns an error when decoding cannot go on.
pub fn decode_all(video: &mut dyn FrameSource) -> Result<DecodedFrames, ReadFrameError> {
    let (mut count, mut next, mut corrupt) = (0, 0, Vec::new());
    while let Some(frame) = video.next_frame()? {
        if frame.index() > next {
            corrupt.push(next..frame.index());
        }
        next = frame.index() + 1;
        count += 1;
    }
    let end = video.info().frame_count;
    if end > next {
        corrupt.push(next..end);
    }
    Ok(DecodedFrames { count, corrupt })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_uneven_step_makes_a_rate_variable() {
        let probe = |times: Option<&[f64]>| VideoProbe {
            info: VideoInfo {
                width: 1,
                height: 1,
                fps: 25.0,
                frame_count: 0,
            },
            container: "avi".into(),
            codec: "mjpeg".into(),
            pixel_format: None,
            rotation: 0,
            reported_frame_count: None,
            frame_times_s: times.map(<[f64]>::to_vec),
            tick_s: 0.001,
            creation_time: None,
        };

        assert!(!probe(Some(&[0.0, 0.033, 0.067, 0.1])).is_variable_rate());
        assert!(probe(Some(&[0.0, 0.033, 0.067, 0.133])).is_variable_rate());
        for steady in [None, Some(&[][..]), Some(&[1.0]), Some(&[1.0, 9.0])] {
            assert!(!probe(steady).is_variable_rate());
        }
        let mut pictures = probe(None);
        pictures.info.fps = f64::NAN;
        assert_eq!(pictures.frame_times(), None);
    }
}
