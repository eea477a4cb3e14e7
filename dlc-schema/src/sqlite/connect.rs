use std::{path::Path, thread, time::Duration, time::Instant};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::{OpenSqliteErrorKind as Kind, SqliteOptions};

/// More statements than the worker, the registrar and the makes have.
const STATEMENTS: usize = 256;

/// Opens a connection to a file without changing the file.
pub(super) fn connect(path: &Path, options: SqliteOptions) -> Result<Connection, Kind> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if options.create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    } else if !path.try_exists()? {
        return Err(Kind::Missing);
    }
    let connection = Connection::open_with_flags(path, flags)?;
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
    match connection.is_readonly("main")? {
        true => Err(Kind::ReadOnly),
        false => Ok(connection),
    }
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
