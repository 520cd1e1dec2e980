//! Imports: a batch and the job's progress are one write.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use dialer_domain::contacts::store::SkipReason;
use dialer_domain::events::EventKind;
use dialer_domain::ids::ImportRowId;
use dialer_domain::imports::store::{Appended, ImportStore, Undo};
use dialer_domain::imports::{Batch, ImportEnd, ImportJob, ImportStatus, LeftOut, all_left_out, first_of_each_number};
use dialer_domain::{
    CampaignId, Contact, ContactId, ImportId, OffsetDateTime, Page, PageRequest, PhoneNumber, Scope, StoreError,
};

use super::{MemoryStore, State, page};

#[async_trait]
impl ImportStore for MemoryStore {
    async fn add(&self, scope: Scope, job: &ImportJob) -> Result<(), StoreError> {
        let mut state = self.lock();
        if !state.campaign_covered(scope, job.campaign_id) {
            return Err(StoreError::MissingReference { what: "the campaign" });
        }
        if state.imports.contains_key(&job.id) {
            return Err(StoreError::Duplicate { what: "the import" });
        }
        state.log(job.event(EventKind::ImportQueued, job.created_at).by(scope));
        state.imports.insert(job.id, job.clone());
        Ok(())
    }

    async fn get(&self, scope: Scope, id: ImportId) -> Result<Option<ImportJob>, StoreError> {
        Ok(self.lock().import(scope, id))
    }

    async fn list(
        &self,
        scope: Scope,
        campaign: CampaignId,
        window: PageRequest,
    ) -> Result<Page<ImportJob>, StoreError> {
        let state = self.lock();
        let jobs = state.imports.values().filter(|job| job.campaign_id == campaign && scope.covers(job.user_id));
        let mut jobs: Vec<&ImportJob> = jobs.collect();
        jobs.sort_by_key(|job| Reverse((job.created_at, job.id)));
        Ok(page(&jobs, window))
    }

    async fn take(&self, among: Vec<ImportId>, now: OffsetDateTime) -> Result<Option<ImportJob>, StoreError> {
        let mut state = self.lock();
        let busy: Vec<CampaignId> = state
            .imports
            .values()
            .filter(|job| job.status == ImportStatus::Running)
            .map(|job| job.campaign_id)
            .collect();
        let can_be_taken = |job: &&ImportJob| match job.status {
            ImportStatus::Running => true,
            ImportStatus::Queued => !busy.contains(&job.campaign_id),
            _ => false,
        };
        let jobs = among.iter().filter_map(|id| state.imports.get(id)).filter(can_be_taken);
        let Some(job) = jobs.min_by_key(|job| (job.created_at, job.id)).cloned() else { return Ok(None) };
        let job = job.taken(now);
        state.imports.insert(job.id, job.clone());
        Ok(Some(job))
    }

    async fn append(&self, id: ImportId, batch: &Batch, now: OffsetDateTime) -> Result<Option<Appended>, StoreError> {
        let mut state = self.lock();
        let Some(job) = state.imports.get(&id).filter(|job| job.awaits(batch.from)).cloned() else { return Ok(None) };
        let (first, again) = first_of_each_number(&batch.contacts);
        let known = state.known_numbers(job.campaign_id);
        let suppressed = |number: &PhoneNumber| state.suppressed_in(job.user_id, number, Some(job.campaign_id));
        let mut refused = BTreeMap::new();
        for (index, new) in first.iter().enumerate() {
            let listed = known.get(&new.person.phone_number).copied();
            if listed.is_some() || suppressed(&new.person.phone_number) {
                refused.insert(index, job.why_left_out(listed));
            }
        }
        let left_out = all_left_out(batch, &first, &again, &refused);
        let mut added = 0;
        for (_, listed) in first.iter().enumerate().filter(|(index, _)| !refused.contains_key(index)) {
            let contact = Contact::fresh(listed.id, job.campaign_id, listed.person.clone(), now);
            state.imported.insert(contact.id, id);
            state.put_contact(contact);
            added += 1;
        }
        let job = job.advanced(batch, added, &left_out, now);
        if added > 0 {
            state.log(job.batch_event(added, left_out.len(), now).by(Scope::User(job.user_id)));
        }
        state.left_out.entry(id).or_default().extend(left_out.iter().cloned());
        state.imports.insert(id, job.clone());
        Ok(Some(Appended { job, left_out }))
    }

    async fn end(
        &self,
        scope: Scope,
        id: ImportId,
        end: &ImportEnd,
        now: OffsetDateTime,
    ) -> Result<Option<ImportJob>, StoreError> {
        let mut state = self.lock();
        let Some(job) = state.import(scope, id) else { return Ok(None) };
        let Some(ended) = job.clone().ended(end, now) else { return Ok(Some(job)) };
        state.log(ended.event(EventKind::ImportEnded, now).by(scope));
        state.imports.insert(id, ended.clone());
        Ok(Some(ended))
    }

    async fn undo(&self, scope: Scope, id: ImportId, now: OffsetDateTime) -> Result<Option<Undo>, StoreError> {
        let mut state = self.lock();
        let Some(job) = state.import(scope, id) else { return Ok(None) };
        if !job.can_be_undone() {
            return Ok(Some(Undo::NotPossible(job)));
        }
        let of_job = |(contact, of): &(&ContactId, &ImportId)| **of == id && state.contacts.contains_key(contact);
        let contacts = state.imported.iter().filter(of_job).map(|(contact, _)| *contact);
        let (called, uncalled): (BTreeSet<ContactId>, BTreeSet<ContactId>) =
            contacts.partition(|contact| state.was_called(*contact));
        for contact in &uncalled {
            state.remove_contact(*contact);
        }
        let count = |contacts: &BTreeSet<ContactId>| u64::try_from(contacts.len()).unwrap_or(u64::MAX);
        let job = job.undone(count(&uncalled), count(&called), now);
        state.log(job.event(EventKind::ImportUndone, now).by(scope));
        state.imports.insert(id, job.clone());
        Ok(Some(Undo::Done(job)))
    }

    async fn left_out(
        &self,
        scope: Scope,
        id: ImportId,
        after: Option<ImportRowId>,
        window: PageRequest,
    ) -> Result<Vec<LeftOut>, StoreError> {
        let state = self.lock();
        if state.import(scope, id).is_none() {
            return Ok(Vec::new());
        }
        let rows = state.left_out.get(&id).into_iter().flatten().filter(|row| after.is_none_or(|after| row.id > after));
        let skip = usize::try_from(window.offset()).unwrap_or(usize::MAX);
        Ok(rows.skip(skip).take(usize::from(window.limit())).cloned().collect())
    }

    async fn foresee(
        &self,
        scope: Scope,
        campaign: CampaignId,
        numbers: Vec<PhoneNumber>,
    ) -> Result<Vec<Option<SkipReason>>, StoreError> {
        let state = self.lock();
        let Some(owner) = state.campaigns.get(&campaign).map(|row| row.user_id).filter(|owner| scope.covers(*owner))
        else {
            return Ok(vec![None; numbers.len()]);
        };
        let known = state.known_numbers(campaign);
        let foreseen = |number: &PhoneNumber| {
            if known.contains_key(number) {
                return Some(SkipReason::DuplicateInCampaign);
            }
            state.suppressed_in(owner, number, Some(campaign)).then_some(SkipReason::DncInternal)
        };
        Ok(numbers.iter().map(foreseen).collect())
    }
}

impl State {
    fn import(&self, scope: Scope, id: ImportId) -> Option<ImportJob> {
        self.imports.get(&id).filter(|job| scope.covers(job.user_id)).cloned()
    }

    /// The numbers of a campaign, with the imports that they came with.
    fn known_numbers(&self, campaign: CampaignId) -> BTreeMap<PhoneNumber, Option<ImportId>> {
        let rows = self.list(campaign);
        rows.map(|row| (row.person.phone_number.clone(), self.imported.get(&row.id).copied())).collect()
    }

    fn was_called(&self, contact: ContactId) -> bool {
        self.contacts.get(&contact).is_some_and(|row| row.attempts > 0)
            || self.calls.values().any(|row| row.call.contact_id == Some(contact))
    }

    pub(super) fn forget_imports(&mut self, campaign: CampaignId) {
        let gone: Vec<ImportId> =
            self.imports.values().filter(|job| job.campaign_id == campaign).map(|job| job.id).collect();
        for id in gone {
            self.imports.remove(&id);
            self.left_out.remove(&id);
        }
    }
}
