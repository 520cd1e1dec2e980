//! The ports to agents: their profiles, and what they are doing.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::history::StateSpan;
use super::offers::Offer;
use super::{Agent, AgentPatch, AgentState, AgentStep, NotNow};
use crate::contacts::Contact;
use crate::explain::AgentCounts;
use crate::identity::Scope;
use crate::ids::{AgentId, CallId, CampaignId, UserId};
use crate::queue::store::ContactClaim;
use crate::store::{Page, PageRequest, StoreError};
use crate::telephony::AgentLine;

/// Profiles of agents.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait AgentProfiles: Send + Sync {
    /// Adds a profile, with an event.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] when the user has a profile already, or the line is another agent's.
    async fn add(&self, agent: &Agent) -> Result<(), StoreError>;

    /// One agent in scope: the owner sees it, and the agent.
    async fn get(&self, scope: Scope, id: AgentId) -> Result<Option<Agent>, StoreError>;

    /// The profile of a user, for that user.
    async fn of_user(&self, user: UserId) -> Result<Option<Agent>, StoreError>;

    /// Agents in scope by name, then id; only those in `state` where it is given.
    async fn list(&self, scope: Scope, state: Option<AgentState>, page: PageRequest)
    -> Result<Page<Agent>, StoreError>;

    /// Changes a profile by [`Agent::patched`], with an event when something changes. `None` when the scope owns no such
    /// agent.
    ///
    /// # Errors
    /// [`StoreError::Changed`], and [`StoreError::Duplicate`] as in [`Self::add`].
    async fn change(
        &self,
        scope: Scope,
        id: AgentId,
        patch: &AgentPatch,
        now: OffsetDateTime,
    ) -> Result<Option<Agent>, StoreError>;

    /// Removes a profile, with an event; an offer is taken back, and the contact of a live call is let go. False when the
    /// scope owns no such agent. What the agent did stays in the history.
    async fn remove(&self, scope: Scope, id: AgentId, now: OffsetDateTime) -> Result<bool, StoreError>;

    /// What an agent in scope did between two instants, earliest first. The first stretch may begin before `from`, and the
    /// last one may end after `to`.
    async fn history(
        &self,
        scope: Scope,
        id: AgentId,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<Vec<StateSpan>, StoreError>;
}

/// Why an agent's step was not taken.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The agent's state does not allow it.
    #[error(transparent)]
    NotNow(#[from] NotNow),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An agent who waits for a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadyAgent {
    /// The agent's login.
    pub user_id: UserId,
    /// Whose phone rings.
    pub line: AgentLine,
    /// Waiting since.
    pub since: OffsetDateTime,
    /// The campaigns that the agent works on.
    pub campaigns: Vec<CampaignId>,
}

/// Who serves campaigns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Crew {
    /// Agents who wait for a call, longest waiting first.
    pub ready: Vec<ReadyAgent>,
    /// Agents who look at a contact, and what they were offered.
    pub reserved: Vec<(UserId, Offer)>,
    /// Campaigns that somebody is assigned to, ready or not: nobody else serves them.
    pub staffed: Vec<CampaignId>,
    /// All agents, also those who are not at work.
    pub all: Vec<Colleague>,
}

/// An agent, and what they are doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    /// The agent's login.
    pub user_id: UserId,
    /// Whose phone rings.
    pub line: AgentLine,
    /// What they are doing.
    pub state: AgentState,
    /// The campaigns that the agent works on.
    pub campaigns: Vec<CampaignId>,
}

impl Crew {
    /// Whether a phone is an agent's.
    #[must_use]
    pub fn has(&self, line: &AgentLine) -> bool {
        self.all.iter().any(|agent| agent.line == *line)
    }

    /// The agents of a campaign, by what keeps them; `assigned` are the users assigned to it, of whom some may be no agents.
    #[must_use]
    pub fn of_campaign(&self, campaign: CampaignId, assigned: u64) -> AgentCounts {
        let mut counts = AgentCounts::default();
        for agent in self.all.iter().filter(|agent| agent.campaigns.contains(&campaign)) {
            match agent.state {
                AgentState::Ready => counts.ready += 1,
                AgentState::Reserved | AgentState::Ringing | AgentState::Talking => counts.busy += 1,
                AgentState::WrapUp | AgentState::Paused => counts.resting += 1,
                AgentState::Offline => {}
            }
        }
        counts.away = usize::try_from(assigned).unwrap_or(usize::MAX).saturating_sub(counts.all());
        counts
    }
}

/// What agents are doing. Each method is one transaction; the state's history and an event are written with the state, and a
/// contact that was offered is released when the agent turns to something else.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait AgentDesk: Send + Sync {
    /// Takes a step of the agent who is this user by [`super::Presence::after`], and notes that the agent was heard of when
    /// `heard`. `None` when the user has no profile.
    async fn step(
        &self,
        user: UserId,
        step: &AgentStep,
        heard: bool,
        now: OffsetDateTime,
    ) -> Result<Option<Agent>, StepError>;

    /// Takes [`AgentStep::Wait`] for every agent, and [`AgentStep::Lose`] for those who were not heard of since
    /// `silent_since`. Returns those whom it changed.
    async fn pass_time(
        &self,
        silent_since: Option<OffsetDateTime>,
        now: OffsetDateTime,
    ) -> Result<Vec<Agent>, StoreError>;

    /// Who may get a call now.
    async fn crew(&self) -> Result<Crew, StoreError>;

    /// Reserves the first contact in the campaign's line that may be called now and that `agent` may take
    /// ([`super::offers::may_take`]), until the instant given. Contacts that may not be called are refused as a claim refuses
    /// them. `None` when nobody is in line, or the agent is not ready any more.
    async fn offer(
        &self,
        campaign: CampaignId,
        agent: UserId,
        until: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<Option<Offer>, StoreError>;

    /// The contact that is offered to an agent.
    async fn offered(&self, user: UserId) -> Result<Option<(Offer, Contact)>, StoreError>;

    /// Takes the offer: makes the contact a call of the agent's by [`crate::queue::claim`], as
    /// [`crate::queue::store::DialQueue::claim`] does, with `call` as its id. A contact that may not be called after all is
    /// refused, and the offer is taken back. `None` when the user has no profile.
    ///
    /// # Errors
    /// [`NotNow`] when nothing is offered to the agent.
    async fn accept_offer(
        &self,
        user: UserId,
        call: CallId,
        now: OffsetDateTime,
    ) -> Result<Option<ContactClaim>, StepError>;

    /// Does not take the offer: the agent is ready again and the contact rests as one that was skipped
    /// ([`crate::queue::entries::EntryChange::Skip`]).
    async fn skip_offer(
        &self,
        user: UserId,
        reason: Option<String>,
        now: OffsetDateTime,
    ) -> Result<Option<Agent>, StepError>;
}
