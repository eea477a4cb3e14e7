//! How a store is named on the command line.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, anyhow};
use clap::error::ErrorKind;
use dlc::{
    model::{BodypartAliases, Timestamp, UtcOffset},
    pipeline::Repositories,
    schema::{
        MysqlOptions, MysqlStore, OpenSqliteError, Registrar, Repository, RepositoryType,
        SqliteStore, Store, StoreError,
        name::{DlcModelName, MethodName, RepositoryName, TrackingTypeName},
    },
    tracking::{Pipeline, Registry},
};

/// Opens a store that is there: a file of SQLite, or a database in DataJoint's layout,
/// `mysql://user:password@host/schema`.
///
/// # Errors
///
/// Returns an error when the store is not there, cannot be opened or holds something else.
pub fn open_store(place: &str) -> Result<Box<dyn Store>> {
    opened(place, MysqlStore::open, SqliteStore::open)
}

/// Opens a store to look at it, which changes nothing.
///
/// # Errors
///
/// As [`open_store`].
pub fn read_store(place: &str) -> Result<Box<dyn Store>> {
    opened(
        place,
        MysqlStore::open_read_only,
        SqliteStore::open_read_only,
    )
}

/// Opens a store, or makes it where there is none: the file, or the tables of the database.
///
/// # Errors
///
/// As [`open_store`].
pub fn create_store(place: &str) -> Result<Box<dyn Store>> {
    opened(place, MysqlStore::declare, SqliteStore::create)
}

fn opened(
    place: &str,
    mysql: fn(&MysqlOptions) -> Result<MysqlStore, StoreError>,
    sqlite: fn(PathBuf) -> Result<SqliteStore, OpenSqliteError>,
) -> Result<Box<dyn Store>> {
    let opened = || -> Result<Box<dyn Store>> {
        Ok(match place.starts_with("mysql://") {
            true => Box::new(mysql(&MysqlOptions::from_url(place)?)?),
            false => Box::new(sqlite(place.into())?),
        })
    };
    opened().with_context(|| format!("cannot open the store {}", without_user(place)))
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

/// Returns a repository that is a folder of this machine.
///
/// # Errors
///
/// Returns an error when there is no such folder, or when its path is not Unicode.
pub fn local_repository(name: RepositoryName, path: PathBuf) -> Result<Repository> {
    let whole = fs::canonicalize(&path).with_context(|| path.display().to_string())?;
    let whole = whole.into_os_string().into_string();
    Ok(Repository {
        name,
        repository_type: RepositoryType::Local,
        path: whole.map_err(|path| anyhow!("{} is not Unicode", path.display()))?,
    })
}

/// Lets a model be used with a method, `NAME`, or `NAME=FILE.json` where a file says what it is.
///
/// # Errors
///
/// Returns an error when the file cannot be read, or when the method cannot work with the model.
pub fn add_method(registrar: &Registrar<'_>, model: &DlcModelName, method: &str) -> Result<()> {
    let registry = Registry::standard();
    let (name, file) = match method.split_once('=') {
        Some((name, file)) => (name, Some(file)),
        None => (method, None),
    };
    let name = MethodName::new(name)?;
    if let Some(file) = file {
        let text = fs::read_to_string(file).with_context(|| file.to_owned())?;
        let pipeline: Pipeline = serde_json::from_str(&text).with_context(|| file.to_owned())?;
        let openfield = TrackingTypeName::new("openfield")?;
        registrar.add_method(name.clone(), "", &pipeline, openfield, &registry)?;
    }
    registrar.allow_method(model, &name, "", &registry, &BodypartAliases::default())?;
    crate::say!("{model} can be used with {name}")?;
    Ok(())
}

/// Parses moments; `offset` is for those that do not say how far their clock was from UTC. A wrong one
/// ends the program as other wrong arguments do.
pub fn parse_starts(starts: &[String], offset: Option<UtcOffset>) -> Vec<Timestamp> {
    let parsed = starts.iter().map(|start| Timestamp::parse(start, offset));
    match parsed.collect() {
        Ok(starts) => starts,
        Err(error) => {
            let words = format!(
                "{:#}; --utc-offset says it for all\n",
                anyhow::Error::new(error)
            );
            clap::Error::raw(ErrorKind::ValueValidation, words).exit()
        }
    }
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
