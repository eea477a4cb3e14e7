//! A new file, which appears whole or not at all.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use super::{OpenSqliteErrorKind as Kind, SqliteOptions, connect, migrate};

/// Makes a file with empty tables, unless another has made one meanwhile.
pub(super) fn create(path: &Path, options: SqliteOptions) -> Result<(), Kind> {
    let new = New::beside(path);
    let mut connection = connect::to_new(&new.0, options)?;
    migrate::create(&mut connection)?;
    connect::write_ahead(&connection, options)?;
    // The log goes into the file now, so that the file alone is the store.
    connection.close().map_err(|(_, error)| error)?;
    match place(&new.0, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        placed => Ok(placed?),
    }
}

/// Gives a file its name unless there is one with that name.
fn place(new: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(new, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            // Some disks have no links. A file that appears just now would be lost.
            match path.try_exists()? {
                true => Err(io::ErrorKind::AlreadyExists.into()),
                false => fs::rename(new, path),
            }
        }
        linked => linked,
    }
}

/// A file that is being made, and goes when that fails.
struct New(PathBuf);

impl New {
    fn beside(path: &Path) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        name.push(format!(".{}-{count}.new", process::id()));
        Self(path.with_file_name(name))
    }
}

impl Drop for New {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm", "-journal"] {
            let mut name = self.0.as_os_str().to_owned();
            name.push(end);
            drop(fs::remove_file(name));
        }
    }
}
