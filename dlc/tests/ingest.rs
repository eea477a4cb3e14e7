//! Session folders become tracking: the reference session of three videos, by a pipeline in memory.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use dlc::{
    io::{Precision, h5, metadata::Recording as Facts},
    model::{BodypartAliases, Bodyparts, Engine, Keypoint, PoseTable, Value},
    pipeline::{IngestSessionError, TrackingRawMake, ingest_session},
    schema::{
        Dataset, DatasetType, DlcModel, DlcModelIdentity, DlcModelPath, DlcProcessingMethod,
        DlcTrackingType, ExperimentType, Memory, Query, Recording, RecordingData, RecordingDlc,
        RecordingKey, Registrar, Repository, RepositoryType, Session, StoreError, StoreExt,
        TrackedBodyPart, TrackingOpenField, TrackingParamsRow, TrackingRawDlcPart,
        TrackingRawOpenField, TrackingRawRow, TransactionExt, map_recording,
        name::NameError,
        tables::{
            TRACKING_DLC_PART, TRACKING_OPEN_FIELD, TRACKING_RAW, TRACKING_RAW_DLC_PART,
            TRACKING_RAW_OPEN_FIELD,
        },
    },
    tracking::{Pipeline, Registry},
};
use serde_json::Value as Json;

const SCORER: &str = "DLC_resnet50_OPENMINI2P_topcameraOct13shuffle1_1030000";

fn reference() -> Option<PathBuf> {
    testing::reference("tracking")
}

fn name<N: std::str::FromStr<Err = NameError>>(text: &str) -> N {
    text.parse().unwrap()
}

fn recording() -> RecordingKey {
    RecordingKey {
        session: name("0a59dac1dcba870a"),
        recording_order: 0,
        recording: name("d25b179a25df97d0"),
    }
}

/// A pipeline with a recording that is mapped to a model with this scorer and to its ears.
fn store(root: &Path, scorer: &str) -> Memory {
    store_of_date(root, scorer, "Oct13")
}

fn store_of_date(root: &Path, scorer: &str, date: &str) -> Memory {
    let store = Memory::new();
    let registrar = Registrar::found(&store, name("ada")).unwrap();
    let add_repository = Repository {
        name: name("here"),
        repository_type: RepositoryType::Local,
        path: root.to_str().unwrap().into(),
    };
    registrar.add(&add_repository).unwrap();
    let parts = ["miniscope", "leftear", "rightear", "bodycenter", "tailbase"];
    for part in parts {
        registrar
            .add(&TrackedBodyPart { name: name(part) })
            .unwrap();
    }
    let template = Value::dict([
        ("Task", Value::from("OPENMINI2P_topcamera")),
        ("scorer", "Ada".into()),
        ("date", date.into()),
        ("project_path", "/".into()),
        ("bodyparts", parts.into_iter().collect()),
        ("TrainingFraction", Value::List(vec![0.95.into()])),
        ("iteration", 0.into()),
    ]);
    registrar
        .add(&DlcModel {
            name: name("topcamera"),
            task: "OPENMINI2P_topcamera".into(),
            date: date.into(),
            iteration: 0,
            snapshot_index: -1,
            shuffle: 1,
            trainingset_index: 0,
            scorer: scorer.into(),
            config_template: template,
            description: String::new(),
        })
        .unwrap();
    registrar
        .add(&DlcModelPath {
            model: name("topcamera"),
            project_path: "none".into(),
            repository: name("here"),
        })
        .unwrap();
    registrar
        .add(&DlcTrackingType {
            name: name("openfield"),
        })
        .unwrap();
    let ears: Pipeline = serde_json::from_str(
        r#"{"function_to_invoke": "two_point_left_right",
            "params": {"method": {"left": "leftear", "right": "rightear"}}}"#,
    )
    .unwrap();
    let (registry, aliases) = (Registry::standard(), BodypartAliases::default());
    registrar
        .add_method(name("ears"), "", &ears, name("openfield"), &registry)
        .unwrap();
    registrar
        .allow_method(&name("topcamera"), &name("ears"), "", &registry, &aliases)
        .unwrap();
    add_recording(&store, &registrar);
    store
}

fn add_recording(store: &Memory, registrar: &Registrar<'_>) {
    let key = recording();
    registrar
        .add(&Session {
            name: key.session.clone(),
        })
        .unwrap();
    registrar
        .add(&ExperimentType {
            name: name("camera"),
        })
        .unwrap();
    registrar
        .add(&Recording {
            key: key.clone(),
            experiment_type: name("camera"),
        })
        .unwrap();
    registrar
        .add(&DatasetType {
            name: name("Video"),
            description: String::new(),
        })
        .unwrap();
    registrar
        .add(&Dataset {
            name: name("a120eeca5e7d1507"),
            dataset_type: name("Video"),
        })
        .unwrap();
    registrar
        .add(&RecordingData {
            recording: key.clone(),
            dataset: name("a120eeca5e7d1507"),
        })
        .unwrap();
    let params = TrackingParamsRow {
        id: name("A"),
        sigma_tracking: 1.0,
        sigma_speed: 1.5,
        sigma_angle: 2.0,
        rotate: false,
        hash: String::new(),
    };
    registrar.add(&params).unwrap();
    let choice = RecordingDlc {
        recording: key,
        model: name("topcamera"),
        method: name("ears"),
    };
    let allowed: Vec<DlcProcessingMethod> = dlc::schema::choices(store).unwrap();
    assert_eq!(allowed.len(), 1);
    map_recording(store, &choice).unwrap();
}

fn numbers(json: &Json) -> Vec<f64> {
    let number = |value: &Json| value.as_f64().unwrap_or(f64::NAN);
    json.as_array().unwrap().iter().map(number).collect()
}

fn assert_near(found: &[f64], expected: &[f64], most: f64) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let both_missing = found.is_nan() && expected.is_nan();
        assert!(
            both_missing || (found - expected).abs() <= most,
            "{found} {expected}"
        );
    }
}

#[test]
fn the_reference_session_becomes_tracking() {
    let Some(folder) = reference() else { return };
    let expected = fs::read(folder.join("dlc_session_expected.json")).unwrap();
    let expected: Json = serde_json::from_slice(&expected).unwrap();
    let store = store(&folder, SCORER);
    let session = folder.join("dlc_session/dlc_94557-imaging");

    let ingested = ingest_session(&store, &recording(), &session, &TrackingRawMake::default());
    let ingested = ingested.unwrap();

    let raw: Vec<TrackingRawRow> = store.fetch(&Query::of(&TRACKING_RAW)).unwrap();
    let [raw] = raw.as_slice() else {
        panic!("{raw:?}")
    };
    assert_eq!(raw.data, ingested.data);
    let times = numbers(&expected["timestamps_sys_unix_s"]);
    assert_near(raw.timestamps_sys.as_deref().unwrap(), &times, 1e-6);
    assert_eq!(raw.timestamps, None); // Nothing was synchronised.
    // Of its frame rate, not of differences of times since 1970.
    assert!((raw.sample_rate - 40.0).abs() < 1e-6, "{}", raw.sample_rate);
    assert_eq!(raw.start_time.to_string(), "2020-10-13 11:02:00");

    let parts: Vec<TrackingRawDlcPart> = store.fetch(&Query::of(&TRACKING_RAW_DLC_PART)).unwrap();
    assert_eq!(parts.len(), 5);
    for part in &parts {
        let columns = &expected["concatenated"][part.body_part.as_str()];
        assert_near(&part.x_px, &numbers(&columns["x"]), 0.0);
        assert_near(&part.y_px, &numbers(&columns["y"]), 0.0);
        assert_near(&part.likelihood, &numbers(&columns["likelihood"]), 0.0);
        assert_eq!(part.training_iteration, 1_030_000);
    }

    let states: Vec<TrackingRawOpenField> =
        store.fetch(&Query::of(&TRACKING_RAW_OPEN_FIELD)).unwrap();
    let part = |wanted: &str| {
        parts
            .iter()
            .find(|part| part.body_part.as_str() == wanted)
            .unwrap()
    };
    let (left, right) = (part("leftear"), part("rightear"));
    let middle: Vec<f64> = left
        .x_px
        .iter()
        .zip(&right.x_px)
        .map(|(left, right)| (left + right) / 2.0)
        .collect();
    assert_near(&states[0].x_px, &middle, 1e-12);

    assert_eq!(ingested.tracking.len(), 1);
    let tracking: Vec<TrackingOpenField> = store.fetch(&Query::of(&TRACKING_OPEN_FIELD)).unwrap();
    // The recording has no arena.
    assert!((tracking[0].calibration_mm_per_px - 1.0).abs() < 1e-12);
    assert_eq!(tracking[0].timestamps, raw.timestamps_sys.clone().unwrap());
    assert_eq!(store.rows(&Query::of(&TRACKING_DLC_PART)).unwrap().len(), 5);

    // Once more changes nothing.
    let again = ingest_session(&store, &recording(), &session, &TrackingRawMake::default());
    assert_eq!(again.unwrap().data, ingested.data);
    assert_eq!(store.rows(&Query::of(&TRACKING_RAW)).unwrap().len(), 1);
}

/// Writes a session of one video of two frames below `root`.
fn write_session(root: &Path, scorer: &str) -> PathBuf {
    let folder = root.join("dlc_session");
    fs::create_dir(&folder).unwrap();
    let names = ["miniscope", "leftear", "rightear", "bodycenter", "tailbase"];
    let mut poses = PoseTable::new(Bodyparts::new(names).unwrap());
    for frame in 0..2 {
        let keypoint = |part| Keypoint::new(f64::from(frame), f64::from(part), 1.0);
        poses.push((0..5).map(keypoint));
    }
    let path = folder.join(format!("mouse{scorer}.h5"));
    let file = fs::File::create(&path).unwrap();
    h5::write(file, &poses, scorer, Precision::F64).unwrap();
    let facts = Facts {
        start_timestamp: "2020-10-13T11:02:00+02:00".parse().unwrap(),
        fps: 4.0,
        frame_count: 2,
        frame_times_s: None,
        scorer: scorer.into(),
        video: None,
        video_sha256: None,
    };
    facts.write(Facts::path_beside(path)).unwrap();
    folder
}

#[test]
fn the_session_of_a_project_with_any_date_becomes_tracking() {
    for date in [
        "Mai3",
        "Okt30",
        "févr2",
        "जून14",
        "2022-11-22",
        "Sept3",
        "Jan01",
        "Nov",
        "22",
        "",
    ] {
        let root = tempfile::tempdir().unwrap();
        let scorer = format!("DLC_resnet50_OPENMINI2P_topcamera{date}shuffle1_1030000");
        let store = store_of_date(root.path(), &scorer, date);
        let session = write_session(root.path(), &scorer);

        let ingested =
            ingest_session(&store, &recording(), session, &TrackingRawMake::default()).unwrap();

        assert_eq!(ingested.tracking.len(), 1, "{date}");
        let parts: Vec<TrackingRawDlcPart> =
            store.fetch(&Query::of(&TRACKING_RAW_DLC_PART)).unwrap();
        assert_eq!(parts.len(), 5);
        assert!(
            parts
                .iter()
                .all(|part| part.training_iteration == 1_030_000)
        );
    }
}

#[test]
fn the_registered_snapshot_tells_how_long_it_was_trained() {
    let root = tempfile::tempdir().unwrap();
    let scorer = "DLC_snapshot-1000";
    let session = write_session(root.path(), scorer);
    let store = store(root.path(), scorer);
    let ingest = || ingest_session(&store, &recording(), &session, &TrackingRawMake::default());
    let error = ingest().unwrap_err();
    assert!(matches!(error, IngestSessionError::Make(_)), "{error:?}");

    let identity = DlcModelIdentity {
        model: name("topcamera"),
        engine: Engine::PyTorch,
        training_fraction: 0.95,
        snapshot: "best-190".into(),
    };
    let put: Result<(), StoreError> = store.write(|rows| rows.put(&identity));
    put.unwrap();
    ingest().unwrap();

    let parts: Vec<TrackingRawDlcPart> = store.fetch(&Query::of(&TRACKING_RAW_DLC_PART)).unwrap();
    assert!(parts.iter().all(|part| part.training_iteration == 190));
}

/// Makes a session folder of a mouse that runs at 100 px/s, in a video with a pause; returns the times.
fn uneven_session(folder: &Path) -> Vec<f64> {
    let times_s: Vec<f64> = (0..40)
        .map(|frame| f64::from(frame) / 40.0 + if frame < 20 { 0.0 } else { 0.5 })
        .collect();
    let parts = ["miniscope", "leftear", "rightear", "bodycenter", "tailbase"];
    let mut poses = PoseTable::new(Bodyparts::new(parts).unwrap());
    for time_s in &times_s {
        let part = |place: usize| Keypoint::new(100.0 * time_s, 10.0 * place as f64, 1.0);
        poses.push((0..parts.len()).map(part));
    }
    fs::create_dir_all(folder).unwrap();
    let path = folder.join(format!("v{SCORER}.h5"));
    let file = fs::File::create(&path).unwrap();
    h5::write(file, &poses, SCORER, Precision::F64).unwrap();
    let recording = Facts {
        start_timestamp: "2020-10-13T11:02:00+02:00".parse().unwrap(),
        fps: 27.2,
        frame_count: times_s.len(),
        frame_times_s: Some(times_s.clone()),
        scorer: SCORER.into(),
        video: None,
        video_sha256: None,
    };
    recording.write(Facts::path_beside(path)).unwrap();
    times_s
}

#[test]
fn uneven_frames_are_tracked_at_their_own_times() {
    let root = tempfile::tempdir().unwrap();
    let session = root.path().join("dlc_94557");
    let times_s = uneven_session(&session);
    let store = store(root.path(), SCORER);

    ingest_session(&store, &recording(), &session, &TrackingRawMake::default()).unwrap();

    let raw: Vec<TrackingRawRow> = store.fetch(&Query::of(&TRACKING_RAW)).unwrap();
    let unix_s = raw[0].timestamps_sys.as_deref().unwrap();
    let since: Vec<f64> = unix_s.iter().map(|time_s| time_s - unix_s[0]).collect();
    assert_near(&since, &times_s, 1e-6);
    assert!((raw[0].sample_rate - 40.0).abs() < 1e-6);
    assert_eq!(raw[0].stop_time.to_string(), "2020-10-13 11:02:01");
    let states: Vec<TrackingRawOpenField> =
        store.fetch(&Query::of(&TRACKING_RAW_OPEN_FIELD)).unwrap();
    // As fast over the pause as elsewhere.
    assert_near(&states[0].speed_px_per_s, &[100.0; 40], 1e-6);
}

#[test]
fn predictions_of_another_model_are_refused() {
    let Some(folder) = reference() else { return };
    let store = store(
        &folder,
        "DLC_resnet50_OPENMINI2P_topcameraOct13shuffle1_500000",
    );
    let session = folder.join("dlc_session/dlc_94557-imaging");

    let error = ingest_session(&store, &recording(), &session, &TrackingRawMake::default());

    assert!(
        matches!(error, Err(IngestSessionError::Session(_))),
        "{error:?}"
    );
    assert_eq!(store.rows(&Query::of(&TRACKING_RAW)).unwrap(), []);
}

#[test]
fn a_recording_without_a_model_is_refused() {
    let store = Memory::new();
    let error = ingest_session(&store, &recording(), "dlc_x", &TrackingRawMake::default());
    assert!(matches!(error, Err(IngestSessionError::NotMapped(_))));
}
