//! Example programs of the dlc crates: `cargo run --release --example analyze_video`.
//!
//! What they share: the bundled project, how a model is named on the command line, and how they
//! print.

pub mod json;
pub mod store;

use std::{
    error::Error,
    fmt, fs,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::ValueEnum;
use dlc::{
    AnalyzeOptions, Analyzer,
    analysis::OpenAnalyzerError,
    infer::{BatchStatistics, DeviceChoice, DynamicCropping},
    io::{
        CollectedData, Labels, atomic, h5,
        pickle::{self, Value},
        picture,
        video::{self, CollectVideosError},
    },
    model::{Bodyparts, Crop, Keypoint, PoseTable},
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
pub struct Bundled {
    /// Its `config.yaml`.
    pub config: PathBuf,
    /// Its clip of 100 frames.
    pub video: PathBuf,
}

/// Unpacks the bundled project into a folder, which is made when missing.
///
/// # Errors
///
/// Returns an error when a file cannot be written, or when another one has its name: that may be
/// somebody's project.
pub fn unpack(folder: &Path) -> io::Result<Bundled> {
    for (name, content) in BUNDLED {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        match fs::read(&path) {
            Ok(there) if there == *content => {}
            Ok(_) => return Err(another_file(&path)),
            Err(_) => {
                atomic::write(&path, |file| file.write_all(content)).map_err(io::Error::other)?
            }
        }
    }
    Ok(Bundled {
        config: folder.join("config.yaml"),
        video: folder.join("videos/mouse.avi"),
    })
}

fn another_file(path: &Path) -> io::Error {
    let name = path.display();
    io::Error::other(format!(
        "{name} is not the bundled project's: choose another folder, or remove it"
    ))
}

/// Opens the model of a project, named by its `config.yaml` or its folder, or an exported model.
///
/// # Errors
///
/// As [`Analyzer::open`] and [`Analyzer::open_exported`].
pub fn open<'a>(
    model: &Path,
    shuffle: u32,
    trainingset_index: u32,
    options: AnalyzeOptions<'a>,
) -> Result<Analyzer<'a>, OpenAnalyzerError> {
    let is_yaml = model
        .extension()
        .is_some_and(|end| end == "yaml" || end == "yml");
    if is_yaml || model.join("config.yaml").exists() || !model.exists() {
        Analyzer::open(model, shuffle, trainingset_index, options)
    } else {
        Analyzer::open_exported(model, options)
    }
}

/// Prints a line of results as `println!` does, which would panic once nobody reads it (`| head -1`).
///
/// Gives what [`print_line`] returns.
#[macro_export]
macro_rules! say {
    ($($words:tt)*) => {
        $crate::print_line(&mut ::std::io::stdout().lock(), ::std::format_args!($($words)*))
    };
}

/// Writes a line. One that nobody reads any more is dropped: the program has files to write, too.
///
/// # Errors
///
/// Returns an error when the line cannot be written for another reason, e.g., on a full disk.
pub fn print_line(out: &mut impl Write, line: fmt::Arguments<'_>) -> io::Result<()> {
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Prints what went wrong, with its reasons, where programs say such things. A reader that is gone
/// is no reason to stop.
pub fn complain(error: &anyhow::Error) {
    let _ = writeln!(io::stderr(), "error: {error:#}");
}

/// Lists the videos that paths stand for, and says where somebody may think of more.
///
/// # Errors
///
/// As [`video::collect`].
pub fn collect(
    paths: &[PathBuf],
    videotype: &[String],
) -> Result<Vec<PathBuf>, CollectVideosError> {
    let videotype: Vec<&str> = videotype.iter().map(String::as_str).collect();
    let found = video::collect(paths, &videotype)?;
    for left_out in &found.left_out {
        let _ = writeln!(io::stderr(), "note: {left_out}");
    }
    Ok(found.videos)
}

/// Returns how a program ends that did what it was asked for, or failed: then it tells why.
pub fn exit_code(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// Whose statistics MobileNetV2 normalises with, on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum StatisticsOf {
    /// Each frame's own.
    Frame,
    /// Those of all frames in a batch, as in DeepLabCut.
    Batch,
}

impl From<StatisticsOf> for BatchStatistics {
    fn from(statistics: StatisticsOf) -> Self {
        match statistics {
            StatisticsOf::Frame => Self::Frame,
            StatisticsOf::Batch => Self::Batch,
        }
    }
}

/// Parses `x1,x2,y1,y2`.
///
/// # Errors
///
/// Returns what was expected.
pub fn parse_crop(text: &str) -> Result<Crop, String> {
    let numbers: Result<Vec<usize>, _> = text.split(',').map(|n| n.trim().parse()).collect();
    match numbers.as_deref() {
        Ok(&[x_min, x_max, y_min, y_max]) => Ok(Crop {
            x_min,
            x_max,
            y_min,
            y_max,
        }),
        _ => Err("expected four numbers: x1,x2,y1,y2".into()),
    }
}

/// Parses a likelihood and a margin in px: `0.5,10`.
///
/// # Errors
///
/// Returns what was expected.
pub fn parse_dynamic(text: &str) -> Result<DynamicCropping, String> {
    let numbers = text.split_once(',');
    let numbers = numbers.and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
    let (threshold, margin) = numbers.ok_or("expected a likelihood and a margin: 0.5,10")?;
    Ok(DynamicCropping { threshold, margin })
}

/// Unpacks the bundled project into a folder and analyses its clip, for programs that begin with
/// results.
///
/// # Errors
///
/// Returns an error when a file cannot be written or the clip cannot be analysed.
pub fn unpack_analyzed(folder: &Path) -> Result<Bundled, Box<dyn Error + Send + Sync>> {
    let bundled = unpack(folder)?;
    let device = DeviceChoice::Cpu;
    let options = AnalyzeOptions::default().with_device(device);
    for outcome in dlc::analyze_videos(&bundled.config, [&bundled.video], 1, 0, options)? {
        outcome.result?;
    }
    Ok(bundled)
}

/// How many frames of the bundled clip [`unpack_labeled`] labels.
const LABELED: usize = 20;

/// Unpacks the bundled project into a folder with labels for frames of its clip, where the parts
/// really are, and a split in which none of them trained.
///
/// # Errors
///
/// Returns an error when a file cannot be written.
pub fn unpack_labeled(folder: &Path) -> Result<Bundled, Box<dyn Error + Send + Sync>> {
    let bundled = unpack(folder)?;
    let truth = include_str!("../data/openfield/expected/truth.csv");
    let mut lines = truth.lines();
    let header = lines.next().unwrap_or_default().split(',').skip(1);
    let parts: Vec<&str> = header.filter_map(|name| name.strip_suffix("_x")).collect();
    let mut poses = PoseTable::new(Bodyparts::new(parts)?);
    let mut images = Vec::new();
    let mut video = video::open(&bundled.video)?;
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
            .ok_or("the bundled clip has more frames")?;
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
    Ok(bundled)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails as this says.
    struct Failing(ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_that_nobody_reads_is_dropped_and_a_full_disk_is_an_error() {
        let mut lines = Vec::new();
        print_line(&mut lines, format_args!("{} frames", 3)).unwrap();
        assert_eq!(lines, b"3 frames\n");

        let line = format_args!("3 frames");
        print_line(&mut Failing(ErrorKind::BrokenPipe), line).unwrap();
        let error = print_line(&mut Failing(ErrorKind::StorageFull), line).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull);
    }
}
