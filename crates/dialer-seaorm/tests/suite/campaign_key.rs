//! Whoever writes: a contact's campaign is there, and a campaign takes its contacts along. `PostgreSQL` keeps that once a
//! statement instead of once a row.

use std::time::Duration;

use dialer_domain::campaigns::store::CampaignStore;
use dialer_domain::contacts::store::ContactStore;
use dialer_domain::{Campaign, Scope};
use dialer_seaorm::testing::{TestDatabase, fresh_postgres};
use dialer_testkit::builders::{campaign, contact};
use sea_orm::{ConnectionTrait, SqlErr, TransactionTrait};

use crate::support::{Raw, on_both};

async fn lists(test: &TestDatabase) -> (Raw, Campaign, Campaign) {
    let (one, other) = (campaign().build(), campaign().build());
    for list in [&one, &other] {
        CampaignStore::add(&test.db, list).await.unwrap();
        let contacts = (0..3).map(|_| contact(list.id).build()).collect();
        test.db.import(Scope::Service, list.id, contacts).await.unwrap();
    }
    (Raw::on(test).await, one, other)
}

async fn is_refused(raw: &Raw, sql: &str) {
    let refused = raw.0.execute_unprepared(sql).await.unwrap_err();
    assert!(matches!(refused.sql_err(), Some(SqlErr::ForeignKeyConstraintViolation(_))), "{sql}: {refused}");
}

async fn a_contact_s_campaign_is_there(test: TestDatabase) {
    let (raw, one, _) = lists(&test).await;
    let (here, nowhere) = (raw.uuid(one.id.as_uuid()), raw.uuid(uuid::Uuid::from_u128(7)));
    let insert = |list: &str, n: u32| format!("({list}, '+44770090{n}')");
    let into = "INSERT INTO campaign_contacts (campaign_id, phone_number) VALUES";
    is_refused(&raw, &format!("{into} {}", insert(&nowhere, 1001))).await;
    is_refused(&raw, &format!("{into} {}, {}", insert(&here, 1002), insert(&nowhere, 1003))).await;
    is_refused(&raw, &format!("UPDATE campaign_contacts SET campaign_id = {nowhere}")).await;
    is_refused(&raw, &format!("UPDATE dialer_campaigns SET id = {nowhere} WHERE id = {here}")).await;
    raw.run(&format!("{into} {}, {}", insert(&here, 1004), insert(&here, 1005))).await;
    assert_eq!(raw.value::<i64>("SELECT count(*) FROM campaign_contacts").await, 8);
}

async fn campaigns_take_their_contacts_along(test: TestDatabase) {
    let (raw, one, other) = lists(&test).await;
    let one = raw.uuid(one.id.as_uuid());
    raw.run(&format!("DELETE FROM dialer_campaigns WHERE id = {one}")).await;
    let left = |list: &str| format!("SELECT count(*) FROM campaign_contacts WHERE campaign_id = {list}");
    assert_eq!(raw.value::<i64>(&left(&one)).await, 0);
    assert_eq!(raw.value::<i64>(&left(&raw.uuid(other.id.as_uuid()))).await, 3);
    raw.run("DELETE FROM dialer_campaigns").await;
    assert_eq!(raw.value::<i64>("SELECT count(*) FROM campaign_contacts").await, 0);
}

on_both!(a_contact_s_campaign_is_there, campaigns_take_their_contacts_along);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_contact_is_left_behind_by_a_campaign_that_is_deleted_while_it_is_added() {
    let test = fresh_postgres().await;
    for deleted_first in [true, false] {
        let (raw, list, _) = lists(&test).await;
        let id = raw.uuid(list.id.as_uuid());
        let add = format!("INSERT INTO campaign_contacts (campaign_id, phone_number) VALUES ({id}, '+447700901001')");
        let delete = format!("DELETE FROM dialer_campaigns WHERE id = {id}");
        let (first, second) = if deleted_first { (&delete, &add) } else { (&add, &delete) };
        let tx = raw.0.begin().await.unwrap();
        tx.execute_unprepared(first).await.unwrap();
        let waiting = tokio::spawn({
            let (raw, second) = (Raw::on(&test).await, second.clone());
            async move { raw.0.execute_unprepared(&second).await.map(|_| ()) }
        });
        let patience = tokio::time::timeout(Duration::from_mins(2), raw.until_waiting(1));
        patience.await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(waiting.await.unwrap().is_err(), deleted_first);
        assert_eq!(
            raw.value::<i64>(&format!("SELECT count(*) FROM campaign_contacts WHERE campaign_id = {id}")).await,
            0
        );
    }
    let raw = Raw::on(&test).await;
    raw.run("TRUNCATE dialer_campaigns CASCADE").await;
    assert_eq!(raw.value::<i64>("SELECT count(*) FROM campaign_contacts").await, 0);
}
