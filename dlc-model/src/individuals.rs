use crate::PoseTable;

/// What stands in the place of an individual's name for body parts that exist once in a scene.
pub const SINGLE: &str = "single";

/// One animal of several, and its keypoints.
#[derive(Clone, Debug, PartialEq)]
pub struct Individual {
    /// Its name, e.g., `mouse1`.
    pub name: String,
    /// Its keypoints; row `i` is frame `i` of the video.
    pub poses: PoseTable,
}

/// The keypoints of several animals in the frames of a video, and of what exists once in the
/// scene.
///
/// Each animal has a [`PoseTable`] of its own, so that what is made for one animal serves each of
/// several. All tables are equally long.
///
/// # Examples
///
/// ```
/// use dlc_model::{Bodyparts, Individual, Individuals, PoseTable};
///
/// let mut poses = PoseTable::new(Bodyparts::new(["snout", "tailbase"])?);
/// poses.extend_to(100);
/// let mice = ["mouse1", "mouse2"].map(|name| Individual {
///     name: name.into(),
///     poses: poses.clone(),
/// });
/// let individuals = Individuals::new(mice.into(), None)?;
///
/// assert_eq!(individuals.len(), 100);
/// assert!(individuals.get("mouse2").is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Individuals {
    animals: Vec<Individual>,
    unique: Option<PoseTable>,
}

impl Individuals {
    /// Creates the tables of a video; `unique` are the body parts that exist once in the scene.
    ///
    /// # Errors
    ///
    /// Returns an error when a name stands twice or is [`SINGLE`], when the tables are not equally
    /// long, or when there is none.
    pub fn new(
        animals: Vec<Individual>,
        unique: Option<PoseTable>,
    ) -> Result<Self, IndividualsError> {
        for (place, animal) in animals.iter().enumerate() {
            let name = &animal.name;
            if name == SINGLE || animals[..place].iter().any(|other| other.name == *name) {
                let name = name.clone();
                return Err(IndividualsError::Name { name });
            }
        }
        let mut lens = animals.iter().map(|animal| animal.poses.len());
        let mut lens = lens.by_ref().chain(unique.iter().map(PoseTable::len));
        let expected = lens.next().ok_or(IndividualsError::Empty)?;
        match lens.find(|&len| len != expected) {
            Some(found) => Err(IndividualsError::Len { expected, found }),
            None => Ok(Self { animals, unique }),
        }
    }

    /// Returns the animals, in the order of the file.
    pub fn animals(&self) -> &[Individual] {
        &self.animals
    }

    /// Returns the keypoints of what exists once in the scene.
    pub fn unique(&self) -> Option<&PoseTable> {
        self.unique.as_ref()
    }

    /// Returns the keypoints of an animal.
    pub fn get(&self, name: &str) -> Option<&PoseTable> {
        let mut animals = self.animals.iter();
        animals
            .find(|animal| animal.name == name)
            .map(|animal| &animal.poses)
    }

    /// Returns the number of frames.
    pub fn len(&self) -> usize {
        let mut tables = self.tables();
        tables.next().map_or(0, |(_, poses)| poses.len())
    }

    /// Returns whether there is no frame.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns all tables in the order of DeepLabCut's columns, under the names of its level
    /// `individuals`: the animals, then what exists once.
    pub fn tables(&self) -> impl Iterator<Item = (&str, &PoseTable)> {
        let animals = self.animals.iter();
        let animals = animals.map(|animal| (animal.name.as_str(), &animal.poses));
        animals.chain(self.unique.iter().map(|poses| (SINGLE, poses)))
    }
}

/// An error returned when tables do not make those of several animals.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum IndividualsError {
    /// There is no table.
    #[error("no individuals: expected at least one, or unique body parts")]
    Empty,
    /// A name stands twice, or is the one of unique body parts.
    #[error("individual {name:?} stands twice, or is named as unique body parts are")]
    Name {
        /// The name.
        name: String,
    },
    /// The tables are not equally long.
    #[error("a table has {found} frames: expected {expected}, as the first one")]
    Len {
        /// The number of frames of the first table.
        expected: usize,
        /// The number of frames of this one.
        found: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Bodyparts;

    fn poses(frames: usize) -> PoseTable {
        let mut poses = PoseTable::new(Bodyparts::new(["snout"]).unwrap());
        poses.extend_to(frames);
        poses
    }

    fn animal(name: &str, frames: usize) -> Individual {
        Individual {
            name: name.into(),
            poses: poses(frames),
        }
    }

    #[test]
    fn unique_body_parts_come_last_under_their_own_name() {
        let all = Individuals::new(vec![animal("a", 3), animal("b", 3)], Some(poses(3))).unwrap();

        let names: Vec<&str> = all.tables().map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "b", SINGLE]);
        assert_eq!(all.len(), 3);
        assert_eq!(all.get("c"), None);
    }

    #[test]
    fn equal_names_and_uneven_tables_are_refused() {
        let error = |animals| Individuals::new(animals, None).unwrap_err();

        assert_eq!(error(vec![]), IndividualsError::Empty);
        let name = |name: &str| IndividualsError::Name { name: name.into() };
        assert_eq!(error(vec![animal("a", 1), animal("a", 1)]), name("a"));
        assert_eq!(error(vec![animal(SINGLE, 1)]), name(SINGLE));
        let (expected, found) = (1, 2);
        assert_eq!(
            error(vec![animal("a", 1), animal("b", 2)]),
            IndividualsError::Len { expected, found }
        );
    }
}
