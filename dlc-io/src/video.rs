//! Videos and folders of pictures, as sources of frames.
//!
//! [`open`] looks at the content, not at the name's extension:
//!
//! | content | read by |
//! |---|---|
//! | a folder of `.png`, `.jpg` and `.jpeg` files, without videos | Rust, in the order of their names |
//! | AVI with uncompressed 24 or 32 bit pictures | Rust |
//! | AVI with Motion JPEG | ffmpeg, or Rust where ffmpeg is not installed |
//! | everything else | ffmpeg |
//!
//! ffmpeg is not linked: the programs `ffmpeg` (4.4 or later) and `ffprobe` run as child processes.
//! They are taken from the search path, or from `DLC_FFMPEG` and `DLC_FFPROBE` where these are set.
//! Nothing but the file itself is opened: playlists that point to a network are refused.
//!
//! A folder with videos in it is not one video: [`collect`] lists them, as DeepLabCut does.
//!
//! # Pixels
//!
//! The ffmpeg road gives the pixels of OpenCV's `VideoCapture` (4.11, which carries ffmpeg 5.1):
//! always the BT.601 matrix, and the nearest chroma sample where it is subsampled, whatever the
//! file asks for. Uncompressed AVI is the same by nature. JPEG is not: decoded in Rust it differs
//! by up to 3 levels, and where chroma is subsampled by up to 200 at edges between saturated
//! colours, since chroma is then interpolated. So ffmpeg goes first.
//!
//! The rotation that a file asks for is obeyed, as OpenCV up to 4.10 and from 4.12 does.
//! DIFFERENCE: OpenCV 4.11 [forgets it](https://github.com/opencv/opencv/issues/26795).
//!
//! # Indices
//!
//! A frame's index is its place among all pictures of the file in the order of presentation,
//! whether they can be decoded or not. It comes from the picture's time stamp, so that one that
//! does not decode leaves a gap and the rest stay in place. DIFFERENCE: `VideoCapture` counts the
//! frames that it could decode, so everything behind a broken one moves up.
//!
//! Three cases to know:
//!
//! - An empty chunk in an AVI file is a frame that the camera dropped: it counts, and is a gap.
//!   `VideoCapture` counts it in `CAP_PROP_FRAME_COUNT` but not when reading.
//! - Some files hold no time of presentation (H.264 in AVI, raw streams). Their frames are counted
//!   in the order in which they come, and if fewer come than there are packets, reading ends in
//!   an error, since nobody can say which are missing.
//! - A picture with a damaged header that still decodes may come out of order. Its own index is
//!   then that of the place where it came out; those of the others are right.
//!
//! # Examples
//!
//! ```no_run
//! use dlc_model::FrameSource;
//!
//! let mut video = dlc_io::video::open("mouse.mp4")?;
//! let expected = video.info().frame_count;
//! let mut decoded = 0;
//! while let Some(frame) = video.next_frame()? {
//!     decoded += 1;
//!     println!("frame {} is {} px wide", frame.index(), frame.width());
//! }
//! println!("{} of {expected} frames did not decode", expected - decoded);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod avi;
mod collect;
mod ending;
mod error;
mod extent;
mod ffmpeg;
mod images;
mod probe;
mod read_error;
mod selection;
mod source;
mod writer;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use dlc_model::FrameSource;

pub use self::{
    collect::{CollectVideosError, CollectedVideos, LeftOut, VIDEO_TYPES, collect},
    error::{OpenVideoError, OpenVideoErrorKind},
    probe::{DecodedFrames, VideoProbe, decode_all},
    read_error::DecodeVideoError,
    selection::FrameSelection,
    writer::{VideoCodec, VideoWriter, WriteVideoError, WriteVideoErrorKind},
};
use self::{ffmpeg::Programs, images::ImageFolder, selection::Selected, source::Source};
use crate::regular_file;

/// The largest width and the largest height of a frame that are believed, in px.
pub const MAX_SIDE: usize = 16_384;

/// The largest number of frames in a video that is believed: 25 days at 30 frames per second.
pub const MAX_FRAMES: usize = 1 << 26;

/// Opens a video file or a folder of pictures.
///
/// All packets of a file are listed first, to know their number and their times: this reads the
/// file once, without decoding it.
///
/// The rate in [`VideoInfo::fps`](dlc_model::VideoInfo::fps) is OpenCV's `CAP_PROP_FPS`. A folder
/// of pictures has none: it is NaN. Pictures of a folder are those whose name ends in `.png`,
/// `.jpg` or `.jpeg` in any case and does not begin with a dot, sorted by code point as
/// DeepLabCut sorts them. An alpha channel is dropped; 16 bits are cut to the upper 8.
///
/// # Errors
///
/// Returns an error if there is no such file, if it is not a video, if it stops half-way, if it
/// is larger than [`MAX_SIDE`] or [`MAX_FRAMES`], or if a needed program is not installed;
/// and for a folder, if it holds videos, no pictures or pictures of several sizes.
pub fn open(path: impl AsRef<Path>) -> Result<Box<dyn FrameSource>, OpenVideoError> {
    Ok(open_source(path.as_ref())?)
}

/// Opens a video file or a folder of pictures for some of its frames, which keep their indices.
///
/// Frames before the first one are not decoded, but for the last second of them, where the file holds
/// times of presentation (H.264 in 4:4:4 is always decoded from its beginning, on which its decoding
/// may depend). [`VideoInfo`](dlc_model::VideoInfo) has the size of the crop, and the number
/// of frames in the file.
///
/// # Errors
///
/// As [`open`]; also when the crop does not lie in the frames.
pub fn open_selection(
    path: impl AsRef<Path>,
    selection: FrameSelection,
) -> Result<Box<dyn FrameSource>, OpenVideoError> {
    let path = path.as_ref();
    let selected = Selected::new(open_source(path)?, selection);
    let selected = selected.map_err(OpenVideoErrorKind::Crop);
    Ok(Box::new(
        selected.map_err(|kind| OpenVideoError::new(path, kind))?,
    ))
}

/// Finds out what a video or a folder of pictures is, without decoding it; [`decode_all`] tells what
/// can be decoded.
///
/// # Errors
///
/// As [`open`].
///
/// # Examples
///
/// ```no_run
/// use dlc_io::video;
///
/// let probe = video::probe("mouse.mp4")?;
/// println!("{} in {}, {} frames", probe.codec, probe.container, probe.info.frame_count);
/// if probe.is_variable_rate() {
///     println!("frames are uneven in time");
/// }
/// let decoded = video::decode_all(&mut *video::open("mouse.mp4")?)?;
/// println!("{} can be decoded, missing are {:?}", decoded.count, decoded.corrupt);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn probe(path: impl AsRef<Path>) -> Result<VideoProbe, OpenVideoError> {
    Ok(open_source(path.as_ref())?.probe())
}

fn open_source(path: &Path) -> Result<Box<dyn Source>, OpenVideoError> {
    open_kind(path, &Programs::from_env()).map_err(|kind| OpenVideoError::new(path, kind))
}

fn open_kind(path: &Path, programs: &Programs) -> Result<Box<dyn Source>, OpenVideoErrorKind> {
    let metadata = fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => OpenVideoErrorKind::NotFound,
        _ => OpenVideoErrorKind::Io(error),
    })?;
    if metadata.is_dir() {
        collect::check_no_videos(path)?;
        return Ok(Box::new(ImageFolder::open(path)?));
    }
    regular_file::check(path).map_err(OpenVideoErrorKind::Io)?;
    let Some(avi) = avi::Source::open(path)? else {
        return Ok(Box::new(ffmpeg::Source::open(path, programs)?));
    };
    if avi.matches_opencv() {
        return Ok(Box::new(avi));
    }
    match ffmpeg::Source::open(path, programs) {
        Ok(video) => Ok(Box::new(video)),
        Err(OpenVideoErrorKind::MissingProgram { .. }) => Ok(Box::new(avi)),
        Err(error) => Err(error),
    }
}

/// Lists the pictures of a folder in their order.
pub(crate) fn pictures(folder: &Path) -> io::Result<Vec<PathBuf>> {
    images::pictures(folder).map_err(|kind| match kind {
        OpenVideoErrorKind::Io(error) => error,
        other => io::Error::other(other),
    })
}

/// Returns the number of bytes in a frame, or an error if it is empty or too large.
fn frame_len(width: usize, height: usize) -> Result<usize, OpenVideoErrorKind> {
    let allowed = 1..=MAX_SIDE;
    if !allowed.contains(&width) || !allowed.contains(&height) {
        return Err(OpenVideoErrorKind::Size { width, height });
    }
    Ok(width * height * 3)
}
