use dlc_model::{Bodypart, BodypartAliases, Bodyparts};
use serde::{Deserialize, Serialize};

use crate::{
    BindError, Bound, BuildMethodError, ParamHash, ParameterError, Params, ParamsError,
    ProcessingMethod, RawParams, Registry, Space, TrackingRaw, Tracks,
    bind::PartTrack,
    states::StatesBuilder,
    steps::{GapFilling, JumpRemoval, LikelihoodMask, Smoothing},
    time::Clock,
};

/// All that makes the raw state of a recording of its body parts: steps, a method, and how its
/// states are stored. It is saved as a row of `DLCTrackingProcessingMethod`.
///
/// # Examples
///
/// ```
/// use dlc_model::{BodypartAliases, Bodyparts, Keypoint, PoseTable};
/// use dlc_tracking::{Pipeline, Registry, Tracks, time::Clock};
///
/// let pipeline = Pipeline {
///     function_to_invoke: "two_point_left_right".into(),
///     params: serde_json::from_str(
///         r#"{
///             "steps": [{"likelihood_mask": {"cutoff": {"fixed": 0.6}}}, {"gap_filling": {}}],
///             "method": {"left": "leftear", "right": "rightear"}
///         }"#,
///     )?,
/// };
///
/// let mut poses = PoseTable::new(Bodyparts::new(["leftear", "rightear"])?);
/// let ear = |x: f64| Keypoint::new(x, 50.0, 0.9);
/// poses.set(0, &[ear(10.0), ear(30.0)]);
/// poses.set(1, &[Keypoint::new(900.0, 9.0, 0.1), ear(40.0)]);
/// poses.set(2, &[ear(30.0), ear(50.0)]);
///
/// let registry = Registry::standard();
/// let aliases = BodypartAliases::default();
/// let mut bound = pipeline.bind(&registry, poses.bodyparts(), &aliases)?;
/// let raw = bound.raw(&Tracks::from(&poses), Clock::new(&[0.0, 0.025, 0.05])?);
///
/// assert_eq!(raw.states.positions()[1], [30.0, 50.0]); // px
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Pipeline {
    /// The name of the method in a [`Registry`].
    pub function_to_invoke: String,
    /// Its parameters.
    pub params: PipelineParams,
}

/// The parameters of a [`Pipeline`]: what a store keeps as `dlc_tracking_processing_params`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PipelineParams {
    /// What is done with each body part that the method needs, one after the other. Default:
    /// nothing.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// The parameters of the method.
    pub method: Params,
    /// How states are stored.
    #[serde(default)]
    pub raw: RawParams,
}

/// A step that cleans the track of a body part.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Step {
    /// Positions that the network was not sure of are made missing.
    LikelihoodMask(LikelihoodMask),
    /// Jumps are made missing.
    JumpRemoval(JumpRemoval),
    /// Missing positions are filled.
    GapFilling(GapFilling),
    /// Positions are smoothed.
    Smoothing(Smoothing),
}

impl Step {
    /// Does the step to the track of a body part.
    ///
    /// # Panics
    ///
    /// Panics unless there is one time and one likelihood for each position.
    pub fn apply<const D: usize>(
        &self,
        bodypart: &Bodypart,
        positions: &mut [[f64; D]],
        likelihood: &[f64],
        clock: Clock<'_>,
    ) {
        match self {
            Self::LikelihoodMask(mask) => {
                mask.apply(bodypart, positions, likelihood);
            }
            Self::JumpRemoval(removal) => {
                removal.apply(positions, clock);
            }
            Self::GapFilling(filling) => {
                filling.apply(positions, clock);
            }
            Self::Smoothing(smoothing) => smoothing.apply(positions, clock),
        }
    }
}

impl Pipeline {
    /// Returns the same pipeline with all defaults written out.
    ///
    /// # Errors
    ///
    /// Returns an error when the registry has no such method, or when its parameters are not
    /// these.
    pub fn complete<const D: usize>(
        &self,
        registry: &Registry<D>,
    ) -> Result<Self, BuildMethodError> {
        let mut complete = self.clone();
        let method = registry.complete(&self.function_to_invoke, &self.params.method)?;
        complete.params.method = method;
        Ok(complete)
    }

    /// Returns the hash of the parameters with all defaults written out.
    ///
    /// # Errors
    ///
    /// As [`Self::complete`], or when parameters cannot be stored.
    pub fn param_hash<const D: usize>(
        &self,
        registry: &Registry<D>,
    ) -> Result<ParamHash, BindPipelineError> {
        let complete = self.complete(registry)?;
        Ok(Params::of(&complete.params)?.hash())
    }

    /// Binds the method to the body parts of a model.
    ///
    /// # Errors
    ///
    /// Returns an error when there is no such method, when a parameter is wrong, or when body parts
    /// are missing.
    pub fn bind<const D: usize>(
        &self,
        registry: &Registry<D>,
        model: &Bodyparts,
        aliases: &BodypartAliases,
    ) -> Result<BoundPipeline<D>, BindPipelineError> {
        self.params.raw.check().map_err(BindPipelineError::Raw)?;
        let method = registry.build(&self.function_to_invoke, &self.params.method)?;
        Ok(BoundPipeline {
            steps: self.params.steps.clone(),
            bound: Bound::with_aliases(method, model, aliases)?,
            raw: self.params.raw.clone(),
        })
    }
}

/// A [`Pipeline`] that knows in which columns of a model its body parts are.
pub struct BoundPipeline<const D: usize> {
    pub(crate) steps: Vec<Step>,
    pub(crate) bound: Bound<Box<dyn ProcessingMethod<D>>, D>,
    pub(crate) raw: RawParams,
}

impl<const D: usize> BoundPipeline<D> {
    /// Returns the raw state of a recording.
    ///
    /// Steps are done to copies of the body parts that the method needs, and to no others.
    ///
    /// # Panics
    ///
    /// Panics if there is not one time for each sample, or if the tracks are not those of the
    /// model that the method was bound to.
    pub fn raw<S: Space>(&mut self, tracks: &Tracks<D, S>, clock: Clock<'_>) -> TrackingRaw<D, S> {
        assert_eq!(
            self.bound.model(),
            tracks.bodyparts(),
            "the tracks of the model"
        );
        let clean = |column: &usize| {
            let mut part = PartTrack::from(&tracks.as_slice()[*column]);
            for step in &self.steps {
                let bodypart = &tracks.bodyparts()[*column];
                step.apply(bodypart, part.positions.to_mut(), part.likelihood, clock);
            }
            part
        };
        let parts: Vec<_> = self.bound.columns().iter().map(clean).collect();
        let mut states = StatesBuilder::new(clock, tracks.y_axis());
        let push = |state| states.push(state);
        self.bound.run(&parts, clock, tracks.y_axis(), push);
        TrackingRaw::of_columns(states.build(), &self.raw)
    }
}

impl<const D: usize> std::fmt::Debug for BoundPipeline<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BoundPipeline")
            .field("steps", &self.steps)
            .field("columns", &self.bound.columns())
            .field("raw", &self.raw)
            .finish_non_exhaustive()
    }
}

/// An error returned when a pipeline does not fit a registry or a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindPipelineError {
    /// There is no such method with these parameters.
    #[error("the method of the pipeline cannot be made")]
    Method(#[from] BuildMethodError),
    /// The method does not fit the model.
    #[error("the method of the pipeline does not fit the model")]
    Bind(#[from] BindError),
    /// A parameter of the raw states is out of its range.
    #[error("a parameter of the raw states is out of its range")]
    Raw(#[source] ParameterError),
    /// Parameters cannot be stored.
    #[error("the parameters of the pipeline cannot be stored")]
    Params(#[from] ParamsError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Track;

    const ROW: &str = r#"{
        "function_to_invoke": "two_point_left_right",
        "params": {
            "steps": [
                {"likelihood_mask": {"cutoff": {"fixed": 0.6}}},
                {"jump_removal": {"max_speed_per_s": 1000.0, "max_plateau": {"seconds": 0.5}}},
                {"gap_filling": {"max_gap": {"seconds": 0.1}}},
                {"smoothing": {"gaussian": {"sigma": {"samples": 1.0}}}}
            ],
            "method": {"left": "l", "right": "r"}
        }
    }"#;

    fn model() -> Bodyparts {
        Bodyparts::new(["tail", "r", "l"]).unwrap()
    }

    #[test]
    fn a_saved_pipeline_is_the_same_pipeline() {
        let registry = Registry::<2>::standard();
        let pipeline: Pipeline = serde_json::from_str(ROW).unwrap();
        let complete = pipeline.complete(&registry).unwrap();
        let again = serde_json::from_str(&serde_json::to_string(&complete).unwrap()).unwrap();

        assert_eq!(complete, again);
        let hashes = [&pipeline, &complete, &again].map(|p| p.param_hash(&registry).unwrap());
        assert_eq!(hashes[0], hashes[1]);
        assert_eq!(hashes[0], hashes[2]);
    }

    #[test]
    fn another_number_is_another_hash() {
        let registry = Registry::<2>::standard();
        let hash = |json: &str| {
            let pipeline: Pipeline = serde_json::from_str(json).unwrap();
            pipeline.param_hash(&registry).unwrap()
        };

        assert_ne!(hash(ROW), hash(&ROW.replace("0.6", "0.61")));
    }

    #[test]
    fn steps_see_only_what_the_method_needs_and_leave_the_tracks_as_they_are() {
        let pipeline: Pipeline = serde_json::from_str(ROW).unwrap();
        let registry = Registry::standard();
        let mut bound = pipeline
            .bind(&registry, &model(), &BodypartAliases::default())
            .unwrap();
        let track = |x: f64| Track::new(vec![[x, 1.0]; 3], vec![0.9, 0.1, 0.9]).unwrap();
        let tracks: Tracks<2> =
            Tracks::new(model(), vec![track(7.0), track(20.0), track(10.0)]).unwrap();
        let before = tracks.clone();

        let raw = bound.raw(&tracks, Clock::new(&[0.0, 0.025, 0.05]).unwrap());

        assert_eq!(tracks, before);
        assert!((raw.states.positions()[1][0] - 15.0).abs() < 1e-12);
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let registry = Registry::<2>::standard();
        let pipeline: Pipeline = serde_json::from_str(ROW).unwrap();
        let other = Bodyparts::new(["L", "R"]).unwrap();
        let error = pipeline.bind(&registry, &other, &BodypartAliases::default());

        let source = std::error::Error::source(&error.unwrap_err()).map(ToString::to_string);
        assert_eq!(
            source.unwrap(),
            "missing body parts: l (left; it resembles L), r (right; it resembles R); \
             the model has L, R"
        );
    }
}
