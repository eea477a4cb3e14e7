use dlc_model::{Bodyparts, ModelIdentity, Value};

use super::{RegisterModelError, Registrar, add_body_part};
use crate::{
    DlcModel, DlcModelIdentity, DlcModelPath, Entity as _, Query, Row, StoreExt, Transaction,
    TransactionExt,
    name::{BodyPartName, DlcModelName, RepositoryName},
    tables::DLC_MODEL,
};

/// A model as it is to be registered: what a project's folder tells, and a name.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelRegistration {
    /// The name under which users will find it.
    pub name: DlcModelName,
    /// What the model is.
    pub identity: ModelIdentity,
    /// The body parts that it tracks.
    pub bodyparts: Bodyparts,
    /// The project's `config.yaml`.
    pub config_template: Value,
    /// The repository that the project is in.
    pub repository: RepositoryName,
    /// The project's folder, from the path of the repository.
    pub project_path: String,
    /// What a person should know.
    pub description: String,
    /// Whether body parts that are spelled nearly as known ones are added.
    pub forced: bool,
}

/// What came of a registration.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct RegisteredModel {
    /// Whether it was registered before, just so.
    pub was_there: bool,
    /// Other models that store their results under the same name, and which results do not tell
    /// apart.
    pub same_scorer: Vec<DlcModelName>,
    /// Body parts that were not known before.
    pub new_body_parts: Vec<BodyPartName>,
}

impl Registrar<'_> {
    /// Registers a model. One that is registered just so stays as it is.
    ///
    /// # Errors
    ///
    /// Returns an error when another model with the same key (task, date, iteration, shuffle, training set
    /// index and snapshot index) or the same name is registered, when a body part is spelled nearly
    /// as a known one and is not forced, or when something is too long for its table. Nothing has
    /// changed then.
    pub fn register_model(
        &self,
        registration: &ModelRegistration,
    ) -> Result<RegisteredModel, RegisterModelError> {
        let model = row(registration)?;
        self.store
            .write(|rows| register(rows, registration, &model))
    }
}

fn register(
    rows: &mut dyn Transaction,
    registration: &ModelRegistration,
    model: &DlcModel,
) -> Result<RegisteredModel, RegisterModelError> {
    let known: Vec<DlcModel> = rows.fetch(&Query::of(&DLC_MODEL))?;
    let mut registered = RegisteredModel::default();
    let named = known.iter().find(|known| known.name == model.name);
    if let Some(same) = named.filter(|named| key(named) == key(model)) {
        check_same(rows, registration, same, model)?;
        registered.was_there = true;
        return Ok(registered);
    }
    if let Some(same) = known.iter().find(|known| key(known) == key(model)) {
        return Err(RegisterModelError::SameKey {
            name: same.name.clone(),
            key: registration.identity.key.to_string(),
        });
    }
    if named.is_some() {
        let name = model.name.clone();
        return Err(RegisterModelError::SameName { name });
    }
    for bodypart in registration.bodyparts.iter() {
        let name = BodyPartName::new(bodypart.as_str())?;
        if add_body_part(rows, &name, registration.forced)? {
            registered.new_body_parts.push(name);
        }
    }
    let same_scorer = known
        .into_iter()
        .filter(|other| other.scorer == model.scorer);
    registered.same_scorer = same_scorer.map(|other| other.name).collect();
    rows.put(model)?;
    rows.put(&path_row(registration))?;
    rows.put(&identity_row(registration))?;
    Ok(registered)
}

/// Checks that a model is registered as it is told again.
fn check_same(
    rows: &mut dyn Transaction,
    registration: &ModelRegistration,
    known: &DlcModel,
    model: &DlcModel,
) -> Result<(), RegisterModelError> {
    let other = |known: &Row, told: &Row| {
        let mut differing = told
            .iter()
            .filter(|(name, cell)| known.cell(name) != Some(cell));
        match differing.next() {
            Some((name, _)) => Err(RegisterModelError::Other {
                name: model.name.clone(),
                differing: name.into(),
            }),
            None => Ok(()),
        }
    };
    // A description that is not told again is not another one.
    let described = match model.description.is_empty() {
        true => known.description.clone(),
        false => model.description.clone(),
    };
    let told = DlcModel {
        description: described,
        ..model.clone()
    };
    other(&known.row(), &told.row())?;
    let name = Row::new().with("dlc_model", model.name.as_str());
    let path: Option<DlcModelPath> = rows.find(name.clone())?;
    if let Some(path) = path {
        other(&path.row(), &path_row(registration).row())?;
    }
    let identity: Option<DlcModelIdentity> = rows.find(name)?;
    identity.map_or(Ok(()), |identity| {
        other(&identity.row(), &identity_row(registration).row())
    })
}

fn path_row(registration: &ModelRegistration) -> DlcModelPath {
    DlcModelPath {
        model: registration.name.clone(),
        project_path: registration.project_path.clone(),
        repository: registration.repository.clone(),
    }
}

fn identity_row(registration: &ModelRegistration) -> DlcModelIdentity {
    DlcModelIdentity {
        model: registration.name.clone(),
        engine: registration.identity.engine,
        training_fraction: registration.identity.training_fraction.get(),
        snapshot: registration.identity.snapshot.to_string(),
    }
}

fn key(model: &DlcModel) -> (&str, &str, [i32; 4]) {
    let numbers = [
        model.iteration,
        model.shuffle,
        model.trainingset_index,
        model.snapshot_index,
    ];
    (&model.task, &model.date, numbers)
}

fn row(registration: &ModelRegistration) -> Result<DlcModel, RegisterModelError> {
    let key = &registration.identity.key;
    Ok(DlcModel {
        name: registration.name.clone(),
        task: key.task.clone(),
        date: key.date.clone(),
        iteration: int("iteration", key.iteration.into())?,
        snapshot_index: int("snapshot index", key.snapshot_index)?,
        shuffle: int("shuffle", key.shuffle.into())?,
        trainingset_index: int("trainingset index", key.trainingset_index.into())?,
        scorer: registration.identity.scorer.to_string(),
        config_template: registration.config_template.clone(),
        description: registration.description.clone(),
    })
}

fn int(field: &'static str, found: i64) -> Result<i32, RegisterModelError> {
    i32::try_from(found).map_err(|_| RegisterModelError::OutOfRange { field, found })
}
