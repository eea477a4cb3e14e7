//! Pictures beside the video that they are from, and beside DeepLabCut's own results.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use dlc::{
    AnalyzeOptions,
    analysis::{AnalyzeImagesError, ImageReport},
    analyze_images,
    io::{Limits, csv, h5, pickle},
    model::Keypoint,
};

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../dlc-cli/data/openfield")
}

/// A folder with frame 0 of the bundled clip under three names, a picture of another size, and a
/// file that is none.
fn pictures(folder: &Path) {
    let frame = project().join("expected/raw/frame000.png");
    for name in ["b.png", "a.png", "z.png"] {
        fs::copy(&frame, folder.join(name)).unwrap();
    }
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/mouse.png");
    fs::copy(docs, folder.join("large.png")).unwrap();
    fs::write(folder.join("broken.png"), "no picture").unwrap();
    fs::copy(&frame, folder.join("other.jpg")).unwrap();
}

fn analyzed(images: &Path, options: AnalyzeOptions<'_>) -> Result<ImageReport, String> {
    let report = analyze_images(project().join("config.yaml"), [images], 1, 0, options);
    report.map_err(|error| format!("{error:?}"))
}

/// What DeepLabCut says of frame 0.
fn expected() -> Vec<Keypoint> {
    let name = "expected/b1/mouseDLC_mobnet_35_mouseNov22shuffle1_7200.csv";
    let table = csv::read(project().join(name)).unwrap();
    table.poses.row(0).to_vec()
}

fn assert_near(found: &[Keypoint], expected: &[Keypoint]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found.x - expected.x).hypot(found.y - expected.y) < 0.02);
        assert!((found.likelihood - expected.likelihood).abs() < 0.001);
    }
}

#[test]
fn a_folder_of_pictures_becomes_one_table() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("mice.2");
    fs::create_dir(&folder).unwrap();
    pictures(&folder);

    let report = analyzed(&folder, AnalyzeOptions::default()).unwrap();

    let scorer = "DLC_mobnet_35_mouseNov22shuffle1_7200";
    assert_eq!(report.h5, folder.join(format!("mice{scorer}.h5")));
    assert_eq!(report.image_count, 5);
    assert_eq!(report.unreadable.len(), 1);
    assert_eq!(report.unreadable[0].path(), folder.join("broken.png"));
    let table = h5::read_images(&report.h5).unwrap();
    assert_eq!(table.scorer, scorer);
    assert_eq!(table.individual, None);
    assert_eq!(
        table.images,
        ["a.png", "b.png", "broken.png", "large.png", "z.png"]
    );
    for place in [0, 1, 4] {
        assert_near(table.poses.row(place), &expected());
    }
    assert!(
        table
            .poses
            .row(2)
            .iter()
            .all(|keypoint| keypoint.is_missing())
    );
    assert!(!table.poses.row(3)[0].is_missing());
    let text = csv::read_images(&report.csv).unwrap();
    assert_eq!(text.images, table.images);
    assert_eq!(text.poses.row(4), table.poses.row(4));
    let meta = fs::File::open(report.meta.unwrap()).unwrap();
    let meta = pickle::read(meta, &Limits::default()).unwrap();
    let data = meta.get("data").unwrap();
    let keys: Vec<&str> = data
        .items()
        .unwrap()
        .iter()
        .filter_map(|(key, _)| key.as_str())
        .collect();
    let expected = "start stop run_duration Scorer|config file|batch_size num_outputs \
        frame_dimensions nframes cropping cropping_parameters";
    let expected: Vec<&str> = expected
        .split('|')
        .flat_map(|part| match part {
            "config file" => vec![part],
            part => part.split_whitespace().collect(),
        })
        .collect();
    assert_eq!(keys, expected);

    let again = analyzed(&folder, AnalyzeOptions::default()).unwrap();
    assert!(again.already_analyzed);
}

#[test]
fn several_keypoints_of_a_body_part_begin_with_the_likeliest() {
    let root = tempfile::tempdir().unwrap();
    let frame = project().join("expected/raw/frame000.png");
    let options = AnalyzeOptions::default()
        .with_destination(root.path())
        .with_num_outputs(3);

    let report = analyzed(&frame, options).unwrap();

    let table = h5::read_images(&report.h5).unwrap();
    assert_eq!(table.poses.num_outputs(), 3);
    let row = table.poses.row(0).to_vec();
    for part in row.chunks_exact(3) {
        assert!(part[0].likelihood >= part[1].likelihood);
        assert!(part[1].likelihood >= part[2].likelihood);
    }
    assert_near(table.poses.into_likeliest().row(0), &expected());
    let header = fs::read_to_string(&report.csv).unwrap();
    let coords = header.lines().nth(2).unwrap();
    assert!(coords.starts_with("coords,x,y,likelihood,x2,y2,likelihood2,x3,y3,likelihood3,x,"));
}

#[test]
fn no_pictures_are_an_error_that_says_what_was_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let options = AnalyzeOptions::default().with_image_type(".tif");
    let mut analyzer = dlc::Analyzer::open(project(), 1, 0, options).unwrap();

    let error = analyzer.analyze_images([folder.path()]).unwrap_err();
    assert!(matches!(error, AnalyzeImagesError::NoImages { .. }));
    assert_eq!(
        error.to_string(),
        "there are no pictures to analyse: no name ends in .tif"
    );
}

#[test]
fn pictures_of_deeplabcuts_pytorch_engine_are_alike() {
    let Some(root) = testing::reference("") else {
        return;
    };
    let images = root.join("deeplabcut/images_pt");
    let out = tempfile::tempdir().unwrap();
    let config = root.join("openfield_torch/config.yaml");
    let options = AnalyzeOptions::default().with_destination(out.path());
    let report = analyze_images(config, [&images], 14, 0, options).unwrap();

    let theirs = images.join(report.h5.file_name().unwrap());
    let (ours, theirs) = (
        h5::read_images(&report.h5).unwrap(),
        h5::read_images(theirs).unwrap(),
    );
    assert_eq!(ours.individual, theirs.individual);
    assert_eq!(ours.precision, theirs.precision);
    assert_eq!(ours.poses.bodyparts(), theirs.poses.bodyparts());
    let mut compared = 0;
    for (place, name) in ours.images.iter().enumerate() {
        assert_eq!(Path::new(name).parent(), Some(images.as_path()));
        let file_name = Path::new(name).file_name();
        let of = |theirs: &String| Path::new(theirs).file_name() == file_name;
        let other = theirs.images.iter().position(of).unwrap();
        assert_near(ours.poses.row(place), theirs.poses.row(other));
        compared += 1;
    }
    assert_eq!(compared, 5);
}
