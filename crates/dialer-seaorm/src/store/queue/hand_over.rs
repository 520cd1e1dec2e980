//! Giving a customer who waits to an agent.

use dialer_domain::agents::{AgentState, AgentStep};
use dialer_domain::queue::hand_over;
use dialer_domain::telephony::AgentLine;
use dialer_domain::{Call, CallId, OffsetDateTime, StoreError, UserId};

use crate::entity::call::{Column, Entity, Model};
use crate::errors::CALL;
use crate::sql::{NEXT_VERSION, update};
use crate::store::calls;
use crate::store::desk::held::lock;
use crate::store::desk::steps::Steps;
use crate::store::events::append;
use crate::tx::DatabaseTransaction;

/// The call is locked before the agent, as where a call's end is written.
pub(super) async fn give(
    tx: &DatabaseTransaction,
    id: CallId,
    agent: &AgentLine,
    user: Option<UserId>,
    now: OffsetDateTime,
) -> Result<Option<Call>, StoreError> {
    let Some(row) = calls::locked(tx, id).await? else { return Ok(None) };
    let Some((handed, event)) = hand_over(&row.clone().try_into()?, agent, user, now) else { return Ok(None) };
    let mut events = vec![event];
    if let Some(user) = user {
        let held = lock(tx, &[user]).await?.pop();
        let ready = held.filter(|held| held.agent.presence.state() == AgentState::Ready);
        let Some(held) = ready else { return Ok(None) };
        let mut steps = Steps::default();
        let dial = AgentStep::Dial { call: id, contact: handed.contact_id };
        // Whoever is ready can be given a call, and has no contact to turn away from.
        drop(steps.take(&held, &dial, false, now));
        write(tx, row, &handed).await?;
        steps.write(tx).await?;
        events.append(&mut steps.events);
    } else {
        write(tx, row, &handed).await?;
    }
    append(tx, &events).await?;
    Ok(Some(handed))
}

async fn write(tx: &DatabaseTransaction, row: Model, handed: &Call) -> Result<(), StoreError> {
    let next = Model { row_version: row.row_version + 1, hidden_at: row.hidden_at, ..Model::from(handed) };
    let columns = [Column::Agent, Column::AgentId, Column::UpdatedAt, Column::RowVersion];
    update::<Entity, _>(tx, CALL, &[next], &columns, NEXT_VERSION).await
}
