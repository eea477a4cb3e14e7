use super::{AddTrackingParamsError, Registrar};
use crate::{
    Entity as _, Query, StoreExt, TrackingParamsRow, TransactionExt, make::tracking_params,
    tables::TRACKING_PARAMS,
};

impl Registrar<'_> {
    /// Adds parameters by which raw tracking is processed; returns whether they are new. All recordings
    /// are processed once for each row of them.
    ///
    /// # Errors
    ///
    /// Returns an error when a number is out of its range, when another row has the same parameters, or
    /// when there are other ones of that letter.
    pub fn add_tracking_params(
        &self,
        params: &TrackingParamsRow,
    ) -> Result<bool, AddTrackingParamsError> {
        tracking_params(params).map_err(|source| AddTrackingParamsError::Number {
            id: params.id.clone(),
            source,
        })?;
        let numbers = ["sigma_tracking", "sigma_speed", "sigma_angle", "rotate"];
        let numbers = params.row().rounded(&TRACKING_PARAMS).only(&numbers);
        self.store.write(|rows| {
            let known: Vec<TrackingParamsRow> = rows.fetch(&Query::of(&TRACKING_PARAMS))?;
            let same = known.into_iter().find(|known| {
                known.id != params.id && known.row().rounded(&TRACKING_PARAMS).holds(&numbers)
            });
            match same {
                Some(known) => Err(AddTrackingParamsError::SameParams { known: known.id }),
                None => Ok(rows.put_same(params)?),
            }
        })
    }
}
