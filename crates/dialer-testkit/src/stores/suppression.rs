//! Do-not-call entries: one for each owner and number, until it is lifted.

use dialer_domain::Scope;
use dialer_domain::contacts::store::SkipReason;
use dialer_domain::events::EventKind;
use dialer_domain::suppression::{Suppression, SuppressionFilter, SuppressionSource};
use time::macros::datetime;

use super::Stage;
use super::scene::{at_once, everything, minute, window};
use crate::builders::{T0, contact, number, suppression, user};

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
        let found = stores.suppressions.find(owner, &entry.phone_number).await.unwrap();
        assert_eq!(found, Some(entry));
    }
    assert_eq!(stores.suppressions.find(owner, &number(3)).await.unwrap(), None);
}

/// Said twice, the first entry stays as it is, and one event tells of it.
pub async fn a_number_is_suppressed_once(stores: &Stage) {
    let owner = user();
    let first = suppression(owner, &number(1));
    stores.suppressions.suppress(&first).await.unwrap();
    let again = Suppression { reason: None, created_at: minute(5), ..suppression(owner, &number(1)) };
    stores.suppressions.suppress(&again).await.unwrap();
    assert_eq!(stores.suppressions.find(owner, &number(1)).await.unwrap(), Some(first));
    let events = stores.events().await;
    assert_eq!(events.len(), 1);
    let told = &events[0].event;
    assert_eq!((told.kind, told.user_id, told.at), (EventKind::NumberSuppressed, owner, T0));
}

/// It binds its owner and nobody else, and nobody else can lift it.
pub async fn an_entry_belongs_to_its_owner(stores: &Stage) {
    let (mine, theirs) = (suppression(user(), &number(1)), suppression(user(), &number(1)));
    stores.suppressions.suppress(&mine).await.unwrap();
    assert_eq!(stores.suppressions.find(theirs.user_id, &number(1)).await.unwrap(), None);
    assert!(!stores.suppressions.lift(theirs.user_id, &number(1), None, minute(1)).await.unwrap());
    stores.suppressions.suppress(&theirs).await.unwrap();
    assert!(stores.suppressions.lift(theirs.user_id, &number(1), None, minute(2)).await.unwrap());
    assert_eq!(stores.suppressions.find(mine.user_id, &number(1)).await.unwrap(), Some(mine));
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
    assert!(stores.suppressions.lift(list.user_id, number, None, minute(1)).await.unwrap());
    assert!(!stores.suppressions.lift(list.user_id, number, None, minute(2)).await.unwrap());
    let told = stores.since(mark).await;
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].kind, told[0].user_id, told[0].at), (EventKind::NumberLifted, list.user_id, minute(1)));
    assert_eq!(stores.suppressions.find(list.user_id, number).await.unwrap(), None);
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
    let kept = stores.suppressions.find(owner, &number(1)).await.unwrap().unwrap();
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
        assert_eq!(stores.suppressions.find(owner, &number(n)).await.unwrap(), Some(entry));
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
        after = Some(last.phone_number.clone());
        read.extend(page.into_iter().map(|entry| entry.phone_number));
    }
    let mut expected = entries.map(|entry| entry.phone_number).to_vec();
    expected.sort();
    assert_eq!(read, expected);
}
