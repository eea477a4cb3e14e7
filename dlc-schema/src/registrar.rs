mod arena;
mod error;
mod method;
mod model;
mod tracking_params;

pub use self::{
    error::{
        AddArenaError, AddMethodError, AddTrackingParamsError, AllowMethodError,
        BecomeRegistrarError, RegisterBodyPartError, RegisterModelError,
    },
    model::{ModelRegistration, RegisteredModel},
};
use crate::{
    Administrator, Entity, Query, Store, StoreError, StoreExt, TrackedBodyPart, Transaction,
    TransactionExt,
    name::{BodyPartName, UserName},
    tables::{ADMINISTRATORS, TRACKED_BODY_PART},
};

/// The right to register models and methods.
///
/// Who has only a store can look, and map recordings to what is registered
/// ([`map_recording`](crate::map_recording)). A database with users of its own should also not permit
/// others to write into the tables of models and methods.
pub struct Registrar<'s> {
    store: &'s dyn Store,
    user: UserName,
}

impl std::fmt::Debug for Registrar<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registrar")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl<'s> Registrar<'s> {
    /// Makes a user the first administrator of a store that has none.
    ///
    /// # Errors
    ///
    /// Returns an error when the store has administrators.
    pub fn found(store: &'s dyn Store, user: UserName) -> Result<Self, BecomeRegistrarError> {
        store.write(|rows| {
            let administrators = administrators(rows)?;
            if !administrators.is_empty() {
                return Err(BecomeRegistrarError::Founded { administrators });
            }
            Ok(rows.put(&Administrator { user: user.clone() })?)
        })?;
        Ok(Self { store, user })
    }

    /// Takes the right of a user who is an administrator.
    ///
    /// # Errors
    ///
    /// Returns an error when the user is none.
    pub fn open(store: &'s dyn Store, user: UserName) -> Result<Self, BecomeRegistrarError> {
        let administrators = store.read(administrators)?;
        match administrators.contains(&user) {
            true => Ok(Self { store, user }),
            false => Err(BecomeRegistrarError::NotAdministrator {
                user,
                administrators,
            }),
        }
    }

    /// Takes the right of a user who is an administrator, or makes the user the first one of a store that
    /// has none.
    ///
    /// # Errors
    ///
    /// Returns an error when the store has administrators and the user is none.
    pub fn open_or_found(
        store: &'s dyn Store,
        user: UserName,
    ) -> Result<Self, BecomeRegistrarError> {
        match Self::found(store, user.clone()) {
            Err(BecomeRegistrarError::Founded { .. }) => Self::open(store, user),
            result => result,
        }
    }

    /// Returns the store.
    pub fn store(&self) -> &'s dyn Store {
        self.store
    }

    /// Gives another user the same right.
    ///
    /// # Errors
    ///
    /// Returns an error when the store cannot be changed.
    pub fn add_administrator(&self, user: UserName) -> Result<(), StoreError> {
        self.add(&Administrator { user }).map(drop)
    }

    /// Adds a row of a lookup table, or of any other, unless the same one is there; returns whether it is
    /// new.
    ///
    /// Models, methods, body parts, arenas and parameters have functions of their own, which check more.
    ///
    /// # Errors
    ///
    /// Returns an error when the table cannot take the row, or has one with its key that says something
    /// else.
    pub fn add<T: Entity>(&self, value: &T) -> Result<bool, StoreError> {
        self.store.write(|rows| rows.put_same(value))
    }

    /// Adds a body part that models may track. `forced` adds also one that is spelled nearly as
    /// another.
    ///
    /// # Errors
    ///
    /// Returns an error when there is one that is spelled nearly the same, such as `left_ear` beside
    /// `leftear`.
    pub fn add_body_part(
        &self,
        name: BodyPartName,
        forced: bool,
    ) -> Result<(), RegisterBodyPartError> {
        self.store
            .write(|rows| add_body_part(rows, &name, forced).map(|_| ()))
    }
}

fn administrators(rows: &mut dyn Transaction) -> Result<Vec<UserName>, StoreError> {
    let rows: Vec<Administrator> = rows.fetch(&Query::of(&ADMINISTRATORS))?;
    Ok(rows.into_iter().map(|row| row.user).collect())
}

/// Adds a body part; returns whether it is new.
fn add_body_part(
    rows: &mut dyn Transaction,
    name: &BodyPartName,
    forced: bool,
) -> Result<bool, RegisterBodyPartError> {
    let known: Vec<TrackedBodyPart> = rows.fetch(&Query::of(&TRACKED_BODY_PART))?;
    if known.iter().any(|part| part.name == *name) {
        return Ok(false);
    }
    let bodypart = |name: &BodyPartName| dlc_model::Bodypart::from(name.as_str());
    let near = known
        .into_iter()
        .find(|part| bodypart(&part.name).resembles(&bodypart(name)));
    match near.filter(|_| !forced) {
        Some(known) => Err(RegisterBodyPartError::NearDuplicate {
            name: name.clone(),
            known: known.name,
        }),
        None => {
            rows.put(&TrackedBodyPart { name: name.clone() })?;
            Ok(true)
        }
    }
}
