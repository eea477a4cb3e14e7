mod error;
mod tracking_raw;

use std::path::{Path, PathBuf};

use dlc_io::session::SessionFolder;
use dlc_schema::{
    Columns as _, DlcModel, Make, MakeError, Query, RecordingData, RecordingDlc, RecordingKey,
    Repository, Row, Running, Store, StoreExt, Transaction, TransactionExt,
    make::{Predicted, PredictedFile, TrackingMake, add_predictions},
    name::FileTypeName,
    tables::REPOSITORY,
};

pub use self::{
    error::{IngestError, IngestSessionError},
    tracking_raw::{TrackingRawInput, TrackingRawMake, TrackingRawOutput},
};
use crate::pipeline::{Repositories, predictor::FileKind};

/// What [`ingest_session`] stored.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct IngestedSession {
    /// The dataset of predictions, which is also the key of `TrackingRaw`.
    pub data: RecordingData,
    /// The keys of the rows of `Tracking`; none when only raw tracking is made of such recordings.
    pub tracking: Vec<Row>,
}

/// Takes a session folder that [`predict_session`](crate::pipeline::predict_session) or DeepLabCut made into a
/// store: its files as a dataset of the recording, `TrackingRaw` with all body parts and the states of
/// the animal, and `Tracking` for each row of `TrackingParams`.
///
/// A worker does the same with [`TrackingRawMake`] and
/// [`TrackingMake`](dlc_schema::make::TrackingMake). What is stored already stays as it is.
///
/// # Errors
///
/// Returns an error when the recording is not mapped to a model and a method, when the folder has no
/// predictions of that model or is in no repository, when its content contradicts itself, and when the
/// store refuses. The dataset may be there then; tracking is not.
pub fn ingest_session(
    store: &dyn Store,
    recording: &RecordingKey,
    folder: impl AsRef<Path>,
    raw: &TrackingRawMake,
) -> Result<IngestedSession, IngestSessionError> {
    let folder = folder.as_ref();
    let scorer = store.read(|rows| scorer(rows, recording))?;
    let repositories: Vec<Repository> = store.fetch(&Query::of(&REPOSITORY))?;
    let predicted = files(folder, &scorer, raw.repositories(), &repositories)?;
    let data = store.write(|rows| add_predictions(rows, recording, &predicted))?;
    make(store, raw, &data.columns())?;
    let mut tracking = Vec::new();
    for key in store.read(|rows| TrackingMake.pending(rows))? {
        if key.holds(&data.columns()) {
            make(store, &TrackingMake, &key)?;
            tracking.push(key);
        }
    }
    Ok(IngestedSession { data, tracking })
}

/// Makes a row without a reservation, unless it is there. Should a worker be faster, its row counts.
fn make<M: Make>(store: &dyn Store, make: &M, key: &Row) -> Result<(), MakeError> {
    if store.read(|rows| rows.exists(make.table(), key.clone()))? {
        return Ok(());
    }
    let input = store.read(|rows| make.fetch(rows, key))?;
    let output = make.make(key, &input, &Running::default())?;
    let stored = store.write(|rows| {
        if make.fetch(rows, key)? != input {
            return Err(MakeError::transient("its inputs changed while it was made"));
        }
        make.store(rows, key, &input, &output)
    });
    match stored {
        Err(error)
            if error
                .store_error()
                .is_some_and(|error| error.is_duplicate()) =>
        {
            Ok(())
        }
        stored => stored,
    }
}

/// Returns the name under which the model of a recording stores its results.
fn scorer(
    rows: &mut dyn Transaction,
    recording: &RecordingKey,
) -> Result<String, IngestSessionError> {
    let mapped: Option<RecordingDlc> = rows.find(recording.columns())?;
    let not_mapped = || IngestSessionError::NotMapped(recording.columns());
    let model = mapped.ok_or_else(not_mapped)?.model;
    let model: Option<DlcModel> = rows.find(Row::new().with("dlc_model", model.as_str()))?;
    Ok(model.ok_or_else(not_mapped)?.scorer)
}

/// Lists the files of a session folder as rows name them.
fn files(
    folder: &Path,
    scorer: &str,
    here: &Repositories,
    repositories: &[Repository],
) -> Result<Predicted, IngestSessionError> {
    let session = SessionFolder::open(folder)?.with_scorer(scorer);
    let mut found: Vec<(FileKind, PathBuf)> = Vec::new();
    for video in session.videos()? {
        let csv = video.h5.with_extension("csv");
        found.push((FileKind::H5, video.h5));
        if csv.is_file() {
            found.push((FileKind::Csv, csv));
        }
        let metadata = video.metadata.into_iter();
        found.extend(metadata.map(|path| (FileKind::Pickle, path)));
        let recording = video.recording.into_iter();
        found.extend(recording.map(|path| (FileKind::Recording, path)));
    }
    let config = session.config().map(Path::to_owned).into_iter();
    found.extend(config.map(|path| (FileKind::Config, path)));
    let file = |(kind, path): (FileKind, PathBuf)| {
        let place = here.relative(repositories, &path);
        let (repository, path) = place.ok_or(IngestSessionError::NoRepository(path))?;
        let file_type = FileTypeName::new(kind.name())?;
        Ok(PredictedFile {
            file_type,
            repository,
            path,
        })
    };
    let files: Result<_, IngestSessionError> = found.into_iter().map(file).collect();
    Ok(Predicted { files: files? })
}
