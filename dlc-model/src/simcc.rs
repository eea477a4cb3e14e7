use crate::{
    ConfigFieldError, NetworkConfigError, Value,
    field::{Fields, FromValue},
    pose_config::narrow,
};

/// A head that finds coordinates by classifying them, instead of heatmaps: DeepLabCut's
/// `RTMCCHead` with its `SimCCPredictor`.
///
/// Read from `model.heads.bodypart` of a `pytorch_config.yaml`.
#[derive(Clone, Debug, PartialEq)]
pub struct SimccConfig {
    /// Width and height of the kernel that makes one map for each body part
    /// (`final_layer_kernel_size`).
    pub kernel: usize,
    /// Numbers that describe a body part (`gau_cfg.hidden_dims`).
    pub hidden: usize,
    /// The same, inside of the gated attention (`hidden_dims` · `expansion_factor`).
    pub expanded: usize,
    /// Numbers by which body parts are compared (`gau_cfg.s`).
    pub attention: usize,
    /// Classes of x, and of y.
    pub bins: [usize; 2],
    /// Classes a px of the input (`predictor.simcc_split_ratio`).
    pub bins_per_px: f32,
    /// What the answers for x, and for y, are multiplied by (`sigma` · `decode_beta`), or `None`
    /// when they are divided by the largest (`normalize_outputs`).
    pub logit_scale: Option<[f32; 2]>,
    /// Whether likelihoods come from a softmax (`apply_softmax`).
    pub softmax: bool,
}

/// The largest size that a configuration may ask for.
const LARGEST: u32 = 8192;

impl SimccConfig {
    pub(crate) fn from_value(value: &Value, path: &str) -> Result<Self, NetworkConfigError> {
        let mut head = Fields::open(value, path)?;
        let mut attention = head.open_field("gau_cfg")?;
        let mut predictor = head.open_field("predictor")?;
        refuse_variants(&mut attention)?;
        let hidden = size(&mut attention, "hidden_dims", 256)?;
        let bins_per_px: f64 = head.take_or("simcc_split_ratio", 2.0)?;
        Ok(Self {
            kernel: size(&mut head, "final_layer_kernel_size", 7)?,
            hidden,
            expanded: expanded(&mut attention, hidden)?,
            attention: size(&mut attention, "s", 128)?,
            bins: bins(&mut head, bins_per_px)?,
            bins_per_px: narrow(predictor.take_or("simcc_split_ratio", 2.0)?),
            logit_scale: logit_scale(&mut predictor)?,
            softmax: predictor.take_or("apply_softmax", true)?,
        })
    }
}

/// Refuses what DeepLabCut's code knows and its configurations never ask for.
fn refuse_variants(attention: &mut Fields<'_>) -> Result<(), NetworkConfigError> {
    for name in ["use_rel_bias", "pos_enc"] {
        if attention.take_or(name, false)? {
            let field = attention.path_of(name);
            return Err(NetworkConfigError::unsupported(field, "positions"));
        }
    }
    let function = attention.take_or("act_fn", "SiLU".to_owned())?;
    if function != "SiLU" {
        let field = attention.path_of("act_fn");
        return Err(NetworkConfigError::unsupported(field, function));
    }
    Ok(())
}

fn size(fields: &mut Fields<'_>, name: &str, default: u32) -> Result<usize, ConfigFieldError> {
    let size = fields.take_or(name, default)?;
    bounded(fields, name, f64::from(size))
}

fn expanded(attention: &mut Fields<'_>, hidden: usize) -> Result<usize, ConfigFieldError> {
    const NAME: &str = "expansion_factor";
    let factor: f64 = attention.take_or(NAME, 2.0)?;
    let hidden = u32::try_from(hidden).map_or(f64::INFINITY, f64::from);
    bounded(attention, NAME, (hidden * factor).trunc())
}

fn bins(head: &mut Fields<'_>, bins_per_px: f64) -> Result<[usize; 2], ConfigFieldError> {
    let [width, height] = pair(head, "input_size")?;
    let bins = |length: f64| bounded(head, "input_size", (length * bins_per_px).trunc());
    Ok([bins(width)?, bins(height)?])
}

fn logit_scale(predictor: &mut Fields<'_>) -> Result<Option<[f32; 2]>, ConfigFieldError> {
    let beta: f64 = predictor.take_or("decode_beta", 150.0)?;
    let sigma = match predictor.peek("sigma").and_then(f64::from_value) {
        Some(sigma) => [sigma; 2],
        None if predictor.peek("sigma").is_none() => [6.0; 2],
        None => pair(predictor, "sigma")?,
    };
    let normalize = predictor.take_or("normalize_outputs", false)?;
    Ok((!normalize).then(|| sigma.map(|sigma| narrow(sigma * beta))))
}

fn pair(fields: &mut Fields<'_>, name: &str) -> Result<[f64; 2], ConfigFieldError> {
    let numbers: Vec<f64> = fields.require(name)?;
    let count = numbers.len();
    let pair = numbers.try_into();
    pair.map_err(|_| fields.error(name, "two numbers", format!("{count} of them")))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the bounds are checked before"
)]
fn bounded(fields: &Fields<'_>, name: &str, size: f64) -> Result<usize, ConfigFieldError> {
    match (1.0..=f64::from(LARGEST)).contains(&size) {
        true => Ok(size as usize),
        false => Err(fields.error(name, format!("a size of 1 to {LARGEST}"), size.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Value {
        let sides = |a: f64, b: f64| -> Value { [a, b].into_iter().collect() };
        let predictor = Value::dict([
            ("simcc_split_ratio", 2.0.into()),
            ("sigma", sides(5.66, 4.9)),
            ("decode_beta", 150.0.into()),
        ]);
        let attention = Value::dict([
            ("hidden_dims", 256.into()),
            ("s", 128.into()),
            ("expansion_factor", 2.into()),
        ]);
        Value::dict([
            ("predictor", predictor),
            ("input_size", sides(256.0, 192.0)),
            ("simcc_split_ratio", 2.0.into()),
            ("gau_cfg", attention),
        ])
    }

    #[test]
    fn what_deeplabcut_writes_for_rtmpose_is_read() {
        let config = SimccConfig::from_value(&head(), "head").unwrap();

        assert_eq!(config.bins, [512, 384]);
        assert_eq!(
            (config.hidden, config.expanded, config.attention),
            (256, 512, 128)
        );
        assert_eq!(config.logit_scale, Some([849.0, 735.0]));
        assert!(config.softmax);
    }

    #[test]
    fn variants_are_refused_by_name() {
        let mut head = head();
        head.set("gau_cfg", Value::dict([("pos_enc", true.into())]));

        assert_eq!(
            SimccConfig::from_value(&head, "head")
                .unwrap_err()
                .to_string(),
            "`head.gau_cfg.pos_enc` asks for positions, which is not supported"
        );
    }

    #[test]
    fn sizes_are_bounded() {
        let mut head = head();
        head.set("final_layer_kernel_size", 1_000_000.into());

        assert_eq!(
            SimccConfig::from_value(&head, "head")
                .unwrap_err()
                .to_string(),
            "invalid `head.final_layer_kernel_size`: expected a size of 1 to 8192, found 1000000"
        );
    }
}
