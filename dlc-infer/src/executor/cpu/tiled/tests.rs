//! What tiles multiply beside what vectors do.

use super::*;
use crate::{
    executor::{
        cpu::{
            conv::{ConvLayer, Layer, Residual},
            isa::InstructionSet,
            source::Affine,
            strips::StripLayer,
        },
        suite::Numbers,
    },
    graph::Activation,
};

fn random_conv(numbers: &mut Numbers, [outputs, inputs]: [usize; 2], kernel: usize) -> Conv {
    Conv {
        weight: numbers.tensor(&[outputs, inputs, kernel, kernel]),
        bias: Some(numbers.tensor(&[outputs])),
        stride: 1 + numbers.below(3),
        dilation: 1 + numbers.below(2),
        groups: 1,
        padding: match numbers.below(2) {
            0 => Padding::Same,
            _ => Padding::Even(kernel / 2),
        },
    }
}

/// What a convolution is tried with.
struct Case {
    conv: Conv,
    input: Shape,
    numbers: Vec<f32>,
    affine: [Vec<f32>; 2],
    residual: usize,
}

impl Case {
    fn random(numbers: &mut Numbers, channels: [usize; 2], size: [usize; 2]) -> Self {
        let kernel = [1, 1, 3, 5][numbers.below(4)];
        let conv = random_conv(numbers, channels, kernel);
        let input = Shape {
            height: size[0],
            width: size[1],
            channels: channels[1],
            lanes: TILE,
        };
        // What fills the last block is no channel.
        let mut cells = numbers.some(input.len());
        for (index, cell) in cells.iter_mut().enumerate() {
            let block = index / input.block_len() % input.blocks();
            if block * TILE + index % TILE >= channels[1] {
                *cell = f32::NAN;
            }
        }
        Self {
            conv,
            input,
            numbers: cells,
            affine: [0, 1].map(|_| numbers.some(input.padded_channels())),
            residual: numbers.below(3),
        }
    }

    /// Runs one kind of layer, and returns what it writes and its moments.
    fn run<L: Convolution>(
        &self,
        layer: &L,
        plan: &L::Plan,
        output: Shape,
        can_replace: bool,
    ) -> Vec<f32>
    where
        for<'b> LayerRows<'b, L, L::Plan>: WithSimd,
    {
        let mut other = Numbers(7);
        let map = other.some(output.len());
        let mut out = map.clone();
        let [scale, shift] = &self.affine;
        let layer = Layer {
            layer,
            plan,
            source: Source {
                shape: self.input,
                numbers: &self.numbers,
                affine: Some(Affine { scale, shift }),
                activation: Some(Activation::Relu),
            },
            finish: Finish {
                residual: match self.residual {
                    0 => Residual::None,
                    1 if can_replace => Residual::InPlace,
                    _ => Residual::Map(&map),
                },
                activation: Some(Activation::Relu6),
            },
        };
        let mut moments = vec![0.0; output.height * 2 * output.padded_channels()];
        layer.write(
            InstructionSet::Avx512,
            output,
            2,
            &mut out,
            Some(&mut moments),
        );
        out.extend(moments);
        out
    }

    /// Compares with vectors, and returns how many numbers were.
    fn compare(&self, unit: Unit, parts: Parts) -> usize {
        let by_vectors = ConvLayer::new(&self.conv, TILE, TILE);
        let plan = by_vectors.plan(self.input);
        let output = plan.output;
        let expected = self.run(&by_vectors, &plan, output, false);
        let tiled = TiledLayer::new(&self.conv, unit, parts);
        let plan = tiled.plan(self.input);
        assert_eq!(plan.output, output);
        let found = self.run(&tiled, &plan, output, true);
        let summed = self.conv.weight.shape()[1..].iter().product::<usize>();
        let bound = f32::from(u16::try_from(summed).unwrap()).sqrt()
            * match parts {
                Parts::One => 1e-2,
                Parts::Two => 2e-5,
                Parts::Three => 2e-6,
            };
        let mut compared = self.check(bound, output, &found, &expected);
        let is_3x3 = self.conv.weight.shape()[2..] == [3, 3] && self.conv.stride == 1;
        if is_3x3 && parts == Parts::Three {
            let strips = StripLayer::new(&self.conv, unit);
            let plan = strips.plan(self.input);
            assert_eq!(plan.output, output);
            let found = self.run(&strips, &plan, output, true);
            // Transformations make errors larger.
            compared += self.check(4.0 * bound, output, &found, &expected);
        }
        compared
    }

    /// Compares what layers write and its moments, and returns how many numbers these are.
    fn check(&self, bound: f32, output: Shape, found: &[f32], expected: &[f32]) -> usize {
        let written = output.height * output.row_len();
        for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
            // Squares add up over a row.
            let bound = if index < written {
                bound
            } else {
                200.0 * bound
            };
            assert!(
                (found - expected).abs() <= bound,
                "{:?} stride {} of {:?}: {found} {expected}",
                self.conv.weight.shape(),
                self.conv.stride,
                self.input,
            );
        }
        found.len()
    }
}

fn units() -> Vec<Unit> {
    if !InstructionSet::Avx512.is_available() {
        testing::skip(testing::Need::Hardware, "this processor has no AVX-512");
        return Vec::new();
    }
    let of_processor = Unit::of_processor();
    if of_processor.is_none() {
        eprintln!("tested in plain Rust alone: this processor has no AMX");
    }
    of_processor.into_iter().chain([Unit::Plain]).collect()
}

#[test]
fn random_convolutions_are_those_of_vectors() {
    let mut numbers = Numbers(1);
    for unit in units() {
        let mut compared = 0;
        for _ in 0..40 {
            let channels = [(); 2].map(|()| 1 + numbers.below(70));
            let size = [(); 2].map(|()| 6 + numbers.below(19));
            let case = Case::random(&mut numbers, channels, size);
            for parts in [Parts::One, Parts::Two, Parts::Three] {
                compared += case.compare(unit, parts);
            }
        }
        assert!(compared > 100_000, "{compared}");
    }
}

#[test]
fn channels_that_the_cache_does_not_hold_at_once_are_summed_up() {
    let mut numbers = Numbers(2);
    for unit in units() {
        let mut case = Case::random(&mut numbers, [40, 700], [16, 40]);
        case.conv = random_conv(&mut numbers, [40, 700], 3);
        (case.conv.stride, case.conv.padding) = (1, Padding::Same);
        let layer = TiledLayer::new(&case.conv, unit, Parts::Three);
        let plan = layer.plan(case.input);
        assert!(!Piece::of(&layer, &plan, 0..8).cut.is_whole());
        case.compare(unit, Parts::Three);
    }
}
