//! Whole lists.

use std::cmp::Reverse;

use async_trait::async_trait;
use dialer_domain::dispositions::RecordedDisposition;
use dialer_domain::dispositions::store::DispositionFilter;
use dialer_domain::exports::{CallExportFilter, Cursor, ExportReader};
use dialer_domain::ids::DispositionId;
use dialer_domain::{Call, CallId, OffsetDateTime, Scope, StoreError};

use super::MemoryStore;

#[async_trait]
impl ExportReader for MemoryStore {
    async fn calls_after(
        &self,
        scope: Scope,
        filter: &CallExportFilter,
        after: Option<Cursor<CallId>>,
        limit: u16,
    ) -> Result<Vec<Call>, StoreError> {
        let state = self.lock();
        let calls = state.calls.keys().filter_map(|id| state.visible_call(scope, *id));
        Ok(following(calls.filter(|call| filter.lets_through(call)), |call| (call.started_at, call.id), after, limit))
    }

    async fn dispositions_after(
        &self,
        scope: Scope,
        filter: DispositionFilter,
        after: Option<Cursor<DispositionId>>,
        limit: u16,
    ) -> Result<Vec<RecordedDisposition>, StoreError> {
        let state = self.lock();
        let seen = state
            .dispositions
            .values()
            .map(|row| &row.recorded)
            .filter(|recorded| filter.call.is_none_or(|call| recorded.call_id == call))
            .filter(|recorded| state.said_of(scope, recorded).is_some());
        Ok(following(seen, |recorded| (recorded.created_at, recorded.id), after, limit))
    }
}

/// The first `limit` rows after the cursor, latest first.
fn following<'a, T: Clone + 'a, I: Ord>(
    rows: impl Iterator<Item = &'a T>,
    place: impl Fn(&T) -> (OffsetDateTime, I),
    after: Option<Cursor<I>>,
    limit: u16,
) -> Vec<T> {
    let after = after.map(|after| (after.at, after.id));
    let mut rows: Vec<&T> = rows.filter(|row| after.as_ref().is_none_or(|after| place(row) < *after)).collect();
    rows.sort_by_key(|row| Reverse(place(row)));
    rows.into_iter().take(usize::from(limit)).cloned().collect()
}
