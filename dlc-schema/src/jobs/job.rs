use std::fmt;

use super::{key_hash, python_float, python_uuid};
use crate::{Blob, Cell, Row, blob::BlobLimits, table::Table};

/// What tells a job from all others: the table, and the key of the row that is to be made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Job {
    table: &'static Table,
    key: Row,
    hash: String,
}

impl Job {
    /// Names a job. Of a row its key counts.
    pub fn new(table: &'static Table, key: &Row) -> Self {
        let key = key.key(table);
        let hash = key_hash(key.iter().map(|(name, cell)| (name, python_text(cell))));
        Self { table, key, hash }
    }

    /// Returns the table.
    pub const fn table(&self) -> &'static Table {
        self.table
    }

    /// Returns the key of the row that is to be made.
    pub const fn key(&self) -> &Row {
        &self.key
    }

    /// Returns the hash by which `~jobs` knows the key.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Returns its key in `~jobs` and `~dlc_jobs`.
    pub(super) fn row(&self) -> Row {
        let row = Row::new().with("table_name", self.table.name);
        row.with("key_hash", self.hash.as_str())
    }

    /// Returns the key as Python's dictionary.
    pub(super) fn blob(&self) -> Cell {
        let entry = |name: &&str| {
            let cell = self.key.cell(name)?;
            Some((Blob::String((*name).into()), python_value(cell)))
        };
        let entries = self.table.key.iter().filter_map(entry).collect();
        Cell::Blob(Blob::Dict(entries).encode())
    }
}

/// Writes `DLCPrediction (session_name = 0a59dac1dcba870a, …)`.
impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.table.class, self.key)
    }
}

fn python_text(cell: &Cell) -> String {
    match cell {
        Cell::Null => "None".into(),
        Cell::Float(number) => python_float(*number),
        Cell::Uuid(bytes) => python_uuid(bytes),
        cell => cell.to_string(),
    }
}

fn python_value(cell: &Cell) -> Blob {
    match cell {
        Cell::Null => Blob::None,
        Cell::Text(text) => Blob::String(text.clone()),
        Cell::Int(number) => Blob::Int(*number),
        Cell::Float(number) => Blob::Float(*number),
        Cell::DateTime(time) => Blob::String(time.to_string()),
        Cell::Uuid(bytes) => Blob::Uuid(*bytes),
        Cell::Blob(bytes) => Blob::Bytes(bytes.clone()),
    }
}

/// Reads a key that we or Python wrote into `~jobs`, or returns `None` if there is more in it than
/// texts and integers, which is all that keys of our tables have.
pub(super) fn read_key(table: &'static Table, blob: &[u8]) -> Option<Row> {
    let Ok(Blob::Dict(entries)) = Blob::decode(blob, BlobLimits::default()) else {
        return None;
    };
    let cell = |name: &&'static str| {
        let is_it = |key: &Blob| matches!(key, Blob::String(key) if key == name);
        match &entries.iter().find(|(key, _)| is_it(key))?.1 {
            Blob::String(text) => Some((*name, Cell::from(text.as_str()))),
            Blob::Int(number) => Some((*name, Cell::Int(*number))),
            _ => None,
        }
    };
    table.key.iter().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::TRACKING;

    fn key() -> Row {
        Row::new()
            .with("session_name", "0a59dac1dcba870a")
            .with("recording_order", 0)
            .with("recording_name", "d25b179a25df97d0")
            .with("dataset_name", "a120eeca5e7d1507")
            .with("trackingparams_id", "B")
    }

    /// Source: `datajoint.hash.key_hash` 0.14.4 of the same key.
    #[test]
    fn the_hash_is_datajoints() {
        let job = Job::new(&TRACKING, &key().with("sample_rate", 40));
        assert_eq!(job.hash(), "5a726c70cbffe5021f9a3d752564b394");
    }

    #[test]
    fn the_key_can_be_read_back() {
        let job = Job::new(&TRACKING, &key());
        let Cell::Blob(bytes) = job.blob() else {
            panic!("a key is a blob")
        };
        assert_eq!(read_key(&TRACKING, &bytes), Some(key()));
        assert_eq!(read_key(&TRACKING, b"dj0\0"), None);
    }
}
