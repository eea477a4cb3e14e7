//! The same projects, the same questions, the same answers as DeepLabCut's.
//!
//! `fixtures/project/names.jsonl` is an extract of what `conformance/names.py` wrote with
//! DeepLabCut 3.0.2: each line has the files of a project made at random, and questions with
//! DeepLabCut's answers. `DLC_NAMES` names another such file: `conformance/names` makes one of at
//! least 2000 projects.
//!
//! A question with `differs` is one that ours answers otherwise on purpose; the reasons stand in
//! `conformance/names.py`. The tasks have characters that Windows does not allow in paths.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use dlc_io::{
    project::{ModelRequest, Project, SnapshotFile, detector_snapshots, snapshots},
    yaml,
};
use dlc_model::{Engine, ScorerName, Snapshot, SnapshotIndex, TrainingFraction, Value};

/// An answer, or why there is none.
type Answer = Result<Value, String>;

#[test]
fn answers_are_those_of_deeplabcut() {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/project/names.jsonl");
    let path = std::env::var_os("DLC_NAMES").map_or(default, PathBuf::from);
    let mut report = Report::default();
    for line in fs::read_to_string(path).unwrap().lines() {
        check(&yaml::from_str(line).unwrap(), &mut report);
    }
    println!("{report}");
    let wrong: String = report
        .wrong
        .iter()
        .take(20)
        .map(|wrong| format!("\n{wrong}"))
        .collect();
    assert!(
        report.wrong.is_empty(),
        "{} answers are wrong{wrong}",
        report.wrong.len()
    );
    assert!(report.projects >= 150 && report.questions >= 1500);
}

#[derive(Default)]
struct Report {
    projects: usize,
    questions: usize,
    /// By kind: answers that are the same, and questions where both have an error.
    same: BTreeMap<String, [usize; 2]>,
    /// By reason.
    differs_on_purpose: BTreeMap<String, usize>,
    scorers_parsed: usize,
    wrong: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} projects, {} questions",
            self.projects, self.questions
        )?;
        for (kind, [answers, errors]) in &self.same {
            writeln!(
                f,
                "  {kind}: {answers} answers the same, {errors} times both have an error"
            )?;
        }
        for (reason, count) in &self.differs_on_purpose {
            writeln!(f, "  differs on purpose, {reason}: {count}")?;
        }
        writeln!(
            f,
            "  {} scorer names parsed and printed",
            self.scorers_parsed
        )?;
        write!(f, "  wrong: {}", self.wrong.len())
    }
}

fn check(case: &Value, report: &mut Report) {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in case.get("files").and_then(Value::as_dict).unwrap() {
        let path = folder.path().join(path.as_str().unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.as_str().unwrap()).unwrap();
    }
    let project = Project::open(folder.path());
    report.projects += 1;
    for ask in case.get("asks").and_then(Value::as_list).unwrap() {
        let kind = ask.get("kind").and_then(Value::as_str).unwrap();
        let ours = match &project {
            Ok(project) => answer(project, kind, ask),
            Err(error) => Err(chain(error)),
        };
        count(ask, kind, &ours, report);
    }
}

fn count(ask: &Value, kind: &str, ours: &Answer, report: &mut Report) {
    report.questions += 1;
    let theirs = ask.get("answer");
    match (ask.get("differs").and_then(Value::as_str), theirs, ours) {
        (_, None, Err(_)) => report.same.entry(kind.into()).or_default()[1] += 1,
        (_, Some(theirs), Ok(ours)) if same(ours, theirs) => {
            report.same.entry(kind.into()).or_default()[0] += 1;
            if kind == "scorer" {
                report.scorers_parsed += 1;
                assert_parses(ours, report);
            }
        }
        (Some(reason), ..) => {
            *report.differs_on_purpose.entry(reason.into()).or_default() += 1;
        }
        _ => report.wrong.push(format!("{ask:?}\n    ours: {ours:?}")),
    }
}

/// DeepLabCut's scorer names also parse.
fn assert_parses(name: &Value, report: &mut Report) {
    let name = name.as_list().unwrap()[0].as_str().unwrap();
    match name.parse::<ScorerName>() {
        Ok(scorer) if scorer.to_string() == name => {}
        other => report.wrong.push(format!("{name} parses to {other:?}")),
    }
}

/// Numbers are the same, whatever their type.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Dict(a), Value::Dict(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && same(&a.1, &b.1))
        }
        _ => {
            a == b
                || a.as_float()
                    .is_some_and(|number| Some(number) == b.as_float())
        }
    }
}

fn answer(project: &Project, kind: &str, ask: &Value) -> Answer {
    if kind == "config" {
        return config(project);
    }
    if kind == "training_set_folder" {
        return path(project.training_set_folder());
    }
    let int = |key: &str| ask.get(key).and_then(Value::as_int).unwrap();
    let request = ModelRequest {
        shuffle: int("shuffle").try_into().unwrap(),
        trainingset_index: int("trainingset_index").try_into().unwrap(),
        snapshot_index: ask.get("snapshot_index").map(|index| match index.as_int() {
            Some(index) => SnapshotIndex::Index(index),
            None => index.as_str().unwrap().parse().unwrap(),
        }),
        modelprefix: ask
            .get("modelprefix")
            .and_then(Value::as_str)
            .unwrap()
            .into(),
        ..ModelRequest::default()
    };
    let fractions = &project.config().training_fractions;
    let fraction = fractions[usize::try_from(request.trainingset_index).unwrap()];
    let fraction = TrainingFraction::new(fraction).unwrap();
    let engine: Option<Engine> = ask
        .get("engine")
        .map(|e| e.as_str().unwrap().parse().unwrap());
    let folder =
        |engine| project.model_folder(engine, fraction, request.shuffle, &request.modelprefix);
    match kind {
        "data_files" => Ok(Value::List(vec![
            path(project.label_file(fraction, request.shuffle))?,
            path(project.documentation_file(fraction, request.shuffle))?,
        ])),
        "model_folder" => path(folder(engine.unwrap())),
        "evaluation_folder" => path(project.evaluation_folder(
            engine.unwrap(),
            fraction,
            request.shuffle,
            &request.modelprefix,
        )),
        "engine" => project
            .engine(&request)
            .map(|engine| engine.to_string().into())
            .map_err(|error| chain(&error)),
        "scorer" => project
            .scorer_name(&request)
            .map(|scorer| Value::from_iter([scorer.to_string(), scorer.legacy()]))
            .map_err(|error| chain(&error)),
        "snapshots" | "detector_snapshots" => {
            let train = folder(engine.unwrap()).ok_or("no iteration")?.join("train");
            let train = project.root().join(train);
            let files = match kind {
                "snapshots" => snapshots(&train, engine.unwrap()),
                _ => detector_snapshots(&train),
            };
            chosen(files, request.snapshot_index).ok_or("no such snapshot".into())
        }
        _ => panic!("an unknown question: {kind}"),
    }
}

/// As `get_model_snapshots`, but for TensorFlow as `get_snapshots_from_folder`.
fn chosen(files: io::Result<Vec<SnapshotFile>>, index: Option<SnapshotIndex>) -> Option<Value> {
    let files = files.ok()?;
    let name = |file: &SnapshotFile| file.path.file_name().unwrap().to_str().unwrap().to_owned();
    let best = |file: &&SnapshotFile| matches!(file.snapshot, Snapshot::PyTorch { best: true, .. });
    match index {
        None => (!files.is_empty()).then(|| files.iter().map(name).collect()),
        Some(SnapshotIndex::All) => Some(files.iter().map(name).collect()),
        Some(SnapshotIndex::Best) => Some(files.iter().rfind(best).map(name).into_iter().collect()),
        Some(index) => Some(Value::from_iter([name(
            &files[index.position(files.len())?],
        )])),
    }
    .filter(|names: &Value| index == Some(SnapshotIndex::All) || names != &Value::List(vec![]))
}

fn path(path: Option<PathBuf>) -> Answer {
    let path = path.ok_or("no iteration")?;
    Ok(path.to_str().unwrap().into())
}

/// DeepLabCut stops at any field that is wrong; ours notes those that not every use needs.
fn config(project: &Project) -> Answer {
    let config = project.config();
    if let Some(unusable) = config.unusable.first() {
        return Err(unusable.error.to_string());
    }
    let value = config.to_value();
    let keys = [
        "Task",
        "scorer",
        "date",
        "multianimalproject",
        "TrainingFraction",
        "iteration",
        "snapshotindex",
        "detector_snapshotindex",
        "batch_size",
        "pcutoff",
        "cropping",
        "default_net_type",
        "skeleton",
        "identity",
        "engine",
        "numframes2pick",
        "start",
        "individuals",
        "dotsize",
        "colormap",
        "alphavalue",
    ];
    let mut answer = Value::dict(keys.map(|key| (key, value.get(key).unwrap().clone())));
    let tracked = config.tracked_bodyparts().unwrap();
    answer.set(
        "tracked",
        tracked.iter().map(|part| part.as_str()).collect(),
    );
    Ok(answer)
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
