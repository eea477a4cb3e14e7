//! What a blob holds, in DataJoint's packing.
//!
//! Vectors alone, until all kinds are here.

use dlc_model::Value;

/// What a blob holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Blob {
    /// A vector.
    F64(Vec<f64>),
    /// Plain data, as text.
    Value(Value),
}

impl Blob {
    /// Packs it.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::F64(numbers) => {
                let mut bytes = b"mYm\0A".to_vec();
                bytes.extend(1_u64.to_le_bytes());
                bytes.extend((numbers.len() as u64).to_le_bytes());
                bytes.extend([6, 0, 0, 0, 0, 0, 0, 0]);
                bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
                bytes
            }
            Self::Value(_) => Vec::new(),
        }
    }

    /// Unpacks it.
    ///
    /// # Errors
    ///
    /// Returns an error when it is no vector.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        if bytes.is_empty() {
            return Ok(Self::Value(Value::None));
        }
        let numbers = bytes.get(29..).ok_or("too short")?;
        let number = |bytes: &[u8]| Some(f64::from_le_bytes(bytes.try_into().ok()?));
        let numbers = numbers.chunks(8).map(number).collect::<Option<_>>();
        numbers.map(Self::F64).ok_or_else(|| "no vector".into())
    }
}

impl From<&[f64]> for Blob {
    fn from(numbers: &[f64]) -> Self {
        Self::F64(numbers.to_vec())
    }
}

impl From<&Value> for Blob {
    fn from(value: &Value) -> Self {
        Self::Value(value.clone())
    }
}

impl TryFrom<Blob> for Vec<f64> {
    type Error = String;

    fn try_from(blob: Blob) -> Result<Self, String> {
        match blob {
            Blob::F64(numbers) => Ok(numbers),
            Blob::Value(_) => Err("no vector".into()),
        }
    }
}

impl TryFrom<Blob> for Value {
    type Error = String;

    fn try_from(blob: Blob) -> Result<Self, String> {
        match blob {
            Blob::Value(value) => Ok(value),
            Blob::F64(_) => Err("a vector".into()),
        }
    }
}
