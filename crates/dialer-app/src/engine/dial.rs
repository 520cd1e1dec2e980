//! Starting calls: plan, pace, claim, place.

use dialer_domain::calls::Call;
use dialer_domain::calls::merge::{CallEvent, Ending};
use dialer_domain::campaigns::{Campaign, CampaignStatus};
use dialer_domain::eligibility;
use dialer_domain::identity::Scope;
use dialer_domain::ids::{CallId, CampaignId, QueueEntryId};
use dialer_domain::leases::Lease;
use dialer_domain::pacing;
use dialer_domain::queue::DialSlot;
use dialer_domain::store::StoreError;
use dialer_domain::telephony::{AgentLine, DialRequest, ProviderCallId, RequestPriority, TelephonyError};
use time::{Duration, OffsetDateTime};
use tokio::task::{Id, JoinError};

use super::{Engine, outcome_of};
use crate::error::chain;

/// Contacts may be added by other programs: look again at least this often.
const LOOK_AGAIN: Duration = Duration::seconds(15);

/// The answer to a dial.
pub(super) struct Dialed {
    call: Call,
    answer: Result<ProviderCallId, TelephonyError>,
}

impl Engine {
    /// Starts what may start now in those of the active campaigns that this node paces. `open` are the calls that are not
    /// over.
    pub(super) async fn dial(
        &mut self,
        campaigns: &[Campaign],
        open: &[Call],
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let mut free = self.crew.free(open, now);
        let first = self.turn.checked_rem(campaigns.len()).unwrap_or(0);
        for campaign in campaigns[first..].iter().chain(&campaigns[..first]) {
            let waits = self.idle.get(&campaign.id).is_some_and(|until| *until > now);
            if waits || eligibility::campaign_open(campaign, now).is_err() {
                continue;
            }
            let Some(lease) = self.leases.to_pace(campaign.id) else { continue };
            let wanted = pacing::dials_now(campaign.mode, free.len());
            if wanted == 0 {
                continue;
            }
            let slots: Vec<AgentLine> = free.drain(..wanted).collect();
            let unused = self.dial_campaign(campaign, &lease, slots, now).await?;
            free.splice(..0, unused);
        }
        Ok(())
    }

    /// Gives agents the campaign's next contacts. Returns the agents for whom there was none.
    async fn dial_campaign(
        &mut self,
        campaign: &Campaign,
        lease: &Lease,
        agents: Vec<AgentLine>,
        now: OffsetDateTime,
    ) -> Result<Vec<AgentLine>, StoreError> {
        let ids = self.ports.ids.clone();
        let ids = ids.as_ref();
        let entries = (0..self.settings.horizon.max(agents.len())).map(|_| QueueEntryId::generate(ids)).collect();
        let planned = self.ports.stores.queue.plan(campaign.id, lease, entries, now).await;
        let Some(planned) = self.unless_lost(planned)? else { return Ok(agents) };
        if planned.queued == 0 {
            let look_again = now + LOOK_AGAIN;
            self.idle.insert(campaign.id, planned.next_due.map_or(look_again, |due| due.min(look_again)));
            if planned.next_due.is_none() {
                self.complete_if_spent(campaign.id).await?;
            }
            return Ok(agents);
        }
        let slots = agents.iter().map(|agent| DialSlot { call_id: CallId::generate(ids), agent: agent.clone() });
        let claimed = self.ports.stores.queue.claim(campaign.id, lease, slots.collect(), now).await;
        let Some(claimed) = self.unless_lost(claimed)? else { return Ok(agents) };
        if !claimed.calls.is_empty() {
            self.turn = self.turn.wrapping_add(1);
        }
        let unused = agents.into_iter().skip(claimed.calls.len()).collect();
        for call in claimed.calls {
            self.place(call);
        }
        Ok(unused)
    }

    pub(super) async fn complete_if_spent(&mut self, campaign: CampaignId) -> Result<(), StoreError> {
        let Some(lease) = self.leases.to_pace(campaign) else { return Ok(()) };
        let completed = self.ports.stores.queue.complete_if_spent(campaign, &lease, self.ports.clock.now()).await;
        if self.unless_lost(completed)? == Some(true) {
            tracing::info!(campaign.id = %campaign, "campaign completed: no contact is due any more");
        }
        Ok(())
    }

    fn place(&mut self, call: Call) {
        let (telephony, clock) = (self.ports.telephony.clone(), self.ports.clock.clone());
        let id = call.id;
        // Placed later than this, it might not be known again for what it is, or be placed after its attempt was given back.
        let stale_at = call.started_at + self.settings.answer_wait.min(self.settings.record_wait) / 2;
        let task = self.dials.spawn(async move {
            if clock.now() > stale_at {
                let reason = "this process was held up for too long between the claim and the dial".to_owned();
                return Dialed { call, answer: Err(TelephonyError::Unavailable { reason }) };
            }
            let request = DialRequest {
                to: call.to_number.clone(),
                agent: call.agent.clone(),
                caller_id: call.from_number.clone(),
                priority: RequestPriority::Campaign,
            };
            let answer = telephony.originate(request).await;
            Dialed { call, answer }
        });
        self.in_flight.insert(task.id(), id);
    }

    /// Takes in the answer to a dial.
    pub(super) async fn answered(&mut self, dialed: Result<(Id, Dialed), JoinError>) {
        let (task, Dialed { call, answer }) = match dialed {
            Ok(dialed) => dialed,
            Err(error) => {
                self.in_flight.remove(&error.id());
                tracing::error!(error = chain(&error), "a dial broke off; its call is reconciled");
                return;
            }
        };
        let now = self.ports.clock.now();
        match answer {
            Ok(provider_call_id) => {
                self.tell(call.id, CallEvent::Placed { provider_call_id, at: now }).await;
            }
            Err(error) => {
                tracing::warn!(call.id = %call.id, code = error.code(), %error, "a call was not placed");
                self.provider_trouble(&error);
                match (&error, &call.agent) {
                    (TelephonyError::AgentUnreachable { .. }, Some(agent)) => {
                        self.crew.rest_until(agent, now + self.settings.agent_rest);
                    }
                    (TelephonyError::Misconfigured { .. }, _) => {
                        if let Some(campaign) = call.campaign_id {
                            self.halt_campaign(campaign, &error, now).await;
                        }
                    }
                    _ => {}
                }
                if let Some(outcome) = outcome_of(&error) {
                    self.tell(call.id, Ending::never_left(outcome, now, error.to_string())).await;
                }
            }
        }
        self.in_flight.remove(&task);
    }

    /// Pauses a campaign whose dials the provider refuses whatever the number, and says why.
    async fn halt_campaign(&self, id: CampaignId, error: &TelephonyError, now: OffsetDateTime) {
        let halted = async {
            match self.ports.stores.campaigns.get(Scope::Service, id).await? {
                Some(campaign) if campaign.status == CampaignStatus::Active => self
                    .ports
                    .stores
                    .campaigns
                    .save(Scope::Service, &campaign.halted(error.to_string(), now))
                    .await
                    .map(drop),
                _ => Ok(()),
            }
        };
        match halted.await {
            // Somebody changed the campaign at this moment: the next refusal tries again.
            Ok(()) | Err(StoreError::Stale { .. }) => {}
            Err(error) => {
                tracing::error!(campaign.id = %id, error = chain(&error), "could not pause a campaign");
            }
        }
    }
}
