use std::str::Utf8Error;

use super::{
    array::InvalidShape, big_int::InvalidBigInt, decimal::InvalidDecimal, moment::InvalidMoment,
};

/// An error returned when bytes are no blob of DataJoint's.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("invalid blob at byte {offset}")]
pub struct DecodeBlobError {
    /// Where, in the bytes after decompression.
    pub offset: usize,
    /// What is wrong there.
    #[source]
    pub kind: DecodeBlobErrorKind,
}

/// What is wrong with a blob.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeBlobErrorKind {
    /// The first bytes are none that DataJoint writes.
    #[error("expected `mYm`, `dj0` or `ZL123`, found {0:?}")]
    Protocol(String),
    /// The bytes end too early.
    #[error("expected {expected} bytes, found {found}")]
    Truncated {
        /// How many should follow.
        expected: u64,
        /// How many follow.
        found: usize,
    },
    /// The compressed bytes are no zlib stream.
    #[error("invalid zlib stream: {0}")]
    Zlib(String),
    /// There are more or fewer bytes than the length before them says.
    #[error("expected {expected} bytes by the length before them, found {found}")]
    Length {
        /// What the length says.
        expected: u64,
        /// How many there are, or at least so many.
        found: usize,
    },
    /// There are more bytes than [`super::BlobLimits::max_bytes`].
    #[error("{found} bytes are more than the {limit} that are allowed")]
    TooLong {
        /// The limit.
        limit: usize,
        /// How many there would be.
        found: u64,
    },
    /// There are more objects inside each other than [`super::BlobLimits::max_depth`].
    #[error("more than {0} objects inside each other")]
    TooDeep(usize),
    /// No object has this byte.
    #[error("unknown kind of object {0:#04x}")]
    UnknownObject(u8),
    /// MATLAB's sparse arrays are not read, by DataJoint neither.
    #[error("a sparse array of MATLAB's: not supported")]
    Sparse,
    /// No array has elements of this type.
    #[error("unknown type of elements {0}")]
    UnknownType(u32),
    /// Complex numbers of anything but floating-point numbers.
    #[error("complex numbers of type {0}: not supported")]
    ComplexType(u32),
    /// An array with more axes than numpy has.
    #[error("{0} axes: at most 64 are supported")]
    Axes(u64),
    /// A shape stands for more elements than any memory has.
    #[error("a shape of {0:?} is too large")]
    Shape(Vec<u64>),
    /// The shapes of an array's fields differ, or a field is no array.
    #[error("the fields of an array are not arrays of one shape")]
    Fields,
    /// Neither a date nor a time.
    #[error("expected a date, a time or both, found neither")]
    NoMoment,
    /// There is no such day or time.
    #[error("invalid date or time")]
    Moment(#[source] InvalidMoment),
    /// A text is not UTF-8.
    #[error("invalid text")]
    Text(#[source] Utf8Error),
    /// A decimal number is none.
    #[error("invalid decimal number")]
    Decimal(#[source] InvalidDecimal),
    /// An integer is larger than DataJoint can store.
    #[error("invalid integer")]
    BigInt(#[source] InvalidBigInt),
    /// A shape and the elements disagree.
    #[error("invalid shape")]
    InvalidShape(#[source] InvalidShape),
}

impl DecodeBlobErrorKind {
    pub(super) const fn at(self, offset: usize) -> DecodeBlobError {
        DecodeBlobError { offset, kind: self }
    }
}
