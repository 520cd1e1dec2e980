//! One run of a job, as a sequence of events in virtual time.

mod calls;
mod crew;
mod pace;

use dialer_domain::forecast::{DayTally, Ends, Job, Pace, Played};
use dialer_domain::pacing::{Pacer, PacingSettings};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::due::Due;
use super::line::Line;
use crate::agenda::Agenda;
use calls::Calls;
use crew::Crew;

pub(super) struct World<'a> {
    job: &'a Job,
    chance: ChaCha8Rng,
    now: f64,
    until: f64,
    agenda: Agenda<Due>,
    line: Line<'a>,
    calls: Calls,
    crew: Crew,
    /// Until when calls of the campaign may start now.
    open: Option<f64>,
    /// Paces a predictive campaign, and what it is told of time.
    pacer: Option<Pacer>,
    ticking: bool,
    /// When it was last planned to look for somebody to call.
    looks_at: f64,
    /// Before when the provider lets no further call start.
    next_turn: f64,
    day_starts: Vec<f64>,
    day: usize,
    days: Vec<DayTally>,
    ends: Ends,
    spent_at: Option<f64>,
    steps: u64,
}

impl<'a> World<'a> {
    pub(super) fn new(job: &'a Job, seed: u64) -> Self {
        let mut ends = Ends::default();
        let line = Line::new(job, &mut ends);
        let mut world = Self {
            job,
            chance: ChaCha8Rng::seed_from_u64(seed),
            now: 0.0,
            until: job.seconds(job.days.until),
            agenda: Agenda::default(),
            line,
            calls: Calls::default(),
            crew: Crew::of(job.plan.agents),
            open: None,
            pacer: (job.plan.pace == Pace::Predictive).then(|| Pacer::new(PacingSettings::default())),
            ticking: false,
            looks_at: -1.0,
            next_turn: 0.0,
            day_starts: job.days.starts.iter().map(|start| job.seconds(*start)).collect(),
            day: 0,
            days: vec![DayTally::default(); job.days.starts.len()],
            ends,
            spent_at: None,
            steps: 0,
        };
        for (opens, closes) in &job.days.shifts {
            let (opens, closes) = (job.seconds(*opens), job.seconds(*closes));
            world.agenda.plan(opens, Due::Open(closes));
            world.agenda.plan(closes, Due::Close);
        }
        if world.spent() {
            world.spent_at = Some(0.0);
        }
        world
    }

    pub(super) const fn steps(&self) -> u64 {
        self.steps
    }

    /// Goes to the next thing that happens. False when the run is over.
    pub(super) fn step(&mut self) -> bool {
        if self.spent_at.is_some() {
            return false;
        }
        let (at, due) = self.agenda.next().unwrap_or((self.until, Due::Close));
        self.pass(at.min(self.until));
        if at >= self.until {
            return false;
        }
        self.steps += 1;
        self.happen(due);
        if self.pacer.is_none() {
            self.call_next();
        }
        if self.spent() {
            self.spent_at = Some(self.now);
        }
        true
    }

    pub(super) fn close(mut self) -> Played {
        self.ends.waiting = self.line.waiting() + self.calls.up();
        let spent_at = self.spent_at.map(|at| self.job.instant(at));
        Played { days: self.days, ends: self.ends, spent_at, steps: self.steps }
    }

    fn spent(&self) -> bool {
        self.line.waiting() == 0 && self.calls.up() == 0
    }

    fn pass(&mut self, at: f64) {
        let seconds = at - self.now;
        let agents = f64::from(self.job.plan.agents);
        let (talking, wrapping) = (f64::from(self.crew.talking()), f64::from(self.crew.wrapping()));
        let day = &mut self.days[self.day];
        day.talk_seconds += seconds * talking;
        if self.open.is_some() {
            day.busy_seconds += seconds * (talking + wrapping);
            day.signed_in_seconds += seconds * agents;
        }
        self.now = at;
        while self.day_starts.get(self.day + 1).is_some_and(|start| *start <= at) {
            self.day += 1;
        }
    }

    fn today(&mut self) -> &mut DayTally {
        &mut self.days[self.day]
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Open(closes) => {
                self.open = Some(closes);
                self.begin_pacing();
            }
            Due::Close => {
                self.open = None;
                self.end_pacing();
            }
            Due::Look => {}
            Due::Tick => self.tick(),
            Due::Dial { call, agent } => self.dial_after_look(call, agent),
            Due::Answer(call) => self.answer(call),
            Due::End(call, outcome) => self.end(call, outcome),
            Due::GiveUp { call, since } => self.give_up(call, since),
            Due::TalkEnd(agent) => self.talk_end(agent),
            Due::WrapEnd(agent) => {
                self.crew.wrapped_up();
                self.free(agent);
            }
        }
    }

    /// A call for every agent who is free, in preview and power.
    fn call_next(&mut self) {
        while self.open.is_some() && self.crew.has_idle() {
            if self.next_turn > self.now {
                self.look_at(self.next_turn);
                return;
            }
            let Some(waiting) = self.line.take(self.now, &mut self.ends) else {
                if let Some(at) = self.line.next_look(self.now) {
                    self.look_at(at);
                }
                return;
            };
            let Some(agent) = self.crew.take_idle() else { return };
            self.reserve(waiting, agent);
        }
    }

    /// Plans a look, unless one is planned that comes sooner.
    fn look_at(&mut self, at: f64) {
        if self.looks_at <= self.now || at < self.looks_at {
            self.looks_at = at;
            self.agenda.plan(at, Due::Look);
        }
    }
}

/// How calls and agents are named to the pacer.
fn key(index: usize) -> u64 {
    u64::try_from(index).unwrap_or(u64::MAX)
}
