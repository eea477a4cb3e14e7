//! Wraps a store in one's own, which counts what is changed. A store is one method; what must hold for one
//! that keeps rows itself is a suite of tests (`dlc_schema::conformance`).
//!
//! ```sh
//! cargo run -p examples --example own_store
//! ```
#![expect(clippy::print_stdout, reason = "a program prints its results")]

use std::{
    error::Error,
    sync::atomic::{AtomicUsize, Ordering},
};

use dlc::schema::{
    Access, ApparatusGeometry, ArenaGeometry, Memory, Registrar, Store, StoreError, Transaction,
};

struct Counted<S> {
    inner: S,
    writes: AtomicUsize,
}

impl<S: Store> Store for Counted<S> {
    fn begin(&self, access: Access) -> Result<Box<dyn Transaction + '_>, StoreError> {
        if matches!(access, Access::Write) {
            self.writes.fetch_add(1, Ordering::Relaxed);
        }
        self.inner.begin(access)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let store = Counted {
        inner: Memory::default(),
        writes: AtomicUsize::new(0),
    };
    let registrar = Registrar::open_or_found(&store, "ada".parse()?)?;
    let box_of_80_cm = ApparatusGeometry {
        apparatus: "Square80".parse()?,
        geometry: ArenaGeometry::Square,
        x_mm: Some(800.0),
        y_mm: Some(800.0),
        radius_mm: None,
        wall_height_mm: None,
    };

    let is_new = registrar.add_arena("", &box_of_80_cm)?;

    let writes = store.writes.load(Ordering::Relaxed);
    println!("new: {is_new}, after {writes} transactions that write");
    Ok(())
}
