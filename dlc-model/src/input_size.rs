use crate::{ConfigFieldError, Value, field::Fields};

/// How a frame gets the size that a network takes, in this order.
///
/// Read from `data.inference` of a `pytorch_config.yaml`; TensorFlow models take every size.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct InputSize {
    /// `resize`.
    pub resize: Option<Resize>,
    /// `longest_max_size`: the longer side after a further resizing, in px.
    pub longest_max_size: Option<usize>,
    /// `auto_padding`.
    pub padding: Option<AutoPadding>,
}

/// A size that frames are brought to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Resize {
    /// Width in px.
    pub width: usize,
    /// Height in px.
    pub height: usize,
    /// Whether the ratio of the sides is kept: what is then left of the size is black, at the
    /// right or at the bottom.
    pub keep_ratio: bool,
}

/// A border around the frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AutoPadding {
    /// The width with the border.
    pub width: PaddedSize,
    /// The height with the border.
    pub height: PaddedSize,
    /// Where the frame lies inside of it.
    pub position: PaddingPosition,
    /// What the border shows.
    pub border: Border,
}

/// How long a padded side is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PaddedSize {
    /// The next multiple of this many px.
    MultipleOf(usize),
    /// At least this many px.
    AtLeast(usize),
}

/// Where a padded frame lies.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum PaddingPosition {
    /// `center`: of an odd number of px the larger half is at the right and at the bottom.
    Center,
    /// `top_left`.
    ///
    /// Also what `random`, DeepLabCut's default, becomes here: it draws a new position for each
    /// frame, so that its results differ from run to run.
    #[default]
    TopLeft,
    /// `top_right`.
    TopRight,
    /// `bottom_left`.
    BottomLeft,
    /// `bottom_right`.
    BottomRight,
}

/// What the border of a padded frame shows.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Border {
    /// `reflect_101`: the frame mirrored at its outermost pixels.
    #[default]
    Reflect101,
    /// `constant`: black.
    Black,
}

/// The longest side that a configuration may ask for, in px.
const LONGEST: usize = 8192;

impl Resize {
    pub(crate) fn from_value(value: &Value, path: &str) -> Result<Self, ConfigFieldError> {
        let mut fields = Fields::open(value, path)?;
        Ok(Self {
            width: required_length(&mut fields, "width")?,
            height: required_length(&mut fields, "height")?,
            keep_ratio: fields.take_or("keep_ratio", true)?,
        })
    }
}

impl AutoPadding {
    pub(crate) fn from_value(value: &Value, path: &str) -> Result<Self, ConfigFieldError> {
        let mut fields = Fields::open(value, path)?;
        Ok(Self {
            width: padded(&mut fields, "min_width", "pad_width_divisor")?,
            height: padded(&mut fields, "min_height", "pad_height_divisor")?,
            position: position(&mut fields)?,
            border: border(&mut fields)?,
        })
    }
}

/// Returns a length that a configuration asks for.
pub(crate) fn length(
    fields: &mut Fields<'_>,
    name: &str,
) -> Result<Option<usize>, ConfigFieldError> {
    let Some(value) = fields.take::<u32>(name)? else {
        return Ok(None);
    };
    match usize::try_from(value) {
        Ok(length @ 1..=LONGEST) => Ok(Some(length)),
        _ => Err(fields.error(name, format!("1 to {LONGEST} px"), value.to_string())),
    }
}

fn required_length(fields: &mut Fields<'_>, name: &str) -> Result<usize, ConfigFieldError> {
    let length = length(fields, name)?;
    length.ok_or_else(|| fields.error(name, "a number of px", "nothing"))
}

fn padded(
    fields: &mut Fields<'_>,
    minimum: &str,
    divisor: &str,
) -> Result<PaddedSize, ConfigFieldError> {
    match (length(fields, minimum)?, length(fields, divisor)?) {
        (Some(length), None) => Ok(PaddedSize::AtLeast(length)),
        (None, divisor) => Ok(PaddedSize::MultipleOf(divisor.unwrap_or(1))),
        (Some(_), Some(_)) => {
            let expected = format!("only one of `{minimum}` and `{divisor}`");
            Err(fields.error(minimum, expected, "both"))
        }
    }
}

fn position(fields: &mut Fields<'_>) -> Result<PaddingPosition, ConfigFieldError> {
    const NAME: &str = "position";
    let name: Option<String> = fields.take(NAME)?;
    match name.as_deref() {
        None | Some("random" | "top_left") => Ok(PaddingPosition::TopLeft),
        Some("center") => Ok(PaddingPosition::Center),
        Some("top_right") => Ok(PaddingPosition::TopRight),
        Some("bottom_left") => Ok(PaddingPosition::BottomLeft),
        Some("bottom_right") => Ok(PaddingPosition::BottomRight),
        Some(other) => Err(fields.error(NAME, "`center`, `top_left`, … or `random`", other)),
    }
}

fn border(fields: &mut Fields<'_>) -> Result<Border, ConfigFieldError> {
    const NAME: &str = "border_mode";
    let name: Option<String> = fields.take(NAME)?;
    match name.as_deref() {
        None | Some("reflect_101") => Ok(Border::Reflect101),
        Some("constant") => Ok(Border::Black),
        Some(other) => Err(fields.error(NAME, "`reflect_101` or `constant`", other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_deeplabcut_writes_for_hrnet_pads_to_multiples() {
        let value = Value::dict([
            ("pad_width_divisor", 32.into()),
            ("pad_height_divisor", 32.into()),
        ]);

        assert_eq!(
            AutoPadding::from_value(&value, "data.inference.auto_padding").unwrap(),
            AutoPadding {
                width: PaddedSize::MultipleOf(32),
                height: PaddedSize::MultipleOf(32),
                position: PaddingPosition::TopLeft,
                border: Border::Reflect101,
            }
        );
    }

    #[test]
    fn sizes_are_bounded() {
        let value = Value::dict([("width", 1_000_000.into()), ("height", 10.into())]);

        assert_eq!(
            Resize::from_value(&value, "data.inference.resize")
                .unwrap_err()
                .to_string(),
            "invalid `data.inference.resize.width`: expected 1 to 8192 px, found 1000000"
        );
    }
}
