//! Which convolutions go through Winograd's filtering, and in which tiles.

use super::{
    amx::Parts,
    winograd::{self, Tile, WinogradLayer},
};
use crate::graph::{Node, Op};

/// Pixels a cell of maps that have so few large tiles that it takes longer to fetch their weights from
/// memory, four times as many as there were, than to multiply.
const COARSE: usize = 32;
/// Transformed weights that stay in the caches from frame to frame, in numbers.
const CACHED: usize = 1 << 23;

/// Returns, for each node, the tiles that a convolution is faster in, if any.
///
/// A processor that multiplies `parts` of numbers in its own tiles is faster in those, but for large
/// tiles of whole numbers.
pub(super) fn tiles(nodes: &[Node], parts: Option<Parts>) -> Vec<Option<Tile>> {
    let suits = |tile: &Tile| match (tile, parts) {
        (_, None) | (Tile::Large, Some(Parts::Three)) => true,
        (_, Some(_)) => false,
    };
    let strides = strides(nodes);
    let pairs = || nodes.iter().zip(&strides);
    let of_large = |node: &Node| match &node.op {
        Op::Conv(conv) if WinogradLayer::suits(conv) => {
            Some(winograd::transformed_len(conv, Tile::Large))
        }
        _ => None,
    };
    let coarse = pairs().filter(|&(_, &stride)| stride >= COARSE);
    let is_cached = coarse.filter_map(|(node, _)| of_large(node)).sum::<usize>() <= CACHED;
    let tile = |(node, &stride): (&Node, &usize)| {
        let tile = of_large(node).map(|_| match stride < COARSE || is_cached {
            true => Tile::Large,
            false => Tile::Small,
        });
        tile.filter(suits)
    };
    pairs().map(tile).collect()
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

    /// The tiles of two convolutions, of fine and of coarse maps.
    fn tiles_of(channels: usize, parts: Option<Parts>) -> [Option<Tile>; 2] {
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
        let tiles = tiles(graph.nodes(), parts);
        [fine, coarse].map(|id| tiles[id.index()])
    }

    #[test]
    fn coarse_maps_have_small_tiles_when_the_caches_do_not_hold_the_weights_of_large_ones() {
        let (large, small) = (Some(Tile::Large), Some(Tile::Small));
        assert_eq!(tiles_of(8, None), [None, None]);
        assert_eq!(tiles_of(256, None), [large, large]);
        assert_eq!(tiles_of(512, None), [large, small]);
    }

    #[test]
    fn tiles_of_the_processor_are_faster_than_small_ones_and_with_fewer_parts_than_large_ones() {
        assert_eq!(tiles_of(512, Some(Parts::Three)), [Some(Tile::Large), None]);
        assert_eq!(tiles_of(512, Some(Parts::Two)), [None, None]);
    }
}
