//! Whether the provider lets us dial at all.

use time::OffsetDateTime;

/// Closed for a while after a throttle or an outage, and until mended after a refusal of our credentials.
#[derive(Debug, Default)]
pub(super) struct Gate {
    closed_until: Option<OffsetDateTime>,
    halted: Option<String>,
}

impl Gate {
    pub(super) fn open_at(&self, now: OffsetDateTime) -> bool {
        self.halted.is_none() && self.closed_until.is_none_or(|until| until <= now)
    }

    pub(super) fn close_until(&mut self, until: OffsetDateTime) {
        if self.closed_until.is_none_or(|known| known < until) {
            self.closed_until = Some(until);
        }
    }

    pub(super) fn halt(&mut self, reason: String) {
        if self.halted.is_none() {
            tracing::error!(reason, "dialling is halted until this is mended");
        }
        self.halted = Some(reason);
    }

    /// True when that is news.
    pub(super) fn mended(&mut self) -> bool {
        let was_halted = self.halted.take().is_some();
        if was_halted {
            tracing::info!("the provider accepts our credentials again; dialling goes on");
        }
        was_halted
    }

    pub(super) const fn closed_until(&self) -> Option<OffsetDateTime> {
        self.closed_until
    }

    pub(super) fn halted(&self) -> Option<&str> {
        self.halted.as_deref()
    }
}
