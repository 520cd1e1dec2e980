//! Which fields a change has changed, by the names that they have in JSON: what the event of a change says, without the
//! values, which may be personal.

use crate::calls::Call;
use crate::campaigns::Campaign;
use crate::contacts::Contact;
use crate::recordings::Recording;
use crate::voicemail_drops::VoicemailDrop;

/// The names of fields that differ.
fn differing<const N: usize>(fields: [(&'static str, bool); N]) -> Vec<&'static str> {
    fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

impl Campaign {
    /// The fields that differ in `after`; counts and revision, which change by themselves, are no part of it.
    #[must_use]
    pub fn changes(&self, after: &Self) -> Vec<&'static str> {
        differing([
            ("name", self.name != after.name),
            ("description", self.description != after.description),
            ("type", self.mode != after.mode),
            ("purpose", self.purpose != after.purpose),
            ("callee", self.callee != after.callee),
            ("status", self.status != after.status),
            ("caller_id", self.caller_id != after.caller_id),
            ("script", self.script != after.script),
            ("max_attempts", self.max_attempts != after.max_attempts),
            ("retry_interval", self.retry_interval != after.retry_interval),
            ("active_hours", self.active_hours != after.active_hours),
            ("timezone", self.timezone != after.timezone),
            ("pause_reason", self.pause_reason != after.pause_reason),
        ])
    }
}

impl Contact {
    /// The fields that differ in `after`.
    #[must_use]
    pub fn changes(&self, after: &Self) -> Vec<&'static str> {
        let (person, then) = (&self.person, &after.person);
        differing([
            ("phone_number", person.phone_number != then.phone_number),
            ("first_name", person.first_name != then.first_name),
            ("last_name", person.last_name != then.last_name),
            ("email", person.email != then.email),
            ("company", person.company != then.company),
            ("metadata", person.metadata != then.metadata),
            ("status", self.status != after.status),
            ("next_attempt_at", self.next_attempt_at != after.next_attempt_at),
            ("closed_reason", self.closed_reason != after.closed_reason),
            ("reserved_for", self.reserved_for != after.reserved_for),
        ])
    }
}

impl Call {
    /// The fields of the log that differ in `after` and that a person may change.
    #[must_use]
    pub fn changes(&self, after: &Self) -> Vec<&'static str> {
        differing([
            ("status", self.status != after.status),
            ("duration", self.duration != after.duration),
            ("answered_at", self.answered_at != after.answered_at),
            ("ended_at", self.ended_at != after.ended_at),
            ("notes", self.notes != after.notes),
            ("recording_url", self.recording_url != after.recording_url),
            ("lead_id", self.lead_id != after.lead_id),
            ("metadata", self.metadata != after.metadata),
        ])
    }
}

impl Recording {
    /// The fields that differ in `after`.
    #[must_use]
    pub fn changes(&self, after: &Self) -> Vec<&'static str> {
        differing([
            ("transcription", self.transcription != after.transcription),
            ("sentiment", self.sentiment != after.sentiment),
        ])
    }
}

impl VoicemailDrop {
    /// The fields that differ in `after`; `audio` stands for the audio itself.
    #[must_use]
    pub fn changes(&self, after: &Self) -> Vec<&'static str> {
        differing([
            ("name", self.name != after.name),
            ("audio_url", self.audio_url != after.audio_url),
            ("duration", self.duration != after.duration),
            ("audio", self.storage_key != after.storage_key),
        ])
    }
}
