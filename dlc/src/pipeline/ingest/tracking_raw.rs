use std::path::PathBuf;

use dlc_io::session::{ReadSession, Session, SessionFolder};
use dlc_model::{BodypartAliases, Keypoint, PoseTable, Timestamp, UtcOffset, scorer_snapshot};
use dlc_schema::{
    DateTime, DlcModel, DlcModelIdentity, DlcTrackingProcessingMethod, Entity, OPEN_FIELD,
    PhysicalFile, RecordingData, RecordingDlc, Repository, Row, StoreError, TrackingRawDlcPart,
    TrackingRawOpenField, TrackingRawRow, Transaction, TransactionExt,
    jobs::Source,
    make::{Make, MakeError, Running, dataset_files, needed},
    name::BodyPartName,
    table::Table,
    tables::{RECORDING_DATA, RECORDING_DLC, TRACKING_RAW},
};
use dlc_tracking::{
    OffsetSign, Pipeline, Registry, TrackingRaw, Tracks,
    time::{FileTime, Timeline},
};

use super::IngestError;
use crate::{error::has_io_cause, pipeline::Repositories};

/// Makes the rows of `TrackingRaw`: the predictions of a session become a row for each body part and,
/// by the method of the recording, the states of the animal in an open field, in px.
///
/// Methods for other kinds of tracking than `openfield` end here: their recordings get body parts, no
/// states, and no rows in `Tracking`.
#[derive(Debug)]
pub struct TrackingRawMake {
    registry: Registry<2>,
    aliases: BodypartAliases,
    repositories: Repositories,
    utc_offset: Option<UtcOffset>,
    allow_unequal_counts: bool,
}

impl Default for TrackingRawMake {
    fn default() -> Self {
        Self {
            registry: Registry::standard(),
            aliases: BodypartAliases::default(),
            repositories: Repositories::default(),
            utc_offset: None,
            allow_unequal_counts: false,
        }
    }
}

impl TrackingRawMake {
    /// Takes methods from a registry.
    #[must_use]
    pub fn with_registry(mut self, registry: Registry<2>) -> Self {
        self.registry = registry;
        self
    }

    /// Says which names of body parts mean the same.
    #[must_use]
    pub fn with_aliases(mut self, aliases: BodypartAliases) -> Self {
        self.aliases = aliases;
        self
    }

    /// Says where repositories are on this machine.
    #[must_use]
    pub fn with_repositories(mut self, repositories: Repositories) -> Self {
        self.repositories = repositories;
        self
    }

    pub(super) fn repositories(&self) -> &Repositories {
        &self.repositories
    }

    /// Tells how far clocks were from UTC where a `Start Timestamp` does not.
    #[must_use]
    pub fn with_utc_offset(mut self, offset: UtcOffset) -> Self {
        self.utc_offset = Some(offset);
        self
    }

    /// Goes on where predictions have more or fewer rows than their metadata say frames.
    #[must_use]
    pub fn with_allow_unequal_counts(mut self, allow: bool) -> Self {
        self.allow_unequal_counts = allow;
        self
    }
}

/// What [`TrackingRawMake`] makes a row of.
#[derive(Clone, Debug)]
pub struct TrackingRawInput {
    data: RecordingData,
    model: DlcModel,
    identity: Option<DlcModelIdentity>,
    method: DlcTrackingProcessingMethod,
    files: Vec<(PhysicalFile, Repository)>,
}

/// Two are the same if their rows are: numbers compare by their bits.
impl PartialEq for TrackingRawInput {
    fn eq(&self, other: &Self) -> bool {
        self.model.row() == other.model.row()
            && self.identity.as_ref().map(Entity::row) == other.identity.as_ref().map(Entity::row)
            && self.method.row() == other.method.row()
            && self.data == other.data
            && self.files == other.files
    }
}

/// What [`TrackingRawMake`] stores.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackingRawOutput {
    row: TrackingRawRow,
    parts: Vec<TrackingRawDlcPart>,
    open_field: Option<TrackingRawOpenField>,
}

impl Make for TrackingRawMake {
    type Input = TrackingRawInput;
    type Output = TrackingRawOutput;

    fn table(&self) -> &'static Table {
        &TRACKING_RAW
    }

    fn pending(&self, rows: &mut dyn Transaction) -> Result<Vec<Row>, StoreError> {
        Source::TRACKING_RAW.keys(rows)
    }

    fn fetch(&self, rows: &mut dyn Transaction, key: &Row) -> Result<TrackingRawInput, MakeError> {
        let data: RecordingData = needed(rows, key.key(&RECORDING_DATA))?;
        let mapped: RecordingDlc = needed(rows, key.key(&RECORDING_DLC))?;
        let model = Row::new().with("dlc_model", mapped.model.as_str());
        let method = mapped.row().only(&["dlc_tracking_processing_method"]);
        Ok(TrackingRawInput {
            identity: rows.find(model.clone())?,
            model: needed(rows, model)?,
            method: needed(rows, method)?,
            files: dataset_files(rows, &data.dataset)?,
            data,
        })
    }

    fn make(
        &self,
        _key: &Row,
        input: &TrackingRawInput,
        _running: &Running,
    ) -> Result<TrackingRawOutput, MakeError> {
        self.raw(input).map_err(|error| match error {
            // The folder may be on a disk that is not there at the moment.
            IngestError::Session(ref source) if has_io_cause(source) => MakeError::transient(error),
            error => MakeError::permanent(error),
        })
    }

    fn store(
        &self,
        rows: &mut dyn Transaction,
        _key: &Row,
        _input: &TrackingRawInput,
        output: &TrackingRawOutput,
    ) -> Result<(), MakeError> {
        rows.put(&output.row)?;
        for part in &output.parts {
            rows.put(part)?;
        }
        if let Some(open_field) = &output.open_field {
            rows.put(open_field)?;
        }
        Ok(())
    }
}

impl TrackingRawMake {
    fn raw(&self, input: &TrackingRawInput) -> Result<TrackingRawOutput, IngestError> {
        let session = self.session(input)?;
        let timeline = timeline(&session)?;
        let training_iteration = training_iteration(input)?;
        let open_field = match input.method.tracking_type.as_str() {
            OPEN_FIELD => Some(self.open_field(input, session.poses(), &timeline)?),
            _ => None,
        };
        Ok(TrackingRawOutput {
            parts: parts(input, session.poses(), training_iteration)?,
            row: row(input, &session, &timeline)?,
            open_field,
        })
    }

    /// Reads the folder that the registered files are in.
    fn session(&self, input: &TrackingRawInput) -> Result<Session, IngestError> {
        let path = |(file, repository): &(PhysicalFile, Repository)| {
            self.repositories.path(repository, &file.file_path)
        };
        let is_h5 = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "h5");
        let mut registered: Vec<PathBuf> = input.files.iter().map(path).filter(is_h5).collect();
        registered.sort();
        let folder = registered.first().and_then(|first| first.parent());
        let folder = folder.ok_or(IngestError::NoPredictions)?;
        let session = SessionFolder::open(folder)?.with_scorer(&input.model.scorer);
        let mut found: Vec<PathBuf> = session
            .videos()?
            .into_iter()
            .map(|video| video.h5)
            .collect();
        found.sort();
        if found != registered {
            return Err(IngestError::Files {
                folder: folder.into(),
                registered: names(&registered),
                found: names(&found),
            });
        }
        let allow = self.allow_unequal_counts;
        let mut options = ReadSession::default().with_allow_unequal_counts(allow);
        if let Some(offset) = self.utc_offset {
            options = options.with_assumed_offset(offset);
        }
        Ok(session.read_with(&options)?)
    }

    fn open_field(
        &self,
        input: &TrackingRawInput,
        poses: &PoseTable,
        timeline: &Timeline,
    ) -> Result<TrackingRawOpenField, IngestError> {
        let pipeline: Pipeline = input.method.pipeline().map_err(Box::new)?;
        let mut bound = pipeline.bind(&self.registry, poses.bodyparts(), &self.aliases)?;
        let raw = bound.raw(&Tracks::from(poses), timeline.clock());
        Ok(stored(input, &raw))
    }
}

fn names(paths: &[PathBuf]) -> String {
    let name = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    let names: Vec<String> = paths.iter().map(name).collect();
    names.join(", ")
}

fn stored(input: &TrackingRawInput, raw: &TrackingRaw<2>) -> TrackingRawOpenField {
    let sign = match raw.offset.sign {
        OffsetSign::Subtracted => 1.0,
        OffsetSign::Added => -1.0,
    };
    TrackingRawOpenField {
        data: input.data.clone(),
        x_px: raw.states.coordinate(0),
        y_px: raw.states.coordinate(1),
        left_px: raw.boundaries.left,
        right_px: raw.boundaries.right,
        bottom_px: raw.boundaries.bottom,
        top_px: raw.boundaries.top,
        speed_px_per_s: raw.states.speeds_per_s().to_vec(),
        head_angle_rad: raw.states.head_angles_rad().to_vec(),
        x_offset_px: sign * raw.offset.x,
        y_offset_px: sign * raw.offset.y,
    }
}

/// Returns the times of all frames, pauses between videos included.
fn timeline(session: &Session) -> Result<Timeline, IngestError> {
    let files: Result<Vec<FileTime>, IngestError> = session
        .videos()
        .iter()
        .map(|video| {
            let missing = |what| IngestError::NoTime {
                video: video.stem.clone(),
                what,
            };
            Ok(FileTime {
                start: video.start.ok_or_else(|| missing("Start Timestamp"))?,
                times: video.times.clone().ok_or_else(|| missing("frame rate"))?,
                frames: video.rows.len(),
            })
        })
        .collect();
    Ok(Timeline::from_files(&files?)?)
}

fn row(
    input: &TrackingRawInput,
    session: &Session,
    timeline: &Timeline,
) -> Result<TrackingRawRow, IngestError> {
    let start = session.videos().first().and_then(|video| video.start);
    let start = start.ok_or(IngestError::NoPredictions)?;
    let last = timeline.times_s().last().copied().unwrap_or(0.0);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a recording is shorter than centuries"
    )]
    let stop = start.unix_ns().saturating_add((last * 1e9) as i64);
    Ok(TrackingRawRow {
        data: input.data.clone(),
        start_time: DateTime::local(start),
        stop_time: DateTime::local(Timestamp::from_unix_ns(stop, start.offset())),
        timestamps: None,
        timestamps_sys: timeline.unix_s(),
        sample_rate: timeline.clock().rate_hz(),
        sync: false,
        is_calibrated: false,
    })
}

/// Returns how long the snapshot was trained, as it was registered. Of a model that others registered,
/// the scorer tells it.
fn training_iteration(input: &TrackingRawInput) -> Result<i32, IngestError> {
    let registered = input.identity.as_ref().and_then(|identity| {
        let snapshot = identity.snapshot.as_str();
        let digits = snapshot.strip_prefix("best-").unwrap_or(snapshot);
        digits.parse().ok()
    });
    let scorer = &input.model.scorer;
    let steps = registered.or_else(|| Some(scorer_snapshot(scorer)?.training_steps()));
    let steps = steps.and_then(|steps: u64| i32::try_from(steps).ok());
    steps.ok_or_else(|| IngestError::Scorer(scorer.clone()))
}

fn parts(
    input: &TrackingRawInput,
    poses: &PoseTable,
    training_iteration: i32,
) -> Result<Vec<TrackingRawDlcPart>, IngestError> {
    let part = |(place, bodypart): (usize, &dlc_model::Bodypart)| {
        let column = |value: fn(&Keypoint) -> f64| -> Vec<f64> {
            let place = place * poses.num_outputs();
            poses.rows().map(|row| value(&row[place])).collect()
        };
        Ok(TrackingRawDlcPart {
            data: input.data.clone(),
            body_part: BodyPartName::new(bodypart.as_str())?,
            model: input.model.name.clone(),
            training_iteration,
            x_px: column(|keypoint| keypoint.x),
            y_px: column(|keypoint| keypoint.y),
            likelihood: column(|keypoint| keypoint.likelihood),
        })
    };
    poses.bodyparts().iter().enumerate().map(part).collect()
}
