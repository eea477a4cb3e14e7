//! What the tests of all crates share: programs, reference data, and how a test says that it was skipped.
//!
//! A pass must not hide a skip. [`skip`] prints the reason, adds it to the file that `DLC_SKIPPED` names
//! (`scripts/test` counts its lines at the end), and panics where `DLC_MUST_RUN` lists the need.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a test says aloud what it leaves out")]

use std::{
    env,
    error::Error,
    fmt::Display,
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

/// What a machine may lack, so that a test cannot run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Need {
    /// A GPU or a software Vulkan driver, and the feature `wgpu`.
    Adapter,
    /// A web browser.
    Chromium,
    /// `ffmpeg` and `ffprobe`, or one of their codecs.
    Ffmpeg,
    /// Instructions or a precision of the processor or the adapter.
    Hardware,
    /// The programs of a MariaDB server.
    Mariadb,
    /// The example programs, which `cargo build --examples` builds.
    Programs,
    /// Real DeepLabCut projects and outputs, in `DLC_REFERENCE`.
    Reference,
}

impl Need {
    /// Returns the word for it in `DLC_MUST_RUN`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Adapter => "adapter",
            Self::Chromium => "chromium",
            Self::Ffmpeg => "ffmpeg",
            Self::Hardware => "hardware",
            Self::Mariadb => "mariadb",
            Self::Programs => "programs",
            Self::Reference => "reference",
        }
    }
}

/// Says that a test, or a part of it, is left out because `need` is not there.
///
/// # Panics
///
/// Panics where `DLC_MUST_RUN`, a list of [words](Need::word) between commas, or `all`, has the need.
pub fn skip(need: Need, reason: impl Display) {
    let word = need.word();
    let must_run = env::var("DLC_MUST_RUN").unwrap_or_default();
    let listed = must_run
        .split(',')
        .any(|entry| [word, "all"].contains(&entry.trim()));
    assert!(!listed, "must run, but is skipped: {word}: {reason}");
    println!("skipped: {word}: {reason}");
    if let Some(path) = env::var_os("DLC_SKIPPED") {
        let thread = std::thread::current();
        let line = format!("{word}\t{}\t{reason}\n", thread.name().unwrap_or_default());
        let file = OpenOptions::new().create(true).append(true).open(path);
        file.and_then(|mut file| file.write_all(line.as_bytes()))
            .expect("the list of skipped tests can be written");
    }
}

/// Returns a path in the reference folder (`DLC_REFERENCE`, by default `shared/reference` beside the
/// clone), or skips.
pub fn reference(path: impl AsRef<Path>) -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/reference");
    let folder = env::var_os("DLC_REFERENCE").map_or_else(default, PathBuf::from);
    let path = folder.join(path);
    if !path.exists() {
        skip(Need::Reference, format_args!("no {}", path.display()));
        return None;
    }
    Some(path)
}

/// Returns an example program, which cargo builds beside the tests, or skips.
///
/// # Panics
///
/// Panics when the test does not know its own path.
pub fn program(name: &str) -> Option<Command> {
    let test = env::current_exe().expect("a test knows its path");
    let profile = test.parent().and_then(Path::parent);
    let program = profile
        .expect("tests lie in `deps`")
        .join("examples")
        .join(name);
    let program = program.with_extension(env::consts::EXE_EXTENSION);
    if !program.exists() {
        skip(Need::Programs, format_args!("no {}", program.display()));
        return None;
    }
    Some(Command::new(program))
}

/// Returns an error and its sources in one line.
pub fn chain(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

/// Writes an executable shell script at `path`, which can be run at once.
///
/// Another process writes it. A program cannot be started while a process has it open for writing
/// ("text file busy"), and a child that another test's thread has just forked holds all files that
/// this process was writing.
///
/// # Panics
///
/// Panics where the shell cannot write the file.
#[cfg(unix)]
pub fn write_script(path: impl AsRef<Path>, body: &str) {
    let status = Command::new("sh")
        .args([
            "-c",
            r#"printf '#!/bin/sh\n%s\n' "$2" > "$1" && chmod 755 "$1""#,
            "sh",
        ])
        .args([path.as_ref().as_os_str(), body.as_ref()])
        .status()
        .expect("a shell");
    assert!(status.success(), "the script cannot be written: {status}");
}

/// Copies a file, or all that is in a folder.
///
/// # Panics
///
/// Panics where something cannot be read or written.
pub fn copy(from: impl AsRef<Path>, to: impl AsRef<Path>) {
    let (from, to) = (from.as_ref(), to.as_ref());
    if from.is_file() {
        let folder = to.parent().expect("a file is in a folder");
        fs::create_dir_all(folder).expect("the folder can be made");
        fs::copy(from, to).expect("the file can be copied");
        return;
    }
    for entry in fs::read_dir(from).expect("the folder can be read") {
        let name = entry.expect("the folder can be read").file_name();
        copy(from.join(&name), to.join(&name));
    }
}
