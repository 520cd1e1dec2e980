//! What this node may do of what only one node may do at a time.
//!
//! A node takes whatever is free: first come, first served, and what it has it keeps, so leases do not wander. A node that
//! starts takes what is free then; what others hold it looks at once a round, and takes it when it has ended or was handed
//! back.

use std::collections::{BTreeMap, BTreeSet};

use dialer_domain::Campaign;
use dialer_domain::ids::{CampaignId, NodeId};
use dialer_domain::leases::{Lease, LeaseName};
use dialer_domain::store::StoreError;
use time::{Duration, OffsetDateTime};

use super::Engine;
use crate::error::chain;

/// A lease is renewed when this share of it has passed, so that one renewal may fail.
const RENEW_AFTER: i32 = 3;

/// The leases of a node.
#[derive(Debug)]
pub(super) struct Leases {
    pub(super) node: NodeId,
    held: BTreeMap<LeaseName, Lease>,
    /// Leases that the node has tried to take.
    asked: BTreeSet<LeaseName>,
    /// When those that are held are renewed.
    renew_at: Option<OffsetDateTime>,
    /// When those that others hold are looked at again.
    look_at: Option<OffsetDateTime>,
}

impl Leases {
    pub(super) const fn of(node: NodeId) -> Self {
        Self { node, held: BTreeMap::new(), asked: BTreeSet::new(), renew_at: None, look_at: None }
    }

    /// The lease to pace a campaign.
    pub(super) fn to_pace(&self, campaign: CampaignId) -> Option<Lease> {
        self.held.get(&LeaseName::Campaign(campaign)).copied()
    }

    /// Whether this node follows the provider.
    pub(super) fn follows(&self) -> bool {
        self.held.contains_key(&LeaseName::Provider)
    }

    /// Looks at once for leases that have become free.
    pub(super) fn look_again(&mut self) {
        self.look_at = None;
    }

    /// Another node has this one, or will.
    pub(super) fn lost(&mut self, name: LeaseName) {
        if self.held.remove(&name).is_some() {
            tracing::warn!(lease = %name, "another node took over");
        }
    }

    /// What to ask the store for now.
    fn due(&mut self, wanted: &BTreeSet<LeaseName>, now: OffsetDateTime) -> Vec<LeaseName> {
        let renews = self.renew_at.is_none_or(|at| at <= now);
        let looks = renews || self.look_at.is_none_or(|at| at <= now);
        let due = |name: &&LeaseName| match (self.held.contains_key(*name), self.asked.contains(*name)) {
            (true, _) => renews,
            (false, true) => looks,
            (false, false) => true,
        };
        wanted.iter().filter(due).copied().collect()
    }

    fn took(&mut self, due: &[LeaseName], taken: &[Lease]) {
        for name in due {
            self.asked.insert(*name);
            match taken.iter().find(|lease| lease.name == *name) {
                Some(lease) => {
                    if self.held.insert(*name, *lease).is_none() {
                        tracing::info!(lease = %name, fence = lease.fence, "this node holds the lease");
                    }
                }
                None => self.lost(*name),
            }
        }
    }
}

impl Engine {
    /// Renews leases when it is time, takes those that are free, and hands back those of campaigns that no longer run.
    pub(super) async fn keep_leases(&mut self, campaigns: &[Campaign], now: OffsetDateTime) -> Result<(), StoreError> {
        let pacing = campaigns.iter().map(|campaign| LeaseName::Campaign(campaign.id));
        let wanted: BTreeSet<LeaseName> = pacing.chain([LeaseName::Provider]).collect();
        self.leases.asked.retain(|name| wanted.contains(name));
        let over: Vec<Lease> =
            self.leases.held.values().filter(|lease| !wanted.contains(&lease.name)).copied().collect();
        for lease in over {
            self.ports.stores.leases.release(&lease).await?;
            self.leases.held.remove(&lease.name);
        }
        let due = self.leases.due(&wanted, now);
        if due.is_empty() {
            return Ok(());
        }
        let taken = self.ports.stores.leases.take(&due, self.leases.node, self.settings.lease).await?;
        self.leases.took(&due, &taken);
        if self.leases.renew_at.is_none_or(|at| at <= now) {
            self.leases.renew_at = Some(now + self.settings.lease / RENEW_AFTER);
        }
        let pause = self.settings.tick.max(Duration::SECOND).min(self.settings.lease / RENEW_AFTER);
        self.leases.look_at = Some(now + pause);
        Ok(())
    }

    /// Hands everything back, so that other nodes need not wait until it ends.
    pub(super) async fn hand_leases_back(&mut self) {
        self.leases.held.clear();
        if let Err(error) = self.ports.stores.leases.release_all(self.leases.node).await {
            tracing::warn!(error = chain(&error), "leases could not be handed back; other nodes wait until they end");
        }
    }

    /// What a write under a lease gave; `None` when the lease has gone to another node.
    pub(super) fn unless_lost<T>(&mut self, result: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(StoreError::LeaseLost { name }) => {
                self.leases.lost(name);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
