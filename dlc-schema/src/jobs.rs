//! The rules of jobs.

pub use self::key_hash::{key_hash, python_float, python_uuid};

mod key_hash;
