//! Every small file with weights, cut, damaged, with foreign globals and with absurd
//! sizes: an error or the equal result, never a panic, and memory that is bounded by the length of
//! the file.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]
#![expect(
    clippy::print_stdout,
    reason = "a test says what it skipped and counted"
)]

#[path = "weights_hostile/support.rs"]
mod support;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use dlc_io::{
    Limits,
    project::WeightsSource,
    safetensors::read_safetensors,
    tensorflow::{self, ReadGraphErrorKind, parse_frozen_graph, read_checkpoint},
    torch::{self, ReadSnapshotErrorKind, read_snapshot},
};
use dlc_model::Weights;

use self::support::{MIB, Random, fixture, peak, reference};

/// What a file may take in memory: twice for its bytes and the tensors, 16 times for the tensors
/// of a small archive or the list of a graph's nodes, and what a reader needs of its own.
fn most_memory(len: usize) -> usize {
    MIB + 32 * len
}

/// The small files, and those that belong to them.
const GRAPHS: [&str; 5] = ["pose", "heatmap", "no_locref", "lists", "tf1"];
const SAFETENSORS: [&str; 2] = ["snapshot", "parallel"];
const ARCHIVES: [&str; 5] = ["snapshot", "exported", "enums", "top_down", "parallel"];
const CHECKPOINTS: [(&str, &[&str]); 3] = [
    (
        "checkpoint/two",
        &["index", "data-00000-of-00002", "data-00001-of-00002"],
    ),
    (
        "checkpoint/sharded",
        &[
            "index",
            "data-00000-of-00003",
            "data-00001-of-00003",
            "data-00002-of-00003",
        ],
    ),
    ("graph/net", &["index", "data-00000-of-00001"]),
];

/// Files that are longer are not cut at every byte.
const LONG: usize = 5_800;

/// A file of a folder of its own, read as weights from changed bytes.
struct Subject {
    folder: tempfile::TempDir,
    name: String,
    bytes: Vec<u8>,
    source: WeightsSource,
    weights: Weights,
}

impl Subject {
    /// `file` is what is changed; `source` says from where the weights are read.
    fn new(files: &[PathBuf], file: usize, source: impl Fn(&Path) -> WeightsSource) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for path in files {
            fs::copy(path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
        let source = source(folder.path());
        let weights = source.read(&Limits::default()).unwrap().pose;
        let name = files[file].file_name().unwrap().to_str().unwrap();
        Self {
            bytes: fs::read(&files[file]).unwrap(),
            name: name.into(),
            folder,
            source,
            weights,
        }
    }

    /// Reads the weights with other bytes in the file; `None` if that is an error.
    fn read_with(&self, bytes: &[u8]) -> Option<Weights> {
        fs::write(self.folder.path().join(&self.name), bytes).unwrap();
        let mut weights = None;
        let held = peak(|| weights = self.source.read(&Limits::default()).ok());
        let most = most_memory(bytes.len());
        assert!(held < most, "{} took {held} of {most} bytes", self.name);
        weights.map(|weights| weights.pose)
    }

    fn is_equal(&self, weights: &Weights) -> bool {
        let mut pairs = weights.iter().zip(&self.weights);
        weights.len() == self.weights.len()
            && pairs.all(|((name, tensor), (expected_name, expected))| {
                let bits = |value: &f32| value.to_bits();
                name == expected_name
                    && tensor.shape() == expected.shape()
                    && tensor
                        .values()
                        .iter()
                        .map(bits)
                        .eq(expected.values().iter().map(bits))
            })
    }
}

fn graphs() -> Vec<Subject> {
    let subject = |name: &&str| {
        let file = format!("{name}.pb");
        let source = |folder: &Path| WeightsSource::FrozenGraph(folder.join(&file));
        Subject::new(&[fixture("graph").join(&file)], 0, source)
    };
    GRAPHS.iter().map(subject).collect()
}

fn safetensors() -> Vec<Subject> {
    let subject = |name: &&str| {
        let file = format!("{name}.safetensors");
        let source = |folder: &Path| WeightsSource::Safetensors(folder.join(&file));
        Subject::new(&[fixture("safetensors").join(&file)], 0, source)
    };
    SAFETENSORS.iter().map(subject).collect()
}

fn archives() -> Vec<Subject> {
    let subject = |name: &&str| {
        let file = format!("{name}.pt");
        let source = |folder: &Path| WeightsSource::Torch(folder.join(&file));
        Subject::new(&[fixture("archive").join(&file)], 0, source)
    };
    ARCHIVES.iter().map(subject).collect()
}

/// One subject for each file of each checkpoint.
fn checkpoints() -> Vec<Subject> {
    let mut subjects = Vec::new();
    for (prefix, suffixes) in CHECKPOINTS {
        let path = |suffix: &&str| fixture(&format!("{prefix}.{suffix}"));
        let files: Vec<_> = suffixes.iter().map(path).collect();
        let name = Path::new(prefix).file_name().unwrap();
        for file in 0..files.len() {
            let source = |folder: &Path| WeightsSource::Checkpoint(folder.join(name));
            subjects.push(Subject::new(&files, file, source));
        }
    }
    subjects
}

/// How often what happened.
#[derive(Debug, Default)]
struct Tally {
    cases: usize,
    errors: usize,
    equal: usize,
    changed: usize,
}

impl Tally {
    fn add(&mut self, subject: &Subject, weights: Option<Weights>) {
        self.cases += 1;
        match weights {
            None => self.errors += 1,
            Some(weights) if subject.is_equal(&weights) => self.equal += 1,
            Some(_) => self.changed += 1,
        }
    }

    fn print(&self, what: &str) {
        println!(
            "hostile: {what}: {} cases, {} errors, {} equal, {} changed",
            self.cases, self.errors, self.equal, self.changed
        );
    }
}

fn cut(subjects: &[Subject]) -> Tally {
    let mut tally = Tally::default();
    for subject in subjects {
        // An odd number, so that all kinds of places are hit.
        let step = if subject.bytes.len() > LONG { 13 } else { 1 };
        for len in (0..subject.bytes.len()).step_by(step) {
            tally.add(subject, subject.read_with(&subject.bytes[..len]));
        }
    }
    tally
}

fn flipped(subjects: &[Subject], seed: u64, count: usize) -> Tally {
    let mut tally = Tally::default();
    let mut random = Random(seed);
    for subject in subjects {
        for _ in 0..count {
            let mut bytes = subject.bytes.clone();
            random.damage(&mut bytes);
            tally.add(subject, subject.read_with(&bytes));
        }
    }
    tally
}

#[test]
fn cut_files_are_errors_or_equal() {
    let cases = [
        ("cut checkpoints", checkpoints()),
        ("cut archives", archives()),
        ("cut frozen graphs", graphs()),
        ("cut safetensors", safetensors()),
    ];
    let mut counts = BTreeMap::new();
    for (what, subjects) in cases {
        let tally = cut(&subjects);
        tally.print(what);
        assert_eq!(tally.changed, 0, "{what}");
        // What is behind the last byte that is needed: variables of other types, and the version
        // of a graph.
        assert!(tally.equal * 20 < tally.cases, "{what}: {tally:?}");
        counts.insert(what, tally.cases);
    }
    assert_eq!(counts["cut checkpoints"], 2_984);
    assert_eq!(counts["cut safetensors"], 1_104);
    assert!(counts["cut archives"] > 15_000 && counts["cut frozen graphs"] > 3_500);
}

#[test]
fn damage_under_a_checksum_is_an_error_or_does_not_matter() {
    let checkpoints = flipped(&checkpoints(), 11, 1_000);
    checkpoints.print("damaged checkpoints");
    assert_eq!((checkpoints.cases, checkpoints.changed), (9_000, 0));
    assert!(checkpoints.errors > 7_000);

    let archives = flipped(&archives(), 12, 1_000);
    archives.print("damaged archives");
    assert_eq!((archives.cases, archives.changed), (5_000, 0));
    assert!(archives.errors > 2_500);
}

#[test]
fn damage_without_a_checksum_does_no_harm() {
    let graphs = flipped(&graphs(), 13, 2_000);
    graphs.print("damaged frozen graphs");
    assert_eq!(graphs.cases, 10_000);
    assert!(graphs.errors > 7_000 && graphs.equal > 500);

    let safetensors = flipped(&safetensors(), 14, 5_000);
    safetensors.print("damaged safetensors");
    assert_eq!(safetensors.cases, 10_000);
    assert!(safetensors.errors > 4_000);
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap());
    bytes
}

/// A field of bytes.
fn field(number: u64, bytes: &[u8]) -> Vec<u8> {
    let tag = varint(number << 3 | 2);
    [&tag[..], &varint(bytes.len() as u64), bytes].concat()
}

/// A field of a number.
fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

fn node(name: &str, op: &str, inputs: &[&str], tensor: &[u8]) -> Vec<u8> {
    let mut node = [field(1, name.as_bytes()), field(2, op.as_bytes())].concat();
    for input in inputs {
        node.extend(field(3, input.as_bytes()));
    }
    if !tensor.is_empty() {
        let entry = [field(1, b"value"), field(2, &field(8, tensor))].concat();
        node.extend(field(5, &entry));
    }
    field(1, &node)
}

/// A graph that is a sigmoid of one weight.
fn graph(tensor: &[u8]) -> Vec<u8> {
    [
        node("w", "Const", &[], tensor),
        node("w/read", "Identity", &["w"], &[]),
        node("Sigmoid", "Sigmoid", &["w/read"], &[]),
    ]
    .concat()
}

fn parse(bytes: &[u8]) -> Result<Weights, ReadGraphErrorKind> {
    let mut result = Err(ReadGraphErrorKind::NoWeights);
    let held = peak(|| {
        result = parse_frozen_graph(bytes, &Limits::default()).map(|graph| graph.weights);
    });
    let most = most_memory(bytes.len());
    assert!(held < most, "{} bytes took {held} of {most}", bytes.len());
    result
}

const ABSURD: [u64; 12] = [
    1 << 20,
    1 << 31,
    1 << 32,
    1 << 40,
    1 << 61,
    1 << 62,
    1 << 63,
    (1 << 63) - 1,
    u64::MAX / 4,
    u64::MAX - 1,
    u64::MAX - 3,
    u64::MAX,
];

#[test]
fn absurd_sizes_in_a_graph_are_errors() {
    use ReadGraphErrorKind as Kind;
    let float = number(1, 1);
    let shape = |axes: &[u64]| {
        let axes = axes.iter().map(|&axis| field(2, &number(1, axis)));
        field(2, &axes.collect::<Vec<_>>().concat())
    };
    let tensor = |axes: &[u64]| [&float[..], &shape(axes)].concat();
    assert_eq!(
        parse(&graph(&tensor(&[2, 3]))).unwrap()["w"].values(),
        [0.0; 6]
    );

    let mut count = 0;
    for size in ABSURD {
        for axes in [&[size][..], &[size, size], &[3, size], &[size, 0]] {
            let result = parse(&graph(&tensor(axes)));
            let is_empty = axes.contains(&0) && size < 1 << 63;
            assert_eq!(result.is_ok(), is_empty, "{axes:?}: {result:?}");
            count += 1;
        }
        // As the length of a node, of a name, of a tensor, and of the values.
        let good = graph(&tensor(&[2]));
        let long = |field: u8| [&[field << 3 | 2][..], &varint(size), b"\x0a\x01w"].concat();
        for bytes in [
            [&good[..], &long(1)].concat(),
            field(1, &long(1)),
            graph(&long(2)),
            graph(&[&tensor(&[2])[..], &long(4)].concat()),
            graph(&[&tensor(&[2])[..], &long(5)].concat()),
        ] {
            assert!(parse(&bytes).is_err(), "{size}");
            count += 1;
        }
    }
    assert_eq!(count, 108);
    // More axes than TensorFlow allows, more nodes than any network has, and a node with most of
    // them as inputs.
    let axes = parse(&graph(&tensor(&[1; 255])));
    assert!(matches!(axes, Err(Kind::InvalidTensor { .. })), "{axes:?}");
    let nodes: Vec<_> = (0..200_000)
        .map(|i| node(&format!("{i}"), "A", &[], &[]))
        .collect();
    assert!(matches!(
        parse(&nodes.concat()),
        Err(Kind::TooManyNodes { .. })
    ));
    let inputs = parse(&node("a", "A", &vec![""; 600_000], &[]));
    assert!(
        matches!(inputs, Err(Kind::InvalidNode { .. })),
        "{inputs:?}"
    );
    let operations: Vec<_> = (0..100_000)
        .map(|i| node(&format!("{i}"), &format!("{i}"), &["0"], &[]))
        .collect();
    assert!(matches!(
        parse(&operations.concat()),
        Err(Kind::UnknownOutputs { .. })
    ));
    println!(
        "hostile: absurd sizes in frozen graphs: {} cases, all errors",
        count + 4
    );
}

#[test]
fn absurd_sizes_in_a_header_of_safetensors_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    let fails = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let mut is_error = false;
        let held = peak(|| is_error = read_safetensors(&path, &Limits::default()).is_err());
        assert!(held < most_memory(bytes.len()), "{held} bytes");
        assert!(is_error, "{}", bytes.escape_ascii());
    };
    let with_header = |json: &str, len: usize| {
        let header_len = (json.len() as u64).to_le_bytes();
        [&header_len, json.as_bytes(), &vec![0; len]].concat()
    };
    let mut count = 0;
    for size in ABSURD {
        fails(&[&size.to_le_bytes()[..], b"{}"].concat());
        for (shape, first, end) in [
            (format!("[{size}]"), 0, 8),
            (format!("[{size},{size}]"), 0, 8),
            (format!("[{size},0]"), 0, 8),
            ("[2]".into(), 0, size),
            ("[2]".into(), size, 8),
            ("[2]".into(), size, size),
            (format!("[{size}]"), 0, size),
            (format!("[{}]", size / 4), 0, size / 4 * 4),
        ] {
            let json = format!(
                r#"{{"a":{{"dtype":"F32","shape":{shape},"data_offsets":[{first},{end}]}}}}"#
            );
            fails(&with_header(&json, 8));
            count += 1;
        }
        count += 1;
    }
    for json in [
        "[".repeat(100_000),
        "{\"a\":".repeat(100_000),
        "\"".repeat(9),
    ] {
        fails(&with_header(&format!("{{\"a\":{json}"), 0));
        count += 1;
    }
    // Axes are two bytes in the header and eight in memory; tensors without values are the most
    // that a header can stand for.
    let axes = "0,".repeat(500_000);
    let json = format!(r#"{{"a":{{"dtype":"F8","shape":[{axes}0],"data_offsets":[0,0]}}}}"#);
    fails(&with_header(&json, 0));
    let tensor = r#""a":{"dtype":"F8","shape":[],"data_offsets":[0,0]},"#;
    let json = format!("{{{}\"a\":0}}", tensor.repeat(20_000));
    fails(&with_header(&json, 0));
    let tensor = r#""a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}"#;
    fails(&with_header(
        &format!("{{{}}}", vec![tensor; 20_000].join(",")),
        0,
    ));
    count += 3;
    println!("hostile: absurd sizes in headers of safetensors: {count} cases, all errors");
    assert_eq!(count, 114);
}

/// Returns the places where a zip file begins its records of a kind.
fn records(bytes: &[u8], signature: &[u8; 4]) -> Vec<usize> {
    let windows = bytes.windows(4).enumerate();
    let found = windows.filter_map(|(place, window)| (window == signature).then_some(place));
    found.collect()
}

#[test]
fn absurd_sizes_in_a_zip_directory_are_errors() {
    let subjects = archives();
    let subject = subjects
        .iter()
        .find(|subject| subject.name == "enums.pt")
        .unwrap();
    let end = *records(&subject.bytes, b"PK\x05\x06").last().unwrap();
    let entries = records(&subject.bytes, b"PK\x01\x02");
    assert!(entries.len() >= 11);
    let mut tally = Tally::default();
    let mut with = |changes: &[(usize, &[u8])]| {
        let mut bytes = subject.bytes.clone();
        for &(place, value) in changes {
            bytes[place..place + value.len()].copy_from_slice(value);
        }
        tally.add(subject, subject.read_with(&bytes));
    };
    for size in ABSURD {
        let size = size.to_le_bytes();
        for value in [&size[..4], &size[4..]] {
            // The end: entries here, entries, size and place of the directory.
            with(&[(end + 8, &value[..2]), (end + 10, &value[..2])]);
            with(&[(end + 12, value)]);
            with(&[(end + 16, value)]);
            // Each entry: checksum, stored size, size, lengths of name and extras, and place.
            for entry in &entries {
                with(&[(entry + 20, value)]);
                with(&[(entry + 24, value)]);
                with(&[(entry + 20, value), (entry + 24, value)]);
                with(&[(entry + 28, &value[..2])]);
                with(&[(entry + 30, &value[..2])]);
                with(&[(entry + 42, value)]);
            }
        }
    }
    tally.print("absurd sizes in directories of archives");
    assert!(tally.cases > 1_600);
    assert_eq!(tally.changed, 0);
    assert!(tally.errors * 2 > tally.cases);
}

/// An archive of one pickle and a storage of six floats, with right checksums.
fn archive(pickle: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in [("a/data.pkl", pickle), ("a/data/0", &[0; 24])] {
        zip.start_file(name, stored).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn read_pickle(folder: &Path, pickle: &[u8]) -> Result<torch::Snapshot, ReadSnapshotErrorKind> {
    let path = folder.join("a.pt");
    fs::write(&path, archive(pickle)).unwrap();
    let mut result = None;
    let held = peak(|| result = Some(read_snapshot(&path, &Limits::default())));
    assert!(held < 4 * MIB, "{held} bytes");
    result.unwrap().map_err(|error| error.into_kind())
}

const TENSOR: &str = "ctorch._utils\n_rebuild_tensor_v2\n((Vstorage\nctorch\nFloatStorage\nV0\n\
    Vcpu\nI6\ntQI0\n(I6\nt(I1\ntI00\nNtR";

/// Functions that do harm when they are called, as the pickle would call them.
fn foreign() -> Vec<String> {
    let functions = [
        ("os", "system"),
        ("posix", "system"),
        ("nt", "system"),
        ("os", "mkdir"),
        ("subprocess", "Popen"),
        ("builtins", "eval"),
        ("builtins", "exec"),
        ("builtins", "open"),
        ("builtins", "__import__"),
        ("builtins", "getattr"),
        ("__builtin__", "eval"),
        ("importlib", "import_module"),
        ("runpy", "run_path"),
        ("pickle", "loads"),
        ("_pickle", "loads"),
        ("numpy", "load"),
        ("numpy", "loads"),
        ("numpy.core.multiarray", "fromfile"),
        ("torch", "load"),
        ("torch.hub", "load"),
        ("torch.storage", "_load_from_bytes"),
        ("webbrowser", "open"),
        ("shutil", "rmtree"),
        ("ctypes", "CDLL"),
    ];
    let mut pickles = Vec::new();
    for (module, name) in functions {
        let argument = "Vmkdir a-pickle-was-run\n";
        // REDUCE, INST, OBJ, NEWOBJ, and what is built upon a call.
        pickles.extend([
            format!("c{module}\n{name}\n({argument}tR"),
            format!("({argument}i{module}\n{name}\n"),
            format!("(c{module}\n{name}\n{argument}o"),
            format!("c{module}\n{name}\n({argument}t\u{81}"),
            format!("c{module}\n{name}\n({argument}tR(dV__setstate__\nc{module}\n{name}\nsb"),
            // Nested: as the argument of a known constructor, and as a function that is called.
            format!("ccollections\nOrderedDict\n(((Vk\nc{module}\n{name}\n({argument}tRtltR"),
            format!("c{module}\n{name}\n({argument}tR({argument}tR"),
        ]);
    }
    pickles
}

/// The bytes of a pickle that was written as text.
fn latin_1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect()
}

#[test]
fn foreign_globals_are_refused_or_stay_data() {
    let folder = tempfile::tempdir().unwrap();
    let read = |text: &str| read_pickle(folder.path(), &latin_1(text));
    let good = format!("(dVmodel\n(dVw\n{TENSOR}ss.");
    assert_eq!(read(&good).unwrap().weights["w"].shape(), [6]);

    let (mut refused, mut kept) = (0, 0);
    for value in foreign() {
        // As a tensor, the network, all of it, or the class, key or arguments of a storage.
        for text in [
            format!("(dVmodel\n(dVgood\n{TENSOR}sVbad\n{value}ss."),
            format!("(dVmodel\n{value}s."),
            format!("{value}."),
            good.replace("ctorch\nFloatStorage\n", &value),
            good.replace("V0\n", &value),
            good.replace("I0\n(I6", &format!("{value}(I6")),
            good.replace("ctorch._utils\n_rebuild_tensor_v2\n", &value),
        ] {
            // A dictionary with a call in it is no tensor, and is passed over.
            match read(&text) {
                Err(_) => refused += 1,
                Ok(snapshot) => {
                    let mut names = snapshot.weights.keys();
                    assert!(names.all(|name| name == "good"), "{}", text.escape_debug());
                    kept += 1;
                }
            }
        }
        // Beside the network, as `metadata`, a key of it, and an attribute of the dictionary.
        for text in [
            format!("(dVmodel\n(dVw\n{TENSOR}ssVmetadata\n{value}s."),
            format!("(dVmodel\n(dVw\n{TENSOR}ss{value}I1\ns."),
            format!("(dVmodel\nccollections\nOrderedDict\n)RVw\n{TENSOR}s(dVx\n{value}sbs."),
        ] {
            let snapshot = read(&text).unwrap_or_else(|e| panic!("{}: {e}", text.escape_debug()));
            assert_eq!(snapshot.weights["w"].shape(), [6]);
            kept += 1;
        }
    }
    assert!(!Path::new("a-pickle-was-run").exists());
    println!("hostile: foreign globals: {refused} refused, {kept} kept as data, none run");
    assert_eq!(refused + kept, 1_680);
    assert!(refused > 1_000);
}

#[test]
fn real_files_are_cut_too() {
    let Some(reference) = reference("") else {
        return;
    };
    let export = "openfield/exported-models/DLC_openfield_mobilenet_v2_0.35_iteration-0_shuffle-1";
    let graph = fs::read(reference.join(export).join("snapshot-3252.pb")).unwrap();
    let mut count = 0;
    for len in (0..graph.len()).step_by(512) {
        let held = peak(|| {
            let result = parse_frozen_graph(&graph[..len], &Limits::default());
            assert!(result.is_err(), "graph cut at {len}");
        });
        assert!(held < 2 * MIB, "graph cut at {len} took {held} bytes");
        count += 1;
    }
    let train = "openfield/dlc-models/iteration-0/openfieldOct30-trainset84shuffle1/train";
    let folder = tempfile::tempdir().unwrap();
    for suffix in ["index", "data-00000-of-00001"] {
        let name = format!("snapshot-3252.{suffix}");
        fs::copy(reference.join(train).join(&name), folder.path().join(&name)).unwrap();
    }
    let prefix = folder.path().join("snapshot-3252");
    let path = folder.path().join("snapshot-3252.index");
    let index = fs::read(&path).unwrap();
    for len in (0..index.len()).step_by(64) {
        fs::write(&path, &index[..len]).unwrap();
        assert!(read_checkpoint(&prefix, &Limits::default()).is_err());
        count += 1;
    }
    fs::write(&path, &index).unwrap();
    assert_eq!(
        tensorflow::read_checkpoint(&prefix, &Limits::default())
            .unwrap()
            .len(),
        264
    );
    println!("hostile: cut real files: {count} cases, all errors");
    assert!(count > 4_000);
}
