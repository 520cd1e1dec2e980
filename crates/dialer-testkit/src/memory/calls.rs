//! Calls: news and changes go through the domain, and what follows from them is written with them.

use std::cmp::Reverse;

use async_trait::async_trait;
use dialer_domain::calls::CallPatch;
use dialer_domain::calls::merge::{CallEvent, merge, patch};
use dialer_domain::calls::store::{Added, CallFilter, CallStore, PatchError};
use dialer_domain::events::EventKind;
use dialer_domain::queue::{call_event, settle, written_event};
use dialer_domain::telephony::ProviderCallId;
use dialer_domain::{Call, CallId, ContactId, OffsetDateTime, Page, PageRequest, Scope, StoreError};

use super::{CallRow, MemoryStore, State, page};

#[async_trait]
impl CallStore for MemoryStore {
    async fn add(&self, call: &Call) -> Result<Added, StoreError> {
        let mut state = self.lock();
        if state.calls.contains_key(&call.id) {
            return Err(StoreError::Duplicate { what: "the call" });
        }
        if call.campaign_id.is_some_and(|id| !state.campaigns.contains_key(&id)) {
            return Err(StoreError::MissingReference { what: "the campaign" });
        }
        state.check_provider_id(call)?;
        if !call.status.is_final()
            && let Err(busy) = state.can_dial(call.agent_id, call, call.contact_id)
        {
            return Ok(Added::AgentBusy(busy));
        }
        state.log(written_event(call));
        state.put_call(call.clone());
        state.keep_promises(call);
        if !call.status.is_final() {
            state.give_call(call);
        }
        Ok(Added::Written)
    }

    async fn receive(&self, call: &Call, names: &[ProviderCallId]) -> Result<Option<Call>, StoreError> {
        Ok(self.lock().receive(call, names))
    }

    async fn get(&self, scope: Scope, id: CallId) -> Result<Option<Call>, StoreError> {
        Ok(self.lock().visible_call(scope, id).cloned())
    }

    async fn list(&self, scope: Scope, filter: CallFilter, window: PageRequest) -> Result<Page<Call>, StoreError> {
        let state = self.lock();
        let mut rows: Vec<&Call> = state
            .calls
            .values()
            .filter(|row| !row.hidden && row.call.visible_in(scope))
            .map(|row| &row.call)
            .filter(|call| filter.status.is_none_or(|status| call.status == status))
            .filter(|call| filter.direction.is_none_or(|direction| call.direction == direction))
            .filter(|call| filter.campaign.is_none_or(|campaign| call.campaign_id == Some(campaign)))
            .collect();
        rows.sort_by_key(|call| Reverse((call.started_at, call.id)));
        Ok(page(&rows, window))
    }

    async fn patch(
        &self,
        scope: Scope,
        id: CallId,
        change: &CallPatch,
        now: OffsetDateTime,
    ) -> Result<Option<Call>, PatchError> {
        let mut state = self.lock();
        let Some(before) = state.call(scope, id).cloned() else { return Ok(None) };
        let after = patch(&before, change, now)?;
        if after == before {
            return Ok(Some(before));
        }
        let after = Call { updated_at: now, ..after };
        let event = call_event(&after, EventKind::CallUpdated, now);
        state.log(event.by(scope).changing(&before.changes(&after)));
        state.write_settled(&before, &after, now);
        Ok(Some(after))
    }

    async fn hide(&self, scope: Scope, id: CallId, now: OffsetDateTime) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let Some(event) = state.call(scope, id).map(|call| call_event(call, EventKind::CallHidden, now)) else {
            return Ok(false);
        };
        if let Some(row) = state.calls.get_mut(&id) {
            row.hidden = true;
        }
        state.log(event.by(scope));
        Ok(true)
    }

    async fn open(&self) -> Result<Vec<Call>, StoreError> {
        let state = self.lock();
        Ok(state.open.iter().filter_map(|(_, id)| state.calls.get(id)).map(|row| row.call.clone()).collect())
    }

    async fn apply(&self, id: CallId, event: &CallEvent, now: OffsetDateTime) -> Result<Option<Call>, StoreError> {
        let mut state = self.lock();
        let Some(before) = state.calls.get(&id).map(|row| row.call.clone()) else { return Ok(None) };
        let Some(after) = merge(&before, event) else { return Ok(None) };
        state.check_provider_id(&after)?;
        let after = Call { updated_at: now, ..after };
        state.write_settled(&before, &after, now);
        Ok(Some(after))
    }
}

impl State {
    /// The call as a reader in `scope` sees it: not at all when it is hidden.
    pub(super) fn visible_call(&self, scope: Scope, id: CallId) -> Option<&Call> {
        self.calls.get(&id).filter(|row| !row.hidden && row.call.visible_in(scope)).map(|row| &row.call)
    }

    /// The call as `scope` may change it: as its owner sees it.
    pub(super) fn call(&self, scope: Scope, id: CallId) -> Option<&Call> {
        self.calls.get(&id).filter(|row| !row.hidden && scope.covers(row.call.user_id)).map(|row| &row.call)
    }

    /// One name of the provider's belongs to one call.
    fn check_provider_id(&self, call: &Call) -> Result<(), StoreError> {
        let holder = call.provider_call_id.as_ref().and_then(|id| self.provider_ids.get(id));
        match holder {
            Some(other) if *other != call.id => Err(StoreError::Duplicate { what: "the provider's call id" }),
            Some(_) | None => Ok(()),
        }
    }

    /// Writes a call down. One that was hidden stays hidden.
    pub(super) fn put_call(&mut self, call: Call) {
        if let Some(id) = &call.provider_call_id {
            self.provider_ids.insert(id.clone(), call.id);
        }
        let before = self.calls.get(&call.id);
        let hidden = before.is_some_and(|row| row.hidden);
        if let Some(before) = before.map(|row| &row.call) {
            self.open.remove(&(before.started_at, before.id));
        }
        if call.is_open() {
            self.open.insert((call.started_at, call.id));
        }
        if let Some(contact) = call.contact_id {
            if call.is_open() {
                self.live.insert((contact, call.id));
            } else {
                self.live.remove(&(contact, call.id));
            }
        }
        self.calls.insert(call.id, CallRow { call, hidden });
    }

    /// The calls of a contact that is removed are nobody's.
    pub(super) fn forget_live(&mut self, contact: ContactId) {
        self.live.retain(|(called, _)| *called != contact);
    }

    /// Writes a call's change and all that follows from it.
    fn write_settled(&mut self, before: &Call, after: &Call, now: OffsetDateTime) {
        let contact = after.contact_id.and_then(|id| self.contacts.get(&id));
        let contact = contact.and_then(|row| Some((row, self.campaigns.get(&row.campaign_id)?)));
        let settlement = settle(before, after, contact, now);
        if let Some(status) = settlement.queue {
            self.close_entry(after, status);
        }
        if let Some(contact) = settlement.contact {
            self.put_contact(contact);
        }
        for event in settlement.events {
            self.log(event);
        }
        self.tally(before, after);
        self.put_call(after.clone());
        if let Some(step) = settlement.agent {
            self.follow_call(after, step, now);
        }
        match (before.reaches_customer(), after.reaches_customer()) {
            (true, false) => self.reopen_promises(after),
            (false, true) => self.keep_promises(after),
            _ => {}
        }
    }
}
