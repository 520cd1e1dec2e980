//! How callees, agents' phones and the network behave.

use serde::Deserialize;

/// Settings of the carrier model. The defaults are the base scenario that the dialer's pacing is measured on,
/// with 30 % of calls answered by a person.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CarrierSettings {
    /// How calls end.
    pub outcomes: OutcomeShares,
    /// Ringing until a person answers; drawn again when it exceeds the ring time-out.
    pub person_answers: Spread,
    /// Ringing until a voicemail answers; cut at the ring time-out.
    pub voicemail_answers: Spread,
    /// Time until the network reports busy, an invalid number or a failure.
    pub fails: Spread,
    /// How long a callee's phone rings before the network gives up, in seconds.
    pub ring_timeout_seconds: f64,
    /// Length of a short conversation.
    pub short_talk: Spread,
    /// Length of a long conversation.
    pub long_talk: Spread,
    /// Share of conversations that are long, 0 to 1.
    pub long_talk_share: f64,
    /// How long an agent listens to a voicemail before hanging up.
    pub voicemail_talk: Spread,
    /// Share of conversations that the agent ends, 0 to 1; the callee ends the others.
    pub agent_ends_share: f64,
    /// Ringing until the agent picks up.
    pub agent_answers: Spread,
    /// Share of calls that the agent lets ring, 0 to 1.
    pub agent_misses_share: f64,
    /// How long an agent's phone rings before the provider gives up, in seconds.
    pub agent_ring_timeout_seconds: f64,
    /// How long a person who answered ahead of agents waits for one.
    pub patience: Spread,
    /// How long the provider looks for the phone of a user who has none, in seconds.
    pub no_device_seconds: f64,
}

impl Default for CarrierSettings {
    fn default() -> Self {
        Self {
            outcomes: OutcomeShares::default(),
            person_answers: Spread { median_seconds: 10.0, sigma: 0.5 },
            voicemail_answers: Spread { median_seconds: 18.0, sigma: 0.2 },
            fails: Spread { median_seconds: 2.5, sigma: 0.4 },
            ring_timeout_seconds: 25.0,
            short_talk: Spread { median_seconds: 25.0, sigma: 0.6 },
            long_talk: Spread { median_seconds: 150.0, sigma: 0.6 },
            long_talk_share: 0.4,
            voicemail_talk: Spread { median_seconds: 8.0, sigma: 0.3 },
            agent_ends_share: 0.5,
            agent_answers: Spread { median_seconds: 4.0, sigma: 0.35 },
            agent_misses_share: 0.01,
            agent_ring_timeout_seconds: 30.0,
            patience: Spread { median_seconds: 10.0, sigma: 0.5 },
            no_device_seconds: 10.0,
        }
    }
}

/// How calls end, as shares of all calls; only their proportions count.
///
/// Whether a number is invalid is a property of the number: it is so at every attempt.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutcomeShares {
    /// A person answers.
    pub person: f64,
    /// A machine answers, which the network cannot tell from a person.
    pub voicemail: f64,
    /// The line is busy.
    pub busy: f64,
    /// It rings out.
    pub no_answer: f64,
    /// There is no such number.
    pub invalid_number: f64,
    /// The network fails.
    pub network_failure: f64,
}

impl Default for OutcomeShares {
    fn default() -> Self {
        Self {
            person: 0.30,
            voicemail: 0.245,
            busy: 0.08,
            no_answer: 0.315,
            invalid_number: 0.03,
            network_failure: 0.03,
        }
    }
}

impl OutcomeShares {
    const NONE: Self =
        Self { person: 0.0, voicemail: 0.0, busy: 0.0, no_answer: 0.0, invalid_number: 0.0, network_failure: 0.0 };

    /// Every call is answered by a person.
    pub const PERSON: Self = Self { person: 1.0, ..Self::NONE };
    /// Every call is answered by a machine.
    pub const VOICEMAIL: Self = Self { voicemail: 1.0, ..Self::NONE };
    /// Every line is busy.
    pub const BUSY: Self = Self { busy: 1.0, ..Self::NONE };
    /// Every call rings out.
    pub const NO_ANSWER: Self = Self { no_answer: 1.0, ..Self::NONE };
    /// No number exists.
    pub const INVALID_NUMBER: Self = Self { invalid_number: 1.0, ..Self::NONE };
    /// Every call fails in the network.
    pub const NETWORK_FAILURE: Self = Self { network_failure: 1.0, ..Self::NONE };

    fn all(self) -> [f64; 6] {
        [self.person, self.voicemail, self.busy, self.no_answer, self.invalid_number, self.network_failure]
    }

    /// The sum of all shares.
    pub(crate) fn total(self) -> f64 {
        self.all().iter().sum()
    }
}

/// A length of time that varies: log-normal, given by its median.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// Half of all values are shorter, in seconds.
    pub median_seconds: f64,
    /// Standard deviation of the value's logarithm; 0 makes every value the median.
    pub sigma: f64,
}

impl Spread {
    /// Always `seconds`.
    #[must_use]
    pub const fn exactly(seconds: f64) -> Self {
        Self { median_seconds: seconds, sigma: 0.0 }
    }
}

/// A setting that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{setting}` {problem}")]
pub struct SettingsError {
    /// Which setting.
    pub setting: &'static str,
    /// What is wrong with it, and what would do.
    pub problem: &'static str,
}

impl CarrierSettings {
    /// Finds the first setting that makes no sense.
    ///
    /// # Errors
    /// [`SettingsError`] names it.
    pub fn validate(&self) -> Result<(), SettingsError> {
        let not_negative = |value: f64| value.is_finite() && value >= 0.0;
        if !self.outcomes.all().into_iter().all(not_negative) || self.outcomes.total() <= 0.0 {
            return Err(SettingsError {
                setting: "outcomes",
                problem: "must hold numbers from 0, and one of them above 0",
            });
        }
        let spreads = [
            ("person_answers", self.person_answers),
            ("voicemail_answers", self.voicemail_answers),
            ("fails", self.fails),
            ("short_talk", self.short_talk),
            ("long_talk", self.long_talk),
            ("voicemail_talk", self.voicemail_talk),
            ("agent_answers", self.agent_answers),
            ("patience", self.patience),
        ];
        for (setting, spread) in spreads {
            if !spread.median_seconds.is_finite() || spread.median_seconds <= 0.0 || !not_negative(spread.sigma) {
                return Err(SettingsError { setting, problem: "needs a median above 0 and a sigma from 0" });
            }
        }
        let shares = [
            ("long_talk_share", self.long_talk_share),
            ("agent_ends_share", self.agent_ends_share),
            ("agent_misses_share", self.agent_misses_share),
        ];
        for (setting, share) in shares {
            if !(0.0..=1.0).contains(&share) {
                return Err(SettingsError { setting, problem: "must be from 0 to 1" });
            }
        }
        let timeouts = [
            ("ring_timeout_seconds", self.ring_timeout_seconds),
            ("agent_ring_timeout_seconds", self.agent_ring_timeout_seconds),
        ];
        for (setting, seconds) in timeouts {
            if !seconds.is_finite() || seconds < 1.0 {
                return Err(SettingsError { setting, problem: "must be a number of seconds from 1" });
            }
        }
        if !not_negative(self.no_device_seconds) {
            return Err(SettingsError { setting: "no_device_seconds", problem: "must be a number of seconds from 0" });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_sound_and_add_up() {
        let settings = CarrierSettings::default();
        assert_eq!(settings.validate(), Ok(()));
        assert!((settings.outcomes.total() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_setting_that_makes_no_sense_is_named() {
        let defaults = CarrierSettings::default;
        let share = CarrierSettings { long_talk_share: 1.2, ..defaults() };
        assert_eq!(share.validate().unwrap_err().setting, "long_talk_share");
        let spread = CarrierSettings { short_talk: Spread::exactly(0.0), ..defaults() };
        assert_eq!(spread.validate().unwrap_err().setting, "short_talk");
        let outcomes = CarrierSettings { outcomes: OutcomeShares::NONE, ..defaults() };
        assert_eq!(outcomes.validate().unwrap_err().setting, "outcomes");
        let nan = CarrierSettings { ring_timeout_seconds: f64::NAN, ..defaults() };
        assert_eq!(nan.validate().unwrap_err().setting, "ring_timeout_seconds");
    }

    #[test]
    fn a_misspelt_setting_is_refused_and_a_missing_one_has_its_default() {
        let read: CarrierSettings = serde_json::from_str(r#"{"ring_timeout_seconds": 40}"#).unwrap();
        assert_eq!(read, CarrierSettings { ring_timeout_seconds: 40.0, ..CarrierSettings::default() });
        assert!(serde_json::from_str::<CarrierSettings>(r#"{"ring_timout_seconds": 40}"#).is_err());
    }
}
