use dlc_model::Value;

use super::{Array, Blob, Elements};

/// An error returned when a blob is not what was asked for.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unexpected content of a blob{}", at(.path))]
pub struct BlobConversionError {
    path: Vec<String>,
    #[source]
    kind: BlobConversionErrorKind,
}

/// How a blob differs from what was asked for.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BlobConversionErrorKind {
    /// A configuration has no such values.
    #[error("expected plain data, found {0}")]
    NotPlain(&'static str),
    /// There are no numbers.
    #[error("expected numbers, found {0}")]
    NotNumbers(&'static str),
    /// There is more than one axis.
    #[error("expected one axis, found a shape of {0:?}")]
    Axes(Vec<usize>),
}

use BlobConversionErrorKind as Kind;

impl BlobConversionError {
    const fn new(kind: Kind) -> Self {
        let path = Vec::new();
        Self { path, kind }
    }

    fn inside(mut self, step: impl ToString) -> Self {
        self.path.insert(0, step.to_string());
        self
    }

    /// Returns how the blob differs.
    pub const fn kind(&self) -> &Kind {
        &self.kind
    }
}

fn at(path: &[String]) -> String {
    if path.is_empty() {
        return String::new();
    }
    format!(" at {}", path.join("."))
}

impl TryFrom<&Blob> for Value {
    type Error = BlobConversionError;

    /// Takes plain data: tuples, sets and arrays with one axis become lists, scalars of numpy's
    /// plain numbers.
    fn try_from(blob: &Blob) -> Result<Self, Self::Error> {
        Ok(match blob {
            Blob::None => Self::None,
            Blob::Bool(value) => Self::Bool(*value),
            Blob::Int(value) => Self::Int(*value),
            Blob::Float(value) => Self::Float(*value),
            Blob::String(value) => Self::String(value.clone()),
            Blob::List(items) | Blob::Tuple(items) | Blob::Set(items) => Self::List(list(items)?),
            Blob::Dict(entries) => Self::Dict(
                entries
                    .iter()
                    .map(|(key, value)| entry(key, value))
                    .collect::<Result<_, _>>()?,
            ),
            Blob::Array(array) => from_array(array)?,
            other => return Err(BlobConversionError::new(Kind::NotPlain(other.kind()))),
        })
    }
}

impl TryFrom<Blob> for Value {
    type Error = BlobConversionError;

    fn try_from(blob: Blob) -> Result<Self, Self::Error> {
        Self::try_from(&blob)
    }
}

fn list(items: &[Blob]) -> Result<Vec<Value>, BlobConversionError> {
    let item = |(index, item): (usize, &Blob)| {
        let value: Result<_, BlobConversionError> = item.try_into();
        value.map_err(|error| error.inside(index))
    };
    items.iter().enumerate().map(item).collect()
}

fn entry(key: &Blob, value: &Blob) -> Result<(Value, Value), BlobConversionError> {
    let key = Value::try_from(key)?;
    let step = || key.as_str().map_or_else(|| key.summary(), str::to_owned);
    let value = Value::try_from(value).map_err(|error| error.inside(step()))?;
    Ok((key, value))
}

fn from_array(array: &Array) -> Result<Value, BlobConversionError> {
    let mut items = items(array)?;
    match (array.shape(), items.pop()) {
        ([], Some(scalar)) => Ok(scalar),
        ([_], last) => {
            items.extend(last);
            Ok(Value::List(items))
        }
        (shape, _) => Err(BlobConversionError::new(Kind::Axes(shape.to_vec()))),
    }
}

fn items(array: &Array) -> Result<Vec<Value>, BlobConversionError> {
    fn ints<T: Copy + Into<i64>>(of: &[T]) -> Vec<Value> {
        of.iter().map(|value| Value::Int((*value).into())).collect()
    }
    let not_plain = |what| Err(BlobConversionError::new(Kind::NotPlain(what)));
    Ok(match array.elements() {
        Elements::Bool(of) => of.iter().map(|value| Value::Bool(*value)).collect(),
        Elements::I8(of) => ints(of),
        Elements::U8(of) => ints(of),
        Elements::I16(of) => ints(of),
        Elements::U16(of) => ints(of),
        Elements::I32(of) => ints(of),
        Elements::U32(of) => ints(of),
        Elements::I64(of) => ints(of),
        Elements::U64(of) => match of.iter().map(|value| i64::try_from(*value)).collect() {
            Ok::<Vec<_>, _>(of) => ints(&of),
            Err(_) => return not_plain("an integer of more than 63 bits"),
        },
        Elements::F32(of) => of
            .iter()
            .map(|value| Value::Float((*value).into()))
            .collect(),
        Elements::F64(of) => of.iter().map(|value| Value::Float(*value)).collect(),
        Elements::Objects(of) => list(of)?,
        Elements::Complex64(_) | Elements::Complex128(_) => return not_plain("complex numbers"),
        Elements::Char(_) => return not_plain("characters of MATLAB's"),
        Elements::DateTime64(..) => return not_plain("dates and times"),
    })
}

impl TryFrom<&Blob> for Vec<f64> {
    type Error = BlobConversionError;

    /// Takes numbers along one axis: of an array, whatever its type, of which at most one axis is
    /// longer than 1 as MATLAB's vectors are, or of a list. `None` in a list is NaN.
    ///
    /// Integers beyond 2⁵³ become the nearest numbers.
    fn try_from(blob: &Blob) -> Result<Self, Self::Error> {
        match blob {
            Blob::Array(array) => numbers(array),
            Blob::List(items) | Blob::Tuple(items) => {
                let item = |(index, item)| number(item).map_err(|error| error.inside(index));
                items.iter().enumerate().map(item).collect()
            }
            other => Err(BlobConversionError::new(Kind::NotNumbers(other.kind()))),
        }
    }
}

impl TryFrom<Blob> for Vec<f64> {
    type Error = BlobConversionError;

    fn try_from(blob: Blob) -> Result<Self, Self::Error> {
        Self::try_from(&blob)
    }
}

fn number(blob: &Blob) -> Result<f64, BlobConversionError> {
    match blob {
        Blob::Float(value) => Ok(*value),
        Blob::Int(value) => Ok(*value as f64),
        Blob::None => Ok(f64::NAN),
        Blob::Array(array) if array.shape().is_empty() => Ok(numbers(array)?[0]),
        other => Err(BlobConversionError::new(Kind::NotNumbers(other.kind()))),
    }
}

fn numbers(array: &Array) -> Result<Vec<f64>, BlobConversionError> {
    fn floats<T: Copy + Into<f64>>(of: &[T]) -> Vec<f64> {
        of.iter().map(|value| (*value).into()).collect()
    }
    if array.shape().iter().filter(|length| **length != 1).count() > 1 {
        return Err(BlobConversionError::new(Kind::Axes(array.shape().to_vec())));
    }
    let not_numbers = |what| Err(BlobConversionError::new(Kind::NotNumbers(what)));
    match array.elements() {
        Elements::I8(of) => Ok(floats(of)),
        Elements::U8(of) => Ok(floats(of)),
        Elements::I16(of) => Ok(floats(of)),
        Elements::U16(of) => Ok(floats(of)),
        Elements::I32(of) => Ok(floats(of)),
        Elements::U32(of) => Ok(floats(of)),
        Elements::I64(of) => Ok(of.iter().map(|value| *value as f64).collect()),
        Elements::U64(of) => Ok(of.iter().map(|value| *value as f64).collect()),
        Elements::F32(of) => Ok(floats(of)),
        Elements::F64(of) => Ok(of.clone()),
        Elements::Bool(_) => not_numbers("booleans"),
        Elements::Complex64(_) | Elements::Complex128(_) => not_numbers("complex numbers"),
        Elements::Char(_) => not_numbers("characters of MATLAB's"),
        Elements::DateTime64(..) => not_numbers("dates and times"),
        Elements::Objects(_) => not_numbers("objects"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_comes_back() {
        let config = Value::dict([
            ("Task", "openfield".into()),
            ("bodyparts", ["leftear", "rightear"].into_iter().collect()),
            ("TrainingFraction", [0.95].into_iter().collect()),
            ("snapshotindex", Value::Int(-1)),
            ("cropping", false.into()),
            ("resnet", Value::None),
        ]);

        let blob = Blob::from(&config);

        assert_eq!(Value::try_from(&blob), Ok(config));
    }

    #[test]
    fn what_is_not_plain_is_named() {
        let blob = Blob::Dict(vec![(
            "parts".into(),
            Blob::List(vec![Blob::None, Blob::Uuid([0; 16])]),
        )]);

        let error = Value::try_from(&blob).unwrap_err();

        assert_eq!(error.to_string(), "unexpected content of a blob at parts.1");
        assert_eq!(*error.kind(), Kind::NotPlain("a UUID"));
    }

    #[test]
    fn scalars_of_numpy_are_plain_numbers() {
        let scalar = Array::new(vec![], Elements::F64(vec![1.5])).unwrap();
        assert_eq!(Value::try_from(&Blob::Array(scalar)), Ok(Value::Float(1.5)));

        let empty = Blob::from(Vec::<i64>::new());
        assert_eq!(Value::try_from(&empty), Ok(Value::List(vec![])));
    }

    #[test]
    fn numbers_come_from_arrays_of_any_type_and_from_lists() {
        let row = Array::new(vec![1, 2], Elements::I16(vec![1, 2])).unwrap();
        let list = Blob::List(vec![Blob::Int(1), Blob::Float(2.0)]);

        for blob in [Blob::Array(row), list, vec![1.0_f32, 2.0].into()] {
            assert_eq!(Vec::<f64>::try_from(&blob), Ok(vec![1.0, 2.0]));
        }
        let table = Array::new(vec![2, 2], Elements::I16(vec![1, 2, 3, 4])).unwrap();
        let error = Vec::<f64>::try_from(&Blob::Array(table)).unwrap_err();
        assert_eq!(*error.kind(), Kind::Axes(vec![2, 2]));
        assert!(Vec::<f64>::try_from(&Blob::from("1.0")).is_err());
    }
}
