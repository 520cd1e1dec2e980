//! What follows from a call's change: for its contact, its queue entry, its agent and what was promised.

use dialer_domain::agents::CallStep;
use dialer_domain::agents::offers::released;
use dialer_domain::events::NewEvent;
use dialer_domain::queue::{QueueStatus, Settlement, settle};
use dialer_domain::{Call, CallId, Campaign, Contact, OffsetDateTime, Scope, StoreError, UserId};
use sea_orm::prelude::Uuid;

use super::abandonment::tally;
use super::calls::locked;
use super::desk::held::lock;
use super::desk::steps::Steps;
use super::events::append;
use super::follow_ups::{keep_promises, reopen_promises};
use crate::Database;
use crate::entity::call::{Column, Entity, Model};
use crate::entity::{campaign, contact};
use crate::errors::{CALL, CONTACT, ENTRY};
use crate::sql::{NEXT_VERSION, Sql, columns_without, update};
use crate::tx::DatabaseTransaction;

/// A call that is about to change, and the rows that its end may change. Nobody else writes them meanwhile.
pub(super) struct Found {
    pub(super) row: Model,
    pub(super) call: Call,
    pub(super) contact: Option<(contact::Model, Contact, Campaign)>,
}

impl Database {
    /// Loads a call to change it, with its contact and campaign when it may end.
    ///
    /// The campaign and the contact are locked before the call, as everywhere, and so the call has to be read
    /// once to know which they are.
    pub(super) async fn load(
        &self,
        tx: &DatabaseTransaction,
        id: CallId,
        ends: bool,
    ) -> Result<Option<Found>, StoreError> {
        let mut contact = None;
        if ends {
            let owner = "SELECT contact_id FROM call_logs WHERE id = $1";
            let owner = Sql::new(self.backend(), owner).bind(id.as_uuid());
            let owner = async { owner.one(tx).await?.map(|row| row.try_get("", "contact_id")).transpose() };
            if let Some(Some(id)) = owner.await.map_err(|error| CALL.error(error))? {
                contact = self.load_contact(tx, id).await?;
            }
        }
        let Some(row) = locked(tx, id).await? else { return Ok(None) };
        // The campaign may have been deleted in between.
        let contact = contact.filter(|(contact, ..)| row.contact_id == Some(contact.id));
        Ok(Some(Found { call: row.clone().try_into()?, row, contact }))
    }

    pub(super) async fn load_contact(
        &self,
        tx: &DatabaseTransaction,
        id: Uuid,
    ) -> Result<Option<(contact::Model, Contact, Campaign)>, StoreError> {
        // Two statements: the campaign must be locked before the contact.
        let campaign = "SELECT c.* FROM dialer_campaigns AS c
                        WHERE c.id = (SELECT campaign_id FROM campaign_contacts WHERE id = $1)";
        let campaign = Sql::new(self.backend(), campaign).bind(id).locked();
        let campaign: Option<campaign::Model> = campaign.one_as(tx).await.map_err(|error| CONTACT.error(error))?;
        let contact = "SELECT k.* FROM campaign_contacts AS k WHERE k.id = $1";
        let contact = Sql::new(self.backend(), contact).bind(id).locked();
        let contact: Option<contact::Model> = contact.one_as(tx).await.map_err(|error| CONTACT.error(error))?;
        match (contact, campaign) {
            (Some(row), Some(campaign)) => Ok(Some((row.clone(), row.try_into()?, campaign.try_into()?))),
            _ => Ok(None),
        }
    }

    /// Writes a call's change and all that follows from it; `events` come first in the log.
    pub(super) async fn write_change(
        &self,
        tx: &DatabaseTransaction,
        scope: Scope,
        found: Found,
        after: Call,
        mut events: Vec<NewEvent>,
        now: OffsetDateTime,
    ) -> Result<Call, StoreError> {
        let Found { row, call: before, contact } = found;
        let facts = contact.as_ref().map(|(_, contact, campaign)| (contact, campaign));
        let Settlement { contact: mut settled, queue, agent, events: more } = settle(&before, &after, facts, now);
        let mut steps = Steps::default();
        if let (Some(step), Some(user)) = (agent, after.agent_id) {
            // An agent's row is the service's to lock.
            tx.continue_as(Scope::Service).await.map_err(|error| CALL.error(error))?;
            let lets_go = follow(tx, &mut steps, &after, user, step, now).await?;
            tx.continue_as(scope).await.map_err(|error| CALL.error(error))?;
            if let Some((_, stored, _)) = contact.as_ref().filter(|_| lets_go) {
                settled = released(settled.as_ref().unwrap_or(stored), user, now).or(settled);
            }
        }
        if let (Some((stored, ..)), Some(settled)) = (&contact, &settled) {
            let next = contact::Model { row_version: stored.row_version + 1, ..settled.into() };
            update::<contact::Entity, _>(tx, CONTACT, &[next], &SETTLED, NEXT_VERSION).await?;
        }
        if let (Some((stored, ..)), Some(queue)) = (&contact, queue) {
            self.close_entry(tx, stored.id, queue).await?;
        }
        let next = Model { row_version: row.row_version + 1, hidden_at: row.hidden_at, ..Model::from(&after) };
        update::<Entity, _>(tx, CALL, std::slice::from_ref(&next), &changing(), NEXT_VERSION).await?;
        // What follows for agents and follow-ups is the service's to write.
        tx.continue_as(Scope::Service).await.map_err(|error| CALL.error(error))?;
        match (before.reaches_customer(), after.reaches_customer()) {
            (true, false) => reopen_promises(tx, after.id).await?,
            (false, true) => keep_promises(tx, std::slice::from_ref(&next)).await?,
            _ => {}
        }
        steps.write(tx).await?;
        tally(tx, &before, &after).await?;
        events.extend(more);
        events.append(&mut steps.events);
        append(tx, &events).await?;
        next.try_into()
    }

    /// The entry from which the contact's live call came is over.
    async fn close_entry(
        &self,
        tx: &DatabaseTransaction,
        contact: Uuid,
        status: QueueStatus,
    ) -> Result<(), StoreError> {
        let close = "UPDATE dialer_queues SET status = $2 WHERE contact_id = $1 AND status = 'calling'";
        let close = Sql::new(self.backend(), close).bind(contact).bind(status.as_str());
        close.execute(tx).await.map_err(|error| ENTRY.error(error))?;
        Ok(())
    }
}

/// The columns of a contact that the end of a call or a disposition changes.
pub(super) const SETTLED: [contact::Column; 10] = {
    use contact::Column::{
        Attempts, CallbackFor, ClosedReason, NextAttemptAt, NextAttemptLocal, NextAttemptZone, ReservedFor, RowVersion,
        Status, UpdatedAt,
    };
    [
        Status,
        Attempts,
        NextAttemptAt,
        NextAttemptLocal,
        NextAttemptZone,
        ClosedReason,
        ReservedFor,
        CallbackFor,
        RowVersion,
        UpdatedAt,
    ]
};

/// The columns of a call that may change while it lives or when a person corrects it.
pub(super) fn changing() -> Vec<Column> {
    columns_without::<Entity>(&[
        Column::Id,
        Column::UserId,
        Column::Direction,
        Column::FromNumber,
        Column::ToNumber,
        Column::CampaignId,
        Column::ContactId,
        Column::Agent,
        Column::AgentId,
        Column::Attempt,
        Column::IsCallback,
        Column::Ahead,
        Column::StartedAt,
        Column::HiddenAt,
        Column::CreatedAt,
    ])
}

/// The agent of a call takes part in what becomes of it. True when the agent turns away from the call's contact.
async fn follow(
    tx: &DatabaseTransaction,
    steps: &mut Steps,
    call: &Call,
    user: UserId,
    step: CallStep,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let Some(held) = lock(tx, &[user]).await?.pop() else { return Ok(false) };
    let step = step.step(call.id, held.agent.wrap_up);
    // News of a call is never refused.
    Ok(steps.take(&held, &step, false, now).is_ok_and(|taken| taken.lets_go))
}
