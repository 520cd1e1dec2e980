//! What the tables of agents keep by themselves, whoever writes.

use dialer_domain::agents::AgentState;
use dialer_seaorm::testing::TestDatabase;
use sea_orm::ConnectionTrait;

use crate::support::{Raw, on_both};

/// Each state with the parts that it needs can be stored, and no other combination of them.
async fn an_agent_is_in_a_state_that_can_be_or_is_not_stored(test: TestDatabase) {
    let raw = Raw::on(&test).await;
    let id = raw.uuid(uuid::Uuid::from_u128(1));
    let row =
        format!("INSERT INTO agents (id, owner_id, user_id, display_name, line) VALUES ({id}, {id}, {id}, 'R', 'l')");
    raw.run(&row).await;
    let until = "'2026-03-02T10:00:00.000000001Z'";
    let offer = ["campaign_id", "contact_id", "entry_id"];
    let parts = [
        ("offline", vec![("then_state", "'offline'")]),
        ("ready", vec![("then_state", "'ready'")]),
        ("paused", vec![("then_state", "'paused'"), ("pause_code", "'lunch'"), ("then_pause_code", "'lunch'")]),
        ("reserved", offer.iter().map(|part| (*part, id.as_str())).chain([("until", until)]).collect()),
        ("ringing", vec![("call_id", id.as_str())]),
        ("talking", vec![("call_id", id.as_str())]),
        ("wrap-up", vec![("call_id", id.as_str()), ("until", until)]),
    ];
    assert_eq!(parts.len(), AgentState::ALL.len());
    let put = |state: &str, parts: &[(&str, &str)]| {
        let columns = ["until", "pause_code", "then_pause_code", "call_id", "campaign_id", "contact_id", "entry_id"];
        let value = |column: &str| parts.iter().find(|(part, _)| *part == column).map_or("NULL", |(_, value)| *value);
        let then = parts.iter().find(|(part, _)| *part == "then_state").map_or("'ready'", |(_, value)| *value);
        let columns: Vec<String> = columns.iter().map(|column| format!("{column} = {}", value(column))).collect();
        format!("UPDATE agents SET state = '{state}', then_state = {then}, {}", columns.join(", "))
    };
    for (state, needed) in &parts {
        raw.run(&put(state, needed)).await;
        for (other, others) in parts.iter().filter(|(_, others)| others != needed) {
            let impossible = put(state, others);
            assert!(raw.0.execute_unprepared(&impossible).await.is_err(), "{state} as {other}: {impossible}");
        }
        for left_out in 0..needed.len() {
            let mut lacking = needed.clone();
            if lacking.remove(left_out).0 != "then_state" || *state != "ready" {
                let impossible = put(state, &lacking);
                assert!(raw.0.execute_unprepared(&impossible).await.is_err(), "{state}: {impossible}");
            }
        }
    }
    for (column, value) in [("then_state", "'reserved'"), ("wrap_up_seconds", "3601"), ("display_name", "''")] {
        let update = format!("UPDATE agents SET {column} = {value}");
        assert!(raw.0.execute_unprepared(&update).await.is_err(), "{update}");
    }
    let open = format!("INSERT INTO agent_states (agent_id, state, started_at) VALUES ({id}, 'ready', {until})");
    raw.run(&open).await;
    assert!(raw.0.execute_unprepared(&open).await.is_err(), "two things at once");
}

/// What an agent does is no change of the profile, and another program's change of it is dated.
async fn a_profile_is_dated_by_the_database_when_its_writer_does_not(test: TestDatabase) {
    let raw = Raw::on(&test).await;
    let (id, long_ago) = (raw.uuid(uuid::Uuid::from_u128(1)), "'2001-01-01T00:00:00.000000001Z'");
    raw.run(&format!(
        "INSERT INTO agents (id, owner_id, user_id, display_name, line, updated_at)
         VALUES ({id}, {id}, {id}, 'R', 'l', {long_ago})"
    ))
    .await;
    let dated = format!("SELECT count(*) FROM agents WHERE updated_at > {long_ago}");
    raw.run("UPDATE agents SET state = 'ready', then_state = 'ready', row_version = row_version + 1").await;
    assert_eq!(raw.value::<i64>(&dated).await, 0);
    raw.run("UPDATE agents SET display_name = 'Robin'").await;
    assert_eq!(raw.value::<i64>(&dated).await, 1);
}

on_both!(
    an_agent_is_in_a_state_that_can_be_or_is_not_stored,
    a_profile_is_dated_by_the_database_when_its_writer_does_not,
);
