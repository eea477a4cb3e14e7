use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use dlc::io::{
    VideoPoses,
    atomic::{FileKind, OutputGuard},
    csv, h5,
    nwb::{self, NwbPoses, NwbSession, NwbSubject},
    sleap::{self, SleapPoses},
};
use serde_json::json;

use crate::{
    arguments::Again,
    json::with_paths,
    voice::{Reply, Voice},
};

/// Writes poses in the format of another program.
#[derive(Debug, Subcommand)]
pub(crate) enum Format {
    Nwb(Nwb),
    Sleap(Sleap),
    Csv(Csv),
}

/// Poses, and the video that they are of.
#[derive(Args, Debug)]
struct Poses {
    /// A prediction file of DeepLabCut's: .h5.
    predictions: PathBuf,
    /// The video.
    video: PathBuf,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Goes on where the video has more or fewer frames than there are rows of poses.
    #[arg(long)]
    allow_unequal_counts: bool,
    /// Lets this file be replaced though it is an input or of another kind. Can be repeated.
    #[arg(long, value_name = "FILE")]
    replace: Vec<PathBuf>,
}

/// Writes an NWB file with ndx-pose.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  \
    dlc-rs export nwb mouseDLC_….h5 mouse.mp4 --to mouse.nwb --start 2020-10-13T11:02:00+02:00")]
pub(crate) struct Nwb {
    #[command(flatten)]
    poses: Poses,
    /// When the video began, with how far the clock was from UTC.
    #[arg(long, value_name = "TIME")]
    start: String,
    /// The animal: a name, the species in Latin, the sex (M, F, U or O), and the age (P90D).
    #[arg(long, num_args = 4, value_names = ["ID", "SPECIES", "SEX", "AGE"])]
    subject: Option<Vec<String>>,
    /// A person who did the experiment. Can be repeated.
    #[arg(long, value_name = "NAME")]
    experimenter: Vec<String>,
}

/// Writes an analysis file of SLEAP, which movement reads too.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  \
    dlc-rs export sleap mouseDLC_….h5 mouse.mp4 --to mouse.analysis.h5")]
pub(crate) struct Sleap {
    #[command(flatten)]
    poses: Poses,
}

/// Writes tables of DeepLabCut's as text.
///
/// The text equals what `deeplabcut.analyze_videos_converth5_to_csv` writes.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  dlc-rs export csv videos/*.h5")]
pub(crate) struct Csv {
    /// Tables: .h5 with poses, labels, bones or evaluations.
    #[arg(required = true, value_name = "TABLE")]
    tables: Vec<PathBuf>,
    /// Folder of the results; beside each table by default.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    again: Again,
}

pub(crate) fn run(format: Format, voice: Voice) -> Result<bool> {
    match format {
        Format::Nwb(arguments) => arguments.run(voice),
        Format::Sleap(arguments) => arguments.run(voice),
        Format::Csv(arguments) => arguments.run(voice),
    }
}

impl Poses {
    fn guard(&self) -> OutputGuard {
        let guard = OutputGuard::new()
            .with_input(&self.predictions)
            .with_video(&self.video);
        let files = self.replace.iter();
        files.fold(guard, |guard, file| guard.with_replaceable(file))
    }

    fn read(&self) -> Result<VideoPoses> {
        let allow = self.allow_unequal_counts;
        Ok(VideoPoses::read(&self.predictions, &self.video, allow)?)
    }

    fn reply(&self, voice: Voice, frames: usize) -> Result<bool> {
        voice.reply(&Reply {
            lines: vec![format!("{}: {frames} frames", self.to.display())],
            object: with_paths(
                [
                    ("predictions", self.predictions.as_path()),
                    ("to", &self.to),
                ],
                json!({ "frame_count": frames }),
            ),
        })?;
        Ok(true)
    }
}

impl Nwb {
    fn run(self, voice: Voice) -> Result<bool> {
        let poses = &self.poses;
        let session = self.session();
        session.check()?;
        let guard = poses.guard();
        guard.check(&poses.to, FileKind::Nwb)?;
        let read = poses.read()?;
        let (table, scorer) = (&read.predictions.poses, read.predictions.scorer.as_str());
        let (info, times) = (read.video.info, read.frame_times()?);
        let size = [u16::try_from(info.width)?, u16::try_from(info.height)?];
        let video = text(&poses.video)?;
        let nwb = NwbPoses::new(table, scorer, video, size, info.fps).with_times(&times);
        guard.write(&poses.to, |file| nwb::write(file, &session, &nwb))?;
        poses.reply(voice, table.len())
    }

    fn session(&self) -> NwbSession {
        let name = self.poses.to.to_string_lossy();
        let about = "Poses estimated with DeepLabCut.";
        let mut session = NwbSession::new(name, about, self.start.as_str());
        session.keywords = vec!["pose estimation".into(), "DeepLabCut".into()];
        if let Some([id, species, sex, age]) = self.subject.as_deref() {
            session.subject = Some(NwbSubject::new(id, species, sex).with_age(age));
        }
        session.experimenter.clone_from(&self.experimenter);
        session
    }
}

impl Sleap {
    fn run(self, voice: Voice) -> Result<bool> {
        let poses = &self.poses;
        let guard = poses.guard();
        guard.check(&poses.to, FileKind::SleapAnalysis)?;
        let table = poses.read()?.predictions.poses;
        let video = text(&poses.video)?;
        guard.write(&poses.to, |file| {
            sleap::write(file, &SleapPoses::new(&table, video))
        })?;
        poses.reply(voice, table.len())
    }
}

/// Returns a path that is written into a file as text.
fn text(path: &Path) -> Result<&str> {
    path.to_str()
        .with_context(|| format!("the name of {} is not Unicode", path.display()))
}

impl Csv {
    fn run(self, voice: Voice) -> Result<bool> {
        let mut all_good = true;
        for table in &self.tables {
            match self.write(table) {
                Ok(reply) => voice.reply(&reply)?,
                Err(error) => {
                    all_good = false;
                    voice.complain_of("table", table, &error)?;
                }
            }
        }
        Ok(all_good)
    }

    fn write(&self, table: &Path) -> Result<Reply> {
        let csv = table.with_extension("csv");
        let path = match &self.out {
            Some(folder) => folder.join(csv.file_name().unwrap_or_default()),
            None => csv,
        };
        if path.exists() && !self.again.overwrite {
            bail!(
                "{} is there already: --overwrite makes it again",
                path.display()
            );
        }
        if let Some(folder) = &self.out {
            fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        let frame = h5::Reader::new(table).data_frame()?;
        let guard = OutputGuard::new().with_input(table);
        guard.write(&path, |file| csv::write_data_frame(file, &frame))?;
        Ok(Reply {
            lines: vec![format!("{}: {} rows", path.display(), frame.len())],
            object: with_paths(
                [("table", table), ("csv", &path)],
                json!({ "rows": frame.len() }),
            ),
        })
    }
}
