use dialer_app::{ContactInput, UseCaseError};
use dialer_domain::campaigns::store::CampaignStore;
use dialer_domain::contacts::store::SkipReason;
use dialer_domain::suppression::SuppressionStore;
use dialer_domain::{CampaignId, PageRequest, Principal};
use dialer_testkit::builders::{campaign, id, number, suppression, user};

use crate::House;

fn row(number: &str) -> ContactInput {
    ContactInput { phone_number: number.to_owned(), ..ContactInput::default() }
}

async fn with_campaign() -> (House, CampaignId) {
    let house = House::new();
    let list = campaign().owner(house.me.user).build();
    CampaignStore::add(&house.store, &list).await.unwrap();
    (house, list.id)
}

#[tokio::test]
async fn each_row_left_out_is_reported_with_its_place_and_reason_and_the_rest_is_stored() {
    let (house, list) = with_campaign().await;
    house.store.suppress(&suppression(house.me.user, &number(3))).await.unwrap();
    house.contacts.add(house.me, list, vec![row(number(2).as_e164())]).await.unwrap();
    let long_name = ContactInput { first_name: Some("x".repeat(400)), ..row(number(9).as_e164()) };
    let rows = vec![
        row("07700 900001"),
        row("seven"),
        row(number(1).as_e164()),
        row(number(2).as_e164()),
        row(""),
        row(number(3).as_e164()),
        long_name,
        row(number(4).as_e164()),
    ];
    let result = house.contacts.add(house.me, list, rows).await.unwrap();
    let reasons: Vec<_> = result.skipped.iter().map(|row| (row.index, row.reason)).collect();
    assert_eq!(
        reasons,
        [
            (1, SkipReason::InvalidNumber),
            (2, SkipReason::DuplicateInFile),
            (3, SkipReason::DuplicateInCampaign),
            (4, SkipReason::NoNumber),
            (5, SkipReason::DncInternal),
            (6, SkipReason::InvalidField),
        ]
    );
    let added: Vec<_> = result.added.iter().map(|contact| contact.person.phone_number.clone()).collect();
    assert_eq!(added, [number(1), number(4)]);
}

#[tokio::test]
async fn empty_fields_count_as_not_given() {
    let (house, list) = with_campaign().await;
    let blank = ContactInput { first_name: Some("  ".to_owned()), ..row(number(1).as_e164()) };
    let result = house.contacts.add(house.me, list, vec![blank]).await.unwrap();
    assert_eq!(result.added[0].person.first_name, None);
}

#[tokio::test]
async fn a_list_is_read_and_extended_by_its_owner_only() {
    let (house, list) = with_campaign().await;
    let stranger = Principal { user: user(), ..house.me };
    let added = house.contacts.add(stranger, list, vec![row(number(1).as_e164())]).await;
    assert!(matches!(added, Err(UseCaseError::NotFound("campaign"))));
    let listed = house.contacts.list(stranger, list, None, PageRequest::default()).await;
    assert!(matches!(listed, Err(UseCaseError::NotFound("campaign"))));
    let nowhere = house.contacts.add(house.me, id(CampaignId::new), vec![row(number(1).as_e164())]).await;
    assert!(matches!(nowhere, Err(UseCaseError::NotFound("campaign"))));
}
