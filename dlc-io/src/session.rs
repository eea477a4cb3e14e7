//! Session folders: the predictions of all videos of a recording session.
//!
//! ```text
//! dlc_94557-imaging/
//!     dlc_config_file.yml | dlc_config_file.yaml | config.yaml
//!     [{stem of a video}]{scorer}.h5                          [filtered.h5, _filtered.h5]
//!     [{stem of a video}]{scorer}includingmetadata.pickle | …_meta.pickle
//!     [{stem of a video}]{scorer}_recording.json
//! ```
//!
//! [`SessionFolder`] finds what is there, [`Session`] reads it: the videos one after the other, each
//! row with its video, its frame and its time. Pauses between videos stay pauses.

pub use self::{
    error::{SessionError, SessionErrorKind},
    folder::{SessionFolder, SessionVideo, Version},
    listing::{LeftOut, LeftOutReason},
    read::{ReadSession, Session, VideoRows},
};

mod error;
mod folder;
mod listing;
mod read;
