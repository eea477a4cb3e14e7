use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use dlc::{
    io::project::Project,
    pipeline::{RegisterModelOptions, register_model},
    schema::{
        RegisteredModel, Registrar,
        name::{DlcModelName, RepositoryName},
    },
};
use serde_json::json;

use super::{
    add::can_be_used,
    store::{Place, add_method, local_repository, parse_repository, user_of_this_machine},
};
use crate::{
    arguments::Model,
    voice::{Reply, Voice},
};

/// Registers a trained model under a name, in a store that is made where there is none.
///
/// Whoever registers first is the store's administrator; others are refused.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  \
    dlc-rs register PROJECT/config.yaml mouse --repository local=/data --method 2points=ears.json

ears.json, a recipe of dlc-tracking:
  {\"function_to_invoke\": \"two_point_left_right\",
   \"params\": {\"method\": {\"left\": \"leftear\", \"right\": \"rightear\"}}}")]
pub(crate) struct Arguments {
    /// The project's config.yaml.
    config: PathBuf,
    /// The name under which users will find the model, at most 32 characters.
    name: DlcModelName,
    #[command(flatten)]
    store: Place,
    /// Who registers.
    #[arg(long, default_value_t = user_of_this_machine(), value_name = "NAME")]
    user: String,
    #[command(flatten)]
    model: Model,
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

pub(crate) fn run(arguments: Arguments, voice: Voice) -> Result<bool> {
    let model = arguments.model.request();
    // A store is made for a model that is there.
    Project::open(&arguments.config)?.resolve(&model)?;
    let store = arguments.store.create()?;
    let registrar = Registrar::open_or_found(&*store, arguments.user.parse()?)?;
    for (name, path) in arguments.repository {
        registrar.add(&local_repository(name, path)?)?;
    }
    let options = RegisterModelOptions::default()
        .with_description(arguments.description)
        .with_forced(arguments.forced);
    let name = arguments.name.clone();
    let registered = register_model(&registrar, &arguments.config, &model, name, &options)?;
    voice.reply(&reply(&arguments.name, &registered))?;
    for other in &registered.same_scorer {
        voice.warn(format_args!(
            "{other} stores its results under the same name"
        ));
    }
    for method in &arguments.method {
        let method = add_method(&registrar, &arguments.name, method)?;
        voice.reply(&can_be_used(&arguments.name, &method))?;
    }
    Ok(true)
}

fn reply(name: &DlcModelName, registered: &RegisteredModel) -> Reply {
    let mut lines = vec![match registered.was_there {
        true => format!("{name} is registered already"),
        false => format!("registered {name}"),
    }];
    let parts = &registered.new_body_parts;
    lines.extend(parts.iter().map(|part| format!("  new body part {part}")));
    let texts = |names: &mut dyn Iterator<Item = String>| names.collect::<Vec<_>>();
    let object = json!({
        "model": name.as_str(),
        "was_there": registered.was_there,
        "new_body_parts": texts(&mut parts.iter().map(ToString::to_string)),
        "same_scorer": texts(&mut registered.same_scorer.iter().map(ToString::to_string)),
    });
    Reply { lines, object }
}
