//! Files: where they are and what belongs together.

use crate::table::{Attribute, AttributeType::*, Reference, Table, Tier};
use crate::{
    Cell,
    entity::{AttributeValue, columns},
    name::{DatasetName, DatasetTypeName, FileTypeName, RepositoryName},
};

/// `Repository`: places with files.
pub static REPOSITORY: Table = Table {
    class: "Repository",
    name: "#repository",
    tier: Tier::Lookup,
    comment: "places with files",
    attributes: &[
        Attribute::new("repository_name", Varchar(100)),
        Attribute::new("repository_type", Enum(&["Local", "NTNUNetwork", "Amazon"])),
        Attribute::new("path", Varchar(1000)),
    ],
    key: &["repository_name"],
    references: &[],
};

/// `FileType`: kinds of files.
pub static FILE_TYPE: Table = Table {
    class: "FileType",
    name: "#file_type",
    tier: Tier::Lookup,
    comment: "kinds of files",
    attributes: &[
        Attribute::new("filetype", Varchar(50)),
        Attribute::new("description", Varchar(500)),
    ],
    key: &["filetype"],
    references: &[],
};

/// `DatasetType`: kinds of datasets.
pub static DATASET_TYPE: Table = Table {
    class: "DatasetType",
    name: "#dataset_type",
    tier: Tier::Lookup,
    comment: "kinds of datasets",
    attributes: &[
        Attribute::new("datasettype", Varchar(50)),
        Attribute::new("description", Varchar(500)),
    ],
    key: &["datasettype"],
    references: &[],
};

/// `Dataset`: files that belong together.
pub static DATASET: Table = Table {
    class: "Dataset",
    name: "dataset",
    tier: Tier::Manual,
    comment: "files that belong together",
    attributes: &[
        Attribute::new("dataset_name", Char(16)),
        Attribute::new("datasettype", Varchar(50)),
    ],
    key: &["dataset_name"],
    references: &[Reference::to(&DATASET_TYPE)],
};

/// `PhysicalFile`: the files of datasets.
pub static PHYSICAL_FILE: Table = Table {
    class: "PhysicalFile",
    name: "physical_file",
    tier: Tier::Manual,
    comment: "the files of datasets",
    attributes: &[
        Attribute::new("dataset_name", Char(16)),
        Attribute::new("filetype", Varchar(50)),
        Attribute::new("file_order", Int),
        Attribute::new("repository_name", Varchar(100)),
        Attribute::new("file_path", Varchar(1000)),
    ],
    key: &["dataset_name", "filetype", "file_order"],
    references: &[
        Reference::to(&DATASET),
        Reference::to(&FILE_TYPE),
        Reference::to(&REPOSITORY),
    ],
};

/// What kind of place a repository is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RepositoryType {
    /// A folder that this machine sees.
    Local,
    /// A network of the university.
    NtnuNetwork,
    /// A bucket.
    Amazon,
}

impl AttributeValue for RepositoryType {
    fn cell(&self) -> Cell {
        let name = match self {
            Self::Local => "Local",
            Self::NtnuNetwork => "NTNUNetwork",
            Self::Amazon => "Amazon",
        };
        name.into()
    }

    fn from_cell(cell: &Cell) -> Result<Self, String> {
        match String::from_cell(cell)?.as_str() {
            "Local" => Ok(Self::Local),
            "NTNUNetwork" => Ok(Self::NtnuNetwork),
            "Amazon" => Ok(Self::Amazon),
            other => Err(format!("{other:?} is no kind of repository")),
        }
    }
}

columns! {
    /// A place with files: a row of `Repository`.
    #[derive(Clone, Debug, Eq, PartialEq)]
    pub struct Repository in REPOSITORY {
        /// Its name.
        name: RepositoryName = "repository_name",
        /// Its kind.
        repository_type: RepositoryType = "repository_type",
        /// Where it is, without a slash at the end.
        path: String = "path",
    }
}

columns! {
    /// A kind of files: a row of `FileType`.
    #[derive(Clone, Debug, Eq, PartialEq)]
    pub struct FileType in FILE_TYPE {
        /// Its name.
        name: FileTypeName = "filetype",
        /// What it is.
        description: String = "description",
    }
}

columns! {
    /// A kind of datasets: a row of `DatasetType`.
    #[derive(Clone, Debug, Eq, PartialEq)]
    pub struct DatasetType in DATASET_TYPE {
        /// Its name.
        name: DatasetTypeName = "datasettype",
        /// What it is.
        description: String = "description",
    }
}

columns! {
    /// Files that belong together: a row of `Dataset`.
    #[derive(Clone, Debug, Eq, PartialEq)]
    pub struct Dataset in DATASET {
        /// Its name.
        name: DatasetName = "dataset_name",
        /// Its kind.
        dataset_type: DatasetTypeName = "datasettype",
    }
}

columns! {
    /// A file of a dataset: a row of `PhysicalFile`.
    #[derive(Clone, Debug, Eq, PartialEq)]
    pub struct PhysicalFile in PHYSICAL_FILE {
        /// The dataset.
        dataset: DatasetName = "dataset_name",
        /// The kind of the file.
        file_type: FileTypeName = "filetype",
        /// Its place among the files of its kind, when they are joined.
        file_order: i32 = "file_order",
        /// The repository that it is in.
        repository: RepositoryName = "repository_name",
        /// Where it is, from the path of the repository.
        file_path: String = "file_path",
    }
}
