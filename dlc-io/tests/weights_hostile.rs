//! Damaged and hostile pickles, checkpoints and archives: an error or a value, never a panic, and
//! never more memory than the file is worth.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

#[path = "weights_hostile/support.rs"]
mod support;

use std::{
    fs,
    io::{Read, Write},
    path::Path,
};

use dlc_io::{
    Limits,
    pickle::{self, ReadPickleError, ReadPickleErrorKind, Value},
    tensorflow::{self, ReadCheckpointErrorKind},
    torch::{self, ReadSnapshotErrorKind},
};
use zip::write::SimpleFileOptions;

use self::support::{MIB, Random, fixture, peak, reference};

fn read(bytes: &[u8]) -> Result<Value, ReadPickleError> {
    pickle::read(bytes, &Limits::default())
}

fn pickles() -> Vec<(String, Vec<u8>)> {
    let names =
        (0..6).flat_map(|protocol| [format!("plain.p{protocol}"), format!("objects.p{protocol}")]);
    let names = names.chain((0..3).map(|protocol| format!("python2.p{protocol}")));
    names
        .map(|name| {
            let bytes = fs::read(fixture("pickle").join(&name)).unwrap();
            (name, bytes)
        })
        .collect()
}

#[test]
fn cut_pickles_are_errors() {
    let mut count = 0;
    for (name, bytes) in pickles() {
        for len in 0..bytes.len() {
            let held = peak(|| {
                let error = read(&bytes[..len]).unwrap_err();
                assert!(error.offset() <= len, "{name} cut at {len}: {error}");
            });
            assert!(held < MIB, "{name} cut at {len} took {held} bytes");
            count += 1;
        }
    }
    println!("{count} cut pickles");
    assert!(count > 20_000);
}

#[test]
fn damaged_pickles_do_no_harm() {
    let mut random = Random(1);
    let (mut count, mut errors) = (0, 0);
    for (name, bytes) in pickles() {
        for _ in 0..1_000 {
            let mut bytes = bytes.clone();
            random.damage(&mut bytes);
            let held = peak(|| {
                if let Ok(value) = read(&bytes) {
                    assert!(!format!("{value:?}").is_empty());
                } else {
                    errors += 1;
                }
            });
            assert!(held < 16 * MIB, "{name} took {held} bytes");
            count += 1;
        }
    }
    println!("{count} damaged pickles, {errors} errors");
    assert!(count == 15_000 && errors > 10_000);
}

#[test]
fn random_opcodes_do_no_harm() {
    let opcodes =
        b"(.012FIJKLMNPQRSTUVXabcd}eghijlo]pqrstu)GBC\x80\x81\x82\x83\x84\x85\x86\x87\x88\
        \x89\x8a\x8b\x8c\x8d\x8e\x8f\x90\x91\x92\x93\x94\x95\x96\x97\x98\0\n1";
    let mut random = Random(2);
    let (mut count, mut values) = (0, 0);
    for _ in 0..100_000 {
        let len = random.below(60);
        let mut bytes: Vec<_> = (0..len)
            .map(|_| opcodes[random.below(opcodes.len())])
            .collect();
        bytes.push(b'.');
        let held = peak(|| values += usize::from(read(&bytes).is_ok()));
        assert!(held < MIB, "{bytes:?} took {held} bytes");
        count += 1;
    }
    println!("{count} random pickles, {values} values");
    assert!(values > 500);
}

fn kind(bytes: &[u8], limits: &Limits) -> ReadPickleErrorKind {
    pickle::read(bytes, limits).unwrap_err().into_kind()
}

/// Pickles of containers inside each other.
fn nested(depth: usize) -> Vec<(&'static str, Vec<u8>)> {
    let repeat = |parts: [&[u8]; 3], end: &[u8]| {
        [
            parts[0].repeat(depth),
            parts[1].to_vec(),
            parts[2].repeat(depth),
            end.to_vec(),
        ]
        .concat()
    };
    vec![
        ("lists", repeat([b"]", b"N", b"a"], b".")),
        ("tuples", repeat([b"", b"N", b"\x85"], b".")),
        ("old tuples", repeat([b"(", b"N", b"t"], b".")),
        ("dicts", repeat([b"}K\0", b"N", b"s"], b".")),
        ("keys", repeat([b"}", b"N", b"Ns"], b".")),
        ("sets", repeat([b"(", b"N", b"\x91"], b".")),
        ("ids", repeat([b"", b"N", b"Q"], b".")),
        ("calls", repeat([b"", b"N", b")R"], b".")),
        ("states", repeat([b"N)R", b"N", b"b"], b".")),
    ]
}

#[test]
fn many_containers_inside_each_other_are_refused() {
    let lists = nested(1_000_000).swap_remove(0);
    let mut count = 0;
    for (name, bytes) in nested(50_000).into_iter().chain([lists]) {
        let held = peak(|| {
            let kind = kind(&bytes, &Limits::default());
            assert!(
                matches!(kind, ReadPickleErrorKind::TooDeep { limit: 128 }),
                "{name}: {kind}"
            );
        });
        assert!(held < 128 * MIB, "{name} took {held} bytes");
        count += 1;
    }
    assert_eq!(count, 10);
}

#[test]
fn the_deepest_value_can_be_used_on_a_small_stack() {
    // As much as a thread has unless told.
    const STACK_LEN: usize = 2 * MIB;
    let limits = Limits::default().with_max_depth(usize::MAX);
    let use_it = move |name: &str, bytes: &[u8]| {
        let value = pickle::read(bytes, &limits).unwrap_or_else(|e| panic!("{name}: {e:?}"));
        assert_eq!(value.clone(), value);
        assert!(!format!("{value:?}").is_empty());
        if let Ok(written) = pickle::write(&value) {
            assert!(pickle::read(&written[..], &limits).unwrap() == value);
        }
        drop(pickle::write_protocol_0(&value));
    };
    let mut count = 0;
    for (name, bytes) in nested(Limits::DEEPEST) {
        let thread = std::thread::Builder::new().stack_size(STACK_LEN);
        let thread = thread.spawn(move || use_it(name, &bytes)).unwrap();
        thread.join().unwrap();
        count += 1;
    }
    for (name, bytes) in nested(Limits::DEEPEST + 1) {
        let kind = kind(&bytes, &limits);
        assert!(
            matches!(
                kind,
                ReadPickleErrorKind::TooDeep {
                    limit: Limits::DEEPEST
                }
            ),
            "{name}: {kind}"
        );
        count += 1;
    }
    assert_eq!(count, 18);
}

/// A value and then levels that each refer to the one before ten times.
fn bomb(base: &[u8], open: &[u8], close: &[u8], levels: u8) -> Vec<u8> {
    let mut bytes = [base, b"q\0"].concat();
    for level in 0..levels {
        bytes.extend(open);
        bytes.extend([b'h', level].repeat(10));
        bytes.extend(close);
        bytes.extend([b'q', level + 1]);
    }
    bytes.push(b'.');
    bytes
}

#[test]
fn few_bytes_that_stand_for_many_values_are_refused() {
    let dtype = b"cnumpy\ndtype\n(U\x02f4";
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("lists", bomb(b"N", b"](", b"e", 20)),
        ("tuples", bomb(b"N", b"(", b"t", 20)),
        ("dicts", bomb(b"N", b"}(", b"u", 20)),
        ("sets", bomb(b"N", b"\x8f(", b"\x90", 20)),
        ("calls", bomb(b"N", b"cA\nB\n(", b"tR", 20)),
        ("states", bomb(b"N", b"cA\nB\n)R(", b"tb", 20)),
        (
            "items",
            bomb(b"N", b"ccollections\nOrderedDict\n)R(", b"u", 20),
        ),
        (
            "old sets",
            bomb(b"N", b"c__builtin__\nset\n](", b"e\x85R", 20),
        ),
        // A type with a bomb among its arguments, of which arrays are made.
        (
            "arrays",
            bomb(
                b"N",
                &[
                    b"cnumpy.core.numeric\n_frombuffer\n(C\x04aaaa",
                    &dtype[..],
                    b"(",
                ]
                .concat(),
                b"ttRK\x01\x85U\x01CtR",
                20,
            ),
        ),
        ("a list inside itself", b"]q\0(h\0h\0e.".to_vec()),
        ("a dict inside itself", b"}q\0(h\0h\0u.".to_vec()),
        ("an object inside itself", b"cA\nB\n)Rq\0h\0b.".to_vec()),
    ];
    let mut count = 0;
    for (name, bytes) in cases {
        let held = peak(|| {
            let kind = kind(&bytes, &Limits::default());
            let is_expected = matches!(
                kind,
                ReadPickleErrorKind::TooManyValues { .. } | ReadPickleErrorKind::TooDeep { .. }
            );
            assert!(is_expected, "{name}: {kind}");
        });
        assert!(held < 32 * MIB, "{name} took {held} bytes");
        count += 1;
    }
    assert_eq!(count, 12);
}

#[test]
fn many_references_to_a_large_value_share_or_are_refused() {
    let text = [b"X\0\0\x10\0", &vec![b'a'; MIB][..], b"q\0]("].concat();
    let shared = [&text[..], &b"h\0".repeat(100_000), b"e."].concat();
    let held = peak(|| assert!(read(&shared).is_ok()));
    assert!(held < 32 * MIB, "{held} bytes");

    // A tuple of many as the arguments of many calls, a text of many as the bytes of many arrays.
    let tuple = [
        b"(",
        &b"N".repeat(10_000)[..],
        b"tq\0](",
        &b"Nh\0R".repeat(10_000),
        b"e.",
    ];
    let bytes = b"c_codecs\nencode\nh\0U\x06latin1\x86R".repeat(5_000);
    let array = b"cnumpy.core.numeric\n_frombuffer\n(h\0cnumpy\ndtype\nU\x02u1\x85RJ\0\0\x10\0\x85\
        U\x01CtR";
    let arrays = array.repeat(5_000);
    let limits = Limits::default().with_max_nodes(1 << 18);
    let mut count = 0;
    for bytes in [
        tuple.concat(),
        [&text[..], &bytes, b"e."].concat(),
        [&text[..], &arrays, b"e."].concat(),
    ] {
        let held = peak(|| {
            let kind = kind(&bytes, &limits);
            assert!(
                matches!(kind, ReadPickleErrorKind::TooManyValues { .. }),
                "{kind}"
            );
        });
        assert!(held < 64 * MIB, "case {count} took {held} bytes");
        count += 1;
    }
    assert_eq!(count, 3);
}

#[test]
fn huge_lengths_are_not_believed() {
    let cases: [&[u8]; 12] = [
        b"X\xff\xff\xff\xffa.",
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\xffa.",
        b"\x8e\0\0\0\0\0\x01\0\0a.",
        b"\x96\0\0\0\0\0\x01\0\0a.",
        b"B\xff\xff\xff\xffa.",
        b"T\xff\xff\xff\xffa.",
        b"T\xff\xff\xff\x7fa.",
        b"\x8b\xff\xff\xff\xff.",
        b"\x8b\xff\xff\xff\x7f.",
        b"U\xffa.",
        b"h\xff.",
        b"j\xff\xff\xff\xff.",
    ];
    for bytes in cases {
        let held = peak(|| drop(read(bytes).unwrap_err()));
        assert!(held < 4096, "{bytes:?} took {held} bytes");
    }
    // Shapes that multiply to nothing, or to more than there is.
    let array = |shape: &[u8], dtype: &[u8], order: &[u8]| {
        let parts: [&[u8]; 9] = [
            b"cnumpy.core.numeric\n_frombuffer\n(C\0cnumpy\ndtype\nU\x02",
            dtype,
            b"\x85R",
            shape,
            b"U\x01",
            order,
            b"tR",
            b".",
            b"",
        ];
        parts.concat()
    };
    let huge = b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f";
    let shapes = [
        [&huge[..], b"\x85"].concat(),
        [&huge[..], b"K\0\x86"].concat(),
        [&huge[..], huge, b"\x86"].concat(),
        [b"J\xff\xff\xff\xff", &b"\x85"[..]].concat(),
    ];
    let mut count = 0;
    for shape in shapes {
        for dtype in [b"f8", b"S0", b"U0", b"O8"] {
            for order in [b"C", b"F"] {
                let held = peak(|| {
                    let value = read(&array(&shape, dtype, order)).unwrap();
                    if let Some(array) = value.as_array() {
                        drop(array.to_f64());
                    }
                });
                assert!(held < MIB, "{held} bytes");
                count += 1;
            }
        }
    }
    assert_eq!(count, 32);
}

/// A checkpoint in a folder of its own.
struct Checkpoint(tempfile::TempDir);

impl Checkpoint {
    const FILES: [&str; 3] = [
        "two.index",
        "two.data-00000-of-00002",
        "two.data-00001-of-00002",
    ];

    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in Self::FILES {
            fs::copy(fixture("checkpoint").join(name), folder.path().join(name)).unwrap();
        }
        Self(folder)
    }

    /// Reads it with other bytes in one of its files.
    fn read_with(&self, name: &str, bytes: &[u8]) -> Result<(), ReadCheckpointErrorKind> {
        let path = self.0.path().join(name);
        let good = fs::read(&path).unwrap();
        fs::write(&path, bytes).unwrap();
        let mut result = Ok(());
        let held = peak(|| {
            let weights =
                tensorflow::read_checkpoint(self.0.path().join("two"), &Limits::default());
            result = weights.map(drop).map_err(|error| error.into_kind());
        });
        assert!(held < MIB + 4 * bytes.len(), "{name} took {held} bytes");
        fs::write(&path, good).unwrap();
        result
    }
}

#[test]
fn cut_checkpoints_are_errors() {
    let checkpoint = Checkpoint::new();
    let mut count = 0;
    for name in Checkpoint::FILES {
        let bytes = fs::read(fixture("checkpoint").join(name)).unwrap();
        // The last variable of the second file is not read: it is not of floats.
        let read = if name.contains("00001") {
            24
        } else {
            bytes.len()
        };
        for len in 0..bytes.len() {
            let result = checkpoint.read_with(name, &bytes[..len]);
            assert!(result.is_err() || len >= read, "{name} cut at {len}");
            count += 1;
        }
    }
    println!("{count} cut checkpoints");
    assert!(count > 600);
}

#[test]
fn damaged_checkpoints_are_errors() {
    let checkpoint = Checkpoint::new();
    let mut random = Random(3);
    let (mut count, mut errors) = (0, 0);
    for name in Checkpoint::FILES {
        for _ in 0..1_000 {
            let mut bytes = fs::read(fixture("checkpoint").join(name)).unwrap();
            random.damage(&mut bytes);
            errors += usize::from(checkpoint.read_with(name, &bytes).is_err());
            count += 1;
        }
    }
    println!("{count} damaged checkpoints, {errors} errors");
    assert!(count == 3_000 && errors > 2_000);
}

fn block(contents: &[u8], compression: u8) -> Vec<u8> {
    let mut bytes = [contents, &[compression]].concat();
    let crc = crc32c::crc32c(&bytes)
        .rotate_right(15)
        .wrapping_add(0xa282_ead8);
    bytes.extend(crc.to_le_bytes());
    bytes
}

fn varint(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap());
    bytes
}

fn entry(shared: usize, key: &[u8], value: &[u8]) -> Vec<u8> {
    let lengths = [varint(shared), varint(key.len()), varint(value.len())].concat();
    [&lengths, key, value].concat()
}

const NO_RESTARTS: &[u8] = &[0; 4];

/// A table of data blocks, with right checksums; `repeats` says how often each is in the index.
fn table(blocks: &[(&[u8], u8)], repeats: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut index = Vec::new();
    for (contents, compression) in blocks {
        let handle = [varint(bytes.len()), varint(contents.len())].concat();
        for _ in 0..repeats {
            index.extend(entry(0, b"k", &handle));
        }
        bytes.extend(block(contents, *compression));
    }
    index.extend(NO_RESTARTS);
    let handle = [varint(bytes.len()), varint(index.len())].concat();
    bytes.extend(block(&index, 0));
    let mut footer = [&[0, 0][..], &handle].concat();
    footer.resize(40, 0);
    footer.extend(0xdb47_7524_8b80_fb57_u64.to_le_bytes());
    bytes.extend(footer);
    bytes
}

/// The contents of the only data block of `two.index`: what is before its trailer.
fn data_block() -> Vec<u8> {
    let bytes = fs::read(fixture("checkpoint/two.index")).unwrap();
    let len = (0..bytes.len() - 5).find(|&len| block(&bytes[..len], 0) == bytes[..len + 5]);
    bytes[..len.unwrap()].to_vec()
}

#[test]
fn damage_behind_right_checksums_does_no_harm() {
    let checkpoint = Checkpoint::new();
    let data = data_block();
    checkpoint
        .read_with("two.index", &table(&[(&data, 0)], 1))
        .unwrap();
    let mut random = Random(4);
    let (mut count, mut errors) = (0, 0);
    for _ in 0..2_000 {
        let mut data = data.clone();
        random.damage(&mut data);
        let bytes = table(&[(&data, 0)], 1);
        errors += usize::from(checkpoint.read_with("two.index", &bytes).is_err());
        count += 1;
    }
    for len in 0..data.len() {
        let bytes = table(&[(&data[..len], 0)], 1);
        errors += usize::from(checkpoint.read_with("two.index", &bytes).is_err());
        count += 1;
    }
    println!("{count} damaged tables with right checksums, {errors} errors");
    assert!(errors > 1_500);
}

#[test]
fn tables_of_other_makes_are_read_or_refused_by_name() {
    use ReadCheckpointErrorKind as Kind;
    let checkpoint = Checkpoint::new();
    let read = |bytes: &[u8]| checkpoint.read_with("two.index", bytes);
    let header = entry(0, b"", &[0x08, 2]);
    let first = [&header, NO_RESTARTS].concat();
    let second = [&entry(0, b"a", &[0x08, 9])[..], NO_RESTARTS].concat();
    read(&table(&[(&first, 0), (&second, 0)], 1)).unwrap();

    let compressed = read(&table(&[(&first, 1)], 1));
    let expected = Kind::CompressedBlock {
        offset: 0,
        compression: "snappy",
    };
    assert_eq!(compressed.unwrap_err().to_string(), expected.to_string());
    let repeated = read(&table(&[(&first, 0), (&second, 0)], 100_000));
    assert!(matches!(repeated, Err(Kind::InvalidBlock { .. })));
    assert!(matches!(
        read(&table(&[(&second, 0)], 1)),
        Err(Kind::MissingHeader)
    ));
    assert!(matches!(read(&table(&[], 1)), Err(Kind::MissingHeader)));
    let long = [&header[..], &entry(0, &[b'a'; 513], b""), NO_RESTARTS].concat();
    assert!(matches!(
        read(&table(&[(&long, 0)], 1)),
        Err(Kind::InvalidBlock { .. })
    ));
    let restarts = [&header[..], &[0xff; 4]].concat();
    assert!(matches!(
        read(&table(&[(&restarts, 0)], 1)),
        Err(Kind::InvalidBlock { .. })
    ));

    // A variable of 2^62 values, and one that is all of the file twice.
    let huge = [
        0x08, 1, 0x12, 12, 0x12, 10, 0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40,
    ];
    let huge = [&header[..], &entry(0, b"a", &huge), NO_RESTARTS].concat();
    assert!(matches!(
        read(&table(&[(&huge, 0)], 1)),
        Err(Kind::InvalidEntry { .. } | Kind::WrongSize { .. })
    ));
    let all = [
        &[0x08, 1, 0x12, 4, 0x12, 2, 0x08, 6, 0x28, 24, 0x35][..],
        &{
            let bytes = fs::read(fixture("checkpoint/two.data-00000-of-00002")).unwrap();
            let crc = crc32c::crc32c(&bytes[..24])
                .rotate_right(15)
                .wrapping_add(0xa282_ead8);
            crc.to_le_bytes()
        },
    ]
    .concat();
    let one = [&header[..], &entry(0, b"a", &all), NO_RESTARTS].concat();
    read(&table(&[(&one, 0)], 1)).unwrap();
    let twice = [
        &header[..],
        &entry(0, b"a", &all),
        &entry(0, b"b", &all),
        NO_RESTARTS,
    ]
    .concat();
    assert!(matches!(
        read(&table(&[(&twice, 0)], 1)),
        Err(Kind::Overlap { .. })
    ));
}

/// Reads a snapshot from bytes.
fn read_snapshot(folder: &Path, bytes: &[u8]) -> Result<(), ReadSnapshotErrorKind> {
    let path = folder.join("snapshot.pt");
    fs::write(&path, bytes).unwrap();
    let mut result = Ok(());
    let held = peak(|| {
        let snapshot = torch::read_snapshot(&path, &Limits::default());
        result = snapshot.map(drop).map_err(|error| error.into_kind());
    });
    assert!(held < 16 * MIB, "{held} bytes");
    result
}

#[test]
fn cut_archives_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    for name in ["archive/snapshot.pt", "archive/exported.pt"] {
        let bytes = fs::read(fixture(name)).unwrap();
        for len in 0..bytes.len() {
            assert!(
                read_snapshot(folder.path(), &bytes[..len]).is_err(),
                "{name} cut at {len}"
            );
            count += 1;
        }
    }
    println!("{count} cut archives");
    assert!(count > 7_000);
}

#[test]
fn damaged_archives_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = fs::read(fixture("archive/snapshot.pt")).unwrap();
    let mut random = Random(5);
    let (mut count, mut errors) = (0, 0);
    for _ in 0..2_000 {
        let mut bytes = bytes.clone();
        random.damage(&mut bytes);
        errors += usize::from(read_snapshot(folder.path(), &bytes).is_err());
        count += 1;
    }
    println!("{count} damaged archives, {errors} errors");
    assert!(errors > 1_000);
}

/// The archive `snapshot.pt`, with another pickle and right checksums.
fn archive_with(pickle: &[u8]) -> Vec<u8> {
    let mut old =
        zip::ZipArchive::new(fs::File::open(fixture("archive/snapshot.pt")).unwrap()).unwrap();
    let mut new = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for index in 0..old.len() {
        let mut entry = old.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        new.start_file(&*name, stored).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        let is_pickle = name.ends_with("data.pkl");
        new.write_all(if is_pickle { pickle } else { &bytes })
            .unwrap();
    }
    new.finish().unwrap().into_inner()
}

#[test]
fn damaged_pickles_in_archives_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let mut old =
        zip::ZipArchive::new(fs::File::open(fixture("archive/snapshot.pt")).unwrap()).unwrap();
    let mut pickle = Vec::new();
    old.by_name("snapshot/data.pkl")
        .unwrap()
        .read_to_end(&mut pickle)
        .unwrap();
    read_snapshot(folder.path(), &archive_with(&pickle)).unwrap();
    let mut random = Random(6);
    let (mut count, mut errors) = (0, 0);
    for _ in 0..2_000 {
        let mut pickle = pickle.clone();
        random.damage(&mut pickle);
        errors += usize::from(read_snapshot(folder.path(), &archive_with(&pickle)).is_err());
        count += 1;
    }
    println!("{count} archives with damaged pickles, {errors} errors");
    assert!(errors > 500);
}

#[test]
fn tensors_larger_than_their_storage_are_refused() {
    use ReadSnapshotErrorKind as Kind;
    let folder = tempfile::tempdir().unwrap();
    // {"model": {"w": tensor}} with the storage "0" of six floats, of which `len` are claimed.
    let tensor = |len: &str, offset: &str, shape: &str, strides: &str| {
        let pickle = format!(
            "(dVmodel\n(dVw\nctorch._utils\n_rebuild_tensor_v2\n((Vstorage\nctorch\nFloatStorage\n\
             V0\nVcpu\nL{len}L\ntQL{offset}L\n({shape}t({strides}tI00\nNtRss."
        );
        read_snapshot(folder.path(), &archive_with(pickle.as_bytes()))
    };
    tensor("6", "0", "I2\nI3\n", "I3\nI1\n").unwrap();
    tensor("6", "0", "I4\nI3\n", "I0\nI1\n").unwrap();
    tensor("6", "5", "", "").unwrap();

    let most = i64::MAX.to_string();
    let huge = format!("L{most}L\n");
    let beyond = |result| matches!(result, Err(Kind::TensorBeyondEnd { .. }));
    let large = |result| matches!(result, Err(Kind::TooLarge { .. }));
    let invalid = |result| matches!(result, Err(Kind::InvalidTensor { .. }));
    assert!(beyond(tensor("6", "1", "I2\nI3\n", "I3\nI1\n")));
    assert!(beyond(tensor("600", "0", "I600\n", "I1\n")));
    assert!(beyond(tensor("6", "6", "", "")));
    assert!(beyond(tensor("6", &most, "", "")));
    assert!(beyond(tensor(&most, "0", "I2\n", &huge)));
    assert!(large(tensor("6", "0", "I1000000\nI1000\n", "I0\nI0\n")));
    assert!(large(tensor("6", "0", &huge, "I0\n")));
    assert!(large(tensor("6", "0", &huge.repeat(2), "I0\nI0\n")));
    assert!(beyond(tensor("6", &most, "I2\n", &huge)));
    assert!(invalid(tensor("6", "0", "I2\nI3\n", "I1\n")));
    assert!(invalid(tensor("6", "0", "I-1\n", "I1\n")));
    assert!(invalid(tensor("6", "0", "I2\n", "I-1\n")));
    assert!(invalid(tensor("6", "-1", "I2\n", "I1\n")));
}

#[test]
fn real_files_are_cut_too() {
    let Some(reference) = reference("") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;

    let train = "openfield/dlc-models/iteration-0/openfieldOct30-trainset84shuffle1/train";
    let index = fs::read(reference.join(train).join("snapshot-3252.index")).unwrap();
    for len in (0..index.len()).step_by(16) {
        fs::write(folder.path().join("s.index"), &index[..len]).unwrap();
        let prefix = folder.path().join("s");
        assert!(tensorflow::read_checkpoint(prefix, &Limits::default()).is_err());
        count += 1;
    }
    let train =
        "openfield_torch/dlc-models-pytorch/iteration-0/openfieldOct30-trainset95shuffle14/train";
    let archive = fs::read(reference.join(train).join("snapshot-best-001.pt")).unwrap();
    let path = folder.path().join("cut.pt");
    for len in (0..archive.len())
        .step_by(1 << 20)
        .chain([archive.len() - 1, archive.len() - 22])
    {
        fs::write(&path, &archive[..len]).unwrap();
        assert!(torch::read_snapshot(&path, &Limits::default()).is_err());
        count += 1;
    }
    let run = "deeplabcut/cspnext_s_b1/clip120DLC_CspnextS_openfieldOct30shuffle14_snapshot_best-1";
    for suffix in ["_meta.pickle", "_full.pickle"] {
        let bytes = fs::read(reference.join(format!("{run}{suffix}"))).unwrap();
        for len in (0..bytes.len()).step_by(64) {
            assert!(read(&bytes[..len]).is_err());
            count += 1;
        }
    }
    println!("{count} cut files of the reference");
    assert!(count > 1_000);
}
