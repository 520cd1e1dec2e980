//! Agents who are about to take a step, and the contacts from which it turns them away: rows that nobody else writes until
//! the transaction ends.

use std::collections::{BTreeMap, BTreeSet};

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
    /// The contact that the agent is concerned with, where it was to be let go.
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

/// Locks the agents who are these users, and before them the contacts that those are concerned with of whom `leaves` holds.
///
/// # Errors
/// [`StoreError::Stale`] when an agent came to another contact before they were locked, and somebody else has that contact:
/// whoever waited for it now would wait in the wrong order. The transaction is run again.
pub(in crate::store) async fn hold(
    tx: &DatabaseTransaction,
    users: &[UserId],
    leaves: &(dyn Fn(&Agent) -> bool + Sync),
) -> Result<Vec<Held>, StoreError> {
    let left_by = |seen: &[Seen]| -> BTreeMap<UserId, ContactId> {
        let leaving = seen.iter().filter(|seen| leaves(&seen.agent));
        leaving.filter_map(|seen| Some((seen.agent.user_id, seen.concerned?))).collect()
    };
    let seen = look(tx, users).await?;
    let mut from = left_by(&seen);
    let wanted: Vec<ContactId> = from.values().copied().collect();
    let mut contacts = lock_contacts(tx, &wanted, "").await?;
    let mut held = lock(tx, users).await?;
    let before: BTreeSet<_> = seen.iter().map(|seen| (seen.agent.id, seen.version)).collect();
    if !held.iter().all(|held| before.contains(&(held.agent.id, held.row.row_version))) {
        from = left_by(&look(tx, users).await?);
        let missing: Vec<ContactId> = from.values().copied().filter(|id| !contacts.contains_key(id)).collect();
        let free = lock_contacts(tx, &missing, " SKIP LOCKED").await?;
        if free.len() < missing.len() {
            return Err(StoreError::Stale { what: AGENT.row });
        }
        contacts.extend(free);
    }
    for held in &mut held {
        held.contact = from.get(&held.agent.user_id).and_then(|id| contacts.get(id)).cloned();
    }
    Ok(held)
}

/// Whether the step turns the agent away from the contact they have.
pub(in crate::store) fn turns_away(agent: &Agent, step: &AgentStep, now: OffsetDateTime) -> bool {
    agent.stepped(step, false, now).is_ok_and(|after| agent.presence.lets_go(&after.presence))
}

/// An agent as read without a lock.
struct Seen {
    agent: Agent,
    version: i64,
    /// The contact of the offer or of the call.
    concerned: Option<ContactId>,
}

/// The agents who are these users.
async fn look(tx: &DatabaseTransaction, users: &[UserId]) -> Result<Vec<Seen>, StoreError> {
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
            Ok(Seen { version: model.row_version, agent: model.try_into()?, concerned: concerned.map(ContactId::new) })
        })
        .collect()
}

/// Locks contacts in one order, and `waiting` as said.
async fn lock_contacts(
    tx: &DatabaseTransaction,
    contacts: &[ContactId],
    waiting: &str,
) -> Result<BTreeMap<ContactId, contact::Model>, StoreError> {
    if contacts.is_empty() {
        return Ok(BTreeMap::new());
    }
    let backend = tx.get_database_backend();
    let mut sql = Sql::new(
        backend,
        format!("SELECT k.* FROM campaign_contacts AS k WHERE k.id IN {} ORDER BY k.id", ids_of(backend, 1)),
    );
    sql.push_lock(&format!(" FOR NO KEY UPDATE OF k{waiting}"));
    let rows: Vec<contact::Model> = sql.bind(json!(contacts)).all_as(tx).await.map_err(|e| CONTACT.error(e))?;
    Ok(rows.into_iter().map(|row| (ContactId::new(row.id), row)).collect())
}
