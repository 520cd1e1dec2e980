//! The line as people see it: what is listed is what is dialled, and a change of an entry holds.

use dialer_domain::events::EventKind;
use dialer_domain::queue::QueueStatus;
use dialer_domain::queue::entries::{EntryChange, EntryChangeError, EntryRefusal, NotWaiting, QueueEntry};
use dialer_domain::{CallOutcome, Campaign, ContactStatus, Duration, OffsetDateTime, Scope};

use super::Stage;
use super::scene::{at_once, everything, minute, window};
use crate::builders::{T0, campaign, contact, slots, user};

impl Stage {
    /// The entries of a campaign as its owner lists them.
    pub(super) async fn entries_of(&self, list: &Campaign, status: Option<QueueStatus>) -> Vec<QueueEntry> {
        let page = self.entries.list(Scope::User(list.user_id), list.id, status, everything()).await.unwrap();
        assert_eq!(u64::try_from(page.items.len()).unwrap(), page.total);
        page.items
    }

    /// The owner changes an entry.
    async fn change_entry(
        &self,
        list: &Campaign,
        entry: &QueueEntry,
        change: EntryChange,
        now: OffsetDateTime,
    ) -> Result<Option<QueueEntry>, EntryChangeError> {
        self.entries.change(Scope::User(list.user_id), list.id, entry.id, change, now).await
    }
}

fn skip() -> EntryChange {
    EntryChange::Skip { reason: Some("on holiday".to_owned()) }
}

/// Whoever looks at the line sees who is called next, with whom it concerns.
pub async fn the_line_is_listed_in_the_order_in_which_it_is_dialled(stores: &Stage) {
    let list = stores.given(campaign().active()).await;
    let given = [
        contact(list.id).name("Ada", "Example").build(),
        contact(list.id).dialled(1, minute(-90)).due(minute(-5)).build(),
        contact(list.id).callback(minute(-10)).build(),
        contact(list.id).build(),
    ];
    let ids = given.each_ref().map(|row| row.id);
    stores.import(&list, given.to_vec()).await;
    stores.plan(list.id, 9, T0).await;
    let listed = stores.entries_of(&list, Some(QueueStatus::Queued)).await;
    let order: Vec<_> = listed.iter().map(|entry| entry.contact_id).collect();
    assert_eq!(order, [ids[2], ids[1], ids[0], ids[3]]);
    assert_eq!(stores.entries_of(&list, None).await, listed);
    let ada = &listed[2];
    assert_eq!((ada.campaign_id, ada.priority, ada.status), (list.id, 0, QueueStatus::Queued));
    assert_eq!((ada.first_name.as_deref(), ada.last_name.as_deref()), (Some("Ada"), Some("Example")));
    assert_eq!((&ada.phone_number, ada.created_at), (&given[0].person.phone_number, T0));
    let page = stores.entries.list(Scope::Service, list.id, None, window(2, 1)).await.unwrap();
    assert_eq!((page.items.as_slice(), page.total), (&listed[1..3], 4));
    let dialled: Vec<_> =
        stores.claim(list.id, 4, T0).await.calls.into_iter().filter_map(|call| call.contact_id).collect();
    assert_eq!(dialled, order);
}

/// Entries that became calls, ended or were refused stay in the list, behind those that wait, latest planned first.
pub async fn an_entry_that_is_over_stays_in_the_list(stores: &Stage) {
    let (list, contacts) = stores.given_list(4).await;
    stores.plan(list.id, 3, T0).await;
    let calls = stores.claim(list.id, 3, T0).await.calls;
    stores.end(calls[0].id, CallOutcome::Completed, minute(1)).await;
    stores.end(calls[1].id, CallOutcome::Busy, minute(1)).await;
    stores.plan(list.id, 1, minute(2)).await;
    let rows = stores.entries_of(&list, None).await;
    let status_of = |place: usize| rows.iter().find(|row| row.contact_id == contacts[place].id).unwrap().status;
    assert_eq!(rows.len(), 4);
    assert_eq!((rows[0].contact_id, rows[0].status), (contacts[3].id, QueueStatus::Queued));
    assert_eq!(
        [status_of(0), status_of(1), status_of(2)],
        [QueueStatus::Completed, QueueStatus::Failed, QueueStatus::Calling]
    );
    for (status, place) in [(QueueStatus::Completed, 0), (QueueStatus::Failed, 1), (QueueStatus::Calling, 2)] {
        let rows = stores.entries_of(&list, Some(status)).await;
        assert_eq!(rows.iter().map(|row| row.contact_id).collect::<Vec<_>>(), [contacts[place].id], "{status}");
    }
    let mine = Scope::User(list.user_id);
    stores.contacts.remove(mine, contacts[0].id, minute(3)).await.unwrap();
    assert_eq!(stores.entries_of(&list, Some(QueueStatus::Completed)).await, []);
    stores.campaigns.delete(mine, list.id, minute(4)).await.unwrap();
    assert_eq!(stores.entries_of(&list, None).await, []);
}

/// A person moves somebody to the front, or to the back.
pub async fn a_moved_entry_is_called_in_its_new_place(stores: &Stage) {
    let (list, contacts) = stores.given_list(3).await;
    stores.plan(list.id, 3, T0).await;
    let line = stores.entries_of(&list, None).await;
    let mark = stores.mark().await;
    let moved = stores.change_entry(&list, &line[2], EntryChange::priority(7), minute(1)).await.unwrap().unwrap();
    assert_eq!(moved, QueueEntry { priority: 7, ..line[2].clone() });
    stores.change_entry(&list, &line[0], EntryChange::priority(-7), minute(1)).await.unwrap().unwrap();
    let events = stores.since(mark).await;
    assert_eq!(events.len(), 2);
    assert_eq!((events[0].kind, events[0].contact_id), (EventKind::QueueEntryMoved, Some(contacts[2].id)));
    assert_eq!(events[0].data["priority"], 7);
    assert_eq!(stores.contact(contacts[2].id).await, contacts[2]);
    let dialled: Vec<_> =
        stores.claim(list.id, 3, minute(2)).await.calls.into_iter().filter_map(|call| call.contact_id).collect();
    assert_eq!(dialled, [contacts[2].id, contacts[1].id, contacts[0].id]);
}

/// Somebody who was skipped is not called and not planned again before the campaign's retry interval has passed.
pub async fn a_skipped_contact_rests(stores: &Stage) {
    let (list, contacts) = stores.given_list_of(campaign().active().retry_interval(Duration::minutes(20)), 1).await;
    stores.plan(list.id, 1, T0).await;
    let line = stores.entries_of(&list, None).await;
    let mark = stores.mark().await;
    let skipped = stores.change_entry(&list, &line[0], skip(), minute(1)).await.unwrap().unwrap();
    assert_eq!(skipped, QueueEntry { status: QueueStatus::Skipped, ..line[0].clone() });
    assert_eq!(stores.entries_of(&list, None).await, [skipped]);
    let events = stores.since(mark).await;
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].kind, &events[0].data["reason"]), (EventKind::QueueEntrySkipped, &"on holiday".into()));
    let resting = stores.contact(contacts[0].id).await;
    assert_eq!((resting.status, resting.attempts), (ContactStatus::Pending, 0));
    assert_eq!(resting.next_attempt_at, Some(minute(21)));
    assert_eq!(stores.claim(list.id, 1, minute(2)).await.calls, []);
    let planned = stores.plan(list.id, 1, minute(20)).await;
    assert_eq!((planned.queued, planned.next_due), (0, Some(minute(21))));
    assert!(!stores.complete(list.id, minute(20)).await);
    assert_eq!(stores.dial(list.id, minute(21)).await.contact_id, Some(contacts[0].id));
}

/// What has become a call, or is over, is past changing; nothing is written then.
pub async fn only_an_entry_that_waits_can_be_changed(stores: &Stage) {
    let (list, _, call) = stores.given_live_call().await;
    let refused = async |status| {
        let entry = stores.entries_of(&list, None).await.remove(0);
        let mark = stores.mark().await;
        for change in [EntryChange::priority(1), skip()] {
            let error = stores.change_entry(&list, &entry, change, minute(5)).await.unwrap_err();
            assert!(
                matches!(error, EntryChangeError::Refused(EntryRefusal::NotWaiting(NotWaiting(found))) if found == status),
                "{error}"
            );
        }
        assert_eq!(stores.entries_of(&list, None).await, [entry]);
        assert_eq!(stores.happened_since(mark).await, []);
    };
    refused(QueueStatus::Calling).await;
    stores.end(call.id, CallOutcome::Completed, minute(1)).await;
    refused(QueueStatus::Completed).await;
}

/// An entry is found under its campaign by its owner and nowhere else.
pub async fn a_stranger_s_entry_does_not_exist(stores: &Stage) {
    let (list, _) = stores.given_list(1).await;
    let (other, _) = stores.given_list_of(campaign().active().owner(list.user_id), 1).await;
    stores.plan(list.id, 1, T0).await;
    let entry = stores.entries_of(&list, None).await.remove(0);
    let stranger = Scope::User(user());
    let page = stores.entries.list(stranger, list.id, None, everything()).await.unwrap();
    assert_eq!((page.items, page.total), (vec![], 0));
    for change in [EntryChange::priority(1), skip()] {
        let none = stores.entries.change(stranger, list.id, entry.id, change.clone(), T0).await.unwrap();
        assert_eq!(none, None);
        let none = stores.entries.change(Scope::User(list.user_id), other.id, entry.id, change, T0).await.unwrap();
        assert_eq!(none, None);
    }
    assert_eq!(stores.entries_of(&list, None).await, [entry]);
}

/// Whoever comes first has the entry: nobody is both skipped and called.
pub async fn a_skip_and_a_claim_never_take_the_same_entry(stores: &Stage) {
    let (list, _) = stores.given_list(12).await;
    stores.plan(list.id, 12, T0).await;
    let line = stores.entries_of(&list, None).await;
    let skipped = at_once(16, |n| {
        let (stage, list, line) = (stores.clone(), list.clone(), line.clone());
        async move {
            if n % 4 == 3 {
                stage.queue.claim(list.id, &stage.lease(list.id).await, slots(2), T0).await.unwrap();
                return 0;
            }
            match stage.change_entry(&list, &line[n % 12], skip(), T0).await {
                Ok(changed) => u64::from(changed.is_some()),
                Err(EntryChangeError::Refused(_)) => 0,
                Err(EntryChangeError::Store(error)) => panic!("{error}"),
            }
        }
    })
    .await;
    let skipped: u64 = skipped.into_iter().sum();
    let count = async |status| stores.entries_of(&list, Some(status)).await.len();
    assert_eq!(u64::try_from(count(QueueStatus::Skipped).await).unwrap(), skipped);
    let calling = count(QueueStatus::Calling).await;
    assert_eq!(calling, stores.calls.open().await.unwrap().len());
    assert_eq!(stores.stats(list.id).await.calling, u64::try_from(calling).unwrap());
}
