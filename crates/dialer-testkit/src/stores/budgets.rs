//! Request budgets: a value that only who has read it last may replace.

use dialer_domain::telephony::budget::SharedBudget;
use serde_json::{Value, json};

use super::Stage;
use super::scene::at_once;

const ACCOUNT: &str = "provider";

impl Stage {
    async fn budget(&self, account: &str) -> SharedBudget {
        self.budgets.read(account).await.unwrap()
    }
}

/// With the store's own time, which does not go back.
pub async fn a_budget_comes_back_as_it_was_written(stores: &Stage) {
    let fresh = stores.budget(ACCOUNT).await;
    assert_eq!((fresh.revision, fresh.state), (0, Value::Null));
    let state = json!({"paused_until": "2026-03-02T10:00:00.123456789Z", "rate": 1000});
    assert!(stores.budgets.write(ACCOUNT, 0, &state).await.unwrap());
    let written = stores.budget(ACCOUNT).await;
    assert_eq!((written.revision, written.state), (1, state));
    assert!(written.now >= fresh.now);
    assert_eq!(stores.budget("another").await.revision, 0);
}

/// Neither a first write nor a later one.
pub async fn a_budget_that_was_replaced_meanwhile_stays(stores: &Stage) {
    for revision in 0..2 {
        assert!(stores.budgets.write(ACCOUNT, revision, &json!(revision)).await.unwrap());
        for stale in [revision, revision + 2] {
            assert!(!stores.budgets.write(ACCOUNT, stale, &json!("late")).await.unwrap(), "{stale}");
        }
        assert_eq!(stores.budget(ACCOUNT).await.state, json!(revision));
    }
}

/// Whoever counts one up by reading and writing, until that succeeds, counts.
pub async fn every_node_s_booking_counts(stores: &Stage) {
    at_once(6, |_| {
        let stores = stores.clone();
        async move {
            for _ in 0..5 {
                loop {
                    let SharedBudget { revision, state, .. } = stores.budget(ACCOUNT).await;
                    let booked = json!(state.as_u64().unwrap_or(0) + 1);
                    if stores.budgets.write(ACCOUNT, revision, &booked).await.unwrap() {
                        break;
                    }
                }
            }
        }
    })
    .await;
    let budget = stores.budget(ACCOUNT).await;
    assert_eq!((budget.revision, budget.state), (30, json!(30)));
}
