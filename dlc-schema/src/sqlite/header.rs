//! Reads the application id from the first bytes. SQLite itself would create a log beside the file.

use std::{
    fs::{self, File},
    io::{ErrorKind, Read},
    path::Path,
};

use super::{OpenSqliteErrorKind as Kind, migrate::APPLICATION_ID};

/// The bytes of SQLite's header that tell whose the file is.
const HEADER: usize = 72;
/// Where SQLite keeps the application id, the most significant byte first.
const APPLICATION_ID_AT: usize = 68;

/// Refuses a file that is not a store, without touching it.
pub(super) fn check(path: &Path) -> Result<(), Kind> {
    let metadata = fs::metadata(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Kind::Missing,
        _ => Kind::Path(error),
    })?;
    match (metadata.is_file(), metadata.len()) {
        // A pipe would have to be waited for.
        (false, _) => Err(Kind::NotAFile),
        (true, 0) => Err(Kind::Empty),
        (true, _) => check_header(&first_bytes(path)?),
    }
}

fn first_bytes(path: &Path) -> Result<Vec<u8>, Kind> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(HEADER as u64)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn check_header(header: &[u8]) -> Result<(), Kind> {
    if !header.starts_with(b"SQLite format 3\0") {
        return Err(Kind::NotADatabase);
    }
    let id = header.get(APPLICATION_ID_AT..HEADER);
    let id = id.and_then(|id| id.try_into().ok());
    let found = i32::from_be_bytes(id.ok_or(Kind::NotADatabase)?);
    match found {
        APPLICATION_ID => Ok(()),
        found => Err(Kind::Foreign {
            expected: APPLICATION_ID,
            found,
        }),
    }
}
