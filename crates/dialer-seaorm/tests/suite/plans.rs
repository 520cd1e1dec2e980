//! Every question that the program asks all day long is answered by an index, also when `PostgreSQL` plans a
//! statement once for any parameters.

use dialer_domain::calls::store::{CallFilter, CallStore};
use dialer_domain::campaigns::store::{CampaignFilter, CampaignStore};
use dialer_domain::contacts::store::ContactStore;
use dialer_domain::events::EventLog;
use dialer_domain::queue::store::DialQueue;
use dialer_domain::{CallStatus, Direction, Duration, PageRequest, QueueEntryId, Scope};
use dialer_seaorm::testing::fresh_postgres;
use dialer_seaorm::{ConnectOptions, Database};
use dialer_testkit::builders::{T0, campaign, contact, id, slots};

use crate::support::Raw;

const SERVING: &[&str] = &[
    "idx_call_logs_agent_id",
    "idx_call_logs_campaign",
    "idx_call_logs_open",
    "idx_call_logs_started_at",
    "idx_call_logs_status",
    "idx_call_logs_user_id",
    "idx_call_totals_user_id",
    "idx_campaign_contacts_callback",
    "idx_campaign_contacts_campaign",
    "idx_campaign_contacts_due",
    "idx_campaign_contacts_fresh",
    "idx_dialer_campaigns_active",
    "idx_dialer_campaigns_user_id",
    "idx_dialer_events_user_id",
    "idx_dialer_queues_waiting",
    "uq_call_logs_live_attempt",
    "uq_dialer_queues_open_entry",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_index_serves_a_question_even_under_plans_for_any_parameter() {
    let test = fresh_postgres().await;
    let raw = Raw::on(&test).await;
    let name: String = raw.value("SELECT current_database()::text").await;
    // Tables this small would be read whole, whatever the index.
    for setting in ["enable_seqscan = off", "enable_bitmapscan = off", "plan_cache_mode = force_generic_plan"] {
        raw.run(&format!("ALTER DATABASE {name} SET {setting}")).await;
    }
    let db = Database::connect(&test.url, ConnectOptions::default()).await.unwrap();

    let list = campaign().active().build();
    CampaignStore::add(&db, &list).await.unwrap();
    let contacts = (0..300)
        .map(|n| match n % 3 {
            0 => contact(list.id).build(),
            1 => contact(list.id).dialled(1, T0).due(T0 - Duration::minutes(n)).build(),
            _ => contact(list.id).callback(T0 - Duration::minutes(n)).build(),
        })
        .collect();
    db.import(Scope::Service, list.id, contacts).await.unwrap();
    raw.run("ANALYZE").await;
    db.plan(list.id, (0..30).map(|_| id(QueueEntryId::new)).collect(), T0).await.unwrap();
    assert_eq!(db.claim(list.id, slots(20), T0).await.unwrap().calls.len(), 20);
    assert!(!db.complete_if_spent(list.id, T0).await.unwrap());
    let (owner, page) = (Scope::User(list.user_id), PageRequest::default());
    let any = CallFilter::default();
    for filter in [
        any,
        CallFilter { status: Some(CallStatus::Initiated), ..any },
        CallFilter { direction: Some(Direction::Outbound), ..any },
    ] {
        assert_eq!(CallStore::list(&db, owner, filter, page).await.unwrap().total, 20);
    }
    let of_campaign = CallFilter { campaign: Some(list.id), ..any };
    assert_eq!(CallStore::list(&db, Scope::Service, of_campaign, page).await.unwrap().total, 20);
    assert_eq!(CampaignStore::list(&db, owner, CampaignFilter::default(), page).await.unwrap().total, 1);
    assert_eq!(ContactStore::list(&db, owner, list.id, None, page).await.unwrap().total, 300);
    assert_eq!(CallStore::open(&db).await.unwrap().len(), 20);
    assert_eq!(CampaignStore::active(&db).await.unwrap().len(), 1);
    assert!(!db.since(owner, 0, 10).await.unwrap().is_empty());

    // The server counts a connection's scans when the connection has ended, which takes it a moment.
    db.close().await;
    let mut unused = Vec::new();
    for _ in 0..1_000 {
        let never: Vec<String> =
            raw.column("SELECT indexrelname::text FROM pg_stat_user_indexes WHERE idx_scan = 0").await;
        unused = SERVING.iter().filter(|index| never.iter().any(|name| name == *index)).collect();
        if unused.is_empty() {
            break;
        }
    }
    assert_eq!(unused, Vec::<&&str>::new(), "no question was answered by these");
}
