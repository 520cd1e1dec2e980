//! Predictive dialling: ahead of agents, as far as the share of abandoned calls allows.

use dialer_domain::agents::store;
use dialer_domain::calls::Call;
use dialer_domain::campaigns::Campaign;
use dialer_domain::events::EventKind;
use dialer_domain::identity::Scope;
use dialer_domain::leases::Lease;
use dialer_domain::pacing::{Bound, Snapshot};
use dialer_domain::rules::LedgerEntry;
use dialer_domain::store::StoreError;
use serde_json::json;
use time::OffsetDateTime;

use super::Engine;
use super::crew::Free;
use super::handle::Paced;
use super::paces::{Pace, profiles};

impl Engine {
    /// Places as many calls ahead of agents as the campaign's pacer says. Where the share of abandoned calls leaves no room, the
    /// agents who are `here` get one call each, which rings them first and cannot be abandoned. Returns those who are left.
    pub(super) async fn predict(
        &mut self,
        campaign: &Campaign,
        lease: &Lease,
        here: Vec<Free>,
        agents: &store::Crew,
        open: &[Call],
        now: OffsetDateTime,
    ) -> Result<Vec<Free>, StoreError> {
        let ledger = self.ports.stores.eligibility.ledger(Scope::Service, campaign.id, now).await?.unwrap_or_default();
        let mut pace = self.paces.remove(&campaign.id).unwrap_or_else(|| Pace::new(now));
        for id in pace.gone(open) {
            if let Some(call) = self.ports.stores.calls.get(Scope::Service, id).await? {
                pace.ended(&call, now);
            }
        }
        let mut crew = profiles(campaign, agents);
        crew.extend(self.crew.of_campaign(campaign.id, agents, open, now));
        pace.look(campaign, open, &crew, now);
        let decision = pace.decide(&snapshot(campaign, &ledger, now), now);
        self.tell_ledger(&mut pace, campaign, &ledger, now).await?;
        self.paces.insert(campaign.id, pace);
        self.handle.paced(campaign.id, Paced { decision, at: now });
        let spent = ledger.iter().any(|entry| entry.headroom == 0);
        if spent || matches!(decision.bound, Bound::Headroom | Bound::BudgetSpent) {
            return self.dial_campaign(campaign, lease, here, now).await;
        }
        let dials = usize::try_from(decision.dials).unwrap_or(usize::MAX);
        self.dial_ahead(campaign, lease, dials.min(self.requests_left()), now).await?;
        Ok(here)
    }

    /// Requests that the provider's budget lets go at once: a call that waits for its turn would not be where the pacer
    /// takes it to be.
    fn requests_left(&self) -> usize {
        let left = self.ports.telephony.budget().map(|budget| budget.available_now);
        left.map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX))
    }

    /// Writes down how the rules stand once another person was abandoned.
    async fn tell_ledger(
        &self,
        pace: &mut Pace,
        campaign: &Campaign,
        ledger: &[LedgerEntry],
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let abandoned = ledger.iter().map(|entry| entry.abandoned).sum();
        if pace.abandoned.replace(abandoned).is_some_and(|before| abandoned > before) {
            let mut event = campaign.event(EventKind::CampaignAbandonment, now);
            event.data.insert("ledger".to_owned(), json!(ledger));
            self.ports.stores.events.note(Scope::Service, &event).await?;
        }
        Ok(())
    }
}

fn snapshot(campaign: &Campaign, ledger: &[LedgerEntry], now: OffsetDateTime) -> Snapshot {
    let short = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    let stats = &campaign.stats;
    Snapshot {
        headroom: ledger.iter().map(|entry| short(entry.headroom)).min(),
        list_left: Some(short(stats.pending + stats.failed + stats.callback)),
        window_left: Some(campaign.active_hours.remaining(&campaign.timezone, now).as_seconds_f64()),
        ..Snapshot::default()
    }
}
