//! When videos began.

use dlc_model::Timestamp;

use crate::table::{Attribute, AttributeType::*, Table, Tier};
use crate::{
    Cell,
    entity::{AttributeValue, columns},
    name::{DatasetName, FileTypeName},
};

/// `~dlc_video_starts`: the moments at which videos began, where a person has given them.
pub static DLC_VIDEO_STARTS: Table = Table {
    class: "~dlc_video_starts",
    name: "~dlc_video_starts",
    tier: Tier::Hidden,
    comment: "when videos began, as a person says",
    attributes: &[
        Attribute::new("dataset_name", Char(16)),
        Attribute::new("filetype", Varchar(50)),
        Attribute::new("file_order", Int),
        // No timestamp: it would lose the offset from UTC and parts of a second.
        Attribute::new("start_timestamp", Varchar(64)).with_comment("ISO 8601 with the offset"),
    ],
    key: &["dataset_name", "filetype", "file_order"],
    references: &[],
};

impl AttributeValue for Timestamp {
    fn cell(&self) -> Cell {
        self.to_string().as_str().into()
    }

    fn from_cell(cell: &Cell) -> Result<Self, String> {
        let text = String::from_cell(cell)?;
        text.parse()
            .map_err(|_| format!("{text:?} is no moment with its offset from UTC"))
    }
}

columns! {
    /// When a video began: a row of `~dlc_video_starts`.
    #[derive(Clone, Debug, Eq, PartialEq)]
    pub struct VideoStart in DLC_VIDEO_STARTS {
        /// The dataset of the video.
        dataset: DatasetName = "dataset_name",
        /// The kind of the file.
        file_type: FileTypeName = "filetype",
        /// Its place among the files of its kind.
        file_order: i32 = "file_order",
        /// The moment of its first frame.
        start: Timestamp = "start_timestamp",
    }
}
