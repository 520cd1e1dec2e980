//! What happens in a shift.

use dialer_domain::pacing::Ending;

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// A person answers a call.
    Answer(usize),
    /// A call ends without a person; whether one was taken for a machine.
    End(usize, Ending, bool),
    /// An agent has talked.
    TalkEnd(usize),
    /// An agent has written up.
    WrapEnd(usize),
    /// An agent wants a break.
    Break(usize),
    /// An agent is back.
    Back(usize),
    /// So many agents are to be there.
    Roster(u32),
    /// The policy is asked.
    Tick,
    /// A person has waited too long. Last of what happens at an instant: an agent freed in the same instant takes the caller.
    GiveUp(usize),
}
