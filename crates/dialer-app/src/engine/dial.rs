//! Starting calls: plan, pace, claim, place.

use std::collections::BTreeSet;

use dialer_domain::agents::AgentStep;
use dialer_domain::agents::store::{self, StepError};
use dialer_domain::calls::Call;
use dialer_domain::calls::merge::{CallEvent, Ending};
use dialer_domain::campaigns::{Campaign, CampaignStatus, DialingMode};
use dialer_domain::eligibility;
use dialer_domain::events::EventKind;
use dialer_domain::identity::Scope;
use dialer_domain::ids::{CallId, CampaignId, QueueEntryId, UserId};
use dialer_domain::leases::Lease;
use dialer_domain::pacing;
use dialer_domain::queue::DialSlot;
use dialer_domain::store::StoreError;
use dialer_domain::telephony::{DialRequest, ProviderCallId, RequestPriority, TelephonyError};
use time::{Duration, OffsetDateTime};
use tokio::task::JoinError;

use super::crew::Free;
use super::handle::Placing;
use super::{Engine, outcome_of};
use crate::error::chain;
use crate::last_look::last_look;

/// Contacts may be added by other programs: look again at least this often.
const LOOK_AGAIN: Duration = Duration::seconds(15);

/// Horizons of contacts that are looked through for one campaign in one round, where all are refused.
const HORIZONS: usize = 20;

/// The answer to a dial.
pub(super) struct Dialed {
    call: Call,
    answer: Answer,
    placing: Placing,
}

/// What came of a dial.
enum Answer {
    /// The provider's word.
    Told(Result<ProviderCallId, TelephonyError>),
    /// Nobody was asked: it must not be placed any more.
    Unwanted(CallEvent),
}

impl Engine {
    /// Starts what may start now in those of the active campaigns that this node paces. `open` are the calls that are not
    /// over, `free` those of the agents who can take a call.
    pub(super) async fn dial(
        &mut self,
        campaigns: &[Campaign],
        open: &[Call],
        agents: &store::Crew,
        mut free: Vec<Free>,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        if self.leases.follows() {
            self.withdraw_offers(campaigns, agents, now).await?;
        }
        self.agents = self.crew.len() + agents.all.len();
        let first = self.turn.checked_rem(campaigns.len()).unwrap_or(0);
        for campaign in campaigns[first..].iter().chain(&campaigns[..first]) {
            let waits = self.idle.get(&campaign.id).is_some_and(|until| *until > now);
            if waits || eligibility::campaign_open(campaign, now).is_err() {
                continue;
            }
            let Some(lease) = self.leases.to_pace(campaign.id) else { continue };
            let (mut here, elsewhere): (Vec<Free>, Vec<Free>) =
                free.into_iter().partition(|free| free.serves(campaign.id, &agents.staffed));
            free = elsewhere;
            let unused = match campaign.mode {
                DialingMode::Manual => here,
                DialingMode::Preview => self.offer_campaign(campaign, &lease, here, now).await?,
                DialingMode::Predictive if self.ports.telephony.capabilities().dials_ahead => {
                    self.predict(campaign, &lease, here, agents, open, now).await?
                }
                DialingMode::Power | DialingMode::Predictive => {
                    self.say_clamped(campaign, now).await?;
                    let wanted = pacing::dials_now(campaign.mode, here.len());
                    let spare = here.split_off(wanted.min(here.len()));
                    [self.dial_campaign(campaign, &lease, here, now).await?, spare].concat()
                }
            };
            free.splice(..0, unused);
        }
        Ok(())
    }

    /// Calls the campaign's next contacts ahead of agents, up to so many.
    pub(super) async fn dial_ahead(
        &mut self,
        campaign: &Campaign,
        lease: &Lease,
        mut dials: usize,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        for _ in 0..HORIZONS {
            if dials == 0 || !self.plan(campaign, lease, dials, now).await? {
                break;
            }
            let ids = self.ports.ids.as_ref();
            let slots =
                (0..dials).map(|_| DialSlot { call_id: CallId::generate(ids), agent: None, user: None }).collect();
            let claimed = self.ports.stores.queue.claim(campaign.id, lease, slots, now).await;
            let Some(claimed) = self.unless_lost(claimed)? else { break };
            dials -= claimed.calls.len();
            for call in claimed.calls {
                self.place(call);
            }
            if claimed.refused == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Gives agents the campaign's next contacts. Returns those for whom there was none. Contacts whom the rules of their place
    /// refuse make room for the next in line at once, as far as one round goes.
    pub(super) async fn dial_campaign(
        &mut self,
        campaign: &Campaign,
        lease: &Lease,
        mut agents: Vec<Free>,
        now: OffsetDateTime,
    ) -> Result<Vec<Free>, StoreError> {
        for _ in 0..HORIZONS {
            if agents.is_empty() || !self.plan(campaign, lease, agents.len(), now).await? {
                break;
            }
            let ids = self.ports.ids.as_ref();
            let slot = |free: &Free| DialSlot {
                call_id: CallId::generate(ids),
                agent: Some(free.line.clone()),
                user: free.user,
            };
            let slots: Vec<DialSlot> = agents.iter().map(slot).collect();
            let claimed = self.ports.stores.queue.claim(campaign.id, lease, slots.clone(), now).await;
            let Some(claimed) = self.unless_lost(claimed)? else { break };
            if !claimed.calls.is_empty() {
                self.turn = self.turn.wrapping_add(1);
            }
            let used: BTreeSet<CallId> = claimed.calls.iter().map(|call| call.id).collect();
            for call in claimed.calls {
                self.place(call);
            }
            let unused = agents.into_iter().zip(slots).filter(|(_, slot)| !used.contains(&slot.call_id));
            agents = unused.map(|(free, _)| free).collect();
            if claimed.refused == 0 {
                break;
            }
        }
        Ok(agents)
    }

    /// Shows agents the campaign's next contacts. Returns those to whom there was nothing to show.
    async fn offer_campaign(
        &mut self,
        campaign: &Campaign,
        lease: &Lease,
        agents: Vec<Free>,
        now: OffsetDateTime,
    ) -> Result<Vec<Free>, StoreError> {
        let (agents, mut unused): (Vec<Free>, Vec<Free>) = agents.into_iter().partition(|free| free.user.is_some());
        if agents.is_empty() || !self.plan(campaign, lease, agents.len(), now).await? {
            unused.splice(..0, agents);
            return Ok(unused);
        }
        let until = now + self.settings.offer_for;
        for free in agents {
            let Some(user) = free.user else { continue };
            match self.ports.stores.desk.offer(campaign.id, user, until, now).await? {
                Some(_) => self.turn = self.turn.wrapping_add(1),
                None => unused.push(free),
            }
        }
        Ok(unused)
    }

    /// Fills the campaign's horizon. False when nobody is in it: then the campaign is left alone until somebody is due.
    async fn plan(
        &mut self,
        campaign: &Campaign,
        lease: &Lease,
        agents: usize,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let ids = self.ports.ids.as_ref();
        let entries = (0..self.settings.horizon.max(agents)).map(|_| QueueEntryId::generate(ids)).collect();
        let planned = self.ports.stores.queue.plan(campaign.id, lease, entries, now).await;
        let Some(planned) = self.unless_lost(planned)? else { return Ok(false) };
        if planned.queued > 0 {
            return Ok(true);
        }
        let look_again = now + LOOK_AGAIN;
        self.idle.insert(campaign.id, planned.next_due.map_or(look_again, |due| due.min(look_again)));
        if planned.next_due.is_none() {
            self.complete_if_spent(campaign.id).await?;
        }
        Ok(false)
    }

    /// Writes down, once for each time that a campaign is changed, that it is not dialled ahead of agents though it would be.
    async fn say_clamped(&mut self, campaign: &Campaign, now: OffsetDateTime) -> Result<(), StoreError> {
        let said = self.clamped.get(&campaign.id) == Some(&campaign.revision);
        if campaign.mode != DialingMode::Predictive || said {
            return Ok(());
        }
        let mut event = campaign.event(EventKind::CampaignClamped, now);
        event.data.insert("why".to_owned(), "provider_places_no_calls_ahead".into());
        self.ports.stores.events.note(Scope::Service, &event).await?;
        self.clamped.insert(campaign.id, campaign.revision);
        Ok(())
    }

    /// Takes back offers of campaigns that do not dial any more.
    async fn withdraw_offers(
        &self,
        campaigns: &[Campaign],
        agents: &store::Crew,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        for (user, offer) in &agents.reserved {
            let campaign = campaigns.iter().find(|campaign| campaign.id == offer.campaign_id);
            if campaign.is_some_and(|campaign| eligibility::campaign_open(campaign, now).is_ok()) {
                continue;
            }
            self.agent_step(*user, &AgentStep::Withdraw, now).await?;
        }
        Ok(())
    }

    /// Takes a step for an agent. One that is not possible any more is no error: the agent was faster.
    async fn agent_step(&self, user: UserId, step: &AgentStep, now: OffsetDateTime) -> Result<(), StoreError> {
        match self.ports.stores.desk.step(user, step, false, now).await {
            Ok(_) | Err(StepError::NotNow(_)) => Ok(()),
            Err(StepError::Store(error)) => Err(error),
        }
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
        let ports = self.ports.clone();
        let placing = self.handle.placing(call.id);
        // Placed later than this, it might not be known again for what it is, or be placed after its attempt was given back.
        let stale_at = call.started_at + self.settings.answer_wait.min(self.settings.record_wait) / 2;
        self.dials.spawn(async move {
            if ports.clock.now() > stale_at {
                let reason = "this process was held up for too long between the claim and the dial".to_owned();
                return Dialed { call, answer: Answer::Told(Err(TelephonyError::Unavailable { reason })), placing };
            }
            if let Err(error) = ports.telephony.turn(RequestPriority::Campaign).await {
                return Dialed { call, answer: Answer::Told(Err(error)), placing };
            }
            if let Some(event) = last_look(&ports, &call).await {
                return Dialed { call, answer: Answer::Unwanted(event), placing };
            }
            let request = DialRequest {
                ahead: call.ahead,
                to: call.to_number.clone(),
                agent: call.agent.clone(),
                caller_id: call.from_number.clone(),
                priority: RequestPriority::Campaign,
                paced: true,
            };
            let answer = Answer::Told(ports.telephony.originate(request).await);
            Dialed { call, answer, placing }
        });
    }

    /// Takes in the answer to a dial.
    pub(super) async fn answered(&mut self, dialed: Result<Dialed, JoinError>) {
        let Dialed { call, answer, placing } = match dialed {
            Ok(dialed) => dialed,
            Err(error) => {
                tracing::error!(error = chain(&error), "a dial broke off; its call is reconciled");
                return;
            }
        };
        let now = self.ports.clock.now();
        let answer = match answer {
            Answer::Told(answer) => answer,
            Answer::Unwanted(event) => {
                tracing::info!(call.id = %call.id, "a call was not placed: its number was suppressed after the claim");
                self.tell(call.id, event).await;
                return;
            }
        };
        match answer {
            Ok(provider_call_id) => {
                self.tell(call.id, CallEvent::Placed { provider_call_id, at: now }).await;
            }
            Err(error) => {
                tracing::warn!(call.id = %call.id, code = error.code(), %error, "a call was not placed");
                self.provider_trouble(&error);
                match &error {
                    TelephonyError::AgentUnreachable { .. } => self.leave_alone(&call, now).await,
                    TelephonyError::Misconfigured { .. } => {
                        if let Some(campaign) = call.campaign_id {
                            self.halt_campaign(campaign, &error, now).await;
                        }
                    }
                    _ => {}
                }
                if let Some(outcome) = outcome_of(&error) {
                    self.tell(call.id, Ending::never_left(outcome, now, &error)).await;
                }
            }
        }
        drop(placing);
    }

    /// Whose phone could not be reached gets no further call at once: an agent is paused until they say that it works, a
    /// phone of the settings rests.
    pub(super) async fn leave_alone(&mut self, call: &Call, now: OffsetDateTime) {
        if let Some(user) = call.agent_id
            && let Err(error) = self.agent_step(user, &AgentStep::Unreachable { call: call.id }, now).await
        {
            tracing::error!(call.id = %call.id, error = chain(&error), "an agent could not be paused");
        }
        if let Some(line) = &call.agent {
            self.crew.rest_until(line, now + self.settings.agent_rest);
        }
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
