//! Events of the provider.

use async_trait::async_trait;
use dialer_domain::telephony::inbox::{EventFate, ProviderInbox, ReadEvent, ReceivedEvent};
use dialer_domain::{OffsetDateTime, StoreError};

use super::MemoryStore;

#[async_trait]
impl ProviderInbox for MemoryStore {
    async fn receive(&self, event: &ReceivedEvent) -> Result<bool, StoreError> {
        let mut state = self.lock();
        if state.inbox.iter().any(|(known, _)| known.event_id == event.event_id) {
            return Ok(false);
        }
        let unread = ReadEvent { event_id: event.event_id.clone(), fate: EventFate::Waiting, call: None };
        state.inbox.push((event.clone(), unread));
        Ok(true)
    }

    async fn waiting(&self, most: u32) -> Result<Vec<ReceivedEvent>, StoreError> {
        let state = self.lock();
        let waiting = state.inbox.iter().filter(|(_, read)| read.fate == EventFate::Waiting);
        Ok(waiting.map(|(event, _)| event.clone()).take(usize::try_from(most).unwrap_or(usize::MAX)).collect())
    }

    async fn settle(&self, read: &[ReadEvent]) -> Result<(), StoreError> {
        let mut state = self.lock();
        for read in read {
            let waits = |(_, known): &&mut (ReceivedEvent, ReadEvent)| {
                known.event_id == read.event_id && known.fate == EventFate::Waiting
            };
            if let Some((_, known)) = state.inbox.iter_mut().find(waits) {
                known.clone_from(read);
            }
        }
        Ok(())
    }

    async fn forget(&self, before: OffsetDateTime) -> Result<u64, StoreError> {
        let mut state = self.lock();
        let had = state.inbox.len();
        state.inbox.retain(|(event, read)| event.received_at >= before || read.fate == EventFate::Waiting);
        Ok(u64::try_from(had - state.inbox.len()).unwrap_or(u64::MAX))
    }
}
