//! What DataJoint keeps in a blob: arrays and Python's objects, in the bytes of its version 0.14.
//!
//! ```text
//! mYm\0  one object that MATLAB knows too: an array with axes, a cell or a struct
//! dj0\0  one object of any kind
//! ZL123\0  the length of the unpacked bytes as u64, then one of the above as a zlib stream
//! ```
//!
//! All numbers are little-endian. An object is one byte that tells its kind, and then
//!
//! | byte | kind | follows |
//! |---|---|---|
//! | `A` | array | number of axes u64, their lengths u64, type u32, complex u32, the elements |
//! | `C` | MATLAB's cell | number of axes u64, their lengths u64, objects |
//! | `S` | MATLAB's struct | number of axes u64, their lengths u64, number of fields u32, names, objects |
//! | `F` | array with fields | number of fields u32, names, one array a field |
//! | 1, 2, 3 | tuple, list, set | count u64, objects |
//! | 4 | dictionary | count u64, a key and a value each |
//! | 5, 6, `d` | text, bytes, decimal | length u64, bytes |
//! | 10 | integer | length u16, two's complement |
//! | 11, 12, 13 | boolean, complex, float | 1, 16, 8 bytes |
//! | `t` | date and time | year, month, day as one i32; hour, minute, second, µs as one i64; −1 is none |
//! | `u` | UUID | 16 bytes |
//! | 255 | none | |
//!
//! Objects inside others have their length before them as u64, but for the arrays of an `F`. Names
//! end in a zero. Elements are in column-major order: the first axis is the fastest. Lengths of 32
//! bits, which mYm wrote on 32-bit machines, and MATLAB's sparse arrays (`P`) are refused.

use dlc_model::Value;

pub use self::{
    array::{Array, Elements, InvalidShape, TimeUnit},
    big_int::{BigInt, InvalidBigInt},
    decimal::{Decimal, InvalidDecimal},
    decode_error::{DecodeBlobError, DecodeBlobErrorKind},
    limits::BlobLimits,
    matlab::{MatCell, MatStruct, Records},
    moment::{Date, InvalidMoment, Time},
    value::{BlobConversionError, BlobConversionErrorKind},
};

mod array;
mod big_int;
mod compress;
mod decimal;
mod decode_error;
mod limits;
mod matlab;
mod moment;
mod pack;
mod unpack;
mod value;

/// What a blob holds.
///
/// Two blobs are equal if their unpacked bytes are: NaN equals itself, −0 differs from 0, a list
/// differs from a tuple, and the order of a dictionary and of a set counts.
///
/// # Examples
///
/// ```
/// use dlc_schema::Blob;
///
/// let x_pos = Blob::from(vec![1.0, 2.5, f64::NAN, -3.0]);
/// let bytes = x_pos.encode();
///
/// assert_eq!(&bytes[..5], b"mYm\0A");
/// assert_eq!(Blob::decode(&bytes, Default::default())?, x_pos);
/// # Ok::<(), dlc_schema::blob::DecodeBlobError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub enum Blob {
    /// `None`.
    #[default]
    None,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer that needs more than 64 bits.
    BigInt(BigInt),
    /// A number.
    Float(f64),
    /// A complex number: its real and its imaginary part.
    Complex(f64, f64),
    /// A text.
    String(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list.
    List(Vec<Self>),
    /// A tuple.
    Tuple(Vec<Self>),
    /// A set, in the order in which it is stored, which means nothing.
    Set(Vec<Self>),
    /// A dictionary in its order.
    Dict(Vec<(Self, Self)>),
    /// A day.
    Date(Date),
    /// A time of day.
    Time(Time),
    /// A day and a time of day.
    DateTime(Date, Time),
    /// A UUID.
    Uuid([u8; 16]),
    /// A decimal number with the digits that it was written with.
    Decimal(Decimal),
    /// An array, or a scalar of numpy's as an array without axes.
    Array(Array),
    /// An array with named fields.
    Records(Records),
    /// MATLAB's cell array.
    Cell(MatCell),
    /// MATLAB's struct array.
    Struct(MatStruct),
}

impl Blob {
    /// Returns the bytes as DataJoint writes them, compressed if they are more than 1000 and
    /// become fewer.
    ///
    /// Uncompressed bytes are DataJoint's own. Compressed ones hold the same, but the stream need
    /// not be that of the zlib that Python has: encoders may differ.
    pub fn encode(&self) -> Vec<u8> {
        compress::compress(self.pack())
    }

    /// Returns the bytes as DataJoint writes them with `compress=False`.
    pub fn pack(&self) -> Vec<u8> {
        pack::pack(self)
    }

    /// Reads the bytes that DataJoint or [`Self::encode`] wrote.
    ///
    /// # Errors
    ///
    /// Returns an error that tells where and how the bytes differ from a blob, or which of the
    /// limits they pass.
    pub fn decode(bytes: &[u8], limits: BlobLimits) -> Result<Self, DecodeBlobError> {
        let bytes = compress::decompress(bytes, limits)?;
        unpack::unpack(&bytes, limits)
    }

    /// Returns a few words about the kind for a message.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::None => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::BigInt(_) => "an integer of more than 64 bits",
            Self::Float(_) => "a number",
            Self::Complex(..) => "a complex number",
            Self::String(_) => "a text",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "a list",
            Self::Tuple(_) => "a tuple",
            Self::Set(_) => "a set",
            Self::Dict(_) => "a dictionary",
            Self::Date(_) => "a date",
            Self::Time(_) => "a time",
            Self::DateTime(..) => "a date and time",
            Self::Uuid(_) => "a UUID",
            Self::Decimal(_) => "a decimal number",
            Self::Array(_) => "an array",
            Self::Records(_) => "an array with fields",
            Self::Cell(_) => "a cell array of MATLAB's",
            Self::Struct(_) => "a struct array of MATLAB's",
        }
    }

    /// Returns whether the bytes are `dj0` and not `mYm`.
    fn is_native(&self) -> bool {
        match self {
            Self::Array(array) => array.is_native(),
            Self::Cell(cell) => cell.values().iter().any(Self::is_native),
            Self::Struct(structs) => structs.values().iter().any(Self::is_native),
            _ => true,
        }
    }
}

impl PartialEq for Blob {
    fn eq(&self, other: &Self) -> bool {
        self.pack() == other.pack()
    }
}

impl Eq for Blob {}

macro_rules! from {
    ($($type:ty => $variant:ident),* $(,)?) => {$(
        impl From<$type> for Blob {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

from! {
    bool => Bool,
    i64 => Int,
    i32 => Int,
    u32 => Int,
    f64 => Float,
    &str => String,
    String => String,
    BigInt => BigInt,
    Decimal => Decimal,
    Date => Date,
    Time => Time,
    Array => Array,
    Records => Records,
    MatCell => Cell,
    MatStruct => Struct,
}

impl<T> From<Vec<T>> for Blob
where
    Elements: From<Vec<T>>,
{
    /// Makes an array with one axis.
    fn from(elements: Vec<T>) -> Self {
        Self::Array(Array::from(elements))
    }
}

impl From<&Value> for Blob {
    fn from(value: &Value) -> Self {
        match value {
            Value::None => Self::None,
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Float(value) => Self::Float(*value),
            Value::String(value) => Self::String(value.clone()),
            Value::List(items) => Self::List(items.iter().map(Self::from).collect()),
            Value::Dict(entries) => {
                let entry = |(key, value): &(Value, Value)| (key.into(), value.into());
                Self::Dict(entries.iter().map(entry).collect())
            }
        }
    }
}

impl From<&[f64]> for Blob {
    fn from(numbers: &[f64]) -> Self {
        numbers.to_vec().into()
    }
}
