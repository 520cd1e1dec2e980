//! The ports to dispositions and follow-ups.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{FollowUp, FollowUpStatus, NewDisposition, RecordedDisposition};
use crate::identity::Scope;
use crate::ids::{CallId, CampaignId, DispositionId};
use crate::store::{Page, PageRequest, Precondition, StoreError};

/// Which dispositions to list. `None` means any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DispositionFilter {
    /// Only those of this call.
    pub call: Option<CallId>,
}

/// Which follow-ups to list. `None` means any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FollowUpFilter {
    /// Only those that stand like this now.
    pub status: Option<FollowUpStatus>,
    /// Only those of this campaign.
    pub campaign: Option<CampaignId>,
}

/// What people said came of calls. A call's owner and the agent who handled it may record some; the owner sees all of
/// them, anybody else those that they recorded. Those of a hidden call are not there.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait DispositionStore: Send + Sync {
    /// Records a disposition and writes all that follows from it by [`super::conclude`] and [`super::suppression`] in
    /// one transaction: the call, its contact and campaign, the do-not-call entry, the events. Earlier dispositions of the call
    /// stay on record, and their follow-ups are no longer open.
    ///
    /// From the moment this returns, no claim takes a contact whose number was suppressed by it.
    ///
    /// `None` when the scope has no such call; nothing was written.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] when the id is taken.
    async fn record(&self, scope: Scope, new: &NewDisposition) -> Result<Option<RecordedDisposition>, StoreError>;

    /// Dispositions, latest first.
    async fn dispositions(
        &self,
        scope: Scope,
        filter: DispositionFilter,
        page: PageRequest,
    ) -> Result<Page<RecordedDisposition>, StoreError>;
}

/// What people promised to come back to: dispositions with a follow-up date. Seen by whom the disposition is seen.
///
/// One is open until it is kept by a later call that tried the line ([`crate::Call::reaches_customer`]): a call to its
/// contact that began after the promise, or, where its call had no contact, a call of the owner to the same number
/// without one. It is also no longer open when a person clears it, when a later disposition of its call replaces it,
/// and while the number is on the owner's do-not-call list.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait FollowUpStore: Send + Sync {
    /// Open follow-ups as they stand at `now`, earliest due first.
    async fn follow_ups(
        &self,
        scope: Scope,
        filter: FollowUpFilter,
        page: PageRequest,
        now: OffsetDateTime,
    ) -> Result<Page<FollowUp>, StoreError>;

    /// One follow-up, open or not.
    async fn follow_up(&self, scope: Scope, id: DispositionId) -> Result<Option<FollowUp>, StoreError>;

    /// Clears a follow-up and settles a contact that waits for it by [`super::cleared`], with the events, in one
    /// transaction. One that is not open any more stays as it is. `None` when the scope has no such follow-up.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when it is not what the condition says, open or not.
    async fn clear_follow_up(
        &self,
        scope: Scope,
        id: DispositionId,
        condition: &Precondition,
        now: OffsetDateTime,
    ) -> Result<Option<FollowUp>, StoreError>;
}
