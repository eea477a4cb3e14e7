//! Every `.h5`, `.csv` and `.pickle` of the reference folder is read.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use dlc_io::{
    DataFrame, Limits, ReadPosesError, csv, h5,
    metadata::MetadataFile,
    pickle::{self, Value},
    session::SessionFolder,
};
use testing::chain;

fn reference() -> Option<PathBuf> {
    testing::reference("")
}

/// The projects of several animals: their files are read, what they hold is not looked at yet.
const SEVERAL: &str = "multi";

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read_frame(path: &Path) -> Result<DataFrame, ReadPosesError> {
    match path.extension().is_some_and(|e| e == "csv") {
        true => csv::Reader::new(path).data_frame(),
        false => h5::Reader::new(path).data_frame(),
    }
}

/// What a file of DeepLabCut turned out to hold.
fn kind(path: &Path, frame: &DataFrame) -> &'static str {
    let name = path.file_name().unwrap().to_string_lossy();
    if name.starts_with("CollectedData") {
        let labels = frame.collected_data().unwrap();
        assert_eq!(labels.images.len(), 116, "{}", path.display());
        "labels"
    } else if frame.individuals().is_ok() {
        "several animals in a video"
    } else if frame.predictions().is_ok() {
        "one animal in a video"
    } else {
        let error = frame.image_predictions().map(drop);
        error.unwrap_or_else(|error| panic!("{}: {}", path.display(), chain(&error)));
        "one animal in pictures"
    }
}

#[test]
fn all_tables_are_read() {
    let Some(folder) = reference() else { return };
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for ending in ["h5", "csv"] {
        for path in files(&folder, ending) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.ends_with("-results.csv") || name == "learning_stats.csv" {
                continue; // plain columns: no data frame with levels
            }
            let frame = read_frame(&path).unwrap_or_else(|error| panic!("{}", chain(&error)));
            if path.starts_with(folder.join(SEVERAL)) {
                *kinds
                    .entry("in projects of several animals".into())
                    .or_default() += 1;
                continue;
            }
            let kind = format!("{ending}: {}", kind(&path, &frame));
            *kinds.entry(kind).or_default() += 1;
        }
    }
    println!("{kinds:#?}");
    let of = |kind: &str| kinds.get(kind).copied().unwrap_or(0);
    assert_eq!(of("h5: one animal in a video"), 23);
    assert_eq!(of("h5: several animals in a video"), 1);
    assert_eq!(of("h5: one animal in pictures"), 3);
    assert_eq!(of("h5: labels"), 2);
    assert_eq!(of("csv: labels"), 2);
    println!("{} tables read", kinds.values().sum::<usize>());
}

#[test]
fn text_and_table_agree() {
    let Some(folder) = reference() else { return };
    let mut count = 0;
    for path in files(&folder, "h5") {
        let text = path.with_extension("csv");
        if !text.exists() {
            continue;
        }
        let (table, text) = (read_frame(&path).unwrap(), read_frame(&text).unwrap());
        assert_eq!(table.columns(), text.columns(), "{}", path.display());
        assert_eq!(table.row_names().len(), text.row_names().len());
        for (ours, theirs) in table.rows().flatten().zip(text.rows().flatten()) {
            // What is 32 bits wide has fewer digits.
            let near = (ours - theirs).abs() <= 1e-6 * ours.abs();
            assert!(near || ours.is_nan() && theirs.is_nan(), "{ours} {theirs}");
        }
        count += 1;
    }
    println!("{count} pairs of .h5 and .csv agree");
    assert!(count >= 25, "{count}");
}

#[test]
fn all_pickles_are_read() {
    let Some(folder) = reference() else { return };
    let (mut metadata, mut full, mut others, mut several) = (0, 0, 0, 0);
    for path in files(&folder, "pickle") {
        let limits = Limits::default();
        let value = pickle::read(fs::File::open(&path).unwrap(), &limits);
        let value = value.unwrap_or_else(|error| panic!("{}", chain(&error)));
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.starts_with(folder.join(SEVERAL)) {
            several += 1;
        } else if name.ends_with("_full.pickle") {
            let frame = value
                .get("frame000")
                .and_then(|frame| frame.get("coordinates"));
            assert!(frame.and_then(Value::as_slice).is_some(), "{name}");
            full += 1;
        } else if name.contains("meta") {
            let meta = MetadataFile::read(&path, &limits).unwrap();
            assert!(name.contains(meta.scorer().unwrap()), "{name}");
            assert!(meta.engine().is_some() && meta.frame_count().is_some());
            metadata += 1;
        } else {
            others += 1;
        }
    }
    println!(
        "{metadata} metadata, {full} full, {others} other and {several} pickles of several read"
    );
    assert_eq!((metadata, full, others), (21, 4, 2));
}

/// The numbers of a list in a JSON file.
fn numbers(value: &serde_json::Value) -> Vec<f64> {
    let numbers = value.as_array().unwrap().iter();
    numbers.map(|n| n.as_f64().unwrap_or(f64::NAN)).collect()
}

#[test]
fn a_session_of_three_videos_is_joined_as_pandas_does() {
    let Some(folder) = reference() else { return };
    let folder = folder.join("tracking");
    let expected = fs::read(folder.join("dlc_session_expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_slice(&expected).unwrap();
    let session = SessionFolder::open(folder.join("dlc_session/dlc_94557-imaging")).unwrap();

    assert_eq!(session.basename(), "94557-imaging");
    assert!(session.config().unwrap().ends_with("dlc_config_file.yaml"));
    let session = session
        .read()
        .unwrap_or_else(|error| panic!("{}", chain(&error)));

    assert_eq!(session.scorer(), expected["scorer"]);
    assert_eq!(session.poses().len(), 31);
    assert_eq!(session.frame_of(12), Some((1, 0)));
    assert_eq!(session.frame_of(30), Some((2, 9)));
    assert_eq!(session.frame_of(31), None);
    let times = session.times_unix_s().unwrap();
    let theirs = numbers(&expected["timestamps_sys_unix_s"]);
    assert!(times.iter().zip(&theirs).all(|(a, b)| (a - b).abs() < 1e-6));
    let times = session.times_s().unwrap();
    let theirs = numbers(&expected["timestamps_zeroed_s"]);
    assert!(times.iter().zip(&theirs).all(|(a, b)| (a - b).abs() < 1e-6));
    assert_eq!((times.len(), theirs.len()), (31, 31));
    let mut compared = 0;
    for (place, part) in session.poses().bodyparts().iter().enumerate() {
        let part = &expected["concatenated"][part.as_str()];
        for (row, keypoints) in session.poses().rows().enumerate() {
            let keypoint = keypoints[place];
            let ours = [keypoint.x, keypoint.y, keypoint.likelihood];
            for (ours, coord) in ours.iter().zip(["x", "y", "likelihood"]) {
                let theirs = numbers(&part[coord])[row];
                assert!(*ours == theirs || ours.is_nan() && theirs.is_nan());
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 31 * 15);
}
