//! Archives of PyTorch: as they are, or, after a zero, as the pickle of one with right checksums.
#![no_main]

use std::{fs, sync::LazyLock};

use dlc_io::{Limits, torch};
use libfuzzer_sys::fuzz_target;

static FOLDER: LazyLock<tempfile::TempDir> =
    LazyLock::new(|| tempfile::tempdir().expect("there is a folder for temporary files"));

fuzz_target!(|bytes: &[u8]| {
    let archive = match bytes {
        [0, pickle @ ..] => zip(&[("a/data.pkl", pickle), ("a/data/0", &[0; 64])]),
        bytes => bytes.to_vec(),
    };
    let path = FOLDER.path().join("fuzz.pt");
    fs::write(&path, &archive).expect("files can be written");
    let limits = Limits::default();
    let metadata = torch::read_metadata(&path, &limits);
    if let Ok(snapshot) = torch::read_snapshot(&path, &limits) {
        let detector = snapshot.detector.iter().flat_map(|d| d.values());
        let tensors = snapshot.weights.values().chain(detector);
        let values: usize = tensors.map(|w| w.values().len()).sum();
        assert!(values * 4 <= archive.len() * 16);
        let metadata = metadata.expect("it is less than the snapshot");
        assert_eq!(format!("{metadata:?}"), format!("{:?}", snapshot.metadata));
    }
});

/// A zip file of stored files.
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let offset = u32::try_from(bytes.len())
            .expect("inputs are short")
            .to_le_bytes();
        let len = u32::try_from(content.len())
            .expect("inputs are short")
            .to_le_bytes();
        let crc = crc32fast::hash(content).to_le_bytes();
        let name_len = u16::try_from(name.len())
            .expect("names are short")
            .to_le_bytes();
        let common = [
            &[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0][..],
            &crc,
            &len,
            &len,
            &name_len,
            &[0, 0],
        ]
        .concat();
        bytes.extend([b"PK\x03\x04", &common[..], name.as_bytes(), content].concat());
        let entry = [b"PK\x01\x02\x14\x00", &common[..], &[0; 10], &offset].concat();
        directory.extend([&entry, name.as_bytes()].concat());
    }
    let start = u32::try_from(bytes.len())
        .expect("inputs are short")
        .to_le_bytes();
    let len = u32::try_from(directory.len())
        .expect("inputs are short")
        .to_le_bytes();
    let count = u16::try_from(files.len())
        .expect("there are few")
        .to_le_bytes();
    bytes.extend(directory);
    bytes.extend(
        [
            b"PK\x05\x06\0\0\0\0",
            &count[..],
            &count,
            &len,
            &start,
            &[0, 0],
        ]
        .concat(),
    );
    bytes
}
