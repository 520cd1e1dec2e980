//! What the pacer of a campaign is told: the differences between one round and the next.
//!
//! Calls and agents are told as the stores have them, so that it does not matter which node heard what.

use std::collections::BTreeMap;

use dialer_domain::agents::AgentState;
use dialer_domain::agents::store;
use dialer_domain::calls::{Call, CallOutcome, CallStatus};
use dialer_domain::campaigns::Campaign;
use dialer_domain::ids::CallId;
use dialer_domain::pacing::{AgentChange, Decision, Ending, Event, Lead, Pacer, PacingSettings, Snapshot};
use dialer_domain::telephony::AgentLine;
use time::OffsetDateTime;

/// The pacer of one campaign, and what it was told.
pub(super) struct Pace {
    pacer: Pacer,
    began_at: OffsetDateTime,
    calls: BTreeMap<CallId, (u64, Heard)>,
    agents: BTreeMap<AgentLine, (u64, AgentChange)>,
    keys: u64,
    /// People abandoned in all periods of the ledger, as of the last look.
    pub(super) abandoned: Option<u64>,
}

/// How far a call has come, as far as the pacer knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    Dialled,
    Answered,
}

impl Pace {
    pub(super) fn new(now: OffsetDateTime) -> Self {
        Self {
            pacer: Pacer::new(PacingSettings::default()),
            began_at: now,
            calls: BTreeMap::new(),
            agents: BTreeMap::new(),
            keys: 0,
            abandoned: None,
        }
    }

    /// Calls that the pacer knows and that are not open any more.
    pub(super) fn gone(&self, open: &[Call]) -> Vec<CallId> {
        self.calls.keys().filter(|id| !open.iter().any(|call| call.id == **id)).copied().collect()
    }

    /// Tells how a call ended.
    pub(super) fn ended(&mut self, call: &Call, now: OffsetDateTime) {
        let Some((key, heard)) = self.calls.remove(&call.id) else { return };
        let answered = call.answered_at.is_some() || call.outcome == Some(CallOutcome::Completed);
        if answered && heard == Heard::Dialled {
            self.observe(now, &Event::Answered { call: key });
        }
        self.observe(now, &Event::Ended { call: key, how: ending(call) });
    }

    /// Tells how the open calls of the campaign ahead of agents and its agents stand now.
    pub(super) fn look(
        &mut self,
        campaign: &Campaign,
        open: &[Call],
        agents: &[(AgentLine, AgentChange)],
        now: OffsetDateTime,
    ) {
        for call in open.iter().filter(|call| call.ahead && call.campaign_id == Some(campaign.id)) {
            if !self.calls.contains_key(&call.id) {
                let key = self.key();
                self.calls.insert(call.id, (key, Heard::Dialled));
                self.observe(now, &Event::Dialled { call: key, lead: lead(campaign, call) });
            }
            let Some((key, heard)) = self.calls.get_mut(&call.id) else { continue };
            if call.status == CallStatus::Answered && *heard == Heard::Dialled {
                *heard = Heard::Answered;
                let answered = Event::Answered { call: *key };
                self.observe(now, &answered);
            }
        }
        let absent: Vec<AgentLine> =
            self.agents.keys().filter(|line| !agents.iter().any(|(known, _)| known == *line)).cloned().collect();
        for line in absent {
            if let Some((agent, _)) = self.agents.remove(&line) {
                self.observe(now, &Event::Agent { agent, state: AgentChange::Out, call: None });
            }
        }
        for (line, state) in agents {
            if self.agents.get(line).is_some_and(|(_, known)| known == state) {
                continue;
            }
            let known = self.agents.get(line).map(|(key, _)| *key);
            let agent = known.unwrap_or_else(|| self.key());
            self.agents.insert(line.clone(), (agent, *state));
            let on = open.iter().find(|call| call.ahead && call.agent.as_ref() == Some(line));
            let call = on.and_then(|call| self.calls.get(&call.id)).map(|(key, _)| *key);
            self.observe(now, &Event::Agent { agent, state: *state, call });
        }
    }

    /// How many dials to place now.
    pub(super) fn decide(&mut self, snapshot: &Snapshot, now: OffsetDateTime) -> Decision {
        let seconds = self.seconds(now);
        self.pacer.decide(seconds, snapshot)
    }

    fn observe(&mut self, now: OffsetDateTime, event: &Event) {
        let seconds = self.seconds(now);
        self.pacer.observe(seconds, event);
    }

    fn seconds(&self, now: OffsetDateTime) -> f64 {
        (now - self.began_at).as_seconds_f64()
    }

    fn key(&mut self) -> u64 {
        self.keys += 1;
        self.keys
    }
}

/// What an agent does, as the pacer sees it.
pub(super) const fn doing(state: AgentState) -> AgentChange {
    match state {
        AgentState::Ready => AgentChange::Idle,
        AgentState::Reserved | AgentState::Ringing | AgentState::Talking => AgentChange::Talk,
        AgentState::WrapUp => AgentChange::Wrap,
        AgentState::Paused | AgentState::Offline => AgentChange::Out,
    }
}

/// The agents of a campaign with profiles, by what they do.
pub(super) fn profiles(campaign: &Campaign, agents: &store::Crew) -> Vec<(AgentLine, AgentChange)> {
    let here = agents.all.iter().filter(|agent| agent.campaigns.contains(&campaign.id));
    here.map(|agent| (agent.line.clone(), doing(agent.state))).collect()
}

fn lead(campaign: &Campaign, call: &Call) -> Lead {
    let hour = campaign.timezone.local(call.started_at).hour();
    Lead { list: None, hour: Some(hour.into()), attempt: call.attempt }
}

const fn ending(call: &Call) -> Ending {
    match call.outcome {
        Some(CallOutcome::Completed) => Ending::Completed,
        Some(CallOutcome::Abandoned) => Ending::Abandoned,
        Some(CallOutcome::Busy) => Ending::Busy,
        Some(CallOutcome::NoAnswer) => Ending::NoAnswer,
        Some(CallOutcome::Canceled) => Ending::HungUp,
        Some(CallOutcome::Failed | CallOutcome::InvalidNumber | CallOutcome::Refused | CallOutcome::NotPlaced)
        | None => Ending::Failed,
    }
}
