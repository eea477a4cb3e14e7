use dlc_model::Bodypart;
use serde::{Deserialize, Serialize};

use crate::{Part, ProcessingMethod, Role, Sample, State};

/// One body part: its position, no head angle.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SinglePoint {
    /// The body part.
    pub bodypart: Bodypart,
}

impl SinglePoint {
    /// Creates the method.
    pub fn new(bodypart: impl Into<Bodypart>) -> Self {
        Self {
            bodypart: bodypart.into(),
        }
    }
}

impl<const D: usize> ProcessingMethod<D> for SinglePoint {
    fn parts(&self) -> Vec<Part> {
        vec![Part::new(Role::Point, self.bodypart.clone())]
    }

    fn learns(&self) -> bool {
        false
    }

    fn state(&mut self, sample: &Sample<'_, D>) -> State<D> {
        State::at(sample[0].position)
    }
}
