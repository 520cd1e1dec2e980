//! What chance makes of habits.

use dialer_domain::CallOutcome;
use dialer_domain::forecast::{Habits, Span};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, LogNormal};

/// What a call becomes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Course {
    /// It is answered, after so many seconds.
    Answered(f64, Callee),
    /// It ends unanswered, after so many seconds.
    Unanswered(f64, CallOutcome),
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Callee {
    /// A person, who needs no further call.
    Person,
    /// A person who wants to be called back.
    Postpones,
    /// A machine.
    Machine,
}

/// What becomes of attempt number `attempt` at this hour of the callee's day.
pub(super) fn course(habits: &Habits, hour: u8, attempt: u32, chance: &mut ChaCha8Rng) -> Course {
    if chance.random::<f64>() < habits.answer.of(hour, attempt) {
        let seconds = seconds(&habits.ring_answered, chance);
        let kind = chance.random::<f64>();
        let callee = if kind < habits.machine {
            Callee::Machine
        } else if kind < habits.machine + habits.callback {
            Callee::Postpones
        } else {
            Callee::Person
        };
        return Course::Answered(seconds, callee);
    }
    let shares = habits.unanswered;
    let kind = chance.random::<f64>();
    let (span, outcome) = if kind < shares.no_answer {
        (&habits.ring_unanswered, CallOutcome::NoAnswer)
    } else if kind < shares.no_answer + shares.busy {
        (&habits.ring_failed, CallOutcome::Busy)
    } else if kind < shares.no_answer + shares.busy + shares.failed {
        (&habits.ring_failed, CallOutcome::Failed)
    } else {
        (&habits.ring_failed, CallOutcome::InvalidNumber)
    };
    Course::Unanswered(seconds(span, chance), outcome)
}

/// How long it takes this time.
pub(super) fn seconds(span: &Span, chance: &mut ChaCha8Rng) -> f64 {
    if !span.seen.is_empty() && chance.random::<f64>() < span.weight {
        return span.seen[chance.random_range(0..span.seen.len())];
    }
    LogNormal::new(span.assumed.median.ln(), span.assumed.sigma).map_or(span.assumed.median, |law| law.sample(chance))
}
