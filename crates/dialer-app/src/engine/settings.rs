//! What the engine can be told.

use dialer_domain::ids::UserId;
use dialer_domain::telephony::AgentLine;
use time::Duration;

/// Settings of the engine. All durations are of the clock port's time.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineSettings {
    /// The phones that ring for campaigns to which nobody is assigned.
    pub agents: Vec<AgentLine>,
    /// Whose the calls are that come in; `None` leaves them out of the log.
    pub inbound_owner: Option<UserId>,
    /// How long one of these is left alone after a conversation.
    pub wrap_up: Duration,
    /// How long a phone that could not be reached is left alone.
    pub agent_rest: Duration,
    /// How long an agent may look at a contact before calling it.
    pub offer_for: Duration,
    /// How long an agent's client may be silent before the agent is taken for gone; zero is for ever.
    pub agent_grace: Duration,
    /// Contacts kept ready for each campaign, 1 to 1,000.
    pub horizon: usize,
    /// How late the call to a follow-up may be before the promise is missed.
    pub follow_up_tolerance: Duration,
    /// Whether calls that ring are hung up when their number is put on the do-not-call list.
    pub hang_up_suppressed: bool,
    /// Wait between two rounds when nothing happens.
    pub tick: Duration,
    /// Wait between two looks at the provider's live calls.
    pub sweep_every: Duration,
    /// How long after a call has left the live list its record may take to appear.
    pub record_wait: Duration,
    /// How long after it was written down a call without an answer may still appear at the provider.
    pub answer_wait: Duration,
    /// How long a call may last. One that the provider still lists then is hung up; one that it still lists [`Self::record_wait`]
    /// later is taken for over.
    pub longest_call: Duration,
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
            inbound_owner: None,
            wrap_up: Duration::seconds(10),
            agent_rest: Duration::minutes(1),
            offer_for: Duration::seconds(30),
            agent_grace: Duration::seconds(90),
            horizon: 100,
            follow_up_tolerance: Duration::minutes(15),
            hang_up_suppressed: true,
            tick: Duration::seconds(1),
            sweep_every: Duration::seconds(5),
            record_wait: Duration::minutes(2),
            answer_wait: Duration::minutes(3),
            longest_call: Duration::hours(4),
            correct_for: Duration::hours(1),
            drain: Duration::seconds(10),
            lease: Duration::seconds(15),
        }
    }
}
