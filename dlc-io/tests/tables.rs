//! Tables of every type, order, index and compression that pandas writes (`fixtures/tables/make.py`),
//! and texts as spreadsheets and R leave them.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use dlc_io::{CollectedData, DataFrame, Labels, Precision, RowNames, csv, h5};
use dlc_model::PoseTable;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/tables")
        .join(name)
}

fn table(name: &str) -> DataFrame {
    h5::Reader::new(fixture(name)).data_frame().unwrap()
}

fn poses(name: &str) -> PoseTable {
    h5::read(fixture(name)).unwrap().poses
}

/// The causes of an error, one behind the other.
fn chain(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

fn refusal(name: &str) -> String {
    chain(&h5::read(fixture(name)).unwrap_err())
}

/// What `make.py` puts into row `i`.
fn row(i: usize, columns: usize) -> Vec<f64> {
    (0..columns).map(|c| 10.0 * i as f64 + c as f64).collect()
}

fn assert_rows(frame: &DataFrame) {
    for (i, numbers) in frame.rows().enumerate() {
        assert_eq!(numbers, row(i, frame.columns().len()), "row {i}");
    }
}

fn names(poses: &PoseTable) -> Vec<&str> {
    poses.bodyparts().iter().map(|part| part.as_str()).collect()
}

/// The row of the file that each frame is from, told by its first number.
fn rows_of_frames(poses: &PoseTable) -> Vec<Option<usize>> {
    let first = |row: &[dlc_model::Keypoint]| row[0].x;
    let rows = poses.rows().map(first);
    rows.map(|x| (0..4).find(|&i| x == 10.0 * i as f64))
        .collect()
}

#[test]
fn columns_come_in_the_order_of_the_frame() {
    for name in ["types.h5", "types_fixed.h5"] {
        let frame = table(name);

        let parts: Vec<&str> = frame.columns().iter().map(|c| c[1].as_str()).collect();
        assert_eq!(
            parts,
            ["nose", "nose", "nose", "ear", "ear", "ear"],
            "{name}"
        );
        assert_rows(&frame);
        assert_eq!(frame.precision(), Precision::F64);
        assert_eq!(names(&poses(name)), ["nose", "ear"]);
        assert_eq!(poses(name).row(3)[1].likelihood, 35.0);
    }
}

#[test]
fn numbers_of_all_types_are_numbers() {
    let bools = table("bools.h5");
    assert!(
        bools
            .rows()
            .all(|row| row == [0.0, 1.0, 0.0, 1.0, 0.0, 1.0])
    );

    let narrow = table("narrow.h5");
    assert_eq!(narrow.precision(), Precision::F32);
    assert_rows(&narrow);

    let texts = table("texts.h5");
    assert_eq!(texts.row(3), row(3, 6));
    assert!(texts.row(1)[0].is_nan());

    let categories = table("categories.h5");
    let column: Vec<f64> = categories.rows().map(|row| row[1]).collect();
    assert_eq!(column[..3], [31.0, 11.0, 21.0]);
    assert!(column[3].is_nan());
}

#[test]
fn labels_of_whole_numbers_are_read() {
    let read = h5::Reader::new(fixture("labels.h5"))
        .collected_data()
        .unwrap();

    assert_eq!(read.scorer, "Ann");
    assert_eq!(read.images[3], "labeled-data/v/img3.png");
    let Labels::Animal(labels) = read.labels else {
        panic!("one animal")
    };
    assert_eq!(labels.row(2)[1].y, 23.0);
}

#[test]
fn of_two_people_one_is_chosen() {
    let file = h5::Reader::new(fixture("two_people.h5"));
    let first = |read: CollectedData| match read.labels {
        Labels::Animal(labels) => (read.scorer, labels.row(0)[0].x),
        Labels::Animals(_) => panic!("one animal"),
    };

    let ann = file.clone().with_scorer("Ann").collected_data().unwrap();
    assert_eq!(first(ann), ("Ann".into(), 0.0));
    let bob = file.clone().with_scorer("Bob").collected_data().unwrap();
    assert_eq!(first(bob), ("Bob".into(), 100.0));
    for file in [file.clone(), file.clone().with_scorer("Eve")] {
        let error = chain(&file.collected_data().unwrap_err());
        assert!(
            error.ends_with("columns of the scorers Ann, Bob: choose one of them"),
            "{error}"
        );
    }
    let frame = file.data_frame().unwrap();
    assert_eq!(frame.scorers(), ["Ann", "Bob"]);
    assert_eq!(frame.of_scorer("Bob").unwrap().columns().len(), 4);
    // Where there is one scorer, it is taken whatever its name is.
    let only = h5::Reader::new(fixture("labels.h5")).with_scorer("Bob");
    assert_eq!(only.collected_data().unwrap().scorer, "Ann");
}

#[test]
fn names_that_are_no_texts_are_read_as_pandas_prints_them() {
    for name in ["integer_parts.h5", "integer_parts_fixed.h5"] {
        assert_eq!(names(&poses(name)), ["2", "1"]);
    }
    for name in ["errors.h5", "errors_fixed.h5", "errors_of_paths.h5"] {
        let errors = table(name);
        assert_eq!(errors.levels(), [None]);
        assert_eq!(errors.columns(), [["Train error"], ["Test error"]]);
        assert_rows(&errors);
    }
    let paths = table("errors_of_paths.h5");
    assert_eq!(paths.row_names().text(2), "labeled-data/v/img2.png");
    let series = table("series.h5");
    assert_eq!(series.columns(), [["Test error"]]);
    assert_eq!(series.row(3), [31.0]);
}

#[test]
fn coordinates_in_space_are_a_table_and_no_poses() {
    let space = table("space.h5");
    assert_eq!(space.columns()[2], ["('one', 'two')", "nose", "z"]);
    assert_rows(&space);

    let error = refusal("space.h5");
    assert!(
        error.contains("found coordinates in space (`x`, `y`, `z`)"),
        "{error}"
    );
}

#[test]
fn rows_belong_to_the_frames_that_they_name() {
    let start = rows_of_frames(&poses("start.h5"));
    assert_eq!(start[..5], [None; 5]);
    assert_eq!(start[5..], [Some(0), Some(1), Some(2), Some(3)]);
    let gaps = rows_of_frames(&poses("gaps.h5"));
    assert_eq!(gaps, [Some(1), Some(0), None, None, Some(2), Some(3)]);
    let reals = rows_of_frames(&poses("reals.h5"));
    assert_eq!(reals, [Some(0), Some(1), Some(3), Some(2)]);
    assert_eq!(
        table("reals.h5").row_names(),
        &RowNames::Reals(vec![0.0, 1.0, 3.0, 2.0])
    );

    for (name, end) in [
        (
            "doubled.h5",
            "row 2 (from 0) belongs to frame 1: the frame stands more than once",
        ),
        (
            "negative.h5",
            "row 0 (from 0) belongs to frame -1: a frame is not negative",
        ),
        (
            "distant.h5",
            "row 3 (from 0) belongs to frame 1000000000000: expected fewer than 16777216 frames",
        ),
        (
            "times.h5",
            "found moments (the rows have times): expected one animal in the frames of a video",
        ),
    ] {
        let error = refusal(name);
        assert!(error.ends_with(end), "{error}");
    }
}

#[test]
fn rows_of_all_names_are_read() {
    let times = table("times.h5");
    assert_eq!(times.row_names().text(0), "2020-02-29 23:59:59.500000");
    assert_eq!(times.row_names().text(1), "2020-03-01 00:00:00");
    let mixed = table("mixed.h5");
    let expected = ["0", "a.png", "2.5", "3"].map(String::from).to_vec();
    assert_eq!(mixed.row_names(), &RowNames::Texts(expected));
    let nothing = table("nothing.h5");
    assert_eq!((nothing.len(), nothing.columns().len()), (0, 3));
}

#[test]
fn tables_with_any_names_of_rows_are_written_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "reals.h5",
        "times.h5",
        "gaps.h5",
        "mixed.h5",
        "errors_of_paths.h5",
    ] {
        let frame = table(name);
        let path = folder.path().join(name);
        h5::write_data_frame(fs::File::create(&path).unwrap(), &frame).unwrap();
        assert_eq!(
            h5::Reader::new(&path).data_frame().unwrap(),
            frame,
            "{name}"
        );

        let mut text = Vec::new();
        csv::write_data_frame(&mut text, &frame).unwrap();
        let text = String::from_utf8(text).unwrap();
        let last = text.lines().last().unwrap();
        let expected = frame.row_names().text(3).replace('/', ",");
        assert!(last.starts_with(&expected), "{last}");
    }
}

#[test]
fn compressed_tables_are_read() {
    for name in [
        "bzip2.h5",
        "blosc_blosclz.h5",
        "blosc_lz4.h5",
        "blosc_zlib.h5",
        "blosc_zstd.h5",
        "blosc_checked.h5",
        "blosc_fixed.h5",
    ] {
        let frame = table(name);
        assert_eq!(frame.len(), 300, "{name}");
        assert_rows(&frame);
        assert_eq!(poses(name).len(), 300);
    }
}

#[test]
fn compressions_that_are_not_read_are_named_once_with_a_remedy() {
    let mut lzo = fs::read(fixture("bzip2.h5")).unwrap();
    let name = lzo
        .windows(6)
        .position(|bytes| bytes == b"bzip2\0")
        .unwrap();
    assert_eq!(lzo[name - 8..name - 6], 307_u16.to_le_bytes());
    lzo[name - 8..name - 6].copy_from_slice(&305_u16.to_le_bytes());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lzo.h5");
    fs::write(&path, lzo).unwrap();

    for (path, filter) in [(path, "lzo"), (fixture("blosc2.h5"), "blosc2")] {
        let error = chain(&h5::read(path).unwrap_err());
        let sentence = format!(
            "/df_with_missing/table: compressed by {filter}, which is not read; save the table \
             again with pandas: to_hdf(…, complib=\"zlib\", complevel=5)"
        );
        assert!(error.ends_with(&sentence), "{error}");
        assert_eq!(error.matches("compressed").count(), 1);
    }
}

// Texts.

const HEADER: &str = "scorer,S,S,S\nbodyparts,a,a,a\ncoords,x,y,likelihood\n";

fn read_text(text: impl AsRef<[u8]>) -> Result<PoseTable, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.csv");
    fs::write(&path, text).unwrap();
    let read = csv::read(&path).map_err(|error| chain(&error));
    read.map(|read| read.poses)
}

fn numbers(text: impl AsRef<[u8]>) -> Vec<[Option<f64>; 3]> {
    let poses = read_text(text).unwrap();
    let some = |number: f64| (!number.is_nan()).then_some(number);
    let rows = poses.rows();
    rows.map(|row| [row[0].x, row[0].y, row[0].likelihood].map(some))
        .collect()
}

const PLAIN: [[Option<f64>; 3]; 2] = [
    [Some(1.5), Some(2.0), Some(0.25)],
    [None, Some(-3.0), Some(1e-5)],
];

#[test]
fn texts_of_spreadsheets_and_r_are_read_as_pandas_reads_them() {
    let plain = format!("{HEADER}0,1.5,2,0.25\n1,,-3,1e-05\n");
    assert_eq!(numbers(&plain), PLAIN);
    for word in [
        "NA", "N/A", "#N/A", "null", "NULL", "nan", "NaN", "None", "<NA>", "-1.#IND", " NA ",
    ] {
        assert_eq!(
            numbers(plain.replace("1,,", &format!("1,{word},"))),
            PLAIN,
            "{word}"
        );
    }
    for text in [
        format!("{plain},,,\n,,,\n"),
        plain.replace('\n', ",,,\n"),
        plain.replace("\n0,", "\n0.0,").replace("\n1,", "\n1.0,"),
        plain.replace(',', ", "),
        plain.replace(',', " , "),
        format!("\u{feff}{plain}"),
        plain.replace('\n', "\r\n"),
        plain.replace('\n', "\r"),
        plain.replace('\n', "\n\n \t\n"),
        plain
            .replace('\n', "\"\n")
            .replace(',', "\",\"")
            .replace("\n\"", "\n")
            .replace("0\"", "\"0\"")
            .replace("scorer\"", "\"scorer\"")
            .replace("bodyparts\"", "\"bodyparts\"")
            .replace("coords\"", "\"coords\"")
            .replace("1\",\"\"", "\"1\",\"\""),
        plain.replace(',', ";"),
        plain
            .replace('.', ",")
            .replace("0,1,5,2,0,25", "0;1,5;2;0,25")
            .replace("1,,-3,", "1;;-3;")
            .replace("r,S,S,S", "r;S;S;S")
            .replace("s,a,a,a", "s;a;a;a")
            .replace("s,x,y,l", "s;x;y;l"),
        plain.replace(',', "\t"),
        plain.replace(',', "|"),
    ] {
        assert_eq!(numbers(&text), PLAIN, "{text}");
    }
    // Fields that a row lacks are missing, and rows belong to the frames that they name.
    assert_eq!(
        numbers(format!("{HEADER}2,1\n0\n")),
        [[None; 3], [None; 3], [Some(1.0), None, None]]
    );
    let frame = format!("{HEADER}0.0,1,2,3\n1.0,4,5,6\n");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.csv");
    fs::write(&path, frame).unwrap();
    assert!(csv::read_images(&path).is_err(), "frames are no pictures");
}

#[test]
fn what_is_no_number_is_named_with_its_cell() {
    for (rows, end) in [
        (
            "0,\"1,234.5\",2,3\n",
            "line 4, column 2: expected a number or nothing, found \"1,234.5\"",
        ),
        (
            "0,1,2,3\n1,2,low,3\n",
            "line 5, column 3: expected a number or nothing, found \"low\"",
        ),
        ("0,1,2,3,4\n", "line 4: expected 4 fields, found 5"),
        (
            ",1,2,3\n",
            "line 4, column 1: expected the name of the row, found \"\"",
        ),
        (
            "-1,1,2,3\n",
            "row 0 (from 0) belongs to frame -1: a frame is not negative",
        ),
        (
            "3,1,2,3\n3,1,2,3\n",
            "row 1 (from 0) belongs to frame 3: the frame stands more than once",
        ),
        (
            "0.5,1,2,3\n",
            "row 0 (from 0) belongs to frame 0.5: expected a whole number",
        ),
        (
            "1000000000000,1,2,3\n",
            "row 0 (from 0) belongs to frame 1000000000000: expected fewer than 16777216 frames",
        ),
    ] {
        let error = read_text(format!("{HEADER}{rows}")).unwrap_err();
        assert!(error.ends_with(end), "{error}");
    }
    // A comma is a decimal sign or one of thousands: a file that has both is not guessed at.
    let both = format!("{}0;1,5;2.5;3\n", HEADER.replace(',', ";"));
    let error = read_text(both).unwrap_err();
    assert!(
        error.ends_with("line 4, column 3: expected a number or nothing, found \"2.5\""),
        "{error}"
    );
    let error = read_text(HEADER.replace("S,S\n", "T,T\n")).unwrap_err();
    assert!(
        error.ends_with("columns of the scorers S, T: choose one of them"),
        "{error}"
    );
}
