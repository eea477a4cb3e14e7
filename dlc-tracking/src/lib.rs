//! From body parts to the state of one animal.
//!
//! DeepLabCut (DLC) gives body parts; a pipeline wants one state of the subject at any time. This
//! crate has the tracks of body parts, the steps that clean them, and the methods that make a
//! state of them. Nothing here opens a file, a device or a database.
#![forbid(unsafe_code)]

mod space;
mod track;

pub mod angle;
pub mod steps;
pub mod time;

pub use self::{
    space::{ArenaMm, FramePx, Space, YAxis},
    track::{Track, TrackError, Tracks},
};
