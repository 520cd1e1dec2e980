//! What a forecast rests on, in figures and words: what was learned, and what is only believed.

use super::habits::{Habits, Span};
use super::job::Job;
use super::plan::Pace;

/// One number that a forecast rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Basis {
    /// What it is: a probability or share where it is none of seconds.
    pub what: &'static str,
    /// The number that was used.
    pub used: f64,
    /// How many calls, or stretches of time, told of it.
    pub seen: u32,
    /// How much of it they are, 0 to 1; the rest is the belief.
    pub seen_weight: f64,
    /// What is believed where nothing is known.
    pub believed: f64,
}

/// How many calls a belief about a share weighs.
pub(super) const BELIEF: f64 = 50.0;

impl Basis {
    fn share(what: &'static str, used: f64, seen: u32, believed: f64) -> Self {
        Self { what, used, seen, seen_weight: f64::from(seen) / (f64::from(seen) + BELIEF), believed }
    }

    fn span(what: &'static str, used: &Span, believed: &Span) -> Self {
        Self { what, used: used.mean(), seen: used.count, seen_weight: used.weight, believed: believed.mean() }
    }
}

impl Habits {
    /// Every number that a forecast with these habits rests on.
    #[must_use]
    pub fn basis(&self) -> Vec<Basis> {
        let believed = Self::believed();
        let answered = self.talk.count;
        let others = self.answer.calls.saturating_sub(answered);
        vec![
            Basis::share("answer_probability", self.answer.average, self.answer.calls, believed.answer.average),
            Basis::share("machine_share_of_answers", self.machine, answered, believed.machine),
            Basis::share("callback_share_of_answers", self.callback, answered, believed.callback),
            Basis::share("busy_share_of_others", self.unanswered.busy, others, believed.unanswered.busy),
            Basis::share("failed_share_of_others", self.unanswered.failed, others, believed.unanswered.failed),
            Basis::share(
                "no_such_number_share_of_others",
                self.unanswered.invalid,
                others,
                believed.unanswered.invalid,
            ),
            Basis::span("seconds_to_answer", &self.ring_answered, &believed.ring_answered),
            Basis::span("seconds_to_no_answer", &self.ring_unanswered, &believed.ring_unanswered),
            Basis::span("seconds_to_failure", &self.ring_failed, &believed.ring_failed),
            Basis::span("seconds_of_talk", &self.talk, &believed.talk),
            Basis::span("seconds_of_wrap_up", &self.wrap, &believed.wrap),
            Basis::span("seconds_of_preview", &self.look, &believed.look),
        ]
    }
}

impl Job {
    /// What has to be known to read the forecast, in sentences.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let agents = self.plan.agents;
        let mut notes = vec![format!(
            "{agents} agents are taken to be there whenever the campaign's hours are open ({} to {}, {}), without breaks, and to \
             pick up at once",
            self.campaign.active_hours.start(),
            self.campaign.active_hours.end(),
            self.campaign.timezone.name(),
        )];
        let read = self.list.prospects.len();
        if u32::try_from(read).is_ok_and(|read| read < self.list.contacts) {
            notes.push(format!(
                "{read} of {} contacts were read, evenly spread over the list, and each stands for as many as are like it",
                self.list.contacts
            ));
        }
        notes.push(if self.habits.answer.calls == 0 {
            "the campaign has no calls yet, so all figures of people and agents are beliefs; see `basis`".to_owned()
        } else {
            format!(
                "people and agents are taken to go on as in the campaign's last {} calls; where those are few, beliefs stand \
                 in, and `basis` says how much",
                self.habits.answer.calls
            )
        });
        notes.push(
            "consents, registers and do-not-call lists are taken to stay as they are; a call that is on now counts as unanswered"
                .to_owned(),
        );
        if self.plan.pace == Pace::Predictive {
            notes.push(
                "the pacer learns the campaign from its first call on, and each day is a window of its own abandonment cap; \
                 ratios that rules watch are taken to have room"
                    .to_owned(),
            );
        }
        if let Some(limit) = self.plan.calls_per_minute {
            notes.push(format!("the provider lets {limit} calls start in a minute at most"));
        }
        notes
    }
}
