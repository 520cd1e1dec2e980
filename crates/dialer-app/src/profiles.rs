//! Profiles of agents, as those who run them handle them.

use dialer_domain::agents::history::StateSpan;
use dialer_domain::agents::{Agent, AgentPatch, AgentState, Presence};
use dialer_domain::identity::Principal;
use dialer_domain::ids::{AgentId, UserId};
use dialer_domain::store::{Page, PageRequest, StoreError};
use dialer_domain::stores::Stores;
use dialer_domain::telephony::AgentLine;
use time::{Duration, OffsetDateTime};

use crate::engine::EngineHandle;
use crate::error::UseCaseError;
use crate::ports::Ports;

/// A profile that somebody wants to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAgent {
    /// The agent's login.
    pub user_id: UserId,
    /// What the agent is called.
    pub display_name: String,
    /// Whose phone rings.
    pub line: AgentLine,
    /// How long the agent may write up a call.
    pub wrap_up: Duration,
}

/// What those who run agents do with their profiles.
#[derive(Clone)]
pub struct Profiles {
    ports: Ports,
    engine: EngineHandle,
}

impl Profiles {
    /// On these ports; `engine` is woken when a profile changes.
    #[must_use]
    pub const fn new(ports: Ports, engine: EngineHandle) -> Self {
        Self { ports, engine }
    }

    /// The same on other stores, such as those of a unit of work.
    #[must_use]
    pub fn on(&self, stores: Stores) -> Self {
        Self { ports: Ports { stores, ..self.ports.clone() }, engine: self.engine.clone() }
    }

    /// Whether the provider has such a user, as far as it tells: a profile with a phone that is none would fail every call.
    ///
    /// # Errors
    /// [`UseCaseError::Conflict`] when the provider lists its users and this is none of them.
    pub async fn check_line(&self, line: &AgentLine) -> Result<(), UseCaseError> {
        match self.ports.telephony.users().await {
            Ok(users) if !users.is_empty() && users.iter().all(|user| user.line != *line) => {
                let (none, check) = ("is no user of the provider account", "`dialer doctor --provider` lists them");
                Err(UseCaseError::Conflict(format!("`{line}` {none}; {check}")))
            }
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::warn!(
                    code = error.code(),
                    "the provider did not list its users; the agent's phone is not checked"
                );
                Ok(())
            }
        }
    }

    /// Makes a profile. The agent is offline until they say otherwise.
    ///
    /// # Errors
    /// [`UseCaseError::Conflict`] when the user is an agent already, or the phone another agent's.
    pub async fn add(&self, who: Principal, new: NewAgent) -> Result<Agent, UseCaseError> {
        let now = self.ports.clock.now();
        let agent = Agent {
            id: AgentId::generate(self.ports.ids.as_ref()),
            owner_id: who.user,
            user_id: new.user_id,
            display_name: new.display_name,
            line: new.line,
            wrap_up: new.wrap_up,
            presence: Presence::offline(now),
            created_at: now,
            updated_at: now,
        };
        self.ports.stores.profiles.add(&agent).await.map_err(taken)?;
        Ok(agent)
    }

    /// One agent: an own one, or the caller.
    pub async fn get(&self, who: Principal, id: AgentId) -> Result<Agent, UseCaseError> {
        self.ports.stores.profiles.get(who.scope(), id).await?.ok_or(UseCaseError::NotFound("agent"))
    }

    /// Own agents by name, the caller among them where they are one.
    pub async fn list(
        &self,
        who: Principal,
        state: Option<AgentState>,
        page: PageRequest,
    ) -> Result<Page<Agent>, UseCaseError> {
        Ok(self.ports.stores.profiles.list(who.scope(), state, page).await?)
    }

    /// Changes an own agent's profile.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub async fn change(&self, who: Principal, id: AgentId, patch: &AgentPatch) -> Result<Agent, UseCaseError> {
        let now = self.ports.clock.now();
        let changed = self.ports.stores.profiles.change(who.scope(), id, patch, now).await.map_err(taken)?;
        self.engine.wake();
        changed.ok_or(UseCaseError::NotFound("agent"))
    }

    /// Removes an own agent's profile. A call that they are on goes on.
    pub async fn remove(&self, who: Principal, id: AgentId) -> Result<(), UseCaseError> {
        let now = self.ports.clock.now();
        let removed = self.ports.stores.profiles.remove(who.scope(), id, now).await?;
        if removed { Ok(()) } else { Err(UseCaseError::NotFound("agent")) }
    }

    /// What an agent did between two instants.
    pub async fn history(
        &self,
        who: Principal,
        id: AgentId,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<Vec<StateSpan>, UseCaseError> {
        self.get(who, id).await?;
        Ok(self.ports.stores.profiles.history(who.scope(), id, from, to).await?)
    }
}

fn taken(error: StoreError) -> UseCaseError {
    match error {
        StoreError::Duplicate { what } => UseCaseError::Conflict(format!("{what} exists already")),
        other => other.into(),
    }
}
