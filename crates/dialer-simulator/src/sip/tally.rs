//! What the SIP server has done so far.

/// Counts of a double's SIP server, to wait for and to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SipTally {
    /// Connections that are open now.
    pub connections: u64,
    /// NOTIFY requests, those that got lost on purpose too.
    pub notified: u64,
    /// NOTIFY requests that were answered.
    pub answered: u64,
    /// Requests whose credentials were not accepted.
    pub refused: u64,
    /// Subscriptions that ran out, or were ended.
    pub ended: u64,
    /// Pings.
    pub pings: u64,
}
