//! Predictions as pandas stores them: an HDF5 file with one PyTables table.
//!
//! DeepLabCut writes `df.to_hdf(name, key="df_with_missing", format="table", mode="w")`. For one
//! animal with `n` columns (three for each body part) that is:
//!
//! ```text
//! /                       @CLASS @PYTABLES_FORMAT_VERSION @VERSION
//! /df_with_missing        @pandas_type "frame_table" @table_type "appendable_frame" …
//!                         @non_index_axes, @values_cols, @info …: pickles of protocol 0
//! /df_with_missing/table  one record a frame: { index: i64, values_block_0: [f64 or f32; n] }
//!                         @values_block_0_kind: the column names as a pickle, [(scorer, bodypart, coord), …]
//! ```
//!
//! [`write()`] makes such a file, which `pandas.read_hdf` reads, queries (`where="index > 2"`) and
//! appends to. It differs from one by PyTables in what no reader looks at:
//!
//! - PyTables' search index on the index column (`_i_table`, about 80 kB) is left out.
//! - Titles, which are empty, are left out.
//! - Letters such as `é` are escaped in pickles, so that those are ASCII as their attributes say.
//! - A table without rows is written, where pandas writes none.
//!
//! [`read`] takes files of any DeepLabCut that wrote this layout, and what pandas makes of them: numbers of
//! other types in blocks of their own, other indices, pandas' fixed layout, and the compressions zlib,
//! bzip2 and Blosc.
//!
//! Predictions in pictures ([`write_images`], [`read_images`]) have texts for an index, in the same
//! layout or in pandas' fixed one.

pub use self::{
    images::write_images,
    reader::{Reader, read, read_images},
    writer::{write, write_data_frame},
};

mod columns;
mod container;
mod fixed;
mod images;
mod names;
mod order;
mod reader;
mod records;
mod sheet;
mod values;
mod writer;
