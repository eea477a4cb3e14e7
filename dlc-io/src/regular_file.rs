//! Files that can be read from their beginning to their end, again and again.
//!
//! To open a FIFO waits until somebody writes to it, perhaps for ever, and the readers of this crate seek.
//! So they all open files here.

use std::{
    fs::{self, File, FileType},
    io,
    path::Path,
};

/// Opens a regular file, or says by name what is there instead.
///
/// # Errors
///
/// Returns an error as [`File::open`], and one of the kind [`io::ErrorKind::InvalidInput`] for a folder,
/// a FIFO, a socket or a device, without opening it. Links are followed.
///
/// # Examples
///
/// ```
/// let error = dlc_io::regular_file::open(std::env::temp_dir()).unwrap_err();
///
/// assert_eq!(error.to_string(), "a folder: expected a regular file");
/// ```
pub fn open(path: impl AsRef<Path>) -> io::Result<File> {
    let path = path.as_ref();
    check(path)?;
    File::open(path)
}

/// Refuses what is there and not a regular file.
///
/// # Errors
///
/// As [`open`].
pub fn check(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref();
    let found = fs::metadata(path)?.file_type();
    if found.is_file() {
        return Ok(());
    }
    let found = name(found);
    let error = NotRegularFileError {
        found,
        remedy: remedy(path, found),
    };
    Err(io::Error::new(io::ErrorKind::InvalidInput, error))
}

/// An error returned when a file is expected and something else is there.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{found}: expected a regular file{remedy}")]
struct NotRegularFileError {
    found: &'static str,
    remedy: &'static str,
}

const FIFO: &str = "a FIFO (named pipe)";

/// Returns what to do; a shell gives `<(…)` and `|` a name among open files.
fn remedy(path: &Path, found: &str) -> &'static str {
    let is_open = ["/dev/fd", "/dev/stdin", "/proc"];
    let is_pipe = found == FIFO && is_open.iter().any(|folder| path.starts_with(folder));
    match is_pipe {
        true => {
            ", since files are read more than once; pipes and process substitutions, `<(…)`, cannot be: \
             write the output to a file first"
        }
        false => "",
    }
}

#[cfg(unix)]
fn name(found: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;

    match found {
        found if found.is_dir() => "a folder",
        found if found.is_fifo() => FIFO,
        found if found.is_socket() => "a socket",
        found if found.is_char_device() => "a character device",
        found if found.is_block_device() => "a block device",
        _ => "no file",
    }
}

#[cfg(not(unix))]
fn name(found: FileType) -> &'static str {
    match found.is_dir() {
        true => "a folder",
        false => "no file",
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::{os::unix::net::UnixListener, process::Command};

    use super::*;

    fn refused(path: &Path) -> String {
        let error = open(path).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        error.to_string()
    }

    #[test]
    fn what_is_no_regular_file_is_named_and_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        assert!(
            Command::new("mkfifo")
                .arg(&fifo)
                .status()
                .unwrap()
                .success()
        );
        let socket = folder.path().join("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&fifo, &link).unwrap();

        assert_eq!(
            refused(&fifo),
            "a FIFO (named pipe): expected a regular file"
        );
        assert_eq!(refused(&link), refused(&fifo));
        assert!(refused(&socket).starts_with("a socket"));
        assert!(refused(folder.path()).starts_with("a folder"));
        assert!(refused(Path::new("/dev/zero")).starts_with("a character device"));
    }

    #[test]
    fn pipes_of_a_shell_are_named_with_their_remedy() {
        let remedy = remedy(Path::new("/dev/fd/63"), FIFO);
        assert!(remedy.contains("process substitutions"), "{remedy}");
        assert_eq!(super::remedy(Path::new("/data/fifo"), FIFO), "");
    }
}
