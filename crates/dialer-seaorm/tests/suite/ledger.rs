//! What is kept as it is, whoever writes, the tables' owner included: the consent ledger, and bans.

use dialer_domain::bans::store::BanStore;
use dialer_domain::consents::store::ConsentStore;
use dialer_seaorm::testing::TestDatabase;
use dialer_testkit::builders::{ban, consent, number, user};
use sea_orm::{ConnectionTrait, DbBackend};

use crate::support::{Raw, on_both};

async fn no_writer_changes_or_removes_an_entry(test: TestDatabase) {
    let owner = user();
    let entry = consent(owner, &number(1));
    test.db.record_consents(owner, vec![entry.clone()]).await.unwrap();
    let raw = Raw::on(&test).await;
    let mut writes = vec!["UPDATE consents SET act = 'revoked'", "UPDATE consents SET id = id", "DELETE FROM consents"];
    if raw.backend() == DbBackend::Postgres {
        writes.push("TRUNCATE consents");
    }
    for write in writes {
        let refused = raw.0.execute_unprepared(write).await;
        let said = refused.map(|_| ()).unwrap_err().to_string();
        assert!(said.contains("consents only grows"), "{write}: {said}");
    }
    assert_eq!(test.db.consents_of(owner, &number(1)).await.unwrap(), [entry]);
}

async fn no_writer_changes_or_removes_a_receipt_or_a_book(test: TestDatabase) {
    let raw = Raw::on(&test).await;
    let (id, hash) = (raw.uuid(uuid::Uuid::from_u128(1)), "0".repeat(64));
    raw.run(&format!("INSERT INTO rule_books (hash, body) VALUES ('{hash}', '{{}}')")).await;
    raw.run(&format!(
        "INSERT INTO decision_receipts (id, user_id, campaign_id, contact_id, decided_at, book, program, inputs, rules)
         VALUES ({id}, {id}, {id}, {id}, '2026-03-02T10:00:00.000000001Z', '{hash}', 'a', '{{}}', '[]')"
    ))
    .await;
    for table in ["rule_books", "decision_receipts"] {
        let mut writes = vec![format!("DELETE FROM {table}")];
        writes.push(format!("UPDATE {table} SET {}", if table == "rule_books" { "body = 'x'" } else { "rules = 'x'" }));
        if raw.backend() == DbBackend::Postgres {
            writes.push(format!("TRUNCATE {table} CASCADE"));
        }
        for write in writes {
            let refused = raw.0.execute_unprepared(&write).await;
            let said = refused.map(|_| ()).unwrap_err().to_string();
            assert!(said.contains("only grows"), "{write}: {said}");
        }
        assert_eq!(raw.value::<i64>(&format!("SELECT count(*) FROM {table}")).await, 1);
    }
}

async fn no_writer_removes_a_ban(test: TestDatabase) {
    test.db.order_ban(&ban(user())).await.unwrap();
    let raw = Raw::on(&test).await;
    let refused = raw.0.execute_unprepared("DELETE FROM rule_bans").await;
    let said = refused.map(|_| ()).unwrap_err().to_string();
    assert!(said.contains("end them instead"), "{said}");
    assert_eq!(raw.value::<i64>("SELECT count(*) FROM rule_bans").await, 1);
}

async fn words_that_are_none_are_not_stored(test: TestDatabase) {
    let raw = Raw::on(&test).await;
    let id = raw.uuid(uuid::Uuid::from_u128(1));
    for (act, form, purpose) in
        [("perhaps", "express", "sales"), ("granted", "loud", "sales"), ("granted", "express", "x")]
    {
        let insert = format!(
            "INSERT INTO consents (user_id, phone_number, act, form, purpose, channel)
             VALUES ({id}, '+447700900100', '{act}', '{form}', '{purpose}', 'call')"
        );
        assert!(raw.0.execute_unprepared(&insert).await.is_err(), "{insert}");
    }
}

on_both!(
    no_writer_changes_or_removes_an_entry,
    no_writer_changes_or_removes_a_receipt_or_a_book,
    no_writer_removes_a_ban,
    words_that_are_none_are_not_stored,
);
