use dlc::{
    infer::{EstimatorOptions, LoadNetworkErrorKind, LoadReport, PoseEstimator},
    model::{Bodyparts, Engine, InputScaling, InputSize, NetworkConfig, Tensor, Weights},
};

/// Returns a network as DeepLabCut makes it for this number of body parts.
///
/// # Panics
///
/// Panics when the net type is not one of DeepLabCut's.
pub fn network(engine: Engine, net_type: &str, bodyparts: usize) -> NetworkConfig {
    let names = (0..bodyparts).map(|part| format!("part{part}"));
    NetworkConfig {
        engine,
        net_type: net_type.parse().expect("a net type"),
        bodyparts: Bodyparts::new(names).expect("names differ"),
        locref_std: Some(7.2801),
        apply_sigmoid: engine == Engine::PyTorch,
        clip_scores: false,
        simcc: None,
        top_down: None,
        input_size: InputSize::default(),
        input_scaling: match engine {
            Engine::TensorFlow => InputScaling::TENSORFLOW,
            Engine::PyTorch => InputScaling::imagenet(),
        },
    }
}

/// Returns weights for a network: random, and so large that maps neither grow nor vanish.
///
/// The network itself tells what it needs: first what is missing, and of that, given as single
/// numbers, which shapes it should have.
///
/// # Panics
///
/// Panics when the network is not supported.
pub fn random_weights(network: &NetworkConfig) -> Weights {
    let mut weights = Weights::new();
    loop {
        let options = EstimatorOptions::default();
        let Err(error) = PoseEstimator::load(network, weights.clone(), &options) else {
            return weights;
        };
        match error.kind() {
            LoadNetworkErrorKind::Incomplete { report } => complete(&mut weights, report),
            kind => panic!("{kind}"),
        }
    }
}

fn complete(weights: &mut Weights, report: &LoadReport) {
    for name in &report.missing {
        let scalar = Tensor::new(vec![], vec![0.0]).expect("one value");
        weights.insert(name.clone(), scalar);
    }
    for tensor in &report.mismatched {
        weights.insert(tensor.name.clone(), random(&tensor.expected));
    }
}

/// Returns ones for a vector, or else numbers of mean 0 whose sums of squares are about 2 an output.
fn random(shape: &[usize]) -> Tensor {
    let len: usize = shape.iter().product();
    if shape.len() < 2 {
        return Tensor::new(shape.to_vec(), vec![1.0; len]).expect("as many as the shape says");
    }
    // Checkpoints differ in the order of their axes. The longest is one of the two of channels.
    let channels = shape.iter().copied().max().unwrap_or(1);
    let kernel: usize = shape.iter().copied().filter(|&axis| axis <= 7).product();
    let inputs = u16::try_from(channels * kernel).unwrap_or(u16::MAX);
    let scale = (6.0 / f32::from(inputs)).sqrt();
    let mut state = 1_u32;
    let values = (0..len).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let sixteen = u16::try_from(state >> 16).expect("sixteen bits");
        (f32::from(sixteen) / 32_768.0 - 1.0) * scale
    });
    Tensor::new(shape.to_vec(), values.collect()).expect("as many as the shape says")
}
