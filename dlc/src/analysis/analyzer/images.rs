use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs, io,
    num::NonZeroUsize,
    ops::ControlFlow,
    path::{Component, Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use dlc_infer::EstimatePoseError;
use dlc_io::{
    ImagePredictions,
    atomic::{self, AtomicFile, WriteFileError},
    csv, h5,
    images::{self, Convention, ReadImageError},
    metadata::ImageMetadata,
    pickle,
    provenance::{Difference, Provenance},
};
use dlc_model::{
    ConfigFieldError, Crop, CropError, Engine, Frame, FrameSource, PoseTable, ReadFrameError,
    VideoInfo,
};

use super::{
    Analyzer, mean_likelihood, precision,
    provenance::{Choices, images_input},
    seconds_since_1970,
};
use crate::analysis::{
    BatchSizeError, PoseMemoryError, PoseWarning, Progress, ResultDiffersError,
    batches::{self, Plan, RunError},
    outputs::{appended, check_folder_of, check_kinds},
};

/// What the analysis of pictures did.
#[derive(Debug)]
#[non_exhaustive]
pub struct ImageReport {
    /// The scorer name that the files carry.
    pub scorer: String,
    /// The poses, as pandas reads them.
    pub h5: PathBuf,
    /// The same as text.
    pub csv: PathBuf,
    /// How they were made; a TensorFlow model's analysis has that.
    pub meta: Option<PathBuf>,
    /// Whether the files were there already, made of the same pictures and with the same options, and
    /// nothing was done. The numbers below are then those of the files.
    pub already_analyzed: bool,
    /// Whether the files that were there have no record of how they were made: they are DeepLabCut's
    /// own, or of a version of this crate without records.
    pub without_record: bool,
    /// Pictures: the rows of the files.
    pub image_count: usize,
    /// Why pictures could not be read: their rows are NaN.
    pub unreadable: Vec<ReadImageError>,
    /// The mean likelihood over all body parts and pictures that could be read.
    pub mean_likelihood: f64,
    /// The device that the network ran on.
    pub device: String,
    /// How long reading, predicting and writing took.
    pub duration: Duration,
}

impl ImageReport {
    /// Returns what somebody should look at before the poses are used.
    pub fn warnings(&self) -> Vec<PoseWarning> {
        PoseWarning::of(self.mean_likelihood)
    }
}

/// The names of the files of an analysis.
#[derive(Clone)]
struct Outputs {
    h5: PathBuf,
    csv: PathBuf,
    meta: Option<PathBuf>,
}

impl Analyzer<'_> {
    /// Estimates the poses in pictures and writes the results: what DeepLabCut's
    /// `analyze_time_lapse_frames` (TensorFlow) and `analyze_images` (PyTorch) write.
    ///
    /// `images` are files and folders; of a folder, those files count whose names end as
    /// [`image_type`](crate::AnalyzeOptions::image_type) says, sorted by name. They may be of several
    /// sizes. All go into one `.h5` and one `.csv` in the folder of the first picture, or in the
    /// destination of the options:
    ///
    /// | engine | files | rows |
    /// |---|---|---|
    /// | TensorFlow | `{folder}{scorer}.h5`, `.csv`, `_meta.pickle` | names of files (paths, if they lie in several folders) |
    /// | PyTorch | `image_predictions_{scorer}.h5`, `.csv` | paths, as they were named |
    ///
    /// The crop of `config.yaml` holds for TensorFlow models alone, as in DeepLabCut; that of the
    /// options for both. Pictures do not follow each other, so there is no dynamic cropping.
    ///
    /// DIFFERENCE: pictures of several sizes are analysed, and one that cannot be read is a row of
    /// NaN and stands in the report; DeepLabCut's TensorFlow engine stops at either. Rows are sorted;
    /// DeepLabCut's PyTorch engine takes a folder in the order in which the disk lists it. Results
    /// that are there already are kept, unless the options say otherwise; DeepLabCut's PyTorch
    /// engine replaces them. A picture that is named twice is analysed once.
    ///
    /// # Errors
    ///
    /// Returns an error when a box is to follow the animal, when there are no pictures, when there are
    /// results of others or with other options, when the crop does not lie in one, when the
    /// network fails, or when a result cannot be written. Then none of the results is there.
    pub fn analyze_images<P: AsRef<Path>>(
        &mut self,
        images: impl IntoIterator<Item = P>,
    ) -> Result<ImageReport, AnalyzeImagesError> {
        let (start, clock) = (seconds_since_1970(), Instant::now());
        if self.options.top_down_dynamic.is_some() {
            return Err(AnalyzeImagesError::Follows);
        }
        let paths = self.image_paths(images)?;
        let images = row_names(self.model.engine(), &paths)?;
        let scorer = self.model.scorer();
        let outputs = self.image_outputs(&paths, &scorer);
        let record = self.image_provenance(&paths)?;
        if let Some(report) = self.existing_images(&paths, &images, &outputs, &record)? {
            return Ok(report);
        }
        check_kinds(&outputs.h5, &outputs.csv, outputs.meta.as_ref())?;
        check_folder_of(&outputs.h5).map_err(|source| AnalyzeImagesError::Destination {
            folder: outputs.h5.parent().unwrap_or(Path::new("")).to_owned(),
            source,
        })?;
        let mut work = ImageWork::sort(&paths, convention(self.model.engine()));
        let poses = self.estimate_images(&paths, &mut work, clock)?;
        let predictions = ImagePredictions {
            precision: precision(self.model.engine(), &poses),
            individual: self.model.individual(),
            images,
            scorer,
            poses,
        };
        let metadata = self.image_metadata(&predictions, &work, start, clock)?;
        write(&outputs, &predictions, metadata.as_ref(), record)?;
        Ok(ImageReport {
            duration: clock.elapsed(),
            ..self.image_report(outputs, &predictions.poses, work.unreadable)
        })
    }

    /// Returns the record of the analysis of pictures. Those that are not there are not in it.
    fn image_provenance(&self, paths: &[PathBuf]) -> Result<Provenance, AnalyzeImagesError> {
        let folder = paths[0].parent().unwrap_or(Path::new(""));
        let images = images_input(folder, paths);
        let images = images.map_err(|source| AnalyzeImagesError::Fingerprint {
            folder: folder.into(),
            source,
        })?;
        let record = self.provenance(&Choices {
            crop: self.image_crop(),
            batch_size: self.image_batch_size(),
            num_outputs: self.image_num_outputs.get(),
        });
        let record = record.with_setting("image_count", paths.len());
        Ok(record.with_input("images", images))
    }

    /// Returns what is known of results that are there, and are those that are asked for.
    fn existing_images(
        &self,
        paths: &[PathBuf],
        images: &[String],
        outputs: &Outputs,
        record: &Provenance,
    ) -> Result<Option<ImageReport>, AnalyzeImagesError> {
        if self.options.overwrite || !outputs.h5.exists() {
            return Ok(None);
        }
        let recorded = record.differences_of(&outputs.h5);
        let without_record = recorded.is_none();
        ResultDiffersError::check(&outputs.h5, recorded.unwrap_or_default())?;
        let found = h5::read_images(&outputs.h5)
            .map_err(|error| ResultDiffersError::unreadable(&outputs.h5, "poses", &error))?;
        if without_record && found.images != images {
            let count = |images: usize| format!("{images} pictures");
            let (there, here) = (found.images.len(), images.len());
            let differences = match there == here {
                true => Difference::new("images", "others", count(here)),
                false => Difference::new("images", count(there), count(here)),
            };
            return Err(ResultDiffersError::new(&outputs.h5, vec![differences]).into());
        }
        let unreadable = ImageWork::sort(paths, convention(self.model.engine())).unreadable;
        Ok(Some(ImageReport {
            already_analyzed: true,
            without_record,
            ..self.image_report(outputs.clone(), &found.poses, unreadable)
        }))
    }

    fn image_paths<P: AsRef<Path>>(
        &self,
        images: impl IntoIterator<Item = P>,
    ) -> Result<Vec<PathBuf>, AnalyzeImagesError> {
        let endings: Vec<&str> = match (&self.options.image_type, self.model.engine()) {
            (Some(ending), _) => vec![ending],
            (None, Engine::TensorFlow) => vec![".png"],
            (None, Engine::PyTorch) => vec![".png", ".jpg", ".jpeg"],
        };
        let mut paths = Vec::new();
        for path in images {
            let path = path.as_ref();
            if path.is_dir() {
                let in_folder = images::in_folder(path, &endings);
                paths.extend(in_folder.map_err(|source| AnalyzeImagesError::Folder {
                    folder: path.to_owned(),
                    source,
                })?);
            } else {
                paths.push(path.to_owned());
            }
        }
        if paths.is_empty() {
            let endings = endings.into_iter().map(String::from).collect();
            return Err(AnalyzeImagesError::NoImages { endings });
        }
        // A picture that is named twice, perhaps by its folder, is one row.
        let mut seen = BTreeSet::new();
        paths.retain(|path| seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.clone())));
        Ok(paths)
    }

    fn image_outputs(&self, paths: &[PathBuf], scorer: &str) -> Outputs {
        let of_images = paths[0].parent().unwrap_or(Path::new(""));
        let folder = self.options.destination.as_deref().unwrap_or(of_images);
        let path = |name: String| folder.join(name);
        match self.model.engine() {
            Engine::TensorFlow => {
                // The folder's own name, also where it is called `.`.
                let absolute = std::path::absolute(of_images).unwrap_or_else(|_| of_images.into());
                let stem = absolute.file_stem().unwrap_or_default();
                let path = |ending| folder.join(appended(stem, &[scorer, ending]));
                Outputs {
                    h5: path(".h5"),
                    csv: path(".csv"),
                    meta: Some(path("_meta.pickle")),
                }
            }
            Engine::PyTorch => Outputs {
                h5: path(format!("image_predictions_{scorer}.h5")),
                csv: path(format!("image_predictions_{scorer}.csv")),
                meta: None,
            },
        }
    }

    /// Estimates the poses in all pictures that can be read, those of one size after the other.
    fn estimate_images(
        &mut self,
        paths: &[PathBuf],
        work: &mut ImageWork,
        clock: Instant,
    ) -> Result<PoseTable, AnalyzeImagesError> {
        let bodyparts = self.estimator.bodyparts().clone();
        let num_outputs = self.image_num_outputs;
        let mut poses = PoseTable::with_outputs(bodyparts, num_outputs.get());
        let folder = paths[0].parent().unwrap_or(Path::new(""));
        let mut done_before = 0;
        for (size, indices) in &work.runs {
            let [width, height] = *size;
            let crop = self.image_crop().map(|crop| crop.fit(width, height));
            let crop = crop
                .transpose()
                .map_err(|source| AnalyzeImagesError::Crop {
                    image: paths[indices[0]].clone(),
                    source,
                })?;
            let plan = Plan {
                frames_at_once: self.image_batch_size(),
                num_outputs,
                statistics: self.options.estimator.statistics,
                crop: crop.unwrap_or(Crop::full(width, height)),
                dynamic: None,
                frame_count: indices.len(),
            };
            let failures = Arc::default();
            let source = ImageRun {
                paths: indices.iter().map(|&index| paths[index].clone()).collect(),
                size: *size,
                convention: convention(self.model.engine()),
                next: 0,
                failures: Arc::clone(&failures),
            };
            let on_progress = &mut self.options.on_progress;
            let run = batches::run(Box::new(source), &mut self.estimator, plan, |done| {
                if let Some(on_progress) = on_progress {
                    on_progress(Progress {
                        video: folder,
                        frames_done: done_before + done,
                        frame_count: paths.len(),
                        elapsed: clock.elapsed(),
                    });
                }
                ControlFlow::Continue(())
            })?;
            for (&index, row) in indices.iter().zip(run.rows()) {
                poses.set(index, row);
            }
            done_before += indices.len();
            let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
            work.unreadable.append(&mut failures);
        }
        poses.extend_to(paths.len());
        Ok(poses)
    }

    /// Estimates the poses in pictures as they are, one by one: no crop, one keypoint of each body part.
    pub(crate) fn poses_in_images(
        &mut self,
        paths: &[PathBuf],
    ) -> Result<(PoseTable, Vec<ReadImageError>), AnalyzeImagesError> {
        (self.crop, self.options.crop) = (None, None);
        (self.batch_size, self.options.batch_size) = (1, Some(1));
        self.image_num_outputs = NonZeroUsize::MIN;
        let mut work = ImageWork::sort(paths, convention(self.model.engine()));
        let poses = self.estimate_images(paths, &mut work, Instant::now())?;
        Ok((poses, work.unreadable))
    }

    fn image_crop(&self) -> Option<Crop> {
        match self.model.engine() {
            Engine::TensorFlow => self.crop,
            Engine::PyTorch => self.options.crop,
        }
    }

    fn image_batch_size(&self) -> usize {
        match self.model.engine() {
            Engine::TensorFlow => self.batch_size,
            Engine::PyTorch => self.options.batch_size.unwrap_or(1).max(1),
        }
    }

    /// Returns the content of `_meta.pickle`, which a TensorFlow model's analysis has.
    fn image_metadata(
        &self,
        predictions: &ImagePredictions,
        work: &ImageWork,
        start_secs: f64,
        clock: Instant,
    ) -> Result<Option<pickle::Value>, ConfigFieldError> {
        if self.model.engine() == Engine::PyTorch {
            return Ok(None);
        }
        let num_outputs = self.image_num_outputs.get();
        let config = self.model.stored_config(self.batch_size, num_outputs)?;
        let [width, height] = work.runs.first().map_or([0, 0], |(size, _)| *size);
        let crop = self.image_crop();
        let metadata = ImageMetadata {
            start_secs,
            stop_secs: start_secs + clock.elapsed().as_secs_f64(),
            scorer: &predictions.scorer,
            config: &config,
            batch_size: self.batch_size,
            num_outputs,
            image_count: predictions.images.len(),
            crop,
            analyzed: crop.unwrap_or(Crop::full(width, height)),
        };
        Ok(Some(metadata.to_pickle()))
    }

    /// Reports an analysis, as done now and in no time.
    fn image_report(
        &self,
        outputs: Outputs,
        poses: &PoseTable,
        unreadable: Vec<ReadImageError>,
    ) -> ImageReport {
        ImageReport {
            scorer: self.model.scorer(),
            h5: outputs.h5,
            csv: outputs.csv,
            meta: outputs.meta,
            already_analyzed: false,
            without_record: false,
            image_count: poses.len(),
            unreadable,
            mean_likelihood: mean_likelihood(poses),
            device: self.estimator.device().to_owned(),
            duration: Duration::ZERO,
        }
    }
}

/// Returns how an engine of DeepLabCut reads pictures.
fn convention(engine: Engine) -> Convention {
    match engine {
        Engine::TensorFlow => Convention::ScikitImage,
        Engine::PyTorch => Convention::OpenCv,
    }
}

/// Returns what the rows are called: texts that lead to the pictures again.
fn row_names(engine: Engine, paths: &[PathBuf]) -> Result<Vec<String>, AnalyzeImagesError> {
    let one_folder = paths.iter().all(|path| path.parent() == paths[0].parent());
    let name = |path: &PathBuf| {
        let name = match (engine, path.file_name()) {
            (Engine::TensorFlow, Some(name)) if one_folder => name.to_owned(),
            _ => as_python_prints(path),
        };
        let odd = |_| AnalyzeImagesError::Name {
            image: path.clone(),
        };
        name.into_string().map_err(odd)
    };
    paths.iter().map(name).collect()
}

/// Returns a path without `.` and doubled separators, as Python's `Path` has it.
fn as_python_prints(path: &Path) -> OsString {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    parts.collect::<PathBuf>().into_os_string()
}

/// What there is to do: pictures of one size that follow each other, and those that cannot be read.
struct ImageWork {
    runs: Vec<([usize; 2], Vec<usize>)>,
    unreadable: Vec<ReadImageError>,
}

impl ImageWork {
    fn sort(paths: &[PathBuf], convention: Convention) -> Self {
        let mut work = Self {
            runs: Vec::new(),
            unreadable: Vec::new(),
        };
        for (index, path) in paths.iter().enumerate() {
            match (images::size(path, convention), work.runs.last_mut()) {
                (Ok(size), Some((last, indices))) if *last == size => indices.push(index),
                (Ok(size), _) => work.runs.push((size, vec![index])),
                (Err(error), _) => work.unreadable.push(error),
            }
        }
        work
    }
}

/// Pictures of one size, as a video.
struct ImageRun {
    paths: Vec<PathBuf>,
    size: [usize; 2],
    convention: Convention,
    next: usize,
    /// Why a picture is missing.
    failures: Arc<Mutex<Vec<ReadImageError>>>,
}

impl FrameSource for ImageRun {
    fn info(&self) -> VideoInfo {
        VideoInfo {
            width: self.size[0],
            height: self.size[1],
            fps: f64::NAN,
            frame_count: self.paths.len(),
        }
    }

    fn next_frame(&mut self) -> Result<Option<Frame<'static>>, ReadFrameError> {
        while let Some(path) = self.paths.get(self.next) {
            let index = self.next;
            self.next += 1;
            match images::read(path, self.convention) {
                Ok(frame) => return self.numbered(index, frame).map(Some),
                Err(error) => {
                    let failures = self.failures.lock();
                    failures.unwrap_or_else(PoisonError::into_inner).push(error);
                }
            }
        }
        Ok(None)
    }
}

impl ImageRun {
    /// Returns a frame with its place; its size was told by its header.
    fn numbered(&self, index: usize, frame: Frame<'_>) -> Result<Frame<'static>, ReadFrameError> {
        let [width, height] = self.size;
        Frame::new(index, width, height, frame.pixels().to_vec()).map_err(|source| ReadFrameError {
            index,
            source: source.into(),
        })
    }
}

/// Writes all files and then gives them their names, the `.h5` last.
fn write(
    outputs: &Outputs,
    predictions: &ImagePredictions,
    metadata: Option<&pickle::Value>,
    record: Provenance,
) -> Result<(), WriteFileError> {
    let mut files = atomic::Batch::new();
    if let (Some(path), Some(metadata)) = (&outputs.meta, metadata) {
        files.stage(path, |file| {
            let bytes = pickle::write(metadata).map_err(io::Error::other)?;
            io::Write::write_all(file, &bytes)
        })?;
    }
    files.stage(&outputs.csv, |file: &mut AtomicFile| {
        csv::write_images(file, predictions)
    })?;
    files.stage(&outputs.h5, |file: &mut AtomicFile| {
        h5::write_images(file, predictions)
    })?;
    record.stage(&mut files, &outputs.h5)?;
    files.commit()
}

/// An error returned when pictures could not be analysed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnalyzeImagesError {
    /// There are no pictures.
    #[error("there are no pictures to analyse: no name ends in {}", endings.join(" or "))]
    NoImages {
        /// How their names would end.
        endings: Vec<String>,
    },
    /// The name of a picture, which the files hold as text, is not Unicode.
    #[error("the name of a picture must be Unicode, found {image:?}")]
    Name {
        /// The picture.
        image: PathBuf,
    },
    /// A box is to follow the animal from picture to picture.
    #[error(
        "pictures do not follow each other: boxes come from the detector, and none follows the animal"
    )]
    Follows,
    /// A folder cannot be read.
    #[error("could not list the pictures in {}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The pictures cannot be compared with those of the results.
    #[error("could not read the pictures in {}", folder.display())]
    Fingerprint {
        /// The folder of the first one.
        folder: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// There are results that were made otherwise.
    #[error(transparent)]
    Differs(#[from] ResultDiffersError),
    /// The crop does not lie in a picture.
    #[error("could not crop {}", image.display())]
    Crop {
        /// The picture.
        image: PathBuf,
        /// The reason.
        source: CropError,
    },
    /// A picture has another size than its header said.
    #[error(transparent)]
    Read(ReadFrameError),
    /// The network failed.
    #[error(transparent)]
    Estimate(EstimatePoseError),
    /// A batch would take too much memory, and poses depend on its size.
    #[error(transparent)]
    Batch(BatchSizeError),
    /// The poses would take more memory than there is.
    #[error(transparent)]
    Memory(PoseMemoryError),
    /// The folder of the results cannot be written to.
    #[error("could not write into {}", folder.display())]
    Destination {
        /// The folder.
        folder: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A result cannot be written.
    #[error(transparent)]
    Write(#[from] WriteFileError),
    /// The configuration of the model cannot be stored.
    #[error(transparent)]
    Config(#[from] ConfigFieldError),
}

impl From<RunError> for AnalyzeImagesError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Read(error) => Self::Read(error),
            RunError::Estimate(error) => Self::Estimate(error),
            RunError::Batch(error) => Self::Batch(error),
            RunError::Memory(error) => Self::Memory(error),
            RunError::Stopped => unreachable!("an analysis of pictures is not stopped"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_called_as_each_engine_calls_them() {
        let paths = |names: &[&str]| -> Vec<PathBuf> { names.iter().map(PathBuf::from).collect() };
        let one = paths(&["./in//a.png", "in/b.png"]);
        let two = paths(&["in/a.png", "out/a.png"]);

        let row_names = |engine, paths: &[PathBuf]| row_names(engine, paths).unwrap();
        assert_eq!(row_names(Engine::PyTorch, &one), ["in/a.png", "in/b.png"]);
        assert_eq!(
            row_names(Engine::TensorFlow, &two),
            ["in/a.png", "out/a.png"]
        );
        let same = paths(&["in/a.png", "in/b.png"]);
        assert_eq!(row_names(Engine::TensorFlow, &same), ["a.png", "b.png"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_row_whose_name_is_no_text_is_refused() {
        use std::os::unix::ffi::OsStrExt;

        let name = |bytes| PathBuf::from(std::ffi::OsStr::from_bytes(bytes));
        let odd = [name(b"in/a\xff.png"), name(b"in/b.png")];
        let odd_folder = [name(b"in\xff/a.png")];

        assert!(row_names(Engine::TensorFlow, &odd).is_err());
        assert!(row_names(Engine::PyTorch, &odd_folder).is_err());
        assert_eq!(
            row_names(Engine::TensorFlow, &odd_folder).unwrap(),
            ["a.png"]
        );
    }
}
