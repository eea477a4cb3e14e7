//! Text of pandas: no panic; what is read is written and read again as it was.
#![no_main]

use std::{fs, sync::LazyLock};

use dlc_io::csv;
use libfuzzer_sys::fuzz_target;

static FOLDER: LazyLock<tempfile::TempDir> =
    LazyLock::new(|| tempfile::tempdir().expect("there is a folder for temporary files"));

fuzz_target!(|bytes: &[u8]| {
    let path = FOLDER.path().join("fuzz.csv");
    fs::write(&path, bytes).expect("files can be written");
    let file = csv::Reader::new(&path);
    let _ = file.collected_data();
    let _ = file.individuals();
    let _ = file.images();
    let Ok(read) = file.predictions() else {
        return;
    };
    let numbers = read.poses.rows().map(<[_]>::len).sum::<usize>();
    assert!(3 * numbers <= bytes.len(), "there is a comma before each number");
    let out = fs::File::create(&path).expect("files can be written");
    csv::write(out, &read.poses, &read.scorer, read.precision).expect("what was read is written");
    let again = file.predictions().expect("what was written is read");
    // As texts, in which NaN is itself.
    assert_eq!(format!("{again:?}"), format!("{read:?}"));
});
