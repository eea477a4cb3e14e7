//! What each layer of a network makes of a picture: for finding where two programs part.

use dlc_model::{Frame, NetworkConfig, Weights};

use crate::{
    EstimatePoseError, EstimatorOptions, LoadNetworkError, architecture,
    estimator::check_sizes,
    executor::{self, Executor},
};

/// A network whose layers can be looked at.
///
/// Layers are called as in the checkpoint: `MobilenetV2/expanded_conv_3`,
/// `backbone.model.layer2.0`, `heads.bodypart.heatmap_head`. They are the blocks that a family of
/// networks is made of, stem and heads included, and what is seen is what they hand on: behind
/// normalisation, sum and activation.
///
/// # Examples
///
/// ```no_run
/// use dlc_infer::{EstimatorOptions, NetworkProbe};
/// # fn example(
/// #     config: dlc_model::NetworkConfig,
/// #     weights: dlc_model::Weights,
/// #     frame: dlc_model::Frame<'_>,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// let mut probe = NetworkProbe::load(&config, weights, &EstimatorOptions::default())?;
///
/// for layer in probe.layers(&[frame])? {
///     let largest = layer.values.iter().fold(0.0, |most: f32, v| most.max(v.abs()));
///     println!("{} {:?}: up to {largest}", layer.name, layer.shape);
/// }
/// # Ok(())
/// # }
/// ```
pub struct NetworkProbe {
    executor: Box<dyn Executor>,
    names: Vec<String>,
}

/// What a layer made of a batch of pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerMaps {
    /// The name of the layer.
    pub name: String,
    /// Pictures, channels, height and width in cells.
    pub shape: [usize; 4],
    /// The values, picture by picture, channel by channel, row by row.
    pub values: Vec<f32>,
}

impl std::fmt::Debug for NetworkProbe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NetworkProbe")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

impl NetworkProbe {
    /// Builds the network that `config` describes from `weights`, on a device.
    ///
    /// # Errors
    ///
    /// As [`PoseEstimator::load`](crate::PoseEstimator::load).
    pub fn load(
        config: &NetworkConfig,
        weights: Weights,
        options: &EstimatorOptions,
    ) -> Result<Self, LoadNetworkError> {
        let network = architecture::build(config, weights, options)?;
        let (graph, names) = network.graph.probed();
        let (executor, _) = options.executor(graph)?;
        Ok(Self { executor, names })
    }

    /// Returns the names of the layers, each behind those that it reads.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns what each layer makes of a batch of pictures.
    ///
    /// The pictures are what the network sees: they are not resized, padded or cut to a box, only
    /// scaled to the numbers that the network was trained with. All layers are in memory at once.
    ///
    /// # Errors
    ///
    /// Returns an error when the pictures are of several sizes, or when the device fails.
    pub fn layers(&mut self, inputs: &[Frame<'_>]) -> Result<Vec<LayerMaps>, EstimatePoseError> {
        if inputs.is_empty() {
            return Ok(Vec::new());
        }
        check_sizes(inputs)?;
        let outputs = self.executor.outputs(inputs.into());
        let outputs = outputs.map_err(EstimatePoseError::Device)?;
        let layer = |(name, array): (&String, executor::Array)| LayerMaps {
            name: name.clone(),
            shape: array.shape,
            values: array.values,
        };
        Ok(self.names.iter().zip(outputs).map(layer).collect())
    }
}
