use dlc_model::{BodypartsError, ConfigFieldError};
use dlc_tracking::{BindPipelineError, ParamsError, steps::NumberError};

use crate::{
    MaybeTransient, StoreError,
    name::{
        ApparatusName, BodyPartName, DlcModelName, MethodName, NameError, TrackingParamsId,
        UserName,
    },
};

/// An error returned when a user cannot register.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BecomeRegistrarError {
    /// The user is no administrator.
    #[error(
        "{user} is no administrator; ask one of them: {}",
        list(administrators)
    )]
    NotAdministrator {
        /// The user.
        user: UserName,
        /// Who is one.
        administrators: Vec<UserName>,
    },
    /// Others are administrators already.
    #[error("the store has administrators already: {}", list(administrators))]
    Founded {
        /// Who is one.
        administrators: Vec<UserName>,
    },
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn list(users: &[UserName]) -> String {
    match users {
        [] => "there is none".into(),
        users => {
            let users: Vec<&str> = users.iter().map(UserName::as_str).collect();
            users.join(", ")
        }
    }
}

/// An error returned when a body part cannot be added.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterBodyPartError {
    /// There is one that is spelled nearly the same: one of both is likely a mistake.
    #[error("body part {name} is spelled nearly as {known}, which is known; force it to add both")]
    NearDuplicate {
        /// The new one.
        name: BodyPartName,
        /// The known one.
        known: BodyPartName,
    },
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An error returned when a model cannot be registered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterModelError {
    /// A model with the same key is registered.
    #[error("model {name} has the same {key}")]
    SameKey {
        /// The name of the other one.
        name: DlcModelName,
        /// The key of both.
        key: String,
    },
    /// Another model has this name.
    #[error("another model has the name {name}")]
    SameName {
        /// The name.
        name: DlcModelName,
    },
    /// The model was registered under this name otherwise.
    #[error("model {name} is registered with another {differing}")]
    Other {
        /// The name.
        name: DlcModelName,
        /// What differs, as the table names it.
        differing: String,
    },
    /// A number of the key does not fit the table.
    #[error("{field} = {found} does not fit the table")]
    OutOfRange {
        /// The number.
        field: &'static str,
        /// Its value.
        found: i64,
    },
    /// A body part cannot have this name.
    #[error("a body part of the model cannot be registered")]
    BodyPartName(#[from] NameError),
    /// A body part is spelled nearly as a known one.
    #[error(transparent)]
    BodyPart(#[from] RegisterBodyPartError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An error returned when an arena cannot be added.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddArenaError {
    /// A size that the shape needs is not given, or means nothing.
    #[error("{arena}: expected a {size} in mm above 0, found {}", shown(*found))]
    Size {
        /// The arena.
        arena: ApparatusName,
        /// Which size.
        size: &'static str,
        /// What is given.
        found: Option<f32>,
    },
    /// The sides of a square differ.
    #[error("{arena}: the sides of a square are equal, found {x_mm} mm and {y_mm} mm")]
    NotSquare {
        /// The arena.
        arena: ApparatusName,
        /// From left to right.
        x_mm: f32,
        /// From top to bottom.
        y_mm: f32,
    },
    /// The store cannot be used, or has another arena of that name.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn shown(size: Option<f32>) -> String {
    size.map_or_else(|| "none".into(), |size| size.to_string())
}

/// An error returned when parameters of tracking cannot be added.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddTrackingParamsError {
    /// A number is out of its range.
    #[error("parameters {id} cannot be used")]
    Number {
        /// The letter of the row.
        id: TrackingParamsId,
        /// Why not.
        #[source]
        source: NumberError,
    },
    /// Another row has the same parameters: all tracking would be made twice.
    #[error("parameters {known} are the same")]
    SameParams {
        /// The letter of the other row.
        known: TrackingParamsId,
    },
    /// The store cannot be used, or has other parameters under that letter.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An error returned when a processing method cannot be added.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddMethodError {
    /// The registry has no such method, or not with these parameters.
    #[error("method {name} cannot be used")]
    Method {
        /// The name of the row.
        name: MethodName,
        /// Why not.
        #[source]
        source: Box<BindPipelineError>,
    },
    /// The parameters cannot be stored.
    #[error("parameters of method {name} cannot be stored")]
    Params {
        /// The name of the row.
        name: MethodName,
        /// Why not.
        #[source]
        source: ParamsError,
    },
    /// Another row has the same function and the same parameters.
    #[error("method {known} is the same function with the same parameters")]
    SameParams {
        /// The name of the other row.
        known: MethodName,
    },
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An error returned when a method cannot be used with a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AllowMethodError {
    /// There is no such model.
    #[error("no model has the name {0}")]
    NoModel(DlcModelName),
    /// There is no such method.
    #[error("no processing method has the name {0}")]
    NoMethod(MethodName),
    /// The configuration that is stored with the model cannot be understood.
    #[error("the configuration stored with model {model} cannot be read")]
    Template {
        /// The model.
        model: DlcModelName,
        /// Why not.
        #[source]
        source: ConfigFieldError,
    },
    /// The configuration that is stored with the model has no body parts.
    #[error("the configuration stored with model {model} has no body parts")]
    Bodyparts {
        /// The model.
        model: DlcModelName,
        /// Why not.
        #[source]
        source: BodypartsError,
    },
    /// The stored parameters are not those of a pipeline.
    #[error("the parameters of method {method} cannot be read")]
    Params {
        /// The method.
        method: MethodName,
        /// Why not.
        #[source]
        source: ParamsError,
    },
    /// The model lacks body parts, or the method cannot be used at all.
    #[error("method {method} cannot work with model {model}")]
    DoesNotFit {
        /// The method.
        method: MethodName,
        /// The model.
        model: DlcModelName,
        /// Why not: it names the body parts that are missing.
        #[source]
        source: Box<BindPipelineError>,
    },
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

macro_rules! transient {
    ($($error:ident)*) => {$(
        impl MaybeTransient for $error {
            fn is_conflict(&self) -> bool {
                matches!(self, Self::Store(error) if error.is_conflict())
            }
        }
    )*};
}

transient!(AddArenaError AddMethodError AddTrackingParamsError AllowMethodError BecomeRegistrarError RegisterBodyPartError RegisterModelError);
