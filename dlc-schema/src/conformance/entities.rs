//! Values with types.

use std::fmt;

use dlc_model::Value;

use super::Open;
use crate::{
    Entity, Query, Store, StoreExt,
    entity::AttributeValue,
    name::{
        ApparatusName, BodyPartName, DatasetName, DatasetTypeName, DlcModelName,
        ExperimentTypeName, FileTypeName, MethodName, RecordingName, RepositoryName, SessionName,
        TrackingParamsId, TrackingTypeName,
    },
    tables::rows::*,
};

/// Stores a value and reads it again.
fn come_back<T: Entity + PartialEq + fmt::Debug>(store: &dyn Store, value: T) -> usize {
    let class = T::table().class;
    let stored = store.insert(&value);
    stored.unwrap_or_else(|error| panic!("{class} takes {value:?}: {error:?}"));
    let found = store.fetch::<T>(&Query::of(T::table()));
    let found = found.unwrap_or_else(|error| panic!("{class} can be read: {error:?}"));
    assert_eq!(found, [value], "{class}");
    1
}

/// Reads a name that is right.
fn name<T: AttributeValue>(text: &str) -> T {
    let name = T::from_cell(&text.into());
    name.unwrap_or_else(|problem| panic!("{text:?}: {problem}"))
}

pub(super) fn values_with_types_come_back(open: &Open<'_>) {
    let store = open();
    let store = &*store;
    let count = files(store) + models(store) + recordings(store) + trackings(store);
    assert_eq!(count, 27);
}

fn dataset() -> DatasetName {
    name("a120eeca5e7d1507")
}

fn files(store: &dyn Store) -> usize {
    let text = || "what it is, é".to_string();
    let repository = Repository {
        name: name("extopo"),
        repository_type: RepositoryType::NtnuNetwork,
        path: "//server/share/folder".into(),
    };
    let file = PhysicalFile {
        dataset: dataset(),
        file_type: name("DLC_tracking"),
        file_order: 0,
        repository: name::<RepositoryName>("extopo"),
        file_path: "dlc_23456/config.yaml".into(),
    };
    let dataset_type: DatasetTypeName = name("DLC_tracking");
    let file_type: FileTypeName = name("DLC_tracking");
    come_back(store, repository)
        + come_back(
            store,
            FileType {
                name: file_type,
                description: text(),
            },
        )
        + come_back(
            store,
            DatasetType {
                name: dataset_type.clone(),
                description: text(),
            },
        )
        + come_back(
            store,
            Dataset {
                name: dataset(),
                dataset_type,
            },
        )
        + come_back(store, file)
}

fn model() -> DlcModelName {
    name("openfield-Jun30")
}

fn method() -> MethodName {
    name("2points_ears")
}

fn openfield() -> TrackingTypeName {
    name("openfield")
}

fn part() -> BodyPartName {
    name("left_ear")
}

/// A configuration with all that plain data can be.
fn template() -> Value {
    let list = vec![Value::Float(0.95), Value::Int(-1), Value::None];
    Value::dict([
        ("Task", Value::String("openfield é".into())),
        ("TrainingFraction", Value::List(list)),
        ("multianimalproject", Value::Bool(false)),
        ("empty", Value::Dict(Vec::new())),
    ])
}

fn models(store: &dyn Store) -> usize {
    let dlc_model = DlcModel {
        name: model(),
        task: "openfield".into(),
        date: "Jun30".into(),
        iteration: 0,
        snapshot_index: -1,
        shuffle: 1,
        trainingset_index: 0,
        scorer: "DLC_resnet50_openfieldJun30shuffle1_1030000".into(),
        config_template: template(),
        description: String::new(),
    };
    let path = DlcModelPath {
        model: model(),
        project_path: "openfield-Pranav-2018-10-30".into(),
        repository: name("extopo"),
    };
    let tracking_method = DlcTrackingProcessingMethod {
        name: method(),
        description: "between the ears".into(),
        params: template(),
        tracking_type: openfield(),
        function_to_invoke: "two_points".into(),
        param_hash: *b"\0hash of 16 by\xff\0",
    };
    let fits = DlcProcessingMethod {
        model: model(),
        method: method(),
        description: "fits".into(),
    };
    come_back(store, DlcTrackingType { name: openfield() })
        + come_back(store, TrackedBodyPart { name: part() })
        + come_back(store, dlc_model)
        + come_back(store, path)
        + come_back(store, tracking_method)
        + come_back(store, fits)
}

fn recording() -> RecordingKey {
    RecordingKey {
        session: name("0a59dac1dcba870a"),
        recording_order: 0,
        recording: name::<RecordingName>("d25b179a25df97d0"),
    }
}

fn data() -> RecordingData {
    RecordingData {
        recording: recording(),
        dataset: dataset(),
    }
}

fn recordings(store: &dyn Store) -> usize {
    let apparatus = || name::<ApparatusName>("Square80");
    let experiment_type: ExperimentTypeName = name("openfield_2p");
    let geometry = ApparatusGeometry {
        apparatus: apparatus(),
        geometry: ArenaGeometry::Square,
        x_mm: Some(800.1),
        y_mm: Some(800.0),
        radius_mm: None,
        wall_height_mm: None,
    };
    let mapped = RecordingDlc {
        recording: recording(),
        model: model(),
        method: method(),
    };
    let at = RecordingApparatus {
        recording: recording(),
        apparatus: apparatus(),
    };
    come_back(
        store,
        ExperimentType {
            name: experiment_type.clone(),
        },
    ) + come_back(
        store,
        Session {
            name: name::<SessionName>("0a59dac1dcba870a"),
        },
    ) + come_back(
        store,
        Recording {
            key: recording(),
            experiment_type,
        },
    ) + come_back(store, data())
        + come_back(
            store,
            Apparatus {
                name: apparatus(),
                note: String::new(),
            },
        )
        + come_back(store, geometry)
        + come_back(store, at)
        + come_back(store, mapped)
        + come_back(
            store,
            DlcPrediction {
                data: data(),
                model: model(),
            },
        )
}

/// Numbers, some of them more than [`DlcModel`] would call long.
fn numbers(first: f64) -> Vec<f64> {
    (0..300)
        .map(|place| first + f64::from(place) / 3.0)
        .collect()
}

fn trackings(store: &dyn Store) -> usize {
    let time = |text: &str| text.parse().expect("a time");
    let raw = TrackingRawRow {
        data: data(),
        start_time: time("2022-06-07 14:53:11"),
        stop_time: time("2022-06-07 15:24:14"),
        timestamps: Some(numbers(0.0)),
        timestamps_sys: None,
        sample_rate: 39.718_955_011_582_54,
        sync: true,
        is_calibrated: false,
    };
    let raw_part = TrackingRawDlcPart {
        data: data(),
        body_part: part(),
        model: model(),
        training_iteration: 1_030_000,
        x_px: numbers(-0.5),
        y_px: Vec::new(),
        likelihood: vec![0.0, 1.0],
    };
    let raw_field = TrackingRawOpenField {
        data: data(),
        x_px: numbers(8.19),
        y_px: numbers(15.32),
        left_px: 8.19,
        right_px: 951.62,
        bottom_px: 15.32,
        top_px: 964.12,
        speed_px_per_s: numbers(0.1),
        head_angle_rad: numbers(0.2),
        x_offset_px: 144.69,
        y_offset_px: 154.40,
    };
    come_back(store, raw)
        + come_back(store, raw_part)
        + come_back(store, raw_field)
        + processed(store)
}

fn processed(store: &dyn Store) -> usize {
    let id: TrackingParamsId = name("A");
    let key = || TrackingKey {
        data: data(),
        params: name("A"),
    };
    let params = TrackingParamsRow {
        id,
        sigma_tracking: 0.3,
        sigma_speed: 1.5,
        sigma_angle: 2.0,
        rotate: true,
        hash: "5a726c70cbffe5021f9a3d752564b394".into(),
    };
    let field = TrackingOpenField {
        key: key(),
        calibration_mm_per_px: 0.85,
        x_mm: numbers(1.0),
        y_mm: numbers(2.0),
        left_mm: 1.0,
        right_mm: 2.0,
        bottom_mm: 3.0,
        top_mm: 4.0,
        speed_mm_per_s: numbers(3.0),
        head_angle_rad: numbers(4.0),
        timestamps: numbers(5.0),
    };
    let processed_part = TrackingDlcPart {
        key: key(),
        body_part: part(),
        x_mm: numbers(1.0),
        y_mm: numbers(2.0),
        likelihood: numbers(3.0),
    };
    come_back(store, params)
        + come_back(
            store,
            TrackingRow {
                key: key(),
                sample_rate: 39.9,
            },
        )
        + come_back(store, field)
        + come_back(store, processed_part)
}
