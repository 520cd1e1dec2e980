//! The port to stored campaigns.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{Campaign, CampaignStatus, DialingMode};
use crate::identity::Scope;
use crate::ids::CampaignId;
use crate::store::{Page, PageRequest, StoreError};

/// Which campaigns to list. `None` means any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CampaignFilter {
    /// Only campaigns with this status.
    pub status: Option<CampaignStatus>,
    /// Only campaigns of this mode.
    pub mode: Option<DialingMode>,
}

/// Campaigns.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait CampaignStore: Send + Sync {
    /// Stores a new campaign and its event.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] when the id is taken.
    async fn add(&self, campaign: &Campaign) -> Result<(), StoreError>;

    /// Stores `copy`, a new campaign, with its event, and the contacts of the campaign `from` as if they had never been
    /// called, in the order in which they were added, with one event (none when there are none): all of it or nothing.
    /// Numbers that the owner has suppressed are left out. Returns it with its counts.
    ///
    /// # Errors
    /// [`StoreError::MissingReference`] when the scope owns no campaign `from`, [`StoreError::Duplicate`] when the id is taken.
    async fn add_copy(&self, scope: Scope, copy: &Campaign, from: CampaignId) -> Result<Campaign, StoreError>;

    /// One campaign, with its present counts. A user reads own campaigns and those to which they are assigned as an
    /// agent; here and in [`Self::list`] only, so who goes on to change something asks whose it is.
    async fn get(&self, scope: Scope, id: CampaignId) -> Result<Option<Campaign>, StoreError>;

    /// Campaigns that the scope may read, latest first.
    async fn list(&self, scope: Scope, filter: CampaignFilter, page: PageRequest)
    -> Result<Page<Campaign>, StoreError>;

    /// Replaces the campaign whose revision is `after.revision - 1` with `after` (its `stats` and `user_id` are
    /// not written) and stores the event. Returns it as stored, with present counts.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the stored revision is another one, or the campaign is gone.
    async fn save(&self, scope: Scope, after: &Campaign) -> Result<Campaign, StoreError>;

    /// Deletes a campaign with its contacts and queue entries, and stores the event. Its calls stay, without a
    /// campaign and a contact. False when there is none.
    async fn delete(&self, scope: Scope, id: CampaignId, now: OffsetDateTime) -> Result<bool, StoreError>;

    /// Every active campaign, oldest first: what the engine works on.
    async fn active(&self) -> Result<Vec<Campaign>, StoreError>;
}
