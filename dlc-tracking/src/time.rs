//! When samples were taken.

mod clock;

pub use self::clock::{Clock, ClockError};
