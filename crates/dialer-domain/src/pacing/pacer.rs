//! The controller: fed with events, asked for dials.

use serde::{Deserialize, Serialize};

use super::HORIZONS;
use super::answering::Answering;
use super::budget::{Balance, Budget};
use super::chances::Chances;
use super::crew::{Crew, Muster};
use super::decision::{Bound, Decision, Snapshot};
use super::event::{AgentChange, Event, Lead};
use super::handling::Handling;
use super::lines::{Learning, Lines, Over};
use super::occupancy::Occupancy;
use super::outlook::Outlook;
use super::race::Race;
use super::ringing::Ringing;
use super::settings::PacingSettings;
use super::throughput::Throughput;
use super::whole::{short, size};

/// Share of the answers in the same time that one line an agent still brings.
const WHEN_SPENT: f64 = 0.8;

/// Paces one campaign: learns from events how people answer and agents work, and says how many dials to place.
///
/// Times are seconds on any clock that does not go back; the caller brings them. The same events at the same
/// times give the same decisions. The whole state can be stored and loaded with serde.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pacer {
    settings: PacingSettings,
    ringing: Ringing,
    answering: Answering,
    handling: Handling,
    throughput: Throughput,
    occupancy: Occupancy,
    budget: Budget,
    lines: Lines,
    crew: Crew,
    signed_in: f64,
    started: Option<f64>,
    counted_second: f64,
    #[serde(skip)]
    outlook: Option<Outlook>,
    #[serde(skip)]
    race: Race,
    #[serde(skip)]
    free: Vec<[f64; HORIZONS]>,
}

impl Pacer {
    /// A pacer that knows nothing yet.
    #[must_use]
    pub fn new(settings: PacingSettings) -> Self {
        Self {
            ringing: Ringing::believed(&settings),
            answering: Answering::default(),
            handling: Handling::believed(&settings),
            throughput: Throughput::default(),
            occupancy: Occupancy::default(),
            budget: Budget::new(),
            lines: Lines::default(),
            crew: Crew::default(),
            signed_in: 0.0,
            started: None,
            counted_second: f64::MIN,
            outlook: None,
            race: Race::default(),
            free: Vec::new(),
            settings,
        }
    }

    /// Keeps what was learned and forgets calls and agents: for a campaign that starts again, or moves to
    /// another node, whose calls and agents are then told anew.
    #[must_use]
    pub fn resumed(self) -> Self {
        Self {
            lines: self.lines.emptied(),
            crew: Crew::default(),
            throughput: self.throughput.paused(),
            occupancy: Occupancy::default(),
            budget: self.budget.resumed(),
            signed_in: 0.0,
            started: None,
            counted_second: f64::MIN,
            outlook: None,
            ..self
        }
    }

    /// Begins a new window of the abandonment cap.
    pub fn start_window(&mut self) {
        self.budget.restart();
    }

    /// Takes note of what happened at `at`. An event of a call or agent that is not known changes nothing.
    pub fn observe(&mut self, at: f64, event: &Event) {
        let outlook = self.outlook.take().unwrap_or_else(|| self.look(at));
        let mut learning = Learning {
            ringing: &mut self.ringing,
            answering: &mut self.answering,
            outlook: &outlook.ring,
            settings: &self.settings,
        };
        match *event {
            Event::Dialled { call, lead } => self.lines.dialled(at, call, lead, &self.settings),
            Event::Answered { call } => {
                let answered = self.lines.answered(at, call, &mut learning);
                self.count(Over { answered, abandoned: false });
            }
            Event::Ended { call, how } => {
                let over = self.lines.ended(at, call, how, &mut learning);
                self.count(over);
            }
            Event::Agent { agent, state, call } => {
                if state == AgentChange::Talk {
                    self.lines.connected(call);
                }
                self.crew.change(at, agent, state, &mut self.handling);
            }
        }
        self.outlook = Some(outlook);
    }

    fn count(&mut self, over: Over) {
        if over.answered {
            self.budget.answered();
            self.throughput.answered();
        }
        if over.abandoned {
            self.budget.abandoned();
        }
    }

    /// How many dials to place now, and why.
    pub fn decide(&mut self, now: f64, snapshot: &Snapshot) -> Decision {
        self.learn(now);
        let outlook = self.outlook.take().unwrap_or_else(|| self.look(now));
        let decision = self.weigh(now, snapshot, &outlook);
        self.outlook = Some(outlook);
        decision
    }

    fn weigh(&mut self, now: f64, snapshot: &Snapshot, outlook: &Outlook) -> Decision {
        let ring = &outlook.ring;
        let muster = self.crew.muster(now, &outlook.handling, &ring.grid, &self.settings, &mut self.free);
        self.signed_in = f64::from(muster.signed_in);
        let (ringing, waiting) = (short(self.lines.ringing().len()), self.lines.waiting());
        let chances = Chances::new(&self.answering, &self.settings, ring.answer);
        let yet =
            self.lines.ringing().iter().map(|call| ring.answers_yet(now - call.since, chances.of(call.lead))).sum();
        let balance = self.balance(snapshot, yet, chances.average);
        let (theta, spent) = self.budget.theta(now, balance, snapshot.headroom, &self.settings);
        let answers =
            self.lines.ringing().iter().map(|call| ring.answers_within(now - call.since, chances.of(call.lead)));
        self.race.start(answers, &self.free, i64::from(muster.idle) - i64::from(waiting));

        let floor = muster.idle.saturating_sub(waiting.saturating_add(ringing));
        let (room, at_most) = self.room(snapshot, muster, ringing, waiting);
        let held = if muster.signed_in == 0 {
            Some((0, Bound::NoAgents))
        } else if self.occupancy.over(self.settings.occupancy_ceiling) {
            Some((0, Bound::OccupancyCeiling))
        } else if floor >= room {
            Some((room, at_most))
        } else if !self.lines.tell(now, &self.settings) {
            Some((floor, Bound::ColdStart))
        } else {
            spent.map(|bound| (floor, bound))
        };
        let (limit, at_limit) = held.unwrap_or((room, at_most));
        let mut steps = Steps { risk: self.race.risk(), dials: 0, answers: 0.0 };
        let mut bound = at_limit;
        while steps.dials < limit {
            let risk = self.race.risk();
            if risk > theta && steps.dials >= floor {
                bound = if floor > 0 && steps.dials == floor { Bound::ProgressiveFloor } else { Bound::Risk };
                break;
            }
            let chance = snapshot.next.get(size(steps.dials)).map_or(chances.average, |lead| chances.of(*lead));
            let ahead = ring.answers_within(0.0, chance);
            // Many at once where all are alike: those that are dialled whatever the risk, or whose last is safe.
            let mut dials =
                if snapshot.next.is_empty() { (steps.dials / 4).max(1).min(limit - steps.dials) } else { 1 };
            while dials > 1 && steps.dials + dials > floor && self.race.risk_after(&ahead, dials - 1) > theta {
                dials /= 2;
            }
            self.race.add(&ahead, dials);
            let answers = f64::from(dials) * chance;
            self.budget.placed(answers, risk, if held.is_none() { theta } else { 0.0 });
            steps = Steps { risk, dials: steps.dials + dials, answers: steps.answers + answers };
        }
        let freed: f64 = self.free.iter().map(|free| free[HORIZONS - 1]).sum();
        Decision {
            dials: steps.dials,
            bound,
            idle: muster.idle,
            in_flight: ringing,
            expected_answers: f64::from(waiting) + yet + steps.answers,
            expected_free: f64::from(muster.idle) + freed,
            risk: steps.risk,
            theta,
            ratio: if balance.answered > 0.0 { balance.abandoned / balance.answered } else { 0.0 },
            answer_probability: chances.likely(),
        }
    }

    /// Probability that this person answers if dialled now: for a caller who may choose whom to call next.
    pub fn answer_probability(&mut self, now: f64, lead: Lead) -> f64 {
        let outlook = self.outlook.take().unwrap_or_else(|| self.look(now));
        let chance = self.answering.factors(lead, &self.settings).apply(outlook.ring.answer);
        self.outlook = Some(outlook);
        chance
    }

    /// Once a second: what calls and agents got through since.
    fn learn(&mut self, now: f64) {
        if now.floor() <= self.counted_second {
            return;
        }
        self.counted_second = now.floor();
        self.started.get_or_insert(now);
        let outlook = self.outlook.take().unwrap_or_else(|| self.look(now));
        self.lines.count(
            now,
            &mut Learning {
                ringing: &mut self.ringing,
                answering: &mut self.answering,
                outlook: &outlook.ring,
                settings: &self.settings,
            },
        );
        self.crew.count(now, &mut self.handling);
        self.throughput.count(now, self.signed_in);
        self.occupancy.count(now, self.crew.busy_share());
        if now < outlook.until {
            self.outlook = Some(outlook);
        } else {
            self.ringing.forget(self.settings.ring_memory);
            self.handling.forget(self.settings.handling_memory);
            let outlook = self.look(now);
            self.answering.reckon(&outlook.ring);
            self.outlook = Some(outlook);
        }
    }

    fn look(&self, now: f64) -> Outlook {
        let known_for = now - self.started.unwrap_or(now);
        Outlook::new(now, known_for, &self.ringing, &self.handling, &self.settings)
    }

    fn balance(&self, snapshot: &Snapshot, yet: f64, average: f64) -> Balance {
        let window = self.budget.window(snapshot);
        let by_time =
            self.throughput.expected(self.signed_in, snapshot.window_left.unwrap_or(self.settings.unknown_window));
        // One line an agent, to which a spent budget leads, brings fewer answers in the same time.
        let surely_by_time = WHEN_SPENT * by_time - by_time.sqrt();
        let (to_come, surely_to_come) = match snapshot.list_left {
            Some(left) => {
                let average = average / self.answering.caution(&self.settings);
                let of_list = f64::from(left) * average;
                let doubt = (of_list * (1.0 - average) + (of_list * self.answering.doubt()).powi(2)).sqrt();
                ((of_list + yet).min(by_time), (of_list - doubt + yet).min(surely_by_time))
            }
            None => (by_time, surely_by_time),
        };
        let theta_share = self.settings.aim * self.settings.abandonment_cap;
        Balance {
            answered: f64::from(window.answered),
            abandoned: f64::from(window.abandoned),
            to_come,
            surely_to_come: surely_to_come.max(0.0),
            pending: theta_share * yet,
        }
    }

    /// How many more dials there is room for, and what makes the roof.
    fn room(&self, snapshot: &Snapshot, muster: Muster, ringing: u32, waiting: u32) -> (u32, Bound) {
        let up = ringing.saturating_add(waiting).saturating_add(muster.talking);
        let net = muster.signed_in.saturating_mul(self.settings.lines_per_agent).saturating_sub(ringing);
        let lines = snapshot.max_lines.map_or(u32::MAX, |most| most.saturating_sub(up)).min(net);
        let list = snapshot.list_left.unwrap_or(u32::MAX);
        if list <= lines { (list, Bound::List) } else { (lines, Bound::MaxLines) }
    }
}

/// Dials placed so far in a decision, the risk of the last and the answers they may bring.
struct Steps {
    risk: f64,
    dials: u32,
    answers: f64,
}
