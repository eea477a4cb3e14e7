//! Predictions as pandas' `to_csv` prints them.
//!
//! ```text
//! scorer,DLC_…,DLC_…,DLC_…
//! bodyparts,snout,snout,snout
//! coords,x,y,likelihood
//! 0,12.5,30.0,0.98
//! 1,,,
//! ```
//!
//! Lines end with `\n`. A number has as few digits as tell it from its neighbours of the same
//! width; NaN is an empty field.

pub use self::{
    reader::{Reader, read, read_images},
    writer::{write, write_data_frame, write_images},
};

pub(crate) use self::cell::number;

mod cell;
mod digits;
mod fields;
mod header;
mod number;
mod reader;
mod writer;

/// Returns the beginning of a text, for errors.
pub(crate) fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Returns a number as Python prints it.
pub(crate) fn number_text(number: f64) -> String {
    let mut text = Vec::new();
    number::push_f64(&mut text, number);
    String::from_utf8_lossy(&text).into_owned()
}
