//! Files of safetensors: as they are, or, after a zero, as the header of one with 64 bytes.
#![no_main]

use std::{fs, sync::LazyLock};

use dlc_io::{Limits, safetensors::read_safetensors};
use libfuzzer_sys::fuzz_target;

static FOLDER: LazyLock<tempfile::TempDir> =
    LazyLock::new(|| tempfile::tempdir().expect("there is a folder for temporary files"));

fuzz_target!(|bytes: &[u8]| {
    let file = match bytes {
        [0, header @ ..] => [&(header.len() as u64).to_le_bytes()[..], header, &[0; 64]].concat(),
        bytes => bytes.to_vec(),
    };
    let path = FOLDER.path().join("fuzz.safetensors");
    fs::write(&path, &file).expect("files can be written");
    if let Ok(read) = read_safetensors(&path, &Limits::default()) {
        let values: usize = read.weights.values().map(|w| w.values().len()).sum();
        assert!(
            values * 2 <= file.len(),
            "the shortest floats have two bytes"
        );
    }
});
