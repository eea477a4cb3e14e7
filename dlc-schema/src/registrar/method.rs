use dlc_model::{BodypartAliases, Value};
use dlc_tracking::{BindPipelineError, Params, Pipeline, PipelineParams, Registry};

use super::{AddMethodError, AllowMethodError, Registrar};
use crate::{
    DlcModel, DlcProcessingMethod, DlcTrackingProcessingMethod, DlcTrackingType, Entity as _,
    Query, Row, StoreExt, TransactionExt, bodyparts_of,
    name::{DlcModelName, MethodName, TrackingTypeName},
    tables::DLC_TRACKING_PROCESSING_METHOD,
};

impl Registrar<'_> {
    /// Adds a processing method: a function of `registry` with parameters, all defaults of which are
    /// stored; returns whether it is new. One that is there just so stays as it is, with its description.
    ///
    /// # Errors
    ///
    /// Returns an error when the registry has no such function with such parameters, when a method with
    /// the same ones has another name, when the name has another method, or when something is too long
    /// for its table.
    pub fn add_method(
        &self,
        name: MethodName,
        description: impl Into<String>,
        pipeline: &Pipeline,
        tracking_type: TrackingTypeName,
        registry: &Registry<2>,
    ) -> Result<bool, AddMethodError> {
        let unusable = |source| AddMethodError::Method {
            name: name.clone(),
            source: Box::new(source),
        };
        let complete = pipeline.complete(registry);
        let complete = complete.map_err(|error| unusable(BindPipelineError::from(error)))?;
        let params = Params::of(&complete.params).and_then(|params| {
            let value: Value = params.to()?;
            Ok((value, params.hash()))
        });
        let (params, hash) = params.map_err(|source| AddMethodError::Params {
            name: name.clone(),
            source,
        })?;
        let row = DlcTrackingProcessingMethod {
            name: name.clone(),
            description: description.into(),
            params,
            tracking_type,
            function_to_invoke: complete.function_to_invoke,
            param_hash: hash.bytes(),
        };
        self.store.write(|rows| {
            let same = Query::of(&DLC_TRACKING_PROCESSING_METHOD).with_all(row.row().only(&[
                "function_to_invoke",
                "param_hash",
                "applicable_tracking_type",
            ]));
            let same: Vec<DlcTrackingProcessingMethod> = rows.fetch(&same)?;
            if same.iter().any(|known| known.name == row.name) {
                return Ok(false);
            }
            rows.put_missing(&DlcTrackingType {
                name: row.tracking_type.clone(),
            })?;
            match same.into_iter().next() {
                Some(known) => Err(AddMethodError::SameParams { known: known.name }),
                None => Ok(rows.put_same(&row)?),
            }
        })
    }

    /// Lets a method be used with a model, which must have all the body parts that it needs.
    ///
    /// # Errors
    ///
    /// Returns an error when there is no such model or method, and when the method cannot work with
    /// the model: it names the body parts that are missing.
    pub fn allow_method(
        &self,
        model: &DlcModelName,
        method: &MethodName,
        description: impl Into<String>,
        registry: &Registry<2>,
        aliases: &BodypartAliases,
    ) -> Result<(), AllowMethodError> {
        let description = description.into();
        self.store.write(|rows| {
            let key = Row::new().with("dlc_model", model.as_str());
            let found: Option<DlcModel> = rows.find(key)?;
            let found = found.ok_or_else(|| AllowMethodError::NoModel(model.clone()))?;
            let key = Row::new().with("dlc_tracking_processing_method", method.as_str());
            let row: Option<DlcTrackingProcessingMethod> = rows.find(key)?;
            let row = row.ok_or_else(|| AllowMethodError::NoMethod(method.clone()))?;
            check(&found, &row, registry, aliases)?;
            rows.put_missing(&DlcProcessingMethod {
                model: model.clone(),
                method: method.clone(),
                description: description.clone(),
            })?;
            Ok(())
        })
    }
}

/// Checks that a method can work with a model.
fn check(
    model: &DlcModel,
    method: &DlcTrackingProcessingMethod,
    registry: &Registry<2>,
    aliases: &BodypartAliases,
) -> Result<(), AllowMethodError> {
    let bodyparts = bodyparts_of(model)?;
    let does_not_fit = |source| AllowMethodError::DoesNotFit {
        method: method.name.clone(),
        model: model.name.clone(),
        source: Box::new(source),
    };
    let pipeline = method.pipeline()?;
    let bound = pipeline.bind(registry, &bodyparts, aliases);
    bound.map(|_| ()).map_err(does_not_fit)
}

impl DlcTrackingProcessingMethod {
    /// Returns the steps, the function and its parameters.
    ///
    /// # Errors
    ///
    /// Returns an error when the stored parameters are not those of a pipeline.
    pub fn pipeline(&self) -> Result<Pipeline, AllowMethodError> {
        let params: Result<PipelineParams, _> =
            Params::of(&self.params).and_then(|params| params.to());
        let params = params.map_err(|source| AllowMethodError::Params {
            method: self.name.clone(),
            source,
        })?;
        Ok(Pipeline {
            function_to_invoke: self.function_to_invoke.clone(),
            params,
        })
    }
}
