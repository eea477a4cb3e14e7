//! Reservations.

use crate::table::{Attribute, AttributeType::*, DefaultValue, Table, Tier};

/// `~jobs`: job reservation table.
pub static JOBS: Table = Table {
    class: "~jobs",
    name: "~jobs",
    tier: Tier::Hidden,
    comment: "job reservation table",
    attributes: &[
        Attribute::new("table_name", Varchar(255)),
        Attribute::new("key_hash", Char(32)),
        Attribute::new("status", Enum(&["reserved", "error", "ignore"])),
        Attribute::new("key", Blob).with_default(DefaultValue::Null),
        Attribute::new("error_message", Varchar(2047)).with_default(DefaultValue::Text("")),
        Attribute::new("error_stack", MediumBlob).with_default(DefaultValue::Null),
        Attribute::new("user", Varchar(255)).with_default(DefaultValue::Text("")),
        Attribute::new("host", Varchar(255)).with_default(DefaultValue::Text("")),
        Attribute::new("pid", IntUnsigned).with_default(DefaultValue::Int(0)),
        Attribute::new("connection_id", BigIntUnsigned).with_default(DefaultValue::Int(0)),
        Attribute::new("timestamp", Timestamp).with_default(DefaultValue::Now),
    ],
    key: &["table_name", "key_hash"],
    references: &[],
};
