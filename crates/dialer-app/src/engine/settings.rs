//! What the engine can be told.

use dialer_domain::telephony::AgentLine;
use time::Duration;

/// Settings of the engine. All durations are of the clock port's time.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineSettings {
    /// The agents whose phones ring for campaigns.
    pub agents: Vec<AgentLine>,
    /// How long an agent is left alone after a conversation.
    pub wrap_up: Duration,
    /// How long an agent whose phone could not be reached is left alone.
    pub agent_rest: Duration,
    /// Contacts kept ready for each campaign, 1 to 1,000.
    pub horizon: usize,
    /// Wait between two rounds when nothing happens.
    pub tick: Duration,
    /// Wait between two looks at the provider's live calls.
    pub sweep_every: Duration,
    /// How long after a call has left the live list its record may take to appear.
    pub record_wait: Duration,
    /// How long after it was written down a call without an answer may still appear at the provider.
    pub answer_wait: Duration,
    /// How long late records may correct a call that was closed without one.
    pub correct_for: Duration,
    /// How long a stop waits for answers to dials under way.
    pub drain: Duration,
    /// How long a campaign waits for another node when the one that paces it is gone, by the database's time. Renewed after
    /// a third of it.
    pub lease: Duration,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            agents: Vec::new(),
            wrap_up: Duration::seconds(10),
            agent_rest: Duration::minutes(1),
            horizon: 100,
            tick: Duration::seconds(1),
            sweep_every: Duration::seconds(5),
            record_wait: Duration::minutes(2),
            answer_wait: Duration::minutes(3),
            correct_for: Duration::hours(1),
            drain: Duration::seconds(10),
            lease: Duration::seconds(15),
        }
    }
}
