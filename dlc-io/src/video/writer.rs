use std::{
    io,
    path::{Path, PathBuf},
};

use dlc_model::Frame;

use super::{
    OpenVideoErrorKind,
    ending::Ending,
    ffmpeg::{Encoder, Programs},
};
use crate::atomic::{AtomicFile, Batch, FileKind, OutputGuard, WriteFileError};

/// How a video is compressed.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum VideoCodec {
    /// MPEG-4 part 2, DeepLabCut's choice (`mp4v`). Browsers do not show it.
    #[default]
    Mp4v,
    /// H.264 through libx264, which not every ffmpeg has. Frames of an odd size get one more row
    /// or column.
    H264,
}

impl VideoCodec {
    pub(super) const fn arguments(self) -> &'static str {
        match self {
            Self::Mp4v => "-c:v mpeg4 -tag:v mp4v -q:v 3",
            Self::H264 => "-c:v libx264 -crf 18 -vf pad=ceil(iw/2)*2:ceil(ih/2)*2",
        }
    }
}

/// Writes frames into an `.mp4` file, which appears under its name whole or not at all.
///
/// A child process `ffmpeg` compresses them: see the [module](super) on where it is taken from.
///
/// # Examples
///
/// ```no_run
/// use dlc_io::video::{self, VideoCodec, VideoWriter};
///
/// let mut video = video::open("mouse.avi")?;
/// let mut copy = VideoWriter::create("mouse.mp4", video.info().fps, VideoCodec::Mp4v)?;
/// while let Some(frame) = video.next_frame()? {
///     copy.write(&frame)?;
/// }
/// copy.finish()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct VideoWriter {
    path: PathBuf,
    file: AtomicFile,
    rate: (u32, u32),
    codec: VideoCodec,
    programs: Programs,
    size: (usize, usize),
    /// Started with the first frame, whose size is that of the video.
    encoder: Option<Encoder>,
}

impl VideoWriter {
    /// Creates a video of so many frames per second.
    ///
    /// The rate is rounded as OpenCV does for DeepLabCut: to a fraction that is off by at most 0.001,
    /// and above 65.535 to a whole number. A rate that is not a number above zero counts as 30.
    ///
    /// # Errors
    ///
    /// Returns an error when no file can be created there, or when a file lies there that is no
    /// video.
    pub fn create(
        path: impl AsRef<Path>,
        fps: f64,
        codec: VideoCodec,
    ) -> Result<Self, WriteVideoError> {
        Self::create_guarded(path, fps, codec, OutputGuard::new())
    }

    /// Creates a video that does not take the place of what `guard` keeps: the video whose frames it
    /// shows.
    ///
    /// # Errors
    ///
    /// As [`Self::create`], and when the guard keeps what is there.
    pub fn create_guarded(
        path: impl AsRef<Path>,
        fps: f64,
        codec: VideoCodec,
        guard: OutputGuard,
    ) -> Result<Self, WriteVideoError> {
        let path = path.as_ref();
        let file = guard
            .check(path, FileKind::Video)
            .and_then(|()| AtomicFile::create_guarded(path, guard))
            .map_err(|error| WriteVideoError::new(path, WriteVideoErrorKind::File(error)))?;
        Ok(Self {
            path: path.into(),
            file,
            rate: rate(fps),
            codec,
            programs: Programs::from_env(),
            size: (0, 0),
            encoder: None,
        })
    }

    /// Appends a frame; its index does not matter.
    ///
    /// # Errors
    ///
    /// Returns an error when the frame is not as large as the first, or when `ffmpeg` is not there
    /// or fails.
    pub fn write(&mut self, frame: &Frame<'_>) -> Result<(), WriteVideoError> {
        self.try_write(frame)
            .map_err(|kind| WriteVideoError::new(&self.path, kind))
    }

    fn try_write(&mut self, frame: &Frame<'_>) -> Result<(), WriteVideoErrorKind> {
        let found = (frame.width(), frame.height());
        let encoder = match &mut self.encoder {
            Some(encoder) => encoder,
            None => {
                self.size = found;
                let path = self.file.temporary_path();
                let start = Encoder::start(path, found, self.rate, self.codec, &self.programs);
                self.encoder.insert(start?)
            }
        };
        if found != self.size {
            let expected = self.size;
            return Err(WriteVideoErrorKind::Size { expected, found });
        }
        encoder.write(frame.pixels())
    }

    /// Ends the video and gives it its name.
    ///
    /// # Errors
    ///
    /// Returns an error when there was no frame, when `ffmpeg` fails, or when the file cannot be
    /// renamed.
    pub fn finish(self) -> Result<(), WriteVideoError> {
        let (path, mut files) = (self.path.clone(), Batch::new());
        self.stage(&mut files)?;
        let kind = |error| WriteVideoError::new(&path, WriteVideoErrorKind::File(error));
        files.commit().map_err(kind)
    }

    /// Ends the video, which gets its name together with other files.
    ///
    /// # Errors
    ///
    /// Returns an error when there was no frame, or when `ffmpeg` fails.
    pub fn stage(self, files: &mut Batch) -> Result<(), WriteVideoError> {
        let Self {
            path,
            file,
            encoder,
            ..
        } = self;
        encoder
            .ok_or(WriteVideoErrorKind::NoFrames)
            .and_then(Encoder::finish)
            .and_then(|()| files.add(file).map_err(WriteVideoErrorKind::File))
            .map_err(|kind| WriteVideoError::new(&path, kind))
    }
}

/// Returns frames and the seconds that they take.
#[expect(clippy::cast_possible_truncation, reason = "checked to be in range")]
#[expect(clippy::cast_sign_loss, reason = "checked to be in range")]
fn rate(fps: f64) -> (u32, u32) {
    if !(0.001..=1e6).contains(&fps) {
        return (30, 1);
    }
    if fps * 1000.0 > 65_535.0 {
        return (fps.round_ties_even() as u32, 1);
    }
    let bases = [1_u32, 10, 100, 1000].map(|base| ((fps * f64::from(base) + 0.5) as u32, base));
    let near = |&(frames, base): &(u32, u32)| {
        frames > 0 && (f64::from(frames) / f64::from(base) - fps).abs() <= 0.001
    };
    bases.into_iter().find(near).unwrap_or(bases[3])
}

/// An error returned when a video cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("could not write the video {}", path.display())]
pub struct WriteVideoError {
    path: PathBuf,
    #[source]
    kind: WriteVideoErrorKind,
}

impl WriteVideoError {
    fn new(path: &Path, kind: WriteVideoErrorKind) -> Self {
        Self {
            path: path.into(),
            kind,
        }
    }

    /// Returns the path of the video.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the reason.
    pub fn kind(&self) -> &WriteVideoErrorKind {
        &self.kind
    }
}

/// Why a video cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteVideoErrorKind {
    /// `ffmpeg` cannot be run.
    #[error(transparent)]
    Program(OpenVideoErrorKind),
    /// `ffmpeg` ended with an error.
    #[error("ffmpeg failed: {}", Ending(status, message))]
    Ffmpeg {
        /// Its exit status or the signal that ended it.
        status: String,
        /// The last errors that it printed.
        message: String,
    },
    /// `ffmpeg` does not take the frames.
    #[error("could not pass a frame to ffmpeg")]
    Io(#[source] io::Error),
    /// A frame has another size than the first.
    #[error(
        "all frames must have one size: expected {} x {} px as the first, found {} x {} px",
        expected.0, expected.1, found.0, found.1
    )]
    Size {
        /// Width and height of the first frame, in px.
        expected: (usize, usize),
        /// Width and height of this one, in px.
        found: (usize, usize),
    },
    /// There was no frame.
    #[error("a video needs a frame")]
    NoFrames,
    /// The file cannot be created or renamed.
    #[error(transparent)]
    File(WriteFileError),
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::video;

    #[test]
    fn rates_are_those_of_opencv() {
        let rates = [
            30.0,
            29.97,
            30.0003,
            12.5,
            100.0,
            239.76,
            f64::NAN,
            0.0,
            1e-9,
        ]
        .map(rate);

        assert_eq!(
            rates,
            [
                (30, 1),
                (2997, 100),
                (30, 1),
                (125, 10),
                (100, 1),
                (240, 1),
                (30, 1),
                (30, 1),
                (30, 1)
            ]
        );
    }

    fn frame(index: usize, width: usize, level: u8) -> Frame<'static> {
        Frame::new(index, width, 34, vec![level; width * 34 * 3]).unwrap()
    }

    #[test]
    fn frames_become_a_video_under_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grey.mp4");
        let mut writer = VideoWriter::create(&path, 25.0, VideoCodec::Mp4v).unwrap();
        for index in 0..7 {
            match writer.write(&frame(index, 47, 30 * u8::try_from(index).unwrap())) {
                Err(error) if matches!(error.kind(), WriteVideoErrorKind::Program(_)) => {
                    return testing::skip(testing::Need::Ffmpeg, error);
                }
                written => written.unwrap(),
            }
        }
        assert!(!path.exists());
        writer.finish().unwrap();

        let mut read = video::open(&path).unwrap();
        let info = read.info();
        assert_eq!((info.width, info.height, info.frame_count), (47, 34, 7));
        assert_eq!(info.fps, 25.0);
        let mut seen = 0;
        while let Some(frame) = read.next_frame().unwrap() {
            let level = 30 * i32::try_from(frame.index()).unwrap();
            let middle = i32::from(frame.pixels()[3 * (17 * 47 + 20)]);
            assert!((middle - level).abs() < 6, "{middle} {level}");
            seen += 1;
        }
        assert_eq!(seen, 7);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failure_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grey.mp4");
        let create = || VideoWriter::create(&path, 25.0, VideoCodec::Mp4v).unwrap();

        let error = create().finish().unwrap_err();
        assert!(matches!(error.kind(), WriteVideoErrorKind::NoFrames));

        let mut writer = create();
        if writer.write(&frame(0, 40, 0)).is_ok() {
            let error = writer.write(&frame(1, 48, 0)).unwrap_err();
            assert!(matches!(error.kind(), WriteVideoErrorKind::Size { .. }));
        }
        drop(writer);

        let mut missing = create();
        missing.programs = Programs::named("no-such-ffmpeg");
        let error = missing.write(&frame(0, 40, 0)).unwrap_err();
        assert!(matches!(error.kind(), WriteVideoErrorKind::Program(_)));
        drop(missing);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
