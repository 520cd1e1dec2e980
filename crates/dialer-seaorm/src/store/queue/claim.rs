//! Turning waiting entries into calls.

use std::collections::BTreeMap;

use dialer_domain::agents::offers::may_take;
use dialer_domain::agents::{AgentState, AgentStep};
use dialer_domain::calls::NewCall;
use dialer_domain::eligibility::{Refusal, RefusalCode};
use dialer_domain::events::NewEvent;
use dialer_domain::leases::Lease;
use dialer_domain::queue::store::{Claimed, ContactClaim};
use dialer_domain::queue::{Claim, DialSlot, QueueStatus, Refused, claim, claim_as, priority};
use dialer_domain::receipts::RefusalCount;
use dialer_domain::rules::RuleBook;
use dialer_domain::{Call, Campaign, CampaignId, ContactId, OffsetDateTime, QueueEntryId, Scope, StoreError, UserId};
use sea_orm::prelude::Uuid;
use serde::Serialize;

use super::facts::Candidate;
use crate::Database;
use crate::entity::{call, contact, entry, receipt};
use crate::errors::{CALL, CONTACT, ENTRY};
use crate::sql::{NEXT_VERSION, columns_without, insert, update};
use crate::store::calls::write_new;
use crate::store::campaigns::locked;
use crate::store::desk::caller::Caller;
use crate::store::desk::held::{Held, lock};
use crate::store::desk::steps::{Steps, let_go};
use crate::store::events::append;
use crate::store::follow_ups::keep_promises;
use crate::store::receipts::{add_refusals, write_receipts};
use crate::tx::DatabaseTransaction;

/// A queue entry's new status.
#[derive(Debug, Serialize)]
struct Moved {
    id: Uuid,
    status: &'static str,
}

/// What decisions about contacts write. Collected, so that fifty claims are as many statements as one.
#[derive(Debug, Default)]
pub(in crate::store) struct Writes {
    contacts: Vec<contact::Model>,
    calls: Vec<call::Model>,
    moved: Vec<Moved>,
    /// What to tell.
    pub(in crate::store) events: Vec<NewEvent>,
    receipts: Vec<receipt::Model>,
    refused: Vec<RefusalCount>,
    /// Calls that were written.
    pub(in crate::store) begun: Vec<call::Model>,
}

impl Writes {
    /// Takes down what was decided about a contact.
    pub(in crate::store) fn decided(
        &mut self,
        candidate: &Candidate,
        decision: Result<Claim, Box<Refused>>,
    ) -> Result<ContactClaim, StoreError> {
        let (contact, event, status, outcome) = match decision {
            Ok(Claim { contact, call, event, receipt }) => {
                self.receipts.push(receipt::Model::try_from(&receipt)?);
                self.calls.push(call::Model::from(&call));
                (contact, event, QueueStatus::Calling, ContactClaim::Call(Box::new(call)))
            }
            Err(refused) => {
                let Refused { refusal, contact, event, counted } = *refused;
                self.refused.push(counted);
                (contact, event, QueueStatus::Skipped, ContactClaim::Refused(refusal))
            }
        };
        if contact != candidate.contact {
            let row_version = candidate.row.row_version + 1;
            self.contacts.push(contact::Model { row_version, ..contact::Model::from(&contact) });
        }
        self.moved.extend(candidate.entry.map(|id| Moved { id, status: status.as_str() }));
        self.events.push(event);
        Ok(outcome)
    }

    /// Takes down that an agent turns away from a contact.
    pub(in crate::store) fn release(
        &mut self,
        row: &contact::Model,
        agent: UserId,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        if let Some(freed) = let_go(row, agent, now)? {
            match self.contacts.iter_mut().find(|contact| contact.id == freed.id) {
                Some(decided) => decided.reserved_for = None,
                None => self.contacts.push(freed),
            }
        }
        Ok(())
    }

    /// Writes why it was decided so, by `book`. As the service: a person's claim goes on as it.
    pub(in crate::store) async fn account(
        &mut self,
        tx: &DatabaseTransaction,
        book: &RuleBook,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        write_receipts(tx, book, &std::mem::take(&mut self.receipts), now).await?;
        add_refusals(tx, std::mem::take(&mut self.refused)).await
    }

    /// Writes everything but the account of it and the events, which come last in a transaction.
    pub(in crate::store) async fn flush(&mut self, tx: &DatabaseTransaction) -> Result<(), StoreError> {
        use contact::Column::{
            Attempts, ClosedReason, LastAttemptAt, LastCallId, NextAttemptAt, NextAttemptLocal, NextAttemptZone,
            ReservedFor, RowVersion, Status, UpdatedAt,
        };
        let contacts = std::mem::take(&mut self.contacts);
        let changing = [
            Status,
            Attempts,
            LastAttemptAt,
            NextAttemptAt,
            NextAttemptLocal,
            NextAttemptZone,
            LastCallId,
            ClosedReason,
            ReservedFor,
            RowVersion,
            UpdatedAt,
        ];
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
        let mut ready = ready_agents(tx, slots).await?;
        let mut at = self.circumstances_of(tx, campaign.user_id, now).await?;
        if slots.iter().any(|slot| slot.agent.is_none()) {
            let ledger = self.ledger_of(tx, &campaign, &at.governing.book, now).await?;
            at.ahead = Some(ledger.iter().map(Into::into).collect());
        }
        let mut slots: Vec<&DialSlot> =
            slots.iter().filter(|slot| slot.user.is_none_or(|user| ready.contains_key(&user))).collect();
        let mut writes = Writes::default();
        let mut steps = Steps::default();
        let mut claimed = Claimed::default();
        while !slots.is_empty() {
            let agents: Vec<UserId> = slots.iter().filter_map(|slot| slot.user).collect();
            let candidates = self.head_of_line(tx, &campaign, &agents, slots.len(), &at.governing.book, now).await?;
            let mut nobody = true;
            for candidate in candidates {
                let Some(place) = slots.iter().position(|slot| may_take(&candidate.contact, slot.user)) else {
                    continue;
                };
                nobody = false;
                let decision = claim(candidate.facts(&campaign, &at), &at.governing.book, slots[place].clone(), now);
                match writes.decided(&candidate, decision)? {
                    ContactClaim::Call(call) => {
                        let taken = slots.remove(place);
                        slots.retain(|slot| slot.user.is_none() || slot.user != taken.user);
                        if let Some(held) = taken.user.and_then(|user| ready.remove(&user)) {
                            let dial = AgentStep::Dial { call: call.id, contact: call.contact_id };
                            // Whoever is ready can be given a call, and has no contact to turn away from.
                            drop(steps.take(&held, &dial, false, now));
                            writes.events.append(&mut steps.events);
                        }
                        claimed.calls.push(*call);
                    }
                    ContactClaim::Refused(_) => claimed.refused += 1,
                }
            }
            if nobody {
                break;
            }
            writes.flush(tx).await?;
        }
        steps.write(tx).await?;
        keep_promises(tx, &writes.begun).await?;
        writes.account(tx, &at.governing.book, now).await?;
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
        let at = self.circumstances_of(tx, campaign.user_id, now).await?;
        let candidate = self.candidate(tx, &campaign, contact, &at.governing.book, now).await?;
        let Some(candidate) = candidate else { return Ok(None) };
        if !may_take(&candidate.contact, intent.agent_id) {
            return Ok(Some(ContactClaim::Refused(Refusal::taken(RefusalCode::Reserved))));
        }
        let dial = AgentStep::Dial { call: intent.id, contact: Some(candidate.contact.id) };
        let Ok(mut agent) = Caller::take(tx, scope, intent.agent_id, &dial, now).await? else {
            return Ok(Some(ContactClaim::Refused(Refusal::taken(RefusalCode::AgentBusy))));
        };
        let caller = intent.agent_id;
        let mut writes = Writes::default();
        let decision = claim_as(candidate.facts(&campaign, &at), &at.governing.book, intent, now);
        let outcome = writes.decided(&candidate, decision)?;
        if let (ContactClaim::Call(_), Some(agent), Some(user)) = (&outcome, &mut agent, caller)
            && agent.turns_from(candidate.row.id)
        {
            writes.release(&candidate.row, user, now)?;
        }
        writes.flush(tx).await?;
        if let (ContactClaim::Call(call), None) = (&outcome, candidate.entry) {
            write_entry(tx, &candidate, entry, call).await?;
        }
        tx.continue_as(Scope::Service).await.map_err(|error| CALL.error(error))?;
        keep_promises(tx, &writes.begun).await?;
        writes.account(tx, &at.governing.book, now).await?;
        if let (ContactClaim::Call(_), Some(agent)) = (&outcome, agent) {
            writes.events.extend(agent.write(tx).await?);
        }
        let events: Vec<NewEvent> = writes.events.into_iter().map(|event| event.by(scope)).collect();
        append(tx, &events).await?;
        Ok(Some(outcome))
    }
}

/// The agents of slots who are ready. Nobody moves them until the transaction ends.
async fn ready_agents(tx: &DatabaseTransaction, slots: &[DialSlot]) -> Result<BTreeMap<UserId, Held>, StoreError> {
    let users: Vec<UserId> = slots.iter().filter_map(|slot| slot.user).collect();
    let agents = lock(tx, &users).await?.into_iter();
    let ready = agents.filter(|held| held.agent.presence.state() == AgentState::Ready);
    Ok(ready.map(|held| (held.agent.user_id, held)).collect())
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
