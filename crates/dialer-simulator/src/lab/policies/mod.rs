//! The policies of the lab: this dialer's own, what other dialers do, and what nobody can do.

mod clairvoyant;
mod elastix;
mod power;
mod predictive;
mod vicidial;
mod webitel;

use dialer_domain::pacing::PacingSettings;
use serde::Serialize;

pub use vicidial::{DropRule, Vicidial};

use super::policy::Policy;
use super::scenario::Scenario;

/// A policy and its settings.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Spec {
    /// This dialer's pacing, one configuration everywhere.
    Predictive {
        /// Whether it may know which list a person is from.
        knows_lists: bool,
        /// What is not at its default.
        settings: PacingSettings,
    },
    /// So many lines for each idle agent; 1 is progressive dialling.
    Power(f64),
    /// VICIdial's adaptive methods.
    Vicidial(Vicidial),
    /// The Elastix (Issabel) call centre module.
    Elastix,
    /// Webitel's over-dial factor.
    Webitel,
    /// Knows who will answer, when, and when agents come free.
    Clairvoyant,
}

impl Spec {
    /// This dialer's pacing with its defaults and the scenario's connect deadline.
    #[must_use]
    pub fn predictive(knows_lists: bool) -> Self {
        Self::Predictive { knows_lists, settings: PacingSettings::default() }
    }

    /// A policy to run a scenario with.
    #[must_use]
    pub fn build(&self, scenario: &Scenario) -> Box<dyn Policy> {
        match self {
            Self::Predictive { knows_lists, settings } => {
                let settings = PacingSettings { connect_deadline: scenario.deadline, ..*settings };
                Box::new(predictive::Predictive::new(settings, *knows_lists))
            }
            Self::Power(lines) => Box::new(power::Power { lines: *lines }),
            Self::Vicidial(settings) => Box::new(vicidial::Run::new(*settings)),
            Self::Elastix => Box::new(elastix::Elastix::default()),
            Self::Webitel => Box::new(webitel::Webitel::default()),
            Self::Clairvoyant => Box::new(clairvoyant::Clairvoyant { deadline: scenario.deadline }),
        }
    }

    /// What the policy is called on the command line and in tables.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Predictive { knows_lists: true, .. } => "predictive".to_owned(),
            Self::Predictive { knows_lists: false, .. } => "predictive-blind".to_owned(),
            Self::Power(lines) if (*lines - 1.0).abs() < 1e-9 => "progressive".to_owned(),
            Self::Power(lines) => format!("power-{lines}"),
            Self::Vicidial(settings) => settings.name(),
            Self::Elastix => "elastix".to_owned(),
            Self::Webitel => "webitel".to_owned(),
            Self::Clairvoyant => "clairvoyant".to_owned(),
        }
    }
}

/// A positive number of dials as a count.
fn count(dials: f64) -> u32 {
    let mut whole = 0_u32;
    while f64::from(whole) + 0.5 <= dials && whole < 10_000 {
        whole += 1;
    }
    whole
}
