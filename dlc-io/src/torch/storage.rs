use crate::pickle::f32_from_f16;

/// The type of the values of a storage.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Dtype {
    Float,
    Double,
    Half,
    Bfloat16,
    /// Integers and truth values: counters, not weights.
    Integer,
}

impl Dtype {
    /// Returns the type of a class such as `torch.FloatStorage`.
    pub(super) fn from_class(name: &str) -> Option<Self> {
        Some(match name.strip_suffix("Storage")? {
            "Float" => Self::Float,
            "Double" => Self::Double,
            "Half" => Self::Half,
            "BFloat16" => Self::Bfloat16,
            "Long" | "Int" | "Short" | "Char" | "Byte" | "Bool" => Self::Integer,
            _ => return None,
        })
    }

    /// Returns the bytes of a value, or `None` if it is not a float.
    pub(super) fn size(self) -> Option<usize> {
        match self {
            Self::Double => Some(8),
            Self::Float => Some(4),
            Self::Half | Self::Bfloat16 => Some(2),
            Self::Integer => None,
        }
    }
}

/// The bytes of a storage of floats.
pub(super) struct Storage {
    pub(super) bytes: Vec<u8>,
    pub(super) is_big_endian: bool,
}

impl Storage {
    /// Returns a value, or `None` if the storage does not have it.
    pub(super) fn value(&self, dtype: Dtype, index: usize) -> Option<f32> {
        let size = dtype.size()?;
        let start = index.checked_mul(size)?;
        let stored = self.bytes.get(start..)?.get(..size)?;
        let mut bytes = [0; 8];
        bytes[..size].copy_from_slice(stored);
        if self.is_big_endian {
            bytes[..size].reverse();
        }
        let [a, b, c, d, ..] = bytes;
        let short = u16::from_le_bytes([a, b]);
        Some(match dtype {
            Dtype::Float => f32::from_le_bytes([a, b, c, d]),
            Dtype::Double => narrow(f64::from_le_bytes(bytes)),
            Dtype::Half => f32_from_f16(short),
            Dtype::Bfloat16 => f32::from_bits(u32::from(short) << 16),
            Dtype::Integer => return None,
        })
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "networks are computed in 32 bits: the nearest float is wanted"
)]
fn narrow(value: f64) -> f32 {
    value as f32
}
