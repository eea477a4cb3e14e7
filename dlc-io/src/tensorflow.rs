//! Checkpoints (version 2 of the format, a *tensor bundle*) and frozen graphs of TensorFlow, without
//! TensorFlow.
//!
//! # Checkpoints
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
//! # Frozen graphs
//!
//! `snapshot-3252.pb` of `export_model` is one message of Protocol Buffers, a `GraphDef`. Its
//! variables have become constants of the same names, so that the same architectures load both:
//!
//! ```text
//! GraphDef   1 node: NodeDef …
//! NodeDef    1 name | 2 op | 3 input: name, name:1 or ^name … | 5 attr: { 1 key | 2 AttrValue } …
//! AttrValue  4 f: float | 5 b: bool | 8 tensor: TensorProto
//! TensorProto
//!            1 dtype = 1 (float) | 2 shape: { 2 dim: { 1 size } … }
//!            4 the values as bytes, or 5 a list of floats whose last one fills up the rest
//! ```
//!
//! A variable `resnet_v1_50/conv1/weights` is a `Const` of that name, read by an `Identity`
//! (`resnet_v1_50/conv1/Conv2D/ReadVariableOp`; of TensorFlow 1 `…/weights/read`). Other constants
//! are read by the operations themselves. See [`graph.proto`] and [`tensor.proto`].
//!
//! [`graph.proto`]: https://github.com/tensorflow/tensorflow/blob/v2.12.0/tensorflow/core/framework/graph.proto
//! [`tensor.proto`]: https://github.com/tensorflow/tensorflow/blob/v2.12.0/tensorflow/core/framework/tensor.proto
//! [`tensor_bundle.proto`]: https://github.com/tensorflow/tensorflow/blob/v2.12.0/tensorflow/core/protobuf/tensor_bundle.proto
//! [`table_format`]: https://github.com/google/leveldb/blob/1.23/doc/table_format.md

mod checksum;
mod entry;
mod error;
mod graph;
mod protobuf;
mod reader;
mod table;

pub use self::{
    error::{ReadCheckpointError, ReadCheckpointErrorKind},
    graph::{
        BatchNorms, FrozenGraph, GraphOutput, ReadGraphError, ReadGraphErrorKind,
        parse_frozen_graph, read_frozen_graph,
    },
    reader::read_checkpoint,
};
