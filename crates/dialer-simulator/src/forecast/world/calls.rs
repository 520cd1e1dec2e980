//! The calls: they ring, are answered or not, and decide what becomes of their contacts.

use std::collections::VecDeque;

use dialer_domain::contacts::ClosedReason;
use dialer_domain::forecast::Pace;
use dialer_domain::pacing::{AgentChange, Ending, Event, Lead, PacingSettings};
use dialer_domain::retry::after_call;
use dialer_domain::rules::{Came, PastCall, Tie};
use dialer_domain::{CallOutcome, ContactStatus};

use super::super::draw::{Callee, Course, course, seconds};
use super::super::due::Due;
use super::super::line::Waiting;
use super::{World, key};

/// When a contact is looked at again whose place closed while an agent looked at it.
const CLOSED_MEANWHILE: f64 = 60.0;

/// The calls that are up, and the contacts that agents look at.
#[derive(Default)]
pub(super) struct Calls {
    slots: Vec<Option<Call>>,
    unused: Vec<usize>,
    up: u32,
    /// People who answered and wait for an agent, the longest first.
    waiting: VecDeque<usize>,
}

struct Call {
    contact: Waiting,
    /// Who is kept for it.
    agent: Option<usize>,
    began: f64,
    answered: f64,
    callee: Callee,
}

impl Calls {
    pub(super) const fn up(&self) -> u32 {
        self.up
    }

    pub(super) fn next_caller(&mut self) -> Option<usize> {
        self.waiting.pop_front()
    }

    fn add(&mut self, contact: Waiting, agent: Option<usize>, now: f64) -> usize {
        let call = Call { contact, agent, began: now, answered: now, callee: Callee::Person };
        self.up += 1;
        let place = self.unused.pop().unwrap_or(self.slots.len());
        if place == self.slots.len() {
            self.slots.push(None);
        }
        self.slots[place] = Some(call);
        place
    }

    fn remove(&mut self, call: usize) -> Option<Call> {
        let removed = self.slots[call].take()?;
        self.up -= 1;
        self.unused.push(call);
        Some(removed)
    }
}

impl World<'_> {
    /// An agent is kept for a contact: looks at it first, in preview.
    pub(super) fn reserve(&mut self, contact: Waiting, agent: usize) {
        let call = self.calls.add(contact, Some(agent), self.now);
        if self.job.plan.pace == Pace::Preview {
            let looks = seconds(&self.job.habits.look, &mut self.chance);
            self.agenda.plan(self.now + looks, Due::Dial { call, agent });
        } else {
            self.ring(call);
        }
    }

    pub(super) fn dial_after_look(&mut self, call: usize, agent: usize) {
        let open = self.calls.slots[call].as_ref().is_some_and(|call| self.line.open(&call.contact, self.now));
        if open {
            self.ring(call);
        } else if let Some(call) = self.calls.remove(call) {
            self.line.put_back(call.contact, self.now + CLOSED_MEANWHILE);
            self.free(agent);
        }
    }

    /// Dials ahead of agents.
    pub(super) fn dial(&mut self, contact: Waiting) {
        let call = self.calls.add(contact, None, self.now);
        self.ring(call);
    }

    fn ring(&mut self, index: usize) {
        let Some(call) = self.calls.slots[index].as_mut() else { return };
        call.contact.attempts += 1;
        call.began = self.now;
        let attempt = call.contact.attempts;
        let prospect = &self.job.list.prospects[call.contact.prospect];
        let hour = self.job.hour(prospect, self.job.instant(self.now));
        match course(&self.job.habits, hour, attempt, &mut self.chance) {
            Course::Answered(after, callee) => {
                call.callee = callee;
                self.agenda.plan(self.now + after, Due::Answer(index));
            }
            Course::Unanswered(after, outcome) => self.agenda.plan(self.now + after, Due::End(index, outcome)),
        }
        self.today().attempts += 1;
        if let Some(limit) = self.job.plan.calls_per_minute {
            self.next_turn = self.next_turn.max(self.now) + 60.0 / f64::from(limit.max(1));
        }
        let lead = Lead { list: None, hour: Some(u32::from(hour)), attempt: Some(attempt) };
        self.tell(Event::Dialled { call: key(index), lead });
    }

    pub(super) fn answer(&mut self, index: usize) {
        let Some(call) = self.calls.slots[index].as_mut() else { return };
        call.answered = self.now;
        let kept = call.agent;
        let person = call.callee != Callee::Machine;
        self.today().live += u32::from(person);
        self.tell(Event::Answered { call: key(index) });
        if let Some(agent) = kept.or_else(|| self.crew.take_idle()) {
            self.connect(agent, index);
        } else {
            self.calls.waiting.push_back(index);
            let gives_up = self.now + PacingSettings::default().connect_deadline;
            self.agenda.plan_last(gives_up, Due::GiveUp { call: index, since: self.now });
        }
    }

    pub(super) fn connect(&mut self, agent: usize, call: usize) {
        let person = self.calls.slots[call].as_ref().is_some_and(|call| call.callee != Callee::Machine);
        self.today().conversations += u32::from(person);
        self.talk(agent, call);
    }

    /// Nobody came for whoever answered at `since`.
    pub(super) fn give_up(&mut self, index: usize, since: f64) {
        let waits = |call: &Call| call.answered.total_cmp(&since).is_eq();
        let place = self.calls.waiting.iter().position(|waiting| *waiting == index);
        let Some(place) = place.filter(|_| self.calls.slots[index].as_ref().is_some_and(waits)) else { return };
        self.calls.waiting.remove(place);
        self.tell(Event::Ended { call: key(index), how: Ending::Abandoned });
        let Some(call) = self.calls.remove(index) else { return };
        if call.callee == Callee::Machine {
            self.conclude(call, CallOutcome::NoAnswer, Came::CONNECTED.and(Came::MACHINE));
        } else {
            self.today().drops += 1;
            self.conclude(call, CallOutcome::Canceled, Came::CONNECTED.and(Came::ABANDONED));
        }
    }

    pub(super) fn end(&mut self, index: usize, outcome: CallOutcome) {
        let (how, came) = match outcome {
            CallOutcome::Busy => (Ending::Busy, Came::NOT_CONNECTED),
            CallOutcome::Failed | CallOutcome::InvalidNumber => (Ending::Failed, Came::NOT_CONNECTED),
            _ => (Ending::NoAnswer, Came::NONE),
        };
        self.tell(Event::Ended { call: key(index), how });
        let Some(call) = self.calls.remove(index) else { return };
        let kept = call.agent;
        self.conclude(call, outcome, came);
        if let Some(agent) = kept {
            self.free(agent);
        }
    }

    /// An agent's conversation is over.
    pub(super) fn talked(&mut self, index: usize) {
        let Some(mut call) = self.calls.remove(index) else { return };
        match call.callee {
            Callee::Person => self.conclude(call, CallOutcome::Completed, Came::CONNECTED.and(Came::CONVERSATION)),
            // What an agent calls voicemail is tried again like a call that nobody answers.
            Callee::Machine => self.conclude(call, CallOutcome::NoAnswer, Came::CONNECTED.and(Came::MACHINE)),
            Callee::Postpones => {
                call.contact.status = ContactStatus::Callback;
                let at = self.now + self.job.campaign.retry_interval.as_seconds_f64();
                self.put_back(call, Came::CONNECTED.and(Came::CONVERSATION), at);
            }
        }
    }

    fn conclude(&mut self, mut call: Call, outcome: CallOutcome, came: Came) {
        let after = after_call(self.job.retries(), call.contact.attempts, outcome, self.job.instant(self.now));
        call.contact.status = after.status;
        call.contact.attempts = after.attempts;
        match (after.closed_reason, after.next_attempt_at) {
            (Some(ClosedReason::Reached), _) => self.today().reached += 1,
            (Some(ClosedReason::InvalidNumber), _) => self.ends.invalid += 1,
            (Some(_), _) | (None, None) => self.ends.exhausted += 1,
            (None, Some(at)) => {
                let at = self.job.seconds(at);
                self.put_back(call, came, at);
            }
        }
    }

    fn put_back(&mut self, call: Call, came: Came, at: f64) {
        let mut contact = call.contact;
        if self.job.looks_back(contact.prospect) {
            let tie = Tie::NUMBER.and(Tie::PERSON).and(Tie::DEBT).and(Tie::SUBJECT).and(Tie::CAMPAIGN);
            let (began_at, ended_at) = (self.job.instant(call.began), self.job.instant(self.now));
            contact.calls.push(PastCall { began_at, ended_at, inbound: false, tie, came });
        }
        self.line.put_back(contact, at);
    }

    pub(super) fn tell(&mut self, event: Event) {
        if let Some(pacer) = &mut self.pacer {
            pacer.observe(self.now, &event);
        }
    }

    pub(super) fn tell_agent(&mut self, agent: usize, state: AgentChange, call: Option<usize>) {
        self.tell(Event::Agent { agent: key(agent), state, call: call.map(key) });
    }
}
