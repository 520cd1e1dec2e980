//! The event log: one entry for each step, written in the transaction of the step itself.
//!
//! Audit, live streams, webhooks and analytics read this log; none of them polls tables.

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::identity::Scope;
use crate::ids::{CallId, CampaignId, ContactId, UserId};
use crate::store::StoreError;
use crate::words::words;

words! {
    /// What happened.
    EventKind ("event kind") {
        /// A campaign was made.
        CampaignCreated = "campaign.created",
        /// A campaign was changed, started, paused or completed.
        CampaignUpdated = "campaign.updated",
        /// A person stopped a campaign at once; the event counts what became of its calls.
        CampaignStopped = "campaign.stopped",
        /// A campaign that would call ahead of agents is dialled one line an agent; `why` says what does not allow it.
        CampaignClamped = "campaign.clamped",
        /// A person answered and no agent was there: how many more may be abandoned, by each rule that counts them.
        CampaignAbandonment = "campaign.abandonment",
        /// A campaign was deleted.
        CampaignDeleted = "campaign.deleted",
        /// Contacts were added.
        ContactsImported = "contacts.imported",
        /// A contact list waits to be imported.
        ImportQueued = "import.queued",
        /// An import is over; `status` says how.
        ImportEnded = "import.ended",
        /// The contacts of an import were removed again.
        ImportUndone = "import.undone",
        /// A contact will not be called, or not yet; `code` says why.
        ContactRefused = "contact.refused",
        /// A contact's state changed after a call.
        ContactSettled = "contact.settled",
        /// A person changed a contact.
        ContactUpdated = "contact.updated",
        /// A person removed a contact.
        ContactRemoved = "contact.removed",
        /// A person gave a waiting queue entry another priority.
        QueueEntryMoved = "queue.moved",
        /// A person took a waiting queue entry out of the line.
        QueueEntrySkipped = "queue.skipped",
        /// An agent was assigned to a campaign.
        AgentAssigned = "agent.assigned",
        /// An agent no longer works on a campaign.
        AgentUnassigned = "agent.unassigned",
        /// An agent's profile was made.
        AgentCreated = "agent.created",
        /// An agent's profile was changed.
        AgentUpdated = "agent.updated",
        /// An agent's profile was removed.
        AgentRemoved = "agent.removed",
        /// An agent turned to something else; `from` and `to` say what.
        AgentState = "agent.state",
        /// A node took over from one that let its lease expire; `from`, `to` and `fence` say how.
        LeaseTaken = "lease.taken",
        /// A call was written down.
        CallInitiated = "call.initiated",
        /// The customer's phone rings.
        CallRinging = "call.ringing",
        /// The customer answered.
        CallAnswered = "call.answered",
        /// An agent came on the line of a customer who answered ahead of agents.
        CallConnected = "call.connected",
        /// No agent came on the line within the connect deadline, and the customer was given up.
        CallAbandoned = "call.abandoned",
        /// A customer who waited was handed to an agent.
        CallHandedOver = "call.handed_over",
        /// A call is over.
        CallEnded = "call.ended",
        /// What was known of a call that is over was corrected.
        CallCorrected = "call.corrected",
        /// A person changed a call's log.
        CallUpdated = "call.updated",
        /// A person took a call out of the lists.
        CallHidden = "call.hidden",
        /// A person said what came of a call.
        DispositionRecorded = "disposition.recorded",
        /// A person said that a follow-up is no longer needed.
        FollowUpDone = "follow-up.done",
        /// Nobody called in time whom to call was promised; whoever is still waiting is called late.
        FollowUpMissed = "follow-up.missed",
        /// A number was put on the do-not-call list.
        NumberSuppressed = "number.suppressed",
        /// A number was taken off it.
        NumberLifted = "number.lifted",
        /// Consents, or their revocations, were written down.
        ConsentRecorded = "consent.recorded",
        /// An emergency ban was ordered.
        BanOrdered = "ban.ordered",
        /// An emergency ban was ended before its time.
        BanEnded = "ban.ended",
        /// A copy of a national do-not-call list came into force.
        RegistryImported = "registry.imported",
        /// A copy of a national do-not-call list did not come into force.
        RegistryRefused = "registry.refused",
        /// An API key was made.
        ApiKeyCreated = "api_key.created",
        /// An API key was ended by its owner.
        ApiKeyRevoked = "api_key.revoked",
        /// A call got a recording.
        RecordingAdded = "recording.added",
        /// A recording was transcribed or judged.
        RecordingUpdated = "recording.updated",
        /// A recording was removed.
        RecordingRemoved = "recording.removed",
        /// A voicemail drop was made.
        VoicemailDropAdded = "voicemail_drop.added",
        /// A voicemail drop was changed, or got its audio.
        VoicemailDropUpdated = "voicemail_drop.updated",
        /// A voicemail drop was left on a voicemail.
        VoicemailDropUsed = "voicemail_drop.used",
        /// A voicemail drop was removed.
        VoicemailDropRemoved = "voicemail_drop.removed",
    }
}

/// An event to be stored. Carries ids and words, never numbers or names of people.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// What happened.
    pub kind: EventKind,
    /// Whose data it concerns.
    pub user_id: UserId,
    /// The campaign concerned.
    pub campaign_id: Option<CampaignId>,
    /// The contact concerned.
    pub contact_id: Option<ContactId>,
    /// The call concerned.
    pub call_id: Option<CallId>,
    /// When.
    pub at: OffsetDateTime,
    /// Particulars.
    pub data: Map<String, Value>,
}

impl NewEvent {
    /// The same, saying who did it: the user of `scope`. What the service does, nobody did.
    #[must_use]
    pub fn by(mut self, scope: Scope) -> Self {
        if let Scope::User(user) = scope {
            self.data.insert("by".to_owned(), json!(user));
        }
        self
    }

    /// The same, naming the fields that were changed.
    #[must_use]
    pub fn changing(mut self, fields: &[&str]) -> Self {
        self.data.insert("changes".to_owned(), json!(fields));
        self
    }
}

/// A stored event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its place in the log; grows, with gaps.
    pub seq: i64,
    /// The event.
    pub event: NewEvent,
}

/// Builds the particulars of an event.
pub(crate) fn data<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// The event log.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Up to `limit` events after `seq`, in order. Whoever follows the log by its last `seq` misses nothing: an event
    /// becomes visible only after all that have a smaller one.
    async fn since(&self, scope: Scope, seq: i64, limit: u16) -> Result<Vec<Event>, StoreError>;

    /// Up to `limit` events about a call after `seq`, in order: of those in scope, as of [`Self::since`].
    async fn of_call(&self, scope: Scope, call: CallId, seq: i64, limit: u16) -> Result<Vec<Event>, StoreError>;

    /// Writes down what was done outside and changes no row. A user notes what concerns their own data.
    async fn note(&self, scope: Scope, event: &NewEvent) -> Result<(), StoreError>;
}
