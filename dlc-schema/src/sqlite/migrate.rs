//! Which version of our tables a file has, and how it becomes the newest.

use std::collections::HashMap;

use rusqlite::{Connection, TransactionBehavior};

use super::{OpenSqliteErrorKind as Kind, SqliteOptions, declare::declare};
use crate::tables::TABLES;

/// What tells our files from those of other programs, in a place that SQLite keeps for it.
pub(super) const APPLICATION_ID: i32 = i32::from_be_bytes(*b"dlcS");

/// What makes tables of version `n + 1` of those of version `n`, from version 1 on.
static STEPS: &[&str] = &[];

/// Checks that a file is ours, makes the tables of a new one, and migrates an old one.
pub(super) fn prepare(connection: &mut Connection, options: SqliteOptions) -> Result<(), Kind> {
    let newest = upgrade(connection, options, STEPS)?;
    debug_assert_eq!(usize::try_from(newest), Ok(STEPS.len() + 1));
    check_layout(connection)
}

/// Brings a file to the newest version, which it returns.
fn upgrade(
    connection: &mut Connection,
    options: SqliteOptions,
    steps: &[&str],
) -> Result<i32, Kind> {
    let newest = i32::try_from(steps.len() + 1).unwrap_or(i32::MAX);
    if version(connection, newest, options)? == newest {
        return Ok(newest);
    }
    // A step may make a table anew, which others refer to meanwhile.
    connection.pragma_update(None, "foreign_keys", false)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have done it while this one waited.
    let found = version(&transaction, newest, options)?;
    if found == 0 {
        create(&transaction)?;
    } else {
        let from = usize::try_from(found - 1).unwrap_or_default();
        let mut steps = steps.iter().skip(from);
        steps.try_for_each(|step| transaction.execute_batch(step))?;
        check_references(&transaction)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", newest)?;
    transaction.commit()?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(newest)
}

/// Returns the version of our file, 0 for an empty one.
fn version(connection: &Connection, newest: i32, options: SqliteOptions) -> Result<i32, Kind> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (id, version) = (number("application_id")?, number("user_version")?);
    let count = "SELECT count(*) FROM sqlite_schema";
    let things: i64 = connection.query_row(count, [], |row| row.get(0))?;
    match (id, version) {
        (0, 0) if things == 0 && options.create => Ok(0),
        (APPLICATION_ID, 1..) if version <= newest => Ok(version),
        (APPLICATION_ID, 1..) => Err(Kind::Newer {
            newest,
            found: version,
        }),
        (APPLICATION_ID, _) => Err(Kind::Version { found: version }),
        _ => Err(Kind::Foreign {
            expected: APPLICATION_ID,
            found: id,
        }),
    }
}

fn create(connection: &Connection) -> Result<(), Kind> {
    for (_, statement) in TABLES.iter().flat_map(|table| declare(table)) {
        connection.execute_batch(&statement)?;
    }
    Ok(())
}

fn check_references(connection: &Connection) -> Result<(), Kind> {
    let mut check = connection.prepare("PRAGMA foreign_key_check")?;
    let mut broken = check.query_map([], |row| row.get(0))?;
    match broken.next() {
        Some(table) => Err(Kind::Broken { table: table? }),
        None => Ok(()),
    }
}

/// Checks that the tables and indices are those that the descriptions make.
fn check_layout(connection: &Connection) -> Result<(), Kind> {
    let found = schema(connection)?;
    for table in TABLES {
        if !found.contains_key(table.name) {
            return Err(Kind::MissingTable { table: table.name });
        }
        for (name, expected) in declare(table) {
            let found = found.get(&name).cloned().unwrap_or_default();
            if found != expected {
                return Err(Kind::Layout {
                    name,
                    expected,
                    found,
                });
            }
        }
    }
    Ok(())
}

/// Returns the statements that made what is in a file, by name.
fn schema(connection: &Connection) -> Result<HashMap<String, String>, Kind> {
    let mut all =
        connection.prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")?;
    let named = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(named.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps of made-up versions 2 and 3.
    static MADE_UP: &[&str] = &[
        "CREATE TABLE `new` (`name` TEXT PRIMARY KEY) STRICT",
        "ALTER TABLE `session` ADD COLUMN `note` TEXT NOT NULL DEFAULT ''",
    ];

    fn file_of_version_1() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        let newest = upgrade(&mut connection, SqliteOptions::default(), &[]);
        assert_eq!(newest.unwrap(), 1);
        let session = "INSERT INTO `session` VALUES ('a')";
        connection.execute_batch(session).unwrap();
        connection
    }

    fn count(connection: &Connection, query: &str) -> i64 {
        connection.query_row(query, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn an_old_file_becomes_new_and_keeps_its_rows() {
        let mut connection = file_of_version_1();
        for _ in 0..2 {
            let newest = upgrade(&mut connection, SqliteOptions::default(), MADE_UP);
            assert_eq!(newest.unwrap(), 3);
        }
        let notes = "SELECT count(*) FROM `session` WHERE `note` = ''";
        assert_eq!(count(&connection, notes), 1);
        assert_eq!(count(&connection, "PRAGMA user_version"), 3);
        assert_eq!(count(&connection, "PRAGMA foreign_keys"), 1);
    }

    #[test]
    fn a_migration_that_fails_changes_nothing() {
        for (steps, is_broken) in [
            (&[MADE_UP[0], "not SQL"][..], false),
            (&["INSERT INTO `dataset` VALUES ('a', 'missing')"][..], true),
        ] {
            let mut connection = file_of_version_1();
            let failed = upgrade(&mut connection, SqliteOptions::default(), steps);
            let error = failed.unwrap_err();
            assert_eq!(matches!(error, Kind::Broken { .. }), is_broken, "{error:?}");
            assert_eq!(count(&connection, "PRAGMA user_version"), 1);
            check_layout(&connection).unwrap();
            let new = "SELECT count(*) FROM sqlite_schema WHERE name = 'new'";
            assert_eq!(count(&connection, new), 0);
        }
    }

    #[test]
    fn the_newest_version_has_the_tables_of_today() {
        check_layout(&file_of_version_1()).unwrap();
    }
}
