use crate::pickle::{Object, Value};

use super::{ReadSnapshotErrorKind as Kind, storage::Dtype};

/// Where the values of a tensor are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct View {
    pub(super) dtype: Dtype,
    /// The name of the storage in the folder `data`.
    pub(super) key: String,
    /// The number of values in the storage, as the pickle has it.
    pub(super) storage_len: usize,
    /// The place of the first value in the storage.
    pub(super) offset: usize,
    pub(super) shape: Vec<usize>,
    /// How far apart in the storage two neighbours are, for each axis.
    pub(super) strides: Vec<usize>,
}

impl View {
    /// Returns the view that a value of a network's dict stands for, or `None` if it is not an
    /// object, and so not a tensor.
    pub(super) fn parse(name: &str, value: &Value) -> Result<Option<Self>, Kind> {
        let Value::Object(object) = value else {
            return Ok(None);
        };
        let Some(global) = object.global() else {
            return Err(unknown_function(name, object));
        };
        match (
            global.module.as_str(),
            global.name.as_str(),
            &object.args[..],
        ) {
            ("torch._utils", "_rebuild_tensor_v2", [storage, offset, shape, strides, ..]) => {
                Self::from_parts(name, storage, offset, shape, strides).map(Some)
            }
            ("torch._utils", "_rebuild_parameter", [tensor @ Value::Object(inner), ..])
                if inner
                    .global()
                    .is_some_and(|g| g.name != "_rebuild_parameter") =>
            {
                Self::parse(name, tensor)
            }
            _ => Err(unknown_function(name, object)),
        }
    }

    fn from_parts(
        name: &str,
        storage: &Value,
        offset: &Value,
        shape: &Value,
        strides: &Value,
    ) -> Result<Self, Kind> {
        let invalid = |expected| Kind::InvalidTensor {
            name: name.into(),
            expected,
        };
        let Value::PersistentId(id) = storage else {
            return Err(invalid("the id of a storage"));
        };
        let Some([kind, Value::Global(class), key, _, len, ..]) = id.as_slice() else {
            return Err(invalid("a storage's type, key, device and length"));
        };
        if kind.as_str() != Some("storage") {
            return Err(invalid("a storage's type, key, device and length"));
        }
        let dtype = Dtype::from_class(&class.name).filter(|_| class.module == "torch");
        let dtype = dtype.ok_or_else(|| Kind::UnknownStorage {
            name: name.into(),
            storage: format!("{}.{}", class.module, class.name),
        })?;
        let lengths = |value: &Value| -> Option<Vec<usize>> {
            value.as_slice()?.iter().map(length).collect()
        };
        let view = Self {
            dtype,
            key: key
                .as_str()
                .ok_or_else(|| invalid("a storage's key"))?
                .into(),
            storage_len: length(len).ok_or_else(|| invalid("a storage's length"))?,
            offset: length(offset).ok_or_else(|| invalid("an offset from 0"))?,
            shape: lengths(shape).ok_or_else(|| invalid("a shape"))?,
            strides: lengths(strides).ok_or_else(|| invalid("strides from 0"))?,
        };
        if view.shape.len() != view.strides.len() {
            return Err(invalid("a stride for each axis"));
        }
        Ok(view)
    }

    /// Returns the number of values, or `None` if there are too many to count.
    pub(super) fn len(&self) -> Option<usize> {
        self.shape
            .iter()
            .try_fold(1_usize, |n, &axis| n.checked_mul(axis))
    }

    /// Returns how many values the storage must have, or `None` if too many to count.
    pub(super) fn needed_len(&self) -> Option<usize> {
        if self.shape.contains(&0) {
            return Some(0);
        }
        let mut axes = self.shape.iter().zip(&self.strides);
        let last = axes.try_fold(self.offset, |last, (&len, &stride)| {
            last.checked_add((len - 1).checked_mul(stride)?)
        });
        last?.checked_add(1)
    }

    /// Returns whether the values lie in their order without gaps.
    pub(super) fn is_contiguous(&self) -> bool {
        let mut expected = Some(1_usize);
        self.shape
            .iter()
            .zip(&self.strides)
            .rev()
            .all(|(&len, &stride)| {
                let fits = len == 1 || expected == Some(stride);
                expected = expected.and_then(|n| n.checked_mul(len));
                fits
            })
    }
}

fn length(value: &Value) -> Option<usize> {
    usize::try_from(value.as_i64()?).ok()
}

fn unknown_function(name: &str, object: &Object) -> Kind {
    let function = match object.global() {
        Some(global) => format!("{}.{}", global.module, global.name),
        None => object.callable.kind().into(),
    };
    Kind::UnknownFunction {
        name: name.into(),
        function,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(shape: &[usize], strides: &[usize]) -> View {
        View {
            dtype: Dtype::Float,
            key: "0".into(),
            storage_len: 6,
            offset: 2,
            shape: shape.into(),
            strides: strides.into(),
        }
    }

    #[test]
    fn the_last_value_decides_how_many_are_needed() {
        assert_eq!(view(&[2, 3], &[3, 1]).needed_len(), Some(8));
        assert_eq!(view(&[2, 3], &[1, 2]).needed_len(), Some(8));
        assert_eq!(view(&[1000, 2], &[0, 1]).needed_len(), Some(4));
        assert_eq!(view(&[], &[]).needed_len(), Some(3));
        assert_eq!(view(&[0, 3], &[3, 1]).needed_len(), Some(0));
        assert_eq!(view(&[usize::MAX, 2], &[2, 1]).needed_len(), None);
    }

    #[test]
    fn gaps_repeats_and_transposes_are_not_contiguous() {
        assert!(view(&[2, 3], &[3, 1]).is_contiguous());
        assert!(view(&[1, 3], &[7, 1]).is_contiguous());
        assert!(!view(&[2, 3], &[1, 2]).is_contiguous());
        assert!(!view(&[2, 3], &[4, 1]).is_contiguous());
        assert!(!view(&[2, 3], &[0, 1]).is_contiguous());
    }
}
