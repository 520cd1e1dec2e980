//! Do-not-call entries: one for each owner and number, and one for each campaign, until it is lifted.

use dialer_domain::calls::merge::CallEvent;
use dialer_domain::consents::{ConsentAct, ConsentEvent};
use dialer_domain::contacts::store::SkipReason;
use dialer_domain::events::EventKind;
use dialer_domain::suppression::{Suppression, SuppressionFilter, SuppressionSource};
use dialer_domain::{CallOutcome, CampaignStatus, ContactStatus, Scope, StoreError};
use time::macros::datetime;

use super::Stage;
use super::scene::{at_once, everything, minute, window};
use crate::builders::{T0, call, campaign, consent, contact, number, suppression, user};

/// To the microsecond, with or without a reason.
pub async fn an_entry_comes_back_as_it_was_made(stores: &Stage) {
    let owner = user();
    let given = Suppression {
        reason: Some("„bitte nicht“ – 不要".to_owned()),
        created_at: datetime!(2026-03-02 10:00:00.123_457 UTC),
        ..suppression(owner, &number(1))
    };
    let silent = Suppression { reason: None, ..suppression(owner, &number(2)) };
    for entry in [given, silent] {
        stores.suppressions.suppress(&entry).await.unwrap();
        let found = stores.suppressions.find(owner, &entry.phone_number, None).await.unwrap();
        assert_eq!(found, Some(entry));
    }
    assert_eq!(stores.suppressions.find(owner, &number(3), None).await.unwrap(), None);
}

/// Said twice, the first entry stays as it is, and one event tells of it.
pub async fn a_number_is_suppressed_once(stores: &Stage) {
    let owner = user();
    let first = suppression(owner, &number(1));
    stores.suppressions.suppress(&first).await.unwrap();
    let again = Suppression { reason: None, created_at: minute(5), ..suppression(owner, &number(1)) };
    stores.suppressions.suppress(&again).await.unwrap();
    assert_eq!(stores.suppressions.find(owner, &number(1), None).await.unwrap(), Some(first));
    let events = stores.events().await;
    assert_eq!(events.len(), 1);
    let told = &events[0].event;
    assert_eq!((told.kind, told.user_id, told.at), (EventKind::NumberSuppressed, owner, T0));
}

/// It binds its owner and nobody else, and nobody else can lift it.
pub async fn an_entry_belongs_to_its_owner(stores: &Stage) {
    let (mine, theirs) = (suppression(user(), &number(1)), suppression(user(), &number(1)));
    stores.suppressions.suppress(&mine).await.unwrap();
    assert_eq!(stores.suppressions.find(theirs.user_id, &number(1), None).await.unwrap(), None);
    assert!(!stores.suppressions.lift(theirs.user_id, &number(1), None, None, minute(1)).await.unwrap());
    stores.suppressions.suppress(&theirs).await.unwrap();
    assert!(stores.suppressions.lift(theirs.user_id, &number(1), None, None, minute(2)).await.unwrap());
    assert_eq!(stores.suppressions.find(mine.user_id, &number(1), None).await.unwrap(), Some(mine));
}

/// Once; then the number can be put on a list and called again.
pub async fn a_lifted_number_may_be_called_again(stores: &Stage) {
    let (list, _) = stores.given_list(0).await;
    let person = contact(list.id).build();
    let number = &person.person.phone_number;
    stores.suppressions.suppress(&suppression(list.user_id, number)).await.unwrap();
    let skipped = stores.import(&list, vec![person.clone()]).await.skipped;
    assert_eq!(skipped, [(0, SkipReason::DncInternal)]);
    let mark = stores.mark().await;
    assert!(stores.suppressions.lift(list.user_id, number, None, None, minute(1)).await.unwrap());
    assert!(!stores.suppressions.lift(list.user_id, number, None, None, minute(2)).await.unwrap());
    let told = stores.since(mark).await;
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].kind, told[0].user_id, told[0].at), (EventKind::NumberLifted, list.user_id, minute(1)));
    assert_eq!(stores.suppressions.find(list.user_id, number, None).await.unwrap(), None);
    stores.import(&list, vec![person.clone()]).await;
    assert_eq!(stores.dial(list.id, minute(3)).await.contact_id, Some(person.id));
}

/// Many who suppress one number at once make one entry and one event, and none of them fails.
pub async fn many_who_suppress_a_number_at_once_make_one_entry(stores: &Stage) {
    let owner = user();
    let made = at_once(8, |_| {
        let (stores, entry) = (stores.clone(), suppression(owner, &number(1)));
        async move {
            stores.suppressions.suppress(&entry).await.unwrap();
            entry
        }
    })
    .await;
    let kept = stores.suppressions.find(owner, &number(1), None).await.unwrap().unwrap();
    assert!(made.contains(&kept));
    assert_eq!(stores.events.since(Scope::User(owner), 0, 100).await.unwrap().len(), 1);
}

/// All of one owner's in one go: what is there already, or comes twice, stays as it is, and one event tells of the rest.
pub async fn many_numbers_are_suppressed_at_once(stores: &Stage) {
    let owner = user();
    let known = suppression(owner, &number(1));
    stores.suppressions.suppress(&known).await.unwrap();
    let mark = stores.mark().await;
    let fresh = suppression(owner, &number(2));
    let again = Suppression { reason: None, ..suppression(owner, &number(1)) };
    let twice = Suppression { reason: None, ..suppression(owner, &number(2)) };
    let imported = Suppression { source: Some(SuppressionSource::Import), ..suppression(owner, &number(3)) };
    let entries = vec![again, fresh.clone(), twice, imported.clone()];
    let added = stores.suppressions.suppress_all(owner, entries).await.unwrap();
    assert_eq!(added, [fresh.id, imported.id]);
    let told = stores.since(mark).await;
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].kind, &told[0].data["count"]), (EventKind::NumberSuppressed, &serde_json::json!(2)));
    assert_eq!(stores.suppressions.suppress_all(owner, vec![fresh.clone()]).await.unwrap(), []);
    assert_eq!(stores.suppressions.suppress_all(owner, Vec::new()).await.unwrap(), []);
    for (n, entry) in [(1, known), (2, fresh), (3, imported)] {
        assert_eq!(stores.suppressions.find(owner, &number(n), None).await.unwrap(), Some(entry));
    }
}

/// Latest first, by page, by number and by source; a stranger's entries do not exist.
pub async fn entries_are_listed_latest_first(stores: &Stage) {
    let owner = user();
    let mut entries = Vec::new();
    for n in 0..5_u8 {
        let source = if n == 3 { SuppressionSource::Disposition } else { SuppressionSource::Api };
        let entry = Suppression {
            created_at: minute(n.into()),
            source: Some(source),
            ..suppression(owner, &number(u32::from(n) + 1))
        };
        stores.suppressions.suppress(&entry).await.unwrap();
        entries.insert(0, entry);
    }
    let stranger = suppression(user(), &number(1));
    stores.suppressions.suppress(&stranger).await.unwrap();
    let list = |filter, page| stores.suppressions.list(owner, filter, page);
    let page = list(SuppressionFilter::default(), window(2, 1)).await.unwrap();
    assert_eq!((page.total, page.items.as_slice()), (5, &entries[1..3]));
    let by_source = SuppressionFilter { source: Some(SuppressionSource::Disposition), ..SuppressionFilter::default() };
    assert_eq!(list(by_source, everything()).await.unwrap().items, entries[1..2]);
    let by_number = SuppressionFilter { phone_number: Some(number(1)), ..SuppressionFilter::default() };
    assert_eq!(list(by_number, everything()).await.unwrap().items, entries[4..]);
    assert_eq!(stores.suppressions.get(owner, entries[0].id).await.unwrap().as_ref(), Some(&entries[0]));
    assert_eq!(stores.suppressions.get(owner, stranger.id).await.unwrap(), None);
}

/// Page after page, each number once.
pub async fn all_entries_are_read_in_the_order_of_their_numbers(stores: &Stage) {
    let owner = user();
    let entries = [3, 1, 5, 2, 4].map(|n| suppression(owner, &number(n)));
    stores.suppressions.suppress_all(owner, entries.to_vec()).await.unwrap();
    stores.suppressions.suppress(&suppression(user(), &number(6))).await.unwrap();
    let (mut read, mut after) = (Vec::new(), None);
    loop {
        let page = stores.suppressions.following(owner, after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some((last.phone_number.clone(), last.id));
        read.extend(page.into_iter().map(|entry| entry.phone_number));
    }
    let mut expected = entries.map(|entry| entry.phone_number).to_vec();
    expected.sort();
    assert_eq!(read, expected);
}

/// Beside the one for all campaigns, one for each campaign; each is found, listed and lifted by itself.
pub async fn a_number_is_suppressed_in_one_campaign_or_in_all(stores: &Stage) {
    let (list, _) = stores.given_list(0).await;
    let owner = list.user_id;
    let here = Suppression { campaign_id: Some(list.id), ..suppression(owner, &number(1)) };
    let everywhere = Suppression { created_at: minute(1), ..suppression(owner, &number(1)) };
    let twice = Suppression { reason: None, ..here.clone() };
    let entries =
        vec![here.clone(), everywhere.clone(), Suppression { id: suppression(owner, &number(1)).id, ..twice }];
    assert_eq!(stores.suppressions.suppress_all(owner, entries).await.unwrap(), [here.id, everywhere.id]);
    let find = async |campaign| stores.suppressions.find(owner, &number(1), campaign).await.unwrap();
    assert_eq!((find(None).await, find(Some(list.id)).await), (Some(everywhere.clone()), Some(here.clone())));
    let binding = async || stores.suppressions.binding(owner, &number(1), list.id).await.unwrap();
    assert_eq!(binding().await, Some(everywhere.clone()));
    let of_campaign = SuppressionFilter { campaign_id: Some(list.id), ..SuppressionFilter::default() };
    let listed = stores.suppressions.list(owner, of_campaign, everything()).await.unwrap();
    assert_eq!(listed.items, std::slice::from_ref(&here));
    let mut all = stores.suppressions.following(owner, None, 9).await.unwrap();
    all.sort_by_key(|entry| entry.created_at);
    assert_eq!(all, [here.clone(), everywhere]);

    assert!(stores.suppressions.lift(owner, &number(1), None, None, minute(2)).await.unwrap());
    assert_eq!((find(None).await, binding().await), (None, Some(here)));
    assert!(stores.suppressions.lift(owner, &number(1), Some(list.id), None, minute(3)).await.unwrap());
    assert!(!stores.suppressions.lift(owner, &number(1), Some(list.id), None, minute(4)).await.unwrap());
    assert_eq!(binding().await, None);
}

/// The campaign that it binds calls the number no more; the owner's other ones do.
pub async fn an_entry_of_a_campaign_stops_that_campaign_alone(stores: &Stage) {
    let (list, _) = stores.given_list(0).await;
    let other = stores.given(campaign().active().owner(list.user_id)).await;
    let contacts = [contact(list.id).number(number(1)).build(), contact(list.id).number(number(2)).build()];
    stores.import(&list, contacts.to_vec()).await;
    stores.import(&other, vec![contact(other.id).number(number(1)).build()]).await;
    let here = Suppression { campaign_id: Some(list.id), ..suppression(list.user_id, &number(1)) };
    stores.suppressions.suppress(&here).await.unwrap();
    stores.plan(list.id, 5, minute(1)).await;
    let claimed = stores.claim(list.id, 5, minute(1)).await;
    let called: Vec<_> = claimed.calls.iter().map(|call| call.contact_id).collect();
    assert_eq!((called, claimed.refused), (vec![Some(contacts[1].id)], 1));
    let refused = stores.contact(contacts[0].id).await;
    assert_eq!(refused.status, ContactStatus::DoNotCall);
    let told = stores.events().await;
    let told = told.iter().find(|event| event.event.kind == EventKind::ContactRefused).unwrap();
    assert_eq!(told.event.data["code"], "dnc_campaign");
    assert_eq!(stores.dial(other.id, minute(1)).await.to_number, number(1), "another campaign calls it");

    let again = stores.import(&list, vec![contact(list.id).number(number(3)).build()]).await;
    assert_eq!(again.added.len(), 1);
    let here = Suppression { campaign_id: Some(list.id), ..suppression(list.user_id, &number(4)) };
    stores.suppressions.suppress(&here).await.unwrap();
    let skipped = stores.import(&list, vec![contact(list.id).number(number(4)).build()]).await.skipped;
    assert_eq!(skipped, [(0, SkipReason::DncInternal)]);
    assert_eq!(stores.import(&other, vec![contact(other.id).number(number(4)).build()]).await.added.len(), 1);
    let foreseen =
        async |campaign| stores.imports.foresee(Scope::User(list.user_id), campaign, vec![number(4)]).await.unwrap();
    assert_eq!(foreseen(list.id).await, [Some(SkipReason::DncInternal)]);
}

/// Of the owner's own; and it goes with it.
pub async fn an_entry_names_a_campaign_of_its_owner_and_goes_with_it(stores: &Stage) {
    let (list, _) = stores.given_list(0).await;
    let stranger = user();
    let theirs = Suppression { campaign_id: Some(list.id), ..suppression(stranger, &number(1)) };
    let everywhere = suppression(stranger, &number(2));
    let refused = stores.suppressions.suppress_all(stranger, vec![everywhere, theirs]).await;
    assert!(matches!(refused, Err(StoreError::MissingReference { what: "the campaign" })), "{refused:?}");
    assert_eq!(stores.suppressions.find(stranger, &number(2), None).await.unwrap(), None, "nothing was added");
    let here = Suppression { campaign_id: Some(list.id), ..suppression(list.user_id, &number(1)) };
    let everywhere = suppression(list.user_id, &number(1));
    stores.suppressions.suppress_all(list.user_id, vec![here.clone(), everywhere.clone()]).await.unwrap();
    stores.put(list.id, CampaignStatus::Paused, minute(1)).await;
    assert!(stores.campaigns.delete(Scope::User(list.user_id), list.id, minute(2)).await.unwrap());
    assert_eq!(stores.suppressions.get(list.user_id, here.id).await.unwrap(), None);
    assert_eq!(stores.suppressions.get(list.user_id, everywhere.id).await.unwrap(), Some(everywhere));
}

/// Out and not answered, to a number of an entry that binds the call; whoever called us is let ring.
pub async fn calls_that_ring_at_suppressed_numbers_are_unwanted(stores: &Stage) {
    let (list, person, rings) = stores.given_live_call().await;
    let (other, other_person, talks) = stores.given_live_call().await;
    stores.place(talks.id, "p-2", minute(1)).await.unwrap();
    let answered = CallEvent::Answered { at: minute(1) };
    stores.calls.apply(talks.id, &answered, minute(1)).await.unwrap().unwrap();
    let own = call().owner(list.user_id).to(number(77)).started_at(minute(2)).build();
    let theirs = call().owner(list.user_id).to(number(78)).from(number(79)).inbound().started_at(minute(2)).build();
    for call in [&own, &theirs] {
        stores.calls.add(call).await.unwrap();
    }
    assert_eq!(stores.suppressions.unwanted_calls().await.unwrap(), []);
    let entry = suppression(list.user_id, &person.person.phone_number);
    // An entry of another campaign, and one of another owner, do not bind it.
    let of_other = Suppression { user_id: other.user_id, ..entry.clone() };
    stores.suppressions.suppress(&of_other).await.unwrap();
    let elsewhere = stores.given(campaign().owner(list.user_id).active()).await;
    let of_elsewhere = suppression(list.user_id, &person.person.phone_number);
    stores.suppressions.suppress(&Suppression { campaign_id: Some(elsewhere.id), ..of_elsewhere }).await.unwrap();
    assert_eq!(stores.suppressions.unwanted_calls().await.unwrap(), []);
    for (owner, unwanted) in [
        (list.user_id, &person.person.phone_number),
        (other.user_id, &other_person.person.phone_number),
        (list.user_id, &own.to_number),
        (list.user_id, &number(78)),
        (list.user_id, &number(79)),
    ] {
        stores.suppressions.suppress(&suppression(owner, unwanted)).await.unwrap();
    }
    assert_eq!(stores.suppressions.unwanted_calls().await.unwrap(), [rings.id, own.id]);
    stores.end(rings.id, CallOutcome::Canceled, minute(3)).await.unwrap();
    assert_eq!(stores.suppressions.unwanted_calls().await.unwrap(), [own.id]);
}

/// The do-not-call entry and the revocation: when the one cannot be, neither is.
pub async fn an_opt_out_is_written_down_as_a_whole_or_not_at_all(stores: &Stage) {
    let owner = user();
    let back = |n| ConsentEvent { act: ConsentAct::Revoked, ..consent(owner, &number(n)) };
    let mark = stores.mark().await;
    let first = back(1);
    assert!(stores.suppressions.opt_out(&suppression(owner, &number(1)), &first).await.unwrap());
    assert_eq!(stores.happened_since(mark).await, [EventKind::NumberSuppressed, EventKind::ConsentRecorded]);
    assert_eq!(stores.consents.consents_of(owner, &number(1)).await.unwrap(), std::slice::from_ref(&first));
    assert!(stores.suppressions.find(owner, &number(1), None).await.unwrap().is_some());

    let mark = stores.mark().await;
    let taken = ConsentEvent { id: first.id, ..back(2) };
    let refused = stores.suppressions.opt_out(&suppression(owner, &number(2)), &taken).await;
    assert!(matches!(refused, Err(StoreError::Duplicate { .. })), "{refused:?}");
    assert_eq!(stores.suppressions.find(owner, &number(2), None).await.unwrap(), None);
    assert_eq!(stores.happened_since(mark).await, []);

    let again = back(1);
    assert!(!stores.suppressions.opt_out(&suppression(owner, &number(1)), &again).await.unwrap());
    assert_eq!(stores.happened_since(mark).await, [EventKind::ConsentRecorded], "said twice, on the list once");
    assert_eq!(stores.consents.consents_of(owner, &number(1)).await.unwrap().len(), 2);
}
