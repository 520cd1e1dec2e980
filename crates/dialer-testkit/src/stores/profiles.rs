//! Profiles of agents: who they are, and what they did.

use dialer_domain::agents::{Agent, AgentPatch, AgentState, AgentStep, Doing, Presence, Standing};
use dialer_domain::events::EventKind;
use dialer_domain::telephony::AgentLine;
use dialer_domain::{AgentId, CallId, CallOutcome, ContactStatus, Duration, Precondition, Scope, StoreError};

use super::Stage;
use super::crew::lunch;
use super::scene::{at_once, everything, minute, window};
use crate::builders::{T0, agent, id, user};

fn duplicate(stored: Result<impl std::fmt::Debug, StoreError>) -> &'static str {
    match stored {
        Err(StoreError::Duplicate { what }) => what,
        other => panic!("{other:?}"),
    }
}

/// With everything, for the owner and for the agent, whose day begins with it.
pub async fn a_profile_comes_back_as_it_was_made(stores: &Stage) {
    let owner = user();
    let offline = Presence::offline(minute(1) + Duration::microseconds(7));
    let robin = Agent {
        display_name: "Renée \u{1f4de}".to_owned(),
        wrap_up: Duration::ZERO,
        presence: offline,
        created_at: minute(1),
        ..agent(owner)
    };
    let mark = stores.mark().await;
    stores.profiles.add(&robin).await.unwrap();
    for scope in [Scope::User(owner), Scope::User(robin.user_id), Scope::Service] {
        assert_eq!(stores.profiles.get(scope, robin.id).await.unwrap().as_ref(), Some(&robin));
    }
    assert_eq!(stores.profiles.of_user(robin.user_id).await.unwrap().as_ref(), Some(&robin));
    assert_eq!(stores.profiles.of_user(owner).await.unwrap(), None);
    assert_eq!(stores.since(mark).await, [robin.event(EventKind::AgentCreated, minute(1)).by(Scope::User(owner))]);
    let history = stores.history(&robin).await;
    assert_eq!((history[0].state, history[0].from), (AgentState::Offline, robin.presence.since));
}

/// Neither when they are made nor when they are changed; what is refused leaves nothing.
pub async fn nobody_has_two_profiles_and_no_two_agents_share_a_phone(stores: &Stage) {
    let (robin, kim) = (agent(user()), agent(user()));
    stores.profiles.add(&robin).await.unwrap();
    stores.profiles.add(&kim).await.unwrap();
    let mark = stores.mark().await;
    let second = Agent { user_id: robin.user_id, ..agent(user()) };
    assert_eq!(duplicate(stores.profiles.add(&second).await), "the agent's profile");
    let shared = Agent { line: robin.line.clone(), ..agent(user()) };
    assert_eq!(duplicate(stores.profiles.add(&shared).await), "an agent with this line");
    assert_eq!(stores.profiles.of_user(shared.user_id).await.unwrap(), None);
    assert_eq!(stores.profiles.history(Scope::Service, shared.id, T0, minute(9)).await.unwrap(), []);
    let patch = AgentPatch { line: Some(robin.line.clone()), ..AgentPatch::default() };
    let changed = stores.profiles.change(Scope::User(kim.owner_id), kim.id, &patch, minute(1)).await;
    assert_eq!(duplicate(changed), "an agent with this line");
    assert_eq!(stores.agent(kim.user_id).await, kim);
    assert_eq!(stores.happened_since(mark).await, []);
}

/// One is made; the others learn that there is one.
pub async fn of_many_profiles_of_a_user_made_at_once_one_is(stores: &Stage) {
    let (owner, robin) = (user(), user());
    let made = at_once(6, |_| {
        let (stores, new) = (stores.clone(), Agent { user_id: robin, ..agent(owner) });
        async move { stores.profiles.add(&new).await.is_ok() }
    })
    .await;
    assert_eq!(made.into_iter().filter(|made| *made).count(), 1);
    assert_eq!(stores.profiles.list(Scope::User(owner), None, everything()).await.unwrap().total, 1);
}

/// Not for reading, changing, removing, or looking at what they did.
pub async fn a_stranger_s_agent_does_not_exist(stores: &Stage) {
    let robin = agent(user());
    stores.profiles.add(&robin).await.unwrap();
    let (stranger, mark) = (Scope::User(user()), stores.mark().await);
    assert_eq!(stores.profiles.get(stranger, robin.id).await.unwrap(), None);
    assert_eq!(stores.profiles.list(stranger, None, everything()).await.unwrap().total, 0);
    let patch = AgentPatch { display_name: Some("Mine".to_owned()), ..AgentPatch::default() };
    assert_eq!(stores.profiles.change(stranger, robin.id, &patch, minute(1)).await.unwrap(), None);
    assert!(!stores.profiles.remove(stranger, robin.id, minute(1)).await.unwrap());
    assert_eq!(stores.profiles.history(stranger, robin.id, T0, minute(9)).await.unwrap(), []);
    for scope in [stranger, Scope::Service] {
        assert_eq!(stores.profiles.get(scope, id(AgentId::new)).await.unwrap(), None);
        assert!(!stores.profiles.remove(scope, id(AgentId::new), minute(1)).await.unwrap());
    }
    assert_eq!(stores.agent(robin.user_id).await, robin);
    assert_eq!(stores.happened_since(mark).await, []);
}

/// The profile is the owner's to change, also where it is about somebody else.
pub async fn an_agent_reads_the_own_profile_and_changes_nothing(stores: &Stage) {
    let owner = user();
    let (robin, kim) = (agent(owner), agent(owner));
    stores.profiles.add(&robin).await.unwrap();
    stores.profiles.add(&kim).await.unwrap();
    let (theirs, mark) = (Scope::User(robin.user_id), stores.mark().await);
    assert_eq!(stores.profiles.list(theirs, None, everything()).await.unwrap().items, std::slice::from_ref(&robin));
    assert_eq!(stores.profiles.get(theirs, kim.id).await.unwrap(), None, "a colleague");
    assert_eq!(stores.profiles.history(theirs, robin.id, T0, minute(1)).await.unwrap().len(), 1);
    assert_eq!(stores.profiles.history(theirs, kim.id, T0, minute(1)).await.unwrap(), []);
    let patch = AgentPatch { wrap_up: Some(Duration::HOUR), ..AgentPatch::default() };
    assert_eq!(stores.profiles.change(theirs, robin.id, &patch, minute(1)).await.unwrap(), None);
    assert!(!stores.profiles.remove(theirs, robin.id, minute(1)).await.unwrap());
    assert_eq!(stores.happened_since(mark).await, []);
    let own = Agent { user_id: owner, ..agent(owner) };
    stores.profiles.add(&own).await.unwrap();
    assert_eq!(stores.profiles.list(Scope::User(owner), None, everything()).await.unwrap().total, 3, "each once");
}

/// Letter by letter, and those of one name by their ids.
pub async fn agents_are_listed_by_name_and_state(stores: &Stage) {
    let owner = user();
    let mut agents: Vec<Agent> = ["b", "B", "Ä", "a", "a", "zoe"]
        .map(|name| Agent { display_name: name.to_owned(), ..agent(owner) })
        .into_iter()
        .collect();
    for new in &agents {
        stores.profiles.add(new).await.unwrap();
    }
    stores.profiles.add(&agent(user())).await.unwrap();
    agents.sort_by(|a, b| (&a.display_name, a.id).cmp(&(&b.display_name, b.id)));
    let mine = Scope::User(owner);
    let page = stores.profiles.list(mine, None, everything()).await.unwrap();
    assert_eq!((page.items, page.total), (agents.clone(), 6));
    let page = stores.profiles.list(mine, None, window(2, 3)).await.unwrap();
    assert_eq!((&page.items[..], page.total), (&agents[3..5], 6));
    let paused = stores.step(&agents[4], AgentStep::Stand(lunch()), minute(1)).await;
    let page = stores.profiles.list(mine, Some(AgentState::Paused), everything()).await.unwrap();
    assert_eq!((page.items, page.total), (vec![paused], 1));
    assert_eq!(stores.profiles.list(mine, Some(AgentState::Ready), window(1, 0)).await.unwrap().total, 5);
    assert_eq!(stores.profiles.list(Scope::Service, None, window(1, 0)).await.unwrap().total, 7);
}

/// With an event, and only when something changes; not by whoever saw another profile.
pub async fn a_profile_is_changed_as_it_was_read(stores: &Stage) {
    let before = agent(user());
    stores.profiles.add(&before).await.unwrap();
    let (mine, mark) = (Scope::User(before.owner_id), stores.mark().await);
    let patch = AgentPatch {
        display_name: Some("Robin Smith".to_owned()),
        line: Some(AgentLine::new("line-9")),
        wrap_up: Some(Duration::MINUTE),
        condition: Precondition::Tagged(vec![before.tag()]),
    };
    let after = stores.profiles.change(mine, before.id, &patch, minute(1)).await.unwrap().unwrap();
    let expected = Agent {
        display_name: "Robin Smith".to_owned(),
        line: AgentLine::new("line-9"),
        wrap_up: Duration::MINUTE,
        updated_at: minute(1),
        ..before.clone()
    };
    assert_eq!(after, expected);
    assert_eq!(stores.agent(before.user_id).await, expected);
    let late = stores.profiles.change(mine, before.id, &patch, minute(2)).await;
    assert!(matches!(late, Err(StoreError::Changed(_))), "{late:?}");
    let same = AgentPatch { wrap_up: Some(Duration::MINUTE), ..AgentPatch::default() };
    let unchanged = stores.profiles.change(Scope::Service, before.id, &same, minute(3)).await.unwrap();
    assert_eq!(unchanged.as_ref(), Some(&expected));
    assert_eq!(stores.since(mark).await, [expected.event(EventKind::AgentUpdated, minute(1)).by(mine)]);
}

/// Whoever edits a profile is not disturbed by the agent's day, and does not disturb it.
pub async fn what_an_agent_does_is_no_change_of_the_profile(stores: &Stage) {
    let before = agent(user());
    stores.profiles.add(&before).await.unwrap();
    let paused = stores.step(&before, AgentStep::Stand(lunch()), minute(5)).await;
    assert_eq!((paused.tag(), paused.updated_at), (before.tag(), T0));
    assert_eq!(stores.agent(before.user_id).await, paused);
    let patch = AgentPatch {
        display_name: Some("Kim".to_owned()),
        condition: Precondition::Tagged(vec![before.tag()]),
        ..AgentPatch::default()
    };
    let named = stores.profiles.change(Scope::User(before.owner_id), before.id, &patch, minute(6)).await.unwrap();
    assert_eq!(named.unwrap().presence, paused.presence);
    assert_eq!(stores.agent(before.user_id).await.presence, paused.presence);
    assert_eq!(stores.states(&before).await, [AgentState::Ready, AgentState::Paused]);
}

/// Also what began before it and what ends after it, but nothing that only touches it.
pub async fn the_history_of_a_period_has_what_reaches_into_it(stores: &Stage) {
    use AgentState::{Offline, Paused, Ready};
    let robin = agent(user());
    stores.profiles.add(&robin).await.unwrap();
    for (at, standing) in [(10, lunch()), (20, Standing::Ready), (20, lunch()), (30, Standing::Offline)] {
        stores.step(&robin, AgentStep::Stand(standing), minute(at)).await;
    }
    let mine = Scope::User(robin.owner_id);
    let seen = async |from, to| {
        let spans = stores.profiles.history(mine, robin.id, minute(from), minute(to)).await.unwrap();
        spans.into_iter().map(|span| span.state).collect::<Vec<_>>()
    };
    assert_eq!(seen(-5, 40).await, [Ready, Paused, Ready, Paused, Offline]);
    assert_eq!(seen(5, 15).await, [Ready, Paused]);
    assert_eq!(seen(10, 20).await, [Paused]);
    assert_eq!(seen(20, 30).await, [Paused], "what lasted no time at the beginning has ended before");
    assert_eq!(seen(30, 31).await, [Offline]);
    assert_eq!(seen(-10, 0).await, []);
    let lunch = &stores.history(&robin).await[1];
    assert_eq!(lunch.pause_code.as_ref().map(ToString::to_string), Some("lunch".to_owned()));
    assert_eq!(lunch.within(minute(15), minute(99)), Duration::minutes(5));
}

/// An offer is taken back, a live call goes on without the agent, and nobody else has to wait for them.
pub async fn a_removed_profile_lets_go(stores: &Stage) {
    let (list, contacts) = stores.given_list(2).await;
    let (robin, kim) = (stores.given_agent_of(&list).await, stores.given_agent_of(&list).await);
    let mine = Scope::User(list.user_id);
    let offer = stores.offer_to(&list, &robin, T0).await.unwrap();
    assert_eq!(stores.contact(offer.contact_id).await.reserved_for, Some(robin.user_id));
    let call = stores.dial_for(&list, &kim, minute(1)).await;
    assert_eq!(call.contact_id, Some(contacts[1].id));
    let mark = stores.mark().await;
    for agent in [&robin, &kim] {
        assert!(stores.profiles.remove(mine, agent.id, minute(2)).await.unwrap());
        assert!(!stores.profiles.remove(mine, agent.id, minute(2)).await.unwrap());
        assert_eq!(stores.profiles.of_user(agent.user_id).await.unwrap(), None);
        assert_eq!(stores.desk.step(agent.user_id, &AgentStep::Wait, true, minute(3)).await.unwrap(), None);
    }
    let told = [EventKind::AgentState, EventKind::AgentRemoved, EventKind::AgentRemoved];
    assert_eq!(stores.happened_since(mark).await, told);
    for contact in &contacts {
        assert_eq!(stores.contact(contact.id).await.reserved_for, None);
    }
    stores.end(call.id, CallOutcome::Completed, minute(3)).await.unwrap();
    assert_eq!(stores.contact(contacts[1].id).await.status, ContactStatus::Completed);
    assert_eq!(stores.claim(list.id, 1, minute(4)).await.calls[0].contact_id, Some(offer.contact_id));
    let doing = Doing::Ringing(id(CallId::new));
    let again = Agent { user_id: robin.user_id, line: robin.line.clone(), ..agent(list.user_id) };
    let again = Agent { presence: Presence { doing, ..again.presence.clone() }, ..again };
    stores.profiles.add(&again).await.unwrap();
    assert_eq!(stores.states(&again).await, [AgentState::Ringing], "the history of the new profile only");
}
