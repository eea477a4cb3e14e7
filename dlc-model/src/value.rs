/// A configuration as plain data: what a YAML file or a pickled dictionary of plain objects holds.
///
/// Dictionaries keep their order, as Python's do, and their keys may be any value.
///
/// # Examples
///
/// ```
/// use dlc_model::Value;
///
/// let config = Value::dict([("Task", "openfield".into()), ("iteration", 0.into())]);
///
/// assert_eq!(config.get("Task").and_then(Value::as_str), Some("openfield"));
/// assert_eq!(config.get("iteration").and_then(Value::as_int), Some(0));
/// assert_eq!(config.get("date"), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(untagged))]
pub enum Value {
    /// `None`, YAML's `null`.
    #[default]
    None,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// A text.
    String(String),
    /// A list or a tuple.
    List(Vec<Self>),
    /// A dictionary in its order, each key once.
    #[cfg_attr(feature = "serde", serde(serialize_with = "serde_impl::dict"))]
    Dict(Vec<(Self, Self)>),
}

impl Value {
    /// Creates a dictionary with texts as keys.
    pub fn dict<K: Into<String>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        let entry = |(key, value): (K, Self)| (Self::String(key.into()), value);
        Self::Dict(entries.into_iter().map(entry).collect())
    }

    /// Returns what a dictionary holds under a text, or `None` when this is no dictionary.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_dict()?
            .iter()
            .find_map(|(k, value)| (k.as_str() == Some(key)).then_some(value))
    }

    /// Returns what nested dictionaries hold: `at(&["model", "backbone", "type"])`.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    /// Replaces what a dictionary holds under a text; a new key is put last.
    ///
    /// Anything else than a dictionary stays as it is.
    pub fn set(&mut self, key: &str, value: Self) {
        if let Self::Dict(entries) = self {
            match entries.iter_mut().find(|(k, _)| k.as_str() == Some(key)) {
                Some(entry) => entry.1 = value,
                None => entries.push((key.into(), value)),
            }
        }
    }

    /// Returns whether this is `None`.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Returns a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns an integer.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns a number: an integer becomes the nearest floating-point number.
    pub fn as_float(&self) -> Option<f64> {
        match self {
            Self::Float(value) => Some(*value),
            Self::Int(value) => Some(*value as f64),
            _ => None,
        }
    }

    /// Returns a text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the items of a list.
    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// Returns the entries of a dictionary, in its order.
    pub fn as_dict(&self) -> Option<&[(Self, Self)]> {
        match self {
            Self::Dict(entries) => Some(entries),
            _ => None,
        }
    }

    /// Returns a few words about the value for a message: its kind, and what it is when short.
    pub fn summary(&self) -> String {
        match self {
            Self::None => "nothing".into(),
            Self::Bool(value) => format!("the boolean {value}"),
            Self::Int(value) => format!("the integer {value}"),
            Self::Float(value) => format!("the number {value:?}"),
            Self::String(value) if value.chars().count() > 60 => "a long text".into(),
            Self::String(value) => format!("the text {value:?}"),
            Self::List(items) => format!("a list of {}", items.len()),
            Self::Dict(entries) => format!("a dictionary of {}", entries.len()),
        }
    }
}

macro_rules! from {
    ($($type:ty => $variant:ident),* $(,)?) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

from! {
    bool => Bool,
    i64 => Int,
    i32 => Int,
    u32 => Int,
    f64 => Float,
    &str => String,
    String => String,
    Vec<Value> => List,
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::None, Into::into)
    }
}

impl<T: Into<Self>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

#[cfg(feature = "serde")]
mod serde_impl {
    use std::fmt;

    use serde::{
        Deserialize, Deserializer, Serializer,
        de::{Error, MapAccess, SeqAccess, Visitor},
    };

    use super::Value;

    pub(super) fn dict<S: Serializer>(
        entries: &[(Value, Value)],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(entries.iter().map(|(key, value)| (key, value)))
    }

    impl<'de> Deserialize<'de> for Value {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(ValueVisitor)
        }
    }

    struct ValueVisitor;

    impl<'de> Visitor<'de> for ValueVisitor {
        type Value = Value;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("plain data")
        }

        fn visit_unit<E>(self) -> Result<Value, E> {
            Ok(Value::None)
        }

        fn visit_none<E>(self) -> Result<Value, E> {
            Ok(Value::None)
        }

        fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
            Value::deserialize(deserializer)
        }

        fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
            Ok(Value::Bool(value))
        }

        fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
            Ok(Value::Int(value))
        }

        fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
            Ok(i64::try_from(value).map_or(Value::Float(value as f64), Value::Int))
        }

        fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
            Ok(Value::Float(value))
        }

        fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
            Ok(value.into())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
            let mut list = Vec::new();
            while let Some(item) = items.next_element()? {
                list.push(item);
            }
            Ok(Value::List(list))
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
            let mut dict = Vec::new();
            while let Some(entry) = entries.next_entry()? {
                dict.push(entry);
            }
            Ok(Value::Dict(dict))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_through_dictionaries() {
        let config = Value::dict([("model", Value::dict([("neck", Value::None)]))]);

        assert_eq!(config.at(&["model", "neck"]), Some(&Value::None));
        assert_eq!(config.at(&["model", "heads"]), None);
        assert_eq!(config.at(&["model", "neck", "type"]), None);
    }

    #[test]
    fn a_key_keeps_its_place_when_it_is_set_again() {
        let mut config = Value::dict([("a", 1.into()), ("b", 2.into())]);

        config.set("a", 3.into());
        config.set("c", Value::None);

        let expected = [("a", 3.into()), ("b", 2.into()), ("c", Value::None)];
        assert_eq!(config, Value::dict(expected));
    }

    #[test]
    fn integers_are_numbers_but_texts_and_booleans_are_not() {
        assert_eq!(Value::Int(8).as_float(), Some(8.0));
        assert_eq!(Value::Float(8.0).as_int(), None);
        assert_eq!(Value::Bool(true).as_float(), None);
        assert_eq!(Value::from("8").as_float(), None);
    }
}
