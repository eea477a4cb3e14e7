//! Indices of checkpoints: as they are, or, after a zero, as a block with right checksums.
#![no_main]

use std::{fs, sync::LazyLock};

use dlc_io::{Limits, tensorflow::read_checkpoint};
use libfuzzer_sys::fuzz_target;

static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    for shard in 0..3 {
        let name = format!("fuzz.data-{shard:05}-of-00003");
        fs::write(folder.path().join(name), [0; 4096]).expect("files can be written");
    }
    folder
});

fuzz_target!(|bytes: &[u8]| {
    let index = match bytes {
        [0, contents @ ..] => table(contents),
        bytes => bytes.to_vec(),
    };
    let prefix = FOLDER.path().join("fuzz");
    fs::write(prefix.with_extension("index"), index).expect("files can be written");
    if let Ok(weights) = read_checkpoint(&prefix, &Limits::default()) {
        let values: usize = weights.values().map(|w| w.values().len()).sum();
        assert!(values <= 3 * 1024, "three files have 1024 values each");
    }
});

/// A table of one data block and one block of the index.
fn table(contents: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    push_block(&mut bytes, contents);
    let mut index = vec![0, 0, 0];
    push_varint(&mut index, 0);
    push_varint(&mut index, contents.len());
    index[2] = u8::try_from(index.len() - 3).expect("a handle is short");
    index.extend([0; 4]);
    let mut footer = vec![0, 0];
    push_varint(&mut footer, bytes.len());
    push_varint(&mut footer, index.len());
    push_block(&mut bytes, &index);
    footer.resize(40, 0);
    bytes.extend(footer);
    bytes.extend(0xdb47_7524_8b80_fb57_u64.to_le_bytes());
    bytes
}

fn push_block(bytes: &mut Vec<u8>, contents: &[u8]) {
    let start = bytes.len();
    bytes.extend(contents);
    bytes.push(0);
    let crc = crc32c::crc32c(&bytes[start..]);
    bytes.extend(crc.rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes());
}

fn push_varint(bytes: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        bytes.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
}
