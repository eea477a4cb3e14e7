//! The bundled project: a mouse in an open field, to try everything with.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use dlc::{
    io::{
        CollectedData, Labels, atomic, h5,
        pickle::{self, Value},
        picture, video,
    },
    model::{Bodyparts, Keypoint, PoseTable},
};

/// The bundled project: a DeepLabCut model of our own, trained on rendered frames, and a clip.
///
/// `data/README.md` tells how they were made.
macro_rules! bundled {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("../data/openfield/", $path)))),*]
    };
}

const BUNDLED: &[(&str, &[u8])] = bundled![
    "config.yaml",
    "dlc-models/iteration-0/mouseNov22-trainset90shuffle1/test/pose_cfg.yaml",
    "dlc-models/iteration-0/mouseNov22-trainset90shuffle1/train/pose_cfg.yaml",
    "dlc-models/iteration-0/mouseNov22-trainset90shuffle1/train/snapshot-7200.data-00000-of-00001",
    "dlc-models/iteration-0/mouseNov22-trainset90shuffle1/train/snapshot-7200.index",
    "training-datasets/iteration-0/UnaugmentedDataSet_mouseNov22/metadata.yaml",
    "videos/mouse.avi",
];

/// Where the bundled project was unpacked.
#[derive(Clone, Debug)]
pub(crate) struct Bundled {
    /// Its `config.yaml`.
    pub(crate) config: PathBuf,
    /// Its clip of 100 frames.
    pub(crate) video: PathBuf,
}

/// Unpacks the bundled project into a folder, which is made when missing.
///
/// # Errors
///
/// Returns an error when a file cannot be written, or when another one has its name: that may be
/// somebody's project.
pub(crate) fn unpack(folder: &Path) -> Result<Bundled> {
    for (name, content) in BUNDLED {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        match fs::read(&path) {
            Ok(there) if there == *content => {}
            Ok(_) => return Err(another_file(&path).into()),
            Err(_) => atomic::write(&path, |file| file.write_all(content))?,
        }
    }
    let video = folder.join("videos/mouse.avi");
    write_labels(folder, &video)?;
    Ok(Bundled {
        config: folder.join("config.yaml"),
        video,
    })
}

fn another_file(path: &Path) -> io::Error {
    let name = path.display();
    io::Error::other(format!(
        "{name} is not the bundled project's: choose another folder, or remove it"
    ))
}

/// How many frames of the clip are labelled.
const LABELED: usize = 20;

/// Writes labels for frames of the clip, where the parts really are, and a split in which none of them
/// trained.
fn write_labels(folder: &Path, video: &Path) -> Result<()> {
    let truth = include_str!("../data/openfield/expected/truth.csv");
    let mut lines = truth.lines();
    let header = lines.next().unwrap_or_default().split(',').skip(1);
    let parts: Vec<&str> = header.filter_map(|name| name.strip_suffix("_x")).collect();
    let mut poses = PoseTable::new(Bodyparts::new(parts)?);
    let mut images = Vec::new();
    let mut video = video::open(video)?;
    let pictures = folder.join("labeled-data/mouse");
    fs::create_dir_all(&pictures)?;
    for (row, line) in lines.take(LABELED).enumerate() {
        let numbers = line.split(',').skip(1).map(str::parse);
        let numbers: Vec<f64> = numbers.collect::<Result<_, _>>()?;
        let keypoints = numbers.chunks_exact(2);
        let keypoints = keypoints.map(|xy| Keypoint::new(xy[0], xy[1], f64::NAN));
        poses.set(row, &keypoints.collect::<Vec<_>>());
        let frame = video
            .next_frame()?
            .context("the bundled clip has more frames")?;
        let name = format!("img{row:04}.png");
        picture::write_frame(pictures.join(&name), &frame)?;
        images.push(format!("labeled-data/mouse/{name}"));
    }
    let collected = CollectedData {
        scorer: "dlc".into(),
        images,
        labels: Labels::Animal(poses),
    };
    let training_set = folder.join("training-datasets/iteration-0/UnaugmentedDataSet_mouseNov22");
    atomic::write(training_set.join("CollectedData_dlc.h5"), |file| {
        h5::write_data_frame(file, &collected.to_data_frame())
    })?;
    let test = (0..).take(LABELED).map(Value::Int).collect();
    let fraction = Value::Float(0.9);
    let none = || Value::List(Vec::new());
    let split = Value::List(vec![none(), none(), Value::List(test), fraction]);
    let documentation = "Documentation_data-mouse_90shuffle1.pickle";
    fs::write(training_set.join(documentation), pickle::write(&split)?)?;
    Ok(())
}
