use std::error::Error;

use rusqlite::{ErrorCode, ffi};

use crate::{Row, StoreErrorKind as Kind, table::Table};

/// Tells what an error of SQLite means.
pub(super) fn kind(error: rusqlite::Error) -> Kind {
    // The text alone: the crate's errors say what their sources say again.
    let cause: Box<dyn Error + Send + Sync> = error.to_string().into();
    let Some(code) = error.sqlite_error_code() else {
        return Kind::Other(cause);
    };
    match code {
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::FileLockingProtocolFailed => Kind::Conflict(cause),
        ErrorCode::CannotOpen | ErrorCode::SystemIoFailure => Kind::Unavailable(cause),
        ErrorCode::DiskFull => Kind::Full(cause),
        ErrorCode::ReadOnly
        | ErrorCode::PermissionDenied
        | ErrorCode::AuthorizationForStatementDenied => Kind::Denied(cause),
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Kind::Unreadable(cause),
        _ => Kind::Other(cause),
    }
}

/// Tells what an error means that a row of a table has met.
pub(super) fn row_kind(error: rusqlite::Error, table: &'static Table, row: &Row) -> Kind {
    match extended_code(&error) {
        Some(ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_UNIQUE) => {
            Kind::Duplicate {
                key: row.key(table),
            }
        }
        _ => kind(error),
    }
}

/// Returns whether a reference leads nowhere, or would do so.
pub(super) fn is_reference(error: &rusqlite::Error) -> bool {
    extended_code(error) == Some(ffi::SQLITE_CONSTRAINT_FOREIGNKEY)
}

fn extended_code(error: &rusqlite::Error) -> Option<i32> {
    match error {
        rusqlite::Error::SqliteFailure(error, _) => Some(error.extended_code),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: i32) -> Kind {
        kind(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None))
    }

    #[test]
    fn what_can_be_tried_again_is_told_from_what_cannot() {
        assert!(matches!(of(ffi::SQLITE_BUSY), Kind::Conflict(_)));
        assert!(matches!(of(ffi::SQLITE_BUSY_SNAPSHOT), Kind::Conflict(_)));
        assert!(matches!(of(ffi::SQLITE_IOERR_WRITE), Kind::Unavailable(_)));
        assert!(matches!(of(ffi::SQLITE_FULL), Kind::Full(_)));
        assert!(matches!(of(ffi::SQLITE_READONLY), Kind::Denied(_)));
        assert!(matches!(of(ffi::SQLITE_CORRUPT), Kind::Unreadable(_)));
        assert!(matches!(of(ffi::SQLITE_MISUSE), Kind::Other(_)));
    }
}
