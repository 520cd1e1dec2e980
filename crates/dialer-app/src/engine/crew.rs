//! Who can take a call: agents who are ready, and phones that settings name.
//!
//! A campaign with agents assigned to it is served by them. One without is served by the phones of the settings, which are
//! taken to be attended whenever they are on no call: this way a list can be dialled with nobody signed in anywhere.

use std::collections::{BTreeMap, BTreeSet};

use dialer_domain::agents::store;
use dialer_domain::calls::Call;
use dialer_domain::explain::AgentCounts;
use dialer_domain::ids::{CampaignId, UserId};
use dialer_domain::pacing::AgentChange;
use dialer_domain::telephony::{AgentLine, ProviderUser};
use time::OffsetDateTime;

/// The phones of the settings in their order, with the instant until which each is left alone.
pub(super) struct Crew {
    lines: Vec<AgentLine>,
    resting: BTreeMap<AgentLine, OffsetDateTime>,
}

/// Somebody who can take a call now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Free {
    /// Whose phone rings.
    pub(super) line: AgentLine,
    /// The agent; `None` for a phone of the settings.
    pub(super) user: Option<UserId>,
    /// The campaigns that the agent works on.
    campaigns: Vec<CampaignId>,
}

impl Free {
    /// Whether they take calls of this campaign. `staffed` are the campaigns with agents of their own.
    pub(super) fn serves(&self, campaign: CampaignId, staffed: &[CampaignId]) -> bool {
        match self.user {
            Some(_) => self.campaigns.contains(&campaign),
            None => !staffed.contains(&campaign),
        }
    }
}

impl Crew {
    pub(super) fn new(agents: &[AgentLine]) -> Self {
        let mut lines: Vec<AgentLine> = Vec::new();
        for line in agents {
            if !lines.contains(line) {
                lines.push(line.clone());
            }
        }
        Self { lines, resting: BTreeMap::new() }
    }

    /// Drops phones that the provider does not know or does not let call. A provider that lists nobody tells
    /// nothing: every phone stays.
    pub(super) fn keep_known(&mut self, users: &[ProviderUser]) {
        if users.is_empty() {
            tracing::warn!("the provider lists no users; agents are not checked");
            return;
        }
        self.lines.retain(|line| match users.iter().find(|user| user.line == *line) {
            Some(user) if user.active => true,
            Some(_) => {
                tracing::error!(agent = %line, "this agent is not an active user of the provider account and gets no calls");
                false
            }
            None => {
                tracing::error!(agent = %line, "this agent is no user of the provider account and gets no calls");
                false
            }
        });
    }

    /// Who can take a call: ready agents, longest waiting first, then phones of the settings that are no agent's. Nobody
    /// who is on an open call or resting.
    pub(super) fn free(&self, agents: &store::Crew, open: &[Call], now: OffsetDateTime) -> Vec<Free> {
        let busy: BTreeSet<&AgentLine> = open.iter().filter_map(|call| call.agent.as_ref()).collect();
        let ready = agents.ready.iter().map(|agent| Free {
            line: agent.line.clone(),
            user: Some(agent.user_id),
            campaigns: agent.campaigns.clone(),
        });
        let phones = self.lines.iter().filter(|line| !agents.has(line)).map(|line| Free {
            line: line.clone(),
            user: None,
            campaigns: Vec::new(),
        });
        let rests = |line: &AgentLine| self.resting.get(line).is_some_and(|until| *until > now);
        ready.chain(phones).filter(|free| !busy.contains(&free.line) && !rests(&free.line)).collect()
    }

    /// The phones of the settings that serve a campaign, by what they do.
    pub(super) fn of_campaign(
        &self,
        campaign: CampaignId,
        agents: &store::Crew,
        open: &[Call],
        now: OffsetDateTime,
    ) -> Vec<(AgentLine, AgentChange)> {
        if agents.staffed.contains(&campaign) {
            return Vec::new();
        }
        let busy: BTreeSet<&AgentLine> = open.iter().filter_map(|call| call.agent.as_ref()).collect();
        let doing = |line: &AgentLine| match self.resting.get(line) {
            _ if busy.contains(line) => AgentChange::Talk,
            Some(until) if *until > now => AgentChange::Wrap,
            _ => AgentChange::Idle,
        };
        let phones = self.lines.iter().filter(|line| !agents.has(line));
        phones.map(|line| (line.clone(), doing(line))).collect()
    }

    /// The phones of the settings, by what keeps them.
    pub(super) fn counts(&self, open: &[Call], now: OffsetDateTime) -> AgentCounts {
        let calls: BTreeSet<&AgentLine> = open.iter().filter_map(|call| call.agent.as_ref()).collect();
        let (busy, free): (Vec<_>, Vec<_>) = self.lines.iter().partition(|line| calls.contains(line));
        let resting = free.iter().filter(|line| self.resting.get(**line).is_some_and(|until| *until > now)).count();
        AgentCounts { ready: free.len() - resting, busy: busy.len(), resting, away: 0 }
    }

    pub(super) fn rest_until(&mut self, line: &AgentLine, until: OffsetDateTime) {
        let rest = self.resting.entry(line.clone()).or_insert(until);
        *rest = until.max(*rest);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }
}
