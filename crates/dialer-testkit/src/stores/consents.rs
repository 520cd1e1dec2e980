//! The consent ledger: it grows, and every claim can read all of a number's entries.

use dialer_domain::consents::store::ConsentFilter;
use dialer_domain::consents::{ConsentAct, ConsentEvent, ConsentForm};
use dialer_domain::events::EventKind;
use dialer_domain::rules::Purpose;
use dialer_domain::{Scope, StoreError, UserId};
use serde_json::json;
use time::macros::datetime;

use super::Stage;
use super::scene::{at_once, everything, minute, window};
use crate::builders::{T0, consent, number, user};

/// To the microsecond, with everything that can be said and with nothing but what must be.
pub async fn an_entry_comes_back_as_it_was_written_down(stores: &Stage) {
    let (list, contacts) = stores.given_list(1).await;
    let owner = list.user_id;
    let full = ConsentEvent {
        contact_id: Some(contacts[0].id),
        form: ConsentForm::Written,
        purpose: Some(Purpose::Sales),
        text_shown: Some("„Ja, rufen Sie an“ – 可以".to_owned()),
        evidence: Some("https://example.com/proof".to_owned()),
        happened_at: datetime!(2026-03-01 10:00:00.123_457 UTC),
        expires_at: Some(datetime!(2027-03-01 10:00 UTC)),
        ..consent(owner, &number(1))
    };
    let bare = ConsentEvent { created_by: None, act: ConsentAct::Revoked, ..consent(owner, &number(1)) };
    for entry in [full, bare] {
        stores.consents.record_consents(owner, vec![entry.clone()]).await.unwrap();
        assert_eq!(stores.consents.consent(owner, entry.id).await.unwrap(), Some(entry));
    }
}

/// By when it was said and not by when it was written down; what was said at one instant as it was written down.
pub async fn the_entries_of_a_number_come_in_the_order_in_which_they_were_said(stores: &Stage) {
    let owner = user();
    let at = |n, said, written| ConsentEvent {
        happened_at: minute(said),
        created_at: minute(written),
        ..consent(owner, &number(n))
    };
    let (late, early, same, other) = (at(1, 5, 6), at(1, 1, 7), at(1, 5, 8), at(2, 2, 9));
    for entry in [&late, &early, &other] {
        stores.consents.record_consents(owner, vec![entry.clone()]).await.unwrap();
    }
    stores.consents.record_consents(owner, vec![same.clone()]).await.unwrap();
    assert_eq!(stores.consents.consents_of(owner, &number(1)).await.unwrap(), [early, late, same]);
    assert_eq!(stores.consents.consents_of(owner, &number(2)).await.unwrap(), [other]);
    assert_eq!(stores.consents.consents_of(owner, &number(3)).await.unwrap(), []);
}

/// What was granted stays in the ledger when it is taken back, granted again and taken back again.
pub async fn the_ledger_keeps_everything_that_was_said(stores: &Stage) {
    let owner = user();
    let said = [ConsentAct::Granted, ConsentAct::Revoked, ConsentAct::Granted, ConsentAct::Revoked];
    for (n, act) in (0..).zip(said) {
        let entry = ConsentEvent { act, happened_at: minute(n), ..consent(owner, &number(1)) };
        stores.consents.record_consents(owner, vec![entry]).await.unwrap();
    }
    let kept = stores.consents.consents_of(owner, &number(1)).await.unwrap();
    assert_eq!(kept.iter().map(|entry| entry.act).collect::<Vec<_>>(), said);
}

/// Many at once are one step of the log, which says how many and names no number; none at all are no step.
pub async fn entries_written_together_leave_one_event(stores: &Stage) {
    let owner = user();
    let revoked = ConsentEvent { act: ConsentAct::Revoked, ..consent(owner, &number(2)) };
    let entries = vec![consent(owner, &number(1)), revoked, consent(owner, &number(3))];
    stores.consents.record_consents(owner, entries).await.unwrap();
    stores.consents.record_consents(owner, Vec::new()).await.unwrap();
    let events = stores.events().await;
    assert_eq!(events.len(), 1);
    let told = &events[0].event;
    assert_eq!((told.kind, told.user_id, told.at), (EventKind::ConsentRecorded, owner, T0));
    assert_eq!(json!(told.data), json!({ "count": 3, "revoked": 1, "by": owner }));

    let (list, contacts) = stores.given_list(1).await;
    let through = ConsentEvent { contact_id: Some(contacts[0].id), ..consent(list.user_id, &number(9)) };
    let mark = stores.mark().await;
    stores.consents.record_consents(list.user_id, vec![through]).await.unwrap();
    assert_eq!(stores.since(mark).await[0].contact_id, Some(contacts[0].id));
}

/// A thousand in one go, whole or not at all: one that is there already keeps the others out.
pub async fn a_thousand_entries_are_written_whole_or_not_at_all(stores: &Stage) {
    let owner = user();
    let mut entries: Vec<ConsentEvent> = (0..1_000).map(|n| consent(owner, &number(n))).collect();
    stores.consents.record_consents(owner, entries.clone()).await.unwrap();
    let page = stores.consents.consents(owner, ConsentFilter::default(), window(1, 0)).await.unwrap();
    assert_eq!(page.total, 1_000);
    let mark = stores.mark().await;
    let twice = vec![consent(owner, &number(1_001)), entries.remove(0)];
    let refused = stores.consents.record_consents(owner, twice).await;
    assert!(matches!(refused, Err(StoreError::Duplicate { .. })), "{refused:?}");
    assert_eq!(stores.consents.consents_of(owner, &number(1_001)).await.unwrap(), []);
    assert_eq!(stores.since(mark).await, []);
}

/// A contact of somebody else's, or of nobody's, is none.
pub async fn an_entry_names_a_contact_of_its_owner(stores: &Stage) {
    let (list, contacts) = stores.given_list(1).await;
    let stranger = user();
    let through = |owner: UserId| ConsentEvent { contact_id: Some(contacts[0].id), ..consent(owner, &number(1)) };
    let refused = stores.consents.record_consents(stranger, vec![through(stranger)]).await;
    assert!(matches!(refused, Err(StoreError::MissingReference { what: "the contact" })), "{refused:?}");
    assert_eq!(stores.consents.consents_of(stranger, &number(1)).await.unwrap(), []);
    let entry = through(list.user_id);
    stores.consents.record_consents(list.user_id, vec![entry.clone()]).await.unwrap();
    // The contact goes, what was said through them does not.
    let owner = Scope::User(list.user_id);
    stores.contacts.remove(owner, contacts[0].id, minute(1)).await.unwrap();
    assert_eq!(stores.consents.consent(list.user_id, entry.id).await.unwrap(), Some(entry));
}

/// A stranger's entries do not exist.
pub async fn a_stranger_s_entries_do_not_exist(stores: &Stage) {
    let (owner, stranger) = (user(), user());
    let entry = consent(owner, &number(1));
    stores.consents.record_consents(owner, vec![entry.clone()]).await.unwrap();
    assert_eq!(stores.consents.consent(stranger, entry.id).await.unwrap(), None);
    assert_eq!(stores.consents.consents_of(stranger, &number(1)).await.unwrap(), []);
    let page = stores.consents.consents(stranger, ConsentFilter::default(), everything()).await.unwrap();
    assert_eq!((page.total, page.items.len()), (0, 0));
}

/// The one written down last first, by page and by every filter.
pub async fn entries_are_listed_by_number_contact_purpose_and_act(stores: &Stage) {
    let (list, contacts) = stores.given_list(1).await;
    let owner = list.user_id;
    let mut entries = Vec::new();
    for n in 0..6_u8 {
        let entry = ConsentEvent {
            created_at: minute(n.into()),
            act: if n == 5 { ConsentAct::Revoked } else { ConsentAct::Granted },
            purpose: (n == 4).then_some(Purpose::Survey),
            contact_id: (n < 2).then_some(contacts[0].id),
            ..consent(owner, &number(u32::from(n % 3)))
        };
        stores.consents.record_consents(owner, vec![entry.clone()]).await.unwrap();
        entries.insert(0, entry);
    }
    let any = ConsentFilter::default();
    let page = stores.consents.consents(owner, any.clone(), window(2, 1)).await.unwrap();
    assert_eq!((page.total, page.items.as_slice()), (6, &entries[1..3]));
    let found = async |filter| stores.consents.consents(owner, filter, everything()).await.unwrap().items;
    let by_number = ConsentFilter { phone_number: Some(number(2)), ..any.clone() };
    assert_eq!(found(by_number).await, [entries[0].clone(), entries[3].clone()]);
    assert_eq!(found(ConsentFilter { contact_id: Some(contacts[0].id), ..any.clone() }).await, entries[4..]);
    assert_eq!(found(ConsentFilter { purpose: Some(Purpose::Survey), ..any.clone() }).await, entries[1..2]);
    assert_eq!(found(ConsentFilter { act: Some(ConsentAct::Revoked), ..any.clone() }).await, entries[..1]);
    let none = ConsentFilter { act: Some(ConsentAct::Revoked), phone_number: Some(number(1)), ..any };
    assert_eq!(found(none).await, []);
}

/// Many who write at once are all heard.
pub async fn entries_written_at_once_are_all_kept(stores: &Stage) {
    let owner = user();
    at_once(8, |_| {
        let (stores, entry) = (stores.clone(), consent(owner, &number(1)));
        async move { stores.consents.record_consents(owner, vec![entry]).await.unwrap() }
    })
    .await;
    assert_eq!(stores.consents.consents_of(owner, &number(1)).await.unwrap().len(), 8);
}
