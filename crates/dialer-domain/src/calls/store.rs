//! The port to the log of calls.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::merge::CallEvent;
use super::{Call, CallPatch, CallPatchError, CallStatus, Direction};
use crate::agents::NotNow;
use crate::identity::Scope;
use crate::ids::{CallId, CampaignId};
use crate::store::{Page, PageRequest, StoreError};
use crate::telephony::ProviderCallId;

/// Which calls to list. `None` means any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallFilter {
    /// Only calls with this status.
    pub status: Option<CallStatus>,
    /// Only calls in this direction.
    pub direction: Option<Direction>,
    /// Only calls of this campaign.
    pub campaign: Option<CampaignId>,
}

/// What became of a call that a person wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It is written down.
    Written,
    /// The person is on another call, or looks at a contact.
    AgentBusy(NotNow),
}

/// Why a person's change to a call was not made.
#[derive(Debug, thiserror::Error)]
pub enum PatchError {
    /// The call cannot be changed like that.
    #[error(transparent)]
    Refused(#[from] CallPatchError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The log of calls.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait CallStore: Send + Sync {
    /// Writes down a person's own call, and its event, before the provider is asked. Where the person has an agent's
    /// profile, the agent takes [`crate::agents::AgentStep::Dial`] with it; when that is not possible, nothing is written.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] when the id is taken, [`StoreError::MissingReference`] when its campaign is gone.
    async fn add(&self, call: &Call) -> Result<Added, StoreError>;

    /// Writes down a call that came in, with its event, unless a call has one of the provider's `names` of it. It is linked to
    /// the owner's contact that it is from ([`super::inbound::contact_of`]), unless a call to that contact is live. Returns it as
    /// written; `None` when it is known.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] also when somebody else has written it down at the same moment.
    async fn receive(&self, call: &Call, names: &[ProviderCallId]) -> Result<Option<Call>, StoreError>;

    /// One call. Hidden calls are not there.
    async fn get(&self, scope: Scope, id: CallId) -> Result<Option<Call>, StoreError>;

    /// Calls, latest start first.
    async fn list(&self, scope: Scope, filter: CallFilter, page: PageRequest) -> Result<Page<Call>, StoreError>;

    /// Makes a person's change by [`super::merge::patch`]. When it ends the call of a contact, the contact is
    /// settled in the same transaction. `None` when there is no such call.
    async fn patch(
        &self,
        scope: Scope,
        id: CallId,
        patch: &CallPatch,
        now: OffsetDateTime,
    ) -> Result<Option<Call>, PatchError>;

    /// Takes a call out of every list for good. The row stays for the audit trail. False when there is none.
    async fn hide(&self, scope: Scope, id: CallId, now: OffsetDateTime) -> Result<bool, StoreError>;

    /// Every call that is not over yet, oldest first, hidden ones included: what the engine follows.
    async fn open(&self) -> Result<Vec<Call>, StoreError>;

    /// Merges news of a call by [`super::merge::merge`] and settles its contact, queue entry and events
    /// ([`crate::queue::settle`]) in one transaction. `None` when the news told nothing new or there is no such call. Needs no lease: news come to the
    /// same end whoever brings them, in any order and any number of times.
    async fn apply(&self, id: CallId, event: &CallEvent, now: OffsetDateTime) -> Result<Option<Call>, StoreError>;
}
