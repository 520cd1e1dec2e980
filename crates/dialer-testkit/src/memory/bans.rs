//! Emergency bans.

use std::cmp::Reverse;

use async_trait::async_trait;
use dialer_domain::bans::OrderedBan;
use dialer_domain::bans::store::BanStore;
use dialer_domain::ids::BanId;
use dialer_domain::rules::Ban;
use dialer_domain::{OffsetDateTime, Page, PageRequest, Scope, StoreError, UserId};

use super::{MemoryStore, page};

#[async_trait]
impl BanStore for MemoryStore {
    async fn order_ban(&self, ban: &Ban) -> Result<(), StoreError> {
        let mut state = self.lock();
        if state.bans.contains_key(&ban.id) {
            return Err(StoreError::Duplicate { what: "the ban" });
        }
        let ordered = OrderedBan::new(ban.clone());
        state.log(ordered.ordered());
        state.bans.insert(ban.id, ordered);
        Ok(())
    }

    async fn ban(&self, scope: Scope, id: BanId) -> Result<Option<OrderedBan>, StoreError> {
        Ok(self.lock().bans.get(&id).filter(|row| is_seen(scope, &row.ban)).cloned())
    }

    async fn bans(
        &self,
        scope: Scope,
        standing_at: Option<OffsetDateTime>,
        window: PageRequest,
    ) -> Result<Page<OrderedBan>, StoreError> {
        let state = self.lock();
        let seen = state.bans.values().filter(|row| is_seen(scope, &row.ban));
        let mut rows: Vec<&OrderedBan> = seen.filter(|row| standing_at.is_none_or(|now| row.stands(now))).collect();
        rows.sort_by_key(|row| Reverse((row.ban.starts_at, row.ban.id)));
        Ok(page(&rows, window))
    }

    async fn bans_binding(&self, owner: UserId, now: OffsetDateTime) -> Result<Vec<Ban>, StoreError> {
        Ok(self.lock().bans_of(owner, now))
    }

    async fn end_ban(
        &self,
        scope: Scope,
        id: BanId,
        by: Option<UserId>,
        now: OffsetDateTime,
    ) -> Result<Option<OrderedBan>, StoreError> {
        let mut state = self.lock();
        let may_end = |row: &&mut OrderedBan| match scope {
            Scope::User(user) => row.ban.user_id == Some(user),
            Scope::Service => true,
        };
        let Some(row) = state.bans.get_mut(&id).filter(may_end) else { return Ok(None) };
        if !row.stands(now) {
            return Ok(Some(row.clone()));
        }
        (row.ended_at, row.ended_by) = (Some(now), by);
        let ended = row.clone();
        state.log(ended.ended(now));
        Ok(Some(ended))
    }
}

/// Whether a ban is the user's own or everybody's.
impl super::State {
    /// The bans that bind `owner` at `now` or will.
    pub(super) fn bans_of(&self, owner: UserId, now: OffsetDateTime) -> Vec<Ban> {
        let binding = self.bans.values().filter(|row| is_seen(Scope::User(owner), &row.ban) && row.stands(now));
        let mut bans: Vec<Ban> = binding.map(|row| row.ban.clone()).collect();
        bans.sort_by_key(|ban| (ban.starts_at, ban.id));
        bans
    }
}

fn is_seen(scope: Scope, ban: &Ban) -> bool {
    ban.user_id.is_none_or(|user| scope.covers(user))
}
