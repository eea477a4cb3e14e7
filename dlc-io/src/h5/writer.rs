use std::{io::Write, ops::Range};

use dlc_model::PoseTable;

use super::{
    columns,
    container::{Attributes, IndexType, TableFile, Value, attributes, padded, text_len},
    fixed,
    reader::KEYS,
    sheet::{Index, Sheet},
};
use crate::{DataFrame, Precision, WritePosesError, predictions::narrow};

/// The size that PyTables aims at for a chunk of a table of unknown length, in bytes.
const CHUNK_SIZE: usize = 64 * 1024;

/// Pickles that are the same in every file.
const NONE: &str = "N.";
const EMPTY_LIST: &str = "(lp0\n.";
const INDEX_COLS: &str = "(lp0\n(I0\nVindex\np1\ntp2\na."; // [(0, "index")]
const VALUES_COLS: &str = "(lp0\nVvalues_block_0\np1\na."; // ["values_block_0"]

/// Writes predictions as DeepLabCut's `.h5` files have them.
///
/// Equal input gives equal bytes. With [`Precision::F32`] every number is rounded to the nearest.
///
/// # Errors
///
/// Returns an error when `out` does, or when the names of the columns are longer than HDF5 can
/// store.
///
/// # Examples
///
/// ```
/// use dlc_io::{Precision, h5};
/// use dlc_model::{Bodyparts, Keypoint, PoseTable};
///
/// let mut poses = PoseTable::new(Bodyparts::new(["snout"])?);
/// poses.set(0, &[Keypoint::new(12.5, 30.0, 0.98)]);
///
/// let mut file = Vec::new();
/// h5::write(&mut file, &poses, "DLC_resnet50_openfieldOct30shuffle1_200", Precision::F64)?;
/// assert!(file.starts_with(b"\x89HDF\r\n\x1a\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write(
    out: impl Write,
    poses: &PoseTable,
    scorer: &str,
    precision: Precision,
) -> Result<(), WritePosesError> {
    table(out, &Sheet::of_poses(poses, scorer, precision))
}

/// Writes any data frame as pandas does: as a table, or in its fixed layout when rows have several
/// names each, which pandas' tables cannot hold.
///
/// # Errors
///
/// Returns an error when `out` does, or when the names of the columns are longer than HDF5 can
/// store.
pub fn write_data_frame(out: impl Write, frame: &DataFrame) -> Result<(), WritePosesError> {
    match Sheet::of_data_frame(frame) {
        Some(sheet) => table(out, &sheet),
        None => fixed::write(out, frame, KEYS[0]),
    }
}

/// Writes a table.
pub(super) fn table(out: impl Write, sheet: &Sheet<'_>) -> Result<(), WritePosesError> {
    let precision = sheet.precision;
    let columns = sheet.columns.len();
    let index = match sheet.index {
        Index::Frames | Index::Numbers(_) | Index::Times(_) => IndexType::Integer,
        Index::Reals(_) => IndexType::Real,
        Index::Images(names) => IndexType::Text(text_len(names.iter().map(String::as_str))),
    };
    let record_size = index.size() + columns * precision.size();
    let mut table = attributes([
        ("CLASS", Value::Text("TABLE")),
        ("FIELD_0_NAME", Value::Text("index")),
        ("FIELD_1_FILL", Value::Zero(precision)),
        ("FIELD_1_NAME", Value::Text("values_block_0")),
        ("NROWS", Value::Integer(frame_number(sheet.len))),
        ("VERSION", Value::Text("2.7")),
        ("index_kind", Value::Text(sheet.index.kind())),
        ("values_block_0_dtype", Value::Text(precision.dtype())),
        ("values_block_0_kind", Value::Pickle(columns::names(sheet))),
        ("values_block_0_meta", Value::Pickle(NONE.into())),
    ]);
    match index {
        IndexType::Integer => table.insert(1, ("FIELD_0_FILL".into(), Value::Integer(0))),
        IndexType::Real => table.insert(1, ("FIELD_0_FILL".into(), Value::Zero(Precision::F64))),
        IndexType::Text(_) => {}
    }
    let file = TableFile {
        root: root(),
        key: KEYS[0],
        group: attributes([
            ("CLASS", Value::Text("GROUP")),
            ("VERSION", Value::Text("1.0")),
            ("data_columns", Value::Pickle(EMPTY_LIST.into())),
            ("encoding", Value::Text("UTF-8")),
            ("errors", Value::Text("strict")),
            ("index_cols", Value::Pickle(INDEX_COLS.into())),
            ("info", Value::Pickle(columns::info(sheet))),
            ("levels", Value::Integer(1)),
            ("nan_rep", Value::Text("nan")),
            ("non_index_axes", Value::Pickle(columns::axes(sheet))),
            ("pandas_type", Value::Text("frame_table")),
            ("pandas_version", Value::Text("0.15.2")),
            ("table_type", Value::Text("appendable_frame")),
            ("values_cols", Value::Pickle(VALUES_COLS.into())),
        ]),
        table,
        fields: ["index", "values_block_0"],
        index,
        columns,
        precision,
        records: &|rows, bytes| push_records(sheet, record_size, rows, bytes),
        len: sheet.len,
        chunk_len: (CHUNK_SIZE / record_size).max(1),
    };
    file.write(out)
}

/// Returns the attributes of the root of any file of PyTables.
pub(super) fn root() -> Attributes {
    attributes([
        ("CLASS", Value::Text("GROUP")),
        ("PYTABLES_FORMAT_VERSION", Value::Text("2.1")),
        ("VERSION", Value::Text("1.0")),
    ])
}

impl Index<'_> {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Frames | Self::Numbers(_) => "integer",
            Self::Reals(_) => "float",
            Self::Times(_) => "datetime64",
            Self::Images(_) => "string",
        }
    }
}

/// Appends the bytes of some records, one after the other.
fn push_records(sheet: &Sheet<'_>, record_size: usize, rows: Range<usize>, bytes: &mut Vec<u8>) {
    bytes.reserve(rows.len() * record_size);
    let index_size = record_size - sheet.columns.len() * sheet.precision.size();
    for row in rows {
        match sheet.index {
            Index::Frames => bytes.extend_from_slice(&frame_number(row).to_le_bytes()),
            Index::Reals(reals) => bytes.extend_from_slice(&reals[row].to_le_bytes()),
            Index::Numbers(numbers) | Index::Times(numbers) => {
                bytes.extend_from_slice(&numbers[row].to_le_bytes())
            }
            Index::Images(names) => bytes.extend(padded(&names[row], index_size)),
        }
        sheet.push_row(row, bytes);
    }
}

/// Appends numbers, in little endian.
pub(super) fn push_numbers<const N: usize>(
    bytes: &mut Vec<u8>,
    numbers: [f64; N],
    precision: Precision,
) {
    match precision {
        Precision::F32 => {
            bytes.extend_from_slice(numbers.map(|n| narrow(n).to_le_bytes()).as_flattened())
        }
        Precision::F64 => bytes.extend_from_slice(numbers.map(f64::to_le_bytes).as_flattened()),
    }
}

fn frame_number(frame: usize) -> i64 {
    i64::try_from(frame).expect("no memory holds as many frames")
}

impl Precision {
    /// Returns the bytes of a number.
    pub(super) const fn size(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// Returns numpy's name.
    const fn dtype(self) -> &'static str {
        match self {
            Self::F32 => "float32",
            Self::F64 => "float64",
        }
    }
}
