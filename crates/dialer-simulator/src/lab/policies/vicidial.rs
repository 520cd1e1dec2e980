//! VICIdial's dial level and the three adaptive methods that move it, from their published description.

use std::collections::VecDeque;

use dialer_domain::pacing::{Ending, Event};
use serde::Serialize;

use super::super::policy::{Asked, Policy, View};
use super::count;

/// What becomes of the dial level when too many calls were dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DropRule {
    /// It falls to 1.
    HardLimit,
    /// It is halved.
    Average,
    /// It is scaled down as the end of the shift comes near.
    Tapered,
}

/// Settings of the adaptive methods.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Vicidial {
    /// The method.
    pub rule: DropRule,
    /// Highest dial level.
    pub maximum_level: f64,
    /// Agents more, or fewer with a minus, than there are.
    pub difference_target: f64,
    /// Dropped calls in human-answered ones, in percent, from which on the rule bites.
    pub dropped_percentage: f64,
}

impl Vicidial {
    /// The defaults: 3 % and level 3.
    #[must_use]
    pub const fn default_of(rule: DropRule) -> Self {
        Self { rule, maximum_level: 3.0, difference_target: 0.0, dropped_percentage: 3.0 }
    }

    pub(super) fn name(&self) -> String {
        let rule = match self.rule {
            DropRule::HardLimit => "hard-limit",
            DropRule::Average => "average",
            DropRule::Tapered => "tapered",
        };
        if *self == Self::default_of(self.rule) {
            format!("vicidial-{rule}")
        } else {
            format!("vicidial-{rule}-{}-{}", self.maximum_level, self.difference_target)
        }
    }
}

/// Seconds of the dialling loop.
const LOOP: f64 = 2.5;
/// Seconds between two changes of the level, and between two looks at the drops.
const ADAPT: f64 = 15.0;
const STATISTICS: f64 = 60.0;
/// The shift starts at nine in the morning and the latest time is 21:00.
const OPENS: f64 = 9.0;
const LATEST: f64 = 2100.0;

pub(super) struct Run {
    settings: Vicidial,
    level: f64,
    next_adapt: f64,
    next_statistics: f64,
    /// Ready agents less waiting callers, and agents signed in, at each loop.
    samples: VecDeque<(f64, f64)>,
    /// Calls and drops of the last minute.
    calls_this_minute: f64,
    drops_this_minute: f64,
    calls: f64,
    /// What the statistics showed when they were last refreshed.
    dropped_share: f64,
}

impl Run {
    pub(super) const fn new(settings: Vicidial) -> Self {
        Self {
            settings,
            level: 1.0,
            next_adapt: ADAPT,
            next_statistics: STATISTICS,
            samples: VecDeque::new(),
            calls_this_minute: 0.0,
            drops_this_minute: 0.0,
            calls: 0.0,
            dropped_share: 0.0,
        }
    }

    fn adapt(&mut self, now: f64) {
        let samples = f64::from(u32::try_from(self.samples.len()).unwrap_or(1).max(1));
        let spare = self.samples.iter().map(|(spare, _)| spare).sum::<f64>() / samples;
        let crew = self.samples.iter().map(|(_, crew)| crew).sum::<f64>() / samples;
        if crew > 0.0 {
            // With an intensity of 0 both signs weigh the same.
            let change = (spare + self.settings.difference_target) / crew;
            self.level = (self.level * (1.0 + change)).clamp(1.0, self.settings.maximum_level.max(1.0));
        }
        if self.calls > 50.0 && self.dropped_share > self.settings.dropped_percentage {
            self.level = match self.settings.rule {
                DropRule::HardLimit => 1.0,
                DropRule::Average => self.level / 2.0,
                DropRule::Tapered => {
                    let clock = OPENS + now / 3600.0;
                    let wall = 100.0 * clock.floor() + 60.0 * clock.fract();
                    if wall > LATEST { 1.0 } else { self.level * ((LATEST - wall) / 1000.0).min(1.0) }
                }
            };
        }
        self.level = self.level.max(1.0);
    }
}

impl Policy for Run {
    fn observe(&mut self, _at: f64, event: &Event) {
        match event {
            Event::Dialled { .. } => {
                self.calls += 1.0;
                self.calls_this_minute += 1.0;
            }
            Event::Ended { how: Ending::Abandoned, .. } => self.drops_this_minute += 1.0,
            _ => {}
        }
    }

    fn dials(&mut self, view: &View<'_>) -> u32 {
        self.samples.push_back((f64::from(view.idle) - f64::from(view.waiting), f64::from(view.signed_in)));
        if self.samples.len() > 6 {
            self.samples.pop_front();
        }
        if view.now >= self.next_statistics {
            self.next_statistics = view.now + STATISTICS;
            self.dropped_share = 100.0 * f64::from(view.abandoned) / f64::from(view.answered.max(1));
            if self.calls_this_minute > 20.0 && self.drops_this_minute > 0.5 * self.calls_this_minute {
                self.level = (self.level / 2.0).max(1.0);
            }
            self.calls_this_minute = 0.0;
            self.drops_this_minute = 0.0;
        }
        if view.now >= self.next_adapt {
            self.next_adapt = view.now + ADAPT;
            self.adapt(view.now);
        }
        let agents = f64::from(view.idle + view.talking) + self.settings.difference_target;
        let up = view.ringing + view.waiting + view.talking;
        count(self.level * agents).saturating_sub(up)
    }

    fn asked(&self) -> Asked {
        Asked::Every(LOOP)
    }
}
