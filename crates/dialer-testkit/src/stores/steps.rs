//! Steps of agents: each leads where the domain says, with its history and its event, or nowhere.

use dialer_domain::agents::offers::Offer;
use dialer_domain::agents::store::StepError;
use dialer_domain::agents::{Agent, AgentState, AgentStep, Doing, PauseCode, Presence, Standing};
use dialer_domain::events::EventKind;
use dialer_domain::{CallId, CallOutcome, CampaignId, ContactId, Duration, QueueEntryId};

use super::Stage;
use super::crew::lunch;
use super::scene::{at_once, minute};
use crate::builders::{T0, agent, id, user};

/// An agent in each state, and for those who mean to do something else afterwards one of each kind.
fn every_presence() -> Vec<Presence> {
    let call = id(CallId::new);
    let offer = Offer {
        campaign_id: id(CampaignId::new),
        contact_id: id(ContactId::new),
        entry_id: id(QueueEntryId::new),
        until: minute(5),
    };
    let mut all = Vec::new();
    for then in [Standing::Offline, Standing::Ready, lunch()] {
        let busy = [
            Doing::Reserved(offer.clone()),
            Doing::Ringing(call),
            Doing::Talking(call),
            Doing::WrapUp { call, until: minute(5) },
        ];
        let standing = Doing::Standing(then.clone());
        for doing in std::iter::once(standing).chain(busy) {
            all.push(Presence { doing, since: T0, then: then.clone(), seen_at: T0 });
        }
    }
    for state in AgentState::ALL {
        assert!(all.iter().any(|presence| presence.state() == *state), "{state}");
    }
    all
}

/// Each kind of step, as far as it depends on the state with the call and the contact that it is about and with others.
fn every_step(presence: &Presence) -> Vec<AgentStep> {
    let other = Offer {
        campaign_id: id(CampaignId::new),
        contact_id: id(ContactId::new),
        entry_id: id(QueueEntryId::new),
        until: minute(20),
    };
    let wrap_up = Duration::seconds(30);
    let mut steps = vec![
        AgentStep::Stand(Standing::Offline),
        AgentStep::Stand(Standing::Ready),
        AgentStep::Stand(lunch()),
        AgentStep::Reserve(other),
        AgentStep::Skip,
        AgentStep::Withdraw,
        AgentStep::FinishWrapUp,
        AgentStep::Wait,
        AgentStep::Lose,
        AgentStep::Dial { call: id(CallId::new), contact: presence.doing.offer().map(|offer| offer.contact_id) },
        AgentStep::Dial { call: id(CallId::new), contact: Some(id(ContactId::new)) },
    ];
    for call in [presence.doing.call().unwrap_or(id(CallId::new)), id(CallId::new)] {
        steps.extend([
            AgentStep::Answer { call },
            AgentStep::End { call, talked: true, wrap_up },
            AgentStep::End { call, talked: true, wrap_up: Duration::ZERO },
            AgentStep::End { call, talked: false, wrap_up },
            AgentStep::Unreachable { call },
        ]);
    }
    steps
}

/// Every state and every step: what is stored is what the domain says, legal, told and in the history, and what is refused
/// has not happened.
pub async fn every_step_leads_where_the_domain_says_or_nowhere(stores: &Stage) {
    let owner = user();
    let mut reached = Vec::new();
    for presence in every_presence() {
        for step in every_step(&presence) {
            let before = Agent { presence: presence.clone(), ..agent(owner) };
            stores.profiles.add(&before).await.unwrap();
            let mark = stores.mark().await;
            let told = stores.desk.step(before.user_id, &step, false, minute(5)).await;
            let found = stores.agent(before.user_id).await;
            let kinds = stores.happened_since(mark).await;
            match presence.after(&step, minute(5)) {
                Err(refused) => {
                    assert!(matches!(told, Err(StepError::NotNow(why)) if why == refused), "{told:?}");
                    assert_eq!((&found, &kinds[..]), (&before, &[][..]), "{step:?}");
                }
                Ok(next) => {
                    let next = next.unwrap_or_else(|| presence.clone());
                    let (from, to) = (presence.state(), next.state());
                    assert!(from == to || from.may_become(to), "{from} became {to} by {step:?}");
                    assert_eq!(found, Agent { presence: next.clone(), ..before.clone() }, "{step:?}");
                    assert_eq!(told.unwrap(), Some(found), "{step:?}");
                    let moved = next.doing != presence.doing;
                    assert_eq!(kinds, vec![EventKind::AgentState; usize::from(moved)], "{step:?}");
                    assert_eq!(stores.states(&before).await.len(), 1 + usize::from(moved));
                    assert_eq!(stores.state(&before).await, to);
                    reached.push((from, to));
                }
            }
        }
    }
    for from in AgentState::ALL {
        for to in AgentState::ALL.iter().filter(|to| from.may_become(**to)) {
            assert!(reached.contains(&(*from, *to)), "no step was tried that leads from {from} to {to}");
        }
    }
}

/// The event is the owner's, and says what the agent turned to from what.
pub async fn a_step_is_stored_with_its_history_and_its_event(stores: &Stage) {
    let before = agent(user());
    stores.profiles.add(&before).await.unwrap();
    let mark = stores.mark().await;
    let after = stores.step(&before, AgentStep::Stand(lunch()), minute(3)).await;
    let [event] = &stores.since(mark).await[..] else { panic!("not one event") };
    assert_eq!(*event, after.state_event(&before.presence));
    assert_eq!((event.user_id, event.at, &event.data["pause_code"]), (before.owner_id, minute(3), &"lunch".into()));
    let history = stores.history(&before).await;
    assert_eq!((history[0].from, history[0].to), (T0, Some(minute(3))));
    assert_eq!((history[1].state, history[1].from), (AgentState::Paused, minute(3)));
    let mark = stores.mark().await;
    assert_eq!(stores.step(&before, AgentStep::Stand(lunch()), minute(4)).await, after, "nothing new");
    assert_eq!((stores.history(&before).await.len(), stores.happened_since(mark).await), (2, vec![]));
}

/// Through a whole day, also when much happens at one instant, and when a clock goes back.
pub async fn the_history_has_no_gap_and_no_overlap(stores: &Stage) {
    use AgentState::{Offline, Paused, Ready, Ringing, Talking, WrapUp};
    let (list, robin, call) = stores.given_agent_on_a_call().await;
    stores.answer(&call, minute(1)).await;
    stores.end(call.id, CallOutcome::Completed, minute(2)).await.unwrap();
    for (at, step) in [
        (2, AgentStep::FinishWrapUp),
        (2, AgentStep::Stand(lunch())),
        (2, AgentStep::Stand(Standing::Ready)),
        (1, AgentStep::Stand(Standing::Offline)),
        (9, AgentStep::Stand(Standing::Ready)),
    ] {
        stores.step(&robin, step, minute(at)).await;
    }
    assert_eq!(stores.states(&robin).await, [Ready, Ringing, Talking, WrapUp, Ready, Paused, Ready, Offline, Ready]);
    let history = stores.history(&robin).await;
    let spent: Duration = history.iter().map(|span| span.within(T0, minute(20))).sum();
    assert_eq!(spent, Duration::minutes(20), "every second is in exactly one state");
    assert_eq!(history.iter().filter(|span| span.call_id == Some(call.id)).count(), 3);
    assert_eq!(list.id, call.campaign_id.unwrap());
}

/// Of the agent's client only: it is noted with the step, never earlier than before, and is no event.
pub async fn a_sign_of_life_is_noted(stores: &Stage) {
    let robin = agent(user());
    stores.profiles.add(&robin).await.unwrap();
    let mark = stores.mark().await;
    for (heard, at, seen) in [(true, 5, 5), (false, 7, 5), (true, 3, 5), (true, 9, 9)] {
        let after = stores.desk.step(robin.user_id, &AgentStep::Wait, heard, minute(at)).await.unwrap().unwrap();
        assert_eq!(after, stores.agent(robin.user_id).await);
        assert_eq!((after.presence.seen_at, after.presence.since), (minute(seen), T0));
    }
    assert_eq!((stores.happened_since(mark).await, stores.states(&robin).await), (vec![], vec![AgentState::Ready]));
}

/// Nor is anything offered to them, and they can accept and skip nothing.
pub async fn whoever_has_no_profile_takes_no_step(stores: &Stage) {
    let (list, _) = stores.given_list(1).await;
    let (nobody, mark) = (user(), stores.mark().await);
    stores.plan(list.id, 1, T0).await;
    assert_eq!(stores.desk.step(nobody, &AgentStep::Stand(Standing::Ready), true, T0).await.unwrap(), None);
    assert_eq!(stores.desk.offer(list.id, nobody, minute(1), T0).await.unwrap(), None);
    assert_eq!(stores.desk.offered(nobody).await.unwrap(), None);
    assert_eq!(stores.desk.accept_offer(nobody, id(CallId::new), T0).await.unwrap(), None);
    assert_eq!(stores.desk.skip_offer(nobody, None, T0).await.unwrap(), None);
    assert_eq!(stores.happened_since(mark).await, []);
}

/// However many hands an agent has: one step after the other, and none is lost.
pub async fn steps_at_once_follow_each_other(stores: &Stage) {
    let robin = agent(user());
    stores.profiles.add(&robin).await.unwrap();
    at_once(8, |n| {
        let (stores, user) = (stores.clone(), robin.user_id);
        async move {
            for round in 0..5 {
                let code = PauseCode::parse(&format!("pause-{n}-{round}")).unwrap();
                let pause = AgentStep::Stand(Standing::Paused(code));
                assert!(stores.desk.step(user, &pause, true, minute(1)).await.unwrap().is_some());
            }
        }
    })
    .await;
    assert_eq!(stores.states(&robin).await.len(), 41);
    let told = stores.events().await.into_iter().filter(|event| event.event.kind == EventKind::AgentState);
    assert_eq!(told.count(), 40);
}
