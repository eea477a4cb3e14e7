//! How a row of an imported or computed table comes to be: looked up, made, stored.

pub use self::{
    make_error::MakeError,
    needed::{MissingRowError, dataset_files, needed},
    prediction::{
        FetchPredictionError, Predicted, PredictedFile, PredictionJob, PredictionMake, Predictor,
        add_predictions,
    },
    running::{Running, Shutdown},
    tracking::{ProcessTrackingError, TrackingInput, TrackingMake, TrackingOutput},
};

mod make_error;
mod needed;
mod prediction;
mod running;
mod tracking;

pub(crate) use self::{prediction::hashed_name, tracking::params as tracking_params};
use crate::{Row, StoreError, Transaction, table::Table};

/// What makes the rows of one imported or computed table: DataJoint's `make` in its three parts.
///
/// What is slow is outside of transactions. So that nothing is stored beside other inputs than it was
/// made of, [`fetch`](Self::fetch) is asked again in the transaction that stores, and a difference is
/// an error.
pub trait Make {
    /// What a row is made of.
    type Input: PartialEq;
    /// What is stored.
    type Output;

    /// Returns the table.
    fn table(&self) -> &'static Table;

    /// Returns the keys of rows that could be made and are not there, as far as this worker can make
    /// them, in any order. Reserved and failed ones are among them.
    ///
    /// # Errors
    ///
    /// Returns an error when the store cannot be asked.
    fn pending(&self, rows: &mut dyn Transaction) -> Result<Vec<Row>, StoreError>;

    /// Looks up what a row is made of.
    ///
    /// # Errors
    ///
    /// Returns an error when something is missing.
    fn fetch(&self, rows: &mut dyn Transaction, key: &Row) -> Result<Self::Input, MakeError>;

    /// Makes what is stored, outside of any transaction. It may take hours, and asks
    /// [`Running::is_cancelled`] now and then: what it returns once cancelled does not matter.
    ///
    /// # Errors
    ///
    /// Returns an error that says whether another try may help.
    fn make(
        &self,
        key: &Row,
        input: &Self::Input,
        running: &Running,
    ) -> Result<Self::Output, MakeError>;

    /// Stores it: the row with this key, and those that belong to it.
    ///
    /// When another transaction is in the way, this is done again from its beginning, which is why it
    /// does not take the output away.
    ///
    /// # Errors
    ///
    /// Returns an error when the store refuses.
    fn store(
        &self,
        rows: &mut dyn Transaction,
        key: &Row,
        input: &Self::Input,
        output: &Self::Output,
    ) -> Result<(), MakeError>;
}
