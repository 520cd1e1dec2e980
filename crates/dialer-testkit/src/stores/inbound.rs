//! Calls that come in: written down once, linked to whom they are from, and in nobody's way.

use dialer_domain::calls::inbound::Incoming;
use dialer_domain::calls::store::CallFilter;
use dialer_domain::events::EventKind;
use dialer_domain::telephony::{AgentLine, ProviderCallId};
use dialer_domain::{Call, CallId, CallOutcome, CallStatus, Direction, PhoneNumber, Scope, UserId};

use super::Stage;
use super::scene::{at_once, everything, minute};
use crate::builders::{T0, campaign, contact, id, number, user};

fn incoming(names: &[&str], from: &PhoneNumber) -> Incoming {
    Incoming {
        names: names.iter().map(|name| ProviderCallId::new(*name)).collect(),
        agent: Some(AgentLine::new("agent-1")),
        from_digits: Some(from.digits().to_owned()),
        to_digits: Some("1001".to_owned()),
        started_at: T0,
    }
}

impl Stage {
    async fn receive(&self, owner: UserId, incoming: Incoming) -> Option<Call> {
        let names = incoming.names.clone();
        let call = incoming.written(id(CallId::new), owner, Some(&number(900)), minute(1)).unwrap();
        self.calls.receive(&call, &names).await.unwrap()
    }
}

/// With its event, under whichever of its names it is told of; a second time it is known.
pub async fn a_call_that_came_in_is_written_down_once(stores: &Stage) {
    let owner = user();
    let mark = stores.mark().await;
    let call = stores.receive(owner, incoming(&["7"], &number(1))).await.unwrap();
    assert_eq!((call.direction, call.status, call.user_id), (Direction::Inbound, CallStatus::Ringing, owner));
    assert_eq!((call.from_number.as_ref(), &call.to_number), (Some(&number(1)), &number(900)));
    assert_eq!(call.metadata["extension"], "1001");
    assert_eq!(stores.call(call.id).await, call);
    assert_eq!(stores.receive(owner, incoming(&["9", "7"], &number(1))).await, None);
    assert_eq!(stores.happened_since(mark).await, [EventKind::CallInitiated]);
    let inbound = CallFilter { direction: Some(Direction::Inbound), ..CallFilter::default() };
    let listed = stores.calls.list(Scope::User(owner), inbound, everything()).await.unwrap();
    assert_eq!((listed.total, listed.items), (1, vec![call]));
}

/// To the contact of the owner's that was called last; a stranger's list has nothing to do with it.
pub async fn a_call_that_came_in_is_linked_to_its_contact(stores: &Stage) {
    let owner = user();
    let older = stores.given(campaign().owner(owner).active()).await;
    let newer = stores.given(campaign().owner(owner)).await;
    let theirs = stores.given(campaign()).await;
    let called = contact(older.id).number(number(1)).dialled(1, T0).build();
    stores.import(&older, vec![called.clone(), contact(older.id).build()]).await;
    stores.import(&newer, vec![contact(newer.id).number(number(1)).created_at(minute(5)).build()]).await;
    stores.import(&theirs, vec![contact(theirs.id).number(number(2)).build()]).await;
    let call = stores.receive(owner, incoming(&["7"], &number(1))).await.unwrap();
    assert_eq!((call.contact_id, call.campaign_id), (Some(called.id), Some(older.id)));
    let of_nobody = stores.receive(owner, incoming(&["8"], &number(2))).await.unwrap();
    assert_eq!((of_nobody.contact_id, of_nobody.campaign_id), (None, None));
}

/// Whoever is on the line is not called, and what they come to after it is not for their call to say.
pub async fn a_contact_who_calls_is_not_called_meanwhile(stores: &Stage) {
    let (list, contacts) = stores.given_list(1).await;
    let number = &contacts[0].person.phone_number;
    stores.plan(list.id, 1, T0).await;
    let call = stores.receive(list.user_id, incoming(&["7"], number)).await.unwrap();
    assert_eq!(stores.claim(list.id, 1, minute(2)).await.calls, []);
    stores.end(call.id, CallOutcome::Completed, minute(3)).await.unwrap();
    let after = stores.contact(contacts[0].id).await;
    assert_eq!((after.attempts, after.closed_reason), (0, None));
    let dialled = stores.dial(list.id, minute(4)).await;
    assert_eq!(dialled.contact_id, Some(contacts[0].id));
    let second = stores.receive(list.user_id, incoming(&["8"], number)).await.unwrap();
    assert_eq!(second.contact_id, None, "the contact is in a live attempt");
    stores.end(dialled.id, CallOutcome::Busy, minute(5)).await.unwrap();
    assert_eq!(stores.contact(contacts[0].id).await.attempts, 1);
}

/// Told by many at once, as by a sweep and an event on several machines.
pub async fn a_call_told_by_many_at_once_is_written_down_once(stores: &Stage) {
    let owner = user();
    let received = at_once(8, |_| {
        let stores = stores.clone();
        async move {
            let call = incoming(&["7"], &number(1)).written(id(CallId::new), owner, Some(&number(900)), T0).unwrap();
            stores.calls.receive(&call, &[ProviderCallId::new("7")]).await
        }
    })
    .await;
    let written = received.iter().filter(|one| matches!(one, Ok(Some(_)))).count();
    assert_eq!(written, 1, "{received:?}");
    assert_eq!(stores.calls.open().await.unwrap().len(), 1);
}
