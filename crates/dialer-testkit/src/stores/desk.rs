//! Agents through their day: on calls, away, and waiting for the next one.

use dialer_domain::agents::{Agent, AgentState, AgentStep, Doing, Presence, Standing};
use dialer_domain::calls::Evidence;
use dialer_domain::events::EventKind;
use dialer_domain::{CallOutcome, Duration};

use super::Stage;
use super::crew::lunch;
use super::scene::minute;
use crate::builders::{T0, agent};

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
    let (idle, present, away) = (agent(list.user_id), agent(list.user_id), agent(list.user_id));
    let away = Agent { presence: Presence::offline(T0), ..away };
    for agent in [&idle, &present, &away] {
        stores.profiles.add(agent).await.unwrap();
    }
    stores.desk.step(present.user_id, &AgentStep::Wait, true, minute(1)).await.unwrap();
    let signed_off = stores.desk.pass_time(Some(minute(1)), minute(2)).await.unwrap();
    assert_eq!(signed_off.len(), 2, "{signed_off:?}");
    assert_eq!(stores.state(&idle).await, AgentState::Offline);
    assert_eq!((stores.state(&present).await, stores.state(&away).await), (AgentState::Ready, AgentState::Offline));
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
    let mut phones: Vec<_> = crew.all.iter().map(|agent| agent.line.as_str().to_owned()).collect();
    let mut all: Vec<_> = [first, second, third, gone].iter().map(|agent| agent.line.as_str().to_owned()).collect();
    phones.sort();
    all.sort();
    assert_eq!(phones, all);
}
