use super::vector;
use crate::weights::WeightReader;

/// A matrix without bias: outputs × inputs.
#[derive(Debug)]
pub(super) struct Linear {
    weight: Vec<f32>,
    inputs: usize,
}

impl Linear {
    pub(super) fn read(
        reader: &mut WeightReader,
        name: &str,
        [inputs, outputs]: [usize; 2],
    ) -> Self {
        Self {
            weight: vector(reader, &format!("{name}.weight"), &[outputs, inputs]),
            inputs,
        }
    }

    pub(super) fn inputs(&self) -> usize {
        self.inputs
    }

    pub(super) fn apply(&self, x: &[f32]) -> Vec<f32> {
        let rows = self.weight.chunks_exact(self.inputs);
        rows.map(|row| dot(row, x)).collect()
    }
}

/// Divides a vector by its length: `x / max(|x| / sqrt(n), ε) · g`.
#[derive(Debug)]
pub(super) struct ScaleNorm {
    gain: f32,
}

const EPSILON: f32 = 1e-5;

impl ScaleNorm {
    pub(super) fn read(reader: &mut WeightReader, name: &str) -> Self {
        Self {
            gain: vector(reader, &format!("{name}.g"), &[1])[0],
        }
    }

    pub(super) fn apply(&self, x: &[f32]) -> Vec<f32> {
        let length = dot(x, x).sqrt() * root_of(x.len()).recip();
        let divisor = length.max(EPSILON);
        x.iter().map(|x| x / divisor * self.gain).collect()
    }
}

/// Returns the square root of a length.
#[expect(
    clippy::cast_precision_loss,
    reason = "vectors have far fewer than 2^24 numbers"
)]
pub(super) fn root_of(len: usize) -> f32 {
    (len as f32).sqrt()
}

/// Returns the sum of products, in lanes that the compiler can put side by side.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0_f32; LANES];
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a.remainder().iter().zip(b.remainder());
    let rest: f32 = rest.map(|(a, b)| a * b).sum();
    for (a, b) in a.zip(b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_in_the_sum() {
        let a: Vec<f32> = (0_u8..37).map(f32::from).collect();

        assert!((dot(&a, &a) - 16_206.0).abs() < f32::EPSILON);
    }

    #[test]
    fn a_vector_of_zeros_has_a_length_all_the_same() {
        let norm = ScaleNorm { gain: 2.0 };

        assert_eq!(norm.apply(&[0.0; 4]), [0.0; 4]);
        assert_eq!(norm.apply(&[3.0; 4]), [2.0; 4]);
    }
}
