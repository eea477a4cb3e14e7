//! Lists the videos of a session folder, or says how a project calls its results and which fields of its
//! `config.yaml` cannot be used. Prints JSON.
//!
//! ```text
//! cargo run -p dlc-io --example find_results -- session FOLDER [SCORER]
//! cargo run -p dlc-io --example find_results -- project CONFIG SHUFFLE
//! ```
//!
//! The result matches DeepLabCut's `find_analyzed_data` and `get_scorer_name`: `conformance/cases`
//! compares them.
#![expect(clippy::print_stdout, reason = "a program prints")]

use std::{env, error::Error};

use dlc_io::{
    project::{ModelRequest, Project},
    session::SessionFolder,
};
use serde_json::{Value, json};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let answer = match arguments[..] {
        ["session", folder] => session(folder, None),
        ["session", folder, scorer] => session(folder, Some(scorer)),
        ["project", config, shuffle] => project(config, shuffle),
        _ => Err("usage: find_results (session FOLDER [SCORER] | project CONFIG SHUFFLE)".into()),
    };
    println!(
        "{}",
        answer.unwrap_or_else(|error| json!({ "error": chain(&*error) }))
    );
}

fn session(folder: &str, scorer: Option<&str>) -> Result<Value, Box<dyn Error>> {
    let mut session = SessionFolder::open(folder)?;
    if let Some(scorer) = scorer {
        session = session.with_scorer(scorer);
    }
    let videos = session.videos()?;
    let videos = videos.iter().map(|video| {
        json!({
            "stem": video.stem,
            "scorer": video.scorer,
            "h5": video.h5,
            "metadata": video.metadata,
        })
    });
    let videos: Value = videos.collect();
    let left_out = session.left_out();
    let left_out: Vec<String> = left_out.iter().map(ToString::to_string).collect();
    Ok(json!({ "videos": videos, "left_out": left_out }))
}

fn project(config: &str, shuffle: &str) -> Result<Value, Box<dyn Error>> {
    let project = Project::open(config)?;
    let unusable = project.config().unusable.iter();
    let unusable: Vec<String> = unusable.map(|field| field.error.to_string()).collect();
    let scorer = project.scorer_name(&ModelRequest::shuffle(shuffle.parse()?))?;
    let scorers = [scorer.to_string(), scorer.legacy()];
    Ok(json!({ "scorers": scorers, "unusable": unusable }))
}

fn chain(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}
