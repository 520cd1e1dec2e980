//! Contacts: an import stores what it can, says what it left out and why, and keeps the order given.

use std::collections::BTreeMap;

use dialer_domain::campaigns::store::CampaignFilter;
use dialer_domain::contacts::store::{ContactChangeError, ImportOutcome, Removal, SkipReason};
use dialer_domain::contacts::{ClosedReason, ContactPatch};
use dialer_domain::events::EventKind;
use dialer_domain::{CallOutcome, CampaignId, CampaignStatus, Contact, ContactStatus, Page, Scope, StoreError};
use serde_json::json;
use time::macros::datetime;

use super::Stage;
use super::scene::{all_differ, at_once, everything, minute, window};
use crate::builders::{T0, campaign, contact, id, number, suppression, user};

/// Every field, to the microsecond and in any script; an empty text is not a missing one.
pub async fn a_contact_comes_back_as_it_was_imported(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let metadata = json!({"größe": [1, 2.5, null, true], "nested": {"🌱": "\"quoted\""}, "empty": {}});
    let rich = contact(list.id)
        .name("Zoë", "Ó Súilleabháin-李")
        .email("zoe@example.com")
        .company("")
        .metadata(metadata.as_object().unwrap().clone())
        .created_at(datetime!(2026-03-02 10:00:00.000_001 UTC))
        .build();
    let bare = contact(list.id).build();
    let outcome = stores.import(&list, vec![rich.clone(), bare.clone()]).await;
    assert_eq!(outcome, ImportOutcome { added: vec![rich.clone(), bare.clone()], skipped: vec![] });
    for stored in [rich, bare] {
        assert_eq!(stores.contact(stored.id).await, stored);
    }
}

/// Tried before, promised a callback or closed: nothing of it is reset.
pub async fn an_import_stores_contacts_as_they_are_given(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let given = vec![
        contact(list.id).dialled(2, minute(-60)).due(datetime!(2026-03-02 11:00:00.5 UTC)).build(),
        contact(list.id).callback(minute(30)).build(),
        contact(list.id).closed(ClosedReason::Reached).build(),
        contact(list.id).dialled(3, minute(-90)).closed(ClosedReason::AttemptsExhausted).build(),
        contact(list.id).closed(ClosedReason::DoNotCall).build(),
    ];
    assert_eq!(stores.import(&list, given.clone()).await.added, given);
    assert_eq!(stores.list(list.id).await, given);
}

/// Over several imports, page by page, with the size of the whole list.
pub async fn contacts_are_listed_in_the_order_they_were_added(stores: &Stage) {
    let (list, mut all) = stores.given_list(3).await;
    let later: Vec<_> = (0..4).map(|n| contact(list.id).created_at(minute(n)).build()).collect();
    all.extend(stores.import(&list, later).await.added);
    let owner = Scope::User(list.user_id);
    let page = async |offset| stores.contacts.list(owner, list.id, None, window(3, offset)).await.unwrap();
    assert_eq!(page(0).await, Page { items: all[0..3].to_vec(), total: 7 });
    assert_eq!(page(3).await, Page { items: all[3..6].to_vec(), total: 7 });
    assert_eq!(page(6).await, Page { items: all[6..7].to_vec(), total: 7 });
    assert_eq!(page(70).await, Page { items: vec![], total: 7 });
}

/// The total is that of the filtered list.
pub async fn contacts_are_filtered_by_status(stores: &Stage) {
    let (list, contacts) = stores.given_list(5).await;
    stores.plan(list.id, 2, T0).await;
    stores.claim(list.id, 2, T0).await;
    let owner = Scope::User(list.user_id);
    let page = async |status, window| stores.contacts.list(owner, list.id, Some(status), window).await.unwrap();
    let pending = page(ContactStatus::Pending, window(2, 1)).await;
    assert_eq!(pending, Page { items: contacts[3..5].to_vec(), total: 3 });
    assert_eq!(page(ContactStatus::Calling, everything()).await.total, 2);
    assert_eq!(page(ContactStatus::DoNotCall, everything()).await, Page { items: vec![], total: 0 });
}

/// A number that comes twice, stands on the list already or must not be called: each is told by its index, and
/// the rest is stored in order.
pub async fn an_import_says_what_it_left_out(stores: &Stage) {
    let (list, earlier) = stores.given_list(1).await;
    let fresh: Vec<_> = (0..4).map(|_| contact(list.id).build()).collect();
    let again = |of: &Contact| contact(list.id).number(of.person.phone_number.clone()).build();
    stores.suppressions.suppress(&suppression(list.user_id, &fresh[2].person.phone_number)).await.unwrap();
    stores.suppressions.suppress(&suppression(user(), &fresh[3].person.phone_number)).await.unwrap();
    let mark = stores.mark().await;
    let given = vec![
        fresh[0].clone(),
        again(&earlier[0]),
        fresh[1].clone(),
        again(&fresh[0]),
        fresh[2].clone(),
        fresh[3].clone(),
    ];
    let outcome = stores.import(&list, given).await;
    let kept = [fresh[0].clone(), fresh[1].clone(), fresh[3].clone()];
    assert_eq!(outcome.added, kept);
    let left_out =
        [(1, SkipReason::DuplicateInCampaign), (3, SkipReason::DuplicateInFile), (4, SkipReason::DncInternal)];
    assert_eq!(outcome.skipped, left_out);
    assert_eq!(stores.list(list.id).await, [&earlier[..], &kept[..]].concat());
    assert_eq!(stores.stats(list.id).await.total, 4);
    assert_eq!(stores.happened_since(mark).await, [EventKind::ContactsImported]);
}

/// One list does not stand in another's way, of the same owner or not.
pub async fn a_number_may_stand_on_several_lists(stores: &Stage) {
    let (first, contacts) = stores.given_list(1).await;
    let number = &contacts[0].person.phone_number;
    for owner in [first.user_id, user()] {
        let other = stores.given(campaign().owner(owner)).await;
        let outcome = stores.import(&other, vec![contact(other.id).number(number.clone()).build()]).await;
        assert_eq!(outcome.added.len(), 1);
    }
}

/// Nothing is stored and nothing is logged, neither for a campaign that never was nor for a stranger's.
pub async fn an_import_into_no_campaign_stores_nothing(stores: &Stage) {
    let theirs = stores.given(campaign()).await;
    let missing = id(CampaignId::new);
    let mark = stores.mark().await;
    for (scope, list) in [(Scope::User(user()), theirs.id), (Scope::Service, missing)] {
        let new = contact(list).build();
        let result = stores.contacts.import(scope, list, vec![new.clone()]).await;
        assert!(matches!(result, Err(StoreError::MissingReference { .. })));
        assert_eq!(stores.contacts.get(Scope::Service, new.id).await.unwrap(), None);
    }
    assert_eq!(stores.stats(theirs.id).await.total, 0);
    assert_eq!(stores.happened_since(mark).await, []);
}

/// A long list arrives whole, in order, as one event.
pub async fn twenty_five_hundred_contacts_are_imported_at_once(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let given: Vec<_> = (0..2_500).map(|_| contact(list.id).build()).collect();
    let mark = stores.mark().await;
    let outcome = stores.import(&list, given.clone()).await;
    assert!(outcome.skipped.is_empty());
    assert!(outcome.added == given, "what was added is not what was given");
    assert!(stores.list(list.id).await == given, "what is listed is not what was given");
    assert_eq!(stores.stats(list.id).await.pending, 2_500);
    assert_eq!(stores.happened_since(mark).await, [EventKind::ContactsImported]);
    let again: Vec<_> =
        given.iter().map(|old| contact(list.id).number(old.person.phone_number.clone()).build()).collect();
    assert_eq!(stores.import(&list, again).await.skipped.len(), 2_500);
}

/// No event says that contacts were added when none were.
pub async fn an_import_that_adds_nothing_leaves_no_event(stores: &Stage) {
    let (list, contacts) = stores.given_list(1).await;
    let mark = stores.mark().await;
    let again = contact(list.id).number(contacts[0].person.phone_number.clone()).build();
    assert_eq!(stores.import(&list, vec![again]).await.added, []);
    assert_eq!(stores.import(&list, vec![]).await, ImportOutcome::default());
    assert_eq!(stores.happened_since(mark).await, []);
}

/// Two people upload the same file: each number is stored once, and each import accounts for all of its rows.
pub async fn many_imports_at_once_store_each_number_once(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let numbers: Vec<_> = (0..60).map(|_| contact(list.id).build().person.phone_number).collect();
    let outcomes = at_once(6, |n| {
        let (stores, list) = (stores.clone(), list.clone());
        let mut given: Vec<_> = numbers.iter().map(|number| contact(list.id).number(number.clone()).build()).collect();
        given.rotate_left(n * 10);
        async move { stores.import(&list, given).await }
    })
    .await;
    let kept = stores.list(list.id).await;
    assert_eq!(kept.len(), 60);
    assert!(all_differ(kept.iter().map(|row| &row.person.phone_number)));
    let mut added = BTreeMap::new();
    for outcome in outcomes {
        assert_eq!(outcome.added.len() + outcome.skipped.len(), 60);
        assert!(outcome.skipped.iter().all(|(_, reason)| *reason == SkipReason::DuplicateInCampaign));
        added.extend(outcome.added.into_iter().map(|row| (row.id, row)));
    }
    assert_eq!(added, kept.into_iter().map(|row| (row.id, row)).collect());
    assert_eq!(stores.stats(list.id).await.total, 60);
}

/// By its number, in the one campaign.
pub async fn a_contact_is_found_by_its_number(stores: &Stage) {
    let (list, contacts) = stores.given_list(3).await;
    let (other, _) = stores.given_list_of(campaign().owner(list.user_id), 1).await;
    let owner = Scope::User(list.user_id);
    let number = &contacts[1].person.phone_number;
    assert_eq!(stores.contacts.find(owner, list.id, number).await.unwrap().as_ref(), Some(&contacts[1]));
    assert_eq!(stores.contacts.find(owner, other.id, number).await.unwrap(), None);
    let unknown = contact(list.id).build().person.phone_number;
    assert_eq!(stores.contacts.find(owner, list.id, &unknown).await.unwrap(), None);
}

/// Not to be read, found or listed.
pub async fn a_stranger_s_contact_does_not_exist(stores: &Stage) {
    let (list, contacts) = stores.given_list(2).await;
    let me = Scope::User(user());
    assert_eq!(stores.contacts.get(me, contacts[0].id).await.unwrap(), None);
    let number = &contacts[0].person.phone_number;
    assert_eq!(stores.contacts.find(me, list.id, number).await.unwrap(), None);
    let listed = stores.contacts.list(me, list.id, None, everything()).await.unwrap();
    assert_eq!(listed, Page { items: vec![], total: 0 });
}

/// At every step of the way: imported, called, each way a call can end, refused, deleted. The campaign
/// changes with them, but not its revision, so that a person can save what they see.
pub async fn the_counts_are_always_true(stores: &Stage) {
    let outcomes = CallOutcome::ALL;
    let (list, contacts) = stores.given_list(outcomes.len() + 2).await;
    stores.import(&list, vec![contact(list.id).callback(minute(600)).build()]).await;
    let counts = async || {
        let stats = stores.stats(list.id).await;
        (stats.total, stats.pending, stats.calling, stats.completed, stats.failed, stats.callback, stats.do_not_call)
    };
    assert_eq!(counts().await, (12, 11, 0, 0, 0, 1, 0));
    let suppressed = &contacts[0].person.phone_number;
    stores.suppressions.suppress(&suppression(list.user_id, suppressed)).await.unwrap();
    stores.plan(list.id, 10, T0).await;
    let claimed = stores.claim(list.id, 9, T0).await;
    assert_eq!((claimed.calls.len(), claimed.refused), (9, 1));
    assert_eq!(counts().await, (12, 1, 9, 0, 0, 1, 1));
    for (call, outcome) in claimed.calls.iter().zip(outcomes) {
        stores.end(call.id, *outcome, minute(1)).await.unwrap();
        stores.stats(list.id).await;
    }
    // Not placed: given back, and so pending again. Completed: completed. All others have failed.
    assert_eq!(counts().await, (12, 2, 0, 1, 7, 1, 1));
    let counted = stores.campaign(list.id).await;
    assert_eq!(counted.revision, list.revision);
    assert_ne!(counted.updated_at, list.updated_at);
    let owner = Scope::User(list.user_id);
    let listed = stores.campaigns.list(owner, CampaignFilter::default(), everything()).await.unwrap();
    assert_eq!(listed, Page { items: vec![counted], total: 1 });
}

/// Page after page, each contact once, in the order they were added.
pub async fn all_contacts_of_a_list_are_read_in_turn(stores: &Stage) {
    let (list, contacts) = stores.given_list(5).await;
    stores.given_list(2).await;
    let (mut read, mut after) = (Vec::new(), 0);
    loop {
        let page = stores.contacts.following(Scope::User(list.user_id), list.id, after, 2).await.unwrap();
        let Some((place, _)) = page.last() else { break };
        after = *place;
        read.extend(page.into_iter().map(|(_, contact)| contact));
    }
    assert_eq!(read, contacts);
    let of_a_stranger = stores.contacts.following(Scope::User(user()), list.id, 0, 10).await.unwrap();
    assert_eq!(of_a_stranger, []);
}

/// With its event, and counted anew; the attempts stay.
pub async fn a_person_changes_a_contact(stores: &Stage) {
    let (list, contacts) = stores.given_list(2).await;
    let (mine, mark) = (Scope::User(list.user_id), stores.mark().await);
    let patch = ContactPatch {
        phone_number: Some(number(900)),
        company: Some(Some("Example".to_owned())),
        first_name: Some(None),
        status: Some(ContactStatus::Callback),
        next_attempt_at: Some(Some(minute(90))),
        ..ContactPatch::default()
    };
    let changed = stores.contacts.patch(mine, contacts[0].id, patch, minute(1)).await.unwrap().unwrap();
    assert_eq!((changed.status, changed.next_attempt_at), (ContactStatus::Callback, Some(minute(90))));
    assert_eq!((&changed.person.phone_number, changed.updated_at), (&number(900), minute(1)));
    assert_eq!(stores.contacts.get(mine, contacts[0].id).await.unwrap(), Some(changed.clone()));
    let counted = stores.campaigns.get(mine, list.id).await.unwrap().unwrap().stats;
    assert_eq!((counted.pending, counted.callback), (1, 1));
    let told = stores.since(mark).await;
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].kind, told[0].contact_id), (EventKind::ContactUpdated, Some(changed.id)));

    let taken = ContactPatch { phone_number: Some(number(900)), ..ContactPatch::default() };
    let refused = stores.contacts.patch(mine, contacts[1].id, taken, minute(2)).await;
    assert!(matches!(refused, Err(ContactChangeError::Store(StoreError::Duplicate { .. }))), "{refused:?}");
    let failed = ContactPatch { status: Some(ContactStatus::Failed), ..ContactPatch::default() };
    let refused = stores.contacts.patch(mine, contacts[1].id, failed, minute(2)).await;
    assert!(matches!(refused, Err(ContactChangeError::Refused(_))), "{refused:?}");
    assert_eq!(stores.contacts.get(mine, contacts[1].id).await.unwrap().as_ref(), Some(&contacts[1]));
    let by_a_stranger =
        stores.contacts.patch(Scope::User(user()), contacts[1].id, ContactPatch::default(), minute(3)).await;
    assert_eq!(by_a_stranger.unwrap(), None);
}

/// It is dialled no more, and its calls stay.
pub async fn a_removed_contact_leaves_its_calls_behind(stores: &Stage) {
    let (list, contacts) = stores.given_list(2).await;
    let mine = Scope::User(list.user_id);
    stores.put(list.id, CampaignStatus::Active, T0).await;
    stores.plan(list.id, 2, T0).await;
    let called = stores.dial(list.id, T0).await;
    let live = called.contact_id.unwrap();
    assert_eq!(stores.contacts.remove(mine, live, minute(1)).await.unwrap(), Removal::Live);
    stores.end(called.id, CallOutcome::Busy, minute(2)).await.unwrap();
    let mark = stores.mark().await;
    for contact in &contacts {
        assert_eq!(
            stores.contacts.remove(Scope::User(user()), contact.id, minute(3)).await.unwrap(),
            Removal::NotThere
        );
        assert_eq!(stores.contacts.remove(mine, contact.id, minute(3)).await.unwrap(), Removal::Removed);
        assert_eq!(stores.contacts.remove(mine, contact.id, minute(3)).await.unwrap(), Removal::NotThere);
    }
    let told: Vec<_> = stores.since(mark).await.into_iter().map(|event| event.kind).collect();
    assert_eq!(told, [EventKind::ContactRemoved; 2]);
    assert_eq!(stores.calls.get(mine, called.id).await.unwrap().unwrap().contact_id, None);
    assert_eq!(stores.campaigns.get(mine, list.id).await.unwrap().unwrap().stats.total, 0);
    assert!(stores.claim(list.id, 2, minute(200)).await.calls.is_empty());
}
