use dlc_model::SimccConfig;

use super::{
    linear::{Linear, ScaleNorm, dot, root_of},
    vector,
};
use crate::weights::WeightReader;

/// Lets body parts look at each other (`GatedAttentionUnit`).
#[derive(Debug)]
pub(super) struct GatedAttention {
    norm: ScaleNorm,
    /// To gate, value and base, one behind the other.
    expand: Linear,
    expanded: usize,
    /// What makes query and key from the base: `base · gain + shift`.
    gain: Vec<f32>,
    shift: Vec<f32>,
    contract: Linear,
    shortcut: Vec<f32>,
}

impl GatedAttention {
    pub(super) fn read(reader: &mut WeightReader, name: &str, config: &SimccConfig) -> Self {
        let &SimccConfig {
            hidden,
            expanded,
            attention,
            ..
        } = config;
        let width = 2 * expanded + attention;
        Self {
            norm: ScaleNorm::read(reader, &format!("{name}.ln")),
            expand: Linear::read(reader, &format!("{name}.uv"), [hidden, width]),
            expanded,
            gain: vector(reader, &format!("{name}.gamma"), &[2, attention]),
            shift: vector(reader, &format!("{name}.beta"), &[2, attention]),
            contract: Linear::read(reader, &format!("{name}.o"), [expanded, hidden]),
            shortcut: vector(reader, &format!("{name}.res_scale.scale"), &[hidden]),
        }
    }

    pub(super) fn apply(&self, parts: &[Vec<f32>]) -> Vec<Vec<f32>> {
        let seen: Vec<Seen> = parts.iter().map(|part| self.seen(part)).collect();
        let out = parts.iter().zip(&seen);
        out.map(|(part, looking)| {
            let main = self.contract.apply(&looking.at(&seen));
            let short = part.iter().zip(&self.shortcut).map(|(x, scale)| x * scale);
            short.zip(main).map(|(short, main)| short + main).collect()
        })
        .collect()
    }

    fn seen(&self, part: &[f32]) -> Seen {
        let mut gate = self.expand.apply(&self.norm.apply(part));
        gate.iter_mut().for_each(|x| *x = silu(*x));
        let base = gate.split_off(2 * self.expanded);
        let value = gate.split_off(self.expanded);
        let [query, key] = [0, 1].map(|of| {
            let place = of * base.len();
            let gain = &self.gain[place..place + base.len()];
            let shift = &self.shift[place..place + base.len()];
            let affine = base.iter().zip(gain).zip(shift);
            affine.map(|((x, gain), shift)| x * gain + shift).collect()
        });
        Seen {
            gate,
            value,
            query,
            key,
        }
    }
}

/// A body part as the attention sees it.
struct Seen {
    gate: Vec<f32>,
    value: Vec<f32>,
    query: Vec<f32>,
    key: Vec<f32>,
}

impl Seen {
    /// Returns what this body part takes from all of them.
    fn at(&self, others: &[Self]) -> Vec<f32> {
        let mut sum = vec![0.0; self.value.len()];
        for other in others {
            let likeness = dot(&self.query, &other.key) / root_of(self.query.len());
            let weight = likeness.max(0.0).powi(2);
            for (sum, value) in sum.iter_mut().zip(&other.value) {
                *sum += weight * value;
            }
        }
        sum.iter()
            .zip(&self.gate)
            .map(|(x, gate)| x * gate)
            .collect()
    }
}

fn silu(x: f32) -> f32 {
    x / (1.0 + (-x).exp())
}
