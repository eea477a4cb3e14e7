//! Opens models without their project and lists their weights, also of models that are not run.
//!
//! ```text
//! cargo run -p dlc-io --example exported_model -- [--values FILE] FOLDER-OR-FILE…
//! ```
//!
//! With `--values` each tensor is a line of network, name and shape, and the file gets the values
//! of all, little-endian and in the order of the lines; `conformance/weights` compares them with
//! those that TensorFlow and PyTorch read.

use std::{
    env,
    error::Error,
    io::{self, Write},
};

use dlc_io::{
    Limits,
    atomic::AtomicFile,
    project::{ExportedModel, ExportedWeights, WeightsSource},
};
use dlc_model::Weights;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1).peekable();
    let mut values = None;
    if arguments
        .next_if(|argument| argument == "--values")
        .is_some()
    {
        let path = arguments.next().ok_or("--values needs a file")?;
        values = Some(AtomicFile::create(path)?);
    }
    let mut out = io::stdout().lock();
    for path in arguments {
        match ExportedModel::open(&path, &Limits::default()) {
            Ok(model) => writeln!(
                out,
                "{} {}: {}",
                model.engine,
                model.network.net_type,
                path.display()
            )?,
            Err(error) => writeln!(out, "not opened: {}: {:?}", path.display(), error.kind())?,
        }
        let weights = WeightsSource::find(&path)?.read(&Limits::default())?;
        print(&mut out, &weights, values.as_mut())?;
    }
    Ok(values.map_or(Ok(()), AtomicFile::commit)?)
}

fn print(
    out: &mut impl Write,
    weights: &ExportedWeights,
    mut values: Option<&mut impl Write>,
) -> io::Result<()> {
    let ExportedWeights {
        pose,
        detector,
        graph,
    } = weights;
    if let Some(graph) = graph {
        writeln!(out, "graph: {:?}, {:?}", graph.output, graph.batch_norms)?;
    }
    for (network, weights) in [("pose", Some(pose)), ("detector", detector.as_ref())] {
        let Some(weights) = weights else { continue };
        writeln!(out, "{network}: {} tensors", weights.len())?;
        if let Some(values) = &mut values {
            write_values(out, values, network, weights)?;
        }
    }
    Ok(())
}

fn write_values(
    out: &mut impl Write,
    values: &mut impl Write,
    network: &str,
    weights: &Weights,
) -> io::Result<()> {
    for (name, tensor) in weights {
        writeln!(out, "{network}\t{name}\t{:?}", tensor.shape())?;
        for value in tensor.values() {
            values.write_all(&value.to_le_bytes())?;
        }
    }
    Ok(())
}
