//! Runs a trained DeepLabCut model on pictures and writes DeepLabCut's own files.
//!
//! ```sh
//! cargo run --release --example analyze_images -- PROJECT/config.yaml FOLDER --shuffle 1
//! ```
//!
//! The result matches `deeplabcut.analyze_images(config, folder, shuffle=…, save_as_csv=True)` and,
//! for a model of the TensorFlow engine, `deeplabcut.analyze_time_lapse_frames` within 0.02 px and a
//! likelihood of 0.001.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Result;
use clap::Parser;
use dlc::{
    AnalyzeOptions,
    infer::DeviceChoice,
    model::{Crop, SnapshotIndex},
};
use examples::{
    StatisticsOf, complain,
    json::{put_path, put_paths},
    say,
};
use serde_json::{Map, Value, json};

/// Runs a trained DeepLabCut model on pictures and writes one .h5 and one .csv of all of them.
///
/// Exit codes: 0 all pictures were analysed; 1 the model or a picture failed; 2 wrong usage.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The project's config.yaml, or an exported model: its folder or its file.
    config: PathBuf,
    /// Pictures, or folders of pictures.
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<PathBuf>,
    /// Which shuffle of the training set.
    #[arg(long, default_value_t = 1, value_name = "N")]
    shuffle: u32,
    /// Which of the project's `TrainingFraction`, from 0.
    #[arg(long, default_value_t = 0, value_name = "N")]
    trainingset_index: u32,
    /// Which snapshot: a number (-1 is the last or best one) or `best`; the project says by default.
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    snapshot_index: Option<SnapshotIndex>,
    /// How the names of pictures in a folder end; `.png` by default, with PyTorch `.jpg` and `.jpeg`,
    /// too.
    #[arg(long, value_name = "END")]
    image_type: Option<String>,
    /// Pictures a batch; the project says by default (1 with PyTorch).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    batch_size: Option<u16>,
    /// `auto`, `cpu`, or the name or number of an adapter.
    #[arg(long, default_value = "auto", value_name = "NAME")]
    device: DeviceChoice,
    /// Whose statistics MobileNetV2 normalises with: each picture's own, or as DeepLabCut those of
    /// all pictures in a batch.
    #[arg(long, value_enum, default_value_t = StatisticsOf::Frame, value_name = "OF")]
    statistics: StatisticsOf,
    /// The part of the pictures to analyse.
    #[arg(long, value_name = "X1,X2,Y1,Y2", value_parser = examples::parse_crop)]
    crop: Option<Crop>,
    /// Folder of the results; that of the first picture by default.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Analyses pictures whose results are there already again.
    #[arg(long)]
    overwrite: bool,
    /// Prints a JSON object instead of sentences.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// Returns whether all pictures could be read.
fn run(arguments: &Arguments) -> Result<bool> {
    let mut options = AnalyzeOptions::default()
        .with_device(arguments.device.clone())
        .with_statistics(arguments.statistics.into())
        .with_overwrite(arguments.overwrite);
    options.snapshot_index = arguments.snapshot_index;
    options.batch_size = arguments.batch_size.map(usize::from);
    options.crop = arguments.crop;
    options.image_type.clone_from(&arguments.image_type);
    options.destination.clone_from(&arguments.out);
    let (shuffle, trainingset_index) = (arguments.shuffle, arguments.trainingset_index);
    let mut analyzer = examples::open(&arguments.config, shuffle, trainingset_index, options)?;
    let report = analyzer.analyze_images(&arguments.images)?;

    let seconds = report.duration.as_secs_f64();
    if arguments.json {
        let others = json!({
            "scorer": report.scorer,
            "already_analyzed": report.already_analyzed,
            "without_record": report.without_record,
            "image_count": report.image_count,
            "mean_likelihood": report.mean_likelihood,
            "device": report.device,
            "duration_secs": seconds,
            "warnings": report.warnings().iter().map(ToString::to_string).collect::<Vec<_>>(),
        });
        let unreadable = report.unreadable.iter().map(|error| error.path());
        let mut object = Map::new();
        put_paths(&mut object, "unreadable", unreadable);
        for (name, path) in [
            ("h5", Some(&report.h5)),
            ("csv", Some(&report.csv)),
            ("meta", report.meta.as_ref()),
        ] {
            match path {
                Some(path) => put_path(&mut object, name, path),
                None => drop(object.insert(name.into(), Value::Null)),
            }
        }
        if let Value::Object(others) = others {
            object.extend(others);
        }
        say!("{}", Value::Object(object))?;
    } else if report.already_analyzed {
        say!("already analysed ({})", report.h5.display())?;
        say!("  --overwrite analyses it again")?;
    } else {
        say!(
            "{} pictures in {seconds:.1} s on {}, mean likelihood {:.3}",
            report.image_count,
            report.device,
            report.mean_likelihood
        )?;
        let paths = [&report.h5, &report.csv].into_iter().chain(&report.meta);
        for path in paths {
            say!("  {}", path.display())?;
        }
    }
    for warning in report.warnings() {
        let _ = writeln!(io::stderr(), "warning: {warning}");
    }
    let all_good = report.unreadable.is_empty();
    for error in report.unreadable {
        complain(&anyhow::Error::new(error));
    }
    Ok(all_good)
}
