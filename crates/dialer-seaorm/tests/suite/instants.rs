//! Instants keep their order in the database, and their precision.

use dialer_domain::calls::store::{CallFilter, CallStore};
use dialer_domain::{Duration, PageRequest, Scope};
use dialer_seaorm::testing::{TestDatabase, fresh_sqlite};
use dialer_testkit::builders::{T0, call, user};

use crate::support::{Raw, on_both};

async fn calls_within_one_second_are_listed_latest_first(test: TestDatabase) {
    let owner = user();
    let offsets = [500_000, 0, 250_000, 1, 999_999, 1_000_000];
    for micros in offsets {
        let placed = call().owner(owner).started_at(T0 + Duration::microseconds(micros)).build();
        CallStore::add(&test.db, &placed).await.unwrap();
    }
    let page =
        CallStore::list(&test.db, Scope::User(owner), CallFilter::default(), PageRequest::default()).await.unwrap();
    let listed: Vec<i128> = page.items.iter().map(|call| (call.started_at - T0).whole_microseconds()).collect();
    assert_eq!(listed, [1_000_000, 999_999, 500_000, 250_000, 1, 0]);
}

async fn what_is_finer_than_a_microsecond_is_cut_alike(test: TestDatabase) {
    let owner = user();
    let placed = call().owner(owner).started_at(T0 + Duration::nanoseconds(1_999)).build();
    CallStore::add(&test.db, &placed).await.unwrap();
    let found = CallStore::get(&test.db, Scope::User(owner), placed.id).await.unwrap().unwrap();
    assert_eq!(found.started_at, T0 + Duration::MICROSECOND);
}

on_both!(calls_within_one_second_are_listed_latest_first, what_is_finer_than_a_microsecond_is_cut_alike);

#[tokio::test]
async fn text_written_by_triggers_and_defaults_is_as_wide_as_ours() {
    let test = fresh_sqlite().await;
    let raw = Raw::on(&test).await;
    CallStore::add(&test.db, &call().build()).await.unwrap();
    raw.run("INSERT INTO call_logs (user_id, to_number) VALUES (x'00000000000000000000000000000001', '+447700900100')")
        .await;
    raw.run("UPDATE call_logs SET notes = 'changed by somebody'").await;
    let widths = "SELECT DISTINCT length(at) FROM
                  (SELECT started_at AS at FROM call_logs UNION ALL SELECT updated_at FROM call_logs)";
    assert_eq!(raw.column::<i64>(widths).await, [30]);
}
