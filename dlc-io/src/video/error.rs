use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use dlc_model::CropError;

use super::{MAX_FRAMES, MAX_SIDE};

/// An error returned when a video or a folder of pictures cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("could not open video {path:?}")]
pub struct OpenVideoError {
    path: PathBuf,
    #[source]
    kind: OpenVideoErrorKind,
}

impl OpenVideoError {
    pub(super) fn new(path: &Path, kind: OpenVideoErrorKind) -> Self {
        Self {
            path: path.to_owned(),
            kind,
        }
    }

    /// Returns the path of the video.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the reason.
    pub fn kind(&self) -> &OpenVideoErrorKind {
        &self.kind
    }
}

/// Why a video or a folder of pictures cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenVideoErrorKind {
    /// There is no file or folder of this name.
    #[error("no such file or folder")]
    NotFound,
    /// The operating system could not read the file.
    #[error("could not read")]
    Io(#[source] io::Error),
    /// The content is not a video, or not one that ffmpeg knows.
    #[error("not a video that ffmpeg can read: {message}")]
    NotVideo {
        /// What `ffprobe` said.
        message: String,
    },
    /// `ffmpeg` or `ffprobe` ended without an answer, e.g., because it was killed.
    #[error("{program:?} ended without an answer: {ending}")]
    ProgramEnded {
        /// The name or path of the program.
        program: String,
        /// Its exit status or the signal that ended it, the last lines that it printed, and the remedy.
        ending: String,
    },
    /// `ffmpeg` or `ffprobe` hangs. It was killed.
    #[error(
        "{program:?} gave no answer for {seconds} s and was ended: is the disk or the share of the \
         video there?"
    )]
    Stalled {
        /// The name or path of the program.
        program: String,
        /// How long it was waited for, in s.
        seconds: u64,
    },
    /// The file holds no pictures, e.g., only sound.
    #[error("no pictures in the file")]
    NoPictures,
    /// The file ends before the frames that it promises.
    #[error(
        "the file stops half-way: {} and its last {missing_bytes} bytes are missing; \
         `ffmpeg -i IN -c copy OUT` makes a video of what is there",
        Counts(*.expected, *.found)
    )]
    Truncated {
        /// Number of frames that the file promises: by its header, else rate times duration.
        expected: Option<usize>,
        /// Number of frames that are there.
        found: usize,
        /// Number of bytes that the outermost element of the file is short of.
        missing_bytes: u64,
    },
    /// A frame is empty, or larger than [`MAX_SIDE`].
    #[error("expected frames of 1 to {MAX_SIDE} px a side, found {width} x {height} px")]
    Size {
        /// Width in px.
        width: usize,
        /// Height in px.
        height: usize,
    },
    /// There are more frames than [`MAX_FRAMES`].
    #[error("more than {MAX_FRAMES} frames")]
    TooManyFrames,
    /// `ffmpeg` or `ffprobe` is needed and not there.
    #[error(
        "the program {program:?} is needed and was not found: install ffmpeg (`apt-get install \
         ffmpeg`, `brew install ffmpeg`, `winget install ffmpeg`) or name the program in the \
         environment variable {variable}"
    )]
    MissingProgram {
        /// The name or path that was tried.
        program: String,
        /// The variable that may name another one.
        variable: &'static str,
    },
    /// `ffmpeg` or `ffprobe` is there and does not run.
    #[error("could not run {program:?}")]
    RunProgram {
        /// The name or path that was tried.
        program: String,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// `ffprobe` says something that no version of it is known to say.
    #[error("unexpected answer of ffprobe: missing or invalid {field}")]
    Answer {
        /// The field that is missing or has an odd value.
        field: &'static str,
    },
    /// The part of the frames that is wanted does not lie in them.
    #[error(transparent)]
    Crop(CropError),
    /// A folder holds no `.png`, `.jpg` or `.jpeg` file that can be read.
    #[error("no pictures in the folder: expected .png, .jpg or .jpeg files")]
    EmptyFolder,
    /// A folder holds videos, so that it is not one of pictures.
    #[error(
        "a folder with {count} videos, such as {name:?}, is no video of pictures: \
         name the videos, or move them or the pictures elsewhere"
    )]
    FolderOfVideos {
        /// How many there are.
        count: usize,
        /// The first of them.
        name: String,
    },
    /// A picture of a folder has another size than the first.
    #[error(
        "all pictures of a folder must have one size: expected {} x {} px as the first, \
         found {} x {} px in {name:?}", expected.0, expected.1, found.0, found.1
    )]
    UnevenPictures {
        /// Name of the first picture that differs.
        name: String,
        /// Width and height of the first picture, in px.
        expected: (usize, usize),
        /// Width and height of this one, in px.
        found: (usize, usize),
    },
}

struct Counts(Option<usize>, usize);

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(expected) => write!(f, "expected {expected} frames, found {}", self.1),
            None => write!(f, "found {} frames", self.1),
        }
    }
}
