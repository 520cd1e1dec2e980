//! Calls ahead of agents: what news makes of them, and what they count for in the ledger.

use dialer_domain::calls::Evidence;
use dialer_domain::calls::merge::{CallEvent, merge};
use dialer_domain::dispositions::Disposition;
use dialer_domain::rules::TallyChange;
use dialer_domain::telephony::AgentLine;
use dialer_domain::{Call, CallOutcome, Duration, OffsetDateTime};
use dialer_testkit::builders::{T0, answered, call, campaign, ended, placed};
use proptest::prelude::*;

fn at(seconds: i64) -> OffsetDateTime {
    T0 + Duration::seconds(seconds)
}

/// A call ahead of agents of a campaign, that nobody has answered.
fn ahead() -> Call {
    Call { ahead: true, agent: None, campaign_id: Some(campaign().build().id), ..call().placed("7").build() }
}

fn after(call: Call, events: &[CallEvent]) -> Call {
    events.iter().fold(call, |call, event| merge(&call, event).unwrap_or(call))
}

fn handed(call: Call) -> Call {
    Call { agent: Some(AgentLine::new("agent-1")), ..call }
}

fn over(outcome: CallOutcome, seconds: i64) -> CallEvent {
    ended(outcome, Evidence::Record, at(seconds))
}

#[test]
fn an_agent_comes_on_the_line_of_whoever_waits() {
    let waits = after(ahead(), &[answered(at(10))]);
    assert!(waits.waits_for_agent());
    assert_eq!(merge(&waits, &CallEvent::Connected { at: at(11) }), None, "nobody was given the customer");
    let talks = after(handed(waits), &[CallEvent::Connected { at: at(11) }]);
    assert_eq!((talks.answered_at, talks.connected_at), (Some(at(10)), Some(at(11))));
    assert_eq!(merge(&talks, &CallEvent::GivenUp { at: at(12) }), None);
    let done = after(talks, &[over(CallOutcome::Completed, 71)]);
    assert_eq!((done.outcome, done.duration), (Some(CallOutcome::Completed), 60));
}

#[test]
fn a_record_that_says_answered_is_an_abandoned_call_where_no_agent_came() {
    let known =
        after(ahead(), &[answered(at(10)), CallEvent::GivenUp { at: at(12) }, over(CallOutcome::Completed, 20)]);
    assert_eq!((known.outcome, known.answered_at), (Some(CallOutcome::Abandoned), Some(at(10))));
    let unheard = after(ahead(), &[over(CallOutcome::Completed, 20)]);
    assert_eq!((unheard.outcome, unheard.answered_at), (Some(CallOutcome::Abandoned), Some(at(20))));
    let busy = after(ahead(), &[over(CallOutcome::Busy, 20)]);
    assert_eq!((busy.outcome, busy.answered_at), (Some(CallOutcome::Busy), None));
}

/// Live, abandoned and machines that a change of a call counts, summed.
fn counted(before: &Call, after: &Call) -> (i64, i64, i64) {
    let changes = TallyChange::between(before, after);
    changes.iter().fold((0, 0, 0), |(live, abandoned, machines), change| {
        (live + change.live, abandoned + change.abandoned, machines + change.machines)
    })
}

#[test]
fn a_call_counts_once_it_is_over_and_by_what_came_of_it() {
    let waits = after(ahead(), &[answered(at(10))]);
    assert_eq!(counted(&ahead(), &waits), (0, 0, 0));
    let abandoned = after(waits.clone(), &[over(CallOutcome::Completed, 20)]);
    assert_eq!(counted(&waits, &abandoned), (1, 1, 0));
    let talks = after(handed(waits.clone()), &[CallEvent::Connected { at: at(12) }]);
    let done = after(talks.clone(), &[over(CallOutcome::Completed, 70)]);
    assert_eq!(counted(&talks, &done), (1, 0, 0));
    let late = after(handed(waits), &[CallEvent::Connected { at: at(13) }]);
    assert_eq!(counted(&late, &after(late.clone(), &[over(CallOutcome::Completed, 70)])), (1, 1, 0));
    let machine = Call { disposition: Some(Disposition::Voicemail), ..done.clone() };
    assert_eq!(counted(&done, &machine), (-1, 0, 1));
    assert_eq!(TallyChange::between(&done, &done), []);
}

#[test]
fn a_call_of_no_campaign_counts_nowhere() {
    let before = Call { campaign_id: None, ..after(ahead(), &[answered(at(10))]) };
    assert_eq!(counted(&before, &after(before.clone(), &[over(CallOutcome::Completed, 20)])), (0, 0, 0));
}

fn any_news() -> impl Strategy<Value = CallEvent> {
    let outcome = (0..CallOutcome::ALL.len()).prop_map(|n| CallOutcome::ALL[n]);
    let evidence = (0..Evidence::ALL.len()).prop_map(|n| Evidence::ALL[n]);
    prop_oneof![
        (0..200_i64).prop_map(|s| placed("7", at(s))),
        (0..200_i64).prop_map(|s| answered(at(s))),
        (0..200_i64).prop_map(|s| CallEvent::Connected { at: at(s) }),
        (0..200_i64).prop_map(|s| CallEvent::GivenUp { at: at(s) }),
        (0..200_i64).prop_map(|s| CallEvent::Gone { at: at(s) }),
        (outcome, evidence, 0..200_i64).prop_map(|(outcome, evidence, s)| ended(outcome, evidence, at(s))),
    ]
}

proptest! {
    #[test]
    fn whatever_the_news_nobody_talks_without_an_agent_and_the_ledger_adds_up(
        news in prop::collection::vec((any_news(), any::<bool>()), 0..20),
    ) {
        let mut known = ahead();
        let mut sum = (0, 0, 0);
        for (event, hand) in &news {
            if *hand && known.waits_for_agent() {
                known = handed(known);
            }
            let Some(next) = merge(&known, event) else { continue };
            prop_assert_eq!(merge(&next, event), None, "the same news twice is the same as once");
            let change = counted(&known, &next);
            sum = (sum.0 + change.0, sum.1 + change.1, sum.2 + change.2);
            known = next;
        }
        if known.outcome == Some(CallOutcome::Completed) {
            prop_assert!(known.agent.is_some() && known.connected_at.is_some());
        }
        prop_assert!(known.abandoned_at.is_none() || known.connected_at.is_none());
        let instants = [Some(known.started_at), known.answered_at, known.connected_at, known.ended_at];
        prop_assert!(instants.into_iter().flatten().is_sorted(), "{:?}", instants);
        let (live, abandoned, _) = sum;
        prop_assert!((0..=1).contains(&live) && (0..=live).contains(&abandoned));
    }
}
