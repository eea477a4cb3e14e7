//! Names of rows and columns, of all types that pandas' indices have.

use super::container::{Container, Content, FieldType, Group, text};
use crate::{
    ReadPosesErrorKind as Kind, RowNames, csv,
    pickle::{ArrayValues, Dtype, DtypeKind, Value},
    predictions::FrameName,
};

/// How the names of an index are stored.
#[derive(Clone, Copy, Debug)]
pub(super) enum NameType {
    Text,
    Bool,
    Integer(Dtype),
    Real(Dtype),
    /// Moments in units of so many nanoseconds.
    Time(Dtype, i64),
}

impl NameType {
    /// Returns the type of a field with the kind that pandas notes beside it.
    pub(super) fn of_field(field: FieldType, kind: &str) -> Option<Self> {
        match field {
            FieldType::Texts(1) => Some(Self::Text),
            FieldType::Numbers(dtype, 1) => Self::of(dtype, kind),
            _ => None,
        }
    }

    fn of(dtype: Dtype, kind: &str) -> Option<Self> {
        match (dtype.kind, kind) {
            (DtypeKind::Int, kind) if kind.starts_with("datetime64") => {
                Some(Self::Time(dtype, nanoseconds(kind)?))
            }
            (_, "date" | "datetime" | "timedelta64") => None,
            (DtypeKind::Bool, _) => Some(Self::Bool),
            (DtypeKind::Int | DtypeKind::Uint, _) => Some(Self::Integer(dtype)),
            (DtypeKind::Float, _) => Some(Self::Real(dtype)),
            _ => None,
        }
    }

    /// Returns whether the names are numbers.
    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Integer(_) | Self::Real(_))
    }

    /// Returns a name that may be a frame.
    pub(super) fn frame_name(self, bytes: &[u8]) -> Option<FrameName> {
        match self {
            Self::Integer(dtype) => integer(dtype, bytes).map(FrameName::Integer),
            Self::Real(dtype) => dtype.f64(bytes).map(FrameName::Real),
            _ => None,
        }
    }

    /// Returns no names, with room for so many.
    pub(super) fn with_capacity(self, len: usize) -> RowNames {
        match self {
            Self::Text | Self::Bool => RowNames::Texts(Vec::with_capacity(len)),
            Self::Integer(_) => RowNames::Numbers(Vec::with_capacity(len)),
            Self::Real(_) => RowNames::Reals(Vec::with_capacity(len)),
            Self::Time(..) => RowNames::Times(Vec::with_capacity(len)),
        }
    }

    /// Appends a name, or returns `None` when the bytes are none.
    pub(super) fn push(self, bytes: &[u8], names: &mut RowNames) -> Option<()> {
        match (self, names) {
            (Self::Text, RowNames::Texts(names)) => names.push(text(bytes)?),
            (Self::Bool, RowNames::Texts(names)) => names.push(bool_text(bytes != [0]).into()),
            (Self::Integer(dtype), RowNames::Numbers(names)) => names.push(integer(dtype, bytes)?),
            (Self::Real(dtype), RowNames::Reals(names)) => names.push(dtype.f64(bytes)?),
            (Self::Time(dtype, unit), RowNames::Times(names)) => {
                let units = dtype.i64(bytes)?;
                // The least number is pandas' NaT.
                let time = (units != i64::MIN).then(|| units.checked_mul(unit));
                names.push(time.map_or(Some(i64::MIN), |time| time)?);
            }
            _ => return None,
        }
        Some(())
    }
}

/// Returns the nanoseconds in the unit of `datetime64[…]`.
fn nanoseconds(kind: &str) -> Option<i64> {
    match kind.strip_prefix("datetime64")? {
        "" | "[ns]" => Some(1),
        "[us]" => Some(1_000),
        "[ms]" => Some(1_000_000),
        "[s]" => Some(1_000_000_000),
        _ => None,
    }
}

fn integer(dtype: Dtype, bytes: &[u8]) -> Option<i64> {
    match dtype.kind {
        DtypeKind::Uint => i64::try_from(dtype.u64(bytes)?).ok(),
        _ => dtype.i64(bytes),
    }
}

/// Reads the array of an index.
pub(super) fn index(file: &Container, key: &str, array: &str) -> Result<RowNames, Kind> {
    let attributes = file.array_attributes(key, array)?;
    let unexpected = || Kind::Unexpected {
        object: attributes.place("kind"),
        expected: "texts, numbers or times",
        found: format!("{:?}", attributes.text("kind").unwrap_or("another kind")),
    };
    if is_empty(&attributes)? {
        return Ok(RowNames::Numbers(Vec::new()));
    }
    if attributes.text("index_class") == Some("period") {
        return Err(unexpected());
    }
    match file.names(key, array)? {
        Content::Texts(texts) => Ok(RowNames::Texts(texts)),
        Content::Object(object) => objects(&object).ok_or_else(unexpected),
        Content::Numbers(dtype, bytes) => {
            let kind = attributes.text("kind").unwrap_or_default();
            let name_type = NameType::of(dtype, kind).ok_or_else(unexpected)?;
            let mut names = name_type.with_capacity(bytes.len() / dtype.size);
            let mut elements = bytes.chunks_exact(dtype.size);
            let pushed = elements.try_for_each(|name| name_type.push(name, &mut names));
            pushed.ok_or_else(unexpected)?;
            Ok(names)
        }
    }
}

/// Returns whether an array stands for one without elements, which PyTables cannot store.
pub(super) fn is_empty(attributes: &Group<'_>) -> Result<bool, Kind> {
    let Some(shape) = attributes.pickle("shape")? else {
        return Ok(false);
    };
    let sides = shape.as_slice().unwrap_or_default();
    match sides.iter().any(|side| side.as_i64() == Some(0)) {
        true => Ok(true),
        false => Err(Kind::Unexpected {
            object: attributes.place("shape"),
            expected: "the shape of an array without elements",
            found: shape.kind().into(),
        }),
    }
}

/// Returns the names that are objects of Python: numbers when all are.
fn objects(object: &Value) -> Option<RowNames> {
    let array = object.as_array()?;
    let ArrayValues::Objects(objects) = array.values() else {
        return array.to_f64().map(RowNames::Reals);
    };
    let integers: Option<Vec<i64>> = objects.iter().map(Value::as_i64).collect();
    let reals = || -> Option<Vec<f64>> { objects.iter().map(Value::as_f64).collect() };
    Some(match integers {
        Some(integers) => RowNames::Numbers(integers),
        None => reals().map_or_else(
            || RowNames::Texts(objects.iter().map(object_text).collect()),
            RowNames::Reals,
        ),
    })
}

/// Returns names as pandas prints them.
pub(super) fn texts(names: RowNames) -> Vec<String> {
    match names {
        RowNames::Texts(texts) => texts,
        names => (0..names.len()).map(|row| names.text(row)).collect(),
    }
}

/// Returns an object that is a name as pandas prints it.
pub(super) fn object_text(object: &Value) -> String {
    match object {
        Value::None => String::new(),
        Value::Bool(value) => bool_text(*value).into(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => csv::number_text(*value),
        Value::String(text) => text.as_ref().into(),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into(),
        Value::Tuple(elements) => tuple_text(elements),
        other => other.kind().into(),
    }
}

/// Returns a tuple as Python prints it: `('cam 1', 'cam 2')`.
fn tuple_text(elements: &[Value]) -> String {
    let element = |element: &Value| match element {
        Value::String(text) if !text.contains('\'') => format!("'{text}'"),
        Value::String(text) => format!("\"{text}\""),
        Value::None => "None".into(),
        other => object_text(other),
    };
    let texts: Vec<String> = elements.iter().map(element).collect();
    match &texts[..] {
        [only] => format!("({only},)"),
        texts => format!("({})", texts.join(", ")),
    }
}

const fn bool_text(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}
