//! What the database guarantees when somebody else writes to it.

use dialer_domain::calls::store::{CallFilter, CallStore};
use dialer_domain::campaigns::CampaignStats;
use dialer_domain::campaigns::store::CampaignStore;
use dialer_domain::contacts::store::ContactStore;
use dialer_domain::queue::store::DialQueue;
use dialer_domain::retry::{RetryPolicy, after_call};
use dialer_domain::{
    CallOutcome, CallStatus, Campaign, CampaignId, Contact, ContactStatus, Direction, Duration, OffsetDateTime,
    PageRequest, Scope, UserId,
};
use dialer_seaorm::testing::{TestDatabase, fresh_postgres};
use dialer_testkit::builders::{T0, campaign, contact, id, slots};
use dialer_testkit::pacing;
use sea_orm::{ConnectionTrait, DbBackend};

use crate::support::{Raw, on_both};

const INTERVAL: Duration = Duration::minutes(90);

/// A campaign with `count` contacts, all stored by us.
async fn list_of(test: &TestDatabase, count: usize) -> (Campaign, Vec<Contact>) {
    let list = campaign().active().max_attempts(3).retry_interval(INTERVAL).build();
    CampaignStore::add(&test.db, &list).await.unwrap();
    let contacts = (0..count).map(|_| contact(list.id).build()).collect();
    let outcome = test.db.import(Scope::Service, list.id, contacts).await.unwrap();
    (list, outcome.added)
}

/// How many of the user's calls a list says there are, and how many there are.
async fn listed_and_counted(test: &TestDatabase, user: UserId, filter: CallFilter, words: &str) -> (u64, i64) {
    let raw = Raw::on(test).await;
    let page = CallStore::list(&test.db, Scope::User(user), filter, PageRequest::default()).await.unwrap();
    let user = raw.uuid(user.as_uuid());
    let count = format!("SELECT count(*) FROM call_logs WHERE user_id = {user} AND hidden_at IS NULL {words}");
    (page.total, raw.value(&count).await)
}

async fn the_totals_of_call_lists_are_true_whoever_writes(test: TestDatabase) {
    let raw = Raw::on(&test).await;
    let (ada, bob) = (id(UserId::new), id(UserId::new));
    let (a, b) = (raw.uuid(ada.as_uuid()), raw.uuid(bob.as_uuid()));
    let lists = [campaign().build(), campaign().build()];
    for list in &lists {
        CampaignStore::add(&test.db, list).await.unwrap();
    }
    let campaigns = lists.each_ref().map(|list| raw.uuid(list.id.as_uuid()));
    let [spring, autumn] = &campaigns;
    let any = CallFilter::default();
    let filters = [
        (any, String::new()),
        (CallFilter { status: Some(CallStatus::Busy), ..any }, "AND status = 'busy'".to_owned()),
        (CallFilter { direction: Some(Direction::Inbound), ..any }, "AND direction = 'inbound'".to_owned()),
        (CallFilter { campaign: Some(lists[0].id), ..any }, format!("AND campaign_id = {spring}")),
        (
            CallFilter { campaign: Some(lists[1].id), status: Some(CallStatus::Busy), ..any },
            format!("AND campaign_id = {autumn} AND status = 'busy'"),
        ),
    ];
    let truths = |after: String| {
        let (test, filters) = (&test, &filters);
        async move {
            for (user, (filter, words)) in
                [ada, bob].into_iter().flat_map(|user| filters.iter().map(move |f| (user, f)))
            {
                let (listed, counted) = listed_and_counted(test, user, *filter, words).await;
                assert_eq!(i64::try_from(listed).unwrap(), counted, "{words} after {after}");
            }
        }
    };
    // Enough statements for some of them to fold the counts.
    for n in 0..60 {
        let (user, status) = if n % 3 == 0 { (&b, "busy") } else { (&a, "initiated") };
        let direction = if n % 2 == 0 { "inbound" } else { "outbound" };
        let list = &campaigns[n / 2 % 2];
        raw.run(&format!(
            "INSERT INTO call_logs (user_id, to_number, direction, status, campaign_id) VALUES
             ({user}, '+12025550101', '{direction}', '{status}', {list}),
             ({user}, '+12025550102', 'outbound', 'completed', NULL)"
        ))
        .await;
    }
    truths("they were added".to_owned()).await;
    for change in [
        "UPDATE call_logs SET status = 'busy' WHERE status = 'initiated'".to_owned(),
        format!("UPDATE call_logs SET hidden_at = created_at WHERE user_id = {b} AND direction = 'inbound'"),
        format!("UPDATE call_logs SET user_id = {a} WHERE user_id = {b} AND status = 'busy'"),
        "UPDATE call_logs SET hidden_at = NULL".to_owned(),
        format!("UPDATE call_logs SET campaign_id = {autumn} WHERE campaign_id = {spring} AND direction = 'inbound'"),
        format!("UPDATE call_logs SET campaign_id = {spring} WHERE campaign_id IS NULL"),
        format!("DELETE FROM dialer_campaigns WHERE id = {spring}"),
        format!("DELETE FROM call_logs WHERE user_id = {a} AND status = 'completed'"),
    ] {
        raw.run(&change).await;
        truths(change).await;
    }
    raw.run("DELETE FROM call_logs").await;
    truths("all were deleted".to_owned()).await;
    assert_eq!(listed_and_counted(&test, ada, any, "").await, (0, 0));
}

async fn an_agent_s_list_holds_own_calls_and_those_handled_for_others(test: TestDatabase) {
    let raw = Raw::on(&test).await;
    let (owner, agent) = (id(UserId::new), id(UserId::new));
    let (o, a) = (raw.uuid(owner.as_uuid()), raw.uuid(agent.as_uuid()));
    raw.run(&format!(
        "INSERT INTO dialer_campaigns (id, user_id, name, type) VALUES ({o}, {o}, 'Spring', 'preview');
         INSERT INTO call_logs (user_id, agent_id, to_number, status, campaign_id) VALUES
         ({o}, {a}, '+12025550101', 'busy', {o}), ({o}, NULL, '+12025550102', 'busy', {o}),
         ({a}, {a}, '+12025550103', 'completed', NULL)"
    ))
    .await;
    let list = |user, filter| {
        let test = &test;
        async move { CallStore::list(&test.db, Scope::User(user), filter, PageRequest::default()).await.unwrap() }
    };
    let seen = list(agent, CallFilter::default()).await;
    let mut numbers: Vec<_> = seen.items.iter().map(|call| call.to_number.as_e164().to_owned()).collect();
    numbers.sort();
    assert_eq!((seen.total, numbers), (2, vec!["+12025550101".to_owned(), "+12025550103".to_owned()]));
    let busy = CallFilter { status: Some(CallStatus::Busy), ..CallFilter::default() };
    assert_eq!(list(agent, busy).await.total, 1);
    let spring = CallFilter { campaign: Some(CampaignId::new(owner.as_uuid())), ..CallFilter::default() };
    assert_eq!(list(agent, spring).await.total, 1, "handled in the campaign");
    assert_eq!(list(owner, spring).await.total, 2);
    assert_eq!(list(owner, CallFilter { status: Some(CallStatus::Completed), ..spring }).await.items, Vec::new());
    assert_eq!(list(owner, CallFilter::default()).await.total, 2);
}

async fn stored(test: &TestDatabase, list: &Campaign) -> Campaign {
    CampaignStore::get(&test.db, Scope::Service, list.id).await.unwrap().unwrap()
}

async fn stored_contact(test: &TestDatabase, contact: &Contact) -> Contact {
    ContactStore::get(&test.db, Scope::Service, contact.id).await.unwrap().unwrap()
}

async fn the_counts_are_true_whoever_writes(test: TestDatabase) {
    let raw = Raw::on(&test).await;
    let (list, _) = list_of(&test, 3).await;
    let (other, _) = list_of(&test, 1).await;
    let (this, that) = (raw.uuid(list.id.as_uuid()), raw.uuid(other.id.as_uuid()));

    raw.run(&format!(
        "INSERT INTO campaign_contacts (campaign_id, phone_number, status, closed_reason) VALUES
         ({this}, '+12025550101', 'pending', NULL), ({this}, '+12025550102', 'do-not-call', 'do-not-call'),
         ({that}, '+12025550103', 'completed', 'reached')"
    ))
    .await;
    let counted = |test: &TestDatabase, list: &Campaign| {
        let (test, list) = (test.db.clone(), list.id);
        async move { CampaignStore::get(&test, Scope::Service, list).await.unwrap().unwrap().stats }
    };
    let mut expected = CampaignStats { total: 5, pending: 4, do_not_call: 1, ..CampaignStats::default() };
    assert_eq!(counted(&test, &list).await, expected);
    assert_eq!(
        counted(&test, &other).await,
        CampaignStats { total: 2, pending: 1, completed: 1, ..CampaignStats::default() }
    );

    raw.run(&format!(
        "UPDATE campaign_contacts SET status = 'callback' WHERE campaign_id = {this} AND status = 'pending'"
    ))
    .await;
    expected = CampaignStats { pending: 0, callback: 4, ..expected };
    assert_eq!(counted(&test, &list).await, expected);

    raw.run(&format!(
        "UPDATE campaign_contacts SET campaign_id = {that}, status = 'failed' WHERE phone_number = '+12025550101'"
    ))
    .await;
    expected = CampaignStats { total: 4, callback: 3, ..expected };
    assert_eq!(counted(&test, &list).await, expected);
    assert_eq!(
        counted(&test, &other).await,
        CampaignStats { total: 3, pending: 1, completed: 1, failed: 1, ..CampaignStats::default() }
    );

    raw.run(&format!("DELETE FROM campaign_contacts WHERE campaign_id = {this} AND status = 'callback'")).await;
    assert_eq!(counted(&test, &list).await, CampaignStats { total: 1, do_not_call: 1, ..CampaignStats::default() });
    if raw.backend() == DbBackend::Postgres {
        raw.run("TRUNCATE campaign_contacts CASCADE").await;
        assert_eq!(counted(&test, &list).await, CampaignStats::default());
    }
}

async fn a_change_of_the_counts_shows_in_updated_at_and_not_in_the_revision(test: TestDatabase) {
    let raw = Raw::on(&test).await;
    let (list, contacts) = list_of(&test, 2).await;
    assert_eq!(stored(&test, &list).await.updated_at, T0, "our own writes keep our own clock");
    raw.run(&format!(
        "UPDATE campaign_contacts SET status = 'completed' WHERE id = {}",
        raw.uuid(contacts[0].id.as_uuid())
    ))
    .await;
    let after = stored(&test, &list).await;
    assert_eq!(after.revision, list.revision);
    assert!(after.updated_at > T0);
}

async fn a_contact_left_without_a_next_attempt_gets_the_one_our_rules_give(test: TestDatabase) {
    let raw = Raw::on(&test).await;
    let (list, contacts) = list_of(&test, 3).await;
    let policy = RetryPolicy { max_attempts: list.max_attempts, interval: list.retry_interval };
    for (contact, attempts) in contacts.iter().zip(1_u32..) {
        raw.run(&format!(
            "UPDATE campaign_contacts SET status = 'failed', attempts = {attempts} WHERE id = {}",
            raw.uuid(contact.id.as_uuid())
        ))
        .await;
        let found = stored_contact(&test, contact).await;
        let ours = after_call(policy, attempts, CallOutcome::NoAnswer, found.updated_at);
        assert_eq!(found.next_attempt_at, ours.next_attempt_at, "after {attempts} attempts");
    }
    let inserted = raw.uuid(uuid::Uuid::from_u128(7));
    raw.run(&format!(
        "INSERT INTO campaign_contacts (id, campaign_id, phone_number, status, attempts)
         VALUES ({inserted}, {}, '+12025550109', 'failed', 1)",
        raw.uuid(list.id.as_uuid())
    ))
    .await;
    let found = stored_contact(
        &test,
        &Contact { id: id(|_| dialer_domain::ContactId::new(uuid::Uuid::from_u128(7))), ..contacts[0].clone() },
    )
    .await;
    assert_eq!(found.next_attempt_at, Some(found.updated_at + INTERVAL));
}

async fn a_callback_is_scheduled_however_many_attempts_were_made(test: TestDatabase) {
    let raw = Raw::on(&test).await;
    let (_, contacts) = list_of(&test, 1).await;
    raw.run("UPDATE campaign_contacts SET status = 'callback', attempts = 9").await;
    let found = stored_contact(&test, &contacts[0]).await;
    assert_eq!((found.status, found.next_attempt_at), (ContactStatus::Callback, Some(found.updated_at + INTERVAL)));
}

async fn a_next_attempt_that_was_given_and_a_closed_contact_are_left_alone(test: TestDatabase) {
    let raw = Raw::on(&test).await;
    let (_, contacts) = list_of(&test, 2).await;
    let (given, closed) = (raw.uuid(contacts[0].id.as_uuid()), raw.uuid(contacts[1].id.as_uuid()));
    raw.run(&format!(
        "UPDATE campaign_contacts SET status = 'callback', next_attempt_at = '2026-04-01T09:00:00.000000001Z'
         WHERE id = {given}"
    ))
    .await;
    raw.run(&format!(
        "UPDATE campaign_contacts SET status = 'failed', closed_reason = 'invalid-number' WHERE id = {closed}"
    ))
    .await;
    let promised = time::macros::datetime!(2026-04-01 09:00 UTC);
    assert_eq!(stored_contact(&test, &contacts[0]).await.next_attempt_at, Some(promised));
    assert_eq!(stored_contact(&test, &contacts[1]).await.next_attempt_at, None);
}

async fn every_change_moves_updated_at(test: TestDatabase) {
    let raw = Raw::on(&test).await;
    let (list, _) = list_of(&test, 1).await;
    test.db
        .plan(list.id, &pacing(&test.db, list.id).await, vec![id(dialer_domain::QueueEntryId::new)], T0)
        .await
        .unwrap();
    assert_eq!(test.db.claim(list.id, &pacing(&test.db, list.id).await, slots(1), T0).await.unwrap().calls.len(), 1);
    for (table, change) in [
        ("dialer_campaigns", "name = 'Summer'"),
        ("campaign_contacts", "company = 'Acme'"),
        ("call_logs", "notes = 'x'"),
    ] {
        let updated = format!("SELECT updated_at FROM {table}");
        assert_eq!(raw.value::<OffsetDateTime>(&updated).await.unix_timestamp(), T0.unix_timestamp(), "{table}");
        raw.run(&format!("UPDATE {table} SET {change}")).await;
        assert!(raw.value::<OffsetDateTime>(&updated).await > T0 + Duration::DAY, "{table}");
        raw.run(&format!("UPDATE {table} SET {change}, updated_at = '2026-03-05T00:00:00.000000001Z'")).await;
        let set = raw.value::<OffsetDateTime>(&updated).await;
        assert_eq!(set.unix_timestamp(), (T0 + Duration::hours(62)).unix_timestamp(), "{table}: the writer's own");
    }
}

async fn our_own_clock_holds_even_when_it_stands_still(test: TestDatabase) {
    let (list, contacts) = list_of(&test, 1).await;
    let renamed = list
        .patched(dialer_domain::campaigns::CampaignPatch { name: Some("Summer".to_owned()), ..Default::default() }, T0);
    assert_eq!(test.db.save(Scope::Service, &renamed.unwrap()).await.unwrap().updated_at, T0);
    test.db
        .plan(list.id, &pacing(&test.db, list.id).await, vec![id(dialer_domain::QueueEntryId::new)], T0)
        .await
        .unwrap();
    assert_eq!(test.db.claim(list.id, &pacing(&test.db, list.id).await, slots(1), T0).await.unwrap().calls.len(), 1);
    assert_eq!(stored_contact(&test, &contacts[0]).await.updated_at, T0);
    assert_eq!(stored(&test, &list).await.updated_at, T0);
}

async fn the_database_itself_refuses_a_second_live_attempt(test: TestDatabase) {
    let raw = Raw::on(&test).await;
    let (list, contacts) = list_of(&test, 1).await;
    let (list, contact) = (raw.uuid(list.id.as_uuid()), raw.uuid(contacts[0].id.as_uuid()));
    let attempt = format!(
        "INSERT INTO call_logs (user_id, to_number, campaign_id, contact_id) VALUES ({list}, '+447700900100', {list}, {contact})"
    );
    raw.run(&attempt).await;
    assert!(raw.0.execute_unprepared(&attempt).await.is_err());
    raw.run("UPDATE call_logs SET status = 'busy', ended_at = started_at").await;
    raw.run(&attempt).await;
}

async fn a_contact_whose_phone_rings_is_not_called_again_whatever_its_row_says(test: TestDatabase) {
    let raw = Raw::on(&test).await;
    let (list, contacts) = list_of(&test, 1).await;
    let ids = || vec![id(dialer_domain::QueueEntryId::new)];
    test.db.plan(list.id, &pacing(&test.db, list.id).await, ids(), T0).await.unwrap();
    assert_eq!(test.db.claim(list.id, &pacing(&test.db, list.id).await, slots(1), T0).await.unwrap().calls.len(), 1);
    // Somebody resets the contact, and its entry, while the call lives.
    raw.run("UPDATE campaign_contacts SET status = 'pending', attempts = 0").await;
    raw.run("UPDATE dialer_queues SET status = 'skipped'").await;
    assert_eq!(test.db.plan(list.id, &pacing(&test.db, list.id).await, ids(), T0).await.unwrap().queued, 0);
    raw.run("UPDATE dialer_queues SET status = 'queued'").await;
    let claimed = test.db.claim(list.id, &pacing(&test.db, list.id).await, slots(1), T0).await.unwrap();
    assert_eq!((claimed.calls.len(), claimed.refused), (0, 1));
    assert_eq!(stored_contact(&test, &contacts[0]).await.status, ContactStatus::Pending);
    assert!(!test.db.complete_if_spent(list.id, &pacing(&test.db, list.id).await, T0).await.unwrap());
}

async fn a_row_that_makes_no_sense_is_reported_and_not_guessed_at(test: TestDatabase) {
    let raw = Raw::on(&test).await;
    let (list, contacts) = list_of(&test, 1).await;
    raw.run("UPDATE campaign_contacts SET phone_number = 'ring me'").await;
    raw.run("UPDATE dialer_campaigns SET timezone = 'Mars/Olympus'").await;
    let contact = ContactStore::get(&test.db, Scope::Service, contacts[0].id).await.unwrap_err();
    assert_eq!(contact.to_string(), format!("row {} of campaign_contacts cannot be read", contacts[0].id));
    let campaign = CampaignStore::get(&test.db, Scope::Service, list.id).await.unwrap_err();
    assert_eq!(campaign.to_string(), format!("row {} of dialer_campaigns cannot be read", list.id));
}

on_both!(
    the_totals_of_call_lists_are_true_whoever_writes,
    an_agent_s_list_holds_own_calls_and_those_handled_for_others,
    the_counts_are_true_whoever_writes,
    a_change_of_the_counts_shows_in_updated_at_and_not_in_the_revision,
    a_contact_left_without_a_next_attempt_gets_the_one_our_rules_give,
    a_callback_is_scheduled_however_many_attempts_were_made,
    a_next_attempt_that_was_given_and_a_closed_contact_are_left_alone,
    every_change_moves_updated_at,
    our_own_clock_holds_even_when_it_stands_still,
    the_database_itself_refuses_a_second_live_attempt,
    a_contact_whose_phone_rings_is_not_called_again_whatever_its_row_says,
    a_row_that_makes_no_sense_is_reported_and_not_guessed_at,
);

#[tokio::test]
async fn the_counts_cost_one_update_a_statement_and_none_where_they_stay() {
    let test = fresh_postgres().await;
    let raw = Raw::on(&test).await;
    let (list, _) = list_of(&test, 1).await;
    let this = raw.uuid(list.id.as_uuid());
    raw.run(
        "CREATE TABLE touched (n int);
         CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO touched VALUES (1); RETURN NULL; END $$;
         CREATE TRIGGER touch AFTER UPDATE ON dialer_campaigns FOR EACH ROW EXECUTE FUNCTION touch();",
    )
    .await;
    let touched = "SELECT count(*) FROM touched";
    raw.run(&format!(
        "INSERT INTO campaign_contacts (campaign_id, phone_number)
         SELECT {this}, '+1202555' || lpad(n::text, 4, '0') FROM generate_series(100, 199) AS n"
    ))
    .await;
    assert_eq!(raw.value::<i64>(touched).await, 1);
    raw.run("UPDATE campaign_contacts SET status = 'completed'").await;
    assert_eq!(raw.value::<i64>(touched).await, 2);
    raw.run("UPDATE campaign_contacts SET company = 'Acme'").await;
    assert_eq!(raw.value::<i64>(touched).await, 2);
    raw.run("DELETE FROM campaign_contacts").await;
    assert_eq!(raw.value::<i64>(touched).await, 3);
}
