//! Writes the poses of a prediction file as an NWB file with ndx-pose.
//!
//! ```sh
//! cargo run -p dlc-io --example export_nwb -- clipDLC_….h5 clip.nwb clip.mp4 2020-10-13T11:02:00+02:00 \
//!     [--subject ID SPECIES SEX AGE] [--experimenter NAME] [--allow-unequal-counts] [--replace FILE]
//! ```
//!
//! `--replace FILE` lets the output replace that file though it is an input or of another kind.
//!
//! `conformance/nwb` opens the result with pynwb and inspects it.
#![expect(clippy::print_stdout, reason = "a program prints its results")]

use std::{error::Error, ffi::OsString, process::ExitCode};

use dlc_io::{
    VideoPoses,
    atomic::{FileKind, OutputGuard},
    nwb::{self, NwbPoses, NwbSession, NwbSubject},
};

const USAGE: &str = "usage: export_nwb PREDICTIONS.h5 OUT.nwb VIDEO START_TIME \
                     [--subject ID SPECIES SEX AGE] [--experimenter NAME] \
                     [--allow-unequal-counts] [--replace FILE]";

fn main() -> ExitCode {
    match arguments().and_then(|arguments| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        run(&arguments)
    }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", testing::chain(&*error));
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Result<Vec<String>, Box<dyn Error>> {
    let arguments = std::env::args_os().skip(1).map(OsString::into_string);
    let arguments: Result<_, OsString> = arguments.collect();
    Ok(arguments.map_err(|argument| format!("{argument:?} is not Unicode"))?)
}

fn run(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let [predictions, out, video, start, rest @ ..] = arguments else {
        return Err(USAGE.into());
    };
    let mut guard = OutputGuard::new().with_input(predictions).with_video(video);
    let mut allow_unequal_counts = false;
    let mut session = NwbSession::new(*out, "Poses estimated with DeepLabCut.", *start);
    session.keywords = vec!["pose estimation".into(), "DeepLabCut".into()];
    let mut rest = rest;
    loop {
        rest = match rest {
            [] => break,
            ["--subject", id, species, sex, age, rest @ ..] => {
                session.subject = Some(NwbSubject::new(*id, *species, *sex).with_age(*age));
                rest
            }
            ["--experimenter", name, rest @ ..] => {
                session.experimenter.push((*name).into());
                rest
            }
            ["--allow-unequal-counts", rest @ ..] => {
                allow_unequal_counts = true;
                rest
            }
            ["--replace", file, rest @ ..] => {
                guard = guard.with_replaceable(file);
                rest
            }
            _ => return Err(USAGE.into()),
        };
    }
    session.check()?;
    guard.check(out, FileKind::Nwb)?;
    let read = VideoPoses::read(predictions, video, allow_unequal_counts)?;
    let (poses, scorer) = (&read.predictions.poses, read.predictions.scorer.as_str());
    let (info, times) = (read.video.info, read.frame_times()?);
    let size = [u16::try_from(info.width)?, u16::try_from(info.height)?];
    let nwb = NwbPoses::new(poses, scorer, video, size, info.fps).with_times(&times);
    guard.write(out, |file| nwb::write(file, &session, &nwb))?;
    println!("{out}: {} frames", poses.len());
    Ok(())
}
