//! What the key of a model leaves open.

use crate::table::{Attribute, AttributeType::*, Table, Tier};
use crate::{
    Cell,
    entity::{AttributeValue, columns},
    name::DlcModelName,
};
use dlc_model::Engine;

/// `~dlc_model_identity`: engine, fraction and snapshot of a model when it was registered.
pub static DLC_MODEL_IDENTITY: Table = Table {
    class: "~dlc_model_identity",
    name: "~dlc_model_identity",
    tier: Tier::Hidden,
    comment: "what the key of a model leaves open",
    attributes: &[
        Attribute::new("dlc_model", Varchar(32)),
        Attribute::new("engine", Enum(&["tensorflow", "pytorch"])),
        Attribute::new("training_fraction", Double),
        Attribute::new("snapshot", Varchar(64)),
    ],
    key: &["dlc_model"],
    references: &[],
};

impl AttributeValue for Engine {
    fn cell(&self) -> Cell {
        self.to_string().as_str().into()
    }

    fn from_cell(cell: &Cell) -> Result<Self, String> {
        let name = String::from_cell(cell)?;
        name.parse().map_err(|_| format!("{name:?} is no engine"))
    }
}

columns! {
    /// What the key of a model leaves open: a row of `~dlc_model_identity`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct DlcModelIdentity in DLC_MODEL_IDENTITY {
        /// The model.
        model: DlcModelName = "dlc_model",
        /// The framework that trained it.
        engine: Engine = "engine",
        /// The share of the labelled frames that trained it.
        training_fraction: f64 = "training_fraction",
        /// The snapshot that the index stood for, e.g., `1030000` or `best-190`.
        snapshot: String = "snapshot",
    }
}
