//! Names of a checkpoint → tensors of a graph, with a report.

use dlc_model::{Tensor, Weights};

/// What became of the tensors of a checkpoint.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct LoadReport {
    /// Names of tensors that the network took.
    pub loaded: Vec<String>,
    /// Names that the network needs and the checkpoint lacks.
    pub missing: Vec<String>,
    /// Tensors that are there with another shape.
    pub mismatched: Vec<ShapeMismatch>,
    /// Names in the checkpoint that the network does not use.
    pub unused: Vec<String>,
}

/// A tensor whose shape is not the one that the network needs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShapeMismatch {
    /// The name in the checkpoint.
    pub name: String,
    /// The shape that the network needs.
    pub expected: Vec<usize>,
    /// The shape in the checkpoint.
    pub found: Vec<usize>,
}

impl LoadReport {
    /// Returns whether the network got all it needs.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.mismatched.is_empty()
    }
}

/// Hands out the tensors of a checkpoint and keeps the books.
#[derive(Debug)]
pub(crate) struct WeightReader {
    /// Those that are still there.
    weights: Weights,
    report: LoadReport,
}

impl WeightReader {
    pub(crate) fn new(weights: Weights) -> Self {
        Self {
            weights,
            report: LoadReport::default(),
        }
    }

    /// Returns the tensor of this name and shape, or zeros, and notes which. A tensor is given once.
    ///
    /// Zeros let the caller go on, so that the report names all that is wrong and not the first.
    pub(crate) fn take(&mut self, name: &str, shape: &[usize]) -> Tensor {
        match self.weights.remove(name) {
            Some(tensor) if tensor.shape() == shape => {
                self.report.loaded.push(name.to_owned());
                return tensor;
            }
            Some(tensor) => self.report.mismatched.push(ShapeMismatch {
                name: name.to_owned(),
                expected: shape.to_vec(),
                found: tensor.shape().to_vec(),
            }),
            None => self.report.missing.push(name.to_owned()),
        }
        zeros(shape)
    }

    /// Drops a tensor that the network knows and leaves aside.
    pub(crate) fn leave(&mut self, name: &str) {
        self.weights.remove(name);
    }

    /// Returns the shape of a tensor that nobody took.
    pub(crate) fn shape_of(&self, name: &str) -> Option<&[usize]> {
        self.weights.get(name).map(Tensor::shape)
    }

    /// Closes the books.
    pub(crate) fn finish(self) -> LoadReport {
        LoadReport {
            unused: self.weights.into_keys().collect(),
            ..self.report
        }
    }
}

fn zeros(shape: &[usize]) -> Tensor {
    Tensor::new(shape.to_vec(), vec![0.0; shape.iter().product()])
        .expect("as many values as the shape says")
}

/// Returns the tensor with its four axes in another order: axis `i` of the result is axis
/// `order[i]` of the tensor.
pub(crate) fn permuted(tensor: &Tensor, order: [usize; 4]) -> Tensor {
    let shape = order.map(|axis| tensor.shape()[axis]);
    let mut strides = [1; 4];
    for axis in (0..3).rev() {
        strides[axis] = strides[axis + 1] * tensor.shape()[axis + 1];
    }
    let steps = order.map(|axis| strides[axis]);
    let mut values = Vec::with_capacity(tensor.values().len());
    for a in 0..shape[0] {
        for b in 0..shape[1] {
            for c in 0..shape[2] {
                let start = a * steps[0] + b * steps[1] + c * steps[2];
                values.extend((0..shape[3]).map(|d| tensor.values()[start + d * steps[3]]));
            }
        }
    }
    Tensor::new(shape.to_vec(), values).expect("a permutation keeps the number of values")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(shape: &[usize]) -> Tensor {
        let len: u16 = u16::try_from(shape.iter().product::<usize>()).unwrap();
        Tensor::new(shape.to_vec(), (0..len).map(f32::from).collect()).unwrap()
    }

    #[test]
    fn the_report_names_all_that_is_wrong() {
        let weights = Weights::from([
            ("a".to_owned(), tensor(&[2])),
            ("b".to_owned(), tensor(&[3])),
            ("known".to_owned(), tensor(&[1])),
            ("z".to_owned(), tensor(&[1])),
        ]);
        let mut reader = WeightReader::new(weights);
        reader.take("a", &[2]);
        reader.take("b", &[4]);
        reader.take("c", &[1]);
        reader.leave("known");

        let report = reader.finish();

        assert!(!report.is_complete());
        assert_eq!(report.loaded, ["a"]);
        assert_eq!(report.missing, ["c"]);
        assert_eq!(report.mismatched[0].found, [3]);
        assert_eq!(report.unused, ["z"]);
    }

    #[test]
    fn permuting_moves_axes() {
        // Height 1, width 2, in 3, out 2 (TensorFlow) → out, in, height, width.
        let moved = permuted(&tensor(&[1, 2, 3, 2]), [3, 2, 0, 1]);

        assert_eq!(moved.shape(), [2, 3, 1, 2]);
        assert_eq!(
            moved.values(),
            [0.0, 6.0, 2.0, 8.0, 4.0, 10.0, 1.0, 7.0, 3.0, 9.0, 5.0, 11.0]
        );
    }
}
