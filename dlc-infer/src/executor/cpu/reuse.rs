//! Which maps lie in the same memory.

use super::program::{BufferId, Factor, Output, Program, Step, StepOp};

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
            StepOp::Conv(_) | StepOp::Winograd(_) => {
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
        let views = self.inputs.iter().flat_map(|view| {
            let by = match view.factor {
                Some(Factor::Map(buffer)) => Some(buffer),
                _ => None,
            };
            [Some(view.buffer), by]
        });
        views.flatten().chain(self.residual)
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
        let (Output::Buffer(buffer) | Output::Head { input: buffer, .. }) = output;
        last[*buffer] = None;
    }
    last
}

/// Returns the slab of each map, and the length of each slab: that of the map whose place it takes, or
/// the smallest free one that is large enough, or else the largest, made larger.
pub(super) fn slabs(program: &Program, lens: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let last_uses = last_uses(program);
    let mut slabs: Vec<usize> = Vec::new();
    let mut free: Vec<usize> = Vec::new();
    let mut slabs_of = vec![usize::MAX; program.buffers];
    for (index, step) in program.steps.iter().enumerate() {
        let len = lens[step.output];
        let fitting = free.iter().copied().filter(|&slab| slabs[slab] >= len);
        let best = fitting.min_by_key(|&slab| slabs[slab]);
        let best = best.or_else(|| free.iter().copied().max_by_key(|&slab| slabs[slab]));
        let slab = match (step.in_place, best) {
            (Some(replaced), _) => slabs_of[replaced],
            (None, Some(slab)) => {
                free.retain(|&other| other != slab);
                slab
            }
            (None, None) => {
                slabs.push(0);
                slabs.len() - 1
            }
        };
        slabs[slab] = slabs[slab].max(len);
        slabs_of[step.output] = slab;
        let dead = (0..program.buffers)
            .filter(|&buffer| last_uses[buffer] == Some(index) && step.in_place != Some(buffer));
        free.extend(
            dead.map(|buffer| slabs_of[buffer])
                .filter(|&slab| slab != usize::MAX),
        );
    }
    (slabs_of, slabs)
}
