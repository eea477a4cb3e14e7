use dlc_model::legacy_scorer;

use crate::{
    DlcModel, Query, StoreError, Transaction, TransactionExt, name::DlcModelName, tables::DLC_MODEL,
};

/// A model, and what it was found by.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundModel {
    /// The model.
    pub model: DlcModel,
    /// What the text that was looked for is.
    pub by: FoundBy,
}

/// What a text that stands for a model is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FoundBy {
    /// The name under which the model is registered.
    Name,
    /// The name under which the model stores its results.
    Scorer,
}

/// An error returned when a text does not stand for one model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindModelError {
    /// No model has this name or this scorer.
    #[error(
        "no model has the name or the scorer {text:?}; registered: {}",
        list(registered)
    )]
    NoSuchModel {
        /// What was looked for.
        text: String,
        /// The names of all models.
        registered: Vec<DlcModelName>,
    },
    /// A scorer lacks the iteration and the training set's index, so that several models have it.
    #[error(
        "several models have the scorer {scorer:?}; name one of them: {}",
        list(models)
    )]
    Ambiguous {
        /// The scorer.
        scorer: String,
        /// The names of those that have it.
        models: Vec<DlcModelName>,
    },
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn list(names: &[DlcModelName]) -> String {
    match names {
        [] => "none".into(),
        names => {
            let names: Vec<&str> = names.iter().map(DlcModelName::as_str).collect();
            names.join(", ")
        }
    }
}

/// Finds the model that a name or a scorer stands for. A name comes first.
///
/// A scorer is found in all the forms that DeepLabCut gave it.
///
/// # Errors
///
/// Returns an error when no model or several have it.
pub fn find_model(rows: &mut dyn Transaction, text: &str) -> Result<FoundModel, FindModelError> {
    let mut models: Vec<DlcModel> = rows.fetch(&Query::of(&DLC_MODEL))?;
    if let Some(place) = models.iter().position(|model| model.name.as_str() == text) {
        return Ok(FoundModel {
            model: models.swap_remove(place),
            by: FoundBy::Name,
        });
    }
    let (mut found, others): (Vec<_>, Vec<_>) = models
        .into_iter()
        .partition(|model| is_scorer(&model.scorer, text));
    let names = |models: Vec<DlcModel>| models.into_iter().map(|model| model.name).collect();
    match (found.pop(), found.is_empty()) {
        (Some(model), true) => Ok(FoundModel {
            model,
            by: FoundBy::Scorer,
        }),
        (Some(model), false) => {
            found.push(model);
            Err(FindModelError::Ambiguous {
                scorer: text.into(),
                models: names(found),
            })
        }
        (None, _) => Err(FindModelError::NoSuchModel {
            text: text.into(),
            registered: names(others),
        }),
    }
}

fn is_scorer(scorer: &str, text: &str) -> bool {
    scorer == text || legacy_scorer(scorer) == text
}
