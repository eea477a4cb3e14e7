//! [`Memory`] passes what every store must.

use std::sync::Arc;

use dlc_schema::{Memory, Store};

/// Makes an empty store, and a function that opens handles on it.
fn place() -> impl Fn() -> Box<dyn Store> {
    let store = Arc::new(Memory::new());
    move || Box::new(Arc::clone(&store))
}

dlc_schema::conformance_tests!(crate::place());
