//! When samples were taken.
//!
//! Times are in s. Inside a recording they count from its start, so that nothing is lost to
//! rounding; a [`Timestamp`] tells when that was.

mod clock;
mod dropout;
mod signal;
mod sync;
mod timeline;

pub use self::{
    clock::{Clock, ClockError},
    dropout::{Dropout, dropouts},
    signal::{CellDelay, SignalMap, pick},
    sync::{SyncError, check_last, nearest_sample, synchronised},
    timeline::{FileTime, Pause, Timeline, TimelineError},
};
pub use dlc_model::{
    ParseTimestampError, ParseTimestampErrorKind, Timestamp, UtcOffset, UtcOffsetError,
};
