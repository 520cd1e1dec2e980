//! What a decision looks ahead with, worked out now and then from all that was learned.

use super::handling::{Handling, HandlingOutlook};
use super::ringing::{RingOutlook, Ringing};
use super::settings::PacingSettings;

/// Seconds between two looks at what was learned: a tenth of the time since the first, within these.
const SOONEST: f64 = 5.0;
const LATEST: f64 = 60.0;

/// How calls and agents go on.
#[derive(Debug, Clone)]
pub(super) struct Outlook {
    /// When to look again.
    pub(super) until: f64,
    pub(super) ring: RingOutlook,
    pub(super) handling: HandlingOutlook,
}

impl Outlook {
    /// A look at `now`, `known_for` seconds after the first.
    pub(super) fn new(
        now: f64,
        known_for: f64,
        ringing: &Ringing,
        handling: &Handling,
        settings: &PacingSettings,
    ) -> Self {
        let ring = ringing.outlook();
        let handling = handling.outlook(&ring.grid, settings);
        Self { until: now + (0.1 * known_for).clamp(SOONEST, LATEST), ring, handling }
    }
}
