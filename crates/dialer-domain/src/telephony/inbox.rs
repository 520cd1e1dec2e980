//! Events of the provider as they came in, kept until they have been read and their calls are known.
//!
//! Whoever receives an event stores it and answers; what it says is worked out afterwards. An event for a call that we
//! do not know yet waits here: the provider may tell that a phone rings before it answers our own request to dial.

use std::fmt;

use async_trait::async_trait;
use serde_json::Value;
use time::OffsetDateTime;

use crate::ids::CallId;
use crate::store::StoreError;
use crate::words::words;

/// An event as it came in. `Debug` shows nothing of its body, which has numbers and names.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivedEvent {
    /// The provider's id of it, or what stands for one: the same event again has the same.
    pub event_id: String,
    /// What was sent.
    pub body: Value,
    /// When it came.
    pub received_at: OffsetDateTime,
}

impl fmt::Debug for ReceivedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedEvent")
            .field("event_id", &self.event_id)
            .field("received_at", &self.received_at)
            .finish_non_exhaustive()
    }
}

impl ReceivedEvent {
    /// Longest id that is stored, in characters.
    pub const MAX_ID: usize = 200;
}

words! {
    /// What became of an event.
    EventFate ("event fate") {
        /// Nobody has read it yet, or its call is not known yet.
        Waiting = "waiting",
        /// It told something of one of our calls or of recordings, new or not.
        Applied = "applied",
        /// It is none of ours, or says nothing that we act on.
        PassedOver = "passed-over",
    }
}

/// What became of an event, and of which call it told, if it told of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadEvent {
    /// The event's id.
    pub event_id: String,
    /// What became of it: anything but waiting.
    pub fate: EventFate,
    /// The call that it told of.
    pub call: Option<CallId>,
}

/// Keeps events of the provider.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ProviderInbox: Send + Sync {
    /// Stores an event. False when it was there already.
    async fn receive(&self, event: &ReceivedEvent) -> Result<bool, StoreError>;

    /// Events that wait, in the order in which they came; at most `most`.
    async fn waiting(&self, most: u32) -> Result<Vec<ReceivedEvent>, StoreError>;

    /// Notes what became of events. An event that does not wait any more stays as it is.
    async fn settle(&self, read: &[ReadEvent]) -> Result<(), StoreError>;

    /// Removes events that came before `before` and do not wait. Returns how many.
    async fn forget(&self, before: OffsetDateTime) -> Result<u64, StoreError>;
}
