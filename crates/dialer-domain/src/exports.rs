//! Reading a whole list, page after page, in time that grows with its length and no faster.

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::analytics::Period;
use crate::calls::Call;
use crate::calls::store::CallFilter;
use crate::dispositions::RecordedDisposition;
use crate::dispositions::store::DispositionFilter;
use crate::identity::Scope;
use crate::ids::{CallId, DispositionId};
use crate::store::StoreError;

/// Which calls to read. `None` means any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallExportFilter {
    /// As lists filter.
    pub calls: CallFilter,
    /// Only calls that started inside this period.
    pub period: Period,
}

impl CallExportFilter {
    /// Whether a call passes.
    #[must_use]
    pub fn lets_through(&self, call: &Call) -> bool {
        self.calls.status.is_none_or(|status| call.status == status)
            && self.calls.direction.is_none_or(|direction| call.direction == direction)
            && self.calls.campaign.is_none_or(|campaign| call.campaign_id == Some(campaign))
            && self.period.holds(call.started_at)
    }
}

/// Where reading goes on in a list that has the latest first: after the row of this instant with this id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor<I> {
    /// The instant of the last row read.
    pub at: OffsetDateTime,
    /// Its id.
    pub id: I,
}

impl From<&Call> for Cursor<CallId> {
    fn from(call: &Call) -> Self {
        Self { at: call.started_at, id: call.id }
    }
}

impl From<&RecordedDisposition> for Cursor<DispositionId> {
    fn from(recorded: &RecordedDisposition) -> Self {
        Self { at: recorded.created_at, id: recorded.id }
    }
}

/// Reads whole lists. What is added meanwhile may be missing; what was there all the time comes exactly once.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ExportReader: Send + Sync {
    /// Up to `limit` calls in the order of the list of calls, latest start first, beginning after `after`.
    async fn calls_after(
        &self,
        scope: Scope,
        filter: &CallExportFilter,
        after: Option<Cursor<CallId>>,
        limit: u16,
    ) -> Result<Vec<Call>, StoreError>;

    /// Up to `limit` dispositions in the order of their list, latest first, beginning after `after`.
    async fn dispositions_after(
        &self,
        scope: Scope,
        filter: DispositionFilter,
        after: Option<Cursor<DispositionId>>,
        limit: u16,
    ) -> Result<Vec<RecordedDisposition>, StoreError>;
}
