//! Planning: the horizon holds who is due, in the right order, and nobody twice.

use dialer_domain::contacts::ClosedReason;
use dialer_domain::queue::QueueStatus;
use dialer_domain::queue::store::Planned;
use dialer_domain::{CallOutcome, CampaignId, Contact, ContactId, ContactStatus, Duration, Scope};

use super::Stage;
use super::scene::{all_differ, at_once, everything, minute};
use crate::builders::{T0, campaign, contact, user};

impl Stage {
    /// The contacts of the next `count` calls, in the order in which they are claimed half an hour after [`T0`].
    async fn claimed_contacts(&self, campaign: CampaignId, count: usize) -> Vec<ContactId> {
        let claimed = self.claim(campaign, count, minute(30)).await;
        assert_eq!(claimed.refused, 0);
        claimed.calls.into_iter().filter_map(|call| call.contact_id).collect()
    }
}

/// Promised callbacks first, then by due time, then in the order they were added. Who was never called has been due
/// since being added.
pub async fn the_horizon_is_filled_in_the_right_order(stores: &Stage) {
    let list = stores.given(campaign().active()).await;
    let tried = |due| contact(list.id).dialled(1, minute(-90)).due(minute(due)).build();
    let given: [Contact; 7] = [
        contact(list.id).build(),
        tried(5),
        contact(list.id).callback(minute(20)).build(),
        tried(3),
        contact(list.id).build(),
        contact(list.id).callback(minute(10)).build(),
        tried(5),
    ];
    let ids = given.each_ref().map(|row| row.id);
    stores.import(&list, given.to_vec()).await;
    assert_eq!(stores.plan(list.id, 4, minute(30)).await, Planned { queued: 4, next_due: None });
    assert_eq!(stores.claimed_contacts(list.id, 9).await, [ids[5], ids[2], ids[0], ids[4]]);
    assert_eq!(stores.plan(list.id, 4, minute(30)).await.queued, 3);
    assert_eq!(stores.claimed_contacts(list.id, 9).await, [ids[3], ids[1], ids[6]]);
}

/// Someone promised a callback, or due for longer, does not wait behind those who were planned earlier.
pub async fn the_line_is_kept_across_plans(stores: &Stage) {
    let list = stores.given(campaign().active()).await;
    let tried = |due| contact(list.id).dialled(1, minute(-90)).due(minute(due)).build();
    let (first, second) = (tried(15), tried(25));
    stores.import(&list, vec![first.clone(), second.clone()]).await;
    stores.plan(list.id, 2, minute(25)).await;
    let (callback, between) = (contact(list.id).callback(minute(30)).build(), tried(20));
    stores.import(&list, vec![between.clone(), callback.clone()]).await;
    stores.plan(list.id, 4, minute(30)).await;
    assert_eq!(stores.claimed_contacts(list.id, 4).await, [callback.id, first.id, between.id, second.id]);
}

/// Planning again tops the horizon up, up to as many as asked for, and takes nobody who is waiting or being called.
pub async fn nobody_is_planned_twice(stores: &Stage) {
    let (list, contacts) = stores.given_list(5).await;
    assert_eq!(stores.plan(list.id, 2, T0).await.queued, 2);
    assert_eq!(stores.plan(list.id, 2, T0).await.queued, 2);
    assert_eq!(stores.plan(list.id, 1, T0).await.queued, 2);
    assert_eq!(stores.plan(list.id, 0, T0).await.queued, 2);
    assert_eq!(stores.plan(list.id, 3, T0).await.queued, 3);
    let first = stores.claimed_contacts(list.id, 1).await;
    assert_eq!(stores.plan(list.id, 9, T0).await.queued, 4);
    assert_eq!(stores.plan(list.id, 9, T0).await.queued, 4);
    let rest = stores.claimed_contacts(list.id, 9).await;
    assert_eq!([first, rest].concat(), contacts.iter().map(|row| row.id).collect::<Vec<_>>());
    assert_eq!(stores.plan(list.id, 9, T0).await, Planned::default());
}

/// Closed contacts are never due; others wait for their instant, and the engine is told the next one.
pub async fn only_contacts_that_are_due_are_planned(stores: &Stage) {
    let list = stores.given(campaign().active().max_attempts(9)).await;
    let tried = |due| contact(list.id).dialled(1, minute(-90)).due(due).build();
    let micro = Duration::microseconds(1);
    let due = tried(minute(10));
    let later = [tried(minute(10) + micro), tried(minute(20)), contact(list.id).callback(minute(15)).build()];
    let closed = [
        ClosedReason::Reached,
        ClosedReason::AttemptsExhausted,
        ClosedReason::InvalidNumber,
        ClosedReason::Refused,
        ClosedReason::DoNotCall,
    ]
    .map(|reason| contact(list.id).closed(reason).build());
    stores.import(&list, [&closed[..], &later[..], std::slice::from_ref(&due)].concat()).await;
    let planned = stores.plan(list.id, 20, minute(10)).await;
    assert_eq!(planned, Planned { queued: 1, next_due: Some(minute(10) + micro) });
    assert_eq!(stores.claimed_contacts(list.id, 20).await, [due.id]);
    let planned = stores.plan(list.id, 20, minute(15)).await;
    assert_eq!(planned, Planned { queued: 2, next_due: Some(minute(20)) });
    assert_eq!(stores.plan(list.id, 20, minute(20)).await, Planned { queued: 3, next_due: None });
}

/// Even when there is no room, or nothing to plan.
pub async fn planning_tells_when_somebody_becomes_due(stores: &Stage) {
    let (list, _) = stores.given_list(1).await;
    stores.import(&list, vec![contact(list.id).callback(minute(7)).build()]).await;
    assert_eq!(stores.plan(list.id, 0, T0).await, Planned { queued: 0, next_due: Some(minute(7)) });
    let empty = stores.given(campaign().active()).await;
    assert_eq!(stores.plan(empty.id, 5, T0).await, Planned::default());
}

/// After the interval and not before, with the next attempt's number.
pub async fn a_retry_is_planned_when_it_is_due(stores: &Stage) {
    let (list, person, first) = stores.given_live_call().await;
    stores.end(first.id, CallOutcome::NoAnswer, minute(2)).await.unwrap();
    assert_eq!(stores.plan(list.id, 5, minute(61)).await, Planned { queued: 0, next_due: Some(minute(62)) });
    assert_eq!(stores.plan(list.id, 5, minute(62)).await, Planned { queued: 1, next_due: None });
    let second = stores.claim(list.id, 5, minute(62)).await.calls.pop().unwrap();
    assert_eq!((second.contact_id, second.attempt), (Some(person.id), Some(2)));
    assert_eq!(stores.contact(person.id).await.attempts, 2);
}

/// Each campaign has a horizon of its own.
pub async fn campaigns_do_not_share_a_horizon(stores: &Stage) {
    let (first, _) = stores.given_list(2).await;
    let (second, contacts) = stores.given_list_of(campaign().active().owner(first.user_id), 2).await;
    assert_eq!(stores.plan(first.id, 2, T0).await.queued, 2);
    assert_eq!(stores.claimed_contacts(second.id, 2).await, []);
    assert_eq!(stores.plan(second.id, 2, T0).await.queued, 2);
    assert_eq!(stores.claimed_contacts(second.id, 2).await, [contacts[0].id, contacts[1].id]);
}

/// Two nodes that plan the same campaign at the same moment queue nobody twice.
pub async fn many_plans_at_once_queue_nobody_twice(stores: &Stage) {
    let (list, _) = stores.given_list(30).await;
    at_once(6, |_| {
        let (stores, id) = (stores.clone(), list.id);
        async move { stores.plan(id, 20, T0).await }
    })
    .await;
    let claimed = stores.claimed_contacts(list.id, 60).await;
    assert!(claimed.len() >= 20);
    assert!(all_differ(&claimed));
    for contact in stores.list(list.id).await {
        let called = claimed.contains(&contact.id);
        assert_eq!(contact.status == ContactStatus::Calling, called);
        assert_eq!(contact.attempts, u32::from(called));
    }
}

/// However many agents who are away have promised to call back, there is room for everybody else, and for them when they
/// come.
pub async fn personal_callbacks_fill_no_horizon(stores: &Stage) {
    let list = stores.given(campaign().active()).await;
    let (away, other) = (user(), user());
    let promised = |agent, n: i64| contact(list.id).callback(T0 - Duration::minutes(n)).callback_for(agent).build();
    let mut contacts: Vec<Contact> = (0..5).map(|n| promised(away, 10 - n)).collect();
    contacts.push(contact(list.id).callback(T0).build());
    contacts.extend((0..4).map(|_| contact(list.id).build()));
    // Promised once, and since then it is anybody's.
    contacts.push(contact(list.id).dialled(1, T0 - Duration::HOUR).due(T0).callback_for(other).build());
    stores.import(&list, contacts.clone()).await;
    let line = async || -> Vec<ContactId> {
        let queued = Some(QueueStatus::Queued);
        let line = stores.entries.list(Scope::Service, list.id, queued, everything()).await.unwrap();
        line.items.into_iter().map(|entry| entry.contact_id).collect()
    };
    // Ids run out: the promises come first.
    assert_eq!(stores.plan(list.id, 3, T0).await.queued, 3);
    assert_eq!(line().await, contacts[..3].iter().map(|row| row.id).collect::<Vec<_>>());
    assert_eq!(stores.plan(list.id, 3, T0).await.queued, 6);
    assert_eq!(line().await, contacts[..6].iter().map(|row| row.id).collect::<Vec<_>>());
    assert_eq!(stores.plan(list.id, 3, T0).await.queued, 8);
    assert_eq!(stores.plan(list.id, 3, T0).await.queued, 8, "three are in line for anyone");
    let calls = stores.claim(list.id, 9, T0).await.calls;
    let called: Vec<_> = calls.iter().filter_map(|call| call.contact_id).collect();
    assert_eq!(called, contacts[5..8].iter().map(|row| row.id).collect::<Vec<_>>());
    assert_eq!(stores.plan(list.id, 9, T0).await.queued, 8);
    assert_eq!(stores.claim(list.id, 9, T0).await.calls.len(), 3);
}
