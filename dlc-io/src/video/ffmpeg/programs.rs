use std::{
    env,
    ffi::OsString,
    io::{self, Read},
    process::ExitStatus,
    time::Duration,
};

use super::child::{Child, LastWords, read_within};
use crate::video::{OpenVideoErrorKind, ending::Ending};

const FFMPEG: &str = "DLC_FFMPEG";
const FFPROBE: &str = "DLC_FFPROBE";

/// The most bytes that a version is looked for in.
const MAX_VERSION: u64 = 1 << 16;

/// The names or paths of the two programs.
#[derive(Clone, Debug)]
pub(in crate::video) struct Programs {
    pub(super) ffmpeg: OsString,
    pub(super) ffprobe: OsString,
    /// How long they may be silent before they count as hanging.
    pub(super) patience: Duration,
}

/// Long enough for disks that wake up and shares that are slow.
const PATIENCE: Duration = Duration::from_secs(300);

/// How this version of ffmpeg is told to pass every frame on, once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Passthrough {
    /// Since 5.1.
    FpsMode,
    /// Before.
    Vsync,
}

impl Passthrough {
    pub(super) fn arguments(self) -> &'static str {
        match self {
            Self::FpsMode => "-fps_mode passthrough",
            Self::Vsync => "-vsync passthrough",
        }
    }
}

impl Programs {
    pub(in crate::video) fn from_env() -> Self {
        let named = |variable, name: &str| env::var_os(variable).unwrap_or_else(|| name.into());
        Self {
            ffmpeg: named(FFMPEG, "ffmpeg"),
            ffprobe: named(FFPROBE, "ffprobe"),
            patience: PATIENCE,
        }
    }

    #[cfg(test)]
    pub(in crate::video) fn named(program: &str) -> Self {
        Self {
            ffmpeg: program.into(),
            ffprobe: program.into(),
            patience: PATIENCE,
        }
    }

    /// Asks ffmpeg for its version, which also shows that it is there.
    pub(super) fn passthrough(&self) -> Result<Passthrough, OpenVideoErrorKind> {
        let (mut child, stdout) = Child::spawn(&self.ffmpeg, &["-version".into()], |_| ())
            .map_err(|error| self.could_not_run_ffmpeg(error))?;
        let read = |stdout| {
            let mut text = Vec::new();
            // What could not be read has no version in it.
            let _ = Read::take(stdout, MAX_VERSION).read_to_end(&mut text);
            text
        };
        let text = read_within(stdout, self.patience, read);
        let text = text.ok_or_else(|| self.stalled(&self.ffmpeg))?;
        match child.wait() {
            (status, _) if status.success() => Ok(passthrough(&String::from_utf8_lossy(&text))),
            (status, words) => Err(self.ended(&self.ffmpeg, status, words)),
        }
    }

    /// Says how a program ended that should have answered.
    pub(super) fn ended(
        &self,
        program: &OsString,
        status: ExitStatus,
        words: LastWords,
    ) -> OpenVideoErrorKind {
        OpenVideoErrorKind::ProgramEnded {
            program: program.to_string_lossy().into_owned(),
            ending: Ending(&status.to_string(), &words.into_message()).to_string(),
        }
    }

    pub(super) fn stalled(&self, program: &OsString) -> OpenVideoErrorKind {
        OpenVideoErrorKind::Stalled {
            program: program.to_string_lossy().into_owned(),
            seconds: self.patience.as_secs(),
        }
    }

    pub(super) fn could_not_run_ffmpeg(&self, error: io::Error) -> OpenVideoErrorKind {
        could_not_run(&self.ffmpeg, FFMPEG, error)
    }

    pub(super) fn could_not_run_ffprobe(&self, error: io::Error) -> OpenVideoErrorKind {
        could_not_run(&self.ffprobe, FFPROBE, error)
    }
}

fn could_not_run(
    program: &OsString,
    variable: &'static str,
    source: io::Error,
) -> OpenVideoErrorKind {
    let program = program.to_string_lossy().into_owned();
    match source.kind() {
        io::ErrorKind::NotFound => OpenVideoErrorKind::MissingProgram { program, variable },
        _ => OpenVideoErrorKind::RunProgram { program, source },
    }
}

/// Reads `ffmpeg version 5.1.9-0+deb12u1 …`, `n7.0` or `N-118…`; the last is younger than any.
fn passthrough(text: &str) -> Passthrough {
    let version = text.strip_prefix("ffmpeg version ").unwrap_or_default();
    let version = version.strip_prefix('n').unwrap_or(version);
    let mut numbers = version.split(|c: char| !c.is_ascii_digit());
    let mut number = || numbers.next().and_then(|n| n.parse::<u32>().ok());
    match (number(), number()) {
        (Some(major), minor) if (major, minor.unwrap_or(0)) < (5, 1) => Passthrough::Vsync,
        _ => Passthrough::FpsMode,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_decides_on_the_option() {
        let cases = [
            ("ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright", true),
            ("ffmpeg version 5.0 Copyright", true),
            ("ffmpeg version n4.4 Copyright", true),
            ("ffmpeg version 5.1.9-0+deb12u1 Copyright", false),
            ("ffmpeg version 7.1 Copyright", false),
            ("ffmpeg version n9.0.2-17-g2a571b6068 Copyright", false),
            ("ffmpeg version N-118448-g43be8d0728 Copyright", false),
            ("", false),
        ];
        for (text, is_old) in cases {
            assert_eq!(passthrough(text) == Passthrough::Vsync, is_old, "{text}");
        }
    }
}
