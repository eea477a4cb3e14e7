//! Runs a graph on the CPU, with all that its instructions and caches can do.
//!
//! Maps lie in blocks of as many channels as an instruction handles ([`shape`]), from the first
//! step to the last. A graph becomes a list of steps ([`program`]) in which biases, sums and
//! activations happen while a number is in a register, and normalisations by the frame's own
//! statistics where the map is read next ([`source`]). One inner loop ([`tile`]) serves every
//! convolution. The kernels are written once, generic over the instruction set ([`isa`]). Several
//! pictures run side by side ([`Cpu`]), so that threads wait for each other once a picture and not
//! once a step.

mod aligned;
mod amx;
mod awake;
mod bfloat;
mod conv;
mod deconv;
mod depthwise;
mod filtering;
mod isa;
mod memory;
mod network;
mod norm;
mod program;
mod reuse;
mod rows;
mod shape;
mod simple;
mod source;
mod strips;
mod tile;
mod tiled;
mod vectors;
mod winograd;

use rayon::prelude::*;

pub use self::isa::InstructionSet;

use self::{awake::awake, memory::Memory, network::Network};
use super::{Array, Executor, ExecutorError, Peak, Pictures};
use crate::{graph::Graph, precision::Precision};

/// Pictures that run side by side, at most: each needs memory of its own.
const SIDE_BY_SIDE: usize = 4;

/// Runs a graph on the CPU.
#[derive(Debug)]
pub(crate) struct Cpu {
    network: Network,
    /// For pictures of the size of the last ones.
    memories: Vec<Memory>,
}

impl Cpu {
    /// Packs the weights of a graph for an instruction set that this processor has, and a precision
    /// that those instructions have.
    pub(crate) fn new(graph: Graph, isa: InstructionSet, precision: Precision) -> Self {
        Self {
            network: Network::new(graph, isa, precision),
            memories: Vec::new(),
        }
    }

    /// Runs a batch and returns what `read` finds in each memory: of all pictures together where
    /// they depend on each other, or else of each picture.
    fn run<T: Send>(
        &mut self,
        input: Pictures<'_>,
        read: impl Fn(&Network, &Memory) -> T + Sync,
    ) -> Vec<T> {
        let parts = match self.network.needs_whole_batch() {
            true => vec![input],
            false => input.each(),
        };
        let size = parts[0].size();
        let threads = rayon::current_num_threads();
        let side_by_side = self.at_once().min(parts.len());
        self.memories.retain(|memory| memory.size() == size);
        while self.memories.len() < side_by_side {
            self.memories.push(self.network.plan(size));
        }
        let mut found = Vec::with_capacity(parts.len());
        for group in parts.chunks(side_by_side) {
            let share = threads / group.len();
            let work = |(memory, input): (&mut Memory, &Pictures<'_>)| {
                self.network.run(input, memory, share);
                read(&self.network, memory)
            };
            let pairs = self.memories.par_iter_mut().zip(group);
            match group.len() {
                1 => found.extend(awake(|| pairs.map(work).collect::<Vec<T>>())),
                _ => found.par_extend(pairs.map(work)),
            }
        }
        found
    }
}

impl Executor for Cpu {
    fn at_once(&self) -> usize {
        match self.network.needs_whole_batch() {
            true => 1,
            false => rayon::current_num_threads().min(SIDE_BY_SIDE),
        }
    }

    fn outputs(&mut self, input: Pictures<'_>) -> Result<Vec<Array>, ExecutorError> {
        let count = self.network.outputs();
        let parts = self.run(input, |network, memory| {
            let outputs = 0..count;
            outputs
                .map(|index| network.output(index, memory))
                .collect::<Vec<_>>()
        });
        let joined = |index: usize| {
            let arrays = || parts.iter().map(|outputs| &outputs[index]);
            let [_, channels, height, width] = parts[0][index].shape;
            Array {
                shape: [
                    arrays().map(|array| array.shape[0]).sum(),
                    channels,
                    height,
                    width,
                ],
                values: arrays()
                    .flat_map(|array| array.values.iter().copied())
                    .collect(),
            }
        };
        Ok((0..count).map(joined).collect())
    }

    fn peaks(&mut self, input: Pictures<'_>) -> Result<Vec<Vec<Peak>>, ExecutorError> {
        let parts = self.run(input, Network::peaks);
        Ok(parts.into_iter().flatten().collect())
    }
}
