//! The port to receipts, rule books and counts of refusals. They are written by the claims of
//! [`crate::queue::store::DialQueue`] and [`crate::agents::store::AgentDesk`], each in its own transaction, and only read here.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{Receipt, RefusalCount};
use crate::analytics::Period;
use crate::calls::Call;
use crate::consents::ConsentEvent;
use crate::identity::Scope;
use crate::ids::{CallId, CampaignId, ConsentEventId};
use crate::rules::BookHash;
use crate::store::StoreError;

/// Where reading goes on in what comes oldest first: after the row of this instant and call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct After {
    /// The instant of the last row read.
    pub at: OffsetDateTime,
    /// Its call.
    pub call: CallId,
}

impl From<&Receipt> for After {
    fn from(receipt: &Receipt) -> Self {
        Self { at: receipt.decided_at, call: receipt.call_id }
    }
}

impl From<&Call> for After {
    fn from(call: &Call) -> Self {
        Self { at: call.started_at, call: call.id }
    }
}

/// Reads what was decided. Receipts and counts are their owner's alone; an agent who handled the call sees no receipt of it.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ReceiptReader: Send + Sync {
    /// The receipt of a call; `None` when the scope has none, or no campaign placed the call.
    async fn receipt(&self, scope: Scope, call: CallId) -> Result<Option<Receipt>, StoreError>;

    /// The text of a book that decided a call ([`crate::rules::RuleBook::text`]). Rules are no secret: it has no scope.
    async fn rule_book(&self, hash: BookHash) -> Result<Option<String>, StoreError>;

    /// Up to `limit` receipts of a campaign of the period, oldest first, beginning after `after`.
    async fn receipts(
        &self,
        scope: Scope,
        campaign: CampaignId,
        period: Period,
        after: Option<After>,
        limit: u16,
    ) -> Result<Vec<Receipt>, StoreError>;

    /// Up to `limit` calls of a campaign that began in the period, oldest first, beginning after `after`: also those that were
    /// hidden from lists.
    async fn calls_made(
        &self,
        scope: Scope,
        campaign: CampaignId,
        period: Period,
        after: Option<After>,
        limit: u16,
    ) -> Result<Vec<Call>, StoreError>;

    /// Up to `limit` entries of the consent ledger about numbers that the receipts of a campaign and period are of, in the order
    /// of their ids, beginning after `after`. All of what is known of a number, also what was written down later.
    async fn consents_of_called(
        &self,
        scope: Scope,
        campaign: CampaignId,
        period: Period,
        after: Option<ConsentEventId>,
        limit: u16,
    ) -> Result<Vec<ConsentEvent>, StoreError>;

    /// The counts of refusals of a campaign, of the hours that begin in the period, in the order of [`RefusalCount::key`].
    async fn refusal_counts(
        &self,
        scope: Scope,
        campaign: CampaignId,
        period: Period,
    ) -> Result<Vec<RefusalCount>, StoreError>;
}
