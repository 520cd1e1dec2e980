//! Agents who are about to take a step, and the contacts from which it turns them away: rows that nobody else writes until
//! the transaction ends.

use std::collections::BTreeMap;

use dialer_domain::agents::{Agent, AgentStep};
use dialer_domain::{ContactId, OffsetDateTime, StoreError, UserId};
use sea_orm::prelude::Uuid;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde_json::json;

use crate::entity::agent::Model;
use crate::entity::contact;
use crate::errors::{AGENT, CONTACT};
use crate::sql::{Sql, ids_of};
use crate::tx::DatabaseTransaction;

/// An agent.
#[derive(Debug)]
pub(in crate::store) struct Held {
    /// As stored.
    pub(super) row: Model,
    /// As the domain sees it.
    pub(in crate::store) agent: Agent,
    /// The contact that the agent is concerned with, where a step was to turn them away from it.
    pub(in crate::store) contact: Option<contact::Model>,
}

/// The agent who is a user.
pub(in crate::store) async fn of_user(db: &impl ConnectionTrait, user: UserId) -> Result<Option<Agent>, StoreError> {
    let sql = Sql::new(db.get_database_backend(), "SELECT r.* FROM agents AS r WHERE r.user_id = $1");
    let row = sql.bind(user.as_uuid()).one_as::<Model>(db).await.map_err(|error| AGENT.error(error))?;
    row.map(Agent::try_from).transpose()
}

/// Locks the agents who are these users, in one order, without their contacts. They are the last rows that a transaction
/// locks before it writes.
pub(in crate::store) async fn lock(tx: &DatabaseTransaction, users: &[UserId]) -> Result<Vec<Held>, StoreError> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let backend = tx.get_database_backend();
    let mut sql = Sql::new(
        backend,
        format!("SELECT r.* FROM agents AS r WHERE r.user_id IN {} ORDER BY r.user_id", ids_of(backend, 1)),
    );
    sql.push_lock(" FOR NO KEY UPDATE OF r");
    let rows: Vec<Model> = sql.bind(json!(users)).all_as(tx).await.map_err(|error| AGENT.error(error))?;
    rows.into_iter().map(|row| Ok(Held { agent: row.clone().try_into()?, row, contact: None })).collect()
}

/// Locks the agents who are these users, and before them the contacts from which the step that `step_of` gives turns them
/// away.
pub(in crate::store) async fn hold(
    tx: &DatabaseTransaction,
    users: &[UserId],
    now: OffsetDateTime,
    step_of: &(dyn Fn(&Agent) -> AgentStep + Sync),
) -> Result<Vec<Held>, StoreError> {
    let mut contacts: BTreeMap<ContactId, contact::Model> = BTreeMap::new();
    loop {
        let seen = look(tx, users).await?;
        let turned_from: BTreeMap<UserId, ContactId> = seen
            .iter()
            .filter(|(_, agent, _)| turns_away(agent, &step_of(agent), now))
            .filter_map(|(_, agent, contact)| Some((agent.user_id, (*contact)?)))
            .collect();
        let missing: Vec<ContactId> = turned_from.values().copied().filter(|id| !contacts.contains_key(id)).collect();
        contacts.extend(lock_contacts(tx, &missing).await?);
        let mut held = lock(tx, users).await?;
        // Somebody may have taken a step before they were locked. Nobody does the second time.
        let as_seen = held.iter().all(|held| {
            seen.iter().any(|(version, agent, _)| (agent.id, *version) == (held.agent.id, held.row.row_version))
        });
        if as_seen {
            for agent in &mut held {
                let contact = turned_from.get(&agent.agent.user_id);
                agent.contact = contact.and_then(|id| contacts.get(id)).cloned();
            }
            return Ok(held);
        }
    }
}

/// Locks the contact that an agent is concerned with now.
pub(in crate::store) async fn concerned(
    tx: &DatabaseTransaction,
    user: UserId,
) -> Result<Vec<contact::Model>, StoreError> {
    let contacts: Vec<ContactId> = look(tx, &[user]).await?.into_iter().filter_map(|(_, _, contact)| contact).collect();
    Ok(lock_contacts(tx, &contacts).await?.into_iter().map(|(_, row)| row).collect())
}

fn turns_away(agent: &Agent, step: &AgentStep, now: OffsetDateTime) -> bool {
    agent.stepped(step, false, now).is_ok_and(|after| agent.presence.lets_go(&after.presence))
}

/// The agents who are these users, each with its version and the contact of its offer or call.
async fn look(tx: &DatabaseTransaction, users: &[UserId]) -> Result<Vec<(i64, Agent, Option<ContactId>)>, StoreError> {
    let backend = tx.get_database_backend();
    let sql = format!(
        "SELECT r.*, coalesce(r.contact_id, l.contact_id) AS concerned
         FROM agents AS r LEFT JOIN call_logs AS l ON l.id = r.call_id WHERE r.user_id IN {}",
        ids_of(backend, 1)
    );
    let rows = Sql::new(backend, sql).bind(json!(users)).all(tx).await.map_err(|error| AGENT.error(error))?;
    let read = |row| -> Result<_, DbErr> {
        Ok((Model::from_query_result(row, "")?, row.try_get::<Option<Uuid>>("", "concerned")?))
    };
    rows.iter()
        .map(|row| {
            let (model, concerned) = read(row).map_err(|error| AGENT.error(error))?;
            Ok((model.row_version, model.try_into()?, concerned.map(ContactId::new)))
        })
        .collect()
}

async fn lock_contacts(
    tx: &DatabaseTransaction,
    contacts: &[ContactId],
) -> Result<Vec<(ContactId, contact::Model)>, StoreError> {
    if contacts.is_empty() {
        return Ok(Vec::new());
    }
    let backend = tx.get_database_backend();
    let mut sql = Sql::new(
        backend,
        format!("SELECT k.* FROM campaign_contacts AS k WHERE k.id IN {} ORDER BY k.id", ids_of(backend, 1)),
    );
    sql.push_lock(" FOR NO KEY UPDATE OF k");
    let rows: Vec<contact::Model> = sql.bind(json!(contacts)).all_as(tx).await.map_err(|e| CONTACT.error(e))?;
    Ok(rows.into_iter().map(|row| (ContactId::new(row.id), row)).collect())
}
