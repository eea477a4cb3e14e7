use std::collections::BTreeMap;

/// An array of 32-bit floats as it lies in a checkpoint: row-major, the last axis is contiguous.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl Tensor {
    /// Creates a tensor.
    ///
    /// # Errors
    ///
    /// Returns an error unless there are as many values as the shape says.
    pub fn new(shape: Vec<usize>, values: Vec<f32>) -> Result<Self, TensorError> {
        let len = shape.iter().try_fold(1_usize, |n, &d| n.checked_mul(d));
        if len == Some(values.len()) {
            Ok(Self { shape, values })
        } else {
            Err(TensorError {
                shape,
                actual: values.len(),
            })
        }
    }

    /// Returns the length of each axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns the values.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Returns the values, to be changed where they lie.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// Returns the values, without a copy.
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }
}

/// An error returned when there are not as many values as a shape says.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a tensor of shape {shape:?} does not have {actual} values")]
pub struct TensorError {
    shape: Vec<usize>,
    actual: usize,
}

/// The tensors of a checkpoint, by the name they have there.
pub type Weights = BTreeMap<String, Tensor>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_and_values_must_agree() {
        assert!(Tensor::new(vec![2, 3], vec![0.0; 6]).is_ok());
        assert!(Tensor::new(vec![], vec![1.0]).is_ok());
        assert!(Tensor::new(vec![2, 3], vec![0.0; 5]).is_err());
        assert!(Tensor::new(vec![usize::MAX, 2], vec![]).is_err());
    }
}
