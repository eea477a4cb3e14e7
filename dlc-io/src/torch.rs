//! Archives of `torch.save`, without PyTorch.
//!
//! An archive is a zip file, not compressed, with one folder in it:
//!
//! ```text
//! snapshot-best-200/data.pkl      a pickle; each tensor refers to a storage by a persistent id
//! snapshot-best-200/data/0        the bytes of storage 0, 1, …
//! snapshot-best-200/byteorder     "little" or "big"; older archives have none and are little
//! ```
//!
//! The pickle is read by [`crate::pickle`], which runs nothing.

mod archive;
mod error;
mod snapshot;
mod storage;
mod tensor;

pub use self::{
    error::{ReadSnapshotError, ReadSnapshotErrorKind},
    snapshot::{Snapshot, read_snapshot},
};
