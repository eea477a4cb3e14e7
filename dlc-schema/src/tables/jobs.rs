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
