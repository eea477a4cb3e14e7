//! A store with models, methods, recordings, and jobs in several states.

use std::{fmt::Debug, ops::Range, str::FromStr};

use dlc::{
    model::{
        BodypartAliases, Bodyparts, Engine, ModelIdentity, ModelKey, Snapshot, TrainingFraction,
        Value,
    },
    schema::{
        Columns as _, Dataset, DatasetType, DlcPrediction, DlcTrackingType, Entity as _,
        ExperimentType, ModelRegistration, Query, Recording, RecordingData, RecordingDlc,
        RecordingKey, Registrar, Repository, RepositoryType, Row, Session, Store, StoreError,
        StoreExt as _, Transaction, TransactionExt as _,
        jobs::Job,
        tables::{DLC_PREDICTION, JOBS, RECORDING_DLC},
    },
    tracking::{Pipeline, Registry},
};

/// A name that a page must not take for markup, and a form not for its own signs.
pub(crate) const ODD_NAME: &str = "<b>\"&amp;' +%é\\";
/// What a job that failed says.
pub(crate) const MESSAGE: &str = "<script>alert(1)</script> & no such snapshot";
/// The scorer of two models.
const SCORER: &str = "DLC_resnet50_openfieldJun30shuffle1_1030000";

pub(crate) fn name<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().expect("a name in a test fits its column")
}

/// Fills an empty store. Its recordings, all of one session:
///
/// | order | has | is |
/// |---|---|---|
/// | 0 | a video | not mapped |
/// | 1 | a video | mapped and predicted |
/// | 2 | nothing | not mapped |
/// | 3 | a video | mapped, its job failed |
/// | 4 | a video | mapped to a model that no worker has |
/// | 5 | a video | not mapped; has an odd name |
pub(crate) fn fill(store: &dyn Store) {
    let registrar = Registrar::found(store, name("ada")).unwrap();
    put_ground(&registrar);
    put_models(&registrar);
    put_recordings(store, 0..6);
    store.insert(&mapping(1, "openfield", "2points")).unwrap();
    let predicted = DlcPrediction {
        data: video(1),
        model: name("openfield"),
    };
    store.insert(&predicted).unwrap();
    store.insert(&mapping(3, "openfield", "2points")).unwrap();
    store.insert(&mapping(4, "nose", "1point")).unwrap();
    put_failure(store);
}

fn put_ground(registrar: &Registrar<'_>) {
    let repository = Repository {
        name: name("local"),
        repository_type: RepositoryType::Local,
        path: "/models".into(),
    };
    registrar.add(&repository).unwrap();
    for kind in ["Video", "Imaging"] {
        let kind = DatasetType {
            name: name(kind),
            description: String::new(),
        };
        registrar.add(&kind).unwrap();
    }
    let camera = ExperimentType {
        name: name("camera"),
    };
    registrar.add(&camera).unwrap();
    let session = Session {
        name: name("0a59dac1dcba870a"),
    };
    registrar.add(&session).unwrap();
    let openfield = DlcTrackingType {
        name: name("openfield"),
    };
    registrar.add(&openfield).unwrap();
}

fn put_models(registrar: &Registrar<'_>) {
    let ears = ["leftear", "rightear", "nose"];
    for model in [
        model("openfield", 0, SCORER, &ears),
        model("retrained", 1, SCORER, &ears),
        model("nose", 2, "DLC_mobnet_35_noseNov22shuffle1_7200", &["nose"]),
    ] {
        registrar.register_model(&model).unwrap();
    }
    put_method(registrar, "2points", TWO_POINTS);
    put_method(registrar, "1point", ONE_POINT);
    for (model, method) in [
        ("openfield", "2points"),
        ("openfield", "1point"),
        ("retrained", "2points"),
        ("nose", "1point"),
    ] {
        let (registry, aliases) = (Registry::standard(), BodypartAliases::default());
        let (model, method) = (name(model), name(method));
        registrar
            .allow_method(&model, &method, "", &registry, &aliases)
            .unwrap();
    }
}

fn model(
    text: &str,
    iteration: u32,
    scorer: &str,
    bodyparts: &[&'static str],
) -> ModelRegistration {
    let parts: Value = bodyparts.iter().map(|part| Value::from(*part)).collect();
    ModelRegistration {
        name: name(text),
        identity: ModelIdentity {
            key: ModelKey {
                task: "openfield".into(),
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
            scorer: scorer.parse().unwrap(),
        },
        bodyparts: Bodyparts::new(bodyparts.iter().copied()).unwrap(),
        config_template: Value::dict([
            ("Task", "openfield".into()),
            ("scorer", "Ada".into()),
            ("date", "Jun30".into()),
            ("project_path", "/models/openfield".into()),
            ("bodyparts", parts),
            ("TrainingFraction", Value::List(vec![0.95.into()])),
            ("iteration", i64::from(iteration).into()),
        ]),
        repository: name("local"),
        project_path: format!("openfield-{iteration}"),
        description: format!("Round {iteration}"),
        forced: false,
    }
}

const TWO_POINTS: &str = r#"{
    "function_to_invoke": "two_point_left_right",
    "params": {"method": {"left": "leftear", "right": "rightear"}}
}"#;
const ONE_POINT: &str = r#"{
    "function_to_invoke": "single_point",
    "params": {"method": {"bodypart": "nose"}}
}"#;

fn put_method(registrar: &Registrar<'_>, method: &str, pipeline: &str) {
    let pipeline: Pipeline = serde_json::from_str(pipeline).unwrap();
    let (kind, registry) = (name("openfield"), Registry::standard());
    registrar
        .add_method(name(method), "", &pipeline, kind, &registry)
        .unwrap();
}

/// Returns the key of a recording.
pub(crate) fn key(order: i32) -> RecordingKey {
    let recording = match order {
        5 => ODD_NAME.to_owned(),
        order => format!("d25b179a25{order:06x}"),
    };
    RecordingKey {
        session: name("0a59dac1dcba870a"),
        recording_order: order,
        recording: name(&recording),
    }
}

fn video(order: i32) -> RecordingData {
    RecordingData {
        recording: key(order),
        dataset: name(&format!("a120eeca5e{order:06x}")),
    }
}

fn put_recording(rows: &mut dyn Transaction, order: i32) -> Result<(), StoreError> {
    rows.put(&Recording {
        key: key(order),
        experiment_type: name("camera"),
    })?;
    if order == 2 {
        return Ok(());
    }
    let data = video(order);
    rows.put(&Dataset {
        name: data.dataset.clone(),
        dataset_type: name("Video"),
    })?;
    rows.put(&data)
}

/// Adds recordings with a video each.
pub(crate) fn put_recordings(store: &dyn Store, orders: Range<i32>) {
    let put = store.write(|rows| {
        orders
            .clone()
            .try_for_each(|order| put_recording(rows, order))
    });
    put.unwrap();
}

/// Returns what a recording could be mapped to.
pub(crate) fn mapping(order: i32, model: &str, method: &str) -> RecordingDlc {
    RecordingDlc {
        recording: key(order),
        model: name(model),
        method: name(method),
    }
}

/// Returns the job of a recording's video.
pub(crate) fn job(order: i32) -> Job {
    Job::new(&DLC_PREDICTION, &video(order).row())
}

fn put_failure(store: &dyn Store) {
    let failed = Row::new().with("error_message", MESSAGE);
    put_job(store, 3, failed.with("status", "error"));
}

/// Adds what `~jobs` says of the job of a recording.
pub(crate) fn put_job(store: &dyn Store, order: i32, row: Row) {
    let row = row
        .with("table_name", DLC_PREDICTION.name)
        .with("key_hash", job(order).hash());
    store.write(|rows| rows.insert(&JOBS, &row)).unwrap();
}

/// Returns what a recording is mapped to.
pub(crate) fn mapped(store: &dyn Store, order: i32) -> Option<RecordingDlc> {
    let found = store.read(|rows| rows.find::<RecordingDlc>(key(order).columns()));
    found.unwrap()
}

/// Returns all mappings and what `~jobs` says: what a request that is refused must not change.
pub(crate) fn state(store: &dyn Store) -> Vec<Row> {
    let rows = |table| store.rows(&Query::of(table)).unwrap();
    [rows(&RECORDING_DLC), rows(&JOBS)].concat()
}
