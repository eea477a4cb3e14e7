//! The tables of a tracking pipeline, stores that keep them, and the rules of its jobs.
//!
//! The tables are those of the *Imaging* pipeline of the Moser group as far as DeepLabCut (DLC) is
//! concerned, in DataJoint's layout: [`tables`] describes them once, and every store, check and
//! value with types follows that description.
//!
//! | | |
//! |---|---|
//! | [`tables`], [`table`] | names, attributes, keys and references, as data |
//! | [`DlcModel`], [`RecordingDlc`], … | rows as values; names are types with the length that a table has room for |
//! | [`Row`], [`Cell`], [`Blob`] | rows as names and what they hold, blobs as DataJoint packs them |
//! | [`Store`], [`Transaction`], [`Query`] | where rows are kept: five methods to write for a new store |
//! | [`Memory`] | a store in memory |
//! | `SqliteStore` | a store in one file (feature `sqlite`) |
//! | `MysqlStore` | a store in MySQL or MariaDB, which DataJoint shares (feature `mysql`) |
//! | `conformance` | what every store must pass, as tests (feature `conformance`) |
//!
//! # Examples
//!
//! ```
//! use dlc_schema::{Memory, Query, StoreExt, TrackedBodyPart, name::BodyPartName, tables};
//!
//! let store = Memory::new();
//! store.insert(&TrackedBodyPart { name: BodyPartName::new("left_ear")? })?;
//!
//! let parts: Vec<TrackedBodyPart> = store.fetch(&Query::of(&tables::TRACKED_BODY_PART))?;
//! assert_eq!(parts[0].name.as_str(), "left_ear");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod cell;
mod date_time;
mod entity;
mod find_model;
mod layout;
mod mapping;
mod memory;
#[cfg(feature = "mysql")]
mod mysql;
mod query;
mod recording;
mod registrar;
mod row;
#[cfg(any(feature = "mysql", feature = "sqlite", test))]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;
mod store_error;
mod store_ext;
mod video_dataset;

pub mod blob;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod jobs;
pub mod make;
pub mod name;
pub mod table;
pub mod tables;

#[cfg(feature = "mysql")]
pub use self::mysql::{MysqlOptions, MysqlStore, ParseMysqlUrlError};
#[cfg(feature = "sqlite")]
pub use self::sqlite::{OpenSqliteError, OpenSqliteErrorKind, SqliteOptions, SqliteStore};
pub use self::{
    blob::Blob,
    cell::Cell,
    date_time::DateTime,
    entity::{AttributeValue, Columns, Entity},
    find_model::{FindModelError, FoundBy, FoundModel, find_model},
    jobs::{key_hash, python_float, python_uuid},
    layout::LayoutError,
    make::{Make, MakeError, Running, Shutdown},
    mapping::{MapRecordingError, Mapped, OPEN_FIELD, bodyparts_of, choices, map_recording},
    memory::Memory,
    query::Query,
    recording::{
        AddRecordingError, AddedRecording, DatasetRegistration, FindRecordingError,
        RecordingRegistration, SetVideoStartsError, StoredFile, add_recording, find_recording,
        set_video_starts, video_starts,
    },
    registrar::{
        AddArenaError, AddMethodError, AddTrackingParamsError, AllowMethodError,
        BecomeRegistrarError, ModelRegistration, RegisterBodyPartError, RegisterModelError,
        RegisteredModel, Registrar,
    },
    row::{CheckRowError, CheckRowErrorKind, Row},
    store::{Access, Store, Transaction},
    store_error::{StoreError, StoreErrorKind},
    store_ext::{MaybeTransient, StoreExt, TransactionExt},
    tables::rows::*,
    video_dataset::{DLC_DATASET_TYPE, IMAGING_DATASET_TYPE, VIDEO_DATASET_TYPES},
};

/// The code in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
