//! Arenas and their sizes.

use super::RECORDING;
use crate::table::{Attribute, AttributeType::*, DefaultValue, Reference, Table, Tier};
use crate::{
    Cell, RecordingKey,
    entity::{AttributeValue, columns},
    name::ApparatusName,
};

/// `Apparatus`: arenas and the like.
pub static APPARATUS: Table = Table {
    class: "Apparatus",
    name: "#apparatus",
    tier: Tier::Lookup,
    comment: "arenas and the like",
    attributes: &[
        Attribute::new("apparatus", Varchar(32)),
        Attribute::new("apparatus_note", Varchar(1000)).with_default(DefaultValue::Text("")),
    ],
    key: &["apparatus"],
    references: &[],
};

/// `Apparatus.Geometry`: the size of an arena, in mm.
pub static APPARATUS_GEOMETRY: Table = Table {
    class: "Apparatus.Geometry",
    name: "#apparatus__geometry",
    tier: Tier::Lookup,
    comment: "the size of an arena, in mm",
    attributes: &[
        Attribute::new("apparatus", Varchar(32)),
        Attribute::new(
            "arena_geometry",
            Enum(&["square", "rectangle", "circle", "linear", "treadmill"]),
        ),
        Attribute::new("arena_x_dim", Float).with_default(DefaultValue::Null),
        Attribute::new("arena_y_dim", Float).with_default(DefaultValue::Null),
        Attribute::new("arena_radius", Float).with_default(DefaultValue::Null),
        Attribute::new("arena_wall_height", Float).with_default(DefaultValue::Null),
    ],
    key: &["apparatus"],
    references: &[Reference::to(&APPARATUS)],
};

/// `Recording.Apparatus`: where a recording was made.
pub static RECORDING_APPARATUS: Table = Table {
    class: "Recording.Apparatus",
    name: "recording__apparatus",
    tier: Tier::Manual,
    comment: "where a recording was made",
    attributes: &[
        Attribute::new("session_name", Char(16)),
        Attribute::new("recording_order", Int),
        Attribute::new("recording_name", Char(16)),
        Attribute::new("apparatus", Varchar(32)),
    ],
    key: &[
        "session_name",
        "recording_order",
        "recording_name",
        "apparatus",
    ],
    references: &[Reference::to(&RECORDING), Reference::to(&APPARATUS)],
};

/// The shape of an arena.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ArenaGeometry {
    /// A box with equal sides.
    Square,
    /// A box.
    Rectangle,
    /// A round box.
    Circle,
    /// A track.
    Linear,
    /// A wheel.
    Treadmill,
}

impl AttributeValue for ArenaGeometry {
    fn cell(&self) -> Cell {
        let name = match self {
            Self::Square => "square",
            Self::Rectangle => "rectangle",
            Self::Circle => "circle",
            Self::Linear => "linear",
            Self::Treadmill => "treadmill",
        };
        name.into()
    }

    fn from_cell(cell: &Cell) -> Result<Self, String> {
        match String::from_cell(cell)?.as_str() {
            "square" => Ok(Self::Square),
            "rectangle" => Ok(Self::Rectangle),
            "circle" => Ok(Self::Circle),
            "linear" => Ok(Self::Linear),
            "treadmill" => Ok(Self::Treadmill),
            other => Err(format!("{other:?} is no shape of an arena")),
        }
    }
}

columns! {
    /// An arena: a row of `Apparatus`.
    #[derive(Clone, Debug, Eq, PartialEq)]
    pub struct Apparatus in APPARATUS {
        /// Its name, e.g., `Square80`.
        name: ApparatusName = "apparatus",
        /// What a person should know.
        note: String = "apparatus_note",
    }
}

columns! {
    /// The size of an arena: a row of `Apparatus.Geometry`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct ApparatusGeometry in APPARATUS_GEOMETRY {
        /// The arena.
        apparatus: ApparatusName = "apparatus",
        /// Its shape.
        geometry: ArenaGeometry = "arena_geometry",
        /// From left to right, in mm.
        x_mm: Option<f32> = "arena_x_dim",
        /// From top to bottom, in mm.
        y_mm: Option<f32> = "arena_y_dim",
        /// Of a round one, in mm.
        radius_mm: Option<f32> = "arena_radius",
        /// The height of its walls, in mm.
        wall_height_mm: Option<f32> = "arena_wall_height",
    }
}

columns! {
    /// Where a recording was made: a row of `Recording.Apparatus`.
    #[derive(Clone, Debug, Eq, PartialEq)]
    pub struct RecordingApparatus in RECORDING_APPARATUS {
        /// The recording.
        recording: RecordingKey = (all),
        /// The arena.
        apparatus: ApparatusName = "apparatus",
    }
}
