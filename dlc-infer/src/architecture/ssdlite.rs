//! The detector `ssdlite320_mobilenet_v3_large` of torchvision, with the names of its checkpoints
//! in DeepLabCut's PyTorch engine.

use dlc_model::{InputScaling, Weights};

use super::{Square, pytorch::Layers, scaled};
use crate::{
    estimator::{EstimatorOptions, LoadNetworkError},
    graph::{Activation, Builder, Graph, NodeId, Op},
    weights::{LoadReport, WeightReader},
};

const EPSILON: f32 = 1e-3;
/// Boxes in a cell, and what is said of each: animal or background, and a shift.
const BOXES: usize = 6;
const CLASSES: usize = 2;
const SHIFT: usize = 4;
const STEM: usize = 16;

/// An inverted residual of MobileNetV3.
struct Block {
    kernel: usize,
    inputs: usize,
    wide: usize,
    outputs: usize,
    /// Whether channels are weighed by their means.
    squeeze: bool,
    activation: Activation,
    stride: usize,
}

impl Block {
    const fn new(
        kernel: usize,
        [inputs, wide, outputs]: [usize; 3],
        squeeze: bool,
        activation: Activation,
        stride: usize,
    ) -> Self {
        Self {
            kernel,
            inputs,
            wide,
            outputs,
            squeeze,
            activation,
            stride,
        }
    }
}

/// The blocks before the first map of boxes.
const BLOCKS: [Block; 12] = {
    use Activation::{HardSwish, Relu};
    [
        Block::new(3, [16, 16, 16], false, Relu, 1),
        Block::new(3, [16, 64, 24], false, Relu, 2),
        Block::new(3, [24, 72, 24], false, Relu, 1),
        Block::new(5, [24, 72, 40], true, Relu, 2),
        Block::new(5, [40, 120, 40], true, Relu, 1),
        Block::new(5, [40, 120, 40], true, Relu, 1),
        Block::new(3, [40, 240, 80], false, HardSwish, 2),
        Block::new(3, [80, 200, 80], false, HardSwish, 1),
        Block::new(3, [80, 184, 80], false, HardSwish, 1),
        Block::new(3, [80, 184, 80], false, HardSwish, 1),
        Block::new(3, [80, 480, 112], true, HardSwish, 1),
        Block::new(3, [112, 672, 112], true, HardSwish, 1),
    ]
};
/// Channels of the first map, inside of the thirteenth block.
const FIRST_MAP: [usize; 2] = [112, 672];
/// Channels of the last four maps.
const EXTRAS: [usize; 4] = [512, 256, 256, 128];

/// Builds the graph. For each of the six maps it has two outputs: classes, then shifts.
pub(crate) fn build(
    scaling: InputScaling,
    weights: Weights,
    options: &EstimatorOptions,
) -> Result<(Graph, LoadReport), LoadNetworkError> {
    let mut reader = WeightReader::new(weights);
    let mut builder = Builder::default();
    let input = builder.add(Op::Input(scaling), &[]);
    let layers = Layers {
        builder: &mut builder,
        reader: &mut reader,
    };
    let outputs = Ssdlite { layers }.outputs(input);
    let report = options.check(reader.finish())?;
    Ok((builder.finish(outputs), report))
}

struct Ssdlite<'a> {
    layers: Layers<'a>,
}

impl Ssdlite<'_> {
    fn outputs(&mut self, input: NodeId) -> Vec<NodeId> {
        let mut outputs = Vec::new();
        for (index, (map, channels)) in self.maps(input).into_iter().enumerate() {
            for (head, values) in [("classification", CLASSES), ("regression", SHIFT)] {
                let name = format!("model.head.{head}_head.module_list.{index}");
                let depthwise = Square::even(3, [channels; 2], 1);
                let x = self.depthwise(&format!("{name}.0"), map, depthwise, Activation::Relu6);
                let outputs_of_cell = [channels, BOXES * values];
                let x = self
                    .layers
                    .pointwise(&format!("{name}.1"), x, outputs_of_cell);
                outputs.push(x);
            }
        }
        outputs
    }

    /// Returns the six maps and their channels, each half as large as the one before.
    fn maps(&mut self, input: NodeId) -> Vec<(NodeId, usize)> {
        use Activation::{HardSwish, Relu6};
        let (first, second) = ("model.backbone.features.0", "model.backbone.features.1");
        let stem = Square::even(3, [3, STEM], 2);
        let mut x = self.conv(&format!("{first}.0"), input, stem, Some(HardSwish));
        for (index, block) in BLOCKS.iter().enumerate() {
            x = self.block(&format!("{first}.{}.block", index + 1), x, block);
        }
        let expand = Square::even(1, FIRST_MAP, 1);
        x = self.conv(&format!("{first}.13"), x, expand, Some(HardSwish));
        let mut maps = vec![(x, FIRST_MAP[1])];

        // Trained from ImageNet's weights, the tail is twice as wide.
        let project = format!("{second}.0.3.0.weight");
        let tail = match self.layers.reader.shape_of(&project) {
            Some([160, ..]) => 160,
            _ => 80,
        };
        let c4 = Block::new(5, [FIRST_MAP[0], FIRST_MAP[1], tail], true, HardSwish, 2);
        x = self.rest_of_block(&format!("{second}.0"), x, &c4, 1);
        for index in 1..3 {
            let block = Block::new(5, [tail, 6 * tail, tail], true, HardSwish, 1);
            x = self.block(&format!("{second}.{index}.block"), x, &block);
        }
        let widen = Square::even(1, [tail, 6 * tail], 1);
        x = self.conv(&format!("{second}.3"), x, widen, Some(HardSwish));
        maps.push((x, 6 * tail));

        let mut inputs = 6 * tail;
        for (index, outputs) in EXTRAS.into_iter().enumerate() {
            let (name, half) = (format!("model.backbone.extra.{index}"), outputs / 2);
            let narrow = Square::even(1, [inputs, half], 1);
            x = self.conv(&format!("{name}.0"), x, narrow, Some(Relu6));
            x = self.depthwise(
                &format!("{name}.1"),
                x,
                Square::even(3, [half; 2], 2),
                Relu6,
            );
            let widen = Square::even(1, [half, outputs], 1);
            x = self.conv(&format!("{name}.2"), x, widen, Some(Relu6));
            maps.push((x, outputs));
            inputs = outputs;
        }
        maps
    }

    fn block(&mut self, name: &str, input: NodeId, block: &Block) -> NodeId {
        let (mut x, mut part) = (input, 0);
        if block.wide != block.inputs {
            let expand = Square::even(1, [block.inputs, block.wide], 1);
            x = self.conv(&format!("{name}.0"), x, expand, Some(block.activation));
            part = 1;
        }
        x = self.rest_of_block(name, x, block, part);
        if block.stride == 1 && block.inputs == block.outputs {
            x = self.layers.builder.add(Op::Add, &[x, input]);
        }
        x
    }

    /// What follows the expansion: the parts from this one on.
    fn rest_of_block(&mut self, name: &str, input: NodeId, block: &Block, part: usize) -> NodeId {
        let depthwise = Square::even(block.kernel, [block.wide; 2], block.stride);
        let first = format!("{name}.{part}");
        let mut x = self.depthwise(&first, input, depthwise, block.activation);
        let mut part = part + 1;
        if block.squeeze {
            x = self.squeeze(&format!("{name}.{part}"), x, block.wide);
            part += 1;
        }
        let project = Square::even(1, [block.wide, block.outputs], 1);
        self.conv(&format!("{name}.{part}"), x, project, None)
    }

    /// Weighs each channel by a function of the means of all.
    fn squeeze(&mut self, name: &str, input: NodeId, channels: usize) -> NodeId {
        let squeezed = scaled(channels / 4, 1.0);
        let mean = self.layers.builder.add(Op::GlobalMean, &[input]);
        let fc1 = format!("{name}.fc1");
        let x = self.layers.pointwise(&fc1, mean, [channels, squeezed]);
        let x = self.layers.activation(Activation::Relu, x);
        let fc2 = format!("{name}.fc2");
        let x = self.layers.pointwise(&fc2, x, [squeezed, channels]);
        let weight = self.layers.activation(Activation::HardSigmoid, x);
        self.layers.builder.add(Op::Multiply, &[input, weight])
    }

    fn conv(
        &mut self,
        name: &str,
        input: NodeId,
        square: Square,
        activation: Option<Activation>,
    ) -> NodeId {
        let x = self.layers.conv(&format!("{name}.0"), input, square);
        let x = self.normed(name, x, square.outputs);
        match activation {
            Some(activation) => self.layers.activation(activation, x),
            None => x,
        }
    }

    fn depthwise(
        &mut self,
        name: &str,
        input: NodeId,
        square: Square,
        activation: Activation,
    ) -> NodeId {
        let x = self.layers.depthwise(&format!("{name}.0"), input, square);
        let x = self.normed(name, x, square.outputs);
        self.layers.activation(activation, x)
    }

    fn normed(&mut self, name: &str, input: NodeId, channels: usize) -> NodeId {
        let name = format!("{name}.1");
        self.layers.batch_norm_with(&name, input, channels, EPSILON)
    }
}
