//! A predictor that only seems to be one.

use dlc_schema::{
    MakeError, Row, Running,
    jobs::Job,
    make::{Predicted, PredictedFile, PredictionJob, Predictor},
    name::DlcModelName,
};

use crate::pipeline::{name, repository};

/// A predictor that writes no files and only names them.
pub(crate) struct Fake<F> {
    pub(crate) models: Vec<DlcModelName>,
    /// What it does instead.
    pub(crate) predict: F,
}

impl<F: Fn(&PredictionJob, &Running) -> Result<(), MakeError>> Predictor for Fake<F> {
    fn models(&self) -> &[DlcModelName] {
        &self.models
    }

    fn predict(&self, job: &PredictionJob, running: &Running) -> Result<Predicted, MakeError> {
        (self.predict)(job, running)?;
        let order = job.data.recording.recording_order;
        let file = |extension: &str| PredictedFile {
            file_type: name(&format!("DLC_{extension}")),
            repository: repository(),
            path: format!("dlc_{order}/{order}.{extension}"),
        };
        let files = vec![file("h5"), file("pickle")];
        Ok(Predicted { files })
    }
}

/// Returns the key of a job in `~jobs` and `~dlc_jobs`.
pub(crate) fn job_row(job: &Job) -> Row {
    let row = Row::new().with("table_name", job.table().name);
    row.with("key_hash", job.hash())
}
