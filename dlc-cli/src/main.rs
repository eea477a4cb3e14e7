//! `dlc-rs`: runs trained DeepLabCut models on videos, and what comes after, without Python.
//!
//! Each command is a file of `commands/`, those of a pipeline of `pipeline/`; `serve/` is the web page.
//! `arguments/` has what several commands take, `voice` how all of them speak.
#![forbid(unsafe_code)]

mod arguments;
mod command;
mod commands;
mod demo_project;
mod json;
#[cfg(feature = "pipeline")]
mod pipeline;
mod progress;
#[cfg(feature = "serve")]
mod serve;
mod voice;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, error::ErrorKind};

use self::{command::Command, voice::Voice};

/// Runs trained DeepLabCut models on videos, and what comes after, without Python.
///
/// Exit codes: 0 all that was asked for is done; 1 the model, a video or a file failed; 2 wrong usage.
#[derive(Debug, Parser)]
#[command(name = "dlc-rs", version, after_help = EXAMPLES)]
struct Arguments {
    #[command(flatten)]
    voice: Voice,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  dlc-rs demo                                      a bundled mouse, to try everything with
  dlc-rs analyze PROJECT/config.yaml videos/       all videos of a folder
  dlc-rs label PROJECT/config.yaml videos/         the same with their body parts drawn in
  dlc-rs info videos/mouse.mp4                     what a file is";

fn main() -> ExitCode {
    let arguments = Arguments::try_parse().unwrap_or_else(|error| with_features(error).exit());
    let voice = arguments.voice;
    match arguments.command.run(voice) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => voice.fail(&error),
    }
}

/// Says which feature has a command that this program was built without.
fn with_features(error: clap::Error) -> clap::Error {
    let named = error.get(clap::error::ContextKind::InvalidSubcommand);
    let (ErrorKind::InvalidSubcommand, Some(named)) = (error.kind(), named) else {
        return error;
    };
    let named = named.to_string();
    let Some(feature) = command::missing_feature(&named) else {
        return error;
    };
    let words = format!(
        "{named} is not in this program: it was built without the feature {feature}\n\n  \
         cargo install --path dlc-cli --features {feature}"
    );
    Arguments::command().error(ErrorKind::InvalidSubcommand, words)
}
