use std::collections::HashMap;

use dlc_schema::{
    PhysicalFile, Query, RecordingData, Store, StoreExt as _,
    table::Table,
    tables::{DATASET, DLC_JOBS, DLC_PREDICTION, JOBS, PHYSICAL_FILE, RECORDING_DATA},
};

use crate::Failure;

pub(crate) fn count(store: &dyn Store, table: &'static Table) -> Result<usize, Failure> {
    Ok(store.rows(&Query::of(table).keys())?.len())
}

/// Returns whether all jobs are done and none is reserved.
pub(crate) fn is_done(store: &dyn Store, jobs: usize) -> Result<bool, Failure> {
    Ok(count(store, &DLC_PREDICTION)? == jobs && count(store, &JOBS)? == 0)
}

/// Checks that each of so many jobs was done once, and that no row is there that should not be; returns
/// how many rows it looked at.
pub(crate) fn check(store: &dyn Store, jobs: usize) -> Result<usize, Failure> {
    let mut looked = 0;
    let mut expect = |what: &str, found: usize, expected: usize| match found == expected {
        true => {
            looked += found;
            Ok(())
        }
        false => Err(Failure::from(format!(
            "{what}: expected {expected}, found {found}"
        ))),
    };
    expect("predictions", count(store, &DLC_PREDICTION)?, jobs)?;
    expect("~jobs", count(store, &JOBS)?, 0)?;
    expect("~dlc_jobs", count(store, &DLC_JOBS)?, 0)?;
    expect("files", count(store, &PHYSICAL_FILE)?, 3 * jobs)?;
    expect("datasets", count(store, &DATASET)?, 2 * jobs)?;
    expect(
        "data of recordings",
        count(store, &RECORDING_DATA)?,
        2 * jobs,
    )?;
    let tracked = Query::of(&DATASET).with("datasettype", "DLC_tracking");
    let mut recordings = HashMap::<_, usize>::new();
    for data in store.fetch::<RecordingData>(&Query::of(&RECORDING_DATA).present_in(tracked))? {
        *recordings.entry(data.recording).or_default() += 1;
        let files = Query::of(&PHYSICAL_FILE).with("dataset_name", data.dataset.as_str());
        let files: Vec<PhysicalFile> = store.fetch(&files)?;
        expect("files of a prediction", files.len(), 2)?;
        let place = |file: &PhysicalFile| file.file_path.split('.').next().map(ToOwned::to_owned);
        if place(&files[0]) != place(&files[1]) {
            return Err(format!("files of two tries: {files:?}").into());
        }
    }
    expect("recordings with a prediction", recordings.len(), jobs)?;
    Ok(looked)
}
