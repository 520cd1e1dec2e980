//! Copies of registers.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use async_trait::async_trait;
use dialer_domain::events::EventKind;
use dialer_domain::ids::RegistryCopyId;
use dialer_domain::registries::store::{CopyFilter, Listing, RegistryStore};
use dialer_domain::registries::{CopyStatus, Listed, RegistryCopy, in_force};
use dialer_domain::{OffsetDateTime, Page, PageRequest, PhoneNumber, Scope, StoreError, UserId};
use time::Date;

use super::{MemoryStore, State, page};

/// A copy, and the numbers in it with the days since which they stand there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CopyRow {
    copy: RegistryCopy,
    numbers: BTreeMap<PhoneNumber, Option<Date>>,
    /// Whether the last of its numbers was removed.
    cleared: bool,
}

#[async_trait]
impl RegistryStore for MemoryStore {
    async fn begin_copy(&self, copy: &RegistryCopy) -> Result<(), StoreError> {
        let mut state = self.lock();
        if state.copies.contains_key(&copy.id) {
            return Err(StoreError::Duplicate { what: "the copy" });
        }
        state.end_siblings(copy, CopyStatus::Loading, CopyStatus::Failed);
        state.copies.insert(copy.id, CopyRow { copy: copy.clone(), numbers: BTreeMap::new(), cleared: false });
        Ok(())
    }

    async fn load_numbers(&self, copy: RegistryCopyId, numbers: Vec<Listed>) -> Result<u64, StoreError> {
        let mut state = self.lock();
        let row = state.loading(copy)?;
        let before = row.numbers.len();
        for listed in numbers {
            row.numbers.entry(listed.phone_number).or_insert(listed.since);
        }
        Ok(u64::try_from(row.numbers.len() - before).unwrap_or(u64::MAX))
    }

    async fn activate_copy(&self, copy: &RegistryCopy, now: OffsetDateTime) -> Result<RegistryCopy, StoreError> {
        let mut state = self.lock();
        let loaded = state.loading(copy.id)?.copy.clone();
        state.end_siblings(&loaded, CopyStatus::Active, CopyStatus::Superseded);
        let active = RegistryCopy { imported_at: Some(now), ..ended(loaded, CopyStatus::Active, copy) };
        state.loading(copy.id)?.copy = active.clone();
        state.log(active.event(EventKind::RegistryImported, now));
        Ok(active)
    }

    async fn fail_copy(&self, copy: &RegistryCopy, now: OffsetDateTime) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let Ok(row) = state.loading(copy.id) else { return Ok(false) };
        row.copy = ended(row.copy.clone(), CopyStatus::Failed, copy);
        let failed = row.copy.event(EventKind::RegistryRefused, now);
        state.log(failed);
        Ok(true)
    }

    async fn clear_numbers(&self, limit: u32, _now: OffsetDateTime) -> Result<Option<u64>, StoreError> {
        let mut state = self.lock();
        let is_spent = |status| matches!(status, CopyStatus::Superseded | CopyStatus::Failed);
        let mut spent = state.copies.values_mut().filter(|row| is_spent(row.copy.status) && !row.cleared);
        let Some(row) = spent.next() else { return Ok(None) };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let before = row.numbers.len();
        row.numbers = std::mem::take(&mut row.numbers).into_iter().skip(limit).collect();
        let removed = before - row.numbers.len();
        row.cleared = removed < limit;
        Ok(Some(u64::try_from(removed).unwrap_or(u64::MAX)))
    }

    async fn copies(
        &self,
        scope: Scope,
        filter: CopyFilter,
        window: PageRequest,
    ) -> Result<Page<RegistryCopy>, StoreError> {
        let state = self.lock();
        let copies = state.copies.values().map(|row| &row.copy);
        let mut rows: Vec<&RegistryCopy> = copies
            .filter(|copy| copy.user_id.is_none_or(|owner| scope.covers(owner)))
            .filter(|copy| filter.registry.as_ref().is_none_or(|registry| copy.registry == *registry))
            .filter(|copy| filter.status.is_none_or(|status| copy.status == status))
            .collect();
        rows.sort_by_key(|copy| Reverse((copy.created_at, copy.id)));
        Ok(page(&rows, window))
    }

    async fn copies_in_force(&self, owner: UserId) -> Result<Vec<RegistryCopy>, StoreError> {
        Ok(self.lock().copies_in_force(owner))
    }

    async fn listings(&self, owner: UserId, numbers: Vec<PhoneNumber>) -> Result<Vec<Vec<Listing>>, StoreError> {
        let state = self.lock();
        Ok(numbers.iter().map(|number| state.listings_of(owner, number)).collect())
    }
}

impl State {
    /// What every copy in force for `owner` says of a number.
    pub(super) fn listings_of(&self, owner: UserId, number: &PhoneNumber) -> Vec<Listing> {
        let listing = |copy: RegistryCopy| {
            let row = self.copies.get(&copy.id).and_then(|row| row.numbers.get(number));
            let (is_listed, since) = (row.is_some(), row.copied().flatten());
            Listing { copy, is_listed, since }
        };
        self.copies_in_force(owner).into_iter().map(listing).collect()
    }

    fn loading(&mut self, id: RegistryCopyId) -> Result<&mut CopyRow, StoreError> {
        let row = self.copies.get_mut(&id).filter(|row| row.copy.status == CopyStatus::Loading);
        row.ok_or(StoreError::Stale { what: "copy" })
    }

    /// Ends the copies of the same register and owner that are so far.
    fn end_siblings(&mut self, of: &RegistryCopy, before: CopyStatus, after: CopyStatus) {
        let siblings = self.copies.values_mut().map(|row| &mut row.copy);
        for copy in siblings.filter(|copy| copy.registry == of.registry && copy.user_id == of.user_id) {
            if copy.status == before {
                copy.status = after;
            }
        }
    }

    fn copies_in_force(&self, owner: UserId) -> Vec<RegistryCopy> {
        let copies = self.copies.values().map(|row| &row.copy);
        let active = copies.filter(|copy| copy.status == CopyStatus::Active);
        in_force(active.filter(|copy| copy.user_id.is_none_or(|user| user == owner)).cloned().collect())
    }
}

/// A copy that has ended so, with what `counted` found in it.
fn ended(copy: RegistryCopy, status: CopyStatus, counted: &RegistryCopy) -> RegistryCopy {
    RegistryCopy {
        status,
        numbers: counted.numbers,
        broken: counted.broken,
        file_hash: counted.file_hash.clone(),
        ..copy
    }
}
