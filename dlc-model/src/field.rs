use std::fmt;

use crate::Value;

/// An error returned when a field of a configuration is missing or is not what it must be.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("invalid `{field}`{}: expected {expected}, found {found}", place(*item))]
pub struct ConfigFieldError {
    field: String,
    item: Option<usize>,
    expected: String,
    found: String,
}

fn place(item: Option<usize>) -> String {
    item.map_or(String::new(), |item| format!(", item {item}"))
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
            item: None,
            expected: expected.into(),
            found: found.into(),
        }
    }

    /// Names the item of a list that is meant, from 1.
    #[must_use]
    pub fn with_item(mut self, item: usize) -> Self {
        self.item = Some(item);
        self
    }

    /// Returns the field with those it lies in, e.g., `model.heads.bodypart.type`.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// Returns the item of a list that is meant, from 1.
    pub fn item(&self) -> Option<usize> {
        self.item
    }
}

/// A field of a configuration that cannot be used, and what stands there.
#[derive(Clone, Debug, PartialEq)]
pub struct UnusableField {
    /// Which field, and why.
    pub error: ConfigFieldError,
    /// What stands there.
    pub value: Value,
}

/// What a field of a configuration can hold, read as leniently as DeepLabCut reads it.
pub(crate) trait FromValue: Sized {
    /// What is said to be expected when the value is something else.
    const EXPECTED: &'static str;

    /// Returns `None` when the value cannot be read as this type.
    fn from_value(value: &Value) -> Option<Self>;

    /// Says what was found in place of this type.
    fn found(value: &Value) -> String {
        value.summary()
    }

    /// Returns the first item of a list that cannot be read, from 1, what is expected there, and what
    /// is found.
    fn wrong_item(_value: &Value) -> Option<(usize, &'static str, String)> {
        None
    }
}

fn wrong_item<T: FromValue>(value: &Value) -> Option<(usize, &'static str, String)> {
    let mut items = value.as_list()?.iter().enumerate();
    items.find_map(|(place, item)| match T::from_value(item) {
        Some(_) => None,
        None => Some((place + 1, T::EXPECTED, T::found(item))),
    })
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

    fn found(value: &Value) -> String {
        match value {
            Value::Bool(_) | Value::Int(_) | Value::Float(_) => {
                format!("{} (a text in quotes)", value.summary())
            }
            _ => value.summary(),
        }
    }
}

/// A name that may look like a number or a truth value: the text that Python makes of it.
pub(crate) struct Name(pub(crate) String);

impl FromValue for Name {
    const EXPECTED: &'static str = "a text";

    fn from_value(value: &Value) -> Option<Self> {
        Some(Self(match value {
            Value::String(text) => text.clone(),
            Value::Int(number) => number.to_string(),
            Value::Float(number) => format!("{number:?}"),
            Value::Bool(true) => "True".into(),
            Value::Bool(false) => "False".into(),
            _ => return None,
        }))
    }
}

impl FromValue for Vec<String> {
    const EXPECTED: &'static str = "a list of texts";

    fn from_value(value: &Value) -> Option<Self> {
        value.as_list()?.iter().map(String::from_value).collect()
    }

    fn wrong_item(value: &Value) -> Option<(usize, &'static str, String)> {
        wrong_item::<String>(value)
    }
}

impl FromValue for Vec<f64> {
    const EXPECTED: &'static str = "a list of numbers";

    fn from_value(value: &Value) -> Option<Self> {
        value.as_list()?.iter().map(f64::from_value).collect()
    }

    fn wrong_item(value: &Value) -> Option<(usize, &'static str, String)> {
        wrong_item::<f64>(value)
    }
}

impl FromValue for Vec<u32> {
    const EXPECTED: &'static str = "a list of integers of at least 0";

    fn from_value(value: &Value) -> Option<Self> {
        value.as_list()?.iter().map(u32::from_value).collect()
    }

    fn wrong_item(value: &Value) -> Option<(usize, &'static str, String)> {
        wrong_item::<u32>(value)
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
    unusable: Vec<UnusableField>,
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
            unusable: Vec::new(),
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
            .ok_or_else(|| match T::wrong_item(value) {
                Some((item, expected, found)) => {
                    self.error(names[0], expected, found).with_item(item)
                }
                None => self.error(names[0], T::EXPECTED, T::found(value)),
            })
    }

    /// Takes a field that not every use of the configuration needs: one that cannot be used is noted,
    /// and its default is returned.
    pub(crate) fn noted<T>(
        &mut self,
        names: &[&str],
        default: T,
        take: impl FnOnce(&mut Self) -> Result<T, ConfigFieldError>,
    ) -> T {
        let value = names.iter().find_map(|name| self.peek(name)).cloned();
        take(self).unwrap_or_else(|error| {
            let value = value.unwrap_or_default();
            self.unusable.push(UnusableField { error, value });
            default
        })
    }

    /// As [`Self::noted`], of a field that is taken as it is.
    pub(crate) fn take_noted<T: FromValue + Clone>(&mut self, name: &str, default: T) -> T {
        self.noted(&[name], default.clone(), |fields| {
            fields.take_or(name, default)
        })
    }

    /// As [`Self::noted`], of a field that may be absent.
    pub(crate) fn take_noted_option<T: FromValue>(&mut self, name: &str) -> Option<T> {
        self.noted(&[name], None, |fields| fields.take(name))
    }

    /// Takes what was noted.
    pub(crate) fn take_unusable(&mut self) -> Vec<UnusableField> {
        std::mem::take(&mut self.unusable)
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
                unusable: Vec::new(),
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
