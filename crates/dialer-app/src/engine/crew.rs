//! The agents who take campaign calls: who is free.

use std::collections::{BTreeMap, BTreeSet};

use dialer_domain::calls::Call;
use dialer_domain::explain::AgentCounts;
use dialer_domain::telephony::{AgentLine, ProviderUser};
use time::OffsetDateTime;

/// Agents in the order configured, with the instant until which each is left alone.
pub(super) struct Crew {
    lines: Vec<AgentLine>,
    resting: BTreeMap<AgentLine, OffsetDateTime>,
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

    /// Drops agents that the provider does not know or does not let call. A provider that lists nobody tells
    /// nothing: every agent stays.
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

    /// Agents who are on no open call and not resting.
    pub(super) fn free(&self, open: &[Call], now: OffsetDateTime) -> Vec<AgentLine> {
        let busy: BTreeSet<&AgentLine> = open.iter().filter_map(|call| call.agent.as_ref()).collect();
        self.lines
            .iter()
            .filter(|line| !busy.contains(line) && self.resting.get(line).is_none_or(|until| *until <= now))
            .cloned()
            .collect()
    }

    /// Everybody, by what keeps them.
    pub(super) fn counts(&self, open: &[Call], now: OffsetDateTime) -> AgentCounts {
        let busy: BTreeSet<&AgentLine> = open.iter().filter_map(|call| call.agent.as_ref()).collect();
        let busy = self.lines.iter().filter(|line| busy.contains(line)).count();
        let ready = self.free(open, now).len();
        AgentCounts { ready, busy, resting: self.lines.len() - ready - busy }
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
