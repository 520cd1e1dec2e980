//! Steps of agents with all that follows from them. Collected, so that fifty are as many statements as one.

use dialer_domain::agents::offers::released;
use dialer_domain::agents::{Agent, AgentStep, NotNow};
use dialer_domain::events::NewEvent;
use dialer_domain::{Contact, OffsetDateTime, StoreError, UserId};
use sea_orm::ConnectionTrait;
use sea_orm::prelude::Uuid;

use super::held::Held;
use crate::entity::agent::{Column, Entity, Model};
use crate::entity::{agent_state, contact};
use crate::errors::{AGENT, AGENT_STATE, CONTACT};
use crate::sql::{NEXT_VERSION, Sql, as_json, columns_without, insert, table_of, update};
use crate::tx::DatabaseTransaction;

/// What steps write.
#[derive(Debug, Default)]
pub(in crate::store) struct Steps {
    agents: Vec<Model>,
    /// The stretches of the history that begin.
    begun: Vec<agent_state::Model>,
    /// Contacts that are let go.
    contacts: Vec<contact::Model>,
    /// What to tell, in the order of the steps.
    pub(in crate::store) events: Vec<NewEvent>,
}

/// A step that was taken.
#[derive(Debug)]
pub(in crate::store) struct Taken {
    /// The agent after it.
    pub(in crate::store) agent: Agent,
    /// Whether the agent has turned away from the contact they had.
    pub(in crate::store) lets_go: bool,
}

impl Steps {
    /// Takes a step of an agent. A contact that the agent turns away from is left to the caller.
    ///
    /// # Errors
    /// [`NotNow`] when the agent's state does not allow it.
    pub(in crate::store) fn take(
        &mut self,
        held: &Held,
        step: &AgentStep,
        heard: bool,
        now: OffsetDateTime,
    ) -> Result<Taken, NotNow> {
        let before = &held.agent;
        let after = before.stepped(step, heard, now)?;
        if after.presence.doing != before.presence.doing {
            self.begun.push(agent_state::Model::begun(&after));
            self.events.push(after.state_event(&before.presence));
        }
        if after != *before {
            self.agents.push(Model { row_version: held.row.row_version + 1, ..Model::from(&after) });
        }
        let lets_go = before.presence.lets_go(&after.presence);
        Ok(Taken { agent: after, lets_go })
    }

    /// As [`Self::take`]; the contact that was held with the agent is let go when the agent turns away from it.
    ///
    /// # Errors
    /// [`NotNow`] when the agent's state does not allow it.
    pub(in crate::store) fn take_whole(
        &mut self,
        held: &Held,
        step: &AgentStep,
        heard: bool,
        now: OffsetDateTime,
    ) -> Result<Result<Agent, NotNow>, StoreError> {
        let taken = match self.take(held, step, heard, now) {
            Ok(taken) => taken,
            Err(refused) => return Ok(Err(refused)),
        };
        if let Some(row) = held.contact.as_ref().filter(|_| taken.lets_go) {
            self.let_go_of(row, held.agent.user_id, now)?;
        }
        Ok(Ok(taken.agent))
    }

    /// Lets go of a contact, if it is the agent's.
    pub(in crate::store) fn let_go_of(
        &mut self,
        row: &contact::Model,
        agent: UserId,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.contacts.extend(let_go(row, agent, now)?);
        Ok(())
    }

    /// Leaves it to the caller to let go of a contact. False when nobody turns away from it.
    pub(super) fn leave(&mut self, contact: Uuid) -> bool {
        let before = self.contacts.len();
        self.contacts.retain(|row| row.id != contact);
        self.contacts.len() < before
    }

    /// Writes everything but the events, which come last in a transaction.
    pub(in crate::store) async fn write(&mut self, tx: &DatabaseTransaction) -> Result<(), StoreError> {
        let agents = std::mem::take(&mut self.agents);
        update::<Entity, _>(tx, AGENT, &agents, &PRESENCE, NEXT_VERSION).await?;
        self.write_around(tx).await
    }

    /// As [`Self::write`] for the last step of an agent whose row is gone: the history ends.
    pub(in crate::store) async fn write_last(
        &mut self,
        tx: &DatabaseTransaction,
        agent: &Held,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.agents.clear();
        self.write_around(tx).await?;
        let begun = now.max(agent.agent.presence.since);
        end_spans(tx, &[agent_state::Model { started_at: begun.into(), ..agent_state::Model::begun(&agent.agent) }])
            .await
    }

    /// Writes what follows for contacts and the history.
    async fn write_around(&mut self, tx: &DatabaseTransaction) -> Result<(), StoreError> {
        use contact::Column::{ReservedFor, RowVersion, UpdatedAt};
        let contacts = std::mem::take(&mut self.contacts);
        let freed = [ReservedFor, RowVersion, UpdatedAt];
        update::<contact::Entity, _>(tx, CONTACT, &contacts, &freed, NEXT_VERSION).await?;
        let begun = std::mem::take(&mut self.begun);
        end_spans(tx, &begun).await?;
        begin_spans(tx, &begun).await
    }
}

/// The columns that say what an agent is doing.
const PRESENCE: [Column; 12] = [
    Column::State,
    Column::Since,
    Column::Until,
    Column::PauseCode,
    Column::ThenState,
    Column::ThenPauseCode,
    Column::CallId,
    Column::CampaignId,
    Column::ContactId,
    Column::EntryId,
    Column::SeenAt,
    Column::RowVersion,
];

/// The contact once `agent` has turned away from it; `None` when it was not theirs.
pub(in crate::store) fn let_go(
    row: &contact::Model,
    agent: UserId,
    now: OffsetDateTime,
) -> Result<Option<contact::Model>, StoreError> {
    let free = released(&Contact::try_from(row.clone())?, agent, now);
    Ok(free.map(|free| contact::Model { row_version: row.row_version + 1, ..contact::Model::from(&free) }))
}

/// Closes what lasted until these stretches begin.
async fn end_spans(tx: &DatabaseTransaction, next: &[agent_state::Model]) -> Result<(), StoreError> {
    use agent_state::Column::{AgentId, StartedAt};
    if next.is_empty() {
        return Ok(());
    }
    let next_of = table_of::<agent_state::Entity>(tx.get_database_backend(), 1, &[AgentId, StartedAt]);
    let end = format!(
        "UPDATE agent_states AS t SET ended_at = v.started_at FROM {next_of}
         WHERE t.agent_id = v.agent_id AND t.ended_at IS NULL"
    );
    let next = as_json(next).map_err(|error| AGENT_STATE.error(error))?;
    let end = Sql::new(tx.get_database_backend(), end).bind(next);
    end.execute(tx).await.map_err(|error| AGENT_STATE.error(error))?;
    Ok(())
}

/// Adds stretches to the history.
pub(in crate::store) async fn begin_spans(
    tx: &DatabaseTransaction,
    begun: &[agent_state::Model],
) -> Result<(), StoreError> {
    let given_by_us = columns_without::<agent_state::Entity>(&[agent_state::Column::Seq]);
    let stored = insert::<agent_state::Entity, _>(tx, begun, &given_by_us, "").await;
    stored.map(drop).map_err(|error| AGENT_STATE.error(error))
}
