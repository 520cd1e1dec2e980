//! Turning waiting entries into calls.

use std::collections::VecDeque;

use dialer_domain::calls::NewCall;
use dialer_domain::events::NewEvent;
use dialer_domain::leases::Lease;
use dialer_domain::queue::store::{Claimed, ContactClaim};
use dialer_domain::queue::{Claim, DialSlot, QueueStatus, Refused, claim, claim_as, priority};
use dialer_domain::{Call, Campaign, CampaignId, ContactId, OffsetDateTime, QueueEntryId, Scope, StoreError};
use sea_orm::prelude::Uuid;
use serde::Serialize;

use super::facts::Candidate;
use crate::Database;
use crate::entity::{call, contact, entry};
use crate::errors::{CALL, CONTACT, ENTRY};
use crate::sql::{NEXT_VERSION, columns_without, insert, update};
use crate::store::calls::write_new;
use crate::store::campaigns::locked;
use crate::store::events::append;
use crate::store::follow_ups::keep_promises;
use crate::tx::DatabaseTransaction;

/// A queue entry's new status.
#[derive(Debug, Serialize)]
struct Moved {
    id: Uuid,
    status: &'static str,
}

/// What decisions about contacts write. Collected, so that fifty claims are as many statements as one.
#[derive(Debug, Default)]
struct Writes {
    contacts: Vec<contact::Model>,
    calls: Vec<call::Model>,
    moved: Vec<Moved>,
    events: Vec<NewEvent>,
    /// Calls that were written.
    begun: Vec<call::Model>,
}

impl Writes {
    /// Takes down what was decided about a contact.
    fn decided(&mut self, candidate: &Candidate, decision: Result<Claim, Box<Refused>>) -> ContactClaim {
        let (contact, event, status, outcome) = match decision {
            Ok(Claim { contact, call, event }) => {
                self.calls.push(call::Model::from(&call));
                (contact, event, QueueStatus::Calling, ContactClaim::Call(Box::new(call)))
            }
            Err(refused) => {
                let Refused { refusal, contact, event } = *refused;
                (contact, event, QueueStatus::Skipped, ContactClaim::Refused(refusal))
            }
        };
        if contact != candidate.contact {
            let row_version = candidate.row.row_version + 1;
            self.contacts.push(contact::Model { row_version, ..contact::Model::from(&contact) });
        }
        self.moved.extend(candidate.entry.map(|id| Moved { id, status: status.as_str() }));
        self.events.push(event);
        outcome
    }

    /// Writes everything but the events, which come last in a transaction.
    async fn flush(&mut self, tx: &DatabaseTransaction) -> Result<(), StoreError> {
        use contact::Column::{
            Attempts, ClosedReason, LastAttemptAt, LastCallId, NextAttemptAt, RowVersion, Status, UpdatedAt,
        };
        let contacts = std::mem::take(&mut self.contacts);
        let changing =
            [Status, Attempts, LastAttemptAt, NextAttemptAt, LastCallId, ClosedReason, RowVersion, UpdatedAt];
        update::<contact::Entity, _>(tx, CONTACT, &contacts, &changing, NEXT_VERSION).await?;
        write_new(tx, &self.calls).await?;
        self.begun.append(&mut self.calls);
        let moved = std::mem::take(&mut self.moved);
        update::<entry::Entity, _>(tx, ENTRY, &moved, &[entry::Column::Status], "t.status = 'queued'").await
    }
}

impl Database {
    /// Takes entries from the head of the line until every slot has a call or nobody waits any more.
    pub(super) async fn claim_next(
        &self,
        tx: &DatabaseTransaction,
        campaign: CampaignId,
        lease: &Lease,
        slots: &[DialSlot],
        now: OffsetDateTime,
    ) -> Result<Claimed, StoreError> {
        let Some(campaign) = locked(tx, campaign).await?.map(Campaign::try_from).transpose()? else {
            return Ok(Claimed::default());
        };
        self.hold(tx, lease, campaign.id).await?;
        let mut slots: VecDeque<&DialSlot> = slots.iter().collect();
        let mut writes = Writes::default();
        let mut claimed = Claimed::default();
        while !slots.is_empty() {
            let candidates = self.head_of_line(tx, &campaign, slots.len()).await?;
            if candidates.is_empty() {
                break;
            }
            for candidate in candidates {
                let Some(slot) = slots.front() else { break };
                let decision = claim(candidate.facts(&campaign), (*slot).clone(), now);
                match writes.decided(&candidate, decision) {
                    ContactClaim::Call(call) => {
                        slots.pop_front();
                        claimed.calls.push(*call);
                    }
                    ContactClaim::Refused(_) => claimed.refused += 1,
                }
            }
            writes.flush(tx).await?;
        }
        keep_promises(tx, &writes.begun).await?;
        append(tx, &writes.events).await?;
        Ok(claimed)
    }

    /// Takes one contact, in line or not.
    pub(super) async fn claim_one(
        &self,
        tx: &DatabaseTransaction,
        scope: Scope,
        contact: ContactId,
        entry: QueueEntryId,
        intent: NewCall,
        now: OffsetDateTime,
    ) -> Result<Option<ContactClaim>, StoreError> {
        let Some(campaign) = self.campaign_of(tx, contact).await? else { return Ok(None) };
        let Some(campaign) = locked(tx, campaign).await?.map(Campaign::try_from).transpose()? else {
            return Ok(None);
        };
        if !scope.covers(campaign.user_id) {
            return Ok(None);
        }
        let Some(candidate) = self.candidate(tx, &campaign, contact).await? else { return Ok(None) };
        let mut writes = Writes::default();
        let outcome = writes.decided(&candidate, claim_as(candidate.facts(&campaign), intent, now));
        writes.flush(tx).await?;
        if let (ContactClaim::Call(call), None) = (&outcome, candidate.entry) {
            write_entry(tx, &candidate, entry, call).await?;
        }
        tx.continue_as(Scope::Service).await.map_err(|error| CALL.error(error))?;
        keep_promises(tx, &writes.begun).await?;
        append(tx, &writes.events).await?;
        Ok(Some(outcome))
    }
}

/// Writes the entry of a contact that was called out of turn, as planning would have made it.
async fn write_entry(
    tx: &DatabaseTransaction,
    candidate: &Candidate,
    id: QueueEntryId,
    call: &Call,
) -> Result<(), StoreError> {
    let Candidate { row, contact, .. } = candidate;
    let entry = entry::Model {
        id: id.as_uuid(),
        campaign_id: row.campaign_id,
        contact_id: row.id,
        priority: priority(contact.status).into(),
        scheduled_at: row.next_attempt_at.unwrap_or(row.created_at),
        status: QueueStatus::Calling.as_str().to_owned(),
        created_at: call.created_at.into(),
    };
    let columns = columns_without::<entry::Entity>(&[]);
    insert::<entry::Entity, _>(tx, &[entry], &columns, "").await.map_err(|error| ENTRY.error(error))?;
    Ok(())
}
