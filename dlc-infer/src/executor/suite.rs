//! One suite for every executor: each operation against the reference.

use dlc_model::{Frame, InputScaling, Tensor};

use super::{Executor, InstructionSet, Peak, Pictures, on, reference::Reference};
use crate::{
    Precision,
    device::{self, Adapter, DeviceChoice},
    graph::{
        Activation, Builder, Conv, Deconv, Graph, MaxPool, NodeId, Norm, Op, Padding, Statistics,
    },
};
use testing::Need;

/// Numbers that look random and are the same on every machine.
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    fn bits(&mut self) -> u16 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        u16::try_from(self.0 >> 48).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.bits().to_be_bytes()[0]
    }

    /// Returns a number that is below a bound.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::from(self.bits()) % bound
    }

    /// Returns numbers in [-1, 1).
    pub(super) fn some(&mut self, len: usize) -> Vec<f32> {
        let number = |_| f32::from(self.bits()) / 32_768.0 - 1.0;
        (0..len).map(number).collect()
    }

    pub(super) fn tensor(&mut self, shape: &[usize]) -> Tensor {
        let values = self.some(shape.iter().product());
        Tensor::new(shape.to_vec(), values).unwrap()
    }

    /// Returns weights that keep the size of what they are multiplied with.
    fn weights(&mut self, shape: &[usize], inputs: usize) -> Tensor {
        let taps = u16::try_from(inputs * shape[2] * shape[3]).unwrap();
        let values = self.tensor(shape).into_values().into_iter();
        let values = values.map(|value| value / f32::from(taps).sqrt()).collect();
        Tensor::new(shape.to_vec(), values).unwrap()
    }

    fn positive(&mut self, shape: &[usize]) -> Tensor {
        let values = self.tensor(shape).into_values();
        let values = values.iter().map(|value| value.abs() + 0.1).collect();
        Tensor::new(shape.to_vec(), values).unwrap()
    }

    fn frames(&mut self, count: usize, width: usize, height: usize) -> Vec<Frame<'static>> {
        let frame = |index| {
            let pixels: Vec<u8> = (0..3 * width * height).map(|_| self.byte()).collect();
            Frame::new(index, width, height, pixels).unwrap()
        };
        (0..count).map(frame).collect()
    }
}

fn conv(numbers: &mut Numbers, shape: &[usize; 4], stride: usize, padding: Padding) -> Op {
    Op::Conv(Conv {
        weight: numbers.tensor(shape),
        bias: Some(numbers.tensor(&shape[..1])),
        stride,
        dilation: 1,
        groups: 1,
        padding,
    })
}

fn halving(kernel: usize, padding: Padding) -> Op {
    Op::MaxPool(MaxPool {
        kernel,
        stride: 2,
        padding,
    })
}

fn norm(numbers: &mut Numbers, statistics: Statistics) -> Op {
    Op::Norm(Norm {
        statistics,
        epsilon: 1e-3,
        gamma: numbers.tensor(&[4]),
        beta: numbers.tensor(&[4]),
    })
}

/// Builds pixels → 4 channels at half the size → what `rest` adds, and gives it as the heatmap.
fn graph(
    numbers: &mut Numbers,
    rest: impl FnOnce(&mut Builder, &mut Numbers, NodeId) -> NodeId,
) -> Graph {
    let mut builder = Builder::default();
    let input = builder.add(Op::Input(InputScaling::imagenet()), &[]);
    let first = conv(numbers, &[4, 3, 3, 3], 2, Padding::Same);
    let x = builder.add(first, &[input]);
    let heatmap = rest(&mut builder, numbers, x);
    let locref = conv(numbers, &[8, 4, 1, 1], 1, Padding::Even(0));
    let locref = builder.add(locref, &[heatmap]);
    builder.finish(vec![heatmap, locref])
}

/// Each operation, by name.
fn graphs() -> Vec<(&'static str, Graph)> {
    let mut numbers = Numbers(11);
    let n = &mut numbers;
    let stored = Statistics::Stored {
        mean: n.tensor(&[4]),
        variance: n.positive(&[4]),
    };
    let activation = |a| move |b: &mut Builder, _: &mut Numbers, x| b.add(Op::Activation(a), &[x]);
    vec![
        ("conv same", graph(n, |_, _, x| x)),
        (
            "conv even",
            graph(n, |b, n, x| {
                b.add(conv(n, &[4, 4, 5, 3], 2, Padding::Even(1)), &[x])
            }),
        ),
        (
            "conv of many channels",
            graph(n, |b, n, x| {
                let mut add = |x, [inputs, outputs]: [usize; 2], kernel, stride| {
                    let op = Op::Conv(Conv {
                        weight: n.weights(&[outputs, inputs, kernel, kernel], inputs),
                        bias: None,
                        stride,
                        dilation: 1,
                        groups: 1,
                        padding: Padding::Even(kernel / 2),
                    });
                    b.add(op, &[x])
                };
                let x = add(x, [4, 64], 1, 1);
                let x = add(x, [64, 64], 3, 2);
                add(x, [64, 4], 1, 1)
            }),
        ),
        (
            "conv dilated",
            graph(n, |b, n, x| {
                let op = Op::Conv(Conv {
                    weight: n.tensor(&[4, 4, 3, 3]),
                    bias: None,
                    stride: 1,
                    dilation: 2,
                    groups: 1,
                    padding: Padding::Same,
                });
                b.add(op, &[x])
            }),
        ),
        (
            "depthwise",
            graph(n, |b, n, x| {
                let op = Op::Conv(Conv {
                    weight: n.tensor(&[4, 1, 3, 3]),
                    bias: None,
                    stride: 1,
                    dilation: 1,
                    groups: 4,
                    padding: Padding::Same,
                });
                b.add(op, &[x])
            }),
        ),
        (
            "deconv",
            graph(n, |b, n, x| {
                let op = Op::Deconv(Deconv {
                    weight: n.tensor(&[4, 4, 3, 3]),
                    bias: n.tensor(&[4]),
                    stride: 2,
                    crop: 1,
                });
                b.add(op, &[x])
            }),
        ),
        (
            "norm stored",
            graph(n, {
                let stored = stored.clone();
                |b, n, x| {
                    // Read twice, so that it cannot be folded.
                    let normed = b.add(norm(n, stored), &[x]);
                    b.add(Op::Add, &[normed, x])
                }
            }),
        ),
        (
            "norm folded",
            graph(n, |b, n, x| b.add(norm(n, stored), &[x])),
        ),
        (
            "norm frame",
            graph(n, |b, n, x| b.add(norm(n, Statistics::Frame), &[x])),
        ),
        (
            "norm batch",
            graph(n, |b, n, x| b.add(norm(n, Statistics::Batch), &[x])),
        ),
        (
            "norm group",
            graph(n, |b, n, x| b.add(norm(n, Statistics::Group(2)), &[x])),
        ),
        ("relu", graph(n, activation(Activation::Relu))),
        ("relu6", graph(n, activation(Activation::Relu6))),
        ("silu", graph(n, activation(Activation::Silu))),
        (
            "hard sigmoid",
            graph(n, activation(Activation::HardSigmoid)),
        ),
        ("hard swish", graph(n, activation(Activation::HardSwish))),
        ("sigmoid", graph(n, activation(Activation::Sigmoid))),
        (
            "max pool",
            graph(n, |b, _, x| {
                let pool = MaxPool {
                    kernel: 5,
                    stride: 1,
                    padding: Padding::Even(2),
                };
                b.add(Op::MaxPool(pool), &[x])
            }),
        ),
        (
            "max pool same",
            graph(n, |b, _, x| b.add(halving(3, Padding::Same), &[x])),
        ),
        (
            "max pool even",
            graph(n, |b, _, x| b.add(halving(3, Padding::Even(1)), &[x])),
        ),
        (
            "every second cell",
            graph(n, |b, _, x| b.add(halving(1, Padding::Even(0)), &[x])),
        ),
        ("upsample", graph(n, |b, _, x| b.add(Op::Upsample(3), &[x]))),
        (
            "attention",
            graph(n, |b, _, x| {
                let mean = b.add(Op::GlobalMean, &[x]);
                b.add(Op::Multiply, &[x, mean])
            }),
        ),
        (
            "concat",
            graph(n, |b, n, x| {
                let both = b.add(Op::Concat, &[x, x]);
                b.add(conv(n, &[4, 8, 1, 1], 1, Padding::Even(0)), &[both])
            }),
        ),
    ]
}

/// What to test: the CPU with each instruction set that it has, and the adapter that
/// `DLC_TEST_ADAPTER` names or the first.
fn devices() -> Vec<(DeviceChoice, InstructionSet)> {
    let sets = InstructionSet::ALL.into_iter();
    let sets = sets.filter(|set| set.is_available());
    let mut devices: Vec<_> = sets.map(|set| (DeviceChoice::Cpu, set)).collect();
    let adapters = device::adapters();
    let wanted = std::env::var("DLC_TEST_ADAPTER").ok();
    let wanted = wanted.or_else(|| adapters.first().map(|Adapter { name, .. }| name.clone()));
    match wanted {
        Some(name) => devices.push((DeviceChoice::Adapter(name), InstructionSet::best())),
        None => testing::skip(Need::Adapter, "tested on the CPU only"),
    }
    devices
}

fn close(a: f32, b: f32) -> bool {
    (a - b).abs() <= 1e-4 * a.abs().max(1.0)
}

/// Compares all that the executors say of a graph with the reference.
fn compare(name: &str, graph: &Graph, frames: &[Frame<'_>]) {
    let input = Pictures::from(frames);
    compare_outputs(name, graph, frames);
    let mut reference = Reference::new(graph.clone());
    let expected = reference.peaks(input.clone()).unwrap();
    for (choice, set) in devices() {
        let opened = device::open(&choice).unwrap();
        let name = format!("{name} on {} with {set}", opened.name());
        let mut executor = on(opened, graph.clone(), set, Precision::Full);
        let found = executor.peaks(input.clone()).unwrap();
        for (expected, found) in expected.iter().flatten().zip(found.iter().flatten()) {
            let cell = |peak: &Peak| (peak.row, peak.column);
            assert_eq!(cell(expected), cell(found), "{name}");
            assert!(close(expected.score, found.score), "{name}");
            for axis in 0..2 {
                let [a, b] = [expected, found].map(|peak| peak.locref[axis]);
                assert!(close(a, b), "{name}: {a} and {b}");
            }
        }
    }
}

fn compare_outputs(name: &str, graph: &Graph, frames: &[Frame<'_>]) {
    let input = Pictures::from(frames);
    let expected = Reference::new(graph.clone()).outputs(input.clone());
    let expected = expected.unwrap();
    for (choice, set) in devices() {
        let opened = device::open(&choice).unwrap();
        let name = format!("{name} on {} with {set}", opened.name());
        let mut executor = on(opened, graph.clone(), set, Precision::Full);
        let found = executor.outputs(input.clone()).unwrap();
        assert_eq!(expected.len(), found.len(), "{name}");
        for (expected, found) in expected.iter().zip(&found) {
            assert_eq!(expected.shape, found.shape, "{name}");
            for (a, b) in expected.values.iter().zip(&found.values) {
                assert!(close(*a, *b), "{name}: {a} and {b}");
            }
        }
    }
}

#[test]
fn outputs_may_have_several_sizes_and_be_read_by_others() {
    let mut n = Numbers(23);
    let mut b = Builder::default();
    let input = b.add(Op::Input(InputScaling::imagenet()), &[]);
    let mut outputs = Vec::new();
    let (mut x, mut channels) = (input, 3);
    for wide in [8, 20, 16] {
        let down = conv(&mut n, &[wide, channels, 3, 3], 2, Padding::Even(1));
        x = b.add(down, &[x]);
        for values in [12, 24] {
            let head = conv(&mut n, &[values, wide, 1, 1], 1, Padding::Even(0));
            outputs.push(b.add(head, &[x]));
        }
        channels = wide;
    }
    outputs.push(x);
    let input = n.frames(2, 33, 20);

    compare_outputs("a detector", &b.finish(outputs), &input);
}

#[test]
fn every_operation_is_what_the_reference_says() {
    let input = Numbers(5).frames(2, 21, 14);
    let graphs = graphs();
    for (name, graph) in &graphs {
        compare(name, graph, &input);
    }
    println!("{} graphs agree on {:?}", graphs.len(), devices());
}

/// Returns how far an operation may be from the reference, of the largest number.
fn bound(choice: &DeviceChoice, precision: Precision) -> f32 {
    match (precision, choice) {
        (Precision::Full | Precision::High, _) => 1e-4,
        (Precision::Half, DeviceChoice::Cpu) => 4e-2,
        (Precision::Half, _) => 5e-3,
    }
}

/// Each operation is compared where no others come behind it.
#[test]
fn every_operation_of_less_precision_is_near_the_reference() {
    let input = Numbers(5).frames(2, 21, 14);
    let mut compared = 0;
    for ((choice, set), precision) in devices()
        .into_iter()
        .flat_map(|device| [Precision::High, Precision::Half].map(|p| (device.clone(), p)))
    {
        let device = device::open(&choice).unwrap();
        if !device.has(precision, set) {
            let reason = format_args!("{choice:?} with {set} has no {precision} precision");
            testing::skip(Need::Hardware, reason);
            continue;
        }
        let mut is_other = false;
        for (name, graph) in graphs() {
            let expected = Reference::new(graph.clone()).outputs(input[..].into());
            let [full, found] = [Precision::Full, precision].map(|precision| {
                let mut executor = on(device.clone(), graph.clone(), set, precision);
                executor.outputs(input[..].into()).unwrap()
            });
            is_other |= full != found;
            let (expected, found) = (&expected.unwrap()[0].values, &found[0].values);
            let largest = expected.iter().fold(1.0, |most: f32, v| most.max(v.abs()));
            let apart = expected.iter().zip(found).map(|(a, b)| (a - b).abs());
            let apart = apart.fold(0.0, f32::max) / largest;
            assert!(
                apart <= bound(&choice, precision),
                "{name} with {precision} precision: {apart}"
            );
            compared += 1;
        }
        assert!(is_other, "{choice:?} computed with {precision} precision");
    }
    println!("{compared} graphs compared");
}

/// A convolution of random shape, and what may follow it.
fn random_layer(
    b: &mut Builder,
    n: &mut Numbers,
    (x, channels): (NodeId, usize),
) -> (NodeId, usize) {
    let mut pick = |from: &[usize]| from[n.below(from.len())];
    let depthwise = pick(&[0, 0, 1]) == 1;
    let outputs = if depthwise {
        channels
    } else {
        pick(&[1, 3, 8, 16, 17, 32, 40])
    };
    let kernel = pick(&[1, 1, 3, 3, 5]);
    let stride = pick(&[1, 1, 1, 2]);
    let dilation = pick(&[1, 1, 2]);
    let padding = match pick(&[0, 1]) {
        0 => Padding::Same,
        _ => Padding::Even(kernel / 2 * dilation),
    };
    let after = pick(&[0, 1, 2, 3, 4, 5, 6]);
    let groups = if depthwise { channels } else { 1 };
    let conv = Op::Conv(Conv {
        weight: n.weights(
            &[outputs, channels / groups, kernel, kernel],
            channels / groups,
        ),
        bias: (after % 2 == 0).then(|| n.tensor(&[outputs])),
        stride,
        dilation,
        groups,
        padding,
    });
    let norm = |n: &mut Numbers, statistics| {
        Op::Norm(Norm {
            statistics,
            epsilon: 1e-3,
            gamma: n.tensor(&[outputs]),
            beta: n.tensor(&[outputs]),
        })
    };
    let y = b.add(conv, &[x]);
    let same = stride == 1 && outputs == channels;
    let y = match after {
        0 => b.add(Op::Activation(Activation::Relu), &[y]),
        1 => {
            let y = b.add(norm(n, Statistics::Frame), &[y]);
            b.add(Op::Activation(Activation::Relu6), &[y])
        }
        2 => b.add(norm(n, Statistics::Batch), &[y]),
        3 if same => {
            let sum = b.add(Op::Add, &[y, x]);
            b.add(Op::Activation(Activation::Silu), &[sum])
        }
        4 if outputs % 8 == 0 => {
            let y = b.add(norm(n, Statistics::Group(4)), &[y]);
            b.add(Op::Activation(Activation::Relu), &[y])
        }
        5 => {
            let mean = b.add(Op::GlobalMean, &[y]);
            let weight = b.add(Op::Activation(Activation::Sigmoid), &[mean]);
            b.add(Op::Multiply, &[y, weight])
        }
        _ => y,
    };
    (y, outputs)
}

#[test]
fn random_networks_are_what_the_reference_says() {
    let mut networks = 0;
    for seed in 0..150 {
        let mut n = Numbers(seed);
        let mut pick = |from: &[usize]| from[n.below(from.len())];
        let (width, height, pictures) = (
            pick(&[5, 8, 13, 30, 37]),
            pick(&[4, 9, 16]),
            pick(&[1, 1, 3]),
        );
        let (depth, head) = (pick(&[1, 2, 3, 4]), pick(&[0, 1, 2]));
        let mut b = Builder::default();
        let input = b.add(Op::Input(InputScaling::imagenet()), &[]);
        let mut layer = (input, 3);
        for _ in 0..depth {
            layer = random_layer(&mut b, &mut n, layer);
        }
        let (x, channels) = layer;
        let outputs = if head == 0 {
            vec![x]
        } else {
            let mut deconv = |outputs: usize| {
                let deconv = Op::Deconv(Deconv {
                    weight: n.weights(&[channels, outputs, 3, 3], channels),
                    bias: n.tensor(&[outputs]),
                    stride: 2,
                    crop: head - 1,
                });
                b.add(deconv, &[x])
            };
            vec![deconv(3), deconv(6)]
        };
        let input = n.frames(pictures, width, height);
        compare(&format!("network {seed}"), &b.finish(outputs), &input);
        networks += 1;
    }
    assert_eq!(networks, 150);
}

#[test]
fn wide_convolutions_are_what_the_reference_says() {
    let mut networks = 0;
    for seed in 0..40 {
        let mut n = Numbers(1000 + seed);
        let mut pick = |from: &[usize]| from[n.below(from.len())];
        let (inputs, outputs) = (pick(&[32, 33, 48, 64]), pick(&[32, 40, 49]));
        let (width, height) = (pick(&[1, 7, 12, 29]), pick(&[1, 5, 8, 18]));
        let dilation = pick(&[1, 2, 3]);
        let padding = match pick(&[0, 1]) {
            0 => Padding::Same,
            _ => Padding::Even(dilation),
        };
        let mut b = Builder::default();
        let input = b.add(Op::Input(InputScaling::imagenet()), &[]);
        let mut layer = |n: &mut Numbers, x, [inputs, outputs]: [usize; 2], kernel, dilation| {
            let conv = Op::Conv(Conv {
                weight: n.weights(&[outputs, inputs, kernel, kernel], inputs),
                bias: Some(n.tensor(&[outputs])),
                stride: 1,
                dilation,
                groups: 1,
                padding: if kernel == 1 {
                    Padding::Even(0)
                } else {
                    padding
                },
            });
            b.add(conv, &[x])
        };
        let x = layer(&mut n, input, [3, inputs], 1, 1);
        let y = layer(&mut n, x, [inputs, outputs], 3, dilation);
        let z = layer(&mut n, x, [inputs, outputs], 1, 1);
        let sum = b.add(Op::Add, &[y, z]);
        let output = b.add(Op::Activation(Activation::Relu), &[sum]);
        let input = n.frames(1, width, height);
        compare(&format!("wide {seed}"), &b.finish(vec![output]), &input);
        networks += 1;
    }
    assert_eq!(networks, 40);
}

/// So wide that the small tiles of Winograd's filtering are chosen.
#[test]
fn wide_convolutions_of_coarse_maps_are_what_the_reference_says() {
    let mut networks = 0;
    for (seed, [width, height], dilation) in [
        (0, [1, 1], 1),
        (1, [7, 4], 1),
        (2, [2, 9], 1),
        (3, [5, 6], 2),
        (4, [9, 7], 3),
    ] {
        let mut n = Numbers(2000 + seed);
        let mut b = Builder::default();
        let input = b.add(Op::Input(InputScaling::imagenet()), &[]);
        let coarser = conv(&mut n, &[490, 3, 1, 1], 32, Padding::Even(0));
        let x = b.add(coarser, &[input]);
        let wide = Op::Conv(Conv {
            weight: n.weights(&[491, 490, 3, 3], 490),
            bias: Some(n.tensor(&[491])),
            stride: 1,
            dilation,
            groups: 1,
            padding: Padding::Even(dilation),
        });
        let output = b.add(wide, &[x]);
        let input = n.frames(1, 32 * width, 32 * height);
        compare(&format!("coarse {seed}"), &b.finish(vec![output]), &input);
        networks += 1;
    }
    assert_eq!(networks, 5);
}

/// A sum may take the place of one of its terms, unless something else reads that.
#[test]
fn sums_of_maps_that_are_read_more_than_once_are_what_the_reference_says() {
    let mut networks = 0;
    for (seed, channels) in [(0, 7), (1, 32), (2, 1100)] {
        let mut n = Numbers(3000 + seed);
        let mut b = Builder::default();
        let input = b.add(Op::Input(InputScaling::imagenet()), &[]);
        let mut layer = |b: &mut Builder, x, inputs: usize, kernel: usize| {
            let conv = Op::Conv(Conv {
                weight: n.weights(&[channels, inputs, kernel, kernel], inputs),
                bias: Some(n.tensor(&[channels])),
                stride: 1,
                dilation: 1,
                groups: 1,
                padding: Padding::Same,
            });
            b.add(conv, &[x])
        };
        let kernel = if channels > 1000 { 1 } else { 3 };
        let x = layer(&mut b, input, 3, 1);
        let y = layer(&mut b, x, channels, kernel);
        let own_input = b.add(Op::Add, &[y, x]);
        let z = layer(&mut b, own_input, channels, 1);
        let other = layer(&mut b, own_input, channels, kernel);
        let last_use = b.add(Op::Add, &[z, other]);
        let mut normed = |b: &mut Builder, x| {
            let norm = Norm {
                statistics: Statistics::Frame,
                epsilon: 1e-3,
                gamma: n.tensor(&[channels]),
                beta: n.tensor(&[channels]),
            };
            b.add(Op::Norm(norm), &[x])
        };
        let normed = [last_use; 2].map(|x| normed(&mut b, x));
        let twice = b.add(Op::Add, &normed);
        let pool = Op::MaxPool(MaxPool {
            kernel: 2,
            stride: 2,
            padding: Padding::Same,
        });
        let pooled = b.add(pool, &[twice]);
        let again = b.add(Op::Upsample(2), &[pooled]);
        let larger_first = b.add(Op::Add, &[again, twice]);
        let relu = b.add(Op::Activation(Activation::Relu), &[larger_first]);
        let outputs = vec![relu, own_input];
        let input = n.frames(2, 8, 6);
        compare_outputs(&format!("sums {seed}"), &b.finish(outputs), &input);
        networks += 1;
    }
    assert_eq!(networks, 3);
}

#[test]
fn the_first_of_two_equal_peaks_wins() {
    let mut builder = Builder::default();
    let input = builder.add(Op::Input(InputScaling::NONE), &[]);
    let graph = builder.finish(vec![input]);
    let mut pixels = vec![0; 3 * 4 * 3];
    pixels[3 * 6] = 200; // row 1, column 2
    pixels[3 * 9] = 200; // row 2, column 1
    let frame = Frame::new(0, 4, 3, pixels).unwrap();
    for (choice, set) in devices() {
        let opened = device::open(&choice).unwrap();
        let mut executor = on(opened, graph.clone(), set, Precision::Full);
        let peaks = executor.peaks(std::slice::from_ref(&frame).into()).unwrap();

        assert_eq!((peaks[0][0].row, peaks[0][0].column), (1, 2));
        // A flat map: its first cell.
        assert_eq!((peaks[0][1].row, peaks[0][1].column), (0, 0));
    }
}
