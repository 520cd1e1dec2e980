//! Agents on the stage: ready ones with a campaign to work on, and what becomes of them.

use dialer_domain::agents::history::StateSpan;
use dialer_domain::agents::offers::Offer;
use dialer_domain::agents::{Agent, AgentState, AgentStep, PauseCode, Standing};
use dialer_domain::campaigns::agents::Assignment;
use dialer_domain::ids::AssignmentId;
use dialer_domain::queue::QueueStatus;
use dialer_domain::{Call, Campaign, Contact, Duration, OffsetDateTime, Scope, UserId};

use super::Stage;
use super::scene::everything;
use crate::builders::{T0, agent, answered, id, slot_of};

/// A pause.
pub(super) fn lunch() -> Standing {
    Standing::Paused(PauseCode::parse("lunch").unwrap())
}

impl Stage {
    /// An agent of the campaign's owner who is ready since [`T0`] and works on it.
    pub(super) async fn given_agent_of(&self, list: &Campaign) -> Agent {
        self.given_profile(agent(list.user_id), list).await
    }

    /// `count` agents as [`Self::given_agent_of`].
    pub(super) async fn given_agents_of(&self, list: &Campaign, count: usize) -> Vec<Agent> {
        let mut agents = Vec::new();
        for _ in 0..count {
            agents.push(self.given_agent_of(list).await);
        }
        agents
    }

    /// The stored agent, who works on the campaign.
    pub(super) async fn given_profile(&self, agent: Agent, list: &Campaign) -> Agent {
        self.profiles.add(&agent).await.unwrap();
        let assignment =
            Assignment { id: id(AssignmentId::new), campaign_id: list.id, user_id: agent.user_id, created_at: T0 };
        self.agents.assign(Scope::User(list.user_id), assignment).await.unwrap().unwrap();
        agent
    }

    /// A campaign with one contact, and the live call to it that its agent was given at [`T0`].
    pub(super) async fn given_agent_on_a_call(&self) -> (Campaign, Agent, Call) {
        let (list, _) = self.given_list(1).await;
        let agent = self.given_agent_of(&list).await;
        let call = self.dial_for(&list, &agent, T0).await;
        (list, agent, call)
    }

    /// Gives the next contact of the campaign to an agent, which must be possible.
    pub(super) async fn dial_for(&self, list: &Campaign, agent: &Agent, now: OffsetDateTime) -> Call {
        self.plan(list.id, 1, now).await;
        self.claim_for(list.id, vec![slot_of(agent)], now).await.calls.pop().unwrap()
    }

    /// The customer of a call answers.
    pub(super) async fn answer(&self, call: &Call, at: OffsetDateTime) {
        self.calls.apply(call.id, &answered(at), at).await.unwrap().unwrap();
    }

    /// Plans and offers the next contact of the campaign for ten minutes.
    pub(super) async fn offer_to(&self, list: &Campaign, agent: &Agent, now: OffsetDateTime) -> Option<Offer> {
        self.plan(list.id, 5, now).await;
        self.desk.offer(list.id, agent.user_id, now + Duration::minutes(10), now).await.unwrap()
    }

    /// A campaign with `count` contacts, and an agent to whom the first of them was offered at [`T0`].
    pub(super) async fn given_offer(&self, count: usize) -> (Campaign, Vec<Contact>, Agent, Offer) {
        let (list, contacts) = self.given_list(count).await;
        let agent = self.given_agent_of(&list).await;
        let offer = self.offer_to(&list, &agent, T0).await.unwrap();
        (list, contacts, agent, offer)
    }

    /// Where the entries of the campaign stand.
    pub(super) async fn where_entries_stand(&self, list: &Campaign) -> Vec<QueueStatus> {
        let entries = self.entries.list(Scope::Service, list.id, None, everything()).await.unwrap().items;
        entries.into_iter().map(|entry| entry.status).collect()
    }

    /// An agent takes a step, which must be possible.
    pub(super) async fn step(&self, agent: &Agent, step: AgentStep, now: OffsetDateTime) -> Agent {
        self.desk.step(agent.user_id, &step, false, now).await.unwrap().unwrap()
    }

    /// An agent as they are now.
    pub(super) async fn agent(&self, user: UserId) -> Agent {
        self.profiles.of_user(user).await.unwrap().unwrap()
    }

    /// What an agent is doing now, which must be what the history says last.
    pub(super) async fn state(&self, agent: &Agent) -> AgentState {
        let now = self.agent(agent.user_id).await;
        let history = self.history(agent).await;
        let last = history.last().unwrap();
        assert_eq!((last.state, last.to), (now.presence.state(), None));
        assert_eq!((last.call_id, last.from), (now.presence.doing.call(), now.presence.since));
        now.presence.state()
    }

    /// All that an agent did, which must be without a gap and without an overlap, and last until now.
    pub(super) async fn history(&self, agent: &Agent) -> Vec<StateSpan> {
        let (from, to) = (T0 - Duration::days(1), T0 + Duration::days(30));
        let history = self.profiles.history(Scope::Service, agent.id, from, to).await.unwrap();
        assert!(history.iter().all(|span| span.agent_id == agent.id));
        for two in history.windows(2) {
            assert_eq!(two[0].to, Some(two[1].from), "{two:?}");
        }
        assert_eq!(history.iter().filter(|span| span.to.is_none()).count(), 1, "{history:?}");
        history
    }

    /// The states that an agent has been in.
    pub(super) async fn states(&self, agent: &Agent) -> Vec<AgentState> {
        self.history(agent).await.into_iter().map(|span| span.state).collect()
    }
}
