use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use dlc::{
    model::UtcOffset,
    pipeline::{stored_files, stored_videos},
    schema::{
        DatasetRegistration, RecordingRegistration, Store, add_recording,
        name::{ApparatusName, ExperimentTypeName, RecordingName, RepositoryName, SessionName},
    },
};

use super::Added;
use crate::pipeline::store::{parse_repository, parse_starts, repositories};

/// A recording with its videos and the files of its microscope.
#[derive(Args, Debug)]
pub(super) struct Recording {
    /// The videos in their order in time.
    #[arg(required = true, value_name = "VIDEO")]
    videos: Vec<PathBuf>,
    /// The files of the microscope in their order in time, which name the session's folder.
    #[arg(long, value_name = "TIF")]
    tif: Vec<PathBuf>,
    /// The session, at most 16 characters; one of its own by default.
    #[arg(long, value_name = "NAME")]
    session: Option<SessionName>,
    /// Its place in the session, from 0; the next one by default.
    #[arg(long, value_name = "N")]
    order: Option<i32>,
    /// The name of the recording, at most 16 characters; a hash of its files by default.
    #[arg(long, value_name = "NAME")]
    name: Option<RecordingName>,
    /// The kind of equipment.
    #[arg(long, default_value = "camera", value_name = "NAME")]
    experiment_type: ExperimentTypeName,
    /// The arena.
    #[arg(long, value_name = "NAME")]
    arena: Option<ApparatusName>,
    /// When each video began, if neither the microscope nor the videos tell.
    #[arg(long, value_name = "TIME")]
    start: Vec<String>,
    /// How far the clock was from UTC of each `--start` that does not say.
    #[arg(long, value_name = "+HH:MM", allow_hyphen_values = true)]
    utc_offset: Option<UtcOffset>,
    /// Where a repository is on this machine, if not where the store says.
    #[arg(long, value_name = "NAME=PATH", value_parser = parse_repository)]
    repository: Vec<(RepositoryName, PathBuf)>,
}

impl Recording {
    pub(super) fn add(self, store: &dyn Store) -> Result<Added> {
        let recording = self;
        let starts = parse_starts(&recording.start, recording.utc_offset)?;
        let here = repositories(recording.repository);
        let videos = stored_videos(store, &here, &recording.videos)?;
        let mut datasets = vec![DatasetRegistration {
            starts: (!starts.is_empty()).then_some(starts),
            ..DatasetRegistration::videos(videos)
        }];
        if !recording.tif.is_empty() {
            datasets.push(DatasetRegistration {
                name: None,
                dataset_type: "TIFRaw".parse()?,
                file_type: "TIFRaw".parse()?,
                files: stored_files(store, &here, &recording.tif)?,
                starts: None,
            });
        }
        let added = add_recording(
            store,
            &RecordingRegistration {
                session: recording.session,
                order: recording.order,
                name: recording.name,
                experiment_type: recording.experiment_type,
                arena: recording.arena,
                datasets,
            },
        )?;
        let key = added.key;
        let place = format!(
            "recording {} at place {} of session {}",
            key.recording, key.recording_order, key.session
        );
        Ok(Added {
            is_new: added.is_new,
            what: place,
        })
    }
}
