//! Who of several nodes does what only one may do at a time.
//!
//! A node is a process that runs the engine. It takes a lease for each campaign that it paces, and one for following the
//! provider: reading its lists and its events. A lease ends by the *database's* time, so that no node's clock matters, and
//! carries a fence: a number that grows with every change of holder. What only a holder may write names its lease, and is
//! written only while the stored row says the same; so a node that was stopped and wakes after a takeover writes nothing.
//!
//! Stores keep one [`LeaseRow`] a name and ask it; what follows is decided here.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use serde_json::json;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::events::{EventKind, NewEvent, data};
use crate::ids::{CampaignId, NodeId, UserId};
use crate::store::StoreError;

/// Whose events are those that concern no user's data: nobody has this id, so only the service reads them.
pub const INSTALLATION: UserId = UserId::new(Uuid::nil());

/// What a lease is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeaseName {
    /// To pace a campaign: to plan, claim and complete it. Written `campaign:ID`.
    Campaign(CampaignId),
    /// To follow the provider: read its lists and its events, and settle calls by them. Written `provider`. What is settled
    /// needs no fence, because news of a call come to the same end whoever brings them, and however often.
    Provider,
}

impl LeaseName {
    const CAMPAIGN: &str = "campaign:";
    const PROVIDER: &str = "provider";

    /// The campaign, if it is for one.
    #[must_use]
    pub const fn campaign(self) -> Option<CampaignId> {
        match self {
            Self::Campaign(id) => Some(id),
            Self::Provider => None,
        }
    }
}

impl fmt::Display for LeaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Campaign(id) => write!(f, "{}{id}", Self::CAMPAIGN),
            Self::Provider => f.write_str(Self::PROVIDER),
        }
    }
}

/// A text that names no lease.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a lease is called `provider`, or `campaign:` and the campaign's id")]
pub struct LeaseNameError;

impl FromStr for LeaseName {
    type Err = LeaseNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix(Self::CAMPAIGN) {
            Some(id) => id.parse().map(Self::Campaign).map_err(|_| LeaseNameError),
            None if text == Self::PROVIDER => Ok(Self::Provider),
            None => Err(LeaseNameError),
        }
    }
}

/// What a node was granted, and shows with whatever it writes under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// What for.
    pub name: LeaseName,
    /// To whom.
    pub node: NodeId,
    /// Grows with every change of holder.
    pub fence: i64,
}

impl Lease {
    /// Whether its holder may write to this campaign at `now`, the database's time, where the stored row is `row`.
    #[must_use]
    pub fn paces(&self, campaign: CampaignId, row: &LeaseRow, now: OffsetDateTime) -> bool {
        self.name == LeaseName::Campaign(campaign)
            && row.name == self.name
            && row.node == Some(self.node)
            && row.fence == self.fence
            && row.expires_at > now
    }
}

/// A lease as it is stored. The row stays when nobody holds it, because its fence must go on growing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseRow {
    /// What for.
    pub name: LeaseName,
    /// Who held it last; `None` when it was handed back.
    pub node: Option<NodeId>,
    /// How often the holder has changed.
    pub fence: i64,
    /// Until when it is held, by the database's time.
    pub expires_at: OffsetDateTime,
}

/// What taking a lease writes, all in one transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// The row as it should be stored now.
    pub row: LeaseRow,
    /// What the node was granted.
    pub lease: Lease,
    /// The event to store, when the lease was taken from a node that let it expire.
    pub event: Option<NewEvent>,
}

/// Who holds a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// The node.
    pub node: NodeId,
    /// Grows with every change of holder.
    pub fence: i64,
    /// How long it still holds it unless it renews it.
    pub expires_in: Duration,
}

impl LeaseRow {
    /// A row that nobody has held yet.
    #[must_use]
    pub const fn new(name: LeaseName, now: OffsetDateTime) -> Self {
        Self { name, node: None, fence: 0, expires_at: now }
    }

    /// Whether `node` may take it, or renew it, at `now`, the database's time.
    #[must_use]
    pub fn is_open_to(&self, node: NodeId, now: OffsetDateTime) -> bool {
        self.node.is_none_or(|holder| holder == node) || self.expires_at <= now
    }

    /// Takes or renews it for `node` until `ttl` after `now`, the database's time. `owner` is whose campaign it is about.
    /// `None` while another node holds it. A node that comes back late, and finds that nobody else was there, goes on under
    /// the same fence.
    #[must_use]
    pub fn take(&self, node: NodeId, ttl: Duration, now: OffsetDateTime, owner: Option<UserId>) -> Option<Taken> {
        if !self.is_open_to(node, now) {
            return None;
        }
        let fence = if self.node == Some(node) { self.fence } else { self.fence + 1 };
        let row = Self { name: self.name, node: Some(node), fence, expires_at: now + ttl };
        let taken_from = self.node.filter(|holder| *holder != node);
        let event = taken_from.map(|from| NewEvent {
            kind: EventKind::LeaseTaken,
            user_id: owner.unwrap_or(INSTALLATION),
            campaign_id: self.name.campaign(),
            contact_id: None,
            call_id: None,
            at: now,
            data: data([
                ("lease", json!(self.name.to_string())),
                ("from", json!(from)),
                ("to", json!(node)),
                ("fence", json!(fence)),
            ]),
        });
        Some(Taken { row, lease: Lease { name: self.name, node, fence }, event })
    }

    /// As it is when its holder has handed it back.
    #[must_use]
    pub const fn handed_back(self) -> Self {
        Self { node: None, ..self }
    }

    /// Who holds it at `now`, the database's time.
    #[must_use]
    pub fn holder(&self, now: OffsetDateTime) -> Option<Holder> {
        let node = self.node.filter(|_| self.expires_at > now)?;
        Some(Holder { node, fence: self.fence, expires_in: self.expires_at - now })
    }
}

/// Leases. Only the service uses them.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait LeaseStore: Send + Sync {
    /// Takes the leases that are free or expired, and renews those that `node` holds, all for `ttl` from now by the
    /// database's time; decided by [`LeaseRow::take`]. Returns the leases of `names` that the node holds now, in no
    /// particular order: what another node holds is missing, and so are those of campaigns that are not there. Taking one
    /// from a node that let it expire writes an event in the same transaction.
    ///
    /// Two concurrent calls of different nodes never both get a lease. One that somebody else is just writing may be missing
    /// although it is free: ask again.
    async fn take(&self, names: &[LeaseName], node: NodeId, ttl: Duration) -> Result<Vec<Lease>, StoreError>;

    /// Hands a lease back, so that others need not wait until it ends. False when it is not held any more.
    async fn release(&self, lease: &Lease) -> Result<bool, StoreError>;

    /// Hands back whatever a node holds, expired or not. Returns how many leases those were.
    async fn release_all(&self, node: NodeId) -> Result<u64, StoreError>;

    /// Who holds a lease; `None` when nobody does.
    async fn holder(&self, name: LeaseName) -> Result<Option<Holder>, StoreError>;
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const T0: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);
    const TTL: Duration = Duration::seconds(15);
    const CAMPAIGN: CampaignId = CampaignId::new(Uuid::from_u128(1));
    const ONE: NodeId = NodeId::new(Uuid::from_u128(11));
    const OTHER: NodeId = NodeId::new(Uuid::from_u128(12));

    fn held_by(node: NodeId) -> Taken {
        LeaseRow::new(LeaseName::Campaign(CAMPAIGN), T0).take(node, TTL, T0, None).unwrap()
    }

    #[test]
    fn a_name_is_read_as_it_is_written() {
        for name in [LeaseName::Provider, LeaseName::Campaign(CAMPAIGN)] {
            assert_eq!(name.to_string().parse(), Ok(name));
        }
        for other in ["", "providers", "campaign:", "campaign:7"] {
            assert_eq!(other.parse::<LeaseName>(), Err(LeaseNameError));
        }
    }

    #[test]
    fn a_lease_goes_to_another_node_only_once_it_has_ended() {
        let Taken { row, .. } = held_by(ONE);
        assert_eq!(row.take(OTHER, TTL, T0 + TTL - Duration::NANOSECOND, None), None);
        let taken = row.take(OTHER, TTL, T0 + TTL, None).unwrap();
        assert_eq!((taken.lease.node, taken.lease.fence), (OTHER, 2));
        let event = taken.event.unwrap();
        assert_eq!((event.kind, event.user_id), (EventKind::LeaseTaken, INSTALLATION));
        assert_eq!(event.data["from"], json!(ONE));
    }

    #[test]
    fn a_holder_that_renews_keeps_its_fence() {
        let Taken { row, lease, event } = held_by(ONE);
        assert_eq!(event, None);
        let late = T0 + TTL * 3;
        let renewed = row.take(ONE, TTL, late, None).unwrap();
        assert_eq!((renewed.lease, renewed.event), (lease, None));
        assert_eq!(renewed.row.holder(late).unwrap().expires_in, TTL);
    }

    #[test]
    fn what_was_handed_back_is_taken_without_a_wait_and_without_an_event() {
        let taken = held_by(ONE).row.handed_back().take(OTHER, TTL, T0, None).unwrap();
        assert_eq!((taken.lease.fence, taken.event), (2, None));
    }

    #[test]
    fn only_the_lease_of_the_campaign_itself_holds_and_only_until_it_ends_or_is_taken() {
        let Taken { row, lease, .. } = held_by(ONE);
        assert!(lease.paces(CAMPAIGN, &row, T0));
        assert!(!lease.paces(CAMPAIGN, &row, T0 + TTL), "it has ended");
        assert!(!lease.paces(CampaignId::new(Uuid::from_u128(2)), &row, T0), "it is another campaign's");
        assert!(!lease.paces(CAMPAIGN, &row.handed_back(), T0), "it was handed back");
        let taken = row.take(OTHER, TTL, T0 + TTL, None).unwrap();
        assert!(!lease.paces(CAMPAIGN, &taken.row, T0 + TTL), "it was taken");
        let back = taken.row.take(ONE, TTL, T0 + TTL * 2, None).unwrap();
        assert!(!lease.paces(CAMPAIGN, &back.row, T0 + TTL * 2), "another node held it in between");
    }
}
