use std::sync::Arc;

use dialer_app::{Campaigns, EngineHandle, UseCaseError};
use dialer_domain::campaigns::store::MockCampaignStore;
use dialer_domain::campaigns::{CampaignPatch, NewCampaign};
use dialer_domain::rules::{CalleeKind, Purpose};
use dialer_domain::schedule::{ActiveHours, Zone};
use dialer_domain::{CampaignStatus, DialingMode, StoreError};
use dialer_testkit::builders::campaign;

use crate::House;

fn spring() -> NewCampaign {
    NewCampaign {
        name: " Spring ".to_owned(),
        description: None,
        mode: DialingMode::Power,
        purpose: Purpose::Informational,
        callee: CalleeKind::Consumer,
        caller_id: None,
        script: None,
        max_attempts: 3,
        retry_interval: 3600,
        active_hours: ActiveHours::default(),
        timezone: Zone::utc(),
    }
}

fn start() -> CampaignPatch {
    CampaignPatch { status: Some(CampaignStatus::Active), ..CampaignPatch::default() }
}

#[tokio::test]
async fn a_campaign_begins_as_a_draft_of_its_maker() {
    let house = House::new();
    let made = house.campaigns.create(house.me, spring()).await.unwrap();
    assert_eq!((made.status, made.user_id, made.name.as_str()), (CampaignStatus::Draft, house.me.user, "Spring"));
    let started = house.campaigns.change(house.me, made.id, start()).await.unwrap();
    assert_eq!(started.status, CampaignStatus::Active);
}

#[tokio::test]
async fn a_change_that_the_status_machine_does_not_allow_is_a_conflict() {
    let house = House::new();
    let made = house.campaigns.create(house.me, spring()).await.unwrap();
    let pause = CampaignPatch { status: Some(CampaignStatus::Paused), ..CampaignPatch::default() };
    let refused = house.campaigns.change(house.me, made.id, pause).await;
    assert!(
        matches!(refused, Err(UseCaseError::Conflict(text)) if text == "a campaign that is draft cannot become paused")
    );
}

#[tokio::test]
async fn a_change_that_meets_another_one_is_decided_again_on_what_is_stored_then() {
    let house = House::new();
    let stored = campaign().owner(house.me.user).build();
    let newer = dialer_domain::Campaign { revision: stored.revision + 1, ..stored.clone() };
    let mut store = MockCampaignStore::new();
    let mut reads = vec![newer, stored.clone()];
    store.expect_get().times(2).returning(move |_, _| Ok(reads.pop()));
    let mut saves = 0;
    store.expect_save().times(2).returning(move |_, after| {
        saves += 1;
        if saves == 1 { Err(StoreError::Stale { what: "campaign" }) } else { Ok(after.clone()) }
    });
    let mut ports = house.ports();
    ports.stores.campaigns = Arc::new(store);
    let changed = Campaigns::new(ports, EngineHandle::default()).change(house.me, stored.id, start()).await.unwrap();
    assert_eq!(changed.revision, stored.revision + 2);
}
