//! What the policy is shown, and the dials it asks for.

use dialer_domain::pacing::{Ending, Event};

use super::super::fate::Course;
use super::super::policy::{Sight, View};
use super::crew::Work;
use super::due::Due;
use super::{Call, World, key};

impl World<'_> {
    pub(super) fn ask(&mut self) {
        let sight = self.policy.sight();
        self.leads.clear();
        if sight == Sight::Leads {
            self.leads.extend(self.people.ahead(self.scenario, 24).map(|fate| fate.lead));
        } else if sight == Sight::Future {
            self.foresee();
        }
        let standing = self.standing();
        let view = View {
            now: self.now,
            idle: standing.idle,
            talking: standing.talking,
            signed_in: standing.idle + standing.talking + standing.wrapping,
            ringing: self.ringing,
            waiting: u32::try_from(self.waiting.len()).unwrap_or(u32::MAX),
            list_left: self.people.left(),
            time_left: self.scenario.seconds - self.now,
            answered: self.tally.run.answered,
            abandoned: self.tally.run.abandoned,
            next: &self.leads,
            future: (sight == Sight::Future).then_some(&self.future),
        };
        for _ in 0..self.policy.dials(&view) {
            if !self.dial() {
                break;
            }
        }
    }

    pub(super) fn dial(&mut self) -> bool {
        let Some(fate) = self.people.take(self.scenario) else { return false };
        let call = self.calls.len();
        let course = fate.course(self.now, self.scenario);
        let answers_at = if let Course::Live(delay) = course { Some(self.now + delay) } else { None };
        self.calls.push(Some(Call { fate, answers_at }));
        self.ringing += 1;
        self.tally.dialled();
        self.tell(Event::Dialled { call: key(call), lead: fate.lead });
        match course {
            Course::Live(delay) => self.agenda.plan(self.now + delay, Due::Answer(call)),
            Course::Dead(delay, how) => self.agenda.plan(self.now + delay, Due::End(call, how, false)),
            Course::Mistaken(delay) => self.agenda.plan(self.now + delay, Due::End(call, Ending::Machine, true)),
        }
        true
    }

    pub(super) fn foresee(&mut self) {
        let now = self.now;
        let scenario = self.scenario;
        let future = &mut self.future;
        future.next.clear();
        future.next.extend(self.people.ahead(scenario, 64).map(|fate| match fate.course(now, scenario) {
            Course::Live(delay) => Some(now + delay),
            Course::Dead(..) | Course::Mistaken(_) => None,
        }));
        let first = self.calls.iter().position(Option::is_some).unwrap_or(self.calls.len());
        let recent = self.calls.len().saturating_sub(first.max(self.calls.len().saturating_sub(5000)));
        future.answers.clear();
        future.answers.extend(self.calls.iter().rev().take(recent).flatten().filter_map(|call| call.answers_at));
        future.answers.sort_by(f64::total_cmp);
        future.free.clear();
        let here = self.agents.iter().filter(|agent| agent.work != Work::Out && agent.leaving.is_none());
        future.free.extend(here.map(|agent| if agent.work == Work::Idle { now } else { agent.free_at }));
    }
}
