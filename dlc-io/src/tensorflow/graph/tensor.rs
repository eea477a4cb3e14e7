use dlc_model::Tensor;

use super::{
    super::{
        entry::{DT_FLOAT, shape},
        protobuf::{Field, Fields},
    },
    Kind,
};
use crate::Limits;

/// How many times as long as the file the weights may be: a list of floats may be cut off where
/// the last one repeats.
const MOST_EXPANSION: u64 = 16;
/// As much may be in a file of any length.
const SMALL: u64 = 1 << 20;
const DT_DOUBLE: u64 = 2;
const DT_BFLOAT16: u64 = 14;
const DT_HALF: u64 = 19;

/// How many bytes weights may still take.
pub(super) struct Room {
    limit: u64,
    left: u64,
}

impl Room {
    /// Returns the room for the weights of a file of `len` bytes.
    pub(super) fn new(len: usize, limits: &Limits) -> Self {
        let believable = (len as u64).saturating_mul(MOST_EXPANSION).max(SMALL);
        let limit = limits.max_tensor_bytes.min(believable);
        Self { limit, left: limit }
    }

    /// Takes room for so many values, and returns how many they are.
    fn take(&mut self, name: &str, shape: &[usize]) -> Result<usize, Kind> {
        let mut axes = shape.iter();
        let len = axes.try_fold(1_usize, |len, &axis| len.checked_mul(axis));
        let size = len.and_then(|len| (len as u64).checked_mul(4));
        let left = size.and_then(|size| self.left.checked_sub(size));
        match (len, left) {
            (Some(len), Some(left)) => {
                self.left = left;
                Ok(len)
            }
            _ => Err(Kind::TooLarge {
                name: name.into(),
                limit: self.limit,
            }),
        }
    }
}

/// A `TensorProto`.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Constant<'a> {
    dtype: u64,
    shape: Vec<usize>,
    content: &'a [u8],
    /// The message, to look for floats.
    message: &'a [u8],
}

impl<'a> Constant<'a> {
    pub(super) fn parse(name: &str, message: &'a [u8]) -> Result<Self, Kind> {
        let invalid = |expected| Kind::InvalidTensor {
            name: name.into(),
            expected,
        };
        let mut constant = Self {
            message,
            ..Self::default()
        };
        for field in Fields::new(message) {
            match field.ok_or_else(|| invalid("a message"))? {
                (1, Field::Varint(dtype)) => constant.dtype = dtype,
                (2, Field::Bytes(bytes)) => {
                    constant.shape = shape(bytes).ok_or_else(|| invalid("a known shape"))?;
                }
                (4, Field::Bytes(content)) => constant.content = content,
                (5, Field::Bytes(floats)) if floats.len() % 4 != 0 => {
                    return Err(invalid("4 bytes for each float"));
                }
                _ => {}
            }
        }
        Ok(constant)
    }

    /// Returns the tensor, or `None` if it is none of floats and so no weight.
    pub(super) fn weight(&self, name: &str, room: &mut Room) -> Result<Option<Tensor>, Kind> {
        let unsupported = |dtype| Kind::UnsupportedType {
            name: name.into(),
            dtype,
        };
        match self.dtype {
            DT_FLOAT => {}
            DT_HALF => return Err(unsupported("16-bit floats")),
            DT_BFLOAT16 => return Err(unsupported("bfloat16")),
            DT_DOUBLE => return Err(unsupported("64-bit floats")),
            _ => return Ok(None),
        }
        let len = room.take(name, &self.shape)?;
        let values = self.values(len).ok_or_else(|| Kind::WrongSize {
            name: name.into(),
            shape: self.shape.clone(),
            found: self.content.len() / 4 + self.floats().take(len + 1).count(),
        })?;
        let tensor = Tensor::new(self.shape.clone(), values);
        Ok(Some(tensor.expect("there are as many values as asked")))
    }

    /// Returns up to three values of a small constant of floats: a colour, or one number.
    pub(super) fn few(&self) -> Option<Vec<f32>> {
        let mut axes = self.shape.iter();
        let len = axes.try_fold(1_usize, |len, &axis| len.checked_mul(axis));
        let len = len.filter(|&len| len <= 3 && self.dtype == DT_FLOAT);
        self.values(len?)
    }

    /// Returns `len` values, or `None` if there are more, or fewer bytes.
    fn values(&self, len: usize) -> Option<Vec<f32>> {
        if !self.content.is_empty() {
            let (values, rest) = self.content.as_chunks::<4>();
            let fits = values.len() == len && rest.is_empty();
            return fits.then(|| {
                values
                    .iter()
                    .map(|&value| f32::from_le_bytes(value))
                    .collect()
            });
        }
        let mut values = Vec::with_capacity(len);
        for value in self.floats() {
            if values.len() == len {
                return None;
            }
            values.push(value);
        }
        values.resize(len, values.last().copied().unwrap_or(0.0));
        Some(values)
    }

    /// Returns the list of floats, packed or one by one.
    fn floats(&self) -> impl Iterator<Item = f32> + 'a {
        Fields::new(self.message).flatten().flat_map(|field| {
            let (single, packed): (Option<u32>, &[[u8; 4]]) = match field {
                (5, Field::Fixed32(bits)) => (Some(bits), &[]),
                (5, Field::Bytes(bytes)) => (None, bytes.as_chunks().0),
                _ => (None, &[]),
            };
            let packed = packed.iter().map(|&value| f32::from_le_bytes(value));
            single.map(f32::from_bits).into_iter().chain(packed)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: &[u8] = b"\x08\x01\x12\x08\x12\x02\x08\x01\x12\x02\x08\x03";

    fn weight(rest: &[u8]) -> Result<Option<Tensor>, Kind> {
        let message = [SHAPE, rest].concat();
        let mut room = Room::new(message.len(), &Limits::default());
        Constant::parse("w", &message)?.weight("w", &mut room)
    }

    fn values(rest: &[u8]) -> Vec<f32> {
        weight(rest).unwrap().unwrap().into_values()
    }

    fn bytes(floats: &[f32]) -> Vec<u8> {
        floats
            .iter()
            .flat_map(|float| float.to_le_bytes())
            .collect()
    }

    #[test]
    fn values_are_bytes_or_a_list_whose_last_one_fills_up_the_rest() {
        let content = [&b"\x22\x0c"[..], &bytes(&[1.0, 2.0, 3.0])].concat();
        assert_eq!(values(&content), [1.0, 2.0, 3.0]);

        let packed = [&b"\x2a\x08"[..], &bytes(&[1.0, 2.0])].concat();
        assert_eq!(values(&packed), [1.0, 2.0, 2.0]);

        let single = [&b"\x2d"[..], &bytes(&[5.0])].concat();
        assert_eq!(values(&single), [5.0; 3]);
        assert_eq!(values(&[&single[..], &packed].concat()), [5.0, 1.0, 2.0]);
        assert_eq!(values(b""), [0.0; 3]);
    }

    #[test]
    fn too_many_and_half_values_are_refused() {
        let four = [&b"\x2a\x10"[..], &bytes(&[1.0; 4])].concat();
        assert!(matches!(
            weight(&four),
            Err(Kind::WrongSize { found: 4, .. })
        ));
        let two = [&b"\x22\x08"[..], &bytes(&[1.0; 2])].concat();
        assert!(matches!(
            weight(&two),
            Err(Kind::WrongSize { found: 2, .. })
        ));
        let odd = weight(b"\x2a\x05abcde");
        assert!(matches!(odd, Err(Kind::InvalidTensor { .. })));
    }

    #[test]
    fn other_floats_are_refused_and_integers_passed_over() {
        for dtype in [2, 14, 19] {
            let error = weight(&[0x08, dtype]).unwrap_err();
            assert!(matches!(error, Kind::UnsupportedType { .. }), "{error}");
        }
        assert_eq!(weight(&[0x08, 3]).unwrap(), None);
    }

    #[test]
    fn a_shape_is_believed_as_far_as_the_file_is_long() {
        let huge = weight(b"\x12\x0c\x12\x0a\x08\x80\x80\x80\x80\x80\x80\x80\x80\x40");
        assert!(matches!(huge, Err(Kind::TooLarge { limit: SMALL, .. })));
        let large = weight(b"\x12\x06\x12\x04\x08\x81\x80\x10");
        assert!(matches!(large, Err(Kind::TooLarge { .. })));
    }
}
