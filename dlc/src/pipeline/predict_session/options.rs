use std::path::PathBuf;

use dlc_model::{Timestamp, UtcOffset};

use crate::{AnalyzeOptions, pipeline::Repositories};

/// How [`predict_session`](crate::pipeline::predict_session) names, places and times its results.
#[derive(Default)]
#[non_exhaustive]
pub struct PredictSessionOptions<'a> {
    /// How videos are analysed. The snapshot and the destination are not taken from here.
    pub analyze: AnalyzeOptions<'a>,
    /// Where repositories are on this machine.
    pub repositories: Repositories,
    /// The moments of the first frames, one for each video.
    pub starts: Option<Vec<Timestamp>>,
    /// Whether other moments in results that are there already are replaced.
    pub replace_starts: bool,
    /// How far the clock of the microscope was from UTC. Picture files do not tell.
    pub utc_offset: Option<UtcOffset>,
    /// The name of the session, or `None` for that of the picture files without their numbers.
    pub basename: Option<String>,
    /// The folder in which `dlc_{basename}` is made, or `None` for that of the picture files; without
    /// any, that of the first video.
    pub folder: Option<PathBuf>,
}

impl std::fmt::Debug for PredictSessionOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PredictSessionOptions")
            .field("starts", &self.starts)
            .field("replace_starts", &self.replace_starts)
            .field("utc_offset", &self.utc_offset)
            .field("basename", &self.basename)
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl<'a> PredictSessionOptions<'a> {
    /// Sets how videos are analysed.
    #[must_use]
    pub fn with_analyze(mut self, options: AnalyzeOptions<'a>) -> Self {
        self.analyze = options;
        self
    }

    /// Says where repositories are on this machine.
    #[must_use]
    pub fn with_repositories(mut self, repositories: Repositories) -> Self {
        self.repositories = repositories;
        self
    }

    /// Tells the moments of the first frames, one for each video.
    #[must_use]
    pub fn with_starts(mut self, starts: impl IntoIterator<Item = Timestamp>) -> Self {
        self.starts = Some(starts.into_iter().collect());
        self
    }

    /// Sets whether other moments in results that are there already are replaced.
    #[must_use]
    pub fn with_replace_starts(mut self, replace: bool) -> Self {
        self.replace_starts = replace;
        self
    }

    /// Tells how far the clock of the microscope was from UTC.
    #[must_use]
    pub fn with_utc_offset(mut self, offset: UtcOffset) -> Self {
        self.utc_offset = Some(offset);
        self
    }

    /// Sets the name of the session.
    #[must_use]
    pub fn with_basename(mut self, basename: impl Into<String>) -> Self {
        self.basename = Some(basename.into());
        self
    }

    /// Sets the folder in which `dlc_{basename}` is made.
    #[must_use]
    pub fn with_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }
}
