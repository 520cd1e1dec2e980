//! Every question that the program asks all day long is answered by an index, also when `PostgreSQL` plans a
//! statement once for any parameters.

use dialer_domain::calls::store::{CallFilter, CallStore};
use dialer_domain::campaigns::store::{CampaignFilter, CampaignStore};
use dialer_domain::contacts::store::ContactStore;
use dialer_domain::events::EventLog;
use dialer_domain::queue::store::DialQueue;
use dialer_domain::rules::{RuleBook, Shelf};
use dialer_domain::{CallStatus, Direction, Duration, PageRequest, QueueEntryId, Scope};
use dialer_seaorm::testing::fresh_postgres;
use dialer_seaorm::{ConnectOptions, Database};
use dialer_testkit::builders::{T0, campaign, contact, id, number, slots};
use dialer_testkit::pacing;
use dialer_testkit::stores::{self, Stage};

use crate::conformance::OnPostgres;
use crate::support::Raw;

/// Indexes that no question reads by itself: two keep something from being there twice, the third is for one of two
/// conditions of a policy, which are answered together with the bitmaps that are turned off here.
const GUARDING: &[&str] = &["idx_call_logs_call_id", "uq_import_jobs_running", "idx_campaign_contacts_reserved_for"];

/// Pays only in campaigns with many more calls than there are here; `scripts/load.sh` has them.
const OF_MANY: &str = "idx_call_logs_campaign_status";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_index_serves_a_question_even_under_plans_for_any_parameter() {
    let mut test = fresh_postgres().await;
    let raw = Raw::on(&test).await;
    let name: String = raw.value("SELECT current_database()::text").await;
    // Tables this small would be read whole, whatever the index.
    for setting in ["enable_seqscan = off", "enable_bitmapscan = off", "plan_cache_mode = force_generic_plan"] {
        raw.run(&format!("ALTER DATABASE {name} SET {setting}")).await;
    }
    // The rules that the program carries ask for past calls, registers, consents and bans.
    let rules = Shelf::open();
    rules.replace(RuleBook::shipped());
    test.db = Database::connect(&test.url, ConnectOptions::default()).await.unwrap().governed_by(rules.clone());
    let db = test.db.clone();

    let list = campaign().active().build();
    CampaignStore::add(&db, &list).await.unwrap();
    // Where it is ten in the morning.
    let british = |n| contact(list.id).number(number(n));
    let contacts = (0..300)
        .map(|n| match n % 3 {
            0 => british(n).build(),
            1 => british(n).dialled(1, T0).due(T0 - Duration::minutes(n.into())).build(),
            _ => british(n).callback(T0 - Duration::minutes(n.into())).build(),
        })
        .collect();
    db.import(Scope::Service, list.id, contacts).await.unwrap();
    raw.run("ANALYZE").await;
    db.plan(list.id, &pacing(&db, list.id).await, (0..30).map(|_| id(QueueEntryId::new)).collect(), T0).await.unwrap();
    assert_eq!(db.claim(list.id, &pacing(&db, list.id).await, slots(20), T0).await.unwrap().calls.len(), 20);
    assert!(!db.complete_if_spent(list.id, &pacing(&db, list.id).await, T0).await.unwrap());
    let (owner, page) = (Scope::User(list.user_id), PageRequest::default());
    let (status, direction) = (Some(CallStatus::Initiated), Some(Direction::Outbound));
    let any = CallFilter::default();
    let of_campaign = CallFilter { campaign: Some(list.id), ..any };
    // Enough calls of every kind for one index to be better than another.
    let (user, campaign) = (raw.uuid(list.user_id.as_uuid()), raw.uuid(list.id.as_uuid()));
    raw.run(&format!(
        "INSERT INTO call_logs (user_id, to_number, status, direction, campaign_id, started_at, ended_at)
         SELECT {user}, '+12025550101',
             (ARRAY['initiated', 'busy', 'failed', 'canceled', 'completed', 'no-answer', 'answered'])[1 + n % 7],
             (ARRAY['outbound', 'inbound', 'inbound'])[1 + n % 3], CASE n % 11 WHEN 0 THEN {campaign} END,
             now() - n * interval '1 minute', now()
         FROM generate_series(1, 6000) AS n;
         ANALYZE call_logs"
    ))
    .await;
    for filter in [
        any,
        CallFilter { status, ..any },
        CallFilter { direction, ..any },
        CallFilter { status, direction, ..any },
        of_campaign,
        CallFilter { status, ..of_campaign },
        CallFilter { status, direction, ..of_campaign },
    ] {
        assert!(CallStore::list(&db, owner, filter, page).await.unwrap().total > 20);
    }
    assert_eq!(CampaignStore::list(&db, owner, CampaignFilter::default(), page).await.unwrap().total, 1);
    assert_eq!(ContactStore::list(&db, owner, list.id, None, page).await.unwrap().total, 300);
    assert_eq!(CallStore::open(&db).await.unwrap().len(), 20);
    assert_eq!(CampaignStore::active(&db).await.unwrap().len(), 1);
    assert!(!db.since(owner, 0, 10).await.unwrap().is_empty());

    // The contacts of the cases below live anywhere.
    rules.replace(RuleBook::open());
    let stage = Stage::of(&OnPostgres(test));
    questions_of_cases(&stage).await;

    // The server counts a connection's scans when the connection has ended, which takes it a moment.
    db.close().await;
    let unused = unused_indexes(&raw).await;
    assert_eq!(unused, Vec::<String>::new(), "no question was answered by these");
}

/// The indexes that were never read, once the server has counted what it was asked.
async fn unused_indexes(raw: &Raw) -> Vec<String> {
    let never = "SELECT indexrelname::text FROM pg_stat_user_indexes AS s
                 WHERE idx_scan = 0 AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = s.indexrelid)
                 ORDER BY 1";
    let mut unused = Vec::new();
    for _ in 0..1_000 {
        unused = raw.column::<String>(never).await;
        unused.retain(|index| index != OF_MANY && !GUARDING.contains(&index.as_str()));
        if unused.is_empty() {
            break;
        }
    }
    unused
}

/// Cases that ask what nothing above asks.
async fn questions_of_cases(stage: &Stage) {
    // First of them: promises of all others are judged as well.
    stores::promises::the_time_of_the_call_decides_and_not_that_of_the_judging(stage).await;
    stores::follow_ups::a_call_that_was_not_placed_keeps_no_promise(stage).await;
    stores::assignments::an_agent_s_campaigns_are_listed_with_own_ones(stage).await;
    stores::assignments::an_agent_reads_the_contact_reserved_for_them(stage).await;
    stores::api_keys::keys_are_listed_latest_first_by_page(stage).await;
    stores::bans::a_ban_stands_until_its_end(stage).await;
    stores::bans::bans_are_listed_by_their_beginning(stage).await;
    stores::consents::entries_are_listed_by_number_contact_purpose_and_act(stage).await;
    stores::consents::the_entries_of_a_number_come_in_the_order_in_which_they_were_said(stage).await;
    stores::contacts::a_removed_contact_leaves_its_calls_behind(stage).await;
    stores::dispositions::of_several_dispositions_the_last_one_counts(stage).await;
    stores::entries::the_line_is_listed_in_the_order_in_which_it_is_dialled(stage).await;
    stores::events::the_events_of_one_call_are_read_in_order(stage).await;
    stores::exports::all_dispositions_are_read_in_turn(stage).await;
    stores::exports::an_agent_reads_the_calls_they_handled_in_turn(stage).await;
    stores::follow_ups::follow_ups_come_earliest_first_and_stand_by_their_hour(stage).await;
    stores::idempotency::an_answer_is_forgotten_after_a_day(stage).await;
    stores::imports::every_row_that_is_left_out_is_reported_in_order(stage).await;
    stores::imports::the_imports_of_a_campaign_are_listed_latest_first(stage).await;
    stores::inbox::only_events_that_were_read_are_forgotten(stage).await;
    stores::profiles::agents_are_listed_by_name_and_state(stage).await;
    stores::profiles::the_history_of_a_period_has_what_reaches_into_it(stage).await;
    stores::receipts::receipts_are_read_in_turn(stage).await;
    stores::recordings::what_the_provider_recorded_is_collected_once(stage).await;
    stores::recordings::recordings_are_listed_latest_first(stage).await;
    stores::registries::a_number_is_found_in_the_copies_that_list_it(stage).await;
    stores::registries::copies_are_listed_latest_first(stage).await;
    // Last of them: everybody's copy is seen by all others.
    stores::registries::everybody_s_copy_binds_beside_own_ones(stage).await;
    stores::suppression::an_entry_of_a_campaign_stops_that_campaign_alone(stage).await;
    stores::suppression::all_entries_are_read_in_the_order_of_their_numbers(stage).await;
    stores::suppression::entries_are_listed_latest_first(stage).await;
    stores::voicemail_drops::drops_are_listed_latest_first(stage).await;
    // Last, because it brings rules of its own.
    stores::law::calls_to_all_numbers_of_a_person_count_together(stage).await;
}
