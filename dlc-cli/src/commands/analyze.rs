mod images;
mod videos;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use dlc::{
    AnalyzeOptions,
    infer::{DynamicBoxesOptions, DynamicCropping},
    model::Crop,
};

pub(crate) use self::videos::{draw, reply};
use crate::{
    arguments::{Again, Model, Network, Videos, expand, parse_crop, parse_dynamic},
    voice::{Voice, WrongUsage},
};

/// Runs a trained model on videos, or on pictures, and writes DeepLabCut's own files.
///
/// Of each video {video}{scorer}.h5, .csv and _meta.pickle, as `deeplabcut.analyze_videos(config,
/// videos, shuffle, save_as_csv=True)`; of pictures one .h5 and one .csv, as `deeplabcut.analyze_images`
/// and `analyze_time_lapse_frames`. Results that are there stay, if they are those of this video, model and
/// options; otherwise it says what differs.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  dlc-rs analyze PROJECT/config.yaml videos/ --shuffle 2
  dlc-rs analyze PROJECT/config.yaml mouse.mp4 --crop 0,400,0,300 --out results/
  dlc-rs analyze PROJECT/config.yaml --images pictures/")]
pub(crate) struct Arguments {
    /// The project's config.yaml, or an exported model: its folder or its file (then without
    /// shuffle and snapshot).
    config: PathBuf,
    #[command(flatten)]
    videos: Videos,
    /// Takes the arguments for pictures and folders of pictures, each a row of one table. Picture files
    /// are taken so anyway.
    #[arg(long)]
    images: bool,
    /// How the names of pictures in a folder end; `.png` by default, with PyTorch `.jpg` and `.jpeg`, too.
    #[arg(long, value_name = "END", requires = "images")]
    image_type: Option<String>,
    #[command(flatten)]
    model: Model,
    #[command(flatten)]
    network: Network,
    /// Keypoints of each body part (columns x2, y2, likelihood2, …); the model says by default.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    num_outputs: Option<u16>,
    /// Frames a batch; the project says by default.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    batch_size: Option<u16>,
    /// The part of the frames to analyse, instead of what the project says.
    #[arg(long, value_name = "X1,X2,Y1,Y2", value_parser = parse_crop)]
    crop: Option<Crop>,
    /// Looks only where the animal was in the frame before, as long as a body part is more likely
    /// than this, and this many px around it (DeepLabCut's are 0.5,10).
    #[arg(long, value_name = "LIKELIHOOD,PX", value_parser = parse_dynamic)]
    dynamic: Option<DynamicCropping>,
    /// Lets a box follow the animal of a top-down model instead of a detector, as long as this many
    /// body parts are that likely, with a margin of this many px (DeepLabCut's are 0.6,25,2).
    #[arg(long, value_name = "LIKELIHOOD,PX,COUNT", value_parser = parse_top_down_dynamic)]
    top_down_dynamic: Option<DynamicBoxesOptions>,
    /// Folder of the results; beside each video, or beside the first picture, by default.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    again: Again,
    /// Also draws the poses and the trajectories into {video}{scorer}.png.
    #[arg(long)]
    picture: bool,
}

pub(crate) fn run(arguments: Arguments, voice: Voice) -> Result<bool> {
    let paths = expand(&arguments.videos.videos)?;
    let pictures = paths.iter().filter(|path| is_picture(path)).count();
    match (arguments.images, pictures) {
        (true, _) => images::run(&arguments, &paths, voice),
        (false, 0) => videos::run(&arguments, voice),
        (false, count) if count == paths.len() => images::run(&arguments, &paths, voice),
        _ => {
            let words = "pictures and videos in one call: --images takes all of them for pictures";
            Err(WrongUsage(words.into()).into())
        }
    }
}

/// Returns whether a path is named as a picture.
fn is_picture(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    let endings = ["png", "jpg", "jpeg", "bmp", "tif", "tiff"];
    ending.is_some_and(|ending| endings.contains(&ending.to_lowercase().as_str()))
}

impl Arguments {
    fn options<'a>(&self) -> AnalyzeOptions<'a> {
        let options = self.network.options();
        let mut options = options.with_overwrite(self.again.overwrite);
        options.batch_size = self.batch_size.map(usize::from);
        options.num_outputs = self.num_outputs.map(usize::from);
        options.crop = self.crop;
        options.dynamic = self.dynamic;
        options.top_down_dynamic = self.top_down_dynamic;
        options.image_type.clone_from(&self.image_type);
        options.destination.clone_from(&self.out);
        options
    }
}

fn parse_top_down_dynamic(text: &str) -> Result<DynamicBoxesOptions, String> {
    let numbers: Vec<&str> = text.split(',').map(str::trim).collect();
    let options = |numbers: &[&str]| {
        let [threshold, margin, count] = numbers else {
            return None;
        };
        Some(DynamicBoxesOptions {
            threshold: threshold.parse().ok()?,
            margin: margin.parse().ok()?,
            min_hq_keypoints: count.parse().ok()?,
            ..DynamicBoxesOptions::default()
        })
    };
    let error = "expected a likelihood, a margin and a count: 0.6,25,2";
    options(&numbers).ok_or_else(|| error.into())
}
