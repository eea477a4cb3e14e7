//! One error, one line: nothing that is said of a damaged file is said twice, or on a second line.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    collections::BTreeSet,
    error::Error,
    fs, iter,
    path::{Path, PathBuf},
};

use dlc_io::{
    Limits, Precision, csv, h5,
    images::{self, Convention},
    metadata::{MetadataFile, Recording},
    project::Project,
    safetensors, scanimage,
    session::SessionFolder,
    tensorflow, torch, yaml,
};
use dlc_model::{Bodyparts, Keypoint, PoseTable, UtcOffset};
use image::RgbImage;

type Errors = Vec<Box<dyn Error>>;

/// Reads a file as each kind of file that there is, and returns the errors.
fn errors(path: &Path) -> Errors {
    let limits = Limits::default();
    let mut errors = Errors::new();
    let mut note = |result: Result<(), Box<dyn Error>>| errors.extend(result.err());
    note(h5::read(path).map(drop).map_err(Into::into));
    note(csv::read(path).map(drop).map_err(Into::into));
    note(yaml::read(path).map(drop).map_err(Into::into));
    note(Project::open(path).map(drop).map_err(Into::into));
    note(
        images::read(path, Convention::OpenCv)
            .map(drop)
            .map_err(Into::into),
    );
    note(
        images::read(path, Convention::ScikitImage)
            .map(drop)
            .map_err(Into::into),
    );
    note(
        MetadataFile::read(path, &limits)
            .map(drop)
            .map_err(Into::into),
    );
    note(Recording::read(path, &limits).map(drop).map_err(Into::into));
    note(
        torch::read_snapshot(path, &limits)
            .map(drop)
            .map_err(Into::into),
    );
    note(
        safetensors::read_safetensors(path, &limits)
            .map(drop)
            .map_err(Into::into),
    );
    note(
        tensorflow::read_frozen_graph(path, &limits)
            .map(drop)
            .map_err(Into::into),
    );
    note(
        scanimage::first_picture(path, UtcOffset::UTC)
            .map(drop)
            .map_err(Into::into),
    );
    note(SessionFolder::open(path).map(drop).map_err(Into::into));
    errors
}

/// Returns what is said of an error if that is not one line, or says something twice.
fn wrong(error: &(dyn Error + 'static)) -> Option<Vec<String>> {
    let chain: Vec<String> = iter::successors(Some(error), |&error| error.source())
        .map(ToString::to_string)
        .collect();
    let is_wrong = |(place, text): (usize, &String)| {
        let twice = chain[..place].iter().any(|before| before.contains(text));
        twice || text.contains('\n')
    };
    let found = chain.iter().enumerate().any(is_wrong);
    found.then_some(chain)
}

/// Returns the content of a file of each kind.
fn contents(folder: &Path) -> Vec<Vec<u8>> {
    let mut poses = PoseTable::new(Bodyparts::new(["snout"]).unwrap());
    for frame in 0..40 {
        poses.push([Keypoint::new(frame.into(), 0.0, 1.0)]);
    }
    let path = folder.join("whole.h5");
    let file = fs::File::create(&path).unwrap();
    h5::write(file, &poses, "DLC_x", Precision::F64).unwrap();
    let picture = RgbImage::from_pixel(32, 32, image::Rgb([1, 2, 3]));
    for name in ["whole.png", "whole.jpg"] {
        picture.save(folder.join(name)).unwrap();
    }
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let bytes = |path: PathBuf| fs::read(path).unwrap();
    vec![
        bytes(folder.join("whole.h5")),
        bytes(folder.join("whole.png")),
        bytes(folder.join("whole.jpg")),
        bytes(fixtures.join("archive/snapshot.pt")),
        bytes(fixtures.join("archive/deflated.pt")),
        b"Task: x\nbodyparts: [a, b]\nvideo_sets: {a.mp4: {crop: 0}}\n".into(),
        b"{\"start_timestamp\": \"2020-10-13T11:02:00\", \"fps\": 1}".into(),
        b"II*\x00\x08\x00\x00\x00\x01\x00\x00\x01\x03\x00".into(),
        b"\x80\x04}\x94(X\x04\x00\x00\x00datacos\nsystem\n.".into(),
        Vec::new(),
    ]
}

#[test]
fn a_damaged_file_is_told_of_once_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged");
    let (mut count, mut found) = (0, BTreeSet::new());
    for content in contents(folder.path()) {
        for end in [content.len(), content.len() / 2, content.len() / 4, 30, 9] {
            for flipped in [None, Some(20), Some(40), Some(end / 3), Some(end * 2 / 3)] {
                let mut bytes = content[..end.min(content.len())].to_vec();
                if let Some(byte) = flipped.and_then(|place| bytes.get_mut(place)) {
                    *byte ^= 0xff;
                }
                fs::write(&path, bytes).unwrap();
                for error in errors(&path) {
                    found.extend(wrong(&*error));
                    count += 1;
                }
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    assert!(count > 1000, "{count}");
}
