//! Recordings: added with their files, found by name, and when their videos began.

mod add;
mod dataset;
mod error;
mod find;
mod start;

pub use self::{
    add::{AddedRecording, RecordingRegistration, add_recording},
    dataset::{DatasetRegistration, StoredFile},
    error::{AddRecordingError, FindRecordingError, SetVideoStartsError},
    find::find_recording,
    start::{set_video_starts, video_starts},
};
