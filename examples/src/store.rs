//! How a store is named on the command line.

use anyhow::{Context, Result};
use dlc::schema::{MysqlOptions, MysqlStore, SqliteStore, Store};

/// Opens a store: a file of SQLite, which is made when missing, or a database in DataJoint's layout,
/// `mysql://user:password@host/schema`, whose missing tables are declared.
///
/// # Errors
///
/// Returns an error when the store cannot be opened or holds something else.
pub fn open_store(place: &str) -> Result<Box<dyn Store>> {
    let opened: Result<Box<dyn Store>> = if place.starts_with("mysql://") {
        let options = MysqlOptions::from_url(place)?;
        MysqlStore::declare(&options)
            .map(|store| Box::new(store) as Box<dyn Store>)
            .map_err(Into::into)
    } else {
        SqliteStore::open(place)
            .map(|store| Box::new(store) as Box<dyn Store>)
            .map_err(Into::into)
    };
    // A password is not for the screen.
    let shown = place.rsplit_once('@').map_or(place, |(_, host)| host);
    opened.with_context(|| format!("cannot open the store {shown}"))
}

/// The user of this machine, who may be an administrator of a store.
pub fn user_of_this_machine() -> String {
    let name = std::env::var("USER").or_else(|_| std::env::var("USERNAME"));
    name.unwrap_or_else(|_| "me".into())
}
