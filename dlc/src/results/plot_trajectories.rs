use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use dlc_io::{
    atomic::WriteFileError,
    color::ParseColormapError,
    plots::{self, Figure, PlotOptions},
};
use dlc_model::{Bodypart, ConfigFieldError, FrameTimes, OptionError, PoseTable};

use crate::{
    Results,
    results::{FindResultsError, ReadResultsError},
};

/// How trajectories are plotted, under DeepLabCut's names.
#[derive(Clone, Debug, PartialEq)]
pub struct PlotTrajectoriesOptions {
    /// Whether the filtered poses are plotted.
    pub filtered: bool,
    /// Keypoints with a likelihood below this are left out; `None` is what `config.yaml` says.
    pub pcutoff: Option<f64>,
    /// The body parts that are plotted, or `None` for all.
    pub displayedbodyparts: Option<Vec<Bodypart>>,
    /// What the files are.
    pub imagetype: ImageType,
    /// Px an inch of a PNG, 10 to 1000.
    pub resolution: f32,
    /// The width of lines, in points of 1/72 inch.
    pub linewidth: f64,
}

impl Default for PlotTrajectoriesOptions {
    fn default() -> Self {
        Self {
            filtered: false,
            pcutoff: None,
            displayedbodyparts: None,
            imagetype: ImageType::Png,
            resolution: 100.0,
            linewidth: 1.0,
        }
    }
}

/// What kind of files plots become.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ImageType {
    /// `.png`.
    #[default]
    Png,
    /// `.svg`.
    Svg,
}

impl ImageType {
    const fn ending(self) -> &'static str {
        match self {
            Self::Png => ".png",
            Self::Svg => ".svg",
        }
    }
}

/// The fields of `config.yaml` that plots need.
pub(crate) const PLOT_FIELDS: [&str; 2] = ["alphavalue", "colormap"];

impl PlotTrajectoriesOptions {
    /// Checks what can be known to mean nothing without a video.
    ///
    /// # Errors
    ///
    /// Returns an error when a number is out of its range.
    pub fn check(&self) -> Result<(), OptionError> {
        let likelihood = |pcutoff| OptionError::likelihood("pcutoff", pcutoff);
        self.pcutoff.map_or(Ok(()), likelihood)?;
        OptionError::within("resolution", self.resolution.into(), 10.0..=1000.0)
    }
}

impl Results {
    /// Plots the poses in a video, as `deeplabcut.plot_trajectories`, and returns the files.
    ///
    /// They are `trajectory`, `plot`, `plot-likelihood` and `hist` in `plot-poses/{video}`, of
    /// filtered poses with `_filtered` behind. What is there already is replaced, as DeepLabCut does.
    ///
    /// # Errors
    ///
    /// Returns an error when an option cannot mean anything, when the video was not analysed, when
    /// `config.yaml` names an unknown colour map, or when a file cannot be written.
    pub fn plot_trajectories(
        &self,
        video: impl AsRef<Path>,
        options: &PlotTrajectoriesOptions,
    ) -> Result<Vec<PathBuf>, PlotTrajectoriesError> {
        options.check()?;
        let video = video.as_ref();
        self.check(options.pcutoff, &PLOT_FIELDS)?;
        let analyzed = self.analyzed(video, options.filtered)?;
        let poses = analyzed.predictions.poses;
        let figures = self.figures(&poses, options, None)?;
        let stem = video.file_stem().unwrap_or_default();
        let folder = self.folder(video).join("plot-poses").join(stem);
        fs::create_dir_all(&folder).map_err(|source| PlotTrajectoriesError::Folder {
            folder: folder.clone(),
            source,
        })?;
        let suffix = if options.filtered { "_filtered" } else { "" };
        let mut files = self.guard(video, &analyzed.path).batch();
        let mut paths = Vec::new();
        for (name, figure) in figures {
            let path = folder.join(format!("{name}{suffix}{}", options.imagetype.ending()));
            let bytes = match options.imagetype {
                ImageType::Png => figure.png(options.resolution / 100.0),
                ImageType::Svg => figure.svg().into_bytes(),
            };
            files.stage(&path, |file| file.write_all(&bytes))?;
            paths.push(path);
        }
        files.commit()?;
        Ok(paths)
    }

    /// Returns the four plots of a video with the names of their files, over time if times are given.
    pub(crate) fn figures(
        &self,
        poses: &PoseTable,
        options: &PlotTrajectoriesOptions,
        frame_times: Option<FrameTimes>,
    ) -> Result<[(&'static str, Figure); 4], PlotTrajectoriesError> {
        let config = self.project().config();
        let mut plot = PlotOptions::new(
            options.pcutoff.unwrap_or(config.pcutoff),
            config.colormap.parse()?,
            config.alphavalue,
        );
        plot.linewidth = options.linewidth;
        plot.frame_times = frame_times;
        plot.displayed_bodyparts
            .clone_from(&options.displayedbodyparts);
        plot.check(poses.bodyparts())?;
        Ok([
            ("trajectory", plots::trajectory(poses, &plot)),
            ("plot", plots::positions(poses, &plot)),
            ("plot-likelihood", plots::likelihoods(poses, &plot)),
            ("hist", plots::histogram(poses, &plot)),
        ])
    }
}

/// An error returned when [`Results::plot_trajectories`] fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotTrajectoriesError {
    /// The poses in the video cannot be had.
    #[error(transparent)]
    Results(#[from] ReadResultsError),
    /// A field of `config.yaml` is wrong.
    #[error("cannot use config.yaml")]
    Config(#[from] ConfigFieldError),
    /// `config.yaml` names an unknown colour map.
    #[error("invalid `colormap` in config.yaml")]
    Colormap(#[from] ParseColormapError),
    /// An option cannot mean anything.
    #[error(transparent)]
    Option(#[from] OptionError),
    /// The folder of the plots cannot be made.
    #[error("could not make the folder {}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteFileError),
}

impl From<FindResultsError> for PlotTrajectoriesError {
    fn from(error: FindResultsError) -> Self {
        Self::Results(error.into())
    }
}
