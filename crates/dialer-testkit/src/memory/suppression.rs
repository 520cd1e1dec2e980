//! Do-not-call entries, one for each owner, number and campaign, or for all campaigns.

use std::cmp::Reverse;
use std::collections::btree_map::Entry;

use async_trait::async_trait;
use dialer_domain::consents::ConsentEvent;
use dialer_domain::events::{EventKind, NewEvent};
use dialer_domain::ids::SuppressionId;
use dialer_domain::suppression::{Suppression, SuppressionFilter, SuppressionStore};
use dialer_domain::{
    Call, CallId, CallStatus, CampaignId, Direction, OffsetDateTime, Page, PageRequest, PhoneNumber, Scope, StoreError,
    UserId,
};
use serde_json::{Map, Value, json};

use super::{MemoryStore, State, page};

#[async_trait]
impl SuppressionStore for MemoryStore {
    async fn suppress_all(&self, owner: UserId, entries: Vec<Suppression>) -> Result<Vec<SuppressionId>, StoreError> {
        self.lock().suppress_all(owner, entries)
    }

    async fn opt_out(&self, entry: &Suppression, revocation: &ConsentEvent) -> Result<bool, StoreError> {
        let mut state = self.lock();
        state.check_consents(entry.user_id, std::slice::from_ref(revocation))?;
        let added = state.suppress_all(entry.user_id, vec![entry.clone()])?;
        state.put_consents(entry.user_id, vec![revocation.clone()]);
        Ok(!added.is_empty())
    }

    async fn lift(
        &self,
        owner: UserId,
        number: &PhoneNumber,
        campaign: Option<CampaignId>,
        reason: Option<String>,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let there = state.suppressions.remove(&(owner, number.clone(), campaign)).is_some();
        if there {
            let lifted = event(EventKind::NumberLifted, owner, ("reason", json!(reason)), now);
            state.log(lifted.by(Scope::User(owner)));
        }
        Ok(there)
    }

    async fn find(
        &self,
        owner: UserId,
        number: &PhoneNumber,
        campaign: Option<CampaignId>,
    ) -> Result<Option<Suppression>, StoreError> {
        Ok(self.lock().suppressions.get(&(owner, number.clone(), campaign)).cloned())
    }

    async fn unwanted_calls(&self) -> Result<Vec<CallId>, StoreError> {
        let state = self.lock();
        let rings = |call: &&Call| {
            call.direction == Direction::Outbound
                && call.ended_at.is_none()
                && matches!(call.status, CallStatus::Initiated | CallStatus::Ringing)
        };
        let open = state.open.iter().filter_map(|(_, id)| state.calls.get(id)).map(|row| &row.call);
        let unwanted =
            open.filter(rings).filter(|call| state.suppressed_in(call.user_id, &call.to_number, call.campaign_id));
        Ok(unwanted.map(|call| call.id).collect())
    }

    async fn get(&self, owner: UserId, id: SuppressionId) -> Result<Option<Suppression>, StoreError> {
        let state = self.lock();
        Ok(state.suppressions.values().find(|entry| entry.user_id == owner && entry.id == id).cloned())
    }

    async fn list(
        &self,
        owner: UserId,
        filter: SuppressionFilter,
        window: PageRequest,
    ) -> Result<Page<Suppression>, StoreError> {
        let state = self.lock();
        let mut rows: Vec<&Suppression> = state
            .suppressions
            .values()
            .filter(|entry| entry.user_id == owner)
            .filter(|entry| filter.phone_number.as_ref().is_none_or(|number| *number == entry.phone_number))
            .filter(|entry| filter.campaign_id.is_none_or(|campaign| entry.campaign_id == Some(campaign)))
            .filter(|entry| filter.source.is_none_or(|source| entry.source == Some(source)))
            .collect();
        rows.sort_by_key(|entry| Reverse((entry.created_at, entry.id)));
        Ok(page(&rows, window))
    }

    async fn following(
        &self,
        owner: UserId,
        after: Option<(PhoneNumber, SuppressionId)>,
        limit: u16,
    ) -> Result<Vec<Suppression>, StoreError> {
        let state = self.lock();
        let of_owner = state.suppressions.values().filter(|entry| entry.user_id == owner);
        let mut rows: Vec<&Suppression> =
            of_owner.filter(|entry| after.as_ref().is_none_or(|after| place(entry) > *after)).collect();
        rows.sort_by_key(|entry| place(entry));
        Ok(rows.into_iter().take(limit.into()).cloned().collect())
    }
}

impl State {
    /// Adds an entry, without its event. False when the number has one already that binds the same.
    fn suppress_all(&mut self, owner: UserId, entries: Vec<Suppression>) -> Result<Vec<SuppressionId>, StoreError> {
        let is_own = |id| self.campaign_covered(Scope::User(owner), id);
        if !entries.iter().filter_map(|entry| entry.campaign_id).all(is_own) {
            return Err(StoreError::MissingReference { what: "the campaign" });
        }
        let mut added = Vec::new();
        let by = entries.iter().find_map(|entry| entry.created_by).unwrap_or(owner);
        let at = entries.first().map(|entry| entry.created_at);
        for entry in entries {
            let id = entry.id;
            if self.put_suppression(Suppression { user_id: owner, ..entry }) {
                added.push(id);
            }
        }
        if let Some(at) = at.filter(|_| !added.is_empty()) {
            let suppressed = event(EventKind::NumberSuppressed, owner, ("count", json!(added.len())), at);
            self.log(suppressed.by(Scope::User(by)));
        }
        Ok(added)
    }

    pub(super) fn put_suppression(&mut self, entry: Suppression) -> bool {
        match self.suppressions.entry((entry.user_id, entry.phone_number.clone(), entry.campaign_id)) {
            Entry::Vacant(place) => {
                place.insert(entry);
                true
            }
            Entry::Occupied(_) => false,
        }
    }
}

/// Where an entry stands when all are read in turn.
fn place(entry: &Suppression) -> (PhoneNumber, SuppressionId) {
    (entry.phone_number.clone(), entry.id)
}

/// An event about numbers, which does not say which: the log holds no numbers.
pub(super) fn event(kind: EventKind, owner: UserId, (key, value): (&str, Value), at: OffsetDateTime) -> NewEvent {
    let data = Map::from_iter([(key.to_owned(), value)]);
    NewEvent { kind, user_id: owner, campaign_id: None, contact_id: None, call_id: None, at, data }
}
