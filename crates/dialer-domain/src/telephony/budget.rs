//! The request budget of a provider's account: how it stands, and where several nodes share it.
//!
//! The adapter of the provider does the arithmetic; here is only the place where its state is kept: one value an account,
//! replaced when nobody else has replaced it since it was read.

use async_trait::async_trait;
use serde_json::Value;
use time::OffsetDateTime;

use crate::store::StoreError;

/// How the budget of requests stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestBudget {
    /// Requests allowed in any 60 seconds.
    pub limit_per_minute: u32,
    /// Requests a minute that can be kept up now; below the limit after the provider asked for fewer.
    pub rate_per_minute: u32,
    /// Requests that a person could send at once.
    pub available_now: u32,
    /// Requests that wait for their turn.
    pub waiting: usize,
    /// Until when nothing is sent, because the provider asked for it.
    pub paused_until: Option<OffsetDateTime>,
}

/// The state of a budget as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedBudget {
    /// How often it was written; 0 when it never was.
    pub revision: i64,
    /// What was written last; null when nothing was. Only who wrote it understands it.
    pub state: Value,
    /// What time it is for the store, which is the same for every node.
    pub now: OffsetDateTime,
}

/// Budgets that nodes share.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait BudgetStore: Send + Sync {
    /// The budget of an account.
    async fn read(&self, account: &str) -> Result<SharedBudget, StoreError>;

    /// Replaces the state whose revision is `revision`; its revision then is the next. False when somebody else was faster,
    /// and nothing was written.
    async fn write(&self, account: &str, revision: i64, state: &Value) -> Result<bool, StoreError>;
}
