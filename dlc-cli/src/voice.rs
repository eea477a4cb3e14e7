//! How the program speaks: results on standard output, all else on standard error.

use std::{
    fmt,
    io::{self, ErrorKind, IsTerminal as _, Write},
    path::Path,
    process::ExitCode,
};

use anyhow::Error;
use clap::Args;
use dlc::model::OptionError;
use serde_json::{Value, json};

use crate::json::with_paths;

/// The exit code of a wrong call, as clap has it.
const WRONG_USAGE: u8 = 2;

/// What a person or a program wants to hear.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct Voice {
    /// Prints one JSON object a result, instead of sentences.
    #[arg(long, global = true)]
    json: bool,
    /// Prints errors and warnings alone (with --json also the results).
    #[arg(long, short, global = true)]
    quiet: bool,
}

/// A result: sentences for a person, an object for a program.
pub(crate) struct Reply {
    pub(crate) lines: Vec<String>,
    pub(crate) object: Value,
}

impl Voice {
    /// Returns whether a person may be told how work goes on.
    pub(crate) fn shows_progress(self) -> bool {
        !self.quiet && !self.json
    }

    /// Prints a result.
    pub(crate) fn reply(self, reply: &Reply) -> io::Result<()> {
        match (self.json, self.quiet) {
            (true, _) => print_line(&mut io::stdout().lock(), &reply.object),
            (false, true) => Ok(()),
            (false, false) => reply
                .lines
                .iter()
                .try_for_each(|line| print_line(&mut io::stdout().lock(), line)),
        }
    }

    /// Prints a sentence for a person who waits.
    pub(crate) fn say(self, line: impl fmt::Display) -> io::Result<()> {
        match self.shows_progress() {
            true => print_line(&mut io::stdout().lock(), line),
            false => Ok(()),
        }
    }

    /// Prints something that a person may want to know. A reader that is gone is no reason to stop.
    pub(crate) fn note(self, note: impl fmt::Display) {
        if !self.quiet {
            let _ = writeln!(io::stderr(), "note: {note}");
        }
    }

    /// Prints something that may be wrong.
    pub(crate) fn warn(self, warning: impl fmt::Display) {
        let _ = writeln!(io::stderr(), "{}: {warning}", label("warning", "33"));
    }

    /// Prints what went wrong, and what can be done.
    pub(crate) fn complain(self, error: &Error) {
        let _ = writeln!(io::stderr(), "{}: {error:#}", label("error", "31"));
        if let Some(advice) = advice(error) {
            let _ = writeln!(io::stderr(), "  {advice}");
        }
    }

    /// Complains of something that has a name, as an object too where those are wanted.
    pub(crate) fn complain_of(self, name: &str, path: &Path, error: &Error) -> io::Result<()> {
        if self.json {
            let others = json!({ "error": format!("{error:#}") });
            print_line(&mut io::stdout().lock(), with_paths([(name, path)], others))?;
        }
        self.complain(error);
        Ok(())
    }

    /// Complains of an error that ended the program, and returns its exit code.
    pub(crate) fn fail(self, error: &Error) -> ExitCode {
        if self.json {
            let object = json!({ "error": format!("{error:#}") });
            let _ = print_line(&mut io::stdout().lock(), object);
        }
        self.complain(error);
        match is_wrong_usage(error) {
            true => ExitCode::from(WRONG_USAGE),
            false => ExitCode::FAILURE,
        }
    }
}

/// An argument that can be known to be wrong, which clap cannot know.
#[derive(Debug)]
pub(crate) struct WrongUsage(pub(crate) String);

impl fmt::Display for WrongUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WrongUsage {}

fn is_wrong_usage(error: &Error) -> bool {
    error
        .chain()
        .any(|cause| cause.is::<OptionError>() || cause.is::<WrongUsage>())
}

/// Returns what a person can do about an error.
fn advice(error: &Error) -> Option<&'static str> {
    use dlc::{
        infer::LoadNetworkErrorKind,
        io::{project::OpenProjectErrorKind, video::CollectVideosError},
    };

    error.chain().find_map(|cause| {
        if let Some(LoadNetworkErrorKind::Device(_)) = cause.downcast_ref() {
            Some("`dlc-rs devices` lists them")
        } else if cause.is::<OpenProjectErrorKind>() {
            Some("CONFIG is the config.yaml of a DeepLabCut project")
        } else if cause.is::<CollectVideosError>() {
            Some("--videotype ENDING looks for others")
        } else {
            None
        }
    })
}

/// Prints a line on a stream where somebody may have stopped reading, as `head` does: that is no reason
/// to stop.
pub(crate) fn print_line(out: &mut impl Write, line: impl fmt::Display) -> io::Result<()> {
    match writeln!(out, "{line}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Returns a word in a colour, where a person looks at it.
fn label(word: &str, colour: &str) -> String {
    let wanted = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    match wanted {
        true => format!("\u{1b}[1;{colour}m{word}\u{1b}[0m"),
        false => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails as this says.
    struct Failing(ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_that_nobody_reads_is_dropped_and_a_full_disk_is_an_error() {
        let mut lines = Vec::new();
        print_line(&mut lines, format_args!("{} frames", 3)).unwrap();
        assert_eq!(lines, b"3 frames\n");

        print_line(&mut Failing(ErrorKind::BrokenPipe), "3 frames").unwrap();
        let error = print_line(&mut Failing(ErrorKind::StorageFull), "3 frames").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull);
    }
}
