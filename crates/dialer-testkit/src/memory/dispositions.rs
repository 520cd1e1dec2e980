//! Dispositions and the follow-ups among them.

use std::cmp::Reverse;

use async_trait::async_trait;
use dialer_domain::dispositions::store::{DispositionFilter, DispositionStore, FollowUpFilter, FollowUpStore};
use dialer_domain::dispositions::{
    Consequences, Facts, FollowUp, FollowUpStatus, NewDisposition, RecordedDisposition, cleared, conclude,
    follow_up_events, suppression,
};
use dialer_domain::events::EventKind;
use dialer_domain::ids::DispositionId;
use dialer_domain::{
    Call, Campaign, Contact, Duration, OffsetDateTime, Page, PageRequest, Precondition, Scope, StoreError,
};
use serde_json::json;

use super::suppression::event;
use super::{DispositionRow, MemoryStore, State, page};

#[async_trait]
impl DispositionStore for MemoryStore {
    async fn record(&self, scope: Scope, new: &NewDisposition) -> Result<Option<RecordedDisposition>, StoreError> {
        let mut state = self.lock();
        if state.dispositions.contains_key(&new.id) {
            return Err(StoreError::Duplicate { what: "the disposition" });
        }
        let Some(call) = state.visible_call(scope, new.call_id).cloned() else { return Ok(None) };
        let entry = suppression(new, &call);
        let fresh = entry.is_some_and(|entry| state.put_suppression(entry));
        let suppressed =
            call.customer_number().is_some_and(|number| state.suppressed_in(call.user_id, number, call.campaign_id));
        let contact = state.contact_and_campaign(&call);
        let others_open = contact.is_some_and(|(contact, _)| state.others_open(contact));
        let facts = Facts { call: &call, contact, suppressed, others_open };
        let Consequences { recorded, call: said_of, contact, campaign, events } = conclude(new, facts);
        state.tally(&call, &said_of);
        let call = said_of;
        for earlier in state.said.get(&call.id).cloned().unwrap_or_default() {
            if let Some(earlier) = state.dispositions.get_mut(&earlier) {
                earlier.replaced = true;
            }
        }
        state.said.entry(call.id).or_default().push(new.id);
        if recorded.follow_up_date.is_some() {
            state.promises.insert(new.id);
        }
        let row = DispositionRow {
            recorded: recorded.clone(),
            replaced: false,
            kept_by: None,
            done_at: None,
            judged_at: None,
            missed_at: None,
        };
        state.dispositions.insert(new.id, row);
        if let Some(contact) = contact {
            state.put_contact(contact);
        }
        if let Some(campaign) = campaign {
            state.campaigns.insert(campaign.id, campaign);
        }
        if fresh {
            let suppressed = event(EventKind::NumberSuppressed, call.user_id, ("count", json!(1)), new.at);
            state.log(suppressed.by(Scope::User(new.user_id)));
        }
        for event in events {
            state.log(event);
        }
        state.put_call(call);
        Ok(Some(recorded))
    }

    async fn dispositions(
        &self,
        scope: Scope,
        filter: DispositionFilter,
        window: PageRequest,
    ) -> Result<Page<RecordedDisposition>, StoreError> {
        let state = self.lock();
        let mut rows: Vec<&RecordedDisposition> = state
            .dispositions
            .values()
            .map(|row| &row.recorded)
            .filter(|recorded| filter.call.is_none_or(|call| recorded.call_id == call))
            .filter(|recorded| state.said_of(scope, recorded).is_some())
            .collect();
        rows.sort_by_key(|recorded| Reverse((recorded.created_at, recorded.id)));
        Ok(page(&rows, window))
    }
}

#[async_trait]
impl FollowUpStore for MemoryStore {
    async fn follow_ups(
        &self,
        scope: Scope,
        filter: FollowUpFilter,
        window: PageRequest,
        now: OffsetDateTime,
    ) -> Result<Page<FollowUp>, StoreError> {
        let state = self.lock();
        let asked = |row: &&DispositionRow| match filter.status {
            Some(FollowUpStatus::Missed) => row.missed_at.is_some(),
            Some(FollowUpStatus::Kept) => row.kept_by.is_some() && row.missed_at.is_none(),
            Some(FollowUpStatus::Upcoming | FollowUpStatus::Due | FollowUpStatus::Overdue) | None => row.is_open(),
        };
        let stands = |row: &FollowUp| match filter.status {
            Some(FollowUpStatus::Missed | FollowUpStatus::Kept) => true,
            Some(status) => FollowUpStatus::of(row.due_at, now) == status && !state.is_suppressed(row),
            None => !state.is_suppressed(row),
        };
        let mut rows: Vec<FollowUp> = state
            .dispositions
            .values()
            .filter(asked)
            .filter_map(|row| state.follow_up(scope, row))
            .filter(stands)
            .filter(|row| filter.campaign.is_none_or(|campaign| row.campaign_id == Some(campaign)))
            .collect();
        rows.sort_by_key(|row| (row.due_at, row.disposition_id));
        Ok(page(&rows.iter().collect::<Vec<_>>(), window))
    }

    async fn follow_up(&self, scope: Scope, id: DispositionId) -> Result<Option<FollowUp>, StoreError> {
        let state = self.lock();
        Ok(state.dispositions.get(&id).and_then(|row| state.follow_up(scope, row)))
    }

    async fn clear_follow_up(
        &self,
        scope: Scope,
        id: DispositionId,
        condition: &Precondition,
        now: OffsetDateTime,
    ) -> Result<Option<FollowUp>, StoreError> {
        let mut state = self.lock();
        let Some(row) = state.dispositions.get(&id) else { return Ok(None) };
        let open = row.is_open();
        let Some(found) = state.follow_up(scope, row) else { return Ok(None) };
        found.require(condition)?;
        if !open {
            return Ok(Some(found));
        }
        let Some(call) = state.calls.get(&found.call_id).map(|row| row.call.clone()) else { return Ok(None) };
        let settled = state
            .contact_and_campaign(&call)
            .and_then(|(contact, campaign)| Some((cleared(contact, call.id, now)?, campaign.clone())));
        let events = follow_up_events(id, &call, settled.as_ref().map(|(contact, campaign)| (contact, campaign)), now);
        if let Some((contact, _)) = settled {
            state.put_contact(contact);
        }
        if let Some(row) = state.dispositions.get_mut(&id) {
            row.done_at = Some(now);
        }
        for event in events {
            state.log(event.by(scope));
        }
        Ok(Some(FollowUp { done_at: Some(now), ..found }))
    }

    async fn judge_follow_ups(&self, tolerance: Duration, now: OffsetDateTime, limit: u16) -> Result<u64, StoreError> {
        Ok(self.lock().judge(tolerance, now, limit))
    }

    async fn realign_follow_ups(
        &self,
        after: Option<DispositionId>,
        limit: u16,
        now: OffsetDateTime,
    ) -> Result<Option<DispositionId>, StoreError> {
        Ok(self.lock().realign(after, limit, now))
    }
}

impl DispositionRow {
    pub(super) const fn is_open(&self) -> bool {
        self.recorded.follow_up_date.is_some() && !self.replaced && self.kept_by.is_none() && self.done_at.is_none()
    }
}

impl State {
    fn contact_and_campaign(&self, call: &Call) -> Option<(&Contact, &Campaign)> {
        let contact = self.contacts.get(&call.contact_id?)?;
        Some((contact, self.campaigns.get(&contact.campaign_id)?))
    }

    /// The call of a disposition, where the scope sees the disposition: the call's owner, and who recorded it.
    pub(super) fn said_of(&self, scope: Scope, recorded: &RecordedDisposition) -> Option<&Call> {
        let call = self.calls.get(&recorded.call_id).filter(|row| !row.hidden).map(|row| &row.call)?;
        (scope.covers(call.user_id) || scope.covers(recorded.user_id)).then_some(call)
    }

    fn follow_up(&self, scope: Scope, row: &DispositionRow) -> Option<FollowUp> {
        let DispositionRow { recorded, done_at, kept_by, missed_at, .. } = row;
        let call = self.said_of(scope, recorded)?;
        let person = call.contact_id.and_then(|id| self.contacts.get(&id)).map(|contact| &contact.person);
        Some(FollowUp {
            disposition_id: recorded.id,
            call_id: call.id,
            campaign_id: call.campaign_id,
            contact_id: call.contact_id,
            user_id: recorded.user_id,
            disposition: recorded.disposition,
            phone_number: call.customer_number().cloned(),
            first_name: person.and_then(|person| person.first_name.clone()),
            last_name: person.and_then(|person| person.last_name.clone()),
            company: person.and_then(|person| person.company.clone()),
            due_at: recorded.follow_up_date?,
            due_again_at: recorded.follow_up_again,
            due_wall: recorded.follow_up_wall.clone(),
            personal: recorded.personal,
            notes: recorded.notes.clone(),
            created_at: recorded.created_at,
            done_at: *done_at,
            kept_by: *kept_by,
            missed_at: *missed_at,
        })
    }

    fn is_suppressed(&self, follow_up: &FollowUp) -> bool {
        let call = self.calls.get(&follow_up.call_id).map(|row| &row.call);
        call.is_some_and(|call| {
            call.customer_number().is_some_and(|number| self.suppressed_in(call.user_id, number, call.campaign_id))
        })
    }

    /// The follow-ups that `later`, a call that began, keeps.
    pub(super) fn keep_promises(&mut self, later: &Call) {
        let Self { dispositions, promises, kept, calls, .. } = self;
        promises.retain(|id| {
            let Some(row) = dispositions.get_mut(id).filter(|row| row.is_open()) else { return false };
            if row.recorded.call_id == later.id || row.recorded.created_at > later.started_at {
                return true;
            }
            if row.recorded.personal && later.agent_id != Some(row.recorded.user_id) {
                return true;
            }
            let Some(promised) = calls.get(&row.recorded.call_id).map(|row| &row.call) else { return true };
            let keeps = match (promised.contact_id, later.contact_id) {
                (Some(contact), Some(called)) => contact == called,
                (None, None) => {
                    promised.user_id == later.user_id
                        && promised.customer_number().is_some_and(|number| later.customer_number() == Some(number))
                }
                _ => false,
            };
            if keeps {
                row.kept_by = Some(later.id);
                kept.entry(later.id).or_default().push(*id);
            }
            !keeps
        });
    }

    /// `call` turned out not to have tried the customer's line.
    pub(super) fn reopen_promises(&mut self, call: &Call) {
        for id in self.kept.remove(&call.id).unwrap_or_default() {
            if let Some(row) = self.dispositions.get_mut(&id) {
                row.kept_by = None;
                // What was missed stays missed, and everything else is judged again.
                row.judged_at = row.judged_at.filter(|_| row.missed_at.is_some());
                self.promises.insert(id);
            }
        }
    }
}
