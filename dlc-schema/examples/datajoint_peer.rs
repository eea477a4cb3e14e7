//! Works on a schema that DataJoint in Python works on too: `conformance/datajoint` drives it.
//!
//! ```sh
//! cargo run --features mysql --example datajoint_peer -- declare mysql://USER:PASSWORD@HOST/SCHEMA
//! cargo run --features mysql --example datajoint_peer -- insert URL < rows.json
//! cargo run --features mysql --example datajoint_peer -- dump URL > rows.json
//! cargo run --features mysql --example datajoint_peer -- work URL
//! ```
//!
//! Rows are `{"TABLE": [{"ATTRIBUTE": {"text": …}}, …]}`. A cell is `null` or one of `text`, `int`,
//! `float` (its 16 hexadecimal digits), `time`, `uuid`, and `blob`, a blob as DataJoint packs it
//! without compression, in hexadecimal digits. Blobs are decoded and encoded on their way.
//!
//! `work` makes the pending rows of `DLCPrediction`, without a network, and prints the dataset of each
//! when it begins; those whose names begin with `bad` fail.

use std::{error::Error, io, thread, time::Duration};

use dlc_schema::{
    Blob, Cell, Make, MakeError, MysqlOptions, MysqlStore, Query, Row, Running, Shutdown,
    StoreError, StoreExt, Transaction,
    blob::BlobLimits,
    jobs::{Source, Worker, WorkerOptions},
    table::Table,
    tables::{DLC_PREDICTION, RECORDING_DLC, TABLES},
};
use serde_json::{Map, Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [command, url] = arguments.as_slice() else {
        return Err("usage: datajoint_peer declare|insert|dump|work URL".into());
    };
    let options = MysqlOptions::from_url(url)?;
    match command.as_str() {
        "declare" => MysqlStore::declare(&options).map(drop)?,
        "insert" => insert(&MysqlStore::open(&options)?)?,
        "dump" => dump(&MysqlStore::open(&options)?)?,
        "work" => work(&MysqlStore::open(&options)?)?,
        other => return Err(format!("unknown command {other}").into()),
    }
    Ok(())
}

/// Stores the rows of the standard input, all or none.
fn insert(store: &MysqlStore) -> Result<()> {
    let mut all: Map<String, Value> = serde_json::from_reader(io::stdin())?;
    let mut rows = Vec::new();
    for table in TABLES {
        let of_table = all.remove(table.name);
        for row in of_table.iter().filter_map(Value::as_array).flatten() {
            rows.push((*table, read_row(table, row)?));
        }
    }
    if !all.is_empty() {
        return Err(format!("unknown tables: {:?}", all.keys()).into());
    }
    store.write(|transaction| -> std::result::Result<_, StoreError> {
        rows.iter()
            .try_for_each(|(table, row)| transaction.insert(table, row))
    })?;
    Ok(())
}

fn read_row(table: &'static Table, row: &Value) -> Result<Row> {
    let cells = row.as_object().ok_or("a row is a dictionary")?;
    let mut row = Row::new();
    for (name, cell) in cells {
        let attribute = table.attribute(name).ok_or("unknown attribute")?;
        row.set(attribute.name, read_cell(cell)?);
    }
    Ok(row)
}

fn read_cell(cell: &Value) -> Result<Cell> {
    if cell.is_null() {
        return Ok(Cell::Null);
    }
    let (kind, value) = cell
        .as_object()
        .and_then(|cell| cell.iter().next())
        .ok_or("a cell is a dictionary of one")?;
    if kind == "int" {
        return Ok(Cell::Int(value.as_i64().ok_or("no integer")?));
    }
    let text = value.as_str().ok_or("no text")?;
    Ok(match kind.as_str() {
        "text" => Cell::Text(text.into()),
        "float" => Cell::Float(f64::from_bits(u64::from_str_radix(text, 16)?)),
        "time" => Cell::DateTime(text.parse()?),
        "uuid" => Cell::Uuid(bytes(text)?.try_into().map_err(|_| "no UUID")?),
        "blob" => {
            let blob = Blob::decode(&bytes(text)?, BlobLimits::default())?;
            Cell::Blob(blob.encode())
        }
        other => return Err(format!("unknown kind {other}").into()),
    })
}

fn bytes(hex: &str) -> Result<Vec<u8>> {
    let byte = |at| u8::from_str_radix(hex.get(at..at + 2).unwrap_or("?"), 16);
    let bytes: std::result::Result<_, _> = (0..hex.len()).step_by(2).map(byte).collect();
    Ok(bytes?)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Prints all rows.
fn dump(store: &MysqlStore) -> Result<()> {
    let mut all = Map::new();
    for table in TABLES {
        let mut rows = Vec::new();
        for row in store.rows(&Query::of(table))? {
            let cells: Result<Map<_, _>> = row
                .iter()
                .map(|(name, cell)| Ok((name.to_owned(), write_cell(cell)?)))
                .collect();
            rows.push(Value::Object(cells?));
        }
        all.insert(table.name.into(), rows.into());
    }
    serde_json::to_writer(io::stdout(), &all)?;
    Ok(())
}

fn write_cell(cell: &Cell) -> Result<Value> {
    Ok(match cell {
        Cell::Null => Value::Null,
        Cell::Text(text) => json!({ "text": text }),
        Cell::Int(number) => json!({ "int": number }),
        Cell::Float(number) => json!({ "float": format!("{:016x}", number.to_bits()) }),
        Cell::DateTime(time) => json!({ "time": time.to_string() }),
        Cell::Uuid(uuid) => json!({ "uuid": hex(uuid) }),
        Cell::Blob(bytes) => {
            let blob = Blob::decode(bytes, BlobLimits::default())?;
            json!({ "blob": hex(&blob.pack()) })
        }
    })
}

/// Makes predictions until there is nothing to begin; waits for a line first.
fn work(store: &MysqlStore) -> Result<()> {
    io::stdin().read_line(&mut String::new())?;
    let worker = Worker::new(store, WorkerOptions::default())?;
    worker.run_once(&[&Predictions], &Shutdown::new())?;
    Ok(())
}

/// Predictions that take a moment and look at nothing.
struct Predictions;

impl Make for Predictions {
    /// The model.
    type Input = Cell;
    type Output = ();

    fn table(&self) -> &'static Table {
        &DLC_PREDICTION
    }

    fn pending(&self, rows: &mut dyn Transaction) -> std::result::Result<Vec<Row>, StoreError> {
        let pending = (Source::DLC_PREDICTION.pending)(rows)?;
        Ok(pending.into_iter().map(|pending| pending.key).collect())
    }

    fn fetch(&self, rows: &mut dyn Transaction, key: &Row) -> std::result::Result<Cell, MakeError> {
        let recording = Query::of(&RECORDING_DLC).with_all(key.only(RECORDING_DLC.key));
        let found = rows.select(&recording).map_err(MakeError::permanent)?;
        let model = found.first().and_then(|row| row.cell("dlc_model"));
        model
            .cloned()
            .ok_or_else(|| MakeError::permanent("no model"))
    }

    #[expect(clippy::print_stdout, reason = "the driver reads it")]
    fn make(&self, key: &Row, _: &Cell, _: &Running) -> std::result::Result<(), MakeError> {
        let dataset = key.cell("dataset_name").unwrap_or(&Cell::Null).to_string();
        println!("{dataset}");
        thread::sleep(Duration::from_millis(10));
        match dataset.starts_with("bad") {
            true => Err(MakeError::permanent("this video cannot be read")),
            false => Ok(()),
        }
    }

    fn store(
        &self,
        rows: &mut dyn Transaction,
        key: &Row,
        model: &Cell,
        (): &(),
    ) -> std::result::Result<(), MakeError> {
        let row = key.clone().with("dlc_model", model.clone());
        let stored = rows.insert(&DLC_PREDICTION, &row);
        stored.map_err(MakeError::permanent)
    }
}
