//! What the database does not take.

use dialer_domain::campaigns::store::{CampaignFilter, CampaignStore};
use dialer_domain::contacts::store::ContactStore;
use dialer_domain::{CampaignId, Duration, PageRequest, Scope, StoreError};
use dialer_seaorm::testing::TestDatabase;
use dialer_testkit::builders::{T0, campaign, contact, id};
use sea_orm::DbBackend;

use crate::support::{Raw, on_both};

/// Trying again would not help, so it must not look like a database that is away.
async fn a_value_that_breaks_a_check_is_refused_and_not_taken_for_an_outage(test: TestDatabase) {
    let impossible = campaign().retry_interval(-Duration::SECOND).build();
    let refused = CampaignStore::add(&test.db, &impossible).await;
    assert!(matches!(refused, Err(StoreError::Refused { table: "dialer_campaigns", .. })), "{refused:?}");
    let stored = CampaignStore::list(&test.db, Scope::Service, CampaignFilter::default(), PageRequest::default());
    assert_eq!(stored.await.unwrap().total, 0);
}

/// The last contact cannot be stored: then there is no copy, no contact of it and no event.
async fn a_copy_that_fails_half_way_leaves_nothing(test: TestDatabase) {
    let (db, raw) = (&test.db, Raw::on(&test).await);
    let list = campaign().build();
    CampaignStore::add(db, &list).await.unwrap();
    let contacts: Vec<_> = (0..50).map(|_| contact(list.id).build()).collect();
    let refused_number = contacts.last().unwrap().person.phone_number.clone();
    db.import(Scope::Service, list.id, contacts).await.unwrap();
    let refuse = match raw.backend() {
        DbBackend::Postgres => format!(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
             CREATE TRIGGER refuse BEFORE INSERT ON campaign_contacts FOR EACH ROW
             WHEN (NEW.phone_number = '{}') EXECUTE FUNCTION refuse()",
            refused_number.as_e164()
        ),
        _ => format!(
            "CREATE TRIGGER refuse BEFORE INSERT ON campaign_contacts WHEN NEW.phone_number = '{}'
             BEGIN SELECT RAISE(ABORT, 'no'); END",
            refused_number.as_e164()
        ),
    };
    raw.run(&refuse).await;
    let everything = "SELECT (SELECT count(*) FROM dialer_campaigns) || ' ' || (SELECT count(*) FROM campaign_contacts)
                      || ' ' || (SELECT count(*) FROM dialer_events)";
    let before: String = raw.value(everything).await;
    let copy = list.copy(id(CampaignId::new), list.user_id, T0);
    let refused = db.add_copy(Scope::User(list.user_id), &copy, list.id).await;
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(raw.value::<String>(everything).await, before);
    assert_eq!(CampaignStore::get(db, Scope::Service, copy.id).await.unwrap(), None);
}

on_both!(a_value_that_breaks_a_check_is_refused_and_not_taken_for_an_outage, a_copy_that_fails_half_way_leaves_nothing,);
