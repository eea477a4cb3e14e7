//! Reservations.

use crate::table::{Attribute, AttributeType::*, DefaultValue, Table, Tier};

/// `~jobs`: job reservation table.
pub static JOBS: Table = Table {
    class: "~jobs",
    name: "~jobs",
    tier: Tier::Hidden,
    comment: "job reservation table",
    attributes: &[
        Attribute::new("table_name", Varchar(255)).with_comment("className of the table"),
        Attribute::new("key_hash", Char(32)).with_comment("key hash"),
        Attribute::new("status", Enum(&["reserved", "error", "ignore"]))
            .with_comment("if tuple is missing, the job is available"),
        Attribute::new("key", Blob)
            .with_default(DefaultValue::Null)
            .with_comment("structure containing the key"),
        Attribute::new("error_message", Varchar(2047))
            .with_default(DefaultValue::Text(""))
            .with_comment("error message returned if failed"),
        Attribute::new("error_stack", MediumBlob)
            .with_default(DefaultValue::Null)
            .with_comment("error stack if failed"),
        Attribute::new("user", Varchar(255))
            .with_default(DefaultValue::Text(""))
            .with_comment("database user"),
        Attribute::new("host", Varchar(255))
            .with_default(DefaultValue::Text(""))
            .with_comment("system hostname"),
        Attribute::new("pid", IntUnsigned)
            .with_default(DefaultValue::Int(0))
            .with_comment("system process id"),
        Attribute::new("connection_id", BigIntUnsigned)
            .with_default(DefaultValue::Int(0))
            .with_comment("connection_id()"),
        Attribute::new("timestamp", Timestamp)
            .with_default(DefaultValue::Now)
            .with_comment("automatic timestamp"),
    ],
    key: &["table_name", "key_hash"],
    references: &[],
};

/// `~dlc_jobs`: what `~jobs` has no room for. A job without a row here has no priority, and nobody of
/// us has begun it.
pub static DLC_JOBS: Table = Table {
    class: "~dlc_jobs",
    name: "~dlc_jobs",
    tier: Tier::Hidden,
    comment: "what ~jobs has no room for",
    attributes: &[
        Attribute::new("table_name", Varchar(255)),
        Attribute::new("key_hash", Char(32)),
        Attribute::new("worker", Char(16))
            .with_default(DefaultValue::Text(""))
            .with_comment("who has reserved it"),
        Attribute::new("attempts", Int)
            .with_default(DefaultValue::Int(0))
            .with_comment("how often it was begun"),
        Attribute::new("priority", Int)
            .with_default(DefaultValue::Int(0))
            .with_comment("small is urgent"),
        Attribute::new("message", Varchar(2047))
            .with_default(DefaultValue::Text(""))
            .with_comment("why the last try failed"),
    ],
    key: &["table_name", "key_hash"],
    references: &[],
};

/// `~dlc_workers`: workers that run, and those that ended without a word since somebody looked.
pub static DLC_WORKERS: Table = Table {
    class: "~dlc_workers",
    name: "~dlc_workers",
    tier: Tier::Hidden,
    comment: "workers",
    attributes: &[
        Attribute::new("worker", Char(16)),
        Attribute::new("user", Varchar(255)),
        Attribute::new("host", Varchar(255)),
        Attribute::new("pid", IntUnsigned),
        Attribute::new("lease_ms", IntUnsigned)
            .with_comment("when beats stay the same for so long, it has ended"),
        Attribute::new("beats", BigIntUnsigned).with_default(DefaultValue::Int(0)),
        Attribute::new("started", Timestamp).with_default(DefaultValue::Now),
        // No timestamp: the clock of a worker may be in a year that a timestamp cannot have.
        Attribute::new("heartbeat", DateTime)
            .with_default(DefaultValue::Now)
            .with_comment("by the worker's clock; nothing is decided by it"),
    ],
    key: &["worker"],
    references: &[],
};

/// `~dlc_worker_models`: the models that a worker offers.
pub static DLC_WORKER_MODELS: Table = Table {
    class: "~dlc_worker_models",
    name: "~dlc_worker_models",
    tier: Tier::Hidden,
    comment: "the models that a worker offers",
    attributes: &[
        Attribute::new("worker", Char(16)),
        Attribute::new("dlc_model", Varchar(32)),
    ],
    key: &["worker", "dlc_model"],
    references: &[],
};
