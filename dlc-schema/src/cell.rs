use std::{cmp::Ordering, fmt, hash};

use crate::DateTime;

/// What one attribute of one row holds.
///
/// Numbers compare by their bits, so that a cell equals itself also when it is NaN.
#[derive(Clone, Debug, Default)]
pub enum Cell {
    /// Nothing.
    #[default]
    Null,
    /// A text.
    Text(String),
    /// An integer.
    Int(i64),
    /// A number. An attribute of 32 bits holds such a number as 64.
    Float(f64),
    /// A date and a time without a zone.
    DateTime(DateTime),
    /// 16 bytes.
    Uuid([u8; 16]),
    /// Anything else, in DataJoint's packing.
    Blob(Vec<u8>),
}

impl Cell {
    /// Returns the kind in words, for messages.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Text(_) => "a text",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a number",
            Self::DateTime(_) => "a date and time",
            Self::Uuid(_) => "16 bytes",
            Self::Blob(_) => "a blob",
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Text(_) => 1,
            Self::Int(_) => 2,
            Self::Float(_) => 3,
            Self::DateTime(_) => 4,
            Self::Uuid(_) => 5,
            Self::Blob(_) => 6,
        }
    }
}

impl Ord for Cell {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Float(a), Self::Float(b)) => a.total_cmp(b),
            (Self::DateTime(a), Self::DateTime(b)) => a.cmp(b),
            (Self::Uuid(a), Self::Uuid(b)) => a.cmp(b),
            (Self::Blob(a), Self::Blob(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Cell {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Cell {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Cell {}

impl hash::Hash for Cell {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.rank().hash(state);
        match self {
            Self::Null => {}
            Self::Text(text) => text.hash(state),
            Self::Int(number) => number.hash(state),
            Self::Float(number) => number.to_bits().hash(state),
            Self::DateTime(time) => time.hash(state),
            Self::Uuid(bytes) => bytes.hash(state),
            Self::Blob(bytes) => bytes.hash(state),
        }
    }
}

/// Writes the cell as a person reads it; of a blob its length.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Text(text) => f.write_str(text),
            Self::Int(number) => number.fmt(f),
            Self::Float(number) => number.fmt(f),
            Self::DateTime(time) => time.fmt(f),
            Self::Uuid(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            Self::Blob(bytes) => write!(f, "{} bytes", bytes.len()),
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}
