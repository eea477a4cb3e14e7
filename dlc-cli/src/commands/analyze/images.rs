use std::path::PathBuf;

use anyhow::{Error, Result};
use dlc::analysis::ImageReport;
use serde_json::{Map, Value, json};

use super::Arguments;
use crate::{
    json::{put_path, put_paths},
    progress::Bar,
    voice::{Reply, Voice, WrongUsage},
};

/// Returns whether all pictures could be read.
pub(super) fn run(arguments: &Arguments, paths: &[PathBuf], voice: Voice) -> Result<bool> {
    if arguments.picture || arguments.top_down_dynamic.is_some() || arguments.dynamic.is_some() {
        let words = "--picture, --dynamic and --top-down-dynamic are for videos";
        return Err(WrongUsage(words.into()).into());
    }
    let bar = Bar::new(voice);
    let options = arguments.options();
    let options = options.with_progress(|progress| bar.show(progress));
    let mut analyzer = arguments.model.open(&arguments.config, options)?;
    let report = analyzer.analyze_images(paths);
    bar.clear();
    let report = report?;
    voice.reply(&reply(&report))?;
    report
        .warnings()
        .iter()
        .for_each(|warning| voice.warn(warning));
    let all_good = report.unreadable.is_empty();
    for error in report.unreadable {
        voice.complain(&Error::new(error));
    }
    Ok(all_good)
}

fn reply(report: &ImageReport) -> Reply {
    let lines = match report.already_analyzed {
        true => vec![
            format!("already analysed ({})", report.h5.display()),
            "  --overwrite analyses it again".into(),
        ],
        false => {
            let files = [&report.h5, &report.csv].into_iter().chain(&report.meta);
            let files = files.map(|path| format!("  {}", path.display()));
            let first = format!(
                "{} pictures in {:.1} s on {}, mean likelihood {:.3}",
                report.image_count,
                report.duration.as_secs_f64(),
                report.device,
                report.mean_likelihood
            );
            std::iter::once(first).chain(files).collect()
        }
    };
    Reply {
        lines,
        object: object(report),
    }
}

fn object(report: &ImageReport) -> Value {
    let mut object = Map::new();
    let unreadable = report.unreadable.iter().map(|error| error.path());
    put_paths(&mut object, "unreadable", unreadable);
    for (name, path) in [
        ("h5", Some(&report.h5)),
        ("csv", Some(&report.csv)),
        ("meta", report.meta.as_ref()),
    ] {
        match path {
            Some(path) => put_path(&mut object, name, path),
            None => drop(object.insert(name.into(), Value::Null)),
        }
    }
    let others = json!({
        "scorer": report.scorer,
        "already_analyzed": report.already_analyzed,
        "without_record": report.without_record,
        "image_count": report.image_count,
        "mean_likelihood": report.mean_likelihood,
        "device": report.device,
        "duration_secs": report.duration.as_secs_f64(),
        "warnings": report.warnings().iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    if let Value::Object(others) = others {
        object.extend(others);
    }
    Value::Object(object)
}
