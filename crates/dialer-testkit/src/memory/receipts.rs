//! Receipts of decisions, the rule books that they name, and counts of refusals.

use async_trait::async_trait;
use dialer_domain::analytics::Period;
use dialer_domain::consents::ConsentEvent;
use dialer_domain::ids::ConsentEventId;
use dialer_domain::receipts::store::{After, ReceiptReader};
use dialer_domain::receipts::{Receipt, RefusalCount, tally};
use dialer_domain::rules::{BookHash, RuleBook};
use dialer_domain::{Call, CallId, CampaignId, Scope, StoreError};

use super::{MemoryStore, State};

#[async_trait]
impl ReceiptReader for MemoryStore {
    async fn receipt(&self, scope: Scope, call: CallId) -> Result<Option<Receipt>, StoreError> {
        Ok(self.lock().receipts.get(&call).filter(|receipt| scope.covers(receipt.user_id)).cloned())
    }

    async fn rule_book(&self, hash: BookHash) -> Result<Option<String>, StoreError> {
        Ok(self.lock().books.get(&hash).cloned())
    }

    async fn receipts(
        &self,
        scope: Scope,
        campaign: CampaignId,
        period: Period,
        after: Option<After>,
        limit: u16,
    ) -> Result<Vec<Receipt>, StoreError> {
        let state = self.lock();
        let mut rows: Vec<&Receipt> = state.decided(scope, campaign, period).collect();
        let place = |receipt: &Receipt| (receipt.decided_at, receipt.call_id);
        rows.retain(|receipt| after.is_none_or(|after| place(receipt) > (after.at, after.call)));
        rows.sort_by_key(|receipt| place(receipt));
        Ok(rows.into_iter().take(usize::from(limit)).cloned().collect())
    }

    async fn calls_made(
        &self,
        scope: Scope,
        campaign: CampaignId,
        period: Period,
        after: Option<After>,
        limit: u16,
    ) -> Result<Vec<Call>, StoreError> {
        let state = self.lock();
        let of = |call: &&Call| {
            call.campaign_id == Some(campaign) && scope.covers(call.user_id) && period.holds(call.started_at)
        };
        let mut rows: Vec<&Call> = state.calls.values().map(|row| &row.call).filter(of).collect();
        let place = |call: &Call| (call.started_at, call.id);
        rows.retain(|call| after.is_none_or(|after| place(call) > (after.at, after.call)));
        rows.sort_by_key(|call| place(call));
        Ok(rows.into_iter().take(usize::from(limit)).cloned().collect())
    }

    async fn consents_of_called(
        &self,
        scope: Scope,
        campaign: CampaignId,
        period: Period,
        after: Option<ConsentEventId>,
        limit: u16,
    ) -> Result<Vec<ConsentEvent>, StoreError> {
        let state = self.lock();
        let called: Vec<_> = state
            .decided(scope, campaign, period)
            .filter_map(|receipt| Some((receipt.user_id, &state.calls.get(&receipt.call_id)?.call.to_number)))
            .collect();
        let about = |entry: &&ConsentEvent| called.contains(&(entry.user_id, &entry.phone_number));
        let next = state.consents.values().filter(|entry| after.is_none_or(|after| entry.id > after));
        Ok(next.filter(about).take(usize::from(limit)).cloned().collect())
    }

    async fn refusal_counts(
        &self,
        scope: Scope,
        campaign: CampaignId,
        period: Period,
    ) -> Result<Vec<RefusalCount>, StoreError> {
        let state = self.lock();
        let wanted = state
            .refusals
            .iter()
            .filter(|count| count.campaign_id == campaign && scope.covers(count.user_id) && period.holds(count.hour));
        Ok(tally(wanted.copied()))
    }
}

impl State {
    fn decided(&self, scope: Scope, campaign: CampaignId, period: Period) -> impl Iterator<Item = &Receipt> {
        self.receipts.values().filter(move |receipt| {
            receipt.campaign_id == campaign && scope.covers(receipt.user_id) && period.holds(receipt.decided_at)
        })
    }

    /// Writes a receipt of a decision by `book`.
    pub(super) fn keep_receipt(&mut self, book: &RuleBook, receipt: Receipt) {
        self.books.entry(receipt.book).or_insert_with(|| book.text());
        self.receipts.insert(receipt.call_id, receipt);
    }

    /// Counts a refusal.
    pub(super) fn count_refusal(&mut self, counted: RefusalCount) {
        let key = counted.key();
        match self.refusals.iter_mut().find(|count| count.key() == key) {
            Some(count) => count.count += counted.count,
            None => self.refusals.push(counted),
        }
    }
}
