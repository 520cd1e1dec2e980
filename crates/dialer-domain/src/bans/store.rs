//! Where bans are kept.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::OrderedBan;
use crate::identity::Scope;
use crate::ids::{BanId, UserId};
use crate::rules::Ban;
use crate::store::{Page, PageRequest, StoreError};

/// Emergency bans. A user sees their own and those that bind everybody. None is ever removed.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait BanStore: Send + Sync {
    /// Adds a ban, with its event. From the moment this returns, every claim of whom it binds sees it.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] when the id is taken.
    async fn order_ban(&self, ban: &Ban) -> Result<(), StoreError>;

    /// One ban.
    async fn ban(&self, scope: Scope, id: BanId) -> Result<Option<OrderedBan>, StoreError>;

    /// Bans, the one that begins last first; with `standing_at` only those that [stand](OrderedBan::stands) then.
    async fn bans(
        &self,
        scope: Scope,
        standing_at: Option<OffsetDateTime>,
        page: PageRequest,
    ) -> Result<Page<OrderedBan>, StoreError>;

    /// What binds `owner` at `now` or will: own bans and those for everybody that [stand](OrderedBan::stands), the one that
    /// begins first first.
    async fn bans_binding(&self, owner: UserId, now: OffsetDateTime) -> Result<Vec<Ban>, StoreError>;

    /// Ends a ban at `now`, with an event, and returns it; one that is over already stays as it is. A user ends own bans,
    /// the service any. `None` when there is none that may be ended.
    async fn end_ban(
        &self,
        scope: Scope,
        id: BanId,
        by: Option<UserId>,
        now: OffsetDateTime,
    ) -> Result<Option<OrderedBan>, StoreError>;
}
