use crate::{Bodypart, Bodyparts};

/// Other spellings of body parts, e.g., `left_ear` for `leftear`.
///
/// Body parts are compared exactly everywhere; a table of aliases is the one place where
/// spellings are declared to mean the same.
///
/// # Examples
///
/// ```
/// use dlc_model::{BodypartAliases, Bodyparts};
///
/// let model = Bodyparts::new(["snout", "leftear"])?;
/// let aliases = BodypartAliases::new([("left_ear", "leftear"), ("nose", "snout")])?;
///
/// assert_eq!(aliases.position(&model, "left_ear"), Ok(1));
/// assert_eq!(
///     aliases.position(&model, "Left-Ear").unwrap_err().to_string(),
///     "no body part \"Left-Ear\" among snout, leftear; it resembles leftear"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct BodypartAliases(Vec<(Bodypart, Bodypart)>);

impl BodypartAliases {
    /// Creates a table from pairs of an alias and the name it stands for.
    ///
    /// # Errors
    ///
    /// Returns an error when an alias stands for two names or is itself the name behind another.
    pub fn new<A, N>(pairs: impl IntoIterator<Item = (A, N)>) -> Result<Self, BodypartAliasError>
    where
        A: Into<Bodypart>,
        N: Into<Bodypart>,
    {
        let mut table: Vec<(Bodypart, Bodypart)> = Vec::new();
        for (alias, name) in pairs {
            let (alias, name) = (alias.into(), name.into());
            match table.iter().find(|(known, _)| *known == alias) {
                Some((_, other)) if *other == name => continue,
                Some((_, other)) => {
                    let names = [other.clone(), name];
                    return Err(BodypartAliasError::Ambiguous { alias, names });
                }
                None => table.push((alias, name)),
            }
        }
        let names: std::collections::HashSet<_> = table.iter().map(|(_, name)| name).collect();
        match table.iter().find(|(alias, _)| names.contains(alias)) {
            Some((alias, _)) => Err(BodypartAliasError::Chained {
                alias: alias.clone(),
            }),
            None => Ok(Self(table)),
        }
    }

    /// Returns the name that a spelling stands for; one that is no alias stands for itself.
    pub fn canonical<'a>(&'a self, spelling: &'a str) -> &'a str {
        let mut table = self.0.iter();
        table
            .find_map(|(alias, name)| (alias.as_str() == spelling).then_some(name.as_str()))
            .unwrap_or(spelling)
    }

    /// Returns the place of a body part in the order of a model: of its exact name, or of the one
    /// name of the model that stands for the same.
    ///
    /// # Errors
    ///
    /// Returns an error that names what resembles it, when there is no such body part or when
    /// several names of the model stand for the same.
    pub fn position(&self, model: &Bodyparts, name: &str) -> Result<usize, FindBodypartError> {
        if let Some(position) = model.position(name) {
            return Ok(position);
        }
        let wanted = self.canonical(name);
        let same = |part: &Bodypart| self.canonical(part.as_str()) == wanted;
        let mut places = (0..model.len()).filter(|place| same(&model[*place]));
        match (places.next(), places.next()) {
            (Some(place), None) => Ok(place),
            _ => Err(FindBodypartError {
                name: name.into(),
                bodyparts: model.to_vec(),
            }),
        }
    }
}

/// An error returned when aliases contradict each other.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BodypartAliasError {
    /// An alias stands for two names.
    #[error("alias {alias} stands for both {} and {}", names[0], names[1])]
    Ambiguous {
        /// The alias.
        alias: Bodypart,
        /// The names.
        names: [Bodypart; 2],
    },
    /// An alias is the name behind another alias.
    #[error("alias {alias} is also a name that another alias stands for")]
    Chained {
        /// The alias.
        alias: Bodypart,
    },
}

/// An error returned when a body part is not one of a model.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no body part {name:?} among {}{}", join(bodyparts.iter()), hint(name, bodyparts))]
pub struct FindBodypartError {
    name: String,
    bodyparts: Vec<Bodypart>,
}

impl FindBodypartError {
    /// Returns the body parts of the model whose spelling resembles what was looked for.
    pub fn resembling(&self) -> impl Iterator<Item = &Bodypart> {
        let wanted = Bodypart::from(self.name.as_str());
        self.bodyparts
            .iter()
            .filter(move |part| part.resembles(&wanted))
    }
}

fn hint(name: &str, bodyparts: &[Bodypart]) -> String {
    let wanted = Bodypart::from(name);
    let mut similar = bodyparts
        .iter()
        .filter(|part| part.resembles(&wanted))
        .peekable();
    match similar.peek() {
        Some(_) => format!("; it resembles {}", join(similar)),
        None => String::new(),
    }
}

fn join<'a>(bodyparts: impl Iterator<Item = &'a Bodypart>) -> String {
    bodyparts
        .map(Bodypart::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_leads_either_way() {
        let aliases = BodypartAliases::new([("left_ear", "leftear")]).unwrap();
        let model = Bodyparts::new(["snout", "left_ear"]).unwrap();

        assert_eq!(aliases.position(&model, "leftear"), Ok(1));
        assert_eq!(aliases.position(&model, "left_ear"), Ok(1));
    }

    #[test]
    fn the_exact_name_comes_before_an_alias() {
        let aliases = BodypartAliases::new([("left_ear", "leftear")]).unwrap();
        let model = Bodyparts::new(["leftear", "left_ear"]).unwrap();

        assert_eq!(aliases.position(&model, "left_ear"), Ok(1));
    }

    #[test]
    fn nothing_is_guessed_between_two_names() {
        let aliases = BodypartAliases::new([("l_ear", "ear"), ("left_ear", "ear")]).unwrap();
        let model = Bodyparts::new(["l_ear", "left_ear"]).unwrap();

        assert!(aliases.position(&model, "ear").is_err());
    }

    #[test]
    fn tables_that_contradict_themselves_are_refused() {
        assert!(BodypartAliases::new([("a", "b"), ("a", "c")]).is_err());
        assert!(BodypartAliases::new([("a", "b"), ("b", "c")]).is_err());
        assert!(BodypartAliases::new([("a", "a")]).is_err());
        assert!(BodypartAliases::new([("a", "b"), ("a", "b")]).is_ok());
    }
}
