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
//! Whoever registers first is the administrator of the store; others are refused.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result, anyhow};
use clap::Parser;
use dlc::{
    RegisterModelOptions,
    io::project::ModelRequest,
    model::{BodypartAliases, SnapshotIndex},
    register_model,
    schema::{
        BecomeRegistrarError, DlcTrackingType, Registrar, Repository, RepositoryType, Store,
        name::{DlcModelName, MethodName, RepositoryName, TrackingTypeName, UserName},
    },
    tracking::{Pipeline, Registry},
};
use examples::{
    exit_code, say,
    store::{open_store, user_of_this_machine},
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
    #[arg(long, value_name = "NAME=PATH", value_parser = parse_pair)]
    repository: Vec<(String, String)>,
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

fn parse_pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=PATH")?;
    Ok((name.into(), value.into()))
}

fn main() -> ExitCode {
    exit_code(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<()> {
    let store = open_store(&arguments.store)?;
    let registrar = registrar(&*store, arguments.user.parse()?)?;
    for (name, path) in &arguments.repository {
        registrar.add(&Repository {
            name: RepositoryName::new(name.as_str())?,
            repository_type: RepositoryType::Local,
            path: absolute(path)?,
        })?;
    }
    let model = ModelRequest {
        shuffle: arguments.shuffle,
        trainingset_index: arguments.trainingset_index,
        snapshot_index: arguments.snapshot_index,
        ..ModelRequest::default()
    };
    let options = RegisterModelOptions::default()
        .with_description(&*arguments.description)
        .with_forced(arguments.forced);
    let name = arguments.name.clone();
    let registered = register_model(&registrar, &arguments.config, &model, name, &options)?;
    say!("registered {}", arguments.name)?;
    for part in &registered.new_body_parts {
        say!("  new body part {part}")?;
    }
    for other in &registered.same_scorer {
        say!("  warning: {other} stores its results under the same name")?;
    }
    for method in &arguments.method {
        allow(&registrar, &arguments.name, method)?;
    }
    Ok(())
}

fn registrar(store: &dyn Store, user: UserName) -> Result<Registrar<'_>> {
    match Registrar::found(store, user.clone()) {
        Err(BecomeRegistrarError::Founded { .. }) => Ok(Registrar::open(store, user)?),
        result => Ok(result?),
    }
}

fn absolute(path: &str) -> Result<String> {
    let path = fs::canonicalize(path).with_context(|| path.to_owned())?;
    let path = path.into_os_string().into_string();
    path.map_err(|path| anyhow!("{} is not Unicode", path.display()))
}

/// Adds a method where a file tells what it is, and lets the model be used with it.
fn allow(registrar: &Registrar<'_>, model: &DlcModelName, method: &str) -> Result<()> {
    let registry = Registry::standard();
    let (name, file) = match method.split_once('=') {
        Some((name, file)) => (name, Some(file)),
        None => (method, None),
    };
    let name = MethodName::new(name)?;
    if let Some(file) = file {
        let text = fs::read_to_string(file).with_context(|| file.to_owned())?;
        let pipeline: Pipeline = serde_json::from_str(&text).with_context(|| file.to_owned())?;
        let openfield = TrackingTypeName::new("openfield")?;
        registrar.add(&DlcTrackingType {
            name: openfield.clone(),
        })?;
        registrar.add_method(name.clone(), "", &pipeline, openfield, &registry)?;
    }
    registrar.allow_method(model, &name, "", &registry, &BodypartAliases::default())?;
    say!("  can be used with {name}")?;
    Ok(())
}
