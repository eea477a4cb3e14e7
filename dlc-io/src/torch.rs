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
//! What the pickle holds depends on who wrote it:
//!
//! ```text
//! train/snapshot-200.pt, train/snapshot-detector-200.pt
//!     {"model": {name: tensor, …}, "metadata": {"epoch": 200, "metrics": {…}, …}, …}
//! exported-models-pytorch/…/…_snapshot-200.pt
//!     {"config": pytorch_config.yaml, "pose": {name: tensor, …}[, "detector": {name: tensor, …}]}
//! tensor
//!     torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, …)
//! storage
//!     a persistent id: ("storage", torch.FloatStorage, "0", "cpu", length)
//! ```
//!
//! The `config` that DeepLabCut 3.0.1 exports has classes of its own and paths in it; they stay
//! data. See [`serialization.py`].
//!
//! The pickle is read by [`crate::pickle`], which runs nothing.
//!
//! [`serialization.py`]: https://github.com/pytorch/pytorch/blob/v2.5.0/torch/serialization.py

mod archive;
mod error;
mod snapshot;
mod storage;
mod tensor;

pub(crate) use self::snapshot::without_data_parallel;
pub use self::{
    error::{ReadSnapshotError, ReadSnapshotErrorKind},
    snapshot::{Snapshot, read_metadata, read_snapshot},
};
