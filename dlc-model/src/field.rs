use std::fmt;

use crate::Value;

/// An error returned when a field of a configuration is missing or is not what it must be.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("invalid `{field}`: expected {expected}, found {found}")]
pub struct ConfigFieldError {
    field: String,
    expected: String,
    found: String,
}

impl ConfigFieldError {
    /// Says that a field, with those it lies in, is not what was expected.
    pub fn new(
        field: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            expected: expected.into(),
            found: found.into(),
        }
    }

    /// Returns the field with those it lies in, e.g., `model.heads.bodypart.type`.
    pub fn field(&self) -> &str {
        &self.field
    }
}

/// What a field of a configuration can hold, read as leniently as DeepLabCut reads it.
pub(crate) trait FromValue: Sized {
    /// What is said to be expected when the value is something else.
    const EXPECTED: &'static str;

    /// Returns `None` when the value cannot be read as this type.
    fn from_value(value: &Value) -> Option<Self>;
}

impl FromValue for Value {
    const EXPECTED: &'static str = "a value";

    fn from_value(value: &Value) -> Option<Self> {
        Some(value.clone())
    }
}

impl FromValue for bool {
    const EXPECTED: &'static str = "true or false";

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(value) => Some(*value),
            Value::Int(0) => Some(false),
            Value::Int(1) => Some(true),
            Value::String(word) => match word.to_ascii_lowercase().as_str() {
                "true" | "t" | "yes" | "y" | "on" | "1" => Some(true),
                "false" | "f" | "no" | "n" | "off" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }
}

impl FromValue for i64 {
    const EXPECTED: &'static str = "an integer";

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Int(value) => Some(*value),
            Value::Float(value) => exact_int(*value),
            Value::String(digits) => digits.trim().parse().ok(),
            _ => None,
        }
    }
}

impl FromValue for u32 {
    const EXPECTED: &'static str = "an integer of at least 0";

    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value)?.try_into().ok()
    }
}

impl FromValue for f64 {
    const EXPECTED: &'static str = "a number";

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::String(digits) => digits.trim().parse().ok(),
            _ => value.as_float(),
        }
    }
}

impl FromValue for String {
    const EXPECTED: &'static str = "a text";

    fn from_value(value: &Value) -> Option<Self> {
        value.as_str().map(Into::into)
    }
}

impl FromValue for Vec<String> {
    const EXPECTED: &'static str = "a list of texts";

    fn from_value(value: &Value) -> Option<Self> {
        value.as_list()?.iter().map(String::from_value).collect()
    }
}

impl FromValue for Vec<f64> {
    const EXPECTED: &'static str = "a list of numbers";

    fn from_value(value: &Value) -> Option<Self> {
        value.as_list()?.iter().map(f64::from_value).collect()
    }
}

impl FromValue for Vec<u32> {
    const EXPECTED: &'static str = "a list of integers of at least 0";

    fn from_value(value: &Value) -> Option<Self> {
        value.as_list()?.iter().map(u32::from_value).collect()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the bounds are checked before"
)]
fn exact_int(value: f64) -> Option<i64> {
    let exact = value.fract() == 0.0 && value.abs() < 9e15;
    exact.then_some(value as i64)
}

/// The fields of a dictionary that is being read, and those that nobody has asked for yet.
pub(crate) struct Fields<'a> {
    path: String,
    entries: Vec<(&'a Value, &'a Value)>,
}

impl<'a> Fields<'a> {
    /// Opens a dictionary; `path` is what leads to it, or empty.
    pub(crate) fn open(value: &'a Value, path: &str) -> Result<Self, ConfigFieldError> {
        let entries = value.as_dict().ok_or_else(|| {
            let name = if path.is_empty() {
                "configuration"
            } else {
                path
            };
            ConfigFieldError::new(name, "a dictionary", value.summary())
        })?;
        Ok(Self {
            path: path.into(),
            entries: entries.iter().map(|(key, value)| (key, value)).collect(),
        })
    }

    /// Takes a field as it is, under the first of its spellings that exists.
    pub(crate) fn take_value(&mut self, names: &[&str]) -> Option<&'a Value> {
        let found = names.iter().find_map(|name| {
            self.entries
                .iter()
                .position(|(key, _)| key.as_str() == Some(*name))
        })?;
        Some(self.entries.remove(found).1)
    }

    /// Takes a field; absent and null are both `None`.
    pub(crate) fn take<T: FromValue>(&mut self, name: &str) -> Result<Option<T>, ConfigFieldError> {
        self.take_any(&[name])
    }

    /// Takes a field that was spelled differently once; absent and null are both `None`.
    pub(crate) fn take_any<T: FromValue>(
        &mut self,
        names: &[&str],
    ) -> Result<Option<T>, ConfigFieldError> {
        let Some(value) = self.take_value(names).filter(|value| !value.is_none()) else {
            return Ok(None);
        };
        T::from_value(value)
            .map(Some)
            .ok_or_else(|| self.error(names[0], T::EXPECTED, value.summary()))
    }

    /// Takes a field, or its default.
    pub(crate) fn take_or<T: FromValue>(
        &mut self,
        name: &str,
        default: T,
    ) -> Result<T, ConfigFieldError> {
        Ok(self.take(name)?.unwrap_or(default))
    }

    /// Takes a field that must be there.
    pub(crate) fn require<T: FromValue>(&mut self, name: &str) -> Result<T, ConfigFieldError> {
        self.take(name)?
            .ok_or_else(|| self.error(name, T::EXPECTED, "nothing"))
    }

    /// Opens the dictionary in a field; absent and null are both an empty one.
    pub(crate) fn open_field(&mut self, name: &str) -> Result<Self, ConfigFieldError> {
        let path = self.path_of(name);
        match self.take_value(&[name]).filter(|value| !value.is_none()) {
            Some(value) => Self::open(value, &path),
            None => Ok(Self {
                path,
                entries: Vec::new(),
            }),
        }
    }

    /// Returns a field without taking it.
    pub(crate) fn peek(&self, name: &str) -> Option<&'a Value> {
        let mut entries = self.entries.iter();
        entries.find_map(|(key, value)| (key.as_str() == Some(name)).then_some(*value))
    }

    /// Takes what nobody asked for, in its order.
    pub(crate) fn take_rest(&mut self) -> Vec<(Value, Value)> {
        let owned = |(key, value): (&Value, &Value)| (key.clone(), value.clone());
        self.entries.drain(..).map(owned).collect()
    }

    pub(crate) fn error(
        &self,
        name: &str,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> ConfigFieldError {
        ConfigFieldError::new(self.path_of(name), expected, found)
    }

    pub(crate) fn path_of(&self, name: &str) -> String {
        match self.path.as_str() {
            "" => name.into(),
            path if name.is_empty() => path.into(),
            path => format!("{path}.{name}"),
        }
    }
}

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fields")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
