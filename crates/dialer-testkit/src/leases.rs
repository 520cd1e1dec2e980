//! The lease of a test that paces a campaign.

use dialer_domain::leases::{Lease, LeaseName, LeaseStore};
use dialer_domain::{CampaignId, Duration, NodeId};

/// The node as which tests plan and claim.
pub const NODE: NodeId = NodeId::new(uuid::Uuid::from_u128(0x7e57));

/// Longer than a test runs.
const TTL: Duration = Duration::hours(1);
/// Tasks of one test may take their lease at the same moment, and one of them is told to ask again.
const TRIES: usize = 20;

/// The lease of [`NODE`] to pace a campaign, taken if need be, for longer than a test runs: where an engine is to go on, hand
/// it back. Of a campaign that is not there it is one that does not hold.
///
/// # Panics
/// When the store fails.
#[expect(clippy::unwrap_used, reason = "a test cannot go on without")]
pub async fn pacing(leases: &dyn LeaseStore, campaign: CampaignId) -> Lease {
    let name = LeaseName::Campaign(campaign);
    for _ in 0..TRIES {
        match leases.holder(name).await.unwrap() {
            Some(holder) if holder.node == NODE => return Lease { name, node: NODE, fence: holder.fence },
            _ => {}
        }
        if let Some(lease) = leases.take(&[name], NODE, TTL).await.unwrap().pop() {
            return lease;
        }
    }
    Lease { name, node: NODE, fence: 0 }
}
