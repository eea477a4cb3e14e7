//! [`SqliteStore`] passes what every store must.

use dlc_schema::{SqliteStore, Store};

/// Makes an empty file, and a function that opens it.
fn place() -> impl Fn() -> Box<dyn Store> {
    let folder = tempfile::tempdir().expect("a folder for the file");
    move || {
        let path = folder.path().join("store.sqlite");
        Box::new(SqliteStore::create(path).expect("the file opens"))
    }
}

dlc_schema::conformance_tests!(crate::place());
