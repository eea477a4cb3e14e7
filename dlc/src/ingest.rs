mod tracking_raw;

pub use self::tracking_raw::{IngestError, TrackingRawInput, TrackingRawMake, TrackingRawOutput};
