//! Which version of our tables a file has, and how it becomes the newest.

use std::collections::HashMap;

use rusqlite::{Connection, TransactionBehavior};

use super::{OpenSqliteErrorKind as Kind, declare::declare};
use crate::tables::TABLES;

/// What tells our files from those of other programs, in a place that SQLite keeps for it.
pub(super) const APPLICATION_ID: i32 = i32::from_be_bytes(*b"dlcS");

/// What makes tables of version `n + 1` of those of version `n`, from version 1 on.
static STEPS: &[&str] = &[
    // 2: a person may say when a video began.
    "CREATE TABLE `~dlc_video_starts` (\n  \
     `dataset_name` TEXT NOT NULL CHECK (length(`dataset_name`) <= 16),\n  \
     `filetype` TEXT NOT NULL CHECK (length(`filetype`) <= 50),\n  \
     `file_order` INTEGER NOT NULL CHECK (`file_order` BETWEEN -2147483648 AND 2147483647),\n  \
     `start_timestamp` TEXT NOT NULL CHECK (length(`start_timestamp`) <= 64),\n  \
     PRIMARY KEY (`dataset_name`, `filetype`, `file_order`)\n\
     ) STRICT, WITHOUT ROWID",
];

/// The newest version.
const fn newest(steps: &[&str]) -> i32 {
    // There will never be so many.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "few steps"
    )]
    let newest = steps.len() as i32 + 1;
    newest
}

/// Makes the tables of a new file.
pub(super) fn create(connection: &mut Connection) -> Result<(), Kind> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (_, statement) in TABLES.iter().flat_map(|table| declare(table)) {
        transaction.execute_batch(&statement)?;
    }
    sign(&transaction, newest(STEPS))?;
    Ok(transaction.commit()?)
}

/// Writes the application id and the version.
fn sign(connection: &Connection, version: i32) -> Result<(), Kind> {
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    Ok(connection.pragma_update(None, "user_version", version)?)
}

/// Checks that a file is ours, and migrates an old one.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), Kind> {
    upgrade(connection, STEPS)?;
    check_layout(connection)
}

/// Checks that a file is ours and of the newest version.
pub(super) fn check(connection: &Connection) -> Result<(), Kind> {
    let newest = newest(STEPS);
    match version(connection, newest)? {
        found if found == newest => check_layout(connection),
        found => Err(Kind::Older { newest, found }),
    }
}

/// Brings a file to the newest version.
fn upgrade(connection: &mut Connection, steps: &[&str]) -> Result<(), Kind> {
    let newest = newest(steps);
    if version(connection, newest)? == newest {
        return Ok(());
    }
    // A step may make a table anew, which others refer to meanwhile.
    connection.pragma_update(None, "foreign_keys", false)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have done it while this one waited.
    let found = version(&transaction, newest)?;
    let from = usize::try_from(found - 1).unwrap_or_default();
    let mut steps = steps.iter().skip(from);
    steps.try_for_each(|step| transaction.execute_batch(step))?;
    check_references(&transaction)?;
    sign(&transaction, newest)?;
    transaction.commit()?;
    Ok(connection.pragma_update(None, "foreign_keys", true)?)
}

/// Returns the version of our file.
fn version(connection: &Connection, newest: i32) -> Result<i32, Kind> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    match (number("application_id")?, number("user_version")?) {
        (APPLICATION_ID, found @ 1..) if found <= newest => Ok(found),
        (APPLICATION_ID, found @ 1..) => Err(Kind::Newer { newest, found }),
        (APPLICATION_ID, found) => Err(Kind::Version { found }),
        (found, _) => Err(Kind::Foreign {
            expected: APPLICATION_ID,
            found,
        }),
    }
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

    /// Steps of two made-up versions after the newest.
    static MADE_UP: &[&str] = &[
        "CREATE TABLE `new` (`name` TEXT PRIMARY KEY) STRICT",
        "ALTER TABLE `session` ADD COLUMN `note` TEXT NOT NULL DEFAULT ''",
    ];

    fn new_file() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        create(&mut connection).unwrap();
        let session = "INSERT INTO `session` VALUES ('a')";
        connection.execute_batch(session).unwrap();
        connection
    }

    /// A file as the first version made it.
    fn file_of_version_1() -> Connection {
        let connection = new_file();
        let first = "DROP TABLE `~dlc_video_starts`; PRAGMA user_version = 1";
        connection.execute_batch(first).unwrap();
        connection
    }

    fn with(steps: &[&'static str]) -> Vec<&'static str> {
        [STEPS, steps].concat()
    }

    fn count(connection: &Connection, query: &str) -> i64 {
        connection.query_row(query, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn an_old_file_becomes_new_and_keeps_its_rows() {
        for mut connection in [file_of_version_1(), new_file()] {
            for _ in 0..2 {
                upgrade(&mut connection, &with(MADE_UP)).unwrap();
            }
            let notes = "SELECT count(*) FROM `session` WHERE `note` = ''";
            assert_eq!(count(&connection, notes), 1);
            assert_eq!(count(&connection, "PRAGMA user_version"), 4);
            assert_eq!(count(&connection, "PRAGMA foreign_keys"), 1);
        }
    }

    #[test]
    fn a_migration_that_fails_changes_nothing() {
        for (steps, is_broken) in [
            (&[MADE_UP[0], "not SQL"][..], false),
            (&["INSERT INTO `dataset` VALUES ('a', 'missing')"][..], true),
        ] {
            let mut connection = new_file();
            let error = upgrade(&mut connection, &with(steps)).unwrap_err();
            assert_eq!(matches!(error, Kind::Broken { .. }), is_broken, "{error:?}");
            assert_eq!(count(&connection, "PRAGMA user_version"), 2);
            check_layout(&connection).unwrap();
            let new = "SELECT count(*) FROM sqlite_schema WHERE name = 'new'";
            assert_eq!(count(&connection, new), 0);
        }
    }

    #[test]
    fn who_only_looks_does_not_migrate() {
        let connection = file_of_version_1();
        let error = check(&connection).unwrap_err();
        let is_right = matches!(
            error,
            Kind::Older {
                newest: 2,
                found: 1
            }
        );
        assert!(is_right, "{error:?}");
        assert_eq!(count(&connection, "PRAGMA user_version"), 1);
    }

    #[test]
    fn the_newest_version_has_the_tables_of_today() {
        let mut connection = file_of_version_1();
        prepare(&mut connection).unwrap();
        check(&connection).unwrap();
        check(&new_file()).unwrap();
    }
}
