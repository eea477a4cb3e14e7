use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Parameters of any kind as text that is the same whenever they are: JSON with sorted keys.
///
/// Whole and broken numbers are kept apart, and all digits that a number needs are kept. JSON has
/// no word for a number that is not finite: check parameters before they are stored.
///
/// # Examples
///
/// ```
/// use dlc_tracking::Params;
///
/// let params: Params = r#"{ "right": "rightear", "left": "leftear" }"#.parse()?;
///
/// assert_eq!(params.to_string(), r#"{"left":"leftear","right":"rightear"}"#);
/// assert_eq!(params.hash().to_string(), "2246196c-ffcb-9347-7be3-3bb15521f0bd");
/// # Ok::<(), dlc_tracking::ParamsError>(())
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(from = "Value")]
pub struct Params(Value);

impl Params {
    /// Stores parameters.
    ///
    /// # Errors
    ///
    /// Returns an error when they have keys that are not texts.
    pub fn of<T: Serialize>(parameters: &T) -> Result<Self, ParamsError> {
        let value = serde_json::to_value(parameters).map_err(ParamsError)?;
        Ok(Self::from(value))
    }

    /// Reads parameters.
    ///
    /// # Errors
    ///
    /// Returns an error that tells which field is missing, unknown or of another kind.
    pub fn to<T: DeserializeOwned>(&self) -> Result<T, ParamsError> {
        T::deserialize(&self.0).map_err(ParamsError)
    }

    /// Returns the hash of the text.
    pub fn hash(&self) -> ParamHash {
        let digest = Sha256::digest(self.to_string().as_bytes());
        let mut hash = [0; 16];
        hash.copy_from_slice(&digest[..16]);
        ParamHash(hash)
    }
}

impl From<Value> for Params {
    fn from(mut value: Value) -> Self {
        sort(&mut value);
        Self(value)
    }
}

impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Params {
    type Err = ParamsError;

    fn from_str(json: &str) -> Result<Self, ParamsError> {
        let value: Value = serde_json::from_str(json).map_err(ParamsError)?;
        Ok(Self::from(value))
    }
}

/// Sorts the keys of objects, however many crates ask `serde_json` to keep their order; and makes
/// −0 a 0.
fn sort(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            entries.sort_keys();
            entries.values_mut().for_each(sort);
        }
        Value::Array(items) => items.iter_mut().for_each(sort),
        Value::Number(number) if number.as_f64() == Some(0.0) && number.is_f64() => {
            *value = 0.0.into();
        }
        _ => {}
    }
}

/// The hash of [`Params`]: the first 16 bytes of the SHA-256 of their text, printed as a UUID, as
/// `param_hash` is stored.
///
/// It is not that of `element-interface`, whose text has no separators: `{a: 1, b: 2}` and
/// `{a: "1b2"}` are the same to it, and the text of a number is Python's.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ParamHash([u8; 16]);

impl ParamHash {
    /// Returns the bytes, as `binary(16)` stores them.
    pub const fn bytes(self) -> [u8; 16] {
        self.0
    }

    /// Takes the bytes of a hash that was stored.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for ParamHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if [4, 6, 8, 10].contains(&at) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// An error returned when parameters cannot be stored or read.
#[derive(Debug, thiserror::Error)]
#[error("invalid parameters")]
pub struct ParamsError(#[source] serde_json::Error);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_keys_and_the_sign_of_zero_do_not_matter() {
        let a: Params = r#"{"b":{"y":-0.0,"x":[1,2.5]},"a":0.1}"#.parse().unwrap();
        let b: Params = r#"{"a":1e-1,"b":{"x":[1,2.5],"y":0.0}}"#.parse().unwrap();

        assert_eq!(a.to_string(), r#"{"a":0.1,"b":{"x":[1,2.5],"y":0.0}}"#);
        assert_eq!(a.hash(), b.hash());
    }

    #[test]
    fn parameters_that_differ_have_different_hashes() {
        let texts = [
            r#"{"a":21,"b":""}"#,
            r#"{"a":2,"b":"1"}"#,
            r#"{"a":2,"b":1}"#,
            r#"{"a":2.0,"b":1}"#,
            r#"{"a":"2","b":1}"#,
            r#"{"a":[2],"b":1}"#,
        ];
        let hashes = texts.map(|text| text.parse::<Params>().unwrap().hash());

        for (at, hash) in hashes.iter().enumerate() {
            assert!(!hashes[..at].contains(hash), "{}", texts[at]);
        }
    }

    #[test]
    fn bytes_and_text_are_the_same_hash() {
        let hash = "{}".parse::<Params>().unwrap().hash();

        // Source: printf '{}' | sha256sum
        assert_eq!(hash.to_string(), "44136fa3-55b3-678a-1146-ad16f7e8649e");
        assert_eq!(ParamHash::from_bytes(hash.bytes()), hash);
    }
}
