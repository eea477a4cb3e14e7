//! Checkpoints of TensorFlow (version 2 of the format, a *tensor bundle*), without TensorFlow.
//!
//! A checkpoint `snapshot-3252` is an index and some data files beside each other:
//!
//! ```text
//! snapshot-3252.index                 a sorted table (LevelDB's): name -> BundleEntryProto
//! snapshot-3252.data-00000-of-00001   the tensors' bytes, one after another
//!
//! table   data block … | metaindex block | index block | footer of 48 bytes
//! block   contents | compression: u8 | masked CRC-32C of both: u32
//! footer  metaindex: handle | index: handle | zeros | magic: u64 = 0xdb4775248b80fb57
//! handle  offset: varint | size of the contents: varint
//! ```
//!
//! The first entry of the table, with an empty name, is the `BundleHeaderProto`. All numbers are
//! little-endian. See [`tensor_bundle.proto`] and [`table_format`].
//!
//! [`tensor_bundle.proto`]: https://github.com/tensorflow/tensorflow/blob/v2.12.0/tensorflow/core/protobuf/tensor_bundle.proto
//! [`table_format`]: https://github.com/google/leveldb/blob/1.23/doc/table_format.md

mod checksum;
mod entry;
mod error;
mod protobuf;
mod reader;
mod table;

pub use self::{
    error::{ReadCheckpointError, ReadCheckpointErrorKind},
    reader::read_checkpoint,
};
