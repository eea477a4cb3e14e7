//! Registers a trained model in a pipeline's store, and processing methods with it.
//!
//! ```sh
//! cargo run --release --example register_model -- PROJECT/config.yaml mouse \
//!     --store pipeline.sqlite --repository local=/path/to/projects \
//!     --method 2points=two_ears.json
//! ```
//!
//! `two_ears.json` is a pipeline of `dlc::tracking`:
//!
//! ```json
//! {
//!   "function_to_invoke": "two_point_left_right",
//!   "params": {"method": {"left": "leftear", "right": "rightear"}}
//! }
//! ```
//!
//! A store that is not there is made. Whoever registers first is its administrator; others are refused.
//! `pipeline_edit` adds methods later, and all else that a pipeline holds.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::Parser;
use dlc::{
    io::project::{ModelRequest, Project},
    model::SnapshotIndex,
    pipeline::{RegisterModelOptions, register_model},
    schema::{
        Registrar,
        name::{DlcModelName, RepositoryName},
    },
};
use examples::{
    exit_code, say,
    store::{add_method, create_store, local_repository, parse_repository, user_of_this_machine},
};

/// Registers a trained model under a name.
///
/// Exit codes: 0 it is registered; 1 it is refused; 2 wrong usage.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The project's config.yaml.
    config: PathBuf,
    /// The name under which users will find the model, at most 32 characters.
    name: DlcModelName,
    /// A file of SQLite, or `mysql://user:password@host/schema`.
    #[arg(long, default_value = "pipeline.sqlite", value_name = "STORE")]
    store: String,
    /// Who registers.
    #[arg(long, default_value_t = user_of_this_machine(), value_name = "NAME")]
    user: String,
    /// Which shuffle of the training set.
    #[arg(long, default_value_t = 1, value_name = "N")]
    shuffle: u32,
    /// Which of the project's `TrainingFraction`, from 0.
    #[arg(long, default_value_t = 0, value_name = "N")]
    trainingset_index: u32,
    /// Which snapshot; the project says by default.
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    snapshot_index: Option<SnapshotIndex>,
    /// A repository that is added when the store does not have it: a folder with projects and data.
    #[arg(long, value_name = "NAME=PATH", value_parser = parse_repository)]
    repository: Vec<(RepositoryName, PathBuf)>,
    /// What a person should know of the model.
    #[arg(long, default_value = "", value_name = "TEXT")]
    description: String,
    /// Adds body parts though they are spelled nearly as known ones.
    #[arg(long)]
    forced: bool,
    /// A processing method for the model: its name, and with `=FILE` what it is.
    #[arg(long, value_name = "NAME[=FILE.json]")]
    method: Vec<String>,
}

fn main() -> ExitCode {
    exit_code(run(Arguments::parse()))
}

fn run(arguments: Arguments) -> Result<()> {
    let model = ModelRequest {
        shuffle: arguments.shuffle,
        trainingset_index: arguments.trainingset_index,
        snapshot_index: arguments.snapshot_index,
        ..ModelRequest::default()
    };
    // A store is made for a model that is there.
    Project::open(&arguments.config)?.resolve(&model)?;
    let store = create_store(&arguments.store)?;
    let registrar = Registrar::open_or_found(&*store, arguments.user.parse()?)?;
    for (name, path) in arguments.repository {
        registrar.add(&local_repository(name, path)?)?;
    }
    let options = RegisterModelOptions::default()
        .with_description(arguments.description)
        .with_forced(arguments.forced);
    let name = arguments.name.clone();
    let registered = register_model(&registrar, &arguments.config, &model, name, &options)?;
    match registered.was_there {
        true => say!("{} is registered already", arguments.name)?,
        false => say!("registered {}", arguments.name)?,
    }
    for part in &registered.new_body_parts {
        say!("  new body part {part}")?;
    }
    for other in &registered.same_scorer {
        say!("  warning: {other} stores its results under the same name")?;
    }
    for method in &arguments.method {
        add_method(&registrar, &arguments.name, method)?;
    }
    Ok(())
}
