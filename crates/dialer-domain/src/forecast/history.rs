//! What a campaign's own calls tell of its people and its agents.

use time::OffsetDateTime;

use super::basis::BELIEF;
use super::habits::{AnswerHabits, Habits, Span, Unanswered};
use crate::agents::AgentState;
use crate::agents::history::StateSpan;
use crate::calls::{Call, CallOutcome, Direction};
use crate::dispositions::Disposition;
use crate::places::{Signals, locate};
use crate::schedule::Zone;

/// Calls of one hour or attempt number that the campaign's average weighs.
const GROUP: f64 = 60.0;
/// Factors of one hour or attempt number stay within these: a few calls do not make an hour hopeless.
const FACTORS: std::ops::RangeInclusive<f64> = 0.25..=4.0;

/// What one past call tells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CallSeen {
    /// The hour where the callee was.
    hour: u8,
    attempt: usize,
    outcome: CallOutcome,
    disposition: Option<Disposition>,
    ring: Option<f64>,
    talk: Option<f64>,
}

impl CallSeen {
    /// What `call` tells, with `zone` for callees whose place nothing tells. `None` of a call that came in, is not over, or
    /// never tried the customer's line.
    #[must_use]
    pub fn of(call: &Call, zone: &Zone) -> Option<Self> {
        let outcome = call.outcome.filter(|outcome| outcome.reached_customer())?;
        if call.direction != Direction::Outbound || call.is_open() {
            return None;
        }
        let place = locate(&Signals { number: Some(&call.to_number), ..Signals::default() });
        let clocks = place.zones.first().unwrap_or(zone);
        let seconds = |from: OffsetDateTime, to: OffsetDateTime| (to >= from).then(|| (to - from).as_seconds_f64());
        let rang_until = if outcome == CallOutcome::Completed { call.answered_at } else { call.ended_at };
        Some(Self {
            hour: clocks.local(call.started_at).hour(),
            attempt: usize::try_from(call.attempt.unwrap_or(1).max(1) - 1).unwrap_or(0).min(AnswerHabits::ATTEMPTS - 1),
            outcome,
            disposition: call.disposition,
            ring: rang_until.and_then(|until| seconds(call.started_at, until)),
            talk: (outcome == CallOutcome::Completed).then(|| f64::from(call.duration)),
        })
    }

    fn answered(&self) -> bool {
        self.outcome == CallOutcome::Completed
    }
}

/// The habits that calls, and what agents did (`spans`), tell of; the beliefs as far as they are few.
#[must_use]
pub fn learn(calls: &[CallSeen], spans: &[StateSpan]) -> Habits {
    let believed = Habits::believed();
    let answered: Vec<&CallSeen> = calls.iter().filter(|call| call.answered()).collect();
    let others: Vec<&CallSeen> = calls.iter().filter(|call| !call.answered()).collect();
    let said = |words: &[Disposition]| {
        count(answered.iter().filter(|call| call.disposition.is_some_and(|word| words.contains(&word))).count())
    };
    let of_answered = |part: f64, belief: f64| share(part, count(answered.len()), belief, BELIEF);
    let ended = |outcomes: &[CallOutcome], belief: f64| {
        let part = count(others.iter().filter(|call| outcomes.contains(&call.outcome)).count());
        share(part, count(others.len()), belief, BELIEF)
    };
    let rang = |which: &[CallOutcome], belief: &Span| {
        let rings = calls.iter().filter(|call| which.contains(&call.outcome)).filter_map(|call| call.ring);
        Span::learned(rings.collect(), belief.assumed)
    };
    let spent = |state: AgentState, belief: &Span| {
        let spans = spans.iter().filter(|span| span.state == state);
        let seconds = spans.filter_map(|span| Some((span.to? - span.from).as_seconds_f64()));
        Span::learned(seconds.collect(), belief.assumed)
    };
    let failing = [CallOutcome::Busy, CallOutcome::Failed, CallOutcome::InvalidNumber];
    Habits {
        answer: answers(calls, believed.answer.average),
        machine: of_answered(said(&[Disposition::Voicemail, Disposition::NoAnswer]), believed.machine),
        callback: of_answered(said(&[Disposition::Callback]), believed.callback),
        unanswered: Unanswered {
            no_answer: ended(&[CallOutcome::NoAnswer, CallOutcome::Canceled], believed.unanswered.no_answer),
            busy: ended(&[CallOutcome::Busy], believed.unanswered.busy),
            failed: ended(&[CallOutcome::Failed], believed.unanswered.failed),
            invalid: ended(&[CallOutcome::InvalidNumber], believed.unanswered.invalid),
        },
        ring_answered: rang(&[CallOutcome::Completed], &believed.ring_answered),
        ring_unanswered: rang(&[CallOutcome::NoAnswer, CallOutcome::Canceled], &believed.ring_unanswered),
        ring_failed: rang(&failing, &believed.ring_failed),
        talk: Span::learned(answered.iter().filter_map(|call| call.talk).collect(), believed.talk.assumed),
        wrap: spent(AgentState::WrapUp, &believed.wrap),
        look: spent(AgentState::Reserved, &believed.look),
    }
}

fn answers(calls: &[CallSeen], believed: f64) -> AnswerHabits {
    let of = |which: &dyn Fn(&CallSeen) -> bool| {
        let these = calls.iter().filter(|call| which(call));
        let (answered, all) =
            these.fold((0, 0), |(answered, all), call| (answered + usize::from(call.answered()), all + 1));
        (count(answered), count(all))
    };
    let (answered, all) = of(&|_| true);
    let average = share(answered, all, believed, BELIEF);
    let factor = |(answered, all): (f64, f64)| {
        (share(answered, all, average, GROUP) / average).clamp(*FACTORS.start(), *FACTORS.end())
    };
    let by_hour = std::array::from_fn(|hour| factor(of(&|call| usize::from(call.hour) == hour)));
    let by_attempt = std::array::from_fn(|attempt| factor(of(&|call| call.attempt == attempt)));
    let calls = u32::try_from(calls.len()).unwrap_or(u32::MAX);
    AnswerHabits { average, by_hour, by_attempt, calls, believed }
}

/// `part` of `all`, with a belief that weighs as much as `weight` of them.
fn share(part: f64, all: f64, belief: f64, weight: f64) -> f64 {
    (part + belief * weight) / (all + weight)
}

fn count(items: usize) -> f64 {
    f64::from(u32::try_from(items).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(hour: u8, attempt: usize, outcome: CallOutcome) -> CallSeen {
        let talk = (outcome == CallOutcome::Completed).then_some(40.0);
        CallSeen { hour, attempt, outcome, disposition: None, ring: Some(12.0), talk }
    }

    fn mixed(hour: u8, answered: usize, others: usize) -> Vec<CallSeen> {
        let live = std::iter::repeat_n(seen(hour, 0, CallOutcome::Completed), answered);
        live.chain(std::iter::repeat_n(seen(hour, 0, CallOutcome::NoAnswer), others)).collect()
    }

    #[test]
    fn without_a_call_everything_is_believed() {
        let habits = learn(&[], &[]);
        assert_eq!(habits, Habits::believed());
        assert!(habits.basis().iter().all(|basis| basis.seen == 0 && basis.seen_weight.abs() < 1e-12));
    }

    #[test]
    fn few_calls_move_a_belief_a_little_and_many_replace_it() {
        let few = learn(&mixed(10, 5, 0), &[]);
        assert!(few.answer.average > 0.30 && few.answer.average < 0.40, "{}", few.answer.average);
        let many = learn(&mixed(10, 4_000, 1_000), &[]);
        assert!((many.answer.average - 0.8).abs() < 0.01, "{}", many.answer.average);
        assert!((many.talk.mean() - 40.0).abs() < 1.0, "{}", many.talk.mean());
        assert_eq!((many.talk.count, many.talk.seen.len()), (4_000, 400));
    }

    #[test]
    fn an_hour_at_which_people_answer_is_told_from_one_at_which_they_do_not() {
        let calls = [mixed(9, 100, 900), mixed(18, 600, 400)].concat();
        let answer = learn(&calls, &[]).answer;
        assert!((answer.of(9, 1) - 0.1).abs() < 0.03, "{}", answer.of(9, 1));
        assert!((answer.of(18, 1) - 0.6).abs() < 0.06, "{}", answer.of(18, 1));
        assert!((answer.of(3, 1) - answer.average).abs() < 0.01, "an hour without calls is like the average");
    }

    #[test]
    fn what_agents_call_voicemail_is_a_machine() {
        let mut calls = mixed(10, 1_000, 0);
        for call in &mut calls[..500] {
            call.disposition = Some(Disposition::Voicemail);
        }
        assert!((learn(&calls, &[]).machine - 0.5).abs() < 0.02);
    }

    #[test]
    fn shares_of_unanswered_calls_add_up() {
        let calls = [CallOutcome::Busy, CallOutcome::NoAnswer, CallOutcome::InvalidNumber, CallOutcome::Canceled];
        let Unanswered { no_answer, busy, failed, invalid } =
            learn(&calls.map(|outcome| seen(10, 1, outcome)), &[]).unanswered;
        assert!((no_answer + busy + failed + invalid - 1.0).abs() < 1e-9);
    }
}
