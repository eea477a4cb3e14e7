use super::ending::Ending;

/// Why a video cannot be decoded any further.
///
/// The source of a [`ReadFrameError`](dlc_model::ReadFrameError).
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeVideoError {
    /// The size of the frames changes in the middle of the video.
    #[error(
        "the size changes in the middle of the video: expected {} x {} px, found {} x {} px",
        expected.0, expected.1, found.0, found.1
    )]
    SizeChanged {
        /// Width and height of the first frame, in px.
        expected: (usize, usize),
        /// Width and height of this one, in px.
        found: (usize, usize),
    },
    /// ffmpeg ended before the video did.
    #[error("ffmpeg ended early: {}", Ending(status, message))]
    FfmpegEnded {
        /// Its exit status or the signal that ended it.
        status: String,
        /// The last errors that it printed.
        message: String,
    },
    /// ffmpeg hangs. It was killed.
    #[error(
        "ffmpeg decoded nothing for {seconds} s and was ended: is the disk or the share of the video \
         there?"
    )]
    Stalled {
        /// How long it was waited for, in s.
        seconds: u64,
    },
    /// ffmpeg decoded a frame at a time that no packet has, or twice at one time.
    #[error("no packet in this place has the time stamp {time:?} of the decoded frame")]
    UnknownTime {
        /// The time stamp in units of the stream's time base, where there is one.
        time: Option<i64>,
    },
    /// Frames are missing, and the file has no times that tell which.
    #[error(
        "{decoded} of {expected} frames could be decoded, and the file holds no times of \
         presentation that tell which are missing; \
         `ffmpeg -i IN -c:v libx264 -crf 10 OUT.mp4` makes a video of those that are there"
    )]
    UncertainGap {
        /// Number of frames that were decoded.
        decoded: usize,
        /// Number of packets in the file.
        expected: usize,
    },
}
