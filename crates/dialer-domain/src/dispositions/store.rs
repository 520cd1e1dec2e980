//! The ports to dispositions and follow-ups.

use async_trait::async_trait;
use time::{Duration, OffsetDateTime};

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
    /// Only those that stand like this now: open ones by their hour, or those that were kept, or missed.
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
/// and while the number is on the owner's do-not-call list. One that is personal is kept by a call of whoever promised, and
/// by nobody else's.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait FollowUpStore: Send + Sync {
    /// Follow-ups as they stand at `now`, earliest due first: the open ones, unless those that were kept or missed are asked
    /// for.
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

    /// Judges up to `limit` follow-ups that were not judged yet and whose time is over by more than `tolerance`, by
    /// [`super::PastPromise::judge`], and returns how many were. One that a person cleared or a later disposition replaced
    /// before is left alone. One transaction, with the events; each is judged once, whoever judges and however often, unless
    /// the call that kept it turns out not to have tried the line. Only the service judges.
    async fn judge_follow_ups(&self, tolerance: Duration, now: OffsetDateTime, limit: u16) -> Result<u64, StoreError>;

    /// Brings up to `limit` open follow-ups that were promised as wall times, those whose ids come after `after`, into line
    /// with the zone data of this program, by [`super::realigned`], and with them the contacts that wait for them. Returns the
    /// last one looked at; `None` when there was none. Only the service does so.
    async fn realign_follow_ups(
        &self,
        after: Option<DispositionId>,
        limit: u16,
        now: OffsetDateTime,
    ) -> Result<Option<DispositionId>, StoreError>;
}
