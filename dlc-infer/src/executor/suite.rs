//! One suite for every executor: each operation against the reference.

use dlc_model::{Frame, InputScaling, Tensor};

use super::{Array, Executor, reference::Reference, tensors::Tensors};
use crate::{
    device::{self, Adapter, DeviceChoice, Opened},
    graph::{
        Activation, Builder, Conv, Deconv, Graph, MaxPool, NodeId, Norm, Op, Padding, Statistics,
    },
};

/// Numbers that look random and are the same on every machine.
struct Numbers(u64);

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

    /// Returns a number in [-1, 1).
    fn next(&mut self) -> f32 {
        f32::from(self.bits()) / 32_768.0 - 1.0
    }

    fn tensor(&mut self, shape: &[usize]) -> Tensor {
        let values = (0..shape.iter().product()).map(|_| self.next()).collect();
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

/// The devices to test: the CPU, and the adapter that `DLC_TEST_ADAPTER` names or the first.
fn devices() -> Vec<DeviceChoice> {
    let mut devices = vec![DeviceChoice::Cpu];
    let adapters = device::adapters();
    let wanted = std::env::var("DLC_TEST_ADAPTER").ok();
    let wanted = wanted.or_else(|| adapters.first().map(|Adapter { name, .. }| name.clone()));
    match wanted {
        Some(name) => devices.push(DeviceChoice::Adapter(name)),
        None => println!("skipped: no adapter (or no feature `wgpu`); tested on the CPU only"),
    }
    devices
}

fn close(a: f32, b: f32) -> bool {
    (a - b).abs() <= 1e-4 * a.abs().max(1.0)
}

#[test]
fn every_operation_is_what_the_reference_says() {
    let input = Array::from_frames(&Numbers(5).frames(2, 21, 14));
    let mut compared = 0;
    for choice in devices() {
        for (name, graph) in graphs() {
            let Opened::Burn { device, name: on } = device::open(&choice).unwrap() else {
                panic!("{choice:?} is not the reference");
            };
            let expected = Reference::new(graph.clone()).outputs(input.clone());
            let mut executor = Tensors::new(graph.clone(), device);
            let found = executor.outputs(input.clone()).unwrap();
            for (expected, found) in expected.unwrap().iter().zip(&found) {
                assert_eq!(expected.shape, found.shape, "{name} on {on}");
                for (a, b) in expected.values.iter().zip(&found.values) {
                    assert!(close(*a, *b), "{name} on {on}: {a} and {b}");
                }
            }
            let peaks = Reference::new(graph).peaks(input.clone()).unwrap();
            for (expected, found) in peaks.iter().zip(executor.peaks(input.clone()).unwrap()) {
                for (a, b) in expected.iter().zip(found) {
                    assert_eq!((a.row, a.column), (b.row, b.column), "{name} on {on}");
                    assert!(close(a.score, b.score), "{name} on {on}");
                    assert!(close(a.locref[0], b.locref[0]), "{name} on {on}");
                    assert!(close(a.locref[1], b.locref[1]), "{name} on {on}");
                }
            }
            compared += 1;
        }
        println!("{compared} graphs agree, the last on {choice:?}");
    }
    assert!(compared >= graphs().len());
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
    for choice in devices() {
        let Opened::Burn { device, .. } = device::open(&choice).unwrap() else {
            panic!("{choice:?} is not the reference");
        };
        let peaks = Tensors::new(graph.clone(), device)
            .peaks(Array::from_frames(std::slice::from_ref(&frame)))
            .unwrap();

        assert_eq!((peaks[0][0].row, peaks[0][0].column), (1, 2));
        // A flat map: its first cell.
        assert_eq!((peaks[0][1].row, peaks[0][1].column), (0, 0));
    }
}
