//! How a result was made, as a small `.json` beside it.
//!
//! A result that is there already is the one that is asked for when it was made of the same files
//! with the same settings. Its name does not tell: videos in two folders may have one name, and a
//! crop has no place in it. So each result has a record, `{stem of the result}_provenance.json`:
//!
//! ```json
//! {
//!   "program": "dlc",
//!   "version": "0.1.0",
//!   "made": "2026-12-01T04:05:06Z",
//!   "inputs": {
//!     "snapshot": { "name": "snapshot-7200", "bytes": 2031616, "sample_sha256": "5f…" },
//!     "video": {
//!       "name": "mouse.avi", "bytes": 1048576, "sample_sha256": "0c…",
//!       "frame_count": 100, "width": 320, "height": 240
//!     }
//!   },
//!   "settings": { "crop": "none", "scorer": "DLC_mobnet_35_mouseNov22shuffle1_7200" },
//!   "output": { "bytes": 40960, "sample_sha256": "9a…" }
//! }
//! ```
//!
//! Files are compared by [`Fingerprint`], not by name: results stay valid when a project moves. What
//! does not change a result is not in the record, e.g., the device.

mod fingerprint;
mod record;

pub use self::{
    fingerprint::Fingerprint,
    record::{Difference, Input, Provenance, ReadProvenanceError},
};
