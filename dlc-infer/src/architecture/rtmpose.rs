//! RTMPose of DeepLabCut's PyTorch engine: CSPNeXt, and a head that classifies coordinates.

use dlc_model::{CspNextSize, SimccConfig, TopDownCrop};

use super::{Square, cspnext, pytorch::Layers};
use crate::{
    graph::{Builder, NodeId},
    simcc::SimccHead,
    weights::WeightReader,
};

/// Builds the network on `input`; returns one map for each body part, and what comes behind them.
pub(super) fn build(
    builder: &mut Builder,
    reader: &mut WeightReader,
    input: NodeId,
    size: CspNextSize,
    (simcc, crop): (&SimccConfig, TopDownCrop),
    bodyparts: usize,
) -> (NodeId, SimccHead) {
    let (features, channels) = cspnext::features(builder, reader, input, size);
    let square = Square::even(simcc.kernel, [channels, bodyparts], 1);
    let mut layers = Layers { builder, reader };
    let name = "heads.bodypart.final_layer";
    let maps = layers.biased(name, features, square);
    layers.builder.name(name, maps);
    let cells = [crop.width, crop.height].map(|side| side.div_ceil(cspnext::STRIDE.into()));
    (maps, SimccHead::read(reader, cells[0] * cells[1], simcc))
}
