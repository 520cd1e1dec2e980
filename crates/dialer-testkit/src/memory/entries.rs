//! The horizon as people see it.

use std::cmp::Reverse;

use async_trait::async_trait;
use dialer_domain::queue::QueueStatus;
use dialer_domain::queue::entries::{ChangedEntry, EntryChange, EntryChangeError, QueueEntries, QueueEntry};
use dialer_domain::{CampaignId, ContactId, OffsetDateTime, Page, PageRequest, QueueEntryId, Scope, StoreError};

use super::{Entry, MemoryStore, State, page};

#[async_trait]
impl QueueEntries for MemoryStore {
    async fn list(
        &self,
        scope: Scope,
        campaign: CampaignId,
        status: Option<QueueStatus>,
        window: PageRequest,
    ) -> Result<Page<QueueEntry>, StoreError> {
        let state = self.lock();
        if !state.campaign_covered(scope, campaign) {
            return Ok(Page { items: Vec::new(), total: 0 });
        }
        let entries = state.entries(campaign);
        let rows: Vec<_> = entries.iter().filter(|row| status.is_none_or(|status| row.status == status)).collect();
        Ok(page(&rows, window))
    }

    async fn get(
        &self,
        scope: Scope,
        campaign: CampaignId,
        entry: QueueEntryId,
    ) -> Result<Option<QueueEntry>, StoreError> {
        let state = self.lock();
        if !state.campaign_covered(scope, campaign) {
            return Ok(None);
        }
        Ok(state.entries(campaign).into_iter().find(|row| row.id == entry))
    }

    async fn change(
        &self,
        scope: Scope,
        campaign: CampaignId,
        entry: QueueEntryId,
        change: EntryChange,
        now: OffsetDateTime,
    ) -> Result<Option<QueueEntry>, EntryChangeError> {
        let mut state = self.lock();
        let Some(owned) = state.campaigns.get(&campaign).filter(|row| scope.covers(row.user_id)) else {
            return Ok(None);
        };
        let Some(before) = state.entries(campaign).into_iter().find(|row| row.id == entry) else { return Ok(None) };
        let Some(contact) = state.contacts.get(&before.contact_id) else { return Ok(None) };
        let ChangedEntry { entry, contact, event } =
            change.apply(&before, contact, owned, now).map_err(EntryChangeError::Refused)?;
        if entry.status == QueueStatus::Queued {
            let waiting = state.horizons.get_mut(&campaign).and_then(|horizon| horizon.get_mut(&entry.contact_id));
            if let Some(waiting) = waiting {
                waiting.priority = entry.priority;
            }
        } else {
            state.end_entry(campaign, entry.contact_id, None, entry.status);
        }
        if let Some(contact) = contact {
            state.put_contact(contact);
        }
        state.log(event.by(scope));
        Ok(Some(entry))
    }
}

impl State {
    /// Every entry of a campaign: those that wait, in line, and the others, latest planned first.
    pub(super) fn entries(&self, campaign: CampaignId) -> Vec<QueueEntry> {
        let row = |contact: ContactId, entry: &Entry, status: QueueStatus| {
            let person = &self.contacts.get(&contact)?.person;
            Some(QueueEntry {
                id: entry.id,
                campaign_id: campaign,
                contact_id: contact,
                priority: entry.priority,
                scheduled_at: entry.scheduled_at,
                status,
                created_at: entry.created_at,
                phone_number: person.phone_number.clone(),
                first_name: person.first_name.clone(),
                last_name: person.last_name.clone(),
            })
        };
        let waiting = self.waiting_entries(campaign);
        let waiting = waiting.iter().filter_map(|(contact, entry)| row(*contact, entry, QueueStatus::Queued));
        let horizon = self.horizons.get(&campaign).into_iter().flatten();
        let calling = horizon
            .filter(|(_, entry)| entry.call.is_some())
            .filter_map(|(contact, entry)| row(*contact, entry, QueueStatus::Calling));
        let past = self.past.iter().filter(|past| past.campaign == campaign);
        let past = past.filter_map(|past| row(past.contact, &past.entry, past.status));
        let mut others: Vec<_> = calling.chain(past).collect();
        others.sort_by_key(|entry| Reverse((entry.created_at, entry.id)));
        waiting.chain(others).collect()
    }
}
