use super::FindRecordingError;
use crate::{
    Query, Recording, RecordingKey, Transaction, TransactionExt,
    name::{RecordingName, SessionName},
    tables::RECORDING,
};

/// Finds a recording by its name, and by its session where several have that name.
///
/// # Errors
///
/// Returns an error when there is none, or when there are several.
pub fn find_recording(
    rows: &mut dyn Transaction,
    name: &RecordingName,
    session: Option<&SessionName>,
) -> Result<RecordingKey, FindRecordingError> {
    let mut query = Query::of(&RECORDING).with("recording_name", name.as_str());
    if let Some(session) = session {
        query = query.with("session_name", session.as_str());
    }
    let found: Vec<Recording> = rows.fetch(&query)?;
    let mut found: Vec<RecordingKey> = found.into_iter().map(|found| found.key).collect();
    match (found.pop(), found.is_empty()) {
        (Some(key), true) => Ok(key),
        (Some(key), false) => {
            found.push(key);
            Err(FindRecordingError::Several {
                name: name.clone(),
                sessions: found.into_iter().map(|key| key.session).collect(),
            })
        }
        (None, _) => Err(FindRecordingError::NoRecording(name.clone())),
    }
}
