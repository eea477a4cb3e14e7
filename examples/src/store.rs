//! How a store is named on the command line.

use std::path::PathBuf;

use anyhow::{Context, Result};
use dlc::{
    Repositories,
    schema::{MysqlOptions, MysqlStore, SqliteStore, Store, name::RepositoryName},
};

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
    opened.with_context(|| format!("cannot open the store {}", without_user(place)))
}

/// Returns what names a store on a screen: a password is not for it, nor the user before it.
pub fn without_user(place: &str) -> String {
    let Some((scheme, rest)) = place.split_once("://") else {
        return place.into();
    };
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    format!("{scheme}://{host}")
}

/// The user of this machine, who may be an administrator of a store.
pub fn user_of_this_machine() -> String {
    let name = std::env::var("USER").or_else(|_| std::env::var("USERNAME"));
    name.unwrap_or_else(|_| "me".into())
}

/// Parses where a repository is on this machine: `NAME=PATH`.
///
/// # Errors
///
/// Returns what was expected.
pub fn parse_repository(text: &str) -> Result<(RepositoryName, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or("expected NAME=PATH")?;
    let name = RepositoryName::new(name).map_err(|error| error.to_string())?;
    Ok((name, path.into()))
}

/// Collects where repositories are on this machine.
pub fn repositories(places: Vec<(RepositoryName, PathBuf)>) -> Repositories {
    let places = places.into_iter();
    places.fold(Repositories::default(), |here, (name, path)| {
        here.with(name, path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_for_the_screen() {
        for (place, shown) in [
            (
                "mysql://ada:p@ss:w/rd@db.example:3306/lab",
                "mysql://db.example:3306/lab",
            ),
            ("mysql://db.example/lab", "mysql://db.example/lab"),
            ("data/a@b.sqlite", "data/a@b.sqlite"),
        ] {
            assert_eq!(without_user(place), shown);
        }
        let place = "mysql://ada:secret@";
        let error = open_store(place).err().expect("there is no host");
        assert!(!format!("{error:#}").contains("secret"), "{error:#}");
    }
}
