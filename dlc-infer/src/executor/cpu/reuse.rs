//! Which maps lie in the same memory.

use std::cmp::Reverse;

use super::program::{BufferId, Program, Step, StepOp};

/// Lets sums take the place of a map that nothing reads later: what is written is in the caches already,
/// and a map less is in memory.
pub(super) fn sum_in_place(program: &mut Program) {
    let last_uses = last_uses(program);
    for (index, step) in program.steps.iter_mut().enumerate() {
        let is_last = |buffer: BufferId| last_uses[buffer] == Some(index);
        step.in_place = match &step.op {
            StepOp::Sum => {
                let [first, second] = [0, 1].map(|at| step.is_replaceable(at, is_last));
                // Two terms may change places, more would be added up in another order.
                if !first && second && step.inputs.len() == 2 {
                    step.inputs.swap(0, 1);
                }
                let is_possible = step.is_replaceable(0, is_last);
                is_possible.then(|| step.inputs[0].buffer)
            }
            StepOp::Conv(layer) if layer.is_in_parts() => None,
            StepOp::Conv(_) | StepOp::Tiled(_) | StepOp::Strips(_) | StepOp::Winograd(_) => {
                let residual = step.residual;
                residual.filter(|&buffer| is_last(buffer) && step.reads_once(buffer))
            }
            _ => None,
        };
    }
}

impl Step {
    /// Returns the maps that the step reads, each as often as it is read.
    fn buffers(&self) -> impl Iterator<Item = BufferId> {
        let views = self.inputs.iter().flat_map(|view| view.buffers());
        views.chain(self.residual)
    }

    fn reads_once(&self, buffer: BufferId) -> bool {
        self.buffers().filter(|&read| read == buffer).count() == 1
    }

    /// Returns whether a sum can be written where an input lies.
    fn is_replaceable(&self, at: usize, is_last: impl Fn(BufferId) -> bool) -> bool {
        let view = self.inputs.get(at).filter(|view| view.upsample == 1);
        view.is_some_and(|view| is_last(view.buffer) && self.reads_once(view.buffer))
    }
}

/// Returns the last step that needs each map, or `None` for one that is needed for ever.
fn last_uses(program: &Program) -> Vec<Option<usize>> {
    let mut last: Vec<Option<usize>> = vec![Some(0); program.buffers];
    for (index, step) in program.steps.iter().enumerate() {
        for buffer in step.buffers().chain([step.output]) {
            last[buffer] = Some(index);
        }
    }
    for output in &program.outputs {
        for buffer in output.buffers() {
            last[buffer] = None;
        }
    }
    last
}

/// Maps that lie in the same place one after the other.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    len: usize,
    /// The steps that write the first and read the last of them.
    first: usize,
    last: usize,
}

impl Place {
    fn overlaps(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// Returns the slab of each map, and the length of each slab.
///
/// The longest maps are given theirs first, so that no slab grows. Of those that are free, a map takes
/// the one that was used last: it may still be in the caches.
pub(super) fn slabs(program: &Program, lens: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let (places, places_of) = places(program, lens);
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by_key(|&place| Reverse(places[place].len));
    let mut slabs: Vec<Vec<Place>> = Vec::new();
    let mut slab_of_place = vec![0; places.len()];
    for index in order {
        let place = places[index];
        let free = (0..slabs.len()).filter(|&slab| !slabs[slab].iter().any(|p| p.overlaps(&place)));
        let last_use = |&slab: &usize| {
            let before = slabs[slab].iter().filter(|other| other.last < place.first);
            before.map(|other| other.last).max()
        };
        let slab = free.max_by_key(last_use).unwrap_or(slabs.len());
        slabs.resize_with(slabs.len().max(slab + 1), Vec::new);
        slabs[slab].push(place);
        slab_of_place[index] = slab;
    }
    let slab_of = |&place: &usize| slab_of_place.get(place).copied().unwrap_or(usize::MAX);
    let slab_lens = slabs.iter().map(|slab| slab[0].len);
    (places_of.iter().map(slab_of).collect(), slab_lens.collect())
}

/// Returns the places of all maps, and which of them is each map's.
fn places(program: &Program, lens: &[usize]) -> (Vec<Place>, Vec<usize>) {
    let last_uses = last_uses(program);
    let mut places: Vec<Place> = Vec::new();
    let mut places_of = vec![usize::MAX; program.buffers];
    for (index, step) in program.steps.iter().enumerate() {
        let place = match step.in_place {
            Some(replaced) => places_of[replaced],
            None => {
                places.push(Place {
                    first: index,
                    ..Place::default()
                });
                places.len() - 1
            }
        };
        places_of[step.output] = place;
        let place = &mut places[place];
        place.len = place.len.max(lens[step.output]);
        place.last = last_uses[step.output].unwrap_or(usize::MAX);
    }
    (places, places_of)
}
