//! Request budgets.

use async_trait::async_trait;
use dialer_domain::StoreError;
use dialer_domain::telephony::budget::{BudgetStore, SharedBudget};
use serde_json::Value;

use super::MemoryStore;

#[async_trait]
impl BudgetStore for MemoryStore {
    async fn read(&self, account: &str) -> Result<SharedBudget, StoreError> {
        let now = self.time.now();
        let (revision, state) = self.lock().budgets.get(account).cloned().unwrap_or_default();
        Ok(SharedBudget { revision, state, now })
    }

    async fn write(&self, account: &str, revision: i64, state: &Value) -> Result<bool, StoreError> {
        let mut memory = self.lock();
        let stored = memory.budgets.entry(account.to_owned()).or_default();
        if stored.0 != revision {
            return Ok(false);
        }
        *stored = (revision + 1, state.clone());
        Ok(true)
    }
}
