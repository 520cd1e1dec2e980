//! Counts of calls.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use async_trait::async_trait;
use dialer_domain::analytics::{AnalyticsReader, CallCount, CallsCounted, quarter_of};
use dialer_domain::{Call, Scope, StoreError};

use super::{MemoryStore, State};

#[async_trait]
impl AnalyticsReader for MemoryStore {
    async fn count_calls(&self, scope: Scope, which: CallsCounted) -> Result<Vec<CallCount>, StoreError> {
        let state = self.lock();
        let mut counts = BTreeMap::new();
        for call in state.counted_calls(scope, which) {
            let (calls, duration) = counts.entry((quarter_of(call.started_at), call.status)).or_insert((0, 0));
            *calls += 1;
            *duration += u64::from(call.duration);
        }
        let counts = counts.into_iter();
        Ok(counts
            .map(|((quarter, status), (calls, duration))| CallCount { quarter, status, calls, duration })
            .collect())
    }

    async fn recent_calls(&self, scope: Scope, which: CallsCounted, limit: u16) -> Result<Vec<Call>, StoreError> {
        let state = self.lock();
        let mut calls: Vec<&Call> = state.counted_calls(scope, which).collect();
        calls.sort_by_key(|call| Reverse((call.started_at, call.id)));
        Ok(calls.into_iter().take(usize::from(limit)).cloned().collect())
    }
}

impl State {
    fn counted_calls(&self, scope: Scope, which: CallsCounted) -> impl Iterator<Item = &Call> {
        let visible = self.calls.values().filter(move |row| !row.hidden && row.call.visible_in(scope));
        visible
            .map(|row| &row.call)
            .filter(move |call| which.campaign.is_none_or(|campaign| call.campaign_id == Some(campaign)))
            .filter(move |call| which.period.holds(call.started_at))
    }
}
