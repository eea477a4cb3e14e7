//! The head of RTMPose (`RTMCCHead`): from one map for each body part to classified coordinates.
//!
//! A handful of short vectors, one for each body part: plain Rust on the CPU, whatever the device
//! of the backbone.

mod attention;
mod decode;
mod linear;

use dlc_model::{Keypoint, SimccConfig, Tensor};

use self::{
    attention::GatedAttention,
    decode::Decoder,
    linear::{Linear, ScaleNorm},
};
use crate::weights::WeightReader;

const PREFIX: &str = "heads.bodypart";

/// What comes behind the maps of an RTMPose network.
#[derive(Debug)]
pub(crate) struct SimccHead {
    norm: ScaleNorm,
    embed: Linear,
    attention: GatedAttention,
    /// The classes of x, and of y.
    classes: [Linear; 2],
    decoder: Decoder,
}

impl SimccHead {
    /// Takes the weights of a head that reads maps of this many cells.
    pub(crate) fn read(reader: &mut WeightReader, cells: usize, config: &SimccConfig) -> Self {
        let mut linear = |name: &str, inputs: usize, outputs: usize| {
            Linear::read(reader, &format!("{PREFIX}.{name}"), [inputs, outputs])
        };
        let embed = linear("mlp.1", cells, config.hidden);
        let classes = [("cls_x", 0), ("cls_y", 1)]
            .map(|(name, axis)| linear(name, config.hidden, config.bins[axis]));
        Self {
            norm: ScaleNorm::read(reader, &format!("{PREFIX}.mlp.0")),
            embed,
            attention: GatedAttention::read(reader, &format!("{PREFIX}.gau"), config),
            classes,
            decoder: Decoder::new(config),
        }
    }

    /// Returns the pose that the maps of one picture tell, in px of the network's input.
    pub(crate) fn pose(&self, maps: &[f32]) -> Vec<Keypoint> {
        let maps = maps.chunks_exact(self.embed.inputs());
        let embedded = maps.map(|map| self.embed.apply(&self.norm.apply(map)));
        let parts = self.attention.apply(&embedded.collect::<Vec<_>>());
        let keypoint = |part: &Vec<f32>| {
            let answers = self.classes.each_ref().map(|axis| axis.apply(part));
            self.decoder.keypoint(answers)
        };
        parts.iter().map(keypoint).collect()
    }
}

/// Takes a vector of weights.
fn vector(reader: &mut WeightReader, name: &str, shape: &[usize]) -> Vec<f32> {
    Tensor::into_values(reader.take(name, shape))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use dlc_model::Weights;

    use super::*;

    const SIMCC: SimccConfig = SimccConfig {
        kernel: 3,
        hidden: 24,
        expanded: 48,
        attention: 20,
        bins: [128, 96],
        bins_per_px: 2.0,
        logit_scale: Some([5.66 * 20.0, 4.9 * 20.0]),
        softmax: true,
    };

    /// The weights of `tests/fixtures/simcc/head.bin`, in its order.
    const SHAPES: [(&str, &[usize]); 10] = [
        ("gau.gamma", &[2, 20]),
        ("gau.beta", &[2, 20]),
        ("gau.o.weight", &[24, 48]),
        ("gau.uv.weight", &[116, 24]),
        ("gau.ln.g", &[1]),
        ("gau.res_scale.scale", &[24]),
        ("mlp.0.g", &[1]),
        ("mlp.1.weight", &[24, 4]),
        ("cls_x.weight", &[128, 24]),
        ("cls_y.weight", &[96, 24]),
    ];

    #[test]
    fn poses_are_those_of_deeplabcut() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/simcc/head.bin");
        let bytes = fs::read(path).unwrap();
        let numbers = bytes.chunks_exact(4);
        let mut numbers = numbers.map(|n| f32::from_le_bytes(n.try_into().unwrap()));
        let mut take = |len: usize| numbers.by_ref().take(len).collect::<Vec<f32>>();
        let weights: Weights = SHAPES
            .iter()
            .map(|(name, shape)| {
                let values = take(shape.iter().product());
                let tensor = Tensor::new(shape.to_vec(), values).unwrap();
                (format!("{PREFIX}.{name}"), tensor)
            })
            .collect();
        let maps = take(3 * 5 * 4);
        let poses = take(3 * 5 * 3);
        let mut reader = WeightReader::new(weights);
        let head = SimccHead::read(&mut reader, 4, &SIMCC);
        let report = reader.finish();
        assert!(
            report.is_complete() && report.unused.is_empty(),
            "{report:?}"
        );

        let mut compared = 0;
        for (maps, pose) in maps.chunks_exact(20).zip(poses.chunks_exact(15)) {
            for (found, expected) in head.pose(maps).iter().zip(pose.chunks_exact(3)) {
                let [x, y, likelihood] = [0, 1, 2].map(|i| f64::from(expected[i]));
                assert!(
                    (found.x - x).abs() < f64::EPSILON,
                    "{found:?}, not {expected:?}"
                );
                assert!(
                    (found.y - y).abs() < f64::EPSILON,
                    "{found:?}, not {expected:?}"
                );
                assert!((found.likelihood - likelihood).abs() < 1e-4);
                compared += 1;
            }
        }
        assert_eq!(compared, 15);
    }
}
