//! What happens in a forecast.

use dialer_domain::CallOutcome;

/// What happens.
#[derive(Debug, Clone, Copy)]
pub(super) enum Due {
    /// The campaign's hours begin, until then.
    Open(f64),
    /// They end.
    Close,
    /// Somebody may be callable who was not.
    Look,
    /// The pacer is asked.
    Tick,
    /// An agent has looked at the contact of a call and dials.
    Dial { call: usize, agent: usize },
    /// A call is answered.
    Answer(usize),
    /// A call ends unanswered.
    End(usize, CallOutcome),
    /// Whoever answered waits no longer; `since` tells this wait from another of a later call.
    GiveUp { call: usize, since: f64 },
    /// An agent's conversation is over.
    TalkEnd(usize),
    /// An agent has written up.
    WrapEnd(usize),
}
