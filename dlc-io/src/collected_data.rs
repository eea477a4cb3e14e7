use dlc_model::{Individuals, PoseTable};

/// What people labelled: `CollectedData_….h5` and `.csv`.
///
/// People do not say how sure they are: every likelihood is NaN. A body part that was not labelled
/// is missing.
#[derive(Clone, Debug, PartialEq)]
pub struct CollectedData {
    /// The person, as `scorer` in `config.yaml`.
    pub scorer: String,
    /// The pictures: `labeled-data/video/img0000.png`, whatever separates folders in the file.
    pub images: Vec<String>,
    /// The labels; row `i` is picture `i`.
    pub labels: Labels,
}

/// Labels of one animal, or of several.
#[derive(Clone, Debug, PartialEq)]
pub enum Labels {
    /// The labels of the animal.
    Animal(PoseTable),
    /// The labels of each animal, and of unique body parts.
    Animals(Individuals),
}

impl Labels {
    /// Returns the number of pictures.
    pub fn len(&self) -> usize {
        match self {
            Self::Animal(poses) => poses.len(),
            Self::Animals(individuals) => individuals.len(),
        }
    }

    /// Returns whether there is no picture.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the tables with the names of the animals, where they have one.
    pub fn tables(&self) -> Vec<(Option<&str>, &PoseTable)> {
        match self {
            Self::Animal(poses) => vec![(None, poses)],
            Self::Animals(all) => all
                .tables()
                .map(|(name, poses)| (Some(name), poses))
                .collect(),
        }
    }
}
