//! Models, their body parts and kinds of tracking.

use dlc_model::Value;

use super::REPOSITORY;
use crate::table::{Attribute, AttributeType::*, DefaultValue, Reference, Table, Tier};
use crate::{
    entity::columns,
    name::{BodyPartName, DlcModelName, RepositoryName, TrackingTypeName},
};

/// `DLCTrackingType`: what is processed beyond raw states.
pub static DLC_TRACKING_TYPE: Table = Table {
    class: "DLCTrackingType",
    name: "#d_l_c_tracking_type",
    tier: Tier::Lookup,
    comment: "what is processed beyond raw states",
    attributes: &[Attribute::new("dlc_tracking_type", Varchar(32))],
    key: &["dlc_tracking_type"],
    references: &[],
};

/// `TrackedBodyPart`: body parts that the pipeline knows.
pub static TRACKED_BODY_PART: Table = Table {
    class: "TrackedBodyPart",
    name: "#tracked_body_part",
    tier: Tier::Lookup,
    comment: "body parts that the pipeline knows",
    attributes: &[Attribute::new("body_part", Varchar(32))],
    key: &["body_part"],
    references: &[],
};

/// `DLCModel`: trained models.
pub static DLC_MODEL: Table = Table {
    class: "DLCModel",
    name: "d_l_c_model",
    tier: Tier::Manual,
    comment: "trained models",
    attributes: &[
        Attribute::new("dlc_model", Varchar(32)),
        Attribute::new("dlc_task", Varchar(32)),
        Attribute::new("dlc_date", Varchar(16)),
        Attribute::new("dlc_iteration", Int),
        Attribute::new("dlc_snapshotindex", Int),
        Attribute::new("dlc_shuffle", Int),
        Attribute::new("dlc_trainingsetindex", Int),
        Attribute::new("dlc_scorer", Varchar(128)),
        Attribute::new("dlc_cfg_template", LongBlob),
        Attribute::new("dlc_model_description", Varchar(1000)).with_default(DefaultValue::Text("")),
    ],
    key: &["dlc_model"],
    references: &[],
};

/// `DLCModel.ModelPath`: where a model's project is.
pub static DLC_MODEL_PATH: Table = Table {
    class: "DLCModel.ModelPath",
    name: "d_l_c_model__model_path",
    tier: Tier::Manual,
    comment: "where a model's project is",
    attributes: &[
        Attribute::new("dlc_model", Varchar(32)),
        Attribute::new("dlc_project_path", Varchar(255)),
        Attribute::new("repository_name", Varchar(100)),
    ],
    key: &["dlc_model"],
    references: &[Reference::to(&DLC_MODEL), Reference::to(&REPOSITORY)],
};

columns! {
    /// What is processed beyond the raw states: a row of `DLCTrackingType`.
    #[derive(Clone, Debug, Eq, PartialEq)]
    pub struct DlcTrackingType in DLC_TRACKING_TYPE {
        /// Its name. Only `openfield` is processed today.
        name: TrackingTypeName = "dlc_tracking_type",
    }
}

columns! {
    /// A body part that the pipeline knows: a row of `TrackedBodyPart`.
    #[derive(Clone, Debug, Eq, PartialEq)]
    pub struct TrackedBodyPart in TRACKED_BODY_PART {
        /// Its name, spelled as models spell it.
        name: BodyPartName = "body_part",
    }
}

columns! {
    /// A trained model: a row of `DLCModel`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct DlcModel in DLC_MODEL {
        /// The name under which users find it.
        name: DlcModelName = "dlc_model",
        /// The task of the project.
        task: String = "dlc_task",
        /// The date of the project, e.g., `Jun30`.
        date: String = "dlc_date",
        /// The round of active learning.
        iteration: i32 = "dlc_iteration",
        /// The place of the snapshot, from the end when negative.
        snapshot_index: i32 = "dlc_snapshotindex",
        /// The shuffle.
        shuffle: i32 = "dlc_shuffle",
        /// The place of the training fraction in the project's list.
        trainingset_index: i32 = "dlc_trainingsetindex",
        /// The name under which DeepLabCut stores its results. Other models may have the same.
        scorer: String = "dlc_scorer",
        /// The project's `config.yaml`.
        config_template: Value = "dlc_cfg_template",
        /// What a person should know.
        description: String = "dlc_model_description",
    }
}

columns! {
    /// Where the project of a model is: a row of `DLCModel.ModelPath`.
    #[derive(Clone, Debug, Eq, PartialEq)]
    pub struct DlcModelPath in DLC_MODEL_PATH {
        /// The model.
        model: DlcModelName = "dlc_model",
        /// The project's folder, from the path of the repository.
        project_path: String = "dlc_project_path",
        /// The repository.
        repository: RepositoryName = "repository_name",
    }
}
