//! HDF5: the bytes replace attributes of a file of pandas, or are put over a part of it.
//!
//! The first byte chooses the file and what is done: an even one gives the pickles and texts of
//! attributes other values of the same length, an odd one writes over the place that the next two
//! bytes tell.
#![no_main]

use std::{fs, path::PathBuf, sync::LazyLock};

use dlc_io::h5;
use libfuzzer_sys::fuzz_target;

static FOLDER: LazyLock<tempfile::TempDir> =
    LazyLock::new(|| tempfile::tempdir().expect("there is a folder for temporary files"));

/// Files of pandas, and of ours.
static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let fixtures = fixtures.join("../dlc-io/tests/fixtures/predictions");
    let names = ["pytorch", "mice", "bones", "collected_data", "compressed", "python_2"];
    let files = names.map(|name| fs::read(fixtures.join(name).with_extension("h5")));
    let mut files: Vec<Vec<u8>> = files.map(|file| file.expect("fixtures are there")).into();
    let read = h5::read(fixtures.join("pytorch.h5")).expect("it is read");
    let mut ours = Vec::new();
    h5::write(&mut ours, &read.poses, &read.scorer, read.precision).expect("it is written");
    files.push(ours);
    files
});

/// Attributes whose content decides what is read.
const ATTRIBUTES: [&[u8]; 8] = [
    b"info\0",
    b"values_cols\0",
    b"non_index_axes\0",
    b"values_block_0_kind\0",
    b"index_kind\0",
    b"pandas_type\0",
    b"table_type\0",
    b"axis1_variety\0",
];

fuzz_target!(|bytes: &[u8]| {
    let [choice, bytes @ ..] = bytes else {
        return;
    };
    let mut file = FILES[usize::from(choice / 2) % FILES.len()].clone();
    if choice % 2 == 0 {
        replace_attribute(&mut file, bytes);
    } else {
        overwrite(&mut file, bytes);
    }
    let path = FOLDER.path().join("fuzz.h5");
    fs::write(&path, &file).expect("files can be written");
    let reader = h5::Reader::new(&path);
    let _ = reader.predictions();
    if let Ok(frame) = reader.data_frame() {
        let _ = frame.individuals();
        let _ = frame.collected_data();
        let values = frame.len() * frame.columns().len();
        assert!(values * 4 <= file.len() * 1100, "the file has bytes for each number");
    }
});

/// Writes over what follows the header of an attribute.
fn replace_attribute(file: &mut [u8], bytes: &[u8]) {
    let [which, skip, content @ ..] = bytes else {
        return;
    };
    let name = ATTRIBUTES[usize::from(*which) % ATTRIBUTES.len()];
    let found = file.windows(name.len()).position(|window| window == name);
    let Some(place) = found else {
        return;
    };
    let place = place + name.len() + usize::from(skip % 64);
    put(file, place, content);
}

/// Writes over the bytes at the place that the first two tell.
fn overwrite(file: &mut [u8], bytes: &[u8]) {
    let [low, high, content @ ..] = bytes else {
        return;
    };
    put(file, usize::from(u16::from_le_bytes([*low, *high])), content);
}

fn put(file: &mut [u8], place: usize, content: &[u8]) {
    let place = place.min(file.len());
    let end = file.len().min(place + content.len());
    file[place..end].copy_from_slice(&content[..end - place]);
}
