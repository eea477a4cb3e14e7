//! Opens models without their project and lists their weights, also of models that are not run.
//!
//! ```text
//! cargo run -p dlc-io --example exported_model -- [--bits] FOLDER-OR-FILE…
//! ```
//!
//! With `--bits` each tensor is a line of name, shape and the CRC-32C of its values;
//! `conformance/weights` compares them with those that TensorFlow and PyTorch read.

use std::{
    env,
    error::Error,
    io::{self, Write},
};

use dlc_io::{
    Limits,
    project::{ExportedModel, ExportedWeights, WeightsSource},
};
use dlc_model::Weights;

fn main() -> Result<(), Box<dyn Error>> {
    let (options, paths): (Vec<_>, Vec<_>) = env::args().skip(1).partition(|arg| arg == "--bits");
    let mut out = io::stdout().lock();
    for path in paths {
        match ExportedModel::open(&path, &Limits::default()) {
            Ok(model) => writeln!(out, "{} {}: {path}", model.engine, model.network.net_type)?,
            Err(error) => writeln!(out, "not opened: {path}: {:?}", error.kind())?,
        }
        let weights = WeightsSource::find(&path)?.read(&Limits::default())?;
        print(&mut out, &weights, !options.is_empty())?;
    }
    Ok(())
}

fn print(out: &mut impl Write, weights: &ExportedWeights, with_bits: bool) -> io::Result<()> {
    let ExportedWeights {
        pose,
        detector,
        graph,
    } = weights;
    if let Some(graph) = graph {
        let norms = graph.batch_norms;
        writeln!(out, "graph: {:?}, {norms:?}", graph.output)?;
    }
    for (network, weights) in [("pose", Some(pose)), ("detector", detector.as_ref())] {
        let Some(weights) = weights else { continue };
        writeln!(out, "{network}: {} tensors", weights.len())?;
        if with_bits {
            print_bits(out, network, weights)?;
        }
    }
    Ok(())
}

fn print_bits(out: &mut impl Write, network: &str, weights: &Weights) -> io::Result<()> {
    for (name, tensor) in weights {
        let crc = tensor.values().iter().fold(0, |crc, value| {
            crc32c::crc32c_append(crc, &value.to_le_bytes())
        });
        writeln!(out, "{network}\t{name}\t{:?}\t{crc:08x}", tensor.shape())?;
    }
    Ok(())
}
