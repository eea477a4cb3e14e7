use std::{
    ffi::OsString,
    io::{self, Write},
    path::Path,
    process::{ChildStdin, ExitStatus},
};

use super::{
    Programs,
    child::{Child, LastWords},
    url,
};
use crate::video::{VideoCodec, WriteVideoErrorKind};

/// An `ffmpeg` that takes frames and writes a video.
#[derive(Debug)]
pub(in crate::video) struct Encoder {
    child: Child,
    frames: ChildStdin,
}

impl Encoder {
    pub(in crate::video) fn start(
        path: &Path,
        size: (usize, usize),
        rate: (u32, u32),
        codec: VideoCodec,
        programs: &Programs,
    ) -> Result<Self, WriteVideoErrorKind> {
        let url = url(path).map_err(WriteVideoErrorKind::Io)?;
        let arguments = arguments(url, size, rate, codec);
        let (child, frames) = Child::spawn_writer(&programs.ffmpeg, &arguments)
            .map_err(|error| WriteVideoErrorKind::Program(programs.could_not_run_ffmpeg(error)))?;
        Ok(Self { child, frames })
    }

    /// Writes the pixels of a frame.
    pub(in crate::video) fn write(&mut self, pixels: &[u8]) -> Result<(), WriteVideoErrorKind> {
        match self.frames.write_all(pixels) {
            Ok(()) => Ok(()),
            // It ended before we did: its last words tell why.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                let (status, words) = self.child.wait();
                Err(ended(status, words))
            }
            Err(error) => Err(WriteVideoErrorKind::Io(error)),
        }
    }

    /// Tells `ffmpeg` that there are no more frames, and waits for it.
    pub(in crate::video) fn finish(self) -> Result<(), WriteVideoErrorKind> {
        let Self { mut child, frames } = self;
        drop(frames);
        match child.wait() {
            (status, _) if status.success() => Ok(()),
            (status, words) => Err(ended(status, words)),
        }
    }
}

fn ended(status: ExitStatus, words: LastWords) -> WriteVideoErrorKind {
    WriteVideoErrorKind::Ffmpeg {
        status: status.to_string(),
        message: words.into_message(),
    }
}

fn arguments(
    url: OsString,
    (width, height): (usize, usize),
    (frames, seconds): (u32, u32),
    codec: VideoCodec,
) -> Vec<OsString> {
    let text = format!(
        "-hide_banner -nostats -loglevel level+error -y \
         -f rawvideo -pix_fmt rgb24 -s {width}x{height} -r {frames}/{seconds} -i pipe:0 \
         -an {} -pix_fmt yuv420p -movflags +faststart -f mp4",
        codec.arguments()
    );
    let mut arguments: Vec<OsString> = text.split_whitespace().map(OsString::from).collect();
    arguments.push(url);
    arguments
}
