//! Leases, by the store's own time.

use async_trait::async_trait;
use dialer_domain::leases::{Holder, Lease, LeaseName, LeaseRow, LeaseStore};
use dialer_domain::{CampaignId, Duration, NodeId, OffsetDateTime, StoreError};

use super::{MemoryStore, State};

#[async_trait]
impl LeaseStore for MemoryStore {
    async fn take(&self, names: &[LeaseName], node: NodeId, ttl: Duration) -> Result<Vec<Lease>, StoreError> {
        let now = self.time.now();
        let mut state = self.lock();
        Ok(names.iter().filter_map(|name| state.take_lease(*name, node, ttl, now)).collect())
    }

    async fn release(&self, lease: &Lease) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let held = state.leases.get_mut(&lease.name);
        let held = held.filter(|row| row.node == Some(lease.node) && row.fence == lease.fence);
        Ok(held.map(|row| *row = row.handed_back()).is_some())
    }

    async fn release_all(&self, node: NodeId) -> Result<u64, StoreError> {
        let mut released = 0;
        for row in self.lock().leases.values_mut().filter(|row| row.node == Some(node)) {
            *row = row.handed_back();
            released += 1;
        }
        Ok(released)
    }

    async fn holder(&self, name: LeaseName) -> Result<Option<Holder>, StoreError> {
        let now = self.time.now();
        Ok(self.lock().leases.get(&name).and_then(|row| row.holder(now)))
    }
}

impl MemoryStore {
    /// Goes on only while `lease` holds for the campaign.
    pub(super) fn hold(&self, state: &State, lease: &Lease, campaign: CampaignId) -> Result<(), StoreError> {
        let now = self.time.now();
        let holds = state.leases.get(&lease.name).is_some_and(|row| lease.paces(campaign, row, now));
        if holds { Ok(()) } else { Err(StoreError::LeaseLost { name: lease.name }) }
    }
}

impl State {
    fn take_lease(&mut self, name: LeaseName, node: NodeId, ttl: Duration, now: OffsetDateTime) -> Option<Lease> {
        let owner = match name.campaign() {
            Some(campaign) => Some(self.campaigns.get(&campaign)?.user_id),
            None => None,
        };
        let row = self.leases.get(&name).copied().unwrap_or_else(|| LeaseRow::new(name, now));
        let taken = row.take(node, ttl, now, owner)?;
        self.leases.insert(name, taken.row);
        if let Some(event) = taken.event {
            self.log(event);
        }
        Some(taken.lease)
    }
}
