//! Profiles of agents.

use async_trait::async_trait;
use dialer_domain::agents::history::StateSpan;
use dialer_domain::agents::store::AgentProfiles;
use dialer_domain::agents::{Agent, AgentPatch, AgentState, AgentStep};
use dialer_domain::events::EventKind;
use dialer_domain::ids::AgentId;
use dialer_domain::{OffsetDateTime, Page, PageRequest, Scope, StoreError, UserId};

use super::{MemoryStore, State, page};

#[async_trait]
impl AgentProfiles for MemoryStore {
    async fn add(&self, agent: &Agent) -> Result<(), StoreError> {
        let mut state = self.lock();
        state.check_profile(agent)?;
        state.profiles.insert(agent.id, agent.clone());
        state.begin_span(agent);
        state.log(agent.event(EventKind::AgentCreated, agent.created_at).by(Scope::User(agent.owner_id)));
        Ok(())
    }

    async fn get(&self, scope: Scope, id: AgentId) -> Result<Option<Agent>, StoreError> {
        Ok(self.lock().profiles.get(&id).filter(|agent| agent.visible_in(scope)).cloned())
    }

    async fn of_user(&self, user: UserId) -> Result<Option<Agent>, StoreError> {
        Ok(self.lock().profile_of(user).cloned())
    }

    async fn list(
        &self,
        scope: Scope,
        wanted: Option<AgentState>,
        window: PageRequest,
    ) -> Result<Page<Agent>, StoreError> {
        let state = self.lock();
        let mut rows: Vec<&Agent> = state
            .profiles
            .values()
            .filter(|agent| agent.visible_in(scope))
            .filter(|agent| wanted.is_none_or(|wanted| agent.presence.state() == wanted))
            .collect();
        rows.sort_by(|a, b| (&a.display_name, a.id).cmp(&(&b.display_name, b.id)));
        Ok(page(&rows, window))
    }

    async fn change(
        &self,
        scope: Scope,
        id: AgentId,
        patch: &AgentPatch,
        now: OffsetDateTime,
    ) -> Result<Option<Agent>, StoreError> {
        let mut state = self.lock();
        let Some(before) = state.profiles.get(&id).filter(|agent| scope.covers(agent.owner_id)).cloned() else {
            return Ok(None);
        };
        let after = before.patched(patch, now)?;
        if after == before {
            return Ok(Some(after));
        }
        state.check_profile(&after)?;
        state.profiles.insert(id, after.clone());
        state.log(after.event(EventKind::AgentUpdated, now).by(scope));
        Ok(Some(after))
    }

    async fn remove(&self, scope: Scope, id: AgentId, now: OffsetDateTime) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let Some(agent) = state.profiles.get(&id).filter(|agent| scope.covers(agent.owner_id)).cloned() else {
            return Ok(false);
        };
        let gone = state.take_step(&agent, &AgentStep::Lose, false, now).unwrap_or(agent);
        // Whoever is on a call has its contact until the end, which a profile that is gone does not see.
        state.let_go(&gone, now);
        state.profiles.remove(&id);
        if let Some(span) = state.spans.iter_mut().rev().find(|span| span.agent_id == id) {
            span.to = Some(now.max(span.from));
        }
        state.log(gone.event(EventKind::AgentRemoved, now).by(scope));
        Ok(true)
    }

    async fn history(
        &self,
        scope: Scope,
        id: AgentId,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<Vec<StateSpan>, StoreError> {
        let state = self.lock();
        if !state.profiles.get(&id).is_some_and(|agent| agent.visible_in(scope)) {
            return Ok(Vec::new());
        }
        let spans = state.spans.iter().filter(|span| span.agent_id == id);
        Ok(spans.filter(|span| span.from < to && span.to.is_none_or(|end| end > from)).cloned().collect())
    }
}

impl State {
    pub(super) fn profile_of(&self, user: UserId) -> Option<&Agent> {
        self.profiles.values().find(|agent| agent.user_id == user)
    }

    /// Nobody has two profiles, and no two agents share a phone.
    fn check_profile(&self, new: &Agent) -> Result<(), StoreError> {
        let mut others = self.profiles.values().filter(|agent| agent.id != new.id);
        match others.find(|agent| agent.user_id == new.user_id || agent.line == new.line) {
            Some(other) if other.user_id == new.user_id => Err(StoreError::Duplicate { what: "the agent's profile" }),
            Some(_) => Err(StoreError::Duplicate { what: "an agent with this line" }),
            None if self.profiles.get(&new.id).is_some_and(|known| known.user_id != new.user_id) => {
                Err(StoreError::Duplicate { what: "the agent" })
            }
            None => Ok(()),
        }
    }

    /// What an agent does begins; what they did is over.
    pub(super) fn begin_span(&mut self, agent: &Agent) {
        let since = agent.presence.since;
        if let Some(last) = self.spans.iter_mut().rev().find(|span| span.agent_id == agent.id) {
            last.to = Some(since);
        }
        self.spans.push(StateSpan {
            agent_id: agent.id,
            state: agent.presence.state(),
            pause_code: agent.presence.doing.pause_code().cloned(),
            call_id: agent.presence.doing.call(),
            from: since,
            to: None,
        });
    }
}
