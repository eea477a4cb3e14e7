use std::{
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::{OpenSqliteErrorKind as Kind, SqliteOptions};

/// More statements than the worker, the registrar and the makes have.
const STATEMENTS: usize = 256;

/// Opens a connection that may change the file, which is there.
pub(super) fn to_write(path: &Path, options: SqliteOptions) -> Result<Connection, Kind> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, options)
}

/// Opens a connection to a file that is not there.
pub(super) fn to_new(path: &Path, options: SqliteOptions) -> Result<Connection, Kind> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    connect(path, flags, options)
}

/// Opens a connection that changes nothing and leaves nothing beside the file.
pub(super) fn to_read(path: &Path, options: SqliteOptions) -> Result<Connection, Kind> {
    // Where it may, SQLite keeps a log beside the file while it is open, and takes it away again.
    match to_write(path, options).and_then(looked) {
        Err(Kind::ReadOnly) => {}
        Err(error) if is_permission(&error) => {}
        opened => return opened,
    }
    let only = OpenFlags::SQLITE_OPEN_READ_ONLY;
    match has_log(path)? {
        true => connect(path, only, options)
            .and_then(looked)
            .map_err(|error| match is_permission(&error) {
                true => Kind::UnreadableLog,
                false => error,
            }),
        // Nobody has it open, and without a log nothing is to be written beside it.
        false => {
            let uri = OpenFlags::SQLITE_OPEN_URI;
            connect(&immutable(path), only | uri, options).and_then(looked)
        }
    }
}

/// Looks for the first time: SQLite says only then what it may not do.
fn looked(connection: Connection) -> Result<Connection, Kind> {
    connection.pragma_update(None, "query_only", true)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

fn is_permission(error: &Kind) -> bool {
    use crate::StoreErrorKind as Store;
    matches!(error, Kind::Store(Store::Unavailable(_) | Store::Denied(_)))
}

/// Returns whether changes are in the log that are not in the file.
fn has_log(path: &Path) -> Result<bool, Kind> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let log = PathBuf::from(log);
    Ok(log.try_exists()? && log.metadata()?.len() > 0)
}

/// Names a file that nobody changes, in SQLite's words.
fn immutable(path: &Path) -> PathBuf {
    let mut uri = String::from("file:");
    let bytes = path.as_os_str().as_encoded_bytes();
    // `C:\store.sqlite` is `/C:/store.sqlite` in a URI.
    if bytes.first() != Some(&b'/') {
        uri.push('/');
    }
    for byte in bytes {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    PathBuf::from(uri + "?immutable=1")
}

fn connect(path: &Path, flags: OpenFlags, options: SqliteOptions) -> Result<Connection, Kind> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    // Before it looks into the file, and writes beside it what it then cannot take away.
    let is_to_write = flags.contains(OpenFlags::SQLITE_OPEN_READ_WRITE);
    if is_to_write && connection.is_readonly("main")? {
        return Err(Kind::ReadOnly);
    }
    connection.busy_timeout(options.busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A file may come from anybody: its schema must not do more than hold rows.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // NORMAL would be faster and loses the last jobs at a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    if let Some(pages) = options.max_pages {
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    Ok(connection)
}

/// Makes the file keep its changes in a log first, so that nobody who looks waits.
pub(super) fn write_ahead(connection: &Connection, options: SqliteOptions) -> Result<(), Kind> {
    // SQLite does not wait for others here.
    let deadline = Instant::now() + options.busy_timeout;
    loop {
        let mode = connection
            .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0));
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(found) if Instant::now() > deadline => return Err(Kind::NoLog { found }),
            Err(error) if !is_busy(&error) || Instant::now() > deadline => {
                return Err(error.into());
            }
            _ => thread::sleep(Duration::from_millis(10)),
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    code == Some(rusqlite::ErrorCode::DatabaseBusy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_name_may_have_signs_that_mean_something_in_a_uri() {
        let uri = immutable(Path::new("/lab/a b?c#d%20ä.sqlite"));
        let expected = "file:/lab/a%20b%3Fc%23d%2520%C3%A4.sqlite?immutable=1";
        assert_eq!(uri, Path::new(expected));
    }
}
