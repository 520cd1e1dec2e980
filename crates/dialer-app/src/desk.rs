//! The desk: what agents do with their day.

use dialer_domain::agents::offers::Offer;
use dialer_domain::agents::store::StepError;
use dialer_domain::agents::{Agent, AgentStep, NotNow, Standing};
use dialer_domain::calls::Call;
use dialer_domain::contacts::Contact;
use dialer_domain::identity::Principal;
use dialer_domain::ids::CallId;
use dialer_domain::queue::store::ContactClaim;
use dialer_domain::stores::Stores;
use dialer_domain::telephony::TransferTarget;

use crate::calls::Calls;
use crate::engine::EngineHandle;
use crate::error::UseCaseError;
use crate::ports::Ports;

/// What an agent sees of their own day.
#[derive(Debug, Clone, PartialEq)]
pub struct Desktop {
    /// The agent.
    pub agent: Agent,
    /// The contact that is offered.
    pub offer: Option<(Offer, Contact)>,
    /// The call that the agent is on, or writes up, with its contact where it is still reserved for the agent.
    pub call: Option<(Call, Option<Contact>)>,
}

/// What agents do.
#[derive(Clone)]
pub struct Desk {
    ports: Ports,
    engine: EngineHandle,
    calls: Calls,
}

impl Desk {
    /// On these ports; `engine` is woken when an agent becomes ready, and `calls` places what they accept.
    #[must_use]
    pub const fn new(ports: Ports, engine: EngineHandle, calls: Calls) -> Self {
        Self { ports, engine, calls }
    }

    /// The same on other stores, such as those of a unit of work.
    #[must_use]
    pub fn on(&self, stores: Stores) -> Self {
        Self {
            ports: Ports { stores: stores.clone(), ..self.ports.clone() },
            calls: self.calls.on(stores),
            engine: self.engine.clone(),
        }
    }

    /// The caller's own day. Looking at it counts as a sign of life.
    ///
    /// # Errors
    /// [`UseCaseError::NotFound`] for whoever has no agent's profile.
    pub async fn look(&self, who: Principal) -> Result<Desktop, UseCaseError> {
        let agent = self.step(who, &AgentStep::Wait).await?;
        let stores = &self.ports.stores;
        let offer = match agent.presence.doing.offer() {
            Some(_) => stores.desk.offered(who.user).await?,
            None => None,
        };
        let call = match agent.presence.doing.call() {
            Some(id) => stores.calls.get(who.scope(), id).await?,
            None => None,
        };
        let call = match call {
            Some(call) => {
                let contact = match call.contact_id {
                    Some(id) => stores.contacts.get(who.scope(), id).await?,
                    None => None,
                };
                Some((call, contact))
            }
            None => None,
        };
        Ok(Desktop { agent, offer, call })
    }

    /// Becomes ready, pauses, or goes. During a call it holds from its end on; wrap-up ends at once.
    pub async fn stand(&self, who: Principal, standing: Standing) -> Result<Agent, UseCaseError> {
        self.step(who, &AgentStep::Stand(standing)).await
    }

    /// Is done with writing up.
    ///
    /// # Errors
    /// [`UseCaseError::Conflict`] for whoever has nothing to write up.
    pub async fn finish_wrap_up(&self, who: Principal) -> Result<Agent, UseCaseError> {
        self.step(who, &AgentStep::FinishWrapUp).await
    }

    /// Calls the contact that is offered: writes the call down. [`Calls::dial`] places it.
    ///
    /// # Errors
    /// [`UseCaseError::Conflict`] when nothing is offered, [`UseCaseError::Refused`] when the contact may not be called after
    /// all.
    pub async fn accept(&self, who: Principal) -> Result<Call, UseCaseError> {
        let now = self.ports.clock.now();
        let id = CallId::generate(self.ports.ids.as_ref());
        let claimed = self.ports.stores.desk.accept_offer(who.user, id, now).await.map_err(nothing_offered)?;
        match claimed.ok_or(NO_PROFILE)? {
            ContactClaim::Call(call) => Ok(*call),
            ContactClaim::Refused(refusal) => {
                self.engine.wake();
                Err(UseCaseError::Refused(refusal))
            }
        }
    }

    /// Does not call the contact that is offered.
    ///
    /// # Errors
    /// [`UseCaseError::Conflict`] when nothing is offered.
    pub async fn skip(&self, who: Principal, reason: Option<String>) -> Result<Agent, UseCaseError> {
        let now = self.ports.clock.now();
        let skipped = self.ports.stores.desk.skip_offer(who.user, reason, now).await.map_err(nothing_offered)?;
        self.engine.wake();
        skipped.ok_or(NO_PROFILE)
    }

    /// Ends the call that an agent is on: [`Self::live_call`].
    ///
    /// # Errors
    /// [`UseCaseError::Conflict`] while the provider has not named the call, [`UseCaseError::Telephony`] when it does not end
    /// it.
    pub async fn hang_up(&self, call: &Call) -> Result<(), UseCaseError> {
        self.calls.hang_up_now(call).await
    }

    /// Hands the customer to somebody else.
    ///
    /// # Errors
    /// As [`Self::hang_up`].
    pub async fn transfer(&self, call: &Call, to: &TransferTarget) -> Result<(), UseCaseError> {
        let id = call.provider_call_id.as_ref().ok_or_else(|| {
            UseCaseError::Conflict("the provider has not named this call yet; try again in a moment".to_owned())
        })?;
        let done = self.ports.telephony.transfer(id, to).await;
        done.map_err(|source| UseCaseError::Telephony { call: call.id, source })?;
        self.engine.wake();
        Ok(())
    }

    /// The call that the agent is on.
    ///
    /// # Errors
    /// [`UseCaseError::Conflict`] for whoever is on none.
    pub async fn live_call(&self, who: Principal) -> Result<Call, UseCaseError> {
        let agent = self.ports.stores.profiles.of_user(who.user).await?.ok_or(NO_PROFILE)?;
        let on_no_call = || UseCaseError::Conflict(format!("you are {}, so there is no call", agent.presence.state()));
        let id = agent.presence.doing.live_call().ok_or_else(on_no_call)?;
        self.ports.stores.calls.get(who.scope(), id).await?.ok_or_else(on_no_call)
    }

    /// Notes that the agent's client is still there.
    pub async fn heartbeat(&self, who: Principal) -> Result<(), UseCaseError> {
        self.step(who, &AgentStep::Wait).await.map(drop)
    }

    async fn step(&self, who: Principal, step: &AgentStep) -> Result<Agent, UseCaseError> {
        let now = self.ports.clock.now();
        let taken = self.ports.stores.desk.step(who.user, step, true, now).await;
        let agent = taken.map_err(|error| match error {
            StepError::NotNow(NotNow { state }) => {
                UseCaseError::Conflict(format!("you are {state}, so this is not possible now"))
            }
            StepError::Store(error) => error.into(),
        })?;
        if *step != AgentStep::Wait {
            self.engine.wake();
        }
        agent.ok_or(NO_PROFILE)
    }
}

const NO_PROFILE: UseCaseError = UseCaseError::NotFound("agent");

fn nothing_offered(error: StepError) -> UseCaseError {
    match error {
        StepError::NotNow(NotNow { state }) => {
            UseCaseError::Conflict(format!("you are {state}, and no contact is offered to you"))
        }
        StepError::Store(error) => error.into(),
    }
}
