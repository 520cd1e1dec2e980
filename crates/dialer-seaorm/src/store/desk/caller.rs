//! A person who places a call of their own, and is an agent.

use dialer_domain::agents::{AgentStep, NotNow};
use dialer_domain::events::NewEvent;
use dialer_domain::{OffsetDateTime, Scope, StoreError, UserId};
use sea_orm::prelude::Uuid;

use super::held::{hold, turns_away};
use super::steps::Steps;
use crate::errors::AGENT;
use crate::tx::DatabaseTransaction;

/// The step of a person who places a call, to be written when the call is.
#[derive(Debug)]
pub(in crate::store) struct Caller(Steps);

impl Caller {
    /// Takes the step for the agent who is `user`, whose row is the service's to lock; `tx` is used by `scope` before and
    /// after. `None` for whoever has no profile.
    ///
    /// # Errors
    /// [`NotNow`] for an agent who has something else to do.
    pub(in crate::store) async fn take(
        tx: &DatabaseTransaction,
        scope: Scope,
        user: Option<UserId>,
        step: &AgentStep,
        now: OffsetDateTime,
    ) -> Result<Result<Option<Self>, NotNow>, StoreError> {
        let Some(user) = user else { return Ok(Ok(None)) };
        tx.continue_as(Scope::Service).await.map_err(|error| AGENT.error(error))?;
        let held = hold(tx, &[user], &|agent| turns_away(agent, step, now)).await?.pop();
        tx.continue_as(scope).await.map_err(|error| AGENT.error(error))?;
        let Some(held) = held else { return Ok(Ok(None)) };
        let mut steps = Steps::default();
        Ok(steps.take_whole(&held, step, false, now)?.map(|_| Some(Self(steps))))
    }

    /// Whether the agent turns away from this contact, which is then the caller's to let go.
    pub(in crate::store) fn turns_from(&mut self, contact: Uuid) -> bool {
        self.0.leave(contact)
    }

    /// Writes the step on behalf of the service; what is to be told of it comes last in a transaction.
    pub(in crate::store) async fn write(mut self, tx: &DatabaseTransaction) -> Result<Vec<NewEvent>, StoreError> {
        self.0.write(tx).await?;
        Ok(self.0.events)
    }
}
