//! What a person adds to a pipeline by hand: recordings, arenas, parameters, and when videos began.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use dlc_model::Timestamp;
use dlc_schema::{
    AddArenaError, AddRecordingError, AddTrackingParamsError, ApparatusGeometry, ArenaGeometry,
    Columns as _, DatasetRegistration, DlcModel, DlcPrediction, FindRecordingError, Memory, Query,
    RecordingData, RecordingKey, RecordingRegistration, Registrar, Repository, RepositoryType, Row,
    SetVideoStartsError, Store, StoreErrorKind, StoreExt, StoredFile, TrackingParamsRow,
    add_recording, find_recording,
    name::*,
    set_video_starts,
    tables::{PHYSICAL_FILE, RECORDING, TABLES},
    video_starts,
};

fn name<N: std::str::FromStr<Err = NameError>>(text: &str) -> N {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn repository(path: &str) -> Repository {
    Repository {
        name: name("local"),
        repository_type: RepositoryType::Local,
        path: path.into(),
    }
}

fn square(side: f32) -> ApparatusGeometry {
    ApparatusGeometry {
        apparatus: name("Square80"),
        geometry: ArenaGeometry::Square,
        x_mm: Some(side),
        y_mm: Some(side),
        radius_mm: None,
        wall_height_mm: None,
    }
}

fn params(id: &str, sigma: f32) -> TrackingParamsRow {
    TrackingParamsRow {
        id: name(id),
        sigma_tracking: sigma,
        sigma_speed: 0.1,
        sigma_angle: 0.1,
        rotate: false,
        hash: String::new(),
    }
}

fn store() -> Memory {
    let store = Memory::new();
    let registrar = Registrar::open_or_found(&store, name("ada")).unwrap();
    assert!(registrar.add(&repository("/data")).unwrap());
    assert!(registrar.add_arena("", &square(800.0)).unwrap());
    store
}

fn videos(paths: &[&str]) -> DatasetRegistration {
    let file = |path: &&str| StoredFile {
        repository: name("local"),
        path: (*path).into(),
    };
    DatasetRegistration {
        name: None,
        dataset_type: name("Video"),
        file_type: name("Video"),
        files: paths.iter().map(file).collect(),
        starts: None,
    }
}

fn recording(paths: &[&str]) -> RecordingRegistration {
    RecordingRegistration {
        session: None,
        order: None,
        name: None,
        experiment_type: name("camera"),
        arena: Some(name("Square80")),
        datasets: vec![videos(paths)],
    }
}

/// Returns all rows of a store.
fn state(store: &dyn Store) -> Vec<Vec<Row>> {
    let rows = |table: &&'static _| store.rows(&Query::of(table)).unwrap();
    TABLES.iter().map(rows).collect()
}

#[test]
fn a_recording_is_added_once_with_all_that_it_needs() {
    let store = store();
    let added = add_recording(&store, &recording(&["a.avi", "b.avi"])).unwrap();
    assert!(added.is_new);
    assert_eq!(added.key.recording_order, 0);
    let files = store.rows(&Query::of(&PHYSICAL_FILE)).unwrap();
    assert_eq!(files.len(), 2);

    let before = state(&store);
    let again = add_recording(&store, &recording(&["a.avi", "b.avi"])).unwrap();
    assert!(!again.is_new);
    assert_eq!((again.key, again.datasets), (added.key, added.datasets));
    assert_eq!(state(&store), before);

    // Other files are another recording, and one of the same session has the next place.
    let other = add_recording(&store, &recording(&["c.avi"])).unwrap();
    let next = RecordingRegistration {
        session: Some(other.key.session.clone()),
        ..recording(&["d.avi"])
    };
    let next = add_recording(&store, &next).unwrap();
    assert_eq!(next.key.recording_order, 1);
    assert_eq!(store.rows(&Query::of(&RECORDING)).unwrap().len(), 3);
}

#[test]
fn what_contradicts_a_recording_is_refused_and_changes_nothing() {
    let store = store();
    let first = RecordingRegistration {
        session: Some(name("s")),
        name: Some(name("r")),
        ..recording(&["a.avi"])
    };
    add_recording(&store, &first).unwrap();
    let registrar = Registrar::open(&store, name("ada")).unwrap();
    let round = ApparatusGeometry {
        apparatus: name("Round"),
        geometry: ArenaGeometry::Circle,
        radius_mm: Some(400.0),
        ..square(1.0)
    };
    registrar.add_arena("", &round).unwrap();
    let before = state(&store);
    let refused = |change: &dyn Fn(&mut RecordingRegistration)| {
        let mut registration = first.clone();
        change(&mut registration);
        let error = add_recording(&store, &registration).unwrap_err();
        assert_eq!(state(&store), before);
        error
    };

    use AddRecordingError as E;
    let error = refused(&|of| of.order = Some(3));
    assert!(
        matches!(
            error,
            E::OtherOrder {
                known: 0,
                given: 3,
                ..
            }
        ),
        "{error}"
    );
    let error = refused(&|of| (of.order, of.name) = (Some(0), Some(name("other"))));
    assert!(matches!(error, E::PlaceTaken { .. }), "{error}");
    let error = refused(&|of| of.arena = Some(name("Round")));
    assert!(matches!(error, E::OtherArena { .. }), "{error}");
    let error = refused(&|of| of.arena = Some(name("Nowhere")));
    assert_eq!(
        error.to_string(),
        "no arena has the name Nowhere; registered: Round, Square80"
    );
    let error = refused(&|of| of.experiment_type = name("microscope"));
    let E::Store(error) = error else {
        panic!("{error}")
    };
    let StoreErrorKind::Contradicts { known, given, .. } = error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!(known.to_string(), "experiment_type = camera");
    assert_eq!(given.to_string(), "experiment_type = microscope");
    let error = refused(&|of| of.datasets = vec![videos(&[])]);
    assert!(matches!(error, E::NoFile(_)), "{error}");
    let error = refused(&|of| of.datasets[0].files[0].repository = name("elsewhere"));
    assert_eq!(
        error.to_string(),
        "no repository has the name elsewhere; registered: local"
    );
    let mut named = videos(&["a.avi"]);
    named.name = Some(name("d"));
    let error = refused(&|of| of.datasets = vec![videos(&["b.avi"])]);
    assert_eq!(
        error.to_string(),
        "recording r has a dataset of the kind Video with the files a.avi: expected b.avi; add another \
         recording for other files"
    );
    let first_of_name = RecordingRegistration {
        datasets: vec![named.clone()],
        name: Some(name("named")),
        ..first.clone()
    };
    add_recording(&store, &first_of_name).unwrap();
    named.files = videos(&["b.avi"]).files;
    let other_files = RecordingRegistration {
        datasets: vec![named],
        ..first_of_name.clone()
    };
    let error = add_recording(&store, &other_files).unwrap_err();
    assert!(matches!(error, E::OtherFiles { .. }), "{error}");
}

#[test]
fn a_recording_is_found_by_its_name_and_its_session() {
    let store = store();
    for session in ["s", "t"] {
        let registration = RecordingRegistration {
            session: Some(name(session)),
            name: Some(name("r")),
            ..recording(&["a.avi"])
        };
        add_recording(&store, &registration).unwrap();
    }
    let find = |recording: &str, session: Option<SessionName>| {
        store.read(|rows| find_recording(rows, &name(recording), session.as_ref()))
    };
    let several = find("r", None).unwrap_err();
    assert!(matches!(several, FindRecordingError::Several { .. }));
    assert_eq!(find("r", Some(name("t"))).unwrap().session, name("t"));
    let none = find("x", None).unwrap_err();
    assert!(matches!(none, FindRecordingError::NoRecording(_)));
}

#[test]
fn when_videos_began_is_stored_once_and_replaced_when_asked_for() {
    let store = store();
    let added = add_recording(&store, &recording(&["a.avi", "b.avi"])).unwrap();
    let (key, dataset) = (&added.key, &added.datasets[0]);
    let set = |starts: &[&str], replace| {
        let starts: Vec<Timestamp> = starts.iter().map(|start| at(start)).collect();
        set_video_starts(&store, key, None, &starts, replace)
    };
    let stored = || {
        let starts = store.read(|rows| video_starts(rows, dataset)).unwrap();
        let starts = starts.into_iter().map(|start| start.start.to_string());
        starts.collect::<Vec<_>>()
    };
    let both = ["2024-01-02T03:04:05.25+01:00", "2024-01-02T03:05:00+01:00"];

    use SetVideoStartsError as E;
    let error = set(&both[..1], false).unwrap_err();
    assert!(
        matches!(
            error,
            E::Count {
                videos: 2,
                starts: 1
            }
        ),
        "{error}"
    );
    let error = set(&[both[1], both[0]], false).unwrap_err();
    assert!(matches!(error, E::Order { .. }), "{error}");
    assert!(stored().is_empty());

    set(&both, false).unwrap();
    assert_eq!(stored(), both);
    // The same, also as another clock shows it.
    set(&both, false).unwrap();
    set(&["2024-01-02T02:04:05.25Z", "2024-01-02T02:05:00Z"], false).unwrap();
    assert_eq!(stored(), both);
    let later = ["2024-01-02T03:04:06+01:00", both[1]];
    let error = set(&later, false).unwrap_err();
    assert!(matches!(error, E::Other { .. }), "{error}");
    assert_eq!(stored(), both);
    set(&later, true).unwrap();
    assert_eq!(stored(), later);

    // What was predicted says already when it began.
    predicted(&store, &added.key, dataset);
    set(&later, false).unwrap();
    let error = set(&both, true).unwrap_err();
    assert!(matches!(error, E::Predicted(_)), "{error}");
    assert_eq!(stored(), later);
}

fn predicted(store: &dyn Store, recording: &RecordingKey, dataset: &DatasetName) {
    let model = DlcModel {
        name: name("mouse"),
        task: "mouse".into(),
        date: "Jun30".into(),
        iteration: 0,
        snapshot_index: -1,
        shuffle: 1,
        trainingset_index: 0,
        scorer: "DLC".into(),
        config_template: dlc_model::Value::None,
        description: String::new(),
    };
    store.insert(&model).unwrap();
    let prediction = DlcPrediction {
        data: RecordingData {
            recording: recording.clone(),
            dataset: dataset.clone(),
        },
        model: model.name,
    };
    store.insert(&prediction).unwrap();
}

#[test]
fn starts_are_those_of_one_dataset_of_videos() {
    let store = store();
    let mut two = recording(&["a.avi"]);
    two.datasets.push(videos(&["b.avi"]));
    let two = add_recording(&store, &two).unwrap();
    let start = [at("2024-01-02T03:04:05Z")];
    let set = |key: &RecordingKey, dataset: Option<DatasetName>| {
        set_video_starts(&store, key, dataset.as_ref(), &start, false)
    };

    use SetVideoStartsError as E;
    let error = set(&two.key, None).unwrap_err();
    assert!(matches!(error, E::SeveralDatasets(_)), "{error}");
    set(&two.key, Some(two.datasets[1].clone())).unwrap();
    let error = set(&two.key, Some(name("other"))).unwrap_err();
    assert!(matches!(error, E::NoDataset { .. }), "{error}");

    let mut pictures = recording(&["a.tif"]);
    pictures.datasets[0].dataset_type = name("TIFRaw");
    let pictures = add_recording(&store, &pictures).unwrap();
    let error = set(&pictures.key, None).unwrap_err();
    assert!(matches!(error, E::NoVideos(_)), "{error}");
    let mut absent = two.key;
    absent.recording_order = 9;
    let error = set(&absent, None).unwrap_err();
    assert!(matches!(error, E::NoRecording(key) if key == absent.columns()));
}

#[test]
fn a_recording_can_be_added_with_its_starts() {
    let store = store();
    let mut with_start = recording(&["a.avi"]);
    with_start.datasets[0].starts = Some(vec![at("2024-01-02T03:04:05+01:00")]);
    let added = add_recording(&store, &with_start).unwrap();
    let starts = store.read(|rows| video_starts(rows, &added.datasets[0]));
    assert_eq!(starts.unwrap().len(), 1);
    assert!(!add_recording(&store, &with_start).unwrap().is_new);
}

#[test]
fn an_arena_has_the_sizes_that_its_shape_needs() {
    let store = store();
    let registrar = Registrar::open(&store, name("ada")).unwrap();
    assert!(!registrar.add_arena("", &square(800.0)).unwrap());
    let before = state(&store);
    let refused = |geometry: &ApparatusGeometry| {
        let error = registrar.add_arena("", geometry).unwrap_err();
        assert_eq!(state(&store), before);
        error
    };
    let error = refused(&square(600.0));
    assert!(matches!(error, AddArenaError::Store(_)), "{error}");
    for (x_mm, y_mm) in [
        (None, Some(1.0)),
        (Some(1.0), None),
        (Some(0.0), Some(0.0)),
        (Some(-1.0), Some(-1.0)),
        (Some(f32::NAN), Some(f32::NAN)),
        (Some(f32::INFINITY), Some(1.0)),
    ] {
        for geometry in [ArenaGeometry::Square, ArenaGeometry::Rectangle] {
            let arena = ApparatusGeometry {
                apparatus: name("other"),
                geometry,
                x_mm,
                y_mm,
                ..square(1.0)
            };
            let error = refused(&arena);
            assert!(matches!(error, AddArenaError::Size { .. }), "{error}");
        }
    }
    let error = refused(&ApparatusGeometry {
        apparatus: name("other"),
        y_mm: Some(2.0),
        ..square(1.0)
    });
    assert!(matches!(error, AddArenaError::NotSquare { .. }), "{error}");
    let error = refused(&ApparatusGeometry {
        apparatus: name("other"),
        geometry: ArenaGeometry::Circle,
        ..square(1.0)
    });
    assert_eq!(
        error.to_string(),
        "other: expected a radius in mm above 0, found none"
    );
}

#[test]
fn parameters_have_one_letter() {
    let store = store();
    let registrar = Registrar::open(&store, name("ada")).unwrap();
    assert!(registrar.add_tracking_params(&params("A", 0.1)).unwrap());
    assert!(!registrar.add_tracking_params(&params("A", 0.1)).unwrap());
    assert!(registrar.add_tracking_params(&params("B", 2.0)).unwrap());
    let refused = |row: &TrackingParamsRow| registrar.add_tracking_params(row).unwrap_err();

    use AddTrackingParamsError as E;
    let error = refused(&params("A", 0.2));
    assert!(matches!(error, E::Store(_)), "{error}");
    let error = refused(&params("C", 0.1));
    assert!(matches!(error, E::SameParams { ref known } if known.as_str() == "A"));
    for sigma in [-1.0, f32::NAN, f32::INFINITY] {
        let error = refused(&params("C", sigma));
        assert!(matches!(error, E::Number { .. }), "{error}");
    }
}

#[test]
fn a_repository_is_at_one_place() {
    let store = store();
    let registrar = Registrar::open(&store, name("ada")).unwrap();
    assert!(!registrar.add(&repository("/data")).unwrap());
    let error = registrar.add(&repository("/elsewhere")).unwrap_err();
    assert!(error.is_contradiction());
    let StoreErrorKind::Contradicts { known, given, .. } = error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!(
        (known.to_string(), given.to_string()),
        ("path = /data".into(), "path = /elsewhere".into())
    );
}
