//! Copies of campaigns with their contacts: all of them or none.

use dialer_domain::contacts::{ContactStatus, Person};
use dialer_domain::events::EventKind;
use dialer_domain::ids::CampaignId;
use dialer_domain::{CallOutcome, Campaign, CampaignStatus, Contact, Scope, StoreError};
use serde_json::json;

use super::Stage;
use super::scene::{all_differ, minute, total};
use crate::builders::{T0, campaign, contact, id, suppression, user};

fn copy_of(campaign: &Campaign) -> Campaign {
    campaign.copy(id(CampaignId::new), campaign.user_id, minute(9))
}

fn people(contacts: &[Contact]) -> Vec<Person> {
    contacts.iter().map(|contact| contact.person.clone()).collect()
}

/// In their order, with everything that is known of them; numbers that were suppressed meanwhile stay behind.
pub async fn a_copy_has_the_contacts_as_if_they_had_never_been_called(stores: &Stage) {
    let list = stores.given(campaign().active()).await;
    let owner = Scope::User(list.user_id);
    let ada = contact(list.id).name("Zoë", "Ødegård").company("株式会社").build();
    let metadata = json!({ "b": [1, null], "a": "ü" }).as_object().cloned().unwrap();
    let ada = Contact { person: Person { metadata, email: Some("a@example.com".to_owned()), ..ada.person }, ..ada };
    let suppressed = contact(list.id).build();
    let mut given = vec![ada, suppressed.clone()];
    given.extend((0..1_200).map(|_| contact(list.id).build()));
    given.push(contact(list.id).dialled(2, T0).callback(minute(90)).build());
    stores.import(&list, given.clone()).await;
    let call = stores.dial(list.id, minute(1)).await;
    stores.end(call.id, CallOutcome::Completed, minute(2)).await;
    stores.suppressions.suppress(&suppression(list.user_id, &suppressed.person.phone_number)).await.unwrap();
    let (before, mark) = (stores.list(list.id).await, stores.mark().await);

    let source = stores.campaign(list.id).await;
    let copy = stores.campaigns.add_copy(owner, &copy_of(&source), list.id).await.unwrap();
    assert_eq!((copy.status, copy.stats.total, copy.stats.pending), (CampaignStatus::Draft, 1_202, 1_202));
    assert_eq!(stores.campaign(copy.id).await, copy);
    given.remove(1);
    let copied = stores.list(copy.id).await;
    assert_eq!(people(&copied), people(&given));
    for new in &copied {
        let fresh = Contact::fresh(new.id, copy.id, new.person.clone(), minute(9));
        assert_eq!((new, new.status), (&fresh, ContactStatus::Pending));
    }
    assert!(all_differ(copied.iter().chain(&before).map(|contact| contact.id)));
    assert_eq!(stores.list(list.id).await, before, "the list stays as it is");
    assert_eq!(stores.stats(copy.id).await.total, total(given.len()));
    let told = stores.since(mark).await;
    let kinds: Vec<_> = told.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::CampaignCreated, EventKind::ContactsImported]);
    assert_eq!((&told[1].data["added"], &told[1].data["skipped"]), (&json!(1_202), &json!(1)));
    assert!(told.iter().all(|event| event.campaign_id == Some(copy.id) && event.at == minute(9)));
    // They are called like any others.
    stores.put(copy.id, CampaignStatus::Active, minute(10)).await;
    assert_eq!(stores.dial(copy.id, minute(11)).await.to_number, given[0].person.phone_number);
}

/// Not of a stranger's, nor of one that is not there.
pub async fn a_copy_is_of_an_own_campaign(stores: &Stage) {
    let (list, _) = stores.given_list(1).await;
    let mark = stores.mark().await;
    let stranger = user();
    let theirs = list.copy(id(CampaignId::new), stranger, minute(9));
    for (scope, copy, from) in
        [(Scope::User(stranger), &theirs, list.id), (Scope::User(list.user_id), &copy_of(&list), id(CampaignId::new))]
    {
        let refused = stores.campaigns.add_copy(scope, copy, from).await;
        assert!(matches!(refused, Err(StoreError::MissingReference { .. })), "{refused:?}");
        assert_eq!(stores.campaigns.get(Scope::Service, copy.id).await.unwrap(), None);
    }
    assert_eq!(stores.happened_since(mark).await, []);
    // One without contacts is copied as it is.
    let empty = stores.given(campaign()).await;
    let wanted = copy_of(&empty);
    let copy = stores.campaigns.add_copy(Scope::User(empty.user_id), &wanted, empty.id).await.unwrap();
    assert_eq!((copy.id, copy.name, copy.stats.total), (wanted.id, wanted.name, 0));
}

/// The campaign that has it stays as it is.
pub async fn a_copy_whose_id_is_taken_leaves_nothing(stores: &Stage) {
    let (list, _) = stores.given_list(3).await;
    let other = stores.given(campaign()).await;
    let mark = stores.mark().await;
    let copy = Campaign { id: other.id, ..copy_of(&list) };
    let refused = stores.campaigns.add_copy(Scope::User(list.user_id), &copy, list.id).await;
    assert!(matches!(refused, Err(StoreError::Duplicate { .. })), "{refused:?}");
    assert_eq!(stores.campaign(other.id).await, other);
    assert_eq!((stores.list(other.id).await, stores.happened_since(mark).await), (vec![], vec![]));
}
