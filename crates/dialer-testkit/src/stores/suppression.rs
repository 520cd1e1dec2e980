//! Do-not-call entries: one for each owner and number, until it is lifted.

use dialer_domain::Scope;
use dialer_domain::contacts::store::SkipReason;
use dialer_domain::events::EventKind;
use dialer_domain::suppression::Suppression;
use time::macros::datetime;

use super::Stage;
use super::scene::{at_once, minute};
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
    assert!(!stores.suppressions.lift(theirs.user_id, &number(1), minute(1)).await.unwrap());
    stores.suppressions.suppress(&theirs).await.unwrap();
    assert!(stores.suppressions.lift(theirs.user_id, &number(1), minute(2)).await.unwrap());
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
    assert!(stores.suppressions.lift(list.user_id, number, minute(1)).await.unwrap());
    assert!(!stores.suppressions.lift(list.user_id, number, minute(2)).await.unwrap());
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
