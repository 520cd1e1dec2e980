//! What agents do: each step leads where the domain says, with its history and its event, or nowhere.

use dialer_domain::agents::offers::Offer;
use dialer_domain::agents::store::StepError;
use dialer_domain::agents::{Agent, AgentState, AgentStep, Doing, NotNow, PauseCode, Presence, Standing};
use dialer_domain::calls::store::Added;
use dialer_domain::calls::{CallPatch, Evidence, NewCall};
use dialer_domain::eligibility::{Refusal, RefusalCode};
use dialer_domain::events::EventKind;
use dialer_domain::queue::store::ContactClaim;
use dialer_domain::{
    Call, CallId, CallOutcome, CallStatus, Campaign, CampaignId, Contact, ContactId, Duration, OffsetDateTime,
    QueueEntryId, Scope,
};

use super::Stage;
use super::crew::lunch;
use super::scene::{at_once, minute};
use crate::builders::{T0, agent, call, id, user};

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
            let stored = stores.agent(before.user_id).await;
            let kinds = stores.happened_since(mark).await;
            match presence.after(&step, minute(5)) {
                Err(refused) => {
                    assert!(matches!(told, Err(StepError::NotNow(why)) if why == refused), "{told:?}");
                    assert_eq!((&stored, &kinds[..]), (&before, &[][..]), "{step:?}");
                }
                Ok(next) => {
                    let next = next.unwrap_or_else(|| presence.clone());
                    let (from, to) = (presence.state(), next.state());
                    assert!(from == to || from.may_become(to), "{from} became {to} by {step:?}");
                    assert_eq!(stored, Agent { presence: next.clone(), ..before.clone() }, "{step:?}");
                    assert_eq!(told.unwrap(), Some(stored), "{step:?}");
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
    use AgentState::{Offline, Paused, Ready, Ringing, Talking, WrapUp};
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

/// From ringing to ready again, by news of the call and by time.
pub async fn an_answered_call_is_talked_through_and_written_up(stores: &Stage) {
    let (_, robin, call) = stores.given_agent_on_a_call().await;
    assert_eq!((stores.state(&robin).await, call.agent_id), (AgentState::Ringing, Some(robin.user_id)));
    stores.place(call.id, "p-1", minute(1)).await.unwrap();
    assert_eq!(stores.state(&robin).await, AgentState::Ringing);
    stores.answer(&call, minute(2)).await;
    assert_eq!(stores.state(&robin).await, AgentState::Talking);
    let mark = stores.mark().await;
    stores.end(call.id, CallOutcome::Completed, minute(3)).await.unwrap();
    let told = [EventKind::CallEnded, EventKind::ContactSettled, EventKind::AgentState];
    assert_eq!(stores.happened_since(mark).await, told);
    let writing = stores.agent(robin.user_id).await;
    let until = minute(3) + robin.wrap_up;
    assert_eq!(writing.presence.doing, Doing::WrapUp { call: call.id, until });
    assert_eq!(stores.desk.pass_time(None, until - Duration::MICROSECOND).await.unwrap(), []);
    let passed = stores.desk.pass_time(None, until).await.unwrap();
    assert_eq!(passed, [stores.agent(robin.user_id).await]);
    assert_eq!((stores.state(&robin).await, passed[0].presence.since), (AgentState::Ready, until));
    stores.learn(call.id, CallOutcome::NoAnswer, Evidence::Record, minute(9)).await.unwrap();
    assert_eq!(stores.state(&robin).await, AgentState::Ready, "what is learned of a call that is over moves nobody");
}

/// The agent is ready for the next one at once.
pub async fn a_call_that_nobody_answered_needs_no_writing_up(stores: &Stage) {
    let (_, robin, call) = stores.given_agent_on_a_call().await;
    stores.end(call.id, CallOutcome::NoAnswer, minute(1)).await.unwrap();
    assert_eq!(stores.state(&robin).await, AgentState::Ready);
    assert_eq!(stores.contact(call.contact_id.unwrap()).await.reserved_for, None);
}

/// It does not end the call, and neither wrap-up nor anything else comes after it.
pub async fn a_pause_during_a_call_holds_after_it(stores: &Stage) {
    let (list, robin, call) = stores.given_agent_on_a_call().await;
    stores.answer(&call, minute(1)).await;
    let mark = stores.mark().await;
    let after = stores.step(&robin, AgentStep::Stand(lunch()), minute(2)).await;
    assert_eq!((after.presence.state(), after.presence.then), (AgentState::Talking, lunch()));
    assert_eq!(stores.happened_since(mark).await, []);
    stores.end(call.id, CallOutcome::Completed, minute(3)).await.unwrap();
    assert_eq!(stores.state(&robin).await, AgentState::WrapUp);
    stores.desk.pass_time(None, minute(4)).await.unwrap();
    assert_eq!(stores.state(&robin).await, AgentState::Paused);
    assert_eq!(stores.desk.crew().await.unwrap().ready, []);
    assert_eq!(stores.offer_to(&list, &robin, minute(5)).await, None);
}

/// Nobody else notices; a live call is not harmed.
pub async fn a_silent_agent_is_signed_off_and_on_a_call_only_after_it(stores: &Stage) {
    let (list, busy, call) = stores.given_agent_on_a_call().await;
    let (idle, heard, away) = (agent(list.user_id), agent(list.user_id), agent(list.user_id));
    let away = Agent { presence: Presence::offline(T0), ..away };
    for agent in [&idle, &heard, &away] {
        stores.profiles.add(agent).await.unwrap();
    }
    stores.desk.step(heard.user_id, &AgentStep::Wait, true, minute(1)).await.unwrap();
    let lost = stores.desk.pass_time(Some(minute(1)), minute(2)).await.unwrap();
    assert_eq!(lost.len(), 2, "{lost:?}");
    assert_eq!(stores.state(&idle).await, AgentState::Offline);
    assert_eq!((stores.state(&heard).await, stores.state(&away).await), (AgentState::Ready, AgentState::Offline));
    assert_eq!(stores.state(&busy).await, AgentState::Ringing);
    assert_eq!(stores.desk.pass_time(Some(minute(1)), minute(3)).await.unwrap(), [], "once");
    stores.end(call.id, CallOutcome::NoAnswer, minute(4)).await.unwrap();
    assert_eq!(stores.state(&busy).await, AgentState::Offline);
    assert_eq!(stores.call(call.id).await.outcome, Some(CallOutcome::NoAnswer));
}

/// With the campaigns that each works on, what is offered to whom, and every phone.
pub async fn the_crew_is_who_waits_longest_first(stores: &Stage) {
    let (list, _) = stores.given_list(1).await;
    let (empty, _) = stores.given_list(0).await;
    let (first, second, third) =
        (stores.given_agent_of(&list).await, stores.given_agent_of(&list).await, agent(list.user_id));
    stores.profiles.add(&third).await.unwrap();
    let gone = stores.given_profile(Agent { presence: Presence::offline(T0), ..agent(empty.user_id) }, &empty).await;
    stores.step(&first, AgentStep::Stand(lunch()), minute(1)).await;
    stores.step(&first, AgentStep::Stand(Standing::Ready), minute(2)).await;
    let offer = stores.offer_to(&list, &second, minute(3)).await.unwrap();
    let crew = stores.desk.crew().await.unwrap();
    let ready: Vec<_> = crew.ready.iter().map(|ready| (ready.user_id, ready.since)).collect();
    assert_eq!(ready, [(third.user_id, T0), (first.user_id, minute(2))]);
    assert_eq!((&crew.ready[0].campaigns[..], &crew.ready[1].campaigns[..]), (&[][..], &[list.id][..]));
    assert_eq!(crew.ready[0].line, third.line);
    assert_eq!(crew.reserved, [(second.user_id, offer)]);
    let mut staffed = vec![list.id, empty.id];
    staffed.sort_unstable();
    assert_eq!(crew.staffed, staffed);
    let mut phones: Vec<_> = crew.lines.iter().map(|line| line.as_str().to_owned()).collect();
    let mut all: Vec<_> = [first, second, third, gone].iter().map(|agent| agent.line.as_str().to_owned()).collect();
    phones.sort();
    all.sort();
    assert_eq!(phones, all);
}

/// The call that a person who is an agent wants to place to a contact.
fn wish(list: &Campaign, contact: &Contact, agent: &Agent) -> NewCall {
    NewCall {
        id: id(CallId::new),
        user_id: list.user_id,
        to_number: contact.person.phone_number.clone(),
        from_number: None,
        agent: Some(agent.line.clone()),
        agent_id: Some(agent.user_id),
        lead_id: None,
        campaign_id: Some(list.id),
        metadata: serde_json::Map::new(),
    }
}

fn own_call(agent: &Agent, at: OffsetDateTime) -> Call {
    call().owner(agent.user_id).handled_by(agent.user_id).started_at(at).build()
}

/// Whether it is to a number or to a contact; while a contact is offered, only that one may be called.
pub async fn a_person_on_a_call_cannot_place_a_second_one(stores: &Stage) {
    let (list, contacts) = stores.given_list(2).await;
    let robin = stores.given_agent_of(&list).await;
    let first = own_call(&robin, minute(1));
    assert_eq!(stores.calls.add(&first).await.unwrap(), Added::Written);
    assert_eq!(stores.agent(robin.user_id).await.presence.doing, Doing::Ringing(first.id));
    let before = (stores.mark().await, stores.agent(robin.user_id).await);
    let busy = |state| Added::AgentBusy(NotNow { state });
    let second = own_call(&robin, minute(2));
    assert_eq!(stores.calls.add(&second).await.unwrap(), busy(AgentState::Ringing));
    assert_eq!(stores.calls.get(Scope::Service, second.id).await.unwrap(), None);
    let claim = async |contact: &Contact, at| {
        let (wish, entry) = (wish(&list, contact, &robin), id(QueueEntryId::new));
        stores.queue.claim_contact(Scope::User(list.user_id), contact.id, entry, wish, at).await.unwrap().unwrap()
    };
    let taken = ContactClaim::Refused(Refusal::taken(RefusalCode::AgentBusy));
    assert_eq!(claim(&contacts[0], minute(2)).await, taken);
    assert_eq!(stores.contact(contacts[0].id).await, contacts[0]);
    assert_eq!((stores.happened_since(before.0).await, stores.agent(robin.user_id).await), (vec![], before.1));

    stores.end(first.id, CallOutcome::Busy, minute(3)).await.unwrap();
    assert_eq!(stores.state(&robin).await, AgentState::Ready);
    let offer = stores.offer_to(&list, &robin, minute(4)).await.unwrap();
    assert_eq!(stores.calls.add(&own_call(&robin, minute(5))).await.unwrap(), busy(AgentState::Reserved));
    assert_eq!(claim(&contacts[1], minute(5)).await, taken);
    assert_eq!(offer.contact_id, contacts[0].id);
    let ContactClaim::Call(call) = claim(&contacts[0], minute(5)).await else { panic!("the one that is offered") };
    assert_eq!(stores.agent(robin.user_id).await.presence.doing, Doing::Ringing(call.id));
    let stranger = own_call(&agent(user()), minute(6));
    assert_eq!(stores.calls.add(&stranger).await.unwrap(), Added::Written, "whoever has no profile is never busy");
    let over = call_that_is_over(&robin);
    assert_eq!(stores.calls.add(&over).await.unwrap(), Added::Written, "what is over keeps nobody");
}

fn call_that_is_over(agent: &Agent) -> Call {
    call().owner(agent.user_id).handled_by(agent.user_id).ended(CallOutcome::Busy, minute(1)).build()
}

/// Writing up ends with it, and so does the claim on the contact that was written up.
pub async fn a_person_who_writes_up_one_call_may_place_the_next(stores: &Stage) {
    let (_, robin, call) = stores.given_agent_on_a_call().await;
    stores.answer(&call, minute(1)).await;
    stores.end(call.id, CallOutcome::Completed, minute(2)).await.unwrap();
    let contact = call.contact_id.unwrap();
    assert_eq!(stores.contact(contact).await.reserved_for, Some(robin.user_id));
    let mark = stores.mark().await;
    let next = own_call(&robin, minute(2));
    assert_eq!(stores.calls.add(&next).await.unwrap(), Added::Written);
    assert_eq!(stores.happened_since(mark).await, [EventKind::CallInitiated, EventKind::AgentState]);
    assert_eq!(stores.agent(robin.user_id).await.presence.doing, Doing::Ringing(next.id));
    assert_eq!(stores.contact(contact).await.reserved_for, None);
}

/// The owner of a call who says that it is over says so for its agent as well.
pub async fn a_person_s_patch_ends_the_agent_s_call(stores: &Stage) {
    let (list, robin, call) = stores.given_agent_on_a_call().await;
    let patch = CallPatch { status: Some(CallStatus::Busy), ..CallPatch::default() };
    let mark = stores.mark().await;
    stores.calls.patch(Scope::User(list.user_id), call.id, &patch, minute(1)).await.unwrap().unwrap();
    let told = [EventKind::CallUpdated, EventKind::CallEnded, EventKind::ContactSettled, EventKind::AgentState];
    assert_eq!(stores.happened_since(mark).await, told);
    assert_eq!(stores.state(&robin).await, AgentState::Ready);
    assert_eq!(stores.contact(call.contact_id.unwrap()).await.reserved_for, None);
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
