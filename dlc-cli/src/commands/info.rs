//! Says what a path is: the first look at somebody else's data.

mod describe;
mod model;
mod project;
mod table;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use self::describe::describe;
use crate::voice::Voice;

/// Says what files and folders are: videos, tables, projects, models, sessions.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  dlc-rs info PROJECT/config.yaml videos/mouse.mp4 mouseDLC_….h5"
)]
pub(crate) struct Arguments {
    /// Files and folders.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, voice: Voice) -> Result<bool> {
    let mut all_good = true;
    for path in &arguments.paths {
        match describe(path) {
            Ok(found) => voice.reply(&found.reply(path))?,
            Err(error) => {
                all_good = false;
                voice.complain_of("path", path, &error)?;
            }
        }
    }
    Ok(all_good)
}
