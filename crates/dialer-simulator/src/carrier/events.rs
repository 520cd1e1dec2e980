//! What is told of a call while it goes on: every state of every leg, in the order in which they come.

use dialer_domain::telephony::LiveState;
use time::{Duration, OffsetDateTime};

use super::call::PlacedCall;
use super::legs::{LegOf, cause};
use crate::knobs::{Legs, WebhookKnobs};
use crate::ledger::{CallKind, Party};

/// What has come to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// A leg has reached this state.
    State(LiveState),
    /// A leg ended without an answer.
    Missed,
    /// The call's recording can be had.
    AudioReady,
}

/// How a leg ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LegEnd {
    pub(crate) cause: &'static str,
    pub(crate) by: Party,
    /// Whether the whole call is over with it.
    pub(crate) whole_call: bool,
}

/// One thing to tell of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LegEvent {
    pub(crate) at: OffsetDateTime,
    pub(crate) told: Told,
    pub(crate) leg_id: u64,
    /// Whose phone the leg reaches; of a call that is told as one leg, the party that it is about.
    pub(crate) of: LegOf,
    pub(crate) started_at: OffsetDateTime,
    /// When the leg was answered, if it was by now.
    pub(crate) connected_at: Option<OffsetDateTime>,
    pub(crate) end: Option<LegEnd>,
}

/// A leg as its events tell of it.
struct Leg {
    id: u64,
    of: LegOf,
    started_at: OffsetDateTime,
    /// When the state after the first is reached.
    rings_at: Option<OffsetDateTime>,
    answered_at: Option<OffsetDateTime>,
    /// When it is over, and whether the call is over with it.
    ends: (OffsetDateTime, bool),
}

impl PlacedCall {
    /// Everything that has been or will be told of the call, when nobody interferes any more. What lies in the past
    /// stays as it is.
    pub(crate) fn events(&self, knobs: &WebhookKnobs) -> Vec<LegEvent> {
        let mut events: Vec<_> = self.legs().iter().flat_map(|leg| self.leg_events(leg, knobs)).collect();
        // At one instant, what began earlier comes first, but legs end from the youngest to the eldest.
        events.sort_by_key(|event| (event.at, event.end.map_or(0, |end| 1 + u8::from(end.whole_call))));
        let audio = self.recorded_after.zip(self.connected_at()).map(|(after, connected_at)| LegEvent {
            at: self.ends_at() + after,
            told: Told::AudioReady,
            leg_id: self.live_id,
            of: self.about(),
            started_at: self.placed_at,
            connected_at: Some(connected_at),
            end: None,
        });
        events.extend(audio);
        events
    }

    /// Whom a call that is told as one leg is about.
    pub(crate) fn about(&self) -> LegOf {
        if self.kind == CallKind::Inbound { LegOf::Agent } else { LegOf::Customer }
    }

    fn legs(&self) -> Vec<Leg> {
        let (first, second) = self.rings();
        let first_answered_at = self.first_answered_at();
        if self.waiting.is_none() && (self.told_legs == Legs::One || second.is_none()) {
            let rings_at = if second.is_some() { first_answered_at } else { Some(self.placed_at) };
            return vec![Leg {
                id: self.live_id,
                of: self.about(),
                started_at: self.placed_at,
                rings_at,
                answered_at: self.connected_at(),
                ends: (self.ends_at(), true),
            }];
        }
        let ends = |of| (self.leg_ends_at(of), false);
        let mut legs = vec![Leg {
            id: self.live_id,
            of: first.of,
            started_at: self.placed_at,
            rings_at: Some(self.placed_at),
            answered_at: first_answered_at,
            ends: ends(first.of),
        }];
        legs.extend(second.zip(self.second_rings_at()).map(|(second, at)| Leg {
            id: self.second_leg_id(),
            of: second.of,
            started_at: at,
            rings_at: Some(at),
            answered_at: self.connected_at(),
            ends: ends(second.of),
        }));
        // The eldest of those that last to the end is the last to go.
        if let Some(last) = legs.iter_mut().find(|leg| leg.ends.0 == self.ends_at()) {
            last.ends.1 = true;
        }
        legs
    }

    fn leg_events(&self, leg: &Leg, knobs: &WebhookKnobs) -> Vec<LegEvent> {
        let (ends_at, whole_call) = leg.ends;
        let event = |at, told| LegEvent {
            at,
            told,
            leg_id: leg.id,
            of: leg.of,
            started_at: leg.started_at,
            connected_at: leg.answered_at.filter(|answered_at| *answered_at <= at),
            end: None,
        };
        let reached = |state, at: Option<OffsetDateTime>| at.map(|at| event(at, Told::State(state)));
        let mut events: Vec<_> = [
            reached(LiveState::Initial, Some(leg.started_at).filter(|_| knobs.tells_initial)),
            reached(LiveState::Ringing, leg.rings_at),
            reached(LiveState::Connected, leg.answered_at),
        ]
        .into_iter()
        .flatten()
        .collect();
        let held = |on| if on { LiveState::OnHold } else { LiveState::Connected };
        events.extend(self.holds.iter().map(|(at, on)| event(*at, Told::State(held(*on)))));
        events.retain(|event| event.at <= ends_at);
        let unanswered = leg.answered_at.is_none();
        let missed = unanswered
            && self.ended_by() != Party::Request
            && (self.kind == CallKind::Inbound || knobs.unanswered_is_missed);
        let cause = if unanswered { cause(self.result()).1 } else { "Normal Clearing" };
        let told = if missed { Told::Missed } else { Told::State(LiveState::HangUp) };
        let end = LegEnd { cause, by: self.ended_by(), whole_call };
        events.push(LegEvent { end: Some(end), ..event(ends_at, told) });
        events
    }

    /// The call's recording, once it can be had.
    pub(crate) fn recording_at(&self) -> Option<OffsetDateTime> {
        let after: Duration = self.recorded_after?;
        self.connected_at().map(|_| self.ends_at() + after)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use time::macros::datetime;
    use tokio::sync::Notify;

    use super::*;
    use crate::carrier::plan::{CallPlan, Outcome};

    const START: OffsetDateTime = datetime!(2026-03-02 09:00 UTC);

    fn call(kind: CallKind, told_legs: Legs) -> PlacedCall {
        PlacedCall {
            id: 100,
            live_id: 100,
            kind,
            agent: 10_001,
            takes_line: true,
            number: "447700900101".to_owned(),
            nth: 0,
            caller_id: None,
            placed_at: START,
            told_legs,
            recorded_after: None,
            answered_early_at: None,
            hung_up_at: None,
            transferred: None,
            waiting: None,
            holds: Vec::new(),
            hung_up: Arc::new(Notify::new()),
            filed: false,
            plan: CallPlan {
                patience: Duration::ZERO,
                agent_answers: true,
                agent_rings: Duration::seconds(4),
                outcome: Outcome::Person,
                customer_rings: Duration::seconds(10),
                talk: Duration::seconds(60),
                ended_by: Party::Callee,
            },
        }
    }

    /// `(seconds from the start, leg, what, whole call over)` of each event.
    fn told(call: &PlacedCall) -> Vec<(i64, u64, Told, bool)> {
        let over = |event: &LegEvent| event.end.is_some_and(|end| end.whole_call);
        let short = |event: LegEvent| ((event.at - START).whole_seconds(), event.leg_id, event.told, over(&event));
        call.events(&WebhookKnobs::default()).into_iter().map(short).collect()
    }

    const fn state(state: LiveState) -> Told {
        Told::State(state)
    }

    #[test]
    fn a_call_told_as_one_leg_rings_when_the_customer_s_phone_does() {
        let expected = [
            (0, 100, state(LiveState::Initial), false),
            (4, 100, state(LiveState::Ringing), false),
            (14, 100, state(LiveState::Connected), false),
            (74, 100, state(LiveState::HangUp), true),
        ];
        assert_eq!(told(&call(CallKind::AgentFirst, Legs::One)), expected);
    }

    #[test]
    fn each_leg_tells_its_own_states_and_the_eldest_goes_last() {
        let expected = [
            (0, 100, state(LiveState::Initial), false),
            (0, 100, state(LiveState::Ringing), false),
            (4, 100, state(LiveState::Connected), false),
            (4, 101, state(LiveState::Initial), false),
            (4, 101, state(LiveState::Ringing), false),
            (14, 101, state(LiveState::Connected), false),
            (74, 101, state(LiveState::HangUp), false),
            (74, 100, state(LiveState::HangUp), true),
        ];
        assert_eq!(told(&call(CallKind::AgentFirst, Legs::Two)), expected);
    }

    #[test]
    fn an_agent_who_passed_the_customer_on_is_gone_before_the_call_is_over() {
        let mut passed_on = call(CallKind::AgentFirst, Legs::Two);
        let at = START + Duration::seconds(30);
        passed_on.transferred = Some(super::super::call::Transfer { at, to: "1002".to_owned(), user: None });
        let ends: Vec<_> =
            told(&passed_on).into_iter().filter(|(.., told, _)| *told == state(LiveState::HangUp)).collect();
        assert_eq!(ends, [(30, 100, state(LiveState::HangUp), false), (74, 101, state(LiveState::HangUp), true)]);
    }

    #[test]
    fn a_call_that_comes_in_is_missed_when_the_agent_lets_it_ring() {
        let mut missed = call(CallKind::Inbound, Legs::Two);
        missed.plan.agent_answers = false;
        let expected = [
            (0, 100, state(LiveState::Initial), false),
            (0, 100, state(LiveState::Ringing), false),
            (4, 100, Told::Missed, true),
        ];
        assert_eq!(told(&missed), expected);
    }

    #[test]
    fn what_was_told_before_a_hang_up_stays_told() {
        let mut hung_up = call(CallKind::CustomerFirst, Legs::Two);
        let before = told(&hung_up);
        hung_up.hung_up_at = Some(START + Duration::seconds(12));
        let after = told(&hung_up);
        assert_eq!(after[..5], before[..5]);
        let ends = [(12, 101, state(LiveState::HangUp), false), (12, 100, state(LiveState::HangUp), true)];
        assert_eq!(after[5..], ends);
    }

    #[test]
    fn a_recorded_call_tells_of_its_audio_and_one_that_nobody_answered_does_not() {
        let mut recorded = call(CallKind::AgentFirst, Legs::One);
        recorded.recorded_after = Some(Duration::seconds(5));
        assert_eq!(told(&recorded).last(), Some(&(79, 100, Told::AudioReady, false)));
        recorded.plan.outcome = Outcome::Busy;
        assert!(told(&recorded).iter().all(|(.., told, _)| *told != Told::AudioReady));
    }
}
