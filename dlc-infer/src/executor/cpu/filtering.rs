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

/// Transformed weights of a layer that are fetched while they are multiplied, in numbers.
const FETCHED: usize = 1 << 22;

/// Returns, for each node, the tiles that a convolution is faster in, if any.
///
/// A processor that multiplies `parts` of numbers in tiles of its own needs no filtering where those are
/// fewer than a number has, where weights would be fetched for longer than is multiplied, and in small
/// tiles.
pub(super) fn tiles(nodes: &[Node], parts: Option<Parts>) -> Vec<Option<Tile>> {
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
        let len = of_large(node)?;
        let is_large = stride < COARSE || is_cached;
        match parts {
            None if is_large => Some(Tile::Large),
            None => Some(Tile::Small),
            Some(Parts::Three) if is_large && len <= FETCHED => Some(Tile::Large),
            Some(_) => None,
        }
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
    fn processors_with_tiles_filter_where_weights_are_few() {
        let large = Some(Tile::Large);
        assert_eq!(tiles_of(256, Some(Parts::Three)), [large, large]);
        assert_eq!(tiles_of(512, Some(Parts::Three)), [None, None]);
        assert_eq!(tiles_of(256, Some(Parts::Two)), [None, None]);
    }
}
