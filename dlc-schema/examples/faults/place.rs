use dlc_schema::{MysqlOptions, MysqlStore, SqliteOptions, SqliteStore, Store};

use crate::Failure;

/// Opens the store of a URL of MySQL, or in a file.
pub(crate) fn open(place: &str) -> Result<Box<dyn Store>, Failure> {
    match place.starts_with("mysql://") {
        true => {
            let options = MysqlOptions::from_url(place)?;
            Ok(Box::new(MysqlStore::declare(&options)?))
        }
        false => Ok(Box::new(SqliteStore::create(place)?)),
    }
}

/// Opens a file as if it were on a disk with so much room, in pages of 4 KiB.
pub(crate) fn open_small(path: &str, pages: u32) -> Result<Box<dyn Store>, Failure> {
    let options = SqliteOptions::default().with_max_pages(pages);
    Ok(Box::new(options.create(path)?))
}
