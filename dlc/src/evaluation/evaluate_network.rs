use std::{
    collections::HashSet,
    error::Error,
    fs,
    io::{self, BufReader, Read as _, Write},
    path::{Path, PathBuf},
};

use dlc_io::{
    CollectedData, DataFrame, Labels, Limits, Precision, ReadPosesError, RowNames,
    atomic::{self, AtomicFile, FileKind, OutputGuard, WriteFileError},
    h5,
    images::ReadImageError,
    pickle::{self, Value},
    project::{OpenProjectError, Project, ResolvedModel},
    provenance::{Difference, Input, Provenance},
    regular_file,
};
use dlc_model::{Bodyparts, ConfigFieldError, Engine, Keypoint, PoseTable, Snapshot, Timestamp};

use super::{
    EvaluationErrors,
    errors::round,
    results_csv::{append_tensorflow, field, replace_pytorch},
};
use crate::{
    AnalyzeOptions, Analyzer,
    analysis::{
        AnalyzeImagesError, AnalyzedModel, OpenAnalyzerError, ResultDiffersError,
        analyzer::provenance::{Choices, images_input},
        outputs::check_kinds,
    },
};

/// What the evaluation of a model found.
#[derive(Debug)]
#[non_exhaustive]
pub struct EvaluationReport {
    /// The scorer name.
    pub scorer: String,
    /// The body parts, in the order of the errors.
    pub bodyparts: Bodyparts,
    /// The cut-off that was used.
    pub pcutoff: f64,
    /// In the pictures that the model was trained on.
    pub train: EvaluationErrors,
    /// In the others.
    pub test: EvaluationErrors,
    /// The predictions in all labelled pictures.
    pub h5: PathBuf,
    /// A line for each evaluation of the model.
    pub results_csv: PathBuf,
    /// The same for all models of the iteration.
    pub combined_csv: PathBuf,
    /// Whether predictions were there already, of the same pictures, labels and snapshot: then the
    /// network did not run, and the tables have no line more.
    pub already_evaluated: bool,
    /// When predictions that were there already were made, where that is known.
    pub made_before: Option<Timestamp>,
    /// Why pictures could not be read: they do not count.
    pub unreadable: Vec<ReadImageError>,
}

/// Compares a trained model with what people labelled, as `deeplabcut.evaluate_network`, and writes
/// its files: predictions in all labelled pictures and tables of errors.
///
/// | engine | in the folder of the evaluation | beside it |
/// |---|---|---|
/// | TensorFlow | `{scorer}-{snapshot}.h5`, `{scorer}-results.csv` | `CombinedEvaluation-results.csv` |
/// | PyTorch | `{scorer}.h5`, `{scorer}-results.csv` | the same |
///
/// Pictures are not cropped and go one by one. What was evaluated already is read and not predicted
/// again unless the options say so, as the TensorFlow engine does; what was evaluated otherwise is an
/// error that says what differs. Of `options`, those for the model,
/// the device, and `overwrite` count.
///
/// DIFFERENCE: one snapshot is evaluated, where DeepLabCut takes `snapshotindex: all` for each.
///
/// # Errors
///
/// Returns an error when the model cannot be loaded, when labels, split or pictures cannot be had, or
/// when a result cannot be written. Then no result has changed.
pub fn evaluate_network(
    config: impl AsRef<Path>,
    shuffle: u32,
    trainingset_index: u32,
    options: AnalyzeOptions<'_>,
) -> Result<EvaluationReport, EvaluateNetworkError> {
    let project = Project::open(&config)?;
    let mut analyzer = Analyzer::of_project(&project, shuffle, trainingset_index, options)?;
    analyzer.evaluate(&project)
}

impl Analyzer<'_> {
    fn evaluate(&mut self, project: &Project) -> Result<EvaluationReport, EvaluateNetworkError> {
        let AnalyzedModel::OfProject(model) = self.model().clone() else {
            unreachable!("the model was opened in a project");
        };
        project.config().check(&["scorer", "pcutoff"])?;
        let collected = collected_data(project)?;
        let files = Files::of(project, &model, &self.options().model.modelprefix)?;
        let split = Split::read(&files.documentation, collected.labels.len())?;
        let bodyparts = self.estimator().bodyparts().clone();
        let labels = in_order(&collected.labels, &bodyparts)?;
        let root = project.root();
        let names: Vec<Vec<String>> = collected.images.iter().map(|name| parts(name)).collect();
        let paths = names.iter().map(|parts| {
            let path: PathBuf = parts.iter().collect();
            root.join(path)
        });
        let paths: Vec<PathBuf> = paths.collect();
        let pcutoff = project.config().pcutoff;
        let record = self.evaluation_record(&files, &paths, pcutoff)?;
        let keeps = model.engine == Engine::TensorFlow && !self.options().overwrite;
        if !(keeps && files.h5.is_file()) {
            check_kinds(&files.h5, &files.results_csv, None)?;
            OutputGuard::new().check(&files.combined_csv, FileKind::Csv)?;
        }
        let earlier = match keeps && files.h5.is_file() {
            true => Some(earlier(&files.h5, &record, &bodyparts, &names)?),
            false => None,
        };
        let made_before = earlier.as_ref().map(|_| Provenance::made_of(&files.h5));
        let already_evaluated = earlier.is_some();
        let (poses, unreadable) = match earlier {
            Some(poses) => (poses, Vec::new()),
            None => self.poses_in_images(&paths)?,
        };
        let errors = |rows: &[usize]| EvaluationErrors::of(&labels, &poses, rows, pcutoff);
        let report = EvaluationReport {
            scorer: model.scorer.to_string(),
            bodyparts: poses.bodyparts().clone(),
            pcutoff,
            train: errors(&split.train),
            test: errors(&split.test),
            h5: files.h5,
            results_csv: files.results_csv,
            combined_csv: files.combined_csv,
            already_evaluated,
            made_before: made_before.flatten(),
            unreadable,
        };
        if !already_evaluated {
            write(
                &report,
                &model,
                &data_frame(&report.scorer, &model, names, &poses),
                record,
            )?;
        }
        Ok(report)
    }

    /// Returns the record of an evaluation.
    fn evaluation_record(
        &self,
        files: &Files,
        images: &[PathBuf],
        pcutoff: f64,
    ) -> Result<Provenance, EvaluateNetworkError> {
        let read = || {
            let record = self.provenance(&Choices {
                crop: None,
                batch_size: 1,
                num_outputs: 1,
            });
            Ok(record
                .with_input("labels", Input::of_file(&files.labels)?)
                .with_input("split", Input::of_file(&files.documentation)?)
                .with_input("images", images_input(Path::new("labeled-data"), images)?)
                .with_setting("image_count", images.len())
                .with_setting("pcutoff", pcutoff))
        };
        read().map_err(EvaluateNetworkError::Fingerprint)
    }
}

/// Reads the predictions of an earlier evaluation, when it is the one that is asked for.
fn earlier(
    h5: &Path,
    record: &Provenance,
    bodyparts: &Bodyparts,
    names: &[Vec<String>],
) -> Result<PoseTable, EvaluateNetworkError> {
    let differences = record.differences_of(h5).unwrap_or_default();
    ResultDiffersError::check(h5, differences)?;
    predictions(h5, bodyparts, names)
}

/// Where the files of an evaluation lie.
struct Files {
    labels: PathBuf,
    documentation: PathBuf,
    h5: PathBuf,
    results_csv: PathBuf,
    combined_csv: PathBuf,
}

impl Files {
    fn of(
        project: &Project,
        model: &ResolvedModel,
        modelprefix: &str,
    ) -> Result<Self, EvaluateNetworkError> {
        let (fraction, shuffle) = (model.training_fraction, model.key.shuffle);
        let found = project
            .evaluation_folder(model.engine, fraction, shuffle, modelprefix)
            .zip(project.documentation_file(fraction, shuffle));
        let (folder, documentation) = found.ok_or(EvaluateNetworkError::NoIteration)?;
        let folder = project.root().join(folder);
        let scorer = &model.scorer;
        let h5 = match model.engine {
            Engine::TensorFlow => format!("{scorer}-{}.h5", model.snapshot.file_stem()),
            Engine::PyTorch => format!("{scorer}.h5"),
        };
        let above = folder.parent().unwrap_or(Path::new(""));
        Ok(Self {
            labels: labels_path(project)?,
            documentation: project.root().join(documentation),
            combined_csv: above.join("CombinedEvaluation-results.csv"),
            h5: folder.join(h5),
            results_csv: folder.join(format!("{scorer}-results.csv")),
        })
    }
}

fn collected_data(project: &Project) -> Result<CollectedData, EvaluateNetworkError> {
    let file = h5::Reader::new(labels_path(project)?);
    Ok(file
        .with_scorer(&project.config().scorer)
        .collected_data()?)
}

fn labels_path(project: &Project) -> Result<PathBuf, EvaluateNetworkError> {
    let folder = project.training_set_folder();
    let folder = folder.ok_or(EvaluateNetworkError::NoIteration)?;
    let name = format!("CollectedData_{}.h5", project.config().scorer);
    Ok(project.root().join(folder).join(name))
}

/// Reads a table of DeepLabCut's, which is small.
fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let most = Limits::default().max_file_bytes;
    regular_file::open(path)?
        .take(most)
        .read_to_string(&mut text)?;
    Ok(text)
}

/// Returns the labels of one animal in the order of a model's body parts; those that nobody labelled
/// are missing.
fn in_order(labels: &Labels, bodyparts: &Bodyparts) -> Result<PoseTable, EvaluateNetworkError> {
    let [(_, labels)] = labels.tables()[..] else {
        return Err(EvaluateNetworkError::SeveralAnimals);
    };
    Ok(reordered(labels, bodyparts))
}

fn reordered(poses: &PoseTable, bodyparts: &Bodyparts) -> PoseTable {
    let places: Vec<Option<usize>> = bodyparts
        .iter()
        .map(|part| Some(poses.bodyparts().position(part.as_str())? * poses.num_outputs()))
        .collect();
    let mut ordered = PoseTable::new(bodyparts.clone());
    for (row, keypoints) in poses.rows().enumerate() {
        let keypoint = |place: &Option<usize>| place.map_or(Keypoint::MISSING, |at| keypoints[at]);
        ordered.set(row, &places.iter().map(keypoint).collect::<Vec<_>>());
    }
    ordered
}

/// Reads the predictions of an earlier evaluation.
fn predictions(
    path: &Path,
    bodyparts: &Bodyparts,
    names: &[Vec<String>],
) -> Result<PoseTable, EvaluateNetworkError> {
    let found = h5::Reader::new(path).images()?;
    if found.images.len() != names.len() {
        return Err(EvaluateNetworkError::Rows {
            path: path.into(),
            expected: names.len(),
            found: found.images.len(),
        });
    }
    let other = found.images.iter().zip(names);
    if let Some((there, here)) = other
        .into_iter()
        .find(|(there, here)| parts(there) != **here)
    {
        let differences = vec![Difference::new("images", there, here.join("/"))];
        return Err(ResultDiffersError::new(path, differences).into());
    }
    Ok(reordered(&found.poses, bodyparts))
}

/// Which rows of the labels trained a model, and which did not.
#[derive(Debug, PartialEq)]
struct Split {
    train: Vec<usize>,
    test: Vec<usize>,
}

impl Split {
    fn read(path: &Path, rows: usize) -> Result<Self, EvaluateNetworkError> {
        let read = || -> Result<Self, Box<dyn Error + Send + Sync>> {
            let file = BufReader::new(regular_file::open(path)?);
            Self::of(&pickle::read(file, &Limits::default())?, rows)
        };
        read().map_err(|source| EvaluateNetworkError::Split {
            path: path.into(),
            source,
        })
    }

    /// Takes it from `[data, trainIndices, testIndices, trainFraction]`.
    fn of(documentation: &Value, rows: usize) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let [_, train, test, _] = documentation.as_slice().unwrap_or_default() else {
            let found = documentation.kind();
            return Err(format!("expected a list of 4, found {found}").into());
        };
        let indices = |value: &Value, name: &str| {
            let indices = indices(value).ok_or_else(|| format!("{name}: expected indices"))?;
            // DeepLabCut fills up a train set with -1.
            let indices: Vec<usize> = indices
                .into_iter()
                .filter_map(|i| i.try_into().ok())
                .collect();
            match indices.iter().find(|index| **index >= rows) {
                Some(index) => Err(format!(
                    "{name}: no row {index} among {rows} labelled pictures"
                )),
                None => Ok(indices),
            }
        };
        let (train, test) = (
            indices(train, "trainIndices")?,
            indices(test, "testIndices")?,
        );
        Ok(Self { train, test })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "whole numbers, as checked")]
fn indices(value: &Value) -> Option<Vec<i64>> {
    if let Some(array) = value.as_array() {
        let numbers = array.to_f64()?;
        let whole = numbers.iter().all(|number| number.fract() == 0.0);
        return whole.then(|| numbers.iter().map(|number| *number as i64).collect());
    }
    value.as_slice()?.iter().map(Value::as_i64).collect()
}

/// Returns the folders and the file of a picture, whatever separates them.
fn parts(name: &str) -> Vec<String> {
    let parts = name
        .split(['/', '\\'])
        .filter(|part| !part.is_empty() && *part != "..");
    parts.map(String::from).collect()
}

fn data_frame(
    scorer: &str,
    model: &ResolvedModel,
    names: Vec<Vec<String>>,
    poses: &PoseTable,
) -> DataFrame {
    let level = |name: &str| Some(name.to_owned());
    let with_individuals = model.engine == Engine::PyTorch;
    let mut levels = vec![level("scorer"), level("bodyparts"), level("coords")];
    if with_individuals {
        levels.insert(1, level("individuals"));
    }
    let individual = model.config_value.at(&["metadata", "individuals"]);
    let individual = individual.and_then(|list| list.as_list()?.first()?.as_str());
    let columns = poses.bodyparts().iter().flat_map(|part| {
        ["x", "y", "likelihood"].map(|coord| {
            let mut column = vec![scorer.to_owned(), part.to_string(), coord.to_owned()];
            if with_individuals {
                column.insert(1, individual.unwrap_or("individual_1").to_owned());
            }
            column
        })
    });
    let unique: HashSet<usize> = names.iter().map(Vec::len).collect();
    let rows = match unique.len() {
        1 => RowNames::Paths(names),
        _ => RowNames::Texts(names.iter().map(|parts| parts.join("/")).collect()),
    };
    let values = poses
        .rows()
        .flatten()
        .flat_map(|k| [k.x, k.y, k.likelihood]);
    let precision = match model.engine {
        Engine::TensorFlow => Precision::F64,
        Engine::PyTorch => Precision::F32,
    };
    let frame = DataFrame::new(levels, columns.collect(), rows, precision, values.collect());
    frame.expect("a row for each picture, three numbers for each body part")
}

/// Writes all files, and then gives them their names, the `.h5` last.
fn write(
    report: &EvaluationReport,
    model: &ResolvedModel,
    frame: &DataFrame,
    record: Provenance,
) -> Result<(), EvaluateNetworkError> {
    let folder = report.h5.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder).map_err(|source| EvaluateNetworkError::Folder {
        folder: folder.into(),
        source,
    })?;
    let fields = fields(report, model);
    let table = |path: &Path, is_combined: bool| {
        let old = match read_text(path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(table_error(path, error)),
        };
        let text = match model.engine {
            Engine::TensorFlow => append_tensorflow(old.as_deref(), &fields),
            Engine::PyTorch if is_combined => replace_pytorch(old.as_deref(), &fields),
            Engine::PyTorch => replace_pytorch(None, &fields),
        };
        text.map_err(|error| table_error(path, error))
    };
    let results = table(&report.results_csv, false)?;
    let combined = table(&report.combined_csv, true)?;
    let mut files = atomic::Batch::new();
    files.stage(&report.results_csv, |file| {
        file.write_all(results.as_bytes())
    })?;
    files.stage(&report.combined_csv, |file| {
        file.write_all(combined.as_bytes())
    })?;
    files.stage(&report.h5, |file: &mut AtomicFile| {
        h5::write_data_frame(file, frame)
    })?;
    record.stage(&mut files, &report.h5)?;
    Ok(files.commit()?)
}

fn table_error(
    path: &Path,
    source: impl Into<Box<dyn Error + Send + Sync>>,
) -> EvaluateNetworkError {
    EvaluateNetworkError::Table {
        path: path.into(),
        source: source.into(),
    }
}

/// Returns the fields of a line of the tables.
fn fields(report: &EvaluationReport, model: &ResolvedModel) -> Vec<String> {
    let percent = model.training_fraction.percent().to_string();
    let shuffle = model.key.shuffle.to_string();
    let rounded = |number: f64| field(round(number));
    let steps = |snapshot: Snapshot| snapshot.training_steps().to_string();
    let pcutoff = field(report.pcutoff);
    let (train, test) = (&report.train, &report.test);
    match model.engine {
        Engine::TensorFlow => vec![
            steps(model.snapshot),
            percent,
            shuffle,
            rounded(train.rmse),
            rounded(test.rmse),
            pcutoff,
            rounded(train.rmse_pcutoff),
            rounded(test.rmse_pcutoff),
        ],
        Engine::PyTorch => {
            let detector = model.detector.as_ref();
            let detector = detector.map_or("-1".into(), |file| steps(file.snapshot));
            let fraction = field(model.training_fraction.get());
            let mut fields = vec![fraction, shuffle, steps(model.snapshot), detector, pcutoff];
            for errors in [train, test] {
                fields.extend([
                    rounded(errors.rmse),
                    rounded(errors.rmse_pcutoff),
                    rounded(errors.mean_average_precision),
                    rounded(errors.mean_average_recall),
                ]);
            }
            fields
        }
    }
}

/// An error returned when [`evaluate_network`] fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateNetworkError {
    /// The project cannot be read.
    #[error(transparent)]
    Project(#[from] OpenProjectError),
    /// The model cannot be made ready.
    #[error(transparent)]
    Open(#[from] OpenAnalyzerError),
    /// A field of `config.yaml` is wrong.
    #[error("cannot use config.yaml")]
    Config(#[from] ConfigFieldError),
    /// `config.yaml` has no `iteration`.
    #[error("no `iteration` in config.yaml: the folder of the training data is not known")]
    NoIteration,
    /// Labels or earlier predictions cannot be read.
    #[error(transparent)]
    Poses(#[from] ReadPosesError),
    /// The labels are those of several animals.
    #[error("the labels are of several animals: expected one")]
    SeveralAnimals,
    /// Labels or pictures cannot be compared with those of an earlier evaluation.
    #[error("could not read labels or labelled pictures")]
    Fingerprint(#[source] io::Error),
    /// An earlier evaluation was another one.
    #[error(transparent)]
    Differs(#[from] ResultDiffersError),
    /// An earlier evaluation was of other pictures.
    #[error("{}: expected a row for each of {expected} labelled pictures, found {found}", path.display())]
    Rows {
        /// The file with its predictions.
        path: PathBuf,
        /// The number of labelled pictures.
        expected: usize,
        /// The number of rows.
        found: usize,
    },
    /// Which pictures trained the model cannot be read.
    #[error("could not read which pictures train and test from {}", path.display())]
    Split {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The pictures cannot be analysed.
    #[error(transparent)]
    Images(#[from] AnalyzeImagesError),
    /// The folder of the results cannot be made.
    #[error("could not make the folder {}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A table of earlier evaluations cannot be read.
    #[error("could not add a line to {}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A result cannot be written.
    #[error(transparent)]
    Write(#[from] WriteFileError),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ints(numbers: &[i64]) -> Value {
        Value::List(numbers.iter().map(|number| Value::Int(*number)).collect())
    }

    #[test]
    fn the_split_is_read_and_checked() {
        let documentation = |train: &[i64], test: &[i64]| {
            Value::List(vec![
                Value::None,
                ints(train),
                ints(test),
                Value::Float(0.8),
            ])
        };

        let split = Split::of(&documentation(&[0, 3, -1], &[1]), 4).unwrap();
        assert_eq!((split.train, split.test), (vec![0, 3], vec![1]));
        let error = Split::of(&documentation(&[0], &[4]), 4)
            .unwrap_err()
            .to_string();
        assert_eq!(error, "testIndices: no row 4 among 4 labelled pictures");
        assert!(Split::of(&Value::None, 4).is_err());
        assert!(Split::of(&Value::List(vec![Value::None; 4]), 4).is_err());
    }

    #[test]
    fn names_of_pictures_stay_inside_the_project() {
        assert_eq!(
            parts(r"labeled-data\m4s1\img0.png"),
            ["labeled-data", "m4s1", "img0.png"]
        );
        assert_eq!(parts("/../a/../b.png"), ["a", "b.png"]);
    }
}
