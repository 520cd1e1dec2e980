//! What agents are doing.

use async_trait::async_trait;
use dialer_domain::agents::offers::{Offer, may_take, released, reserved};
use dialer_domain::agents::store::{AgentDesk, Colleague, Crew, ReadyAgent, StepError};
use dialer_domain::agents::{Agent, AgentState, AgentStep, CallStep, NotNow, Presence};
use dialer_domain::calls::Call;
use dialer_domain::eligibility::{Facts, Refusal, RefusalCode};
use dialer_domain::queue::entries::{EntryChange, EntryRefusal};
use dialer_domain::queue::store::ContactClaim;
use dialer_domain::queue::{DialSlot, QueueStatus, claim, offerable};
use dialer_domain::rules::Circumstances;
use dialer_domain::{CallId, CampaignId, Contact, ContactId, OffsetDateTime, Scope, StoreError, UserId};

use super::{MemoryStore, State};

#[async_trait]
impl AgentDesk for MemoryStore {
    async fn step(
        &self,
        user: UserId,
        step: &AgentStep,
        heard: bool,
        now: OffsetDateTime,
    ) -> Result<Option<Agent>, StepError> {
        let mut state = self.lock();
        let Some(agent) = state.profile_of(user).cloned() else { return Ok(None) };
        Ok(Some(state.take_step(&agent, step, heard, now)?))
    }

    async fn pass_time(
        &self,
        silent_since: Option<OffsetDateTime>,
        now: OffsetDateTime,
    ) -> Result<Vec<Agent>, StoreError> {
        let mut state = self.lock();
        let agents: Vec<Agent> = state.profiles.values().cloned().collect();
        let mut changed = Vec::new();
        for agent in agents {
            // Neither step of time is ever refused.
            let Ok(after) = state.take_step(&agent, &agent.step_of_time(silent_since), false, now) else { continue };
            if after != agent {
                changed.push(after);
            }
        }
        Ok(changed)
    }

    async fn crew(&self) -> Result<Crew, StoreError> {
        let state = self.lock();
        let mut ready: Vec<ReadyAgent> = state
            .profiles
            .values()
            .filter(|agent| agent.presence.state() == AgentState::Ready)
            .map(|agent| ReadyAgent {
                user_id: agent.user_id,
                line: agent.line.clone(),
                since: agent.presence.since,
                campaigns: state.campaigns_of(agent.user_id),
            })
            .collect();
        ready.sort_by_key(|agent| (agent.since, agent.user_id));
        let mut staffed: Vec<CampaignId> = state.agents.iter().map(|row| row.campaign_id).collect();
        staffed.sort_unstable();
        staffed.dedup();
        let reserved = state
            .profiles
            .values()
            .filter_map(|agent| agent.presence.doing.offer().map(|offer| (agent.user_id, offer.clone())));
        let all = state.profiles.values().map(|agent| Colleague {
            user_id: agent.user_id,
            line: agent.line.clone(),
            state: agent.presence.state(),
            campaigns: state.campaigns_of(agent.user_id),
        });
        Ok(Crew { ready, reserved: reserved.collect(), staffed, all: all.collect() })
    }

    async fn offer(
        &self,
        campaign: CampaignId,
        user: UserId,
        until: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<Option<Offer>, StoreError> {
        let mut state = self.lock();
        let Some(campaign) = state.campaigns.get(&campaign).cloned() else { return Ok(None) };
        let Some(agent) = state.profile_of(user).filter(|agent| agent.presence.state() == AgentState::Ready).cloned()
        else {
            return Ok(None);
        };
        let at = self.circumstances_of(&state, campaign.user_id, now);
        for (contact, entry) in state.waiting_entries(campaign.id) {
            let Some(contact) = state.candidate(contact).filter(|contact| may_take(contact, Some(user))) else {
                continue;
            };
            let suppressed = state.suppressed(campaign.user_id, &contact.person.phone_number);
            let dossier = state.dossier(&campaign, &contact, &at, now);
            let rules = at.facts(&campaign, &dossier);
            let facts = Facts { campaign: &campaign, contact: &contact, suppressed, rules };
            if let Err(refused) = offerable(facts, &at.governing.book, now) {
                state.write_refused(Scope::Service, *refused);
                continue;
            }
            let offer = Offer { campaign_id: campaign.id, contact_id: contact.id, entry_id: entry.id, until };
            state.put_contact(reserved(&contact, user, now));
            let step = AgentStep::Reserve(offer.clone());
            return Ok(state.take_step(&agent, &step, false, now).ok().map(|_| offer));
        }
        Ok(None)
    }

    async fn offered(&self, user: UserId) -> Result<Option<(Offer, Contact)>, StoreError> {
        let state = self.lock();
        let offer = state.profile_of(user).and_then(|agent| agent.presence.doing.offer());
        Ok(offer.and_then(|offer| Some((offer.clone(), state.contacts.get(&offer.contact_id)?.clone()))))
    }

    async fn accept_offer(
        &self,
        user: UserId,
        call: CallId,
        now: OffsetDateTime,
    ) -> Result<Option<ContactClaim>, StepError> {
        let mut state = self.lock();
        let Some(agent) = state.profile_of(user).cloned() else { return Ok(None) };
        let Some(offer) = agent.presence.doing.offer() else {
            return Err(NotNow { state: agent.presence.state() }.into());
        };
        if state.calls.contains_key(&call) {
            return Err(StoreError::Duplicate { what: "the call" }.into());
        }
        let owner = state.campaigns.get(&offer.campaign_id).map_or(user, |campaign| campaign.user_id);
        let at = self.circumstances_of(&state, owner, now);
        let claimed = state.claim_offer(&agent, offer, call, &at, now);
        if !matches!(claimed, ContactClaim::Call(_)) {
            state.take_step(&agent, &AgentStep::Withdraw, true, now)?;
        }
        Ok(Some(claimed))
    }

    async fn skip_offer(
        &self,
        user: UserId,
        reason: Option<String>,
        now: OffsetDateTime,
    ) -> Result<Option<Agent>, StepError> {
        let mut state = self.lock();
        let Some(agent) = state.profile_of(user).cloned() else { return Ok(None) };
        let offer = agent.presence.doing.offer().cloned();
        let after = state.take_step(&agent, &AgentStep::Skip, true, now)?;
        if let Some(offer) = offer {
            state.skip_entry(user, &offer, reason, now);
        }
        Ok(Some(after))
    }
}

impl State {
    fn campaigns_of(&self, user: UserId) -> Vec<CampaignId> {
        self.agents.iter().filter(|row| row.user_id == user).map(|row| row.campaign_id).collect()
    }

    /// Takes a step and writes all that follows: the history, the event, and a contact that is let go.
    pub(super) fn take_step(
        &mut self,
        agent: &Agent,
        step: &AgentStep,
        heard: bool,
        now: OffsetDateTime,
    ) -> Result<Agent, NotNow> {
        let before = &agent.presence;
        let after = agent.stepped(step, heard, now)?;
        if after.presence.doing != before.doing {
            self.begin_span(&after);
            self.log(after.state_event(before));
        }
        if before.lets_go(&after.presence) {
            self.let_go(agent, now);
        }
        self.profiles.insert(after.id, after.clone());
        Ok(after)
    }

    /// Whom the agent is concerned with is theirs no longer.
    pub(super) fn let_go(&mut self, agent: &Agent, now: OffsetDateTime) {
        let contact = self.contact_at(&agent.presence);
        if let Some(contact) = contact.and_then(|contact| released(contact, agent.user_id, now)) {
            self.put_contact(contact);
        }
    }

    /// Whom the agent is concerned with.
    fn contact_at(&self, presence: &Presence) -> Option<&Contact> {
        let offered = presence.doing.offer().map(|offer| offer.contact_id);
        let called = || self.calls.get(&presence.doing.call()?)?.call.contact_id;
        self.contacts.get(&offered.or_else(called)?)
    }

    /// The agent of a call takes part in what becomes of it.
    pub(super) fn follow_call(&mut self, call: &Call, step: CallStep, now: OffsetDateTime) {
        let agent = call.agent_id.and_then(|user| self.profile_of(user)).cloned();
        if let Some(agent) = agent {
            // News of a call is never refused.
            let _ = self.take_step(&agent, &step.step(call.id, agent.wrap_up), false, now);
        }
    }

    /// Whether the agent who is `user`, if there is one, can be given a call to `contact`.
    pub(super) fn can_dial(&self, user: Option<UserId>, call: &Call, contact: Option<ContactId>) -> Result<(), NotNow> {
        let Some(agent) = user.and_then(|user| self.profile_of(user)) else { return Ok(()) };
        agent.presence.after(&AgentStep::Dial { call: call.id, contact }, call.started_at).map(drop)
    }

    /// The agent of a call that was written down has it.
    pub(super) fn give_call(&mut self, call: &Call) {
        let agent = call.agent_id.and_then(|user| self.profile_of(user)).cloned();
        if let Some(agent) = agent {
            let step = AgentStep::Dial { call: call.id, contact: call.contact_id };
            let _ = self.take_step(&agent, &step, false, call.started_at);
        }
    }

    fn claim_offer(
        &mut self,
        agent: &Agent,
        offer: &Offer,
        call: CallId,
        at: &Circumstances,
        now: OffsetDateTime,
    ) -> ContactClaim {
        let gone = ContactClaim::Refused(Refusal::taken(RefusalCode::ContactClosed));
        let waiting = self.waiting_entries(offer.campaign_id).into_iter().find(|(_, entry)| entry.id == offer.entry_id);
        let Some((contact, entry)) = waiting else { return gone };
        let Some(campaign) = self.campaigns.get(&offer.campaign_id).cloned() else { return gone };
        let Some(contact) = self.candidate(contact).filter(|row| may_take(row, Some(agent.user_id))) else {
            return gone;
        };
        let suppressed = self.suppressed(campaign.user_id, &contact.person.phone_number);
        let slot = DialSlot { call_id: call, agent: Some(agent.line.clone()), user: Some(agent.user_id) };
        let dossier = self.dossier(&campaign, &contact, at, now);
        let rules = at.facts(&campaign, &dossier);
        let facts = Facts { campaign: &campaign, contact: &contact, suppressed, rules };
        let decision = claim(facts, &at.governing.book, slot, now);
        self.write_claim(Scope::User(agent.user_id), &at.governing.book, decision, entry)
    }

    fn skip_entry(&mut self, user: UserId, offer: &Offer, reason: Option<String>, now: OffsetDateTime) {
        let Some(campaign) = self.campaigns.get(&offer.campaign_id) else { return };
        let Some(entry) = self.entries(offer.campaign_id).into_iter().find(|row| row.id == offer.entry_id) else {
            return;
        };
        let Some(contact) = self.contacts.get(&offer.contact_id) else { return };
        match (EntryChange::Skip { reason }).apply(&entry, contact, campaign, now) {
            Ok(changed) => {
                self.end_entry(offer.campaign_id, offer.contact_id, None, QueueStatus::Skipped);
                if let Some(contact) = changed.contact {
                    self.put_contact(contact);
                }
                self.log(changed.event.by(Scope::User(user)));
            }
            // Somebody else took it out of the line meanwhile.
            Err(EntryRefusal::NotWaiting(_) | EntryRefusal::Changed(_)) => {}
        }
    }
}
