//! Python's pickles, protocols 0 to 5, as data.
//!
//! A pickle is a program for a small stack machine that may call any Python function. [`read`]
//! runs the machine and calls nothing: a class becomes a [`Global`], a call becomes an [`Object`]
//! with its arguments. What `numpy` and the standard library pickle by a call and what has a plain
//! meaning (arrays and scalars, `OrderedDict`, `set`, `bytearray`, …) is then turned into the
//! [`Value`] that it stands for; everything else (paths, dates, enums) stays an [`Object`].
//!
//! [`write()`] and [`write_protocol_0`] lay plain values out as Python does.
//!
//! # Examples
//!
//! ```
//! use dlc_io::{Limits, pickle::{self, Value}};
//!
//! let meta = Value::dict([("fps", Value::from(30.0)), ("nframes", Value::from(2330))]);
//! let bytes = pickle::write(&meta)?;
//!
//! let read = pickle::read(&bytes[..], &Limits::default())?;
//! assert_eq!(read.get("nframes").and_then(Value::as_i64), Some(2330));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arena;
mod array;
mod builtin;
mod edit;
mod error;
mod half;
mod input;
mod integer;
mod machine;
mod numpy;
mod opcode;
mod protocol_0;
mod text;
mod value;
mod writer;

use std::io::Read;

use crate::Limits;

use self::{arena::Arena, machine::Machine};
pub(crate) use self::{array::advance, half::f32_from_f16};

pub use self::{
    array::{Array, ArrayValues, Dtype, DtypeKind},
    edit::{SetTextError, set_text},
    error::{ReadPickleError, ReadPickleErrorKind, WritePickleError},
    protocol_0::write_protocol_0,
    value::{Global, Object, Value},
    writer::write,
};

/// Reads a pickle, without running any of it.
///
/// What follows the end of the pickle is ignored, as Python does.
///
/// # Errors
///
/// Returns an error that names the byte and the opcode when the pickle is damaged, refers to
/// itself, needs what is outside the file (registered extensions, out-of-band buffers), or exceeds
/// the limits.
pub fn read<R: Read>(reader: R, limits: &Limits) -> Result<Value, ReadPickleError> {
    let mut bytes = Vec::new();
    let most = limits.max_file_bytes;
    reader
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| ReadPickleError::new(bytes.len(), None, ReadPickleErrorKind::Io(error)))?;
    if bytes.len() as u64 > most {
        let kind = ReadPickleErrorKind::TooLong { limit: most };
        return Err(ReadPickleError::new(bytes.len(), None, kind));
    }
    read_slice(&bytes, limits)
}

pub(crate) fn read_slice(bytes: &[u8], limits: &Limits) -> Result<Value, ReadPickleError> {
    let mut arena = Arena::new(bytes.len(), limits);
    let root = Machine::new(bytes, &mut arena).run()?;
    arena
        .value(root)
        .map_err(|kind| ReadPickleError::new(bytes.len(), None, kind))
}
