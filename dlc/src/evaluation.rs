//! Compares a trained model with what people labelled, as `deeplabcut.evaluate_network`.
//!
//! | | |
//! |---|---|
//! | [`evaluate_network`] | predicts all labelled pictures and writes DeepLabCut's tables of errors |
//! | [`EvaluationReport`] | the errors in px, of pictures for training and for testing |
//! | [`EvaluationErrors`] | the errors of any two tables of poses |

mod errors;
mod evaluate_network;
mod results_csv;

pub use self::{
    errors::EvaluationErrors,
    evaluate_network::{EvaluateNetworkError, EvaluationReport, evaluate_network},
};
