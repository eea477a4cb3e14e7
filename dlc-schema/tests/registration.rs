//! What an administrator registers, and what recordings can be mapped to.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use dlc_model::{
    BodypartAliases, Bodyparts, Engine, ModelIdentity, ModelKey, ScorerName, Snapshot,
    TrainingFraction, Value,
};
use dlc_schema::{
    AddMethodError, AllowMethodError, BecomeRegistrarError, Dataset, DatasetType, ExperimentType,
    FindModelError, FoundBy, MapRecordingError, Mapped, Memory, ModelRegistration, Query,
    Recording, RecordingData, RecordingDlc, RecordingKey, RegisterBodyPartError,
    RegisterModelError, Registrar, Repository, RepositoryType, Session, StoreExt, find_model,
    map_recording,
    name::*,
    tables::{DLC_MODEL, TRACKED_BODY_PART},
};
use dlc_tracking::{Pipeline, Registry};

const SCORER: &str = "DLC_resnet50_mouse_openfieldJun30shuffle1_1030000";

fn name<N: std::str::FromStr<Err = NameError>>(text: &str) -> N {
    text.parse().unwrap()
}

/// Returns an error with all its sources.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(": {error}");
        source = error.source();
    }
    text
}

fn store() -> Memory {
    let store = Memory::new();
    let registrar = Registrar::found(&store, name("ada")).unwrap();
    let repository = Repository {
        name: name("local"),
        repository_type: RepositoryType::Local,
        path: "/models".into(),
    };
    registrar.add(&repository).unwrap();
    store
}

fn registrar(store: &Memory) -> Registrar<'_> {
    Registrar::open(store, name("ada")).unwrap()
}

fn model(text: &str, iteration: u32, bodyparts: &[&str]) -> ModelRegistration {
    let parts = |names: &[&str]| {
        names
            .iter()
            .map(|name| Value::from(*name))
            .collect::<Value>()
    };
    ModelRegistration {
        name: name(text),
        identity: ModelIdentity {
            key: ModelKey {
                task: "mouse_openfield".into(),
                date: "Jun30".into(),
                iteration,
                shuffle: 1,
                trainingset_index: 0,
                snapshot_index: -1,
            },
            engine: Engine::TensorFlow,
            training_fraction: TrainingFraction::new(0.95).unwrap(),
            snapshot: Snapshot::TensorFlow {
                training_iterations: 1_030_000,
            },
            scorer: SCORER.parse().unwrap(),
        },
        bodyparts: Bodyparts::new(bodyparts.iter().copied()).unwrap(),
        config_template: Value::dict([
            ("Task", "mouse_openfield".into()),
            ("scorer", "Ada".into()),
            ("date", "Jun30".into()),
            ("project_path", "/models/openfield".into()),
            ("bodyparts", parts(bodyparts)),
            ("TrainingFraction", Value::List(vec![0.95.into()])),
            ("iteration", i64::from(iteration).into()),
        ]),
        repository: name("local"),
        project_path: "openfield".into(),
        description: String::new(),
        forced: false,
    }
}

fn two_ears() -> Pipeline {
    serde_json::from_str(
        r#"{
            "function_to_invoke": "two_point_left_right",
            "params": {"method": {"left": "leftear", "right": "rightear"}}
        }"#,
    )
    .unwrap()
}

fn add_two_ears(registrar: &Registrar<'_>) {
    let openfield = dlc_schema::DlcTrackingType {
        name: name("openfield"),
    };
    registrar.add(&openfield).unwrap();
    registrar
        .add_method(
            name("2points"),
            "ears",
            &two_ears(),
            name("openfield"),
            &Registry::standard(),
        )
        .unwrap();
}

#[test]
fn only_administrators_register() {
    let store = store();
    let error = Registrar::open(&store, name("eve")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "eve is no administrator; ask one of them: ada"
    );
    let error = Registrar::found(&store, name("eve")).unwrap_err();
    assert!(matches!(error, BecomeRegistrarError::Founded { .. }));

    registrar(&store).add_administrator(name("eve")).unwrap();
    assert!(Registrar::open(&store, name("eve")).is_ok());
}

#[test]
fn the_same_registration_can_be_told_again() {
    let store = store();
    let registrar = Registrar::open_or_found(&store, name("ada")).unwrap();
    let first = model("openfield", 0, &["leftear", "rightear"]);
    assert!(!registrar.register_model(&first).unwrap().was_there);
    let again = registrar.register_model(&first).unwrap();
    assert!(again.was_there && again.new_body_parts.is_empty());

    let moved = ModelRegistration {
        project_path: "elsewhere".into(),
        ..first.clone()
    };
    let error = registrar.register_model(&moved).unwrap_err();
    assert_eq!(
        error.to_string(),
        "model openfield is registered with another dlc_project_path"
    );
    let described = ModelRegistration {
        description: "another".into(),
        ..first.clone()
    };
    let error = registrar.register_model(&described).unwrap_err();
    assert!(matches!(error, RegisterModelError::Other { .. }), "{error}");
    let error = registrar
        .register_model(&model("openfield", 1, &["leftear"]))
        .unwrap_err();
    assert!(matches!(error, RegisterModelError::SameName { .. }));

    let add = |pipeline: &Pipeline, method: &str| {
        let (registry, openfield) = (Registry::standard(), name("openfield"));
        registrar.add_method(name(method), "ears", pipeline, openfield, &registry)
    };
    assert!(add(&two_ears(), "2points").unwrap());
    assert!(!add(&two_ears(), "2points").unwrap());
    let error = add(&two_ears(), "other").unwrap_err();
    assert!(matches!(error, AddMethodError::SameParams { .. }));
    let turned: Pipeline = serde_json::from_str(
        r#"{
            "function_to_invoke": "two_point_left_right",
            "params": {"method": {"left": "rightear", "right": "leftear"}}
        }"#,
    )
    .unwrap();
    let error = add(&turned, "2points").unwrap_err();
    assert!(matches!(error, AddMethodError::Store(ref error) if error.is_contradiction()));
}

#[test]
fn a_key_is_registered_once() {
    let store = store();
    registrar(&store)
        .register_model(&model("openfield", 0, &["nose"]))
        .unwrap();

    let error = registrar(&store)
        .register_model(&model("again", 0, &["nose"]))
        .unwrap_err();

    assert!(
        matches!(error, RegisterModelError::SameKey { ref name, .. } if name.as_str() == "openfield")
    );
    assert_eq!(store.rows(&Query::of(&DLC_MODEL)).unwrap().len(), 1);
}

#[test]
fn a_model_is_found_by_the_old_name_of_its_results_whatever_its_date() {
    let store = store();
    let mut german = model("german", 0, &["nose"]);
    german.identity.key.date = "Mai3".into();
    let identity = &mut german.identity;
    let snapshot = identity.snapshot;
    identity.scorer = ScorerName::new("resnet50", "mouse", "Mai3", 1, snapshot);
    registrar(&store).register_model(&german).unwrap();

    let old = "DeepCut_resnet50_mouseMai3shuffle1_1030000";
    let found = store.read(|rows| find_model(rows, old)).unwrap();

    assert_eq!(found.model.name.as_str(), "german");
}

#[test]
fn equal_scorers_are_told_and_do_not_stand_for_a_model() {
    let store = store();
    let first = registrar(&store)
        .register_model(&model("openfield", 0, &["nose"]))
        .unwrap();
    assert_eq!(first.same_scorer, []);
    let found = store.read(|rows| find_model(rows, SCORER)).unwrap();
    assert_eq!(
        (found.model.name.as_str(), found.by),
        ("openfield", FoundBy::Scorer)
    );

    let second = registrar(&store)
        .register_model(&model("retrained", 1, &["nose"]))
        .unwrap();
    assert_eq!(second.same_scorer, [name("openfield")]);

    let error = store.read(|rows| find_model(rows, SCORER)).unwrap_err();
    assert!(matches!(error, FindModelError::Ambiguous { ref models, .. } if models.len() == 2));
    let found = store.read(|rows| find_model(rows, "retrained")).unwrap();
    assert_eq!((found.model.iteration, found.by), (1, FoundBy::Name));
    let error = store.read(|rows| find_model(rows, "nobody")).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("registered: openfield, retrained"),
        "{error}"
    );
}

#[test]
fn the_configuration_comes_back_as_it_was() {
    let store = store();
    let registration = model("openfield", 0, &["nose", "tail"]);
    registrar(&store).register_model(&registration).unwrap();

    let found = store.read(|rows| find_model(rows, "openfield")).unwrap();

    assert_eq!(found.model.config_template, registration.config_template);
}

#[test]
fn near_duplicates_of_body_parts_are_refused_unless_forced() {
    let store = store();
    registrar(&store)
        .register_model(&model("openfield", 0, &["leftear"]))
        .unwrap();

    let mut other = model("other", 1, &["nose", "left_ear"]);
    let error = registrar(&store).register_model(&other).unwrap_err();
    assert!(matches!(
        error,
        RegisterModelError::BodyPart(RegisterBodyPartError::NearDuplicate { .. })
    ));
    // `nose` came before it, and is not there either.
    assert_eq!(store.rows(&Query::of(&TRACKED_BODY_PART)).unwrap().len(), 1);

    other.forced = true;
    let registered = registrar(&store).register_model(&other).unwrap();
    assert_eq!(registered.new_body_parts, [name("nose"), name("left_ear")]);
}

#[test]
fn what_is_too_long_is_named_with_its_limit() {
    let store = store();
    let mut long = model("openfield", 0, &["nose"]);
    long.identity.key.task = "x".repeat(33);
    let error = registrar(&store).register_model(&long).unwrap_err();
    assert!(
        chain(&error).contains("33 characters, at most 32"),
        "{}",
        chain(&error)
    );
}

#[test]
fn a_method_needs_all_its_body_parts() {
    let store = store();
    let registrar = registrar(&store);
    add_two_ears(&registrar);
    registrar
        .register_model(&model("ears", 0, &["leftear", "rightear"]))
        .unwrap();
    registrar
        .register_model(&model("nose", 1, &["nose"]))
        .unwrap();
    let allow = |model| {
        let (registry, aliases) = (Registry::standard(), BodypartAliases::default());
        registrar.allow_method(&name(model), &name("2points"), "", &registry, &aliases)
    };

    allow("ears").unwrap();
    let error = allow("nose").unwrap_err();

    let AllowMethodError::DoesNotFit { source, .. } = error else {
        panic!("{error}")
    };
    let chain = chain(&*source);
    assert!(
        chain.contains("leftear") && chain.contains("rightear"),
        "{chain}"
    );
}

#[test]
fn recordings_are_mapped_to_what_can_work_alone() {
    let store = store();
    let registrar = registrar(&store);
    add_two_ears(&registrar);
    registrar
        .register_model(&model("ears", 0, &["leftear", "rightear"]))
        .unwrap();
    let key = RecordingKey {
        session: name("0a59dac1dcba870a"),
        recording_order: 0,
        recording: name("d25b179a25df97d0"),
    };
    let choice = RecordingDlc {
        recording: key.clone(),
        model: name("ears"),
        method: name("2points"),
    };
    let map = || map_recording(&store, &choice);

    assert!(matches!(map(), Err(MapRecordingError::NoRecording(_))));
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
    assert!(matches!(map(), Err(MapRecordingError::NotAllowed { .. })));
    let (registry, aliases) = (Registry::standard(), BodypartAliases::default());
    registrar
        .allow_method(&choice.model, &choice.method, "", &registry, &aliases)
        .unwrap();
    assert!(matches!(map(), Err(MapRecordingError::NoVideos(_))));
    registrar
        .add(&DatasetType {
            name: name("Video"),
            description: String::new(),
        })
        .unwrap();
    let dataset = Dataset {
        name: name("a120eeca5e7d1507"),
        dataset_type: name("Video"),
    };
    registrar.add(&dataset).unwrap();
    registrar
        .add(&RecordingData {
            recording: key,
            dataset: dataset.name,
        })
        .unwrap();

    assert_eq!(map().unwrap(), Mapped::ToTracking);
    map().unwrap(); // It says the same again.

    let linear = dlc_schema::DlcTrackingType {
        name: name("linear"),
    };
    registrar.add(&linear).unwrap();
    registrar
        .add_method(name("wheel"), "", &two_ears(), name("linear"), &registry)
        .unwrap();
    registrar
        .allow_method(&choice.model, &name("wheel"), "", &registry, &aliases)
        .unwrap();
    let choice = RecordingDlc {
        method: name("wheel"),
        ..choice.clone()
    };
    let mapped = map_recording(&store, &choice).unwrap();
    assert_eq!(mapped, Mapped::ToTrackingRaw(name("linear")));
}
