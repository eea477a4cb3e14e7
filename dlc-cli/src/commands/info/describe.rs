use std::{fs, io, path::Path};

use anyhow::{Context as _, Result, bail};
use dlc::io::{
    Limits, WeightsFormat,
    metadata::MetadataFile,
    session::SessionFolder,
    video::{self, VideoProbe},
};
use serde_json::{Map, Value, json};

use super::{model, project, table};
use crate::{json::put_path, voice::Reply};

/// What a path is, with facts about it in the order in which a person wants them.
pub(super) struct Found {
    kind: String,
    facts: Vec<(&'static str, Value)>,
}

impl Found {
    pub(super) fn new(kind: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            facts: Vec::new(),
        }
    }

    pub(super) fn with(mut self, name: &'static str, fact: impl Into<Value>) -> Self {
        self.facts.push((name, fact.into()));
        self
    }

    pub(super) fn with_some<T: Into<Value>>(self, name: &'static str, fact: Option<T>) -> Self {
        match fact {
            Some(fact) => self.with(name, fact),
            None => self,
        }
    }

    pub(super) fn reply(&self, path: &Path) -> Reply {
        let mut lines = vec![format!("{}: {}", path.display(), self.kind)];
        for (name, fact) in &self.facts {
            lines.extend(lines_of(name, fact));
        }
        let mut object = Map::new();
        put_path(&mut object, "path", path);
        object.insert("kind".into(), self.kind.as_str().into());
        for (name, fact) in &self.facts {
            object.insert(name.replace(' ', "_"), fact.clone());
        }
        Reply {
            lines,
            object: object.into(),
        }
    }
}

fn lines_of(name: &str, fact: &Value) -> Vec<String> {
    match fact {
        Value::Array(items) if items.iter().any(Value::is_object) => {
            let mut lines = vec![format!("  {name}:")];
            lines.extend(items.iter().map(|item| format!("    {}", text(item))));
            lines
        }
        fact => vec![format!("  {name}: {}", text(fact))],
    }
}

fn text(fact: &Value) -> String {
    match fact {
        Value::String(text) => text.clone(),
        Value::Null => "none".into(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Object(facts) => {
            let facts = facts
                .iter()
                .map(|(name, fact)| format!("{name} {}", text(fact)));
            facts.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// Finds out what a path is.
pub(super) fn describe(path: &Path) -> Result<Found> {
    let metadata = fs::metadata(path).with_context(|| path.display().to_string())?;
    match metadata.is_dir() {
        true => of_folder(path),
        false => of_file(path),
    }
}

fn of_folder(path: &Path) -> Result<Found> {
    if path.join("config.yaml").is_file() && !is_session(path) {
        return project::describe(&path.join("config.yaml"));
    }
    if is_session(path) {
        return session(path);
    }
    if let Ok(found) = model::describe(path) {
        return Ok(found);
    }
    let found = video::collect([path], &[])?;
    if found.videos == [path] {
        return of_video(path);
    }
    let names = found.videos.iter().filter_map(|video| video.file_name());
    let names: Vec<String> = names.map(|name| name.to_string_lossy().into()).collect();
    Ok(Found::new(format!("a folder of {} videos", names.len())).with("videos", names))
}

fn is_session(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("dlc_") && SessionFolder::open(path).is_ok()
}

fn session(path: &Path) -> Result<Found> {
    let session = SessionFolder::open(path)?;
    let videos = session.videos()?;
    let names = videos.iter().filter_map(|video| video.h5.file_name());
    let names: Vec<String> = names.map(|name| name.to_string_lossy().into()).collect();
    let left_out = session.left_out();
    let left_out: Vec<String> = left_out.iter().map(ToString::to_string).collect();
    Ok(Found::new("a session folder")
        .with("basename", session.basename())
        .with("videos", videos.len())
        .with("predictions", names)
        .with_some("left out", (!left_out.is_empty()).then_some(left_out)))
}

fn of_file(path: &Path) -> Result<Found> {
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    match ending.to_lowercase().as_str() {
        "yaml" | "yml" => project::describe(path).or_else(|_| model::describe(path)),
        "h5" | "hdf5" => table::of_h5(path),
        "csv" => table::of_csv(path),
        "pickle" => of_metadata(path),
        "json" => of_record(path),
        "png" | "jpg" | "jpeg" => of_picture(path),
        _ => match WeightsFormat::of_file(path).with_context(|| path.display().to_string())? {
            Some(format) => Ok(model::of_weights(path, &format)),
            None => of_video(path),
        },
    }
}

fn of_metadata(path: &Path) -> Result<Found> {
    let file = MetadataFile::read(path, &Limits::default())?;
    if file.scorer().is_none() && file.frame_count().is_none() {
        bail!(
            "{} is a pickle, but no metadata of an analysis",
            path.display()
        );
    }
    let start = file
        .get("Start Timestamp")
        .map(|start| format!("{start:?}"));
    Ok(Found::new("metadata of an analysis")
        .with_some("scorer", file.scorer())
        .with_some("engine", file.engine().map(|engine| engine.to_string()))
        .with_some("frames", file.frame_count())
        .with_some("frames per second", file.fps())
        .with_some("Start Timestamp", start))
}

/// The record of how a result was made.
fn of_record(path: &Path) -> Result<Found> {
    let record: Value = serde_json::from_reader(io::BufReader::new(fs::File::open(path)?))
        .with_context(|| path.display().to_string())?;
    let program = record.get("program").and_then(Value::as_str);
    let what = program.map_or("JSON", |_| "the record of how a result was made");
    Ok(Found::new(what).with_some("program", program))
}

fn of_picture(path: &Path) -> Result<Found> {
    let info = video::probe(path)?.info;
    Ok(Found::new("a picture").with("size", format!("{} x {}", info.width, info.height)))
}

fn of_video(path: &Path) -> Result<Found> {
    let probe: VideoProbe = video::probe(path)?;
    let info = &probe.info;
    let kind = match probe.container.as_str() {
        "folder" => "a folder with the pictures of a video",
        _ => "a video",
    };
    let counts_differ = probe
        .reported_frame_count
        .filter(|count| *count != info.frame_count);
    Ok(Found::new(kind)
        .with("size", format!("{} x {}", info.width, info.height))
        .with("frames", info.frame_count)
        .with_some("frames by the header", counts_differ)
        .with("frames per second", info.fps)
        .with("variable rate", probe.is_variable_rate())
        .with("container", probe.container)
        .with("codec", probe.codec)
        .with_some("pixels", probe.pixel_format)
        .with_some("rotation", (probe.rotation != 0).then_some(probe.rotation))
        .with_some("created", probe.creation_time.map(|time| time.to_string())))
}

/// Returns what a body part's name is in a list.
pub(super) fn names(parts: impl IntoIterator<Item = impl ToString>) -> Value {
    json!(
        parts
            .into_iter()
            .map(|part| part.to_string())
            .collect::<Vec<_>>()
    )
}
