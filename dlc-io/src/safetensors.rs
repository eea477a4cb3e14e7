//! Weights in the safetensors format.
//!
//! ```text
//! length of the header: u64 | header: JSON | values of the tensors, one after another
//!
//! header   {"__metadata__": {name: text, …}, name: {"dtype": "F32", "shape": [2, 3],
//!           "data_offsets": [first, end]}, …}; offsets count from the end of the header
//! ```
//!
//! All numbers are little-endian; tensors are row-major and leave no gaps between them. See the
//! [format].
//!
//! A file holds no configuration: DeepLabCut writes none, but a `state_dict` of a snapshot that
//! was saved by `safetensors.torch.save_file` has the names of that snapshot, and is read to the
//! same [`Weights`](dlc_model::Weights).
//!
//! [format]: https://github.com/huggingface/safetensors/blob/v0.6.2/README.md#format

mod error;
mod header;
mod reader;

pub use self::{
    error::{ReadSafetensorsError, ReadSafetensorsErrorKind},
    reader::{SafetensorsFile, read_safetensors},
};
