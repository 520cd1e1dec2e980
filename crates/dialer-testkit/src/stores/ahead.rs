//! Calls ahead of agents: placed without one, handed over when somebody answers, and counted when nobody was there.

use dialer_domain::agents::AgentState;
use dialer_domain::calls::Evidence;
use dialer_domain::calls::merge::CallEvent;
use dialer_domain::dispositions::Disposition;
use dialer_domain::eligibility::RefusalCode;
use dialer_domain::events::EventKind;
use dialer_domain::queue::QueueStatus;
use dialer_domain::rules::abandonment::LedgerPeriod;
use dialer_domain::rules::{LedgerEntry, Purpose, RuleBook};
use dialer_domain::telephony::AgentLine;
use dialer_domain::{Call, CallOutcome, CallStatus, Campaign, ContactStatus, Duration, OffsetDateTime, Scope};

use super::Stage;
use super::scene::{at_once, minute};
use crate::builders::{T0, answered, campaign, disposition, ended, number, slot_ahead};

/// Soon enough after the answer, and too late.
const IN_TIME: Duration = Duration::seconds(2);
const LATE: Duration = Duration::milliseconds(2_001);

impl Stage {
    /// A call ahead of agents whose customer answers at `at`.
    async fn given_waiting(&self, list: &Campaign, at: OffsetDateTime) -> Call {
        self.plan(list.id, 1, at).await;
        let call = self.claim_for(list.id, vec![slot_ahead()], at).await.calls.pop().unwrap();
        self.place(call.id, &format!("p-{}", call.id), at).await.unwrap();
        self.calls.apply(call.id, &answered(at), at).await.unwrap().unwrap()
    }

    async fn hand_to(&self, call: &Call, line: &str, at: OffsetDateTime) -> Option<Call> {
        self.queue.hand_over(call.id, &AgentLine::new(line), None, at).await.unwrap()
    }

    /// How the rule of this name stands for a campaign.
    async fn abandonment(&self, list: &Campaign, rule: &str, now: OffsetDateTime) -> LedgerEntry {
        let ledger = self.eligibility.ledger(Scope::User(list.user_id), list.id, now).await.unwrap().unwrap();
        ledger.into_iter().find(|entry| entry.rule.id.as_str() == rule).unwrap()
    }

    async fn end_at(&self, call: &Call, outcome: CallOutcome, at: OffsetDateTime) -> Call {
        self.calls.apply(call.id, &ended(outcome, Evidence::Record, at), at).await.unwrap().unwrap()
    }
}

/// No agent is on it, and nobody is kept from another call by it.
pub async fn a_call_ahead_of_agents_is_nobody_s_until_somebody_answers(stores: &Stage) {
    let (list, _) = stores.given_list(1).await;
    let call = stores.given_waiting(&list, T0).await;
    assert_eq!((call.ahead, call.agent.clone(), call.agent_id), (true, None, None));
    assert!(call.waits_for_agent());
    assert_eq!(stores.calls.get(Scope::Service, call.id).await.unwrap().unwrap(), call);
}

/// The agent rings, then talks, then writes up.
pub async fn whoever_answers_is_handed_to_an_agent(stores: &Stage) {
    let (list, _) = stores.given_list(1).await;
    let agent = stores.given_agents_of(&list, 1).await.remove(0);
    let mark = stores.mark().await;
    let call = stores.given_waiting(&list, T0).await;
    let handed = stores.queue.hand_over(call.id, &agent.line, Some(agent.user_id), T0).await.unwrap().unwrap();
    assert_eq!((handed.agent.as_ref(), handed.agent_id), (Some(&agent.line), Some(agent.user_id)));
    assert_eq!(stores.state(&agent).await, AgentState::Ringing);
    assert_eq!(stores.queue.hand_over(call.id, &agent.line, Some(agent.user_id), T0).await.unwrap(), None);

    let talks = stores.calls.apply(call.id, &CallEvent::Connected { at: T0 + IN_TIME }, T0 + IN_TIME).await.unwrap();
    assert_eq!(talks.unwrap().connected_at, Some(T0 + IN_TIME));
    assert_eq!(stores.state(&agent).await, AgentState::Talking);
    let over = stores.end_at(&call, CallOutcome::Completed, minute(1)).await;
    assert_eq!((over.outcome, over.status), (Some(CallOutcome::Completed), CallStatus::Completed));
    assert_eq!(stores.state(&agent).await, AgentState::WrapUp);
    let told = stores.happened_since(mark).await;
    for kind in [EventKind::CallHandedOver, EventKind::CallConnected] {
        assert!(told.contains(&kind), "{kind} is missing from {told:?}");
    }
}

/// Two agents never get the same customer.
pub async fn of_many_who_take_a_waiting_customer_one_gets_them(stores: &Stage) {
    let (list, _) = stores.given_list(1).await;
    let call = stores.given_waiting(&list, T0).await;
    let taken = at_once(8, |n| {
        let (stores, call) = (stores.clone(), call.clone());
        async move { stores.hand_to(&call, &format!("agent-{n}"), T0).await }
    })
    .await;
    assert_eq!(taken.iter().flatten().count(), 1);
}

/// Who is not ready takes nobody.
pub async fn a_customer_is_not_handed_to_an_agent_who_is_busy(stores: &Stage) {
    let (list, _) = stores.given_list(2).await;
    let agent = stores.given_agents_of(&list, 1).await.remove(0);
    let first = stores.given_waiting(&list, T0).await;
    let second = stores.given_waiting(&list, T0).await;
    stores.queue.hand_over(first.id, &agent.line, Some(agent.user_id), T0).await.unwrap().unwrap();
    assert_eq!(stores.queue.hand_over(second.id, &agent.line, Some(agent.user_id), T0).await.unwrap(), None);
    assert!(stores.calls.get(Scope::Service, second.id).await.unwrap().unwrap().waits_for_agent());
}

/// Whoever is given up is not handed to anybody, and is called again as after any attempt.
pub async fn a_customer_for_whom_nobody_was_there_is_abandoned(stores: &Stage) {
    let (list, _) = stores.given_list(1).await;
    let mark = stores.mark().await;
    let call = stores.given_waiting(&list, T0).await;
    let given_up = stores.calls.apply(call.id, &CallEvent::GivenUp { at: T0 + IN_TIME }, T0).await.unwrap().unwrap();
    assert_eq!(given_up.abandoned_at, Some(T0 + IN_TIME));
    assert_eq!(stores.hand_to(&call, "agent-1", T0).await, None);
    // The customer's leg was connected, so the provider's record says that it was answered.
    let over = stores.end_at(&call, CallOutcome::Completed, minute(1)).await;
    assert_eq!((over.outcome, over.status), (Some(CallOutcome::Abandoned), CallStatus::Canceled));
    assert_eq!((over.answered_at, over.duration), (Some(T0), 0));
    let contact = stores.contact(call.contact_id.unwrap()).await;
    assert_eq!((contact.status, contact.attempts), (ContactStatus::Failed, 1));
    assert_eq!(contact.next_attempt_at, Some(minute(1) + list.retry_interval));
    assert_eq!(stores.entries_of(&list, None).await[0].status, QueueStatus::Failed);
    assert!(stores.happened_since(mark).await.contains(&EventKind::CallAbandoned));
}

/// Two seconds are in time, more are not; machines are told apart by agents.
pub async fn the_ledger_counts_who_answered_and_for_whom_nobody_was_there(stores: &Stage) {
    stores.1.replace(RuleBook::shipped());
    let (list, _) = stores.given_british_list(Purpose::Sales, 6).await;
    let connect = async |after: Duration| {
        let call = stores.given_ahead(&list).await;
        stores.hand_to(&call, "agent-1", T0).await.unwrap();
        stores.calls.apply(call.id, &CallEvent::Connected { at: T0 + after }, T0 + after).await.unwrap();
        stores.end_at(&call, CallOutcome::Completed, minute(1)).await
    };
    connect(IN_TIME).await;
    connect(LATE).await;
    let machine = connect(IN_TIME).await;
    let hung_up = stores.given_ahead(&list).await;
    stores.end_at(&hung_up, CallOutcome::Completed, minute(1)).await;
    let unanswered = stores.given_ringing(&list).await;
    stores.end_at(&unanswered, CallOutcome::NoAnswer, minute(1)).await;

    let entry = stores.abandonment(&list, "us.abn.rate", minute(2)).await;
    assert_eq!((entry.live, entry.abandoned, entry.headroom), (4, 2, 0));
    let said = disposition(&machine, Disposition::Voicemail, minute(2));
    stores.dispositions.record(Scope::Service, &said).await.unwrap().unwrap();
    let entry = stores.abandonment(&list, "us.abn.rate", minute(2)).await;
    assert_eq!((entry.live, entry.abandoned), (3, 2));
    // Of the two that an agent took in time one was a machine, so half of the abandoned ones are taken to have been.
    let entry = stores.abandonment(&list, "uk.abn", minute(2)).await;
    assert_eq!((entry.live, entry.abandoned, entry.period), (2, 1, LedgerPeriod::Day));
    // The day is over by the campaign's calendar; the campaign's thirty days are not.
    let tomorrow = T0 + Duration::DAY;
    assert_eq!(stores.abandonment(&list, "uk.abn", tomorrow).await.live, 0);
    assert_eq!(stores.abandonment(&list, "us.abn.rate", tomorrow).await.live, 3);
}

/// What better evidence takes back counts no more.
pub async fn a_corrected_end_is_counted_anew(stores: &Stage) {
    stores.1.replace(RuleBook::shipped());
    let (list, _) = stores.given_british_list(Purpose::Sales, 1).await;
    let call = stores.given_ringing(&list).await;
    let told = ended(CallOutcome::Completed, Evidence::Event, minute(1));
    stores.calls.apply(call.id, &told, minute(1)).await.unwrap().unwrap();
    assert_eq!(stores.abandonment(&list, "us.abn.rate", minute(2)).await.abandoned, 1);
    stores.end_at(&call, CallOutcome::Completed, minute(1)).await;
    assert_eq!(stores.abandonment(&list, "us.abn.rate", minute(2)).await.abandoned, 1);
}

/// Where rules leave no room, nobody is called ahead of agents; who has an agent for sure is.
pub async fn nobody_is_called_ahead_of_agents_where_the_share_is_spent(stores: &Stage) {
    stores.1.replace(RuleBook::shipped());
    let (list, contacts) = stores.given_british_list(Purpose::Informational, 1).await;
    stores.plan(list.id, 1, T0).await;
    let claimed = stores.claim_for(list.id, vec![slot_ahead()], T0).await;
    assert_eq!((claimed.calls.len(), claimed.refused), (0, 1));
    let events = stores.events.since(Scope::User(list.user_id), 0, 100).await.unwrap();
    let refused = events.iter().find(|row| row.event.kind == EventKind::ContactRefused).unwrap();
    assert_eq!(refused.event.data["code"], RefusalCode::AbandonHeadroomSpent.as_str());
    let waits = stores.contact(contacts[0].id).await.next_attempt_at.unwrap();
    stores.plan(list.id, 1, waits).await;
    assert_eq!(stores.claim(list.id, 1, waits).await.calls.len(), 1);
}

/// Owners see it, strangers do not.
pub async fn a_stranger_s_ledger_does_not_exist(stores: &Stage) {
    let (list, _) = stores.given_list(0).await;
    let stranger = Scope::User(crate::builders::user());
    assert_eq!(stores.eligibility.ledger(stranger, list.id, T0).await.unwrap(), None);
    assert!(stores.eligibility.ledger(Scope::Service, list.id, T0).await.unwrap().is_some());
}

impl Stage {
    /// A call ahead of agents under rules that would not allow one yet: claimed before there were any.
    async fn given_ahead(&self, list: &Campaign) -> Call {
        self.1.replace(RuleBook::open());
        let call = self.given_waiting(list, T0).await;
        self.1.replace(RuleBook::shipped());
        call
    }

    async fn given_ringing(&self, list: &Campaign) -> Call {
        self.1.replace(RuleBook::open());
        self.plan(list.id, 1, T0).await;
        let call = self.claim_for(list.id, vec![slot_ahead()], T0).await.calls.pop().unwrap();
        self.1.replace(RuleBook::shipped());
        self.place(call.id, &format!("p-{}", call.id), T0).await.unwrap()
    }

    /// An active campaign of contacts who live where it is ten in the morning.
    async fn given_british_list(&self, purpose: Purpose, contacts: u32) -> (Campaign, Vec<dialer_domain::Contact>) {
        let list = self.given(campaign().active().purpose(purpose)).await;
        let people = (0..contacts).map(|n| crate::builders::contact(list.id).number(number(n)).build()).collect();
        let added = self.import(&list, people).await.added;
        (list, added)
    }
}
