mod recording;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use dlc::schema::{
    ApparatusGeometry, ArenaGeometry, Registrar, TrackingParamsRow,
    name::{ApparatusName, DlcModelName, MethodName, RepositoryName, TrackingParamsId},
};
use serde_json::json;

use self::recording::Recording;
use super::store::{Place, add_method, local_repository, parse_repository, user_of_this_machine};
use crate::voice::{Reply, Voice};

/// Adds to a pipeline what it works with. What is there already stays, and what contradicts it is refused.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  dlc-rs add arena Square80 --square 800
  dlc-rs add tracking-params A
  dlc-rs add recording 94557_camera.avi --name R1 --arena Square80")]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: Place,
    /// Who asks: repositories, arenas, parameters and methods are for administrators.
    #[arg(long, global = true, default_value_t = user_of_this_machine(), value_name = "NAME")]
    user: String,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A repository: a folder with projects and data.
    Repository {
        /// Its name, and where it is.
        #[arg(value_name = "NAME=PATH", value_parser = parse_repository)]
        place: (RepositoryName, PathBuf),
    },
    /// An arena. Its size converts px to mm.
    Arena(Arena),
    /// Parameters by which raw tracking is processed.
    TrackingParams(TrackingParams),
    /// A processing method, for a model.
    Method {
        /// The name of the model.
        model: DlcModelName,
        /// The name of the method; with a file that says what it is, if it is new.
        #[arg(value_name = "NAME[=FILE.json]")]
        method: String,
    },
    /// A recording with its videos and the files of its microscope.
    Recording(Box<Recording>),
}

#[derive(Args, Debug)]
struct Arena {
    /// The name of the arena, e.g., `Square80`.
    name: ApparatusName,
    #[command(flatten)]
    shape: Shape,
    /// What a person should know.
    #[arg(long, default_value = "", value_name = "TEXT")]
    note: String,
}

/// Sizes in mm.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Shape {
    /// A box with equal sides.
    #[arg(long, value_name = "MM")]
    square: Option<f32>,
    /// A box: from left to right and from top to bottom.
    #[arg(long, num_args = 2, value_names = ["MM", "MM"])]
    rectangle: Option<Vec<f32>>,
    /// A round box: half its width.
    #[arg(long, value_name = "MM")]
    radius: Option<f32>,
}

/// Sigmas of Gaussian filters, in samples; 0 does not smooth.
#[derive(Args, Debug)]
struct TrackingParams {
    /// One letter; the first is A.
    id: TrackingParamsId,
    /// For positions.
    #[arg(long, default_value_t = 1.0, value_name = "SAMPLES")]
    sigma_tracking: f32,
    /// For speeds.
    #[arg(long, default_value_t = 1.0, value_name = "SAMPLES")]
    sigma_speed: f32,
    /// For head angles.
    #[arg(long, default_value_t = 1.0, value_name = "SAMPLES")]
    sigma_angle: f32,
    /// Turns positions so that the arena is upright.
    #[arg(long)]
    rotate: bool,
}

/// What was asked for, and whether it is new.
struct Added {
    is_new: bool,
    what: String,
}

pub(crate) fn run(arguments: Arguments, voice: Voice) -> Result<bool> {
    let store = arguments.store.open()?;
    let registrar = || -> Result<Registrar<'_>> {
        Ok(Registrar::open_or_found(&*store, arguments.user.parse()?)?)
    };
    let added = match arguments.what {
        What::Repository {
            place: (name, path),
        } => repository(&registrar()?, name, path)?,
        What::Arena(arena) => Added {
            is_new: registrar()?.add_arena(&*arena.note, &geometry(&arena))?,
            what: format!("arena {}", arena.name),
        },
        What::TrackingParams(params) => Added {
            is_new: registrar()?.add_tracking_params(&tracking_params(&params))?,
            what: format!("parameters {}", params.id),
        },
        What::Method { model, method } => {
            return method_of(&registrar()?, &model, &method, voice);
        }
        What::Recording(recording) => recording.add(&*store)?,
    };
    let ending = match added.is_new {
        true => "added",
        false => "is there already",
    };
    voice.reply(&Reply {
        lines: vec![format!("{}: {ending}", added.what)],
        object: json!({ "what": added.what, "is_new": added.is_new }),
    })?;
    Ok(true)
}

fn repository(registrar: &Registrar<'_>, name: RepositoryName, path: PathBuf) -> Result<Added> {
    let repository = local_repository(name, path)?;
    Ok(Added {
        is_new: registrar.add(&repository)?,
        what: format!("repository {}", repository.name),
    })
}

fn method_of(
    registrar: &Registrar<'_>,
    model: &DlcModelName,
    method: &str,
    voice: Voice,
) -> Result<bool> {
    let name = add_method(registrar, model, method)?;
    voice.reply(&can_be_used(model, &name))?;
    Ok(true)
}

/// Says that a model can be used with a method.
pub(super) fn can_be_used(model: &DlcModelName, method: &MethodName) -> Reply {
    Reply {
        lines: vec![format!("{model} can be used with {method}")],
        object: json!({ "model": model.as_str(), "method": method.as_str() }),
    }
}

fn geometry(arena: &Arena) -> ApparatusGeometry {
    let Shape {
        square,
        rectangle,
        radius,
    } = &arena.shape;
    let (geometry, sides) = match (square, rectangle.as_deref()) {
        (Some(side), _) => (ArenaGeometry::Square, Some([*side, *side])),
        (None, Some(&[x, y])) => (ArenaGeometry::Rectangle, Some([x, y])),
        _ => (ArenaGeometry::Circle, None),
    };
    ApparatusGeometry {
        apparatus: arena.name.clone(),
        geometry,
        x_mm: sides.map(|sides| sides[0]),
        y_mm: sides.map(|sides| sides[1]),
        radius_mm: *radius,
        wall_height_mm: None,
    }
}

fn tracking_params(params: &TrackingParams) -> TrackingParamsRow {
    TrackingParamsRow {
        id: params.id.clone(),
        sigma_tracking: params.sigma_tracking,
        sigma_speed: params.sigma_speed,
        sigma_angle: params.sigma_angle,
        rotate: params.rotate,
        hash: String::new(),
    }
}
