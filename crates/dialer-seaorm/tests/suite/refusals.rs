//! What the database does not take.

use dialer_domain::campaigns::store::{CampaignFilter, CampaignStore};
use dialer_domain::{Duration, PageRequest, Scope, StoreError};
use dialer_seaorm::testing::TestDatabase;
use dialer_testkit::builders::campaign;

use crate::support::on_both;

/// Trying again would not help, so it must not look like a database that is away.
async fn a_value_that_breaks_a_check_is_refused_and_not_taken_for_an_outage(test: TestDatabase) {
    let impossible = campaign().retry_interval(-Duration::SECOND).build();
    let refused = CampaignStore::add(&test.db, &impossible).await;
    assert!(matches!(refused, Err(StoreError::Refused { table: "dialer_campaigns", .. })), "{refused:?}");
    let stored = CampaignStore::list(&test.db, Scope::Service, CampaignFilter::default(), PageRequest::default());
    assert_eq!(stored.await.unwrap().total, 0);
}

on_both!(a_value_that_breaks_a_check_is_refused_and_not_taken_for_an_outage);
