//! Recordings of answered calls.

use time::OffsetDateTime;

use super::book::Book;
use crate::ledger::CallKind;

/// From a call's id to its recording's.
const IDS_FROM_CALL: u64 = 3_400_000_000;

/// The id of the recording of a call, by the id that placing it answered with.
pub(crate) const fn recording_id(call_id: u64) -> u64 {
    call_id + IDS_FROM_CALL
}

/// A recording that can be had.
#[derive(Clone)]
pub(crate) struct Recording {
    pub(crate) id: u64,
    /// The id that the call goes by.
    pub(crate) call: u64,
    pub(crate) kind: CallKind,
    pub(crate) agent: u64,
    /// Digits of the customer's number.
    pub(crate) number: String,
    pub(crate) caller_id: Option<String>,
    /// When the recording begins.
    pub(crate) started_at: OffsetDateTime,
    /// Its length.
    pub(crate) seconds: u32,
}

impl Book {
    /// The recording of the call at `index`, if there ever will be one.
    pub(super) fn recording_of(&self, index: usize) -> Option<(OffsetDateTime, Recording)> {
        let call = self.calls.get(index)?;
        let recording = Recording {
            id: recording_id(call.id),
            call: call.live_id,
            kind: call.kind,
            agent: call.agent,
            number: call.number.clone(),
            caller_id: call.caller_id.clone(),
            started_at: call.connected_at()?,
            seconds: call.talk_seconds(),
        };
        Some((call.recording_at()?, recording))
    }

    /// Recordings that can be had at `now`, in the order of their calls.
    pub(super) fn recordings(&self, now: OffsetDateTime) -> Vec<Recording> {
        let had = |index| self.recording_of(index).filter(|(at, _)| *at <= now).map(|(_, recording)| recording);
        (0..self.calls.len()).filter_map(had).collect()
    }

    /// One of them.
    pub(super) fn recording(&self, id: u64, now: OffsetDateTime) -> Option<Recording> {
        let index = self.index(id.checked_sub(IDS_FROM_CALL)?)?;
        self.recording_of(index)
            .filter(|(at, recording)| *at <= now && recording.id == id)
            .map(|(_, recording)| recording)
    }
}
