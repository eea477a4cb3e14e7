//! How a store is named on the command line.

use std::{fmt, fs, path::PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use dlc::{
    model::{BodypartAliases, Timestamp, UtcOffset},
    pipeline::Repositories,
    schema::{
        OpenSqliteError, Registrar, Repository, SqliteStore, Store,
        name::{DlcModelName, MethodName, RepositoryName, TrackingTypeName},
    },
    tracking::{Pipeline, Registry},
};

use crate::voice::WrongUsage;

/// Which store.
#[derive(Args, Clone, Debug)]
pub(crate) struct Place {
    /// A file of SQLite, or `mysql://user:password@host/schema`.
    #[arg(
        id = "store",
        long,
        global = true,
        default_value = "pipeline.sqlite",
        value_name = "STORE"
    )]
    place: String,
}

impl From<String> for Place {
    fn from(place: String) -> Self {
        Self { place }
    }
}

impl Place {
    /// Opens a store that is there: a file of SQLite, or a database in DataJoint's layout,
    /// `mysql://user:password@host/schema`.
    pub(crate) fn open(&self) -> Result<Box<dyn Store>> {
        self.opened(How::Open)
    }

    /// Opens a store to look at it, which changes nothing.
    pub(crate) fn read(&self) -> Result<Box<dyn Store>> {
        self.opened(How::Read)
    }

    /// Opens a store, or makes it where there is none: the file, or the tables of the database.
    pub(crate) fn create(&self) -> Result<Box<dyn Store>> {
        self.opened(How::Create)
    }

    fn opened(&self, how: How) -> Result<Box<dyn Store>> {
        let place = self.place.as_str();
        let opened = match place.starts_with("mysql://") {
            true => mysql(place, how),
            false => sqlite(place, how).map_err(Into::into),
        };
        opened.with_context(|| format!("cannot open the store {self}"))
    }
}

/// A password is not for the screen, nor the user before it.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((scheme, rest)) = self.place.split_once("://") else {
            return f.write_str(&self.place);
        };
        let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        write!(f, "{scheme}://{host}")
    }
}

#[derive(Clone, Copy)]
enum How {
    Open,
    Read,
    Create,
}

fn sqlite(path: &str, how: How) -> Result<Box<dyn Store>, OpenSqliteError> {
    Ok(Box::new(match how {
        How::Open => SqliteStore::open(path)?,
        How::Read => SqliteStore::open_read_only(path)?,
        How::Create => SqliteStore::create(path)?,
    }))
}

#[cfg(feature = "mysql")]
fn mysql(url: &str, how: How) -> Result<Box<dyn Store>> {
    use dlc::schema::{MysqlOptions, MysqlStore};

    let options = MysqlOptions::from_url(url)?;
    Ok(Box::new(match how {
        How::Open => MysqlStore::open(&options)?,
        How::Read => MysqlStore::open_read_only(&options)?,
        How::Create => MysqlStore::declare(&options)?,
    }))
}

#[cfg(not(feature = "mysql"))]
fn mysql(_url: &str, _how: How) -> Result<Box<dyn Store>> {
    anyhow::bail!("this program was built without the feature mysql")
}

/// The user of this machine, who may be an administrator of a store.
pub(crate) fn user_of_this_machine() -> String {
    let name = std::env::var("USER").or_else(|_| std::env::var("USERNAME"));
    name.unwrap_or_else(|_| "me".into())
}

/// Parses where a repository is on this machine: `NAME=PATH`.
pub(crate) fn parse_repository(text: &str) -> Result<(RepositoryName, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or("expected NAME=PATH")?;
    let name = RepositoryName::new(name).map_err(|error| error.to_string())?;
    Ok((name, path.into()))
}

/// Collects where repositories are on this machine.
pub(crate) fn repositories(places: Vec<(RepositoryName, PathBuf)>) -> Repositories {
    let places = places.into_iter();
    places.fold(Repositories::default(), |here, (name, path)| {
        here.with(name, path)
    })
}

/// Describes a folder of this machine as a repository.
pub(crate) fn local_repository(name: RepositoryName, path: PathBuf) -> Result<Repository> {
    dlc::pipeline::local_repository(name, &path).with_context(|| path.display().to_string())
}

/// Lets a model be used with a method, `NAME`, or `NAME=FILE.json` where a file says what it is.
pub(crate) fn add_method(
    registrar: &Registrar<'_>,
    model: &DlcModelName,
    method: &str,
) -> Result<MethodName> {
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
    Ok(name)
}

/// Parses moments; `offset` is for those that do not say how far their clock was from UTC.
pub(crate) fn parse_starts(starts: &[String], offset: Option<UtcOffset>) -> Result<Vec<Timestamp>> {
    let parsed = starts.iter().map(|start| Timestamp::parse(start, offset));
    let parsed: Result<Vec<Timestamp>, _> = parsed.collect();
    parsed.map_err(|error| {
        let error = anyhow::Error::new(error);
        WrongUsage(format!("{error:#}; --utc-offset says it for all")).into()
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
            assert_eq!(Place::from(place.to_owned()).to_string(), shown);
        }
        let place = Place::from("mysql://ada:secret@".to_owned());
        let error = place.open().err().expect("there is no host");
        assert!(!format!("{error:#}").contains("secret"), "{error:#}");
    }
}
