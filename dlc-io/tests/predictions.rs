//! Prediction files made by pandas (`fixtures/predictions/make.py`), ours, and damaged ones.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use dlc_io::{
    DataFrame, ImagePredictions, Labels, Limits, Precision, Predictions, ReadPosesErrorKind, csv,
    h5,
};
use dlc_model::{Bodyparts, Keypoint, PoseTable};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/predictions")
        .join(name)
}

/// What `make.py` puts into a table of so many columns.
fn poses(bodyparts: &[&str], precision: Precision) -> PoseTable {
    let mut poses = PoseTable::new(Bodyparts::new(bodyparts.iter().copied()).unwrap());
    poses.extend_to(4);
    for frame in [0, 1, 3] {
        let number = |place: usize| match precision {
            Precision::F64 => 100.0 * frame as f64 + place as f64 / 7.0,
            #[expect(clippy::cast_possible_truncation, reason = "numpy's astype rounds so")]
            Precision::F32 => f64::from((100.0 * frame as f64 + place as f64 / 7.0) as f32),
        };
        let row: Vec<Keypoint> = (0..bodyparts.len())
            .map(|i| Keypoint::new(number(3 * i), number(3 * i + 1), number(3 * i + 2)))
            .collect();
        poses.set(frame, &row);
    }
    poses
}

/// The bits of all numbers; two NaN are then equal.
fn bits(poses: &PoseTable) -> Vec<u64> {
    let numbers = poses.rows().flatten();
    let numbers = numbers.flat_map(|k| [k.x, k.y, k.likelihood]);
    numbers
        .map(|number| if number.is_nan() { f64::NAN } else { number }.to_bits())
        .collect()
}

fn assert_same(ours: &PoseTable, theirs: &PoseTable) {
    assert_eq!(ours.bodyparts(), theirs.bodyparts());
    assert_eq!(bits(ours), bits(theirs));
}

/// The causes of an error, one behind the other.
fn chain(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

fn read_h5(bytes: &[u8]) -> Result<Predictions, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.h5");
    fs::write(&path, bytes).unwrap();
    h5::read(&path).map_err(|error| chain(&error))
}

fn read_images(bytes: &[u8]) -> Result<ImagePredictions, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.h5");
    fs::write(&path, bytes).unwrap();
    h5::read_images(&path).map_err(|error| chain(&error))
}

fn read_csv(bytes: &[u8]) -> Result<Predictions, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.csv");
    fs::write(&path, bytes).unwrap();
    csv::read(&path).map_err(|error| chain(&error))
}

fn h5_bytes(predictions: &Predictions) -> Vec<u8> {
    let mut bytes = Vec::new();
    let Predictions {
        scorer,
        poses,
        precision,
    } = predictions;
    h5::write(&mut bytes, poses, scorer, *precision).unwrap();
    bytes
}

fn csv_bytes(predictions: &Predictions) -> Vec<u8> {
    let mut bytes = Vec::new();
    let Predictions {
        scorer,
        poses,
        precision,
    } = predictions;
    csv::write(&mut bytes, poses, scorer, *precision).unwrap();
    bytes
}

const NETWORK: &str = "DLC_resnet50_mouseJan1shuffle1_1000";

#[test]
fn files_of_pandas_are_read() {
    let cases = [
        (
            "tensorflow.h5",
            NETWORK,
            &["snout", "left ear"][..],
            Precision::F64,
        ),
        (
            "pytorch.h5",
            "DLC_Resnet50_mouseJan1shuffle1_snapshot_010",
            &["snout", "tail"],
            Precision::F32,
        ),
        (
            "letters.h5",
            "Größe",
            &["é", "尾,巴", "the \"tip\"\\"],
            Precision::F64,
        ),
        (
            "python_2.h5",
            NETWORK,
            &["snout", "left ear"],
            Precision::F64,
        ),
        (
            "compressed.h5",
            NETWORK,
            &["snout", "left ear"],
            Precision::F64,
        ),
    ];
    for (name, scorer, bodyparts, precision) in cases {
        let read = h5::read(fixture(name)).unwrap_or_else(|error| panic!("{}", chain(&error)));

        assert_eq!(
            (read.scorer.as_str(), read.precision),
            (scorer, precision),
            "{name}"
        );
        assert_same(&read.poses, &poses(bodyparts, precision));
    }
}

#[test]
fn several_keypoints_of_a_body_part_are_read_and_written() {
    let read = h5::read(fixture("two_outputs.h5")).unwrap();

    let parts = ["a", "b", "c", "d"]; // as many numbers as two body parts twice
    assert_eq!(read.poses.num_outputs(), 2);
    assert_eq!(bits(&read.poses), bits(&poses(&parts, Precision::F64)));
    let theirs = fs::read_to_string(fixture("two_outputs.csv")).unwrap();
    assert_eq!(String::from_utf8(csv_bytes(&read)).unwrap(), theirs);
    let text = csv::read(fixture("two_outputs.csv")).unwrap();
    assert_same(&text.poses, &read.poses);
    let again = read_h5(&h5_bytes(&read)).unwrap();
    assert_eq!(again.poses.num_outputs(), 2);
    assert_same(&again.poses, &read.poses);
}

/// The files with pictures that `make.py` makes.
fn pictures() -> [(&'static str, ImagePredictions); 2] {
    let images = ["img0.png", "img1.png", "img2.png", "größe, the \"4th\".png"];
    let in_folder = images.map(|name| format!("in/{name}"));
    [
        (
            "pictures",
            ImagePredictions {
                scorer: NETWORK.into(),
                individual: None,
                images: images.map(String::from).into(),
                poses: poses(&["snout", "left ear"], Precision::F64),
                precision: Precision::F64,
            },
        ),
        (
            "fixed_pictures",
            ImagePredictions {
                scorer: "DLC_Resnet50_mouseJan1shuffle1_snapshot_010".into(),
                individual: Some("individual_1".into()),
                images: in_folder.into(),
                poses: poses(&["snout", "tail"], Precision::F32),
                precision: Precision::F32,
            },
        ),
    ]
}

fn assert_same_pictures(ours: &ImagePredictions, theirs: &ImagePredictions) {
    assert_eq!(ours.scorer, theirs.scorer);
    assert_eq!(ours.individual, theirs.individual);
    assert_eq!(ours.images, theirs.images);
    assert_eq!(ours.precision, theirs.precision);
    assert_same(&ours.poses, &theirs.poses);
}

#[test]
fn files_of_pictures_are_read_and_written_as_pandas_does() {
    for (name, expected) in pictures() {
        let read = h5::read_images(fixture(&format!("{name}.h5")));
        let read = read.unwrap_or_else(|error| panic!("{}", chain(&error)));
        assert_same_pictures(&read, &expected);

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ours.h5");
        h5::write_images(fs::File::create(&path).unwrap(), &expected).unwrap();
        assert_same_pictures(&h5::read_images(&path).unwrap(), &expected);

        let text = fs::read(fixture(&format!("{name}.csv"))).unwrap();
        let mut ours = Vec::new();
        csv::write_images(&mut ours, &expected).unwrap();
        assert_eq!(String::from_utf8(ours), String::from_utf8(text));
        if expected.precision == Precision::F64 {
            let read = csv::read_images(fixture(&format!("{name}.csv"))).unwrap();
            assert_same_pictures(&read, &expected);
        }
    }
}

#[test]
fn pictures_need_a_name_each() {
    let [(_, table), (_, fixed)] = pictures();
    for mut predictions in [table, fixed] {
        predictions.images.pop();
        let error = h5::write_images(Vec::new(), &predictions).unwrap_err();
        assert_eq!(error.to_string(), "3 names of pictures for 4 rows");
        assert!(csv::write_images(Vec::new(), &predictions).is_err());
    }
}

#[test]
fn what_is_not_one_animal_in_pictures_is_refused_by_name() {
    let error = |name| chain(&h5::read_images(fixture(name)).unwrap_err());

    assert!(
        error("tensorflow.h5").ends_with("rows have numbers): expected one animal in pictures")
    );
    let fixed = error("fixed.h5");
    assert!(
        fixed.ends_with("(the rows have numbers): expected one animal in pictures"),
        "{fixed}"
    );
}

#[test]
fn several_animals_and_unique_body_parts_are_read_and_written() {
    let read = h5::Reader::new(fixture("mice.h5")).individuals().unwrap();

    let names: Vec<(&str, usize)> = read
        .individuals
        .tables()
        .map(|(name, poses)| (name, poses.bodyparts().len()))
        .collect();
    assert_eq!(names, [("mouse1", 2), ("mouse2", 2), ("single", 1)]);
    let feeder = read.individuals.unique().unwrap();
    assert_eq!(feeder.row(3)[0].y, 300.0 + 13.0 / 7.0);
    let mouse = read.individuals.get("mouse2").unwrap();
    assert_eq!(mouse.row(1)[1].likelihood, 100.0 + 11.0 / 7.0);
    assert!(mouse.row(2)[0].is_missing());

    let frame = read.to_data_frame();
    let mut text = Vec::new();
    csv::write_data_frame(&mut text, &frame).unwrap();
    let theirs = fs::read(fixture("mice.csv")).unwrap();
    assert_eq!(String::from_utf8(text), String::from_utf8(theirs));
    let text = csv::Reader::new(fixture("mice.csv")).individuals().unwrap();
    assert_eq!(bits_of(&text.to_data_frame()), bits_of(&frame));
    assert_eq!(bits_of(&again(&frame)), bits_of(&frame));
}

#[test]
fn one_animal_with_a_name_is_an_individual() {
    let read = h5::Reader::new(fixture("individuals.h5")).individuals();

    let read = read.unwrap().individuals;
    let expected = poses(&["snout", "left ear"], Precision::F64);
    assert_same(read.get("mouse1").unwrap(), &expected);
    let error = h5::Reader::new(fixture("tensorflow.h5")).individuals();
    let error = chain(&error.unwrap_err());
    assert!(error.ends_with("expected several animals"), "{error}");
}

#[test]
fn labels_are_read_and_written() {
    let read = h5::Reader::new(fixture("collected_data.h5")).collected_data();
    let read = read.unwrap_or_else(|error| panic!("{}", chain(&error)));

    assert_eq!(read.scorer, NETWORK);
    assert_eq!(read.images[3], "labeled-data/v/img3.png");
    let Labels::Animal(labels) = &read.labels else {
        panic!("one animal");
    };
    let ear = labels.row(3)[1];
    assert_eq!([ear.x, ear.y], [300.0 + 3.0 / 7.0, 300.0 + 4.0 / 7.0]);
    assert!(ear.likelihood.is_nan() && labels.row(2)[0].is_missing());

    let frame = read.to_data_frame();
    let mut text = Vec::new();
    csv::write_data_frame(&mut text, &frame).unwrap();
    let theirs = fs::read(fixture("collected_data.csv")).unwrap();
    assert_eq!(String::from_utf8(text), String::from_utf8(theirs));
    assert_eq!(bits_of(&again(&frame)), bits_of(&frame));
    let text = csv::Reader::new(fixture("collected_data.csv"));
    assert_eq!(
        bits_of(&text.collected_data().unwrap().to_data_frame()),
        bits_of(&frame)
    );

    let error = h5::Reader::new(fixture("labels.h5")).collected_data();
    let error = chain(&error.unwrap_err());
    assert!(error.ends_with("expected labels in pictures"), "{error}");
}

#[test]
fn bones_are_read_and_written() {
    let bones = h5::Reader::new(fixture("bones.h5")).data_frame().unwrap();

    assert_eq!(bones.levels(), [None, None]);
    let place = bones.column(&["snout_tail", "orientation"]).unwrap();
    assert_eq!(bones.row(3)[place], 300.0 + 1.0 / 7.0);
    let mut text = Vec::new();
    csv::write_data_frame(&mut text, &bones).unwrap();
    let theirs = fs::read(fixture("bones.csv")).unwrap();
    assert_eq!(String::from_utf8(text), String::from_utf8(theirs));
    let text = csv::Reader::new(fixture("bones.csv")).data_frame().unwrap();
    assert_eq!(bits_of(&text), bits_of(&bones));
    assert_eq!(bits_of(&again(&bones)), bits_of(&bones));
}

#[test]
fn any_key_is_read_when_it_is_the_only_one_or_asked_for() {
    let file = h5::Reader::new(fixture("two_keys.h5"));

    assert_eq!(file.keys().unwrap(), ["first", "second"]);
    let error = chain(&file.data_frame().unwrap_err());
    assert!(error.ends_with(r#"found ["first", "second"]"#), "{error}");
    for (key, precision) in [("first", Precision::F64), ("/second", Precision::F32)] {
        let frame = file.clone().with_key(key).data_frame().unwrap();
        assert_eq!(frame.precision(), precision);
        let expected = poses(&["snout", "left ear"], precision);
        assert_eq!(
            frame.predictions().unwrap().poses.row(3)[0].x,
            expected.row(3)[0].x
        );
    }
    let error = chain(&file.with_key("third").data_frame().unwrap_err());
    assert!(error.contains("expected the key asked for"), "{error}");
}

#[test]
fn what_exceeds_the_limits_is_not_read() {
    let limits = Limits::default().with_max_tensor_bytes(100);
    for name in ["tensorflow.h5", "compressed.h5", "fixed.h5"] {
        let file = h5::Reader::new(fixture(name)).with_limits(limits);
        let error = chain(&file.data_frame().unwrap_err());
        assert!(error.ends_with("above the limit of 100"), "{error}");
    }
    let limits = Limits::default().with_max_file_bytes(200);
    let file = csv::Reader::new(fixture("tensorflow.csv")).with_limits(limits);
    let error = chain(&file.data_frame().unwrap_err());
    assert!(error.ends_with("above the limit of 200"), "{error}");
}

/// Writes and reads a data frame.
fn again(frame: &DataFrame) -> DataFrame {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ours.h5");
    h5::write_data_frame(fs::File::create(&path).unwrap(), frame).unwrap();
    h5::Reader::new(path).data_frame().unwrap()
}

/// A data frame with its numbers as bits; two NaN are then equal.
fn bits_of(frame: &DataFrame) -> (String, Vec<u64>) {
    let names = format!("{:?}", (frame.levels(), frame.columns(), frame.row_names()));
    let numbers = frame.rows().flatten();
    let bits = |&n: &f64| if n.is_nan() { f64::NAN } else { n }.to_bits();
    (names, numbers.map(bits).collect())
}

#[test]
fn columns_are_found_by_name() {
    let read = h5::read(fixture("shuffled.h5")).unwrap();

    let names: Vec<&str> = read.poses.bodyparts().iter().map(|b| b.as_str()).collect();
    assert_eq!(names, ["left ear", "snout"]);
    let expected = poses(&["snout", "left ear"], Precision::F64);
    assert_eq!(read.poses.row(3)[0], expected.row(3)[1]);
    assert_eq!(read.poses.row(3)[1], expected.row(3)[0]);
}

#[test]
fn text_is_written_as_pandas_writes_it() {
    for name in ["tensorflow", "pytorch", "letters"] {
        let read = h5::read(fixture(&format!("{name}.h5"))).unwrap();
        let theirs = fs::read(fixture(&format!("{name}.csv"))).unwrap();

        assert_eq!(
            String::from_utf8(csv_bytes(&read)),
            String::from_utf8(theirs)
        );
    }
}

#[test]
fn text_of_pandas_is_read() {
    for name in ["tensorflow", "letters"] {
        let text = csv::read(fixture(&format!("{name}.csv"))).unwrap();
        let table = h5::read(fixture(&format!("{name}.h5"))).unwrap();

        assert_eq!(text.scorer, table.scorer);
        assert_eq!(text.precision, Precision::F64);
        assert_same(&text.poses, &table.poses);
    }
}

#[test]
fn what_is_not_one_animal_in_a_video_is_refused_by_name() {
    let cases = [
        ("individuals.h5", "multi-animal"),
        ("pictures.h5", "pictures"),
    ];
    for (name, layout) in cases {
        let error = h5::read(fixture(name)).unwrap_err();
        assert!(
            matches!(error.kind(), ReadPosesErrorKind::Layout { .. }),
            "{error:?}"
        );
        assert!(chain(&error).contains(layout), "{}", chain(&error));
        assert!(chain(&error).contains(name), "{}", chain(&error));
    }
    let error = csv::read(fixture("individuals.csv")).unwrap_err();
    assert!(chain(&error).contains("multi-animal"), "{}", chain(&error));

    let error = chain(&h5::read(fixture("labels.h5")).unwrap_err());
    assert!(
        error.ends_with(r#""snout", "likelihood"]: missing"#),
        "{error}"
    );
    let error = chain(&h5::read(fixture("none.h5")).unwrap_err());
    assert!(
        error.contains("none.h5: the file cannot be read: "),
        "{error}"
    );
}

#[test]
fn what_is_written_is_read_again() {
    let mut random = Random(1);
    for case in 0..60 {
        let predictions = random.predictions();
        let bytes = h5_bytes(&predictions);
        let read = read_h5(&bytes).unwrap();

        assert_eq!(read.scorer, predictions.scorer, "case {case}");
        assert_eq!(read.precision, predictions.precision, "case {case}");
        assert_same(&read.poses, &predictions.poses);
        assert_eq!(
            h5_bytes(&read),
            bytes,
            "case {case}: equal input, equal bytes"
        );

        let text = csv_bytes(&predictions);
        let read = read_csv(&text).unwrap();
        assert_eq!(read.scorer, predictions.scorer, "case {case}");
        assert_eq!(read.poses.bodyparts(), predictions.poses.bodyparts());
        let again = Predictions {
            precision: predictions.precision,
            ..read
        };
        assert_eq!(csv_bytes(&again), text, "case {case}");
    }
}

#[test]
fn tables_without_rows_and_with_many_columns_are_files_too() {
    let names = (0..2000).map(|i| format!("marker number {i}"));
    for bodyparts in [vec!["snout".into()], names.collect::<Vec<String>>()] {
        let mut poses = PoseTable::new(Bodyparts::new(bodyparts).unwrap());
        for frames in [0, 2] {
            poses.extend_to(frames);
            let predictions = Predictions {
                scorer: NETWORK.into(),
                poses: poses.clone(),
                precision: Precision::F32,
            };
            let read = read_h5(&h5_bytes(&predictions)).unwrap();
            assert_same(&read.poses, &predictions.poses);
        }
    }
}

#[test]
fn cut_files_are_errors() {
    let mut count = 0;
    for name in ["pytorch.h5", "letters.h5", "compressed.h5"] {
        let bytes = fs::read(fixture(name)).unwrap();
        for len in (0..bytes.len()).step_by(197) {
            assert!(read_h5(&bytes[..len]).is_err(), "{name} cut at {len}");
            count += 1;
        }
    }
    for name in ["pictures.h5", "fixed_pictures.h5"] {
        let bytes = fs::read(fixture(name)).unwrap();
        for len in (0..bytes.len()).step_by(97) {
            assert!(read_images(&bytes[..len]).is_err(), "{name} cut at {len}");
            count += 1;
        }
    }
    let ours = h5_bytes(&h5::read(fixture("letters.h5")).unwrap());
    for len in 0..ours.len().min(4000) {
        assert!(read_h5(&ours[..len]).is_err(), "ours cut at {len}");
        count += 1;
    }
    let text = fs::read(fixture("letters.csv")).unwrap();
    for len in 0..text.len() {
        // Many are fine, with fewer rows: what counts is that none panics.
        let _ = read_csv(&text[..len]);
        count += 1;
    }
    assert!(count > 3000, "{count}");
}

#[test]
fn flipped_bytes_do_not_panic() {
    let mut random = Random(7);
    let mut files: Vec<Vec<u8>> = ["pytorch.h5", "letters.h5", "python_2.h5", "compressed.h5"]
        .map(|name| fs::read(fixture(name)).unwrap())
        .into();
    files.push(h5_bytes(&h5::read(fixture("letters.h5")).unwrap()));
    let (mut refused, mut count) = (0, 0);
    for file in files {
        // What describes the data lies apart from it, and in few places: aim at bytes that are
        // not zero.
        let places: Vec<usize> = (0..file.len()).filter(|&i| file[i] != 0).collect();
        for _ in 0..300 {
            let mut bytes = file.clone();
            for _ in 0..1 + random.below(3) {
                bytes[places[random.below(places.len())]] =
                    [0, 0xff, random.byte()][random.below(3)];
            }
            refused += usize::from(read_h5(&bytes).is_err());
            count += 1;
        }
    }
    for name in ["pictures.h5", "fixed_pictures.h5"] {
        let file = fs::read(fixture(name)).unwrap();
        let places: Vec<usize> = (0..file.len()).filter(|&i| file[i] != 0).collect();
        for _ in 0..600 {
            let mut bytes = file.clone();
            bytes[places[random.below(places.len())]] = [0, 0xff, random.byte()][random.below(3)];
            refused += usize::from(read_images(&bytes).is_err());
            count += 1;
        }
    }
    assert_eq!(count, 2700);
    assert!(refused > 150, "only {refused} of {count} were refused");

    let text = fs::read(fixture("letters.csv")).unwrap();
    for place in 0..text.len() {
        for byte in *b"\0\n\r,\"\xff9" {
            let mut text = text.clone();
            text[place] = byte;
            let _ = read_csv(&text);
        }
    }
}

#[test]
fn reference_files_are_read_and_their_text_is_written_alike() {
    let Some(folder) = testing::reference("deeplabcut") else {
        return;
    };
    let network = "clip120DLC_mobnet_35_openfieldOct30shuffle1_3252";
    let torch = "clip120DLC_CspnextS_openfieldOct30shuffle14_snapshot_best-1";
    let cases = [
        format!("demo_clip/b1/{network}"),
        format!("demo_clip/b7/{network}"),
        format!("cspnext_s_b1/{torch}"),
        format!("filter_pt_median/{torch}_filtered"),
        "legacy/v2.0.9/clip120DeepCut_resnet50_openfieldOct30shuffle1_60".into(),
        "legacy/v2.1.8.1/clip120DLC_resnet50_openfieldOct30shuffle1_60".into(),
    ];
    for case in cases {
        let read = h5::read(folder.join(format!("{case}.h5"))).unwrap();
        let text = folder.join(format!("{case}.csv"));

        assert_eq!(read.poses.len(), 120);
        if text.exists() {
            assert!(csv_bytes(&read) == fs::read(text).unwrap(), "{case}");
        }
    }
}

/// A small generator, the same everywhere (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % end
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[7]
    }

    fn name(&mut self) -> String {
        const LETTERS: [&str; 12] = [
            "a", "b", "x", " ", ",", "\"", "\n", "\r", "\\u0041", "é", "尾", "🐭",
        ];
        (0..1 + self.below(8))
            .map(|_| LETTERS[self.below(12)])
            .collect()
    }

    fn number(&mut self, precision: Precision) -> f64 {
        let bits = self.next();
        match (self.below(4), precision) {
            (0, _) => f64::NAN,
            (1, _) => f64::from(u8::try_from(bits >> 56).unwrap()),
            (_, Precision::F64) => f64::from_bits(bits),
            (_, Precision::F32) => f32::from_bits(u32::try_from(bits >> 32).unwrap()).into(),
        }
    }

    fn predictions(&mut self) -> Predictions {
        let precision = [Precision::F32, Precision::F64][self.below(2)];
        let parts = 1 + self.below(6);
        let names = (0..parts).map(|i| format!("{}{i}", self.name()));
        let bodyparts = Bodyparts::new(names.collect::<Vec<_>>()).unwrap();
        let mut poses = PoseTable::new(bodyparts);
        for frame in 0..self.below(40) {
            let keypoint = |random: &mut Self| {
                let [x, y, likelihood] = [(); 3].map(|()| random.number(precision));
                Keypoint::new(x, y, likelihood)
            };
            let row: Vec<Keypoint> = (0..parts).map(|_| keypoint(self)).collect();
            poses.set(frame, &row);
        }
        Predictions {
            scorer: self.name(),
            poses,
            precision,
        }
    }
}
