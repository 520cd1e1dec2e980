//! How many requests may still be sent to a provider.

use time::OffsetDateTime;

/// How the budget of requests stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestBudget {
    /// Requests allowed in any 60 seconds.
    pub limit_per_minute: u32,
    /// Requests a minute that can be kept up now; below the limit after the provider asked for fewer.
    pub rate_per_minute: u32,
    /// Requests that a person could send at once.
    pub available_now: u32,
    /// Requests that wait for their turn.
    pub waiting: usize,
    /// Until when nothing is sent, because the provider asked for it.
    pub paused_until: Option<OffsetDateTime>,
}
