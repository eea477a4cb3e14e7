use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::AnalyzeVideoErrorKind;

/// The files that hold the result of one video.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OutputPaths {
    /// `{video}{scorer}.h5`: the poses, as pandas reads them.
    pub h5: PathBuf,
    /// `{video}{scorer}.csv`: the same as text.
    pub csv: PathBuf,
    /// `{video}{scorer}_meta.pickle`: how they were made.
    pub meta: PathBuf,
}

impl OutputPaths {
    /// Returns the paths for a video, beside it or in `destination`.
    pub(crate) fn new(video: &Path, scorer: &str, destination: Option<&Path>) -> Self {
        let folder = destination
            .or_else(|| video.parent())
            .unwrap_or(Path::new(""));
        let stem = video.file_stem().unwrap_or_default().to_string_lossy();
        let path = |suffix: &str| folder.join(format!("{stem}{scorer}{suffix}"));
        Self {
            h5: path(".h5"),
            csv: path(".csv"),
            meta: path("_meta.pickle"),
        }
    }

    /// Makes the folder when it is missing, and makes sure that files can be created in it.
    ///
    /// Before an hour of work, not after it.
    pub(crate) fn check_folder(&self) -> Result<(), AnalyzeVideoErrorKind> {
        check_folder_of(&self.h5).map_err(|source| AnalyzeVideoErrorKind::Destination {
            folder: self.h5.parent().unwrap_or(Path::new("")).to_owned(),
            source,
        })
    }

    /// Returns whether all of them are there.
    pub(crate) fn exist(&self) -> bool {
        [&self.h5, &self.csv, &self.meta]
            .iter()
            .all(|path| path.exists())
    }
}

/// Makes the folder of a file when it is missing, and makes sure that files can be created in it.
pub(crate) fn check_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    if !folder.as_os_str().is_empty() {
        fs::create_dir_all(folder)?;
    }
    dlc_io::atomic::AtomicFile::create(path)
        .map(drop)
        .map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_after_video_and_scorer() {
        let paths = OutputPaths::new(Path::new("a.b/clip.v2.mp4"), "DLC_x", None);

        assert_eq!(paths.h5, Path::new("a.b/clip.v2DLC_x.h5"));
        assert_eq!(paths.meta, Path::new("a.b/clip.v2DLC_x_meta.pickle"));
    }
}
