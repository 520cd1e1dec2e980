//! Calls for agents: only for those who are ready, one each, and a promise is kept by whoever gave it.

use dialer_domain::agents::{Agent, AgentState, AgentStep, Doing, Standing};
use dialer_domain::dispositions::{Disposition, NewDisposition};
use dialer_domain::events::EventKind;
use dialer_domain::queue::QueueStatus;
use dialer_domain::queue::store::{Claimed, ContactClaim};
use dialer_domain::{Call, CallId, CallOutcome, Campaign, Contact, ContactStatus, Duration, QueueEntryId, Scope};

use super::Stage;
use super::callers::wish;
use super::crew::lunch;
use super::scene::{all_differ, at_once, everything, minute};
use crate::builders::{T0, agent, campaign, contact, disposition, id, slot, slot_of, user};

/// The slots of the others stay without a call, and their contacts wait.
pub async fn a_claim_gives_calls_only_to_agents_who_are_ready(stores: &Stage) {
    let (list, contacts) = stores.given_list(4).await;
    let (ready, paused) = (stores.given_agent_of(&list).await, stores.given_agent_of(&list).await);
    stores.step(&paused, AgentStep::Stand(lunch()), minute(1)).await;
    stores.plan(list.id, 4, T0).await;
    let unknown = agent(user());
    let phone = slot("phone-1");
    let slots = vec![slot_of(&paused), slot_of(&unknown), slot_of(&ready), phone.clone()];
    let mark = stores.mark().await;
    let claimed = stores.claim_for(list.id, slots.clone(), minute(2)).await;
    let given: Vec<_> = claimed.calls.iter().map(|call| (call.id, call.agent_id, call.contact_id.unwrap())).collect();
    assert_eq!(given, [(slots[2].call_id, Some(ready.user_id), contacts[0].id), (phone.call_id, None, contacts[1].id)]);
    let told = stores.happened_since(mark).await;
    assert_eq!(told, [EventKind::CallInitiated, EventKind::AgentState, EventKind::CallInitiated]);
    assert_eq!(stores.agent(ready.user_id).await.presence.doing, Doing::Ringing(slots[2].call_id));
    assert_eq!((stores.state(&ready).await, stores.state(&paused).await), (AgentState::Ringing, AgentState::Paused));
    assert_eq!(stores.contact(contacts[0].id).await.reserved_for, Some(ready.user_id));
    assert_eq!(stores.contact(contacts[1].id).await.reserved_for, None);
    let again = stores.claim_for(list.id, vec![slot_of(&ready), slot_of(&paused)], minute(3)).await;
    assert_eq!(again, Claimed::default());
    let waiting = stores.entries.list(Scope::Service, list.id, Some(QueueStatus::Queued), everything()).await.unwrap();
    assert_eq!(waiting.total, 2);
}

/// Who is given a call is not ready any more, in the same claim as well.
pub async fn an_agent_gets_one_call_however_many_slots_there_are(stores: &Stage) {
    let (list, contacts) = stores.given_list(3).await;
    let robin = stores.given_agent_of(&list).await;
    stores.plan(list.id, 3, T0).await;
    let twice = vec![slot_of(&robin), slot_of(&robin)];
    let calls = stores.claim_for(list.id, twice.clone(), T0).await.calls;
    assert_eq!(calls.iter().map(|call| call.id).collect::<Vec<_>>(), [twice[0].call_id]);
    assert_eq!(stores.contact(contacts[1].id).await, contacts[1]);
    assert_eq!(stores.state(&robin).await, AgentState::Ringing);
}

/// Also where each claim is for another campaign.
pub async fn claims_at_once_give_an_agent_one_call(stores: &Stage) {
    let mut lists = Vec::new();
    for _ in 0..4 {
        let (list, _) = stores.given_list(4).await;
        stores.plan(list.id, 4, T0).await;
        lists.push(list);
    }
    let agents = stores.given_agents_of(&lists[0], 3).await;
    let calls: Vec<Call> = at_once(8, |n| {
        let (stores, list) = (stores.clone(), lists[n % 4].id);
        let mut slots: Vec<_> = agents.iter().map(slot_of).collect();
        slots.rotate_left(n % 3);
        async move { stores.claim_for(list, slots, T0).await.calls }
    })
    .await
    .concat();
    assert_eq!(calls.len(), 3);
    assert!(all_differ(calls.iter().map(|call| call.agent_id)));
    for agent in &agents {
        assert_eq!(stores.states(agent).await, [AgentState::Ready, AgentState::Ringing]);
    }
}

/// At its time; one that is not personal goes to anyone, and so does what was promised once and is no callback any more.
pub async fn a_personal_callback_goes_only_to_its_agent(stores: &Stage) {
    let (list, robin, call) = stores.given_agent_on_a_call().await;
    let kim = stores.given_agent_of(&list).await;
    let promise = NewDisposition {
        user_id: robin.user_id,
        follow_up_date: Some(minute(60)),
        personal: true,
        ..disposition(&call, Disposition::Callback, minute(1))
    };
    stores.dispositions.record(Scope::User(robin.user_id), &promise).await.unwrap().unwrap();
    stores.end(call.id, CallOutcome::Completed, minute(2)).await.unwrap();
    stores.desk.pass_time(None, minute(5)).await.unwrap();
    let promised = stores.contact(call.contact_id.unwrap()).await;
    assert_eq!((promised.status, promised.callback_for), (ContactStatus::Callback, Some(robin.user_id)));
    stores.plan(list.id, 1, minute(60)).await;
    let mark = stores.mark().await;
    let others = vec![slot_of(&kim), slot("phone-1")];
    assert_eq!(stores.claim_for(list.id, others, minute(60)).await, Claimed::default());
    assert_eq!(stores.offer_to(&list, &kim, minute(60)).await, None);
    assert_eq!(stores.happened_since(mark).await, []);
    let both = vec![slot_of(&kim), slot_of(&robin)];
    let kept = stores.claim_for(list.id, both, minute(60)).await.calls;
    assert_eq!(
        kept.iter().map(|call| (call.agent_id, call.callback)).collect::<Vec<_>>(),
        [(Some(robin.user_id), true)]
    );
    stores.end(kept[0].id, CallOutcome::NoAnswer, minute(61)).await.unwrap();
    let tried = stores.contact(promised.id).await;
    assert_eq!(tried.status, ContactStatus::Failed);
    stores.plan(list.id, 1, minute(200)).await;
    assert_eq!(stores.claim_for(list.id, vec![slot_of(&kim)], minute(200)).await.calls.len(), 1);
}

/// Whoever stands behind a promise to somebody who is away is called, and so is somebody promised to another agent.
pub async fn a_promise_of_somebody_else_keeps_nobody_waiting(stores: &Stage) {
    let list = stores.given(campaign().active()).await;
    let agents = stores.given_agents_of(&list, 3).await;
    let away = user();
    let promised_to = |agent| contact(list.id).callback(T0 - Duration::HOUR).callback_for(agent).build();
    let contested = Contact { reserved_for: Some(away), ..promised_to(agents[1].user_id) };
    let contacts = vec![
        promised_to(away),
        contested,
        promised_to(away),
        promised_to(agents[2].user_id),
        contact(list.id).build(),
        contact(list.id).build(),
    ];
    stores.import(&list, contacts.clone()).await;
    stores.plan(list.id, 9, T0).await;
    let slots: Vec<_> = agents.iter().map(slot_of).collect();
    let claimed = stores.claim_for(list.id, slots, T0).await;
    let mut given: Vec<_> =
        claimed.calls.iter().map(|call| (call.contact_id.unwrap(), call.agent_id.unwrap())).collect();
    given.sort_unstable();
    let mut expected = vec![
        (contacts[3].id, agents[2].user_id),
        (contacts[4].id, agents[0].user_id),
        (contacts[5].id, agents[1].user_id),
    ];
    expected.sort_unstable();
    assert_eq!((given, claimed.refused), (expected, 0));
    assert_eq!(stores.claim(list.id, 2, T0).await, Claimed::default());
    for index in [0, 1, 2] {
        assert_eq!(stores.contact(contacts[index].id).await, contacts[index]);
    }
}

/// Nobody else is given it meanwhile, and everybody may be given it afterwards.
pub async fn a_contact_is_its_agent_s_until_the_call_is_written_up(stores: &Stage) {
    let (list, robin, call) = stores.given_agent_on_a_call().await;
    let contact = call.contact_id.unwrap();
    let theirs = Some(robin.user_id);
    assert_eq!(stores.contact(contact).await.reserved_for, theirs);
    stores.answer(&call, minute(1)).await;
    let seen = stores.contacts.get(Scope::User(robin.user_id), contact).await.unwrap();
    assert_eq!(seen.unwrap().reserved_for, theirs);
    stores.end(call.id, CallOutcome::Completed, minute(2)).await.unwrap();
    assert_eq!(stores.contact(contact).await.reserved_for, theirs);
    let before = stores.contact(contact).await;
    let after = stores.step(&robin, AgentStep::FinishWrapUp, minute(3)).await;
    assert_eq!(after.presence.state(), AgentState::Ready);
    let free = Contact { reserved_for: None, updated_at: minute(3), ..before };
    assert_eq!(stores.contact(contact).await, free);
    assert_eq!(stores.contacts.get(Scope::User(robin.user_id), contact).await.unwrap(), None);
    assert_eq!(stores.stats(list.id).await.completed, 1);
}

/// The agent turns away from the contact and to it again in one transaction.
pub async fn a_contact_called_again_while_it_is_written_up_stays_callable(stores: &Stage) {
    let (list, robin, call) = stores.given_agent_on_a_call().await;
    stores.answer(&call, minute(1)).await;
    stores.end(call.id, CallOutcome::Completed, minute(2)).await.unwrap();
    let promise = NewDisposition {
        user_id: robin.user_id,
        follow_up_date: Some(minute(2)),
        ..disposition(&call, Disposition::Callback, minute(2))
    };
    stores.dispositions.record(Scope::User(robin.user_id), &promise).await.unwrap().unwrap();
    let contact = stores.contact(call.contact_id.unwrap()).await;
    let claimed = stores.call_by(&list, &contact, &robin).await;
    let ContactClaim::Call(again) = claimed else { panic!("{claimed:?}") };
    let calling = stores.contact(contact.id).await;
    assert_eq!((calling.status, calling.last_call_id), (ContactStatus::Calling, Some(again.id)));
    assert_eq!(calling.reserved_for, None);
    assert_eq!(stores.agent(robin.user_id).await.presence.doing, Doing::Ringing(again.id));
    stores.end(again.id, CallOutcome::Busy, minute(3)).await.unwrap();
    assert_eq!(stores.state(&robin).await, AgentState::Ready);
}

impl Stage {
    /// The campaign's owner has an agent call the contact at minute 2.
    async fn call_by(&self, list: &Campaign, contact: &Contact, agent: &Agent) -> ContactClaim {
        let wish = wish(list, contact, agent);
        let (owner, entry) = (Scope::User(list.user_id), id(QueueEntryId::new));
        self.queue.claim_contact(owner, contact.id, entry, wish, minute(2)).await.unwrap().unwrap()
    }
}

/// Claims, offers, news, pauses and the clock all at once: nobody gets stuck, and the books balance.
pub async fn agents_are_worked_from_all_sides(stores: &Stage) {
    let (list, _) = stores.given_list_of(campaign().active().max_attempts(9).retry_interval(Duration::ZERO), 24).await;
    let agents = stores.given_agents_of(&list, 4).await;
    at_once(6, |n| {
        let (stores, list, agents) = (stores.clone(), list.clone(), agents.clone());
        async move {
            for round in 0..6 {
                let agent = &agents[(n + round) % 4];
                stores.plan(list.id, 12, T0).await;
                let mut calls = match n % 3 {
                    0 => stores.claim_for(list.id, agents.iter().map(slot_of).collect(), T0).await.calls,
                    1 => {
                        stores.desk.offer(list.id, agent.user_id, minute(1), T0).await.unwrap();
                        match stores.desk.accept_offer(agent.user_id, id(CallId::new), T0).await {
                            Ok(Some(ContactClaim::Call(call))) => vec![*call],
                            _ => vec![],
                        }
                    }
                    _ => {
                        drop(stores.desk.skip_offer(agent.user_id, None, T0).await);
                        stores.calls.open().await.unwrap()
                    }
                };
                if round % 2 == 1 {
                    calls.reverse();
                }
                for call in calls {
                    stores.calls.apply(call.id, &crate::builders::answered(T0), T0).await.unwrap();
                    stores.end(call.id, CallOutcome::Completed, T0).await;
                }
                stores.desk.pass_time(None, minute(2)).await.unwrap();
                let stand = AgentStep::Stand(if round % 2 == 0 { lunch() } else { Standing::Ready });
                drop(stores.desk.step(agent.user_id, &stand, true, T0).await);
            }
        }
    })
    .await;
    for call in stores.calls.open().await.unwrap() {
        stores.end(call.id, CallOutcome::Failed, minute(3)).await.unwrap();
    }
    for agent in &agents {
        stores.step(agent, AgentStep::Stand(Standing::Offline), minute(4)).await;
        assert_eq!(stores.state(agent).await, AgentState::Offline);
    }
    assert!(stores.list(list.id).await.iter().all(|row| row.reserved_for.is_none()), "nobody is kept");
    assert_eq!(stores.stats(list.id).await.calling, 0);
    let mut calls = Vec::new();
    for event in stores.events().await.into_iter().map(|event| event.event) {
        if event.kind == EventKind::CallInitiated {
            calls.push(event.call_id);
        }
    }
    assert!(!calls.is_empty() && all_differ(calls));
}
