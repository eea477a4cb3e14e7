//! Which convolutions go through Winograd's filtering, and how.

use super::{
    amx::{Parts, Unit},
    strips::StripLayer,
    winograd::{self, Tile, WinogradLayer},
};
use crate::graph::{Conv, Node, Op};

/// Pixels a cell of maps that have so few large tiles that it takes longer to fetch their weights from
/// memory, four times as many as there were, than to multiply.
const COARSE: usize = 32;
/// Transformed weights that stay in the caches from frame to frame, in numbers.
const CACHED: usize = 1 << 23;

/// How a 3×3 convolution goes through Winograd's filtering.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Filtering {
    /// In tiles, by vectors.
    Tiles(Tile),
    /// In strips, by what multiplies tiles of a processor.
    Strips(Unit),
}

/// Returns, for each node, the filtering that makes a convolution faster, if any.
///
/// Where a processor multiplies tiles of its own, `tiling` says how many parts a number has there.
pub(super) fn filterings(nodes: &[Node], tiling: Option<(Unit, Parts)>) -> Vec<Option<Filtering>> {
    let strides = strides(nodes);
    let pairs = || nodes.iter().zip(&strides);
    let coarse = pairs().filter(|&(_, &stride)| stride >= COARSE);
    let of_large = |conv| winograd::transformed_len(conv, Tile::Large);
    let coarse = coarse.filter_map(|(node, _)| suitable(node)).map(of_large);
    let is_cached = coarse.sum::<usize>() <= CACHED;
    let filtering = |(node, &stride): (&Node, &usize)| {
        let conv = suitable(node)?;
        let is_large = stride < COARSE || is_cached;
        match tiling {
            None if is_large => Some(Filtering::Tiles(Tile::Large)),
            None => Some(Filtering::Tiles(Tile::Small)),
            Some((unit, Parts::Three)) if is_large => Some(match StripLayer::suits(conv) {
                true => Filtering::Strips(unit),
                false => Filtering::Tiles(Tile::Large),
            }),
            // Its tiles are faster than small ones of ours, and with fewer parts than any.
            Some(_) => None,
        }
    };
    pairs().map(filtering).collect()
}

/// Returns the convolution of a node that can be filtered.
fn suitable(node: &Node) -> Option<&Conv> {
    match &node.op {
        Op::Conv(conv) if WinogradLayer::suits(conv) => Some(conv),
        _ => None,
    }
}

/// Returns how many pixels of a frame lie between the cells of each map.
fn strides(nodes: &[Node]) -> Vec<usize> {
    let mut strides: Vec<usize> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let input = node.inputs.first().map_or(1, |id| strides[id.index()]);
        strides.push(match &node.op {
            Op::Conv(conv) => input * conv.stride,
            Op::MaxPool(pool) => input * pool.stride,
            Op::Deconv(deconv) => (input / deconv.stride).max(1),
            Op::Upsample(factor) => (input / factor).max(1),
            _ => input,
        });
    }
    strides
}

#[cfg(test)]
mod tests {
    use dlc_model::{InputScaling, Tensor};

    use super::*;
    use crate::graph::{Builder, Conv, MaxPool, Padding};

    fn conv(channels: usize) -> Op {
        let shape = vec![channels, channels, 3, 3];
        let len = shape.iter().product();
        Op::Conv(Conv {
            weight: Tensor::new(shape, vec![0.0; len]).unwrap(),
            bias: None,
            stride: 1,
            dilation: 1,
            groups: 1,
            padding: Padding::Even(1),
        })
    }

    /// The filterings of two convolutions, of fine and of coarse maps.
    fn of(channels: usize, parts: Option<Parts>) -> [Option<Filtering>; 2] {
        let mut builder = Builder::default();
        let input = builder.add(Op::Input(InputScaling::NONE), &[]);
        let fine = builder.add(conv(channels), &[input]);
        let coarser = Op::MaxPool(MaxPool {
            kernel: 2,
            stride: COARSE,
            padding: Padding::Same,
        });
        let pooled = builder.add(coarser, &[fine]);
        let coarse = builder.add(conv(channels), &[pooled]);
        let graph = builder.finish(vec![coarse]);
        let tiling = parts.map(|parts| (Unit::Plain, parts));
        let filterings = filterings(graph.nodes(), tiling);
        [fine, coarse].map(|id| filterings[id.index()])
    }

    #[test]
    fn coarse_maps_have_small_tiles_when_the_caches_do_not_hold_the_weights_of_large_ones() {
        let [large, small] = [Tile::Large, Tile::Small].map(|tile| Some(Filtering::Tiles(tile)));
        assert_eq!(of(8, None), [None, None]);
        assert_eq!(of(256, None), [large, large]);
        assert_eq!(of(512, None), [large, small]);
    }

    #[test]
    fn a_processor_with_tiles_takes_strips_where_they_are_full_and_numbers_are_whole() {
        let strips = Some(Filtering::Strips(Unit::Plain));
        let large = Some(Filtering::Tiles(Tile::Large));
        assert_eq!(of(32, Some(Parts::Three)), [strips, strips]);
        assert_eq!(of(18, Some(Parts::Three)), [large, large]);
        assert_eq!(of(512, Some(Parts::Three)), [strips, None]);
        assert_eq!(of(256, Some(Parts::Two)), [None, None]);
    }
}
