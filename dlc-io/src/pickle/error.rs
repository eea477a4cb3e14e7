use std::{fmt, io};

use super::opcode;

/// An error returned when a pickle cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("invalid pickle at byte {offset}{}", OfOpcode(*.opcode))]
pub struct ReadPickleError {
    offset: usize,
    opcode: Option<u8>,
    #[source]
    kind: ReadPickleErrorKind,
}

impl ReadPickleError {
    pub(super) fn new(offset: usize, opcode: Option<u8>, kind: ReadPickleErrorKind) -> Self {
        Self {
            offset,
            opcode,
            kind,
        }
    }

    /// Returns the byte at which the opcode stands that could not be obeyed.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Returns the reason.
    pub fn kind(&self) -> &ReadPickleErrorKind {
        &self.kind
    }

    /// Returns the reason, without a copy.
    pub fn into_kind(self) -> ReadPickleErrorKind {
        self.kind
    }
}

struct OfOpcode(Option<u8>);

impl fmt::Display for OfOpcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.and_then(opcode::name) {
            Some(name) => write!(f, " ({name})"),
            None => Ok(()),
        }
    }
}

/// What is wrong with a pickle.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadPickleErrorKind {
    /// The bytes could not be read.
    #[error("could not read on")]
    Io(#[source] io::Error),
    /// The pickle is longer than the limit.
    #[error("the pickle is longer than the limit of {limit} bytes")]
    TooLong {
        /// The limit.
        limit: u64,
    },
    /// The pickle ends too early.
    #[error("the pickle ends too early: expected {expected} more bytes, found {found}")]
    Truncated {
        /// How many bytes were needed.
        expected: u64,
        /// How many there were.
        found: usize,
    },
    /// A line does not end.
    #[error("a line does not end")]
    UnendedLine,
    /// There is no such opcode.
    #[error("unknown opcode {0:#04x}")]
    UnknownOpcode(u8),
    /// The protocol is too new.
    #[error("protocol {0} is unknown: expected 0 to 5")]
    UnknownProtocol(u8),
    /// The opcode refers to something outside the file.
    #[error("{0} are not part of the file")]
    Outside(&'static str),
    /// The opcode needs a value and there is none.
    #[error("the stack is empty")]
    EmptyStack,
    /// The opcode needs a mark and there is none.
    #[error("no mark is set")]
    NoMark,
    /// The opcode refers to a value that was never stored.
    #[error("nothing was stored as memo {0}")]
    UnknownMemo(u32),
    /// A value is of the wrong kind.
    #[error("expected {expected}, found {found}")]
    WrongKind {
        /// The kind that was needed.
        expected: &'static str,
        /// The kind that was there.
        found: &'static str,
    },
    /// A length is below zero.
    #[error("a length is below zero: {0}")]
    NegativeLength(i32),
    /// A number does not parse.
    #[error("invalid number {0:?}")]
    InvalidNumber(String),
    /// A text does not parse.
    #[error("invalid text: expected {0}")]
    InvalidText(&'static str),
    /// There are too many values.
    #[error("more than {limit} values")]
    TooManyValues {
        /// The limit.
        limit: usize,
    },
    /// Containers are too deep inside each other, or contain themselves.
    #[error("more than {limit} containers inside each other, or one inside itself")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
}

/// An error returned when a value cannot be written as a pickle.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WritePickleError {
    /// The value is of a kind that is not written.
    #[error("cannot write {0}: expected plain values")]
    UnsupportedValue(&'static str),
    /// Containers are too deep inside each other.
    #[error("more than {limit} containers inside each other")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
}
