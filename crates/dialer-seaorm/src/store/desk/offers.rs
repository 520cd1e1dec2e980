//! Contacts that agents look at before they call.

use dialer_domain::agents::offers::{Offer, may_take, reserved};
use dialer_domain::agents::{Agent, AgentState, AgentStep, NotNow};
use dialer_domain::eligibility::{Refusal, RefusalCode};
use dialer_domain::events::NewEvent;
use dialer_domain::queue::entries::{EntryChange, EntryRefusal};
use dialer_domain::queue::store::ContactClaim;
use dialer_domain::queue::{DialSlot, claim, offerable};
use dialer_domain::rules::{Circumstances, RuleBook};
use dialer_domain::{CallId, Campaign, CampaignId, Contact, OffsetDateTime, Scope, StoreError, UserId};

use super::held::{Held, lock, of_user};
use super::steps::{Steps, let_go};
use crate::Database;
use crate::entity::contact;
use crate::errors::CONTACT;
use crate::sql::{NEXT_VERSION, update};
use crate::store::bans;
use crate::store::campaigns::locked;
use crate::store::events::append;
use crate::store::follow_ups::keep_promises;
use crate::store::queue::claim::Writes;
use crate::store::queue::entries;
use crate::store::queue::facts::Candidate;
use crate::tx::DatabaseTransaction;

/// How many contacts are looked at in one statement: most are shown, and those who are not make room for the next.
const LOOKED_AT: usize = 4;

/// What became of an agent's wish; `None` for whoever has no profile.
type Wish<T> = Result<Option<Result<T, NotNow>>, StoreError>;

impl Database {
    /// Reserves the first contact in line for an agent who is ready.
    pub(super) async fn offer_next(
        &self,
        tx: &DatabaseTransaction,
        campaign: CampaignId,
        user: UserId,
        until: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<Option<Offer>, StoreError> {
        let Some(campaign) = locked(tx, campaign).await?.map(Campaign::try_from).transpose()? else { return Ok(None) };
        // Before the contacts, since a line does not wait for those whom others hold.
        let ready = lock(tx, &[user]).await?.pop();
        let Some(held) = ready.filter(|held| held.agent.presence.state() == AgentState::Ready) else {
            return Ok(None);
        };
        let mut writes = Writes::default();
        let at = self.circumstances_of(tx, campaign.user_id, now).await?;
        let shown = 'line: loop {
            let candidates = self.head_of_line(tx, &campaign, &[user], LOOKED_AT, &at.governing.book, now).await?;
            if candidates.is_empty() {
                break None;
            }
            for candidate in candidates {
                match offerable(candidate.facts(&campaign, &at), &at.governing.book, now) {
                    Ok(_) => break 'line Some(candidate),
                    Err(refused) => drop(writes.decided(&candidate, Err(refused))?),
                }
            }
            writes.flush(tx).await?;
        };
        writes.flush(tx).await?;
        let mut steps = Steps::default();
        let offer = match shown {
            Some(candidate) => show(tx, &mut steps, &held, candidate, until, now).await?,
            None => None,
        };
        writes.account(tx, &at.governing.book, now).await?;
        writes.events.append(&mut steps.events);
        append(tx, &writes.events).await?;
        Ok(offer)
    }

    /// Makes the contact that is offered a call of the agent's.
    pub(super) async fn accept(
        &self,
        tx: &DatabaseTransaction,
        user: UserId,
        call: CallId,
        now: OffsetDateTime,
    ) -> Wish<ContactClaim> {
        let governing = self.governing();
        let (held, offer, campaign) = match self.holding_an_offer(tx, user, &governing.book, now).await? {
            Some(Ok(found)) => found,
            Some(Err(refused)) => return Ok(Some(Err(refused))),
            None => return Ok(None),
        };
        let mut writes = Writes::default();
        let mut steps = Steps::default();
        let claimed = match (&campaign, &held.candidate) {
            (Some(campaign), Some(candidate))
                if candidate.entry == Some(offer.entry_id.as_uuid()) && may_take(&candidate.contact, Some(user)) =>
            {
                let slot = DialSlot { call_id: call, agent: Some(held.agent.agent.line.clone()), user: Some(user) };
                let bans = bans::binding(tx, campaign.user_id, now).await?;
                let at = Circumstances { governing: governing.clone(), bans, ahead: None };
                let facts = candidate.facts(campaign, &at);
                writes.decided(candidate, claim(facts, &at.governing.book, slot, now))?
            }
            _ => ContactClaim::Refused(Refusal::taken(RefusalCode::ContactClosed)),
        };
        let (step, heard) = match &claimed {
            ContactClaim::Call(call) => (AgentStep::Dial { call: call.id, contact: call.contact_id }, false),
            ContactClaim::Refused(_) => {
                if let Some(candidate) = &held.candidate {
                    writes.release(&candidate.row, user, now)?;
                }
                (AgentStep::Withdraw, true)
            }
        };
        if let Err(refused) = steps.take(&held.agent, &step, heard, now) {
            return Ok(Some(Err(refused)));
        }
        writes.flush(tx).await?;
        keep_promises(tx, &writes.begun).await?;
        steps.write(tx).await?;
        writes.account(tx, &governing.book, now).await?;
        let decided = writes.events.into_iter().map(|event| event.by(Scope::User(user)));
        let events: Vec<NewEvent> = decided.chain(steps.events).collect();
        append(tx, &events).await?;
        Ok(Some(Ok(claimed)))
    }

    /// Lets the contact that is offered rest.
    pub(super) async fn skip(
        &self,
        tx: &DatabaseTransaction,
        user: UserId,
        reason: Option<String>,
        now: OffsetDateTime,
    ) -> Wish<Agent> {
        let governing = self.governing();
        let (held, offer, campaign) = match self.holding_an_offer(tx, user, &governing.book, now).await? {
            Some(Ok(found)) => found,
            Some(Err(refused)) => return Ok(Some(Err(refused))),
            None => return Ok(None),
        };
        let mut steps = Steps::default();
        let taken = match steps.take(&held.agent, &AgentStep::Skip, true, now) {
            Ok(taken) => taken,
            Err(refused) => return Ok(Some(Err(refused))),
        };
        if let Some(Candidate { row, .. }) = &held.candidate {
            let mut next = let_go(row, user, now)?;
            let entry = self.entry(tx, offer.campaign_id, offer.entry_id).await?;
            if let (Some(campaign), Some(entry)) = (&campaign, &entry) {
                let contact = Contact::try_from(next.clone().unwrap_or_else(|| row.clone()))?;
                match (EntryChange::Skip { reason }).apply(entry, &contact, campaign, now) {
                    Ok(changed) => {
                        entries::put(tx, &changed.entry).await?;
                        if let Some(rests) = &changed.contact {
                            let row_version = row.row_version + 1;
                            next = Some(contact::Model { row_version, ..contact::Model::from(rests) });
                        }
                        steps.events.push(changed.event.by(Scope::User(user)));
                    }
                    // Somebody else took it out of the line meanwhile.
                    Err(EntryRefusal::NotWaiting(_) | EntryRefusal::Changed(_)) => {}
                }
            }
            update::<contact::Entity, _>(tx, CONTACT, next.as_slice(), &entries::RESTED, NEXT_VERSION).await?;
        }
        steps.write(tx).await?;
        append(tx, &steps.events).await?;
        Ok(Some(Ok(taken.agent)))
    }

    /// Locks what an offer is about: its campaign, its contact, and the agent who looks at it.
    async fn holding_an_offer(
        &self,
        tx: &DatabaseTransaction,
        user: UserId,
        book: &RuleBook,
        now: OffsetDateTime,
    ) -> Wish<(Holding, Offer, Option<Campaign>)> {
        let Some(seen) = of_user(tx, user).await? else { return Ok(None) };
        let Some(offer) = seen.presence.doing.offer().cloned() else {
            return Ok(Some(Err(NotNow { state: seen.presence.state() })));
        };
        let campaign = locked(tx, offer.campaign_id).await?.map(Campaign::try_from).transpose()?;
        let candidate = match &campaign {
            Some(campaign) => self.candidate(tx, campaign, offer.contact_id, book, now).await?,
            None => None,
        };
        let Some(agent) = lock(tx, &[user]).await?.pop() else { return Ok(None) };
        if agent.agent.presence.doing.offer() != Some(&offer) {
            return Ok(Some(Err(NotNow { state: agent.agent.presence.state() })));
        }
        Ok(Some(Ok((Holding { agent, candidate }, offer, campaign))))
    }
}

/// An agent with the contact that they look at, while it is there.
struct Holding {
    agent: Held,
    candidate: Option<Candidate>,
}

/// Reserves the contact for the agent.
async fn show(
    tx: &DatabaseTransaction,
    steps: &mut Steps,
    held: &Held,
    candidate: Candidate,
    until: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<Option<Offer>, StoreError> {
    let Candidate { row, contact, entry, .. } = candidate;
    let Some(entry) = entry else { return Ok(None) };
    let offer = Offer {
        campaign_id: contact.campaign_id,
        contact_id: contact.id,
        entry_id: dialer_domain::QueueEntryId::new(entry),
        until,
    };
    if steps.take(held, &AgentStep::Reserve(offer.clone()), false, now).is_err() {
        return Ok(None);
    }
    let contact = reserved(&contact, held.agent.user_id, now);
    let next = contact::Model { row_version: row.row_version + 1, ..contact::Model::from(&contact) };
    let columns = [contact::Column::ReservedFor, contact::Column::RowVersion, contact::Column::UpdatedAt];
    update::<contact::Entity, _>(tx, CONTACT, &[next], &columns, NEXT_VERSION).await?;
    steps.write(tx).await?;
    Ok(Some(offer))
}
